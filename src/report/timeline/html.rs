//! The timeline as a page of its own: no script, nothing from elsewhere, fit to be sent and printed.

use std::fmt::Write as _;

use super::{Timeline, What, facts, row, time};
use crate::model::Outcome;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;\
border-bottom:1px solid #ccc;overflow-wrap:anywhere}td:first-child,td:last-child{white-space:nowrap}\
dt{font-weight:600;float:left;width:6rem}dd{margin:0 0 0 7rem}.bad td{background:#fdecea}\
@media(prefers-color-scheme:dark){body{background:#16181d;color:#e6e6e6}th,td{border-color:#444}\
.bad td{background:#4a1f1f}}";

/// Returns a timeline as an HTML page.
pub fn timeline_html(timeline: &Timeline) -> String {
    let title = escaped(&timeline.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}: run {run}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<dl>\n",
        run = escaped(&timeline.run),
    );
    for (name, text) in facts(timeline) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(&text));
    }
    out.push_str("</dl>\n<h2>Timeline</h2>\n<table>\n<thead><tr><th>when</th><th>what</th><th>outcome</th><th>took</th></tr></thead>\n<tbody>\n");
    for entry in &timeline.entries {
        let (what, outcome, took) = row(&entry.what);
        let class = if is_bad(&entry.what) { " class=\"bad\"" } else { "" };
        let _ = writeln!(
            out,
            "<tr{class}><td>{}</td><td>{}</td><td>{}</td><td>{took}</td></tr>",
            time(entry.at),
            escaped(&what),
            escaped(&outcome)
        );
    }
    out.push_str("</tbody>\n</table>\n</main>\n</body>\n</html>\n");
    out
}

/// Returns whether an entry is to be seen at once. The words beside it say the same.
fn is_bad(what: &What) -> bool {
    match what {
        What::Step { outcome, .. } => !matches!(outcome, Some(Outcome::Passed | Outcome::Skipped)),
        What::Write { status, .. } => !status.is_some_and(|status| status < 400),
        _ => false,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
