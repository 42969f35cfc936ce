//! The owner's go-quai node.

use std::collections::VecDeque;
use std::time::Duration;

use hyper::Uri;
use quaiminer_domain::node::{BlockTimes, MiningInfo, NodeReading};
use quaiminer_domain::{Fact, Reason};
use quaiminer_net::{HttpRequest, Limits, NetError};
use quaiminer_node::rpc::Answer;
use quaiminer_node::{block_times, poll};
use tokio::time::Instant;

use super::{PERIOD, Update, Updates};

const LIMITS: Limits = Limits { deadline: Duration::from_secs(3), max_bytes: 1024 * 1024 };
const MINING_EVERY: Duration = Duration::from_millis(poll::MINING_INFO_PERIOD_MS);
const TIMES_EVERY: Duration = Duration::from_millis(block_times::PERIOD_MS);
/// NODE-COMPAT: of so many the Node server tells the average.
const DEVIATIONS_KEPT: usize = 100;

/// Asks the first node of the list that answers.
pub(super) async fn run(nodes: Vec<Uri>, updates: Updates) {
    let mut mining = Mining { asked: None, info: Fact::unknown("Not asked yet") };
    let mut rhythm = Rhythm {
        asked: None,
        times: Fact::unknown("Not asked yet"),
        deviations_s: VecDeque::new(),
    };
    let mut tick = super::ticks(PERIOD);
    let mut first = 0;
    loop {
        let mut failure: Option<(String, Reason)> = None;
        for offset in 0..nodes.len() {
            let index = (first + offset) % nodes.len();
            let Some(uri) = nodes.get(index) else { continue };
            match read(uri, &mut mining).await {
                Ok(mut reading) => {
                    reading.block_times = rhythm.look(uri, &reading.height).await;
                    first = index;
                    failure = None;
                    let address = uri.to_string();
                    updates.send(Update::Node { address, attempt: Ok(reading) }).await;
                    break;
                }
                Err(reason) => failure = failure.or(Some((uri.to_string(), reason))),
            }
        }
        if let Some((address, reason)) = failure {
            updates.send(Update::Node { address, attempt: Err(reason) }).await;
        }
        tick.tick().await;
    }
}

/// What the node last said of the network.
struct Mining {
    asked: Option<Instant>,
    info: Fact<MiningInfo>,
}

async fn read(uri: &Uri, mining: &mut Mining) -> Result<NodeReading, Reason> {
    let answer = ask(uri, poll::chain_request()).await.map_err(|error| error.to_string())?;
    let reading = poll::read_chain(answer.as_answer(), mining.info.clone())?;
    if mining.asked.is_none_or(|asked| asked.elapsed() >= MINING_EVERY) {
        mining.asked = Some(Instant::now());
        mining.info = match ask(uri, poll::mining_request()).await {
            Ok(answer) => poll::read_mining(answer.as_answer()),
            Err(error) => Fact::Unknown(error.to_string().into()),
        };
        return Ok(NodeReading { mining: mining.info.clone(), ..reading });
    }
    Ok(reading)
}

/// How regularly blocks come, asked less often as well.
struct Rhythm {
    asked: Option<Instant>,
    times: Fact<BlockTimes>,
    deviations_s: VecDeque<f64>,
}

impl Rhythm {
    async fn look(&mut self, uri: &Uri, height: &Fact<u64>) -> Fact<BlockTimes> {
        let Some(height) = height.get() else {
            return Fact::unknown("The node does not tell its height");
        };
        if self.asked.is_none_or(|asked| asked.elapsed() >= TIMES_EVERY) {
            self.asked = Some(Instant::now());
            self.times = match ask(uri, block_times::request(height)).await {
                Ok(answer) => block_times::read(answer.as_answer()),
                Err(error) => Fact::Unknown(error.to_string().into()),
            };
            if let Fact::Known(times) = &mut self.times {
                if self.deviations_s.len() >= DEVIATIONS_KEPT {
                    self.deviations_s.pop_front();
                }
                self.deviations_s.push_back(times.deviation_s());
                let sum: f64 = self.deviations_s.iter().sum();
                times.usual_deviation_s = sum / self.deviations_s.len() as f64;
            }
        }
        self.times.clone()
    }
}

struct Owned {
    status: u16,
    body: Vec<u8>,
}

impl Owned {
    fn as_answer(&self) -> Answer<'_> {
        Answer { status: self.status, body: &self.body }
    }
}

async fn ask(uri: &Uri, body: String) -> Result<Owned, NetError> {
    let request = HttpRequest::post(uri, Some(body.into_bytes()), LIMITS);
    let response = quaiminer_net::request(request).await?;
    Ok(Owned { status: response.status, body: response.body })
}
