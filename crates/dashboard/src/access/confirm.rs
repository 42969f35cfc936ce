//! "Is it still you?": what moves the income (wallet, pool) or opens the door
//! to others asks for the password again, so that an unlocked screen or a
//! stolen cookie is not enough.

use axum::extract::FromRequestParts;
use hyper::StatusCode;
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use quaiminer_engine::clock::now_ms;

use super::identity::Identity;
use super::sign_in;
use crate::api::error::ApiError;
use crate::app::{App, SharedApp};
use crate::http::guard::Client;

const PASSWORD: &str = "x-confirm-password";
/// Who gave the password this long ago need not give it again.
const FRESH_MS: i64 = 5 * 60_000;

/// Nothing to confirm in `AUTH_MODE=open`, where nobody has to sign in.
pub async fn require(
    app: &App,
    client: Client,
    identity: Option<&Identity>,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    if app.is_open() {
        return Ok(());
    }
    let Some(identity) = identity else { return Err(ApiError::unauthorized()) };
    if let Some(given) = headers.get(PASSWORD) {
        // Header fields are bytes; a password is UTF-8 text.
        let given = str::from_utf8(given.as_bytes()).unwrap_or_default().to_owned();
        return match sign_in::check_password(app, client, &identity.user.name, given).await {
            Ok(_) => Ok(()),
            Err(refused) if refused.status == StatusCode::UNAUTHORIZED => {
                Err(wanted().with("tries_left", refused.more.first().map(|(_, left)| left.clone())))
            }
            Err(refused) => Err(refused),
        };
    }
    let now = now_ms();
    if let Some(token) = identity.session()
        && let Some(session) = app.store.sessions().find(token, now).await?
        && now - session.confirmed_ms < FRESH_MS
    {
        return Ok(());
    }
    Err(wanted())
}

/// The caller of a route that asks for it, who has shown that it is they.
pub struct Confirmed(pub Identity);

impl FromRequestParts<SharedApp> for Confirmed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, ApiError> {
        let identity = parts.extensions.get::<Identity>().cloned();
        let client = parts.extensions.get::<Client>().copied();
        let (Some(identity), Some(client)) = (identity, client) else {
            return Err(ApiError::unauthorized());
        };
        require(app, client, Some(&identity), &parts.headers).await?;
        Ok(Confirmed(identity))
    }
}

fn wanted() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "Confirmation required",
        "Send the password again, in the header X-Confirm-Password or to /api/v1/session/confirm",
    )
    .with("confirm", "password")
}
