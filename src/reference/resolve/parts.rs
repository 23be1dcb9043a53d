//! Parts of objects: ports, keys of data, revisions, and the pods behind a service.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::did_you_mean;
use crate::model::{ResourceKind, World};
use crate::reference::argument::{Argument, Unknown};
use crate::reference::manifest::labels;
use crate::reference::problem::Problem;
use crate::reference::selector::Selector;
use crate::reference::subject::{ObjectName, Presence, Reference};

use super::selection::nearest;
use super::suggestions::there_are;
use super::{Resolver, Verdict, kinds};

/// An object that was found: its kind, where it lives, itself.
pub(super) struct Holding {
    pub(super) kind: ResourceKind,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) object: Arc<Value>,
}

impl Holding {
    /// Returns how people speak of it: `service "api"`.
    pub(super) fn described(&self) -> String {
        format!("{} \"{}\"", kinds::singular(&self.kind), self.name)
    }
}

impl<W: World> Resolver<'_, W> {
    /// Looks up a port of a service, or a named port of pods. A pod need not declare the numbers it listens on.
    pub(super) async fn port(
        &mut self,
        reference: &Reference,
        of: &ObjectName,
        port: &Argument,
    ) -> Result<Verdict, Verdict> {
        let holding = self.holding(reference, of).await?;
        let text = port.known().map_err(|reason| Verdict::Unknown(reason.clone()))?;
        let declared = ports(&holding.object);
        if declared.iter().any(|port| port.number == text || port.name.as_deref() == Some(text)) {
            return Ok(Verdict::Resolved);
        }
        let is_service = holding.kind.plural == "services";
        let is_number = text.bytes().all(|digit| digit.is_ascii_digit());
        if reference.presence == Presence::Optional || (is_number && !is_service) {
            return Ok(Verdict::Silent);
        }
        let there: Vec<String> = declared.iter().map(Port::shown).collect();
        let names: Vec<&str> = declared.iter().filter_map(|port| port.name.as_deref()).collect();
        let help = match (did_you_mean(text, names.iter().copied()), declared.as_slice()) {
            (Some(close), _) if !is_number => Some(format!("did you mean \"{close}\"?")),
            (_, [only]) => Some(format!("its only port is {}", only.shown())),
            _ => None,
        };
        let message = format!("{} has no port {}", holding.described(), quoted(text, is_number));
        let mut problem = Problem::drifted("missing-port", port.span, reference.command, message)
            .expected(format!("port {text}"))
            .help(help);
        if !problem.help.as_ref().is_some_and(|help| help.starts_with("its only")) {
            problem.actual = Some(there_are("ports", &there));
        }
        Ok(Verdict::Drifted(Box::new(problem)))
    }

    /// Looks up a key of a config map or secret. Values are never told.
    pub(super) async fn key(
        &mut self,
        reference: &Reference,
        of: &ObjectName,
        key: &Argument,
    ) -> Result<Verdict, Verdict> {
        let holding = self.holding(reference, of).await?;
        let text = key.known().map_err(|reason| Verdict::Unknown(reason.clone()))?;
        let lists = ["/data", "/binaryData"];
        let maps = lists.iter().filter_map(|list| holding.object.pointer(list)?.as_object());
        let names: Vec<String> = maps.flat_map(serde_json::Map::keys).cloned().collect();
        if names.iter().any(|name| name == text) || reference.presence == Presence::Optional {
            return Ok(Verdict::Resolved);
        }
        let help = did_you_mean(text, names.iter().map(String::as_str));
        let message = format!("{} has no key \"{text}\"", holding.described());
        let problem = Problem::drifted("missing-key", key.span, reference.command, message)
            .expected(format!("key {text}"))
            .actual(there_are("keys", &names))
            .help(help.map(|close| format!("did you mean \"{close}\"?")));
        Ok(Verdict::Drifted(Box::new(problem)))
    }

    /// Looks up a revision: the replica sets of a deployment, or the controller revisions of other workloads.
    pub(super) async fn revision(
        &mut self,
        reference: &Reference,
        of: &ObjectName,
        revision: &Argument,
    ) -> Result<Verdict, Verdict> {
        let holding = self.holding(reference, of).await?;
        let text = revision.known().map_err(|reason| Verdict::Unknown(reason.clone()))?;
        if text.is_empty() {
            // A param that whoever runs this will give a value.
            return Err(Verdict::Unknown(Unknown::Computed));
        }
        let mut there = self.revisions(&holding).await?;
        if there.iter().any(|other| other == text) || reference.presence == Presence::Optional {
            return Ok(Verdict::Resolved);
        }
        there.sort_by_key(|revision| revision.parse::<u64>().unwrap_or(0));
        let message = format!("{} has no revision {text}", holding.described());
        let newest = there.iter().rev().nth(1);
        let help = newest.map(|previous| format!("the one before the present one is {previous}"));
        let problem = Problem::drifted("missing-revision", revision.span, reference.command, message);
        Ok(Verdict::Drifted(Box::new(
            problem.expected(format!("revision {text}")).actual(there_are("revisions", &there)).help(help),
        )))
    }

    async fn revisions(&mut self, holding: &Holding) -> Result<Vec<String>, Verdict> {
        let word = if holding.kind.plural == "deployments" { "replicasets.apps" } else { "controllerrevisions.apps" };
        let Some(kind) = self.answers.kind(word).await.map_err(Verdict::Errored)? else {
            return Err(Verdict::Unknown(Unknown::Computed));
        };
        let namespace = holding.namespace.as_deref();
        let listed = self.answers.list(&kind, namespace).await.map_err(Verdict::Errored)?;
        let is_its = |owners: &[(String, String)]| {
            owners.iter().any(|(kind, name)| *kind == holding.kind.kind && *name == holding.name)
        };
        let mut revisions = Vec::new();
        for object in listed.iter().filter(|object| is_its(&object.owners)) {
            if word == "replicasets.apps" {
                revisions.extend(object.revision.clone());
            } else {
                let whole = self.answers.get(&kind, namespace, &object.name).await.map_err(Verdict::Errored)?;
                let number = whole.and_then(|whole| whole.get("revision")?.as_u64());
                revisions.extend(number.map(|number| number.to_string()));
            }
        }
        Ok(revisions)
    }

    /// Looks whether a service has pods behind it, or would have if its workload were not scaled to nothing.
    pub(super) async fn endpoints(&mut self, reference: &Reference, of: &ObjectName) -> Result<Verdict, Verdict> {
        let service = ObjectName { kind: Argument::implied("services", of.kind.span), ..of.clone() };
        let holding = self.holding(reference, &service).await?;
        let wanted = holding.object.pointer("/spec/selector").and_then(labels).filter(|labels| !labels.is_empty());
        // A service without a selector has its endpoints from somebody else.
        let Some(wanted) = wanted else { return Ok(Verdict::Silent) };
        let text = written(&wanted);
        let selector = Selector::parse(&text).map_err(|_| Verdict::Silent)?;
        let Some(pods) = self.answers.kind("pods").await.map_err(Verdict::Errored)? else {
            return Ok(Verdict::Silent);
        };
        let namespace = holding.namespace.as_deref();
        let listed = self.answers.list(&pods, namespace).await.map_err(Verdict::Errored)?;
        if listed.iter().any(|pod| selector.matches(&pod.labels))
            || self.made.labels().iter().any(|labels| selector.matches(labels))
            || self.would_match(std::slice::from_ref(&pods), namespace, &selector).await
            || reference.presence == Presence::Optional
        {
            return Ok(Verdict::Silent);
        }
        let message = format!("{} selects no pods: none has \"{text}\"", holding.described());
        let labels: Vec<_> = listed.iter().map(|pod| &pod.labels).collect();
        let help = nearest(&selector, &labels).map(|near| format!("{near} (the selector stands in the service)"));
        let problem = Problem::drifted("no-endpoints", of.name.span, reference.command, message);
        Ok(Verdict::Drifted(Box::new(problem.expected("pods behind the service").help(help))))
    }

    /// Returns the object that has a part. Whether it is there is told by a reference of its own.
    pub(super) async fn holding(&mut self, reference: &Reference, name: &ObjectName) -> Result<Holding, Verdict> {
        let found = self.kinds(reference, &name.kind).await.map_err(|verdict| match verdict {
            Verdict::Drifted(_) => Verdict::Silent,
            other => other,
        })?;
        let text = name.name.known().map_err(|reason| Verdict::Unknown(reason.clone()))?.to_owned();
        let [kind] = found.as_slice() else { return Err(Verdict::Unknown(Unknown::Computed)) };
        let namespace = if kind.namespaced { self.place(&name.namespace)? } else { None };
        let object = self.answers.get(kind, namespace.as_deref(), &text).await.map_err(Verdict::Errored)?;
        match object {
            Some(object) => Ok(Holding { kind: kind.clone(), namespace, name: text, object }),
            None => Err(self.absent_holder(kind, namespace.as_deref(), &text).await),
        }
    }
}

/// A port that is declared.
struct Port {
    number: String,
    name: Option<String>,
}

impl Port {
    fn shown(&self) -> String {
        self.name.as_ref().map_or_else(|| self.number.clone(), |name| format!("{} ({name})", self.number))
    }
}

/// Returns the ports of a service, or of the containers of a pod or a pod template.
fn ports(object: &Value) -> Vec<Port> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let of_service = list(object.pointer("/spec/ports"));
    let specs = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];
    let containers = specs.iter().filter_map(|place| object.pointer(place)).flat_map(|spec| {
        ["containers", "initContainers"].iter().flat_map(|key| list(spec.get(*key))).collect::<Vec<_>>()
    });
    let of_containers = containers.flat_map(|container| list(container.get("ports")));
    let port = |value: Value| {
        let number = value.get("port").or_else(|| value.get("containerPort"))?.as_u64()?.to_string();
        Some(Port { number, name: value.get("name").and_then(Value::as_str).map(str::to_owned) })
    };
    of_service.into_iter().chain(of_containers).filter_map(port).collect()
}

fn quoted(text: &str, is_number: bool) -> String {
    if is_number { text.to_owned() } else { format!("\"{text}\"") }
}

fn written(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
