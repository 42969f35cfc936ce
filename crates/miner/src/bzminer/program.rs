//! How BzMiner is started, from its README; it is built on CLI11.

use crate::program::{
    API, ApiReach, Argv, CARDS, CONFIG, FILES, INCOME, MINING, Order, Program, Refusal, SCRIPTS,
    WATCHDOG, joined_by_pci,
};

use quaiminer_domain::hardware::Vendor::{Amd, Intel, Nvidia};

pub(super) static PROGRAM: Program = Program {
    executables: &["bzminer"],
    algorithms: &[("kawpow", "rvn")],
    vendors: &[Nvidia, Amd, Intel],
    max_pools: 8,
    api: ApiReach::Loopback,
    env: &[],
    arguments,
    denied: &[
        (
            INCOME,
            &[
                "-a",
                "--a2",
                "--a3",
                "-p",
                "--p2",
                "--p3",
                "-w",
                "--w2",
                "--w3",
                "-r",
                "--r2",
                "--r3",
                "--pool_password",
                "--pool_password2",
                "--pool_password3",
                "--force_algo",
                "--force_algo2",
                "--multi_mine_type",
                "--multi_mine_ms",
                "--zil_only",
                "--extra_dev_fee",
                "--community_fund",
            ],
        ),
        (
            API,
            &[
                "--http_enabled",
                "--http_address",
                "--http_port",
                "--http_password",
                "--webhook_discord_url",
                "--webhook_discord_verbosity",
                "--webhook_discord_interval_ms",
                "--webhook_discord_solutions_only",
            ],
        ),
        (
            CARDS,
            &[
                "--enable",
                "--disable",
                "--nvidia",
                "--amd",
                "--intel",
                "--igpu",
                "--devices",
                "--hide_disabled_devices",
            ],
        ),
        (FILES, &["-o", "--log_file_verbosity", "--clear_log_file", "--disable_index_html"]),
        (CONFIG, &["-c", "--nc", "--advanced_config"]),
        (
            SCRIPTS,
            &["--start_script", "--crash_script", "--oc_script", "--oc_script2", "--oc_script3"],
        ),
        (
            WATCHDOG,
            &[
                "--no_watchdog",
                "--hung_gpu_reboot",
                "--hung_gpu_restart_bzminer",
                "--reboot_after_watchdog_restarts",
                "--restart_miner_minutes",
                "--reboot_minutes",
                "--lhr_exception_reboot",
            ],
        ),
        (MINING, &["-h", "--help", "--version", "--test", "--oc_unlock_clocks"]),
    ],
    harmless: &["log-solutions", "log-date", "max-log-history"],
    // How BzMiner words its lines is not known well enough.
    signs: &[],
};

fn arguments(order: &Order, algorithm: &str) -> Result<Argv, Refusal> {
    let mut argv = Argv::default();
    argv.pair("-a", algorithm);
    // Takes all words up to the next argument.
    argv.word("-p");
    for pool in &order.pools {
        argv.word(pool.stratum());
    }
    argv.pair("-w", order.user());
    argv.pair("--pool_password", order.password());
    if !order.cards.is_empty() {
        argv.word("--enable");
        for card in joined_by_pci(&order.cards)? {
            argv.word(card);
        }
    }
    argv.word("--no_watchdog");
    argv.pair("--no_color", "1");
    argv.word("--disable_index_html");
    argv.pair("--http_enabled", "1");
    argv.pair("--http_address", "127.0.0.1");
    argv.pair("--http_port", order.api_port.to_string());
    // Not to write its configuration file.
    argv.pair("--nc", "1");
    Ok(argv)
}
