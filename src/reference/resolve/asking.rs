//! Names that an earlier read-only command of the text would print: asked for, so that what is named with them can be
//! looked up.

use crate::model::World;
use crate::reference::argument::Unknown;
use crate::reference::question::{Question, Which};
use crate::reference::selector::Selector;
use crate::reference::subject::Reference;

use super::Resolver;
use super::kinds::Found;

impl<W: World> Resolver<'_, W> {
    /// Returns the reference with every name in it that can be asked for. What has no answer stays unknown.
    pub(super) async fn asked(&mut self, reference: &Reference) -> Reference {
        let mut reference = reference.clone();
        for argument in reference.subject.arguments_mut() {
            let Some(Unknown::Asked(question)) = argument.unknown.clone() else { continue };
            if let Some(answer) = self.answer(&question).await {
                argument.text.push_str(&answer);
                argument.text.push_str(&question.suffix);
                argument.unknown = None;
            }
        }
        reference
    }

    async fn answer(&mut self, question: &Question) -> Option<String> {
        let served = self.answers.served().await.ok()?;
        let kind = match super::kinds::find(&served, &question.kind)? {
            Found::Kind(kind) => kind.clone(),
            Found::Category(_) => return None,
        };
        // The value of a secret is nobody's name.
        if kind.plural == "secrets" && !question.asks_for_name() {
            return None;
        }
        let namespace = question.namespace.clone().unwrap_or_else(|| self.answers.world.namespace().to_owned());
        let namespace = kind.namespaced.then_some(namespace.as_str());
        let name = match &question.name {
            Some(name) => name.clone(),
            None => {
                let selector = Selector::parse(question.selector.as_deref().unwrap_or_default()).ok();
                let objects = self.answers.list(&kind, namespace).await.ok()?;
                let mut names: Vec<&str> = objects
                    .iter()
                    .filter(|object| {
                        question.selector.is_none()
                            || selector.as_ref().is_some_and(|selector| selector.matches(&object.labels))
                    })
                    .map(|object| object.name.as_str())
                    .collect();
                names.sort_unstable();
                match question.which {
                    Which::At(index) => names.get(index).copied(),
                    Which::Last => names.last().copied(),
                }?
                .to_owned()
            }
        };
        if question.asks_for_name() {
            return Some(name);
        }
        let object = self.answers.get(&kind, namespace, &name).await.ok()??;
        question.answer(&object)
    }
}
