//! Blocks of commands: which role they could have, or why that cannot be said.

use super::{Verdict, doubt, output, risk, session};
use crate::lint;
use crate::model::{Block, Role, Runbook};
use crate::reference;
use crate::shell::prompt::{self, Exchange, PromptKind};
use crate::shell::{self, Effect, Interaction, Script};

/// Languages that run as they are called.
const SHELLS: &[&str] = &["bash", "sh", "shell"];

/// Languages whose blocks are commands behind prompts.
const CONSOLES: &[&str] = &["console", "shell-session"];

/// What is wrong with a block, so that it is left alone.
type Leave = String;

/// Returns what is said of a block; `None` where it holds no commands, or has its role already.
pub(super) fn judge(runbook: &Runbook, block: &Block) -> Option<Verdict> {
    if block.role.is_some() || block.fragment.is_some() {
        return None;
    }
    if block.language.as_deref() == Some("promql") {
        let reason = "a query does not say which answer is good; make it a `check` with `expect`";
        return Some(Verdict::Leave(reason.to_owned()));
    }
    if !reference::is_shell_without_role(block) {
        return None;
    }
    Some(of_shell(runbook, block).unwrap_or_else(Verdict::Leave))
}

fn of_shell(runbook: &Runbook, block: &Block) -> Result<Verdict, Leave> {
    let text = block.code.text();
    if text.trim_start().starts_with("#!") {
        return Err("a script that stands in a file of its own".to_owned());
    }
    let exchanges = prompt::split(text);
    let language = language(runbook, block, prompt::has_prompts(text))?;
    typed_here(&exchanges)?;
    let shown = exchanges.iter().any(|exchange| exchange.expected.is_some());
    if shown && !CONSOLES.contains(&language.as_str()) {
        return Err("commands and what they print stand in one block: call it `console`".to_owned());
    }
    if let Some(line) = text.lines().find(|line| output::is_table_heading(line)).filter(|_| !shown) {
        let first = line.split_whitespace().next().unwrap_or_default();
        return Err(format!(
            "what the command prints stands behind it, from `{first}` on: put `$ ` before the command"
        ));
    }
    for expected in exchanges.iter().filter_map(|exchange| exchange.expected.as_ref()) {
        output::steady(expected.text())?;
    }
    for exchange in &exchanges {
        fit_to_run(exchange.command.text())?;
    }
    let scripts: Vec<Script> = exchanges.iter().map(|exchange| shell::parse(exchange.command.text())).collect();
    for script in &scripts {
        runs_by_itself(script)?;
    }
    session::not_inside(runbook, block, &scripts)?;
    if scripts.iter().all(says_nothing) {
        return Err("it does nothing that could go wrong".to_owned());
    }
    if scripts.iter().all(only_sets) && !is_read_elsewhere(runbook, block, &scripts) {
        return Err("it sets what no other block reads: a part of a configuration".to_owned());
    }
    let (role, attributes, mut reason) = role(&exchanges, &scripts)?;
    match role {
        Role::Check => {
            doubt::of_check(&scripts)?;
            reason.push_str(doubt::hint(&scripts));
        }
        Role::Action => doubt::of_action(text, &scripts)?,
        Role::Output => {}
    }
    Ok(Verdict::Propose { role, info: format!("{language} {}{attributes}", role.as_str()), reason })
}

/// Returns the language to write, as the author wrote it.
fn language(runbook: &Runbook, block: &Block, prompts: bool) -> Result<String, Leave> {
    let written = runbook.source.slice(block.info).trim();
    let Some(tag) = &block.language else {
        return match (written.is_empty(), prompts) {
            (true, true) => Ok("console".to_owned()),
            (true, false) => Ok("bash".to_owned()),
            (false, _) => Err(format!("its fence says what only its author knows: `{written}`")),
        };
    };
    if written.to_lowercase() != *tag {
        return Err(format!("its fence says more than a language: `{written}`"));
    }
    if CONSOLES.contains(&tag.as_str()) && !prompts {
        return Err("a console without prompts: what is typed cannot be told from what is printed".to_owned());
    }
    if SHELLS.contains(&tag.as_str()) || CONSOLES.contains(&tag.as_str()) {
        return Ok(written.to_owned());
    }
    Err(format!("no step runs in `{written}`; `bash` may do"))
}

