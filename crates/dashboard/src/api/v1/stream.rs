//! GET `/api/v1/stream`: a WebSocket with snapshots and events as they come.

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;

use crate::access::Access;
use crate::access::identity::Identity;
use crate::api::describe::{Content, Doc};
use crate::api::routes::Route;
use crate::app::SharedApp;
use crate::http::limit::Budget;
use crate::live::{self, Dialogue};

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/stream", Access::VIEW, get).counted_as(Budget::Uncounted).doc(|| {
        Doc::new("A WebSocket: snapshots and events as they come")
            .answer(101, "The WebSocket", Content::Nothing)
            .refuses(400, "No handshake of a WebSocket")
            .refuses(426, "Another version of the WebSocket protocol")
    })]
}

async fn get(
    State(app): State<SharedApp>,
    identity: Option<Extension<Identity>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let identity = identity.map(|Extension(identity)| identity);
    match upgrade {
        Ok(upgrade) => live::upgrade(upgrade, app, identity, Dialogue::Stream),
        Err(rejection) => live::no_upgrade(rejection),
    }
}
