//! Quantities as Kubernetes writes them: `500m`, `1.5Gi`, `2e3`.

/// Returns the number; `None` where the text is not a quantity.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    // `1e3` and `2E6` are exponents, not suffixes; `1E` is exa.
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number).filter(|_| begins_as_number(text));
    }
    let factor = match &text[digits.len()..] {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        _ => return None,
    };
    let number: f64 = digits.parse().ok()?;
    begins_as_number(digits).then_some(number * factor)
}

/// `inf` and `nan` are numbers to Rust alone.
fn begins_as_number(text: &str) -> bool {
    text.trim_start_matches(['+', '-']).starts_with(|first: char| first.is_ascii_digit() || first == '.')
}

/// Returns whether two quantities are the same amount.
pub(crate) fn same(one: &str, other: &str) -> bool {
    match (parse(one), parse(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= f64::EPSILON * one.abs().max(other.abs()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_amount_in_other_words_is_the_same() {
        for (one, other) in [("500m", "0.5"), ("1Gi", "1024Mi"), ("1e3", "1k"), ("0.1", "100m"), ("1E", "1e18")] {
            assert!(same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn other_amounts_and_other_texts_are_not() {
        for (one, other) in [("500m", "0.6"), ("1Gi", "1G"), ("nan", "nan"), ("inf", "inf"), ("abc", "abc"), ("", "")] {
            assert!(!same(one, other), "{one} {other}");
        }
    }
}
