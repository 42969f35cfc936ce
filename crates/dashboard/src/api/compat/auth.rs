//! POST `/api/auth/login`: a token for scripts, as the Node server gives.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_engine::clock::now_ms;
use serde_json::{Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::routes::Route;
use super::super::schema::{exactly, integer, object, text};
use crate::access::{Access, sign_in};
use crate::app::SharedApp;
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![Route::post("/api/auth/login", Access::Public, login).doc(|| {
        let name = || text().length(1, 1000);
        let user = object([("id", integer()), ("username", text()), ("role", text())]);
        Doc::new("A token for scripts, to be sent as `Authorization: Bearer`")
            .takes(object([("username", name()), ("password", name())]))
            .gives(object([("success", exactly(true)), ("token", text()), ("user", user)]))
            .refuses(401, "Wrong user or password")
    })]
}

async fn login(
    State(app): State<SharedApp>,
    Extension(client): Extension<Client>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let text = |name: &'static str| match fields.get(name) {
        None | Some(Value::Null) => Err(missing(name)),
        Some(Value::String(text)) if text.is_empty() => Err(missing(name)),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(ApiError::bad_value(name, format!("{name} must be a text"))),
    };
    let (name, password) = (text("username")?, text("password")?);
    let user = sign_in::check(&app, client, &name, password).await?;
    let now_ms = now_ms();
    app.store.users().set_last_login(user.id, now_ms);
    Ok(answer::ok(&json!({
        "success": true,
        "token": app.identities.tokens().issue(&user, now_ms / 1000),
        "user": { "id": user.id, "username": user.name, "role": user.node_role },
    })))
}

fn missing(name: &'static str) -> ApiError {
    let title = "Username and password required";
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, title, format!("{name} is missing"));
    error.field = Some(name.into());
    error
}
