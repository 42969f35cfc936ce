//! `/api/staking/…`: a ledger for planning (deviation R17). Nothing here
//! touches a chain, and every answer says so.

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_engine::clock::now_ms;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::query::Query;
use super::super::routes::Route;
use super::super::schema::{Schema, either, exactly, integer, map, number, object, text};
use super::text::{is_falsy, is_id};
use super::{body_number, settings};
use crate::access::Access;
use crate::app::{App, SharedApp};

mod ledger;

pub use ledger::Ledger;

const KEY: &str = "staking_balances";
const NOTE: &str = "A plan: nothing is staked on a chain, and nothing is moved";
const MAX_AMOUNT: f64 = 1e12;
const MAX_LOCKUP_DAYS: f64 = 1461.0;
const ID: &str = "^[A-Za-z0-9_-]{1,100}$";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/staking/balances", Access::VIEW, balances).doc(|| {
            let balance =
                object([("staked", number()), ("available", number()), ("locked", number())]);
            let lockup = object([
                ("period", number()),
                ("daysRemaining", integer()),
                ("unlockDate", text()),
                ("rewardMultiplier", number()),
            ]);
            Doc::new("The ledger").gives(noted(object([
                ("success", exactly(true)),
                ("balances", map(balance)),
                ("rewards", map(reward())),
                ("lockupPeriods", map(lockup)),
            ])))
        }),
        Route::get("/api/staking/rewards", Access::VIEW, rewards).doc(|| {
            Doc::new("Rewards in the ledger")
                .query("chainId", text().like("^([A-Za-z0-9_-]{1,100})?$"))
                .gives(noted(object([("success", exactly(true)), ("rewards", map(reward()))])))
        }),
        Route::post("/api/staking/stake", Access::OPERATE, stake).doc(|| {
            changes("Notes a sum that is to be staked")
                .takes(object([
                    ("chainId", text().like(ID)),
                    ("amount", amount_schema()),
                    ("lockupDays", integer().between(1.0, MAX_LOCKUP_DAYS)),
                ]))
                .refuses(409, "The ledger is full")
        }),
        Route::post("/api/staking/unstake", Access::OPERATE, unstake).doc(|| {
            changes("Notes a sum that is to be taken back; 400 as well while it is locked")
                .takes(object([("chainId", text().like(ID)), ("amount", amount_schema())]))
        }),
    ]
}

fn changes(summary: &'static str) -> Doc {
    Doc::new(summary).gives(noted(object([("success", exactly(true)), ("message", text())])))
}

fn reward() -> Schema {
    object([]).with("apy", number()).with("daily", number())
}

fn noted(schema: Schema) -> Schema {
    schema.with("onChain", exactly(false)).with("note", text())
}

fn ok(mut body: Value) -> Response {
    if let Some(members) = body.as_object_mut() {
        members.insert("onChain".to_owned(), false.into());
        members.insert("note".to_owned(), NOTE.into());
    }
    answer::ok(&body)
}

fn off_chain(error: ApiError) -> ApiError {
    error.with("onChain", false).with("note", NOTE)
}

pub async fn load(app: &App) -> Result<Ledger, ApiError> {
    Ok(Ledger(settings::load(app, KEY).await?))
}

async fn balances(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let ledger = load(&app).await?;
    Ok(ok(json!({
        "success": true,
        "balances": ledger.balances(),
        "rewards": ledger.rewards(),
        "lockupPeriods": ledger.lockups(now_ms()),
    })))
}

async fn rewards(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let all = load(&app).await?.rewards();
    let Some(chain) = query.get("chainId") else {
        return Ok(ok(json!({ "success": true, "rewards": all })));
    };
    let chain = checked_chain(chain).map_err(off_chain)?;
    let of_chain = all.get(&chain).cloned().unwrap_or_else(|| json!({}));
    let rewards = Map::from_iter([(chain, of_chain)]);
    Ok(ok(json!({ "success": true, "rewards": rewards })))
}

async fn stake(State(app): State<SharedApp>, Fields(fields): Fields) -> Result<Response, ApiError> {
    let change = async {
        required(&fields, &["chainId", "amount", "lockupDays"])?;
        let (chain, amount) = (chain(&fields)?, amount(&fields)?);
        let days = body_number(&fields, "lockupDays", 0.0, 1.0..=MAX_LOCKUP_DAYS)?;
        if days.fract() != 0.0 || days < 1.0 {
            let message = format!("lockupDays must be a whole number from 1 to {MAX_LOCKUP_DAYS}");
            return Err(ApiError::bad_value("lockupDays", message));
        }
        let (days, now) = (days as i64, now_ms());
        settings::update(&app, KEY, move |stored| ledger::stake(stored, &chain, amount, days, now))
            .await
    };
    change.await.map_err(off_chain)?;
    Ok(ok(json!({ "success": true, "message": "Tokens staked successfully" })))
}

async fn unstake(
    State(app): State<SharedApp>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let change = async {
        required(&fields, &["chainId", "amount"])?;
        let (chain, amount, now) = (chain(&fields)?, amount(&fields)?, now_ms());
        settings::update(&app, KEY, move |stored| ledger::unstake(stored, &chain, amount, now))
            .await
    };
    change.await.map_err(off_chain)?;
    Ok(ok(json!({ "success": true, "message": "Tokens unstaked successfully" })))
}

/// NODE-COMPAT: Node's sentence for all of them.
fn required(fields: &Map<String, Value>, names: &[&'static str]) -> Result<(), ApiError> {
    let Some(missing) = names.iter().find(|name| is_falsy(fields.get(**name))) else {
        return Ok(());
    };
    let sentence = match names {
        [_, _, _] => "chainId, amount, and lockupDays are required",
        _ => "chainId and amount are required",
    };
    let message = format!("{missing} is missing");
    let error = ApiError::new(StatusCode::BAD_REQUEST, sentence, message);
    Err(ApiError { field: Some((*missing).into()), ..error })
}

fn chain(fields: &Map<String, Value>) -> Result<String, ApiError> {
    checked_chain(fields.get("chainId").and_then(Value::as_str).unwrap_or_default())
}

/// Pages paste it into scripts, and JavaScript has a meaning for one of them.
fn checked_chain(text: &str) -> Result<String, ApiError> {
    if is_id(text) && text != "__proto__" {
        return Ok(text.to_owned());
    }
    let message = "chainId must have 1 to 100 letters, digits, _ or -";
    Err(ApiError::bad_value("chainId", message))
}

fn amount(fields: &Map<String, Value>) -> Result<f64, ApiError> {
    match body_number(fields, "amount", 0.0, 0.0..=MAX_AMOUNT) {
        Ok(amount) if amount > 0.0 => Ok(amount),
        _ => {
            let message = format!("amount must be a number above 0, at most {MAX_AMOUNT}");
            Err(ApiError::bad_value("amount", message))
        }
    }
}

fn amount_schema() -> Schema {
    let as_text = text().like(r"^[1-9][0-9]{0,10}(\.[0-9]{1,9})?$");
    either([number().above(0.0).between(0.0, MAX_AMOUNT), as_text])
}
