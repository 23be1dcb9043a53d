//! `runbooks lint`

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::failure::Failure;
use super::shared::RootArguments;
use super::ui::Ui;
use super::{formats, links, obstacles, tally};
use crate::collection::{self, Collection};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{self, Baseline};
use crate::model::{ExitCode, Place, Runbook, Source, Target};
use crate::plan::Selection;
use crate::report::{self, SarifRun};
use crate::sys::{Appender, Clock, Environment, files};

/// Find what is wrong in the texts, without a cluster
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing as grave as --fail-on · 1 something found · 2 could not do the job\n\nExample: runbooks lint --report sarif=lint.sarif"
)]
pub(super) struct LintArguments {
    /// Runbooks by id, glob or file; all, if none is given
    #[arg(value_name = "RUNBOOK")]
    runbooks: Vec<String>,
    /// Show errors only
    #[arg(long, short)]
    quiet: bool,
    /// Least level that makes the exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    fail_on: FailOn,
    /// Format of what is printed: diagnostics go to standard error, all other formats to standard output
    #[arg(long, value_enum, default_value_t)]
    format: LintFormat,
    /// Write a report to a file as well; repeatable
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file)]
    report: Vec<(LintFormat, PathBuf)>,
    /// Add the report, as Markdown, to the summary of a GitHub Actions step
    #[arg(long)]
    step_summary: bool,
    /// Mend what can be mended without harm, and write the files
    #[arg(long, conflicts_with = "write_baseline")]
    fix: bool,
    /// File of findings to hold back, in place of the one of runbooks.toml
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write everything found to the baseline, so that only what is new is told from now on
    #[arg(long)]
    write_baseline: bool,
    /// Explain a rule, and do nothing else
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
    /// List the rules, and do nothing else
    #[arg(long)]
    list_rules: bool,
    #[command(flatten)]
    root: RootArguments,
}

/// A format of what lint found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum LintFormat {
    /// For a terminal
    #[default]
    Human,
    /// The findings, versioned; `runbooks report schema lint` prints the schema
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Markdown
    Markdown,
}

/// A level that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum FailOn {
    /// Errors
    #[default]
    Error,
    /// Warnings and errors
    Warning,
    /// Anything
    Hint,
}

/// What lint found, and of how much.
struct Findings {
    runbooks: usize,
    /// Whether any block has a role.
    adopted: bool,
    found: Vec<Diagnostic>,
    held_back: usize,
    gone: usize,
}

/// Carries out `runbooks lint`.
pub(super) fn run(arguments: &LintArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    if arguments.list_rules {
        ui.data(&list());
        return Ok(ExitCode::Passed);
    }
    if let Some(name) = &arguments.explain {
        ui.data(&explained(name)?);
        return Ok(ExitCode::Passed);
    }
    let summary = if arguments.step_summary { Some(formats::summary_file(environment)?) } else { None };
    let settings = arguments.root.settings(ui, environment)?;
    let mut findings = look(arguments, &settings, environment)?;
    if arguments.fix && fix(&settings, &findings.found, ui)? > 0 {
        findings = look(arguments, &settings, environment)?;
    }
    hold_back(arguments, &settings, ui, &mut findings)?;
    for (format, path) in &arguments.report {
        files::write(path, anstream::adapter::strip_str(&rendered(*format, &findings)?).to_string().as_bytes())?;
    }
    if let Some(summary) = summary {
        Appender::wait(&summary)?.append(&rendered(LintFormat::Markdown, &findings)?)?;
    }
    if arguments.format == LintFormat::Human {
        ui.diagnostics(&findings.found, if arguments.quiet { Level::Error } else { Level::Hint });
        if !arguments.quiet && !arguments.write_baseline {
            tally::lines(&findings.found, findings.adopted).iter().for_each(|line| ui.say(line));
        }
    } else {
        ui.data(&rendered(arguments.format, &findings)?);
    }
    ui.say(&findings.sum());
    let least = match arguments.fail_on {
        FailOn::Error => Level::Error,
        FailOn::Warning => Level::Warning,
        FailOn::Hint => Level::Hint,
    };
    let found = findings.found.iter().any(|diagnostic| diagnostic.level >= least);
    Ok(if found { ExitCode::Found } else { ExitCode::Passed })
}

