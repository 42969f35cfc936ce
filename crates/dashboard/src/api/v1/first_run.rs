//! POST `/api/v1/first-run`: the one-time link sets the owner's password.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::HeaderMap;
use quaiminer_domain::access::Role;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{NewUser, StoreError};
use serde_json::Value;

use crate::access::{Access, password};
use crate::api::body::Fields;
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::routes::Route;
use crate::api::schema::{object, text};
use crate::app::SharedApp;
use crate::http::guard::Client;

/// The name of the first user, as in the Node server.
pub const OWNER: &str = "admin";

/// The first user, however the password came.
pub fn owner(password_hash: String) -> NewUser {
    NewUser { name: OWNER.to_owned(), password_hash, api_key: None, role: Role::Owner }
}

pub fn routes() -> Vec<Route> {
    vec![Route::post("/api/v1/first-run", Access::Public, set_password).doc(|| {
        Doc::new("Sets the owner's password with the one-time link, and signs in")
            .takes(object([("token", text()), ("password", text().length(10, 1000))]))
            .gives(super::session::schema())
            .refuses(403, "The link was used or is too old")
    })]
}

async fn set_password(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let text = |name: &'static str| {
        fields
            .get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| ApiError::bad_value(name, format!("{name} must be a text")))
    };
    let token = text("token")?;
    text("password")?;
    // The token has 128 bits: guessing is hopeless, but counted all the same.
    app.limiter.begin_sign_in(client.address, "first run")?;
    if !app.first_run.accepts(token, now_ms()) || app.store.users().count_with_password().await? > 0
    {
        return Err(not_valid());
    }
    app.limiter.sign_in_succeeded(client.address, "first run");
    let password_hash = password::hash_for(password::chosen(&fields, "password")?).await?;
    let user = match app.store.users().create(owner(password_hash)).await {
        // Somebody else was faster by a moment.
        Err(StoreError::Duplicate) => return Err(not_valid()),
        created => created?,
    };
    app.first_run.used();
    let event = NewEvent {
        at_ms: now_ms(),
        severity: Severity::Info,
        kind: "user.create",
        actor: OWNER.to_owned(),
        message: format!("The owner's password was set from {}", client.address),
    };
    app.rig.journal.record(event).await;
    super::session::open(&app, client, &headers, user).await
}

fn not_valid() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "Link not valid",
        "This link was used or is older than 24 hours. Restart the dashboard: it prints a new one while no user has a password",
    )
}
