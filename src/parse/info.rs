//! The info string of a fence: `info = [language] [role] *(attribute | flag)`, all of it optionally in braces.
//!
//! Many tools write into info strings (`title="x" hl_lines="4"`, `{note}`, `{1,3-5}`). A block is ours only where a
//! role stands, or a word that is one typing error away from a role; everything else may carry what it likes.

use crate::diagnostic::did_you_mean;
use crate::model::{Located, Role, Span};

/// A key with or without a value, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    /// The key; of a flag, the word itself.
    pub(super) key: Located<String>,
    /// What stands after `=`, without quotes; `None` of a flag.
    pub(super) value: Option<Located<String>>,
}

impl Attribute {
    /// Returns where the whole attribute stands, quotes included.
    pub(super) fn span(&self) -> Span {
        let end = self.value.as_ref().map_or(self.key.span.end, |value| value.span.end);
        Span::new(self.key.span.start, end)
    }
}

/// An info string, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Info {
    /// The language as written.
    pub(super) language: Option<Located<String>>,
    /// The role.
    pub(super) role: Option<Located<Role>>,
    /// What stands after the role; empty where there is no role.
    pub(super) attributes: Vec<Attribute>,
    /// What is wrong with it; empty where there is neither a role nor a near miss of one.
    pub(super) problems: Vec<Problem>,
}

/// Something wrong with an info string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// A word that is nearly a role.
    NearRole(Located<String>, Role),
    /// A role that does not stand right after the language.
    LateRole(Located<String>),
    /// A quote that is not closed on the line.
    UnclosedQuote(Span),
    /// Text right after a closing quote.
    AfterQuote(Span),
    /// A brace that is not closed.
    UnclosedBrace(Span),
    /// A `=` with space around it, as in `id = x`.
    LoneEquals(Span),
}

const ROLES: [(&str, Role); 3] = [("check", Role::Check), ("action", Role::Action), ("output", Role::Output)];

/// Reads the info string that stands at byte `start` of the source.
pub(super) fn read(text: &str, start: usize) -> Info {
    let mut lexer = Lexer { text, start, at: 0, brace: None, words: Vec::new(), problems: Vec::new() };
    lexer.run();
    let Lexer { words, problems, .. } = lexer;
    classify(words, problems)
}

fn classify(words: Vec<Attribute>, lexical: Vec<Problem>) -> Info {
    let mut info = Info::default();
    let mut words = words.into_iter().peekable();
    let first = words.next_if(|word| word.value.is_none());
    let Some(first) = first else {
        late_role(&mut info, words);
        return info;
    };
    if let Some(role) = exact(&first.key.value) {
        info.role = Some(Located::new(role, first.key.span));
    } else {
        let second = words.next_if(|word| word.value.is_none() && exact(&word.key.value).is_some());
        if let Some(word) = second {
            info.role = exact(&word.key.value).map(|role| Located::new(role, word.key.span));
        } else if let Some(role) = near(&first.key.value, words.peek().is_none()) {
            info.problems.push(Problem::NearRole(first.key.clone(), role));
            return info;
        } else if let Some((word, role)) = words.peek().and_then(near_flag) {
            info.problems.push(Problem::NearRole(word, role));
        }
        info.language = Some(Located::new(language_of(&first.key.value), first.key.span));
    }
    if info.role.is_some() {
        info.attributes = words.collect();
        info.problems = lexical;
    } else if info.problems.is_empty() {
        late_role(&mut info, words);
    }
    info
}

fn late_role(info: &mut Info, words: impl Iterator<Item = Attribute>) {
    let late = words
        .filter(|word| word.value.is_none())
        .find(|word| matches!(exact(&word.key.value), Some(Role::Check | Role::Action)));
    info.problems.extend(late.map(|word| Problem::LateRole(word.key)));
}

fn exact(word: &str) -> Option<Role> {
    ROLES.iter().find(|(name, _)| *name == word).map(|&(_, role)| role)
}

fn near_flag(word: &Attribute) -> Option<(Located<String>, Role)> {
    if word.value.is_some() {
        return None;
    }
    near(&word.key.value, false).map(|role| (word.key.clone(), role))
}

