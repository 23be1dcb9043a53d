//! What the parser understood, as text that is pleasant to read in the specification.

use std::fmt::Write as _;
use std::time::Duration;

use runbooks::model::{Param, ParamType, Runbook, Step, StepKind, StepLanguage};

/// Returns what was understood of one sort of thing.
pub(super) fn of(what: &str, runbook: &Runbook) -> String {
    match what {
        "steps" => joined(runbook.steps.iter().map(step)),
        "blocks" => joined(runbook.blocks.iter().map(|block| {
            let language = block.language.as_deref().unwrap_or("no language");
            let role = block.role.map_or("no role", |role| role.as_str());
            format!("block: {language}, {role}\n{}", quoted(block.code.text()))
        })),
        "metadata" => metadata(runbook),
        "params" => joined(runbook.params.iter().map(param)),
        "requires" => requires(runbook),
        "sections" => joined(runbook.sections.iter().enumerate().map(|(index, section)| {
            let depth = std::iter::successors(Some(index), |&index| runbook.sections[index].parent).count() - 1;
            format!(
                "{}{} {} #{}\n",
                "  ".repeat(depth),
                "#".repeat(section.level.into()),
                section.title,
                section.anchor
            )
        })),
        "items" => joined(runbook.items.iter().map(|item| {
            let mark = if item.ticked { "[x]" } else { "[ ]" };
            let step = item.step.as_ref().map(|step| format!(" → {step}")).unwrap_or_default();
            format!("{mark} {}{step}\n", item.text)
        })),
        "links" => joined(
            runbook
                .links
                .iter()
                .map(|link| format!("{} {}\n", if link.image { "image" } else { "link" }, link.destination)),
        ),
        "code" => joined(runbook.inline_code.iter().map(|code| format!("`{}`\n", code.text))),
        other => panic!("nobody can show `{other}`"),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect()
}

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("  | {line}").trim_end().to_owned() + "\n").collect()
}

fn step(step: &Step) -> String {
    let role = if step.as_check().is_some() { "check" } else { "action" };
    let mut text = format!("{role} {}: {}\n", step.id, step.title);
    line(&mut text, "runs", Some(language(step.language)));
    line(&mut text, "timeout", duration(step.timeout));
    line(&mut text, "within", duration(step.within));
    line(&mut text, "every", duration(step.every));
    line(&mut text, "expect", step.expect.as_ref().map(|text| text.value.clone()));
    if let Some(capture) = &step.capture {
        let taken = capture.value.expression.as_deref().unwrap_or("all of it");
        line(&mut text, "capture", Some(format!("{} from {taken}", capture.value.name)));
    }
    line(&mut text, "when", step.when.as_ref().map(|text| text.value.clone()));
    line(&mut text, "dir", step.dir.clone());
    line(&mut text, "shell", step.shell.clone());
    kind(&mut text, &step.kind);
    for (name, value) in &step.bindings {
        line(&mut text, "with", Some(format!("{name} = {value}")));
    }
    text.push_str(&quoted(step.code.text()));
    if let Some(output) = &step.output {
        line(&mut text, "prints", Some(format!("{:?}", output.comparison).to_lowercase()));
        text.push_str(&quoted(output.code.text()));
    }
    text
}

fn kind(text: &mut String, kind: &StepKind) {
    match kind {
        StepKind::Check(check) => {
            line(text, "for", duration(check.hold));
            line(text, "failures", (check.failures > 0).then(|| check.failures.to_string()));
            line(text, "warn", check.warn.then(|| "yes".to_owned()));
            line(text, "absent", check.absent.then(|| "yes".to_owned()));
        }
        StepKind::Action(action) => {
            line(text, "risk", Some(action.risk.as_str().to_owned()));
            line(text, "confirm", action.confirm.clone());
            let requires: Vec<&str> = action.requires.iter().map(|id| id.value.as_str()).collect();
            line(text, "requires", (!requires.is_empty()).then(|| requires.join(", ")));
            line(text, "verify", action.verify.as_ref().map(|id| id.value.to_string()));
            line(text, "undo", action.undo.as_ref().map(|id| id.value.to_string()));
            line(text, "background", action.background.then(|| "yes".to_owned()));
            line(text, "ready", action.ready.as_ref().map(|id| id.value.to_string()));
            line(text, "choose", action.choose.clone());
            line(text, "idempotent", action.idempotent.then(|| "yes".to_owned()));
        }
    }
}

fn line(text: &mut String, name: &str, value: Option<String>) {
    if let Some(value) = value {
        writeln!(text, "  {name}: {value}").unwrap();
    }
}

fn language(language: StepLanguage) -> String {
    match language {
        StepLanguage::Shell(shell) => format!("{shell:?}"),
        StepLanguage::Object(syntax) => format!("object in {syntax:?}"),
        other => format!("{other:?}"),
    }
    .to_lowercase()
}

fn duration(duration: Option<Duration>) -> Option<String> {
    duration.map(|duration| format!("{duration:?}"))
}

fn metadata(runbook: &Runbook) -> String {
    let metadata = &runbook.metadata;
    let mut text = String::new();
    line(&mut text, "title", Some(metadata.title.clone()));
    line(&mut text, "description", metadata.description.clone());
    line(&mut text, "severity", metadata.severity.as_ref().map(|severity| severity.0.clone()));
    line(&mut text, "service", metadata.service.clone());
    line(&mut text, "owner", metadata.owner.clone());
    for (name, words) in [("tags", &metadata.tags), ("alerts", &metadata.alerts), ("aliases", &metadata.aliases)] {
        line(&mut text, name, (!words.is_empty()).then(|| words.join(", ")));
    }
    line(&mut text, "reviewed", metadata.reviewed.map(|day| day.to_string()));
    line(&mut text, "review_every", metadata.review_every.as_ref().map(|period| format!("{:#}", period.0)));
    line(&mut text, "duration", duration(metadata.duration));
    line(&mut text, "frequency", metadata.frequency.clone());
    text
}

fn param(param: &Param) -> String {
    let mut text = format!("param {}\n", param.name);
    let kind = match &param.kind {
        ParamType::Enum(choices) => format!("one of {}", choices.join(", ")),
        other => format!("{other:?}").to_lowercase(),
    };
    line(&mut text, "type", Some(kind));
    line(&mut text, "default", param.default.clone());
    line(&mut text, "pattern", param.pattern.clone());
    line(&mut text, "required", Some(if param.required { "yes" } else { "no" }.to_owned()));
    line(&mut text, "secret", param.secret.then(|| "yes".to_owned()));
    line(&mut text, "env", param.env.clone());
    line(&mut text, "help", param.help.clone());
    text
}

fn requires(runbook: &Runbook) -> String {
    let mut text = String::new();
    for tool in &runbook.requires.tools {
        let minimum = tool.value.minimum.as_ref().map(|version| format!(", at least {version}")).unwrap_or_default();
        line(&mut text, "tool", Some(format!("{}{minimum}", tool.value.name)));
    }
    for access in &runbook.requires.access {
        line(&mut text, "access", Some(access.value.clone()));
    }
    for name in &runbook.requires.env {
        line(&mut text, "env", Some(name.value.clone()));
    }
    text
}
