//! `/api/notifications…`: what Node's page shows to a signed-in user.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_domain::access::Role;
use serde_json::{Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::path::Part;
use super::super::routes::Route;
use super::super::schema::{Schema, exactly, integer, list, object, text};
use super::blocks::cell;
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::SharedApp;

const ACCESS: Access = Access::User(Role::Viewer);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/notifications", ACCESS, unread).doc(|| {
            let column = || Schema(json!({ "type": ["string", "number", "null"] }));
            let notification = object([
                ("id", integer()),
                ("user_id", integer()),
                ("type", column()),
                ("title", column()),
                ("message", column()),
                ("read", exactly(0)),
                ("created_at", column()),
            ]);
            Doc::new("What the caller has not read, newest first")
                .gives(object([("notifications", list(notification))]))
        }),
        Route::post("/api/notifications/{id}/read", ACCESS, mark_read).doc(|| {
            Doc::new("Marks one of the caller's notifications as read")
                .path("id", text().like("^[0-9]{1,15}$"))
                .gives(object([("success", exactly(true))]))
                .refuses(404, "The caller has no such notification")
        }),
    ]
}

async fn unread(
    State(app): State<SharedApp>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, ApiError> {
    let unread = app.store.notifications().unread(identity.user.id).await?;
    let notifications: Vec<Value> = unread
        .iter()
        .map(|one| {
            json!({
                "id": one.id,
                "user_id": one.user_id,
                "type": cell(&one.kind),
                "title": cell(&one.title),
                "message": cell(&one.message),
                "read": cell(&one.read),
                "created_at": cell(&one.created_at),
            })
        })
        .collect();
    Ok(answer::ok(&json!({ "notifications": notifications })))
}

/// Deviation R3: Node tells success of any id.
async fn mark_read(
    State(app): State<SharedApp>,
    Extension(identity): Extension<Identity>,
    Part(id): Part,
    Fields(_): Fields,
) -> Result<Response, ApiError> {
    let marked = match id.parse() {
        Ok(id) => app.store.notifications().mark_read(id, identity.user.id).await?,
        Err(_) => false,
    };
    if !marked {
        let message = "You have no such notification";
        return Err(ApiError::new(StatusCode::NOT_FOUND, "Notification not found", message));
    }
    Ok(answer::ok(&json!({ "success": true })))
}
