//! The time of day, as it is stored.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970; a clock from before that counts as 1970.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
