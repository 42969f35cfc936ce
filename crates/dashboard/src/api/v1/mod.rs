//! Our own API: typed, with `null` and a reason where something is unknown.

pub mod events;
pub mod first_run;
pub mod history;
pub mod session;
pub mod snapshot;
pub mod stream;

use quaiminer_domain::Fact;
use serde_json::{Map, Value};

use super::routes::Route;

pub fn routes() -> Vec<Route> {
    [
        session::routes(),
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
