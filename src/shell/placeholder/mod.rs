//! Gaps in a command that a person has to fill in, found before any shell parsing.
//!
//! `kubectl delete pod <pod> -n logging` is valid shell: it reads the file `pod` and writes a file called `-n`. So this looks at the text
//! with no more knowledge of shell than [`regions`] has: what is quoted, what is a comment, what is a here-document.

mod angle;
mod bracket;
mod regions;
mod word;

use crate::model::Span;

pub(super) use regions::{Region, Regions};

/// A gap in a command that a person has to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Where it stands, brackets included.
    pub span: Span,
    /// The text as written, brackets included: `<pod-name>`.
    pub text: String,
    /// How sure we are.
    pub kind: PlaceholderKind,
}

/// How sure we are that something is a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlaceholderKind {
    /// Nobody means this as it stands; a command that holds it is never executed.
    Certain,
    /// Looks like an example (`my-cluster`, `example.com`); worth a hint, and may be executed.
    Weak,
}

/// Something found, before what overlaps is sorted out.
#[derive(Debug, Clone, Copy)]
struct Found {
    start: usize,
    end: usize,
    kind: PlaceholderKind,
}

impl Found {
    const fn certain(start: usize, end: usize) -> Self {
        Self { start, end, kind: PlaceholderKind::Certain }
    }

    const fn weak(start: usize, end: usize) -> Self {
        Self { start, end, kind: PlaceholderKind::Weak }
    }
}

/// Returns the placeholders of a shell text, in order, not overlapping, each within one line. Comments have none.
pub fn placeholders(text: &str) -> Vec<Placeholder> {
    let regions = Regions::of(text);
    let mut found = angle::find(text, &regions);
    found.extend(bracket::find(text, &regions));
    found.extend(word::find(text, &regions));
    // Certain ones first, then the longer one, so that `<YOUR_TOKEN>` is one placeholder.
    found.sort_by_key(|it| (it.start, it.kind == PlaceholderKind::Weak, std::cmp::Reverse(it.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for next in found {
        match kept.last_mut() {
            Some(last) if next.start < last.end => {
                let stronger = last.kind == PlaceholderKind::Weak && next.kind == PlaceholderKind::Certain;
                if stronger {
                    *last = next;
                }
            }
            _ => kept.push(next),
        }
    }
    kept.into_iter()
        .filter_map(|it| {
            let text = text.get(it.start..it.end)?.to_owned();
            Some(Placeholder { span: Span::new(it.start, it.end), text, kind: it.kind })
        })
        .collect()
}

#[cfg(test)]
mod tests;
