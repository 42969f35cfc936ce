//! How SRBMiner-Multi is started, from its list of parameters.

use crate::program::{
    API, ApiReach, Argv, CARDS, FILES, INCOME, LineKind, MINING, Order, PoolAddress, Program,
    Refusal, SCRIPTS, Sign, TLS, WATCHDOG, joined,
};

use quaiminer_domain::hardware::Vendor::{Amd, Intel, Nvidia};

pub(super) static PROGRAM: Program = Program {
    executables: &["SRBMiner-MULTI"],
    algorithms: &[("kawpow", "kawpow")],
    vendors: &[Amd, Nvidia, Intel],
    max_pools: 8,
    api: ApiReach::Unknown,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-a",
                "-ag",
                "-ac",
                "--algorithm",
                "--algorithm-gpu",
                "--algorithm-cpu",
                "-o",
                "--pool",
                "-u",
                "--wallet",
                "-p",
                "--password",
                "--worker",
                "--nicehash",
                "--proxy",
                "--esm",
            ],
        ),
        (
            API,
            &[
                "--api-enable",
                "--api-port",
                "--api-rig-name",
                "--api-rig-restart-url",
                "--api-rig-shutdown-url",
                "--api-miner-restart-url",
            ],
        ),
        (
            CARDS,
            &[
                "--gpu-id",
                "--disable-cpu",
                "--disable-gpu",
                "--disable-gpu-amd",
                "--disable-gpu-nvidia",
                "--disable-gpu-intel",
            ],
        ),
        (FILES, &["--log-file", "--log-file-mode", "--extended-log", "--verthash-dat-path"]),
        (
            SCRIPTS,
            &[
                "--startup-script",
                "--reboot-script-gpu-watchdog",
                "--a0-oc-script",
                "--a1-oc-script",
            ],
        ),
        (
            WATCHDOG,
            &[
                "--disable-worker-watchdog",
                "--enable-restart-on-rejected",
                "--max-no-share-sent",
                "--shutdown-temperature",
            ],
        ),
        (TLS, &["--tls"]),
        (
            MINING,
            &[
                "--background",
                "--list-algorithms",
                "--list-devices",
                "--setup",
                "--set-console-title",
                "--help",
            ],
        ),
    ],
    harmless: &["gpu-extra-config"],
    signs: &[
        Sign::new(LineKind::Accepted, &["GPU", "] result accepted ["]).gpu("GPU"),
        Sign::new(LineKind::Rejected, &["GPU", "] result rejected ["]).gpu("GPU"),
        Sign::new(LineKind::PoolLost, &[" not connected to a pool"]),
        Sign::new(LineKind::PoolLost, &["Pool unexpectedly closed the connection"]),
        Sign::new(LineKind::PoolLost, &["Pool not responding"]),
        Sign::new(LineKind::Error, &["Socket error"]),
    ],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    // Values of several pools stand in one word, parted by commas, the
    // passwords by exclamation marks.
    let of_pools = |value: &dyn Fn(&PoolAddress) -> String, between: &str| {
        order.pools.iter().map(value).collect::<Vec<_>>().join(between)
    };
    let password = order.password().replace('!', "#!").replace(';', "#;");
    let mut argv = Argv::default();
    argv.pair("--algorithm", algorithm);
    argv.pair("--pool", of_pools(&PoolAddress::host_port, ","));
    argv.pair("--wallet", of_pools(&|_| order.user(), ","));
    argv.pair("--password", of_pools(&|_| password.clone(), "!"));
    if order.pools.iter().any(|pool| pool.tls) {
        argv.pair("--tls", of_pools(&|pool| pool.tls.to_string(), ","));
    }
    argv.word("--disable-cpu");
    if !order.cards.is_empty() {
        argv.pair("--gpu-id", joined(&order.cards, |card| card.index));
    }
    argv.word("--disable-worker-watchdog");
    argv.word("--api-enable");
    argv.pair("--api-port", order.api_port.to_string());
    argv.pair("--api-rig-name", order.worker.as_str());
    Ok(argv)
}
