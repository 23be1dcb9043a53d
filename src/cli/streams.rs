//! How a run begins, for every verb that runs something.

use crate::run::event::Event;
use crate::run::stage::Surroundings;

/// Returns the first event of a run, with the version of the cluster if it answers.
pub async fn run_started(around: Surroundings<'_>, mode: &str, runbooks: usize) -> Event {
    let cluster_version = match around.gate {
        Ok(gate) => gate.cluster().version().await.ok(),
        Err(_) => None,
    };
    Event::RunStarted {
        run: around.run.to_owned(),
        mode: mode.to_owned(),
        target: around.target.name.clone(),
        cluster_version,
        at: around.clock.now(),
        runbooks,
    }
}
