//! How T-Rex is started, from its README.

use quaiminer_domain::hardware::Vendor::Nvidia;

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, FILES, INCOME, LineKind, MINING, Order, Program, Refusal,
    SCRIPTS, Sign, TLS, WATCHDOG, joined,
};

pub(super) static PROGRAM: Program = Program {
    executables: &["t-rex"],
    algorithms: &[("kawpow", "kawpow")],
    vendors: &[Nvidia],
    max_pools: 8,
    api: ApiReach::LoopbackReadOnly,
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
                "-w",
                "--worker",
                "-a",
                "--algo",
                "--coin",
                "--fork-at",
                "--proxy",
                "--url2",
                "--user2",
                "--pass2",
                "--worker2",
            ],
        ),
        (
            API,
            &[
                "-b",
                "--api-bind-telnet",
                "--api-bind-http",
                "--api-read-only",
                "--api-key",
                "-J",
                "--json-response",
            ],
        ),
        (CARDS, &["-d", "--devices", "--pci-indexing", "--ab-indexing"]),
        (FILES, &["-l", "--log-path", "-P", "--protocol-dump"]),
        (CONFIG, &["-c", "--config"]),
        (
            SCRIPTS,
            &[
                "--script-start",
                "--script-exit",
                "--script-epoch-change",
                "--script-crash",
                "--script-low-hash",
            ],
        ),
        (WATCHDOG, &["--no-watchdog", "--watchdog-exit-mode", "--autoupdate", "--time-limit"]),
        (TLS, &["--no-strict-ssl"]),
        (MINING, &["-B", "--benchmark", "--benchmark-epoch", "-h", "--help", "--version"]),
    ],
    harmless: &["back-to-main-pool-sec"],
    signs: &[
        Sign::new(LineKind::Accepted, &["[ OK ]"]).gpu("GPU #"),
        Sign::new(LineKind::Rejected, &["[FAIL]"]).gpu("GPU #"),
        Sign::new(LineKind::PoolLost, &["WARN: Connection with pool timed out"]),
        Sign::new(LineKind::PoolLost, &["ERROR: No connection, retry after "]),
        Sign::new(LineKind::GpuFault, &["[ID=", "GPU #", "cuda exception"]).gpu("GPU #"),
        Sign::new(LineKind::GpuFault, &["T-Rex has a problem with GPU"]),
        Sign::new(LineKind::Error, &["ERROR: "]),
        Sign::new(LineKind::NewJob, &[" epoch: ", ", block: ", ", diff: "]),
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
        argv.word("--pci-indexing");
        argv.pair("-d", joined(&order.cards, |card| card.index_of_vendor));
    }
    argv.word("--no-watchdog");
    argv.word("--no-color");
    argv.pair("--api-bind-telnet", "0");
    argv.pair("--api-bind-http", order.api());
    argv.word("--api-read-only");
    Ok(argv)
}
