//! Kustomizations: what they are made of, read without building them.
//!
//! The files and folders that a kustomization names must be there. Of the objects in its plain manifests, the namespace and
//! the name are told as the build would make them; what patches and generators add is not known, and said to be so.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::sys::files;

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// How deep bases may stand on bases.
const DEPTH: usize = 16;

/// Fields whose entries are paths of files.
const FILES: [&str; 5] = ["crds", "patchesStrategicMerge", "configurations", "generators", "transformers"];

/// Fields whose entries name a file under `path`.
const WITH_PATH: [&str; 4] = ["patches", "patchesJson6902", "replacements", "openapi"];

/// Fields that only put labels, images, numbers and the like into objects that are named elsewhere.
const PLAIN: [&str; 17] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "labels",
    "commonLabels",
    "commonAnnotations",
    "images",
    "replicas",
    "buildMetadata",
    "sortOptions",
    "crds",
];

/// What is known of a kustomization without building it.
#[derive(Debug, Default)]
pub(super) struct Kustomization {
    /// The objects of its manifests, with the names and namespaces that they will have.
    pub(super) objects: Vec<Value>,
    /// Whether the objects are sent as they stand in the manifests.
    pub(super) is_plain: bool,
    /// What it names that is not there or cannot be read, each in a line.
    pub(super) problems: Vec<String>,
    /// Why not all of it is known.
    pub(super) unknown: Option<String>,
}

impl Kustomization {
    /// Reads the kustomization in a folder; `None` where there is none.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let mut whole = Self { is_plain: true, ..Self::default() };
        let mut names = Vec::new();
        whole.folder(folder, Path::new(""), &mut names).then_some(whole)
    }

    /// Reads a folder, `shown` from where the whole begins; returns whether it holds a kustomization.
    fn folder(&mut self, folder: &Path, shown: &Path, above: &mut Vec<PathBuf>) -> bool {
        let Some(path) = NAMES.iter().map(|name| folder.join(name)).find(|path| files::exists(path)) else {
            return false;
        };
        let here = files::canonical(folder).unwrap_or_else(|_| folder.to_owned());
        if above.contains(&here) || above.len() >= DEPTH {
            self.problems.push(format!("\"{}\" stands on itself", display(shown)));
            return true;
        }
        let file = shown.join(path.file_name().unwrap_or_default());
        let text = files::read_text(&path).map_err(|error| error.to_string());
        let fields = text.and_then(|text| serde_saphyr::from_str::<Value>(&text).map_err(|error| error.to_string()));
        match fields {
            Ok(fields) if fields.is_object() => {
                above.push(here);
                self.fields(&fields, folder, shown, above);
                above.pop();
            }
            Ok(_) => self.broken(&file, "it is no kustomization"),
            Err(cause) => self.broken(&file, &cause),
        }
        true
    }

    fn broken(&mut self, shown: &Path, cause: &str) {
        let first = cause.lines().next().unwrap_or_default();
        self.problems.push(format!("\"{}\" cannot be read: {first}", display(shown)));
    }

    fn fields(&mut self, fields: &Value, folder: &Path, shown: &Path, above: &mut Vec<PathBuf>) {
        let from = self.objects.len();
        for entry in ["resources", "bases", "components"].into_iter().flat_map(|field| texts(fields, field)) {
            self.resource(&entry, folder, shown, above);
        }
        for path in named_files(fields) {
            if !path.contains("://") && !path.contains('\n') && !files::exists(&folder.join(&path)) {
                self.missing(&path, shown);
            }
        }
        let added = fields.as_object().into_iter().flatten().find(|(name, _)| !PLAIN.contains(&name.as_str()));
        if let Some((name, _)) = added {
            self.unknown.get_or_insert_with(|| format!("what `{name}` makes of it"));
        }
        let renamed = ["namespace", "namePrefix", "nameSuffix"].iter().any(|field| text(fields, field).is_some());
        let changed = ["labels", "commonLabels", "commonAnnotations", "images", "replicas"];
        self.is_plain &= !renamed && added.is_none() && changed.iter().all(|field| fields.get(field).is_none());
        for object in &mut self.objects[from..] {
            rename(object, fields);
        }
    }

    fn resource(&mut self, entry: &str, folder: &Path, shown: &Path, above: &mut Vec<PathBuf>) {
        let path = folder.join(entry);
        if is_remote(entry) && !files::exists(&path) {
            self.is_plain = false;
            self.unknown.get_or_insert_with(|| format!("what stands at {entry}"));
        } else if files::is_folder(&path) {
            if !self.folder(&path, &shown.join(entry), above) {
                self.problems.push(format!("there is no kustomization in \"{}\"", display(&shown.join(entry))));
            }
        } else if files::exists(&path) {
            self.manifest(&path, &shown.join(entry));
        } else {
            self.missing(entry, shown);
        }
    }

    fn manifest(&mut self, path: &Path, shown: &Path) {
        let text = files::read_text(path).map_err(|error| error.to_string());
        let objects =
            text.and_then(|text| serde_saphyr::from_multiple::<Value>(&text).map_err(|error| error.to_string()));
        match objects {
            Ok(objects) => self.objects.extend(objects.into_iter().filter(|object| !object.is_null())),
            Err(cause) => self.broken(shown, &cause),
        }
    }

    fn missing(&mut self, path: &str, shown: &Path) {
        let place = if shown.as_os_str().is_empty() { String::new() } else { format!(" in \"{}\"", display(shown)) };
        self.problems.push(format!("its kustomization{place} names \"{path}\", which is not there"));
    }
}

