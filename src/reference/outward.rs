//! What commands name outside of the cluster and the collection: programs, hosts, and URLs that are read.
//!
//! Nothing is asked here. Only what is certain is named: programs of this machine that no builtin, function or alias of
//! the document stands for, and hosts where a program whose arguments are understood takes one.

use crate::model::{Span, is_secret_name};
use crate::shell::{Command, Context, Script};

use super::argument::{Argument, Unknown};
use super::targets;

/// What a shell understands without a program.
const BUILTINS: &str = "
    . : [ [[ alias autoload bg bind bindkey break builtin caller case cd command compgen complete compopt continue coproc
    declare dirs disown do done echo elif else emulate enable esac eval exec exit export false fc fg fi for function
    functions getopts hash help history if in integer jobs kill let local logout mapfile noglob popd print printf pushd
    pwd read readarray readonly rehash return select set setopt shift shopt source suspend test then time times trap
    true type typeset ulimit umask unalias unset unsetopt until wait whence while zmodload zstyle { } ! ]] ((";

/// Functions that people load into their shells, and the short name that everybody gives kubectl.
const LOADED: [&str; 10] = ["k", "nvm", "conda", "sdk", "module", "workon", "deactivate", "rvm", "z", "direnv"];

/// Programs that bring programs.
const MANAGERS: [&str; 27] = [
    "apt", "apt-get", "yum", "dnf", "microdnf", "apk", "zypper", "pacman", "brew", "port", "snap", "pip", "pip3",
    "pipx", "npm", "yarn", "pnpm", "go", "cargo", "gem", "choco", "winget", "scoop", "krew", "asdf", "mise", "uv",
];

/// Something outside that a command names, or that a command changes about what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outward {
    /// A program that must be on the PATH.
    Tool(Outside),
    /// A host that must have an address.
    Host(Outside),
    /// A URL that the command reads.
    Url(Outside),
    /// A program that the document itself brings, defines, or asks for before it is used.
    Brings(String),
    /// From here on there may be programs whose names nobody knows: a package is installed, the PATH is changed.
    BringsAny,
}

/// What is named, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Its name.
    pub name: Argument,
    /// The command that names it.
    pub command: Span,
    /// Whether the text says what happens without it.
    pub may_fail: bool,
}

/// Returns what a text says of the programs of its reader before any of its commands is run.
pub(super) fn of_script(script: &Script) -> Vec<Outward> {
    let functions = script.functions.iter().cloned().map(Outward::Brings);
    let path = script.sets.iter().any(|set| set.name == "PATH").then_some(Outward::BringsAny);
    functions.chain(path).collect()
}

/// Returns what a command names outside; `words` are its name and its arguments.
pub(super) fn of_command(command: &Command, words: &[Argument], is_shell: bool, may_fail: bool) -> Vec<Outward> {
    let outside = |name: Argument| Outside { name, command: command.span, may_fail };
    let Some((program, arguments)) = words.split_first() else { return Vec::new() };
    let mut found = Vec::new();
    if is_shell && command.context == Context::Local && is_program(program) {
        found.push(Outward::Tool(outside(program.clone())));
    }
    let Ok(path) = program.known() else { return found };
    let name = path.rsplit('/').next().unwrap_or_default();
    let elsewhere = match command.context {
        Context::Local => None,
        Context::Container => Some(Unknown::Elsewhere("inside a container".to_owned())),
        Context::Remote => Some(Unknown::Elsewhere("on another machine".to_owned())),
    };
    let there = |name: Argument| match &elsewhere {
        Some(reason) => Argument::unknown(reason.clone(), name.span),
        None => name,
    };
    let targets = targets::of_program(name, arguments);
    found.extend(targets.hosts.into_iter().map(|host| Outward::Host(outside(there(host)))));
    found.extend(targets.urls.into_iter().map(|url| Outward::Url(outside(there(closed(url))))));
    if elsewhere.is_none() {
        found.extend(brings(name, arguments));
    }
    found
}

/// Returns whether a word is surely the name of a program that is looked for on the PATH.
fn is_program(word: &Argument) -> bool {
    let Ok(name) = word.known() else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    let known = || BUILTINS.split_whitespace().chain(LOADED).any(|known| known == name);
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(plain) && !known()
}

/// Returns what a command changes about the programs that are there.
fn brings(name: &str, arguments: &[Argument]) -> Vec<Outward> {
    let base = |word: &Argument| word.known().ok().map(|path| path.rsplit('/').next().unwrap_or_default().to_owned());
    let plain = || arguments.iter().filter(|word| !word.text.starts_with('-'));
    let value = |flags: &[&str]| {
        let at = arguments.iter().position(|word| flags.contains(&word.text.as_str()));
        at.and_then(|at| arguments.get(at + 1))
    };
    let has = |verbs: &[&str]| plain().any(|word| verbs.contains(&word.text.as_str()));
    let brought = match name {
        "alias" => plain().map(|word| word.text.split('=').next().unwrap_or_default().to_owned()).collect(),
        "command" | "type" | "which" | "hash" | "whence" => plain().filter_map(base).collect(),
        "cp" | "mv" | "ln" | "install" => {
            // Into a folder or under a new name: either may be what is called.
            plain().filter_map(base).collect()
        }
        "chmod" => plain().skip(1).filter_map(base).collect(),
        "curl" => value(&["-o", "--output"]).and_then(base).into_iter().collect(),
        "wget" => value(&["-O", "--output-document"]).and_then(base).into_iter().collect(),
        _ => Vec::new(),
    };
    let installs =
        MANAGERS.contains(&name) && has(&["install", "add", "i", "use", "-S"]) || name == "kubectl" && has(&["krew"]);
    let any = installs || matches!(name, "source" | "." | "eval" | "nix-shell" | "nix" | "conda" | "module" | "nvm");
    let brought = brought.into_iter().filter(|name: &String| !name.is_empty()).map(Outward::Brings);
    brought.chain(any.then_some(Outward::BringsAny)).collect()
}

/// Returns a URL that may be asked: one with a part that is a secret by its name is unknown.
fn closed(url: Argument) -> Argument {
    if url.unknown.is_some() {
        return url;
    }
    let query = url.text.split_once('?').map_or("", |(_, query)| query);
    let names = query.split(['&', ';', '#']).filter_map(|pair| pair.split('=').next());
    let tells = |name: &str| is_secret_name(name) || ["key", "sig", "signature"].contains(&name);
    match names.map(str::to_lowercase).find(|name| tells(name)) {
        Some(name) => Argument::unknown(Unknown::Placeholder(name), url.span),
        None => url,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Scope, references};
    use super::*;

    /// Returns what a text names of one sort, or why it is not known.
    fn named(text: &str, of: fn(Outward) -> Option<Outside>) -> Vec<String> {
        let found = references(&crate::shell::parse(text), &mut Scope::default(), &|_| None, None).outward;
        found.into_iter().filter_map(of).map(|it| it.name.known().map_or("?".to_owned(), str::to_owned)).collect()
    }

    fn tools(text: &str) -> Vec<String> {
        named(text, |it| if let Outward::Tool(tool) = it { Some(tool) } else { None })
    }

    fn hosts(text: &str) -> Vec<String> {
        named(text, |it| if let Outward::Host(host) = it { Some(host) } else { None })
    }

    fn urls(text: &str) -> Vec<String> {
        named(text, |it| if let Outward::Url(url) = it { Some(url) } else { None })
    }

    #[test]
    fn the_program_of_each_command_is_a_tool() {
        assert_eq!(tools("kubctl get pods | jq .items"), ["kubctl", "jq"]);
        assert_eq!(tools("sudo systemctl restart x && A=$(date +%s)"), ["sudo", "systemctl", "date"]);
    }

    #[test]
    fn what_is_no_program_of_this_machine_is_no_tool() {
        for text in [
            "echo hello; cd /tmp; [ -f x ] && true",
            "./deploy.sh; /usr/local/bin/thing",
            "$TOOL run",
            "<program> run",
            "k get pods",
            "NAME=x",
            "Ready now",
        ] {
            assert!(tools(text).is_empty(), "{text}: {:?}", tools(text));
        }
        assert_eq!(tools("ssh web.shop.io 'frobnicate --now'"), ["ssh"]);
        assert_eq!(tools("kubectl exec -n shop api-0 -- frobnicate"), ["kubectl"]);
        assert!(tools("if then frobnicate").is_empty(), "no shell, so nothing is certain");
    }

    #[test]
    fn what_the_document_brings_is_told() {
        let brings = |text: &str| {
            references(&crate::shell::parse(text), &mut Scope::default(), &|_| None, None)
                .outward
                .into_iter()
                .filter(|it| matches!(it, Outward::Brings(_) | Outward::BringsAny))
                .collect::<Vec<_>>()
        };
        let one = |name: &str| vec![Outward::Brings(name.to_owned())];
        assert_eq!(brings("deploy() { kubectl get pods; }"), one("deploy"));
        assert_eq!(brings("alias ll='ls -l'"), one("ll"));
        assert_eq!(brings("curl -sSfo /usr/local/bin/kind https://kind.sigs.k8s.io/x"), []);
        assert_eq!(brings("curl -sSf -o /usr/local/bin/kind https://kind.sigs.k8s.io/x"), one("kind"));
        assert_eq!(brings("command -v gsed"), one("gsed"));
        assert_eq!(brings("sudo apt-get install -y postgresql-client"), [Outward::BringsAny]);
        assert_eq!(brings("export PATH=$PATH:~/bin"), [Outward::BringsAny]);
        assert_eq!(brings("apt-get update; kubectl get pods"), []);
    }

    #[test]
    fn hosts_are_known_where_a_program_takes_one() {
        for (text, host) in [
            ("curl -fsS https://shop.io/healthz", "shop.io"),
            ("curl -H 'Origin: https://no.io' -X POST -d @x https://user:pw@shop.io:8443/x?y", "shop.io"),
            ("curl https://shop.io/$ID", "shop.io"),
            ("wget -q http://shop.io", "shop.io"),
            ("ssh -p 22 -i key oncall@web.shop.io uptime", "web.shop.io"),
            ("scp dump.sql oncall@web.shop.io:/tmp/", "web.shop.io"),
            ("psql -h db.shop.io -U oncall", "db.shop.io"),
            ("psql --host=db.shop.io", "db.shop.io"),
            ("psql postgres://u:p@db.shop.io:5432/orders", "db.shop.io"),
            ("redis-cli -h cache.shop.io ping", "cache.shop.io"),
            ("nc -zv -w 3 db.shop.io 5432", "db.shop.io"),
            ("dig +short shop.io", "shop.io"),
            ("openssl s_client -connect shop.io:443", "shop.io"),
            ("git clone https://git.shop.io/x.git", "git.shop.io"),
            ("kubectl apply -f https://get.shop.io/x.yaml", "get.shop.io"),
        ] {
            assert_eq!(hosts(text), [host], "{text}");
        }
    }

    #[test]
    fn what_is_not_certain_to_be_a_host_is_none() {
        for text in [
            "echo https://shop.io",
            "dig -t SRV _x._tcp.shop.io",
            "dig shop.io MX",
            "psql -c 'select 1'",
            "scp a.txt b.txt",
            "nc -l 8080",
            "curl --version",
        ] {
            assert!(hosts(text).is_empty(), "{text}: {:?}", hosts(text));
        }
        for text in [
            "curl https://$HOST/x",
            "ssh -J bastion.shop.io",
            "curl --resolve shop.io:443:10.0.0.1 https://shop.io",
            "ssh web.shop.io curl https://in.shop.io",
        ] {
            assert!(
                hosts(text).iter().all(|host| host != "in.shop.io" && host != "shop.io"),
                "{text}: {:?}",
                hosts(text)
            );
        }
    }

    #[test]
    fn urls_are_those_of_commands_that_read() {
        for text in
            ["curl -fsS https://shop.io/x", "curl -I -X HEAD --url https://shop.io/x", "wget -qO- https://shop.io/x"]
        {
            assert_eq!(urls(text), ["https://shop.io/x"], "{text}");
        }
        for text in [
            "curl -X POST https://shop.io/x",
            "curl -XDELETE https://shop.io/x",
            "curl -d a=b https://shop.io/x",
            "curl --json '{}' https://shop.io/x",
            "curl -sT file https://shop.io/x",
            "wget --post-data=x https://shop.io/x",
            "git clone https://shop.io/x",
        ] {
            assert!(urls(text).is_empty(), "{text}: {:?}", urls(text));
        }
    }

    #[test]
    fn a_url_with_a_secret_or_an_unknown_part_is_not_known() {
        for text in [
            "curl https://shop.io/x?access_token=abc",
            "curl 'https://shop.io/x?a=b&api-key=abc'",
            "curl https://shop.io/$ID",
            "kubectl exec api-0 -- curl https://shop.io/x",
        ] {
            assert_eq!(urls(text), ["?"], "{text}");
        }
    }
}
