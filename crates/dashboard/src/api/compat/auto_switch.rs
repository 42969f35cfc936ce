//! `/api/auto-switch/…`: what the owner would like to mine where. The wish is
//! kept and compared with what the node tells; as there is one chain to mine,
//! nothing is ever switched, and every answer says so (deviations R3, R4).

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::access::Role;
use quaiminer_domain::fact::Fact;
use quaiminer_engine::clock::now_ms;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{
    Schema, anything, boolean, either, exactly, list, null, number, number_or_text, object, one_of,
    text, time_ms,
};
use super::chains::{self, NO_OTHER, ZONE, ZONES, exact};
use super::text::is_falsy;
use super::{audit, availability, body_number, settings};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::SharedApp;

/// Our own: Node forgets all of it when it ends.
const KEY: &str = "auto_switch";
const DEFAULT_THRESHOLD: f64 = 0.05;
/// What is drawn into the range of 0 to 1 is still a number.
const MAX_THRESHOLD: f64 = 1e15;
const MAX_REWARD: f64 = 1e9;
const OPERATE: Access = Access::User(Role::Technician);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/auto-switch/status", Access::VIEW, status)
            .doc(|| Doc::new("The wish, and what can be mined").gives(status_schema())),
        Route::post("/api/auto-switch/start", OPERATE, start)
            .doc(|| changes("Wishes that the most profitable chain is mined", object([]))),
        Route::post("/api/auto-switch/stop", OPERATE, stop)
            .doc(|| changes("Takes that wish back", object([]))),
        Route::post("/api/auto-switch/switch", OPERATE, switch).doc(|| {
            let names: Vec<&str> = chains::names().collect();
            let done = object([("success", boolean())])
                .with("message", text())
                .with("error", text())
                .with("note", text());
            Doc::new("Asks for a chain; a 200 with success:false says why it cannot be")
                .takes(object([("chain", one_of(&names))]))
                .gives(done)
        }),
        Route::post("/api/auto-switch/sharding/enable", OPERATE, enable_sharding).doc(|| {
            let zones = list(one_of(&ZONES)).at_most(ZONES.len());
            let body = object([]).with("zones", either([zones, null()]));
            changes("Wishes for certain zones; all of them if none is named", body)
        }),
        Route::post("/api/auto-switch/sharding/disable", OPERATE, disable_sharding)
            .doc(|| changes("Forgets the zones wished for", object([]))),
        Route::post("/api/auto-switch/config", OPERATE, configure).doc(|| {
            let threshold = number_or_text(-MAX_THRESHOLD, MAX_THRESHOLD);
            let rewards = chains::names()
                .fold(object([]), |all, name| all.with(name, number_or_text(0.0, MAX_REWARD)));
            let body = object([])
                .with("threshold", threshold.about("The least gain, from 0 to 1"))
                .with("blockRewards", rewards.or_null());
            changes("From which gain on to switch, and what blocks are worth", body)
        }),
    ]
}

fn changes(summary: &'static str, body: Schema) -> Doc {
    Doc::new(summary).may_take(body).gives(object([
        ("success", exactly(true)),
        ("message", text()),
        ("note", text()),
    ]))
}

/// What is remembered, read leniently: each member by itself.
struct Wish {
    enabled: bool,
    sharding: bool,
    zones: Vec<&'static str>,
    threshold: f64,
    rewards: Map<String, Value>,
    checked_ms: Option<i64>,
}

impl Wish {
    fn read(stored: &Value) -> Self {
        let flag = |name| stored.get(name).and_then(Value::as_bool).unwrap_or_default();
        let zones = stored.get("zones").and_then(Value::as_array);
        let rewards = stored.get("rewards").and_then(Value::as_object);
        Wish {
            enabled: flag("enabled"),
            sharding: flag("sharding"),
            zones: zones.into_iter().flatten().filter_map(|zone| known_zone(zone)).collect(),
            threshold: stored.get("threshold").and_then(Value::as_f64).unwrap_or(DEFAULT_THRESHOLD),
            rewards: rewards.cloned().unwrap_or_default(),
            checked_ms: stored.get("checked_ms").and_then(Value::as_i64),
        }
    }

    fn write(&self) -> Value {
        json!({
            "enabled": self.enabled,
            "sharding": self.sharding,
            "zones": self.zones,
            "threshold": self.threshold,
            "rewards": self.rewards,
            "checked_ms": self.checked_ms,
        })
    }

