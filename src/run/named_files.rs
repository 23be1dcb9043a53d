//! Files that commands name: whether they are there, and what the manifests among them hold.
//!
//! A path is looked up in the folder that steps run in, beside the runbook, and at the top of the repository: people write
//! paths from all three. A block that is no step may be meant for another machine, so there a file counts as missing only
//! if this collection has the folder it should be in, or has the file elsewhere.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::reference::{
    self, Described, FileUse, Made, NamedFile, Namespace, OnShelf, Problem, Reference, Sending, Shelf, Subject, Unknown,
};
use crate::sys::files;

use super::kustomization::Kustomization;

/// How many files are looked through for one that has moved.
const LOOKED_THROUGH: usize = 20_000;

/// Folders where nobody keeps what a runbook names.
const PASSED_OVER: [&str; 4] = ["/target/", "/node_modules/", "/vendor/", "/site/"];

/// Where the files of a runbook may be.
#[derive(Debug)]
pub(super) struct NamedFiles {
    root: PathBuf,
    beside: PathBuf,
    top: Option<PathBuf>,
    /// The folder a step says it runs in.
    pub(super) dir: Option<String>,
    /// Whether the block at hand is a step, so that it will be run right here.
    pub(super) is_step: bool,
    everything: OnceLock<Vec<String>>,
}

impl NamedFiles {
    pub(super) fn new(root: &Path, runbook: &Path) -> Self {
        let beside = root.join(runbook.parent().unwrap_or(Path::new("")));
        let top = root.ancestors().find(|folder| files::exists(&folder.join(".git"))).map(Path::to_owned);
        Self { root: root.to_owned(), beside, top, dir: None, is_step: false, everything: OnceLock::new() }
    }

    fn places(&self) -> impl Iterator<Item = PathBuf> {
        let dir = self.dir.as_ref().map(|dir| self.root.join(dir));
        dir.into_iter().chain([self.root.clone(), self.beside.clone()]).chain(self.top.clone())
    }

    fn find(&self, path: &str) -> Option<PathBuf> {
        self.places().map(|place| place.join(path)).find(|path| files::exists(path))
    }

    fn has_folder_of(&self, path: &str) -> bool {
        let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.is_some_and(|folder| self.places().any(|place| files::is_folder(&place.join(folder))))
    }

    /// Returns the one file of the same name that there is, from the root.
    fn same_name(&self, path: &str) -> Option<String> {
        let name = Path::new(path).file_name()?.to_string_lossy().into_owned();
        let tail = format!("/{name}");
        let mut found = self.everything().iter().filter(|other| **other == name || other.ends_with(&tail));
        found.next().filter(|_| found.next().is_none()).cloned()
    }

    fn everything(&self) -> &[String] {
        self.everything.get_or_init(|| {
            let top = self.top.as_ref().unwrap_or(&self.root);
            let all = files::walk(top).unwrap_or_default();
            let relative = |path: PathBuf| {
                let from_root = path.strip_prefix(&self.root).or_else(|_| path.strip_prefix(top));
                from_root.map(|path| path.to_string_lossy().into_owned()).ok()
            };
            let kept = all.into_iter().filter_map(relative);
            kept.filter(|path| !PASSED_OVER.iter().any(|part| format!("/{path}").contains(part)))
                .take(LOOKED_THROUGH)
                .collect()
        })
    }

    /// Reads the manifests at a path: one file, or those of a folder.
    fn describe(&self, path: &Path, reference: &Reference, file: &NamedFile) -> Described {
        let mut described = Described::default();
        if file.kustomized {
            return kustomized(path, reference, file);
        }
        let is_manifest =
            matches!(file.usage, FileUse::Applied | FileUse::Deleted | FileUse::Looked | FileUse::Compared);
        if !is_manifest {
            return described;
        }
        for path in manifests(path) {
            match files::read_text(&path) {
                Ok(text) => read(&mut described, &text, reference, file),
                Err(error) => described.problems.push(unreadable(reference, file, &error.to_string())),
            }
        }
        described
    }
}

impl Shelf for NamedFiles {
    fn look(&self, reference: &Reference, file: &NamedFile, made: &Made) -> OnShelf {
        if let Some(reason) = &reference.elsewhere {
            return OnShelf::Unknown(reason.clone());
        }
        let written = match file.path.known() {
            Ok(path) => path,
            Err(reason) => return OnShelf::Unknown(reason.clone()),
        };
        let path = match &file.folder {
            Some(folder) => format!("{folder}/{written}"),
            None => written.to_owned(),
        };
        if let Some(found) = self.find(&path) {
            return OnShelf::There(self.describe(&found, reference, file));
        }
        if made.has_file(&path) {
            return OnShelf::Unlooked;
        }
        if made.has_any_files() {
            return OnShelf::Unknown(Unknown::Computed);
        }
        let elsewhere = self.same_name(&path);
        if !self.is_step && elsewhere.is_none() && !self.has_folder_of(&path) {
            return OnShelf::Unknown(Unknown::Elsewhere("in a folder that is not this one".to_owned()));
        }
        OnShelf::Missing(Box::new(missing(reference, file, &path, elsewhere)))
    }
}

