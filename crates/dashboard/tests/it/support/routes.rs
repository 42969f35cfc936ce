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
    ("GET", "/api/miner/config", Needs::Viewer),
    ("POST", "/api/miner/config", Needs::Technician),
    ("POST", "/api/miner/switch-chain", Needs::Technician),
    ("GET", "/api/pools", Needs::Viewer),
    ("GET", "/api/pools/recommended", Needs::Viewer),
    ("GET", "/api/gpus", Needs::Viewer),
    ("GET", "/api/gpu/list", Needs::Viewer),
    ("GET", "/api/hardware/detect", Needs::Viewer),
    ("GET", "/api/hardware/drivers", Needs::Viewer),
    ("GET", "/api/gpu/settings", Needs::Viewer),
    ("GET", "/api/gpu/{id}/settings", Needs::Viewer),
    ("POST", "/api/gpu/{id}/settings", Needs::Technician),
    ("POST", "/api/gpu/{id}/reset", Needs::Technician),
    ("POST", "/api/gpus/{id}/tune", Needs::Technician),
    ("POST", "/api/gpus/{id}/reset", Needs::Technician),
    ("GET", "/api/gpu/presets", Needs::Viewer),
    ("POST", "/api/gpu/presets", Needs::Technician),
    ("GET", "/api/gpu/presets/{id}", Needs::Viewer),
    ("DELETE", "/api/gpu/presets/{id}", Needs::Technician),
    ("GET", "/api/flight-sheets", Needs::Viewer),
    ("POST", "/api/flight-sheets", Needs::Technician),
    ("POST", "/api/flight-sheets/{id}/apply", Needs::Technician),
    ("DELETE", "/api/flight-sheets/{id}", Needs::Technician),
    ("GET", "/api/setup/status", Needs::Viewer),
    ("POST", "/api/setup/complete", Needs::Technician),
    ("POST", "/api/setup/auto", Needs::Technician),
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
    ("GET", "/api/metrics", Needs::Viewer),
    ("GET", "/api/metrics/prometheus", Needs::Viewer),
    ("GET", "/api/export/csv", Needs::Viewer),
    ("GET", "/api/export/json", Needs::Viewer),
    ("GET", "/api/export/pdf", Needs::Viewer),
    ("GET", "/api/openapi.json", Needs::Viewer),
];

/// Those of a method.
pub fn of(method: &str) -> impl Iterator<Item = &'static str> {
    ROUTES.iter().filter(move |route| route.0 == method).map(|route| route.1)
}
