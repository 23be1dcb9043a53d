//! Callouts and tabs as other tools spell them, rewritten into the one spelling that Markdown knows.
//!
//! `!!! note`, `:::note`, `{{< note >}}`, `{note}` and `> **Note**` become `> [!NOTE]`; `=== "Tab"` becomes a section that
//! opens, `{{< highlight bash >}}` a fence, and a place for a table of contents, which every page has, is left out. Only what is shown is rewritten: the runbook is read from the text as it stands, and every piece of the new text
//! knows where it stands in the old one.

/// A text that was rewritten.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    /// The new text.
    pub(super) text: String,
    /// Where pieces of the old text begin in the new one and in the old one, and how long they are.
    pieces: Vec<(usize, usize, usize)>,
}

impl Rewritten {
    /// Returns where a place of the new text was in the old one; of what was added, the place behind what stands before it.
    pub(super) fn old(&self, new: usize) -> usize {
        let at = self.pieces.partition_point(|(start, ..)| *start <= new);
        match at.checked_sub(1).and_then(|at| self.pieces.get(at)) {
            Some(&(start, old, length)) => old + (new - start).min(length),
            None => 0,
        }
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn keep(&mut self, line: Line<'_>) {
        self.pieces.push((self.text.len(), line.old, line.text.len() + 1));
        self.text.push_str(line.text);
        self.text.push('\n');
    }
}

/// A line without its end, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    old: usize,
}

impl<'a> Line<'a> {
    /// Returns how many bytes of blanks and tabs it begins with. Other white space, such as one that does not break, is text.
    fn indent(self) -> usize {
        self.text.len() - self.text.trim_start_matches([' ', '\t']).len()
    }

    /// Returns what stands behind the indentation.
    fn unindented(self) -> &'a str {
        &self.text[self.indent()..]
    }

    fn is_blank(self) -> bool {
        self.text.trim().is_empty()
    }

    fn without(self, bytes: usize) -> Self {
        let bytes = bytes.min(self.indent());
        Line { text: &self.text[bytes..], old: self.old + bytes }
    }
}

