//! Who is told of a run: the webhooks of `runbooks.toml`, with the URLs that the environment holds.

use std::sync::Arc;

use super::exec_preparation::{Place, Prepared};
use crate::config::Settings;
use crate::model::{Runbook, WebhookAddress};
use crate::run::Redactor;
use crate::run::event::Listener;
use crate::run::webhook::{Destination, Messenger};
use crate::sys::Environment;

/// Returns who tells others of this run; `None` where nobody is to be told. `record` takes what could not be told.
pub(super) fn messenger(
    (place, environment): (Place<'_>, &Environment),
    prepared: &Prepared,
    redactor: &Redactor,
    record: Arc<dyn Listener>,
) -> Option<Arc<Messenger>> {
    let target = &prepared.target.name;
    let wanted = place.settings.webhooks.iter().filter(|it| it.targets.is_empty() || it.targets.contains(target));
    let mut destinations = Vec::new();
    for webhook in wanted {
        let url = match &webhook.address {
            WebhookAddress::Url(url) => url.as_str(),
            WebhookAddress::Variable(name) => {
                let Some(url) = environment.get(name).filter(|url| !url.is_empty()) else {
                    place.ui.say(&format!("note: webhook {} is told nothing: `{name}` is not set", webhook.name));
                    continue;
                };
                url
            }
        };
        destinations.push(Destination::of(webhook, url.to_owned(), redactor));
    }
    if destinations.is_empty() {
        return None;
    }
    let (ui, clean) = (place.ui, redactor.clone());
    let tell = move |text: &str| ui.say(&clean.redact(text));
    let about = (redactor.clone(), !prepared.earlier.is_empty());
    Some(Arc::new(Messenger::new(destinations, about, record, tell, place.clock)))
}

/// Returns the variables that what we start need not know: where webhooks are, and secrets that steps get by another name.
pub(super) fn kept_from_children(settings: &Settings, runbook: &Runbook) -> Vec<String> {
    let webhooks = settings.webhooks.iter().filter_map(|webhook| match &webhook.address {
        WebhookAddress::Variable(name) => Some(name.clone()),
        WebhookAddress::Url(_) => None,
    });
    let secrets = runbook.params.iter().filter(|param| param.secret);
    webhooks.chain(secrets.map(|param| format!("RUNBOOKS_PARAM_{}", param.name))).collect()
}
