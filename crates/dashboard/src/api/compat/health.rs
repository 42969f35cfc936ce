//! GET `/api/health`: open to everybody; who is signed in reads details.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use quaiminer_domain::snapshot::{Snapshot, Source, StoreHealth};
use quaiminer_engine::clock::now_ms;
use serde_json::{Value, json};

use super::super::answer;
use super::super::describe::Doc;
use super::super::routes::Route;
use super::super::schema::{list, number, object, one_of, text};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::{App, SharedApp};
use crate::http::limit::Budget;
use crate::time::iso;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/health", Access::Public, get).counted_as(Budget::Uncounted).doc(|| {
        let source = object([("address", text()), ("status", one_of(&["ok", "no_data"]))])
            .with("reason", text().or_null());
        Doc::new("Whether the dashboard works; who is signed in also reads of its parts").gives(
            object([
                ("status", one_of(&["ok", "degraded"])),
                ("timestamp", text()),
                ("uptime", number().about("Seconds")),
            ])
            .with("store", object([("status", one_of(&["ok", "failing"]))]))
            .with("sources", list(source)),
        )
    })]
}

async fn get(State(app): State<SharedApp>, identity: Option<Extension<Identity>>) -> Response {
    let snapshot = app.rig.snapshot();
    let mut body = json!({
        "status": match snapshot.store {
            StoreHealth::Ok => "ok",
            StoreHealth::Failing { .. } => "degraded",
        },
        "timestamp": iso(now_ms()),
        "uptime": app.started.elapsed().as_secs_f64(),
    });
    if (identity.is_some() || app.is_open())
        && let Some(members) = body.as_object_mut()
    {
        members.extend(details(&app, &snapshot));
    }
    answer::ok(&body)
}

fn details(app: &App, snapshot: &Snapshot) -> [(String, Value); 2] {
    let store = match &snapshot.store {
        StoreHealth::Ok => json!({ "status": "ok", "droppedSamples": app.store.dropped_samples() }),
        StoreHealth::Failing { reason, since_ms } => {
            json!({ "status": "failing", "reason": reason, "since": iso(*since_ms) })
        }
    };
    let mut sources: Vec<Value> = snapshot.miners.iter().map(source).collect();
    sources.extend([source(&snapshot.node), source(&snapshot.host)]);
    [("store".to_owned(), store), ("sources".to_owned(), sources.into())]
}

fn source<T>(source: &Source<T>) -> Value {
    let reason = source.reading.reason();
    let status = if reason.is_none() { "ok" } else { "no_data" };
    json!({ "address": source.address, "status": status, "reason": reason })
}
