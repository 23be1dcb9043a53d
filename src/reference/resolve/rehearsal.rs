//! Whether the server would accept what a command changes: it is asked, and nothing is stored.

use crate::model::{Unavailable, World};
use crate::reference::problem::Problem;
use crate::reference::subject::Change;

use super::Resolver;

impl<W: World> Resolver<'_, W> {
    /// Tries a change of an object that is there. Where something else is wrong with the command, that is enough.
    pub(super) async fn rehearse(&mut self, change: &Change) {
        if self.resolution.problems.iter().any(|problem| problem.command == change.command) {
            return;
        }
        match self.refusal(change).await {
            Ok(Some(message)) => {
                let message = format!("the server would refuse this: {message}");
                let problem = Problem::drifted("refused", change.span, change.command, message);
                self.drifted(problem.expected("a change that the server accepts"));
            }
            Ok(None) => {}
            Err(reason) => {
                self.resolution.count.errored += 1;
                let problem = Problem::errored("unavailable", change.span, change.command, reason.to_string());
                self.resolution.problems.push(problem);
            }
        }
    }

    async fn refusal(&mut self, change: &Change) -> Result<Option<String>, Unavailable> {
        let (Ok(word), Ok(name)) = (change.object.kind.known(), change.object.name.known()) else { return Ok(None) };
        let Some(kind) = self.answers.kind(word).await? else { return Ok(None) };
        let Ok(place) = self.place(&change.object.namespace) else { return Ok(None) };
        let namespace = place.as_deref().filter(|_| kind.namespaced);
        let served = self.answers.served().await?;
        let is_its_own = self.made.accounts_for(&served, &kind, namespace.unwrap_or_default(), name);
        if is_its_own || !self.answers.has(&kind, namespace, |other| other == name, name).await? {
            return Ok(None);
        }
        self.answers.world.would_refuse(&kind, namespace, name, &change.patch).await
    }
}
