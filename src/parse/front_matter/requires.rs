//! What must be there before step 1: `requires`.

use crate::model::{Located, Requires, ToolRequirement};

use super::super::findings::Findings;
use super::data::{Data, Node};
use super::params::is_name;
use super::unknown_key;

/// The keys of `requires`.
pub const KEYS: [&str; 3] = ["tools", "access", "env"];

/// Reads `requires`.
pub(super) fn read(node: &Node, findings: &mut Findings) -> Requires {
    let mut requires = Requires::default();
    let entries = match &node.data {
        Data::Map(entries) => entries,
        Data::Null => return requires,
        _ => {
            node.wrong_type("requires", "a table", findings);
            return requires;
        }
    };
    for (key, node) in entries {
        match key.value.as_str() {
            "tools" => {
                let listed = node.list("tools", findings);
                requires.tools = listed.into_iter().filter_map(|text| tool(&text, findings)).collect();
            }
            "access" => requires.access = node.list("access", findings),
            "env" => {
                requires.env = node.list("env", findings);
                requires.env.retain(|name| variable(name, findings));
            }
            unknown => unknown_key(unknown, key.span, "`requires`", &KEYS, findings),
        }
    }
    requires
}

/// Reads `kubectl` or `kubectl>=1.28`.
fn tool(text: &Located<String>, findings: &mut Findings) -> Option<Located<ToolRequirement>> {
    let (name, minimum) = match text.value.split_once(">=") {
        Some((name, minimum)) => (name.trim(), Some(minimum.trim())),
        None => (text.value.trim(), None),
    };
    let good_name = !name.is_empty() && !name.contains(|next: char| next.is_whitespace() || "<>=~^!".contains(next));
    let good_version = minimum.is_none_or(|version| {
        let digits = version.strip_prefix('v').unwrap_or(version);
        digits.starts_with(|first: char| first.is_ascii_digit()) && !digits.contains(char::is_whitespace)
    });
    if good_name && good_version {
        let tool = ToolRequirement { name: name.to_owned(), minimum: minimum.map(str::to_owned) };
        return Some(Located::new(tool, text.span));
    }
    let title = format!("`{}` does not name a tool", text.value);
    findings.add(findings.error("bad-value", text.span, title).help("write `kubectl` or `kubectl>=1.28`"));
    None
}

fn variable(name: &Located<String>, findings: &mut Findings) -> bool {
    let good = is_name(&name.value);
    if !good {
        let title = format!("`{}` cannot be the name of a variable", name.value);
        findings.add(findings.error("bad-name", name.span, title).help("use letters, digits and `_`, a letter first"));
    }
    good
}
