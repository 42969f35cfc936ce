//! `/api/quai/…` and `/api/chain/metrics`: the network and what the rig earns
//! there. What the node does not tell is 0 and says so (deviation R4); there
//! is no price of QUAI, so every sum in dollars is unknown.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::access::Role;
use quaiminer_domain::fact::Fact;
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_engine::clock::now_ms;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::query::Query;
use super::super::routes::Route;
use super::super::schema::{
    Schema, either, exactly, integer, list, map, null, number, object, one_of, text, time_ms,
};
use super::chains::{self, NO_PRICE, ZONE, exact};
use super::form::{self, Kind, Member};
use super::text::is_id;
use super::{HASHES_PER_MH, audit, availability, settings, staking};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::SharedApp;
use crate::http::limit::Budget;

/// Our own: Node forgets it when it ends.
const LMT_LMR: &str = "lmt_lmr";
const MAX_HASHRATE_MHS: f64 = 1e12;
const MAX_POWER_W: f64 = 1e9;
const MAX_USD_PER_KWH: f64 = 1000.0;
/// Node's figure where the page gives none.
const DEFAULT_USD_PER_KWH: f64 = 0.1;
const DAY_S: f64 = 86_400.0;
const NO_SOAP: &str = "Rewards of merged mining and staking are not asked for";

/// What the owner writes down of tokens that mature; nobody else knows.
const LMT_LMR_FORM: &[Member] = &[
    amount("liquidBalance"),
    amount("lockedBalance"),
    amount("stakingRewards"),
    amount("lockupPeriod"),
];

const fn amount(name: &'static str) -> Member {
    Member { name, kind: Kind::Number { default: 0.0, least: 0.0, most: 1e15 } }
}

pub fn routes() -> Vec<Route> {
    vec![
        // It reads, however it is sent.
        Route::post("/api/chain/metrics", Access::VIEW, chain_metrics)
            .counted_as(Budget::Reads)
            .doc(chain_metrics_doc),
        Route::get("/api/quai/metrics", Access::VIEW, metrics).doc(metrics_doc),
        Route::get("/api/quai/soap", Access::VIEW, get_soap).doc(|| {
            Doc::new("Merged mining and staking, of which nothing is known")
                .gives(object([("success", exactly(true)), ("soap", soap_schema())]))
        }),
        Route::get("/api/quai/lmt-lmr", Access::VIEW, get_lmt_lmr).doc(|| {
            Doc::new("Maturing tokens, as somebody wrote them down")
                .gives(object([("success", exactly(true)), ("lmtLmr", form::given(LMT_LMR_FORM))]))
        }),
        Route::post("/api/quai/lmt-lmr", Access::User(Role::Technician), post_lmt_lmr).doc(|| {
            Doc::new("Writes down maturing tokens; what is not named stays")
                .may_take(form::taken(LMT_LMR_FORM))
                .gives(object([("success", exactly(true)), ("message", text())]))
                .refuses(409, "There are too many members that are not known")
        }),
    ]
}

fn chain_metrics_doc() -> Doc {
    let id = || text().like("^[A-Za-z0-9_-]{0,100}$");
    let chain_id = either([integer().between(0.0, 1000.0), id(), null()]);
    Doc::new("The network of the zone, whichever chain is asked for")
        .may_take(object([]).with("chainId", chain_id).with("chainKey", id().or_null()))
        .gives(
            object([
                ("success", exactly(true)),
                ("chain", one_of(&[ZONE])),
                ("difficulty", number()),
                ("blockReward", number().about("QUAI")),
                ("networkHashRate", number().about("MH/s on KawPoW")),
                ("blockTime", number().about("Seconds")),
                ("price", number()),
                ("stakingAPY", number()),
                ("stakingRewards", number()),
            ])
            .with_availability(),
        )
}

async fn chain_metrics(
    State(app): State<SharedApp>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let asked = [chain_id(&fields, "chainKey")?, chain_id(&fields, "chainId")?];
    let ledger = staking::load(&app).await?;
    let rate = asked.iter().flatten().find_map(|chain| ledger.rate(chain));
    let (apy, daily) = rate.unwrap_or_default();
    let snapshot = app.rig.snapshot();
    let network = Network::of(&snapshot);
    let mut body = Map::from_iter([
        ("success".to_owned(), true.into()),
        ("chain".to_owned(), ZONE.into()),
        ("difficulty".to_owned(), zero(&network.difficulty)),
        ("blockReward".to_owned(), zero(&chains::block_reward_quai(&snapshot))),
        ("networkHashRate".to_owned(), zero(&network.hashrate_mhs)),
        ("blockTime".to_owned(), zero(&network.block_time_s)),
        ("price".to_owned(), 0.into()),
        ("stakingAPY".to_owned(), exact(apy)),
        ("stakingRewards".to_owned(), exact(daily)),
    ]);
    availability(&mut body, Some(network.missing().unwrap_or(NO_PRICE)));
    Ok(answer::ok(&body.into()))
}

