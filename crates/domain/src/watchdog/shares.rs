//! Shares that do not come, and shares that are bad.

use std::collections::VecDeque;

/// So many shares tell their pace to within a quarter or so.
const ENOUGH_FOR_PACE: u64 = 20;
/// Then half of it is forgotten, as pools change the difficulty.
const FORGET_AT: u64 = 200;
/// However rare shares are, fewer missed ones are luck.
const LEAST_MISSED: f64 = 5.0;

/// Time without an accepted share, measured in the shares that should have
/// come. Finding shares is a Poisson process: that none comes where `x` are
/// expected has the probability e^-x, at whatever hashrate and difficulty,
/// also if they change meanwhile. As 1/T such waits begin per second, luck
/// causes one false alarm in a time H if the limit for `x` is ln(H/T).
#[derive(Debug, Default)]
pub(super) struct Drought {
    accepted: Option<u64>,
    pub(super) waited_ms: u64,
    pub(super) missed: f64,
    pace: Pace,
}

/// How often shares came so far, for miners that do not tell the difficulty.
#[derive(Debug, Default)]
struct Pace {
    shares: u64,
    ms: u64,
}

pub(super) struct Expected {
    pub(super) hashrate_hs: Option<f64>,
    pub(super) hashes_per_share: Option<f64>,
}

impl Drought {
    /// Forgets the wait, not the pace.
    pub(super) fn clear(&mut self) {
        *self = Drought { pace: std::mem::take(&mut self.pace), ..Drought::default() };
    }

    /// The number of missed shares from which on it is not luck, once there
    /// is an accepted counter and a time in which a share is to be expected.
    /// `passed_ms` is 0 while nothing is to be counted.
    pub(super) fn feed(
        &mut self,
        accepted: Option<u64>,
        expected: &Expected,
        passed_ms: u64,
        luck_days: f64,
    ) -> Option<f64> {
        let accepted = accepted?;
        let before = self.accepted.replace(accepted);
        if before != Some(accepted) {
            // More, or a counter that begins anew: both say that it is alive.
            let waited_ms = self.waited_ms.saturating_add(passed_ms);
            if let Some(new) = before.and_then(|before| accepted.checked_sub(before)) {
                self.pace.add(new, waited_ms);
            }
            (self.waited_ms, self.missed) = (0, 0.0);
            return None;
        }
        let interval_ms = self.interval_ms(expected)?;
        self.waited_ms = self.waited_ms.saturating_add(passed_ms);
        self.missed += passed_ms as f64 / interval_ms;
        let luck_ms = luck_days * 86_400_000.0;
        Some((luck_ms / interval_ms).ln().max(LEAST_MISSED))
    }

    fn interval_ms(&self, expected: &Expected) -> Option<f64> {
        let hashrate_hs = expected.hashrate_hs.filter(|hs| *hs > 0.0)?;
        let interval_ms = match expected.hashes_per_share {
            Some(hashes) => hashes / hashrate_hs * 1000.0,
            None => self.pace.interval_ms()?,
        };
        (interval_ms.is_finite() && interval_ms > 0.0).then_some(interval_ms)
    }
}

impl Pace {
    fn add(&mut self, shares: u64, ms: u64) {
        self.shares = self.shares.saturating_add(shares);
        self.ms = self.ms.saturating_add(ms);
        if self.shares >= FORGET_AT {
            self.shares /= 2;
            self.ms /= 2;
        }
    }

    fn interval_ms(&self) -> Option<f64> {
        (self.shares >= ENOUGH_FOR_PACE).then(|| self.ms as f64 / self.shares as f64)
    }
}

/// Good and bad shares of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Tally {
    before: Option<Counters>,
    /// Oldest first; the last is the present minute.
    minutes: VecDeque<Counters>,
    minute_ms: u64,
    met: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) accepted: u64,
    /// Rejected and invalid, as far as the miner tells them: a counter that
    /// is not known makes the rule miss something, never cry wolf.
    pub(super) bad: u64,
}

