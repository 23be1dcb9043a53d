//! `runbooks build`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::build_cache::{Publication, Whole};
use super::build_sources;
use super::failure::Failure;
use super::links;
use super::proof;
use super::shared::RootArguments;
use super::ui::Ui;
use crate::collection::{self, Collection};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Level};
use crate::model::{ExitCode, RunbookId, Source, Span};
use crate::site::{self, SiteConfig, SiteInput, ThemeFiles, Unwritten};
use crate::sys::files::{self, FileError};
use crate::sys::tree::{Published, TreeError};
use crate::sys::{Clock, Environment, git};

/// Make a site of the runbooks
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 built · 1 built, and a text has errors · 2 could not build\n\nExample: runbooks build --out /var/www/runbooks"
)]
pub(super) struct BuildArguments {
    #[command(flatten)]
    root: RootArguments,
    /// Folder to write the site to; site/ in the collection's folder, if none is given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Show errors only
    #[arg(long, short)]
    quiet: bool,
}

/// Carries out `runbooks build`.
pub(super) fn run(arguments: &BuildArguments, ui: Ui, environment: &Environment) -> Result<ExitCode, Failure> {
    let settings = arguments.root.settings(ui, environment)?;
    let out = arguments.out.clone().unwrap_or_else(|| settings.root.join("site"));
    let cannot = |error: TreeError| Failure::Site(error.to_string());
    let publication = Publication::begin(&settings.state_folder(), &out).map_err(cannot)?;
    let texts = collection::texts(&settings, collection::fragments(&settings)?)?;
    let around = Around::of(&settings, environment)?;
    let sources = build_sources::fingerprint(&settings, &texts, &around)?;
    if let Some(pages) = publication.made_of(&sources) {
        arguments.tell(ui, &out, pages, publication.kept(), (0, 0));
        return Ok(ExitCode::Passed);
    }
    let (input, mut diagnostics) = input(&settings, texts.parse(&settings), around)?;
    let written = match site::write(input, &publication) {
        Ok(written) => written,
        Err(Unwritten::Output(error)) => return Err(cannot(error)),
        Err(Unwritten::Template(diagnostic)) => {
            diagnostics.push(*diagnostic);
            ui.diagnostics(&diagnostics, arguments.least());
            return Err(Failure::Site("the site was not built".to_owned()));
        }
    };
    diagnostics.extend(written.diagnostics);
    sort(&mut diagnostics);
    ui.diagnostics(&diagnostics, arguments.least());
    // What is wrong is said every time, and for that everything is gone through every time.
    let whole = diagnostics.is_empty().then_some(Whole { sources, pages: written.pages });
    let (published, uncached) = publication.finish(site::LAST, whole).map_err(cannot)?;
    if let Some(error) = uncached {
        ui.say(&format!("note: the next build makes every page anew: {error}"));
    }
    let count = |level| diagnostics.iter().filter(|diagnostic| diagnostic.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    arguments.tell(ui, &out, written.pages, published, (errors, warnings));
    Ok(if errors > 0 { ExitCode::Found } else { ExitCode::Passed })
}

impl BuildArguments {
    fn least(&self) -> Level {
        if self.quiet { Level::Error } else { Level::Warning }
    }

    fn tell(&self, ui: Ui, out: &Path, pages: usize, published: Published, (errors, warnings): (usize, usize)) {
        if self.quiet {
            return;
        }
        ui.say(&format!(
            "{pages} runbooks in {}: {} files written, {} unchanged, {} removed; {errors} errors, {warnings} warnings",
            out.display(),
            published.written,
            published.unchanged,
            published.removed
        ));
    }
}

/// Puts diagnostics in the order of the texts.
fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|one, other| {
        (one.source.path(), one.primary.span.start).cmp(&(other.source.path(), other.primary.span.start))
    });
}

/// Collects what the site of a collection is made of; returns what is wrong with its texts beside it.
fn input(
    settings: &Settings,
    mut collection: Collection,
    around: Around,
) -> Result<(SiteInput, Vec<Diagnostic>), Failure> {
    let links = links::follow(settings, &collection);
    let mut diagnostics = std::mem::take(&mut collection.diagnostics);
    diagnostics.extend(links.problems);
    let (input, problems) = unlinked(settings, collection, &links.files, around)?;
    diagnostics.extend(problems);
    Ok((input, diagnostics))
}

