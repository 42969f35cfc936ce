//! `/api/v1/session`: who is signed in; signing in and out with a cookie.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{HeaderMap, SET_COOKIE, USER_AGENT};
use quaiminer_domain::access::User;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::Session;
use serde_json::{Value, json};

use super::note;
use crate::access::identity::Identity;
use crate::access::{Access, sessions, sign_in};
use crate::api::answer;
use crate::api::body::Fields;
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::routes::Route;
use crate::api::schema::{Schema, boolean, list, object, one_of, text};
use crate::app::{App, SharedApp};
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/session", Access::Public, get)
            .doc(|| Doc::new("Who is signed in, and how").gives(schema())),
        Route::post("/api/v1/session", Access::Public, sign_in_route).doc(|| {
            let given = || text().length(1, 1000);
            Doc::new("Signs in with a cookie")
                .takes(object([("username", given()), ("password", given())]).with("totp", text()))
                .gives(schema())
                .refuses(401, "Wrong user, password or code, or a code is needed")
        }),
        Route::delete("/api/v1/session", Access::Public, sign_out)
            .doc(|| Doc::new("Signs out").gives(schema())),
        Route::post("/api/v1/session/confirm", Access::SELF, confirm).doc(|| {
            Doc::new("Gives the password again: for five minutes nothing asks for it")
                .takes(object([("password", text().length(1, 1000))]))
                .gives(object([("confirmed", boolean())]))
                .refuses(403, "That is not the password")
                .refuses(409, "The request came with a key or token, not with a session")
        }),
    ]
}

/// What the routes for signing in and out answer.
pub fn schema() -> Schema {
    let role = one_of(&["viewer", "technician", "owner"]);
    object([
        ("signed_in", boolean()),
        ("user", object([("name", text()), ("role", role)]).or_null()),
        ("totp", boolean().about("This user has to give a code as well")),
        ("methods", list(one_of(&["password", "totp"])).about("What this user signs in with")),
        ("first_run", boolean().about("No user has a password yet")),
        ("auth_mode", one_of(&["open", "required"])),
        ("demo", boolean()),
        ("rig", text().or_null()),
        ("version", text()),
        ("tls", boolean()),
    ])
}

async fn get(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    identity: Option<Extension<Identity>>,
) -> Result<Response, ApiError> {
    let user = identity.map(|Extension(identity)| identity.user);
    Ok(answer::ok(&describe(&app, client, user.as_ref()).await?))
}

async fn sign_in_route(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let text = |name: &'static str| match fields.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(ApiError::bad_value(name, format!("{name} must be a text"))),
    };
    let (name, password, code) = (text("username")?, text("password")?, sign_in::code_of(&fields)?);
    let account = sign_in::check(&app, client, &name, password, code).await?;
    open(&app, client, &headers, account.user).await
}

/// Begins a session for a user who has shown a password, and answers with it.
pub async fn open(
    app: &App,
    client: Client,
    headers: &HeaderMap,
    user: User,
) -> Result<Response, ApiError> {
    let token = sessions::new_token().map_err(|why| {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Sign-in unavailable", why)
    })?;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let now = now_ms();
    app.store
        .sessions()
        .create(Session {
            token_hash: sessions::hash(&token),
            user_id: user.id,
            created_ms: now,
            last_seen_ms: now,
            confirmed_ms: now,
            address: client.address.to_string(),
            user_agent: quaiminer_domain::text::clean(agent, 200),
        })
        .await?;
    app.store.users().set_last_login(user.id, now);
    let message = format!("{} signed in from {}", user.name, client.address);
    note(app, "session.sign_in", &user.name, message).await;
    let body = describe(app, client, Some(&user)).await?;
    Ok(with_cookie(answer::ok(&body), &token, client))
}

async fn sign_out(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    identity: Option<Extension<Identity>>,
) -> Result<Response, ApiError> {
    if let Some(Extension(identity)) = identity
        && let Some(session) = identity.session()
    {
        app.store.sessions().delete(session).await?;
        app.identities.forget();
        let name = &identity.user.name;
        note(&app, "session.sign_out", name, format!("{name} signed out")).await;
    }
    let body = describe(&app, client, None).await?;
    Ok(with_cookie(answer::ok(&body), "", client).into_response())
}

async fn confirm(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    Extension(identity): Extension<Identity>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let password = match fields.get("password").and_then(Value::as_str) {
        Some(password) if !password.is_empty() => password.to_owned(),
        _ => return Err(ApiError::bad_value("password", "password must be a text")),
    };
    let Some(session) = identity.session() else {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "No session",
            "Keys and tokens send the password in the header X-Confirm-Password instead",
        ));
    };
    own_password(&app, client, &identity, "password", password).await?;
    app.store.sessions().confirm(session, now_ms()).await?;
    Ok(answer::ok(&json!({ "confirmed": true })))
}

/// Whether a signed-in user knows the password. A wrong one is 403: 401 would
/// send the page to the door.
pub async fn own_password(
    app: &App,
    client: Client,
    identity: &Identity,
    field: &'static str,
    password: String,
) -> Result<(), ApiError> {
    match sign_in::check_password(app, client, &identity.user.name, password).await {
        Ok(_) => Ok(()),
        Err(refused) if refused.status == StatusCode::UNAUTHORIZED => {
            Err(wrong_password(refused, field))
        }
        Err(refused) => Err(refused),
    }
}

pub fn wrong_password(refused: ApiError, field: &'static str) -> ApiError {
    ApiError {
        status: StatusCode::FORBIDDEN,
        error: "Wrong password".into(),
        message: "That is not your password".into(),
        field: Some(field.into()),
        ..refused
    }
}

/// What a page needs to know before anything else.
pub async fn describe(app: &App, client: Client, user: Option<&User>) -> Result<Value, ApiError> {
    let open = app.is_open();
    let users = app.store.users();
    let first_run = !open && user.is_none() && users.count_with_password().await? == 0;
    let name = if open || user.is_some() { app.rig_name.as_deref() } else { None };
    let totp = match user {
        Some(user) => users.by_id(user.id).await?.is_some_and(|account| account.has_totp),
        None => false,
    };
    Ok(json!({
        "signed_in": user.is_some(),
        "user": user.map(|user| json!({ "name": user.name, "role": user.role.name() })),
        "totp": totp,
        "methods": if totp { &["password", "totp"][..] } else { &["password"] },
        "first_run": first_run,
        "auth_mode": if open { "open" } else { "required" },
        "demo": app.config.demo,
        "rig": name,
        "version": env!("CARGO_PKG_VERSION"),
        "tls": client.tls,
    }))
}

pub fn with_cookie(mut response: Response, token: &str, client: Client) -> Response {
    if let Some(cookie) = sessions::cookie(token, client.tls) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
