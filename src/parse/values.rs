//! The small values that attributes and front matter hold: lengths of time, days, names.

use jiff::SpanFieldwise;
use jiff::civil::Date;

use regex::Regex;

pub(super) use crate::model::length_of_time as duration;
use crate::model::{Capture, Comparison, Param, ParamType, Risk};

use super::findings::one_of;
use super::front_matter::is_name;

/// Reads a period of the calendar: `90d`, `6 months`, `1y`. Anything shorter than a day is a slip (`6m` is minutes).
pub(super) fn period(text: &str) -> Option<SpanFieldwise> {
    let span: jiff::Span = text.trim().parse().ok()?;
    let short = span.get_hours() != 0 || span.get_minutes() != 0 || span.get_seconds() != 0;
    (span.is_positive() && !short).then(|| span.fieldwise())
}

/// Reads a day; the time of day of `2026-01-31T10:00:00Z` is left out.
pub(super) fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    let day = match text.get(10..) {
        Some(rest) if rest.starts_with(['T', 't', ' ']) => text.get(..10)?,
        _ => text,
    };
    day.parse().ok()
}

/// Reads how many looks in a row may fail.
pub(super) fn looks(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| (1..=1000).contains(number))
}

/// Reads what `risk=` may hold.
pub(super) fn risk(text: &str) -> Option<Risk> {
    [Risk::Low, Risk::Medium, Risk::High].into_iter().find(|risk| risk.as_str() == text)
}

/// The words of `match=`, in the order in which the reference explains them.
pub(super) const COMPARISONS: [(&str, Comparison); 7] = [
    ("lines", Comparison::Lines),
    ("exact", Comparison::Exact),
    ("regex", Comparison::Regex),
    ("contains", Comparison::Contains),
    ("json", Comparison::Json),
    ("yaml", Comparison::Yaml),
    ("table", Comparison::Table),
];

/// Reads what `match=` may hold.
pub(super) fn comparison(text: &str) -> Option<Comparison> {
    COMPARISONS.iter().find(|(name, _)| *name == text).map(|&(_, comparison)| comparison)
}

/// Reads `NAME` or `NAME = expression`.
pub(super) fn capture(text: &str) -> Option<Capture> {
    let (name, expression) = match text.split_once('=') {
        Some((name, expression)) => (name.trim(), Some(expression.trim())),
        None => (text.trim(), None),
    };
    let good =
        is_name(name) && expression.is_none_or(|expression| !expression.is_empty() && !expression.starts_with('='));
    good.then(|| Capture { name: name.to_owned(), expression: expression.map(str::to_owned) })
}

/// Returns what a value of this param has to be, where `value` is not.
pub(super) fn mismatch(param: &Param, value: &str) -> Option<String> {
    let good = match &param.kind {
        ParamType::String => true,
        ParamType::Int => value.parse::<i64>().is_ok(),
        ParamType::Bool => matches!(value, "true" | "false"),
        ParamType::Duration => duration(value).is_some(),
        ParamType::Url => value.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()),
        ParamType::Enum(choices) => choices.iter().any(|choice| choice == value),
    };
    if !good {
        return Some(match &param.kind {
            ParamType::Enum(choices) => one_of(choices.iter().map(String::as_str)),
            ParamType::Int => "a whole number".to_owned(),
            ParamType::Bool => "`true` or `false`".to_owned(),
            ParamType::Duration => "a length of time such as `90s`".to_owned(),
            ParamType::Url | ParamType::String => "an absolute URL".to_owned(),
        });
    }
    let pattern = param.pattern.as_ref()?;
    let whole = Regex::new(&format!("^(?:{pattern})$")).ok()?;
    (!whole.is_match(value)).then(|| format!("matched by its pattern `{pattern}`"))
}

/// Returns whether `text` can be the id of a step: letters, digits, `-`, `_` and `.`, a letter or digit first.
pub(super) fn is_id(text: &str) -> bool {
    text.starts_with(char::is_alphanumeric)
        && text.chars().all(|next| next.is_alphanumeric() || matches!(next, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("2m 30s", 150), ("1h", 3600), ("1d", 86400), ("PT5M", 300)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
    }

    #[test]
    fn a_number_without_unit_is_no_length_of_time() {
        for text in ["30", "", "0s", "-5s", "soon", "1 month"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn periods_count_in_days_and_more() {
        assert!(period("90d").is_some() && period("6 months").is_some() && period("1y").is_some());
        assert!(period("6m").is_none() && period("often").is_none());
    }

    #[test]
    fn a_capture_is_a_name_and_perhaps_an_expression() {
        let part = capture("LAG = json.lag").unwrap();
        assert_eq!((part.name.as_str(), part.expression.as_deref()), ("LAG", Some("json.lag")));
        assert!(capture("POD").is_some());
        assert!(capture("1POD").is_none() && capture("A =").is_none() && capture("A == b").is_none());
    }

    #[test]
    fn a_timestamp_is_a_day_too() {
        assert_eq!(date("2026-01-31T10:00:00Z"), date("2026-01-31"));
        assert_eq!(date("31.01.2026"), None);
    }
}
