//! The keys of `runbooks.toml`, and what each says.

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The table: `site`, or `target` for `[target.NAME]`.
    pub table: &'static str,
    /// The key.
    pub name: &'static str,
    /// What it says, for people.
    pub says: &'static str,
    /// What holds without it, for people.
    pub without: &'static str,
}

const fn key(table: &'static str, name: &'static str, says: &'static str, without: &'static str) -> Key {
    Key { table, name, says, without }
}

/// The keys there are, in the order in which they are explained.
pub const KEYS: [Key; 29] = [
    key("site", "title", "the name in the header of every page", "`Runbooks`"),
    key("site", "description", "a sentence under it on the first page", "none"),
    key("site", "url", "where the site is published; only sitemap and feeds need it", "there are none"),
    key("site", "theme", "the folder under `themes/`, see [themes](themes.md)", "`default`"),
    key("site", "repository", "where a file can be edited; its path is appended", "no link to edit"),
    key("site", "unsafe_html", "whether raw HTML of the texts is shown as it is, scripts too", "it is made harmless"),
    key("verify", "jobs", "how many runbooks are verified at a time", "8"),
    key("verify", "stale_after", "how long a result counts as fresh on the pages, such as `7d`", "`7d`"),
    key(
        "verify",
        "max_wait",
        "how long one check is waited for at most, for each of its `within` and `for`, whatever its text allows",
        "`5m`",
    ),
    key("verify", "look_up", "what else commands name is looked up: `tools`, `hosts`, `urls`", "none of them"),
    key("lint", "baseline", "the file of findings that are known and held back", "none"),
    key("target", "title", "what people call it", "its name"),
    key("target", "context", "the context of your kubeconfig", "the current one"),
    key("target", "namespace", "the namespace of commands that name none", "that of the context"),
    key("target", "prometheus", "the base URL that `promql` blocks ask", "such blocks are `errored`"),
    key(
        "target",
        "max_risk",
        "the most that `exec --yes` may do: `low`, `medium`, `high`",
        "`--max-risk` alone says so",
    ),
    key("target", "protected", "`exec` wants its name typed, and takes only what is committed", "`false`"),
    key("target", "approve", "how many people an action of high risk needs: 1, or 2", "1"),
    key("target", "allowed", "who may carry out what: globs of runbooks, or `USER: GLOB`", "everybody, everything"),
    key("target", "rights", "`ask` whether the commands would be allowed, or `off`", "`ask`"),
    key(
        "target",
        "act_as",
        "whose rights are asked for: a user, `group:NAME`, `serviceaccount:NAMESPACE/NAME`",
        "the own",
    ),
    key("target", "runbooks", "which runbooks it is for: globs of ids", "all"),
    key("target", "params", "a table of values: `NAME = value`", "none"),
    key(
        "webhook",
        "name",
        "what it is called in what is printed; its address is a secret",
        "its variable, or its number",
    ),
    key("webhook", "url", "where it is", "`url_env`"),
    key("webhook", "url_env", "the variable of the environment that holds its address", "`url`"),
    key("webhook", "format", "`json`, `slack`, `mattermost`, `rocket.chat` or `teams`", "`json`"),
    key("webhook", "events", "what it is told of: `start`, `wait`, `failure`, `undo`, `end`", "all"),
    key("webhook", "targets", "the targets whose runs it is told of", "all"),
];

/// Returns the keys of a table.
pub(super) fn of(table: &str) -> Vec<&'static str> {
    KEYS.iter().filter(|key| key.table == table).map(|key| key.name).collect()
}

/// Returns the tables there are.
pub(super) fn tables() -> Vec<&'static str> {
    let mut tables: Vec<_> = KEYS.iter().map(|key| key.table).collect();
    tables.dedup();
    tables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{SiteSettings, VerifySettings};

    #[test]
    fn what_holds_without_a_key_is_what_is_said() {
        let without = |name: &str| KEYS.iter().find(|key| key.name == name).map(|key| key.without.trim_matches('`'));
        let (site, verify) = (SiteSettings::default(), VerifySettings::default());
        assert_eq!(without("title").map(str::to_owned), Some(site.title));
        assert_eq!(without("theme").map(str::to_owned), Some(site.theme));
        assert_eq!(without("jobs").map(str::to_owned), Some(verify.jobs.to_string()));
        assert_eq!(
            without("stale_after").map(str::to_owned),
            Some(format!("{}d", verify.stale_after.as_secs() / 86_400))
        );
    }
}
