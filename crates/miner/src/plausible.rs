//! Whether a number can be what it is said to be. Programs that lose a GPU
//! report watts by the million, and a counter that overflowed is still sent.

use std::ops::RangeInclusive;
use std::time::SystemTime;

use quaiminer_domain::Fact;

use crate::lenient::NOT_REPORTED;

const IMPLAUSIBLE: &str = "The miner reports an implausible value";
const ZERO_SENSOR: &str = "The miner reports 0, as it does without a sensor";

/// The whole Quai network did 3.5e12 H/s on KawPoW; the fastest SHA-256 device
/// that a CPU miner could drive is below this too.
const HASHRATE_HS: RangeInclusive<f64> = 0.0..=1e15;
/// Up to here a count is exact in every JSON library.
const COUNT: RangeInclusive<f64> = 0.0..=9_007_199_254_740_991.0;
/// A hundred years.
const SECONDS: RangeInclusive<f64> = 0.0..=3_155_760_000.0;
/// An hour; a pool that slow has closed the connection.
const LATENCY_MS: RangeInclusive<f64> = 0.0..=3_600_000.0;
/// From a shed in winter to above the point where silicon fails.
const TEMP_C: RangeInclusive<f64> = -20.0..=150.0;
const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
/// No card takes more, and no power supply gives it.
const DEVICE_W: RangeInclusive<f64> = 0.0..=2000.0;
/// [`MAX_DEVICES`] at their limit.
const RIG_W: RangeInclusive<f64> = 0.0..=256_000.0;
/// A target has 256 bits.
const DIFFICULTY: RangeInclusive<f64> = 0.0..=1.16e77;

/// More than any mainboard carries; what a reply lists beyond is ignored.
pub(crate) const MAX_DEVICES: usize = 128;

/// In hashes per second, after the program's own unit was applied.
pub(crate) fn hashrate_hs(number: Fact<f64>) -> Fact<f64> {
    within(number, HASHRATE_HS)
}

/// A whole number of things.
pub(crate) fn count(number: Fact<f64>) -> Fact<u64> {
    whole(within(number, COUNT))
}

pub(crate) fn seconds(number: Fact<f64>) -> Fact<u64> {
    within(number, SECONDS).map(|seconds| seconds as u64)
}

/// From one moment to another, both in seconds since 1970.
pub(crate) fn seconds_between(from: Fact<f64>, to: Fact<f64>) -> Fact<u64> {
    let moment = |moment| not_zero(within(moment, SECONDS), "The miner reports no time of it");
    match (moment(from), moment(to)) {
        (Fact::Known(from), Fact::Known(to)) => seconds(Fact::Known(to - from)),
        (Fact::Unknown(reason), _) | (_, Fact::Unknown(reason)) => Fact::Unknown(reason),
    }
}

/// By the clock of this machine.
pub(crate) fn seconds_since(moment: Fact<f64>) -> Fact<u64> {
    let now = SystemTime::UNIX_EPOCH.elapsed().ok().map(|since| since.as_secs_f64());
    seconds_between(moment, Fact::from_option(now, "The clock of this machine is wrong"))
}

/// A latency of 0 is one that was not measured, or less than 1 ms.
pub(crate) fn latency_ms(number: Fact<f64>) -> Fact<u64> {
    const ZERO: &str = "Not measured yet, or less than 1 ms";
    not_zero(within(number, LATENCY_MS), ZERO).map(|ms| ms.ceil() as u64)
}

/// Miners write 0 for the difficulty while they have no work.
pub(crate) fn difficulty(number: Fact<f64>) -> Fact<f64> {
    not_zero(within(number, DIFFICULTY), "The miner has no work from the pool")
}

pub(crate) fn temp_c(number: Fact<f64>) -> Fact<f64> {
    not_zero(within(number, TEMP_C), ZERO_SENSOR)
}

/// A fan that stands still cannot be told from one without a sensor.
pub(crate) fn fan_percent(number: Fact<f64>) -> Fact<f64> {
    not_zero(within(number, PERCENT), ZERO_SENSOR)
}