/// A key or a number of a chain.
fn chain_id(fields: &Map<String, Value>, name: &'static str) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if is_id(text) => Ok(Some(text.clone())),
        Some(Value::Number(number))
            if name == "chainId"
                && number
                    .as_f64()
                    .is_some_and(|n| n.fract() == 0.0 && (0.0..=1000.0).contains(&n)) =>
        {
            Ok(Some(number.to_string()))
        }
        Some(_) => {
            let message = format!("{name} must be the key of a chain: letters, digits, _ or -");
            Err(ApiError::bad_value(name, message))
        }
    }
}

/// The network in the old page's units.
struct Network {
    height: Fact<u64>,
    difficulty: Fact<f64>,
    hashrate_mhs: Fact<f64>,
    block_time_s: Fact<f64>,
}

impl Network {
    fn of(snapshot: &Snapshot) -> Self {
        let hashrate = chains::of_network(snapshot, |info| &info.kawpow_hashrate_hs);
        Network {
            height: chains::of_node(snapshot, |node| &node.height),
            difficulty: chains::difficulty(snapshot),
            hashrate_mhs: hashrate.map(|hs| hs / HASHES_PER_MH),
            block_time_s: chains::of_network(snapshot, |info| &info.block_time_s),
        }
    }

    fn missing(&self) -> Option<&str> {
        let numbers = [&self.difficulty, &self.hashrate_mhs, &self.block_time_s];
        let missing = numbers.into_iter().find_map(|fact| fact.reason());
        self.height.reason().or(missing).map(AsRef::as_ref)
    }
}

/// The 0 of a page that cannot show an absence.
fn zero(fact: &Fact<f64>) -> Value {
    exact(fact.get().unwrap_or_default())
}

fn metrics_doc() -> Doc {
    let usd = || object([("daily", number())]);
    let unknown = |schema: Schema| schema.with_availability();
    let network = object([
        ("blockHeight", integer()),
        ("networkHashRate", number().about("MH/s")),
        ("averageBlockTime", number().about("Seconds")),
        ("difficulty", number()),
        ("timestamp", time_ms()),
    ]);
    let total = object([
        ("chain", one_of(&[ZONE]).or_null()),
        ("dailyRevenue", number()),
        ("dailyCost", number().about("US dollars")),
        ("dailyProfit", number()),
        ("miningRevenue", number().about("QUAI that a block pays to KawPoW miners")),
    ]);
    let efficiency = object([("hashPerWatt", number().or_null())]);
    let metrics = object([
        ("hashRate", number()),
        ("powerUsage", number()),
        ("electricityCost", number()),
        ("network", unknown(network)),
        ("chainProfitability", map(unknown(usd()))),
        ("soap", soap_schema()),
        ("totalProfitability", unknown(total)),
        ("lmtLmr", form::given(LMT_LMR_FORM)),
        ("mergedMining", unknown(object([("chains", list(text()))]))),
        ("earnings", unknown(usd())),
        ("efficiency", unknown(efficiency)),
    ]);
    Doc::new("What a hashrate costs, and what it earns as far as that is known")
        .query("hashRate", number().between(0.0, MAX_HASHRATE_MHS).about("MH/s"))
        .query("powerUsage", number().between(0.0, MAX_POWER_W).about("Watts"))
        .query("electricityCost", number().between(0.0, MAX_USD_PER_KWH).about("US dollars/kWh"))
        .gives(object([("success", exactly(true)), ("metrics", metrics)]))
}

async fn metrics(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let asked = Asked {
        hashrate_mhs: query.amount("hashRate", 0.0, MAX_HASHRATE_MHS)?,
        power_w: query.amount("powerUsage", 0.0, MAX_POWER_W)?,
        usd_per_kwh: query.amount("electricityCost", DEFAULT_USD_PER_KWH, MAX_USD_PER_KWH)?,
    };
    let mut metrics = render(&app.rig.snapshot(), &asked, now_ms());
    let stored = settings::load_own(&app, LMT_LMR).await?;
    metrics.insert("lmtLmr".to_owned(), form::show(LMT_LMR_FORM, &stored).into());
    Ok(answer::ok(&json!({ "success": true, "metrics": metrics })))
}

struct Asked {
    hashrate_mhs: f64,
    power_w: f64,
    usd_per_kwh: f64,
}

