//! Finds what the commands of a shell text name.

use crate::model::Span;
use crate::shell::{
    Command, Context, Joint, Nesting, Part, PartKind, RedirectionKind, Script, VariableSet, Word, Wrapper,
};

use super::argument::{Argument, Unknown, expand};
use super::kubectl::{self, Invocation, Program, Release, Setting, Surroundings};
use super::manifest::{entries_of_manifest, sent_by_manifest};
use super::outward::{self, Outward};
use super::problem::Problem;
use super::programs;
use super::question::Question;
use super::scope::Scope;
use super::subject::{Entry, FileUse, Making, NamedFile, Namespace, Presence, Reference, Subject};

mod rounds;

/// What the commands of a text name, and what is wrong with their form.
#[derive(Debug, Clone, Default)]
pub struct Extracted {
    /// The kubectl commands, in order.
    pub invocations: Vec<Invocation>,
    /// What they name and make, in order.
    pub entries: Vec<Entry>,
    /// Verbs and flags that kubectl does not have.
    pub problems: Vec<Problem>,
    /// What they name outside of the cluster and the collection, in order.
    pub outward: Vec<Outward>,
}

impl Extracted {
    /// Returns what must exist, in order.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Reference(reference) => Some(&**reference),
            Entry::Making(_) | Entry::Change(_) | Entry::Sent(_) => None,
        })
    }
}

/// Finds what the commands of a shell text name.
///
/// `scope` carries what the blocks before have set, and is brought up to date. `lookup` gives the values of variables
/// that come from outside: params and what earlier steps captured. `release` is the kubectl that will run the text;
/// without one, only what the newest we know does not have is called unknown or removed.
pub fn references(
    script: &Script,
    scope: &mut Scope,
    lookup: &dyn Fn(&str) -> Option<String>,
    release: Option<Release>,
) -> Extracted {
    let mut sets = script.sets.iter().collect::<Vec<_>>();
    sets.sort_by_key(|set| set.span.start);
    let mut sets = sets.into_iter().peekable();
    let found = Extracted { outward: outward::of_script(script), ..Extracted::default() };
    let mut extractor = Extractor { script, scope, lookup, release, input: None, found };
    for index in 0..script.commands.len() {
        let start = script.commands[index].span.start;
        while let Some(set) = sets.next_if(|set| set.span.start < start) {
            extractor.set(set);
        }
        extractor.rounds(index);
    }
    sets.for_each(|set| extractor.set(set));
    let found = extractor.found;
    scope.leave(script);
    found
}

struct Extractor<'a> {
    script: &'a Script,
    scope: &'a mut Scope,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    release: Option<Release>,
    /// What `xargs` hands the command at hand, where that is known.
    input: Option<Vec<Argument>>,
    found: Extracted,
}

