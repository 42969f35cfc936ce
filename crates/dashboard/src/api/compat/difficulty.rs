//! `/api/difficulty/…`: the difficulty of the node's zone, now and over the
//! last days. Of the other chains nothing is known (deviation R4).

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_engine::DifficultyPoint;
use quaiminer_engine::clock::now_ms;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::path::Part;
use super::super::query::Query;
use super::super::routes::Route;
use super::super::schema::{Schema, count, exactly, list, map, number, object, one_of, text};
use super::chains::{self, ONLY_ZONE, ZONE, exact};
use super::text::is_chain;
use super::{availability, body_number};
use crate::access::Access;
use crate::app::SharedApp;

const DEFAULT_HOURS: u32 = 24;
/// A year, of which some days are kept.
const MAX_HOURS: u32 = 8784;
const HOUR_MS: i64 = 3_600_000;
const MAX_REWARD: f64 = 1e9;
/// The difficulty follows the hashrate with every block; less than this is its
/// usual unrest.
const STABLE_PERCENT: f64 = 1.0;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/difficulty/current", Access::VIEW, current).doc(|| {
            Doc::new("The difficulty of each chain, as far as the node tells it").gives(object([
                ("success", exactly(true)),
                ("difficulties", chains::current_difficulties_schema()),
            ]))
        }),
        Route::get("/api/difficulty/chain/{chain}", Access::VIEW, of_chain).doc(|| {
            Doc::new("The difficulty of a chain")
                .path("chain", text())
                .gives(object([
                    ("success", exactly(true)),
                    ("chain", one_of(&[ZONE])),
                    ("difficulty", number()),
                ]))
                .refuses(404, "There is no such chain, or the node does not tell of it")
        }),
        Route::get("/api/difficulty/profitable", Access::VIEW, profitable).doc(|| {
            Doc::new("The chain with the highest reward for its difficulty")
                .query_json("rewards", rewards_schema())
                .gives(
                    object([
                        ("success", exactly(true)),
                        ("chain", one_of(&[ZONE]).or_null()),
                        ("profitability", number().about("Reward by difficulty")),
                    ])
                    .with_availability(),
                )
        }),
        Route::get("/api/difficulty/history", Access::VIEW, history).doc(|| {
            Doc::new("The difficulty every five minutes, since the start and for 83 hours at most")
                .query("hours", count())
                .gives(object([
                    ("success", exactly(true)),
                    (
                        "history",
                        list(object([
                            ("timestamp", super::super::schema::time_ms()),
                            ("difficulties", chains::difficulties_schema()),
                        ])),
                    ),
                ]))
        }),
        Route::get("/api/difficulty/trends", Access::VIEW, trends).doc(|| {
            Doc::new("Whether the difficulty goes up or down: of one chain, or of all")
                .query("hours", count())
                .query("chain", text().like("^[A-Za-z0-9 _-]{0,32}$"))
                .gives(
                    object([("success", exactly(true))])
                        .with("trend", trend_schema().or_null())
                        .with("trends", map(trend_schema()))
                        .with_availability(),
                )
        }),
    ]
}

async fn current(State(app): State<SharedApp>) -> Response {
    let difficulties = chains::current_difficulties(&app.rig.snapshot());
    answer::ok(&json!({ "success": true, "difficulties": difficulties }))
}

async fn of_chain(State(app): State<SharedApp>, Part(chain): Part) -> Result<Response, ApiError> {
    let difficulty = chains::difficulty(&app.rig.snapshot());
    match difficulty.get() {
        Some(difficulty) if chain == ZONE => Ok(answer::ok(
            &json!({ "success": true, "chain": chain, "difficulty": exact(difficulty) }),
        )),
        _ => {
            let why = difficulty.reason().map_or(ONLY_ZONE, AsRef::as_ref).to_owned();
            let error = "Chain not found or difficulty not available";
            Err(ApiError::new(StatusCode::NOT_FOUND, error, why))
        }
    }
}

/// A reward for each chain; those that do not exist today are not looked at.
fn rewards_schema() -> Schema {
    let reward = || super::super::schema::number_or_text(0.0, MAX_REWARD);
    chains::names().fold(object([]), |all, name| all.with(name, reward()))
}

/// The reward of the zone in such a table.
pub fn reward(rewards: &Map<String, Value>, default: f64) -> Result<f64, ApiError> {
    let mut found = default;
    for name in chains::names() {
        let reward = body_number(rewards, name, default, 0.0..=MAX_REWARD)?;
        if name == ZONE {
            found = reward;
        }
    }
    Ok(found)
}

