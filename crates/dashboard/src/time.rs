//! Times as JavaScript writes them.

/// ISO 8601 in UTC with milliseconds: `2026-11-23T09:05:11.123Z`. A time
/// that no calendar has becomes 1970.
pub fn iso(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn three_digits_always() {
        assert_eq!(super::iso(1_795_424_714_064), "2026-11-23T09:05:14.064Z");
        assert_eq!(super::iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(super::iso(i64::MAX), "1970-01-01T00:00:00.000Z");
    }
}
