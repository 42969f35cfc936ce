//! Every route and who may use it, written down a second time: a new route
//! fails the test that compares this with the program until it stands here.

/// What a caller must be at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    Nothing,
    Viewer,
    Technician,
    Owner,
}

pub const ROUTES: &[(&str, &str, Needs)] = &[
    ("GET", "/api/health", Needs::Nothing),
    ("GET", "/api/stats", Needs::Viewer),
    ("GET", "/api/stats/history", Needs::Viewer),
    ("POST", "/api/stats/history", Needs::Technician),
    ("GET", "/api/blocks/validated", Needs::Viewer),
    ("POST", "/api/blocks/validated", Needs::Technician),
    ("GET", "/api/blocks/stats", Needs::Viewer),
    ("GET", "/api/miner/status", Needs::Viewer),
    ("POST", "/api/miner/start", Needs::Technician),
    ("POST", "/api/miner/stop", Needs::Technician),
    ("POST", "/api/miner/restart", Needs::Technician),
    ("GET", "/api/miner/logs", Needs::Viewer),
    ("POST", "/api/node/rpc", Needs::Viewer),
    ("POST", "/api/auth/login", Needs::Nothing),
    ("GET", "/api/v1/session", Needs::Nothing),
    ("POST", "/api/v1/session", Needs::Nothing),
    ("DELETE", "/api/v1/session", Needs::Nothing),
    ("POST", "/api/v1/first-run", Needs::Nothing),
    ("GET", "/api/v1/snapshot", Needs::Viewer),
    ("GET", "/api/v1/stream", Needs::Viewer),
    ("GET", "/api/v1/history", Needs::Viewer),
    ("GET", "/api/v1/events", Needs::Viewer),
    ("GET", "/api/export/csv", Needs::Viewer),
    ("GET", "/api/export/json", Needs::Viewer),
    ("GET", "/api/export/pdf", Needs::Viewer),
    ("GET", "/api/openapi.json", Needs::Viewer),
];

/// Those of a method.
pub fn of(method: &str) -> impl Iterator<Item = &'static str> {
    ROUTES.iter().filter(move |route| route.0 == method).map(|route| route.1)
}
