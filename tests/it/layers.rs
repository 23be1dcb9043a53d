//! The table of ARCHITECTURE.md against the sources: a module uses only what the table says it may.
//!
//! Reads text, not syntax: `crate::…` and as many `super::` as lead to the crate's root, outside comments and outside
//! modules that are compiled for tests only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::repository;

/// What a module may use.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    All,
    /// Paths below `crate`: `model`, `run::event`.
    Only(BTreeSet<String>),
}

type Table = BTreeMap<String, Allowed>;

/// A source file, as far as layers are concerned.
struct SourceFile {
    /// Below `src`.
    path: PathBuf,
    text: String,
}

#[test]
fn every_module_uses_only_what_the_table_allows() {
    let table = table(&architecture());
    let wrong: Vec<_> = sources().iter().flat_map(|file| violations(&table, file)).collect();
    assert!(wrong.is_empty(), "ARCHITECTURE.md does not allow:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_names_the_modules_there_are() {
    let table: BTreeSet<_> = table(&architecture()).into_keys().collect();
    let modules: BTreeSet<_> = sources().iter().filter_map(|file| module(&file.path)).collect();
    assert_eq!(table, modules, "left: the table of ARCHITECTURE.md, right: src");
}

fn architecture() -> String {
    fs::read_to_string(repository().join("ARCHITECTURE.md")).expect("the map is there")
}

/// Reads the table whose last column is called `may use`.
fn table(text: &str) -> Table {
    let rows = text.lines().skip_while(|line| !(line.starts_with('|') && line.contains("| may use |"))).skip(2);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    rows.take_while(|line| line.starts_with('|'))
        .filter_map(|line| match cells(line).as_slice() {
            [module, .., allowed] => Some((module.trim_matches('`').to_owned(), allowed_in(allowed))),
            _ => None,
        })
        .collect()
}

fn allowed_in(cell: &str) -> Allowed {
    match cell {
        "all" => Allowed::All,
        "–" => Allowed::Only(BTreeSet::new()),
        names => Allowed::Only(names.split(',').map(|name| name.trim().trim_matches('`').to_owned()).collect()),
    }
}

fn violations(table: &Table, file: &SourceFile) -> Vec<String> {
    let Some(module) = module(&file.path) else { return Vec::new() };
    let Some(Allowed::Only(allowed)) = table.get(&module) else { return Vec::new() };
    let is_fine = |used: &str| {
        let inside = |path: &str| used == path || used.starts_with(&format!("{path}::"));
        inside(&module) || allowed.iter().any(|path| inside(path))
    };
    uses(&file.text, depth(&file.path))
        .into_iter()
        .filter(|(_, used)| !is_fine(used))
        .map(|(line, used)| format!("src/{}:{line}: `{module}` uses `{used}`", file.path.display()))
        .collect()
}

/// Returns the module a file belongs to; `None` for `lib.rs` and `main.rs`, which belong to none.
fn module(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then(|| name.to_owned())
}

/// Returns how many `super::` lead from a file to the root of the crate.
fn depth(path: &Path) -> usize {
    let parts = path.components().count();
    if path.ends_with("mod.rs") { parts - 1 } else { parts }
}

/// Returns the paths below the crate's root that a text uses, with their lines; of a path its first two words.
fn uses(text: &str, depth: usize) -> Vec<(usize, String)> {
    let code = code(text);
    let to_root = "super::".repeat(depth);
    let mut found = Vec::new();
    for prefix in ["crate::", to_root.as_str()] {
        for (at, _) in code.match_indices(prefix) {
            let longer = code[..at].ends_with("super::") || code[..at].ends_with(is_word);
            let rest = &code[at + prefix.len()..];
            if !longer && !rest.starts_with("super::") {
                let line = code[..at].matches('\n').count() + 1;
                found.extend(paths(rest).into_iter().map(|path| (line, path)));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

const fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Returns the paths that begin here, in braces or not, cut after two words.
fn paths(text: &str) -> Vec<String> {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        return members(group).into_iter().flat_map(paths).collect();
    }
    let word = |text: &str| text.chars().take_while(|&letter| is_word(letter)).collect::<String>();
    let first = word(text);
    if first.is_empty() {
        return Vec::new();
    }
    let Some(rest) = text[first.len()..].strip_prefix("::") else { return vec![first] };
    let rest = rest.trim_start();
    let seconds = match rest.strip_prefix('{') {
        Some(group) => members(group).into_iter().map(word).collect(),
        None => vec![word(rest)],
    };
    seconds
        .into_iter()
        .map(|second| if second.is_empty() { first.clone() } else { format!("{first}::{second}") })
        .collect()
}

/// Returns the members of a group in braces, of which the opening one is taken off.
fn members(group: &str) -> Vec<&str> {
    let (mut level, mut start, mut found) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => level += 1,
            '}' if level == 0 => {
                found.push(group[start..at].trim());
                break;
            }
            '}' => level -= 1,
            ',' if level == 0 => {
                found.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|member| !member.is_empty());
    found
}

/// Returns a text of which comments and the module of its tests are blank; lines stay where they were.
fn code(text: &str) -> String {
    let mut test_module = false;
    let mut after_attribute = false;
    let mut code = String::new();
    for line in text.lines() {
        // A module at the left margin ends with a brace at the left margin.
        test_module |= after_attribute && line.starts_with("mod ") && line.ends_with('{');
        if !test_module && !line.trim_start().starts_with("//") {
            code.push_str(line);
        }
        test_module &= line != "}";
        after_attribute = line == "#[cfg(test)]" || after_attribute && line.starts_with("#[");
        code.push('\n');
    }
    code
}

/// Returns every source file that is compiled for more than tests.
fn sources() -> Vec<SourceFile> {
    let root = repository().join("src");
    let mut files: Vec<_> = walk(&root)
        .into_iter()
        .map(|path| SourceFile {
            text: fs::read_to_string(&path).expect("a source file is text"),
            path: path.strip_prefix(&root).expect("it was found there").to_owned(),
        })
        .collect();
    let for_tests: Vec<_> = files.iter().flat_map(test_files).collect();
    files.retain(|file| {
        !for_tests.iter().any(|path| file.path.starts_with(path) || file.path == path.with_extension("rs"))
    });
    files
}

/// Returns the modules that a file declares for tests only and that have a file or a folder of their own.
fn test_files(file: &SourceFile) -> Vec<PathBuf> {
    let folder = match file.path.file_name().and_then(|name| name.to_str()) {
        Some("mod.rs" | "lib.rs") => file.path.parent().unwrap_or(Path::new("")).to_owned(),
        _ => file.path.with_extension(""),
    };
    let lines: Vec<_> = file.text.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].split_once("mod ")?.1.strip_suffix(';'))
        .map(|name| folder.join(name))
        .collect()
}

/// Returns every Rust file below a folder.
pub(crate) fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    entries.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|it| it == "rs")).collect()
}

