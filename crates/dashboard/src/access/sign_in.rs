//! A name and a password become a user, or a refusal that tells strangers
//! nothing.

use hyper::StatusCode;
use quaiminer_domain::access::User;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_domain::text::clean;
use quaiminer_engine::clock::now_ms;

use super::password;
use crate::api::error::ApiError;
use crate::app::App;
use crate::http::addresses::is_public;
use crate::http::guard::Client;

pub async fn check(
    app: &App,
    client: Client,
    name: &str,
    password: String,
) -> Result<User, ApiError> {
    if !client.tls && is_public(client.address) {
        return Err(ApiError::forbidden(
            "Signing in over the internet needs an encrypted connection: set TLS_CERT and TLS_KEY, or use a tunnel",
        ));
    }
    let left = app.limiter.begin_sign_in(client.address, name)?;
    let account = app.store.users().by_name(name).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    // The same time and the same words whether the user exists or not.
    if !password::verify(password, hash).await {
        note_failure(app, client, name).await;
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "Invalid credentials",
            "That user and password do not match",
        )
        .with("tries_left", left - 1));
    }
    app.limiter.sign_in_succeeded(client.address, name);
    account.map(|account| account.user).ok_or_else(ApiError::unauthorized)
}

async fn note_failure(app: &App, client: Client, name: &str) {
    let message = format!("Failed sign-in as \"{}\" from {}", clean(name, 60), client.address);
    app.rig
        .journal
        .record(NewEvent {
            at_ms: now_ms(),
            severity: Severity::Warning,
            kind: "session.failed",
            actor: client.address.to_string(),
            message,
        })
        .await;
}
