//! A condition that must hold for a time before it counts.

/// What one sample says of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Bad,
    /// Not bad enough to begin with, not good enough to end: hysteresis.
    Between,
    Good,
    /// Counts as nothing, least of all as bad.
    Unknown,
}

impl Sign {
    pub(super) const fn of(is_bad: Option<bool>) -> Sign {
        match is_bad {
            Some(true) => Sign::Bad,
            Some(false) => Sign::Good,
            None => Sign::Unknown,
        }
    }

    /// For a value that is bad from `limit` upwards and good below `well`.
    pub(super) fn high(value: Option<f64>, limit: f64, well: f64) -> Sign {
        match value {
            Some(value) if value >= limit => Sign::Bad,
            Some(value) if value < well => Sign::Good,
            Some(_) => Sign::Between,
            None => Sign::Unknown,
        }
    }
}

/// Time for which a condition was seen to hold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    pub(super) ms: u64,
}

impl Held {
    /// Whether the condition has held for `need_s` and still does.
    pub(super) fn feed(&mut self, sign: Sign, passed_ms: u64, need_s: u64) -> bool {
        let need_ms = need_s.saturating_mul(1000);
        match sign {
            Sign::Bad => self.ms = self.ms.saturating_add(passed_ms),
            // What has begun goes on; what has not does not begin.
            Sign::Between if self.ms >= need_ms => {}
            Sign::Between | Sign::Good => self.ms = 0,
            Sign::Unknown => return false,
        }
        self.ms > 0 && self.ms >= need_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_begins_holds_and_ends() {
        let mut held = Held::default();
        let mut check = |sign, met| assert_eq!(held.feed(sign, 5000, 10), met);
        check(Sign::Between, false);
        check(Sign::Bad, false);
        check(Sign::Unknown, false);
        check(Sign::Bad, true);
        check(Sign::Between, true);
        check(Sign::Unknown, false);
        check(Sign::Between, true);
        check(Sign::Good, false);
        check(Sign::Between, false);
        check(Sign::Bad, false);
        check(Sign::Between, false);
        check(Sign::Bad, false);
        check(Sign::Bad, true);
    }
}
