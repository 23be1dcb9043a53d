//! What writes files, and which of them are thrown away.

use std::collections::HashSet;

use crate::model::Span;
use crate::shell::options::{Options, find_flag, flag_value, has_flag};
use crate::shell::{Command, PartKind, Script, Word};

use super::Verdict;

/// Files that are no files.
const SINKS: &[&str] = &["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2", "-"];

/// What is thrown away: variables that `mktemp` gave a value, and where it stands itself.
pub(super) struct Scratch {
    variables: HashSet<String>,
    substitutions: Vec<(usize, usize)>,
}

impl Scratch {
    pub(super) fn of(script: &Script) -> Self {
        let made: Vec<_> = script
            .commands
            .iter()
            .filter(|command| command.name().is_some_and(|name| name == "mktemp"))
            .map(|command| (command.span.start, command.span.end))
            .collect();
        let holds = |word: &Word| {
            word.parts.iter().any(|part| part.kind == PartKind::Substitution && stands_in(&made, part.span))
        };
        let values = script.sets.iter().filter_map(|set| Some((set, set.value.as_ref()?)));
        let mut variables: HashSet<String> = values
            .filter(|(_, value)| holds(value) || literal_scratch(value))
            .map(|(set, _)| set.name.clone())
            .collect();
        variables.extend(["TMPDIR", "RUNNER_TEMP", "RUNBOOKS_TMP"].map(str::to_owned));
        Self { variables, substitutions: made }
    }

    /// Returns whether a path is thrown away.
    fn holds(&self, word: &Word) -> bool {
        let first = word.parts.first().map(|part| (&part.kind, part.span));
        match first {
            Some((PartKind::Variable { name, .. }, _)) => self.variables.contains(name),
            Some((PartKind::Substitution, span)) => stands_in(&self.substitutions, span),
            _ => literal_scratch(word),
        }
    }
}

/// Whether the first of `made` (in order) that begins in a span ends in it.
fn stands_in(made: &[(usize, usize)], span: Span) -> bool {
    made.get(made.partition_point(|&(start, _)| start < span.start)).is_some_and(|&(_, end)| end <= span.end)
}

fn literal_scratch(word: &Word) -> bool {
    let path = word.literal_prefix();
    let inside = path
        .strip_prefix("/tmp/")
        .or_else(|| path.strip_prefix("/var/tmp/"))
        .or_else(|| path.strip_prefix("/dev/shm/"));
    inside.is_some_and(|rest| !rest.contains("..")) || path == "/tmp" && word.parts.len() == 1
}

/// Judges a file that is written.
pub(super) fn written(word: &Word, scratch: &Scratch) -> Verdict {
    if SINKS.iter().any(|sink| word.is(sink)) {
        return Verdict::Reads;
    }
    let shown = word.literal().map_or_else(|| "a file".to_owned(), |path| format!("the file `{path}`"));
    if scratch.holds(word) {
        Verdict::Scratch(format!("writes {shown}"))
    } else {
        Verdict::Files(format!("writes {shown}"))
    }
}

/// Judges the files that redirections write.
pub(super) fn redirections(command: &Command, scratch: &Scratch) -> Verdict {
    let writing = command.redirections.iter().filter(|redirection| redirection.writes());
    writing.map(|redirection| written(&redirection.target, scratch)).fold(Verdict::Reads, Verdict::and)
}

/// Judges programs whose business is files.
pub(super) fn judge(name: &str, command: &Command, scratch: &Scratch) -> Option<Verdict> {
    let words = command.arguments();
    let all = |options: Options, text: &str| {
        let operands = options.operands(words);
        let scratch_only = !operands.is_empty() && operands.iter().all(|word| scratch.holds(word));
        let unknown = command.takes_more_arguments();
        Some(if scratch_only && !unknown { Verdict::Scratch(text.to_owned()) } else { Verdict::files(text) })
    };
    let last = |options: Options, text: &str| {
        let operands = options.operands(words);
        let target = operands.last().copied();
        Some(match target {
            Some(target) if scratch.holds(target) => Verdict::Scratch(text.to_owned()),
            _ => Verdict::files(text),
        })
    };
    match name {
        "rm" | "rmdir" | "shred" | "unlink" => all(Options::new("n", &[]), "removes files"),
        "mkdir" | "touch" | "truncate" | "mkfifo" | "mknod" => {
            all(Options::new("msrdt", &["mode", "size", "date"]), "makes files")
        }
        "chmod" | "chown" | "chgrp" | "setfacl" => Some(Verdict::files("changes who may use files")),
        "cp" | "ln" | "install" => {
            last(Options::new("tSmogZ", &["target-directory", "suffix", "mode"]), "copies files")
        }
        "mv" | "rename" => all(Options::new("tS", &[]), "moves files"),
        "scp" | "rsync" | "sftp" => Some(copied(words, scratch)),
        "tee" => {
            let targets = Options::NONE.operands(words);
            Some(targets.into_iter().map(|word| written(word, scratch)).fold(Verdict::Reads, Verdict::and))
        }
        "dd" => {
            let target = words.iter().find(|word| word.literal_prefix().starts_with("of="));
            Some(target.map_or(Verdict::Reads, |word| of_dd(word, scratch)))
        }
        "sed" | "gsed" | "perl" | "yq" | "awk" | "gawk" | "mawk" => in_place(name, words),
        "sort" | "openssl" | "tcpdump" | "pg_dump" | "pg_dumpall" | "mysqldump" => {
            Some(with_output(name, words, scratch))
        }
        "tar" => Some(tar(words)),
        "find" | "gfind" => Some(find(words)),
        "gzip" | "gunzip" | "bzip2" | "xz" | "zstd" | "zip" | "unzip" | "split" | "csplit" | "patch" => {
            let to_output = has_flag(words, Some('c'), "stdout") || has_flag(words, Some('p'), "") || words.is_empty();
            let lists = has_flag(words, Some('l'), "list") || has_flag(words, Some('t'), "test");
            Some(if to_output || lists { Verdict::Reads } else { Verdict::files("writes files") })
        }
        _ => None,
    }
}

