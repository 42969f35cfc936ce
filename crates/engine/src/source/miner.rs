//! Miner programs: the configured ones, or those found on this machine.

use std::time::Duration;

use hyper::Uri;
use quaiminer_domain::Reason;
use quaiminer_domain::miner::MinerReading;
use quaiminer_miner::{Adapter, Ask, Endpoint, Reply, Request, Unreadable};
use quaiminer_net::{Connection, HttpRequest, Limits, NetError, Until};
use tokio::time::Instant;

use super::{PERIOD, Update, Updates};
use crate::vital::Vitals;

/// Per request. Most adapters make two at most; a program that lets one wait is
/// not asked any further, so that all together stay under the period.
const LIMITS: Limits = Limits { deadline: Duration::from_secs(2), max_bytes: 1024 * 1024 };
/// Where nothing has been found so far, it is looked less often.
const LOOK_EVERY_TICKS: u32 = 3;
/// After a minute without an answer likewise.
const PATIENCE_TICKS: u32 = 12;
/// A miner that was found and is silent for so long is not coming back.
const GONE_AFTER: Duration = Duration::from_secs(3600);

pub(super) fn spawn(configured: Vec<Endpoint>, updates: &Updates, vitals: &Vitals) {
    let looking = configured.is_empty();
    let endpoints = if looking { Endpoint::defaults() } else { configured };
    for endpoint in endpoints {
        let watch = Watch { endpoint, looking, adapter: None, silent_since: None, misses: 0 };
        vitals.spawn("miner source", watch.run(updates.clone()));
    }
}

struct Watch {
    endpoint: Endpoint,
    /// Not configured: unknown to the rig until it answers.
    looking: bool,
    /// The adapter that understood the last answer.
    adapter: Option<&'static dyn Adapter>,
    silent_since: Option<Instant>,
    misses: u32,
}

impl Watch {
    async fn run(mut self, updates: Updates) {
        let address = self.endpoint.to_string();
        let mut tick = super::ticks(PERIOD);
        loop {
            match self.read().await {
                Ok(reading) => {
                    self.misses = 0;
                    self.silent_since = None;
                    let attempt = Ok(reading);
                    updates.send(Update::Miner { address: address.clone(), attempt }).await;
                }
                Err(reason) => {
                    self.misses = self.misses.saturating_add(1);
                    let since = *self.silent_since.get_or_insert_with(Instant::now);
                    let known = !self.looking || self.adapter.is_some();
                    if self.looking && known && since.elapsed() > GONE_AFTER {
                        self.adapter = None;
                        updates.send(Update::MinerGone { address: address.clone() }).await;
                    } else if known {
                        let attempt = Err(reason);
                        updates.send(Update::Miner { address: address.clone(), attempt }).await;
                    }
                }
            }
            for _ in 0..self.ticks_to_wait() {
                tick.tick().await;
            }
        }
    }

    fn ticks_to_wait(&self) -> u32 {
        let never_found = self.looking && self.adapter.is_none();
        if never_found || self.misses > PATIENCE_TICKS { LOOK_EVERY_TICKS } else { 1 }
    }

    async fn read(&mut self) -> Result<MinerReading, Reason> {
        let candidates = match self.adapter {
            Some(adapter) => vec![adapter],
            None => self.endpoint.candidates(),
        };
        // What the likeliest one says of it.
        let mut failure: Option<Reason> = None;
        for adapter in candidates {
            let replies = ask(&self.endpoint, adapter.requests()).await;
            match adapter.read(&replies) {
                Ok(reading) => {
                    self.adapter = Some(adapter);
                    return Ok(reading);
                }
                // It is the right program: others need not try.
                Err(Unreadable::Refused(reason)) => return Err(reason),
                // Nobody is there. Later it is a program that hangs up on
                // questions that are not for it.
                Err(Unreadable::NoAnswer(reason)) if failure.is_none() => return Err(reason),
                Err(error) => failure = failure.or(Some(error.into_reason())),
            }
        }
        Err(failure.unwrap_or("Nobody knows how to read this".into()))
    }
}

/// Carries an adapter's requests to the program, one after the other.
async fn ask(endpoint: &Endpoint, requests: &[Request]) -> Vec<Reply> {
    let mut replies = Vec::new();
    let mut line = None;
    for request in requests {
        let reply = match request.ask {
            Ask::Line(text) => ask_line(endpoint, &mut line, text).await,
            Ask::Text(text) => ask_text(endpoint, text).await,
            Ask::Http(path) => get(endpoint, path).await,
            Ask::HttpAtUrl => get(endpoint, &endpoint.path).await,
        };
        let hangs = matches!(reply, Err(NetError::Timeout { .. }));
        let failed = reply.is_err() && !request.optional;
        replies.push(reply.unwrap_or_else(|error| Reply::Failed(error.to_string().into())));
        if failed || hangs {
            break;
        }
    }
    replies
}

async fn ask_line(
    endpoint: &Endpoint,
    line: &mut Option<Connection>,
    text: &str,
) -> Result<Reply, NetError> {
    let connection = match line {
        Some(connection) => connection,
        None => line.insert(Connection::open(&endpoint.host, endpoint.port, LIMITS).await?),
    };
    let request = format!("{text}\n");
    connection.ask(request.as_bytes(), Until::Line).await.map(Reply::Bytes)
}

async fn ask_text(endpoint: &Endpoint, text: &str) -> Result<Reply, NetError> {
    let mut connection = Connection::open(&endpoint.host, endpoint.port, LIMITS).await?;
    let request = format!("{text}\n");
    connection.ask(request.as_bytes(), Until::NulOrEnd).await.map(Reply::Bytes)
}

async fn get(endpoint: &Endpoint, path: &str) -> Result<Reply, NetError> {
    let scheme = if endpoint.tls { "https" } else { "http" };
    let uri = Uri::builder()
        .scheme(scheme)
        .authority(endpoint.authority())
        .path_and_query(path)
        .build()
        .map_err(|error| NetError::Protocol(error.to_string()))?;
    let request = HttpRequest::get(&uri, LIMITS);
    let response = quaiminer_net::request(request).await?;
    Ok(Reply::Http { status: response.status, body: response.body })
}
