//! Findings of `alerts`: what alert rules and pages say of each other.

use super::{Rule, alert};
use crate::diagnostic::Level;

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    alert("unknown-alert", Level::Hint, "an alert whose name a template makes",
        "The name is known only once Helm has filled it in, so no page can be looked for."),
    alert("unknown-runbook-url", Level::Hint, "a runbook_url that a template makes",
        "The address is known only once Helm has filled it in. Render the chart and give what comes out."),
    alert("dead-anchor", Level::Error, "a runbook_url whose anchor is not there",
        "The page is there and has no heading of that name, in any case: renamed. Whoever follows the alert lands at the top of the page."),
    alert("dead-runbook-url", Level::Error, "a runbook_url that leads to no page",
        "Whoever follows the alert finds nothing. Correct the address, or give the page the old one under `aliases`: deployed alerts keep it for years."),
    alert("no-runbook-url", Level::Warning, "an alert without a runbook_url",
        "There is a page for it, and the alert does not say so. Add the address that the message names."),
    alert("no-page", Level::Error, "an alert without a page",
        "No runbook answers it. `runbooks new` begins one; or name the alert under `alerts` of the page that does."),
    alert("page-without-alert", Level::Warning, "a page for an alert that no rule has",
        "Its front matter names an alert which the rules given do not hold: renamed, removed, or in rules that were not given."),
];
