//! Values of params written in TOML: a params file, and `[target.NAME.params]`.
//!
//! A value is the text that stands there: `1.20` is a version to one reader and a number to another, and no value becomes
//! shorter by being read. What is said of a params file holds no excerpt of it: secrets may stand there.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::did_you_mean;
use crate::model::{Located, Source, Span};

/// What is wrong with values, and where.
pub(super) type Misplaced = Located<String>;

/// A file of values.
pub struct ParamsFile {
    source: Source,
    /// The values by name, each with the place of its name.
    values: BTreeMap<String, Located<String>>,
}

/// Why a params file will not do, each with file, line and column.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ParamsFileError(Vec<String>);

impl ParamsFile {
    /// Reads a file of values, a TOML table of NAME = value.
    pub fn read(source: Source) -> Result<Self, ParamsFileError> {
        let read = DeTable::parse(source.text()).map_err(|error| {
            let message = error.message().lines().next().unwrap_or("not TOML");
            Located::new(format!("no TOML table of values: {message}"), place(error.span().unwrap_or_default()))
        });
        let values = read.and_then(|tree| values(tree.get_ref(), source.text()));
        match values {
            Ok(values) => Ok(Self { source, values }),
            Err(wrong) => Err(ParamsFileError(vec![at(&source, &wrong)])),
        }
    }

    /// Returns the values by name.
    pub fn values(&self) -> BTreeMap<String, String> {
        self.values.iter().map(|(name, value)| (name.clone(), value.value.clone())).collect()
    }

    /// Refuses names that nothing uses and that were probably meant as one of `declared`, which has no value here. A file
    /// may be written for several runbooks: other names are left to them.
    pub fn all_used(&self, is_used: impl Fn(&str) -> bool, declared: &[&str]) -> Result<(), ParamsFileError> {
        let unused = self.values.iter().filter(|(name, _)| !is_used(name));
        let wrong: Vec<_> = unused
            .filter_map(|(name, value)| {
                let meant = did_you_mean(name, declared.iter().copied())?;
                let message = format!("no param `{name}`; did you mean `{meant}`?");
                (!self.values.contains_key(meant)).then(|| at(&self.source, &Located::new(message, value.span)))
            })
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(ParamsFileError(wrong)) }
    }
}

/// Returns the values of a table, each with the place of its name.
pub(super) fn values(table: &DeTable<'_>, text: &str) -> Result<BTreeMap<String, Located<String>>, Misplaced> {
    let read = table.iter().map(|(key, value)| {
        let name = key.get_ref().to_string();
        let written = written(&name, value, text)?;
        Ok((name, Located::new(written, place(key.span()))))
    });
    read.collect()
}

/// Returns a value as it is written, a text without its quotes.
fn written(name: &str, value: &Spanned<DeValue<'_>>, text: &str) -> Result<String, Misplaced> {
    let what = match value.get_ref() {
        DeValue::String(text) => return Ok(text.to_string()),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            return Ok(text.get(value.span()).unwrap_or_default().to_owned());
        }
        DeValue::Array(_) => "list",
        DeValue::Table(_) => "table",
    };
    let message =
        format!("the value of `{name}` is a {what}; a param takes a text, a number, a date, or true or false");
    Err(Located::new(message, place(value.span())))
}

fn place(range: std::ops::Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

fn at(source: &Source, wrong: &Misplaced) -> String {
    let position = source.position(wrong.span.start);
    format!("{}:{}:{}: {}", source.path().display(), position.line, position.column, wrong.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ParamsFile, String> {
        ParamsFile::read(Source::new("values.toml", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_is_the_text_that_stands_there() {
        for (written, wanted) in [
            ("1.20 # a version", "1.20"),
            ("-0.50", "-0.50"),
            ("+7e0", "+7e0"),
            ("1_000", "1_000"),
            ("0x1F", "0x1F"),
            ("2026-01-02 10:00:00", "2026-01-02 10:00:00"),
            ("true", "true"),
            ("\"1.20\"", "1.20"),
            ("'''\nä\n'''", "ä\n"),
        ] {
            let file = read(&format!("OTHER = 'ä'\nA = {written}\n")).expect(written);
            assert_eq!(file.values()["A"], wanted);
        }
    }

    #[test]
    fn lists_and_tables_are_no_values_and_nothing_of_them_is_shown() {
        for (text, told) in [
            ("A = 'x'\nB = [\"hunter2\"]\n", "values.toml:2:5: the value of `B` is a list; "),
            ("A = {B = \"hunter2\"}\n", "values.toml:1:5: the value of `A` is a table; "),
            ("[A]\nB = \"hunter2\"\n", "values.toml:1:1: the value of `A` is a table; "),
            ("A = 1\nB = hunter2\n", "values.toml:2:5: no TOML table of values: "),
        ] {
            let error = read(text).err().expect(text);
            assert!(error.starts_with(told) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_misspelt_name_is_told_with_its_place() {
        let file = read("APP = 'x'\nVERSOIN = 1\n").expect("it is TOML");
        assert_eq!(file.all_used(|_| true, &[]), Ok(()));
        assert_eq!(file.all_used(|name| name == "APP", &["APP", "REPLICAS"]), Ok(()), "it may be for another runbook");
        let error = file.all_used(|name| name == "APP", &["APP", "VERSION"]).expect_err("one is not used");
        assert_eq!(error.to_string(), "values.toml:2:1: no param `VERSOIN`; did you mean `VERSION`?");
    }
}
