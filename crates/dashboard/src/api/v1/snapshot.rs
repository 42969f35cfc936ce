//! GET `/api/v1/snapshot`: the rig as it is now.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use quaiminer_domain::control::{ControlState, Instance, Phase};
use quaiminer_domain::fact::{Fact, Reading};
use quaiminer_domain::host::HostReading;
use quaiminer_domain::miner::{Activity, GpuReading, MinerReading, Pool, Shares};
use quaiminer_domain::node::{MiningInfo, NodeReading};
use quaiminer_domain::snapshot::{Snapshot, Source, StoreHealth};
use serde_json::{Value, json};

use super::Object;
use crate::access::Access;
use crate::api::describe::Doc;
use crate::api::routes::Route;
use crate::api::schema::{
    self, Schema, anything, boolean, integer, list, object, one_of, text, time_ms,
};
use crate::app::SharedApp;
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/snapshot", Access::VIEW, get).doc(doc)]
}

fn doc() -> Doc {
    // What is unknown is null, with its reason under the same name in
    // `reasons`.
    let source = || -> Schema {
        object([("state", one_of(&["ok", "no_data"])), ("address", text())])
            .with("at_ms", time_ms())
            .with("reason", text())
            .with("since_ms", time_ms())
    };
    let summary = object([
        ("mining", boolean()),
        ("hashrate_hs", schema::number().or_null()),
        ("accepted", integer().or_null()),
        ("rejected", integer().or_null()),
        ("power_w", schema::number().or_null()),
        ("hottest_c", schema::number().or_null()),
        ("gpus", integer()),
        ("gpus_mining", integer()),
    ])
    .with("reasons", schema::map(text()));
    Doc::new("The rig as it is now").gives(object([
        ("at_ms", time_ms()),
        ("demo", boolean()),
        ("rig", text().or_null()),
        ("version", text()),
        ("summary", summary),
        ("miners", list(source())),
        ("looked_at", list(text())),
        ("node", source()),
        ("host", source()),
        ("control", object([("instances", list(anything()))])),
        ("store", object([("state", one_of(&["ok", "failing"]))])),
    ]))
}

async fn get(State(app): State<SharedApp>, Extension(client): Extension<Client>) -> Response {
    app.live.frames().snapshot.answer(client.gzip)
}

/// What does not change while the program runs.
pub struct Rig {
    pub name: Option<String>,
    /// Where miners are looked for, if none are configured.
    pub looks_at: Vec<String>,
}

pub fn render(snapshot: &Snapshot, rig: &Rig) -> Value {
    Object::default()
        .with("at_ms", snapshot.at_ms)
        .with("demo", snapshot.demo)
        .with("rig", rig.name.as_deref())
        .with("version", env!("CARGO_PKG_VERSION"))
        .with("summary", summary(snapshot))
        .with("miners", snapshot.miners.iter().map(|one| source(one, miner)).collect::<Vec<_>>())
        .with("looked_at", rig.looks_at.as_slice())
        .with("node", source(&snapshot.node, |node| self::node(node, snapshot.at_ms)))
        .with("host", source(&snapshot.host, host))
        .with("control", control(&snapshot.control))
        .with("store", store(&snapshot.store))
        .build()
}

fn summary(snapshot: &Snapshot) -> Value {
    let is_hashing = |gpu: &&GpuReading| gpu.hashrate_hs.get().is_some_and(|hs| hs > 0.0);
    Object::default()
        .with("mining", snapshot.is_mining())
        .fact("hashrate_hs", &snapshot.hashrate_hs())
        .fact("accepted", &snapshot.accepted())
        .fact("rejected", &snapshot.rejected())
        .fact("invalid", &snapshot.invalid())
        .fact("stale", &snapshot.stale())
        .fact("power_w", &snapshot.power_w())
        .fact("hottest_c", &snapshot.hottest_c())
        .with("gpus", snapshot.gpus().count())
        .with("gpus_mining", snapshot.gpus().filter(is_hashing).count())
        .build()
}

/// A source that answers, or why it does not.
fn source<T>(source: &Source<T>, render: impl FnOnce(&T) -> Object) -> Value {
    let object = match &source.reading {
        Reading::Known { value, at_ms } => render(value).with("state", "ok").with("at_ms", *at_ms),
        Reading::Unknown { reason, since_ms } => Object::default()
            .with("state", "no_data")
            .with("reason", reason.as_ref())
            .with("since_ms", *since_ms),
    };
    object.with("address", source.address.as_str()).build()
}