/// Power of one device.
pub(crate) fn device_w(number: Fact<f64>) -> Fact<f64> {
    not_zero(within(number, DEVICE_W), ZERO_SENSOR)
}

/// Power of all devices together.
pub(crate) fn rig_w(number: Fact<f64>) -> Fact<f64> {
    not_zero(within(number, RIG_W), ZERO_SENSOR)
}

/// Of the counters of all devices. One that does not tell makes the sum unknown,
/// and no counter is not zero.
pub(crate) fn sum(counters: &mut dyn Iterator<Item = Fact<f64>>) -> Fact<u64> {
    let mut sum = None;
    for counter in counters {
        match count(counter) {
            Fact::Known(count) => sum = Some(sum.unwrap_or(0.0) + count as f64),
            unknown @ Fact::Unknown(_) => return unknown,
        }
    }
    count(Fact::from_option(sum, NOT_REPORTED))
}

fn within(number: Fact<f64>, range: RangeInclusive<f64>) -> Fact<f64> {
    match number {
        Fact::Known(value) if !range.contains(&value) => Fact::unknown(IMPLAUSIBLE),
        number => number,
    }
}

fn whole(number: Fact<f64>) -> Fact<u64> {
    match number {
        Fact::Known(value) if value.fract() == 0.0 => Fact::Known(value as u64),
        Fact::Known(_) => Fact::unknown(IMPLAUSIBLE),
        Fact::Unknown(reason) => Fact::Unknown(reason),
    }
}

fn not_zero(number: Fact<f64>, reason: &'static str) -> Fact<f64> {
    match number {
        Fact::Known(0.0) => Fact::unknown(reason),
        number => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_unknown() {
        let check = |judge: fn(Fact<f64>) -> Fact<f64>, number: f64, expected: Option<f64>| {
            assert_eq!(judge(Fact::Known(number)).get(), expected, "{number}");
        };
        check(temp_c, 61.0, Some(61.0));
        check(temp_c, -12.0, Some(-12.0));
        check(temp_c, 0.0, None);
        check(temp_c, 151.0, None);
        check(temp_c, 511.0, None);
        check(device_w, 221.5, Some(221.5));
        check(device_w, 185_125.0, None);
        check(fan_percent, 100.0, Some(100.0));
        check(fan_percent, 1650.0, None);
        check(hashrate_hs, 0.0, Some(0.0));
        check(hashrate_hs, -5.0, None);
        check(hashrate_hs, 1e308, None);
        check(difficulty, f64::MAX, None);
        check(rig_w, 257_000.0, None);
    }

    #[test]
    fn a_part_of_the_shares_is_not_the_shares() {
        let check = |counters: &[Fact<f64>], expected: Option<u64>| {
            assert_eq!(sum(&mut counters.iter().cloned()).get(), expected, "{counters:?}");
        };
        check(&[Fact::Known(5.0), Fact::Known(4.0)], Some(9));
        check(&[Fact::Known(5.0), Fact::unknown("")], None);
        check(&[Fact::Known(9e15), Fact::Known(9e15)], None);
        check(&[], None);
    }

    #[test]
    fn time_since_a_moment() {
        let now_s = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
        let since = |moment_s| seconds_since(Fact::Known(moment_s)).get();
        assert!(since(now_s - 100.0).is_some_and(|seconds| (100..110).contains(&seconds)));
        assert_eq!(since(now_s + 1000.0), None);
        assert_eq!(since(0.0), None);
        assert_eq!(since(-5.0), None);
        assert_eq!(since(f64::MAX), None);
    }

    #[test]
    fn counts_are_whole() {
        let check = |number: f64, expected: Option<u64>| {
            assert_eq!(count(Fact::Known(number)).get(), expected, "{number}");
        };
        check(46.0, Some(46));
        check(46.5, None);
        check(-2.0, None);
        check(1e16, None);
        assert_eq!(seconds(Fact::Known(68.9)).get(), Some(68));
        assert_eq!(latency_ms(Fact::Known(0.0)).get(), None);
        assert_eq!(latency_ms(Fact::Known(0.4)).get(), Some(1));
    }
}
