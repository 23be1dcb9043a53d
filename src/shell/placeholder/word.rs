//! Placeholders without brackets: `YOUR_TOKEN`, `xxx`, `...`, `POD_NAME` where no such name can be, `my-cluster`.

use super::regions::{Region, Regions};
use super::{Found, PlaceholderKind};

/// What an upper-case name ends in when it stands for something the reader knows.
const NOUNS: &[&str] = &[
    "POD",
    "NAME",
    "NAMESPACE",
    "NODE",
    "CONTAINER",
    "SERVICE",
    "DEPLOYMENT",
    "STATEFULSET",
    "IP",
    "HOST",
    "HOSTNAME",
    "USER",
    "USERNAME",
    "PASSWORD",
    "TOKEN",
    "CLUSTER",
    "REGION",
    "BUCKET",
    "ID",
    "PATH",
    "VERSION",
    "DATABASE",
    "TABLE",
    "URL",
    "PORT",
    "PROJECT",
    "RELEASE",
    "CHART",
    "INSTANCE",
    "ZONE",
    "TAG",
    "IMAGE",
    "TOPIC",
    "ENVIRONMENT",
    "ACCOUNT",
    "ROLE",
    "CONTEXT",
    "SECRET",
    "ARN",
    "ADDRESS",
    "REVISION",
    "LABEL",
    "SELECTOR",
    "PVC",
    "PV",
    "JOB",
    "CRONJOB",
    "CONFIGMAP",
    "INGRESS",
    "REPO",
    "BRANCH",
    "DOMAIN",
];

/// What stands for the name of an object, and is the name of none.
const GENERIC: &[&str] = &[
    "pod-name",
    "node-name",
    "deployment-name",
    "service-name",
    "namespace-name",
    "container-name",
    "statefulset-name",
    "daemonset-name",
    "job-name",
    "secret-name",
    "configmap-name",
    "pvc-name",
    "cluster-name",
    "release-name",
    "pod_name",
    "namespace_name",
];

/// Programs whose arguments are names of things; only they are asked about upper-case words.
const TOOLS: &[&str] = &[
    "aws",
    "gcloud",
    "az",
    "gsutil",
    "docker",
    "podman",
    "nerdctl",
    "crictl",
    "ssh",
    "scp",
    "ping",
    "git",
    "gh",
    "flux",
    "argocd",
    "istioctl",
    "velero",
    "curl",
    "wget",
    "cd",
    "cat",
    "nslookup",
    "dig",
    "telnet",
    "nc",
    "systemctl",
    "journalctl",
    "psql",
    "mysql",
];

/// Finds placeholders that are plain words.
pub(super) fn find(text: &str, regions: &Regions) -> Vec<Found> {
    let mut found = Vec::new();
    let mut line = Line::default();
    for (start, word) in words(text).filter(|(_, word)| is_worth_a_look(word)) {
        line.follow(text, regions, start);
        let around = Around::new(text, regions, start, start + word.len());
        if around.region == Region::Comment || around.is_variable() {
            continue;
        }
        if let Some((from, to, kind)) = judge(word, &around, &line) {
            found.push(Found { start: start + from, end: start + to, kind });
        }
    }
    found
}

/// Returns the runs of letters, digits, dots, dashes and underscores, and `…`.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes.get(at..)?.iter().position(|&byte| in_word(byte) || byte == ELLIPSIS)?;
        let first = bytes.get(start).copied()?;
        let length = if first == ELLIPSIS {
            text.get(start..)?.chars().next()?.len_utf8()
        } else {
            bytes.get(start..)?.iter().position(|&byte| !in_word(byte)).unwrap_or(bytes.len() - start)
        };
        at = start + length;
        text.get(start..at).map(|word| (start, word))
    })
}

/// The first byte of `…`, and of other characters, which are words that are not worth a look.
const ELLIPSIS: u8 = 0xe2;

