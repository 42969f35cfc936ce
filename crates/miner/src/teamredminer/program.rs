//! How TeamRedMiner is started, from its USAGE.txt.

use quaiminer_domain::hardware::Vendor::Amd;

use crate::program::{
    API, ApiReach, Argv, CARDS, FILES, INCOME, LineKind, MINING, Order, Program, Refusal, SCRIPTS,
    Sign, WATCHDOG, joined,
};

pub(super) static PROGRAM: Program = Program {
    executables: &["teamredminer"],
    algorithms: &[("kawpow", "kawpow")],
    vendors: &[Amd],
    max_pools: 8,
    api: ApiReach::Loopback,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-o",
                "--url",
                "-u",
                "--user",
                "-p",
                "--pass",
                "-a",
                "--algo",
                "--pool_strategy",
                "--pool_ratio",
                "--dev_location",
            ],
        ),
        (API, &["--api_listen", "--cm_api_listen", "--cm_api_password"]),
        (CARDS, &["-d", "--devices", "--platform", "--opencl_order", "--bus_reorder"]),
        // Its interval names a value of the API.
        (FILES, &["-l", "--log_file", "--log_rotate", "--log_interval", "--pool_debug"]),
        (WATCHDOG, &["--watchdog_disable", "--watchdog_test"]),
        (SCRIPTS, &["--watchdog_script", "--event_script"]),
        (MINING, &["-h", "--help", "--list_devices"]),
    ],
    harmless: &["pool-no-ensub", "pool-force-ensub", "pool-broken-rpc", "pool-max-rejects"],
    signs: &[
        Sign::new(LineKind::Accepted, &["Pool ", " share accepted."]).gpu("(GPU"),
        Sign::new(LineKind::Rejected, &["Pool ", " share rejected."]).gpu("(GPU"),
        Sign::new(LineKind::NewJob, &["Pool ", " received new job."]),
        Sign::new(LineKind::GpuFault, &["GPU ", ": detected DEAD"]).gpu("GPU "),
        Sign::new(LineKind::PoolLost, &["Pool ", " connection was closed"]),
    ],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let mut argv = Argv::default();
    argv.pair("-a", algorithm);
    for pool in &order.pools {
        argv.pair("-o", pool.stratum());
        argv.pair("-u", order.user());
        argv.pair("-p", order.password());
    }
    if !order.cards.is_empty() {
        argv.pair("-d", joined(&order.cards, |card| card.index_of_vendor));
    }
    argv.word("--disable_colors");
    argv.word("--watchdog_disable");
    argv.word(format!("--api_listen={}", order.api()));
    Ok(argv)
}
