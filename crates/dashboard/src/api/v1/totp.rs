//! `/api/v1/totp`: a code of an authenticator app beside the password.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::access::User;
use quaiminer_engine::clock::now_ms;
use serde_json::{Map, Value, json};

use super::{note, session};
use crate::access::confirm::Confirmed;
use crate::access::identity::Identity;
use crate::access::{Access, sign_in, totp};
use crate::api::answer;
use crate::api::body::Fields;
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::routes::Route;
use crate::api::schema::{boolean, exactly, integer, list, object, text};
use crate::app::SharedApp;
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/totp", Access::SELF, get).doc(|| {
            Doc::new("Whether the caller has to give a code").gives(object([
                ("enabled", boolean()),
                ("recovery_codes_left", integer()),
            ]))
        }),
        Route::post("/api/v1/totp/begin", Access::SELF, begin).doc(|| {
            Doc::new("A new secret for an authenticator app, shown once; not asked for before it is confirmed")
                .gives(object([("secret", text().about("Base32")), ("url", text())]))
                .refuses(409, "One is in use; disable it first")
        }),
        Route::post("/api/v1/totp/confirm", Access::SELF, confirm).doc(|| {
            Doc::new("Shows that the app has the secret. From now on signing in asks for a code")
                .takes(object([("code", text().like("^[0-9]{6}$"))]))
                .gives(object([("recovery_codes", list(text()).about("Shown once"))]))
                .refuses(403, "The code is wrong")
                .refuses(409, "Nothing was begun")
        }),
        Route::post("/api/v1/totp/disable", Access::SELF, disable).doc(|| {
            Doc::new("Signing in asks for the password only")
                .takes(object([
                    ("password", text().length(1, 1000)),
                    ("code", text().length(1, 100).about("Of the app or for recovery")),
                ]))
                .gives(object([("success", exactly(true))]))
                .refuses(403, "Password or code is wrong")
                .refuses(409, "It is not in use")
        }),
    ]
}

async fn get(
    State(app): State<SharedApp>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, ApiError> {
    let (totp, id) = (app.store.totp(), identity.user.id);
    let enabled = totp.get(id).await?.is_some_and(|totp| totp.is_confirmed);
    let left = totp.recovery_codes_left(id).await?;
    Ok(answer::ok(&json!({ "enabled": enabled, "recovery_codes_left": left })))
}

async fn begin(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Fields(_): Fields,
) -> Result<Response, ApiError> {
    let secret = totp::new_secret().map_err(super::no_random)?;
    if !app.store.totp().begin(identity.user.id, secret.clone()).await? {
        return Err(conflict("One is in use: disable it first"));
    }
    let rig = app.rig_name.as_deref().unwrap_or("rig");
    let url = totp::url(&secret, &identity.user.name, rig);
    Ok(answer::ok(&json!({ "secret": totp::base32(&secret), "url": url })))
}

async fn confirm(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    Extension(Identity { user, .. }): Extension<Identity>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let code = code(&fields)?;
    let begun = app.store.totp().get(user.id).await?.filter(|totp| !totp.is_confirmed);
    let Some(begun) = begun else { return Err(conflict("Nothing was begun")) };
    app.limiter.begin_sign_in(client.address, &user.name)?;
    let Some(step) = totp::matching_step(&begun.secret, code, now_ms() / 1000) else {
        return Err(wrong_code());
    };
    app.limiter.sign_in_succeeded(client.address, &user.name);
    let codes = totp::recovery_codes().map_err(super::no_random)?;
    let hashes = codes.iter().filter_map(|code| totp::recovery_hash(user.id, code)).collect();
    if !app.store.totp().confirm(user.id, step, hashes).await? {
        return Err(conflict("Nothing was begun"));
    }
    tell(&app, &user, "switched codes of an app on").await;
    Ok(answer::ok(&json!({ "recovery_codes": codes })))
}

async fn disable(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    Extension(identity): Extension<Identity>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let code = code(&fields)?;
    let password = match fields.get("password").and_then(Value::as_str) {
        Some(password) if !password.is_empty() => password.to_owned(),
        _ => return Err(ApiError::bad_value("password", "password must be a text")),
    };
    let user = &identity.user;
    if !app.store.totp().get(user.id).await?.is_some_and(|totp| totp.is_confirmed) {
        return Err(conflict("It is not in use"));
    }
    let checked = sign_in::check(&app, client, &user.name, password, Some(code)).await;
    checked.map_err(|refused| match (refused.status, &refused.field) {
        (StatusCode::UNAUTHORIZED, Some(_)) => wrong_code(),
        (StatusCode::UNAUTHORIZED, None) => session::wrong_password(refused, "password"),
        _ => refused,
    })?;
    app.store.totp().remove(user.id).await?;
    tell(&app, user, "switched codes of an app off").await;
    Ok(answer::ok(&json!({ "success": true })))
}

fn code(fields: &Map<String, Value>) -> Result<&str, ApiError> {
    match fields.get("code").and_then(Value::as_str) {
        Some(code) if !code.is_empty() && code.chars().count() <= 100 => Ok(code),
        _ => Err(ApiError::bad_value("code", "code must be a text, such as \"012345\"")),
    }
}

fn conflict(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "Not now", message)
}

fn wrong_code() -> ApiError {
    let message = "That is not the code: look at the app again, and at this machine's clock";
    let mut error = ApiError::new(StatusCode::FORBIDDEN, "Wrong code", message);
    error.field = Some("code".into());
    error
}

async fn tell(app: &SharedApp, user: &User, what: &str) {
    note(app, "user.totp", &user.name, format!("{} {what}", user.name)).await;
}
