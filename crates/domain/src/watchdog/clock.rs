//! Whether time went on as it should between two ticks. All rules count
//! monotonic time that they have seen pass; the wall clock only stamps what is
//! written, and betrays a suspend in which the monotonic clock stood still.

/// Ticks come every few seconds. After a longer gap nobody knows what was.
const MAX_GAP_MS: u64 = 60_000;
/// The wall clock may be set by that much without being taken for a suspend.
const MAX_WALL_STEP_MS: i64 = 10_000;
/// A wall clock that leaps more often than this is broken, and heeding it
/// would make the watchdog blind.
const LEAP_EVERY_MS: u64 = 600_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub mono_ms: u64,
    pub wall_ms: i64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Tick {
    pub(super) now_ms: u64,
    pub(super) wall_ms: i64,
    /// Time that was seen to pass.
    pub(super) passed_ms: u64,
    /// Something happened that was not seen: a suspend, or we were held up.
    pub(super) broken: bool,
}

#[derive(Debug, Default)]
pub(super) struct Clock {
    last: Option<Moment>,
    leapt_ms: Option<u64>,
}

impl Clock {
    pub(super) fn tick(&mut self, moment: Moment) -> Tick {
        let last = self.last.unwrap_or(moment);
        let now_ms = moment.mono_ms.max(last.mono_ms);
        self.last = Some(Moment { mono_ms: now_ms, ..moment });
        let passed_ms = now_ms - last.mono_ms;
        let ahead_ms = moment
            .wall_ms
            .saturating_sub(last.wall_ms)
            .saturating_sub(i64::try_from(passed_ms).unwrap_or(i64::MAX));
        let leapt = ahead_ms > MAX_WALL_STEP_MS
            && self.leapt_ms.is_none_or(|leapt_ms| now_ms - leapt_ms >= LEAP_EVERY_MS);
        if leapt {
            self.leapt_ms = Some(now_ms);
        }
        let broken = leapt || passed_ms > MAX_GAP_MS;
        let passed_ms = if broken { 0 } else { passed_ms };
        Tick { now_ms, wall_ms: moment.wall_ms, passed_ms, broken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_the_time() {
        let mut clock = Clock::default();
        let mut check = |mono_s: u64, wall_s: i64, passed_s: u64, broken: bool| {
            let tick = clock.tick(Moment { mono_ms: mono_s * 1000, wall_ms: wall_s * 1000 });
            assert_eq!((tick.passed_ms, tick.broken), (passed_s * 1000, broken), "{mono_s}");
        };
        check(100, 1000, 0, false);
        check(105, 1005, 5, false);
        // Set back by an hour, and a little forward.
        check(110, -2590, 5, false);
        check(115, -2580, 5, false);
        // Asleep for an hour while the monotonic clock stood still.
        check(120, 1020, 0, true);
        // Leaping again and again is no sleep.
        check(125, 9000, 5, false);
        check(130, 99_000, 5, false);
        // Asleep while it went on.
        check(1000, 100_000, 0, true);
        check(990, 100_000, 0, false);
        check(1005, 100_005, 5, false);
    }
}
