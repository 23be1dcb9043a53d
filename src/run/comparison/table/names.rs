//! Names of objects, some of which Kubernetes makes up the end of.

use super::cell_matches;

/// The letters that Kubernetes makes random names of: no vowels, and nothing that looks like another.
const RANDOM: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Returns whether two names are the same, or those of two pods of the same owner.
pub(super) fn matches(wanted: &str, found: &str) -> bool {
    cell_matches(wanted, found) || (1..=2).any(|parts| same_owner(wanted, found, parts))
}

/// Compares names without their last one or two parts, where these are made up in what came, and look alike in what is
/// documented (where people make them up).
fn same_owner(wanted: &str, found: &str, parts: usize) -> bool {
    let (Some((owner, written)), Some((found_owner, made))) = (split(wanted, parts), split(found, parts)) else {
        return false;
    };
    owner == found_owner && is_made_up(&made, is_random) && is_made_up(&written, |_| true)
}

/// Returns whether parts look like those of a pod: the hash of a template or the time of a job, and five letters.
fn is_made_up(parts: &[&str], letters: impl Fn(&str) -> bool) -> bool {
    let small = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let time = |part: &str| (8..=10).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts {
        [last] => time(last) || last.len() == 5 && small(last) && letters(last),
        [first, last] => {
            let hash = (6..=10).contains(&first.len()) && small(first) && letters(first);
            (hash || time(first)) && last.len() == 5 && small(last) && letters(last)
        }
        _ => false,
    }
}

fn is_random(part: &str) -> bool {
    part.chars().all(|character| RANDOM.contains(character))
}

fn split(name: &str, parts: usize) -> Option<(&str, Vec<&str>)> {
    let mut rest = name;
    let mut ends = Vec::new();
    for _ in 0..parts {
        let (before, end) = rest.rsplit_once('-')?;
        ends.insert(0, end);
        rest = before;
    }
    Some((rest, ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_ends_are_free() {
        assert!(matches("fluentd-x2x4z", "fluentd-9zzhw"));
        assert!(matches("api-7d9f8b6c5a-abcde", "api-6d4cf56db6-2xk4z"));
        assert!(matches("backup-29391840-abcde", "backup-29402310-x2x4z"));
        assert!(matches("backup-29391840", "backup-29402310"));
        assert!(matches("api-…", "api-6d4cf56db6-2xk4z") && matches("api-[..]", "api-6d4cf56db6-2xk4z"));
    }

    #[test]
    fn another_owner_is_not_the_same() {
        assert!(!matches("api-7d9f8b6c5-abcde", "web-6d4cf56db6-2xk4z"));
        assert!(!matches("api-blue", "api-green"));
        assert!(!matches("novacron-backend-proxy", "novacron-gateway-cache"));
        assert!(!matches("web-0", "web-1"));
        assert!(!matches("api-…", "web-6d4cf56db6-2xk4z"));
    }
}