impl Extractor<'_> {
    fn command(&mut self, index: usize) {
        let command = &self.script.commands[index];
        let mut words = self.arguments(command);
        self.files(command, &words);
        let (is_shell, may_fail) = (self.script.errors.is_empty(), may_fail(self.script, index));
        self.found.outward.extend(outward::of_command(command, &words, is_shell, may_fail));
        if words.first().is_none_or(|name| name.unknown.is_some()) {
            return;
        }
        let name = words.remove(0);
        let name = name.text.rsplit('/').next().unwrap_or_default();
        match (Program::named(name), name) {
            (Some(program), _) => self.kubectl(program, index, &words),
            (None, "helm") => {
                let around = self.surroundings(index);
                self.found.entries.extend(super::helm::entries(&words, command.span, &around));
            }
            (None, "cd" | "pushd") => self.scope.enter(command, words.first()),
            (None, "popd") => self.scope.enter(command, None),
            (None, "kubens") => self.switch(command, &words, Subject::Namespace),
            (None, "kubectx") => self.switch(command, &words, Subject::Context),
            _ => {}
        }
    }

    fn set(&mut self, set: &VariableSet) {
        let question = set.value.as_ref().and_then(|word| self.question_of(word));
        self.scope.apply(self.script, set, question, self.lookup);
    }

    /// Returns the question that a word asks which is nothing but a substitution.
    fn question_of(&self, word: &Word) -> Option<Question> {
        let [Part { kind: PartKind::Substitution, span, .. }] = word.parts.as_slice() else { return None };
        self.question_in(*span)
    }

    /// Returns the question that the commands of a substitution ask: those of one pipeline that is understood.
    fn question_in(&self, span: Span) -> Option<Question> {
        let mut inside: Vec<&Command> =
            self.script.commands.iter().filter(|command| span.contains(command.span)).collect();
        let outermost = inside.iter().map(|command| command.nesting.len()).min()?;
        inside.retain(|command| command.nesting.len() == outermost);
        let one = inside.iter().enumerate().all(|(at, command)| {
            let place = command.pipeline.map_or((0, 1), |place| (place.index, place.length));
            place == (at, inside.len()) && command.context == Context::Local && command.via.is_empty()
        });
        if !one || inside.first().is_some_and(|first| self.scope.elsewhere(first).is_some()) {
            return None;
        }
        let pipeline: Vec<_> = inside.iter().map(|command| self.plain_arguments(command)).collect();
        Question::read(&pipeline, self.scope.namespace.as_ref())
            .filter(|question| question.is_complete() && self.scope.context.is_none())
    }

    fn plain_arguments(&self, command: &Command) -> Vec<Argument> {
        let lookup = |name: &str| self.scope.value(name, command, self.lookup);
        command.words.iter().flat_map(|word| expand(word, &lookup)).collect()
    }

    /// Returns the arguments of a word. Of one that is not known, what the cluster can be asked for is said.
    fn expanded(&self, word: &Word, command: &Command) -> Vec<Argument> {
        let lookup = |name: &str| self.scope.value(name, command, self.lookup);
        let mut arguments = expand(word, &lookup);
        let [argument] = arguments.as_mut_slice() else { return arguments };
        if !matches!(argument.unknown, Some(Unknown::Variable(_) | Unknown::Computed)) {
            return arguments;
        }
        if let Some(question) = self.asked(word, command, &lookup)
            && (argument.text.is_empty() || !question.with_kind)
        {
            if question.with_kind {
                argument.text = format!("{}/", question.kind);
            }
            argument.unknown = Some(Unknown::Asked(Box::new(question)));
        }
        arguments
    }

    /// Returns the question in a word, with the text that follows it.
    fn asked(&self, word: &Word, command: &Command, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Question> {
        let is_known = |part: &Part| Word { span: part.span, parts: vec![part.clone()] }.known(lookup);
        let at = word.parts.iter().position(|part| is_known(part).is_none())?;
        let mut question = match &word.parts[at].kind {
            PartKind::Variable { name, changed: false, default: None } => self.scope.question(name, command)?.clone(),
            PartKind::Substitution => self.question_in(word.parts[at].span)?,
            _ => return None,
        };
        let rest: Option<String> = word.parts[at + 1..].iter().map(is_known).collect();
        question.suffix = rest?;
        Some(question)
    }

    fn arguments(&self, command: &Command) -> Vec<Argument> {
        let mut arguments: Vec<_> = command.words.iter().flat_map(|word| self.expanded(word, command)).collect();
        match (self.input_marker(command), &self.input) {
            (Some(marker), Some(input)) => take_over(&mut arguments, &marker, input),
            (Some(marker), None) => arguments.iter_mut().for_each(|argument| cut_at(argument, &marker)),
            (None, _) => {}
        }
        arguments
    }

    /// Returns what stands for an argument from the input: `{}` under `find`, what `-I` says under `xargs`.
    fn input_marker(&self, command: &Command) -> Option<String> {
        if !command.via.iter().any(|wrapper| matches!(wrapper, Wrapper::Xargs | Wrapper::Find)) {
            return None;
        }
        let carrier = self.script.commands.get(command.parent?)?;
        let words: Vec<String> = carrier.words.iter().filter_map(crate::shell::Word::literal).collect();
        let flag = words.iter().position(|word| word.starts_with("-I") || word == "--replace");
        let written = flag.and_then(|at| match words[at].strip_prefix("-I") {
            Some("") => words.get(at + 1).cloned(),
            Some(marker) => Some(marker.to_owned()),
            None => None,
        });
        Some(written.filter(|marker| !marker.is_empty()).unwrap_or_else(|| "{}".to_owned()))
    }

    fn kubectl(&mut self, program: Program, index: usize, words: &[Argument]) {
        let command = &self.script.commands[index];
        let marked = words.iter().any(|word| word.unknown == Some(Unknown::Input));
        let open_ended = command.takes_more_arguments() && !marked && self.input.is_none();
        let setting = Setting { program, span: command.span, open_ended, release: self.release };
        let parsed = kubectl::parse(setting, words);
        let surroundings = self.surroundings(index);
        let entries = kubectl::mentions(&parsed.invocation, &surroundings);
        self.found.problems.extend(parsed.problems);
        self.found.entries.extend(entries);
        self.manifest(index, &parsed.invocation, &surroundings);
        self.follow(&parsed.invocation);
        self.found.invocations.push(parsed.invocation);
    }

    /// Adds the files that a command names, and those it leaves behind.
    fn files(&mut self, command: &Command, words: &[Argument]) {
        let targets: Vec<Argument> = command
            .redirections
            .iter()
            .map(|redirection| {
                let all = self.expanded(&redirection.target, command);
                all.into_iter().next().unwrap_or_default()
            })
            .collect();
        let files = programs::files(command, words, &targets);
        let folder = self.scope.folder(command);
        for (path, usage) in files.read {
            let file = NamedFile {
                path,
                folder: folder.clone().ok().flatten(),
                usage,
                kustomized: usage == FileUse::Kustomization,
                sending: None,
            };
            let mut reference = Reference::required(command.span, Subject::File(file));
            reference.elsewhere = match command.context {
                Context::Local => folder.clone().err(),
                Context::Container => Some(Unknown::Elsewhere("inside a container".to_owned())),
                Context::Remote => Some(Unknown::Elsewhere("on another machine".to_owned())),
            };
            self.found.entries.push(Entry::Reference(Box::new(reference)));
        }
        if command.context != Context::Local {
            return;
        }
        for path in files.written.iter().filter_map(|path| path.known().ok()) {
            let path = match &folder {
                Ok(Some(folder)) => format!("{folder}/{path}"),
                _ => path.to_owned(),
            };
            self.found.entries.push(Entry::Making(Making::File(path)));
        }
        if files.unpacks {
            self.found.entries.push(Entry::Making(Making::AnyFiles));
        }
    }

    fn surroundings(&self, index: usize) -> Surroundings {
        let command = &self.script.commands[index];
        let elsewhere = match command.context {
            Context::Local => self.scope.elsewhere(command),
            Context::Container => Some(Unknown::Elsewhere("inside a container".to_owned())),
            Context::Remote => Some(Unknown::Elsewhere("on another machine".to_owned())),
        };
        Surroundings {
            folder: self.scope.folder(command),
            namespace: self.scope.namespace.clone(),
            context: self.scope.context.clone(),
            elsewhere,
            may_fail: may_fail(self.script, index),
        }
    }

    /// Adds the objects of a manifest that is fed to `-f -`.
    fn manifest(&mut self, index: usize, invocation: &Invocation, surroundings: &Surroundings) {
        let Some(file) = invocation.values("filename").into_iter().find(|file| file.is("-")) else { return };
        let Some(body) = self.input(index) else { return };
        let makes = matches!(invocation.path(), "apply" | "create" | "replace" | "run");
        let text = self.text(&self.script.commands[index], body);
        if self.is_known(&self.script.commands[index], body) && surroundings.elsewhere.is_none() {
            let namespace = invocation.value("namespace").or(surroundings.namespace.as_ref()).cloned();
            let namespace = namespace.map_or(Namespace::Default, Namespace::Named);
            let sending = kubectl::sending(invocation, namespace).filter(|_| !surroundings.may_fail);
            let sent = sending.iter().flat_map(|sending| sent_by_manifest(&text, file.span, invocation.span, sending));
            self.found.entries.extend(sent.map(|sent| Entry::Sent(Box::new(sent))));
        }
        for mut entry in entries_of_manifest(&text, file.span, makes) {
            if let Entry::Reference(reference) = &mut entry {
                reference.command = invocation.span;
                reference.elsewhere.clone_from(&surroundings.elsewhere);
                reference.removes = invocation.path() == "delete";
                if surroundings.may_fail || invocation.is_set("ignore-not-found") || invocation.path() == "diff" {
                    reference.presence = Presence::Optional;
                }
            }
            self.found.entries.push(entry);
        }
    }

    /// Returns the here-document that a command reads, its own or that of the `cat` before it in the pipeline.
    fn input(&self, index: usize) -> Option<&[Part]> {
        let commands = &self.script.commands;
        let own = here_document(&commands[index]);
        own.or_else(|| {
            let place = commands[index].pipeline.filter(|place| place.index > 0)?;
            let before = commands[..index].iter().rev();
            let source = before.filter(|command| command.parent == commands[index].parent).take(place.index);
            source.into_iter().find_map(here_document)
        })
    }

    /// Returns whether all of a text is known before the command runs.
    fn is_known(&self, command: &Command, parts: &[Part]) -> bool {
        parts.iter().all(|part| match &part.kind {
            PartKind::Literal(_) => true,
            PartKind::Variable { name, changed: false, .. } => self.scope.value(name, command, self.lookup).is_some(),
            _ => false,
        })
    }

    fn text(&self, command: &Command, parts: &[Part]) -> String {
        let mut text = String::new();
        for part in parts {
            match &part.kind {
                PartKind::Literal(literal) => text.push_str(literal),
                PartKind::Variable { name, changed: false, .. } => {
                    text.push_str(
                        &self.scope.value(name, command, self.lookup).unwrap_or_else(|| "unknown".to_owned()),
                    );
                }
                _ => text.push_str("unknown"),
            }
        }
        text
    }

    /// Brings the scope up to date behind a command that changes where later commands look.
    fn follow(&mut self, invocation: &Invocation) {
        let first = invocation.positionals.first().cloned();
        match invocation.path() {
            "config set-context" if invocation.is_set("current") => {
                self.scope.namespace = invocation.value("namespace").cloned().or(self.scope.namespace.take());
            }
            "config use-context" => self.scope.context = first,
            "project" | "new-project" => self.scope.namespace = first.or(self.scope.namespace.take()),
            _ => match &invocation.verb {
                kubectl::VerbWord::Plugin(name) if name == "ns" => self.scope.namespace = first,
                kubectl::VerbWord::Plugin(name) if name == "ctx" => self.scope.context = first,
                _ => {}
            },
        }
    }

    fn switch(&mut self, command: &Command, words: &[Argument], subject: fn(Argument) -> Subject) {
        let Some(name) = words.first().filter(|name| !name.text.starts_with('-')) else { return };
        let subject = subject(name.clone());
        let place =
            if matches!(subject, Subject::Namespace(_)) { &mut self.scope.namespace } else { &mut self.scope.context };
        *place = Some(name.clone());
        self.found.entries.push(Entry::Reference(Box::new(Reference::required(command.span, subject))));
    }
}

