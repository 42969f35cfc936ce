//! How often a client may ask (deviation R13): fixed windows per address and
//! kind of request, in memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use crate::api::error::ApiError;

/// Which budget a request is counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Budget {
    Reads,
    Writes,
    /// Log lines and errors that browsers report.
    ClientLogs,
    /// Blocks posted by hand.
    Blocks,
    /// Health, files and WebSockets.
    Uncounted,
}

impl Budget {
    const fn per_minute(self) -> Option<u32> {
        match self {
            Budget::Reads => Some(600),
            Budget::Writes => Some(60),
            Budget::ClientLogs => Some(120),
            Budget::Blocks => Some(10),
            Budget::Uncounted => None,
        }
    }

    /// NODE-COMPAT: Node's sentences.
    const fn refusal(self) -> &'static str {
        match self {
            Budget::Blocks => "Too many block submissions, please slow down.",
            _ => "Too many requests from this IP, please try again later.",
        }
    }
}

const WINDOW: Duration = Duration::from_secs(60);
/// Failed sign-ins that are allowed per address, and per user name.
pub const SIGN_IN_TRIES: u32 = 5;
const SIGN_IN_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Counters kept at most; an attacker with many addresses must not fill the
/// memory.
const MAX_COUNTERS: usize = 8192;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Requests(Budget, IpAddr),
    SignInAddress(IpAddr),
    SignInUser(String),
}

impl Key {
    const fn window(&self) -> Duration {
        match self {
            Key::Requests(..) => WINDOW,
            Key::SignInAddress(_) | Key::SignInUser(_) => SIGN_IN_WINDOW,
        }
    }
}

struct Counter {
    since: Instant,
    count: u32,
}

pub struct Limiter {
    enabled: bool,
    // Never held across an await: each use is a few map operations.
    counters: Mutex<HashMap<Key, Counter>>,
}

/// What the `RateLimit-*` headers of an answer say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    limit: u32,
    remaining: u32,
    reset_s: u64,
}

impl Limiter {
    pub fn new(enabled: bool) -> Self {
        Limiter { enabled, counters: Mutex::new(HashMap::new()) }
    }

    /// Counts a request; without a standing when it is not counted at all.
    pub fn count(
        &self,
        budget: Budget,
        client: IpAddr,
    ) -> (Option<Standing>, Result<(), ApiError>) {
        let Some(limit) = budget.per_minute().filter(|_| self.enabled) else {
            return (None, Ok(()));
        };
        let key = Key::Requests(budget, network(client));
        let (count, left) = self.add(key, 1);
        let remaining = limit.saturating_sub(count);
        let standing = Standing { limit, remaining, reset_s: seconds(left) };
        let verdict = if count > limit { Err(too_many(budget.refusal(), left)) } else { Ok(()) };
        (Some(standing), verdict)
    }

    /// Counts an attempt to sign in, and says how many were left with it; after
    /// too many it is refused. It counts before the password is looked at, for
    /// guesses that are made at the same moment would all pass otherwise.
    pub fn begin_sign_in(&self, client: IpAddr, user: &str) -> Result<u32, ApiError> {
        if !self.enabled {
            return Ok(SIGN_IN_TRIES);
        }
        let (tried, left) = sign_in_keys(client, user)
            .map(|key| self.add(key, 0))
            .into_iter()
            .max_by_key(|(count, _)| *count)
            .unwrap_or((0, Duration::ZERO));
        if tried >= SIGN_IN_TRIES {
            let refusal = "Too many authentication attempts, please try again later.";
            return Err(too_many(refusal, left));
        }
        for key in sign_in_keys(client, user) {
            self.add(key, 1);
        }
        Ok(SIGN_IN_TRIES - tried)
    }

    /// The attempts so far were no guesses.
    pub fn sign_in_succeeded(&self, client: IpAddr, user: &str) {
        let mut counters = self.lock();
        for key in sign_in_keys(client, user) {
            counters.remove(&key);
        }
    }

