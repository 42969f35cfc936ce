//! `/api/gpu/{id}/settings` and its kin. No program here sets clocks, fans or
//! power limits yet: a request is checked, and answered with that.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::path::Part;
use super::super::routes::Route;
use super::super::schema::{
    Schema, either, exactly, failure, list, map, number, number_or_text, object, text,
};
use super::gpus::{self, Gpu};
use super::{body_number, or_zero};
use crate::access::Access;
use crate::app::SharedApp;

const MAX_GPU: u32 = 255;
const WHY: &str = "Settings of cards cannot be changed by this version";

/// What pages offer: offsets in MHz, mV and per cent of the default, and a fan
/// speed in per cent.
pub const RANGES: [(&str, f64, f64); 7] = [
    ("coreClock", -1000.0, 1000.0),
    ("memoryClock", -1000.0, 2000.0),
    ("memClock", -1000.0, 2000.0),
    ("powerLimit", -100.0, 100.0),
    ("fanSpeed", 0.0, 100.0),
    ("voltage", -200.0, 200.0),
    ("intensity", 0.0, 30.0),
];

pub fn routes() -> Vec<Route> {
    let change = || Doc::new("Set up a card").path("id", id()).may_take(tuning()).gives(refusal());
    let reset = || Doc::new("Reset a card").path("id", id()).gives(refusal());
    vec![
        Route::get("/api/gpu/settings", Access::VIEW, list_all).doc(|| {
            Doc::new("The settings of all cards").gives(object([
                ("success", exactly(true)),
                ("gpus", list(object([("id", number()), ("vendor", text()), ("model", text())]))),
                ("settings", map(settings())),
                ("optimal", map(settings())),
            ]))
        }),
        Route::get("/api/gpu/{id}/settings", Access::VIEW, get).doc(|| {
            let settings = either([settings(), unknown_gpu()]);
            Doc::new("The settings of a card")
                .path("id", id())
                .gives(object([("success", exactly(true)), ("settings", settings)]))
        }),
        Route::post("/api/gpu/{id}/settings", Access::OPERATE, set).doc(change),
        Route::post("/api/gpu/{id}/reset", Access::OPERATE, reset_one).doc(reset),
        Route::post("/api/gpus/{id}/tune", Access::OPERATE, set).doc(change),
        Route::post("/api/gpus/{id}/reset", Access::OPERATE, reset_one).doc(reset),
    ]
}

fn id() -> Schema {
    text().like("^([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$")
}

/// The members of a request; others are ignored.
pub fn tuning() -> Schema {
    RANGES.iter().fold(object([]), |schema, (name, least, most)| {
        schema.with(name, number_or_text(*least, *most))
    })
}

fn settings() -> Schema {
    let names = ["coreClock", "memoryClock", "powerLimit", "voltage", "intensity", "fanSpeed"];
    let members = names.map(|name| (name, number()));
    object(members).with_availability()
}

fn unknown_gpu() -> Schema {
    failure().with("settings", Schema(json!({ "type": "null" }))).with_availability()
}

fn refusal() -> Schema {
    object([("success", exactly(false)), ("error", text()), ("result", failure())])
        .with_availability()
}

async fn list_all(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let gpus = gpus::all(&app).await?;
    let listed: Vec<Value> = gpus
        .iter()
        .enumerate()
        .map(|(id, gpu)| json!({ "id": id, "vendor": gpu.vendor_title(), "model": gpu.model() }))
        .collect();
    let settings: Map<String, Value> =
        gpus.iter().enumerate().map(|(id, gpu)| (id.to_string(), render(gpu))).collect();
    Ok(answer::ok(&json!({ "success": true, "gpus": listed, "settings": settings, "optimal": {} })))
}

async fn get(State(app): State<SharedApp>, Part(id): Part) -> Result<Response, ApiError> {
    let index = gpu(&id)?;
    let gpus = gpus::all(&app).await?;
    let settings = match gpus.get(index as usize) {
        Some(gpu) => render(gpu),
        // NODE-COMPAT: as Node's server without a backend.
        None => {
            let error = format!("There is no GPU {index}");
            json!({
                "success": false,
                "error": error,
                "settings": null,
                "available": false,
                "reason": error,
            })
        }
    };
    Ok(answer::ok(&json!({ "success": true, "settings": settings })))
}

/// The offsets are unknown, not 0; pages want numbers.
fn render(gpu: &Gpu) -> Value {
    json!({
        "coreClock": 0,
        "memoryClock": 0,
        "powerLimit": 0,
        "voltage": 0,
        "intensity": 0,
        "fanSpeed": or_zero(&gpu.live(|reading| &reading.fan_percent)),
        "available": false,
        "reason": "Clocks and limits are not read by this version",
    })
}

async fn set(Part(id): Part, Fields(fields): Fields) -> Result<Response, ApiError> {
    gpu(&id)?;
    check(&fields)?;
    Ok(refuse())
}

async fn reset_one(
    Part(id): Part,
    // There is nothing to say in it, but a damaged one is refused.
    _: Fields,
) -> Result<Response, ApiError> {
    gpu(&id)?;
    Ok(refuse())
}

/// Node's form, and the truth where pages look for it.
fn refuse() -> Response {
    answer::ok(&json!({
        "success": false,
        "error": WHY,
        "result": { "success": false, "error": WHY },
        "available": false,
        "reason": WHY,
    }))
}

pub fn check(settings: &Map<String, Value>) -> Result<(), ApiError> {
    for (name, least, most) in RANGES {
        body_number(settings, name, 0.0, least..=most)?;
    }
    Ok(())
}

fn gpu(id: &str) -> Result<u32, ApiError> {
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    let number = id.parse::<u32>().ok().filter(|number| digits && *number <= MAX_GPU);
    number.ok_or_else(|| {
        ApiError::bad_value("id", format!("id must be a number from 0 to {MAX_GPU}"))
    })
}