/// What begins at a line.
enum Opening<'a> {
    Callout(&'static str, &'a str),
    Tab(&'a str),
    Code(&'a str),
}

/// Where other tools put a table of contents.
const CONTENTS: &[&str] = &["[TOC]", "[[TOC]]", "[[_TOC_]]", "[toc]", "{:toc}", "{{< toc >}}", "{{% toc %}}"];

/// Rewrites a text; `None` where it has nothing of the kind.
pub(super) fn rewrite(text: &str) -> Option<Rewritten> {
    let signs = [
        "!!! ",
        "???",
        ":::",
        "{{<",
        "{{%",
        "```{",
        "> **",
        "=== \"",
        "[[_TOC_]]",
        "[TOC]",
        "[[TOC]]",
        "[toc]",
        "{:toc}",
        "{% highlight",
    ];
    if !signs.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    let mut old = 0;
    let lines: Vec<Line<'_>> = text
        .split_inclusive('\n')
        .map(|line| {
            let start = old;
            old += line.len();
            Line { text: line.trim_end_matches('\n'), old: start }
        })
        .collect();
    let front = if text.starts_with("---\n") {
        lines.iter().skip(1).position(|line| line.text.trim_end() == "---").map_or(0, |at| at + 2)
    } else {
        0
    };
    let mut out = Rewritten::default();
    for line in &lines[..front] {
        out.keep(*line);
    }
    body(&lines[front..], "", 0, &mut out);
    Some(out)
}

/// Rewrites lines; each gets `prefix`.
fn body(lines: &[Line<'_>], prefix: &str, depth: usize, out: &mut Rewritten) {
    let mut at = 0;
    let mut fence: Option<&str> = None;
    while let Some(&line) = lines.get(at) {
        let trimmed = line.text.trim_start();
        if let Some(mark) = fence {
            if closes(trimmed, mark) {
                fence = None;
            }
        } else if let Some((end, opening, inner)) = opening(lines, at).filter(|_| depth < 8) {
            write(&inner, &opening, prefix, depth, line, out);
            at = end;
            continue;
        } else if CONTENTS.contains(&trimmed.trim_end()) {
            out.add(&format!("{prefix}\n"));
            at += 1;
            continue;
        } else {
            fence = mark(trimmed);
        }
        out.add(prefix);
        out.keep(line);
        at += 1;
    }
}

fn write(inner: &[Line<'_>], opening: &Opening<'_>, prefix: &str, depth: usize, first: Line<'_>, out: &mut Rewritten) {
    // What is added stands where the opening stood.
    out.pieces.push((out.text.len(), first.old, 0));
    let indent = &first.text[..first.indent()];
    match opening {
        Opening::Callout(kind, title) => {
            let quote = format!("{prefix}{indent}> ");
            out.add(&format!("{prefix}\n{quote}[!{kind}]\n"));
            if !title.is_empty() {
                out.add(&format!("{quote}**{title}**\n{quote}\n"));
            }
            body(inner, &quote, depth + 1, out);
            out.add(&format!("{prefix}\n"));
        }
        Opening::Code(language) => {
            let longest = inner.iter().filter_map(|line| mark(line.text.trim_start())).map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(3.max(longest + 1));
            out.add(&format!("{prefix}\n{prefix}{indent}{fence}{language}\n"));
            for line in inner {
                out.add(&format!("{prefix}{indent}"));
                out.keep(*line);
            }
            out.add(&format!("{prefix}{indent}{fence}\n{prefix}\n"));
        }
        Opening::Tab(title) => {
            let title = super::escape(title);
            out.add(&format!("{prefix}\n{prefix}<details>\n{prefix}<summary>{title}</summary>\n{prefix}\n"));
            body(inner, prefix, depth + 1, out);
            out.add(&format!("{prefix}\n{prefix}</details>\n{prefix}\n"));
        }
    }
}

/// Returns what begins at a line, the lines in it, and where it ends.
fn opening<'a>(lines: &[Line<'a>], at: usize) -> Option<(usize, Opening<'a>, Vec<Line<'a>>)> {
    let line = lines[at];
    let text = line.text.trim();
    if let Some(rest) = ["!!! ", "???+ ", "??? "].iter().find_map(|sign| text.strip_prefix(sign)) {
        let (word, title) = rest.split_once(' ').unwrap_or((rest, ""));
        let (end, inner) = indented(lines, at);
        return Some((end, Opening::Callout(kind(word)?, title.trim().trim_matches('"')), inner));
    }
    if let Some(title) = text.strip_prefix("=== \"").and_then(|rest| rest.strip_suffix('"')) {
        let (end, inner) = indented(lines, at);
        return (!inner.is_empty()).then_some((end, Opening::Tab(title), inner));
    }
    if text.starts_with(":::") {
        let rest = text.trim_start_matches(':');
        let colons = &text[..text.len() - rest.len()];
        let rest = rest.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('.');
        let (word, title) = rest.split_once([' ', '[']).unwrap_or((rest, ""));
        let kind = kind(word)?;
        let (end, inner) = until(lines, at, |text| text.trim() == colons)?;
        return Some((end, Opening::Callout(kind, title.trim().trim_end_matches(']')), inner));
    }
    if let Some(rest) = text.strip_prefix("{% highlight ").and_then(|rest| rest.strip_suffix("%}")) {
        let (end, inner) = until(lines, at, |text| text.trim() == "{% endhighlight %}")?;
        let is_code = |line: &Line<'_>| !matches!(line.text.trim(), "{% raw %}" | "{% endraw %}");
        let language = rest.split_whitespace().next().unwrap_or_default();
        return Some((end, Opening::Code(language), inner.into_iter().filter(is_code).collect()));
    }
    if let Some((word, title, same_line)) = shortcode(text) {
        let is_end = |text: &str| {
            let inner = text.trim().strip_prefix("{{<").or_else(|| text.trim().strip_prefix("{{%"));
            inner.is_some_and(|inner| inner.trim_start().starts_with('/') && inner.contains(word))
        };
        if matches!(word, "highlight" | "text") {
            let (end, inner) = until(lines, at, is_end).filter(|_| same_line.trim().is_empty())?;
            return Some((end, Opening::Code(title.split([' ', '"']).next().unwrap_or_default()), inner));
        }
        let kind = kind(word)?;
        if let Some((inside, _)) = same_line.rsplit_once("{{").filter(|(_, end)| end.contains('/')) {
            let offset = inside.as_ptr() as usize - line.text.as_ptr() as usize;
            let inner = Line { text: inside.trim_end(), old: line.old + offset };
            return Some((at + 1, Opening::Callout(kind, title), vec![inner]));
        }
        let (end, inner) = until(lines, at, is_end).filter(|_| same_line.trim().is_empty())?;
        return Some((end, Opening::Callout(kind, title), inner));
    }
    if let Some(mark) = mark(text) {
        let info = text[mark.len()..].trim();
        let (word, title) = info.strip_prefix('{')?.split_once('}')?;
        let kind = kind(word)?;
        let (end, inner) = until(lines, at, |text| closes(text.trim(), mark))?;
        return Some((end, Opening::Callout(kind, title.trim()), inner));
    }
    quoted(lines, at)
}

/// Returns a block quote that begins with a bold word: `> **Note**`.
fn quoted<'a>(lines: &[Line<'a>], at: usize) -> Option<(usize, Opening<'a>, Vec<Line<'a>>)> {
    let line = lines[at];
    let continues = at.checked_sub(1).is_some_and(|before| lines[before].unindented().starts_with('>'));
    let rest = line.unindented().strip_prefix("> **").filter(|_| !continues)?;
    let (word, rest) = rest.split_once("**")?;
    let kind = kind(word.trim().trim_end_matches(':'))?;
    let rest = rest.trim_start_matches([':', ' ', '—', '-']);
    // `> **Warning signs** are …` is a sentence.
    let offset = rest.as_ptr() as usize - line.text.as_ptr() as usize;
    let mut inner = vec![Line { text: rest, old: line.old + offset }];
    let mut end = at + 1;
    while let Some(next) = lines.get(end).filter(|next| next.unindented().starts_with('>')) {
        let quote = next.indent() + 1;
        let space = usize::from(next.text[quote..].starts_with(' '));
        inner.push(Line { text: &next.text[quote + space..], old: next.old + quote + space });
        end += 1;
    }
    Some((end, Opening::Callout(kind, ""), inner))
}

