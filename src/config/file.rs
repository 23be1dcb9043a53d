//! The tables of `runbooks.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::values::{Misplaced, values};
use super::{LintSettings, SiteSettings, VerifySettings, keys};
use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::model::{Actor, LookUp, Occasion, Rights, Risk, Source, Span, Target, Webhook, WebhookAddress, WebhookForm};

/// What the file says.
pub(super) struct Tables {
    pub(super) site: SiteSettings,
    pub(super) verify: VerifySettings,
    pub(super) lint: LintSettings,
    pub(super) targets: Vec<Target>,
    pub(super) webhooks: Vec<Webhook>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Written {
    site: SiteSettings,
    verify: WrittenVerify,
    lint: LintSettings,
    target: BTreeMap<String, WrittenTarget>,
    webhook: Vec<WrittenWebhook>,
}

#[derive(Deserialize)]
#[serde(try_from = "WebhookFields")]
struct WrittenWebhook {
    address: WebhookAddress,
    fields: WebhookFields,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WebhookFields {
    name: Option<String>,
    url: Option<String>,
    url_env: Option<String>,
    format: WebhookForm,
    events: Vec<Occasion>,
    targets: Vec<String>,
}

impl TryFrom<WebhookFields> for WrittenWebhook {
    type Error = &'static str;

    fn try_from(mut fields: WebhookFields) -> Result<Self, Self::Error> {
        let address = match (fields.url.take(), fields.url_env.take()) {
            (Some(url), None) => WebhookAddress::Url(url),
            (None, Some(name)) => WebhookAddress::Variable(name),
            (None, None) => return Err("a webhook has a `url`, or a `url_env` that names a variable which holds it"),
            (Some(_), Some(_)) => return Err("a webhook has a `url` or a `url_env`, not both"),
        };
        Ok(Self { address, fields })
    }
}

/// How many people an action of high risk needs.
#[derive(Deserialize, Default)]
#[serde(try_from = "u8")]
enum WrittenApproval {
    #[default]
    One,
    Two,
}

impl TryFrom<u8> for WrittenApproval {
    type Error = &'static str;

    fn try_from(people: u8) -> Result<Self, Self::Error> {
        match people {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err("`approve` is 1 or 2: how many people an action of high risk needs"),
        }
    }
}

/// How long something lasts; a day has 24 hours here.
#[derive(Deserialize)]
#[serde(try_from = "jiff::Span")]
struct Length(Duration);

impl TryFrom<jiff::Span> for Length {
    type Error = &'static str;

