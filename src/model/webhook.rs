//! Who is told of a run while it happens: `[[webhook]]` in `runbooks.toml`.

use serde::{Deserialize, Serialize};

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// What people call it. Its URL is a secret, and is shown to nobody.
    pub name: String,
    /// Where it is.
    pub address: WebhookAddress,
    /// In which form it is told.
    pub form: WebhookForm,
    /// Of what it is told; empty is everything.
    pub occasions: Vec<Occasion>,
    /// The targets whose runs it is told of; empty is all.
    pub targets: Vec<String>,
}

/// Where a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookAddress {
    /// At this URL.
    Url(String),
    /// At the URL that this variable of the environment holds.
    Variable(String),
}

/// In which form a webhook is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookForm {
    /// For programs: `docs/webhook.schema.json`.
    #[default]
    Json,
    /// Slack's: a text, and blocks that say the same.
    Slack,
    /// Mattermost's: a text in Markdown.
    Mattermost,
    /// Rocket.Chat's: a text, and what belongs to it attached.
    #[serde(rename = "rocket.chat")]
    RocketChat,
    /// The one of Microsoft Teams: an adaptive card.
    Teams,
}

/// What somebody is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Occasion {
    /// A run began, or was gone on with.
    Start,
    /// A run waits for a person.
    Wait,
    /// A step stopped the run.
    Failure,
    /// What was done is taken back.
    Undo,
    /// A run ended.
    End,
}

impl Occasion {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Wait => "wait",
            Self::Failure => "failure",
            Self::Undo => "undo",
            Self::End => "end",
        }
    }
}
