//! Every other language: the syntaxes that come with the highlighter, their scopes reduced to our few classes.

use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::Class;
use super::data::text_with_variables;
use super::painter::Canvas;

/// Longer code is shown without colours: the general highlighter manages about 3 MB a second.
const LONGEST: usize = 64 * 1024;
/// Minified code and embedded data: not worth the time.
const LONGEST_LINE: usize = 2_000;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// Scope prefixes and what they are to us; the first that fits the innermost scope wins.
static CLASSES: LazyLock<Vec<(Scope, Class)>> = LazyLock::new(|| {
    [
        ("comment", Class::Comment),
        ("constant.numeric", Class::Number),
        ("constant.language", Class::Keyword),
        ("constant.character.escape", Class::Number),
        ("string", Class::Text),
        ("punctuation.definition.string", Class::Text),
        ("punctuation.definition.comment", Class::Comment),
        ("keyword.operator", Class::Printed),
        ("keyword", Class::Keyword),
        ("storage", Class::Keyword),
        ("entity.name.function", Class::Function),
        ("support.function", Class::Function),
        ("variable.function", Class::Function),
        ("entity.name.tag", Class::Function),
        ("entity.name", Class::Key),
        ("entity.other.attribute-name", Class::Key),
        ("support.type.property-name", Class::Key),
        ("variable.other.readwrite", Class::Variable),
        ("variable.parameter", Class::Variable),
        ("markup.inserted", Class::Inserted),
        ("markup.deleted", Class::Deleted),
    ]
    .into_iter()
    .filter_map(|(name, class)| Some((Scope::new(name).ok()?, class)))
    .collect()
});

/// Colours code of a language by its name or file extension; a language that is not known stays plain.
pub(super) fn code(painter: &mut impl Canvas, language: &str, code: &str) {
    let fits = code.len() <= LONGEST && code.lines().all(|line| line.len() <= LONGEST_LINE);
    let name = match language {
        "golang" => "go",
        "docker" | "containerfile" => "dockerfile",
        "tf" | "hcl" => "terraform",
        "node" => "js",
        "psql" | "postgresql" | "mysql" => "sql",
        other => other,
    };
    let Some(syntax) = SYNTAXES.find_syntax_by_token(name).filter(|_| fits) else {
        return text_with_variables(painter, code);
    };
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    for line in code.split_inclusive('\n') {
        let Ok(operations) = state.parse_line(line, &SYNTAXES) else {
            painter.plain(line);
            continue;
        };
        let mut done = 0;
        for (at, operation) in operations {
            paint(painter, &stack, &line[done..at]);
            done = at;
            if stack.apply(&operation).is_err() {
                break;
            }
        }
        paint(painter, &stack, &line[done..]);
    }
}

fn paint(painter: &mut impl Canvas, stack: &ScopeStack, text: &str) {
    let class = stack
        .as_slice()
        .iter()
        .rev()
        .find_map(|scope| CLASSES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|&(_, class)| class));
    match class {
        // Operators are as plain as the text around them; the entry keeps them from being taken for keywords.
        None | Some(Class::Printed) => painter.plain(text),
        Some(class) => painter.put(class, text),
    }
}
