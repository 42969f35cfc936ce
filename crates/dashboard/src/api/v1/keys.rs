//! `/api/v1/keys`: API keys for scripts. Everybody has their own; an owner
//! sees and revokes those of all.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::access::Role;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{MAX_ROWS, NewApiKey};
use serde_json::{Value, json};

use super::{note, users};
use crate::access::confirm::Confirmed;
use crate::access::identity::Identity;
use crate::access::{Access, api_keys};
use crate::api::answer;
use crate::api::body::Fields;
use crate::api::compat::text::name;
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::path::Part;
use crate::api::routes::Route;
use crate::api::schema::{Schema, boolean, exactly, list, object, text, time_ms};
use crate::app::{App, SharedApp};

/// A script for every purpose, and no list without end.
const MAX_KEYS: u32 = 50;
/// NODE-COMPAT: the id of the key in Node's own column, before the user's.
const NODE: &str = "node-";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/keys", Access::SELF, list_keys).doc(|| {
            let key = object([
                ("id", text()),
                ("user", text()),
                ("label", text()),
                ("role", users::role_schema()),
                ("prefix", text().about("How the key begins")),
                ("created_ms", time_ms().or_null()),
                ("last_used_ms", time_ms().or_null().about("To the hour")),
                ("node", boolean().about("A key of the Node server, kept in clear for its sake")),
            ]);
            Doc::new("The caller's API keys; for an owner those of all users")
                .gives(object([("keys", list(key))]))
        }),
        Route::post("/api/v1/keys", Access::SELF, create).doc(|| {
            Doc::new("A new API key of the caller, with a role not above the caller's")
                .takes(
                    object([("label", users::name_schema())])
                        .with("role", users::role_schema().or_null()),
                )
                .gives(shown_once())
                .refuses(409, "The caller has too many keys")
        }),
        Route::post("/api/v1/keys/{id}/rotate", Access::SELF, rotate).doc(|| {
            Doc::new("Another secret for a key; the old one is good no longer")
                .path("id", id_schema())
                .gives(shown_once())
                .refuses(404, "There is no such key, or it is another user's")
        }),
        Route::delete("/api/v1/keys/{id}", Access::SELF, revoke).doc(|| {
            Doc::new("Revokes a key")
                .path("id", id_schema())
                .gives(object([("success", exactly(true))]))
                .refuses(404, "There is no such key, or it is another user's")
        }),
    ]
}

fn id_schema() -> Schema {
    text().like("^(node-)?[0-9]{1,15}$")
}

fn shown_once() -> Schema {
    object([("id", text()), ("key", text().about("Shown once")), ("prefix", text())])
}

/// Which key is meant.
enum Which {
    Own(i64),
    /// The key in Node's column, of this user.
    Node(i64),
}

impl Which {
    fn parse(id: &str) -> Result<Which, ApiError> {
        let which = match id.strip_prefix(NODE) {
            Some(user) => user.parse().map(Which::Node),
            None => id.parse().map(Which::Own),
        };
        which.map_err(|_| super::unknown("key"))
    }
}

/// Whose keys the caller may touch; `None` is everybody's.
fn reach(identity: &Identity) -> Option<i64> {
    (identity.user.role < Role::Owner).then_some(identity.user.id)
}

