//! What a process printed, bounded: however much it is, memory stays flat.

use std::collections::VecDeque;

/// How much of the beginning of a text is kept, and how much of its end, where nobody asks for more: 64 KiB each.
pub const KEPT: usize = 64 * 1024;

/// How a line begins and ends that stands for what was left out.
const LEFT_OUT: (&str, &str) = ("[", " bytes left out]");

/// Returns whether a text that was kept is only the beginning and the end of what there was.
pub fn is_cut(kept: &str) -> bool {
    let stands_for_more = |line: &str| {
        let number = line.strip_prefix(LEFT_OUT.0).and_then(|line| line.strip_suffix(LEFT_OUT.1));
        number.is_some_and(|number| number.parse::<u64>().is_ok())
    };
    kept.contains(LEFT_OUT.1) && kept.lines().any(stands_for_more)
}

/// The beginning and the end of a text.
#[derive(Debug, Clone)]
pub struct Captured {
    keep: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    left_out: u64,
    /// The text as it was told, where nothing was listened to.
    told: Option<(String, bool)>,
}

impl Captured {
    /// Keeps the first `keep` bytes and the last `keep` bytes.
    pub const fn new(keep: usize) -> Self {
        Self { keep, head: Vec::new(), tail: VecDeque::new(), left_out: 0, told: None }
    }

    /// Returns what a process printed at another time, and whether something in its middle was left out then.
    pub fn told(text: String, cut: bool) -> Self {
        Self { told: Some((text, cut)), ..Self::new(0) }
    }

    /// Appends bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(self.keep - self.head.len()));
        self.head.extend_from_slice(head);
        // Of a piece longer than the tail only its end can stay.
        let skipped = rest.len().saturating_sub(self.keep);
        self.tail.extend(&rest[skipped..]);
        let surplus = self.tail.len().saturating_sub(self.keep);
        self.tail.drain(..surplus);
        self.left_out += (skipped + surplus) as u64;
    }

    /// Returns whether something in the middle was left out.
    pub const fn is_cut(&self) -> bool {
        matches!(self.told, Some((_, true))) || self.left_out > 0
    }

    /// Returns the text; bytes that are not UTF-8 become `U+FFFD`. Where something was left out a line says how much,
    /// between whole lines, so that a secret that lay across the cut does not show half of itself.
    pub fn text(&self) -> String {
        if let Some((text, _)) = &self.told {
            return text.clone();
        }
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        if !self.is_cut() {
            let whole = [self.head.as_slice(), &tail].concat();
            return String::from_utf8_lossy(&whole).into_owned();
        }
        let head = &self.head[..self.head.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)];
        let tail = &tail[tail.iter().position(|&byte| byte == b'\n').map_or(tail.len(), |at| at + 1)..];
        let left_out = self.left_out + (self.head.len() - head.len() + self.tail.len() - tail.len()) as u64;
        let (head, tail) = (String::from_utf8_lossy(head), String::from_utf8_lossy(tail));
        format!("{head}{}{left_out}{}\n{tail}", LEFT_OUT.0, LEFT_OUT.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_kept_whole() {
        let mut captured = Captured::new(KEPT);
        captured.push(b"one\n");
        captured.push(b"two");
        assert_eq!(captured.text(), "one\ntwo");
        assert!(!captured.is_cut());
    }

    #[test]
    fn a_text_of_two_kept_parts_is_not_cut() {
        let mut captured = Captured::new(KEPT);
        captured.push(&vec![b'x'; 2 * KEPT]);
        assert!(!captured.is_cut());
        assert_eq!(captured.text().len(), 2 * KEPT);
    }

    #[test]
    fn a_long_text_keeps_its_ends_and_says_what_is_missing() {
        let mut captured = Captured::new(KEPT);
        for number in 0..100_000 {
            captured.push(format!("line {number}\n").as_bytes());
        }
        let text = captured.text();
        assert!(text.starts_with("line 0\n") && text.ends_with("line 99999\n"));
        assert!(is_cut(&text) && !is_cut("line 0\n[no bytes left out]\n"));
        assert!(text.len() < 2 * KEPT + 100);
        assert_eq!(text.lines().filter(|line| line.ends_with("bytes left out]")).count(), 1);
        assert!(text.lines().all(|line| line.starts_with("line ") || line.starts_with('[')));
    }

    #[test]
    fn one_huge_piece_is_bounded_too() {
        let mut captured = Captured::new(KEPT);
        captured.push(&vec![b'\n'; 10 * KEPT]);
        assert!(captured.text().len() < 2 * KEPT + 100);
    }
}
