//! What only a reader sees: comments that say when, changes that are written down twice, a `grep` that finds the trouble.
//! A block that holds such a thing reads like a step and would do something else than its author means.

use crate::shell::{Command, Joint, Script};

/// Words at the beginning of a comment that make what follows depend on something.
const CONDITIONS: &[&str] = &[
    "if",
    "when",
    "once",
    "after",
    "wait",
    "only",
    "unless",
    "until",
    "repeat",
    "continue",
    "otherwise",
    "or",
    "alternatively",
    "instead",
    "manual",
    "manually",
    "optional",
    "optionally",
];

/// Words before `if` that make it a question and not a condition: `# Check if it is ready`.
const ASKING: &[&str] = &["check", "see", "verify", "test", "confirm", "determine", "know", "find", "out", "show"];

/// Returns why a block that changes something must not be run as it stands.
pub(super) fn of_action(text: &str, scripts: &[Script]) -> Result<(), String> {
    if let Some(comment) = text.lines().map(str::trim).find(|line| line.starts_with('#') && is_condition(line)) {
        return Err(format!("a comment says when, and nobody reads it while this runs: `{comment}`"));
    }
    match scripts.iter().find_map(twice) {
        Some(what) => Err(format!("the same change stands in it twice, each time otherwise: `{what}`")),
        None => Ok(()),
    }
}

fn is_condition(comment: &str) -> bool {
    let said = comment.trim_start_matches(['#', ' ']).to_lowercase();
    let words: Vec<&str> =
        said.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let [first, rest @ ..] = words.as_slice() else { return false };
    // `# Wait for the rollout` is said by the command below it; `# Wait 1 hour` is not.
    let waits = *first != "wait"
        || rest.first().is_some_and(|second| second.starts_with(|letter: char| letter.is_ascii_digit()));
    let inside = words.windows(2).any(|pair| matches!(pair, [before, "if"] if !ASKING.contains(before)));
    CONDITIONS.contains(first) && waits || inside || said.contains("...") || said.contains('…')
}

/// Returns a command that stands there twice with other flags or values: two ways to go, or two stages with something
/// for people between them.
fn twice(script: &Script) -> Option<String> {
    let effects = crate::shell::effects(script);
    let writes = effects.iter().filter_map(|effect| match effect {
        crate::shell::Effect::Writes(reason) => script.commands.get(reason.command),
        _ => None,
    });
    let mut seen: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for command in writes {
        let whole = words(command);
        let start: Vec<String> = whole.iter().filter(|word| !word.starts_with('-')).take(4).cloned().collect();
        if start.len() == 4 && seen.iter().any(|(known, all)| *known == start && *all != whole) {
            return Some(start.join(" "));
        }
        seen.push((start, whole));
    }
    None
}

fn words(command: &Command) -> Vec<String> {
    command.words.iter().map(|word| word.literal().unwrap_or_else(|| word.literal_prefix())).collect()
}

/// Words that nobody wants to find.
const TROUBLE: &[&str] =
    &["error", "fatal", "panic", "fail", "exception", "critical", "crash", "oom", "denied", "warn"];

/// Returns why a check would pass when it should fail.
pub(super) fn of_check(scripts: &[Script]) -> Result<(), String> {
    for script in scripts {
        for (index, command) in script.commands.iter().enumerate() {
            let answered = script.commands.get(index + 1).is_some_and(|next| next.joint == Joint::Or);
            if finds_trouble(command) && !answered {
                let reason = "it fails when `grep` finds no trouble; write `! … | grep -q …` for a check";
                return Err(reason.to_owned());
            }
        }
    }
    Ok(())
}

fn finds_trouble(command: &Command) -> bool {
    let greps = command.name().is_some_and(|name| matches!(name.as_str(), "grep" | "egrep" | "rg"));
    let last = command.pipeline.is_some_and(|place| place.index + 1 == place.length && place.index > 0);
    let all = words(command);
    let turned = command.negated || all.iter().any(|word| word == "-v" || word == "--invert-match");
    let mut patterns = all.iter().skip(1).filter(|word| !word.starts_with('-')).map(|word| word.to_lowercase());
    greps && last && !turned && patterns.any(|pattern| TROUBLE.iter().any(|trouble| pattern.contains(trouble)))
}

/// Returns what an author should know of a check, to stand behind the reason.
pub(super) fn hint(scripts: &[Script]) -> &'static str {
    let fails = |word: &String| {
        word.starts_with("--fail") || word.starts_with('-') && !word.starts_with("--") && word.contains('f')
    };
    let asks_itself = |word: &String| ["--version", "-V", "--help", "-h"].contains(&word.as_str());
    let takes_all = |command: &Command| {
        let words = words(command);
        command.name().is_some_and(|name| name == "curl") && !words.iter().any(|word| fails(word) || asks_itself(word))
    };
    if scripts.iter().flat_map(|script| &script.commands).any(takes_all) {
        "; `curl` without `-f` takes every answer for a good one"
    } else {
        ""
    }
}