/// Says that what stands in place of a marker comes from the input.
fn cut_at(argument: &mut Argument, marker: &str) {
    if let Some(at) = argument.text.find(marker) {
        let span = argument.span;
        *argument = argument.take(at).with_unknown(Some(Unknown::Input));
        argument.span = span;
    }
}

/// Puts the input where the marker stands, or behind all arguments.
fn take_over(arguments: &mut Vec<Argument>, marker: &str, input: &[Argument]) {
    let marked = arguments.iter().any(|argument| argument.text.contains(marker));
    for argument in arguments.iter_mut().filter(|argument| argument.text.contains(marker)) {
        let Some(first) = input.first() else { continue };
        *argument = Argument::implied(argument.text.replace(marker, &first.text), first.span);
    }
    if !marked {
        arguments.extend(input.iter().cloned());
    }
}

fn here_document(command: &Command) -> Option<&[Part]> {
    let redirection = command
        .redirections
        .iter()
        .rfind(|redirection| matches!(redirection.kind, RedirectionKind::HereDocument | RedirectionKind::HereString))?;
    Some(redirection.body.as_ref().map_or(redirection.target.parts.as_slice(), |body| body.parts.as_slice()))
}

/// Returns whether the text says what happens when a command fails, so that it may.
fn may_fail(script: &Script, index: usize) -> bool {
    let command = &script.commands[index];
    if command.negated || command.nesting.contains(&Nesting::Condition) {
        return true;
    }
    let level = command.nesting.len();
    let behind = script.commands[index + 1..].iter().filter(|next| next.parent == command.parent);
    let mut behind = behind.skip_while(|next| next.joint == Joint::Pipe || next.nesting.len() > level);
    behind.next().is_some_and(|next| next.joint == Joint::Or)
}

