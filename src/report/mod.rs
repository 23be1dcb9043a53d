//! Events and results → text, JSON, `JUnit`, SARIF, annotations, metrics and Markdown.
//!
//! Every format is made from the one [`RunResult`](crate::model::RunResult), which is folded from the events; those that
//! list problems are made from [`Notice`]s, which `lint` makes too. Nothing here prints or writes a file.

mod collect;
mod difference;
mod duration;
mod github;
mod json;
mod junit;
mod markdown;
mod merge;
mod notice;
mod prometheus;
mod sarif;
mod sources;
mod sums;
mod text;
mod timeline;

#[cfg(test)]
mod example;

pub use collect::{Collector, tally};
pub use difference::{changes, difference};
pub use duration::duration;
pub use github::github;
pub use json::{SCHEMA, json};
pub use junit::{JunitError, junit};
pub use markdown::{markdown, markdown_list};
pub use merge::{MergeError, join, merge};
pub use notice::{Loudness, Notice, of_diagnostics, of_run};
pub use prometheus::prometheus;
pub use sarif::{RuleText, SarifRun, sarif};
pub use sources::Sources;
pub use text::{Detail, text, text_with};
pub use timeline::{
    Timeline, What, said, taken_up, timeline, timeline_by_template, timeline_html, timeline_markdown, write_line,
};
