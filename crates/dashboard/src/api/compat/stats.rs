//! GET `/api/stats`: what the rig does now, in the Node server's shape with
//! real numbers (deviation R4).

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use quaiminer_domain::fact::{Fact, Reading};
use quaiminer_domain::miner::GpuReading;
use quaiminer_domain::snapshot::Snapshot;
use serde_json::{Map, Value, json};

use super::super::describe::Doc;
use super::super::routes::Route;
use super::super::schema::{self, Schema, boolean, integer, list, object, text};
use super::{HASHES_PER_MH, availability, chains, number, or_zero};
use crate::access::Access;
use crate::app::SharedApp;
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/stats", Access::VIEW, get).doc(|| {
        Doc::new("What the rig does now").gives(
            object([
                ("hashRate", schema::number().about("MH/s")),
                ("shares", object([("accepted", integer()), ("rejected", integer())])),
                ("acceptedShares", integer()),
                ("rejectedShares", integer()),
                ("earnings", schema::number()),
                ("powerUsage", schema::number().about("Watts")),
                ("isMining", boolean()),
                ("gpus", list(gpu_schema())),
                ("network", network_schema()),
                ("poem", poem_schema()),
            ])
            .with_availability()
            .with("demo", boolean()),
        )
    })]
}

async fn get(State(app): State<SharedApp>, Extension(client): Extension<Client>) -> Response {
    app.live.frames().stats.answer(client.gzip)
}

pub fn render(snapshot: &Snapshot) -> Value {
    let hashrate = snapshot.hashrate_hs().map(|hs| hs / HASHES_PER_MH);
    let (accepted, rejected) = (snapshot.accepted(), snapshot.rejected());
    let shares = |fact: &Fact<u64>| fact.get().unwrap_or_default();
    let mut body = json!({
        "hashRate": or_zero(&hashrate),
        "shares": { "accepted": shares(&accepted), "rejected": shares(&rejected) },
        "acceptedShares": shares(&accepted),
        "rejectedShares": shares(&rejected),
        "earnings": or_zero(&snapshot.earnings()),
        "powerUsage": or_zero(&snapshot.power_w()),
        "isMining": snapshot.is_mining(),
        "gpus": gpus(snapshot),
        "network": network(snapshot),
        "poem": poem(snapshot),
    });
    if let Some(members) = body.as_object_mut() {
        if snapshot.demo {
            members.insert("demo".to_owned(), true.into());
        }
        availability(members, hashrate.reason().map(AsRef::as_ref));
    }
    body
}

fn poem_schema() -> Schema {
    let entropy = object([
        ("mean", schema::number().about("Seconds between blocks")),
        ("variance", schema::number()),
        ("entropy", schema::number()),
        ("stability", schema::one_of(&STABILITIES)),
    ]);
    object([("optimized", boolean()), ("message", text())])
        .with("currentEntropy", entropy)
        .with("averageEntropy", schema::number())
        .with("stability", schema::one_of(&STABILITIES))
        .with("recommendedChain", schema::one_of(&[chains::ZONE]))
        .with("recommendedDifficulty", schema::number())
        .with("recommendations", list(text()).at_most(0))
        .with_availability()
}

const STABILITIES: [&str; 3] = ["high", "medium", "low"];

/// NODE-COMPAT: Node's analysis of how regularly blocks come; to it entropy is
/// the deviation of the intervals. What it recommends it makes up: here there
/// is the one chain, and its difficulty, which nobody chooses.
fn poem(snapshot: &Snapshot) -> Value {
    let times = chains::of_node(snapshot, |node| &node.block_times);
    let times = match &times {
        Fact::Known(times) => times,
        Fact::Unknown(reason) => {
            return json!({
                "optimized": false,
                "message": "Unable to calculate entropy",
                "available": false,
                "reason": reason.as_ref(),
            });
        }
    };
    let stability = match times.variance_s2 {
        variance if variance < 5.0 => "high",
        variance if variance < 15.0 => "medium",
        _ => "low",
    };
    json!({
        "optimized": true,
        "message": "Calculated from the times of the last blocks",
        "currentEntropy": {
            "mean": number(times.mean_s),
            "variance": number(times.variance_s2),
            "entropy": number(times.deviation_s()),
            "stability": stability,
        },
        "averageEntropy": number(times.usual_deviation_s),
        "stability": stability,
        "recommendedChain": chains::ZONE,
        "recommendedDifficulty": or_zero(&chains::difficulty(snapshot)),
        "recommendations": [],
    })
}

