//! Durations as people read them.

/// Returns a length of time, given in milliseconds, in at most two units: `120ms`, `1.2s`, `2m 3s`, `1h 5m`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match milliseconds {
        0..1000 => format!("{milliseconds}ms"),
        1000..60_000 => format!("{seconds}.{}s", milliseconds % 1000 / 100),
        60_000..3_600_000 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn two_units_are_enough() {
        let shown = [0, 120, 1250, 59_999, 123_000, 3_900_000].map(duration);
        assert_eq!(shown, ["0ms", "120ms", "1.2s", "59.9s", "2m 3s", "1h 5m"]);
    }
}
