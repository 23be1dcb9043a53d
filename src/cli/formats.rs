//! Formats of reports, and where reports go.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::shared;
use super::ui::Ui;
use crate::lint;
use crate::model::RunResult;
use crate::report::{self, Detail, RuleText, SarifRun, Sources};
use crate::sys::{Appender, Environment, files};

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For a terminal
    #[default]
    Human,
    /// The result object, versioned; `runbooks report schema` prints its schema
    Json,
    /// JUnit XML
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Metrics for Prometheus, as its textfile collector reads them
    Prometheus,
    /// Markdown
    Markdown,
}

/// Where reports go.
#[derive(Debug, Clone, Args)]
pub(super) struct ReportArguments {
    /// Format of the report on standard output
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write a report to a file as well; repeatable
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file)]
    report: Vec<(Format, PathBuf)>,
    /// Add the report, as Markdown, to the summary of a GitHub Actions step
    #[arg(long)]
    step_summary: bool,
}

impl ReportArguments {
    /// Stops before anything runs if a report could not be delivered afterwards.
    pub(super) fn check(&self, environment: &Environment) -> Result<(), Failure> {
        if self.step_summary { summary_file(environment).map(drop) } else { Ok(()) }
    }

    /// Writes and prints the reports of a run.
    pub(super) fn publish(
        &self,
        result: &RunResult,
        detail: Detail,
        sources: &Sources,
        ui: Ui,
        environment: &Environment,
    ) -> Result<(), Failure> {
        for (format, path) in &self.report {
            let text = rendered(*format, result, Detail::Steps, sources)?;
            files::write(path, anstream::adapter::strip_str(&text).to_string().as_bytes())?;
        }
        if self.step_summary {
            Appender::wait(&summary_file(environment)?)?.append(&report::markdown(result))?;
        }
        ui.data(&rendered(self.format, result, detail, sources)?);
        Ok(())
    }
}

/// Returns the file whose text GitHub shows under a step.
pub(super) fn summary_file(environment: &Environment) -> Result<PathBuf, Failure> {
    let named = environment.get("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    named.map(PathBuf::from).ok_or_else(|| {
        Failure::Usage("--step-summary needs GITHUB_STEP_SUMMARY, which GitHub Actions sets; it is not set".to_owned())
    })
}

fn rendered(format: Format, result: &RunResult, detail: Detail, sources: &Sources) -> Result<String, Failure> {
    Ok(match format {
        Format::Human => report::text_with(result, detail, sources),
        Format::Json => report::json(result)?,
        Format::Junit => report::junit(result)?,
        Format::Sarif => {
            let around = SarifRun {
                successful: result.tally.errored == 0 && !result.interrupted,
                times: Some((result.started, result.finished)),
                rules: rule_texts(),
            };
            report::sarif(&report::of_run(result), &around)?
        }
        Format::Github => report::github(&report::of_run(result)),
        Format::Prometheus => report::prometheus(result),
        Format::Markdown => report::markdown(result),
    })
}

/// Returns what is known of the rules, for formats that explain them.
pub(super) fn rule_texts() -> std::collections::BTreeMap<String, RuleText> {
    let text =
        |rule: &lint::Rule| RuleText { summary: rule.summary.to_owned(), explanation: rule.explanation.to_owned() };
    lint::RULES.iter().map(|rule| (rule.name.to_owned(), text(rule))).collect()
}

fn report_file(written: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = shared::pair(written).map_err(|_| "expected FORMAT=FILE".to_owned())?;
    Ok((Format::from_str(&format, true)?, PathBuf::from(path)))
}
