//! Which parts of objects a command names: ports, keys of data, revisions.

use crate::reference::argument::Argument;
use crate::reference::subject::{Namespace, ObjectName, Subject};

use super::mentions::Mentions;

const WITH_DATA: [&str; 5] = ["configmap", "configmaps", "cm", "secret", "secrets"];
const SERVICES: [&str; 3] = ["service", "services", "svc"];

/// Adds the ports behind the target of `port-forward`: `8080:http`, `:5432`, `9090`.
pub(super) fn ports(mentions: &mut Mentions<'_>, of: &ObjectName, arguments: &[Argument]) {
    for argument in arguments {
        let remote = argument.split_once(':').map_or_else(|| argument.clone(), |(_, remote)| remote);
        mentions.add_required(Subject::Port { of: of.clone(), port: remote });
    }
}

/// Adds that pods stand behind an object, where it is a service.
pub(super) fn endpoints(mentions: &mut Mentions<'_>, of: &ObjectName) {
    let is_service = |word: &str| SERVICES.contains(&word.split('.').next().unwrap_or(word).to_lowercase().as_str());
    if of.kind.known().is_ok_and(is_service) {
        mentions.add_required(Subject::Endpoints(of.clone()));
    }
}

/// Adds the service of each `endpoints` object that is asked for: it has the same name.
pub(super) fn endpoints_of(mentions: &mut Mentions<'_>, objects: &[ObjectName]) {
    for object in objects.iter().filter(|object| object.kind.is("endpoints") || object.kind.is("ep")) {
        mentions.add(Subject::Endpoints(object.clone()));
    }
}

/// Adds the keys that the output format takes from config maps and secrets.
pub(super) fn keys(mentions: &mut Mentions<'_>, objects: &[ObjectName]) {
    let [object] = objects else { return };
    let Some(output) = mentions.invocation.value("output").cloned() else { return };
    if !object.kind.known().is_ok_and(|kind| WITH_DATA.contains(&kind.to_lowercase().as_str())) {
        return;
    }
    for (start, end, key) in keys_in(&output.text) {
        // An escaped dot stands in the text with its backslash: the place is that of what is written.
        let mut written = output.skip(start).take(end - start);
        if output.unknown.is_some() && end == output.text.len() {
            continue;
        }
        written.text = key;
        mentions.add(Subject::Key { of: object.clone(), key: written });
    }
}

/// Adds the keys of `set env --from=configmap/x --keys=a,b`.
pub(super) fn keys_of_source(mentions: &mut Mentions<'_>, of: &ObjectName) {
    for key in mentions.invocation.values("keys") {
        mentions.add_required(Subject::Key { of: of.clone(), key });
    }
}

/// Adds the revision of `rollout undo --to-revision` and `rollout history --revision`; 0 stands for the one before.
pub(super) fn revision(mentions: &mut Mentions<'_>, objects: &[ObjectName]) {
    let revision = ["to-revision", "revision"].iter().find_map(|flag| mentions.invocation.value(flag).cloned());
    if let (Some(revision), [object]) = (revision.filter(|revision| !revision.is("0")), objects) {
        mentions.add_required(Subject::Revision { of: object.clone(), revision });
    }
}

/// Adds what a field selector names: an object by its name, or the node it runs on.
pub(super) fn fields(mentions: &mut Mentions<'_>, kinds: &[Argument]) {
    let Some(selector) = mentions.invocation.value("field-selector").cloned() else { return };
    for requirement in selector.split(',') {
        if requirement.text.contains("!=") {
            continue;
        }
        let Some((field, value)) = requirement.split_once('=') else { continue };
        let value = if value.text.starts_with('=') { value.skip(1) } else { value };
        match (field.text.trim(), kinds) {
            ("metadata.name", [kind]) => drop(mentions.object(kind.clone(), value)),
            ("metadata.namespace", _) => mentions.add(Subject::Namespace(value)),
            ("spec.nodeName", _) if !value.is("") => drop(mentions.object_of("nodes", &value)),
            _ => {}
        }
    }
}

/// Adds the service account that a command impersonates: `--as=system:serviceaccount:shop:deployer`.
pub(super) fn impersonated(mentions: &mut Mentions<'_>) {
    let Some(user) = mentions.invocation.value("as").cloned() else { return };
    let Some(account) = user.text.strip_prefix("system:serviceaccount:").map(|rest| user.text.len() - rest.len())
    else {
        return;
    };
    if let Some((namespace, name)) = user.skip(account).split_once(':') {
        let kind = Argument::implied("serviceaccounts", name.span);
        mentions.add_required(Subject::Object(ObjectName { kind, name, namespace: Namespace::Named(namespace) }));
    }
}

