//! Requests counted, and how long they took: a few atomic numbers, so that
//! counting costs a request nothing that could be measured.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use hyper::{Method, StatusCode};

/// NODE-COMPAT: the mean of as many is told.
const RECENT: usize = 1000;

/// What a request was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reading from the API.
    Read,
    /// All else that the API can do.
    Write,
    /// Pages, files and sockets.
    Page,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Read, Kind::Write, Kind::Page];

    pub fn of(api: bool, method: &Method) -> Kind {
        match (api, method.is_safe()) {
            (true, true) => Kind::Read,
            (true, false) => Kind::Write,
            (false, _) => Kind::Page,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Write => "write",
            Kind::Page => "page",
        }
    }
}

#[derive(Default)]
struct Counters {
    /// By the hundreds of the status: 1xx to 5xx.
    statuses: [AtomicU64; 5],
    micros: AtomicU64,
}

pub struct Traffic {
    read: Counters,
    write: Counters,
    page: Counters,
    /// Where the next duration goes.
    next: AtomicU64,
    recent_micros: Vec<AtomicU32>,
}

/// What there was of one kind so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    pub kind: Kind,
    pub statuses: [u64; 5],
    pub duration: Duration,
}

impl Total {
    pub fn requests(&self) -> u64 {
        self.statuses.iter().sum()
    }

    /// Answered with 4xx or 5xx.
    pub fn errors(&self) -> u64 {
        let [_, _, _, client, server] = self.statuses;
        client + server
    }
}

impl Default for Traffic {
    fn default() -> Traffic {
        Traffic {
            read: Counters::default(),
            write: Counters::default(),
            page: Counters::default(),
            next: AtomicU64::new(0),
            recent_micros: (0..RECENT).map(|_| AtomicU32::new(0)).collect(),
        }
    }
}

impl Traffic {
    pub fn count(&self, kind: Kind, status: StatusCode, took: Duration) {
        let counters = self.of(kind);
        let hundreds = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(count) = counters.statuses.get(hundreds) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        counters.micros.fetch_add(micros, Ordering::Relaxed);
        let place = self.next.fetch_add(1, Ordering::Relaxed) % RECENT as u64;
        if let Some(recent) = self.recent_micros.get(place as usize) {
            recent.store(u32::try_from(micros).unwrap_or(u32::MAX), Ordering::Relaxed);
        }
    }

    pub fn totals(&self) -> [Total; 3] {
        Kind::ALL.map(|kind| {
            let counters = self.of(kind);
            let statuses = counters.statuses.each_ref().map(|count| count.load(Ordering::Relaxed));
            let duration = Duration::from_micros(counters.micros.load(Ordering::Relaxed));
            Total { kind, statuses, duration }
        })
    }

    /// The mean of the last thousand durations, in seconds; `None` before the
    /// first.
    pub fn recent_mean_s(&self) -> Option<f64> {
        let count = self.next.load(Ordering::Relaxed).min(RECENT as u64);
        let recent = self.recent_micros.iter().take(count as usize);
        let sum: u64 = recent.map(|micros| u64::from(micros.load(Ordering::Relaxed))).sum();
        (count > 0).then(|| sum as f64 / count as f64 / 1e6)
    }

    fn of(&self, kind: Kind) -> &Counters {
        match kind {
            Kind::Read => &self.read,
            Kind::Write => &self.write,
            Kind::Page => &self.page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_kind_and_status() {
        let traffic = Traffic::default();
        assert_eq!(traffic.recent_mean_s(), None);
        let took = Duration::from_millis(2);
        for status in [101, 200, 204, 304, 404, 429, 503] {
            traffic.count(Kind::Read, StatusCode::from_u16(status).unwrap(), took);
        }
        traffic.count(Kind::of(true, &Method::DELETE), StatusCode::OK, took);
        let [read, write, page] = traffic.totals();
        assert_eq!(read.statuses, [1, 2, 1, 2, 1]);
        assert_eq!((read.requests(), read.errors(), read.duration.as_millis()), (7, 3, 14));
        assert_eq!((write.requests(), page.requests()), (1, 0));
        assert_eq!(traffic.recent_mean_s(), Some(0.002));
        for _ in 0..RECENT {
            traffic.count(Kind::Page, StatusCode::OK, Duration::from_millis(4));
        }
        assert_eq!(traffic.recent_mean_s(), Some(0.004));
    }
}
