//! The reading rows on a rig that mines: the same fields of the same types,
//! and nothing missing that a miner and a node tell.

use std::path::Path;
use std::time::Duration;

use quaiminer_parity::http::{Request, Server};
use quaiminer_parity::{Answer, Outcome, Replay, Row, Setting};
use quaiminer_standin::{Miner, Node, Protocol};

use crate::dashboard::Dashboard;
use crate::{Result, project};

pub(super) fn replay(binary: &Path, rows: &[Row]) -> Result<Vec<Outcome>> {
    let stand_in = |error: std::io::Error| format!("stand-in: {error}");
    let miner = Miner::start(Protocol::Kawpowminer).map_err(stand_in)?;
    let node = Node::start().map_err(stand_in)?;
    let environment = [
        ("AUTH_MODE", "open".to_owned()),
        ("RATE_LIMIT", "off".to_owned()),
        ("NODE_ENV", "production".to_owned()),
        ("MINER_API_URL", miner.url()),
        ("NODE_RPC_URL", node.url()),
    ];
    let mut dashboard = Dashboard::start(binary, &project::fresh_dir("parity-rig")?, &environment)?;
    let server = Server::new(dashboard.address());
    wait(&mut dashboard, &server)?;
    let mut replay = Replay::new(server, Setting::Rig, Default::default());
    // What needs a user is not asked here: there is none.
    let outcomes = super::reads(rows)
        .filter(|row| row.header("authorization").is_empty() && row.header("x-api-key").is_empty())
        .filter(|row| !row.path.contains("{{"))
        .map(|row| replay.run(row))
        .collect::<Result<Vec<_>>>()?;
    dashboard.stop()?;
    Ok(outcomes)
}

/// Until miner and node have answered.
fn wait(dashboard: &mut Dashboard, server: &Server) -> Result {
    let stats =
        Request { method: "GET".to_owned(), path: "/api/stats".to_owned(), ..Request::default() };
    let (deadline, pause) = (Duration::from_secs(30), Duration::from_millis(100));
    dashboard.wait_for("data of miner and node", deadline, pause, |_| {
        let answer = Answer::of(&server.send(&stats).ok()?);
        let known = |object: &serde_json::Value| object.get("available").is_none();
        (known(&answer.body) && known(answer.field("network"))).then_some(())
    })
}
