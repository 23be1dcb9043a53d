//! `runbooks alerts`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::failure::Failure;
use super::shared::RootArguments;
use super::ui::Ui;
use crate::alert::{self, Alert, Comparison, Lead};
use crate::collection;
use crate::diagnostic::Level;
use crate::link::Catalogue;
use crate::model::{ExitCode, Source};
use crate::sys::{Environment, files};

/// Endings of files that rules are looked for in.
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "tpl"];

/// Compare alert rules with the runbooks
#[derive(Debug, Args)]
#[command(
    after_help = "Reads rule files of Prometheus, PrometheusRule objects and Helm templates; nothing is fetched.\n\nExit codes: 0 every alert leads to a page · 1 an alert has no page, or an address is dead · 2 could not do the job, or no alert found\n\nExample: runbooks alerts deploy/rules charts/api/templates"
)]
pub(super) struct AlertsArguments {
    /// Files of rules, and folders of such files
    #[arg(value_name = "RULES", required = true)]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    root: RootArguments,
    /// Where the site is published, in place of `url` in runbooks.toml
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Fail for warnings too: an alert without an address, a page without a rule
    #[arg(long)]
    strict: bool,
    /// Format of what is printed: diagnostics go to standard error, JSON to standard output
    #[arg(long, value_enum, default_value_t)]
    format: AlertsFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum AlertsFormat {
    /// Diagnostics and a sum
    #[default]
    Human,
    /// Every alert and where it leads
    Json,
}

/// Carries out `runbooks alerts`.
pub(super) fn run(arguments: &AlertsArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    let collection = collection::load(&settings)?;
    let mut alerts = Vec::new();
    for path in rule_files(&arguments.rules)? {
        let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        alerts.extend(alert::read(&Arc::new(Source::new(path, text))));
    }
    if alerts.is_empty() {
        return Err(Failure::Site("no alert in what was given".to_owned()));
    }
    let (catalogue, _) = Catalogue::new(&collection.runbooks, BTreeSet::new(), &settings.site.title);
    let site = arguments.url.as_deref().or(settings.site.url.as_deref());
    let comparison = alert::compare(&alerts, &catalogue, site);
    match arguments.format {
        AlertsFormat::Human => ui.diagnostics(&comparison.problems, Level::Hint),
        AlertsFormat::Json => ui.data(&as_json(&alerts, &comparison)?),
    }
    ui.say(&sum(&comparison));
    let least = if arguments.strict { Level::Warning } else { Level::Error };
    let found = comparison.problems.iter().any(|problem| problem.level >= least);
    Ok(if found { ExitCode::Found } else { ExitCode::Passed })
}

/// Returns the files given, and those in the folders given.
fn rule_files(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let is_rules =
        |path: &Path| path.extension().is_some_and(|end| ENDINGS.iter().any(|ending| end.eq_ignore_ascii_case(ending)));
    let mut found = Vec::new();
    for path in given {
        if files::is_folder(path) {
            found.extend(files::walk(path)?.into_iter().filter(|path| is_rules(path)));
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn as_json(alerts: &[Alert], comparison: &Comparison) -> Result<String, Failure> {
    let list: Vec<_> = alerts
        .iter()
        .zip(&comparison.leads)
        .map(|(alert, lead)| {
            let line = alert.source.position(alert.span.start).line;
            json!({
                "alert": alert.name,
                "path": alert.source.path(),
                "line": line,
                "url": alert.url.as_ref().map(|(url, _)| url),
                "leads": lead.as_str(),
            })
        })
        .collect();
    let problems: Vec<_> = comparison
        .problems
        .iter()
        .map(|problem| {
            let line = problem.source.position(problem.primary.span.start).line;
            json!({
                "rule": problem.rule,
                "level": level(problem.level),
                "message": problem.title,
                "path": problem.source.path(),
                "line": line,
                "help": problem.help,
            })
        })
        .collect();
    Ok(serde_json::to_string_pretty(&json!({ "version": 1, "alerts": list, "problems": problems }))? + "\n")
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Hint => "hint",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn sum(comparison: &Comparison) -> String {
    let count = |lead| comparison.leads.iter().filter(|found| **found == lead).count();
    let words = |lead| match lead {
        Lead::Page => "lead to a page",
        Lead::Elsewhere => "lead to another site",
        Lead::NoAddress => "without an address",
        Lead::NoPage => "without a page",
        Lead::Dead => "lead nowhere",
        Lead::Unknown => "not known",
    };
    let parts: Vec<String> = Lead::ALL
        .into_iter()
        .filter(|lead| count(*lead) > 0)
        .map(|lead| format!("{} {}", count(lead), words(lead)))
        .collect();
    let orphans = comparison.problems.iter().filter(|problem| problem.rule == "page-without-alert").count();
    let orphans = if orphans > 0 { format!("; {orphans} alerts of pages are in no rule") } else { String::new() };
    format!("{} alerts: {}{orphans}", comparison.leads.len(), parts.join(", "))
}
