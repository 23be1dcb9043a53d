//! Where pages are made while they are served: when somebody asks, of the texts as they are now.
//!
//! One thread has all of it. While nothing changes it answers; when something does, it reads what has changed, and the
//! pages are others from then on. So an edit of one text among thousands costs that text.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::failure::Failure;
use super::serve::cannot;
use super::ui::Ui;
use super::{build, links, metrics};
use crate::collection::{self, Collection};
use crate::config::{self, ConfigError, Settings};
use crate::diagnostic::{Diagnostic, Level, render};
use crate::model::{Runbook, RunbookId};
use crate::parse::Fragments;
use crate::serve::{Live, Request};
use crate::site::live::{self, Kept, OpenSite};
use crate::site::{SiteInput, ThemeFiles};
use crate::sys::Environment;
use crate::sys::watch::Watcher;

/// How long nothing more must change before texts are read again: editors save in several steps.
const PAUSE: Duration = Duration::from_millis(4);
/// How long nobody must have asked for anything before all links are followed anew.
const IDLE: Duration = Duration::from_millis(40);
/// How often, while nobody asks for anything, somebody looks whether it is another day.
const LOOK_AT_THE_DAY: Duration = Duration::from_mins(1);

/// What is asked of the shop.
pub(super) enum Wish {
    /// A file of the site.
    File(Request),
    /// Something has changed at these paths.
    Changed(Vec<PathBuf>),
}

/// What came of a change.
enum Change {
    /// Nothing that shows.
    Nothing,
    /// These texts are others: the place of each, and what has become of it.
    Texts(Vec<(usize, Runbook, Vec<Diagnostic>)>),
    /// More than texts.
    Everything,
}

/// Makes pages.
pub(super) struct Shop {
    root: Option<PathBuf>,
    settings: Settings,
    ui: Ui,
    environment: Environment,
    live: Arc<Live>,
    watcher: Arc<Mutex<Option<Watcher>>>,
    input: SiteInput,
    fragments: Fragments,
    /// What is wrong in the texts, found when they were parsed.
    parsed: Vec<Diagnostic>,
    /// What is wrong with what was kept of runs.
    proof: Vec<Diagnostic>,
    /// The theme that could be used last.
    good_theme: ThemeFiles,
    /// What keeps the pages from being as they should.
    trouble: Vec<String>,
}

impl Shop {
    /// Reads everything once.
    pub(super) fn open(
        root: Option<PathBuf>,
        settings: Settings,
        ui: Ui,
        environment: &Environment,
        live: Arc<Live>,
    ) -> Result<Self, Failure> {
        let fragments = collection::fragments(&settings)?;
        let collection = collection::texts(&settings, fragments.clone())?.parse(&settings);
        let (input, parsed, proof) = read(&settings, collection, environment)?;
        let shop = Self {
            root,
            settings,
            ui,
            environment: environment.clone(),
            live,
            watcher: Arc::default(),
            good_theme: ThemeFiles::new(),
            trouble: Vec::new(),
            input,
            fragments,
            parsed,
            proof,
        };
        Ok(shop)
    }

    /// Begins to watch what the pages are made of.
    pub(super) fn watch(&self, wishes: mpsc::Sender<Wish>) -> Result<(), Failure> {
        // The receiver lives as long as the process; without one, nobody is left to tell.
        let tell = move |paths| drop(wishes.send(Wish::Changed(paths)));
        let watcher = Watcher::new(PAUSE, tell).map_err(|error| cannot(&error))?;
        *self.watcher() = Some(watcher);
        self.watch_folders()
    }

    fn watcher(&self) -> std::sync::MutexGuard<'_, Option<Watcher>> {
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch_folders(&self) -> Result<(), Failure> {
        let folders = collection::folders(&self.settings)?;
        match self.watcher().as_mut() {
            Some(watcher) => watcher.watch_only(&folders).map_err(|error| cannot(&error)),
            None => Ok(()),
        }
    }

    /// Answers wishes as long as the process lives.
    pub(super) fn run(mut self, wishes: &Receiver<Wish>) {
        let mut kept = Kept::default();
        loop {
            let change = match live::open(&self.input, |site| self.serve(site, &mut kept, wishes)) {
                Ok(Some(change)) => {
                    self.good_theme.clone_from(&self.input.theme);
                    change
                }
                Ok(None) => return,
                Err(broken) => {
                    self.ui.diagnostics([&*broken], Level::Hint);
                    self.trouble.push(render(&broken, false));
                    // Without any theme that could be used, the one in the binary can.
                    self.input.theme.clone_from(&self.good_theme);
                    continue;
                }
            };
            match change {
                Change::Nothing => {}
                Change::Texts(texts) => self.take(texts),
                Change::Everything => self.read_again(),
            }
        }
    }

