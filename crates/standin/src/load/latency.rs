//! How long an answer takes when nobody else asks.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::Target;
use super::response::Response;

/// Sorted.
#[derive(Debug)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Of a share of all answers, 0.99 for p99.
    pub fn percentile(&self, share: f64) -> Duration {
        let place = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(place.saturating_sub(1)).or(self.0.last()).copied().unwrap_or_default()
    }
}

/// Asks `requests` times over one connection, each time when the answer before
/// is complete.
pub fn latency(target: &Target, requests: usize) -> io::Result<Latencies> {
    let mut stream = target.connect()?;
    let request = target.request();
    let mut response = Response::default();
    let mut taken = Vec::with_capacity(requests);
    for _ in 0..requests {
        let asked = Instant::now();
        stream.write_all(&request)?;
        while !response.is_complete()? {
            response.read_from(&mut stream)?;
        }
        taken.push(asked.elapsed());
        response.check_ok()?;
        response.clear();
    }
    taken.sort_unstable();
    Ok(Latencies(taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred() {
        let all = Latencies((1..=100).map(Duration::from_millis).collect());
        assert_eq!(all.percentile(0.5), Duration::from_millis(50));
        assert_eq!(all.percentile(0.99), Duration::from_millis(99));
        assert_eq!(all.percentile(1.0), Duration::from_millis(100));
        assert_eq!(all.percentile(0.0), Duration::from_millis(1));
        assert_eq!(Latencies(Vec::new()).percentile(0.5), Duration::ZERO);
    }
}
