//! `<!-- runbooks: allow RULE because REASON -->`: an author who knows better, and says why.
//!
//! It holds for the block or line that follows, or for its own line where it shares one. It is found in the text itself,
//! so that it works wherever a comment may stand; what stands inside a fence is code and permits nothing.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::diagnostic::{Diagnostic, Level};
use crate::model::{Source, Span};

/// What is allowed somewhere.
#[derive(Debug)]
pub(super) struct Permission {
    comment: Span,
    rules: Vec<&'static str>,
    scope: Span,
}

static COMMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)<!--\s*runbooks:\s*(\S*)\s*(.*?)\s*-->").ok());

/// Returns the permissions of a text, and what is wrong with them.
pub(super) fn read(source: &Arc<Source>) -> (Vec<Permission>, Vec<Diagnostic>) {
    let (mut permissions, mut problems) = (Vec::new(), Vec::new());
    let text = source.text();
    let Some(pattern) = COMMENT.as_ref().filter(|_| text.contains("runbooks:")) else { return (permissions, problems) };
    let fences = fences(text);
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        let comment = Span::new(whole.start(), whole.end());
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        let code = fences.iter().any(|fence| fence.contains(comment)) || in_code_span(text, comment.start);
        if part(1) != "allow" || code {
            continue;
        }
        match terms(part(2)) {
            Ok(rules) => permissions.push(Permission { comment, rules, scope: scope(text, comment, &fences) }),
            Err((title, help)) => {
                let problem = Diagnostic::new("bad-allow", Level::Warning, title, source, comment);
                problems.push(problem.help(help));
            }
        }
    }
    (permissions, problems)
}

/// Returns whether a place stands between two backticks of its line.
fn in_code_span(text: &str, at: usize) -> bool {
    let before = text[..at].rsplit('\n').next().unwrap_or_default();
    !before.matches('`').count().is_multiple_of(2)
}

/// Reads `RULE, RULE because REASON`.
fn terms(text: &str) -> Result<Vec<&'static str>, (String, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let because = words.iter().position(|word| *word == "because").unwrap_or(words.len());
    let names = words[..because].iter().flat_map(|word| word.split(',')).filter(|word| !word.is_empty());
    let rules = names.map(known).collect::<Result<Vec<_>, _>>()?;
    if rules.is_empty() {
        return Err(("this allows nothing".to_owned(), "write `allow RULE because REASON`".to_owned()));
    }
    if words.len() <= because + 1 {
        return Err(("this gives no reason".to_owned(), "add `because` and why it is harmless here".to_owned()));
    }
    Ok(rules)
}

fn known(name: &str) -> Result<&'static str, (String, String)> {
    match super::rule(name) {
        Some(rule) if rule.allowed => Ok(rule.name),
        Some(_) => Err((
            format!("`{name}` cannot be allowed"),
            "mend what it finds: `verify` and `exec` would not run it".to_owned(),
        )),
        None => Err((
            format!("there is no rule `{name}`"),
            super::similar(name).map_or_else(
                || "`runbooks lint --list-rules` shows those there are".to_owned(),
                |meant| format!("did you mean `{meant}`?"),
            ),
        )),
    }
}

/// Takes away what is permitted, and says of a permission that nothing needs. `whole` is whether everything that could be
/// found in the text is in `found`.
pub(super) fn apply(source: &Arc<Source>, found: &mut Vec<Diagnostic>, whole: bool) {
    let (permissions, problems) = read(source);
    if permissions.is_empty() && problems.is_empty() {
        return;
    }
    let mut used = vec![Vec::new(); permissions.len()];
    found.retain(|diagnostic| {
        let mut kept = true;
        for (permission, used) in permissions.iter().zip(&mut used) {
            let here = diagnostic.source.path() == source.path() && permission.covers(diagnostic);
            if here {
                used.push(diagnostic.rule);
                kept = false;
            }
        }
        kept
    });
    if !whole {
        return;
    }
    found.extend(problems);
    for (permission, used) in permissions.iter().zip(&used) {
        for rule in permission.rules.iter().filter(|rule| !used.contains(rule)) {
            let title = format!("`{rule}` is allowed here, and nothing needs it");
            let problem = Diagnostic::new("unused-allow", Level::Warning, title, source, permission.comment);
            found.push(problem.help("take it away, or put it right before the block it is for"));
        }
    }
}

