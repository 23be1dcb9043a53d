//! Which arguments of programs are hosts, and which URLs they read.

use super::argument::{Argument, Unknown};

/// Programs all of whose words that begin like a URL are one they speak to.
const SPEAKING: [&str; 20] = [
    "wget",
    "http",
    "https",
    "xh",
    "git",
    "helm",
    "psql",
    "pg_dump",
    "pg_restore",
    "pg_isready",
    "redis-cli",
    "mongosh",
    "promtool",
    "amtool",
    "logcli",
    "hey",
    "ab",
    "websocat",
    "nats",
    "vault",
];

/// Options behind which a host stands.
const HOST_OPTIONS: [(&[&str], &[&str]); 3] = [
    (
        &[
            "psql",
            "pg_dump",
            "pg_dumpall",
            "pg_restore",
            "pg_isready",
            "pg_basebackup",
            "createdb",
            "dropdb",
            "pgbench",
        ],
        &["-h", "--host"],
    ),
    (&["mysql", "mysqldump", "mysqladmin", "mongosh", "mongodump"], &["-h", "--host"]),
    (&["redis-cli", "redis-benchmark"], &["-h"]),
];

/// Programs whose first word is a host, and their options with a value.
const FIRST_WORD: [(&[&str], &str); 6] = [
    (&["ssh", "sftp", "mosh"], "BbcDEeFIiJLlmOoPpQRSWw"),
    (&["nc", "ncat", "netcat"], "cegGiIMmOoPpqsTVWwXx"),
    (&["ping", "ping6"], "cIiMmlpQSsTtWw"),
    (&["traceroute", "tracepath", "mtr"], "fgiMmNnpqswz"),
    (&["telnet"], "beklnSX"),
    (&["ssh-copy-id", "ssh-keyscan"], "ipoFfTt"),
];

/// Options of curl with one letter that take a value.
const CURL_LETTERS: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";

/// Options of curl that may have a URL for their value.
const CURL_NOT_ITS_TARGET: [&str; 4] = ["--url", "--referer", "--header", "--user-agent"];

/// What makes curl send something.
const CURL_SENDS: [&str; 12] = [
    "-d",
    "-F",
    "-T",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-urlencode",
    "--data-ascii",
    "--form",
    "--form-string",
    "--upload-file",
    "--json",
];

/// What makes curl ask another host than the URL says.
const CURL_DETOURS: [&str; 9] = [
    "-x",
    "--proxy",
    "--socks5",
    "--socks5-hostname",
    "--preproxy",
    "--resolve",
    "--connect-to",
    "--unix-socket",
    "--abstract-unix-socket",
];

/// Where a command goes.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// Hosts it names, as far as they are known.
    pub(super) hosts: Vec<Argument>,
    /// URLs it reads.
    pub(super) urls: Vec<Argument>,
}

/// Returns where a command goes.
pub(super) fn of_program(name: &str, arguments: &[Argument]) -> Targets {
    let hosts = match name {
        "curl" => return curl(arguments),
        "wget" => return wget(arguments),
        "scp" | "rsync" => remote_paths(arguments),
        "dig" | "nslookup" | "host" => asked_name(name, arguments),
        "openssl" => values(arguments, &["-connect"]).into_iter().map(|host| before(host, ':')).collect(),
        "kubectl" | "oc" => {
            let files = values(arguments, &["-f", "--filename", "-k", "--kustomize"]);
            files.iter().filter_map(host_of_url).collect()
        }
        _ => {
            let mut hosts = first_word(name, arguments);
            let options = HOST_OPTIONS.iter().filter(|(programs, _)| programs.contains(&name));
            hosts.extend(
                options.flat_map(|(_, flags)| values(arguments, flags)).filter(|host| !host.text.starts_with('/')),
            );
            if SPEAKING.contains(&name) {
                let urls = arguments.iter().map(option_value).filter(|word| word.text.contains("://"));
                hosts.extend(urls.filter_map(|url| host_of_url(&url)));
            }
            hosts
        }
    };
    Targets { hosts, urls: Vec::new() }
}

