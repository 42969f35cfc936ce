//! `/api/v1/users`: who may sign in, and as what.

use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::access::{Role, User};
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{MAX_ROWS, NewUser, StoreError, UserChange, UserRow};
use serde_json::{Value, json};

use super::note;
use crate::access::confirm::Confirmed;
use crate::access::identity::Identity;
use crate::access::{Access, password};
use crate::api::answer;
use crate::api::body::Fields;
use crate::api::compat::text::{NAME_PATTERN, name};
use crate::api::describe::Doc;
use crate::api::error::ApiError;
use crate::api::path::Part;
use crate::api::routes::Route;
use crate::api::schema::{Schema, boolean, exactly, integer, list, object, one_of, text};
use crate::app::{App, SharedApp};

const ROLES: [Role; 3] = [Role::Viewer, Role::Technician, Role::Owner];

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/users", Access::USERS, list_users)
            .doc(|| Doc::new("All users").gives(object([("users", list(user_schema()))]))),
        Route::post("/api/v1/users", Access::USERS, create).doc(|| {
            Doc::new("Adds a user")
                .takes(object([
                    ("name", name_schema()),
                    ("password", password::schema()),
                    ("role", role_schema()),
                ]))
                .gives(object([("user", user_schema())]))
                .refuses(409, "The name is taken")
        }),
        Route::post("/api/v1/users/{id}/role", Access::USERS, set_role).doc(|| {
            Doc::new("Gives a user another role")
                .path("id", id_schema())
                .takes(object([("role", role_schema())]))
                .gives(success())
                .refuses(404, "There is no such user")
                .refuses(409, "The last owner has to stay one")
        }),
        Route::post("/api/v1/users/{id}/password", Access::USERS, set_password).doc(|| {
            Doc::new("Gives a user another password, and signs the user out everywhere")
                .path("id", id_schema())
                .takes(object([("password", password::schema())]))
                .gives(success())
                .refuses(404, "There is no such user")
        }),
        Route::delete("/api/v1/users/{id}", Access::USERS, delete).doc(|| {
            Doc::new("Deletes a user with sessions, keys and notifications")
                .path("id", id_schema())
                .gives(success())
                .refuses(404, "There is no such user")
                .refuses(409, "The last owner has to stay")
        }),
    ]
}

fn id_schema() -> Schema {
    integer().between(1.0, 1e15)
}

fn success() -> Schema {
    object([("success", exactly(true))])
}

fn user_schema() -> Schema {
    object([
        ("id", integer()),
        ("name", text()),
        ("role", role_schema()),
        ("has_password", boolean()),
        ("totp", boolean().about("Has to give a code of an app as well")),
        ("created_at", text().or_null().about("UTC, YYYY-MM-DD HH:MM:SS")),
        ("last_login", text().or_null().about("UTC, YYYY-MM-DD HH:MM:SS")),
    ])
}

pub fn role_schema() -> Schema {
    one_of(&["viewer", "technician", "owner"])
}

/// What [`name`] takes.
pub fn name_schema() -> Schema {
    text().like(NAME_PATTERN)
}

pub fn role(field: &'static str, value: &Value) -> Result<Role, ApiError> {
    let given = value.as_str().and_then(|text| ROLES.into_iter().find(|role| role.name() == text));
    given.ok_or_else(|| {
        ApiError::bad_value(field, format!("{field} must be viewer, technician or owner"))
    })
}

async fn list_users(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let users = app.store.users().list(MAX_ROWS).await?;
    let users: Vec<Value> = users.iter().map(render).collect();
    Ok(answer::ok(&json!({ "users": users })))
}

fn render(row: &UserRow) -> Value {
    let account = &row.account;
    json!({
        "id": account.user.id,
        "name": account.user.name,
        "role": account.user.role.name(),
        "has_password": !account.password_hash.is_empty(),
        "totp": account.has_totp,
        "created_at": row.created_at,
        "last_login": row.last_login,
    })
}

async fn create(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let field = |name: &str| fields.get(name).unwrap_or(&Value::Null);
    let (name, role) = (name("name", field("name"))?, role("role", field("role"))?);
    let password_hash = password::hash_for(password::chosen(&fields, "password")?).await?;
    let new = NewUser { name: name.clone(), password_hash, api_key: None, role };
    let user = match app.store.users().create(new).await {
        Err(StoreError::Duplicate) => {
            let message = format!("There is a user called {name} already");
            let mut error = ApiError::new(StatusCode::CONFLICT, "Name taken", message);
            error.field = Some("name".into());
            return Err(error);
        }
        created => created?,
    };
    tell(&app, &identity, "user.create", format!("added {name} ({})", role.name())).await;
    let rows = app.store.users().list(MAX_ROWS).await?;
    let row = rows.iter().find(|row| row.account.user.id == user.id);
    Ok(answer::ok(&json!({ "user": row.map(render) })))
}

async fn set_role(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Part(id): Part,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let role = role("role", fields.get("role").unwrap_or(&Value::Null))?;
    let user = find(&app, &id).await?;
    done(app.store.users().set_role(user.id, role).await?)?;
    app.identities.forget();
    tell(&app, &identity, "user.role", format!("made {} {}", user.name, role.name())).await;
    Ok(answer::ok(&json!({ "success": true })))
}

async fn set_password(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Part(id): Part,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let password = password::chosen(&fields, "password")?;
    let user = find(&app, &id).await?;
    let hash = password::hash_for(password).await?;
    // An owner who resets their own password this way stays signed in here.
    let keep = identity.session().copied().filter(|_| user.id == identity.user.id);
    if !app.store.users().replace_password(user.id, hash, keep, now_ms()).await? {
        return Err(super::unknown("user"));
    }
    app.identities.forget();
    tell(&app, &identity, "user.password", format!("set a password for {}", user.name)).await;
    Ok(answer::ok(&json!({ "success": true })))
}

async fn delete(
    State(app): State<SharedApp>,
    Confirmed(identity): Confirmed,
    Part(id): Part,
) -> Result<Response, ApiError> {
    let user = find(&app, &id).await?;
    done(app.store.users().delete(user.id).await?)?;
    app.identities.forget();
    tell(&app, &identity, "user.delete", format!("deleted {}", user.name)).await;
    Ok(answer::ok(&json!({ "success": true })))
}

async fn find(app: &App, id: &str) -> Result<User, ApiError> {
    let unknown = || super::unknown("user");
    let id = id.parse().map_err(|_| unknown())?;
    app.store.users().by_id(id).await?.map(|account| account.user).ok_or_else(unknown)
}

fn done(change: UserChange) -> Result<(), ApiError> {
    match change {
        UserChange::Done => Ok(()),
        UserChange::NoSuchUser => Err(super::unknown("user")),
        UserChange::LastOwner => Err(ApiError::new(
            StatusCode::CONFLICT,
            "Last owner",
            "Nobody would be left who may do everything: make somebody else an owner first",
        )),
    }
}

async fn tell(app: &App, identity: &Identity, kind: &'static str, what: String) {
    let name = &identity.user.name;
    note(app, kind, name, format!("{name} {what}")).await;
}
