//! Tables as kubectl prints them: rows by NAME in any order; AGE, RESTARTS, IP and the hash suffixes of pods are free,
//! everything else is strict. `...` alone stands for any other rows.

use super::lines::line_matches;
use super::{Compared, Difference, different};

/// Columns whose values change without anything being wrong.
const FREE: [&str; 4] = ["AGE", "RESTARTS", "IP", "CLUSTER-IP"];

/// The letters that Kubernetes makes random names of: no vowels, and nothing that looks like another.
const RANDOM: &str = "bcdfghjklmnpqrstvwxz2456789";

struct Table<'a> {
    header: Vec<&'a str>,
    rows: Vec<(Vec<&'a str>, &'a str)>,
    open: bool,
}

/// Compares two cleaned texts.
pub(super) fn compare(expected: &str, actual: &str) -> Compared {
    let wanted = parse(expected);
    if wanted.header.is_empty() {
        return Compared::Unusable("what is expected is no table: it has no header".to_owned());
    }
    let found = parse(actual);
    if wanted.header != found.header {
        let message = if found.header.is_empty() { "there is no output" } else { "the table has other columns" };
        return different(
            message,
            expected.lines().next().unwrap_or_default(),
            actual.lines().next().unwrap_or_default(),
        );
    }
    compare_rows(&wanted, &found)
}

fn compare_rows(wanted: &Table<'_>, found: &Table<'_>) -> Compared {
    let mut free: Vec<&(Vec<&str>, &str)> = found.rows.iter().collect();
    let mut problems = Vec::new();
    // Rows that are as documented take theirs first: of three pods of a name any may be the one that differs.
    let mut left = Vec::new();
    for row in &wanted.rows {
        match free.iter().position(|other| row_matches(&wanted.header, &row.0, &other.0)) {
            Some(at) => {
                free.remove(at);
            }
            None => left.push(row),
        }
    }
    for row in left {
        let key = key(&wanted.header, &row.0);
        match free.iter().position(|other| names_match(&wanted.header, &row.0, &other.0)) {
            Some(at) => problems.push((cells(&wanted.header, row, free.remove(at)), row.1, "")),
            None => problems.push((format!("there is no row `{key}`"), row.1, "")),
        }
    }
    if !wanted.open {
        for row in free {
            problems.push((format!("row `{}` is not documented", key(&wanted.header, &row.0)), "", row.1));
        }
    }
    let Some((message, ..)) = problems.first() else { return Compared::Same };
    let more = if problems.len() > 1 { format!(" (and {} more)", problems.len() - 1) } else { String::new() };
    let lines = |rows: Vec<&str>| rows.join("\n");
    Compared::Different(Difference {
        message: format!("{message}{more}"),
        expected: lines(wanted.rows.iter().map(|row| row.1).collect()),
        actual: lines(found.rows.iter().map(|row| row.1).collect()),
    })
}

/// Says which cells of a row differ.
fn cells(header: &[&str], wanted: &(Vec<&str>, &str), found: &(Vec<&str>, &str)) -> String {
    let differing = header
        .iter()
        .zip(wanted.0.iter().zip(&found.0))
        .filter(|(column, (want, find))| !is_free(column) && !is_key(column) && !line_matches(want, find));
    let said: Vec<String> =
        differing.map(|(column, (want, find))| format!("{column} is `{find}`, documented `{want}`")).collect();
    format!("row `{}`: {}", key(header, &found.0), said.join(", "))
}

fn row_matches(header: &[&str], wanted: &[&str], found: &[&str]) -> bool {
    wanted.len() == found.len()
        && names_match(header, wanted, found)
        && header
            .iter()
            .zip(wanted.iter().zip(found))
            .all(|(column, (want, find))| is_free(column) || is_key(column) || line_matches(want, find))
}

