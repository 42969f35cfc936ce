//! cpuminer-opt and its relatives: text over TCP, opened with `--api-bind`.
//! Read from cpuminer-opt 26.1 at work.

use crate::program::{
    API, ApiReach, Argv, CONFIG, FILES, INCOME, LineKind, MINING, Order, Program, Refusal, Sign,
    TLS, WATCHDOG,
};
use quaiminer_domain::miner::MinerReading;

use crate::Adapter;
use crate::request::{Ask, Reply, Request, Unreadable};
use crate::text_api::{self, Family};

pub(crate) struct Cpuminer;

impl Adapter for Cpuminer {
    fn name(&self) -> &'static str {
        "cpuminer"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["cpuminer-opt"]
    }

    /// Its own default.
    fn default_ports(&self) -> &'static [u16] {
        &[4048]
    }

    fn requests(&self) -> &'static [Request] {
        const { &[Request::new(Ask::Text("summary")), Request::new(Ask::Text("threads")).optional()] }
    }

    fn read(&self, replies: &[Reply]) -> Result<MinerReading, Unreadable> {
        text_api::read(Family { name: "cpuminer", counts: "CPUS", others_count: "GPUS" }, replies)
    }

    fn program(&self) -> Option<&'static Program> {
        Some(&PROGRAM)
    }
}

static PROGRAM: Program = Program {
    executables: &["cpuminer", "cpuminer-opt", "cpuminer-sse2", "cpuminer-avx2", "minerd"],
    algorithms: &[("sha256d", "sha256d"), ("scrypt", "scrypt")],
    vendors: &[],
    max_pools: 1,
    api: ApiReach::Loopback,
    env: &[],
    arguments,
    denied: &[
        (INCOME, text_api::DENIED_FOR_INCOME),
        (API, text_api::DENIED_FOR_API),
        (FILES, &["-S", "--syslog"]),
        (CONFIG, &["-c", "--config"]),
        (TLS, &["--cert"]),
        (WATCHDOG, &["--time-limit"]),
        (
            MINING,
            &["-B", "--background", "--benchmark", "-h", "--help", "-V", "--version", "--cputest"],
        ),
    ],
    harmless: &[],
    signs: &[
        Sign::new(LineKind::Accepted, &["] ", "Accepted "]),
        Sign::new(LineKind::Rejected, &["] ", "Rejected "]),
        Sign::new(LineKind::PoolLost, &["Stratum connection interrupted"]),
        Sign::new(LineKind::PoolLost, &["stratum_recv_line failed"]),
    ],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let pool = order.first_pool()?;
    let mut argv = Argv::default();
    argv.pair("-a", algorithm);
    argv.pair("-o", pool.url("stratum+tcp", "stratum+tcps"));
    argv.pair("-u", order.user());
    argv.pair("-p", order.password());
    argv.word("--no-color");
    argv.pair("--api-bind", order.api());
    Ok(argv)
}
