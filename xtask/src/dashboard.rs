//! The dashboard as a process, for what can only be seen from outside.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::Result;
use crate::process::{command, descendants, kill, spawn};

/// Ended when it is dropped, with the miner that it may have started.
pub(crate) struct Dashboard {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    started: Instant,
}

impl Dashboard {
    /// Starts the program on loopback and a free port, with all its
    /// directories below `dir`.
    pub(crate) fn start(
        program: &Path,
        dir: &Path,
        environment: &[(&str, String)],
    ) -> Result<Self> {
        let address = free_address()?;
        let log = dir.join("dashboard.log");
        let cannot = |error: std::io::Error| format!("{}: {error}", log.display());
        for inside in ["data", "config", "logs"] {
            fs::create_dir_all(dir.join(inside)).map_err(cannot)?;
        }
        let out = File::create(&log).map_err(cannot)?;
        let mut command = command(program, &[]);
        command
            .current_dir(dir)
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .env("DATA_DIR", dir.join("data"))
            .env("CONFIG_DIR", dir.join("config"))
            .env("LOG_DIR", dir.join("logs"))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdout(out.try_clone().map_err(cannot)?)
            .stderr(out);
        let started = Instant::now();
        let child = spawn(&mut command)?;
        Ok(Dashboard { child, address, log, started })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Time since right before it was started.
    pub(crate) fn since_start(&self) -> Duration {
        self.started.elapsed()
    }

    /// What it has printed so far.
    pub(crate) fn printed(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until `ready` finds something; an early end of the process or the
    /// deadline is an error that shows what it printed.
    pub(crate) fn wait_for<T>(
        &mut self,
        what: &str,
        deadline: Duration,
        pause: Duration,
        mut ready: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T> {
        let until = Instant::now() + deadline;
        loop {
            if let Some(found) = ready(self) {
                return Ok(found);
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                let printed = self.printed();
                return Err(format!("the dashboard ended with {status} before {what}:\n{printed}"));
            }
            if Instant::now() > until {
                return Err(format!(
                    "no {what} after {deadline:?}; the dashboard printed:\n{}",
                    self.printed()
                ));
            }
            std::thread::sleep(pause);
        }
    }

    /// Asks it to end, as systemd does; it has to obey in time and in order.
    pub(crate) fn stop(mut self) -> Result {
        kill(self.pid(), Signal::TERM);
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => {
                    return Err(format!(
                        "after SIGTERM it ended with {status}:\n{}",
                        self.printed()
                    ));
                }
                _ if Instant::now() > until => {
                    return Err("it did not end within 10 s of SIGTERM".to_owned());
                }
                // Short, for the measurement of starts waits for it.
                _ => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        for miner in descendants(self.pid()) {
            kill(miner, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One that nobody listens on now; somebody else could still take it first.
pub(crate) fn free_address() -> Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no free port on loopback: {error}"))
}