impl Permission {
    fn covers(&self, diagnostic: &Diagnostic) -> bool {
        let at = diagnostic.primary.span.start;
        self.rules.contains(&diagnostic.rule) && self.scope.start <= at && at < self.scope.end
    }
}

/// Returns what a comment is about.
fn scope(text: &str, comment: Span, fences: &[Span]) -> Span {
    let line_start = text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[comment.end..].find('\n').map_or(text.len(), |at| comment.end + at);
    let bare = |text: &str| text.trim_matches(|letter: char| letter.is_whitespace() || letter == '>').is_empty();
    if !bare(&text[line_start..comment.start]) || !bare(&text[comment.end..line_end]) {
        return Span::new(line_start, line_end);
    }
    let mut start = (line_end + 1).min(text.len());
    while start < text.len() {
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at + 1);
        // Several permissions may stand before one block.
        let another = text[start..end].trim_start().starts_with("<!-- runbooks:");
        if !bare(&text[start..end]) && !another {
            return fences.iter().find(|fence| fence.start == start).copied().unwrap_or(Span::new(start, end));
        }
        start = end;
    }
    Span::new(text.len(), text.len())
}

/// Returns the fenced blocks of a text by whole lines, wherever they are nested.
fn fences(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Option<(usize, char, usize)> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let marker = line.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '>');
        let marker = marker.trim_start_matches(['-', '*', '+']).trim_start();
        let letter = marker.chars().next().filter(|letter| matches!(letter, '`' | '~'));
        let length = letter.map_or(0, |letter| marker.chars().take_while(|it| *it == letter).count());
        match (open, letter) {
            (None, Some(letter)) if length >= 3 => open = Some((start, letter, length)),
            (Some((opened, fence, least)), Some(letter))
                if fence == letter && length >= least && marker.trim_end().chars().all(|it| it == letter) =>
            {
                found.push(Span::new(opened, start + line.len()));
                open = None;
            }
            _ => {}
        }
        start += line.len();
    }
    found.extend(open.map(|(opened, ..)| Span::new(opened, text.len())));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        let source = Arc::new(Source::new("a.md", text));
        let (permissions, problems) = read(&source);
        let scopes = permissions.iter().map(|permission| source.slice(permission.scope).to_owned());
        scopes.chain(problems.into_iter().map(|problem| problem.title)).collect()
    }

    #[test]
    fn a_permission_holds_for_the_block_or_line_that_follows() {
        let allow = "<!-- runbooks: allow check-writes because it is undone at once -->";
        assert_eq!(titles(&format!("{allow}\n\n```bash\nx\n```\nmore\n")), ["```bash\nx\n```\n"]);
        assert_eq!(titles(&format!("- a\n\n  {allow}\n  ```bash\n  x\n  ```\n")), ["  ```bash\n  x\n  ```\n"]);
        assert_eq!(titles(&format!("{allow}\nRun it.\nThen more.\n")), ["Run it.\n"]);
        assert_eq!(titles(&format!("{allow}\n{allow}\nRun it.\n")), ["Run it.\n", "Run it.\n"]);
        assert_eq!(titles(&format!("Run it. {allow}\nThen more.\n")), [format!("Run it. {allow}")]);
    }

    #[test]
    fn a_comment_in_code_permits_nothing() {
        assert!(titles("Write `<!-- runbooks: allow check-writes because x -->` before it.\n").is_empty());
        assert!(titles("````\n```\n<!-- runbooks: allow check-writes because x -->\n````\n").is_empty());
    }

    #[test]
    fn without_a_reason_or_a_rule_that_can_be_allowed_it_is_a_problem() {
        assert_eq!(titles("<!-- runbooks: allow check-writes -->\nx"), ["this gives no reason"]);
        assert_eq!(titles("<!-- runbooks: allow check-writes because -->\nx"), ["this gives no reason"]);
        assert_eq!(titles("<!-- runbooks: allow because x -->\nx"), ["this allows nothing"]);
        assert_eq!(titles("<!-- runbooks: allow chek-writes because x -->"), ["there is no rule `chek-writes`"]);
        assert_eq!(titles("<!-- runbooks: allow placeholder because x -->"), ["`placeholder` cannot be allowed"]);
    }
}
