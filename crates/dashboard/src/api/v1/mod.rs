//! Our own API: typed, with `null` and a reason where something is unknown.

pub mod events;
pub mod first_run;
pub mod history;
pub mod keys;
pub mod password;
pub mod session;
pub mod sessions;
pub mod snapshot;
pub mod stream;
pub mod totp;
pub mod users;

use hyper::StatusCode;
use quaiminer_domain::Fact;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_engine::clock::now_ms;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::routes::Route;
use crate::app::App;

pub fn routes() -> Vec<Route> {
    [
        session::routes(),
        sessions::routes(),
        password::routes(),
        totp::routes(),
        keys::routes(),
        users::routes(),
        first_run::routes(),
        snapshot::routes(),
        stream::routes(),
        history::routes(),
        events::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Notes what somebody has done to the access, for all to see.
async fn note(app: &App, kind: &'static str, actor: &str, message: String) {
    let (severity, actor) = (Severity::Info, actor.to_owned());
    app.rig.journal.record(NewEvent { at_ms: now_ms(), severity, kind, actor, message }).await;
}

fn unknown(what: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "Not found", format!("There is no such {what}"))
}

fn no_random(why: String) -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "No random numbers", why)
}

/// A JSON object under construction, which collects why values are unknown.
#[derive(Default)]
struct Object {
    members: Map<String, Value>,
    reasons: Map<String, Value>,
}

impl Object {
    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The value, or null and a reason.
    fn fact<T: Clone + Into<Value>>(mut self, name: &str, fact: &Fact<T>) -> Self {
        let value = match fact {
            Fact::Known(value) => value.clone().into(),
            Fact::Unknown(reason) => {
                self.reasons.insert(name.to_owned(), reason.as_ref().into());
                Value::Null
            }
        };
        self.members.insert(name.to_owned(), value);
        self
    }

    fn build(mut self) -> Value {
        if !self.reasons.is_empty() {
            self.members.insert("reasons".to_owned(), Value::Object(self.reasons));
        }
        Value::Object(self.members)
    }
}
