//! Commands, their verbs and their flags.

use super::TokenClass;
use super::lexer::{Expect, Lexer};

/// Programs that run the command behind them, and the letters of their options that take a value.
const CARRIERS: &[(&str, &str)] = &[
    ("sudo", "ugpCrt"),
    ("doas", "uC"),
    ("env", "uC"),
    ("time", "fo"),
    ("nohup", ""),
    ("exec", "a"),
    ("command", ""),
    ("builtin", ""),
    ("xargs", "aEILnPsd"),
    ("nice", "n"),
    ("watch", "n"),
    ("setsid", ""),
    ("stdbuf", "ioe"),
    ("timeout", "ks"),
    ("eval", ""),
];

/// Programs with verbs: their names, how many verbs at most, the letters and names of options that take a value.
const TOOLS: &[(&[&str], usize, &str)] = &[
    (&["kubectl", "oc", "k"], 1, "nscfvl"),
    (
        &[
            "helm",
            "systemctl",
            "git",
            "terraform",
            "tofu",
            "make",
            "npm",
            "cargo",
            "go",
            "apt",
            "apt-get",
            "yum",
            "dnf",
            "brew",
            "pip",
            "etcdctl",
            "vault",
            "consul",
            "nomad",
            "velero",
            "istioctl",
            "kubeadm",
            "minikube",
            "kind",
            "ip",
            "zpool",
            "zfs",
            "virsh",
        ],
        1,
        "nCctHM",
    ),
    (&["docker", "podman", "nerdctl", "crictl", "docker-compose", "ctr"], 1, "cHlfpn"),
    (&["gh", "aws", "argocd", "flux", "openstack", "doctl", "ceph"], 2, "nR"),
    (&["gcloud", "az"], 3, "g"),
];

/// Verbs that have verbs of their own.
const NESTED: &[&str] = &[
    "rollout",
    "config",
    "auth",
    "set",
    "top",
    "create",
    "certificate",
    "adm",
    "plugin",
    "policy",
    "compose",
    "container",
    "image",
    "volume",
    "network",
    "system",
    "service",
    "stack",
    "repo",
    "get-all",
    "show",
    "dependency",
    "state",
    "workspace",
    "remote",
    "stash",
    "submodule",
    "kv",
    "operator",
    "member",
    "endpoint",
    "snapshot",
    "addr",
    "link",
    "route",
    "apply-set",
    "buildx",
    "context",
    "registry",
];

/// Long options of these programs that take a value as the next word.
const LONG_VALUES: &[&str] = &[
    "--namespace",
    "--context",
    "--cluster",
    "--kubeconfig",
    "--container",
    "--selector",
    "--output",
    "--filename",
    "--region",
    "--profile",
    "--project",
    "--zone",
    "--resource-group",
    "--name",
    "--host",
    "--file",
    "--kube-context",
    "--endpoints",
    "--cacert",
    "--cert",
    "--key",
    "--user",
    "--server",
    "--token",
    "--as",
    "--project-name",
    "--repo",
];

const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "select", "function",
    "time", "!", "{", "}", "[[", "]]", "coproc",
];

/// How far the arguments of a command are read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Arguments {
    /// How many more verbs may come.
    verbs: usize,
    /// Letters of options that take a value.
    with_value: &'static str,
    /// Whether the next word is an option's value.
    value: bool,
    /// Whether the command carries another one, so that the next word that is no option is a command.
    carries: bool,
    /// Whether what follows `--` is a command: `kubectl exec … --`.
    enters: bool,
    /// Whether it is `find`, whose `-exec` is followed by a command.
    finds: bool,
    /// How many arguments stand before the carried command: the time of `timeout`.
    skip: usize,
}