fn curl(arguments: &[Argument]) -> Targets {
    let (mut urls, mut reads, mut detour) = (Vec::new(), true, false);
    let mut words = arguments.iter().peekable();
    while let Some(word) = words.next() {
        if !word.text.starts_with('-') {
            urls.push(word.clone());
            continue;
        }
        let (flag, written) = if word.text.starts_with("--") { (word.text.clone(), None) } else { letters(word) };
        let sends = CURL_SENDS.contains(&flag.as_str());
        let leads = CURL_DETOURS.contains(&flag.as_str());
        // Of most long options it is not known here whether they take a value: a URL is none, another option neither.
        let long_value = |next: &&Argument| {
            let may_be_url = sends || leads || CURL_NOT_ITS_TARGET.contains(&flag.as_str());
            !next.text.starts_with('-') && (may_be_url || !is_url(next))
        };
        let letter_takes = flag.chars().nth(1).is_some_and(|letter| CURL_LETTERS.contains(letter));
        let takes = if flag.starts_with("--") { words.peek().is_some_and(long_value) } else { letter_takes };
        let value = written.or_else(|| if takes { words.next().cloned() } else { None });
        reads &= !sends;
        detour |= leads;
        match (flag.as_str(), value) {
            ("-X" | "--request", Some(method)) => reads &= ["GET", "HEAD"].iter().any(|known| method.is(known)),
            ("--url", Some(url)) => urls.push(url),
            _ => {}
        }
    }
    let urls: Vec<_> = urls.into_iter().filter_map(with_scheme).collect();
    if detour {
        let unknown = |url: Argument| Argument::unknown(Unknown::Elsewhere("by a detour".to_owned()), url.span);
        return Targets { hosts: urls.into_iter().map(unknown).collect(), urls: Vec::new() };
    }
    Targets { hosts: urls.iter().filter_map(host_of_url).collect(), urls: if reads { urls } else { Vec::new() } }
}

/// Returns a URL as curl takes it: `shop.io/x` is one too.
fn with_scheme(word: Argument) -> Option<Argument> {
    if is_url(&word) || word.text.is_empty() && word.unknown.is_some() {
        return Some(word);
    }
    let host = word.text.split(['/', ':', '?']).next().unwrap_or_default();
    let plain = host.contains('.') && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let url = Argument::implied(format!("http://{}", word.text), word.span).with_unknown(word.unknown);
    (plain && !word.text.contains("://")).then_some(url)
}

/// Returns the last flag of letters written together, and its value if that is written with them: `-sSo`, `-XPOST`.
fn letters(word: &Argument) -> (String, Option<Argument>) {
    for (at, letter) in word.text.char_indices().skip(1) {
        if CURL_LETTERS.contains(letter) {
            let behind = at + letter.len_utf8();
            let value = (word.text.len() > behind || word.unknown.is_some()).then(|| word.skip(behind));
            return (format!("-{letter}"), value);
        }
    }
    (word.text.clone(), None)
}

fn wget(arguments: &[Argument]) -> Targets {
    let sends = ["--post-data", "--post-file", "--body-data", "--body-file", "--method"];
    let reads = !arguments.iter().any(|word| sends.iter().any(|flag| word.text.starts_with(flag)));
    let urls: Vec<_> = arguments.iter().filter(|word| is_url(word)).cloned().collect();
    Targets { hosts: urls.iter().filter_map(host_of_url).collect(), urls: if reads { urls } else { Vec::new() } }
}

fn is_url(word: &Argument) -> bool {
    word.text.starts_with("http://") || word.text.starts_with("https://")
}

