//! The kept results of all targets as one text for Prometheus.

use crate::model::RunResult;
use crate::report;

/// Returns the results as metrics. Of each metric there is one group, whichever target it speaks of: so the format wants it.
pub(super) fn of(results: &[RunResult]) -> String {
    let mut families: Vec<(String, String)> = Vec::new();
    for result in results {
        for family in report::prometheus(result).split("# HELP ").filter(|family| !family.is_empty()) {
            let samples = family.find("\n# TYPE").and_then(|at| Some(at + 1 + family[at + 1..].find('\n')? + 1));
            let (head, samples) = family.split_at(samples.unwrap_or(family.len()));
            match families.iter_mut().find(|(known, _)| known == head) {
                Some((_, all)) => all.push_str(samples),
                None => families.push((head.to_owned(), samples.to_owned())),
            }
        }
    }
    families.into_iter().map(|(head, samples)| format!("# HELP {head}{samples}")).collect()
}
