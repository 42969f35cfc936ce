//! POST `/api/v1/password`: one's own password.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use quaiminer_engine::clock::now_ms;
use serde_json::{Value, json};

use super::{note, session};
use crate::access::identity::Identity;
use crate::access::{Access, password};
use crate::api::answer;
use crate::api::body::Fields;
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::routes::Route;
use crate::api::schema::{exactly, object, text};
use crate::app::SharedApp;
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![Route::post("/api/v1/password", Access::SELF, change).doc(|| {
        Doc::new("Changes the caller's password, and signs out everywhere else; keys stay")
            .takes(object([("old", text().length(1, 1000)), ("new", password::schema())]))
            .gives(object([("success", exactly(true))]))
            .refuses(403, "The old password is wrong")
    })]
}

async fn change(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    Extension(identity): Extension<Identity>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let old = match fields.get("old").and_then(Value::as_str) {
        Some(old) if !old.is_empty() => old.to_owned(),
        _ => return Err(ApiError::bad_value("old", "old must be the password so far")),
    };
    let new = password::chosen(&fields, "new")?;
    session::own_password(&app, client, &identity, "old", old).await?;
    let hash = password::hash_for(new).await?;
    let keep = identity.session().copied();
    app.store.users().replace_password(identity.user.id, hash, keep, now_ms()).await?;
    app.identities.forget();
    let name = &identity.user.name;
    note(&app, "user.password", name, format!("{name} changed the password")).await;
    Ok(answer::ok(&json!({ "success": true })))
}