    fn try_from(span: jiff::Span) -> Result<Self, Self::Error> {
        let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
        let length =
            length.map_err(|_| "months and years are no length of time, for they differ; write days: `30d`")?;
        Duration::try_from(length).map(Self).map_err(|_| "a length of time is not negative")
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WrittenVerify {
    jobs: Option<std::num::NonZeroUsize>,
    stale_after: Option<Length>,
    max_wait: Option<Length>,
    look_up: Vec<LookUp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WrittenTarget {
    title: Option<String>,
    context: Option<String>,
    namespace: Option<String>,
    prometheus: Option<String>,
    max_risk: Option<Risk>,
    protected: bool,
    approve: WrittenApproval,
    allowed: Vec<String>,
    rights: WrittenRights,
    act_as: Option<Actor>,
    runbooks: Vec<String>,
}

/// Whether rights are asked for.
#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum WrittenRights {
    #[default]
    Ask,
    Off,
}

/// Reads the file; an error is one that leaves nothing to work with.
pub(super) fn parse(source: &Arc<Source>) -> Result<(Tables, Vec<Diagnostic>), Box<Diagnostic>> {
    let refused = |title: String, span| {
        let diagnostic = Diagnostic::new("invalid-config", Level::Error, title, source, span);
        Box::new(diagnostic.help("correct this line; nothing was done"))
    };
    let invalid = |error: toml::de::Error| {
        let span = error.span().map_or_else(Span::default, |range| Span::new(range.start, range.end));
        refused(error.message().lines().next().unwrap_or("not TOML").to_owned(), span)
    };
    let tree = DeTable::parse(source.text()).map_err(invalid)?;
    let mut diagnostics = unknown_keys(tree.get_ref(), source);
    diagnostics.extend(unknown_targets(tree.get_ref(), source));
    let written: Written = toml::from_str(source.text()).map_err(invalid)?;
    let mut tables = settle(written);
    for target in &mut tables.targets {
        let params = params_of(&target.name, tree.get_ref(), source.text());
        target.params = params.map_err(|wrong| refused(wrong.value, wrong.span))?;
    }
    tables.targets.sort_by_key(|target| place_of(&target.name, tree.get_ref()));
    Ok((tables, diagnostics))
}

fn settle(written: Written) -> Tables {
    let defaults = VerifySettings::default();
    let verify = VerifySettings {
        jobs: written.verify.jobs.map_or(defaults.jobs, std::num::NonZeroUsize::get),
        stale_after: written.verify.stale_after.map_or(defaults.stale_after, |it| it.0),
        max_wait: written.verify.max_wait.map_or(defaults.max_wait, |it| it.0),
        look_up: written.verify.look_up,
    };
    let targets = written.target.into_iter().map(|(name, target)| settle_target(name, target)).collect();
    let webhooks = (1..).zip(written.webhook).map(|(number, webhook)| settle_webhook(number, webhook)).collect();
    Tables { site: written.site, verify, lint: written.lint, targets, webhooks }
}

fn settle_webhook(number: usize, written: WrittenWebhook) -> Webhook {
    let WrittenWebhook { address, fields } = written;
    let name = fields.name.unwrap_or_else(|| match &address {
        WebhookAddress::Url(_) => number.to_string(),
        WebhookAddress::Variable(name) => name.clone(),
    });
    Webhook { name, address, form: fields.format, occasions: fields.events, targets: fields.targets }
}

/// Returns where a target is first written of, which a map of TOML forgets: `[target.a.params]` may stand before
/// `[target.a]`.
fn place_of(target: &str, tree: &DeTable<'_>) -> Option<usize> {
    let (key, value) = table(tree, "target")?.iter().find(|(key, _)| key.get_ref() == target)?;
    let inner = value.get_ref().as_table().into_iter().flatten().map(|(key, _)| key.span().start);
    inner.chain([key.span().start]).min()
}

fn settle_target(name: String, written: WrittenTarget) -> Target {
    Target {
        name,
        title: written.title,
        context: written.context,
        namespace: written.namespace,
        prometheus: written.prometheus,
        max_risk: written.max_risk,
        protected: written.protected,
        two_people: matches!(written.approve, WrittenApproval::Two),
        allowed: written.allowed,
        rights: match (written.rights, written.act_as) {
            (WrittenRights::Off, _) => Rights::Unasked,
            (WrittenRights::Ask, Some(actor)) => Rights::Of(actor),
            (WrittenRights::Ask, None) => Rights::Own,
        },
        runbooks: written.runbooks,
        // They are read from the tree, which knows how they are written.
        params: BTreeMap::new(),
    }
}

fn params_of(target: &str, tree: &DeTable<'_>, text: &str) -> Result<BTreeMap<String, String>, Misplaced> {
    let described = table(tree, "target").and_then(|targets| table(targets, target));
    let Some(params) = described.and_then(|target| target.get("params")) else { return Ok(BTreeMap::new()) };
    let Some(params) = params.get_ref().as_table() else {
        let span = Span::new(params.span().start, params.span().end);
        return Err(Misplaced::new("`params` is a table of values: `NAME = \"value\"`".to_owned(), span));
    };
    let values = values(params, text)?;
    Ok(values.into_iter().map(|(name, value)| (name, value.value)).collect())
}

fn unknown_keys(tree: &DeTable<'_>, source: &Arc<Source>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    check_keys(tree, &keys::tables(), source, &mut found);
    for name in keys::tables().into_iter().filter(|name| !matches!(*name, "target" | "webhook")) {
        if let Some(table) = table(tree, name) {
            check_keys(table, &keys::of(name), source, &mut found);
        }
    }
    for target in table(tree, "target").into_iter().flatten().filter_map(|(_, value)| value.get_ref().as_table()) {
        check_keys(target, &keys::of("target"), source, &mut found);
    }
    for webhook in webhooks(tree) {
        check_keys(webhook, &keys::of("webhook"), source, &mut found);
    }
    found
}

/// Finds the targets that webhooks name and nobody describes: of their runs, nobody would ever be told.
fn unknown_targets(tree: &DeTable<'_>, source: &Arc<Source>) -> Vec<Diagnostic> {
    let described = || table(tree, "target").into_iter().flatten().map(|(name, _)| name.get_ref().as_ref());
    let lists = webhooks(tree).filter_map(|webhook| webhook.get("targets")?.get_ref().as_array());
    let named = lists.flatten().filter_map(|name| Some((name.span(), name.get_ref().as_str()?)));
    let unknown = named.filter(|(_, name)| described().all(|target| target != *name));
    let diagnostics = unknown.map(|(span, name)| {
        let title = format!("no target is called `{name}`");
        let span = Span::new(span.start, span.end);
        let diagnostic = Diagnostic::new("unknown-target", Level::Warning, title, source, span);
        diagnostic.help(match did_you_mean(name, described()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("describe it under `[target.{name}]`, or take it out"),
        })
    });
    diagnostics.collect()
}

fn webhooks<'a, 'i>(tree: &'a DeTable<'i>) -> impl Iterator<Item = &'a DeTable<'i>> {
    let list = tree.get("webhook").map(toml::Spanned::get_ref).and_then(DeValue::as_array);
    list.into_iter().flatten().filter_map(|value| value.get_ref().as_table())
}

fn table<'a, 'i>(tree: &'a DeTable<'i>, name: &str) -> Option<&'a DeTable<'i>> {
    tree.get(name).map(toml::Spanned::get_ref).and_then(DeValue::as_table)
}

fn check_keys(table: &DeTable<'_>, known: &[&str], source: &Arc<Source>, found: &mut Vec<Diagnostic>) {
    for (key, _) in table {
        let name = key.get_ref().as_ref();
        if known.contains(&name) {
            continue;
        }
        let span = Span::new(key.span().start, key.span().end);
        let diagnostic = Diagnostic::new("unknown-key", Level::Warning, format!("unknown key `{name}`"), source, span)
            .label(format!("expected one of: {}", known.join(", ")));
        found.push(match did_you_mean(name, known.iter().copied()) {
            Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
            None => diagnostic,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Tables, Vec<Diagnostic>), Box<Diagnostic>> {
        parse(&Arc::new(Source::new("runbooks.toml", text)))
    }

    #[test]
    fn a_length_of_time_has_no_months() {
        for text in ["[verify]\nmax_wait = '1mo'\n", "[verify]\nstale_after = '1y'\n", "[verify]\nmax_wait = '-5m'\n"] {
            let error = read(text).err().expect(text);
            let line = error.source.position(error.primary.span.start).line;
            assert_eq!((error.rule, line), ("invalid-config", 2), "{text}");
        }
        let (tables, _) = read("[verify]\nstale_after = '2w'\n").unwrap();
        assert_eq!(tables.verify.stale_after, Duration::from_hours(14 * 24));
    }

    #[test]
    fn a_webhook_names_targets_that_there_are() {
        let text =
            |name: &str| format!("[target.production]\n[[webhook]]\nurl = 'https://x/y'\ntargets = ['{name}']\n");
        assert!(read(&text("production")).unwrap().1.is_empty());
        let (_, diagnostics) = read(&text("prodution")).unwrap();
        let [diagnostic] = &diagnostics[..] else { panic!("{diagnostics:?}") };
        assert_eq!(diagnostic.rule, "unknown-target");
        assert_eq!(diagnostic.source.position(diagnostic.primary.span.start).line, 4);
        assert_eq!(diagnostic.help.as_deref(), Some("did you mean `production`?"));
        assert!(
            read(&text("elsewhere")).unwrap().1[0].help.as_ref().is_some_and(|it| it.contains("[target.elsewhere]"))
        );
    }

    #[test]
    fn a_target_carries_values_of_any_scalar_type() {
        let (tables, diagnostics) = read("[target.a.params]\nREPLICAS = 3\nVERSION = 1.20\nNAME = 'x'\n").unwrap();
        assert!(diagnostics.is_empty());
        let params = &tables.targets[0].params;
        let texts = (params["REPLICAS"].as_str(), params["VERSION"].as_str(), params["NAME"].as_str());
        assert_eq!(texts, ("3", "1.20", "x"));
    }

    #[test]
    fn a_list_is_no_value_of_a_target_and_the_line_is_told() {
        for (text, title) in [
            ("[target.a.params]\nVERSION = [\"1.20\"]\n", "the value of `VERSION` is a list; "),
            ("[target.a.params]\nVERSION = {a = 1}\n", "the value of `VERSION` is a table; "),
            ("[target.a]\nparams = 3\n", "`params` is a table of values"),
        ] {
            let error = read(text).err().expect(text);
            assert!(error.title.starts_with(title), "{}", error.title);
            assert_eq!(error.source.position(error.primary.span.start).line, 2);
        }
    }

    #[test]
    fn an_unknown_key_warns_with_its_place_and_a_suggestion() {
        let (_, diagnostics) = read("[target.a]\nnamspace = 'x'\n").unwrap();
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].source.position(diagnostics[0].primary.span.start).line, 2);
        assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `namespace`?"));
    }

    #[test]
    fn a_target_says_whose_rights_count() {
        let text = "[target.a]\nact_as = 'serviceaccount:ops/deployer'\n[target.b]\nrights = 'off'\n[target.c]\n";
        let (tables, diagnostics) = read(text).unwrap();
        assert!(diagnostics.is_empty());
        let rights = |place: usize| tables.targets[place].rights.clone();
        assert!(matches!(rights(0), Rights::Of(actor) if actor.name == "serviceaccount:ops/deployer"));
        assert_eq!((rights(1), rights(2)), (Rights::Unasked, Rights::Own));
        assert!(read("[target.a]\nact_as = 'serviceaccount:deployer'\n").is_err());
    }

    #[test]
    fn targets_stand_as_they_were_written() {
        let (tables, _) = read("[target.z]\n[target.m.params]\nA = 1\n[target.a]\n[target.m]\ntitle = 'M'\n").unwrap();
        assert_eq!(tables.targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["z", "m", "a"]);
    }

    #[test]
    fn a_webhook_is_at_a_url_or_at_what_a_variable_holds() {
        let text = "[[webhook]]\nurl_env = 'CHANNEL'\nformat = 'slack'\nevents = ['wait', 'end']\ntargets = ['a']\n\n[[webhook]]\nurl = 'https://x/y'\n\n[target.a]\n";
        let (tables, diagnostics) = read(text).unwrap();
        assert!(diagnostics.is_empty());
        let [first, second] = &tables.webhooks[..] else { panic!("{:?}", tables.webhooks) };
        assert_eq!((first.name.as_str(), first.form), ("CHANNEL", WebhookForm::Slack));
        assert_eq!(first.occasions, [Occasion::Wait, Occasion::End]);
        assert_eq!((second.name.as_str(), second.form), ("2", WebhookForm::Json));
        assert!(read("[[webhook]]\nformat = 'slack'\n").is_err(), "it is nowhere");
        assert!(read("[[webhook]]\nurl = 'https://x'\nurl_env = 'X'\n").is_err(), "it is at two places");
        assert!(read("[[webhook]]\nurl = 'https://x'\nevents = ['begin']\n").is_err());
        assert_eq!(read("[[webhook]]\nurl = 'https://x'\nevent = ['end']\n").unwrap().1.len(), 1);
    }

    #[test]
    fn an_action_of_high_risk_needs_one_person_or_two() {
        let two = |text: &str| read(text).map(|(tables, _)| tables.targets[0].two_people).ok();
        assert_eq!(two("[target.a]\napprove = 2\n"), Some(true));
        assert_eq!(two("[target.a]\napprove = 1\n"), Some(false));
        assert_eq!(two("[target.a]\n"), Some(false));
        assert_eq!(two("[target.a]\napprove = 3\n"), None);
    }

    #[test]
    fn evidence_may_count_for_days() {
        let (tables, _) = read("[verify]\nstale_after = '7d'\n").unwrap();
        assert_eq!(tables.verify.stale_after, std::time::Duration::from_hours(7 * 24));
    }

    #[test]
    fn what_else_is_looked_up_is_said_by_name() {
        let (tables, _) = read("[verify]\nlook_up = ['tools', 'urls']\n").unwrap();
        assert_eq!(tables.verify.look_up, [LookUp::Tools, LookUp::Urls]);
        assert!(read("").unwrap().0.verify.look_up.is_empty());
        assert!(read("[verify]\nlook_up = ['tool']\n").is_err());
    }

    #[test]
    fn nobody_waits_longer_than_the_file_says() {
        let (tables, _) = read("[verify]\nmax_wait = '90s'\n").unwrap();
        assert_eq!(tables.verify.max_wait, std::time::Duration::from_secs(90));
        assert_eq!(read("").unwrap().0.verify.max_wait, std::time::Duration::from_mins(5));
    }

    #[test]
    fn a_broken_file_tells_the_line() {
        let diagnostic = read("[site]\ntitle = \n").err().unwrap();
        assert_eq!(diagnostic.source.position(diagnostic.primary.span.start).line, 2);
    }
}
