//! What of a shell text is quoted, commented out, or the body of a here-document. A quote that is never closed is none.

use std::collections::{HashMap, HashSet};

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::shell) enum Region {
    /// Neither of the others.
    Plain,
    /// `'…'`, quotes included.
    Single,
    /// `"…"`, quotes included.
    Double,
    /// From `#` to the end of the line.
    Comment,
    /// The body of a here-document, delimiter included.
    HereDocument,
}

/// The stretches of a text; what lies between them is plain.
#[derive(Debug)]
pub(in crate::shell) struct Regions {
    stretches: Vec<(usize, usize, Region)>,
    delimiters: HashSet<String>,
}

impl Regions {
    /// Divides a text. Takes time in proportion to its length.
    pub(in crate::shell) fn of(text: &str) -> Self {
        let mut scanner = Scanner {
            text,
            at: 0,
            stretches: Vec::new(),
            waiting: Vec::new(),
            delimiters: HashSet::new(),
            lines: None,
            no_single: false,
            no_double: false,
        };
        scanner.run();
        Self { stretches: scanner.stretches, delimiters: scanner.delimiters }
    }

    /// Returns what the byte at `offset` stands in.
    pub(in crate::shell) fn at(&self, offset: usize) -> Region {
        self.stretch(offset).map_or(Region::Plain, |(_, _, region)| region)
    }

    /// Returns the stretch around a byte, if it is not plain.
    pub(in crate::shell) fn stretch(&self, offset: usize) -> Option<(usize, usize, Region)> {
        let after = self.stretches.partition_point(|&(start, _, _)| start <= offset);
        self.stretches.get(after.checked_sub(1)?).copied().filter(|&(_, end, _)| offset < end)
    }

    /// Returns whether a here-document ends in this delimiter.
    pub(in crate::shell) fn is_delimiter(&self, word: &str) -> bool {
        self.delimiters.contains(word)
    }

    /// Returns all stretches that are not plain, in order.
    pub(in crate::shell) fn all(&self) -> &[(usize, usize, Region)] {
        &self.stretches
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    stretches: Vec<(usize, usize, Region)>,
    /// Delimiters of here-documents whose bodies have not begun.
    waiting: Vec<String>,
    delimiters: HashSet<String>,
    /// The ends of all lines by their text, made when the first here-document is met.
    lines: Option<HashMap<&'a str, Vec<usize>>>,
    /// Whether it is known that no such quote follows, so that unclosed ones cost one search, not one each.
    no_single: bool,
    no_double: bool,
}

impl Scanner<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'\'' => self.single(),
                b'"' => self.double(),
                b'#' if self.opens_comment() => self.comment(),
                b'<' if bytes.get(self.at + 1) == Some(&b'<') => self.here_document(),
                b'\n' => {
                    self.at += 1;
                    self.bodies();
                }
                _ => self.at += 1,
            }
        }
    }

    fn rest(&self, from: usize) -> &[u8] {
        self.text.as_bytes().get(from..).unwrap_or_default()
    }

    fn push(&mut self, end: usize, region: Region) {
        self.stretches.push((self.at, end, region));
        self.at = end;
    }

    fn single(&mut self) {
        let found = if self.no_single { None } else { self.rest(self.at + 1).iter().position(|&byte| byte == b'\'') };
        match found {
            Some(length) if !self.is_apostrophe(length) => self.push(self.at + length + 2, Region::Single),
            found => {
                self.no_single |= found.is_none();
                self.at += 1;
            }
        }
    }

    /// `don't` in a line of prose or output: letters on both sides, and the next quote is lines away.
    fn is_apostrophe(&self, length: usize) -> bool {
        let letter =
            |at: Option<usize>| at.and_then(|at| self.text.as_bytes().get(at)).is_some_and(u8::is_ascii_alphabetic);
        let between = self.rest(self.at + 1).get(..length).unwrap_or_default();
        letter(self.at.checked_sub(1)) && letter(Some(self.at + 1)) && between.contains(&b'\n')
    }

    fn double(&mut self) {
        if self.no_double {
            self.at += 1;
            return;
        }
        let mut escaped = false;
        let close = self.rest(self.at + 1).iter().position(|&byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        if let Some(length) = close {
            self.push(self.at + length + 2, Region::Double);
        } else {
            self.no_double = true;
            self.at += 1;
        }
    }

    fn opens_comment(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        before.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'('))
    }

    fn comment(&mut self) {
        let length = self.rest(self.at).iter().position(|&byte| byte == b'\n');
        self.push(length.map_or(self.text.len(), |length| self.at + length), Region::Comment);
    }

    /// Notes `<<EOF`, `<<-'EOF'`; `<<<` is something else.
    fn here_document(&mut self) {
        let operator = self.rest(self.at).iter().take_while(|&&byte| byte == b'<').count();
        let from = self.at + operator;
        self.at = from;
        if operator != 2 {
            return;
        }
        let rest = self.text.get(from..).unwrap_or_default();
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches([' ', '\t']);
        let rest = rest.strip_prefix('\\').unwrap_or(rest);
        let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'));
        let name = rest.trim_start_matches(['\'', '"']);
        let end = name.find(|c: char| !(c.is_alphanumeric() || "_-.!@%+".contains(c))).unwrap_or(name.len());
        let Some(delimiter) = name.get(..end).filter(|it| !it.is_empty()) else { return };
        self.waiting.push(delimiter.to_owned());
        let closing = usize::from(quote.is_some() && name.get(end..).is_some_and(|rest| rest.starts_with(['\'', '"'])));
        self.at = self.text.len() - name.len() + end + closing;
    }

    /// Takes the bodies of the here-documents announced on the line that ends here.
    fn bodies(&mut self) {
        for delimiter in std::mem::take(&mut self.waiting) {
            let Some(end) = self.line_end(&delimiter) else { continue };
            self.push(end, Region::HereDocument);
            self.delimiters.insert(delimiter);
        }
    }

    /// Returns the end of the first line from here on that consists of `delimiter`.
    fn line_end(&mut self, delimiter: &str) -> Option<usize> {
        let text = self.text;
        let lines = self.lines.get_or_insert_with(|| lines(text));
        let ends = lines.get(delimiter)?;
        ends.get(ends.partition_point(|&end| end <= self.at)).copied()
    }
}

fn lines(text: &str) -> HashMap<&str, Vec<usize>> {
    let mut lines: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        lines.entry(line.trim_matches(['\t', '\n', '\r'])).or_default().push(at);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Region, Regions};

    #[test]
    fn a_hash_inside_a_word_is_no_comment() {
        let regions = Regions::of("echo a#b # c");
        assert_eq!(regions.at(6), Region::Plain);
        assert_eq!(regions.at(9), Region::Comment);
    }

    #[test]
    fn a_lost_quote_quotes_nothing() {
        assert_eq!(Regions::of("echo it's\nls").at(10), Region::Plain);
    }

    #[test]
    fn the_body_of_a_here_document_ends_at_its_delimiter() {
        let text = "cat <<'E' | x\na\nE\nls";
        let regions = Regions::of(text);
        assert_eq!(regions.at(text.find('a').unwrap_or(0)), Region::Plain);
        assert_eq!(regions.at(14), Region::HereDocument);
        assert_eq!(regions.at(18), Region::Plain);
    }
}