mod the_checker {
    use super::*;

    const TABLE: &str = "\
| module | turns … into … | may use |
| --- | --- | --- |
| `model` | nouns | – |
| `parse` | text | model, diagnostic |
| `report` | events | model, `run::event` |
| `cli` | arguments | all |

| another | table |
";

    fn wrong(path: &str, text: &str) -> Vec<String> {
        violations(&table(TABLE), &SourceFile { path: path.into(), text: text.to_owned() })
    }

    #[test]
    fn reads_the_table() {
        let table = table(TABLE);
        assert_eq!(table.len(), 4);
        assert_eq!(table["model"], Allowed::Only(BTreeSet::new()));
        assert_eq!(table["cli"], Allowed::All);
    }

    #[test]
    fn reports_a_forbidden_use_with_its_line() {
        let found = wrong("parse/info.rs", "use crate::model::Span;\n\nuse crate::run::Event;\n");
        assert_eq!(found, ["src/parse/info.rs:3: `parse` uses `run::Event`"]);
    }

    #[test]
    fn sees_into_braces() {
        let found =
            wrong("parse/mod.rs", "use crate::{\n    model::{Span, Step},\n    site::{page::Page, search},\n};\n");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("`site::page`"), "{found:?}");
    }

    #[test]
    fn sees_a_path_in_the_middle_of_code_and_a_detour_over_super() {
        assert_eq!(wrong("parse/a.rs", "fn f() -> crate::sys::Clock { g() }\n").len(), 1);
        assert_eq!(wrong("parse/a.rs", "use super::super::sys::Clock;\n").len(), 1);
        assert_eq!(wrong("parse/a.rs", "use super::sys::Clock;\n"), Vec::<String>::new());
    }

    #[test]
    fn allows_a_part_of_a_module_and_no_more() {
        assert!(wrong("report/mod.rs", "use crate::run::event::Event;\n").is_empty());
        assert_eq!(wrong("report/mod.rs", "use crate::run::Redactor;\n").len(), 1);
    }

    #[test]
    fn leaves_comments_and_tests_alone() {
        let text = "/// See [`crate::run::Event`].\n#[cfg(test)]\nmod tests {\n    use crate::run::Event;\n}\n";
        assert!(wrong("parse/mod.rs", text).is_empty());
        assert_eq!(wrong("parse/mod.rs", &format!("{text}use crate::run::Event;\n")).len(), 1);
    }

    #[test]
    fn lets_a_module_use_itself_and_the_command_line_everything() {
        assert!(wrong("parse/mod.rs", "use crate::parse::info;\n").is_empty());
        assert!(wrong("cli/mod.rs", "use crate::run::Event;\n").is_empty());
    }

    #[test]
    fn finds_files_that_are_only_for_tests() {
        let file = |path: &str| SourceFile { path: path.into(), text: "#[cfg(test)]\nmod example;\n".to_owned() };
        assert_eq!(test_files(&file("report/mod.rs")), [Path::new("report/example")]);
        assert_eq!(test_files(&file("report/text.rs")), [Path::new("report/text/example")]);
    }
}