/// Returns the host of `scheme://user@host:port/path`; unknown where it is not told to its end.
fn host_of_url(url: &Argument) -> Option<Argument> {
    if url.text.is_empty() && url.unknown.is_some() {
        return Some(url.clone());
    }
    let at = url.text.find("://")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+';
    if at == 0 || !url.text[..at].bytes().all(plain) {
        return None;
    }
    let rest = url.skip(at + 3);
    let authority = match rest.text.find(['/', '?', '#']) {
        Some(end) => rest.take(end),
        None => rest,
    };
    let host = match authority.text.rfind('@') {
        Some(at) => authority.skip(at + 1),
        None => authority,
    };
    (!host.text.is_empty() || host.unknown.is_some()).then(|| before(host, ':'))
}

/// Returns what stands before a separator, which is known even where the rest is not. Of `[::1]:80`, what is in brackets.
fn before(word: Argument, separator: char) -> Argument {
    if word.text.starts_with('[') {
        return match word.text.find(']') {
            Some(end) => word.take(end).skip(1),
            None => word,
        };
    }
    match word.split_once(separator) {
        Some((before, _)) => before,
        None => word,
    }
}

fn behind_user(word: &Argument) -> Argument {
    word.text.rfind('@').map_or_else(|| word.clone(), |at| word.skip(at + 1))
}

/// Returns `VALUE` of `--flag=VALUE`, and any other word as it is.
fn option_value(word: &Argument) -> Argument {
    let value = word.split_once('=').filter(|(flag, _)| flag.text.starts_with("--"));
    value.map_or_else(|| word.clone(), |(_, value)| value)
}

/// Returns the host that stands first behind the options.
fn first_word(name: &str, arguments: &[Argument]) -> Vec<Argument> {
    let Some((_, with_value)) = FIRST_WORD.iter().find(|(programs, _)| programs.contains(&name)) else {
        return Vec::new();
    };
    let listens = |word: &Argument| name.starts_with('n') && word.text.starts_with('-') && word.text.contains('l');
    if arguments.iter().any(|word| listens(word) || is_jump(word)) {
        return Vec::new();
    }
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word.text.starts_with('-') {
            let last = word.text.chars().next_back().unwrap_or_default();
            if !word.text.starts_with("--") && with_value.contains(last) {
                words.next();
            }
            continue;
        }
        return host_of_url(word).into_iter().chain((!word.text.contains("://")).then(|| behind_user(word))).collect();
    }
    Vec::new()
}

/// Returns whether the name of the host is looked up by another one on the way.
fn is_jump(word: &Argument) -> bool {
    word.text.starts_with("-J") || word.text.to_lowercase().contains("proxy")
}

/// Returns the hosts of `user@host:path`.
fn remote_paths(arguments: &[Argument]) -> Vec<Argument> {
    if arguments.iter().any(is_jump) {
        return Vec::new();
    }
    let remote = |word: &&Argument| {
        let host = word.text.split_once(':').map(|(host, path)| (host, !path.starts_with("//")));
        host.is_some_and(|(host, is_path)| is_path && host.len() > 1 && !host.contains('/') && !host.starts_with('-'))
    };
    arguments.iter().filter(remote).map(|word| before(behind_user(word), ':')).collect()
}

/// Returns the name whose address is asked for; that of another record says nothing of an address.
fn asked_name(name: &str, arguments: &[Argument]) -> Vec<Argument> {
    let plain: Vec<_> = arguments.iter().filter(|word| !word.text.starts_with(['+', '@'])).collect();
    let other = |word: &&&Argument| word.text.starts_with('-') || word.text.contains('_');
    let server = |word: &&Argument| name == "dig" && word.text.starts_with('@');
    // Asked of a server of its own, the answer may be another one than here.
    if arguments.iter().any(|word| server(&word)) || plain.iter().any(|word| other(&word)) {
        return Vec::new();
    }
    match plain.as_slice() {
        [only] => vec![(*only).clone()],
        [name, kind] | [kind, name] if kind.is("A") || kind.is("AAAA") => vec![(*name).clone()],
        _ => Vec::new(),
    }
}

/// Returns the values of options: `-h x`, `-h=x`, `--host=x`.
fn values(arguments: &[Argument], flags: &[&str]) -> Vec<Argument> {
    super::programs::values(arguments, flags)
}
