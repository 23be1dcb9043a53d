//! How a run begins, for every verb that runs something.

use jiff::Timestamp;

use crate::model::Recorded;
use crate::reference::kubectl::Release;
use crate::run::event::Event;
use crate::run::stage::Surroundings;
use crate::sys::{Environment, operator, programs};

/// Returns the first event of a run that began at `at`, with the version of the cluster if it answers.
pub(super) async fn run_started(
    around: Surroundings<'_>,
    mode: &str,
    runbooks: usize,
    recording: Option<Recorded>,
    at: Timestamp,
) -> Event {
    let cluster_version = match around.gate {
        Ok(gate) => gate.cluster().version().await.ok(),
        Err(_) => None,
    };
    Event::RunStarted {
        run: around.run.to_owned(),
        mode: mode.to_owned(),
        target: around.target.name.clone(),
        context: around.target.context.clone(),
        namespace: around.target.namespace.clone(),
        cluster_version,
        operator: Some(operator(around.environment)),
        recording,
        at,
        runbooks,
    }
}

/// Returns the release of the kubectl that commands will find, if there is one that tells.
pub(super) async fn kubectl(environment: &Environment) -> Option<Release> {
    let program = programs::find("kubectl", environment)?;
    Release::parse(&programs::version(&program, "kubectl", environment).await?)
}
