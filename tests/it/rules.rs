//! The table of rules against the sources, its reference page, and what `lint` does with findings.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use regex::Regex;
use runbooks::diagnostic::Level;
use runbooks::lint::{Family, RULES};

use crate::harness::{Collection, repository};
use crate::layers::walk;

#[test]
fn every_rule_is_in_the_table_and_every_entry_is_a_rule() {
    let known: BTreeSet<_> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    let mut written = BTreeSet::new();
    for path in walk(&repository().join("src")) {
        let place = path.display().to_string();
        if place.contains("/lint/rules/") || place.contains("/tests") || place.ends_with("/report/example.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file is text");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        written.extend(literals(code));
    }
    let named: BTreeSet<_> = told(&written);
    let missing: Vec<_> = named.difference(&known).collect();
    assert!(missing.is_empty(), "these are told and not explained: {missing:?}");
    let all: BTreeSet<_> = written.iter().map(|(_, name)| name.clone()).collect();
    let unused: Vec<_> = known.difference(&all).collect();
    assert!(unused.is_empty(), "nothing tells these: {unused:?}");
}

/// Returns the words in quotes, each with the code before it.
fn literals(code: &str) -> Vec<(String, String)> {
    let pattern = Regex::new(r#""([a-z]+(?:-[a-z]+)*)""#).expect("a good pattern");
    let before = |at: usize| code[code.floor_char_boundary(at.saturating_sub(60))..at].to_owned();
    pattern
        .captures_iter(code)
        .filter_map(|found| Some((before(found.get(0)?.start()), found.get(1)?.as_str().to_owned())))
        .collect()
}

/// Returns those that stand where the name of a rule stands.
fn told(written: &BTreeSet<(String, String)>) -> BTreeSet<String> {
    let rule = Regex::new(
        r"(?x) (Diagnostic::new|\bdrifted|\berrored|findings\.error|findings\.warning|\bproblem|finding)\(\s*$
        | \bOutcome::\w+,\s*$ | rule:\s$ | \bheld\(step,\ typed,\ $",
    )
    .expect("a good pattern");
    // `problem("x", …)` of other modules, and words of expressions.
    let others = ["failed", "value"];
    let names = written.iter().filter(|(before, _)| rule.is_match(before)).map(|(_, name)| name.clone());
    names.filter(|name| !others.contains(&name.as_str())).collect()
}

#[test]
fn the_reference_page_is_made_from_the_table() {
    let path = repository().join("content/reference/rules.md");
    let page = page();
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "content/reference/rules.md is not as the table says; SNAPSHOTS=overwrite rewrites it");
}

fn page() -> String {
    let mut page = String::from(
        "---\ntitle: Rules\ndescription: What lint and verify find, why it matters and what to do about it.\nowner: \
         platform\ntags: [reference, lint]\n---\n\n# Rules\n\nEvery finding carries the name of its rule. `runbooks lint \
         --explain RULE` prints what stands here; `--list-rules` prints\nthe names.\n\nWhere a rule is wrong in one \
         place, say so right before the block or line:\n\n```markdown\n<!-- runbooks: allow RULE because REASON \
         -->\n```\n\nA permission without a reason, for a rule that does not exist, or that nothing needs is a finding \
         itself. What keeps a\nstep from running safely cannot be allowed.\n",
    );
    let families = [
        (Family::Commands, "Commands", "Found by `lint`, in the commands as they are written."),
        (Family::Grammar, "Grammar", "Found by every verb that reads the texts. Errors keep the page from running."),
        (Family::Pages, "Pages", "Found when the site is made."),
        (Family::World, "World", "Found by `verify` and `exec`: what is there, and what came."),
        (Family::Alerts, "Alerts", "Found by `alerts`: what alert rules and pages say of each other."),
    ];
    for (family, heading, what) in families {
        let _ = write!(page, "\n## {heading}\n\n{what}\n");
        for rule in RULES.iter().filter(|rule| rule.family == family) {
            let level = match rule.level {
                Level::Hint => "hint",
                Level::Warning => "warning",
                Level::Error => "error",
            };
            let allowed = if rule.allowed { ", can be allowed" } else { "" };
            let level = if family == Family::World { String::new() } else { format!(" ({level}{allowed})") };
            let _ =
                write!(page, "\n### {}\n\n{}{level}.\n\n{}\n", rule.name, first_upper(rule.summary), rule.explanation);
        }
    }
    page
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

const MESSY: &str = "# A\n\n```bash\nkubectl get pods –n x \\ \n  -o wide\nkubectl get logs web-0\n```\n";

#[test]
fn fix_writes_only_when_asked_and_only_what_is_safe() {
    let collection = Collection::empty().with("a.md", MESSY);
    collection.run("lint").done().exits(1);
    assert_eq!(collection.text("a.md"), MESSY);
    let done = collection.run("lint --fix").done().exits(1);
    assert!(done.stderr.contains("mended 2 in a.md"), "{done}");
    let mended = MESSY.replace('–', "-").replace("\\ \n", "\\\n");
    assert_eq!(collection.text("a.md"), mended);
    let done = collection.run("lint --fix").done().exits(1);
    assert!(!done.stderr.contains("mended"), "{done}");
}

#[test]
fn a_baseline_holds_back_what_is_known_and_nothing_else() {
    let collection = Collection::empty().with("a.md", MESSY);
    collection.run("lint --write-baseline").done().exits(0);
    collection.write("runbooks.toml", "[lint]\nbaseline = \"lint-baseline.json\"\n");
    collection.write("a.md", &format!("# More\n\nText.\n\n{MESSY}"));
    collection.run("lint --fail-on hint").done().exits(0);
    collection.write("a.md", &format!("{MESSY}\n```bash\nkubectl get logs web-1\n```\n"));
    let done = collection.run("lint").done().exits(1);
    assert!(done.stderr.contains("1 errors, 0 warnings") && done.stderr.contains("held back"), "{done}");
    collection.write("a.md", "# A\n");
    let done = collection.run("lint").done().exits(0);
    assert!(done.stderr.contains("of it are mended"), "{done}");
}

#[test]
fn the_level_that_fails_is_chosen() {
    let collection = Collection::empty().with("a.md", "```bash\nkubectl get psp\n```\n");
    collection.run("lint").done().exits(0);
    collection.run("lint --fail-on warning").done().exits(1);
}

#[test]
fn a_rule_is_explained_and_a_mistyped_one_suggested() {
    let collection = Collection::empty();
    let done = collection.run("lint --explain missing-dashes").done().exits(0);
    assert!(done.stdout.starts_with("missing-dashes (error): "), "{done}");
    assert!(done.stdout.contains("runbooks: allow missing-dashes because"), "{done}");
    let done = collection.run("lint --explain mising-dashes").done().exits(2);
    assert!(done.stderr.contains("did you mean `missing-dashes`?"), "{done}");
    let done = collection.run("lint --list-rules").done().exits(0);
    assert_eq!(done.stdout.lines().count(), RULES.len());
}

#[test]
fn the_shipped_runbooks_have_nothing_wrong() {
    let done = Collection::shipped().run("lint --fail-on hint").done();
    assert!(done.code == Some(0), "{done}");
}
