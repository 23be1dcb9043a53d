//! Durations as people read them.

/// Returns a length of time, given in milliseconds, in at most two units: `120ms`, `1.2s`, `15s`, `2m 3s`, `1h`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let tenths = milliseconds % 1000 / 100;
    match milliseconds {
        0..1000 => format!("{milliseconds}ms"),
        1000..60_000 if tenths == 0 => format!("{seconds}s"),
        1000..60_000 => format!("{seconds}.{tenths}s"),
        60_000..3_600_000 => two_units(seconds / 60, "m", seconds % 60, "s"),
        _ => two_units(seconds / 3600, "h", seconds % 3600 / 60, "m"),
    }
}

fn two_units(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{large}{large_unit}") } else { format!("{large}{large_unit} {small}{small_unit}") }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn two_units_are_enough() {
        let shown = [0, 120, 1250, 15_040, 59_999, 60_000, 123_000, 3_900_000].map(duration);
        assert_eq!(shown, ["0ms", "120ms", "1.2s", "15s", "59.9s", "1m", "2m 3s", "1h 5m"]);
    }
}
