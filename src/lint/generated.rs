//! Names that a Deployment gave to one of its pods. They read well in a runbook, and are gone at the next release.

use super::texts::Text;
use crate::diagnostic::{Diagnostic, Level};
use crate::reference::kubectl::Invocation;

/// Verbs that take a pod.
const OF_PODS: &[&str] = &[
    "get",
    "describe",
    "delete",
    "edit",
    "logs",
    "exec",
    "attach",
    "port-forward",
    "top pod",
    "debug",
    "label",
    "annotate",
];

/// The letters and digits of which Kubernetes makes the ends of names.
const LETTERS: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Returns the pods of one day that a command names.
pub(super) fn problems(text: &Text<'_>, invocation: &Invocation) -> Vec<Diagnostic> {
    if !OF_PODS.contains(&invocation.path()) {
        return Vec::new();
    }
    let named = invocation.own_positionals().iter().filter_map(|word| {
        let name = word.known().ok()?;
        let name = name.strip_prefix("pod/").or_else(|| name.strip_prefix("pods/")).unwrap_or(name);
        is_generated(name).then_some((name, word.span))
    });
    let problem = |(name, span): (&str, _)| {
        let title = format!("`{name}` is the name of one pod, gone when that is replaced");
        let maker = name.rsplitn(3, '-').last().unwrap_or(name);
        text.problem("generated-name", Level::Hint, title, span)
            .help(format!("find the pod by its labels, or name what makes it: `deployment/{maker}`"))
    };
    named.map(problem).collect()
}

/// Returns whether a name is one that a Deployment gives: `api-7d65bcdd8b-wxf2g`.
pub fn is_generated(name: &str) -> bool {
    let mut parts = name.rsplitn(3, '-');
    let (Some(pod), Some(set), Some(maker)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let made = |part: &str| part.chars().all(|letter| LETTERS.contains(letter));
    // Clusters of long ago counted the middle part in digits only.
    let hash = (8..=10).contains(&set.len()) && (made(set) || set.chars().all(|letter| letter.is_ascii_hexdigit()));
    !maker.is_empty() && pod.len() == 5 && made(pod) && hash && set.chars().any(|letter| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_generated;

    #[test]
    fn what_a_deployment_gives_is_told_from_what_people_give() {
        for name in ["api-7d65bcdd8b-wxf2g", "billing-worker-1006230814-6wnpx", "web-69fb9c78cd-58szd"] {
            assert!(is_generated(name), "{name}");
        }
        for name in ["api-0", "api", "billing-production-green", "backup-20240101-daily", "cache-primary-node1", ""] {
            assert!(!is_generated(name), "{name}");
        }
    }
}
