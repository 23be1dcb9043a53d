//! Which resource kind a word names: the forms kubectl takes, looked up in what the cluster serves.

use crate::model::{ResourceKind, Unavailable};

/// What a word may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// One kind.
    Kind(&'a ResourceKind),
    /// All kinds of a category, such as `all`.
    Category(Vec<&'a ResourceKind>),
}

impl<'a> Found<'a> {
    /// Returns the kinds, at least one.
    pub(super) fn kinds(self) -> Vec<&'a ResourceKind> {
        match self {
            Self::Kind(kind) => vec![kind],
            Self::Category(kinds) => kinds,
        }
    }
}

/// Finds what a word names: `deploy`, `Deployment`, `deployments.apps`, `deployments.v1.apps`, `all`.
pub(super) fn find<'a>(served: &'a [ResourceKind], word: &str) -> Option<Found<'a>> {
    let base = word.split('.').next().unwrap_or(word);
    let named = |kind: &&ResourceKind| is_named(kind, base);
    if base == word {
        return served.iter().find(named).map(Found::Kind).or_else(|| category(served, word));
    }
    let rest = &word[base.len() + 1..];
    let versioned = rest.split_once('.').and_then(|(version, group)| {
        served.iter().filter(named).find(|kind| kind.version == version && kind.group == group)
    });
    let by_group = || served.iter().filter(named).find(|kind| kind.group == rest);
    // kubectl takes the beginning of a group's name for the group, if nothing has that very name.
    let by_prefix = || served.iter().filter(named).find(|kind| kind.group.starts_with(rest));
    versioned.or_else(by_group).or_else(by_prefix).map(Found::Kind)
}

fn category<'a>(served: &'a [ResourceKind], word: &str) -> Option<Found<'a>> {
    let kinds: Vec<_> = served.iter().filter(|kind| kind.categories.iter().any(|category| category == word)).collect();
    (!kinds.is_empty()).then_some(Found::Category(kinds))
}

fn is_named(kind: &ResourceKind, word: &str) -> bool {
    let lower = word.to_lowercase();
    kind.plural == lower
        || kind.singular == lower
        || kind.kind.to_lowercase() == lower
        || kind.short_names.iter().any(|short| short == word)
}

/// Returns every word that names a kind, for suggestions.
pub(super) fn words(served: &[ResourceKind]) -> impl Iterator<Item = &str> {
    served.iter().flat_map(|kind| {
        let single = [kind.plural.as_str(), kind.singular.as_str()].into_iter();
        single.chain(kind.short_names.iter().map(String::as_str)).filter(|word| !word.is_empty())
    })
}

/// Returns what people call an object of a kind: `deployment`.
pub(super) fn singular(kind: &ResourceKind) -> String {
    if kind.singular.is_empty() { kind.kind.to_lowercase() } else { kind.singular.clone() }
}

/// Returns whether two entries of discovery are the same kind, whatever the version.
pub(super) fn is_same(one: &ResourceKind, other: &ResourceKind) -> bool {
    one.group == other.group && one.plural == other.plural
}

