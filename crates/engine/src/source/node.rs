//! The owner's go-quai node.

use std::time::Duration;

use hyper::Uri;
use quaiminer_domain::node::{MiningInfo, NodeReading};
use quaiminer_domain::{Fact, Reason};
use quaiminer_net::{HttpRequest, Limits, NetError};
use quaiminer_node::poll;
use quaiminer_node::rpc::Answer;
use tokio::time::Instant;

use super::{PERIOD, Update, Updates};

const LIMITS: Limits = Limits { deadline: Duration::from_secs(3), max_bytes: 1024 * 1024 };
const MINING_EVERY: Duration = Duration::from_millis(poll::MINING_INFO_PERIOD_MS);

/// Asks the first node of the list that answers.
pub(super) async fn run(nodes: Vec<Uri>, updates: Updates) {
    let mut mining = Mining { asked: None, info: Fact::unknown("Not asked yet") };
    let mut tick = super::ticks(PERIOD);
    let mut first = 0;
    loop {
        let mut failure: Option<(String, Reason)> = None;
        for offset in 0..nodes.len() {
            let index = (first + offset) % nodes.len();
            let Some(uri) = nodes.get(index) else { continue };
            match read(uri, &mut mining).await {
                Ok(reading) => {
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