fn names_match(header: &[&str], wanted: &[&str], found: &[&str]) -> bool {
    let keys = key_columns(header);
    keys.into_iter().all(|column| match (wanted.get(column), found.get(column)) {
        (Some(want), Some(find)) => name_matches(want, find),
        _ => false,
    })
}

fn is_free(column: &str) -> bool {
    FREE.contains(&column)
}

fn is_key(column: &str) -> bool {
    matches!(column, "NAME" | "NAMESPACE")
}

/// Returns the columns that name a row: NAMESPACE and NAME, else the first.
fn key_columns(header: &[&str]) -> Vec<usize> {
    let keys: Vec<usize> = header.iter().enumerate().filter(|(_, column)| is_key(column)).map(|(at, _)| at).collect();
    if keys.is_empty() { vec![0] } else { keys }
}

fn key(header: &[&str], row: &[&str]) -> String {
    let names: Vec<&str> = key_columns(header).into_iter().filter_map(|column| row.get(column).copied()).collect();
    names.join("/")
}

/// Returns whether two names are the same, or those of two pods of the same owner.
fn name_matches(wanted: &str, found: &str) -> bool {
    line_matches(wanted, found) || same_owner(wanted, found, 2) || same_owner(wanted, found, 1)
}

/// Compares names without their last one or two parts, where these are random in what came, and look alike in what is
/// documented (where people make them up).
fn same_owner(wanted: &str, found: &str, parts: usize) -> bool {
    let (Some((owner, hashes)), Some((found_owner, found_hashes))) = (split(wanted, parts), split(found, parts)) else {
        return false;
    };
    let random = |hash: &str| hash.chars().all(|character| RANDOM.contains(character));
    owner == found_owner
        && found_hashes.iter().all(|hash| random(hash) && is_hash_length(hash, &found_hashes))
        && hashes.iter().all(|hash| {
            let made_up = hash.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit());
            made_up && is_hash_length(hash, &hashes)
        })
}

/// The hash of a pod template has up to ten characters, the random end of a pod's name five.
fn is_hash_length(hash: &str, hashes: &[&str]) -> bool {
    let is_last = hashes.last().is_some_and(|last| std::ptr::eq(*last, hash));
    if is_last { hash.len() == 5 } else { (6..=10).contains(&hash.len()) }
}

fn split(name: &str, parts: usize) -> Option<(&str, Vec<&str>)> {
    let mut rest = name;
    let mut hashes = Vec::new();
    for _ in 0..parts {
        let (before, hash) = rest.rsplit_once('-')?;
        hashes.insert(0, hash);
        rest = before;
    }
    Some((rest, hashes))
}

fn parse(text: &str) -> Table<'_> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header = lines.next().unwrap_or_default();
    let columns = columns(header);
    let mut table = Table { header: columns.iter().map(|&(_, name)| name).collect(), rows: Vec::new(), open: false };
    for line in lines {
        if line.trim() == "..." {
            table.open = true;
        } else {
            table.rows.push((row(line, &columns), line));
        }
    }
    table
}

/// Returns the columns and where they begin: names may hold single blanks (`NOMINATED NODE`).
fn columns(header: &str) -> Vec<(usize, &str)> {
    wide_parts(header)
}

/// Splits at two or more blanks.
fn wide_parts(line: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut rest = line;
    let mut offset = 0;
    loop {
        let skipped = rest.len() - rest.trim_start().len();
        (rest, offset) = (&rest[skipped..], offset + skipped);
        if rest.is_empty() {
            return parts;
        }
        let end = rest.find("  ").or_else(|| rest.find('\t')).unwrap_or(rest.len());
        parts.push((offset, &rest[..end]));
        (rest, offset) = (&rest[end..], offset + end);
    }
}

