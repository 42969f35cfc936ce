//! The page in a real browser, on a real dashboard with a stand-in miner.

use std::path::Path;
use std::time::Duration;

use quaiminer_standin::Node;

use super::{Check, Done, Options, Stop, web};
use crate::dashboard::{Dashboard, free_address};
use crate::process::{cargo, command, run as run_command};
use crate::{Result, dist, project, tools};

const SCRIPT: &str = "web/tests/smoke.mjs";

pub(super) fn run(_: &Options) -> Check {
    let node = web::node()?;
    web::installed()?;
    let chromium = tools::ensure("chromium", &["chromium"]).map_err(Stop::Skipped)?;
    // Selects what the tests have selected, so that nothing is built twice.
    let arguments = ["build", "--workspace", "--bins", "--examples", "--locked"];
    run_command(cargo(&arguments).current_dir(project::root()), Duration::from_secs(900))?;

    let dir = project::fresh_dir("smoke")?;
    let quai = Node::start().map_err(|error| format!("stand-in node: {error}"))?;
    let mut dashboard = start(&dir, &quai)?;
    let first_run = first_run_url(&mut dashboard)?;
    let screenshots = dir.join("screenshots");
    std::fs::create_dir_all(&screenshots)
        .map_err(|error| format!("{}: {error}", screenshots.display()))?;
    let mut walk = command(&node, &[]);
    walk.current_dir(project::root())
        .arg(SCRIPT)
        .args([dashboard.url(), first_run])
        .arg(&screenshots)
        .env("CHROMIUM", &chromium);
    let walked = run_command(&mut walk, Duration::from_secs(300));
    if walked.is_err() {
        println!("The dashboard printed:\n{}", dashboard.printed());
    }
    walked?;
    dashboard.stop()?;
    foreign(&node, &chromium)?;
    Ok(Done::default())
}

/// A page that is not ours, in its place.
fn foreign(node: &Path, chromium: &Path) -> Result {
    const PASSWORD: &str = "a foreign test password";
    let dir = project::fresh_dir("foreign")?;
    let page = project::root().join("web/tests/foreign");
    let environment =
        [("STATIC_DIR", page.display().to_string()), ("ADMIN_PASSWORD", PASSWORD.to_owned())];
    let program = project::target_dir()?.join("debug").join(dist::BINARY);
    let mut dashboard = Dashboard::start(&program, &dir, &environment)?;
    let (deadline, pause) = (Duration::from_secs(20), Duration::from_millis(50));
    dashboard.wait_for("who can sign in", deadline, pause, |dashboard| {
        dashboard.printed().contains("Can sign in").then_some(())
    })?;
    let mut look = command(node, &[]);
    look.current_dir(project::root())
        .args(["web/tests/foreign.mjs", &dashboard.url(), "admin", PASSWORD])
        .env("CHROMIUM", chromium);
    run_command(&mut look, Duration::from_secs(120))?;
    dashboard.stop()
}

/// A dashboard that reads the miner which it can start: the variables reach
/// the stand-in through it.
fn start(dir: &Path, quai: &Node) -> Result<Dashboard> {
    let built = project::target_dir()?.join("debug");
    let api = free_address()?;
    let environment = [
        ("MINER_PATH", built.join("examples/standin_miner").display().to_string()),
        ("MINER_API_URL", format!("kawpowminer://{api}")),
        ("NODE_RPC_URL", quai.url()),
        ("STANDIN_PROTOCOL", "kawpowminer".to_owned()),
        ("STANDIN_PORT", api.port().to_string()),
        // A miner survives the dashboard; this one must not survive the check.
        ("STANDIN_EXIT_AFTER_MS", "300000".to_owned()),
    ];
    Dashboard::start(&built.join(dist::BINARY), dir, &environment)
}

fn first_run_url(dashboard: &mut Dashboard) -> Result<String> {
    let (deadline, pause) = (Duration::from_secs(20), Duration::from_millis(50));
    dashboard.wait_for("first-run link", deadline, pause, |dashboard| {
        link(&dashboard.printed(), &dashboard.url())
    })
}

/// The link as printed, but to the address on which we reach it.
fn link(printed: &str, url: &str) -> Option<String> {
    let (_, token) = printed.split_once("/first-run#")?;
    // A line that is still being written is not yet the link.
    let (token, _) = token.split_once(char::is_whitespace)?;
    Some(format!("{url}/first-run#{token}"))
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn the_link_in_what_the_dashboard_prints() {
        let url = "http://127.0.0.1:4000";
        let printed = "Open http://192.168.1.5:4000\nSign in: http://rig:4000/first-run#aB-_9\n";
        assert_eq!(link(printed, url).as_deref(), Some("http://127.0.0.1:4000/first-run#aB-_9"));
        assert_eq!(link("Sign in: http://rig:4000/first-run#aB", url), None);
        assert_eq!(link("Open http://rig:4000\n", url), None);
    }
}
