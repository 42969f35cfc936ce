//! `/api/rigs…`: the owner's other rigs (deviation R15). Their addresses are
//! typed in and their answers are theirs: the first are checked here and again
//! at every connection, the second are cleaned.

mod clean;
mod list;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hyper::StatusCode;
use quaiminer_engine::clock::now_ms;
use quaiminer_engine::{Reach, RemoteRig};
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::{Content, Doc};
use super::super::error::ApiError;
use super::super::openapi::refusal;
use super::super::path::Part;
use super::super::routes::Route;
use super::super::schema::{
    Schema, boolean, either, exactly, integer, list as list_of, null, object, one_of, text, time_ms,
};
use super::text::{is_falsy, name};
use super::{audit, availability, body_number, settings};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::app::{App, SharedApp};

const KEY: &str = "rigs";
/// The API keys of the rigs, by id: in our own table, as Node shows its list
/// to everybody.
const KEYS: &str = "rig_keys";
/// What stands for a secret that is set.
const MASK: &str = "********";
const DEFAULT_PORT: f64 = 3000.0;
const MAX_PORT: f64 = 65_535.0;
const MAX_KEY_CHARS: usize = 128;
const ACTIONS: [&str; 3] = ["start", "stop", "restart"];

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/rigs", Access::VIEW, get).doc(|| {
            Doc::new("The other rigs; what they do now is told one by one").gives(object([
                ("success", exactly(true)),
                ("rigs", list_of(rig_schema().with_availability())),
            ]))
        }),
        Route::post("/api/rigs", Access::OWN, add).doc(add_doc),
        Route::get("/api/rigs/{id}/status", Access::VIEW, status).doc(|| {
            Doc::new("Asks a rig what it does")
                .path("id", text())
                .gives(object([
                    ("success", exactly(true)),
                    ("status", rig_schema().with("reason", text())),
                ]))
                .refuses(404, "There is no such rig")
        }),
        Route::post("/api/rigs/{id}/control", Access::OPERATE, control).doc(|| {
            let refused = object([("success", boolean())]).with("error", text());
            Doc::new("Gives an order to the miner of a rig")
                .path("id", text())
                .takes(object([("action", one_of(&ACTIONS))]))
                .gives(refused)
                .refuses(404, "There is no such rig")
                .answer(502, "The rig does not answer as one", Content::Json(refusal()))
        }),
        Route::delete("/api/rigs/{id}", Access::OWN, remove).doc(|| {
            Doc::new("Forgets a rig")
                .path("id", text())
                .gives(object([("success", exactly(true))]))
                .refuses(404, "There is no such rig")
        }),
    ]
}

fn rig_schema() -> Schema {
    object([
        ("id", text()),
        ("name", text()),
        ("ip", text()),
        ("port", integer().between(0.0, MAX_PORT)),
        ("status", one_of(&["online", "offline"])),
        ("createdAt", time_ms()),
    ])
    .with("apiKey", exactly(MASK))
}

fn add_doc() -> Doc {
    // Tools try out what a schema allows: this one leads them to nobody else's
    // rig.
    let ip = text().like(r"^127\.0\.0\.[1-9][0-9]?$").about(
        "A loopback, private or link-local address, or a name that means nothing else; \
         the pattern shows the first kind only",
    );
    let port = either([integer().between(1.0, MAX_PORT), text().like("^$"), null()]);
    let key = text().like("^[!-~]*$").length(0, MAX_KEY_CHARS);
    Doc::new("Adds a rig")
        .takes(
            object([
                ("name", text().like(r"^[^<>\u0000-\u0020\u007f-\u00a0]+$").length(1, 100)),
                ("ip", ip),
            ])
            .with("port", port)
            .with("apiKey", key.or_null().about("Sent to the rig, never shown")),
        )
        .gives(object([("success", exactly(true)), ("rig", rig_schema())]))
        .refuses(409, "There are too many")
}

