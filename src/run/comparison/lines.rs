//! Line by line: `...` alone stands for any lines, `[..]` inside a line for any characters.

use super::{Compared, different};

/// The wildcard for any lines.
const ANY_LINES: &str = "...";

/// The wildcard for any characters.
const ANY_CHARACTERS: &str = "[..]";

/// Beyond this many cells the texts are shown as they are, without aligning them.
const MOST_CELLS: usize = 4_000_000;

/// Compares two cleaned texts.
pub(super) fn compare(expected: &str, actual: &str) -> Compared {
    let (wanted, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    if all_match(&wanted, &found) {
        return Compared::Same;
    }
    let shown = align(&wanted, &found);
    let message = match (found.is_empty(), first_difference(&shown, &found)) {
        (true, _) => "there is no output".to_owned(),
        (false, line) => format!("line {} of the output is not as documented", line + 1),
    };
    different(message, &shown.join("\n"), actual)
}

fn first_difference(shown: &[&str], found: &[&str]) -> usize {
    shown.iter().zip(found).take_while(|(one, other)| one == other).count()
}

/// Matches as a shell matches `*`: where it fails, the last `...` takes one line more.
fn all_match(wanted: &[&str], found: &[&str]) -> bool {
    let (mut want, mut find) = (0, 0);
    let mut retry = None;
    while find < found.len() {
        match wanted.get(want) {
            Some(line) if is_any(line) => {
                retry = Some((want + 1, find));
                want += 1;
            }
            Some(line) if line_matches(line, found[find]) => {
                want += 1;
                find += 1;
            }
            _ => match retry.as_mut() {
                Some((after, taken)) => {
                    *taken += 1;
                    (want, find) = (*after, *taken);
                }
                None => return false,
            },
        }
    }
    wanted[want..].iter().all(|line| is_any(line))
}

fn is_any(line: &str) -> bool {
    line.trim() == ANY_LINES
}

/// Returns whether a line is as expected.
pub(super) fn line_matches(wanted: &str, found: &str) -> bool {
    let parts: Vec<&str> = wanted.split(ANY_CHARACTERS).collect();
    let [first, middle @ .., last] = parts.as_slice() else { return wanted == found };
    let Some(mut rest) = found.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// What a pair of lines is worth: one that matches more than any number of lines that merely stand across.
const MATCH: u32 = 1 << 12;
const ACROSS: u32 = 1;

/// Returns the expected lines with every line that matches written as it came, so that a plain diff with what came shows
/// only what differs.
fn align<'a>(wanted: &[&'a str], found: &[&'a str]) -> Vec<&'a str> {
    if (wanted.len() + 1) * (found.len() + 1) > MOST_CELLS {
        return wanted.to_vec();
    }
    let grid = Grid::of(wanted, found);
    let mut shown = Vec::with_capacity(wanted.len());
    let (mut want, mut find) = (0, 0);
    while want < wanted.len() {
        let here = grid.at(want, find);
        let line = found.get(find).copied();
        match (is_any(wanted[want]), line) {
            // `...` takes whatever lies before the next line that matches.
            (true, Some(line)) if here == grid.at(want, find + 1) => {
                shown.push(line);
                find += 1;
            }
            (true, _) => want += 1,
            (false, Some(line)) if here == grid.at(want + 1, find + 1) + worth(wanted[want], line) => {
                let matches = worth(wanted[want], line) == MATCH;
                shown.push(if matches { line } else { wanted[want] });
                want += 1;
                find += 1;
            }
            (false, _) if here == grid.at(want + 1, find) => {
                shown.push(wanted[want]);
                want += 1;
            }
            (false, _) => find += 1,
        }
    }
    shown
}

fn worth(wanted: &str, found: &str) -> u32 {
    if line_matches(wanted, found) { MATCH } else { ACROSS }
}

/// What the expected lines from one on can be worth at best, against what came from one on.
struct Grid {
    cells: Vec<u32>,
    width: usize,
}

impl Grid {
    fn of(wanted: &[&str], found: &[&str]) -> Self {
        let width = found.len() + 1;
        let mut grid = Self { cells: vec![0; (wanted.len() + 1) * width], width };
        for want in (0..wanted.len()).rev() {
            for find in (0..width).rev() {
                let mut best = grid.at(want + 1, find);
                if let Some(line) = found.get(find) {
                    best = best.max(grid.at(want, find + 1));
                    if !is_any(wanted[want]) {
                        best = best.max(grid.at(want + 1, find + 1) + worth(wanted[want], line));
                    }
                }
                grid.cells[want * width + find] = best;
            }
        }
        grid
    }

    fn at(&self, want: usize, find: usize) -> u32 {
        self.cells[want * self.width + find]
    }
}

#[cfg(test)]
mod tests {
    use super::super::Difference;
    use super::*;

    fn same(expected: &str, actual: &str) -> bool {
        compare(expected, actual) == Compared::Same
    }

    fn difference(expected: &str, actual: &str) -> Difference {
        match compare(expected, actual) {
            Compared::Different(difference) => difference,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_as_documented_is_the_same() {
        for (expected, actual) in [
            ("a\nb", "a\nb"),
            ("", ""),
            ("...", ""),
            ("...", "a\nb"),
            ("a\n...\nz", "a\nz"),
            ("a\n...\nz", "a\nb\nz\nc\nz"),
            ("...\nready", "one\ntwo\nready"),
            ("pod/[..] deleted", "pod/api-1 deleted"),
            ("[..]", "anything"),
            ("took [..]s for [..] of [..]", "took 3s for a of b"),
            ("[..]ab", "abab"),
        ] {
            assert!(same(expected, actual), "{expected:?} {actual:?}");
        }
    }

    #[test]
    fn what_is_not_as_documented_differs() {
        for (expected, actual) in [
            ("3/3", "0/3"),
            ("a\nb", "a"),
            ("a", "a\nb"),
            ("a\n...\nz", "a\nb"),
            ("a\n...", "b\na"),
            ("ab[..]ba", "aba"),
            ("", "error"),
            ("ready", ""),
            ("a .. b", "a x b"),
            ("a\n... \nb\nb", "a\nb"),
        ] {
            assert!(!same(expected, actual), "{expected:?} {actual:?}");
        }
    }

    #[test]
    fn only_what_differs_differs_in_what_is_shown() {
        let difference = difference("head [..]\n...\nready 3\nend", "head 1\nx\ny\nready 0\nend");
        assert_eq!(difference.expected, "head 1\nx\ny\nready 3\nend");
        assert_eq!(difference.actual, "head 1\nx\ny\nready 0\nend");
        assert_eq!(difference.message, "line 4 of the output is not as documented");
    }

    #[test]
    fn an_empty_output_is_said_to_be_empty() {
        assert_eq!(difference("ready", "").message, "there is no output");
    }
}
