//! Compares what came with a file, after everything that varies was taken out.
//!
//! `SNAPSHOTS=overwrite` rewrites the files; then read the diff as if a stranger had sent it.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::harness::Collection;

/// Returns the text with a word in place of every duration, run id, port and path of this test run.
pub(crate) fn redacted(text: &str, collection: &Collection) -> String {
    let mut text = text.to_owned();
    for (folder, word) in [(collection.root(), "[ROOT]"), (collection.home(), "[HOME]")] {
        text = text.replace(&*folder.to_string_lossy(), word);
    }
    for (pattern, word) in PATTERNS.iter() {
        text = pattern.replace_all(&text, *word).into_owned();
    }
    text
}

static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let patterns = [
        (r"\b\d{8}T\d{6}Z-[0-9a-f]{4}\b", "[RUN]"),
        (r#"("duration_ms": ?)\d+"#, "$1\"[TIME]\""),
        (r#"time="\d+\.\d+""#, r#"time="[TIME]""#),
        (r"\b\d+ms\b|\b\d+\.\d+s\b|\b\d+m \d+s\b", "[TIME]"),
        // A whole second is written without a point.
        (r"(?m)( in|\.md:\d+) \d+s\b", "$1 [TIME]"),
        (r"\b\d+ attempts within", "[N] attempts within"),
        (r"\bheld for .+? of ", "held for [TIME] of "),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
    ];
    patterns.map(|(pattern, word)| (Regex::new(pattern).expect("a good pattern"), word)).into()
});

/// Returns what differs from the file, if something does; rewrites the file instead where that is asked for.
pub(crate) fn difference(actual: &str, file: &Path) -> Option<String> {
    let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    let expected = fs::read_to_string(file).unwrap_or_default();
    if expected == actual {
        return None;
    }
    if overwrite {
        fs::write(file, actual).expect("a snapshot can be written");
        return None;
    }
    let mut difference = String::new();
    let name = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(file).display().to_string();
    let palette = snapbox::report::Palette::plain();
    snapbox::report::write_diff(
        &mut difference,
        &snapbox::Data::text(expected).raw(),
        &snapbox::Data::text(actual).raw(),
        Some(&name),
        Some(&"what came"),
        palette,
    )
    .expect("a String can be written");
    Some(difference)
}