/// Takes over what a manifest makes and names. Of a template nothing is known.
fn read(described: &mut Described, text: &str, reference: &Reference, file: &NamedFile) {
    if text.contains("{{") {
        return;
    }
    let documents: Vec<serde_json::Value> = match serde_saphyr::from_multiple(text) {
        Ok(documents) => documents,
        Err(error) => return described.problems.push(unreadable(reference, file, &error.to_string())),
    };
    let objects = documents.into_iter().filter(|document| !document.is_null());
    objects.for_each(|object| take(described, object, reference, file, true));
}

/// Takes over what an object makes and names, and the object itself if it is sent as it stands here.
fn take(
    described: &mut Described,
    object: serde_json::Value,
    reference: &Reference,
    file: &NamedFile,
    as_it_stands: bool,
) {
    if let Some(sending) = file.sending.as_ref().filter(|_| as_it_stands) {
        described.sent.extend(reference::sent(&object, file.path.span, reference.command, sending));
    }
    let object = placed(object, file.sending.as_ref());
    let mut named = reference::of_object(&object, file.path.span);
    for named in &mut named {
        named.command = reference.command;
        named.context.clone_from(&reference.context);
        named.presence = reference.presence;
        named.removes = file.usage == FileUse::Deleted;
    }
    if matches!(file.usage, FileUse::Applied | FileUse::Compared) {
        named = named.into_iter().map(without_object).collect();
    }
    if file.usage == FileUse::Applied {
        described.makings.extend(reference::made_by_object(&object));
    }
    described.references.extend(named);
}

/// Takes over what is known of a kustomization. What is built and no more makes nothing certain, but what is in it is
/// most likely applied by the next command.
fn kustomized(path: &Path, reference: &Reference, file: &NamedFile) -> Described {
    let mut described = Described::default();
    let problem =
        |message: String| Problem::drifted("broken-kustomization", file.path.span, reference.command, message);
    let Some(found) = Kustomization::read(path) else {
        if file.path.is(".") {
            described.unknown = Some(Unknown::Elsewhere("in a folder that is not this one".to_owned()));
        } else {
            described.problems.push(problem(format!("there is no kustomization.yaml in \"{}\"", file.path.text)));
        }
        return described;
    };
    described.problems.extend(found.problems.into_iter().map(problem));
    described.unknown = found.unknown.map(Unknown::Built);
    for object in found.objects {
        if file.usage == FileUse::Kustomization {
            described.makings.extend(reference::made_by_object(&object));
        } else {
            take(&mut described, object, reference, file, found.is_plain);
        }
    }
    described
}

/// Returns an object where the command puts it: what names no namespace lives in that of the command.
fn placed(mut object: serde_json::Value, sending: Option<&Sending>) -> serde_json::Value {
    if let Some(Sending { namespace: Namespace::Named(name), .. }) = sending
        && let (Ok(name), Some(metadata)) = (name.known(), object.get_mut("metadata").and_then(|it| it.as_object_mut()))
    {
        metadata.entry("namespace").or_insert_with(|| name.into());
    }
    object
}

/// Of an object that a command makes, only its kind and its namespace must be there already.
fn without_object(mut reference: Reference) -> Reference {
    reference.subject = match reference.subject {
        Subject::Object(object) => Subject::Kind(object.kind),
        other => other,
    };
    reference
}

fn manifests(path: &Path) -> Vec<PathBuf> {
    if !files::is_folder(path) {
        return vec![path.to_owned()];
    }
    let is_manifest = |file: &PathBuf| {
        file.parent() == Some(path)
            && file.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
    };
    files::walk(path).unwrap_or_default().into_iter().filter(is_manifest).collect()
}

fn missing(reference: &Reference, file: &NamedFile, path: &str, elsewhere: Option<String>) -> Problem {
    let what = match file.usage {
        FileUse::Script => "script",
        FileUse::Read => "file",
        _ if file.kustomized => "kustomization",
        FileUse::Applied | FileUse::Deleted | FileUse::Looked | FileUse::Compared => "manifest",
        FileUse::Kustomization => "kustomization",
    };
    let help = elsewhere.map(|found| format!("moved? there is \"{found}\""));
    let problem = Problem::drifted("missing-file", file.path.span, reference.command, format!("no {what} \"{path}\""));
    problem.expected(format!("{what} {path}")).help(help)
}

fn unreadable(reference: &Reference, file: &NamedFile, cause: &str) -> Problem {
    let first = cause.lines().next().unwrap_or_default();
    let message = format!("the manifest \"{}\" cannot be read: {first}", file.path.text);
    Problem::drifted("unreadable-manifest", file.path.span, reference.command, message)
}