impl Tally {
    /// All shares and the bad ones, if the latter are too many.
    pub(super) fn feed(
        &mut self,
        counters: Option<Counters>,
        passed_ms: u64,
        window_min: usize,
        minimum: u64,
        percent: f64,
    ) -> Option<Counters> {
        let now = counters?;
        self.minute_ms = self.minute_ms.saturating_add(passed_ms);
        if self.minute_ms >= 60_000 || self.minutes.is_empty() {
            self.minute_ms = 0;
            self.minutes.push_back(Counters::default());
        }
        while self.minutes.len() > window_min.max(1) {
            self.minutes.pop_front();
        }
        let before = self.before.replace(now).unwrap_or(now);
        // A counter that goes back began anew, and so does the comparison.
        if let (Some(accepted), Some(bad), Some(minute)) = (
            now.accepted.checked_sub(before.accepted),
            now.bad.checked_sub(before.bad),
            self.minutes.back_mut(),
        ) {
            minute.accepted = minute.accepted.saturating_add(accepted);
            minute.bad = minute.bad.saturating_add(bad);
        }
        let sum = self.minutes.iter().fold(Counters::default(), |sum, minute| Counters {
            accepted: sum.accepted.saturating_add(minute.accepted),
            bad: sum.bad.saturating_add(minute.bad),
        });
        let all = sum.accepted.saturating_add(sum.bad);
        let limit = if self.met { percent / 2.0 } else { percent };
        let bad_percent = sum.bad as f64 * 100.0 / all.max(1) as f64;
        self.met = all >= minimum.max(1) && bad_percent >= limit;
        self.met.then_some(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At every pace, luck alone causes less than one false alarm a year.
    #[test]
    fn false_alarms_are_rarer_than_one_a_year() {
        for interval_s in [0.5, 5.0, 60.0, 1800.0, 86_400.0] {
            let mut drought = Drought::default();
            let expected =
                Expected { hashrate_hs: Some(1e6), hashes_per_share: Some(1e6 * interval_s) };
            assert_eq!(drought.feed(Some(1), &expected, 5000, 365.0), None);
            let limit = drought.feed(Some(1), &expected, 5000, 365.0).unwrap();
            let waits_a_year = 365.0 * 86_400.0 / interval_s;
            let alarms_a_year = waits_a_year * (-limit).exp();
            let slow = limit == LEAST_MISSED;
            assert!(alarms_a_year < 1.01 || slow, "{interval_s} s: {alarms_a_year}");
        }
    }

    #[test]
    fn pace_is_learnt_where_no_difficulty_is_told() {
        let mut drought = Drought::default();
        let expected = Expected { hashrate_hs: Some(1e6), hashes_per_share: None };
        for accepted in 0..=ENOUGH_FOR_PACE {
            assert_eq!(drought.feed(Some(accepted), &expected, 10_000, 365.0), None);
        }
        drought.feed(Some(ENOUGH_FOR_PACE), &expected, 50_000, 365.0).unwrap();
        assert!((drought.missed - 5.0).abs() < 0.01, "{}", drought.missed);
        // A counter that goes back tells no pace.
        assert_eq!(drought.feed(Some(1), &expected, 5000, 365.0), None);
        drought.feed(Some(1), &expected, 50_000, 365.0).unwrap();
        assert!((drought.missed - 5.0).abs() < 0.01, "{}", drought.missed);
        drought.clear();
        assert_eq!(drought.feed(Some(3), &expected, 5000, 365.0), None);
        assert!(drought.feed(Some(3), &expected, 5000, 365.0).is_some());
        assert_eq!(drought.feed(None, &expected, 5000, 365.0), None);
    }

    #[test]
    fn bad_shares_need_a_number_and_a_window() {
        let mut tally = Tally::default();
        let mut check = |accepted, bad, expected: Option<(u64, u64)>| {
            let fed = tally.feed(Some(Counters { accepted, bad }), 60_000, 3, 20, 20.0);
            assert_eq!(fed.map(|sum| (sum.accepted, sum.bad)), expected);
        };
        check(1000, 900, None);
        check(1005, 904, None);
        check(1015, 906, Some((15, 6)));
        // The counters begin anew.
        check(0, 0, Some((15, 6)));
        check(20, 0, None);
        check(20, 7, Some((20, 7)));
        check(25, 2, Some((20, 7)));
    }
}
