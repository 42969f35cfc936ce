//! `/api/v1/sessions`: where one is signed in, and ending that.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::TokenHash;
use serde_json::{Value, json};

use super::{note, session};
use crate::access::Access;
use crate::access::confirm::Confirmed;
use crate::access::identity::Identity;
use crate::api::answer;
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::path::Part;
use crate::api::routes::Route;
use crate::api::schema::{boolean, exactly, integer, list, object, text, time_ms};
use crate::app::SharedApp;
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/sessions", Access::SELF, list_own).doc(|| {
            let session = object([
                ("id", text()),
                ("current", boolean().about("The one of this request")),
                ("created_ms", time_ms()),
                ("last_seen_ms", time_ms()),
                ("address", text()),
                ("user_agent", text()),
            ]);
            Doc::new("Where the caller is signed in")
                .gives(object([("sessions", list(session))]))
        }),
        Route::delete("/api/v1/sessions/{id}", Access::SELF, end).doc(|| {
            Doc::new("Ends one of the caller's sessions")
                .path("id", text().like("^[0-9a-f]{16}$"))
                .gives(object([("success", exactly(true))]))
                .refuses(404, "The caller has no such session")
        }),
        Route::delete("/api/v1/sessions", Access::SELF, end_all).doc(|| {
            Doc::new("Signs the caller out everywhere: ends all sessions, this one too, and makes sign-in tokens issued so far useless; keys stay")
                .gives(object([("success", exactly(true)), ("ended", integer())]))
        }),
    ]
}

/// Enough to tell a user's sessions apart, and nothing that signs anybody in.
fn id(token: &TokenHash) -> String {
    token.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

async fn list_own(
    State(app): State<SharedApp>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, ApiError> {
    let sessions = app.store.sessions().list(identity.user.id, now_ms()).await?;
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|session| {
            json!({
                "id": id(&session.token_hash),
                "current": identity.session() == Some(&session.token_hash),
                "created_ms": session.created_ms,
                "last_seen_ms": session.last_seen_ms,
                "address": session.address,
                "user_agent": session.user_agent,
            })
        })
        .collect();
    Ok(answer::ok(&json!({ "sessions": sessions })))
}

async fn end(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Part(wanted): Part,
) -> Result<Response, ApiError> {
    let sessions = app.store.sessions();
    let own = sessions.list(identity.user.id, now_ms()).await?;
    let Some(session) = own.iter().find(|session| id(&session.token_hash) == wanted) else {
        return Err(super::unknown("session"));
    };
    sessions.delete(&session.token_hash).await?;
    app.identities.forget();
    let name = &identity.user.name;
    note(&app, "session.end", name, format!("{name} ended a session of {}", session.address)).await;
    Ok(answer::ok(&json!({ "success": true })))
}

async fn end_all(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Extension(client): Extension<Client>,
) -> Result<Response, ApiError> {
    let ended = app.store.sessions().end_all(identity.user.id, now_ms()).await?;
    app.identities.forget();
    let name = &identity.user.name;
    note(&app, "session.end_all", name, format!("{name} signed out everywhere")).await;
    let answer = answer::ok(&json!({ "success": true, "ended": ended }));
    Ok(session::with_cookie(answer, "", client))
}
