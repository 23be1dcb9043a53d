//! Containers in pod templates.

use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::did_you_mean;
use crate::model::World;
use crate::reference::argument::{Argument, Unknown};
use crate::reference::problem::Problem;
use crate::reference::selector::Selector;
use crate::reference::subject::{Holder, Matching, ObjectName, Presence, Reference};

use super::{Resolver, Verdict};

/// Where pods are described.
const PLACES: [&str; 3] = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];

impl<W: World> Resolver<'_, W> {
    /// Looks up a container. Whether what should hold it exists is asked by a reference of its own.
    pub(super) async fn container(
        &mut self,
        reference: &Reference,
        of: &Holder,
        container: &Argument,
    ) -> Result<Verdict, Verdict> {
        let (holder, object) = match of {
            Holder::Object(name) => self.holder(reference, name).await?,
            Holder::Matching(matching) => self.matched(reference, matching).await?,
        };
        let name = container.known().map_err(|reason| Verdict::Unknown(reason.clone()))?;
        let Some(names) = containers(&object) else { return Ok(Verdict::Unknown(Unknown::Computed)) };
        if names.iter().any(|other| other == name) || reference.presence == Presence::Optional {
            return Ok(Verdict::Resolved);
        }
        let verb = if matches!(of, Holder::Matching(_)) { "have" } else { "has" };
        let message = format!("{holder} {verb} no container \"{name}\"");
        let help = match (did_you_mean(name, names.iter().map(String::as_str)), names.as_slice()) {
            (Some(close), _) => Some(format!("did you mean \"{close}\"?")),
            (None, [only]) => Some(format!("its only container is \"{only}\"")),
            (None, _) => None,
        };
        let mut problem = Problem::drifted("missing-container", container.span, reference.command, message)
            .expected(format!("container {name}"))
            .help(help);
        if !problem.help.as_ref().is_some_and(|help| help.starts_with("its only")) {
            problem.actual = Some(super::suggestions::there_are("containers", &names));
        }
        Ok(Verdict::Drifted(Box::new(problem)))
    }

    async fn holder(&mut self, reference: &Reference, name: &ObjectName) -> Result<(String, Arc<Value>), Verdict> {
        let holding = self.holding(reference, name).await?;
        let described = holding.described();
        if holding.kind.plural == "services" {
            let pod = self.pod_behind(holding.namespace.as_deref(), &holding.object).await;
            return pod.map(|pod| (described, pod)).ok_or(Verdict::Unknown(Unknown::Computed));
        }
        Ok((described, holding.object))
    }

    /// Of an object that the document makes it is not known which containers it will have.
    pub(super) async fn absent_holder(
        &mut self,
        kind: &crate::model::ResourceKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Verdict {
        let served = self.answers.served().await.unwrap_or_default();
        if self.made.accounts_for(&served, kind, namespace.unwrap_or_default(), name) {
            return Verdict::Unknown(Unknown::Computed);
        }
        Verdict::Silent
    }

    async fn matched(&mut self, reference: &Reference, matching: &Matching) -> Result<(String, Arc<Value>), Verdict> {
        let text = matching.selector.known().map_err(|reason| Verdict::Unknown(reason.clone()))?;
        let selector = Selector::parse(text).map_err(|_| Verdict::Silent)?;
        let namespace = self.place(&matching.namespace)?;
        if namespace.is_none() || reference.presence == Presence::Optional {
            return Err(Verdict::Unknown(Unknown::Computed));
        }
        let pod = self.first_pod(namespace.as_deref(), &selector).await;
        pod.map(|pod| (format!("the pods of \"{text}\""), pod)).ok_or(Verdict::Silent)
    }
}

/// Returns the names of all containers of a pod or of the pods an object makes; `None` where it makes none.
fn containers(object: &Value) -> Option<Vec<String>> {
    let spec = PLACES.iter().filter_map(|place| object.pointer(place)).find(|spec| spec.get("containers").is_some())?;
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let all = lists.iter().filter_map(|list| spec.get(list)?.as_array()).flatten();
    Some(all.filter_map(|container| Some(container.get("name")?.as_str()?.to_owned())).collect())
}
