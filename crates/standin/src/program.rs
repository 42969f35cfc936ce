//! The stand-in as a program that a supervisor can start in a miner's place:
//! it ignores a miner's arguments, writes a log, serves an API, and misbehaves
//! as a process.
//!
//! | variable | effect |
//! |---|---|
//! | `STANDIN_PROTOCOL` | `kawpowminer` (default), `xmrig`, `cpuminer` or `http` |
//! | `STANDIN_PORT` | of the API; the protocol's usual one by default, `none` for no API |
//! | `STANDIN_EXIT_AFTER_MS` | ends by itself |
//! | `STANDIN_EXIT_CODE` | with this code |
//! | `STANDIN_IGNORE_TERM=1` | takes no notice of SIGTERM, SIGINT and SIGHUP |
//! | `STANDIN_FLOOD_LOG=1` | writes 20 MB of log per second |
//! | `STANDIN_FORK_CHILD=1` | starts a second process in its process group |
//!
//! Each may be given as an argument too: `--standin-port 4000`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use crate::miner::{Miner, MinerOptions, Protocol, Values};

/// The whole program; call it from `main`.
pub fn miner_main() -> ! {
    let code = run(&Options::read()).unwrap_or_else(|error| {
        say(&format!("stand-in miner: {error}"));
        1
    });
    std::process::exit(code)
}

fn run(options: &Options) -> io::Result<i32> {
    if options.is_set("IGNORE_TERM") {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            // Raises a flag at which nobody looks.
            signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
        }
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    say(&format!("stand-in miner, process {}, arguments {arguments:?}", std::process::id()));
    let _child = if options.is_set("FORK_CHILD") { Some(fork()?) } else { None };
    // Like the real one, it goes on mining when its API cannot be bound.
    let miner = match start_api(options) {
        Ok(miner) => miner,
        Err(error) => {
            say(&format!("API not available: {error}"));
            None
        }
    };
    if let Some(miner) = &miner {
        say(&format!("API at {}", miner.url()));
    }
    Ok(mine(options))
}

fn start_api(options: &Options) -> io::Result<Option<Miner>> {
    let name = options.text("PROTOCOL").unwrap_or("kawpowminer");
    let protocol = Protocol::parse(name)
        .ok_or_else(|| io::Error::other(format!("STANDIN_PROTOCOL={name} is not known")))?;
    let port = match options.text("PORT") {
        Some("none") => return Ok(None),
        Some(_) => u16::try_from(options.number("PORT").unwrap_or(0)).unwrap_or(0),
        None => usual_port(protocol),
    };
    let options = MinerOptions { port, uptime: Duration::ZERO, ..MinerOptions::new(protocol) };
    Miner::start_with(options).map(Some)
}

const fn usual_port(protocol: Protocol) -> u16 {
    match protocol {
        Protocol::Kawpowminer => 21373,
        Protocol::Xmrig => 44444,
        Protocol::Cpuminer => 4048,
        Protocol::Json => 0,
    }
}

/// Writes the log until it is time to end.
fn mine(options: &Options) -> i32 {
    let started = Instant::now();
    let ends = options.number("EXIT_AFTER_MS").map(Duration::from_millis);
    let flood = options.is_set("FLOOD_LOG");
    let period = if flood { Duration::from_millis(50) } else { Duration::from_secs(1) };
    loop {
        let left = ends.map(|ends| ends.saturating_sub(started.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            let code = options.number("EXIT_CODE").unwrap_or(0);
            return i32::try_from(code).unwrap_or(1);
        }
        thread::sleep(left.map_or(period, |left| left.min(period)));
        if flood {
            // A line is 100 bytes, and 10 000 of them every 50 ms are 20 MB/s.
            let line = format!("{:099}\n", started.elapsed().as_millis());
            let _ = io::stdout().lock().write_all(line.repeat(10_000).as_bytes());
        } else {
            let values = Values::at(started.elapsed(), 2);
            say(&format!(
                "{:>6} s  {:.2} MH/s  share accepted  A{} R{}",
                started.elapsed().as_secs(),
                f64::from(values.hashrate_hs()) / 1e6,
                values.accepted(),
                values.rejected()
            ));
        }
    }
}

/// A second process of the same kind, without an API and without end.
fn fork() -> io::Result<Child> {
    let child = Command::new(std::env::current_exe()?)
        .env_remove("STANDIN_FORK_CHILD")
        .env_remove("STANDIN_EXIT_AFTER_MS")
        .env("STANDIN_PORT", "none")
        .spawn()?;
    say(&format!("child process {}", child.id()));
    Ok(child)
}

/// A line of the log. Whether anybody still reads it does not matter to a miner.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// `STANDIN_*` variables, overruled by `--standin-*` arguments.
struct Options(HashMap<String, String>);

impl Options {
    fn read() -> Self {
        let environment = std::env::vars().collect::<Vec<_>>();
        Self::from(environment, std::env::args().skip(1))
    }

    fn from(
        environment: impl IntoIterator<Item = (String, String)>,
        arguments: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut options: HashMap<String, String> = environment
            .into_iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("STANDIN_")?.to_owned(), value)))
            .collect();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let Some(option) = argument.strip_prefix("--standin-") else { continue };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (option, arguments.next()),
            };
            let name = name.to_ascii_uppercase().replace('-', "_");
            options.insert(name, value.unwrap_or_default());
        }
        Options(options)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    fn is_set(&self, name: &str) -> bool {
        self.text(name) == Some("1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miners_arguments_are_ignored() {
        let environment = [("STANDIN_PORT", "1"), ("STANDIN_EXIT_CODE", "7"), ("PORT", "3000")];
        let arguments = ["--stratum", "stratum://h:1", "--coinbase", "0x0", "--standin-port=2"];
        let options = Options::from(
            environment.map(|(name, value)| (name.to_owned(), value.to_owned())),
            arguments.map(str::to_owned),
        );
        assert_eq!(options.number("PORT"), Some(2));
        assert_eq!(options.number("EXIT_CODE"), Some(7));
        assert!(!options.is_set("IGNORE_TERM"));
        let options = Options::from([], ["--standin-exit-after-ms", "5"].map(str::to_owned));
        assert_eq!(options.number("EXIT_AFTER_MS"), Some(5));
    }
}
