//! The lexer: one pass over the text, a stack of what is open.

use crate::model::Span;
use crate::shell::placeholder::{Region, Regions};

use super::arguments::Arguments;
use super::{Token, TokenClass};

/// What closes what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// `$(`, `<(`: closed by `)`.
    Substitution,
    /// A backtick.
    Backtick,
    /// `(`: closed by `)`, an operator.
    Group,
    /// `"`: closed by `"`.
    Double,
}

/// What is expected next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Expect {
    /// A command, a keyword or an assignment.
    #[default]
    Command,
    /// Arguments.
    Argument,
    /// The name behind `for` or `select`.
    LoopName,
    /// The word behind `case`, or what follows a loop's name; then `in`.
    In,
    /// The name behind `function`.
    FunctionName,
}

pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) regions: &'a Regions,
    pub(super) at: usize,
    pub(super) tokens: Vec<Token>,
    pub(super) open: Vec<(Open, Expect, Arguments)>,
    pub(super) expect: Expect,
    pub(super) arguments: Arguments,
    /// Whether the next word is the target of a redirection.
    pub(super) target: bool,
}

/// Returns the tokens of a script.
pub(super) fn lex(text: &str, regions: &Regions) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        regions,
        at: 0,
        tokens: Vec::new(),
        open: Vec::new(),
        expect: Expect::Command,
        arguments: Arguments::default(),
        target: false,
    };
    while lexer.at < lexer.bytes.len() {
        let before = lexer.at;
        lexer.step();
        if lexer.at <= before {
            lexer.at = before + 1;
        }
    }
    lexer.tokens
}