fn of_dd(word: &Word, scratch: &Scratch) -> Verdict {
    let path = word.literal().unwrap_or_default();
    let path = path.strip_prefix("of=").unwrap_or_default();
    let variable = word
        .parts
        .get(1)
        .is_some_and(|part| matches!(&part.kind, PartKind::Variable { name, .. } if scratch.variables.contains(name)));
    if path == "/dev/null" {
        Verdict::Reads
    } else if path.starts_with("/tmp/") || variable {
        Verdict::Scratch("writes a file".to_owned())
    } else if path.starts_with("/dev/") {
        Verdict::Writes(format!("overwrites the device `{path}`"))
    } else {
        Verdict::files("writes a file")
    }
}

/// The last operand tells where to.
fn copied(words: &[Word], scratch: &Scratch) -> Verdict {
    let operands =
        Options::new("PiFJloScaBef", &["rsh", "exclude", "include", "port", "bwlimit", "files-from"]).operands(words);
    let Some(target) = operands.last() else { return Verdict::unknown("copies files") };
    if has_flag(words, Some('n'), "dry-run") {
        return Verdict::Reads;
    }
    if target.literal_prefix().contains(':') || target.literal().is_none_or(|path| path.contains(':')) {
        return Verdict::writes("copies files to another machine");
    }
    if scratch.holds(target) { Verdict::Scratch("copies files".to_owned()) } else { Verdict::files("copies files") }
}

/// `sed -i`, `perl -pi -e`, `yq -i`; without it they only print, but for perl, which can do anything.
fn in_place(name: &str, words: &[Word]) -> Option<Verdict> {
    let inplace = words.iter().any(|word| {
        let text = word.literal_prefix();
        match name {
            "awk" | "gawk" | "mawk" => text == "inplace",
            "perl" => text.starts_with('-') && !text.starts_with("--") && text.contains('i') && !text.contains('M'),
            _ => {
                text.starts_with("-i")
                    || text.starts_with("--in-place")
                    || text.starts_with("--inplace")
                    || is_cluster_with_i(&text)
            }
        }
    });
    if inplace {
        return Some(Verdict::files("edits files in place"));
    }
    let program = words.iter().filter_map(Word::literal).find(|text| !text.starts_with('-')).unwrap_or_default();
    match name {
        "perl" => None,
        "awk" | "gawk" | "mawk"
            if program.contains("system(") || program.contains("print >") || program.contains("| \"sh") =>
        {
            Some(Verdict::unknown("runs an awk program that runs or writes something"))
        }
        _ => Some(Verdict::Reads),
    }
}

/// `-Ei`, `-ni`: letters, the last of which is `i`.
fn is_cluster_with_i(text: &str) -> bool {
    text.len() <= 5
        && text.starts_with('-')
        && !text.starts_with("--")
        && text.ends_with('i')
        && text.chars().skip(1).all(|c| "Enrsuzi".contains(c))
}

fn with_output(name: &str, words: &[Word], scratch: &Scratch) -> Verdict {
    let (letter, long) = match name {
        "sort" => (Some('o'), "output"),
        "openssl" => {
            let at = words.iter().position(|word| word.is("-out") || word.is("-keyout"));
            return at.and_then(|at| words.get(at + 1)).map_or(Verdict::Reads, |word| written(word, scratch));
        }
        "tcpdump" => (Some('w'), ""),
        "mysqldump" => (Some('r'), "result-file"),
        _ => (Some('f'), "file"),
    };
    let at = find_flag(words, letter, long).and_then(|flag| words.iter().position(|word| word == flag));
    match (at, flag_value(words, letter, long)) {
        (None, _) => Verdict::Reads,
        (Some(at), Some(_)) => {
            words.get(at + 1).map_or_else(|| Verdict::files("writes a file"), |word| written(word, scratch))
        }
        (Some(_), None) => Verdict::files("writes a file"),
    }
}

fn tar(words: &[Word]) -> Verdict {
    let mode = words.first().map(Word::literal_prefix).unwrap_or_default();
    let lists =
        has_flag(words, None, "list") || (mode.contains('t') && !mode.starts_with("--") && !mode.contains(['x', 'c']));
    let to_output = mode.contains('c')
        && (has_flag(words, None, "to-stdout") || flag_value(words, Some('f'), "file").is_some_and(|it| it == "-"));
    if lists || to_output { Verdict::Reads } else { Verdict::files("packs or unpacks files") }
}

fn find(words: &[Word]) -> Verdict {
    let is = |names: &[&str]| words.iter().any(|word| names.iter().any(|name| word.is(name)));
    if is(&["-delete"]) {
        Verdict::files("deletes the files it finds")
    } else if is(&["-fprint", "-fprintf", "-fls"]) {
        Verdict::files("writes a file")
    } else {
        Verdict::Reads
    }
}
