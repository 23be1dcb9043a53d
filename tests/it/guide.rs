//! The pages of the guide that are made from the code, and the tables that must say everything the code knows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use crate::harness::repository;

/// Returns the names in the first column of the tables under a heading of a page of the specification; all, without one.
fn first_column(page: &str, heading: Option<&str>) -> BTreeSet<String> {
    let text = fs::read_to_string(repository().join("tests/spec").join(page)).expect("the page is there");
    let begins =
        heading.map_or(Some(0), |heading| text.find(&format!("\n## {heading}\n"))).expect("the heading is there");
    let text = &text[begins..];
    let lines = tables(text).into_iter().flatten();
    lines.flat_map(|line| line.split('|').nth(1).map(code_words).unwrap_or_default()).collect()
}

/// Returns the tables of a page, each as its rows without head and rule.
fn tables(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with('|') && lines.peek().is_some_and(|next| next.starts_with("| ---")) {
            lines.next();
            found.push(std::iter::from_fn(|| lines.next_if(|row| row.starts_with('|'))).collect());
        }
    }
    found
}

fn code_words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn the_tables_of_the_grammar_name_everything_that_can_be_written() {
    let mut attributes = first_column("attributes.md", None);
    assert!(attributes.insert("match".to_owned()), "match stands with the outputs");
    assert_eq!(attributes, named(runbooks::parse::attributes()));
    assert_eq!(first_column("front-matter.md", None), named(runbooks::parse::FRONT_MATTER_KEYS));
    let params: BTreeSet<_> = named(runbooks::parse::PARAM_KEYS.into_iter().chain(runbooks::parse::REQUIRES_KEYS));
    assert_eq!(first_column("params.md", None), params);
}

/// Compares a page of the site with what it is made from, or writes it anew.
fn hold(name: &str, page: &str) {
    let path = repository().join("content/guide").join(name);
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, page).expect("the page can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "content/guide/{name} is not as the code says; SNAPSHOTS=overwrite rewrites it");
}

#[test]
fn the_page_of_commands_is_what_the_command_line_says() {
    let mut page = String::from(
        "---\ntitle: Commands\ndescription: Every verb, flag and exit code of the command line.\nowner: platform\ntags: \
         [guide, reference]\n---\n\n# Commands\n\nWhat `runbooks VERB --help` prints, in one place. Flags that also come \
         from the environment say so.\n\n## Exit codes {#exit-codes}\n\n| code | means |\n| --- | --- |\n| 0 | all passed |\n| 1 | \
         looked, and found something `failed` or `drifted` |\n| 2 | could not do the job: usage, configuration, files, \
         something `errored`, nothing selected; goes before 1 |\n| 130 | interrupted |\n",
    );
    for verb in runbooks::cli::command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
        describe(verb, "runbooks", 2, &mut page);
    }
    hold("commands.md", &page);
}

fn describe(verb: &clap::Command, above: &str, level: usize, page: &mut String) {
    let name = format!("{above} {}", verb.get_name());
    let anchor = name.replace("runbooks ", "").replace(' ', "-");
    let about = verb.get_long_about().or_else(|| verb.get_about()).map(ToString::to_string).unwrap_or_default();
    let _ = write!(page, "\n{} `{name}` {{#{anchor}}}\n\n{}\n", "#".repeat(level), sentence(&about));
    let arguments: Vec<_> = verb.get_arguments().filter(|argument| !argument.is_hide_set()).collect();
    if !arguments.is_empty() {
        page.push_str("\n| argument | says |\n| --- | --- |\n");
    }
    for argument in arguments {
        let _ = writeln!(page, "| {} | {} |", written(argument), cell(argument));
    }
    if let Some(after) = verb.get_after_long_help().or_else(|| verb.get_after_help()) {
        page.push('\n');
        for line in after.to_string().lines().filter(|line| !line.trim().is_empty()) {
            let _ = match line.strip_prefix("Example: ") {
                Some(example) => writeln!(page, "Example: `{example}`\n"),
                None => writeln!(page, "{}\n", sentence(line)),
            };
        }
        page.truncate(page.trim_end().len());
        page.push('\n');
    }
    for below in verb.get_subcommands() {
        describe(below, &name, level + 1, page);
    }
}

