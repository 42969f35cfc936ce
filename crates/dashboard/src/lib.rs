//! The program `quaiminer-dashboard`: start-up, HTTP, the embedded page and
//! the command line, around a running [`quaiminer_engine::Rig`].

pub mod access;
pub mod api;
mod app;
mod args;
mod check;
mod config;
mod console;
mod db;
pub mod fault;
mod foreign;
pub mod http;
mod live;
mod parity;
mod startup;
mod time;
pub mod usage;
mod user;
mod web;

use std::ffi::OsString;
use std::process::ExitCode;

use args::What;
use config::Config;

/// Runs the program; everything it can be asked to do ends here.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match run(args) {
        Ok(code) => code,
        Err(sentence) => {
            console::fail(sentence);
            ExitCode::FAILURE
        }
    }
}

fn run(args: impl IntoIterator<Item = OsString>) -> Result<ExitCode, String> {
    let args = args::parse(args)?;
    match &args.what {
        What::Help => console::say(args::help()),
        What::Version => console::say(args::VERSION),
        What::Reference => console::say(args::reference().trim_end()),
        What::Parity(command) => return parity::run(command),
        What::Db(what) => return db::run(what, &config(&args)?.data_dir),
        What::Check => return Ok(check::run(config(&args)?)),
        What::User(command) => user::run(command.clone(), &config(&args)?)?,
        What::Serve => {
            let config = config(&args)?;
            start_log(config.log_level);
            fault::begin_anew_on_panic(fault::AT_MOST_EVERY);
            // One thread for everything that waits; what blocks (disk,
            // password hashing) runs beside it on a few small ones.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(8)
                .thread_keep_alive(std::time::Duration::from_secs(2))
                .thread_stack_size(512 * 1024)
                .build()
                .map_err(|error| format!("No runtime: {error}"))?;
            runtime.block_on(startup::run(config))?;
            // A blocked disk must not keep the process alive.
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn config(args: &args::Args) -> Result<Config, String> {
    let config = Config::from_env()?;
    Ok(Config { demo: args.demo, stop_miner_on_exit: args.stop_miner_on_exit, ..config })
}

fn start_log(level: log::LevelFilter) {
    use std::io::Write;
    // The journal adds the time by itself.
    env_logger::Builder::new()
        .filter_level(log::LevelFilter::Warn)
        .filter_module("quaiminer", level)
        .format(|out, record| writeln!(out, "{}: {}", record.level(), record.args()))
        .init();
}
