//! `/api/alerts/…`: to whom the rig tells what, and by which rules. Nothing
//! watches the rules yet: they are kept, and messages are sent when a page
//! asks for one.

mod channels;
mod config;
mod rules;
mod secrets;
mod send;
mod settings;

use super::super::routes::Route;

/// Node's entry of the table `config`; both dialogs of its page show it.
const KEY: &str = "alert_settings";

pub fn routes() -> Vec<Route> {
    [settings::routes(), config::routes(), rules::routes(), send::routes()]
        .into_iter()
        .flatten()
        .collect()
}

/// A change of whom the rig tells is for all to see.
const CHANGED: &str = "alerts.change";
