//! What this process uses of the machine, as `/proc` tells.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// NODE-COMPAT: Node looks as often, and remembers as much.
pub const LOOK_EVERY: Duration = Duration::from_secs(30);
const REMEMBERED: usize = 100;
/// The kernel counts in hundredths of a second on all that we build for.
const TICK_US: u64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub resident_bytes: u64,
    /// Of that what is the process's own, not a part of a file.
    pub own_bytes: u64,
    pub user_us: u64,
    pub system_us: u64,
    pub threads: u64,
}

impl Usage {
    /// `None` where there is no `/proc`.
    pub fn read() -> Option<Usage> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        parse(&status, &stat)
    }
}

fn parse(status: &str, stat: &str) -> Option<Usage> {
    let number = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_ascii_whitespace().next()?.parse().ok()
    };
    // The name of the program may hold anything, also brackets.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(|field| field.parse::<u64>().ok());
    Some(Usage {
        resident_bytes: number("VmRSS:")? * 1024,
        own_bytes: number("RssAnon:")? * 1024,
        threads: number("Threads:")?,
        user_us: times.next()?? * TICK_US,
        system_us: times.next()?? * TICK_US,
    })
}

/// The process's own memory over time.
#[derive(Default)]
pub struct Memory {
    samples: Mutex<VecDeque<u64>>,
}

/// The last ten samples and the ten before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    pub recent_bytes: f64,
    pub older_bytes: f64,
}

impl Memory {
    pub fn look(&self) {
        if let Some(usage) = Usage::read() {
            self.add(usage.own_bytes);
        }
    }

    fn add(&self, bytes: u64) {
        let mut samples = self.lock();
        if samples.len() >= REMEMBERED {
            samples.pop_front();
        }
        samples.push_back(bytes);
    }

    pub fn count(&self) -> usize {
        self.lock().len()
    }

    pub fn mean_bytes(&self) -> Option<f64> {
        mean(self.lock().iter())
    }

    /// `None` before there are more than ten.
    pub fn trend(&self) -> Option<Trend> {
        const SPAN: usize = 10;
        let samples = self.lock();
        let newest_first = || samples.iter().rev();
        Some(Trend {
            recent_bytes: mean(newest_first().take(SPAN))?,
            older_bytes: mean(newest_first().skip(SPAN).take(SPAN))?,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<u64>> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trend {
    /// In percent; negative when it shrank.
    pub fn growth(&self) -> f64 {
        (self.recent_bytes / self.older_bytes.max(1.0) - 1.0) * 100.0
    }
}

fn mean<'a>(samples: impl Iterator<Item = &'a u64>) -> Option<f64> {
    let (sum, count) =
        samples.fold((0.0, 0), |(sum, count), sample| (sum + *sample as f64, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_tells() {
        let status = "Name:\ta\nVmRSS:\t    8420 kB\nRssAnon:\t    2100 kB\nThreads:\t7\n";
        let stat = "12 (a) b) S 1 12 12 0 -1 4194560 1 2 3 4 150 25 0 0 20 0 7 0 999 1 2\n";
        let expected = Usage {
            resident_bytes: 8420 * 1024,
            own_bytes: 2100 * 1024,
            user_us: 1_500_000,
            system_us: 250_000,
            threads: 7,
        };
        assert_eq!(parse(status, stat), Some(expected));
        assert_eq!(parse("", ""), None);
        let own = Usage::read().unwrap();
        assert!(own.own_bytes > 0 && own.resident_bytes >= own.own_bytes);
    }

    #[test]
    fn growth_is_told_from_the_eleventh_sample_on() {
        let memory = Memory::default();
        assert_eq!((memory.mean_bytes(), memory.trend()), (None, None));
        (0..10).for_each(|_| memory.add(100));
        assert_eq!((memory.mean_bytes(), memory.trend()), (Some(100.0), None));
        (0..10).for_each(|_| memory.add(130));
        assert_eq!(memory.trend().map(|trend| trend.growth().round()), Some(30.0));
        (0..200).for_each(|_| memory.add(5));
        assert_eq!((memory.count(), memory.mean_bytes()), (REMEMBERED, Some(5.0)));
    }
}
