//! Namespaces and objects.

use crate::model::{ResourceKind, Unavailable, World};
use crate::reference::argument::{Argument, Unknown};
use crate::reference::problem::Problem;
use crate::reference::subject::{Namespace, ObjectName, Presence, Reference};

use super::{Resolver, Verdict, kinds, suggestions};

/// What is known of a namespace.
pub(super) enum Whether {
    There,
    Missing,
    /// The document makes it.
    Made,
    /// Nobody may look, or nobody answers.
    Unseen(Unavailable),
}

impl<W: World> Resolver<'_, W> {
    pub(super) async fn namespace(&mut self, reference: &Reference, name: &Argument) -> Result<Verdict, Verdict> {
        let text = name.known().map_err(|reason| Verdict::Unknown(reason.clone()))?.to_owned();
        match self.whether(&text).await {
            Whether::There | Whether::Made => Ok(Verdict::Resolved),
            Whether::Missing if reference.presence == Presence::Optional => Ok(Verdict::Resolved),
            Whether::Missing => Ok(self.missing_namespace(reference, &text).await),
            Whether::Unseen(reason) => Err(Verdict::Errored(reason)),
        }
    }

    /// Returns whether a namespace exists. Who may not look at namespaces may still see that there is something in it.
    pub(super) async fn whether(&mut self, name: &str) -> Whether {
        let kind = match self.answers.kind("namespaces").await {
            Ok(Some(kind)) => kind,
            Ok(None) => return Whether::Unseen(Unavailable::Unexpected("no namespaces are served".to_owned())),
            Err(reason) => return Whether::Unseen(reason),
        };
        match self.answers.has(&kind, None, |other| other == name, name).await {
            Ok(true) => Whether::There,
            Ok(false) if self.made.has_namespace(name) => Whether::Made,
            Ok(false) => Whether::Missing,
            Err(Unavailable::Forbidden(_)) if self.has_pods(name).await => Whether::There,
            Err(reason) => Whether::Unseen(reason),
        }
    }

    async fn has_pods(&mut self, namespace: &str) -> bool {
        let Ok(Some(pods)) = self.answers.kind("pods").await else { return false };
        self.answers.list(&pods, Some(namespace)).await.is_ok_and(|pods| !pods.is_empty())
    }

    async fn missing_namespace(&mut self, reference: &Reference, name: &str) -> Verdict {
        let mut names = self.names("namespaces", None).await;
        // Those of Kubernetes itself are the last that anybody means.
        names.sort_by_key(|name| (name.starts_with("kube-") || name == "default", name.clone()));
        let problem = Problem::drifted(
            "missing-namespace",
            reference.subject.span(),
            reference.command,
            format!("no namespace \"{name}\""),
        );
        let help = suggestions::near(name, &names).map(|close| format!("did you mean {close}?"));
        Verdict::Drifted(Box::new(problem.actual(suggestions::there_are("namespaces", &names)).help(help)))
    }

    /// Returns the names of all objects of a kind; none where nobody can tell.
    pub(super) async fn names(&mut self, kind: &str, namespace: Option<&str>) -> Vec<String> {
        let Ok(Some(kind)) = self.answers.kind(kind).await else { return Vec::new() };
        let objects = self.answers.list(&kind, namespace).await.unwrap_or_default();
        objects.iter().map(|object| object.name.clone()).collect()
    }

    pub(super) async fn object(&mut self, reference: &Reference, object: &ObjectName) -> Result<Verdict, Verdict> {
        let found = self.kinds(reference, &object.kind).await?;
        let name = object.name.known().map_err(|reason| Verdict::Unknown(reason.clone()))?.to_owned();
        let [kind] = found.as_slice() else { return Ok(Verdict::Unknown(Unknown::Computed)) };
        if kind.plural == "namespaces" && kind.group.is_empty() {
            return self.namespace_object(reference, &name).await;
        }
        let namespace = if kind.namespaced { self.place(&object.namespace)? } else { None };
        let is_it = |other: &str| match reference.presence {
            Presence::Prefix => other.starts_with(&name),
            Presence::Required | Presence::Optional => other == name,
        };
        let there = self.answers.has(kind, namespace.as_deref(), is_it, &name).await.map_err(Verdict::Errored)?;
        if there || self.is_accounted_for(kind, namespace.as_deref(), &name).await {
            return Ok(Verdict::Resolved);
        }
        self.absent(reference, object, kind, namespace.as_deref(), &name).await
    }

    /// `delete namespace x` and its kin.
    async fn namespace_object(&mut self, reference: &Reference, name: &str) -> Result<Verdict, Verdict> {
        let served = self.answers.served().await.map_err(Verdict::Errored)?;
        let kind = self.answers.kind("namespaces").await.map_err(Verdict::Errored)?;
        if kind.is_some_and(|kind| self.made.accounts_for(&served, &kind, "", name)) {
            return Ok(Verdict::Resolved);
        }
        self.namespace(reference, &Argument::implied(name, reference.subject.span())).await
    }

    async fn is_accounted_for(&mut self, kind: &ResourceKind, namespace: Option<&str>, name: &str) -> bool {
        let Ok(served) = self.answers.served().await else { return false };
        self.made.accounts_for(&served, kind, namespace.unwrap_or_default(), name)
            || self.is_replica(kind, namespace, name).await
    }

    /// Returns whether a pod is one of a `StatefulSet`: `db-2` belongs to `db`, however many there are just now.
    async fn is_replica(&mut self, kind: &ResourceKind, namespace: Option<&str>, name: &str) -> bool {
        let Some((set, ordinal)) = name.rsplit_once('-') else { return false };
        if kind.plural != "pods" || ordinal.is_empty() || !ordinal.bytes().all(|digit| digit.is_ascii_digit()) {
            return false;
        }
        self.names("statefulsets.apps", namespace).await.iter().any(|name| name == set)
    }

    /// Says what is to be said of an object that is not there.
    async fn absent(
        &mut self,
        reference: &Reference,
        object: &ObjectName,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Verdict, Verdict> {
        if let Some(verdict) = self.settle_by_namespace(reference, &object.namespace, namespace).await {
            if matches!(verdict, Verdict::Silent) {
                self.say_where_it_is(reference, kind, namespace, name).await;
            }
            return Ok(verdict);
        }
        if reference.presence == Presence::Optional {
            return Ok(Verdict::Resolved);
        }
        if let Some(release) = self.made.filler(namespace.unwrap_or_default()) {
            return Ok(Verdict::Unknown(Unknown::InRelease(release.to_owned())));
        }
        let singular = kinds::singular(kind);
        let place = namespace.map_or_else(String::new, |namespace| format!(" in namespace \"{namespace}\""));
        let message = format!("no {singular} \"{name}\"{place}");
        let problem = Problem::drifted("missing-object", reference.subject.span(), reference.command, message)
            .expected(format!("{singular}/{name}"));
        let siblings = self.names(&full_name(kind), namespace).await;
        let help = self.help_for(kind, namespace, name, &siblings).await;
        Ok(Verdict::Drifted(Box::new(problem.actual(suggestions::there_are(&kind.plural, &siblings)).help(help))))
    }

    /// Adds to what was said of a missing namespace where the object is that the command looks for in it.
    async fn say_where_it_is(
        &mut self,
        reference: &Reference,
        kind: &ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) {
        let is_it = |problem: &Problem| problem.rule == "missing-namespace" && problem.command == reference.command;
        let Some(at) = self.resolution.problems.iter().position(|problem| is_it(problem) && problem.help.is_none())
        else {
            return;
        };
        if let Some(place) = self.other_namespace(kind, namespace, name).await {
            let help = format!("there is a {} \"{name}\" in namespace \"{place}\"", kinds::singular(kind));
            self.resolution.problems[at].help = Some(help);
        }
    }

    /// Returns what a namespace that is not there, or not yet, means for what would be in it.
    pub(super) async fn settle_by_namespace(
        &mut self,
        reference: &Reference,
        written: &Namespace,
        namespace: Option<&str>,
    ) -> Option<Verdict> {
        let name = namespace?;
        match (self.whether(name).await, written) {
            (Whether::Missing, Namespace::Named(_)) => Some(Verdict::Silent),
            (Whether::Missing, _) if self.told.iter().any(|(_, rule, _)| *rule == "missing-namespace") => {
                Some(Verdict::Silent)
            }
            (Whether::Missing, _) => Some(self.missing_default(reference, name).await),
            (Whether::Made, _) => Some(Verdict::Unknown(Unknown::NewNamespace(name.to_owned()))),
            (Whether::There | Whether::Unseen(_), _) => None,
        }
    }

    async fn missing_default(&mut self, reference: &Reference, name: &str) -> Verdict {
        let verdict = self.missing_namespace(reference, name).await;
        if let Verdict::Drifted(mut problem) = verdict {
            let told = problem.help.map_or_else(String::new, |help| format!("; {help}"));
            problem.help =
                Some(format!("the command names no namespace, and \"{name}\" is the target's default{told}"));
            return Verdict::Drifted(problem);
        }
        verdict
    }
}

/// Returns the word that names exactly this kind.
pub(super) fn full_name(kind: &ResourceKind) -> String {
    if kind.group.is_empty() { kind.plural.clone() } else { format!("{}.{}", kind.plural, kind.group) }
}