/// A kind, or all kinds of a version, that Kubernetes has removed: what it is called from the start of its name on, the
/// version and the group, since when it is gone, and what stands in its place.
///
/// Kinds are named where the same version of the group came to hold others later.
const REMOVED: &[(&[&str], &str, &str, &str)] = &[
    (&["podsecuritypolic", "psp"], "", "1.25", "use Pod Security admission"),
    (&["deploy", "daemonset", "ds", "replicaset", "rs"], "v1beta1.extensions", "1.16", "use apps/v1"),
    (&["networkpolic", "netpol"], "v1beta1.extensions", "1.16", "use networking.k8s.io/v1"),
    (&["ingress", "ing"], "v1beta1.extensions", "1.22", "use networking.k8s.io/v1"),
    (&[], "v1beta1.apps", "1.16", "use apps/v1"),
    (&[], "v1beta2.apps", "1.16", "use apps/v1"),
    (&[], "v1beta1.batch", "1.25", "use batch/v1"),
    (&[], "v2alpha1.batch", "1.21", "use batch/v1"),
    (&[], "v1beta1.policy", "1.25", "use policy/v1"),
    (&["ingress", "ing"], "v1beta1.networking.k8s.io", "1.22", "use networking.k8s.io/v1"),
    (&[], "v1beta1.rbac.authorization.k8s.io", "1.22", "use rbac.authorization.k8s.io/v1"),
    (&[], "v1beta1.apiextensions.k8s.io", "1.22", "use apiextensions.k8s.io/v1"),
    (&[], "v1beta1.apiregistration.k8s.io", "1.22", "use apiregistration.k8s.io/v1"),
    (
        &["validatingwebhook", "mutatingwebhook"],
        "v1beta1.admissionregistration.k8s.io",
        "1.22",
        "use admissionregistration.k8s.io/v1",
    ),
    (&["certificatesigningrequest", "csr"], "v1beta1.certificates.k8s.io", "1.22", "use certificates.k8s.io/v1"),
    (&["lease"], "v1beta1.coordination.k8s.io", "1.22", "use coordination.k8s.io/v1"),
    (&[], "v1beta1.scheduling.k8s.io", "1.22", "use scheduling.k8s.io/v1"),
    (&["csistoragecapacit"], "v1beta1.storage.k8s.io", "1.27", "use storage.k8s.io/v1"),
    (
        &["csidriver", "csinode", "storageclass", "sc", "volumeattachment"],
        "v1beta1.storage.k8s.io",
        "1.22",
        "use storage.k8s.io/v1",
    ),
    (&[], "v1beta1.node.k8s.io", "1.25", "use node.k8s.io/v1"),
    (&[], "v1beta1.discovery.k8s.io", "1.25", "use discovery.k8s.io/v1"),
    (&[], "v1beta1.events.k8s.io", "1.25", "use events.k8s.io/v1"),
    (&[], "v2beta1.autoscaling", "1.25", "use autoscaling/v2"),
    (&[], "v2beta2.autoscaling", "1.26", "use autoscaling/v2"),
    (&[], "v1beta1.flowcontrol.apiserver.k8s.io", "1.26", "use flowcontrol.apiserver.k8s.io/v1"),
    (&[], "v1beta2.flowcontrol.apiserver.k8s.io", "1.29", "use flowcontrol.apiserver.k8s.io/v1"),
    (&[], "v1beta3.flowcontrol.apiserver.k8s.io", "1.32", "use flowcontrol.apiserver.k8s.io/v1"),
];

/// What may follow the start of a kind's name.
const ENDINGS: [&str; 9] = ["", "s", "es", "y", "ies", "ment", "ments", "configuration", "configurations"];

/// Returns since when a kind is gone from Kubernetes and what stands in its place, if we know.
pub fn removed(word: &str) -> Option<String> {
    let (base, rest) = word.split_once('.').unwrap_or((word, ""));
    let base = base.to_lowercase();
    let is_one = |stem: &&str| base.strip_prefix(*stem).is_some_and(|ending| ENDINGS.contains(&ending));
    let is_it = |kinds: &[&str]| kinds.is_empty() || kinds.iter().any(is_one);
    let mut entries = REMOVED.iter().filter(|(_, version, ..)| version.is_empty() || *version == rest);
    let (_, _, release, advice) = entries.find(|(kinds, ..)| is_it(kinds))?;
    Some(format!("it was removed in Kubernetes {release}; {advice}"))
}

