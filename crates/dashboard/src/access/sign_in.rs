//! A name and a password become a user, or a refusal that tells strangers
//! nothing.

use hyper::StatusCode;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_domain::text::clean;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::Account;
use serde_json::{Map, Value};

use super::{password, totp};
use crate::api::error::ApiError;
use crate::app::App;
use crate::http::addresses::is_public;
use crate::http::guard::Client;

/// What is asked for at the door. `code` is that of an app or of the list for
/// recovery, where the user has one.
pub async fn check(
    app: &App,
    client: Client,
    name: &str,
    password: String,
    code: Option<&str>,
) -> Result<Account, ApiError> {
    let (account, left) = compare(app, client, name, password).await?;
    if account.has_totp {
        // Both refusals are for those only who know the password.
        let Some(code) = code else { return Err(code_refused("TOTP required", left)) };
        if !totp::accept(&app.store, account.user.id, code, now_ms()).await? {
            note_failure(app, client, name, "wrong code").await;
            return Err(code_refused("Invalid TOTP code", left));
        }
    }
    app.limiter.sign_in_succeeded(client.address, name);
    Ok(account)
}

/// The password alone, for somebody who has signed in before.
pub async fn check_password(
    app: &App,
    client: Client,
    name: &str,
    password: String,
) -> Result<Account, ApiError> {
    let (account, _) = compare(app, client, name, password).await?;
    app.limiter.sign_in_succeeded(client.address, name);
    Ok(account)
}

/// The field `totp` of a sign-in.
pub fn code_of(fields: &Map<String, Value>) -> Result<Option<&str>, ApiError> {
    match fields.get("totp") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(code)) => Ok(Some(code.as_str()).filter(|code| !code.is_empty())),
        Some(_) => Err(ApiError::bad_value("totp", "totp must be a text, such as \"012345\"")),
    }
}

/// The user, and how many tries were left with this one.
async fn compare(
    app: &App,
    client: Client,
    name: &str,
    password: String,
) -> Result<(Account, u32), ApiError> {
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
        note_failure(app, client, name, "wrong user or password").await;
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "Invalid credentials",
            "That user and password do not match",
        )
        .with("tries_left", left - 1));
    }
    account.map(|account| (account, left)).ok_or_else(ApiError::unauthorized)
}

fn code_refused(title: &'static str, left: u32) -> ApiError {
    let message = "Give the code of your authenticator app, or one of your recovery codes";
    let mut error = ApiError::new(StatusCode::UNAUTHORIZED, title, message);
    error.field = Some("totp".into());
    error.with("tries_left", left - 1)
}

async fn note_failure(app: &App, client: Client, name: &str, why: &str) {
    let message =
        format!("Failed sign-in as \"{}\" from {}: {why}", clean(name, 60), client.address);
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
