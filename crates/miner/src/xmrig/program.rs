//! How XMRig is started. Read from its source; it uses getopt_long.

use quaiminer_domain::hardware::Vendor::{Amd, Nvidia};

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, CUDA_BY_PCI, FILES, INCOME, LineKind, MINING, Order,
    Program, Refusal, SCRIPTS, Sign, TLS, joined, one_vendor,
};

pub(super) static PROGRAM: Program = Program {
    executables: &["xmrig"],
    algorithms: &[("kawpow", "kawpow"), ("randomx", "rx/0")],
    vendors: &[Nvidia, Amd],
    max_pools: 8,
    // Without a token it is restricted, and cannot be made otherwise.
    api: ApiReach::LoopbackReadOnly,
    env: CUDA_BY_PCI,
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
                "-O",
                "--userpass",
                "-a",
                "--algo",
                "--coin",
                "-x",
                "--proxy",
                "--rig-id",
                "--donate-level",
                "--donate-over-proxy",
                "--spend-secret-key",
                "--self-select",
                "--submit-to-origin",
            ],
        ),
        (
            API,
            &[
                "--http-enabled",
                "--http-host",
                "--http-port",
                "--http-access-token",
                "--http-no-restricted",
                "--api-worker-id",
                "--api-id",
            ],
        ),
        (
            CARDS,
            &[
                "--opencl",
                "--opencl-devices",
                "--opencl-platform",
                "--cuda",
                "--cuda-devices",
                "--no-cpu",
            ],
        ),
        (FILES, &["-l", "--log-file", "-S", "--syslog", "--data-dir", "--export-topology"]),
        (CONFIG, &["-c", "--config"]),
        (SCRIPTS, &["--opencl-loader", "--cuda-loader"]),
        (
            TLS,
            &[
                "--tls",
                "--tls-fingerprint",
                "--tls-cert",
                "--tls-cert-key",
                "--tls-dhparam",
                "--tls-protocols",
                "--tls-ciphers",
                "--tls-ciphersuites",
                "--tls-gen",
            ],
        ),
        (
            MINING,
            &[
                "-B",
                "--background",
                "--dry-run",
                "--daemon",
                "--daemon-poll-interval",
                "-h",
                "--help",
                "-V",
                "--version",
                "--print-platforms",
                "--bench",
                "--benchmark",
                "--stress",
                "--submit",
                "--verify",
                "--token",
                "--seed",
                "--hash",
                "--pause-on-active",
                "--pause-on-battery",
            ],
        ),
    ],
    harmless: &[],
    signs: &[
        Sign::new(LineKind::Accepted, &[" accepted (", ") diff "]),
        Sign::new(LineKind::Rejected, &[" rejected (", ") diff "]),
        Sign::new(LineKind::NewJob, &[" new job from "]),
        Sign::new(LineKind::PoolLost, &[" no active pools, stop mining"]),
        Sign::new(LineKind::GpuFault, &["GPU #", " COMPUTE ERROR"]).gpu("GPU #"),
    ],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let mut argv = Argv::default();
    argv.pair("-a", algorithm);
    for pool in &order.pools {
        argv.pair("-o", pool.host_port());
        argv.pair("-u", order.user());
        argv.pair("-p", order.password());
        if pool.tls {
            argv.word("--tls");
        }
    }
    let vendor = one_vendor(order)?;
    let on_cards = order.algorithm == "kawpow";
    if on_cards {
        argv.word("--no-cpu");
    }
    let devices = joined(&order.cards, |card| card.index_of_vendor);
    match vendor {
        Some(Nvidia) => {
            argv.word("--cuda");
            argv.word(format!("--cuda-devices={devices}"));
        }
        Some(_) => {
            argv.word("--opencl");
            argv.word("--opencl-platform=AMD");
            argv.word(format!("--opencl-devices={devices}"));
        }
        None if on_cards => {
            argv.word("--opencl");
            argv.word("--cuda");
        }
        None => {}
    }
    argv.word("--no-color");
    argv.word("--http-enabled");
    argv.pair("--http-host", "127.0.0.1");
    argv.pair("--http-port", order.api_port.to_string());
    Ok(argv)
}
