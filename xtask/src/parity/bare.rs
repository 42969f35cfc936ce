//! The replay in the circumstances of the recording.

use std::path::Path;
use std::time::Duration;

use quaiminer_parity::http::{Request, Server};
use quaiminer_parity::{Answer, Outcome, Replay, Row, Setting};

use super::tokens;
use crate::dashboard::Dashboard;
use crate::{Result, owner, project};

const SECRET: &str = "a fixed secret, so that both make the same tokens";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

type Captures = std::collections::BTreeMap<String, String>;

pub(super) fn replay(binary: &Path, rows: &[Row]) -> Result<Vec<Outcome>> {
    let mut dashboard = start(binary, 0)?;
    let server = Server::new(dashboard.address());
    let mut replay = Replay::new(server, Setting::Bare, credentials(0)?);
    let mut outcomes = Vec::new();
    let mut starts = 0;
    for row in rows {
        if row.fresh {
            dashboard.stop()?;
            starts += 1;
            dashboard = start(binary, starts)?;
            let server = Server::new(dashboard.address());
            let mut captures = credentials(starts)?;
            captures.insert("JWT".to_owned(), sign_in(&server)?);
            replay.restart(server, captures);
        }
        let outcome = replay.run(row);
        outcomes.push(outcome.map_err(|error| format!("{error}\n{}", dashboard.printed()))?);
    }
    dashboard.stop()?;
    Ok(outcomes)
}

fn directory(number: usize) -> String {
    format!("parity-{number}")
}

fn start(binary: &Path, number: usize) -> Result<Dashboard> {
    let environment = [
        ("AUTH_MODE", "open"),
        ("RATE_LIMIT", "off"),
        ("NODE_ENV", "production"),
        ("ADMIN_PASSWORD", owner::PASSWORD),
        ("JWT_SECRET", SECRET),
        ("MINER_API_URL", NOWHERE),
        ("NODE_RPC_URL", NOWHERE),
    ];
    let environment = environment.map(|(name, value)| (name, value.to_owned()));
    let mut dashboard =
        Dashboard::start(binary, &project::fresh_dir(&directory(number))?, &environment)?;
    let health =
        Request { method: "GET".to_owned(), path: "/api/health".to_owned(), ..Request::default() };
    let server = Server::new(dashboard.address());
    let (deadline, pause) = (Duration::from_secs(20), Duration::from_millis(20));
    dashboard.wait_for("an answer", deadline, pause, |_| {
        server.send(&health).ok().filter(|answer| answer.status == 200)
    })?;
    Ok(dashboard)
}

/// What the recording takes from the database, and tokens made for it.
fn credentials(number: usize) -> Result<Captures> {
    owner::give_key(&project::target_dir()?.join(directory(number)).join("data"))?;
    let mut captures = tokens::make(SECRET);
    captures.insert("API_KEY".to_owned(), owner::KEY.to_owned());
    Ok(captures)
}

fn sign_in(server: &Server) -> Result<String> {
    let body = serde_json::json!({ "username": "admin", "password": owner::PASSWORD });
    let request = Request {
        method: "POST".to_owned(),
        path: "/api/auth/login".to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Some(body.to_string().into_bytes()),
    };
    let answer = Answer::of(&server.send(&request)?);
    let token = answer.field("token").as_str().map(str::to_owned);
    token.ok_or_else(|| format!("signing in was answered with {}: {}", answer.status, answer.body))
}