/// Returns the lines below `at` that are indented by four more, dedented, and where they end.
fn indented<'a>(lines: &[Line<'a>], at: usize) -> (usize, Vec<Line<'a>>) {
    let least = lines[at].indent() + 4;
    let inside = |line: &&Line<'_>| line.is_blank() || line.indent() >= least;
    let mut inner: Vec<Line<'a>> = lines[at + 1..].iter().take_while(inside).copied().collect();
    while inner.last().is_some_and(|line| line.is_blank()) {
        inner.pop();
    }
    let end = at + 1 + inner.len();
    (end, inner.into_iter().map(|line| line.without(least)).collect())
}

/// Returns the lines below `at` up to the one that closes it.
fn until<'a>(lines: &[Line<'a>], at: usize, closes: impl Fn(&str) -> bool) -> Option<(usize, Vec<Line<'a>>)> {
    let indent = lines[at].indent();
    let length = lines[at + 1..].iter().position(|line| closes(line.text))?;
    let inner = lines[at + 1..at + 1 + length].iter().map(|line| line.without(indent)).collect();
    Some((at + length + 2, inner))
}

/// Returns the name, the title and the rest of the line of `{{< note >}}` or `{{% note "title" %}}`.
fn shortcode(text: &str) -> Option<(&str, &str, &str)> {
    let (inner, rest) = match text.strip_prefix("{{<") {
        Some(inner) => inner.split_once(">}}")?,
        None => text.strip_prefix("{{%")?.split_once("%}}")?,
    };
    let inner = inner.trim();
    let (word, title) = inner.split_once(' ').unwrap_or((inner, ""));
    Some((word, title.trim().trim_start_matches("title=").trim_matches('"'), rest))
}