/// Returns the role that `word` misses by one letter or by its case only.
///
/// `Output` alone is the tag some sites give to every listing of output, and stays free.
fn near(word: &str, alone: bool) -> Option<Role> {
    let lower = word.to_lowercase();
    if alone && lower.starts_with("output") {
        return None;
    }
    let (name, role) =
        ROLES.iter().find(|(name, _)| Some(*name) == did_you_mean(&lower, ROLES.map(|(name, _)| name)))?;
    (strsim::damerau_levenshtein(&lower, name) <= 1).then_some(*role)
}

/// Returns the language in a first word such as `bash`, `.bash`, `js{1,3}` or `r,`.
fn language_of(word: &str) -> String {
    let word = word.strip_prefix('.').unwrap_or(word);
    let end = word.find(['{', ',', '}']).filter(|&end| end > 0).unwrap_or(word.len());
    word.get(..end).unwrap_or(word).to_owned()
}

struct Lexer<'a> {
    text: &'a str,
    start: usize,
    at: usize,
    brace: Option<usize>,
    words: Vec<Attribute>,
    problems: Vec<Problem>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        loop {
            self.skip_space();
            match self.peek() {
                None => break,
                Some('{') if self.brace.is_none() => {
                    self.brace = Some(self.at);
                    self.at += 1;
                }
                Some('}') if self.brace.is_some() => {
                    self.brace = None;
                    self.at += 1;
                }
                Some('=') => self.lone_equals(),
                Some(_) => self.word(),
            }
        }
        if let Some(open) = self.brace {
            self.problems.push(Problem::UnclosedBrace(self.span(open, open + 1)));
        }
    }

    fn word(&mut self) {
        let from = self.at;
        while self.peek().is_some_and(|next| !next.is_whitespace() && next != '=') {
            self.advance();
        }
        self.give_back_closing_brace(from);
        let key = Located::new(self.slice(from, self.at), self.span(from, self.at));
        if self.peek() != Some('=') {
            self.words.push(Attribute { key, value: None });
            return;
        }
        self.at += 1;
        let value = self.value();
        self.words.push(Attribute { key, value: Some(value) });
    }

    fn value(&mut self) -> Located<String> {
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            return self.quoted(quote);
        }
        let from = self.at;
        self.bare_word();
        Located::new(self.slice(from, self.at), self.span(from, self.at))
    }

    /// In `id = x` the value is given to the key before it, so that one slip is reported once.
    fn lone_equals(&mut self) {
        let from = self.at;
        self.at += 1;
        let key = self.words.pop_if(|word| word.value.is_none() && exact(&word.key.value).is_none());
        let start = key.as_ref().map_or(self.start + from, |key| key.key.span.start);
        self.skip_space();
        let value = self.value();
        self.problems.push(Problem::LoneEquals(Span::new(start, self.start + self.at)));
        self.words.extend(key.map(|key| Attribute { value: Some(value), ..key }));
    }

    fn bare_word(&mut self) {
        let from = self.at;
        while self.peek().is_some_and(|next| !next.is_whitespace()) {
            self.advance();
        }
        self.give_back_closing_brace(from);
    }

    /// In `{bash check id=x}` the last brace closes the info string; in `id=${x}` it belongs to the word.
    fn give_back_closing_brace(&mut self, from: usize) {
        let word = self.text.get(from..self.at).unwrap_or_default();
        let unbalanced = word.matches('}').count() > word.matches('{').count();
        if self.brace.is_some() && word.len() > 1 && word.ends_with('}') && unbalanced {
            self.at -= 1;
        }
    }

    /// Reads a quoted value. A backslash protects the quote and itself; before anything else it stands for itself,
    /// so that regular expressions need no doubling.
    fn quoted(&mut self, quote: char) -> Located<String> {
        let open = self.at;
        self.at += 1;
        let from = self.at;
        let mut value = String::new();
        while let Some(next) = self.advance() {
            match next {
                '\\' if self.peek().is_some_and(|after| after == quote || after == '\\') => {
                    value.extend(self.advance());
                }
                _ if next == quote => {
                    let span = self.span(from, self.at - 1);
                    self.after_quote();
                    return Located::new(value, span);
                }
                _ => value.push(next),
            }
        }
        self.problems.push(Problem::UnclosedQuote(self.span(open, self.at)));
        Located::new(value, self.span(from, self.at))
    }

    fn after_quote(&mut self) {
        let from = self.at;
        let closes = |next: char| next.is_whitespace() || (next == '}' && self.brace.is_some());
        if self.peek().is_some_and(|next| !closes(next)) {
            self.bare_word();
            self.problems.push(Problem::AfterQuote(self.span(from, self.at)));
        }
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.advance();
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn slice(&self, from: usize, to: usize) -> String {
        self.text.get(from..to).unwrap_or_default().to_owned()
    }

    fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.start + from, self.start + to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pair = (String, Option<String>);

    fn shape(text: &str) -> (Option<String>, Option<Role>, Vec<Pair>) {
        let info = read(text, 0);
        let pairs = info.attributes.into_iter().map(|word| (word.key.value, word.value.map(|value| value.value)));
        (info.language.map(|word| word.value), info.role.map(|role| role.value), pairs.collect())
    }

    fn pair(key: &str, value: &str) -> Pair {
        (key.to_owned(), Some(value.to_owned()))
    }

    #[test]
    fn braces_may_stand_around_all_or_around_the_rest() {
        let expected = (Some("bash".to_owned()), Some(Role::Check), vec![pair("id", "x")]);
        for text in ["bash check id=x", "{bash check id=x}", "bash {check id=x}", "{.bash check id=\"x\"}"] {
            assert_eq!(shape(text), expected, "{text}");
        }
    }

    #[test]
    fn quotes_hold_spaces_and_escapes() {
        let (.., pairs) = shape(r#"bash check title="say \"hi\"" expect='stdout.matches("a\d")' x=a=b"#);
        assert_eq!(pairs, [pair("title", "say \"hi\""), pair("expect", r#"stdout.matches("a\d")"#), pair("x", "a=b")]);
    }

    #[test]
    fn spans_leave_the_quotes_out() {
        let info = read("sh check id=\"é\" warn", 10);
        let value = info.attributes[0].value.clone().unwrap();
        assert_eq!(value.span, Span::new(23, 25));
        assert_eq!(info.attributes[1].key.span, Span::new(27, 31));
    }

    #[test]
    fn info_strings_of_other_tools_are_free() {
        let wild = [
            "bash title=\"x\" hl_lines=\"4\"",
            "mermaid",
            "yaml linenums=\"1\"",
            "js copy",
            "{note}",
            "{caution}",
            "title=\"x\"",
            "js {1,3-5}",
            "{.bash .numberLines}",
            "{r, echo=FALSE}",
            "{code-cell} python",
            "Output",
            "text outline",
            "console $ kubectl get pods",
            "{",
            "=",
            "bash title=\"x",
            "action-script",
            "diff fraction",
        ];
        for text in wild {
            let info = read(text, 0);
            assert!(info.problems.is_empty() && info.role.is_none(), "{text}: {info:?}");
        }
    }

    #[test]
    fn a_word_that_is_nearly_a_role_is_reported() {
        for text in ["bash chekc", "chekc", "bash Check id=x", "bash actions", "ouptut match=json", "yaml ouput"] {
            assert!(matches!(read(text, 0).problems[..], [Problem::NearRole(..)]), "{text}: {:?}", read(text, 0));
        }
    }

    #[test]
    fn a_role_behind_an_attribute_is_reported() {
        assert!(matches!(read("bash id=x check", 0).problems[..], [Problem::LateRole(_)]));
    }

    #[test]
    fn what_is_not_closed_is_reported_where_it_opens() {
        assert_eq!(read("sh check id=\"x", 0).problems, [Problem::UnclosedQuote(Span::new(12, 14))]);
        assert_eq!(read("{sh check", 0).problems, [Problem::UnclosedBrace(Span::new(0, 1))]);
        assert_eq!(read("sh check id=\"x\"y", 0).problems, [Problem::AfterQuote(Span::new(15, 16))]);
    }
}