async fn get(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    let stored = settings::load(&app, KEY).await?;
    let keys = settings::load_own(&app, KEYS).await?;
    let rigs: Vec<Value> = list::rigs(&stored)
        .map(|stored| {
            let mut rig = render(stored, &keys);
            // Nobody has asked it for this answer.
            availability(&mut rig, Some("Not asked; its own status route asks it"));
            rig.into()
        })
        .collect();
    Ok(answer::ok(&json!({ "success": true, "rigs": rigs })))
}

/// A rig as it is shown; whatever Node stored, nothing in it can be markup.
fn render(stored: &Value, keys: &Value) -> Map<String, Value> {
    let text = |name| stored.get(name).and_then(Value::as_str).unwrap_or_default();
    let port = stored.get("port").and_then(Value::as_u64).filter(|port| *port <= MAX_PORT as u64);
    let mut rig = Map::from_iter([
        ("id".to_owned(), clean::text(text("id")).into()),
        ("name".to_owned(), clean::name(text("name")).into()),
        ("ip".to_owned(), clean::text(text("ip")).into()),
        ("port".to_owned(), port.unwrap_or_default().into()),
        ("status".to_owned(), "offline".into()),
        (
            "createdAt".to_owned(),
            stored.get("createdAt").and_then(Value::as_i64).unwrap_or_default().into(),
        ),
    ]);
    if keys.get(text("id")).is_some() {
        rig.insert("apiKey".to_owned(), MASK.into());
    }
    rig
}

async fn add(
    State(app): State<SharedApp>,
    who: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    if is_falsy(fields.get("name")) || is_falsy(fields.get("ip")) {
        let missing = if is_falsy(fields.get("name")) { "name" } else { "ip" };
        let message = format!("{missing} is missing");
        let error = ApiError::new(StatusCode::BAD_REQUEST, "Name and IP are required", message);
        return Err(ApiError { field: Some(missing.into()), ..error });
    }
    let name = name("name", fields.get("name").unwrap_or(&Value::Null))?;
    let host = list::host(fields.get("ip").unwrap_or(&Value::Null))?;
    reach(&app, &host).allows(&host).await.map_err(|error| {
        ApiError::bad_value("ip", format!("{error}; see ALLOWED_RIG_HOSTS for others"))
    })?;
    let port = body_number(&fields, "port", DEFAULT_PORT, 1.0..=MAX_PORT)?;
    if port.fract() != 0.0 {
        return Err(ApiError::bad_value("port", "port must be a whole number from 1 to 65535"));
    }
    let key = api_key(fields.get("apiKey"))?;
    let rig = settings::update(&app, KEY, move |stored| {
        list::add(stored, &name, &host, port as u16, now_ms())
    })
    .await?;
    let id = rig.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(key) = key {
        put_key(&app, id, Some(key)).await?;
    }
    let shown = render(&rig, &settings::load_own(&app, KEYS).await?);
    audit::note(&app, who.as_ref(), "rig.add", format!("Rig {} added", described(&shown))).await;
    Ok(answer::ok(&json!({ "success": true, "rig": shown })))
}

/// Sets the key of a rig, or takes it away.
async fn put_key(app: &App, id: String, key: Option<String>) -> Result<(), ApiError> {
    settings::update_own(app, KEYS, move |keys| {
        let mut all = keys.as_object().cloned().unwrap_or_default();
        match key {
            Some(key) => all.insert(id, key.into()),
            None => all.remove(&id),
        };
        *keys = all.into();
        Ok(())
    })
    .await
}

fn api_key(value: Option<&Value>) -> Result<Option<String>, ApiError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(key)) if key.is_empty() || key == MASK => Ok(None),
        Some(Value::String(key))
            if key.len() <= MAX_KEY_CHARS && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(key.clone()))
        }
        Some(_) => Err(ApiError::bad_value(
            "apiKey",
            format!("apiKey must have at most {MAX_KEY_CHARS} visible ASCII characters"),
        )),
    }
}

