//! Bytes → whole lines of text, as they come.

/// The longest line that is waited for; a longer one is handed on in pieces.
const LONGEST: usize = 64 * 1024;

/// Holds back what is not a whole line yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    held: Vec<u8>,
}

impl Lines {
    /// Takes bytes, and hands on the whole lines among them in one piece.
    pub(super) fn push(&mut self, bytes: &[u8], hear: &mut dyn FnMut(&str)) {
        self.held.extend_from_slice(bytes);
        let end = match self.held.iter().rposition(|&byte| byte == b'\n') {
            Some(at) => at + 1,
            None if self.held.len() > LONGEST => whole_characters(&self.held),
            None => return,
        };
        let rest = self.held.split_off(end);
        hear(&String::from_utf8_lossy(&self.held));
        self.held = rest;
    }

    /// Hands on what has no newline at its end.
    pub(super) fn finish(&mut self, hear: &mut dyn FnMut(&str)) {
        if !self.held.is_empty() {
            hear(&String::from_utf8_lossy(&self.held));
            self.held.clear();
        }
    }
}

/// Returns how many bytes form whole characters: the end may have cut one in two.
fn whole_characters(bytes: &[u8]) -> usize {
    let last = bytes.len().saturating_sub(4);
    match bytes[last..].iter().rposition(|&byte| byte & 0xC0 != 0x80) {
        Some(at) if bytes[last + at] >= 0xC0 => last + at,
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(pieces: &[&[u8]]) -> Vec<String> {
        let mut heard = Vec::new();
        let mut lines = Lines::default();
        for piece in pieces {
            lines.push(piece, &mut |text| heard.push(text.to_owned()));
        }
        lines.finish(&mut |text| heard.push(text.to_owned()));
        heard
    }

    #[test]
    fn a_line_is_handed_on_when_it_is_whole() {
        assert_eq!(heard(&[b"a", b"b\nc", b"\nd"]), ["ab\n", "c\n", "d"]);
    }

    #[test]
    fn a_character_across_pieces_stays_whole() {
        assert_eq!(heard(&[b"caf\xc3", b"\xa9\n"]), ["café\n"]);
    }

    #[test]
    fn an_endless_line_comes_in_pieces_of_whole_characters() {
        let long = "é".repeat(LONGEST);
        let (first, second) = long.as_bytes().split_at(LONGEST + 1);
        let heard = heard(&[first, second]);
        assert!(heard.len() > 1);
        assert_eq!(heard.concat(), long);
    }
}
