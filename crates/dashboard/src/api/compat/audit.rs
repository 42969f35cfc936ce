//! Who changed what, for the list of events.

use axum::Extension;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_engine::clock::now_ms;

use crate::access::identity::Identity;
use crate::app::App;

/// Returns when the event is on disk.
pub async fn note(
    app: &App,
    identity: Option<&Extension<Identity>>,
    kind: &'static str,
    message: String,
) {
    let actor = identity.map_or("anonymous", |Extension(identity)| &identity.user.name).to_owned();
    let event = NewEvent { at_ms: now_ms(), severity: Severity::Info, kind, actor, message };
    app.rig.journal.record(event).await;
}
