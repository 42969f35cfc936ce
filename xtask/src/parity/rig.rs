//! The reading rows on a rig that mines: the same fields of the same types,
//! and nothing missing that a miner and a node tell.

use std::path::Path;
use std::time::Duration;

use quaiminer_parity::http::{Request, Server};
use quaiminer_parity::{Answer, Outcome, Replay, Row, Setting};
use quaiminer_standin::{Miner, Node, Protocol};

use crate::dashboard::Dashboard;
use crate::{Result, project};

/// Those that neither change anything nor show what earlier ones changed.
const ROWS: &[&str] = &[
    "health",
    "metrics",
    "stats",
    "stats.history.empty",
    "blocks.empty",
    "blocks.stats.empty",
    "gpus",
    "gpu.list",
    "gpu.presets.empty",
    "miner.status",
    "miner.config.get",
    "miner.logs",
    "node.rpc.nomethod",
    "pools.recommended.10",
    "optimizer.get.default",
    "difficulty-adjustor.get.default",
    "chain.metrics",
    "staking.balances.empty",
    "staking.rewards.empty",
    "rigs.empty",
    "alerts.settings.default",
    "flight.empty",
    "setup.status",
    "quai.GET.difficulty/current",
    "quai.GET.difficulty/profitable",
    "quai.GET.difficulty/history",
    "quai.GET.difficulty/trends",
    "quai.GET.auto-switch/status",
    "quai.GET.quai/metrics",
    "quai.GET.quai/metrics?hashRate=100&powerUsage=200&electricityCost=0.2",
    "quai.GET.quai/soap",
    "quai.GET.quai/lmt-lmr",
];

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
    let outcomes = rows
        .iter()
        .filter(|row| ROWS.contains(&row.name.as_str()))
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