async fn profitable(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let rewards = match query.get("rewards").map(serde_json::from_str) {
        None => Map::new(),
        Some(Ok(Value::Object(rewards))) => rewards,
        Some(_) => {
            let message = "rewards must be a JSON object from chain to reward";
            return Err(ApiError::bad_value("rewards", message));
        }
    };
    let reward = reward(&rewards, 1.0)?;
    let difficulty = chains::difficulty(&app.rig.snapshot());
    let mut body = Map::from_iter([("success".to_owned(), true.into())]);
    match difficulty.get() {
        Some(difficulty) => {
            body.insert("chain".to_owned(), ZONE.into());
            body.insert("profitability".to_owned(), exact(reward / difficulty));
        }
        None => {
            body.insert("chain".to_owned(), Value::Null);
            body.insert("profitability".to_owned(), 0.into());
        }
    }
    availability(&mut body, difficulty.reason().map(AsRef::as_ref));
    Ok(answer::ok(&body.into()))
}

async fn history(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let entries: Vec<Value> = points(&app, &query)?
        .iter()
        .map(|point| {
            json!({
                "timestamp": point.at_ms,
                "difficulties": chains::difficulties(point.difficulty),
            })
        })
        .collect();
    Ok(answer::ok(&json!({ "success": true, "history": entries })))
}

async fn trends(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let asked = query.get("chain");
    if asked.is_some_and(|chain| !is_chain(chain)) {
        let message = "chain must have 1 to 32 letters, digits, spaces, _ or -";
        return Err(ApiError::bad_value("chain", message));
    }
    let known: Vec<f64> =
        points(&app, &query)?.iter().filter_map(|point| point.difficulty).collect();
    let trend = trend(&known);
    let mut body = Map::from_iter([("success".to_owned(), true.into())]);
    let missing = match &trend {
        Some(_) if asked.is_none_or(|chain| chain == ZONE) => None,
        Some(_) => Some(ONLY_ZONE),
        None => Some("A trend needs two values, five minutes apart"),
    };
    match asked {
        Some(chain) => {
            let trend = trend.filter(|_| chain == ZONE);
            body.insert("trend".to_owned(), trend.unwrap_or_default());
        }
        None => {
            let trends: Map<String, Value> =
                trend.map(|trend| (ZONE.to_owned(), trend)).into_iter().collect();
            body.insert("trends".to_owned(), trends.into());
        }
    }
    availability(&mut body, missing);
    Ok(answer::ok(&body.into()))
}

fn points(app: &SharedApp, query: &Query) -> Result<Vec<DifficultyPoint>, ApiError> {
    let hours = query.number("hours", DEFAULT_HOURS, MAX_HOURS)?;
    Ok(app.rig.difficulty.since(now_ms() - i64::from(hours) * HOUR_MS))
}

fn trend(known: &[f64]) -> Option<Value> {
    let [first, .., last] = known else { return None };
    let percent = (last - first) / first * 100.0;
    let name = match percent {
        percent if percent > STABLE_PERCENT => "increasing",
        percent if percent < -STABLE_PERCENT => "decreasing",
        _ => "stable",
    };
    let average = known.iter().sum::<f64>() / known.len() as f64;
    let (min, max) = known
        .iter()
        .fold((*first, *first), |(min, max): (f64, f64), one| (min.min(*one), max.max(*one)));
    Some(json!({
        "chain": ZONE,
        "trend": name,
        "changePercent": exact(percent),
        "current": exact(*last),
        "average": exact(average),
        "min": exact(min),
        "max": exact(max),
    }))
}

fn trend_schema() -> Schema {
    object([
        ("chain", one_of(&[ZONE])),
        ("trend", one_of(&["increasing", "decreasing", "stable"])),
        ("changePercent", number()),
        ("current", number()),
        ("average", number()),
        ("min", number()),
        ("max", number()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_down_and_neither() {
        let check = |known: &[f64], name: &str, percent: f64| {
            let trend = trend(known).unwrap();
            assert_eq!(trend["trend"], name, "{known:?}");
            assert_eq!(trend["changePercent"].as_f64(), Some(percent), "{known:?}");
        };
        check(&[100.0, 300.0, 102.0], "increasing", 2.0);
        check(&[100.0, 98.0], "decreasing", -2.0);
        check(&[100.0, 300.0, 100.5], "stable", 0.5);
        let all = trend(&[4.0, 2.0, 6.0]).unwrap();
        assert_eq!((&all["min"], &all["max"]), (&json!(2), &json!(6)));
        assert_eq!((&all["average"], &all["current"]), (&json!(4), &json!(6)));
        assert_eq!(trend(&[1.0]), None);
        assert_eq!(trend(&[]), None);
    }
}
