//! Whether the server would accept what a command changes: it is asked, and nothing is stored.

use serde_json::Value;

use crate::model::{Doer, Patch, Rehearsal, ResourceKind, Span, Unavailable, World};
use crate::reference::argument::Argument;
use crate::reference::manifest::kind_of;
use crate::reference::problem::Problem;
use crate::reference::subject::{Access, Change, Namespace, Reference, Sent, Subject};

use super::Resolver;
use super::objects::Whether;

/// An object that a manifest describes, where it can be looked up.
struct Placed {
    word: String,
    kind: ResourceKind,
    namespace: Option<String>,
    name: String,
}

impl<W: World> Resolver<'_, W> {
    /// Tries a change of an object that is there. Where something else is wrong with the command, that is enough.
    pub(super) async fn rehearse(&mut self, change: &Change) {
        if self.is_wrong(change.command) {
            return;
        }
        let answer = self.try_change(change).await;
        self.told_of(answer, "this", change.span, change.command);
    }

    /// Tries an object that a command sends as a manifest describes it, and asks for the right to do so.
    ///
    /// That it differs from the one that is there is no problem: to change it is what it is sent for.
    pub(super) async fn send(&mut self, sent: &Sent) {
        if self.is_wrong(sent.command) && sent.command != Span::default() {
            return;
        }
        match self.place_of(sent).await {
            Ok(Some(placed)) => self.send_to(sent, placed).await,
            Ok(None) => {}
            Err(reason) => self.told_of(Err(reason), "", sent.span, sent.command),
        }
    }

    async fn send_to(&mut self, sent: &Sent, placed: Placed) {
        let Placed { word, kind, namespace, name } = placed;
        let exists = self.answers.has(&kind, namespace.as_deref(), |other| other == name, &name).await;
        let exists = match exists {
            Ok(true) if sent.sending.only_new => return,
            Ok(exists) => exists,
            Err(reason) => return self.told_of(Err(reason), "", sent.span, sent.command),
        };
        let access = Access {
            by: Doer::Actor,
            span: sent.span,
            verb: if exists { "patch" } else { "create" },
            kind: Argument::implied(word, sent.span),
            name: exists.then(|| Argument::implied(name.as_str(), sent.span)),
            subresource: None,
            namespace: namespace.as_ref().map_or(Namespace::Default, |namespace| {
                Namespace::Named(Argument::implied(namespace.as_str(), sent.span))
            }),
        };
        let before = self.resolution.problems.len();
        self.resolve_right(&Reference::required(sent.command, Subject::Access(access))).await;
        if self.resolution.problems.len() > before {
            return;
        }
        let patch = Patch { form: sent.sending.form, subresource: None, body: sent.object.clone() };
        let answer = self.answers.world.rehearse(&kind, namespace.as_deref(), &name, &patch).await;
        self.told_of(answer, &format!("{} \"{name}\"", super::kinds::singular(&kind)), sent.span, sent.command);
    }

    /// Returns where an object is; `None` where that cannot be known, and where the text itself accounts for it. What is in
    /// a secret is sent nowhere.
    async fn place_of(&mut self, sent: &Sent) -> Result<Option<Placed>, Unavailable> {
        let Some(word) = kind_of(&sent.object) else { return Ok(None) };
        let Some(kind) = self.answers.kind(&word).await?.filter(|kind| kind.plural != "secrets") else {
            return Ok(None);
        };
        let text = |path| sent.object.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        let Some(name) = text("/metadata/name") else { return Ok(None) };
        let place = match text("/metadata/namespace") {
            Some(namespace) => Some(namespace.to_owned()),
            None => match self.place(&sent.sending.namespace) {
                Ok(place) => place,
                Err(_) => return Ok(None),
            },
        };
        let namespace = place.filter(|_| kind.namespaced);
        let served = self.answers.served().await?;
        let here = namespace.as_deref().unwrap_or_default();
        let in_a_new_place = self.made.has_namespace(here) && !matches!(self.whether(here).await, Whether::There);
        if in_a_new_place || self.made.accounts_for(&served, &kind, here, name) {
            return Ok(None);
        }
        Ok(Some(Placed { word, kind, namespace, name: name.to_owned() }))
    }

    fn is_wrong(&self, command: Span) -> bool {
        self.resolution.problems.iter().any(|problem| problem.command == command && !problem.warns())
    }

    /// Tells what the server said to a change of `what`.
    fn told_of(&mut self, answer: Result<Rehearsal, Unavailable>, what: &str, span: Span, command: Span) {
        match answer {
            Ok(Rehearsal { refusal, warnings, untried }) => {
                self.resolution.untried += usize::from(untried);
                for warning in warnings {
                    let message = format!("the server warns: {warning}");
                    self.warned(Problem::warning("server-warning", span, command, message));
                }
                if let Some(message) = refusal {
                    let message = format!("the server would refuse {what}: {message}");
                    self.drifted(Problem::drifted("refused", span, command, message));
                }
            }
            // Nobody tried this when the recording was made.
            Err(Unavailable::NotRecorded(_)) => self.resolution.count.unknown += 1,
            Err(reason) => {
                self.resolution.count.errored += 1;
                let message = reason.to_string();
                if self.unavailable.insert(message.clone()) {
                    self.resolution.problems.push(Problem::errored("unavailable", span, command, message));
                }
            }
        }
    }

    async fn try_change(&mut self, change: &Change) -> Result<Rehearsal, Unavailable> {
        let nothing = Ok(Rehearsal::default());
        let (Ok(word), Ok(name)) = (change.object.kind.known(), change.object.name.known()) else { return nothing };
        let Some(kind) = self.answers.kind(word).await?.filter(|kind| kind.plural != "secrets") else { return nothing };
        let Ok(place) = self.place(&change.object.namespace) else { return nothing };
        let namespace = place.as_deref().filter(|_| kind.namespaced);
        let served = self.answers.served().await?;
        let is_its_own = self.made.accounts_for(&served, &kind, namespace.unwrap_or_default(), name);
        if is_its_own || !self.answers.has(&kind, namespace, |other| other == name, name).await? {
            return nothing;
        }
        self.answers.world.rehearse(&kind, namespace, name, &change.patch).await
    }
}