/// Tells words that cannot be placeholders from others, cheaply: most words of most texts.
fn is_worth_a_look(word: &str) -> bool {
    let bytes = word.as_bytes();
    let has = |needle: &[u8]| {
        bytes.len() >= needle.len() && bytes.windows(needle.len()).any(|it| it.eq_ignore_ascii_case(needle))
    };
    let shouted =
        bytes.len() >= 2 && !bytes.iter().any(u8::is_ascii_lowercase) && bytes.iter().any(u8::is_ascii_uppercase);
    let short = bytes.len() <= 8 && bytes.contains(&b'.');
    shouted
        || short
        || word == "…"
        || word == "namespace"
        || GENERIC.contains(&word)
        || bytes.contains(&b'X')
        || bytes.windows(2).any(|pair| pair[0] == b'-' && pair[1].is_ascii_uppercase())
        || has(b"your")
        || has(b"xxx")
        || has(b"my-")
        || has(b"my_")
        || has(b".com")
        || has(b".org")
        || has(b".net")
}

/// What stands next to a word.
struct Around<'a> {
    region: Region,
    before: Option<char>,
    after: Option<char>,
    /// Whether the word is the whole of a quoted string.
    whole_string: bool,
    /// The quoted string around it.
    string: &'a str,
    /// The few characters before it.
    head: &'a str,
}

impl<'a> Around<'a> {
    fn new(text: &'a str, regions: &Regions, start: usize, end: usize) -> Self {
        let stretch = regions.stretch(start);
        let string = stretch.and_then(|(from, to, _)| text.get(from..to)).unwrap_or_default();
        Self {
            region: regions.at(start),
            before: text.get(..start).and_then(|head| head.chars().next_back()),
            after: text.get(end..).and_then(|tail| tail.chars().next()),
            whole_string: stretch.is_some_and(|(from, to, _)| start == from + 1 && end + 1 == to),
            string,
            head: text.get(text.floor_char_boundary(start.saturating_sub(12))..start).unwrap_or_default(),
        }
    }

    /// `$NAME`, `${NAME}`, `NAME=value`, `${x:-NAME}`.
    fn is_variable(&self) -> bool {
        let opened = self.head.rfind("${").is_some_and(|at| !self.head[at..].contains('}'));
        self.before == Some('$') || opened
    }

    fn is_assigned(&self) -> bool {
        self.after == Some('=') || self.after == Some('+')
    }

    /// Whether it is an argument, a value behind `=`, or the whole of a string.
    fn is_argument(&self) -> bool {
        let opens = self.before.is_none_or(|c| c.is_whitespace() || c == '=');
        let closes = self.after.is_none_or(|c| c.is_whitespace() || ";|&)".contains(c));
        self.whole_string || (self.region == Region::Plain && opens && closes)
    }

    /// Whether it is a piece of an argument: of a path, a URL, a pair.
    fn is_piece(&self) -> bool {
        let opens = self.before.is_none_or(|c| c.is_whitespace() || "=/:@,'\"".contains(c));
        let closes = self.after.is_none_or(|c| c.is_whitespace() || ";|&)/:,'\"@".contains(c));
        opens && closes
    }
}

/// The command that a word belongs to, followed from word to word so that no line is read twice.
#[derive(Default)]
struct Line {
    /// Up to where the text is known.
    known: usize,
    /// Index of the stretch that `known` stands in or before.
    stretch: usize,
    program: String,
    /// Whether `--` was passed: what follows is another program's.
    passed_on: bool,
    temporary: bool,
    /// The last whole word, and what stands of the next.
    last: String,
    word: String,
}

impl Line {
    /// Reads on up to `to`.
    fn follow(&mut self, text: &str, regions: &Regions, to: usize) {
        let Some(between) = text.get(self.known..to) else { return };
        let mut escaped = false;
        for (offset, character) in between.char_indices() {
            let region = self.region(regions, self.known + offset);
            match character {
                _ if region == Region::Comment => {}
                '\n' if !escaped && region == Region::Plain => self.restart(),
                ';' | '|' | '&' | '(' | '`' if region == Region::Plain => self.restart(),
                '\\' => {}
                _ if character.is_whitespace() => self.take(),
                _ => self.word.push(character),
            }
            escaped = character == '\\' && !escaped;
        }
        self.known = to;
    }

    fn restart(&mut self) {
        *self = Self { known: self.known, stretch: self.stretch, ..Self::default() };
    }

