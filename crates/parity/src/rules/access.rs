//! Who may do what, and what is told to whom.

use serde_json::Value;

use super::{Rule, at, follows, instead};
use crate::judge::Case;

/// Of a new password, in characters.
const LEAST_PASSWORD: usize = 10;

pub(super) const RULES: &[Rule] = &[
    instead("Access", &["auth.register.*"], |case| {
        let password = case
            .row
            .json()
            .get("password")
            .and_then(Value::as_str)
            .map(|text| text.chars().count());
        password.is_some_and(|length| length < LEAST_PASSWORD)
            && case.got.is_refusal(400)
            && case.got.field("field") == "password"
    }),
    // A user whose registration was refused cannot sign in.
    follows(instead("Access", &["auth.login.eve"], |case| {
        case.story.deviated("auth.register.role")
            && case.got.status == 401
            && case.got.field("error") == "Invalid credentials"
    })),
    // Secrets are written, never read.
    at(
        "Access",
        &["alerts.settings.get"],
        &[
            "/body/settings/channels/telegram/botToken",
            "/body/settings/channels/discord/webhookUrl",
            "/body/settings/channels/email/password",
        ],
        |_, difference| difference.got.as_str().is_some_and(is_mask),
    ),
];

fn is_mask(text: &str) -> bool {
    text.contains("********")
}

/// The request is not one that somebody may not make: for use by others.
pub(super) fn is_signed_in(case: &Case<'_>) -> bool {
    !matches!(case.got.status, 401 | 403)
}
