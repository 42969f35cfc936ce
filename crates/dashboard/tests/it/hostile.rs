//! Requests that nobody should send, and that arrive all the same. After each
//! the dashboard must answer others as before.

mod addresses;
mod bodies;
mod browsers;
mod generated;
mod limits;
mod slow;

use crate::support::Dashboard;

/// It goes on, and quickly.
fn is_well(dashboard: &Dashboard) {
    assert_eq!(dashboard.anonymous().get("/api/health").ok()["status"], "ok");
    assert!(!dashboard.stderr().iter().any(|line| line.contains("panicked")));
}
