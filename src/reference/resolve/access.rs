//! Whether a kind can do what a verb asks of it, and whether the identity of the target may ask.

use crate::model::{Doer, ResourceKind, Right, Rights, Unavailable, World};
use crate::reference::argument::Unknown;
use crate::reference::problem::Problem;
use crate::reference::subject::{Ability, Access, Need, Presence, Reference};

use super::objects::full_name;
use super::{Resolver, Verdict};

/// What people who look for another kind than the one they wrote may mean.
const SCALED: [&str; 3] = ["deployments", "statefulsets", "replicasets"];

impl<W: World> Resolver<'_, W> {
    /// Looks up whether a kind can do something. That it is served is asked by another reference.
    pub(super) async fn ability(&mut self, reference: &Reference, ability: &Ability) -> Result<Verdict, Verdict> {
        let found = self.kinds(reference, &ability.kind).await.map_err(|_| Verdict::Silent)?;
        let [kind] = found.as_slice() else { return Ok(Verdict::Silent) };
        let (can, deed, others): (bool, String, &[&str]) = match &ability.need {
            Need::Subresource(part) => {
                let part = part.known().map_err(|_| Verdict::Silent)?;
                let deed = if part == "scale" { "be scaled".to_owned() } else { format!("has no `{part}`") };
                (kind.subresources.iter().any(|other| other == part), deed, &SCALED)
            }
            Need::OneOf { deed, plurals } => {
                // OpenShift's own kind goes through `oc`, which handles it in its own way.
                let theirs = kind.plural == "deploymentconfigs";
                let ours = plurals.contains(&kind.plural.as_str()) && kind.group == "apps";
                (ours || theirs, (*deed).to_owned(), plurals)
            }
        };
        if can || reference.presence == Presence::Optional {
            return Ok(Verdict::Silent);
        }
        let message = if deed.starts_with("has") {
            format!("a {} {deed}", kind.kind)
        } else {
            format!("a {} cannot {deed}", kind.kind)
        };
        let help = format!("it works for {}", others.join(", "));
        let problem = Problem::drifted("unsuitable-kind", ability.kind.span, reference.command, message);
        Ok(Verdict::Drifted(Box::new(problem.help(help))))
    }

    /// Asks whether whoever would do something may. Rights that it has are not counted as references.
    pub(super) async fn access(&mut self, reference: &Reference, access: &Access) -> Result<Verdict, Verdict> {
        if reference.presence == Presence::Optional {
            return Ok(Verdict::Silent);
        }
        let actor = match self.answers.world.rights() {
            Rights::Unasked if access.by == Doer::Actor => return Ok(Verdict::Silent),
            Rights::Of(actor) if access.by == Doer::Actor => Some(actor.name.clone()),
            _ => None,
        };
        let found = self.kinds(reference, &access.kind).await.map_err(|_| Verdict::Silent)?;
        let place = self.place(&access.namespace).map_err(|_| Verdict::Silent)?;
        for kind in &found {
            let namespace = if kind.namespaced { place.as_deref() } else { None };
            if access.subresource.is_some_and(|part| !has(kind, part)) {
                continue;
            }
            match self.may(access, kind, namespace).await {
                Ok(true) => {}
                Ok(false) => {
                    let who = match actor {
                        Some(name) => Some(name),
                        None => self.answers.identity().await,
                    };
                    return Ok(not_allowed(reference, access, (kind, namespace), who));
                }
                // Who may not ask about others knows nothing of their rights.
                Err(Unavailable::Forbidden(_)) if actor.is_some() => {
                    return Ok(Verdict::Unknown(Unknown::Rights(actor.unwrap_or_default())));
                }
                Err(reason) => return Err(Verdict::Errored(reason)),
            }
        }
        Ok(Verdict::Silent)
    }

    /// Asks for the right to any object first, which is one question for all of them, and then to this one.
    async fn may(
        &mut self,
        access: &Access,
        kind: &ResourceKind,
        namespace: Option<&str>,
    ) -> Result<bool, Unavailable> {
        let (verb, subresource) = (access.verb, access.subresource);
        let any = Right { by: access.by, verb, kind, subresource, namespace, name: None };
        match (self.answers.may(&any).await?, &access.name) {
            (true, _) => Ok(true),
            (false, None) => Ok(false),
            // Which object it is, is not known: nothing can be claimed.
            (false, Some(name)) => match name.known() {
                Ok(name) => self.answers.may(&Right { name: Some(name), ..any }).await,
                Err(_) => Ok(true),
            },
        }
    }
}

fn not_allowed(
    reference: &Reference,
    access: &Access,
    (kind, namespace): (&ResourceKind, Option<&str>),
    who: Option<String>,
) -> Verdict {
    let who = who.map_or_else(|| "the identity of the target".to_owned(), |name| format!("\"{name}\""));
    let part = access.subresource.map_or_else(String::new, |part| format!("/{part}"));
    let what = format!("{}{part}", full_name(kind));
    let place = match namespace {
        Some(namespace) => format!(" in namespace \"{namespace}\""),
        None if kind.namespaced => " in all namespaces".to_owned(),
        None => String::new(),
    };
    let message = format!("{who} may not {} {what}{place}", access.verb);
    let problem = Problem::drifted("forbidden", access.span, reference.command, message);
    let help = match access.by {
        Doer::Actor => "give it the right; if somebody else carries this out, name them with `act_as` in the target",
        Doer::Looker => "give it the right: checks are run as this identity",
    };
    Verdict::Drifted(Box::new(problem.expected(format!("may {} {what}", access.verb)).help(help.to_owned())))
}

/// Returns whether a kind has a subresource. Some servers list none for kinds that have them: `pods/exec` is taken for
/// granted.
fn has(kind: &ResourceKind, part: &str) -> bool {
    kind.subresources.is_empty() || kind.subresources.iter().any(|other| other == part)
}