/// Returns whether inline code is a kubectl command that says enough to be looked up: a verb and something for it.
///
/// `kubectl` and `kubectl get` are words about kubectl; `kubectl get pods` is a command.
pub fn is_command(text: &str) -> bool {
    let extracted = references(&crate::shell::parse(text), &mut Scope::default(), &|_| None, None);
    let Some(first) = extracted.invocations.first() else { return false };
    // `kubectl describe -f` speaks of the flag.
    let has_problems = extracted.problems.iter().any(|problem| problem.rule != "missing-value");
    let mentions = extracted.references().any(|reference| reference.subject.is_name()) || has_problems;
    let begins = first.span.start <= text.len() - text.trim_start().len() + 1;
    let named = matches!(first.verb, kubectl::VerbWord::Known(_)) || has_problems;
    begins && named && (mentions || !first.positionals.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(first: &str, second: &str) -> (Extracted, Extracted) {
        let mut scope = Scope::default();
        let first = references(&crate::shell::parse(first), &mut scope, &|_| None, None);
        (first, references(&crate::shell::parse(second), &mut scope, &|_| None, None))
    }

    fn names(extracted: &Extracted) -> Vec<Result<String, String>> {
        let subjects = extracted.references().map(|reference| &reference.subject);
        let known = |name: &Argument| name.known().map(str::to_owned).map_err(ToString::to_string);
        subjects
            .filter_map(|subject| match subject {
                Subject::Object(object) => Some(known(&object.name)),
                Subject::Namespace(name) => Some(known(name)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn inline_code_that_names_something_is_a_command() {
        for text in [
            "kubectl get pods",
            "k -n shop get deploy/api",
            "kubectl version --short",
            "oc logs api-0",
            "kubectl create ns fresh",
            "kubectl apply -f x.yaml",
            "kubectl rollout staus deploy/x",
        ] {
            assert!(is_command(text), "{text}");
        }
    }

    #[test]
    fn words_about_kubectl_are_no_commands() {
        for text in [
            "kubectl",
            "kubectl get",
            "kubectl rollout restart",
            "kubectl logs -f",
            "kubectl describe -f",
            "kubectl run -i/-it",
            "kubectl foo bar",
            "get pods",
            "kubelet",
            "",
            "use kubectl get pods",
        ] {
            assert!(!is_command(text), "{text}");
        }
    }

    #[test]
    fn what_one_block_sets_the_next_one_knows() {
        let (_, found) = both("NS=shop", "kubectl -n $NS get deploy api");
        assert_eq!(names(&found), [Ok("shop".to_owned()), Ok("api".to_owned())]);
    }

    #[test]
    fn what_may_not_have_been_set_is_unknown_in_the_next_block() {
        for text in ["if true; then NS=a; fi", "true && NS=a", "(NS=a)", "for NS in a b; do :; done", "NS=$(date)"] {
            let (_, found) = both(text, "kubectl -n $NS get pods");
            assert_eq!(names(&found), [Err("needs $NS".to_owned())], "{text}");
        }
    }

    #[test]
    fn a_value_set_in_a_branch_is_known_in_it() {
        let (found, _) = both("if true; then NS=a; kubectl -n $NS get pods; fi", "");
        assert_eq!(names(&found), [Ok("a".to_owned())]);
        let (found, _) = both("cd /tmp && NS=a && kubectl -n $NS get pods", "");
        assert_eq!(names(&found), [Ok("a".to_owned())]);
    }

    #[test]
    fn a_default_namespace_that_was_set_holds_for_later_blocks() {
        let (_, found) = both("kubectl config set-context --current --namespace shop", "kubectl get deploy api");
        let object = found.references().find_map(|reference| reference.subject.namespace().cloned());
        assert!(matches!(object, Some(crate::reference::Namespace::Named(name)) if name.is("shop")));
    }

    #[test]
    fn the_release_decides_which_flags_there_are() {
        let script =
            crate::shell::parse("kubectl drain n --delete-local-data; kubectl autoscale deploy a --cpu=80% --max 3");
        let rules = |release| {
            let found = references(&script, &mut Scope::default(), &|_| None, Some(Release::new(release)));
            found.problems.iter().map(|problem| problem.rule).collect::<Vec<_>>()
        };
        assert_eq!(rules(30), ["unknown-flag"]);
        assert_eq!(rules(36), ["removed-flag"]);
        assert_eq!(rules(33), ["removed-flag", "unknown-flag"]);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_arguments_never_panic(texts in proptest::collection::vec(".{0,12}", 0..8), open_ended: bool) {
            let arguments: Vec<Argument> = texts.iter().map(|text| Argument::literal(text.as_str(), 8)).collect();
            for program in [Program::Kubectl, Program::Oc] {
                let setting = Setting { program, span: crate::model::Span::new(0, 99), open_ended, release: None };
                let parsed = kubectl::parse(setting, &arguments);
                kubectl::mentions(&parsed.invocation, &Surroundings::default());
            }
        }

        #[test]
        fn arbitrary_words_of_kubectl_never_panic(words in proptest::collection::vec(
            proptest::sample::select(vec![
                "get", "-n", "-nx", "-n=", "--", "-", "--namespace", "--namespace=é", "pods", "deploy/", "/x", "a/b/c", "po,,svc",
                "-it", "-é", "–n", "—all", "--=x", "=", "exec", "logs", "cp", "x:y", ":", "set", "image", "a=", "=b", "-l", "app in (",
                "rollout", "status", "create", "job", "--from=", "--from=a/", "config", "use-context", "$X", "$X/y", "{a,b}", "adm",
                "run", "label", "k-", "wait", "--for=delete", "apply", "-f", "-", "top", "explain", ".", "drain", "rsh", "project", "''",
            ]), 0..12), program in proptest::sample::select(vec!["kubectl", "oc", "k"])) {
            let text = format!("{program} {}", words.join(" "));
            let found = references(&crate::shell::parse(&text), &mut Scope::default(), &|_| None, None);
            for span in found.references().map(|reference| reference.subject.span()).chain(found.problems.iter().map(|problem| problem.span)) {
                proptest::prop_assert!(text.get(span.start..span.end).is_some(), "{} {:?}", text, span);
            }
        }
    }
}