fn render(snapshot: &Snapshot, asked: &Asked, now_ms: i64) -> Map<String, Value> {
    let network = Network::of(snapshot);
    let per_day = asked.hashrate_mhs * HASHES_PER_MH * DAY_S;
    let daily_quai = chains::quai_per_hash(snapshot).map(|quai| quai * per_day);
    let per_block = chains::quai_per_block(snapshot);
    let daily_cost_usd = asked.power_w / 1000.0 * 24.0 * asked.usd_per_kwh;
    let mut shown = json!({
        "blockHeight": network.height.get().unwrap_or_default(),
        "networkHashRate": zero(&network.hashrate_mhs),
        "averageBlockTime": zero(&network.block_time_s),
        "difficulty": zero(&network.difficulty),
        "timestamp": now_ms,
    });
    if let Some(members) = shown.as_object_mut() {
        availability(members, network.missing());
    }
    let chain_profitability: Map<String, Value> = chains::names()
        .map(|name| {
            let usd = json!({ "base": 0, "daily": 0, "weekly": 0, "monthly": 0 });
            let quai = daily_quai.clone();
            (name.to_owned(), unpriced(usd, if name == ZONE { Some(quai) } else { None }))
        })
        .collect();
    // To the calculator of the old page the revenue is QUAI in a block; 0
    // makes it take 1.
    let total = json!({
        "chain": daily_quai.known().map(|_| ZONE),
        "dailyRevenue": 0,
        "dailyCost": exact(daily_cost_usd),
        "dailyProfit": 0,
        "monthlyProfit": 0,
        "yearlyProfit": 0,
        "stakingBonus": 0,
        "mergeMiningBonus": 0,
        "miningRevenue": zero(&per_block),
    });
    let earnings = json!({
        "daily": 0,
        "weekly": 0,
        "monthly": 0,
        "yearly": 0,
        "breakdown": { "mining": 0, "staking": 0, "mergeMining": 0 },
    });
    let per_watt = asked.hashrate_mhs / asked.power_w;
    let efficiency = json!({
        "hashPerWatt": if per_watt.is_finite() { exact(per_watt) } else { Value::Null },
        "profitPerWatt": 0,
        "roi": 0,
    });
    let merged = json!({ "enabled": false, "potentialDaily": 0, "chains": [], "efficiency": 0 });
    Map::from_iter([
        ("hashRate".to_owned(), exact(asked.hashrate_mhs)),
        ("powerUsage".to_owned(), exact(asked.power_w)),
        ("electricityCost".to_owned(), exact(asked.usd_per_kwh)),
        ("network".to_owned(), shown),
        ("chainProfitability".to_owned(), chain_profitability.into()),
        ("soap".to_owned(), soap()),
        ("totalProfitability".to_owned(), unpriced(total, Some(daily_quai.clone()))),
        ("mergedMining".to_owned(), unavailable(merged, NO_SOAP)),
        ("earnings".to_owned(), unpriced(earnings, Some(daily_quai))),
        ("efficiency".to_owned(), unavailable(efficiency, NO_PRICE)),
    ])
}

/// Sums in dollars that nobody can know, and in QUAI where that can be.
fn unpriced(object: Value, daily_quai: Option<Fact<f64>>) -> Value {
    let mut object = unavailable(object, NO_PRICE);
    if let (Some(members), Some(Fact::Known(quai))) = (object.as_object_mut(), daily_quai) {
        members.insert("dailyQuai".to_owned(), exact(quai));
    }
    object
}

fn unavailable(mut object: Value, reason: &str) -> Value {
    if let Some(members) = object.as_object_mut() {
        availability(members, Some(reason));
    }
    object
}

async fn get_soap(State(_): State<SharedApp>) -> Response {
    answer::ok(&json!({ "success": true, "soap": soap() }))
}

/// Nothing is staked or merged through this program; the multiplier of that
/// is 1.
fn soap() -> Value {
    let none = json!({
        "enabled": false,
        "stakingEnabled": false,
        "stakedAmount": 0,
        "lockupDays": 0,
        "rewardMultiplier": 1,
        "mergeMiningEnabled": false,
        "ravencoinRewards": 0,
        "totalSOAPRewards": 0,
    });
    unavailable(none, NO_SOAP)
}

fn soap_schema() -> Schema {
    object([
        ("enabled", exactly(false)),
        ("stakingEnabled", exactly(false)),
        ("stakedAmount", number()),
        ("lockupDays", number()),
        ("rewardMultiplier", number()),
        ("mergeMiningEnabled", exactly(false)),
        ("ravencoinRewards", number()),
        ("totalSOAPRewards", number()),
    ])
    .with_availability()
}

async fn get_lmt_lmr(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let stored = settings::load_own(&app, LMT_LMR).await?;
    let mut shown = form::show(LMT_LMR_FORM, &stored);
    let missing = stored.is_null().then_some("Nobody has written anything down");
    availability(&mut shown, missing);
    Ok(answer::ok(&json!({ "success": true, "lmtLmr": shown })))
}

async fn post_lmt_lmr(
    State(app): State<SharedApp>,
    who: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let given = form::read(LMT_LMR_FORM, &fields)?;
    settings::update_own(&app, LMT_LMR, move |stored| {
        let mut members = stored.as_object().cloned().unwrap_or_default();
        members.extend(given);
        if !form::has_room(LMT_LMR_FORM, &members) {
            let message = "No more members that are not known are kept";
            return Err(ApiError::new(StatusCode::CONFLICT, "Too many members", message));
        }
        *stored = members.into();
        Ok(())
    })
    .await?;
    let message = "LMT/LMR data updated";
    audit::note(&app, who.as_ref(), "lmt_lmr.change", message.to_owned()).await;
    Ok(answer::ok(&json!({ "success": true, "message": message })))
}