/// Returns the mark of a fence that a line opens.
fn mark(text: &str) -> Option<&str> {
    let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let length = text.len() - text.trim_start_matches(sign).len();
    (length >= 3 && !(sign == '`' && text[length..].contains('`'))).then(|| &text[..length])
}

fn closes(text: &str, mark: &str) -> bool {
    let sign = mark.chars().next().unwrap_or('`');
    let text = text.trim_end();
    text.len() >= mark.len() && !text.is_empty() && text.chars().all(|letter| letter == sign)
}

/// Returns GitHub's word for a callout; `None` where a word is none.
fn kind(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "note" | "info" | "seealso" | "abstract" | "summary" => "NOTE",
        "tip" | "hint" | "success" | "example" | "question" => "TIP",
        "important" => "IMPORTANT",
        "warning" | "attention" | "warn" => "WARNING",
        "caution" | "danger" | "error" | "failure" | "critical" => "CAUTION",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        rewrite(text).map_or_else(|| text.to_owned(), |rewritten| rewritten.text)
    }

    #[test]
    fn what_is_in_a_fence_or_is_no_callout_stays() {
        for text in [
            "```text\n!!! note\n    x\n```\n",
            "> **Bold** words\n",
            ":::unknown\nx\n:::\n",
            "{{< figure >}}\n",
            "```text\n[TOC]\n```\n",
            "See [TOC] of it\n",
            "=== x\n",
        ] {
            assert_eq!(rewritten(text), text);
        }
    }

    #[test]
    fn a_quote_ends_where_a_line_begins_with_white_space_that_is_no_indentation() {
        assert_eq!(rewritten("> **Note** a\n> b\n"), "\n> [!NOTE]\n> a\n> b\n\n");
        for space in ["\u{a0}", "\u{3000}", "\u{85}", "\u{b}"] {
            let text = format!("> **Note** a\n{space}> b\n");
            assert_eq!(rewritten(&text), format!("\n> [!NOTE]\n> a\n\n{space}> b\n"));
            let text = format!("{space}> **Note** a\n> b\n");
            assert_eq!(rewritten(&text), text);
        }
    }

    #[test]
    fn code_in_a_shortcode_is_a_fence() {
        let text = "1. Look\n\n    {{< text bash >}}\n    $ ls *a*\n\n    ```\n    {{< /text >}}\n";
        let new = rewritten(text);
        assert_eq!(new, "1. Look\n\n\n    ````bash\n    $ ls *a*\n    \n    ```\n    ````\n\n");
        assert!(
            rewritten("{{< highlight yaml \"linenos=true\" >}}\na: 1\n{{< /highlight >}}\n")
                .contains("```yaml\na: 1\n```\n")
        );
        let jekyll = "{% highlight shell %}\n{% raw %}\necho {{x}}\n{% endraw %}\n{% endhighlight %}\n";
        assert_eq!(rewritten(jekyll), "\n```shell\necho {{x}}\n```\n\n");
        assert_eq!(rewritten("{{< text >}}\nnever closed\n"), "{{< text >}}\nnever closed\n");
    }

    #[test]
    fn a_place_for_a_table_of_contents_is_left_out() {
        assert_eq!(rewritten("a\n\n[[_TOC_]]\n\n[TOC]\n"), "a\n\n\n\n\n");
    }

    #[test]
    fn every_piece_knows_where_it_stood() {
        let text = "a\n\n!!! warning \"Mind\"\n\n    b `c`\n\n    ```sh\n    d\n    ```\n\ne\n";
        let new = rewrite(text).unwrap();
        for word in ["a\n", "b `c`", "```sh", "d\n", "e\n"] {
            let at = new.text.find(word).unwrap();
            assert_eq!(new.old(at), text.find(word).unwrap(), "{word} in {}", new.text);
        }
    }
}