impl Lexer<'_> {
    pub(super) fn byte(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.at + offset).copied()
    }

    pub(super) fn token(&mut self, start: usize, end: usize, class: TokenClass) {
        let end = end.min(self.bytes.len());
        if start < end {
            self.tokens.push(Token { span: Span::new(start, end), class });
        }
    }

    /// Takes `length` bytes as a token.
    pub(super) fn take(&mut self, length: usize, class: TokenClass) {
        self.token(self.at, self.at + length, class);
        self.at += length;
    }

    fn step(&mut self) {
        if matches!(self.open.last(), Some((Open::Double, _, _))) {
            self.double();
            return;
        }
        let Some(byte) = self.byte(0) else { return };
        match byte {
            b'\n' => {
                self.at += 1;
                self.new_command();
                self.here_documents();
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'\\' if self.byte(1) == Some(b'\n') => self.at += 2,
            b'#' if self.regions.at(self.at) == Region::Comment => self.comment(),
            b'|' | b'&' | b';' => self.operator(byte),
            b'(' => {
                self.take(1, TokenClass::Operator);
                self.push(Open::Group);
            }
            b')' => self.close_bracket(),
            b'`' => {
                let opens = !matches!(self.open.last(), Some((Open::Backtick, _, _)));
                let value = self.at.checked_sub(1).and_then(|before| self.bytes.get(before)) == Some(&b'=');
                if opens && !value {
                    self.opaque_word();
                }
                self.backtick();
            }
            b'<' | b'>' => self.redirection(0),
            b'0'..=b'9' if self.is_descriptor() => {
                let digits = self
                    .bytes
                    .get(self.at..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                self.redirection(digits);
            }
            _ => self.word(),
        }
    }

    pub(super) fn new_command(&mut self) {
        self.expect = Expect::Command;
        self.arguments = Arguments::default();
        self.target = false;
    }

    /// Opens something that holds commands.
    pub(super) fn push(&mut self, open: Open) {
        let arguments = std::mem::take(&mut self.arguments);
        self.open.push((open, self.expect, arguments));
        if open != Open::Double {
            self.expect = Expect::Command;
        }
    }

    /// Closes it, and goes on with what stands around it.
    pub(super) fn pop(&mut self) {
        if let Some((open, expect, arguments)) = self.open.pop() {
            let after_group = open == Open::Group && expect == Expect::Command;
            self.expect = if after_group { Expect::Argument } else { expect };
            self.arguments = arguments;
        }
    }

    fn comment(&mut self) {
        let end = self.regions.stretch(self.at).map_or(self.at + 1, |(_, end, _)| end);
        self.take(end - self.at, TokenClass::Comment);
    }

    fn operator(&mut self, byte: u8) {
        if byte == b'&' && self.byte(1) == Some(b'>') {
            let length = if self.byte(2) == Some(b'>') { 3 } else { 2 };
            self.take(length, TokenClass::Redirection);
            self.target = true;
            return;
        }
        let second = self.byte(1);
        let double =
            second == Some(byte) || (byte == b'|' && second == Some(b'&')) || (byte == b';' && second == Some(b'&'));
        self.take(if double { 2 } else { 1 }, TokenClass::Operator);
        self.new_command();
    }

    fn close_bracket(&mut self) {
        match self.open.last() {
            Some((Open::Substitution, _, _)) => {
                self.take(1, TokenClass::Substitution);
                self.pop();
            }
            Some((Open::Group, _, _)) => {
                self.take(1, TokenClass::Operator);
                self.pop();
            }
            // The end of a pattern of `case`, or a lost bracket.
            _ => {
                self.take(1, TokenClass::Operator);
                self.new_command();
            }
        }
    }

    pub(super) fn backtick(&mut self) {
        self.take(1, TokenClass::Substitution);
        if matches!(self.open.last(), Some((Open::Backtick, _, _))) {
            self.pop();
        } else {
            self.push(Open::Backtick);
        }
    }

    /// Digits right before `<` or `>`.
    fn is_descriptor(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let digits = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        matches!(rest.get(digits), Some(b'<' | b'>'))
    }

    fn redirection(&mut self, digits: usize) {
        let rest = self.text.get(self.at + digits..).unwrap_or_default();
        if digits == 0 && (rest.starts_with("<(") || rest.starts_with(">(")) {
            self.take(2, TokenClass::Substitution);
            self.push(Open::Substitution);
            return;
        }
        let operators = ["<<<", "<<-", "<<", "<>", "<&", ">>", ">|", ">&", "<", ">"];
        let Some(operator) = operators.iter().find(|operator| rest.starts_with(**operator)) else { return };
        let mut length = digits + operator.len();
        if operator.ends_with('&') {
            let target = rest.get(operator.len()..).unwrap_or_default();
            length += target.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
        }
        self.take(length, TokenClass::Redirection);
        self.target = !operator.ends_with('&');
        if matches!(*operator, "<<" | "<<-") {
            self.delimiter();
        }
    }

    /// Takes the delimiter of a here-document.
    fn delimiter(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let word = rest.get(blanks..).unwrap_or_default();
        let end = word.find(|c: char| !(c.is_alphanumeric() || "_-.'\"\\".contains(c))).unwrap_or(word.len());
        self.at += blanks;
        self.take(end, TokenClass::HereDocument);
        self.target = false;
    }

    /// Takes the bodies of here-documents, which begin where a line ends.
    fn here_documents(&mut self) {
        while let Some((start, end, Region::HereDocument)) = self.regions.stretch(self.at) {
            if start != self.at {
                return;
            }
            self.expanding(end, TokenClass::HereDocument);
            self.at = end;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let plain = self.plain_length();
        let target = std::mem::take(&mut self.target);
        if plain > 0 {
            let end = start + plain;
            let whole = !matches!(self.bytes.get(end), Some(b'\'' | b'"' | b'$' | b'`' | b'\\'));
            self.at = end;
            if !target {
                self.classify(start, end, whole);
            }
        } else if !target {
            self.opaque_word();
        }
        self.rest_of_word();
    }

    /// Returns the length of the run of ordinary characters here.
    fn plain_length(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        rest.iter().take_while(|byte| !is_special(**byte)).count()
    }

    /// Takes quoted and expanded pieces until the word ends.
    fn rest_of_word(&mut self) {
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\'' => self.single(),
                b'"' => {
                    self.string_start();
                    return;
                }
                b'$' => {
                    if self.dollar() {
                        return;
                    }
                }
                b'\\' => {
                    self.at +=
                        1 + self.text.get(self.at + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                }
                b'`' => return,
                byte if is_special(byte) => return,
                _ => self.at += self.plain_length().max(1),
            }
        }
    }
}

/// Whether a byte ends a run of ordinary characters.
pub(super) const fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'\r'
            | b'\n'
            | b'|'
            | b'&'
            | b';'
            | b'('
            | b')'
            | b'<'
            | b'>'
            | b'\''
            | b'"'
            | b'$'
            | b'`'
            | b'\\'
    )
}
