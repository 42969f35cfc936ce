//! The hashrate that is usual: the median over the last hour. Of mean and
//! median the latter does not care for the seconds in which a DAG is built.

use std::collections::VecDeque;

use super::held::Sign;

const EVERY_MS: u64 = 60_000;
const KEPT: usize = 60;
/// Nothing is usual before.
const ENOUGH: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Usual {
    values_hs: VecDeque<f64>,
    since_last_ms: u64,
}

impl Usual {
    pub(super) fn median_hs(&self) -> Option<f64> {
        if self.values_hs.len() < ENOUGH {
            return None;
        }
        let mut sorted: Vec<f64> = self.values_hs.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }

    /// Judges a hashrate, and remembers it if it is no sign of a fault: what
    /// is low for long must not become usual.
    pub(super) fn judge(
        &mut self,
        hashrate_hs: Option<f64>,
        passed_ms: u64,
        percent: f64,
        hysteresis_percent: f64,
    ) -> Sign {
        let Some(hs) = hashrate_hs else { return Sign::Unknown };
        if hs == 0.0 {
            return Sign::Bad;
        }
        let sign = match self.median_hs() {
            Some(usual_hs) if hs < usual_hs * percent / 100.0 => return Sign::Bad,
            Some(usual_hs) if hs < usual_hs * (percent + hysteresis_percent) / 100.0 => {
                Sign::Between
            }
            _ => Sign::Good,
        };
        self.since_last_ms = self.since_last_ms.saturating_add(passed_ms);
        if self.since_last_ms >= EVERY_MS {
            self.since_last_ms = 0;
            self.values_hs.push_back(hs);
            if self.values_hs.len() > KEPT {
                self.values_hs.pop_front();
            }
        }
        sign
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_is_low_of_the_usual_and_never_becomes_usual() {
        let mut usual = Usual::default();
        let mut check = |hs: Option<f64>, times: usize, sign: Sign| {
            for _ in 0..times {
                assert_eq!(usual.judge(hs, EVERY_MS, 70.0, 10.0), sign, "{hs:?}");
            }
        };
        check(Some(0.0), 1, Sign::Bad);
        check(Some(10.0), 5, Sign::Good);
        // Nothing is usual yet.
        check(Some(1.0), 1, Sign::Good);
        check(Some(10.0), 20, Sign::Good);
        check(None, 100, Sign::Unknown);
        check(Some(7.5), 3, Sign::Between);
        check(Some(6.9), 500, Sign::Bad);
        check(Some(8.0), 1, Sign::Good);
        // The rig was extended: slowly, more becomes usual.
        check(Some(20.0), 60, Sign::Good);
        check(Some(10.0), 1, Sign::Bad);
    }
}
