//! GET `/api/v1/stream`: a WebSocket with snapshots and events as they come.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::access::Access;
use crate::access::identity::Identity;
use crate::api::describe::{Content, Doc};
use crate::api::error::ApiError;
use crate::api::routes::Route;
use crate::app::SharedApp;
use crate::http::limit::Budget;
use crate::live::{self, Dialogue, Handshake};

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
    handshake: Result<Handshake, ApiError>,
) -> Response {
    let identity = identity.map(|Extension(identity)| identity);
    match handshake {
        Ok(handshake) => live::upgrade(handshake, app, identity, Dialogue::Stream),
        Err(refusal) => refusal.into_response(),
    }
}
