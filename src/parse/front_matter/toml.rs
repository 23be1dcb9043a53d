//! TOML as a tree with places.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::data::{Data, Node, Unreadable};
use crate::model::{Code, Located, Span};

/// Reads a TOML document.
pub(super) fn read(code: &Code) -> Result<Node, Unreadable> {
    match DeTable::parse(code.text()) {
        Ok(table) => Ok(Node { data: map(table.get_ref(), code), span: code.span() }),
        Err(error) => {
            let place = error.span().unwrap_or(0..0);
            let word = code.text().get(place.clone()).unwrap_or_default();
            let bare = word.starts_with(char::is_alphabetic) && !error.message().contains("key");
            let help = bare.then(|| "put text in quotes".to_owned());
            Err(Unreadable { message: first_line(error.message()), span: span(place, code), help })
        }
    }
}

/// The reader sorts keys by name; the order of the text counts, because a param may refer to those before it.
fn map(table: &DeTable<'_>, code: &Code) -> Data {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| (Located::new(key.get_ref().to_string(), span(key.span(), code)), node(value, code)))
        .collect();
    entries.sort_by_key(|(key, _)| key.span.start);
    Data::Map(entries)
}

fn node(value: &Spanned<DeValue<'_>>, code: &Code) -> Node {
    let place = value.span();
    let written = || code.text().get(place.clone()).unwrap_or_default().to_owned();
    let data = match value.get_ref() {
        DeValue::String(text) => Data::Scalar(text.to_string()),
        DeValue::Boolean(flag) => Data::Bool(*flag, flag.to_string()),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => Data::Scalar(written()),
        DeValue::Array(items) => Data::List(items.iter().map(|item| node(item, code)).collect()),
        DeValue::Table(table) => map(table, code),
    };
    Node { data, span: span(place, code) }
}

fn span(range: Range<usize>, code: &Code) -> Span {
    let text = code.text();
    let end = text.ceil_char_boundary(range.end.min(text.len()));
    code.source_span(Span::new(text.floor_char_boundary(range.start.min(end)), end))
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order_of_the_text() {
        let mut code = Code::empty();
        code.push("b = 1_000\na = 2026-01-02\n", 4);
        let Data::Map(entries) = read(&code).unwrap().data else { panic!("a table") };
        let pairs: Vec<_> = entries.iter().map(|(key, node)| (key.value.as_str(), node.scalar())).collect();
        assert_eq!(pairs, [("b", Some("1_000".to_owned())), ("a", Some("2026-01-02".to_owned()))]);
        assert_eq!(entries[1].1.span, Span::new(18, 28));
    }
}