/// Reads a row: by wide gaps where these give every column, else by where the columns begin (a cell may be empty), else
/// by single blanks.
fn row<'a>(line: &'a str, columns: &[(usize, &str)]) -> Vec<&'a str> {
    let wide: Vec<&str> = wide_parts(line).into_iter().map(|(_, cell)| cell).collect();
    if wide.len() == columns.len() {
        return wide;
    }
    let narrow: Vec<&str> = line.split_whitespace().collect();
    if narrow.len() == columns.len() {
        return narrow;
    }
    let ends = columns.iter().skip(1).map(|&(start, _)| start).chain([usize::MAX]);
    columns
        .iter()
        .zip(ends)
        .map(|(&(start, _), end)| line.get(start.min(line.len())..end.min(line.len())).unwrap_or_default().trim())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PODS: &str = "NAME                   READY   STATUS    RESTARTS      AGE
api-6d4cf56db6-2xk4z   1/1     Running   3 (2m ago)    5d
api-6d4cf56db6-9zzhw   1/1     Running   0             5d
web-0                  1/1     Running   0             5d";

    fn said(expected: &str, actual: &str) -> String {
        match compare(expected, actual) {
            Compared::Same => String::new(),
            Compared::Different(difference) => difference.message,
            Compared::Unusable(reason) => reason,
        }
    }

    #[test]
    fn what_changes_by_itself_is_free() {
        let documented = "NAME READY STATUS RESTARTS AGE
web-0                  1/1     Running   7             1m
api-7d9f8b6c5a-abcde   1/1     Running   0             10s
api-7d9f8b6c5a-fghij   1/1     Running   0             10s";
        assert_eq!(
            said(&documented.replacen("NAME READY STATUS RESTARTS AGE", "NAME  READY  STATUS  RESTARTS  AGE", 1), PODS),
            ""
        );
    }

    #[test]
    fn everything_else_is_strict() {
        let ready = PODS.replace("web-0                  1/1", "web-0                  0/1");
        assert_eq!(said(PODS, &ready), "row `web-0`: READY is `0/1`, documented `1/1`");
        let crash = PODS.replacen("Running", "CrashLoopBackOff", 1);
        assert!(said(PODS, &crash).starts_with("row `api-6d4cf56db6-2xk4z`: STATUS is `CrashLoopBackOff`"));
    }

    #[test]
    fn rows_are_counted() {
        let fewer = PODS.lines().take(3).collect::<Vec<_>>().join("\n");
        assert_eq!(said(PODS, &fewer), "there is no row `web-0`");
        assert_eq!(said(&fewer, PODS), "row `web-0` is not documented");
        assert_eq!(said(&format!("{fewer}\n..."), PODS), "");
        let one = PODS.lines().filter(|line| !line.contains("9zzhw")).collect::<Vec<_>>().join("\n");
        assert!(said(PODS, &one).starts_with("there is no row `api-"), "two rows need two pods");
    }

    #[test]
    fn another_owner_is_not_the_same() {
        assert!(!name_matches("api-7d9f8b6c5-abcde", "web-6d4cf56db6-2xk4z"));
        assert!(!name_matches("api-blue", "api-green"));
        assert!(!name_matches("novacron-backend-proxy", "novacron-gateway-cache"));
        assert!(name_matches("fluentd-x2x4z", "fluentd-9zzhw"));
    }

    #[test]
    fn other_columns_are_another_table() {
        assert_eq!(said(PODS, "NAME   READY\nweb-0   1/1"), "the table has other columns");
        assert_eq!(said(PODS, ""), "there is no output");
        assert!(said("", PODS).contains("no table"));
    }

    #[test]
    fn wildcards_work_in_cells() {
        assert_eq!(said("NAME  STATUS\nweb-0  [..]", "NAME    STATUS\nweb-0   Running"), "");
    }

    #[test]
    fn an_empty_cell_stays_in_its_column() {
        let table = "NAME   NODE   READY\na      n1     1/1\nb             0/1";
        assert_eq!(said(table, table), "");
        assert_eq!(said(table, &table.replace("0/1", "1/1")), "row `b`: READY is `1/1`, documented `0/1`");
    }
}