    /// The owner's figure for a block of the zone.
    fn reward(&self) -> Option<f64> {
        self.rewards.get(ZONE).and_then(Value::as_f64)
    }
}

fn known_zone(zone: &Value) -> Option<&'static str> {
    let zone = zone.as_str()?;
    ZONES.into_iter().find(|known| *known == zone)
}

async fn status(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let wish = Wish::read(&settings::load_own(&app, KEY).await?);
    let snapshot = app.rig.snapshot();
    let reward = match wish.reward() {
        Some(reward) => Fact::Known(reward),
        None => chains::block_reward_quai(&snapshot),
    };
    let difficulty = chains::difficulty(&snapshot);
    let best = difficulty.known().map(|_| ZONE);
    let profitability = chains::both(reward, difficulty, |reward, difficulty| reward / difficulty);
    let last_check = if wish.enabled { Some(snapshot.at_ms) } else { wish.checked_ms };
    let mut body = Map::from_iter([
        ("success".to_owned(), true.into()),
        ("enabled".to_owned(), wish.enabled.into()),
        ("currentChain".to_owned(), snapshot.is_mining().then_some(ZONE).into()),
        ("mostProfitableChain".to_owned(), best.into()),
        ("profitability".to_owned(), exact(profitability.get().unwrap_or_default())),
        ("difficulties".to_owned(), chains::current_difficulties(&snapshot)),
        ("shardingEnabled".to_owned(), wish.sharding.into()),
        ("zonePreferences".to_owned(), wish.zones.clone().into()),
        ("switchHistory".to_owned(), json!([])),
        ("lastCheck".to_owned(), last_check.into()),
        ("threshold".to_owned(), exact(wish.threshold)),
        ("blockRewards".to_owned(), wish.rewards.into()),
        ("note".to_owned(), NO_OTHER.into()),
    ]);
    availability(&mut body, profitability.reason().map(AsRef::as_ref));
    Ok(answer::ok(&body.into()))
}

fn status_schema() -> Schema {
    let names: Vec<&str> = chains::names().collect();
    object([
        ("success", exactly(true)),
        ("enabled", boolean()),
        ("currentChain", one_of(&names).or_null()),
        ("mostProfitableChain", one_of(&names).or_null()),
        ("profitability", number().about("Reward of a block by its difficulty")),
        ("difficulties", chains::current_difficulties_schema()),
        ("shardingEnabled", boolean()),
        ("zonePreferences", list(one_of(&ZONES))),
        ("switchHistory", list(anything()).at_most(0)),
        ("lastCheck", time_ms().or_null()),
        ("threshold", number().between(0.0, 1.0)),
        ("blockRewards", object([])),
        ("note", text()),
    ])
    .with_availability()
}

type Who = Option<Extension<Identity>>;

async fn start(State(app): State<SharedApp>, who: Who, _: Fields) -> Result<Response, ApiError> {
    change(&app, who, "Auto chain switching started", |wish| {
        wish.enabled = true;
        Ok(())
    })
    .await
}

async fn stop(State(app): State<SharedApp>, who: Who, _: Fields) -> Result<Response, ApiError> {
    change(&app, who, "Auto chain switching stopped", |wish| {
        if std::mem::take(&mut wish.enabled) {
            wish.checked_ms = Some(now_ms());
        }
        Ok(())
    })
    .await
}

async fn enable_sharding(
    State(app): State<SharedApp>,
    who: Who,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let zones = zones(fields.get("zones"))?;
    change(&app, who, "Zone sharding enabled", move |wish| {
        wish.sharding = true;
        wish.zones = zones;
        Ok(())
    })
    .await
}

async fn disable_sharding(
    State(app): State<SharedApp>,
    who: Who,
    _: Fields,
) -> Result<Response, ApiError> {
    change(&app, who, "Zone sharding disabled", |wish| {
        wish.sharding = false;
        wish.zones.clear();
        Ok(())
    })
    .await
}

async fn configure(
    State(app): State<SharedApp>,
    who: Who,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    // Node draws it into the range.
    let threshold = match fields.get("threshold") {
        None | Some(Value::Null) => None,
        Some(_) => Some(
            body_number(&fields, "threshold", DEFAULT_THRESHOLD, -MAX_THRESHOLD..=MAX_THRESHOLD)?
                .clamp(0.0, 1.0),
        ),
    };
    let rewards = match fields.get("blockRewards") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(rewards)) => known_rewards(rewards)?,
        Some(_) => {
            let message = "blockRewards must be an object from chain to reward";
            return Err(ApiError::bad_value("blockRewards", message));
        }
    };
    change(&app, who, "Configuration updated", move |wish| {
        wish.threshold = threshold.unwrap_or(wish.threshold);
        wish.rewards.extend(rewards);
        Ok(())
    })
    .await
}

