//! Code → HTML with short classes, by small lexers of our own; only languages without one go to the general highlighter.
//!
//! Colouring is the greatest cost of building a site of runbooks, so the languages that runbooks are written in are
//! lexed here in one pass, without regular expressions.

mod data;
mod general;
mod http;
mod painter;
mod promql;
mod shell;

use super::text::escape;
use super::values::{self, Filling, Grammar};
use painter::Painter;

/// What a piece of code is; the theme gives each a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Words of the language: `if`, `for`, `true`.
    Keyword,
    /// What is called: a command, a function.
    Function,
    /// `--flag`.
    Flag,
    /// Quoted text.
    Text,
    /// A remark.
    Comment,
    /// Numbers, dates and other constants.
    Number,
    /// `$NAME`, `${NAME}`.
    Variable,
    /// `<pod-name>`: to be filled in by the reader.
    Placeholder,
    /// The name of a value: a YAML or JSON key, a header, a label.
    Key,
    /// What a terminal shows before a command; never copied.
    Prompt,
    /// What a command printed; never copied.
    Printed,
    /// A line that a diff adds.
    Inserted,
    /// A line that a diff takes away.
    Deleted,
}

impl Class {
    /// Returns whether it shows in the ink alone, so that a space in it looks as any other.
    const fn is_ink(self) -> bool {
        matches!(self, Self::Keyword | Self::Function | Self::Flag | Self::Text | Self::Number | Self::Key)
    }

    /// Returns the element for code of this class, and the tag that opens it. A page holds hundreds of them: the most
    /// frequent have elements of their own, all are written without quotes.
    pub(crate) const fn element(self) -> (&'static str, &'static str) {
        match self {
            Self::Function => ("b", "<b>"),
            Self::Flag => ("i", "<i>"),
            Self::Key => ("u", "<u>"),
            Self::Keyword => ("b", "<b class=k>"),
            Self::Text => ("b", "<b class=s>"),
            Self::Comment => ("b", "<b class=c>"),
            Self::Number => ("b", "<b class=n>"),
            Self::Variable => ("b", "<b class=v>"),
            Self::Placeholder => ("b", "<b class=p>"),
            Self::Prompt => ("b", "<b class=e>"),
            Self::Printed => ("b", "<b class=g>"),
            Self::Inserted => ("b", "<b class=a>"),
            Self::Deleted => ("b", "<b class=d>"),
        }
    }
}

/// Returns `code` as HTML, coloured as `language`; without one, placeholders alone are marked.
pub(crate) fn html(language: &str, code: &str) -> String {
    let mut painter = Painter::new(code.len() * 2, None);
    paint(&mut painter, language, code);
    painter.finish()
}

/// Code as HTML in which values are filled in.
#[derive(Debug)]
pub(crate) struct Filled {
    /// The code, after the lines that set what cannot stand in it.
    pub(crate) html: String,
    /// The variables it reads where no value can stand for them.
    pub(crate) reads: Vec<String>,
}

/// Returns `code` as HTML with values filled in.
pub(crate) fn filled(language: &str, code: &str, mut filling: Filling) -> Filled {
    let names: Vec<(String, Option<String>)> =
        filling.names().map(|(name, value)| (name.to_owned(), value.map(str::to_owned))).collect();
    let shell = filling.grammar == Grammar::Shell;
    let apart = if shell { filling.set_apart(code) } else { Vec::new() };
    let mut painter = Painter::new(code.len() * 2, Some(&filling));
    paint(&mut painter, language, code);
    let places = painter.filled();
    let mut html = painter.finish();
    let mut reads = Vec::new();
    let mut lines = String::new();
    for (name, value) in names.iter().filter(|_| shell) {
        let elsewhere =
            apart.contains(name) || values::mentions(code, name) > places.iter().filter(|place| *place == name).count();
        if elsewhere {
            reads.push(name.clone());
        }
        if let Some(value) = value.as_ref().filter(|value| elsewhere || !values::is_harmless(value)) {
            lines.push_str(&format!("<b class=x>export {name}={}\n</b>", escape(&values::quoted(value))));
        }
    }
    html.insert_str(0, &lines);
    Filled { html, reads }
}

fn paint(painter: &mut Painter<'_>, language: &str, code: &str) {
    match language {
        "bash" | "sh" | "shell" | "zsh" | "ksh" | "shellscript" | "shel" | "/bin/sh" | "/bin/bash" => {
            shell::script_or_session(painter, code);
        }
        "console" | "shell-session" | "sh-session" | "terminal" | "bash-session" => shell::session(painter, code),
        "yaml" | "yml" | "helm" => data::yaml(painter, code),
        "json" | "jsonc" | "json5" | "ndjson" | "jsonl" => data::json(painter, code),
        "promql" => promql::query(painter, code),
        "http" => http::message(painter, code),
        "diff" | "patch" => data::diff(painter, code),
        "ini" | "properties" | "dotenv" | "env" | "conf" | "toml" => data::ini(painter, code),
        "" | "text" | "txt" | "plain" | "plaintext" | "output" | "log" | "logs" | "none" => {
            shell::placeholders_in_text(painter, code);
        }
        other => general::code(painter, other, code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visible(html: &str) -> String {
        let mut text = String::new();
        let mut inside = false;
        for letter in html.chars() {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => text.push(letter),
                _ => {}
            }
        }
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    }

    #[test]
    fn no_language_loses_or_adds_a_character() {
        let code = "a: \"b\" # c\n<x-y> ${Z:-1} 'q\\'' {\"k\": [1, true]} | --f=$(ls `p`) && x\nEOF <<EOF\n한글 é\n\t{{ .V }}\n-- +\n";
        for language in
            ["bash", "console", "yaml", "json", "promql", "http", "diff", "ini", "", "sql", "python", "rust"]
        {
            assert_eq!(visible(&html(language, code)), code, "{language}");
        }
    }

    #[test]
    fn flags_variables_and_placeholders_of_a_command_are_told_apart() {
        assert_eq!(
            html("bash", "kubectl get pod <pod-name> --namespace \"$NS\" # see\n"),
            "<b>kubectl get</b> pod <b class=p>&lt;pod-name&gt;</b> <i>--namespace</i> <b class=s>\"</b><b class=v>$NS</b>\
             <b class=s>\"</b> <b class=c># see</b>\n"
        );
    }

    #[test]
    fn prompts_and_what_was_printed_are_marked_so_that_copying_leaves_them_out() {
        assert_eq!(
            html("bash", "$ ls \\\n> -l\na.md\n"),
            "<b class=e>$ </b><b>ls</b> \\\n<b class=e>&gt; </b><i>-l</i>\n<b class=g>a.md\n</b>"
        );
    }

    #[test]
    fn keys_of_yaml_and_json_are_keys() {
        assert_eq!(html("yaml", "a: 1\n"), "<u>a</u>: <b class=n>1</b>\n");
        assert_eq!(html("json", "{\"a\": true}"), "{<u>\"a\"</u>: <b class=k>true</b>}");
    }
}
