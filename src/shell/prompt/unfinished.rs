//! Whether a command typed so far goes on in the next line.

/// What is open at the end of the lines read so far.
#[derive(Debug, Default)]
pub(super) struct State {
    quote: Option<char>,
    /// Delimiters of here-documents that are announced or open.
    here_documents: Vec<String>,
    /// Whether the line ends in a backslash, `|`, `&&` or `||`.
    joined: bool,
    /// Blocks opened by `for`, `while`, `until`, `if`, `case`, `{` or `(` and not closed.
    depth: usize,
}

impl State {
    /// Returns whether the command needs another line.
    pub(super) fn is_open(&self) -> bool {
        self.is_verbatim() || self.joined || self.depth > 0
    }

    /// Returns whether the next line is taken as it is: inside quotes or a here-document, where a prompt is text.
    pub(super) fn is_verbatim(&self) -> bool {
        self.quote.is_some() || !self.here_documents.is_empty()
    }

    /// Reads on, whole lines at a time.
    pub(super) fn feed(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            self.line(line.trim_end_matches(['\n', '\r']));
        }
    }

    fn line(&mut self, line: &str) {
        if self.quote.is_none()
            && let Some(delimiter) = self.here_documents.first()
        {
            if line.trim_matches('\t') == delimiter {
                self.here_documents.remove(0);
            }
            return;
        }
        let bare = self.unquoted(line);
        if self.quote.is_none() {
            self.here_documents.extend(announced(line, &bare));
        }
        self.count(&bare);
        let end = bare.trim_end();
        self.joined = bare.ends_with('\\') || end.ends_with("&&") || end.ends_with('|');
    }

    /// Returns the line with quoted text and comments blanked out.
    fn unquoted(&mut self, line: &str) -> String {
        let mut bare = String::with_capacity(line.len());
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match (self.quote, character) {
                (Some('"') | None, '\\') => {
                    if characters.next().is_none() {
                        bare.push('\\');
                        return bare;
                    }
                    bare.push_str("__");
                }
                (Some(open), _) => {
                    self.quote = (character != open).then_some(open);
                    bare.push('_');
                }
                (None, '\'' | '"') => {
                    self.quote = Some(character);
                    bare.push('_');
                }
                (None, '#') if bare.is_empty() || bare.ends_with([' ', '\t', ';']) => return bare,
                (None, _) => bare.push(character),
            }
        }
        bare
    }

    fn count(&mut self, bare: &str) {
        let mut first = true;
        for word in bare.split_inclusive([' ', '\t', ';', '(', ')']) {
            let separator = word.chars().next_back();
            let name = word.trim_matches([' ', '\t', ';', '(', ')']);
            match name {
                "for" | "while" | "until" | "if" | "case" | "select" | "{" if first => self.depth += 1,
                "done" | "fi" | "esac" | "}" if first => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            let ends_in_operator = name.ends_with(['|', '&']);
            let keyword = matches!(name, "do" | "then" | "else" | "!" | "time" | "{" | "");
            first = keyword && first
                || matches!(separator, Some(';' | '('))
                || ends_in_operator
                || matches!(name, "do" | "then" | "else");
        }
        // `$(` over several lines; brackets of a case are rare enough.
        let open = bare.matches('(').count();
        let close = bare.matches(')').count();
        self.depth = if open > close { self.depth + (open - close) } else { self.depth.saturating_sub(close - open) };
    }
}

/// Returns the delimiters that a line announces.
fn announced(line: &str, bare: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(operator) = bare.get(at..).and_then(|rest| rest.find("<<")).map(|offset| at + offset) {
        at = operator + 2;
        if bare.get(at..).is_some_and(|rest| rest.starts_with('<')) {
            at += 1;
            continue;
        }
        let rest = line.get(at..).unwrap_or_default().trim_start_matches('-').trim_start();
        let name = rest.trim_start_matches(['\'', '"', '\\']);
        let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(name.len());
        found.extend(name.get(..end).filter(|it| !it.is_empty()).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::State;

    fn open(text: &str) -> bool {
        let mut state = State::default();
        state.feed(text);
        state.is_open()
    }

    #[test]
    fn quotes_backslashes_pipes_and_blocks_leave_a_command_open() {
        for text in [
            "ls \\\n",
            "echo 'a\n",
            "ls |\n",
            "a &&\n",
            "for i in 1\n",
            "if true; then\n",
            "cat <<EOF\nx\n",
            "x=$(ls\n",
        ] {
            assert!(open(text), "{text:?}");
        }
    }

    #[test]
    fn whole_commands_are_closed() {
        for text in [
            "ls\n",
            "echo 'a\nb'\n",
            "for i in 1; do ls; done\n",
            "cat <<EOF\nEOF\n",
            "echo for\n",
            "ls # it's\n",
            "kubectl get if\n",
        ] {
            assert!(!open(text), "{text:?}");
        }
    }
}
