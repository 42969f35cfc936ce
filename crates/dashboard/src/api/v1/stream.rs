//! GET `/api/v1/stream`: a WebSocket with snapshots and events as they come.

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;

use crate::access::Access;
use crate::access::identity::Identity;
use crate::api::routes::Route;
use crate::app::SharedApp;
use crate::http::limit::Budget;
use crate::live::{self, Dialogue};

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/stream", Access::VIEW, get).counted_as(Budget::Uncounted)]
}

async fn get(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    live::upgrade(upgrade, app, identity.map(|Extension(identity)| identity), Dialogue::Stream)
}
