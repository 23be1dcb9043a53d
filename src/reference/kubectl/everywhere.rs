//! A name and all namespaces at once: kubectl finds a namespaced object by its name in one namespace only.

use crate::reference::argument::{Argument, Unknown};
use crate::reference::problem::Problem;

use super::invocation::Invocation;
use super::resources::{Resources, is_assignment, split_pairs};

/// Verbs that take objects and `--all-namespaces`.
const TAKING_BOTH: &[&str] = &["get", "describe", "delete", "label", "annotate", "wait"];

/// Kinds of which every cluster has objects in namespaces, in every spelling.
const NAMESPACED: &[&str] = &[
    "pod",
    "pods",
    "po",
    "deployment",
    "deployments",
    "deploy",
    "daemonset",
    "daemonsets",
    "ds",
    "statefulset",
    "statefulsets",
    "sts",
    "replicaset",
    "replicasets",
    "rs",
    "service",
    "services",
    "svc",
    "configmap",
    "configmaps",
    "cm",
    "secret",
    "secrets",
    "job",
    "jobs",
    "cronjob",
    "cronjobs",
    "cj",
    "ingress",
    "ingresses",
    "ing",
    "persistentvolumeclaim",
    "persistentvolumeclaims",
    "pvc",
    "horizontalpodautoscaler",
    "horizontalpodautoscalers",
    "hpa",
    "poddisruptionbudget",
    "poddisruptionbudgets",
    "pdb",
    "endpoints",
    "ep",
    "serviceaccount",
    "serviceaccounts",
    "sa",
    "role",
    "roles",
    "rolebinding",
    "rolebindings",
    "networkpolicy",
    "networkpolicies",
    "netpol",
    "lease",
    "leases",
];

/// Returns what is wrong with a command that names an object and looks in all namespaces.
pub(super) fn problem(invocation: &Invocation) -> Option<Problem> {
    let path = invocation.path();
    if !TAKING_BOTH.contains(&path) || !invocation.is_set("all-namespaces") || invocation.flag("raw").is_some() {
        return None;
    }
    let (objects, _) = split_pairs(invocation.own_positionals(), is_assignment);
    let named = Resources::read(objects, false).objects;
    let (_, name) = named.into_iter().find(|(kind, name)| is_namespaced(kind) && is_written(name))?;
    let message = format!("`kubectl {path}` finds no object by its name in all namespaces");
    let problem = Problem::drifted("name-everywhere", name.span, invocation.span, message);
    let by_field = match name.known() {
        Ok(name) if matches!(path, "get" | "delete") => {
            format!(", or `--field-selector metadata.name={name}` for the name")
        }
        _ => String::new(),
    };
    Some(problem.help(format!("write `-n` and the namespace for `--all-namespaces`{by_field}")))
}

fn is_namespaced(kind: &Argument) -> bool {
    let plain = |kind: &str| NAMESPACED.contains(&kind.split('.').next().unwrap_or_default().to_lowercase().as_str());
    kind.known().is_ok_and(plain)
}

/// What a variable or a substitution brings may be nothing, or flags.
const fn is_written(name: &Argument) -> bool {
    matches!(name.unknown, None | Some(Unknown::Placeholder(_) | Unknown::Pattern))
}

#[cfg(test)]
mod tests {
    use crate::reference::{Scope, references};

    fn rules(text: &str) -> Vec<&'static str> {
        let found = references(&crate::shell::parse(text), &mut Scope::default(), &|_| None, None);
        found.problems.iter().map(|problem| problem.rule).collect()
    }

    #[test]
    fn a_name_in_all_namespaces_is_told() {
        for text in [
            "kubectl get deployment api -A",
            "kubectl get ds/agent --all-namespaces -o yaml",
            "oc describe pod <pod> -A",
            "kubectl label pod api-0 a=b -A",
            "kubectl delete po,svc api -A",
        ] {
            assert_eq!(rules(text), ["name-everywhere"], "{text}");
        }
    }

    #[test]
    fn kinds_in_all_namespaces_and_names_of_the_whole_cluster_are_not() {
        for text in [
            "kubectl get deployments -A",
            "kubectl get po,svc -A -l app=x",
            "kubectl get node worker-1 -A",
            "kubectl get pods $FLAGS -A",
            "kubectl get deployment api -n shop",
            "kubectl get deployment api --all-namespaces=false",
            "kubectl label pods --all a=b -A",
        ] {
            assert!(rules(text).is_empty(), "{text}");
        }
    }
}