/// What a site is made of beside its texts and results.
#[derive(Debug)]
pub(super) struct Around {
    /// When each runbook was changed last, by git. Where it cannot tell, the pages do without.
    pub(super) changes: Changes,
    /// The files of the theme.
    pub(super) theme: ThemeFiles,
    /// The day.
    pub(super) today: jiff::civil::Date,
}

impl Around {
    /// Finds it out.
    pub(super) fn of(settings: &Settings, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { changes: changes(settings, environment), theme: theme(settings)?, today: today(environment) })
    }
}

/// Collects what the site of a collection is made of, but for what is wrong with its texts and links.
pub(super) fn unlinked(
    settings: &Settings,
    collection: Collection,
    files: &BTreeSet<String>,
    around: Around,
) -> Result<(SiteInput, Vec<Diagnostic>), Failure> {
    let Around { changes: (changes, unknown), theme, today } = around;
    let mut proof = proof::read(settings)?;
    proof.problems.extend(unknown);
    let input = SiteInput {
        config: SiteConfig {
            title: settings.site.title.clone(),
            description: settings.site.description.clone(),
            url: settings.site.url.clone(),
            repository: settings.site.repository.clone(),
            unsafe_html: settings.site.unsafe_html,
            stale_after: settings.verify.stale_after,
            ..SiteConfig::default()
        },
        runbooks: collection.runbooks,
        results: proof.results,
        history: proof.history,
        unreadable: proof.unreadable,
        changes,
        targets: settings.targets.clone(),
        theme,
        files: content_files(settings, files)?,
        today,
    };
    Ok((input, proof.problems))
}

/// Returns the day that reviews and evidence are measured against.
pub(super) fn today(environment: &Environment) -> jiff::civil::Date {
    Clock::from_environment(environment).now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// When each runbook was changed last, and what keeps git from telling.
type Changes = (BTreeMap<RunbookId, jiff::civil::Date>, Option<Diagnostic>);

fn changes(settings: &Settings, environment: &Environment) -> Changes {
    let source = || Arc::new(Source::new(&settings.content, String::new()));
    let problem = |title: String, help: &str| {
        Diagnostic::new("unknown-changes", Level::Warning, title, &source(), Span::default()).help(help)
    };
    let changes = match git::last_changes(&settings.content, environment) {
        Ok(changes) => changes,
        Err(error) => {
            let help = "until then pages do not say when they were changed, and there is no feed";
            return (BTreeMap::new(), Some(problem(error.to_string(), help)));
        }
    };
    let shallow = (changes.before > 0).then(|| {
        let title = format!("the clone is shallow: {} files were changed last before its beginning", changes.before);
        problem(title, "fetch the whole history (`fetch-depth: 0`), so that their pages can say when")
    });
    let day = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
    // Other files may have the name of a runbook, but for the end.
    let id = |path: PathBuf| collection::id_of_file(settings, &settings.content.join(path));
    (changes.at.into_iter().filter_map(|(path, at)| Some((id(path)?, day(at)))).collect(), shallow)
}

/// Returns the files of the site's theme: ours of that name, and the site's own, which win.
fn theme(settings: &Settings) -> Result<ThemeFiles, Failure> {
    let name = &settings.site.theme;
    let ours = site::theme_named(name);
    let folder = settings.root.join("themes").join(name);
    if !files::is_folder(&folder) {
        let none = || Failure::Site(format!("no theme `{name}`: there is no folder `{}`", folder.display()));
        return ours.ok_or_else(none);
    }
    let mut theme = ours.unwrap_or_default();
    theme.extend(read_all(&folder, &files::walk(&folder)?)?);
    Ok(theme)
}

/// Reads the files that are published beside the pages.
fn content_files(settings: &Settings, names: &BTreeSet<String>) -> Result<BTreeMap<String, Vec<u8>>, FileError> {
    names.iter().map(|name| Ok((name.clone(), files::read(&settings.content.join(name))?))).collect()
}

fn read_all(folder: &Path, paths: &[PathBuf]) -> Result<BTreeMap<String, Vec<u8>>, FileError> {
    let name = |path: &Path| {
        let relative = path.strip_prefix(folder).unwrap_or(path);
        relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    };
    paths.iter().map(|path| Ok((name(path), files::read(path)?))).collect()
}
