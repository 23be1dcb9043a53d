//! Tables as kubectl prints them.
//!
//! The documented header says which columns are compared, in any width; others that are there are ignored, and one that
//! is not there is a difference. Rows are found by NAME, in any order; AGE and its like, RESTARTS, IP and the ends of
//! names that Kubernetes makes up are free, everything else is strict. Every row that is there must be documented,
//! unless `...` alone stands for any other rows.

mod layout;
mod names;
mod pairs;

use super::lines::line_matches;
use super::{Compared, different};
use layout::{Column, Table};

/// Columns whose values change without anything being wrong.
const FREE: [&str; 8] = ["AGE", "RESTARTS", "IP", "CLUSTER-IP", "LAST SEEN", "FIRST SEEN", "LAST SCHEDULE", "DURATION"];

/// What stands for any characters in a cell, beside `[..]`.
const ELLIPSIS: char = '…';

/// Compares two cleaned texts.
pub(super) fn compare(expected: &str, actual: &str) -> Compared {
    let (wanted, found) = (layout::split(expected), layout::split(actual));
    if wanted.is_empty() {
        return Compared::Unusable("what is expected is no table: it has no header".to_owned());
    }
    if found.is_empty() {
        return different("there is no output", expected, actual);
    }
    if wanted.len() != found.len() {
        let message = format!("{} came, {} documented", tables(found.len()), tables_are(wanted.len()));
        return different(message, expected, actual);
    }
    let compared = wanted.iter().zip(&found).map(|(wanted, found)| compare_one(wanted, found));
    compared.into_iter().find(|compared| *compared != Compared::Same).unwrap_or(Compared::Same)
}

fn tables(count: usize) -> String {
    if count == 1 { "one table".to_owned() } else { format!("{count} tables") }
}

fn tables_are(count: usize) -> String {
    if count == 1 { "one is".to_owned() } else { format!("{count} are") }
}

fn compare_one(wanted: &[&str], found: &[&str]) -> Compared {
    let found_table = layout::printed(found);
    let Some((header, lines)) = wanted.split_first() else { return Compared::Same };
    let columns = layout::documented_columns(header, &found_table.columns);
    let there = |column: &Column| found_table.columns.iter().position(|other| other.name == column.name);
    if let Some(missing) = columns.iter().find(|column| there(column).is_none()) {
        let names: Vec<&str> = found_table.columns.iter().map(|column| column.name.as_str()).collect();
        let message = format!("there is no column `{}`, but {}", missing.name, names.join(", "));
        return different(message, header, found.first().copied().unwrap_or_default());
    }
    let mut rows = Vec::new();
    for line in lines.iter().filter(|line| !is_any(line)) {
        match layout::documented_row(line, &columns) {
            Some(row) => rows.push(row),
            None => return Compared::Unusable(format!("`{line}` does not fit under `{header}`: which cell is which?")),
        }
    }
    let projected = project(&found_table, &columns.iter().filter_map(there).collect::<Vec<_>>());
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let open = lines.iter().any(|line| is_any(line));
    Rows { header: &names, wanted: &rows, found: &projected }.compare(open)
}

fn is_any(line: &str) -> bool {
    matches!(line.trim(), "..." | "…")
}

/// Returns the cells of the columns that are compared.
fn project(table: &Table, columns: &[usize]) -> Vec<Vec<String>> {
    let cell = |row: &Vec<String>, at: &usize| row.get(*at).cloned().unwrap_or_default();
    // A line that is no row of this table, such as a warning between them, is one long cell.
    let whole = |row: &Vec<String>| if row.len() < table.columns.len() { row.clone() } else { Vec::new() };
    table
        .rows
        .iter()
        .map(|row| {
            let alone = whole(row);
            if alone.is_empty() { columns.iter().map(|at| cell(row, at)).collect() } else { alone }
        })
        .collect()
}

/// Rows of the compared columns.
struct Rows<'a> {
    header: &'a [&'a str],
    wanted: &'a [Vec<String>],
    found: &'a [Vec<String>],
}