fn miner(miner: &MinerReading) -> Object {
    let (activity, activity_reason) = match &miner.activity {
        Activity::Mining => ("mining", None),
        Activity::Starting => ("starting", None),
        Activity::Paused(why) => ("paused", Some(why.as_str())),
        Activity::NoPool => ("no_pool", None),
        Activity::Serving => ("serving", None),
    };
    Object::default()
        .with("program", miner.program.as_str())
        .fact("version", &miner.version)
        .fact("uptime_s", &miner.uptime_s)
        .fact("algorithm", &miner.algorithm)
        .with("activity", activity)
        .with("activity_reason", activity_reason)
        .fact("hashrate_hs", &miner.hashrate_hs)
        .fact("power_w", &miner.power_w)
        .with("shares", shares(&miner.shares))
        .with("pool", pool(&miner.pool))
        .with("gpus", miner.gpus.iter().map(gpu).collect::<Vec<_>>())
}

fn shares(shares: &Shares) -> Value {
    Object::default()
        .fact("accepted", &shares.accepted)
        .fact("rejected", &shares.rejected)
        .fact("invalid", &shares.invalid)
        .fact("stale", &shares.stale)
        .fact("last_share_age_s", &shares.last_share_age_s)
        .build()
}

fn pool(pool: &Pool) -> Value {
    Object::default()
        .fact("url", &pool.url)
        .fact("user", &pool.user)
        .fact("connected", &pool.connected)
        .fact("latency_ms", &pool.latency_ms)
        .fact("difficulty", &pool.difficulty)
        .build()
}

fn gpu(gpu: &GpuReading) -> Value {
    Object::default()
        .with("index", gpu.index)
        .fact("name", &gpu.name)
        .fact("pci", &gpu.pci.clone().map(|pci| pci.to_string()))
        .with("paused", gpu.paused.as_deref())
        .fact("hashrate_hs", &gpu.hashrate_hs)
        .with("shares", shares(&gpu.shares))
        .fact("temp_c", &gpu.temp_c)
        .fact("memory_temp_c", &gpu.memory_temp_c)
        .fact("fan_percent", &gpu.fan_percent)
        .fact("power_w", &gpu.power_w)
        .build()
}

fn node(node: &NodeReading, now_ms: i64) -> Object {
    let mining = match &node.mining {
        Fact::Known(mining) => mining_info(mining),
        Fact::Unknown(_) => Value::Null,
    };
    let object = Object::default()
        .fact("client_version", &node.client_version)
        .fact("chain_id", &node.chain_id)
        .fact("height", &node.height)
        .fact("header_at_ms", &node.header_at_ms)
        .fact("in_sync", &node.in_sync(now_ms))
        .fact("peers", &node.peers)
        .fact("difficulty", &node.difficulty);
    match node.mining.reason() {
        Some(reason) => object.fact("mining", &Fact::<Value>::Unknown(reason.clone())),
        None => object.with("mining", mining),
    }
}

fn mining_info(mining: &MiningInfo) -> Value {
    Object::default()
        .fact("kawpow_difficulty", &mining.kawpow_difficulty)
        .fact("kawpow_hashrate_hs", &mining.kawpow_hashrate_hs)
        .fact("block_time_s", &mining.block_time_s)
        .fact("workshare_reward_quai", &mining.workshare_reward_quai)
        .fact("block_reward_quai", &mining.block_reward_quai)
        .build()
}

fn host(host: &HostReading) -> Object {
    let temperatures: Vec<Value> = host
        .temperatures
        .iter()
        .map(|sensor| json!({ "label": sensor.label, "temp_c": sensor.temp_c }))
        .collect();
    Object::default()
        .fact("cpu_percent", &host.cpu_percent)
        .fact("load_1", &host.load_1)
        .fact("load_5", &host.load_5)
        .fact("load_15", &host.load_15)
        .fact("memory_total_bytes", &host.memory_total_bytes)
        .fact("memory_available_bytes", &host.memory_available_bytes)
        .fact("disk_total_bytes", &host.disk_total_bytes)
        .fact("disk_free_bytes", &host.disk_free_bytes)
        .fact("uptime_s", &host.uptime_s)
        .with("temperatures", temperatures)
}

fn control(control: &ControlState) -> Value {
    json!({
        "program": control.program.as_ref().ok(),
        "reason": control.program.as_ref().err(),
        "instances": control.instances.iter().map(instance).collect::<Vec<_>>(),
    })
}

fn instance(instance: &Instance) -> Value {
    let until_ms = match instance.phase {
        Phase::BackingOff { until_ms, .. } => Some(until_ms),
        _ => None,
    };
    json!({
        "name": instance.name,
        "gpu": instance.gpu,
        "phase": instance.phase.name(),
        "reason": instance.phase.reason(),
        "until_ms": until_ms,
        "pid": instance.pid,
        "started_ms": instance.started_ms,
        "restarts": instance.restarts,
    })
}

fn store(health: &StoreHealth) -> Value {
    match health {
        StoreHealth::Ok => json!({ "state": "ok" }),
        StoreHealth::Failing { reason, since_ms } => {
            json!({ "state": "failing", "reason": reason, "since_ms": since_ms })
        }
    }
}
