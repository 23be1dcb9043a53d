//! Where the cells of a table are: in what kubectl printed, and in what an author wrote in any width.

/// A text as a table. Several tables may stand below each other, as `kubectl get deploy,svc` prints them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A column: its name, and the character at which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) start: usize,
}

/// A word and the character at which it begins.
type Word = (usize, String);

/// Splits a text where an empty line stands before a header: tables of Kubernetes have headers in capitals, and names
/// in small letters.
pub(super) fn split(text: &str) -> Vec<Vec<&str>> {
    let mut tables: Vec<Vec<&str>> = Vec::new();
    let mut after_gap = true;
    for line in text.lines() {
        if line.trim().is_empty() {
            after_gap = true;
            continue;
        }
        match tables.last_mut() {
            Some(table) if !(after_gap && is_header(line)) => table.push(line),
            _ => tables.push(vec![line]),
        }
        after_gap = false;
    }
    tables
}

fn is_header(line: &str) -> bool {
    line.contains(char::is_uppercase) && !line.contains(char::is_lowercase)
}

/// Reads what a program printed: its columns stand apart by two blanks at least, and below each other.
pub(super) fn printed(lines: &[&str]) -> Table {
    let Some((header, rows)) = lines.split_first() else { return Table::default() };
    let columns: Vec<Column> = parts(header).into_iter().map(|(start, name)| Column { name, start }).collect();
    let rows = rows
        .iter()
        .map(|line| {
            let alternatives = [aligned(line, &columns), wide(line, &columns), narrow(line, &columns)];
            alternatives.into_iter().flatten().next().unwrap_or_else(|| vec![one_blank(line)])
        })
        .collect();
    Table { columns, rows }
}

/// Reads the header that an author wrote, by the columns there are: these tell `NOMINATED NODE` from `READY STATUS`.
/// Words that are no column stay together as one that is not there.
pub(super) fn documented_columns(header: &str, there: &[Column]) -> Vec<Column> {
    let words = words(header);
    let adjacent = |at: usize| at > 0 && words[at - 1].0 + words[at - 1].1.chars().count() + 1 == words[at].0;
    let mut columns: Vec<Column> = Vec::new();
    let mut unknown = false;
    let mut at = 0;
    while at < words.len() {
        let longest = (at + 1..=words.len()).rev().find(|&end| {
            (at + 1..end).all(adjacent) && there.iter().any(|column| column.name == joined(&words[at..end]))
        });
        let start = words[at].0;
        match (longest, columns.last_mut()) {
            (Some(end), _) => {
                columns.push(Column { name: joined(&words[at..end]), start });
                (at, unknown) = (end, false);
            }
            (None, Some(last)) if unknown && adjacent(at) => {
                last.name = format!("{} {}", last.name, words[at].1);
                at += 1;
            }
            (None, _) => {
                columns.push(Column { name: words[at].1.clone(), start });
                (at, unknown) = (at + 1, true);
            }
        }
    }
    columns
}

/// Reads a row that an author wrote: by wide gaps where these give every column, else by single blanks, else by where
/// the columns begin (a cell may be empty). `None` where it cannot be told which cell is which.
pub(super) fn documented_row(line: &str, columns: &[Column]) -> Option<Vec<String>> {
    wide(line, columns).or_else(|| narrow(line, columns)).or_else(|| aligned(line, columns))
}

fn joined(words: &[Word]) -> String {
    words.iter().map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" ")
}

fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn words(line: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut inside = false;
    for (at, character) in line.chars().enumerate() {
        match (character.is_whitespace(), words.last_mut()) {
            (true, _) => inside = false,
            (false, Some((_, word))) if inside => word.push(character),
            (false, _) => {
                words.push((at, character.to_string()));
                inside = true;
            }
        }
    }
    words
}

/// Splits at a tab, and at two or more blanks.
fn parts(line: &str) -> Vec<Word> {
    let mut parts: Vec<Word> = Vec::new();
    let mut end = 0;
    let tab = |from: usize, to: usize| line.chars().skip(from).take(to - from).any(|character| character == '\t');
    for (start, word) in words(line) {
        let length = word.chars().count();
        match parts.last_mut() {
            Some((_, part)) if start == end + 1 && !tab(end, start) => *part = format!("{part} {word}"),
            _ => parts.push((start, word)),
        }
        end = start + length;
    }
    parts
}