fn gpu_schema() -> Schema {
    object([
        ("id", integer()),
        ("name", text()),
        ("hashRate", schema::number()),
        ("temperature", schema::number()),
        ("fanSpeed", schema::number()),
        ("powerUsage", schema::number()),
        ("memoryTemp", schema::number()),
    ])
    .with_availability()
}

fn network_schema() -> Schema {
    object([
        ("nodeSynced", boolean()),
        ("currentChain", text()),
        ("blockHeight", integer()),
        ("difficulty", schema::number()),
        ("gasPrice", schema::number()),
        ("peerCount", integer()),
        ("blockTime", schema::number()),
        ("networkHashRate", schema::number().about("MH/s")),
        ("lastMetricsUpdate", integer()),
    ])
    .with_availability()
}

/// The GPUs that the miners tell of, numbered through.
pub fn gpus(snapshot: &Snapshot) -> Vec<Value> {
    snapshot.gpus().enumerate().map(|(id, gpu)| self::gpu(id, gpu)).collect()
}

fn gpu(id: usize, gpu: &GpuReading) -> Value {
    let mut object = Map::from_iter([
        ("id".to_owned(), id.into()),
        ("name".to_owned(), gpu.name.known().map_or("GPU", String::as_str).into()),
        ("hashRate".to_owned(), or_zero(&gpu.hashrate_hs.clone().map(|hs| hs / HASHES_PER_MH))),
        ("temperature".to_owned(), or_zero(&gpu.temp_c)),
        ("fanSpeed".to_owned(), or_zero(&gpu.fan_percent)),
        ("powerUsage".to_owned(), or_zero(&gpu.power_w)),
        ("memoryTemp".to_owned(), or_zero(&gpu.memory_temp_c)),
    ]);
    let facts = [&gpu.hashrate_hs, &gpu.temp_c, &gpu.fan_percent, &gpu.power_w];
    availability(&mut object, facts.iter().find_map(|fact| fact.reason()).map(AsRef::as_ref));
    Value::Object(object)
}

/// What the node says of the chain; the old page wants all members at once.
pub fn network(snapshot: &Snapshot) -> Value {
    let (synced, at_ms) = match &snapshot.node.reading {
        Reading::Known { value, at_ms } => (value.in_sync(snapshot.at_ms), *at_ms),
        Reading::Unknown { reason, .. } => (Fact::Unknown(reason.clone()), 0),
    };
    let height = chains::of_node(snapshot, |node| &node.height);
    let peers = chains::of_node(snapshot, |node| &node.peers);
    let difficulty = chains::difficulty(snapshot);
    let gas_gwei = chains::of_node(snapshot, |node| &node.gas_price).map(|price| price / 1e9);
    let block_time_s = chains::of_network(snapshot, |info| &info.block_time_s);
    let hashrate_hs = chains::of_network(snapshot, |info| &info.kawpow_hashrate_hs);
    let mut object = Map::from_iter([
        ("nodeSynced".to_owned(), synced.get().unwrap_or_default().into()),
        ("currentChain".to_owned(), chains::ZONE.into()),
        ("blockHeight".to_owned(), height.get().unwrap_or_default().into()),
        ("difficulty".to_owned(), or_zero(&difficulty)),
        ("gasPrice".to_owned(), or_zero(&gas_gwei)),
        ("peerCount".to_owned(), peers.get().unwrap_or_default().into()),
        ("blockTime".to_owned(), or_zero(&block_time_s)),
        ("networkHashRate".to_owned(), or_zero(&hashrate_hs.clone().map(|hs| hs / HASHES_PER_MH))),
        // "RPC connected" to the old page while younger than 30 s.
        ("lastMetricsUpdate".to_owned(), at_ms.into()),
    ]);
    let counts = height.reason().or(peers.reason()).or(synced.reason());
    let numbers = [&difficulty, &gas_gwei, &block_time_s, &hashrate_hs];
    let missing = counts.or_else(|| numbers.into_iter().find_map(|fact| fact.reason()));
    availability(&mut object, missing.map(AsRef::as_ref));
    Value::Object(object)
}
