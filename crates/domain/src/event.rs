//! What happened, who wanted it and why.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Severity::Info, Severity::Warning, Severity::Error]
            .into_iter()
            .find(|severity| severity.name() == name)
    }
}

/// An event that is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub at_ms: i64,
    pub severity: Severity,
    /// Dotted and stable, for filters: `miner.start`, `session.sign_in`.
    pub kind: &'static str,
    /// A user's name, or the part that acted: `start-up`, `supervisor`.
    pub actor: String,
    /// One sentence for the owner.
    pub message: String,
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: i64,
    pub at_ms: i64,
    pub severity: Severity,
    pub kind: String,
    pub actor: String,
    pub message: String,
}
