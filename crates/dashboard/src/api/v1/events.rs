//! GET `/api/v1/events`: what happened, newest first.

use axum::extract::State;
use axum::response::Response;
use quaiminer_domain::event::Event;
use serde_json::{Value, json};

use crate::access::Access;
use crate::api::answer;
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::query::Query;
use crate::api::routes::Route;
use crate::api::schema::{boolean, count, integer, list, object, one_of, text, time_ms};
use crate::app::SharedApp;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 500;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/events", Access::VIEW, list_events).doc(|| {
        let event = object([
            ("id", integer()),
            ("at_ms", time_ms()),
            ("severity", one_of(&["info", "warning", "error"])),
            ("kind", text()),
            ("actor", text()),
            ("message", text()),
        ]);
        Doc::new("What happened, the newest first")
            .query("limit", count().about("50; at most 500"))
            .query("before", count().about("Only events with a smaller id"))
            .gives(object([("events", list(event)), ("more", boolean())]))
    })]
}

async fn list_events(State(app): State<SharedApp>, query: Query) -> Result<Response, ApiError> {
    let limit = query.number("limit", DEFAULT_LIMIT, MAX_LIMIT)?;
    let before = query.optional("before", u32::MAX)?.map(i64::from);
    // One more than asked for tells whether there are more.
    let mut events = app.store.events().list(before, limit + 1).await?;
    let more = events.len() > limit as usize;
    events.truncate(limit as usize);
    let events: Vec<Value> = events.iter().map(render).collect();
    Ok(answer::ok(&json!({ "events": events, "more": more })))
}

pub fn render(event: &Event) -> Value {
    json!({
        "id": event.id,
        "at_ms": event.at_ms,
        "severity": event.severity.name(),
        "kind": event.kind,
        "actor": event.actor,
        "message": event.message,
    })
}
