//! The API by its own description: what the description allows has to be
//! served, what it forbids has to be refused, and every answer has to be as
//! described, soon, and never a failure of the server. schemathesis makes up
//! the requests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use quaiminer_parity::http::{RawAnswer, Request, Server};

use super::{Check, Done, Options, Stop};
use crate::bench::process_cost::memory;
use crate::dashboard::Dashboard;
use crate::process::{command, run as run_command};
use crate::{Result, dist, owner, parity, project, tools};

/// Its checks differ from version to version.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";
/// Webhooks lead to whatever name is made up, and messages are sent to them:
/// here they lead to nobody, so that no host of the internet is asked. As the
/// description has it, and instead of it.
const WEBHOOKS: [&str; 2] = [
    r"https://([A-Za-z0-9-]{1,63}\\.){1,8}[A-Za-z][A-Za-z0-9-]{0,62}/",
    r"http://127\\.0\\.0\\.1:1/",
];
const ANSWER_WITHIN_S: &str = "1";
/// Caches fill; what grows with the number of requests soon exceeds it. Pages
/// of the binary do not count here: those of the tests are many.
const GROWTH_CAP_BYTES: f64 = 8e6;
const LONG_CASES: u64 = 10_000;
/// Of the release, as with 500 clients.
const RSS_CAP_BYTES: f64 = 14e6;

/// A short form, on the binary of the tests.
pub(super) fn short(_: &Options) -> Check {
    let schemathesis = installed()?;
    fuzz(&schemathesis, &parity::build()?, 4)?;
    Ok(Done::default())
}

/// Ten thousand cases and more, on the binary that is shipped.
pub(super) fn release(_: &Options) -> Check {
    let schemathesis = installed()?;
    let binary = project::dist_dir()?.join(dist::BINARY);
    let Fuzzed { cases, rss_bytes } = fuzz(&schemathesis, &binary, 120)?;
    if cases < LONG_CASES {
        return Err(Stop::Failed(format!("only {cases} cases; {LONG_CASES} are wanted")));
    }
    if rss_bytes > RSS_CAP_BYTES {
        return Err(Stop::Failed(format!("{:.1} MB are resident afterwards", rss_bytes / 1e6)));
    }
    Ok(Done::default())
}

/// Where schemathesis is, installed beside what is built.
fn installed() -> std::result::Result<PathBuf, Stop> {
    let python = tools::ensure("python3", &["python3", "python3-venv"]).map_err(Stop::Skipped)?;
    let dir = project::target_dir()?.join("schemathesis");
    let program = dir.join("bin/schemathesis");
    let mark = dir.join(SCHEMATHESIS);
    if mark.is_file() {
        return Ok(program);
    }
    let skipped = |what: &str, said: String| Stop::Skipped(format!("{what}: {said}"));
    let mut venv = command(python, &["-m", "venv", "--clear"]);
    quiet(venv.arg(&dir)).map_err(|said| skipped("python3 -m venv", said))?;
    let mut install = command(
        dir.join("bin/python"),
        &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS],
    );
    quiet(&mut install).map_err(|said| skipped("schemathesis cannot be had from PyPI", said))?;
    std::fs::write(&mark, "").map_err(|error| format!("{}: {error}", mark.display()))?;
    Ok(program)
}

/// The last line of what it said is the reason why it failed.
fn quiet(command: &mut Command) -> Result {
    let done = command.output().map_err(|error| error.to_string())?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(said.trim().lines().last().unwrap_or("it failed").to_owned())
}

/// What came of it.
struct Fuzzed {
    cases: u64,
    /// Afterwards.
    rss_bytes: f64,
}