    /// Returns what a byte stands in; asked from left to right.
    fn region(&mut self, regions: &Regions, at: usize) -> Region {
        while regions.all().get(self.stretch).is_some_and(|&(_, end, _)| end <= at) {
            self.stretch += 1;
        }
        regions
            .all()
            .get(self.stretch)
            .filter(|&&(start, _, _)| start <= at)
            .map_or(Region::Plain, |&(_, _, region)| region)
    }

    fn take(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        let wrapper =
            matches!(word.as_str(), "sudo" | "time" | "nohup" | "watch" | "$" | "xargs" | "!" | "do" | "then");
        if self.program.is_empty() && !wrapper && !word.contains('=') && !word.starts_with('-') {
            word.rsplit('/').next().unwrap_or_default().clone_into(&mut self.program);
        }
        self.temporary |= word.contains("mktemp");
        self.passed_on |= word == "--";
        self.last = word;
    }

    /// Returns what stands right before a word: the beginning of its argument, else the argument before.
    fn previous(&self) -> &str {
        if self.word.is_empty() { &self.last } else { &self.word }
    }

    fn is_kubectl(&self) -> bool {
        matches!(self.program.as_str(), "kubectl" | "oc" | "k" | "helm" | "kubecolor") && !self.passed_on
    }

    fn prints(&self) -> bool {
        matches!(self.program.as_str(), "echo" | "printf")
    }
}

/// Returns which part of a word is a placeholder.
fn judge(word: &str, around: &Around<'_>, line: &Line) -> Option<(usize, usize, PlaceholderKind)> {
    let whole = |kind| Some((0, word.len(), kind));
    let certain = PlaceholderKind::Certain;
    if word == "..." || word == "…" {
        let alone = around.is_argument() && (!line.prints() || around.whole_string);
        return if alone { whole(certain) } else { None };
    }
    if let Some(range) = your(word) {
        let prose = around.region != Region::Plain && around.string.contains(' ') && range.2;
        let kind = if prose { PlaceholderKind::Weak } else { certain };
        return (!around.is_assigned() || range.0 > 0).then_some((range.0, range.1, kind));
    }
    if is_instruction(word) && !around.is_assigned() {
        return whole(certain);
    }
    if let Some((from, to)) = crossed_out(word).filter(|_| !line.temporary) {
        return Some((from, to, certain));
    }
    if is_generic(word, around, line) || is_disk(word, around) {
        return whole(certain);
    }
    if let Some(kind) = upper_case(word, around, line) {
        return whole(kind);
    }
    weak(word, around).map(|(from, to)| (from, to, PlaceholderKind::Weak))
}

/// `YOUR_TOKEN`, `your-namespace`; the third value tells whether it is lower case.
fn your(word: &str) -> Option<(usize, usize, bool)> {
    let lowered = word.to_ascii_lowercase();
    let at = lowered.match_indices("your").map(|(at, _)| at).find(|&at| {
        let opens = at == 0 || lowered.as_bytes().get(at - 1).is_some_and(|byte| !byte.is_ascii_alphanumeric());
        let closes = lowered.as_bytes().get(at + 4).is_some_and(|byte| matches!(byte, b'-' | b'_'));
        let camel = word
            .get(at..)
            .is_some_and(|rest| rest.starts_with("your") && rest.as_bytes().get(4).is_some_and(u8::is_ascii_uppercase));
        opens && (closes || camel)
    })?;
    let rest = word.get(at..)?;
    let end = rest.find('.').unwrap_or(rest.len());
    let lower = word.get(at..at + 1)? == "y";
    Some((at, at + end, lower))
}

/// `REPLACE_ME`, `CHANGEME`, `INSERT_TOKEN_HERE`.
fn is_instruction(word: &str) -> bool {
    let upper = word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-'));
    let plain = word.replace('-', "_");
    let begins = ["REPLACE_", "CHANGE_ME", "CHANGEME", "INSERT_", "PUT_YOUR", "ENTER_", "FILL_IN", "FILL_ME"];
    let is = ["PLACEHOLDER", "REPLACEME"];
    upper && (begins.iter().any(|it| plain.starts_with(it)) || is.contains(&plain.as_str()) || plain.ends_with("_HERE"))
}