async fn status(State(app): State<SharedApp>, Part(id): Part) -> Result<Response, ApiError> {
    let (mut shown, remote) = find(&app, &id).await?;
    match ask(&app, remote).await {
        Ok(stats) => {
            let mut all = clean::stats(stats);
            // What is ours to say is not the rig's.
            all.extend(shown);
            all.insert("status".to_owned(), "online".into());
            shown = all;
        }
        Err(reason) => {
            shown.insert("reason".to_owned(), clean::text(&reason).into());
        }
    }
    Ok(answer::ok(&json!({ "success": true, "status": shown })))
}

async fn ask(app: &App, remote: Result<RemoteRig, String>) -> Result<Map<String, Value>, String> {
    app.rig.remotes.stats(&remote?).await
}

async fn control(
    State(app): State<SharedApp>,
    Part(id): Part,
    who: Option<Extension<Identity>>,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    let (shown, remote) = find(&app, &id).await?;
    let asked = fields.get("action").and_then(Value::as_str);
    let Some(action) = ACTIONS.into_iter().find(|action| Some(*action) == asked) else {
        return Err(ApiError::bad_value("action", "action must be start, stop or restart"));
    };
    let order = format!("Rig {}: {action}", described(&shown));
    audit::note(&app, who.as_ref(), "rig.control", order).await;
    let answered = match remote {
        Ok(remote) => app.rig.remotes.order(&remote, action).await,
        Err(reason) => Err(reason),
    };
    match answered {
        Ok(answer) if answer.get("success") == Some(&Value::Bool(false)) => {
            let why = answer.get("error").and_then(Value::as_str).unwrap_or("The rig refused");
            Ok(answer::failure(clean::text(why)))
        }
        Ok(_) => Ok(answer::ok(&json!({ "success": true }))),
        Err(reason) => Err(ApiError::new(
            StatusCode::BAD_GATEWAY,
            "Failed to control rig",
            clean::text(&reason),
        )),
    }
}

async fn remove(
    State(app): State<SharedApp>,
    Part(id): Part,
    who: Option<Extension<Identity>>,
) -> Result<Response, ApiError> {
    let (shown, _) = find(&app, &id).await?;
    // First the key, so that no later rig can inherit it.
    put_key(&app, id.clone(), None).await?;
    settings::update(&app, KEY, move |stored| list::remove(stored, &id)).await?;
    audit::note(&app, who.as_ref(), "rig.delete", format!("Rig {} deleted", described(&shown)))
        .await;
    Ok(answer::ok(&json!({ "success": true })))
}

/// A rig as it is shown, and how to reach it, or why it cannot be reached.
async fn find(
    app: &App,
    id: &str,
) -> Result<(Map<String, Value>, Result<RemoteRig, String>), ApiError> {
    let all = settings::load(app, KEY).await?;
    let keys = settings::load_own(app, KEYS).await?;
    let stored = list::find(&all, id)?;
    let shown = render(stored, &keys);
    // What Node stored was never checked.
    let port = stored.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    let host = list::host(stored.get("ip").unwrap_or(&Value::Null));
    let remote = match (host, port.filter(|port| *port > 0)) {
        _ if app.config.demo => Err("A simulated rig asks no others".to_owned()),
        (Ok(host), Some(port)) => Ok(RemoteRig {
            reach: reach(app, &host),
            host,
            port,
            api_key: keys.get(id).and_then(Value::as_str).map(str::to_owned),
        }),
        _ => Err("The stored address is none; delete the rig and add it anew".to_owned()),
    };
    Ok((shown, remote))
}

/// Addresses of the house, and hosts that the owner lists.
fn reach(app: &App, host: &str) -> Reach {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    if app.config.allowed_rig_hosts.contains(&host) { Reach::Anywhere } else { Reach::Private }
}

fn described(rig: &Map<String, Value>) -> String {
    let text = |name| rig.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("\"{}\" at {}", text("name"), text("ip"))
}
