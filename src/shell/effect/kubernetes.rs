//! kubectl and oc. `reference` knows their grammar; here only what a verb does matters.

use crate::shell::Word;
use crate::shell::options::{Options, has_flag};
use crate::shell::parse::KUBECTL;

use super::Verdict;

/// Verbs that only look.
const READING: &[&str] = &[
    "get",
    "describe",
    "logs",
    "log",
    "top",
    "explain",
    "api-resources",
    "api-versions",
    "version",
    "cluster-info",
    "diff",
    "events",
    "wait",
    "options",
    "completion",
    "kustomize",
    "convert",
    "port-forward",
    "proxy",
    "help",
    "plugin",
    "whoami",
    "status",
    "projects",
    "process",
    "neat",
    "tree",
    "who-can",
    "stern",
    "view-secret",
    "lineage",
    "resource-capacity",
    "df-pv",
    "get-all",
    "outdated",
];

/// Verbs that change the cluster, and what they do.
const WRITING: &[(&str, &str)] = &[
    ("apply", "applies manifests"),
    ("create", "creates objects"),
    ("replace", "replaces objects"),
    ("patch", "patches objects"),
    ("edit", "edits objects"),
    ("delete", "deletes objects"),
    ("scale", "scales workloads"),
    ("autoscale", "creates an autoscaler"),
    ("expose", "creates a service"),
    ("run", "creates a pod"),
    ("debug", "creates a container to debug with"),
    ("label", "changes labels"),
    ("annotate", "changes annotations"),
    ("set", "changes objects"),
    ("drain", "drains nodes"),
    ("cordon", "keeps pods off nodes"),
    ("uncordon", "lets pods onto nodes"),
    ("taint", "taints nodes"),
    ("certificate", "answers certificate requests"),
    ("rollback", "rolls back"),
    ("start-build", "starts a build"),
    ("new-app", "creates objects"),
    ("new-build", "creates objects"),
    ("new-project", "creates a project"),
    ("import-image", "imports an image"),
    ("tag", "changes image tags"),
    ("policy", "changes roles"),
    ("secrets", "changes service accounts"),
    ("idle", "scales workloads to zero"),
];

/// Judges kubectl, oc and small tools beside them.
pub(super) fn judge(name: &str, words: &[Word], carries: bool) -> Option<Verdict> {
    match name {
        "kubectl" | "oc" | "k" | "kubecolor" => Some(kubectl(words, carries)),
        "kubectx" | "kubens" | "kctx" | "kns" => {
            let switches = Options::NONE.operand(words, 0).is_some();
            Some(if switches { Verdict::files("changes the kubeconfig") } else { Verdict::Reads })
        }
        "stern" | "kail" | "kubectl-neat" | "popeye" | "kubeval" | "kubeconform" | "kube-score" | "pluto"
        | "kubent" => Some(Verdict::Reads),
        _ => None,
    }
}

fn kubectl(words: &[Word], carries: bool) -> Verdict {
    let operands = KUBECTL.operands(words);
    let Some(first) = operands.first() else { return Verdict::Reads };
    let Some(verb) = first.literal() else { return Verdict::unknown("runs a kubectl verb that only the run tells") };
    let second = operands.get(1).and_then(|word| word.literal()).unwrap_or_default();
    if has_flag(words, Some('h'), "help") && !carries {
        return Verdict::Reads;
    }
    if READING.contains(&verb.as_str()) {
        return Verdict::Reads;
    }
    match (verb.as_str(), second.as_str()) {
        ("auth", "reconcile") => dry(words, Verdict::writes("changes roles")),
        ("auth", _)
        | ("rollout", "status" | "history")
        | ("config", "view" | "current-context" | "get-contexts" | "get-clusters" | "get-users" | "")
        | ("image" | "registry" | "release", "info" | "ls")
        | ("project" | "ctx" | "ns", "") => Verdict::Reads,
        ("rollout", what) => dry(words, Verdict::Writes(format!("changes a rollout (`{what}`)"))),
        ("config" | "login" | "logout" | "project" | "ctx" | "ns", _) => Verdict::files("changes the kubeconfig"),
        ("exec" | "rsh", _) if carries => Verdict::Reads,
        ("exec" | "rsh" | "attach", _) => Verdict::unknown("opens a shell in a container"),
        ("cp" | "rsync", _) => copied(&operands),
        ("adm", _) => adm(&operands, words),
        ("extract", _) => {
            let shown = words.iter().any(|word| word.is("--to=-"));
            if shown { Verdict::Reads } else { Verdict::files("writes the keys of an object to files") }
        }
        ("apply", "view-last-applied") | ("set", "env") if second != "env" || has_flag(words, None, "list") => {
            Verdict::Reads
        }
        ("label" | "annotate", _) if has_flag(words, None, "list") => Verdict::Reads,
        ("set", _) if has_flag(words, None, "local") => Verdict::Reads,
        (verb, _) => match WRITING.iter().find(|(name, _)| *name == verb) {
            Some((_, text)) => dry(words, Verdict::writes(text)),
            None => Verdict::Unknown(format!("runs the plugin `{verb}`")),
        },
    }
}

/// `--dry-run` keeps a write from happening.
fn dry(words: &[Word], write: Verdict) -> Verdict {
    let flags = words.iter().take_while(|word| !word.is("--")).map(Word::literal_prefix);
    let dry = flags.rev_find(|text| text == "--dry-run" || text.starts_with("--dry-run="));
    match dry.as_deref() {
        Some("--dry-run" | "--dry-run=client" | "--dry-run=server" | "--dry-run=true") => Verdict::Reads,
        _ => write,
    }
}

/// The last one of several equal flags counts.
trait LastMatch: Iterator<Item = String> + Sized {
    fn rev_find(self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        self.filter(|text| wanted(text)).last()
    }
}

impl<I: Iterator<Item = String>> LastMatch for I {}

fn copied(operands: &[&Word]) -> Verdict {
    let target =
        operands.last().map(|word| word.literal().unwrap_or_else(|| word.literal_prefix())).unwrap_or_default();
    let unknown = operands.last().is_some_and(|word| word.literal().is_none()) && !target.starts_with(['.', '/']);
    if target.contains(':') || (unknown && target.is_empty()) {
        Verdict::writes("copies files into a container")
    } else {
        Verdict::files("copies files out of a container")
    }
}

fn adm(operands: &[&Word], words: &[Word]) -> Verdict {
    let rest: Vec<String> = operands.iter().skip(1).filter_map(|word| word.literal()).collect();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match rest.as_slice() {
        ["top" | "node-logs" | "verify-image-signature" | "wait-for-stable-cluster", ..]
        | ["release", "info" | "extract", ..]
        | ["policy", "who-can" | "scc-subject-review" | "scc-review", ..]
        | ["upgrade"]
        | [] => Verdict::Reads,
        ["inspect" | "must-gather", ..] => Verdict::writes("starts pods that gather data, and writes files"),
        ["prune", ..] if !has_flag(words, None, "confirm") => Verdict::Reads,
        [what, ..] => dry(words, Verdict::Writes(format!("administers the cluster (`{what}`)"))),
    }
}