fn written(argument: &clap::Arg) -> String {
    let takes = argument.get_action().takes_values();
    let value = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default();
    let Some(long) = argument.get_long() else {
        return format!("`{value}`");
    };
    let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    if takes { format!("{short}`--{long} {value}`") } else { format!("{short}`--{long}`") }
}

fn cell(argument: &clap::Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut text = sentence(&help.replace('\n', " "));
    let values: Vec<_> = argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        let _ = write!(text, " One of {}.", values.join(", "));
    }
    if let Some(default) = argument.get_default_values().first().filter(|_| argument.get_action().takes_values()) {
        let _ = write!(text, " `{}`, if not given.", default.to_string_lossy());
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(text, " Also `{}`.", variable.to_string_lossy());
    }
    text.replace('|', "\\|")
}

/// Returns the text with a full stop, and nothing in it that Markdown would take for HTML.
fn sentence(text: &str) -> String {
    let text = text.trim().replace('<', "&lt;");
    if text.is_empty() || text.ends_with(['.', ':', '`']) { text } else { text + "." }
}

#[test]
fn the_page_of_the_configuration_is_what_the_code_knows() {
    let mut page = String::from(
        "---\ntitle: Configuration\ndescription: Every key of runbooks.toml.\nowner: platform\ntags: [guide, \
         reference]\n---\n\n# Configuration\n\nNothing has to be configured. `runbooks.toml` stands beside `content/`; the \
         nearest one upward from where you are is read.\nA key that nobody knows is a warning with its line. What a flag \
         or a variable says goes before what stands here.\n",
    );
    let mut last = "";
    for key in runbooks::config::KEYS {
        if key.table != last {
            last = key.table;
            let title = match last {
                "target" => "[target.NAME]".to_owned(),
                "webhook" => "[[webhook]]".to_owned(),
                _ => format!("[{last}]"),
            };
            let _ = write!(
                page,
                "\n## `{title}` {{#{last}}}\n\n{}| key | says | without it |\n| --- | --- | --- |\n",
                before(last)
            );
        }
        let _ = writeln!(page, "| `{}` | {} | {} |", key.name, key.says, key.without);
    }
    hold("configuration.md", &page);
}

fn before(table: &str) -> &'static str {
    match table {
        "target" => {
            "Where runbooks are pointed: one table each, and pages show the first one first. Values of params stand in \
             `[target.NAME.params]`: each is the text that stands there, so `1.20` stays `1.20`; a list or a table is \
             none.\n\n"
        }
        "webhook" => "Who is told of a run while it happens: as many as you like.\n\n",
        _ => "",
    }
}

#[test]
fn the_page_of_the_grammar_is_the_tables_of_its_specification() {
    let mut page = String::from(
        "---\ntitle: Grammar\ndescription: Every role, attribute and key of front matter.\nowner: platform\ntags: [guide, \
         reference]\n---\n\n# Grammar\n\nAn info string is `[language] [role] [attribute=value …] [flag …]`. Roles are \
         `check`, `action` and `output`. Attributes\nthat are unknown, repeated or in the wrong place are errors.\n",
    );
    for (title, file, about) in [
        ("Attributes of every step", "attributes.md", 0),
        ("Attributes of checks", "attributes.md", 1),
        ("Attributes of actions", "attributes.md", 2),
        ("What an output is compared by", "output.md", 0),
        ("Front matter", "front-matter.md", 0),
        ("Params", "params.md", 0),
        ("What must be there first: requires", "params.md", 1),
    ] {
        let text = fs::read_to_string(repository().join("tests/spec").join(file)).expect("the page is there");
        let rows = tables(&text).get(about).cloned().expect("the table is there");
        let head = if file == "output.md" { "`match=` | passes if | default of" } else { "name | says | without it" };
        let _ = write!(page, "\n## {title}\n\n| {head} |\n| --- | --- | --- |\n");
        for row in rows {
            let _ = writeln!(page, "{}", without_links(row));
        }
    }
    hold("grammar.md", &page);
}

/// Links of the specification lead to its own pages.
fn without_links(row: &str) -> String {
    let link = regex::Regex::new(r",? ?(?:see )?\[([^\]]+)\]\([^)]+\)").expect("a good pattern");
    link.replace_all(row, "").into_owned()
}