/// Those of chains that there are; Node stores others too and never looks at
/// them.
fn known_rewards(rewards: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    chains::names()
        .filter(|name| rewards.get(*name).is_some_and(|reward| !reward.is_null()))
        .map(|name| {
            let reward = body_number(rewards, name, 0.0, 0.0..=MAX_REWARD)?;
            Ok((name.to_owned(), exact(reward)))
        })
        .collect()
}

/// Without any, all nine.
fn zones(value: Option<&Value>) -> Result<Vec<&'static str>, ApiError> {
    match value {
        None | Some(Value::Null) => Ok(ZONES.to_vec()),
        Some(Value::Array(zones)) if zones.is_empty() => Ok(ZONES.to_vec()),
        Some(Value::Array(zones)) if zones.len() <= ZONES.len() => {
            zones.iter().map(|zone| known_zone(zone).ok_or_else(bad_zones)).collect()
        }
        Some(_) => Err(bad_zones()),
    }
}

fn bad_zones() -> ApiError {
    ApiError::bad_value("zones", format!("zones must be a list of some of {}", ZONES.join(", ")))
}

async fn change(
    app: &SharedApp,
    who: Who,
    message: &'static str,
    change: impl FnOnce(&mut Wish) -> Result<(), ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    settings::update_own(app, KEY, move |stored| {
        let mut wish = Wish::read(stored);
        change(&mut wish)?;
        *stored = wish.write();
        Ok(())
    })
    .await?;
    audit::note(app, who.as_ref(), "auto_switch.change", message.to_owned()).await;
    Ok(answer::ok(&json!({ "success": true, "message": message, "note": NO_OTHER })))
}

/// Nothing is written and nothing restarted: the zone is what the rig mines
/// anyway, and no other chain can be mined.
async fn switch(State(_): State<SharedApp>, Fields(fields): Fields) -> Result<Response, ApiError> {
    let asked = fields.get("chain");
    if is_falsy(asked) {
        let message = "chain must be the name of a chain, such as Cyprus-1";
        let error = ApiError::new(StatusCode::BAD_REQUEST, "Chain name required", message);
        return Err(ApiError { field: Some("chain".into()), ..error });
    }
    let asked = asked.and_then(Value::as_str);
    match chains::names().find(|name| Some(*name) == asked) {
        Some(ZONE) => Ok(answer::ok(&json!({
            "success": true,
            "message": format!("Nothing to switch: {NO_OTHER}"),
            "note": NO_OTHER,
        }))),
        Some(name) => Ok(answer::failure(format!("{name} cannot be mined: {NO_OTHER}"))),
        None => Err(ApiError::bad_value("chain", "chain must be the name of a chain of Quai")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_again_and_what_was_not_is_the_default() {
        let wish = Wish::read(&Value::Null);
        assert!(!wish.enabled && !wish.sharding && wish.zones.is_empty());
        assert_eq!((wish.threshold, wish.checked_ms), (DEFAULT_THRESHOLD, None));
        let stored = json!({
            "enabled": true,
            "sharding": true,
            "zones": ["Cyprus-1", "Hydra-3"],
            "threshold": 0.25,
            "rewards": { "Cyprus-1": 3 },
            "checked_ms": 5,
        });
        let wish = Wish::read(&stored);
        assert_eq!(wish.write(), stored);
        assert_eq!(wish.reward(), Some(3.0));
        let odd = Wish::read(&json!({ "enabled": 1, "zones": ["<b>", 5], "rewards": [1] }));
        assert!(!odd.enabled && odd.zones.is_empty() && odd.rewards.is_empty());
    }

    #[test]
    fn zones_are_zones() {
        let read = |value: Value| zones(Some(&value)).map_err(|error| error.field.unwrap());
        assert_eq!(read(json!(["Paxos-2"])), Ok(vec!["Paxos-2"]));
        assert_eq!(read(json!([])).unwrap().len(), 9);
        assert_eq!(read(json!(null)).unwrap().len(), 9);
        for wrong in [
            json!("Cyprus-1"),
            json!(5),
            json!([5]),
            json!(["Cyprus"]),
            json!(vec!["Cyprus-1"; 10]),
        ] {
            assert_eq!(read(wrong.clone()), Err("zones".into()), "{wrong}");
        }
    }
}
