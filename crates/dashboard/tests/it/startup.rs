//! From the command line to a dashboard that serves, and to its end.

mod check;
mod detection;
mod fault;
mod first_run;
mod refusals;
mod shutdown;

use quaiminer_standin::{Miner, Node, Protocol};

use crate::support::{Home, eventually};

#[test]
fn help_and_version_are_printed_and_nothing_else_happens() {
    for (argument, says) in [
        ("--help", "--stop-miner-on-exit"),
        ("-h", "DATA_DIR"),
        ("--version", concat!("quaiminer-dashboard ", env!("CARGO_PKG_VERSION"))),
        ("-V", "quaiminer-dashboard "),
    ] {
        let home = Home::new().argument(argument);
        let before = home.files();
        let finished = home.run();
        assert_eq!(finished.code, Some(0));
        assert!(finished.stdout.join("\n").contains(says), "{finished:?}");
        assert_eq!(finished.stderr, Vec::<String>::new());
        assert_eq!(home.files(), before);
    }
}

#[test]
fn every_variable_of_the_reference_is_in_the_help() {
    let help = Home::new().argument("--help").run().stdout.join("\n");
    let reference = Home::new().argument("--reference").run().stdout;
    let names = reference.iter().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let names: Vec<&str> = names.collect();
    assert!(names.contains(&"MINER_API_URL") && names.len() > 15, "{names:?}");
    for name in names {
        assert!(help.contains(&format!("  {name} ")), "{name}");
    }
}

#[test]
fn each_source_gets_a_line_that_says_what_to_do() {
    let (miner, node) = (Miner::start(Protocol::Kawpowminer).unwrap(), Node::start().unwrap());
    let with = Home::new().set("MINER_API_URL", &miner.url()).set("NODE_RPC_URL", &node.url());
    let without = Home::new();
    let (with, without) = ((with.start(), with), (without.start(), without));
    for (dashboard, lines) in [
        (
            &with.0,
            [
                format!("Miner: kawpowminer at {}", miner.url()),
                format!("Node: go-quai/v0.55.0-1a2b3c4d at {}/", node.url()),
            ],
        ),
        (
            &without.0,
            [
                "Miner: no answer at http://127.0.0.1:1 (Connection refused: nothing listens \
                 there); start it, or correct MINER_API_URL"
                    .to_owned(),
                "Node: no answer at http://127.0.0.1:1/ (Connection refused: nothing listens \
                 there); start it, or correct NODE_RPC_URL"
                    .to_owned(),
            ],
        ),
    ] {
        for line in
            lines.iter().map(String::as_str).chain(["Host: processor, memory and disk are read"])
        {
            eventually(line, || {
                dashboard.stdout().iter().any(|said| said.trim() == line).then_some(())
            });
        }
    }
}

#[test]
fn an_open_dashboard_warns() {
    let home = Home::new().set("AUTH_MODE", "open");
    let dashboard = home.start();
    let warning = eventually("the warning", || {
        dashboard.stdout().into_iter().find(|line| line.contains("Warning"))
    });
    assert!(warning.contains("AUTH_MODE=open") && warning.contains("control the miner"));
    assert_eq!(dashboard.anonymous().get("/api/v1/session").ok()["auth_mode"], "open");
    assert_eq!(dashboard.anonymous().get("/api/v1/snapshot").status, 200);
}