async fn list_keys(
    State(app): State<SharedApp>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, ApiError> {
    let reach = reach(&identity);
    let ours = app.store.api_keys().list(reach).await?;
    let users = app.store.users().list(MAX_ROWS).await?;
    let nodes = users.iter().filter(|row| reach.is_none_or(|id| id == row.account.user.id));
    let keys: Vec<Value> = ours
        .iter()
        .map(|key| {
            json!({
                "id": key.id.to_string(),
                "user": key.user_name,
                "label": key.label,
                "role": key.role.name(),
                "prefix": key.prefix,
                "created_ms": key.created_ms,
                "last_used_ms": key.last_used_ms,
                "node": false,
            })
        })
        .chain(nodes.filter_map(|row| {
            let user = &row.account.user;
            Some(json!({
                "id": format!("{NODE}{}", user.id),
                "user": user.name,
                "label": "Key of the Node server",
                "role": user.role.name(),
                "prefix": row.node_key_prefix.as_ref()?,
                "created_ms": null,
                "last_used_ms": null,
                "node": true,
            }))
        }))
        .collect();
    Ok(answer::ok(&json!({ "keys": keys })))
}

async fn create(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let user = &identity.user;
    let label = name("label", fields.get("label").unwrap_or(&Value::Null))?;
    let role = match fields.get("role") {
        None | Some(Value::Null) => user.role,
        Some(role) => users::role("role", role)?,
    };
    if role > user.role {
        return Err(ApiError::forbidden(format!("Your role is {}", user.role.name())));
    }
    let (key, prefix) = api_keys::new().map_err(super::no_random)?;
    let new = NewApiKey {
        hash: api_keys::hash(&key),
        user_id: user.id,
        label: label.clone(),
        role,
        prefix: prefix.clone(),
        created_ms: now_ms(),
    };
    let Some(id) = app.store.api_keys().create(new, MAX_KEYS).await? else {
        let message = format!("You have {MAX_KEYS} keys: revoke one first");
        return Err(ApiError::new(StatusCode::CONFLICT, "Too many keys", message));
    };
    tell(&app, &identity, format!("made the key \"{label}\" ({})", role.name())).await;
    Ok(answer::ok(&json!({ "id": id.to_string(), "key": key, "prefix": prefix })))
}

async fn rotate(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Part(id): Part,
    Fields(_): Fields,
) -> Result<Response, ApiError> {
    let (key, prefix) = match Which::parse(&id)? {
        Which::Own(number) => {
            let (key, prefix) = api_keys::new().map_err(super::no_random)?;
            let (keys, hash) = (app.store.api_keys(), api_keys::hash(&key));
            if !keys.rotate(number, reach(&identity), hash, prefix.clone(), now_ms()).await? {
                return Err(super::unknown("key"));
            }
            (key, prefix)
        }
        Which::Node(user) => {
            require_node_key(&app, &identity, user).await?;
            let key = api_keys::new_node_key().map_err(super::no_random)?;
            app.store.users().set_node_key(user, Some(key.clone())).await?;
            let prefix = key.chars().take(8).collect();
            (key, prefix)
        }
    };
    app.identities.forget();
    tell(&app, &identity, format!("rotated the key {id}")).await;
    Ok(answer::ok(&json!({ "id": id, "key": key, "prefix": prefix })))
}

async fn revoke(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Part(id): Part,
) -> Result<Response, ApiError> {
    match Which::parse(&id)? {
        Which::Own(number) => {
            if !app.store.api_keys().delete(number, reach(&identity)).await? {
                return Err(super::unknown("key"));
            }
        }
        Which::Node(user) => {
            require_node_key(&app, &identity, user).await?;
            app.store.users().set_node_key(user, None).await?;
        }
    }
    app.identities.forget();
    tell(&app, &identity, format!("revoked the key {id}")).await;
    Ok(answer::ok(&json!({ "success": true })))
}

async fn require_node_key(app: &App, identity: &Identity, user: i64) -> Result<(), ApiError> {
    let users = app.store.users().list(MAX_ROWS).await?;
    let within_reach = reach(identity).is_none_or(|own| own == user);
    let has_key = |row: &quaiminer_store::UserRow| {
        row.account.user.id == user && row.node_key_prefix.is_some()
    };
    match within_reach && users.iter().any(has_key) {
        true => Ok(()),
        false => Err(super::unknown("key")),
    }
}

async fn tell(app: &App, identity: &Identity, what: String) {
    let name = &identity.user.name;
    note(app, "user.key", name, format!("{name} {what}")).await;
}
