//! How lolMiner is started, from its README. It mines no KawPoW.

use quaiminer_domain::hardware::Vendor::{Amd, Intel, Nvidia};

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, FILES, INCOME, MINING, Order, Program, Refusal, SCRIPTS,
    TLS, WATCHDOG, joined_by_pci,
};

pub(super) static PROGRAM: Program = Program {
    executables: &["lolMiner"],
    algorithms: &[("etchash", "ETCHASH"), ("autolykos2", "AUTOLYKOS2")],
    vendors: &[Nvidia, Amd, Intel],
    max_pools: 1,
    api: ApiReach::Loopback,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-a",
                "--algo",
                "-c",
                "--coin",
                "-p",
                "--pool",
                "-u",
                "--user",
                "--pass",
                "--worker",
                "--dualmode",
                "--dualpool",
                "--dualuser",
                "--dualpass",
                "--dualworker",
                "--dualtls",
                "--dualdevices",
                "--dualfactor",
                "--ethstratum",
            ],
        ),
        (API, &["--apiport", "--apihost"]),
        (CARDS, &["--devices", "--devicesbypcie"]),
        (FILES, &["--log", "--logfile"]),
        (CONFIG, &["--config", "--json", "--profile"]),
        (SCRIPTS, &["--watchdogscript"]),
        (WATCHDOG, &["--watchdog"]),
        (TLS, &["--tls"]),
        (
            MINING,
            &[
                "-h",
                "--help",
                "--help-format",
                "-v",
                "--version",
                "--list-coins",
                "--list-algos",
                "--list-devices",
                "--benchmark",
            ],
        ),
    ],
    harmless: &[],
    // Its wording is not known well enough.
    signs: &[],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let pool = order.first_pool()?;
    let mut argv = Argv::default();
    argv.pair("--algo", algorithm);
    argv.pair("--pool", pool.host_port());
    argv.pair("--user", order.user());
    argv.pair("--pass", order.password());
    argv.pair("--tls", if pool.tls { "on" } else { "off" });
    if !order.cards.is_empty() {
        argv.pair("--devicesbypcie", "on");
        argv.pair("--devices", joined_by_pci(&order.cards)?.join(","));
    }
    argv.pair("--watchdog", "off");
    argv.pair("--nocolor", "on");
    argv.pair("--apiport", order.api_port.to_string());
    argv.pair("--apihost", "127.0.0.1");
    Ok(argv)
}