/// Makes up to so many examples for each route, beside the usual odd ones.
fn fuzz(schemathesis: &Path, binary: &Path, examples: u32) -> Result<Fuzzed> {
    let dir = project::fresh_dir("fuzz-api")?;
    let dashboard = start(binary, &dir)?;
    let server = Server::new(dashboard.address());
    let described = dir.join("openapi.json");
    std::fs::write(&described, description(&server)?)
        .map_err(|error| format!("{}: {error}", described.display()))?;
    let before = memory(dashboard.pid())?;

    let config = project::path("xtask/src/test/fuzz.toml");
    let report = dir.join("report.txt");
    let out =
        std::fs::File::create(&report).map_err(|error| format!("{}: {error}", report.display()))?;
    let mut asked = command(schemathesis, &["--config-file"]);
    asked
        .arg(config)
        .arg("run")
        .arg(described)
        .args(["--url", &dashboard.url(), "--checks", "all"])
        .args(["--max-response-time", ANSWER_WITHIN_S, "--request-timeout", "10"])
        .args(["--max-examples", &examples.to_string(), "--seed", "1", "--continue-on-failure"])
        .args(["--header", &format!("X-Confirm-Password: {}", owner::PASSWORD), "--no-color"])
        .args(["--generation-database", "none"])
        .current_dir(&dir)
        .env("OWNER_KEY", owner::KEY)
        .stdout(out);
    let ended = run_command(&mut asked, Duration::from_secs(900));
    let said = std::fs::read_to_string(&report).unwrap_or_default();
    if let Err(error) = ended {
        println!("{said}\nThe dashboard printed:\n{}", dashboard.printed());
        return Err(error);
    }
    let cases = cases(&said).ok_or_else(|| format!("{said}\nIt does not tell the cases"))?;
    // An owner who was locked out meanwhile would have seen refusals only.
    get(&server, "/api/stats")?;
    let after = memory(dashboard.pid())?;
    let grown = after.anonymous_bytes - before.anonymous_bytes;
    dashboard.stop()?;
    println!("{cases} cases; the dashboard grew by {:.1} MB", grown / 1e6);
    if grown > GROWTH_CAP_BYTES {
        return Err(format!("it grew by more than {:.0} MB", GROWTH_CAP_BYTES / 1e6));
    }
    Ok(Fuzzed { cases, rss_bytes: after.rss_bytes })
}

fn start(binary: &Path, dir: &Path) -> Result<Dashboard> {
    let environment = [
        ("AUTH_MODE", "required"),
        ("RATE_LIMIT", "off"),
        ("ADMIN_PASSWORD", owner::PASSWORD),
        ("MINER_API_URL", NOWHERE),
        ("NODE_RPC_URL", NOWHERE),
        ("TELEGRAM_API_URL", NOWHERE),
        ("WEBHOOK_HOSTS", "127.0.0.1:1"),
    ];
    let environment = environment.map(|(name, value)| (name, value.to_owned()));
    let mut dashboard = Dashboard::start(binary, dir, &environment)?;
    let server = Server::new(dashboard.address());
    let (deadline, pause) = (Duration::from_secs(20), Duration::from_millis(20));
    dashboard.wait_for("an answer", deadline, pause, |_| get(&server, "/api/health").ok())?;
    owner::give_key(&dir.join("data"))?;
    Ok(dashboard)
}

fn description(server: &Server) -> Result<String> {
    let body = get(server, "/api/openapi.json")?.body;
    let text = String::from_utf8(body).map_err(|error| error.to_string())?;
    let [public, nobody] = WEBHOOKS;
    if !text.contains(public) {
        return Err("webhooks are described otherwise than the fuzzing expects".to_owned());
    }
    Ok(text.replace(public, nobody))
}

/// As the owner.
fn get(server: &Server, path: &str) -> Result<RawAnswer> {
    let request = Request {
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: vec![("X-API-Key".to_owned(), owner::KEY.to_owned())],
        body: None,
    };
    let answer = server.send(&request)?;
    match answer.status {
        200 => Ok(answer),
        status => Err(format!("GET {path} was answered with {status}")),
    }
}

/// From a line such as `1336 generated, 60 skipped`.
fn cases(report: &str) -> Option<u64> {
    let line = report.lines().rev().find(|line| line.contains(" generated"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::cases;

    #[test]
    fn the_number_of_cases() {
        let report =
            "Test cases:\n  1336 generated, 11 found 11 unique failures, 113 skipped\n\nSeed: 1\n";
        assert_eq!(cases(report), Some(1336));
        assert_eq!(cases("no such line"), None);
    }
}
