//! Programs that run the command they are given: on this machine, as another user, again and again, elsewhere.

use crate::shell::options::{Options, is_assignment};
use crate::shell::{Word, Wrapper};

use super::{Carried, Form};

/// A program whose options come first and whose command follows, after `skip` other arguments.
struct Prefix {
    names: &'static [&'static str],
    wrapper: Wrapper,
    options: Options,
    skip: usize,
}

const fn prefix(names: &'static [&'static str], wrapper: Wrapper, options: Options, skip: usize) -> Prefix {
    Prefix { names, wrapper, options, skip }
}

const PREFIXES: &[Prefix] = &[
    prefix(
        &["sudo", "doas"],
        Wrapper::Privilege,
        Options::new(
            "ugChpRrtTUD",
            &["user", "group", "host", "prompt", "chdir", "chroot", "role", "type", "other-user"],
        ),
        0,
    ),
    prefix(&["gosu", "su-exec"], Wrapper::Privilege, Options::NONE, 1),
    prefix(&["env"], Wrapper::Plain, Options::new("uC", &["unset", "chdir"]), 0),
    prefix(
        &["nohup", "setsid", "chronic", "unbuffer", "builtin", "busybox", "proxychains", "proxychains4"],
        Wrapper::Plain,
        Options::NONE,
        0,
    ),
    prefix(&["exec"], Wrapper::Plain, Options::new("a", &[]), 0),
    prefix(&["nice"], Wrapper::Plain, Options::new("n", &["adjustment"]), 0),
    prefix(&["ionice"], Wrapper::Plain, Options::new("cnt", &["class", "classdata"]), 0),
    prefix(&["stdbuf"], Wrapper::Plain, Options::new("ioe", &["input", "output", "error"]), 0),
    prefix(&["strace", "ltrace"], Wrapper::Plain, Options::new("oepsuPaIbX", &[]), 0),
    prefix(&["taskset", "chrt"], Wrapper::Plain, Options::NONE, 1),
    prefix(&["sshpass"], Wrapper::Plain, Options::new("pfdP", &[]), 0),
    prefix(
        &["systemd-run", "systemd-inhibit"],
        Wrapper::Plain,
        Options::new("puMEH", &["unit", "property", "uid", "gid", "setenv", "what", "who", "why"]),
        0,
    ),
    prefix(&["time", "gtime"], Wrapper::Time, Options::new("fo", &["format", "output"]), 0),
    prefix(&["timeout", "gtimeout"], Wrapper::Timeout, Options::new("ks", &["kill-after", "signal"]), 1),
    prefix(
        &["xargs", "gxargs"],
        Wrapper::Xargs,
        Options::new(
            "aEILnPsdJR",
            &["arg-file", "delimiter", "max-lines", "max-args", "max-procs", "max-chars", "replace", "eof"],
        ),
        0,
    ),
    prefix(&["chroot"], Wrapper::Remote, Options::NONE, 1),
    prefix(&["nsenter"], Wrapper::Remote, Options::new("tSG", &["target", "setuid", "setgid"]), 0),
];

const SSH: Options = Options::new("BbcDEeFIiJLlmMOopQRSWw", &[]);

/// Returns what the program `name` carries.
pub(super) fn carrier(name: &str, words: &[Word]) -> Option<Carried> {
    if let Some(prefix) = PREFIXES.iter().find(|prefix| prefix.names.contains(&name)) {
        return prefixed(prefix, words);
    }
    let end = words.len();
    let text = |wrapper, from| Some(Carried::new(wrapper, Form::Text(from, from + 1)));
    match name {
        "command" => prefixed(&prefix(&[], Wrapper::Plain, Options::NONE, 0), words).filter(|_| !asks_about(words)),
        "flock" => flock(words),
        "su" | "runuser" => text(Wrapper::Privilege, after(words, &["-c", "--command"])?),
        "script" => text(Wrapper::Shell, after(words, &["-c", "--command"])?),
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" => shell(words),
        "eval" => Some(Carried::new(Wrapper::Shell, Form::Text(1, end))),
        "trap" => {
            let first = words.get(1).filter(|word| !word.is("-") && !word.is("-p") && !word.is("-l"))?;
            (!first.parts.is_empty()).then(|| Carried::new(Wrapper::Trap, Form::Text(1, 2)))
        }
        "watch" => {
            let options = Options::new("nq", &["interval", "equexit"]);
            let from = options.operand(words, 1)?;
            let direct = words.get(1..from).unwrap_or_default().iter().any(|word| word.is("-x") || word.is("--exec"));
            let form = if direct { Form::Arguments(from, end) } else { Form::Text(from, end) };
            Some(Carried::new(Wrapper::Watch, form))
        }
        "parallel" => {
            let from =
                Options::new("jIJLNSa", &["jobs", "arg-file", "max-args", "delay", "retries"]).operand(words, 1)?;
            let to = words.iter().position(|word| word.literal_prefix().starts_with(":::")).unwrap_or(end);
            let form = if to == from + 1 { Form::Text(from, to) } else { Form::Arguments(from, to) };
            (from < to).then(|| Carried::new(Wrapper::Xargs, form))
        }
        "ssh" | "autossh" => ssh(words),
        "vagrant" if words.get(1)?.is("ssh") => text(Wrapper::Remote, after(words, &["-c", "--command"])?),
        "minikube" if words.get(1)?.is("ssh") => {
            let from = Options::new("pn", &["profile", "node"]).operand(words, 2)?;
            Some(Carried::new(Wrapper::Remote, Form::Text(from, end)))
        }
        "gcloud" => gcloud(words),
        "lxc" | "incus" | "multipass" if words.get(1)?.is("exec") => {
            Some(Carried::new(Wrapper::Remote, Form::Arguments(dashes(words)?, end)))
        }
        "ip" if words.get(1)?.is("netns") && words.get(2)?.is("exec") => {
            Some(Carried::new(Wrapper::Plain, Form::Arguments(4, end)))
        }
        "aws-vault" | "op" | "doppler" | "chamber" | "envchain" | "dotenv" | "direnv" => {
            Some(Carried::new(Wrapper::Plain, Form::Arguments(dashes(words)?, end)))
        }
        _ => None,
    }
}

