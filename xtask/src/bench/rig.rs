//! The set-up of every measurement: databases with a past, a stand-in miner
//! and node, and the dashboard on them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use quaiminer_standin::load::{self, Target};
use quaiminer_standin::{Miner, Node, Protocol};

use crate::dashboard::Dashboard;
use crate::process::{command, run};
use crate::{Result, dist, project};

pub(super) struct Rig {
    pub binary: PathBuf,
    /// A bare server to compare with.
    pub bare: PathBuf,
    miner: Miner,
    node: Node,
    dir: PathBuf,
}

/// How much of a past the database has.
#[derive(Clone, Copy)]
pub(super) enum Past {
    Day,
    Month,
    /// A month of a program for each of 12 GPUs, and 20,000 blocks.
    Farm,
}

impl Past {
    const fn name(self) -> &'static str {
        match self {
            Past::Day => "day",
            Past::Month => "month",
            Past::Farm => "farm",
        }
    }

    /// Days, miners and blocks, for `fill_history`.
    const fn content(self) -> [&'static str; 3] {
        match self {
            Past::Day => ["1", "1", "0"],
            Past::Month => ["30", "1", "0"],
            Past::Farm => ["30", "12", "20000"],
        }
    }
}

impl Rig {
    pub(super) fn set_up(binary: PathBuf) -> Result<Self> {
        let package = history_package()?;
        dist::build(&["--package", dist::BINARY, "--example", "bare_axum"])?;
        dist::build(&["--package", package, "--example", "fill_history"])?;
        let examples = dist::built_dir()?.join("examples");
        let dir = project::fresh_dir("bench")?;
        for past in [Past::Day, Past::Month, Past::Farm] {
            let data = dir.join(past.name()).join("data");
            std::fs::create_dir_all(&data)
                .map_err(|error| format!("{}: {error}", data.display()))?;
            let mut fill = command(examples.join("fill_history"), &[]);
            run(fill.arg(&data).args(past.content()), Duration::from_secs(300))?;
        }
        let stand_in = |error: std::io::Error| format!("stand-in: {error}");
        Ok(Rig {
            binary,
            bare: examples.join("bare_axum"),
            miner: Miner::start(Protocol::Kawpowminer).map_err(stand_in)?,
            node: Node::start().map_err(stand_in)?,
            dir,
        })
    }

    /// A dashboard that answers, in a process of its own.
    pub(super) fn start(&self, past: Past) -> Result<Dashboard> {
        let environment = [
            ("MINER_API_URL", self.miner.url()),
            ("NODE_RPC_URL", self.node.url()),
            ("AUTH_MODE", "open".to_owned()),
            ("RATE_LIMIT", "off".to_owned()),
        ];
        let dir = self.dir.join(past.name());
        let mut dashboard = Dashboard::start(&self.binary, &dir, &environment)?;
        let health = Target::new(dashboard.address(), "/api/health");
        let (deadline, pause) = (Duration::from_secs(20), Duration::from_micros(50));
        dashboard
            .wait_for("answer of /api/health", deadline, pause, |_| load::get(&health).ok())?;
        Ok(dashboard)
    }

    /// How often the miner has been asked, to know a dashboard at work.
    pub(super) fn requests(&self) -> u64 {
        self.miner.requests()
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }
}

/// The crate with the example that fills a database.
fn history_package() -> Result<&'static str> {
    let packages = [("crates/store", "quaiminer-store"), ("crates/dashboard", dist::BINARY)];
    packages
        .into_iter()
        .find(|(dir, _)| project::path(dir).join("examples/fill_history.rs").is_file())
        .map(|(_, package)| package)
        .ok_or_else(|| "no crate has examples/fill_history.rs".to_owned())
}
