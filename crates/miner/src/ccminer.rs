//! ccminer and its many forks: the text API of cpuminer, for NVIDIA cards,
//! opened with `--api-bind`.

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, CUDA_BY_PCI, FILES, INCOME, LineKind, MINING, Order,
    Program, Refusal, Sign, TLS, WATCHDOG, joined,
};
use quaiminer_domain::hardware::Vendor::Nvidia;
use quaiminer_domain::miner::MinerReading;

use crate::Adapter;
use crate::request::{Ask, Reply, Request, Unreadable};
use crate::text_api::{self, Family};

pub(crate) struct Ccminer;

impl Adapter for Ccminer {
    fn name(&self) -> &'static str {
        "ccminer"
    }

    /// Its own default.
    fn default_ports(&self) -> &'static [u16] {
        &[4068]
    }

    fn requests(&self) -> &'static [Request] {
        const {
            &[
                Request::new(Ask::Text("summary")),
                Request::new(Ask::Text("threads")).optional(),
                Request::new(Ask::Text("hwinfo")).optional(),
                Request::new(Ask::Text("pool")).optional(),
            ]
        }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        text_api::read(Family { name: "ccminer", counts: "GPUS", others_count: "CPUS" }, replies)
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&PROGRAM)
    }
}

static PROGRAM: Program = Program {
    executables: &["ccminer"],
    algorithms: &[("sha256d", "sha256d"), ("scrypt", "scrypt")],
    vendors: &[Nvidia],
    max_pools: 1,
    api: ApiReach::Loopback,
    env: CUDA_BY_PCI,
    arguments,
    denied: &[
        (INCOME, text_api::DENIED_FOR_INCOME),
        (API, text_api::DENIED_FOR_API),
        (CARDS, &["-d", "--devices"]),
        (FILES, &["-S", "--syslog", "--syslog-prefix"]),
        (CONFIG, &["-c", "--config"]),
        (TLS, &["--cert"]),
        (WATCHDOG, &["--time-limit", "--max-temp"]),
        (
            MINING,
            &[
                "-B",
                "--background",
                "--benchmark",
                "-h",
                "--help",
                "-V",
                "--version",
                "-n",
                "--ndevs",
            ],
        ),
    ],
    harmless: &[],
    signs: &[
        Sign::new(LineKind::PoolLost, &["Stratum connection interrupted"]),
        Sign::new(LineKind::PoolLost, &["stratum_recv_line failed"]),
    ],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let pool = order.first_pool()?;
    if pool.tls {
        return Err(Refusal::new("pools", "ccminer has no TLS"));
    }
    let mut argv = Argv::default();
    argv.pair("-a", algorithm);
    argv.pair("-o", pool.stratum());
    argv.pair("-u", order.user());
    argv.pair("-p", order.password());
    if !order.cards.is_empty() {
        argv.pair("-d", joined(&order.cards, |card| card.index_of_vendor));
    }
    argv.word("--no-color");
    argv.pair("--api-bind", order.api());
    Ok(argv)
}
