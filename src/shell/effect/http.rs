//! curl, wget and their kin.

use crate::shell::options::{Options, flag_value, has_flag};
use crate::shell::{PartKind, Word};

use super::Verdict;
use super::files::{Scratch, written};

/// Paths that are asked with POST and only answer.
const QUERIES: &[&str] = &[
    "/_search",
    "/_count",
    "/_msearch",
    "/api/v1/query",
    "/api/v1/series",
    "/api/v1/labels",
    "/_cat/",
    "/loki/api/v1/query",
];

/// Judges programs that speak HTTP.
pub(super) fn judge(name: &str, words: &[Word], scratch: &Scratch) -> Option<Verdict> {
    match name {
        "curl" => Some(curl(words, scratch)),
        "wget" => Some(wget(words, scratch)),
        "http" | "https" | "xh" => Some(httpie(words)),
        "grpcurl" => {
            let asks = words.iter().any(|word| word.is("list") || word.is("describe"))
                || words.iter().any(|word| word.literal_prefix().contains("Health/Check"));
            Some(if asks { Verdict::Reads } else { Verdict::unknown("calls a method") })
        }
        "promtool" | "hey" | "wrk" | "ab" | "vegeta" | "k6" => {
            let asks = name == "promtool";
            Some(if asks { Verdict::Reads } else { Verdict::writes("puts load on a service") })
        }
        _ => None,
    }
}

fn curl(words: &[Word], scratch: &Scratch) -> Verdict {
    let method = method(words, Some('X'), "request");
    let body = [
        "data",
        "data-raw",
        "data-binary",
        "data-urlencode",
        "data-ascii",
        "form",
        "form-string",
        "upload-file",
        "json",
    ];
    let sends = body.iter().any(|flag| has_flag(words, None, flag))
        || [('d', ""), ('F', ""), ('T', "")].iter().any(|&(letter, _)| first_letter(words, letter));
    let asks = first_letter(words, 'G') || has_flag(words, None, "get");
    let sent = match method.as_deref() {
        Some("GET" | "HEAD" | "OPTIONS") => Verdict::Reads,
        Some("") => Verdict::unknown("sends a request whose method only the run tells"),
        Some(_) if is_query(words) => Verdict::Reads,
        Some(method) => Verdict::Writes(format!("sends a {method} request")),
        None if sends && !asks && !is_query(words) => Verdict::writes("sends data"),
        None => Verdict::Reads,
    };
    sent.and(saved(words, scratch))
}

/// Returns the method; the empty string if only the run tells.
fn method(words: &[Word], letter: Option<char>, long: &str) -> Option<String> {
    let given = letter.is_some_and(|letter| first_letter(words, letter)) || has_flag(words, None, long);
    let value = || letter.and_then(|letter| clustered(words, letter)).or_else(|| flag_value(words, letter, long));
    given.then(|| value().unwrap_or_default().to_uppercase())
}

/// Returns the word behind a cluster that ends in this letter: `PUT` of `-sSX PUT`.
fn clustered(words: &[Word], letter: char) -> Option<String> {
    let at = words.iter().position(|word| {
        let text = word.literal_prefix();
        text.starts_with('-') && !text.starts_with("--") && text.ends_with(letter)
    })?;
    words.get(at + 1)?.literal()
}

/// Whether one of the words is an option with this letter, alone or at the end of a cluster (`-sSX`).
fn first_letter(words: &[Word], letter: char) -> bool {
    words.iter().any(|word| {
        let text = word.literal_prefix();
        let cluster = text.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or_default();
        let before: &str = cluster.split(letter).next().unwrap_or_default();
        cluster.contains(letter) && before.chars().all(|c| "sSfkLvigIN0146#jlnpqGO".contains(c))
    })
}

fn is_query(words: &[Word]) -> bool {
    words.iter().any(|word| {
        let text: String = word
            .parts
            .iter()
            .filter_map(|part| match &part.kind {
                PartKind::Literal(text) | PartKind::Glob(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        QUERIES.iter().any(|path| text.contains(path))
            && !text.contains("_delete_by_query")
            && !text.contains("_update_by_query")
    })
}

/// Judges where the answer goes.
fn saved(words: &[Word], scratch: &Scratch) -> Verdict {
    let mut verdict = Verdict::Reads;
    for (index, word) in words.iter().enumerate() {
        let text = word.literal_prefix();
        let next = words.get(index + 1);
        let cluster = text.starts_with('-') && !text.starts_with("--") && text.len() > 1;
        if (cluster && text.ends_with('o') && text.chars().skip(1).all(|c| c.is_ascii_alphabetic()))
            || text == "--output"
        {
            verdict = verdict.and(next.map_or(Verdict::Reads, |target| written(target, scratch)));
        } else if let Some(path) =
            text.strip_prefix("--output=").or_else(|| text.strip_prefix("-o").filter(|_| cluster))
        {
            let discarded = matches!(path, "/dev/null" | "-");
            let thrown_away = path.starts_with("/tmp/");
            verdict = verdict.and(match (discarded, thrown_away) {
                (true, _) => Verdict::Reads,
                (_, true) => Verdict::Scratch(format!("writes the file `{path}`")),
                _ => Verdict::Files(format!("writes the file `{path}`")),
            });
        } else if text == "--remote-name"
            || (cluster && text.chars().skip(1).all(|c| "sSfkLvOJ".contains(c)) && text.contains('O'))
        {
            verdict = verdict.and(Verdict::files("writes a file"));
        }
    }
    verdict
}

fn wget(words: &[Word], scratch: &Scratch) -> Verdict {
    let sends = ["post-data", "post-file", "body-data", "body-file"].iter().any(|flag| has_flag(words, None, flag));
    let method = method(words, None, "method").unwrap_or_default();
    if sends || !matches!(method.as_str(), "" | "GET" | "HEAD") {
        return Verdict::writes("sends data");
    }
    if has_flag(words, None, "spider") {
        return Verdict::Reads;
    }
    for (index, word) in words.iter().enumerate() {
        let text = word.literal_prefix();
        if text.starts_with("--output-document=")
            || text.starts_with('-') && !text.starts_with("--") && text.contains('O')
        {
            let attached = text.split_once('O').map(|(_, rest)| rest).unwrap_or_default();
            if attached == "-" || attached == "/dev/null" || text.ends_with("=-") || text.ends_with("=/dev/null") {
                return Verdict::Reads;
            }
            return words
                .get(index + 1)
                .map_or_else(|| Verdict::files("writes a file"), |target| written(target, scratch));
        }
    }
    Verdict::files("writes a file")
}

fn httpie(words: &[Word]) -> Verdict {
    let operands =
        Options::new("aAohpv", &["auth", "auth-type", "output", "session", "timeout", "verify"]).operands(words);
    let method = operands.first().and_then(|word| word.literal()).unwrap_or_default();
    let sends = operands.iter().skip(1).any(|word| {
        let text = word.literal_prefix();
        !text.contains("==") && (text.contains('=') || text.contains(":="))
    });
    match method.as_str() {
        "GET" | "HEAD" | "OPTIONS" => Verdict::Reads,
        "POST" | "PUT" | "PATCH" | "DELETE" => Verdict::Writes(format!("sends a {method} request")),
        _ if sends => Verdict::writes("sends data"),
        _ => Verdict::Reads,
    }
}
