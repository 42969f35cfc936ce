//! `/api/auth/…`: a token for scripts, and registration, as the Node server
//! has them.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::access::Role;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{NewUser, StoreError};
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{exactly, integer, object, text};
use super::super::v1::users::name_schema;
use super::text::{is_falsy, name_as_sent};
use crate::access::{Access, api_keys, password, sign_in};
use crate::app::{App, SharedApp};
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/auth/login", Access::Public, login).doc(|| {
            let given = || text().length(1, 1000);
            let user = object([("id", integer()), ("username", text()), ("role", text())]);
            Doc::new("A token for scripts, to be sent as `Authorization: Bearer`")
                .takes(object([("username", given()), ("password", given())]).with("totp", text()))
                .gives(object([("success", exactly(true)), ("token", text()), ("user", user)]))
                .refuses(401, "Wrong user, password or code, or a code is needed")
        }),
        Route::post("/api/auth/register", Access::Public, register).doc(|| {
            Doc::new("A new viewer with an API key; while AUTH_MODE=open or ALLOW_REGISTRATION=1")
                .takes(object([("username", name_schema()), ("password", password::schema())]))
                .gives(object([
                    ("success", exactly(true)),
                    ("message", text()),
                    ("apiKey", text().about("Shown once")),
                ]))
                .refuses(403, "Registration is closed")
        }),
    ]
}

async fn login(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let (name, password) = both(&fields)?;
    let code = sign_in::code_of(&fields)?;
    let account = sign_in::check(&app, client, name, password.to_owned(), code).await?;
    let (user, now_ms) = (account.user, now_ms());
    app.store.users().set_last_login(user.id, now_ms);
    // A token has to be later than a sign-out in the same second.
    let issued_s = account.signed_out_s.map_or(i64::MIN, |until| until + 1).max(now_ms / 1000);
    Ok(answer::ok(&json!({
        "success": true,
        "token": app.identities.tokens().issue(&user, issued_s),
        "user": { "id": user.id, "username": user.name, "role": user.node_role },
    })))
}

async fn register(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    if !is_registration_open(&app).await? {
        let message = "An owner of this rig can add users";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "Registration is closed", message));
    }
    let (given, _) = both(&fields)?;
    let name = name_as_sent("username", &given.into())?;
    let password = password::chosen(&fields, "password")?;
    // As signing in, but a success counts as well: names could be tried here,
    // and each try costs a hash.
    app.limiter.begin_sign_in(client.address, REGISTRATION)?;
    let password_hash = password::hash_for(password).await?;
    let key = api_keys::new_node_key().map_err(|why| {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Registration failed", why)
    })?;
    let new = NewUser {
        name: name.clone(),
        password_hash,
        api_key: Some(key.clone()),
        role: Role::Viewer,
    };
    match app.store.users().create(new).await {
        Err(StoreError::Duplicate) => {
            let message = format!("There is a user called {name}");
            let title = "Username already exists";
            let mut error = ApiError::new(StatusCode::BAD_REQUEST, title, message);
            error.field = Some("username".into());
            return Err(error);
        }
        created => created?,
    };
    let event = NewEvent {
        at_ms: now_ms(),
        severity: Severity::Warning,
        kind: "user.create",
        actor: client.address.to_string(),
        message: format!("{name} registered from {}, as a viewer", client.address),
    };
    app.rig.journal.record(event).await;
    Ok(answer::ok(&json!({
        "success": true,
        "message": "User created successfully",
        "apiKey": key,
    })))
}

/// What registrations are counted under; no user can have this name.
const REGISTRATION: &str = "<registration>";

/// The owner comes first: whoever registered before would take the place of
/// the first-run link.
async fn is_registration_open(app: &App) -> Result<bool, ApiError> {
    let is_open = app.is_open() || app.config.allow_registration;
    Ok(is_open && app.store.users().count_with_password().await? > 0)
}

fn both(fields: &Map<String, Value>) -> Result<(&str, &str), ApiError> {
    let text = |name: &'static str| match fields.get(name) {
        // NODE-COMPAT: whatever JavaScript takes for false is missing.
        value if is_falsy(value) => Err(missing(name)),
        Some(Value::String(text)) => Ok(text.as_str()),
        _ => Err(ApiError::bad_value(name, format!("{name} must be a text"))),
    };
    Ok((text("username")?, text("password")?))
}

fn missing(name: &'static str) -> ApiError {
    let title = "Username and password required";
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, title, format!("{name} is missing"));
    error.field = Some(name.into());
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_false_is_missing_and_the_rest_must_be_text() {
        let refused = |name: &str, value: Value| {
            let mut fields = Map::from_iter(
                [("username", "a"), ("password", "b")]
                    .map(|(name, value)| (name.to_owned(), value.into())),
            );
            assert_eq!(both(&fields).unwrap(), ("a", "b"));
            fields.insert(name.to_owned(), value);
            let error = both(&fields).unwrap_err();
            assert_eq!(
                (error.status, error.field.as_deref()),
                (StatusCode::BAD_REQUEST, Some(name))
            );
            error.error
        };
        for name in ["username", "password"] {
            for falsy in [json!(null), json!(""), json!(0), json!(false)] {
                assert_eq!(refused(name, falsy), "Username and password required");
            }
            for wrong in [json!(5), json!(true), json!({}), json!(["a"])] {
                assert_eq!(refused(name, wrong), format!("Invalid {name}"));
            }
        }
    }
}