/// Returns the keys of `.data` that a jsonpath or a Go template takes, each with where it stands.
fn keys_in(format: &str) -> Vec<(usize, usize, String)> {
    let mut keys = Vec::new();
    let template = format.starts_with("go-template") || format.starts_with("template");
    let path = format.starts_with("jsonpath");
    if !(template || path) {
        return keys;
    }
    for (at, data) in format.match_indices("data") {
        let begins = format[..at].ends_with('.') && !format[..at - 1].ends_with(|c: char| c.is_alphanumeric());
        let behind = at + data.len();
        let found = begins.then(|| if template { template_key(format, behind) } else { path_key(format, behind) });
        keys.extend(found.flatten());
    }
    keys
}

/// `.data.KEY`, `.data.tls\.crt`, `.data['KEY']`.
fn path_key(format: &str, at: usize) -> Option<(usize, usize, String)> {
    let rest = &format[at..];
    if let Some(quote) = ["['", "[\""].iter().find(|quote| rest.starts_with(**quote)) {
        let end = rest[2..].find(&quote[1..])? + 2;
        return plain(at + 2, at + end, rest[2..end].replace('\\', ""));
    }
    let name = rest.strip_prefix('.')?;
    let mut key = String::new();
    let mut letters = name.char_indices();
    let end = loop {
        match letters.next() {
            Some((at, '\\')) => match letters.next() {
                Some((_, letter)) => key.push(letter),
                None => break at,
            },
            Some((_, letter)) if letter.is_alphanumeric() || matches!(letter, '_' | '-') => key.push(letter),
            Some((at, _)) => break at,
            None => break name.len(),
        }
    };
    plain(at + 1, at + 1 + end, key)
}

/// `{{.data.KEY}}`, `{{index .data "KEY"}}`.
fn template_key(format: &str, at: usize) -> Option<(usize, usize, String)> {
    let rest = &format[at..];
    if let Some(quoted) = rest.trim_start().strip_prefix('"') {
        let start = at + rest.len() - quoted.len();
        let end = quoted.find('"')?;
        return plain(start, start + end, quoted[..end].to_owned());
    }
    let name = rest.strip_prefix('.')?;
    let end = name.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(name.len());
    plain(at + 1, at + 1 + end, name[..end].to_owned())
}

fn plain(start: usize, end: usize, key: String) -> Option<(usize, usize, String)> {
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-');
    (!key.is_empty() && key.chars().all(fits)).then_some((start, end, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(format: &str) -> Vec<(String, String)> {
        keys_in(format).into_iter().map(|(start, end, key)| (format[start..end].to_owned(), key)).collect()
    }

    fn same(key: &str) -> Vec<(String, String)> {
        vec![(key.to_owned(), key.to_owned())]
    }

    #[test]
    fn keys_are_found_in_every_form() {
        assert_eq!(keys("jsonpath={.data.LOG_LEVEL}"), same("LOG_LEVEL"));
        assert_eq!(keys("jsonpath='{.data.password}'"), same("password"));
        assert_eq!(keys(r"jsonpath={.data.tls\.crt}"), [(r"tls\.crt".to_owned(), "tls.crt".to_owned())]);
        assert_eq!(keys("jsonpath={.data['app.yaml']}"), same("app.yaml"));
        assert_eq!(keys("go-template={{.data.password | base64decode}}"), same("password"));
        assert_eq!(keys(r#"go-template={{index .data "tls.key"}}"#), same("tls.key"));
        assert_eq!(keys("jsonpath={.data.a}{.data.b}").len(), 2);
    }

    #[test]
    fn what_is_no_key_is_not_found() {
        for format in [
            "yaml",
            "json",
            "jsonpath={.data}",
            "jsonpath={.data.*}",
            "jsonpath={.metadata.name}",
            "jsonpath={.metadata.data.x}",
            "go-template={{range .data}}{{.}}{{end}}",
            "jsonpath={.data[",
            "jsonpath={.data.\\",
            "jsonpath={.dé.data.",
        ] {
            assert_eq!(keys(format), [], "{format}");
        }
    }
}
