//! GET `/api/openapi.json`: the whole API in OpenAPI 3.1, made from the table
//! of routes; there is no second list that could differ from it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::answer::Prepared;
use super::describe::{Answer, Content, Doc, Parameter, Place};
use super::error::ApiError;
use super::routes::Route;
use super::schema::{Schema, object, text};
use crate::access::Access;
use crate::app::SharedApp;
use crate::http::guard::Client;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api/openapi.json", Access::VIEW, get).doc(|| {
        Doc::new("This description")
            .gives(object([("openapi", text()), ("paths", super::schema::anything())]))
    })]
}

/// Made anew as seldom as this: limits that depend on the time are in whole
/// hours.
const KEPT_FOR: Duration = Duration::from_secs(600);

/// The description and when it was made. To make it takes some milliseconds
/// and a megabyte, which no other request should have to wait for.
static KEPT: Mutex<Option<(Instant, Arc<Prepared>)>> = Mutex::new(None);

async fn get(State(app): State<SharedApp>, Extension(client): Extension<Client>) -> Response {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, document)) = kept.filter(|(at, _)| at.elapsed() < KEPT_FOR) {
        return document.answer(client.gzip);
    }
    let open = app.is_open();
    let made = tokio::task::spawn_blocking(move || {
        let made = Arc::new(Prepared::new(document(&super::all(), open).into()));
        // Packed here, too, and not by the first who wants it so.
        made.answer(true);
        made
    });
    match made.await {
        Ok(made) => {
            let kept = Some((Instant::now(), made.clone()));
            *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = kept;
            made.answer(client.gzip)
        }
        Err(error) => {
            let title = "Description unavailable";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, title, error.to_string()).into_response()
        }
    }
}

/// How the API refuses.
pub fn refusal() -> Schema {
    Schema(json!({ "$ref": "#/components/schemas/Refusal" }))
}

fn refusal_schema() -> Schema {
    object([("error", text().about("What it is"))])
        .with("message", text().about("What to do"))
        .with("field", text().about("The field or parameter that is to blame"))
}

/// One operation after the other, so that not all of them are in memory as
/// trees. `open` is `AUTH_MODE=open`, where a role is not asked for.
fn document(routes: &[Route], open: bool) -> String {
    let frame = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "QuaiMiner Dashboard",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "session": [] }, { "bearer": [] }, { "apiKey": [] }],
        "components": { "schemas": { "Refusal": refusal_schema().0 }, "securitySchemes": {
            "session": { "type": "apiKey", "in": "cookie", "name": crate::access::sessions::NAME },
            "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            "apiKey": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
        } },
    });
    let mut text = frame.to_string();
    text.truncate(text.len() - 1);
    text += ",\"paths\":{";
    let mut paths: Vec<&str> = Vec::new();
    for route in routes {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    let mut between = "";
    for path in paths {
        text += between;
        between = ",";
        text += &json!(path).to_string();
        text += ":{";
        let mut between_methods = "";
        for route in routes.iter().filter(|route| route.path == path) {
            let Some(doc) = route.doc else { continue };
            let mut operation = operation(route, &doc());
            if open
                && matches!(route.access, Access::Role(_))
                && let Some(members) = operation.as_object_mut()
            {
                members.insert("security".to_owned(), json!([]));
            }
            let method = route.method.as_str().to_ascii_lowercase();
            text += &format!("{between_methods}\"{method}\":{operation}");
            between_methods = ",";
        }
        text.push('}');
    }
    text += "}}";
    text
}

fn operation(route: &Route, doc: &Doc) -> Value {
    let mut operation = json!({
        "operationId": operation_id(&route.method, route.path),
        "summary": doc.summary,
        "tags": [tag(route.path)],
        "responses": responses(route, doc),
    });
    let Some(members) = operation.as_object_mut() else { return operation };
    if !doc.parameters.is_empty() {
        members.insert("parameters".to_owned(), doc.parameters.iter().map(parameter).collect());
    }
    if let Some(body) = &doc.body {
        let content = json!({ "application/json": { "schema": body.0 } });
        let body = json!({ "required": doc.body_required, "content": content });
        members.insert("requestBody".to_owned(), body);
    }
    match route.access {
        Access::Public => members.insert("security".to_owned(), json!([])),
        Access::Role(role) | Access::User(role) | Access::Always(role) => {
            members.insert("x-role".to_owned(), role.name().into())
        }
    };
    operation
}

