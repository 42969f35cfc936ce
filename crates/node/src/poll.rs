//! What the node is asked regularly, and what its answers say.
//!
//! Two requests, because one of the calls is unlike the others:
//! `quai_getMiningInfo` walks some 180 blocks, and on a node without supply
//! figures for its newest block it may take the connection down with it. It is
//! asked alone, and less often.

use quaiminer_domain::node::{MiningInfo, NodeReading};
use quaiminer_domain::text::clean;
use quaiminer_domain::{Fact, Reason};
use serde_json::{Value, json};

use crate::quantity::{amount, count, positive};
use crate::rpc::{self, Answer, RpcError};

/// Its figures are averages over 15 minutes, and cost the node a walk.
pub const MINING_INFO_PERIOD_MS: u64 = 30_000;

const CHAIN_CALLS: [&str; 6] = [
    "quai_getHeaderByNumber",
    "quai_blockNumber",
    "quai_chainId",
    "net_peerCount",
    "quai_clientVersion",
    "quai_gasPrice",
];
/// 1 QUAI is 1e18 of the unit in which the node reckons.
const UNITS_PER_QUAI: f64 = 1e18;
/// The year 10000, from where on times have another length.
const MAX_TIME_S: u64 = 253_402_300_799;

/// The request that tells where the node stands.
pub fn chain_request() -> String {
    let latest = [json!("latest")];
    rpc::request(CHAIN_CALLS.map(|method| {
        let params = if method == "quai_getHeaderByNumber" { &latest[..] } else { &[] };
        (method, params)
    }))
}

/// The request for the network as a miner sees it, with big numbers in decimal.
pub fn mining_request() -> String {
    rpc::request([("quai_getMiningInfo", [json!(true)].as_slice())])
}

/// Reads the answer to [`chain_request`]; `mining` is what [`read_mining`] last
/// gave. A call that fails leaves its own fields unknown. It is an error if
/// none says anything.
pub fn read_chain(answer: Answer<'_>, mining: Fact<MiningInfo>) -> Result<NodeReading, Reason> {
    let results = rpc::read(answer, CHAIN_CALLS.len()).map_err(|error| error.to_string())?;
    let Ok([header, height, chain_id, peers, client, gas_price]) =
        <[_; CHAIN_CALLS.len()]>::try_from(results)
    else {
        return Err("The answer is not that of a node".into());
    };
    // The number at the top of a header is that of prime and region.
    let work = |name: &str| match &header {
        Ok(header) => Ok(header.get("woHeader").and_then(|work| work.get(name))),
        Err(error) => Err(error),
    };
    let height = match fact(work("number"), count) {
        Fact::Unknown(_) => fact(whole(&height), count),
        known => known,
    };
    let reading = NodeReading {
        client_version: fact(whole(&client), name),
        chain_id: fact(whole(&chain_id), count),
        height,
        header_at_ms: fact(work("timestamp"), time_ms),
        peers: fact(whole(&peers), count),
        difficulty: fact(work("difficulty"), positive),
        gas_price: fact(whole(&gas_price), amount),
        mining,
        block_times: Fact::unknown("Not asked yet"),
    };
    let says_nothing = reading.client_version.known().is_none()
        && reading.chain_id.known().is_none()
        && reading.height.known().is_none()
        && reading.header_at_ms.known().is_none()
        && reading.peers.known().is_none()
        && reading.difficulty.known().is_none();
    match reading.height {
        Fact::Unknown(reason) if says_nothing => Err(reason),
        height => Ok(NodeReading { height, ..reading }),
    }
}

/// Reads the answer to [`mining_request`].
pub fn read_mining(answer: Answer<'_>) -> Fact<MiningInfo> {
    let info = match rpc::read(answer, 1).map(|mut results| results.pop()) {
        Err(error) => return Fact::Unknown(error.to_string().into()),
        Ok(Some(Err(error))) => return Fact::Unknown(error.to_string().into()),
        Ok(Some(Ok(Value::Object(info)))) => info,
        Ok(_) => return Fact::unknown("The node reported no mining information"),
    };
    let quai = |name| amount(info.get(name)).map(|units| units / UNITS_PER_QUAI);
    Fact::Known(MiningInfo {
        kawpow_difficulty: positive(info.get("kawpowDifficulty")),
        kawpow_hashrate_hs: positive(info.get("kawpowHashRate")),
        block_time_s: positive(info.get("avgBlockTime")),
        workshare_reward_quai: quai("workshareReward"),
        block_reward_quai: quai("estimatedBlockReward"),
    })
}

/// A value in the result of a call, or why there is none.
type Found<'a> = Result<Option<&'a Value>, &'a RpcError>;

fn whole(result: &Result<Value, RpcError>) -> Found<'_> {
    result.as_ref().map(Some)
}

fn fact<T>(found: Found<'_>, read: impl Fn(Option<&Value>) -> Fact<T>) -> Fact<T> {
    match found {
        Ok(value) => read(value),
        Err(error) => Fact::Unknown(error.to_string().into()),
    }
}

fn name(value: Option<&Value>) -> Fact<String> {
    let name = value.and_then(Value::as_str).map(|name| clean(name, 128));
    Fact::from_option(name.filter(|name| !name.is_empty()), "The node did not report it")
}

fn time_ms(value: Option<&Value>) -> Fact<i64> {
    match count(value) {
        Fact::Known(seconds @ 1..=MAX_TIME_S) => match i64::try_from(seconds) {
            Ok(seconds) => Fact::Known(seconds * 1000),
            Err(_) => Fact::unknown("The node reported an impossible time"),
        },
        Fact::Known(_) => Fact::unknown("The node reported an impossible time"),
        Fact::Unknown(reason) => Fact::Unknown(reason),
    }
}
