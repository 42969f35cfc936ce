//! What is known of Quai's chains. Its plan has thirteen of them; one zone
//! exists, and the rig's node tells of that zone alone.

use quaiminer_domain::fact::{Fact, Reading};
use quaiminer_domain::node::{MiningInfo, NodeReading};
use quaiminer_domain::snapshot::Snapshot;
use serde_json::{Map, Value, json};

use super::super::schema::{Schema, map, number as any_number, object, time_ms};
use super::{availability, number};

/// The zone in which blocks are mined today.
pub const ZONE: &str = "Cyprus-1";
pub const PRIME: &str = "Prime";
pub const REGIONS: [&str; 3] = ["Cyprus", "Paxos", "Hydra"];
pub const ZONES: [&str; 9] = [
    "Cyprus-1", "Cyprus-2", "Cyprus-3", "Paxos-1", "Paxos-2", "Paxos-3", "Hydra-1", "Hydra-2",
    "Hydra-3",
];
pub const ONLY_ZONE: &str = "The node tells of its own zone, Cyprus-1, alone";
pub const NO_OTHER: &str = "Cyprus-1 is the only chain that can be mined today";
pub const NO_PRICE: &str = "The price of QUAI is not known";

/// All thirteen, in Node's order.
pub fn names() -> impl Iterator<Item = &'static str> {
    [PRIME].into_iter().chain(REGIONS).chain(ZONES)
}

/// A fact from the node, or why there is none.
pub fn of_node<T: Clone>(snapshot: &Snapshot, fact: fn(&NodeReading) -> &Fact<T>) -> Fact<T> {
    match &snapshot.node.reading {
        Reading::Known { value, .. } => fact(value).clone(),
        Reading::Unknown { reason, .. } => Fact::Unknown(reason.clone()),
    }
}

/// A fact about the network, as the node reckons it from the last blocks.
pub fn of_network(snapshot: &Snapshot, fact: fn(&MiningInfo) -> &Fact<f64>) -> Fact<f64> {
    match of_node(snapshot, |node| &node.mining) {
        Fact::Known(info) => fact(&info).clone(),
        Fact::Unknown(reason) => Fact::Unknown(reason),
    }
}

pub fn difficulty(snapshot: &Snapshot) -> Fact<f64> {
    of_node(snapshot, |node| &node.difficulty)
}

pub fn block_reward_quai(snapshot: &Snapshot) -> Fact<f64> {
    of_network(snapshot, |info| &info.block_reward_quai)
}

/// What a hash earns on average: a workshare pays a fixed sum, and takes so
/// many hashes as its difficulty says.
pub fn quai_per_hash(snapshot: &Snapshot) -> Fact<f64> {
    let reward = of_network(snapshot, |info| &info.workshare_reward_quai);
    let hashes = of_network(snapshot, |info| &info.kawpow_difficulty);
    both(reward, hashes, |reward, hashes| reward / hashes)
}

/// What all KawPoW miners together earn in the time of a block.
pub fn quai_per_block(snapshot: &Snapshot) -> Fact<f64> {
    let hashrate = of_network(snapshot, |info| &info.kawpow_hashrate_hs);
    let seconds = of_network(snapshot, |info| &info.block_time_s);
    let hashes = both(hashrate, seconds, |hashrate, seconds| hashrate * seconds);
    both(hashes, quai_per_hash(snapshot), |hashes, per_hash| hashes * per_hash)
}

pub fn both(a: Fact<f64>, b: Fact<f64>, combine: impl Fn(f64, f64) -> f64) -> Fact<f64> {
    match (a, b) {
        (Fact::Known(a), Fact::Known(b)) => match combine(a, b) {
            result if result.is_finite() => Fact::Known(result),
            _ => Fact::unknown("The node's numbers do not fit together"),
        },
        (Fact::Unknown(reason), _) | (_, Fact::Unknown(reason)) => Fact::Unknown(reason),
    }
}

/// Not rounded: what a hash earns is far below a millionth.
pub fn exact(value: f64) -> Value {
    if value.fract() == 0.0 { number(value) } else { Value::from(value) }
}

/// Node's shape of the difficulties of all chains.
pub fn difficulties(difficulty: Option<f64>) -> Map<String, Value> {
    let zones: Map<String, Value> =
        difficulty.map(|difficulty| (ZONE.to_owned(), exact(difficulty))).into_iter().collect();
    Map::from_iter([
        (PRIME.to_owned(), Value::Null),
        ("Regions".to_owned(), json!({})),
        ("Zones".to_owned(), zones.into()),
    ])
}

/// The same now, with the time and with what is missing.
pub fn current_difficulties(snapshot: &Snapshot) -> Value {
    let difficulty = difficulty(snapshot);
    let at_ms = match &snapshot.node.reading {
        Reading::Known { at_ms, .. } => *at_ms,
        Reading::Unknown { .. } => snapshot.at_ms,
    };
    let mut all = difficulties(difficulty.get());
    all.insert("timestamp".to_owned(), at_ms.into());
    availability(&mut all, Some(difficulty.reason().map_or(ONLY_ZONE, AsRef::as_ref)));
    all.into()
}

pub fn current_difficulties_schema() -> Schema {
    difficulties_schema().with("timestamp", time_ms()).with_availability()
}

pub fn difficulties_schema() -> Schema {
    object([
        (PRIME, any_number().or_null()),
        ("Regions", map(any_number())),
        ("Zones", map(any_number())),
    ])
}