impl Rows<'_> {
    fn compare(&self, open: bool) -> Compared {
        // Rows that are as documented find each other first: of three pods of a name any may be the one that differs.
        let same = |want: usize, find: usize| self.row_matches(&self.wanted[want], &self.found[find]);
        let mut pairs = pairs::match_up(self.wanted.len(), self.found.len(), same);
        let mut problems = Vec::new();
        for want in 0..self.wanted.len() {
            if pairs[want].is_some() {
                continue;
            }
            let taken = |find: usize| pairs.contains(&Some(find));
            let namesake = (0..self.found.len())
                .find(|&find| !taken(find) && self.names_match(&self.wanted[want], &self.found[find]));
            problems.push(match namesake {
                Some(find) => self.cells(want, find),
                None => format!("there is no row `{}`", self.key(&self.wanted[want])),
            });
            pairs[want] = namesake;
        }
        let extra: Vec<usize> = (0..self.found.len()).filter(|find| !pairs.contains(&Some(*find))).collect();
        if !open {
            problems
                .extend(extra.iter().map(|&find| format!("row `{}` is not documented", self.key(&self.found[find]))));
        }
        let Some(message) = problems.first() else { return Compared::Same };
        let more = if problems.len() > 1 { format!(" (and {} more)", problems.len() - 1) } else { String::new() };
        let shown = if open { &[][..] } else { extra.as_slice() };
        different(
            format!("{message}{more}"),
            &self.draw(&self.expected(&pairs)),
            &self.draw(&self.actual(&pairs, shown)),
        )
    }

    /// Returns the documented rows, with what is free or matched a wildcard as it came: a plain diff shows what differs.
    fn expected(&self, pairs: &[Option<usize>]) -> Vec<Vec<String>> {
        let row = |(want, pair): (&Vec<String>, &Option<usize>)| match pair {
            None => want.clone(),
            Some(find) => (0..self.header.len())
                .map(|at| {
                    let (want, find) = (&want[at], self.found[*find].get(at).cloned().unwrap_or_default());
                    if self.cell_fits(at, want, &find) { find } else { want.clone() }
                })
                .collect(),
        };
        self.wanted.iter().zip(pairs).map(row).collect()
    }

    fn actual(&self, pairs: &[Option<usize>], extra: &[usize]) -> Vec<Vec<String>> {
        pairs.iter().flatten().chain(extra).map(|&find| self.found[find].clone()).collect()
    }

    fn draw(&self, rows: &[Vec<String>]) -> String {
        let header: Vec<String> = self.header.iter().map(|&name| name.to_owned()).collect();
        let all = || std::iter::once(&header).chain(self.wanted).chain(self.found);
        let width = |at: usize| all().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}   "));
            cells.collect::<String>().trim_end().to_owned()
        };
        std::iter::once(&header).chain(rows).map(line).collect::<Vec<_>>().join("\n")
    }

    /// Says which cells of a row differ.
    fn cells(&self, want: usize, find: usize) -> String {
        let (want, find) = (&self.wanted[want], &self.found[find]);
        let differing = self.header.iter().enumerate().filter(|(at, _)| !self.cell_fits(*at, &want[*at], &find[*at]));
        let said: Vec<String> = differing
            .map(|(at, column)| format!("{column} is {}, documented {}", quoted(&find[at]), quoted(&want[at])))
            .collect();
        format!("row `{}`: {}", self.key(find), said.join(", "))
    }

    fn row_matches(&self, wanted: &[String], found: &[String]) -> bool {
        wanted.len() == found.len() && (0..self.header.len()).all(|at| self.cell_fits(at, &wanted[at], &found[at]))
    }

    fn cell_fits(&self, at: usize, wanted: &str, found: &str) -> bool {
        match self.header[at] {
            column if FREE.contains(&column) => true,
            "NAME" => names::matches(wanted, found),
            _ => cell_matches(wanted, found),
        }
    }

    fn names_match(&self, wanted: &[String], found: &[String]) -> bool {
        wanted.len() == found.len() && self.keys().all(|at| self.cell_fits(at, &wanted[at], &found[at]))
    }

    /// Returns the columns that name a row: NAMESPACE and NAME, else the first that is not free.
    fn keys(&self) -> impl Iterator<Item = usize> {
        let named = |column: &str| matches!(column, "NAME" | "NAMESPACE");
        let keys: Vec<usize> = (0..self.header.len()).filter(|&at| named(self.header[at])).collect();
        let first = self.header.iter().position(|column| !FREE.contains(column));
        let keys = if keys.is_empty() { first.into_iter().collect() } else { keys };
        keys.into_iter()
    }

    fn key(&self, row: &[String]) -> String {
        self.keys().filter_map(|at| row.get(at)).map(String::as_str).collect::<Vec<_>>().join("/")
    }
}

fn quoted(cell: &str) -> String {
    if cell.is_empty() { "empty".to_owned() } else { format!("`{cell}`") }
}

fn cell_matches(wanted: &str, found: &str) -> bool {
    wanted == found || line_matches(&wanted.replace(ELLIPSIS, "[..]"), found)
}

#[cfg(test)]
mod tests;
