//! `/api/setup/…`: whether the rig has been set up, and a first configuration
//! by the number of its cards.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{anything, boolean, exactly, integer, object};
use super::gpus;
use super::miner_config::{self, Caller};
use crate::access::Access;
use crate::app::SharedApp;

const DONE: &str = "setup_complete";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/setup/status", Access::VIEW, status).doc(|| {
            Doc::new("Whether the rig has been set up")
                .gives(object([("success", exactly(true)), ("setupComplete", boolean())]))
        }),
        Route::post("/api/setup/complete", Access::OPERATE, complete).doc(|| {
            Doc::new("Note that the rig has been set up")
                .gives(object([("success", exactly(true))]))
        }),
        Route::post("/api/setup/auto", Access::OPERATE, auto).doc(|| {
            Doc::new("Set the way of mining by the number of cards")
                .gives(object([
                    ("success", exactly(true)),
                    ("hardware", object([("gpuCount", integer())])),
                    ("config", object([("mining", anything())])),
                    ("restartRequired", boolean()),
                ]))
                .refuses(409, "The settings cannot be used")
        }),
    ]
}

async fn status(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let done = app.store.config().get(DONE).await?.is_some_and(|text| text == "true");
    Ok(answer::ok(&json!({ "success": true, "setupComplete": done })))
}

async fn complete(State(app): State<SharedApp>, _: Fields) -> Result<Response, ApiError> {
    app.store.config().set(DONE, "true".to_owned()).await?;
    Ok(answer::ok(&json!({ "success": true })))
}

async fn auto(
    State(app): State<SharedApp>,
    caller: Caller,
    _: Fields,
) -> Result<Response, ApiError> {
    let count = gpus::all(&app).await?.len();
    let config = config_for(count);
    let posted = config.as_object().cloned().unwrap_or_default();
    let applied = miner_config::apply(&app, &caller, posted, " by the automatic set-up").await?;
    app.store.config().set(DONE, "true".to_owned()).await?;
    Ok(answer::ok(&json!({
        "success": true,
        "hardware": { "gpuCount": count },
        "config": config,
        "restartRequired": applied.restart_needed(),
    })))
}

/// NODE-COMPAT: as Node chooses.
fn config_for(gpus: usize) -> Value {
    let chains: &[u8] = if gpus > 4 { &[0, 1, 2, 3] } else { &[0] };
    json!({ "mining": {
        "mode": if gpus > 0 { "solo" } else { "pool" },
        "mergedMining": { "enabled": gpus > 1, "chains": chains },
    } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_the_number_of_cards() {
        let check = |gpus, mode: &str, enabled: bool, chains: usize| {
            let mining = &config_for(gpus)["mining"];
            let merged = &mining["mergedMining"];
            assert_eq!((&mining["mode"], &merged["enabled"]), (&json!(mode), &json!(enabled)));
            assert_eq!(merged["chains"].as_array().unwrap().len(), chains);
        };
        check(0, "pool", false, 1);
        check(1, "solo", false, 1);
        check(2, "solo", true, 1);
        check(5, "solo", true, 4);
    }
}
