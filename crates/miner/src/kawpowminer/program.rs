//! How kawpowminer is started. Read from its source; it is built on CLI11.

use quaiminer_domain::hardware::Vendor::{self, Amd, Nvidia};

use crate::program::{
    API, ApiReach, Argv, CARDS, CUDA_BY_PCI, Card, FILES, INCOME, LineKind, MINING, Order, Program,
    Refusal, Sign, WATCHDOG,
};

pub(super) static PROGRAM: Program = Program {
    executables: &["kawpowminer", "quai-gpu-miner", "ethminer"],
    algorithms: &[("kawpow", "kawpow")],
    vendors: &[Nvidia, Amd],
    max_pools: 8,
    api: ApiReach::LoopbackReadOnly,
    env: CUDA_BY_PCI,
    arguments,
    denied: &[
        (INCOME, &["-P", "--pool"]),
        (API, &["--api-bind", "--api-port", "--api-password"]),
        (
            CARDS,
            &[
                "-G",
                "-U",
                "--opencl",
                "--cuda",
                "--cpu",
                "--opencl-devices",
                "--cl-devices",
                "--cuda-devices",
                "--cu-devices",
                "--cpu-devices",
                "--cp-devices",
            ],
        ),
        (FILES, &["--syslog"]),
        (WATCHDOG, &["--exit"]),
        (
            MINING,
            &[
                "-h",
                "-H",
                "--help",
                "--help-ext",
                "-V",
                "--version",
                "--list-devices",
                "-Z",
                "--simulation",
                "-M",
                "--benchmark",
            ],
        ),
    ],
    harmless: &["cuda-grid-size", "cuda-block-size", "cuda-parallel-hash", "cuda-schedule"],
    signs: &[
        Sign::new(LineKind::Accepted, &["**Accepted"]),
        Sign::new(LineKind::Rejected, &["**Rejected"]),
        Sign::new(LineKind::PoolLost, &["No connection. Suspend mining"]),
        Sign::new(LineKind::Error, &["Worker ", " not authorized : "]),
        Sign::new(LineKind::GpuFault, &["Fatal GPU error: "]),
        Sign::new(LineKind::GpuFault, &["GPU error: "]).gpu("cuda-"),
        Sign::new(LineKind::GpuFault, &["Mining aborted on this device"]).gpu("cuda-"),
        Sign::new(LineKind::GpuFault, &["Unexpected error ", " on CUDA device "]).gpu("cuda-"),
        Sign::new(LineKind::Error, &["CUDA Error : "]),
        Sign::new(LineKind::NewJob, &["Job: ", " block "]),
    ],
};

/// The pool's address carries the name and the password. A password of other
/// characters would have to be escaped, and it is not known how it is read back.
fn arguments(order: &Order, _algorithm: &str) -> Result<Argv, Refusal> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"=.,_-".contains(&b);
    if !order.password.bytes().all(is_allowed) {
        let why = "In kawpowminer's pool address a password can have letters, digits and = . , _ -";
        return Err(Refusal::new("password", why));
    }
    let mut argv = Argv::default();
    cards(&mut argv, &order.cards);
    for pool in &order.pools {
        let scheme = if pool.tls { "stratum+ssl" } else { "stratum+tcp" };
        let (user, address) = (order.user(), pool.host_port());
        argv.pair(
            "-P",
            match order.password.as_str() {
                "" => format!("{scheme}://{user}@{address}"),
                password => format!("{scheme}://{user}:{password}@{address}"),
            },
        );
    }
    argv.pair("--HWMON", "2");
    argv.word("--nocolor");
    // Last, because the lists above take all words up to the next argument. A
    // negative port can only be read.
    argv.pair("--api-bind", format!("127.0.0.1:-{}", order.api_port));
    Ok(argv)
}

/// It numbers the cards that it looks for by PCI address: those of CUDA, those
/// of OpenCL, or, told neither, both together.
fn cards(argv: &mut Argv, cards: &[Card]) {
    let of = |vendor: Vendor| cards.iter().filter(move |card| card.vendor == vendor);
    let is_mixed = of(Nvidia).next().is_some() && of(Amd).next().is_some();
    for (vendor, only, list) in [(Nvidia, "-U", "--cu-devices"), (Amd, "-G", "--cl-devices")] {
        if of(vendor).next().is_none() {
            continue;
        }
        if !is_mixed {
            argv.word(only);
        }
        argv.word(list);
        for card in of(vendor) {
            let number = if is_mixed { card.index } else { card.index_of_vendor };
            argv.word(number.to_string());
        }
    }
}