/// `xxx`, `pod-xxxxx`, `XXXX`, `x.x.x.x`, `vX.Y.Z`.
fn crossed_out(word: &str) -> Option<(usize, usize)> {
    let lowered = word.to_ascii_lowercase();
    let bare = lowered.trim_start_matches('v');
    if matches!(bare, "x.y.z" | "x.x.x" | "x.x.x.x" | "x.y" | "a.b.c.d") {
        return Some((0, word.len()));
    }
    let crossed = |piece: &str| piece.len() >= 3 && piece.bytes().all(|byte| byte == b'x');
    lowered.split(['-', '_', '.']).any(crossed).then_some((0, word.len()))
}

/// `kubectl logs pod-name -n namespace`: in the place of a name, a word that says what is to be written there.
fn is_generic(word: &str, around: &Around<'_>, line: &Line) -> bool {
    let previous = line.previous();
    if !line.is_kubectl() || !(around.is_argument() || around.before == Some('/') || around.after == Some(':')) {
        return false;
    }
    let is_shouted = |piece: &str| !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_uppercase());
    if names_kind(around.head) && word.split('-').any(is_shouted) {
        return true;
    }
    if word == "namespace" {
        return matches!(previous, "-n" | "-n=" | "--namespace" | "--namespace=");
    }
    let selects = matches!(previous, "-l" | "--selector" | "-o" | "-L" | "--field-selector" | "-k" | "-f");
    GENERIC.contains(&word)
        && (around.is_argument() || around.after == Some(':'))
        && !selects
        && around.before != Some('=')
}

/// `deploy/X`: no name of Kubernetes has capitals.
fn names_kind(head: &str) -> bool {
    let kinds = [
        "deploy/",
        "deployment/",
        "pod/",
        "pods/",
        "po/",
        "svc/",
        "service/",
        "sts/",
        "statefulset/",
        "ds/",
        "node/",
        "job/",
    ];
    kinds.iter().any(|kind| head.strip_suffix(kind).is_some_and(|rest| rest.is_empty() || rest.ends_with(' ')))
}

/// `/dev/sdX`: a disk that the reader chooses.
fn is_disk(word: &str, around: &Around<'_>) -> bool {
    around.head.ends_with("/dev/")
        && word.ends_with(|last: char| last == 'X' || last.is_ascii_digit())
        && word.contains('X')
}

/// `POD_NAME` as an argument: names of Kubernetes objects have no upper case, so for kubectl it is certain.
fn upper_case(word: &str, around: &Around<'_>, line: &Line) -> Option<PlaceholderKind> {
    let upper =
        word.len() >= 2 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-'));
    let noun = NOUNS.contains(&word.rsplit(['_', '-']).next().unwrap_or_default());
    if !upper || !noun || word.starts_with('-') || around.is_assigned() || !around.is_piece() {
        return None;
    }
    let previous = line.previous();
    let names_variable = matches!(previous, "-e" | "--env" | "--keys" | "--sort-by" | "-o" | "--output" | "--type")
        || previous.starts_with("--from-literal")
        || previous.starts_with("--keys")
        || previous.contains("sort-by=")
        || previous.starts_with("custom-columns")
        || around.after == Some(':') && around.region == Region::Plain && line.is_kubectl();
    if names_variable {
        return None;
    }
    let unquoted = around.region == Region::Plain || around.whole_string;
    if line.is_kubectl() && unquoted {
        return Some(PlaceholderKind::Certain);
    }
    let compound = word.contains(['_', '-']);
    (TOOLS.contains(&line.program.as_str()) && unquoted && compound && !line.passed_on).then_some(PlaceholderKind::Weak)
}

/// `my-cluster`, `example.com`.
fn weak(word: &str, around: &Around<'_>) -> Option<(usize, usize)> {
    let lowered = word.to_ascii_lowercase();
    for domain in ["example.com", "example.org", "example.net", "yourdomain.com", "mycompany.com", "acme.com"] {
        if let Some(at) = lowered.find(domain) {
            return Some((at, at + domain.len()));
        }
    }
    let mine = (lowered.starts_with("my-") || lowered.starts_with("my_")) && word.len() > 3;
    (mine && around.is_piece() && !around.is_assigned()).then_some((0, word.len()))
}
