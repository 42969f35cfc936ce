//! POST `/api/node/rpc`: reading calls to the node, for pages that speak
//! JSON-RPC (deviation R12).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use quaiminer_engine::ProxyError;
use quaiminer_node::proxy;

use super::super::answer;
use super::super::body::JsonBytes;
use super::super::describe::{Content, Doc};
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{anything, either, integer, list, object, text};
use crate::access::Access;
use crate::app::SharedApp;
use crate::http::limit::Budget;

pub fn routes() -> Vec<Route> {
    // It reads, however it is sent; pages poll with it.
    vec![Route::post("/api/node/rpc", Access::VIEW, call).counted_as(Budget::Reads).doc(|| {
        let error = object([("code", integer()), ("message", text())]);
        let answer = || object([]).with("id", anything()).with("result", anything());
        Doc::new("A call of the node that only reads (JSON-RPC), or up to 100 of them")
            .takes(either([
                object([("method", text().like(r"[\s\S]"))])
                    .with("params", anything())
                    .with("id", anything())
                    .with("jsonrpc", anything()),
                list(anything()).not_empty().at_most(proxy::envelope::MAX_BATCH),
            ]))
            .gives(either([answer().with("error", error), list(answer())]))
            .answer(204, "Only notifications, which have no answer", Content::Nothing)
            .refuses(504, "The node did not answer in time")
    })]
}

async fn call(
    State(app): State<SharedApp>,
    JsonBytes(body): JsonBytes,
) -> Result<Response, ApiError> {
    // NODE-COMPAT: a request without a JSON body has no method.
    let body = if body.is_empty() { b"{}".as_slice() } else { &body };
    let incoming = proxy::parse(body).map_err(|rejected| ApiError::bad_body(rejected.message()))?;
    match app.rig.node.answer(&incoming).await {
        Ok(Some(response)) => Ok(answer::ok(&response)),
        Ok(None) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(ProxyError::Timeout) => Err(ApiError::new(
            StatusCode::GATEWAY_TIMEOUT,
            "Node RPC timeout",
            "Request timed out after 10 seconds",
        )),
        // NODE-COMPAT: Node's message for every failure; the reason is ours.
        Err(ProxyError::Unavailable(why)) => Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Node RPC unavailable",
            "fetch failed",
        )
        .with("reason", why)),
    }
}
