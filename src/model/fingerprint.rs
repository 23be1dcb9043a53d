//! How we know that two texts are the same bytes.

use std::fmt::Write as _;

/// Returns the SHA-256 (FIPS 180-4) of `bytes` in lower-case hexadecimal.
pub fn fingerprint(bytes: &[u8]) -> String {
    hexadecimal(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

/// Returns bytes in lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn the_empty_text_has_the_standard_one() {
        assert!(fingerprint(b"").starts_with("e3b0c44298fc1c149afbf4c8996fb924"));
    }
}