fn wide(line: &str, columns: &[Column]) -> Option<Vec<String>> {
    let cells: Vec<String> = parts(line).into_iter().map(|(_, cell)| cell).collect();
    (cells.len() == columns.len()).then_some(cells)
}

/// Splits at every blank, but for the `(2m ago)` behind a number of restarts.
fn narrow(line: &str, columns: &[Column]) -> Option<Vec<String>> {
    let mut cells: Vec<String> = Vec::new();
    let mut open = false;
    for (_, word) in words(line) {
        let continues = open || word.starts_with('(');
        match cells.last_mut() {
            Some(cell) if continues => *cell = format!("{cell} {word}"),
            _ => cells.push(word.clone()),
        }
        open = continues && !word.ends_with(')');
    }
    (cells.len() == columns.len()).then_some(cells)
}

/// Splits where the columns begin, if no word stands across.
fn aligned(line: &str, columns: &[Column]) -> Option<Vec<String>> {
    let characters: Vec<char> = line.chars().collect();
    let blank = |at: usize| characters.get(at).is_none_or(|character| character.is_whitespace());
    let fits = |column: &Column| column.start == 0 || blank(column.start - 1);
    if columns.is_empty() || !columns.iter().all(fits) {
        return None;
    }
    let ends = columns.iter().skip(1).map(|column| column.start).chain([usize::MAX]);
    let cell = |(column, end): (&Column, usize)| {
        let cell: String = characters.iter().take(end).skip(column.start).collect();
        // A cell begins where its column does, or is empty; else this is no table of that header.
        (blank(column.start) == cell.trim().is_empty()).then(|| one_blank(&cell))
    };
    columns.iter().zip(ends).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PODS: &str = "NAME    READY   NOMINATED NODE   READINESS GATES";

    fn names(columns: &[Column]) -> Vec<&str> {
        columns.iter().map(|column| column.name.as_str()).collect()
    }

    #[test]
    fn a_header_is_read_in_any_width() {
        let there = printed(&[PODS]).columns;
        assert_eq!(names(&there), ["NAME", "READY", "NOMINATED NODE", "READINESS GATES"]);
        for written in ["NAME READY NOMINATED NODE READINESS GATES", "NAME  READY  NOMINATED NODE  READINESS GATES"] {
            assert_eq!(names(&documented_columns(written, &there)), names(&there), "{written}");
        }
        assert_eq!(names(&documented_columns("NAME NOMINATED NODE", &there)), ["NAME", "NOMINATED NODE"]);
        assert_eq!(names(&documented_columns("NAME PORT MAP READY", &there)), ["NAME", "PORT MAP", "READY"]);
        assert_eq!(names(&documented_columns("NAME  PORT  MAP", &there)), ["NAME", "PORT", "MAP"]);
    }

    #[test]
    fn empty_cells_and_cells_of_several_words_stay_in_their_columns() {
        let table = printed(&[
            "NAME    STATUS   ROLES    MESSAGE",
            "node-1  Ready    <none>   all is well",
            "é-2              <none>",
        ]);
        assert_eq!(table.rows, [["node-1", "Ready", "<none>", "all is well"], ["é-2", "", "<none>", ""]]);
    }

    #[test]
    fn a_row_that_cannot_be_told_apart_is_none() {
        let columns = printed(&["NAME   READY   STATUS   RESTARTS"]).columns;
        assert_eq!(documented_row("web-0 1/1 Running 3 (2m ago)", &columns).unwrap()[3], "3 (2m ago)");
        assert_eq!(documented_row("web-0 1/1 Running", &columns), None);
        assert_eq!(documented_row("web-0          Running", &columns).unwrap(), ["web-0", "", "Running", ""]);
    }

    #[test]
    fn tables_below_each_other_are_told_apart() {
        let text = "NAME  READY\na  1/1\n\nb  1/1\n\nNAME  TYPE\nc  d";
        assert_eq!(split(text), [vec!["NAME  READY", "a  1/1", "b  1/1"], vec!["NAME  TYPE", "c  d"]]);
    }
}
