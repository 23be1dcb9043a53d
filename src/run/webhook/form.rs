//! The forms that chat tools take. Text of ours is never markup of theirs: it is escaped, or sent as plain text.

use serde_json::{Value, json};

use super::message::Message;
use crate::model::{Occasion, WebhookForm};

/// As much of a text as chat tools take in one piece.
const LONGEST: usize = 2800;

/// Returns what is sent.
pub(super) fn body(form: WebhookForm, message: &Message) -> Value {
    let text: String = message.text.chars().take(LONGEST).collect();
    match form {
        WebhookForm::Json => json!(message),
        WebhookForm::Slack => slack(message, &text),
        WebhookForm::Mattermost => json!({"text": markdown(&text), "username": "runbooks"}),
        WebhookForm::RocketChat => rocket_chat(message, &text),
        WebhookForm::Teams => teams(message, &text),
    }
}

/// Returns the facts that stand under the text.
fn facts(message: &Message) -> Vec<(&'static str, &str)> {
    let facts = [
        ("runbook", Some(message.runbook.as_str())),
        ("target", Some(message.target.as_str())),
        ("run", Some(message.run.as_str())),
        ("who", message.operator.as_deref()),
        ("step", message.step.as_deref()),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn slack(message: &Message, text: &str) -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let facts: Vec<_> = facts(message).iter().map(|(name, value)| plain(&format!("{name}: {value}"))).collect();
    json!({
        "text": text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        "blocks": [
            {"type": "section", "text": plain(text)},
            {"type": "context", "elements": facts},
        ],
    })
}

/// Escapes what Markdown would take for markup, mentions of everybody among it.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | '*' | '_' | '~' | '[' | ']' | '#' | '<' | '>' | '|' | '!') {
            escaped.push('\\');
        }
        escaped.push(letter);
        if letter == '@' {
            // Nobody is called by what a command printed.
            escaped.push('\u{200b}');
        }
    }
    escaped
}

fn rocket_chat(message: &Message, text: &str) -> Value {
    let fields: Vec<_> =
        facts(message).iter().map(|(name, value)| json!({"title": name, "value": value, "short": true})).collect();
    json!({
        "text": markdown(text),
        "alias": "runbooks",
        "attachments": [{"color": color(message), "fields": fields}],
    })
}

fn color(message: &Message) -> &'static str {
    match (message.event, message.ending) {
        (Occasion::Failure, _) | (Occasion::End, Some("stopped")) => "#b42318",
        (Occasion::Wait | Occasion::Undo, _) | (Occasion::End, Some("interrupted" | "taken-back")) => "#b54708",
        (Occasion::Start | Occasion::End, _) => "#067647",
    }
}

fn teams(message: &Message, text: &str) -> Value {
    let facts: Vec<_> = facts(message).iter().map(|(name, value)| json!({"title": name, "value": value})).collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [
                    {"type": "TextBlock", "text": markdown(text), "wrap": true},
                    {"type": "FactSet", "facts": facts},
                ],
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[test]
    fn what_a_command_printed_is_no_markup_and_calls_nobody() {
        assert_eq!(markdown("a*b [x](y) @all"), "a\\*b \\[x\\](y) @\u{200b}all");
    }
}
