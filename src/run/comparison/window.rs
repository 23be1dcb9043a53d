//! The part of two texts that a reader must see to know how they differ.

/// How many equal lines are shown before and after.
const CONTEXT: usize = 3;

/// How many lines are shown at most of each text.
const MOST: usize = 40;

/// Returns both texts without the equal lines far from where they differ.
pub(super) fn around_difference(one: &str, other: &str) -> (String, String) {
    let (one, other): (Vec<&str>, Vec<&str>) = (one.lines().collect(), other.lines().collect());
    let before = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let rest = one.len().min(other.len()) - before;
    let after = one.iter().rev().zip(other.iter().rev()).take(rest).take_while(|(one, other)| one == other).count();
    (part(&one, before, after), part(&other, before, after))
}

fn part(lines: &[&str], before: usize, after: usize) -> String {
    let start = before.saturating_sub(CONTEXT);
    let end = lines.len() - after.saturating_sub(CONTEXT);
    let shown = &lines[start..end.max(start)];
    if shown.len() <= MOST {
        return shown.join("\n");
    }
    format!("{}\n… {} more lines", shown[..MOST].join("\n"), shown.len() - MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_far_away_are_not_shown() {
        let one: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let mut other = one.clone();
        other[50] = "x".to_owned();
        let (one, other) = around_difference(&one.join("\n"), &other.join("\n"));
        assert_eq!(one, "47\n48\n49\n50\n51\n52\n53");
        assert_eq!(other, "47\n48\n49\nx\n51\n52\n53");
    }

    #[test]
    fn a_missing_last_line_is_shown() {
        assert_eq!(around_difference("a\nb", "a"), ("a\nb".to_owned(), "a".to_owned()));
    }

    #[test]
    fn a_repeated_line_is_counted_once() {
        assert_eq!(around_difference("a\na\na", "a\na"), ("a\na\na".to_owned(), "a\na".to_owned()));
    }
}