    /// The count after adding, and the time until it begins anew.
    fn add(&self, key: Key, by: u32) -> (u32, Duration) {
        let (now, window) = (Instant::now(), key.window());
        let mut counters = self.lock();
        if counters.len() >= MAX_COUNTERS {
            counters.retain(|key, counter| now - counter.since < key.window());
            if counters.len() >= MAX_COUNTERS {
                counters.clear();
            }
        }
        if by == 0 && !counters.contains_key(&key) {
            return (0, window);
        }
        let counter = counters.entry(key).or_insert(Counter { since: now, count: 0 });
        if now - counter.since >= window {
            *counter = Counter { since: now, count: 0 };
        }
        counter.count = counter.count.saturating_add(by);
        (counter.count, window.saturating_sub(now - counter.since))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Counter>> {
        // Counters are valid after any panic elsewhere.
        self.counters.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Standing {
    pub fn write(self, headers: &mut HeaderMap) {
        let policy = format!("{};w={}", self.limit, WINDOW.as_secs());
        for (name, text) in [
            ("ratelimit-policy", policy),
            ("ratelimit-limit", self.limit.to_string()),
            ("ratelimit-remaining", self.remaining.to_string()),
            ("ratelimit-reset", self.reset_s.to_string()),
        ] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

fn too_many(message: &'static str, left: Duration) -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", message)
        .with_header(RETRY_AFTER, HeaderValue::from(seconds(left)))
}

/// Rounded up: who waits as long is let in.
fn seconds(left: Duration) -> u64 {
    u64::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

/// A user name is cut, so that a counter cannot be made large.
fn sign_in_keys(client: IpAddr, user: &str) -> [Key; 2] {
    let user = user.chars().take(64).collect();
    [Key::SignInAddress(network(client)), Key::SignInUser(user)]
}

/// An IPv6 client owns at least a /64 and could use a new address each time.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 2));

    #[test]
    fn the_budget_is_per_address_and_kind() {
        let limiter = Limiter::new(true);
        for left in (0..10).rev() {
            let (standing, verdict) = limiter.count(Budget::Blocks, CLIENT);
            assert_eq!((standing.unwrap().remaining, verdict), (left, Ok(())));
        }
        let (standing, refused) = limiter.count(Budget::Blocks, CLIENT);
        assert_eq!(refused.unwrap_err().status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(standing.unwrap().remaining, 0);
        assert!(limiter.count(Budget::Writes, CLIENT).1.is_ok());
        assert!(limiter.count(Budget::Blocks, "192.168.1.3".parse().unwrap()).1.is_ok());
        assert_eq!(limiter.count(Budget::Uncounted, CLIENT), (None, Ok(())));
        assert_eq!(Limiter::new(false).count(Budget::Blocks, CLIENT), (None, Ok(())));
    }

    #[test]
    fn neighbours_in_an_ipv6_network_share_a_budget() {
        let limiter = Limiter::new(true);
        for host in 1..=10 {
            let client = format!("2001:db8::{host}").parse().unwrap();
            assert!(limiter.count(Budget::Blocks, client).1.is_ok());
        }
        assert!(limiter.count(Budget::Blocks, "2001:db8::99".parse().unwrap()).1.is_err());
    }

    #[test]
    fn five_failures_lock_address_and_user() {
        let limiter = Limiter::new(true);
        for left in (1..=5).rev() {
            assert_eq!(limiter.begin_sign_in(CLIENT, "admin"), Ok(left));
        }
        let other: IpAddr = "10.0.0.1".parse().unwrap();
        assert!(limiter.begin_sign_in(CLIENT, "admin").is_err());
        assert!(limiter.begin_sign_in(CLIENT, "eve").is_err(), "the address is locked");
        assert!(limiter.begin_sign_in(other, "admin").is_err(), "the user is locked");
        assert!(limiter.begin_sign_in(other, "eve").is_ok());
    }

    #[test]
    fn the_counters_are_bounded() {
        let limiter = Limiter::new(true);
        for n in 0..20_000u32 {
            let client = IpAddr::from(n.to_be_bytes());
            let _ = limiter.count(Budget::Reads, client);
        }
        assert!(limiter.lock().len() <= MAX_COUNTERS);
    }
}
