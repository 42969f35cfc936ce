//! `/api/alerts/…`: to whom the rig tells what, and by which rules. Nothing
//! watches the rules yet: they are kept, and messages are sent when a page
//! asks for one.

mod channels;
mod config;
mod rules;
mod secrets;
mod send;
mod settings;

use axum::Extension;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_engine::clock::now_ms;

use super::super::routes::Route;
use crate::access::identity::Identity;
use crate::app::App;

/// Node's entry of the table `config`; both dialogs of its page show it.
const KEY: &str = "alert_settings";

pub fn routes() -> Vec<Route> {
    [settings::routes(), config::routes(), rules::routes(), send::routes()]
        .into_iter()
        .flatten()
        .collect()
}

/// A change of whom the rig tells is for all to see.
async fn note(app: &App, identity: Option<Extension<Identity>>, what: &str) {
    let actor =
        identity.map_or_else(|| "anonymous".to_owned(), |Extension(identity)| identity.user.name);
    let event = NewEvent {
        at_ms: now_ms(),
        severity: Severity::Info,
        kind: "alerts.change",
        message: format!("{actor} {what}"),
        actor,
    };
    app.rig.journal.record(event).await;
}