fn parameter(parameter: &Parameter) -> Value {
    let place = match parameter.place {
        Place::Path => "path",
        Place::Query | Place::JsonQuery => "query",
        Place::Header => "header",
    };
    let (how, schema) = match parameter.place {
        Place::JsonQuery => {
            ("content", json!({ "application/json": { "schema": parameter.schema.0 } }))
        }
        _ => ("schema", parameter.schema.0.clone()),
    };
    json!({
        "name": parameter.name,
        "in": place,
        "required": parameter.place == Place::Path,
        how: schema,
    })
}

fn responses(route: &Route, doc: &Doc) -> Value {
    let mut responses = Map::new();
    for Answer { status, about, content } in &doc.answers {
        let mut response = json!({ "description": about });
        let content = match content {
            Content::Json(schema) => json!({ "application/json": { "schema": schema.0 } }),
            Content::Other(media) => json!({ *media: {} }),
            Content::Nothing => Value::Null,
        };
        if let Some(response) = response.as_object_mut().filter(|_| !content.is_null()) {
            response.insert("content".to_owned(), content);
        }
        responses.insert(status.to_string(), response);
    }
    for (status, about) in usual_refusals(route, doc) {
        let content = json!({ "application/json": { "schema": refusal().0 } });
        responses
            .entry(status.to_string())
            .or_insert_with(|| json!({ "description": about, "content": content }));
    }
    responses.into()
}

/// What the guard and the reading of bodies answer, on any route.
fn usual_refusals(route: &Route, doc: &Doc) -> Vec<(u16, &'static str)> {
    let mut refusals = vec![
        (413, "The body is too large"),
        (421, "Not for this host"),
        (429, "Too many requests"),
        (503, "The store cannot be used now"),
    ];
    if route.method != Method::GET || !doc.parameters.is_empty() {
        refusals.push((400, "A value cannot be used"));
    }
    if route.method != Method::GET {
        refusals.extend([
            (403, "Not from this page"),
            (408, "The body did not arrive"),
            (415, "The type, encoding or charset of the body is not supported"),
        ]);
    }
    if route.access != Access::Public {
        refusals.extend([(401, "Sign in first"), (403, "This needs another role")]);
    }
    refusals
}

/// `/api/gpu/{id}/settings` is of `gpu`.
fn tag(path: &str) -> &str {
    let mut parts = path.split('/').skip(2);
    match parts.next() {
        Some("v1") | None => "v1",
        Some(part) => part,
    }
}

/// `get_api_gpu_id_settings`.
fn operation_id(method: &Method, path: &str) -> String {
    let name: String = path
        .chars()
        .filter(|c| !matches!(c, '{' | '}'))
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("{}{name}", method.as_str().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_route_describes_itself_and_its_path() {
        for route in crate::api::all() {
            let (method, path) = (&route.method, route.path);
            let doc = route.doc.unwrap_or_else(|| panic!("{method} {path} has no description"))();
            assert!(!doc.answers.is_empty(), "{method} {path} does not say what it answers");
            let named: Vec<_> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            let described: Vec<_> = doc
                .parameters
                .iter()
                .filter(|parameter| parameter.place == super::Place::Path)
                .map(|parameter| parameter.name)
                .collect();
            assert_eq!(named, described, "{method} {path}");
        }
    }

    #[test]
    fn what_is_open_needs_no_credentials() {
        let security = |path: &str, open| {
            let document = super::document(&crate::api::all(), open);
            let document: serde_json::Value = serde_json::from_str(&document).unwrap();
            document["paths"][path]["get"].get("security").cloned()
        };
        assert_eq!(security("/api/stats", false), None);
        assert_eq!(security("/api/stats", true), Some(serde_json::json!([])));
        assert_eq!(security("/api/health", false), Some(serde_json::json!([])));
    }
}