/// What is typed at another prompt than that of one's own shell is typed into something else.
fn typed_here(exchanges: &[Exchange]) -> Result<(), Leave> {
    for exchange in exchanges {
        match exchange.prompt {
            Some((_, PromptKind::Interpreter)) => return Err("it is typed into a program, not a shell".to_owned()),
            Some((_, PromptKind::Named)) => return Err("its prompt says that it is typed elsewhere".to_owned()),
            Some((_, PromptKind::User | PromptKind::Root)) | None => {}
        }
        if exchange.interrupted {
            return Err("it is ended with Ctrl-C".to_owned());
        }
    }
    Ok(())
}

fn fit_to_run(text: &str) -> Result<(), Leave> {
    if let Some(placeholder) = shell::placeholders(text).first() {
        let what = if placeholder.kind.must_be_filled() { "is to be filled in" } else { "looks like an example" };
        return Err(format!("`{}` {what}; declare a param for it", placeholder.text));
    }
    let names = || text.split(|letter: char| letter.is_whitespace() || "/'\"".contains(letter));
    if let Some(name) = names().find(|word| lint::is_generated(word)) {
        return Err(format!("`{name}` is the name of one pod, gone when that is replaced; name what makes it"));
    }
    if shell::alternatives(text).is_some() {
        return Err("several ways to one end; make a block of each".to_owned());
    }
    Ok(())
}

fn runs_by_itself(script: &Script) -> Result<(), Leave> {
    if let Some(error) = script.errors.first() {
        return Err(format!("it cannot be read: {}", error.message));
    }
    match shell::interaction(script) {
        Interaction::None => {}
        Interaction::Interactive(hold) | Interaction::Endless(hold) => {
            return Err(format!("it {}; {}", hold.reason, hold.instead));
        }
    }
    if script.commands.iter().any(|command| command.background) {
        return Err("it starts something that keeps running: an `action background` of its own".to_owned());
    }
    Ok(())
}

/// Programs that say something and look at nothing.
const SAYING: &[&str] = &["echo", "printf", "true", ":", "clear", "sleep"];

/// Returns whether a script neither looks at anything nor sets anything for the blocks behind it.
fn says_nothing(script: &Script) -> bool {
    let says = |name: Option<String>| name.is_some_and(|name| SAYING.contains(&name.as_str()));
    script.sets.is_empty()
        && script.functions.is_empty()
        && script
            .commands
            .iter()
            .all(|command| says(command.name()) && command.redirections.iter().all(|redirection| !redirection.writes()))
}

/// Returns whether a script is assignments and nothing else.
fn only_sets(script: &Script) -> bool {
    let sets = |name: Option<String>| name.is_none_or(|name| name == "export" || name == "alias");
    script.functions.is_empty() && script.commands.iter().all(|command| sets(command.name()))
}

fn is_read_elsewhere(runbook: &Runbook, block: &Block, scripts: &[Script]) -> bool {
    let others = runbook.blocks.iter().filter(|other| other.span != block.span);
    let texts: Vec<&str> = others.map(|other| other.code.text()).collect();
    let mut sets = scripts.iter().flat_map(|script| &script.sets);
    sets.any(|set| {
        let (plain, braced) = (format!("${}", set.name), format!("${{{}", set.name));
        texts.iter().any(|text| text.contains(&plain) || text.contains(&braced))
    })
}

fn role(exchanges: &[Exchange], scripts: &[Script]) -> Result<(Role, String, String), Leave> {
    let (mut writes, mut files) = (Vec::new(), Vec::new());
    let mut unknown = None;
    for (exchange, script) in exchanges.iter().zip(scripts) {
        for effect in shell::effects(script) {
            let text = exchange.command.text();
            match effect {
                Effect::Reads | Effect::Scratch(_) => {}
                Effect::Unknown(reason) => unknown = unknown.or(Some(reason.text)),
                Effect::Writes(reason) => writes.push(risk::of(script, &reason, text)),
                Effect::Files(reason) => files.push(risk::of_files(script, &reason, text)),
            }
        }
    }
    // Of two that are as grave, what others see is told.
    let gravest =
        writes.into_iter().chain(files).reduce(|gravest, next| if next.risk > gravest.risk { next } else { gravest });
    match (gravest, unknown) {
        (None, None) => Ok((Role::Check, String::new(), "only reads".to_owned())),
        (None, Some(unknown)) => Err(format!("it {unknown}: whether that changes anything, the text does not say")),
        (Some(write), unknown) => {
            let mut reason = write.reason;
            let mut risk = write.risk;
            if let Some(unknown) = unknown {
                reason.push_str(&format!(", and {unknown}"));
                risk = risk.max(crate::model::Risk::Medium);
            }
            Ok((Role::Action, format!(" risk={}", risk.as_str()), reason))
        }
    }
}