fn prefixed(prefix: &Prefix, words: &[Word]) -> Option<Carried> {
    let edits = matches!(prefix.wrapper, Wrapper::Privilege)
        && words
            .get(1)
            .is_some_and(|word| ["-e", "-l", "-v", "-k", "-K", "--edit", "--list"].iter().any(|it| word.is(it)));
    if edits {
        return None;
    }
    let mut from = prefix.options.operand(words, 1)? + prefix.skip;
    if matches!(prefix.wrapper, Wrapper::Remote) && words.get(from).is_some_and(|word| word.is("--")) {
        from += 1;
    }
    while words.get(from).is_some_and(is_assignment) {
        from += 1;
    }
    (from < words.len()).then(|| Carried::new(prefix.wrapper, Form::Arguments(from, words.len())))
}

/// `command -v name` only asks.
fn asks_about(words: &[Word]) -> bool {
    words.get(1).is_some_and(|word| word.is("-v") || word.is("-V"))
}

fn flock(words: &[Word]) -> Option<Carried> {
    let file = Options::new("wE", &["timeout", "wait", "conflict-exit-code"]).operand(words, 1)?;
    let next = words.get(file + 1)?;
    if next.is("-c") || next.is("--command") {
        return Some(Carried::new(Wrapper::Plain, Form::Text(file + 2, file + 3)));
    }
    Some(Carried::new(Wrapper::Plain, Form::Arguments(file + 1, words.len())))
}

/// Returns the index of the word after the first of these flags.
fn after(words: &[Word], flags: &[&str]) -> Option<usize> {
    let at = words.iter().position(|word| flags.iter().any(|flag| word.is(flag)))? + 1;
    (at < words.len()).then_some(at)
}

/// Returns the index of the word after `--`.
fn dashes(words: &[Word]) -> Option<usize> {
    after(words, &["--"])
}

/// `sh -c text`, or a shell that reads its commands from a here-document.
fn shell(words: &[Word]) -> Option<Carried> {
    let mut index = 1;
    while let Some(word) = words.get(index) {
        let text = word.literal_prefix();
        if !text.starts_with(['-', '+']) || text == "--" || text == "-" {
            break;
        }
        if text.starts_with('-') && !text.starts_with("--") && text.contains('c') {
            let from = Options::new("oO", &[]).operand(words, index + 1)?;
            return Some(Carried::new(Wrapper::Shell, Form::Text(from, from + 1)));
        }
        if text == "-s" {
            return Some(Carried::new(Wrapper::Shell, Form::Input));
        }
        let sets_option = !text.starts_with("--") && text.ends_with(['o', 'O']);
        index += if sets_option || text == "--rcfile" || text == "--init-file" { 2 } else { 1 };
    }
    let reads_input = words.get(index).is_none_or(|word| word.is("-"));
    reads_input.then(|| Carried::new(Wrapper::Shell, Form::Input))
}

fn ssh(words: &[Word]) -> Option<Carried> {
    let host = SSH.operand(words, 1)?;
    // ssh goes on reading options after the host.
    let from = SSH.operand(words, host + 1).unwrap_or(words.len());
    let form = if from < words.len() { Form::Text(from, words.len()) } else { Form::Input };
    Some(Carried::new(Wrapper::Remote, form))
}

/// `gcloud compute ssh NAME --command TEXT`, also as `--command=TEXT`, whose text is then a part of a word.
fn gcloud(words: &[Word]) -> Option<Carried> {
    words.iter().position(|word| word.is("ssh"))?;
    let from = after(words, &["--command"]).or_else(|| dashes(words))?;
    Some(Carried::new(Wrapper::Remote, Form::Text(from, from + 1)))
}

/// `find … -exec command {} ;`, several times.
pub(super) fn find(words: &[Word]) -> Vec<Carried> {
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if !["-exec", "-execdir", "-ok", "-okdir"].iter().any(|action| word.is(action)) {
            continue;
        }
        let rest = words.get(index + 1..).unwrap_or_default();
        let length = rest.iter().position(|word| word.is(";") || word.is("+")).unwrap_or(rest.len());
        found.push(Carried::new(Wrapper::Find, Form::Arguments(index + 1, index + 1 + length)));
        if found.len() >= super::DEEPEST {
            break;
        }
    }
    found
}
