//! Elements of Markdown that are elements of HTML and nothing more.

use pulldown_cmark::{BlockQuoteKind, Tag, TagEnd};

/// Returns whether an element cannot stand in a line of text.
pub(super) const fn is_block(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::BlockQuote(_)
            | Tag::CodeBlock(_)
            | Tag::HtmlBlock
            | Tag::List(_)
            | Tag::Item
            | Tag::Table(_)
            | Tag::DefinitionList
            | Tag::FootnoteDefinition(_)
    )
}

/// Returns whether the text before and the text after the end of an element are different lines.
pub(super) const fn ends_a_line(tag: TagEnd) -> bool {
    !matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::Heading(_)
            | TagEnd::TableCell
    )
}

/// Opens an element.
pub(super) fn open(out: &mut String, tag: &Tag<'_>) {
    match tag {
        Tag::Paragraph => out.push_str("<p>"),
        Tag::BlockQuote(None) => out.push_str("<blockquote>\n"),
        Tag::BlockQuote(Some(kind)) => callout(out, *kind),
        Tag::List(None) => out.push_str("<ul>\n"),
        Tag::List(Some(1)) => out.push_str("<ol>\n"),
        Tag::List(Some(start)) => out.push_str(&format!("<ol start=\"{start}\">\n")),
        Tag::Item => out.push_str("<li>"),
        Tag::DefinitionList => out.push_str("<dl>\n"),
        Tag::DefinitionListTitle => out.push_str("<dt>"),
        Tag::DefinitionListDefinition => out.push_str("<dd>"),
        Tag::Emphasis => out.push_str("<em>"),
        Tag::Strong => out.push_str("<strong>"),
        Tag::Strikethrough => out.push_str("<del>"),
        Tag::Superscript => out.push_str("<sup>"),
        Tag::Subscript => out.push_str("<sub>"),
        _ => {}
    }
}

/// Closes an element.
pub(super) fn close(out: &mut String, tag: TagEnd) {
    out.push_str(match tag {
        TagEnd::Paragraph => "</p>\n",
        TagEnd::BlockQuote(None) => "</blockquote>\n",
        TagEnd::BlockQuote(Some(_)) => "</div>\n",
        TagEnd::List(true) => "</ol>\n",
        TagEnd::List(false) => "</ul>\n",
        TagEnd::Item => "</li>\n",
        TagEnd::DefinitionList => "</dl>\n",
        TagEnd::DefinitionListTitle => "</dt>\n",
        TagEnd::DefinitionListDefinition => "</dd>\n",
        TagEnd::Emphasis => "</em>",
        TagEnd::Strong => "</strong>",
        TagEnd::Strikethrough => "</del>",
        TagEnd::Superscript => "</sup>",
        TagEnd::Subscript => "</sub>",
        _ => "",
    });
}

/// Opens a callout in the spelling of GitHub: `> [!NOTE]`.
fn callout(out: &mut String, kind: BlockQuoteKind) {
    let (class, word) = match kind {
        BlockQuoteKind::Note => ("note", "Note"),
        BlockQuoteKind::Tip => ("tip", "Tip"),
        BlockQuoteKind::Important => ("important", "Important"),
        BlockQuoteKind::Warning => ("warning", "Warning"),
        BlockQuoteKind::Caution => ("caution", "Caution"),
    };
    out.push_str(&format!("<div class=\"callout {class}\" role=\"note\"><p class=\"callout-title\">{word}</p>\n"));
}