/// Returns why it is not known whether a kind is served: it may be one of those that did not answer. A word that names
/// its group is only doubted for that one.
pub(super) fn silence(silent: &[String], word: &str) -> Option<Unavailable> {
    let rest = word.split_once('.').map_or("", |(_, rest)| rest);
    let may_hold = |api: &&String| {
        let group = api.split_once('/').map_or("", |(group, _)| group);
        let versioned = rest.split_once('.').map(|(_, group)| group);
        rest.is_empty() || group.starts_with(rest) || versioned == Some(group)
    };
    let doubted: Vec<&str> = silent.iter().filter(may_hold).map(String::as_str).collect();
    let (one, names) = (doubted.len() == 1, doubted.join(", "));
    (!doubted.is_empty()).then(|| {
        Unavailable::Unexpected(format!(
            "nothing for {names}, so it is not known whether there is a kind \"{word}\"; {} down",
            if one { "its server is" } else { "their servers are" }
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::kinds;
    use super::*;

    fn plural(word: &str) -> Option<String> {
        match find(&kinds(), word)? {
            Found::Kind(kind) => Some(kind.plural.clone()),
            Found::Category(_) => Some("category".to_owned()),
        }
    }

    #[test]
    fn every_form_that_kubectl_takes_is_found() {
        for word in [
            "deploy",
            "deployment",
            "deployments",
            "Deployment",
            "DEPLOYMENTS",
            "deployments.apps",
            "deploy.apps",
            "deployment.v1.apps",
            "Deployment.v1.apps",
            "deployments.app",
        ] {
            assert_eq!(plural(word).as_deref(), Some("deployments"), "{word}");
        }
        assert_eq!(plural("Pod.v1.").as_deref(), Some("pods"));
        assert_eq!(plural("all").as_deref(), Some("category"));
    }

    #[test]
    fn near_misses_are_not_found() {
        for word in ["deploys", "dep", "deployments.batch", "deployments.v1beta1.apps", "DEPLOY", "logs", ""] {
            assert_eq!(plural(word), None, "{word}");
        }
    }

    #[test]
    fn only_a_kind_that_a_silent_group_may_hold_is_doubted() {
        let silent = ["metrics.k8s.io/v1beta1".to_owned()];
        for word in ["podmetrics", "pods.metrics.k8s.io", "PodMetrics.v1beta1.metrics.k8s.io", "pods.metrics"] {
            assert!(silence(&silent, word).is_some(), "{word}");
        }
        for word in ["deploys.apps", "CronJob.v1beta1.batch"] {
            assert_eq!(silence(&silent, word), None, "{word}");
        }
        assert_eq!(silence(&[], "podmetrics"), None);
    }

    #[test]
    fn removed_apis_are_named_with_their_release() {
        for (word, told) in [
            ("psp", "1.25; use Pod Security admission"),
            ("PodSecurityPolicy.v1beta1.policy", "1.25; use Pod Security admission"),
            ("CronJob.v1beta1.batch", "1.25; use batch/v1"),
            ("Deployment.v1beta1.extensions", "1.16; use apps/v1"),
            ("ingresses.v1beta1.extensions", "1.22; use networking.k8s.io/v1"),
            ("ing.v1beta1.networking.k8s.io", "1.22; use networking.k8s.io/v1"),
            ("PodDisruptionBudget.v1beta1.policy", "1.25; use policy/v1"),
            ("hpa.v2beta2.autoscaling", "1.26; use autoscaling/v2"),
            ("FlowSchema.v1beta3.flowcontrol.apiserver.k8s.io", "1.32; use flowcontrol.apiserver.k8s.io/v1"),
        ] {
            assert_eq!(removed(word), Some(format!("it was removed in Kubernetes {told}")), "{word}");
        }
    }

    #[test]
    fn kinds_that_were_never_removed_are_not_said_to_be() {
        for word in [
            "deployments",
            "Deployment.v1.apps",
            "ServiceCIDR.v1beta1.networking.k8s.io",
            "LeaseCandidate.v1beta1.coordination.k8s.io",
            "ValidatingAdmissionPolicy.v1beta1.admissionregistration.k8s.io",
            "ingressroute.v1alpha1.traefik.io",
        ] {
            assert_eq!(removed(word), None, "{word}");
        }
    }
}