fn look(arguments: &LintArguments, settings: &Settings, environment: &Environment) -> Result<Findings, Failure> {
    let collection = collection::load(settings)?;
    let selection = Selection::new(&arguments.runbooks, &[], &obstacles::content_prefix(settings))?;
    let selected = selection.of(&collection.runbooks, &Target::default())?;
    let today = Clock::from_environment(environment).now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let links = links::follow(settings, &collection);
    let others: Vec<_> = collection.diagnostics.iter().chain(&links.problems).collect();
    let mut found: Vec<_> =
        selected.iter().flat_map(|&runbook| lint::check(runbook, of_runbook(&others, runbook), today)).collect();
    if arguments.runbooks.is_empty() {
        // What stands in no runbook is told where all are looked at.
        found.extend(outside(&others, &collection));
    }
    found.sort_by_key(|diagnostic| (diagnostic.source.path().to_owned(), diagnostic.primary.span.start));
    // What is wrong in a fragment is told once, however many pages use it.
    found.dedup_by(|one, other| {
        one.rule == other.rule
            && one.primary.span == other.primary.span
            && one.source.path() == other.source.path()
            && one.title == other.title
    });
    let adopted = selected.iter().any(|runbook| runbook.blocks.iter().any(|block| block.role.is_some()));
    Ok(Findings { runbooks: selected.len(), adopted, found, held_back: 0, gone: 0 })
}

fn of_runbook(others: &[&Diagnostic], runbook: &Runbook) -> Vec<Diagnostic> {
    let own = others.iter().filter(|diagnostic| diagnostic.source.path() == runbook.source.path());
    own.map(|diagnostic| (*diagnostic).clone()).collect()
}

fn outside(others: &[&Diagnostic], collection: &Collection) -> Vec<Diagnostic> {
    let inside = |diagnostic: &Diagnostic| {
        collection.runbooks.iter().any(|runbook| runbook.source.path() == diagnostic.source.path())
    };
    others.iter().filter(|diagnostic| !inside(diagnostic)).map(|diagnostic| (*diagnostic).clone()).collect()
}

/// Writes the files that can be mended, and says which.
fn fix(settings: &Settings, found: &[Diagnostic], ui: Ui) -> Result<usize, Failure> {
    let mut sources: Vec<&Arc<Source>> = found.iter().map(|diagnostic| &diagnostic.source).collect();
    sources.dedup_by(|one, other| one.path() == other.path());
    let mut whole = 0;
    for source in sources {
        let own = found.iter().filter(|diagnostic| diagnostic.source.path() == source.path());
        let (text, count) = lint::fixed(source.text(), own);
        let path = settings.root.join(source.path());
        if count == 0 {
            continue;
        }
        // Who edits the file at the same time, or keeps it in another encoding, must not lose by this.
        if files::read(&path)? != source.text().as_bytes() {
            ui.say(&format!("left alone: {} is not as it was read", source.path().display()));
            continue;
        }
        files::rewrite(&path, text.as_bytes())?;
        ui.say(&format!("mended {count} in {}", source.path().display()));
        whole += count;
    }
    Ok(whole)
}

fn hold_back(arguments: &LintArguments, settings: &Settings, ui: Ui, findings: &mut Findings) -> Result<(), Failure> {
    let configured = settings.lint.baseline.as_ref().map(|path| settings.root.join(path));
    let path = arguments.baseline.clone().or(configured);
    if arguments.write_baseline {
        let path = path.unwrap_or_else(|| settings.root.join("lint-baseline.json"));
        let baseline = Baseline::of(&findings.found);
        let text = serde_json::to_string_pretty(&baseline)?;
        files::write(&path, format!("{text}\n").as_bytes())?;
        ui.say(&format!("{} findings are held back from now on: {}", baseline.len(), path.display()));
        if settings.lint.baseline.is_none() && arguments.baseline.is_none() {
            ui.say("hint: add `[lint]` with `baseline = \"lint-baseline.json\"` to runbooks.toml");
        }
        (findings.held_back, _) = baseline.hold_back(&mut findings.found);
        return Ok(());
    }
    let Some(path) = path else { return Ok(()) };
    let text = files::read_text(&path)?;
    let baseline: Baseline = serde_json::from_str(&text)
        .map_err(|error| Failure::Usage(format!("`{}` is no baseline: {error}", path.display())))?;
    let (held_back, gone) = baseline.hold_back(&mut findings.found);
    findings.held_back = held_back;
    // Of a part of the collection nobody can say what is gone.
    findings.gone = if arguments.runbooks.is_empty() { gone } else { 0 };
    Ok(())
}