/// Returns whether a resource is fetched from somewhere: an address, or a repository as `kustomize` writes it.
fn is_remote(entry: &str) -> bool {
    let host = entry.split('/').next().unwrap_or_default();
    entry.contains("://") || entry.contains("?ref=") || entry.starts_with("git@") || host.contains(".com")
}

/// Returns the files that a kustomization names besides its resources.
fn named_files(fields: &Value) -> Vec<String> {
    let mut paths: Vec<String> = FILES.iter().flat_map(|field| texts(fields, field)).collect();
    for field in WITH_PATH {
        let entries = fields.get(field).and_then(Value::as_array).into_iter().flatten();
        paths.extend(entries.filter_map(|entry| text(entry, "path")));
    }
    for field in ["configMapGenerator", "secretGenerator"] {
        for generator in fields.get(field).and_then(Value::as_array).into_iter().flatten() {
            let all =
                ["files", "envs"].into_iter().flat_map(|list| texts(generator, list)).chain(text(generator, "env"));
            paths.extend(all.map(|entry| entry.split_once('=').map_or(entry.clone(), |(_, path)| path.to_owned())));
        }
    }
    paths
}

/// Gives an object the name and the namespace that the build gives it.
fn rename(object: &mut Value, fields: &Value) {
    let namespace = text(fields, "namespace");
    let is = |kind: &str| object.get("kind").and_then(Value::as_str) == Some(kind);
    let (is_namespace, is_definition) = (is("Namespace"), is("CustomResourceDefinition"));
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    match (&namespace, is_namespace) {
        (Some(namespace), true) => drop(metadata.insert("name".to_owned(), namespace.as_str().into())),
        (Some(namespace), false) => drop(metadata.insert("namespace".to_owned(), namespace.as_str().into())),
        (None, _) => {}
    }
    if is_namespace || is_definition {
        return;
    }
    let Some(name) = metadata.get("name").and_then(Value::as_str) else { return };
    let affix = |field| text(fields, field).unwrap_or_default();
    let name = format!("{}{name}{}", affix("namePrefix"), affix("nameSuffix"));
    metadata.insert("name".to_owned(), name.into());
}

fn texts(value: &Value, field: &str) -> Vec<String> {
    let entries = value.get(field).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn display(path: &Path) -> String {
    // `a/../base` is shown as people would say it.
    let mut parts: Vec<String> = Vec::new();
    for part in path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()) {
        match (part.as_str(), parts.last().map(String::as_str)) {
            ("..", Some(last)) if last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &str, entries: &[(&str, &str)]) -> Option<Kustomization> {
        let root = tempfile::tempdir().expect("a folder");
        for (path, text) in entries {
            let path = root.path().join(path);
            files::create_folder(path.parent().expect("a folder")).expect("a folder");
            files::write(&path, text.as_bytes()).expect("a file");
        }
        Kustomization::read(&root.path().join(folder))
    }

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

    #[test]
    fn objects_have_the_names_that_the_build_gives_them() {
        let overlay = "resources: [../base]\nnamespace: prod\nnamePrefix: x-\n";
        let space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: base}\n";
        let base = "resources: [pod.yaml, space.yaml]\nnameSuffix: -y\n";
        let files = [
            ("prod/kustomization.yaml", overlay),
            ("base/kustomization.yml", base),
            ("base/pod.yaml", POD),
            ("base/space.yaml", space),
        ];
        let found = read("prod", &files).expect("a kustomization");
        let names: Vec<_> = found.objects.iter().map(|object| object["metadata"].to_string()).collect();
        assert_eq!(names, [r#"{"name":"x-a-y","namespace":"prod"}"#, r#"{"name":"prod"}"#]);
        assert!(!found.is_plain && found.problems.is_empty() && found.unknown.is_none(), "{found:?}");
    }

    #[test]
    fn what_is_named_and_not_there_is_told() {
        let text = "resources: [pod.yaml, gone.yaml, ../nothing]\npatches: [{path: patch.yaml}]\n\
                    configMapGenerator: [{name: a, files: [key=app.conf, b.conf]}]\n";
        let files = [("k/kustomization.yaml", text), ("k/pod.yaml", POD), ("k/b.conf", ""), ("nothing/x", "")];
        let found = read("k", &files).expect("a kustomization");
        let said = |path: &str| format!("its kustomization names \"{path}\", which is not there");
        let nothing = "there is no kustomization in \"../nothing\"".to_owned();
        assert_eq!(found.problems, [said("gone.yaml"), nothing, said("patch.yaml"), said("app.conf")]);
        assert!(found.unknown.is_some_and(|unknown| unknown.contains('`')));
    }

    #[test]
    fn what_is_plain_is_known_and_what_is_fetched_is_not() {
        let plain = read("k", &[("k/Kustomization", "resources: [pod.yaml]\n"), ("k/pod.yaml", POD)]).expect("one");
        assert!(plain.is_plain && plain.unknown.is_none() && plain.objects.len() == 1, "{plain:?}");
        let fetched = "resources: [\"https://example.com/x?ref=v1\"]\n";
        let fetched = read("k", &[("k/kustomization.yaml", fetched)]).expect("one");
        assert!(fetched.problems.is_empty() && fetched.unknown.is_some() && !fetched.is_plain, "{fetched:?}");
        assert!(read("k", &[("k/pod.yaml", POD)]).is_none());
    }

    #[test]
    fn what_stands_on_itself_or_cannot_be_read_ends() {
        let found = read("a", &[("a/kustomization.yaml", "resources: [../a]\n")]).expect("one");
        assert_eq!(found.problems, ["\"../a\" stands on itself"]);
        let found = read("a", &[("a/kustomization.yaml", "resources: [\n")]).expect("one");
        assert!(found.problems[0].contains("\"kustomization.yaml\" cannot be read"), "{found:?}");
    }
}