    /// Serves the pages in one state; returns what has changed, or nothing where nobody is left to serve.
    fn serve(&self, site: &OpenSite<'_>, kept: &mut Kept, wishes: &Receiver<Wish>) -> Option<Change> {
        let broken = site.refresh(kept).err();
        self.live.changed(self.errors(broken.as_deref()));
        self.live.metrics(metrics::of(&self.input.results));
        let mut followed = false;
        loop {
            // What is stale or overdue is so by the day.
            if self.is_another_day() {
                return Some(Change::Everything);
            }
            match wishes.recv_timeout(if followed { LOOK_AT_THE_DAY } else { IDLE }) {
                Ok(Wish::File(request)) => self.answer(site, kept, request),
                Ok(Wish::Changed(paths)) => match self.change(&paths) {
                    Change::Nothing => {}
                    change => return Some(change),
                },
                Err(RecvTimeoutError::Timeout) if followed => {}
                Err(RecvTimeoutError::Timeout) => {
                    followed = true;
                    self.tell(&site.problems(kept), broken.as_deref());
                }
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn is_another_day(&self) -> bool {
        self.input.today != build::today(&self.environment)
    }

    fn answer(&self, site: &OpenSite<'_>, kept: &Kept, request: Request) {
        match site.file(&request.path, kept) {
            Ok(file) => request.answer(file),
            Err(broken) => {
                // A page whose template fails shows why.
                let text = render(&broken, false).replace('&', "&amp;").replace('<', "&lt;");
                let page = format!("<!doctype html><title>Broken template</title><body><pre>{text}</pre></body>");
                request.answer(Some(page.into_bytes()));
            }
        }
    }

    /// Returns what is shown over the pages.
    fn errors(&self, broken: Option<&Diagnostic>) -> Vec<String> {
        let found = self.parsed.iter().chain(&self.proof).chain(broken);
        let errors = found.filter(|diagnostic| diagnostic.level == Level::Error);
        self.trouble.iter().cloned().chain(errors.map(|diagnostic| render(diagnostic, false))).collect()
    }

    /// Says on the terminal what is wrong.
    fn tell(&self, found: &[Diagnostic], broken: Option<&Diagnostic>) {
        let mut all: Vec<&Diagnostic> = self.parsed.iter().chain(&self.proof).chain(found).chain(broken).collect();
        all.sort_by_key(|diagnostic| (diagnostic.source.path(), diagnostic.primary.span.start));
        self.ui.diagnostics(all.iter().copied(), Level::Warning);
    }

    /// Finds out what changes at some paths mean, and reads texts that are others now.
    fn change(&self, paths: &[PathBuf]) -> Change {
        let paths: BTreeSet<&PathBuf> =
            paths.iter().filter(|path| collection::is_source(&self.settings, path)).collect();
        let mut texts = Vec::new();
        for path in paths {
            let Some(at) = self.text_at(path) else { return Change::Everything };
            let Ok((runbook, problems)) = collection::read_file(&self.settings, path, &self.fragments) else {
                return Change::Everything;
            };
            if runbook.source != self.input.runbooks[at].source {
                texts.push((at, runbook, problems));
            }
        }
        if texts.is_empty() { Change::Nothing } else { Change::Texts(texts) }
    }

    /// Returns the place of the runbook that stands in a file, if it is known by that file.
    fn text_at(&self, path: &Path) -> Option<usize> {
        let id = collection::id_of_file(&self.settings, path)?;
        let at = self.input.runbooks.binary_search_by(|runbook| runbook.id.cmp(&id)).ok()?;
        let shown = path.strip_prefix(&self.settings.root).unwrap_or(path);
        (self.input.runbooks[at].source.path() == shown).then_some(at)
    }

    fn take(&mut self, texts: Vec<(usize, Runbook, Vec<Diagnostic>)>) {
        for (at, runbook, problems) in texts {
            let file = runbook.source.path();
            self.parsed.retain(|problem| problem.source.path() != file);
            self.parsed.extend(problems);
            self.input.runbooks[at] = runbook;
        }
    }

    /// Reads everything again; texts that are the same are not parsed.
    fn read_again(&mut self) {
        self.trouble.clear();
        // The day is what it is, whether all else can be read or not.
        self.input.today = build::today(&self.environment);
        match config::load(self.root.as_deref(), &self.environment) {
            Ok((settings, warnings)) => {
                self.ui.diagnostics(&warnings, Level::Hint);
                self.settings = settings;
            }
            Err(ConfigError::Invalid(diagnostic)) => {
                self.ui.diagnostics([&*diagnostic], Level::Hint);
                return self.trouble.push(render(&diagnostic, false));
            }
            Err(error) => return self.troubled(&error),
        }
        // First to watch, then to read: what changes in between is seen.
        if let Err(failure) = self.watch_folders() {
            self.troubled(&failure);
        }
        match self.all() {
            Ok((input, parsed, proof, fragments)) => {
                (self.input, self.parsed, self.proof, self.fragments) = (input, parsed, proof, fragments);
            }
            Err(failure) => self.troubled(&failure),
        }
    }

    fn all(&self) -> Result<(SiteInput, Vec<Diagnostic>, Vec<Diagnostic>, Fragments), Failure> {
        let fragments = collection::fragments(&self.settings)?;
        let same = fragments == self.fragments;
        let known: HashMap<&RunbookId, &Runbook> =
            self.input.runbooks.iter().filter(|_| same).map(|runbook| (&runbook.id, runbook)).collect();
        let mut problems: BTreeMap<&Path, Vec<&Diagnostic>> = BTreeMap::new();
        for problem in &self.parsed {
            problems.entry(problem.source.path()).or_default().push(problem);
        }
        let reuse = |id: &RunbookId, text: &str| {
            let runbook = known.get(id).filter(|runbook| runbook.source.text() == text)?;
            // A text that uses a fragment may have what is wrong there; it is parsed again.
            if runbook.blocks.iter().any(|block| block.fragment.is_some()) {
                return None;
            }
            let problems = problems.get(runbook.source.path()).into_iter().flatten();
            Some(((*runbook).clone(), problems.map(|problem| (*problem).clone()).collect()))
        };
        let collection = collection::texts(&self.settings, fragments.clone())?.parse_but(&self.settings, &reuse);
        let (input, parsed, proof) = read(&self.settings, collection, &self.environment)?;
        Ok((input, parsed, proof, fragments))
    }

    fn troubled(&mut self, failure: &dyn std::fmt::Display) {
        let text = format!("error: {failure}");
        self.ui.say(&text);
        self.trouble.push(text);
    }
}

/// Collects what pages are made of; returns what is wrong with the texts, and with what was kept of runs.
fn read(
    settings: &Settings,
    mut collection: Collection,
    environment: &Environment,
) -> Result<(SiteInput, Vec<Diagnostic>, Vec<Diagnostic>), Failure> {
    let files = links::follow(settings, &collection).files;
    let parsed = std::mem::take(&mut collection.diagnostics);
    let (input, proof) = build::unlinked(settings, collection, &files, build::Around::of(settings, environment)?)?;
    Ok((input, parsed, proof))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ui::Color;
    use crate::sys::files;

    fn on(day: &str) -> Environment {
        Environment::of([("RUNBOOKS_NOW".to_owned(), format!("{day}T00:00:00Z"))], ".")
    }

    #[test]
    fn another_day_is_another_site_even_where_nothing_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("content/a.md"), b"# A\n").unwrap();
        files::write(&folder.path().join("runbooks.toml"), b"").unwrap();
        let root = Some(folder.path().to_owned());
        let (settings, _) = config::load(root.as_deref(), &on("2026-11-21")).unwrap();
        let live = Arc::new(Live::new(jiff::Timestamp::UNIX_EPOCH, drop));
        let mut shop = Shop::open(root, settings, Ui::new(Color::Never), &on("2026-11-21"), live).unwrap();
        assert!(!shop.is_another_day());
        shop.environment = on("2026-11-22");
        assert!(shop.is_another_day());
        shop.read_again();
        assert_eq!((shop.is_another_day(), shop.input.today), (false, jiff::civil::date(2026, 11, 22)));
        files::write(&folder.path().join("runbooks.toml"), b"[site").unwrap();
        shop.environment = on("2026-11-23");
        shop.read_again();
        assert!(!shop.is_another_day() && !shop.trouble.is_empty());
    }
}