impl Findings {
    fn count(&self, level: Level) -> usize {
        self.found.iter().filter(|diagnostic| diagnostic.level == level).count()
    }

    fn sum(&self) -> String {
        let (errors, warnings, hints) = (self.count(Level::Error), self.count(Level::Warning), self.count(Level::Hint));
        let mut text = format!("{} runbooks: {errors} errors, {warnings} warnings, {hints} hints", self.runbooks);
        if self.held_back > 0 {
            text.push_str(&format!("; {} held back by the baseline", self.held_back));
        }
        if self.gone > 0 {
            text.push_str(&format!("; {} of it are mended, --write-baseline drops them", self.gone));
        }
        text
    }
}

fn rendered(format: LintFormat, findings: &Findings) -> Result<String, Failure> {
    let notices = || report::of_diagnostics(&findings.found);
    Ok(match format {
        LintFormat::Human => {
            let drawn = findings.found.iter().map(|diagnostic| crate::diagnostic::render(diagnostic, true));
            format!("{}{}\n", drawn.map(|text| text + "\n").collect::<String>(), findings.sum())
        }
        LintFormat::Json => as_json(findings)?,
        LintFormat::Sarif => {
            let around = SarifRun { successful: true, times: None, rules: formats::rule_texts() };
            report::sarif(&notices(), &around)?
        }
        LintFormat::Github => report::github(&notices()),
        LintFormat::Markdown => report::markdown_list(&findings.sum(), &notices()),
    })
}

fn as_json(findings: &Findings) -> Result<String, Failure> {
    let diagnostics: Vec<_> = findings.found.iter().map(of_diagnostic).collect::<Result<_, _>>()?;
    let mut text = serde_json::to_string_pretty(&json!({
        "version": 1,
        "runbooks": findings.runbooks,
        "errors": findings.count(Level::Error),
        "warnings": findings.count(Level::Warning),
        "hints": findings.count(Level::Hint),
        "baseline": findings.held_back,
        "diagnostics": diagnostics,
    }))?;
    text.push('\n');
    Ok(text)
}

fn of_diagnostic(diagnostic: &Diagnostic) -> Result<serde_json::Value, serde_json::Error> {
    let mut value = json!({
        "rule": diagnostic.rule,
        "level": word(diagnostic.level),
        "message": diagnostic.title,
        "place": serde_json::to_value(Place::of(&diagnostic.source, diagnostic.primary.span))?,
    });
    if !diagnostic.primary.text.is_empty() {
        value["label"] = diagnostic.primary.text.as_str().into();
    }
    if let Some(help) = &diagnostic.help {
        value["help"] = help.as_str().into();
    }
    Ok(value)
}

pub(super) const fn word(level: Level) -> &'static str {
    match level {
        Level::Hint => "hint",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn list() -> String {
    let width = lint::RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let line = |rule: &lint::Rule| {
        format!("{:width$}  {:7}  {:8}  {}\n", rule.name, word(rule.level), rule.family.as_str(), rule.summary)
    };
    lint::RULES.iter().map(line).collect()
}

fn explained(name: &str) -> Result<String, Failure> {
    let Some(rule) = lint::rule(name) else {
        let hint = lint::similar(name).map_or_else(
            || "`runbooks lint --list-rules` shows those there are".to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        );
        return Err(Failure::Usage(format!("there is no rule `{name}`; {hint}")));
    };
    let allowed = if rule.allowed {
        format!("\nTo allow it in one place: <!-- runbooks: allow {name} because REASON -->\n")
    } else {
        String::new()
    };
    Ok(format!("{name} ({}): {}\n\n{}\n{allowed}", word(rule.level), rule.summary, rule.explanation))
}

fn report_file(written: &str) -> Result<(LintFormat, PathBuf), String> {
    let (format, path) = super::shared::pair(written).map_err(|_| "expected FORMAT=FILE".to_owned())?;
    Ok((LintFormat::from_str(&format, true)?, PathBuf::from(path)))
}
