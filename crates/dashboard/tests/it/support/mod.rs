//! What the tests share: a home for a dashboard, the running process, and
//! clients for it.

pub mod http;
pub mod mount;
pub mod node_server;
pub mod process;
pub mod routes;
mod terminal;
pub mod ws;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::process::Signal;
use serde_json::{Value, json};

pub use http::Client;
pub use node_server::{OWNER_KEY, VIEWER_KEY};

/// Nothing here takes longer on a healthy machine, also on a busy one.
const PATIENCE: Duration = Duration::from_secs(30);
/// Nobody listens there.
pub const NOWHERE: &str = "http://127.0.0.1:1";

/// Waits for a condition and gives what it found.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "still not: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The directories and settings of a dashboard, in an environment that has
/// nothing else. Whatever runs with them ends with it.
pub struct Home {
    directory: tempfile::TempDir,
    variables: BTreeMap<String, String>,
    arguments: Vec<String>,
}

impl Home {
    /// No miner, no node, no user, no limits.
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("quaiminer-it-").tempdir().unwrap();
        for name in ["data", "config", "logs"] {
            std::fs::create_dir(directory.path().join(name)).unwrap();
        }
        let home = Home { directory, variables: BTreeMap::new(), arguments: Vec::new() };
        let path = |name: &str| home.path(name).display().to_string();
        let (data, config, logs) = (path("data"), path("config"), path("logs"));
        home.set("HOST", "127.0.0.1")
            .set("PORT", "0")
            .set("DATA_DIR", &data)
            .set("CONFIG_DIR", &config)
            .set("LOG_DIR", &logs)
            .set("LOG_LEVEL", "debug")
            .set("RATE_LIMIT", "off")
            .set("MINER_API_URL", NOWHERE)
            .set("NODE_RPC_URL", NOWHERE)
            .set("MINER_PATH", "/nowhere/ethcoreminer")
    }

    /// With a database of the Node server's, in which there are an owner and a
    /// viewer.
    pub fn with_users() -> Self {
        let home = Home::new();
        node_server::create(&home.sqlite());
        home
    }

    /// With users and a miner program that can be started: a stand-in, to
    /// which the arguments are given.
    pub fn with_miner(arguments: &[&str]) -> Self {
        let home = Home::with_users();
        let program = process::standin_miner().display().to_string();
        let command: Vec<&str> = [&[program.as_str()], arguments].concat();
        home.write_config(&json!({ "miner": { "command": command } }));
        home.set("STANDIN_PORT", "none")
    }

    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn unset(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The settings of the miner.
    pub fn write_config(&self, config: &Value) {
        std::fs::write(self.path("config/config.json"), config.to_string()).unwrap();
    }

    /// The database, as another program opens it.
    pub fn sqlite(&self) -> Connection {
        let connection = Connection::open(self.path("data/quaiminer.db")).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        connection
    }

    /// Every file and directory, with its mode and content.
    pub fn files(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        collect(self.directory.path(), &mut found);
        found
    }

    /// Live processes that were started with the settings of this home.
    pub fn processes(&self) -> Vec<u32> {
        process::with_environment(&format!("DATA_DIR={}", self.path("data").display()))
    }

    /// Those of them that are miners, or their children.
    pub fn miners(&self) -> Vec<u32> {
        let is_miner = |pid: &u32| {
            process::environment(*pid).iter().any(|word| word.starts_with("QUAIMINER_INSTANCE="))
        };
        self.processes().into_iter().filter(is_miner).collect()
    }

    pub fn start(&self) -> Dashboard {
        let dashboard = self.launch();
        // The address is printed before the last steps; it serves after them.
        eventually("an answer", || {
            let response = dashboard.anonymous().try_send("GET", "/api/health", None);
            response.is_ok_and(|response| response.status == 200).then_some(())
        });
        dashboard
    }

    /// Starts it and waits for its address only.
    pub fn launch(&self) -> Dashboard {
        Dashboard::launch(self)
    }

    /// Runs the program to its end, which comes by itself.
    pub fn run(&self) -> Finished {
        self.run_with(&[])
    }

    /// The same with these arguments.
    pub fn run_with(&self, arguments: &[&str]) -> Finished {
        let mut child = self.command().args(arguments).spawn().unwrap();
        let read = |pipe: Box<dyn Read + Send>| {
            std::thread::spawn(move || BufReader::new(pipe).lines().map_while(Result::ok).collect())
        };
        let stdout: std::thread::JoinHandle<Vec<String>> =
            read(Box::new(child.stdout.take().unwrap()));
        let stderr: std::thread::JoinHandle<Vec<String>> =
            read(Box::new(child.stderr.take().unwrap()));
        let ended = wait(&mut child);
        if ended.is_none() {
            child.kill().unwrap();
        }
        let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
        let code = ended.unwrap_or_else(|| panic!("it runs on: {stdout:?} {stderr:?}")).code();
        Finished { code, stdout, stderr }
    }

    /// Runs the program on a terminal, where each line is typed when it has
    /// asked. How it ended, and what the terminal showed.
    pub fn run_on_terminal(&self, arguments: &[&str], lines: &[&str]) -> (Option<i32>, String) {
        terminal::run(self.command().args(arguments), lines)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quaiminer-dashboard"));
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            for pid in left {
                process::kill(pid, Signal::KILL);
            }
            assert!(Instant::now() < until || std::thread::panicking(), "processes do not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: Vec<String>,
    pub stderr: Vec<String>,
}

/// A dashboard that serves; killed when it goes out of scope.
pub struct Dashboard {
    child: Child,
    pub address: SocketAddr,
    stdout: Arc<Mutex<Vec<String>>>,
    stderr: Arc<Mutex<Vec<String>>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Dashboard {
    fn launch(home: &Home) -> Self {
        let mut child = home.command().spawn().unwrap();
        let (stdout, stderr) = (Arc::default(), Arc::default());
        let readers = vec![
            collect_lines(child.stdout.take().unwrap(), &stdout),
            collect_lines(child.stderr.take().unwrap(), &stderr),
        ];
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut dashboard = Dashboard { child, address, stdout, stderr, readers };
        dashboard.address = eventually("the dashboard's address", || {
            if let Some(status) = dashboard.child.try_wait().unwrap() {
                panic!("it ended, {status}: {:?} {:?}", dashboard.stdout(), dashboard.stderr());
            }
            let lines = dashboard.stdout();
            let url = lines.iter().find_map(|line| line.trim().strip_prefix("Open http"));
            url.map(|url| url.trim_start_matches("s").trim_start_matches("://").parse().unwrap())
        });
        dashboard
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn anonymous(&self) -> Client {
        Client::new(self.address)
    }

    pub fn owner(&self) -> Client {
        self.anonymous().with("X-API-Key", OWNER_KEY)
    }

    pub fn viewer(&self) -> Client {
        self.anonymous().with("X-API-Key", VIEWER_KEY)
    }

    pub fn snapshot(&self) -> Value {
        self.owner().get("/api/v1/snapshot").ok()
    }

    /// Newest first.
    pub fn events(&self) -> Vec<Value> {
        let answer = self.owner().get("/api/v1/events?limit=500").ok();
        answer["events"].as_array().unwrap().clone()
    }

    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lock().unwrap().clone()
    }

    pub fn stderr(&self) -> Vec<String> {
        self.stderr.lock().unwrap().clone()
    }

    /// As `kill -9` does; nothing is put in order.
    pub fn kill(self) {
        drop(self);
    }

    pub fn signal(&self, signal: Signal) {
        process::kill(self.pid(), signal);
    }

    /// SIGTERM and its effects.
    pub fn stop(self) -> Finished {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits for the end, which something else has brought about.
    pub fn wait(mut self) -> Finished {
        let status = wait(&mut self.child).expect("it ends");
        for reader in std::mem::take(&mut self.readers) {
            reader.join().unwrap();
        }
        Finished { code: status.code(), stdout: self.stdout(), stderr: self.stderr() }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let ended = self.child.try_wait();
            eprintln!("the dashboard ({ended:?}) said {:?} {:?}", self.stdout(), self.stderr());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(child: &mut Child) -> Option<ExitStatus> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

fn collect_lines(
    pipe: impl Read + Send + 'static,
    lines: &Arc<Mutex<Vec<String>>>,
) -> std::thread::JoinHandle<()> {
    let lines = lines.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            lines.lock().unwrap().push(line);
        }
    })
}

fn collect(path: &Path, found: &mut BTreeMap<PathBuf, (u32, Vec<u8>)>) {
    let metadata = std::fs::symlink_metadata(path).unwrap();
    let content = if metadata.is_file() { std::fs::read(path).unwrap() } else { Vec::new() };
    found.insert(path.into(), (metadata.permissions().mode(), content));
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), found);
        }
    }
}
