//! `/api/pools`, `/api/miner/switch-chain`: where one can mine. There is no
//! list of public pools in here: the miner mines to the address in its
//! settings, and of that is told what is known.

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_engine::miner_settings::STRATUM;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::query::Query;
use super::super::routes::Route;
use super::super::schema::{
    Schema, anything, either, exactly, integer, list, number, number_or_text, object, one_of, text,
};
use super::text::{is_falsy, sanitise};
use super::{body_number, miner_config, number as whole};
use crate::access::Access;
use crate::app::SharedApp;

const DEFAULT_PORT: u16 = 3333;
const MAX_HASHRATE_MHS: f64 = 1e9;
const MAX_CHAIN: f64 = 12.0;
const MAX_DIFFICULTY: f64 = 1e15;
const NO_LIST: &str = "No list of public pools is kept here; nothing is known of others";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/pools", Access::VIEW, get).doc(|| {
            Doc::new("Where the miner mines to").gives(object([
                ("success", exactly(true)),
                ("pools", list(pool())),
                ("message", text()),
            ]))
        }),
        Route::get("/api/pools/recommended", Access::VIEW, recommended).doc(|| {
            let hashrate = number().between(0.0, MAX_HASHRATE_MHS);
            Doc::new("The way of mining that is known here")
                .query("hashRate", hashrate.about("MH/s"))
                .gives(
                    object([
                        ("success", exactly(true)),
                        ("recommended", exactly("solo")),
                        ("hashRate", number()),
                    ])
                    .with_availability(),
                )
        }),
        Route::post("/api/miner/switch-chain", Access::OPERATE, switch_chain).doc(|| {
            let key = text().like("^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$");
            let words = || text().like(r"^[^<>\x00-\x1f\x7f-\x9f]{0,100}$").or_null();
            let chain =
                either([integer().between(0.0, MAX_CHAIN), text().like("^([0-9]|1[0-2])$")]);
            Doc::new("Mine another chain; refused, as a miner mines what its node gives it")
                .takes(
                    object([("chainId", chain), ("chainKey", key)])
                        .with("chainName", words())
                        .with("reason", words())
                        .with("difficulty", number_or_text(0.0, MAX_DIFFICULTY)),
                )
                .gives(object([
                    ("success", exactly(false)),
                    ("error", text()),
                    ("message", text()),
                    ("chain", object([("id", integer()), ("key", text())]).with("name", text())),
                ]))
        }),
    ]
}

fn pool() -> Schema {
    object([
        ("id", one_of(&["solo", "configured"])),
        ("name", text()),
        ("url", text()),
        ("host", text()),
        ("port", integer()),
        ("fee", number()),
        ("feePercent", text()),
        ("mining", text()),
        ("payout", text()),
        ("minPayout", text()),
        ("uptime", text()),
        ("recommended", either([exactly(true), exactly(false)])),
        ("description", text()),
        ("features", list(text())),
        ("setupInstructions", anything()),
    ])
    .with_availability()
}

async fn get(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let configured = miner_config::pool_url(&app).await?;
    let mut pools = vec![solo()];
    if configured != STRATUM.default {
        pools.push(other(&configured));
    }
    Ok(answer::ok(&json!({
        "success": true,
        "pools": pools,
        // NODE-COMPAT: Node's sentence.
        "message": "Solo mining configuration - connect to your own node",
    })))
}

fn solo() -> Value {
    json!({
        "id": "solo",
        "name": "Solo Mining (Your Node)",
        "url": STRATUM.default,
        "host": "localhost",
        "port": DEFAULT_PORT,
        "fee": 0,
        "feePercent": "0%",
        "mining": "Quai Network (All Chains)",
        "payout": "When block found",
        "minPayout": "Block reward",
        "uptime": "",
        "recommended": true,
        "description": "The miner takes its work from the node on this machine; whole block rewards go to your own address.",
        "features": [
            "No fee",
            "No account",
            "Rewards are paid by the chain itself",
            "No minimum payout",
            "Works without any third party",
        ],
        "setupInstructions": {
            "step1": "Run a go-quai node and let it synchronise",
            "step2": "Set your address as the node's coinbase",
            "step3": "Run the stratum proxy of the node on port 3333",
            "step4": "Start the miner",
        },
        "available": false,
        "reason": "How much of the time it was up is not recorded",
    })
}

/// What the settings name, of which no more is known than its address.
fn other(url: &str) -> Value {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host_port = rest.split('/').next().unwrap_or_default();
    let (host, port) = match host_port.rsplit_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().unwrap_or_default()),
        None => (host_port, 0),
    };
    json!({
        "id": "configured",
        "name": "Configured pool",
        "url": url,
        "host": host,
        "port": port,
        "fee": 0,
        "feePercent": "",
        "mining": "",
        "payout": "",
        "minPayout": "",
        "uptime": "",
        "recommended": false,
        "description": "The pool in the settings of the miner",
        "features": [],
        "setupInstructions": {},
        "available": false,
        "reason": "A pool does not tell its fee and its terms to a miner",
    })
}

async fn recommended(query: Query) -> Result<Response, ApiError> {
    let hashrate = query.amount("hashRate", 0.0, MAX_HASHRATE_MHS)?;
    Ok(answer::ok(&json!({
        "success": true,
        "recommended": "solo",
        "hashRate": whole(hashrate),
        "available": false,
        "reason": NO_LIST,
    })))
}

/// Node reports a switch that it does not make (deviation R3).
async fn switch_chain(Fields(fields): Fields) -> Result<Response, ApiError> {
    let fields = sanitise(fields);
    let is_given = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    if !is_given(fields.get("chainId")) || is_falsy(fields.get("chainKey")) {
        let field = if is_given(fields.get("chainId")) { "chainKey" } else { "chainId" };
        let mut error = ApiError::new(
            StatusCode::BAD_REQUEST,
            // NODE-COMPAT: Node's sentence.
            "chainId and chainKey are required",
            "chainId is the number of a chain from 0 to 12, chainKey its name",
        );
        error.field = Some(field.into());
        return Err(error);
    }
    let id = body_number(&fields, "chainId", -1.0, 0.0..=MAX_CHAIN)?;
    if id < 0.0 || id.fract() != 0.0 {
        return Err(ApiError::bad_value("chainId", "chainId must be a whole number from 0 to 12"));
    }
    let key = match fields.get("chainKey").and_then(Value::as_str) {
        Some(key) if super::text::is_id(key) && key.len() <= 32 => key,
        _ => {
            let message = "chainKey must have 1 to 32 letters, digits, _ or -";
            return Err(ApiError::bad_value("chainKey", message));
        }
    };
    for field in ["chainName", "reason"] {
        match fields.get(field) {
            None | Some(Value::Null) => {}
            Some(text) if text == "" => {}
            Some(text) => drop(super::text::name(field, text)?),
        }
    }
    let difficulty = body_number(&fields, "difficulty", 0.0, 0.0..=MAX_DIFFICULTY)?;
    let name = fields.get("chainName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let error = "Not switched: a miner mines the chain of the node or pool it is connected to. Change that address instead";
    let mut chain = Map::from_iter([
        ("id".to_owned(), whole(id)),
        ("key".to_owned(), key.into()),
        ("difficulty".to_owned(), whole(difficulty)),
    ]);
    if let Some(name) = name {
        chain.insert("name".to_owned(), name.into());
    }
    Ok(answer::ok(&json!({ "success": false, "error": error, "message": error, "chain": chain })))
}
