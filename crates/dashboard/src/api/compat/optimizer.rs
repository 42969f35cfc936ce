//! `/api/optimizer/settings`, `/api/difficulty-adjustor/settings`: settings of
//! the browser's own helpers. Nothing in the server acts on them.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{exactly, object};
use super::form::{self, Kind, Member};
use super::settings;
use crate::access::Access;
use crate::app::{App, SharedApp};

const OPTIMIZER: &str = "profit_optimizer";
const ADJUSTOR: &str = "difficulty_adjustor";
/// A day.
const MAX_INTERVAL_MS: f64 = 86_400_000.0;

const OPTIMIZER_FORM: &[Member] = &[
    Member { name: "enabled", kind: Kind::Flag(false) },
    Member { name: "strategy", kind: Kind::Word("profitability") },
    MIN_SWITCH_THRESHOLD,
    Member {
        name: "checkInterval",
        kind: Kind::Number { default: 300_000.0, least: 1000.0, most: MAX_INTERVAL_MS },
    },
];

const ADJUSTOR_FORM: &[Member] = &[
    Member { name: "enabled", kind: Kind::Flag(false) },
    Member {
        name: "checkInterval",
        kind: Kind::Number { default: 10_000.0, least: 1000.0, most: MAX_INTERVAL_MS },
    },
    Member {
        name: "minDifficultyThreshold",
        kind: Kind::Number { default: 0.0, least: 0.0, most: 1e30 },
    },
    MIN_SWITCH_THRESHOLD,
    Member {
        name: "minSwitchCooldown",
        kind: Kind::Number { default: 30_000.0, least: 0.0, most: MAX_INTERVAL_MS },
    },
];

/// A fraction of the gain.
const MIN_SWITCH_THRESHOLD: Member = Member {
    name: "minSwitchThreshold",
    kind: Kind::Number { default: 0.05, least: 0.0, most: 1.0 },
};

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/optimizer/settings", Access::VIEW, get_optimizer)
            .doc(|| shows("Settings of the page's profit optimizer", OPTIMIZER_FORM)),
        Route::post("/api/optimizer/settings", Access::OPERATE, post_optimizer)
            .doc(|| takes("Replaces the settings of the page's profit optimizer", OPTIMIZER_FORM)),
        Route::get("/api/difficulty-adjustor/settings", Access::VIEW, get_adjustor)
            .doc(|| shows("Settings of the page's difficulty adjustor", ADJUSTOR_FORM)),
        Route::post("/api/difficulty-adjustor/settings", Access::OPERATE, post_adjustor).doc(
            || takes("Replaces the settings of the page's difficulty adjustor", ADJUSTOR_FORM),
        ),
    ]
}

fn shows(summary: &'static str, form: &[Member]) -> Doc {
    let settings = form::given(form);
    Doc::new(summary).gives(object([("success", exactly(true)), ("settings", settings)]))
}

fn takes(summary: &'static str, form: &[Member]) -> Doc {
    Doc::new(summary).may_take(form::taken(form)).gives(object([("success", exactly(true))]))
}

async fn get_optimizer(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    get(&app, OPTIMIZER, OPTIMIZER_FORM).await
}

async fn post_optimizer(State(app): State<SharedApp>, body: Fields) -> Result<Response, ApiError> {
    post(&app, OPTIMIZER, OPTIMIZER_FORM, body).await
}

async fn get_adjustor(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    get(&app, ADJUSTOR, ADJUSTOR_FORM).await
}

async fn post_adjustor(State(app): State<SharedApp>, body: Fields) -> Result<Response, ApiError> {
    post(&app, ADJUSTOR, ADJUSTOR_FORM, body).await
}

async fn get(app: &App, key: &'static str, form: &[Member]) -> Result<Response, ApiError> {
    let stored = settings::load(app, key).await?;
    Ok(answer::ok(&json!({ "success": true, "settings": form::show(form, &stored) })))
}

async fn post(
    app: &App,
    key: &'static str,
    form: &[Member],
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    // Replaced, as Node does: what is not sent is the default again.
    let stored = form::read(form, &fields)?;
    settings::save(app, key, &Value::Object(stored)).await?;
    Ok(answer::ok(&json!({ "success": true })))
}
