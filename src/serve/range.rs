//! A part of a file, for whoever asks for one.

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: nothing else is asked for, or in words that we need not understand.
    Whole,
    /// From the first byte up to and without the second.
    Bytes(usize, usize),
    /// A part that the file does not have.
    Beyond,
}

/// Reads a header; several parts at once are answered with the whole, as is allowed.
pub(super) fn part(header: Option<&str>, length: usize) -> Part {
    let Some((first, last)) = header.and_then(|header| header.strip_prefix("bytes=")?.split_once('-')) else {
        return Part::Whole;
    };
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match (first.trim().is_empty(), number(first), last.trim().is_empty(), number(last)) {
        (true, _, false, Some(0)) => Part::Beyond,
        (true, _, false, Some(_)) if length == 0 => Part::Beyond,
        (true, _, false, Some(count)) => Part::Bytes(length.saturating_sub(count), length),
        (false, Some(from), true, _) if from < length => Part::Bytes(from, length),
        (false, Some(from), false, Some(to)) if from <= to && from < length => {
            Part::Bytes(from, to.saturating_add(1).min(length))
        }
        (false, Some(from), true, _) | (false, Some(from), false, Some(_)) if from >= length => Part::Beyond,
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, part};

    #[test]
    fn parts_are_cut_to_the_file() {
        assert_eq!(part(Some("bytes=0-3"), 10), Part::Bytes(0, 4));
        assert_eq!(part(Some("bytes=4-"), 10), Part::Bytes(4, 10));
        assert_eq!(part(Some("bytes=-3"), 10), Part::Bytes(7, 10));
        assert_eq!(part(Some("bytes=8-99"), 10), Part::Bytes(8, 10));
    }

    #[test]
    fn what_is_beyond_is_refused_and_what_is_no_part_is_the_whole() {
        assert_eq!(part(Some("bytes=10-"), 10), Part::Beyond);
        assert_eq!(part(Some("bytes=-0"), 10), Part::Beyond);
        for header in [None, Some("bytes=5-2"), Some("bytes=0-1,4-5"), Some("lines=1-2"), Some("bytes=x-y")] {
            assert_eq!(part(header, 10), Part::Whole, "{header:?}");
        }
    }
}