impl Lexer<'_> {
    /// Gives a word, or the plain beginning of one, its class. `whole` tells whether it is the whole word.
    pub(super) fn classify(&mut self, start: usize, end: usize, whole: bool) {
        let Some(word) = self.text.get(start..end) else { return };
        match self.expect {
            Expect::Command => self.first_word(word, start, end, whole),
            Expect::LoopName => {
                self.token(start, end, TokenClass::Variable);
                self.expect = Expect::In;
            }
            Expect::In => {
                if word == "in" {
                    self.token(start, end, TokenClass::Keyword);
                }
                if matches!(word, "in" | "do") {
                    self.expect = Expect::Argument;
                }
                if word == "do" {
                    self.token(start, end, TokenClass::Keyword);
                    self.expect = Expect::Command;
                }
            }
            Expect::FunctionName => {
                self.token(start, end, TokenClass::Command);
                self.expect = Expect::Command;
            }
            Expect::Argument => self.argument(word, start, end, whole),
        }
    }

    /// A word that begins with a quote or an expansion.
    pub(super) fn opaque_word(&mut self) {
        match self.expect {
            Expect::Command => {
                self.expect = Expect::Argument;
                self.arguments = Arguments::default();
            }
            Expect::LoopName => self.expect = Expect::In,
            Expect::FunctionName => self.expect = Expect::Command,
            Expect::In => {}
            Expect::Argument => self.plain_argument(),
        }
    }

    fn first_word(&mut self, word: &str, start: usize, end: usize, whole: bool) {
        if let Some(length) = assigned_name(word) {
            self.token(start, start + length, TokenClass::Variable);
            // The value is a part of this word; the command is still to come.
            return;
        }
        if whole && KEYWORDS.contains(&word) {
            self.token(start, end, TokenClass::Keyword);
            self.expect = match word {
                "for" | "select" => Expect::LoopName,
                "case" => Expect::In,
                "function" => Expect::FunctionName,
                "fi" | "done" | "esac" | "}" | "]]" | "[[" => Expect::Argument,
                _ => Expect::Command,
            };
            self.arguments = Arguments::default();
            return;
        }
        self.token(start, end, TokenClass::Command);
        self.expect = Expect::Argument;
        self.arguments = Arguments::of(word);
    }

    fn argument(&mut self, word: &str, start: usize, end: usize, whole: bool) {
        if word == "]]" || word == "in" && self.arguments.verbs == usize::MAX {
            self.token(start, end, TokenClass::Keyword);
            return;
        }
        if word.starts_with('-') && word.len() > 1 {
            self.flag(word, start, whole);
            return;
        }
        if std::mem::take(&mut self.arguments.value) {
            self.number(word, start, end, whole);
            return;
        }
        if self.arguments.carries && self.arguments.skip == 0 {
            self.first_word(word, start, end, whole);
            return;
        }
        let skipped = self.arguments.skip > 0;
        self.arguments.skip = self.arguments.skip.saturating_sub(1);
        if self.arguments.verbs > 0 && whole && is_verb(word) && !skipped {
            self.token(start, end, TokenClass::Subcommand);
            self.arguments.verbs -= 1;
            if NESTED.contains(&word) {
                self.arguments.verbs = 1;
            }
            self.arguments.enters |= matches!(word, "exec" | "debug" | "run");
            return;
        }
        self.arguments.verbs = 0;
        self.number(word, start, end, whole);
    }

    fn plain_argument(&mut self) {
        if std::mem::take(&mut self.arguments.value) {
            return;
        }
        self.arguments.verbs = 0;
        if self.arguments.carries && self.arguments.skip == 0 {
            self.arguments = Arguments::default();
        }
        self.arguments.skip = self.arguments.skip.saturating_sub(1);
    }

    fn flag(&mut self, word: &str, start: usize, whole: bool) {
        if word == "--" {
            if self.arguments.enters && whole {
                self.token(start, start + 2, TokenClass::Operator);
                self.expect = Expect::Command;
                return;
            }
            self.token(start, start + 2, TokenClass::Flag);
            return;
        }
        let name = word.split('=').next().unwrap_or_default();
        let length = name.len();
        self.token(start, start + length, TokenClass::Flag);
        let letter = word.chars().nth(1).filter(|_| word.chars().count() == 2);
        let short = letter.is_some_and(|letter| self.arguments.with_value.contains(letter));
        let long = LONG_VALUES.contains(&word);
        self.arguments.value = whole && (short || long);
        if self.arguments.finds && matches!(word, "-exec" | "-execdir" | "-ok") {
            self.expect = Expect::Command;
        }
        if word.len() > length + 1 {
            self.number(word.get(length + 1..).unwrap_or_default(), start + length + 1, start + word.len(), whole);
        }
    }

    fn number(&mut self, word: &str, start: usize, end: usize, whole: bool) {
        if whole && is_number(word) {
            self.token(start, end, TokenClass::Number);
        }
    }
}

impl Arguments {
    fn of(program: &str) -> Self {
        let name = program.rsplit('/').next().unwrap_or_default();
        if let Some((_, with_value)) = CARRIERS.iter().find(|(carrier, _)| *carrier == name) {
            return Self { carries: true, with_value, skip: usize::from(name == "timeout"), ..Self::default() };
        }
        if let Some((_, verbs, with_value)) = TOOLS.iter().find(|(names, _, _)| names.contains(&name)) {
            return Self { verbs: *verbs, with_value, ..Self::default() };
        }
        Self { finds: name == "find", ..Self::default() }
    }
}

/// Returns the length of the name in `NAME=…`, `NAME+=…`, `NAME[1]=…`.
fn assigned_name(word: &str) -> Option<usize> {
    let (name, _) = word.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let bare = name.split('[').next().unwrap_or_default();
    let first = bare.bytes().next()?;
    let good = (first.is_ascii_alphabetic() || first == b'_')
        && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    good.then_some(bare.len())
}

fn is_verb(word: &str) -> bool {
    word.len() <= 40
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
}

/// Digits, with a decimal point and a unit: `3`, `0.5`, `30s`, `512Mi`, `50%`.
fn is_number(word: &str) -> bool {
    let digits = word.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let unit = word.get(digits..).unwrap_or_default();
    let starts = word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().take(digits).filter(|byte| *byte == b'.').count() <= 1;
    let known = [
        "", "ms", "s", "m", "h", "d", "w", "k", "K", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "b", "B", "KB", "MB", "GB",
        "%",
    ];
    starts && known.contains(&unit)
}
