//! The hash by which it is known what was run.

use ring::digest::{Context, SHA256};

use crate::model::hexadecimal;

/// Returns the SHA-256 of an info string, the code and the values handed to a fragment, in lower-case hexadecimal.
pub(super) fn of(info: &str, code: &str, bindings: &[(String, String)]) -> String {
    let mut context = Context::new(&SHA256);
    let pairs = bindings.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    for part in [info.trim(), code].into_iter().chain(pairs) {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    hexadecimal(context.finish().as_ref())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn code_and_info_string_both_count() {
        let hash = of("bash check", "true\n", &[]);
        assert_eq!(hash.len(), 64);
        assert_ne!(hash, of("bash check id=x", "true\n", &[]));
        assert_ne!(hash, of("bash check", "false\n", &[]));
        assert_ne!(hash, of("bash check", "true\n", &[("A".to_owned(), "b".to_owned())]));
    }
}
