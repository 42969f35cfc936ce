//! What the environment says. This is the only place that reads it: every
//! variable is a line of [`VARIABLES`], from which `--help` and
//! `docs/configuration.md` are made.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use quaiminer_engine::ControlPaths;
use quaiminer_miner::Endpoint;

/// One environment variable.
pub struct Variable {
    pub name: &'static str,
    /// As shown to the reader; empty: none.
    pub default: &'static str,
    pub help: &'static str,
    /// Also read by the Node server.
    pub node: bool,
}

const fn node(name: &'static str, default: &'static str, help: &'static str) -> Variable {
    Variable { name, default, help, node: true }
}

const fn ours(name: &'static str, default: &'static str, help: &'static str) -> Variable {
    Variable { name, default, help, node: false }
}

pub static VARIABLES: &[Variable] = &[
    node("PORT", "3000", "TCP port of the page, the API and the WebSocket"),
    node("HOST", "0.0.0.0", "Address to listen on (with --demo 127.0.0.1)"),
    node(
        "MINER_API_URL",
        "",
        "Miners to read, separated by commas: http://host:port/path or NAME://host:port; unset: look for them on this machine",
    ),
    node(
        "NODE_RPC_URL",
        "",
        "JSON-RPC of your go-quai node's zone chain; unset: port 9200, then 8545 on this machine",
    ),
    node(
        "ADMIN_PASSWORD",
        "",
        "Password of the user admin, who is created with it if missing; unset: a one-time link is printed",
    ),
    node(
        "JWT_SECRET",
        "",
        "Secret of sign-in tokens; unset: a random one is made once and kept in the data directory",
    ),
    node("JWT_EXPIRES_IN", "7d", "Life of a sign-in token: a number with s, m, h or d"),
    node(
        "ALLOWED_ORIGINS",
        "http://localhost:3000",
        "Other web origins that may use the API, separated by commas",
    ),
    node("MAX_REQUEST_SIZE", "1mb", "Largest request: a number with b, kb, mb or gb"),
    node("LOG_LEVEL", "info", "error, warn, info, debug or silent"),
    node("NODE_ENV", "", "Accepted and without effect: answers are those of production"),
    ours("DATA_DIR", "./data", "Directory of the database"),
    ours("CONFIG_DIR", "/etc/quaiminer", "Directory of config.json and hardware-info.json"),
    ours(
        "LOG_DIR",
        "/var/log/quaiminer",
        "Directory of the miner's log; unset and not writable: DATA_DIR/logs",
    ),
    ours(
        "MINER_PATH",
        "/opt/quaiminer/quai-gpu-miner/build/ethcoreminer",
        "Miner program to start while config.json gives no command",
    ),
    ours(
        "AUTH_MODE",
        "required",
        "open: no sign-in, as the Node server; refused on a public address",
    ),
    ours("AUTH_MODE_OPEN_PUBLIC", "", "1: allow AUTH_MODE=open on a public address"),
    ours(
        "ALLOWED_HOSTS",
        "",
        "Further names by which this machine may be called, separated by commas",
    ),
    ours("STATIC_DIR", "", "Directory of another frontend, served in place of the built-in page"),
    ours(
        "ALLOWED_RIG_HOSTS",
        "",
        "Other rigs outside the local network that may be asked: names or addresses, separated by commas",
    ),
    ours(
        "ALLOW_REGISTRATION",
        "",
        "1: strangers may register as viewers, as in the Node server; AUTH_MODE=open allows it, too",
    ),
    ours(
        "TELEGRAM_API_URL",
        "https://api.telegram.org",
        "Telegram's Bot API, or a server of your own that speaks it",
    ),
    ours(
        "WEBHOOK_HOSTS",
        "",
        "Hosts (host:port) of your own network that webhooks may lead to, separated by commas; others have to be on the internet, with https",
    ),
    ours("RATE_LIMIT", "on", "off: no limits on requests; for tests"),
    ours(
        "TRUSTED_PROXIES",
        "",
        "Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas",
    ),
    ours("TLS_CERT", "", "Certificate chain (PEM); with TLS_KEY the page is served over HTTPS"),
    ours("TLS_KEY", "", "Private key (PEM) of TLS_CERT"),
];

/// Names that a miner we start does not get to see.
pub static WITHHELD: &[&str] =
    &["ADMIN_PASSWORD", "JWT_SECRET", "TLS_KEY", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// Every route needs a signed-in user.
    Required,
    /// As the Node server: nobody has to sign in.
    Open,
}

#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// The settings, checked and typed.
#[derive(Debug, Clone)]
pub struct Config {
    pub host: IpAddr,
    /// Whether HOST was given; `--demo` listens on loopback otherwise.
    pub host_is_set: bool,
    pub port: u16,
    pub miners: Vec<Endpoint>,
    /// The node to ask, or those to look for.
    pub nodes: Vec<hyper::Uri>,
    pub node_is_set: bool,
    pub admin_password: Option<String>,
    pub jwt_secret: Option<String>,
    pub jwt_expires_s: i64,
    pub allowed_origins: Vec<String>,
    pub max_request: MaxRequest,
    pub log_level: log::LevelFilter,
    pub data_dir: PathBuf,
    pub config_dir: PathBuf,
    pub log_dir: PathBuf,
    pub log_dir_is_set: bool,
    pub miner_path: PathBuf,
    pub auth_mode: AuthMode,
    pub open_on_public: bool,
    pub allowed_hosts: Vec<String>,
    pub static_dir: Option<PathBuf>,
    pub allowed_rig_hosts: Vec<String>,
    pub allow_registration: bool,
    pub telegram_api: hyper::Uri,
    pub webhook_hosts: Vec<String>,
    pub rate_limit: bool,
    pub trusted_proxies: Vec<IpAddr>,
    pub tls: Option<TlsFiles>,
    pub demo: bool,
    pub stop_miner_on_exit: bool,
}

/// The size limit of requests, and the text in which it was given, which
/// refusals repeat.
#[derive(Debug, Clone)]
pub struct MaxRequest {
    pub bytes: u64,
    pub text: String,
}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Config, String> {
        Config::read(|name| std::env::var(name).ok())
    }

    /// The first thing that is wrong, with the variable's name.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Config, String> {
        // An empty variable is an unset one.
        let get = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let or_default = |name: &str| {
            let variable = VARIABLES.iter().find(|variable| variable.name == name);
            get(name).unwrap_or_else(|| variable.map_or("", |variable| variable.default).to_owned())
        };
        let host = or_default("HOST");
        let port = or_default("PORT");
        let auth_mode = or_default("AUTH_MODE");
        let max_request = or_default("MAX_REQUEST_SIZE");
        let expires = or_default("JWT_EXPIRES_IN");
        let config = Config {
            host: if host == "localhost" {
                Ipv4Addr::LOCALHOST.into()
            } else {
                host.parse().map_err(|_| format!("HOST={host} is not an IP address; use 0.0.0.0 for all addresses of this machine"))?
            },
            host_is_set: get("HOST").is_some(),
            port: port
                .parse()
                .map_err(|_| format!("PORT={port} is not a port; use a number from 1 to 65535"))?,
            miners: match get("MINER_API_URL") {
                Some(list) => Endpoint::parse_list(&list)
                    .map_err(|error| format!("MINER_API_URL: {error}"))?,
                None => Vec::new(),
            },
            nodes: match get("NODE_RPC_URL") {
                Some(url) => vec![web_url("NODE_RPC_URL", &url)?],
                None => ["http://127.0.0.1:9200/", "http://127.0.0.1:8545/"]
                    .into_iter()
                    .filter_map(|url| url.parse().ok())
                    .collect(),
            },
            node_is_set: get("NODE_RPC_URL").is_some(),
            admin_password: get("ADMIN_PASSWORD"),
            jwt_secret: get("JWT_SECRET"),
            jwt_expires_s: seconds(&expires).ok_or_else(|| {
                format!("JWT_EXPIRES_IN={expires} is not a time; use for example 7d or 12h")
            })?,
            allowed_origins: list(&or_default("ALLOWED_ORIGINS")),
            // NODE-COMPAT: what Node cannot read means 1 MiB to it.
            max_request: MaxRequest {
                bytes: bytes(&max_request).unwrap_or(1024 * 1024),
                text: max_request,
            },
            log_level: match or_default("LOG_LEVEL").as_str() {
                "silent" => log::LevelFilter::Off,
                level => level.parse().map_err(|_| {
                    format!("LOG_LEVEL={level} is unknown; use error, warn, info, debug or silent")
                })?,
            },
            data_dir: or_default("DATA_DIR").into(),
            config_dir: or_default("CONFIG_DIR").into(),
            log_dir: or_default("LOG_DIR").into(),
            log_dir_is_set: get("LOG_DIR").is_some(),
            miner_path: or_default("MINER_PATH").into(),
            auth_mode: match auth_mode.as_str() {
                "required" => AuthMode::Required,
                "open" => AuthMode::Open,
                _ => return Err(format!("AUTH_MODE={auth_mode} is unknown; use required or open")),
            },
            open_on_public: get("AUTH_MODE_OPEN_PUBLIC").as_deref() == Some("1"),
            allowed_hosts: list(&or_default("ALLOWED_HOSTS"))
                .iter()
                .map(|host| host_name("ALLOWED_HOSTS", host))
                .collect::<Result<_, _>>()?,
            allowed_rig_hosts: list(&or_default("ALLOWED_RIG_HOSTS"))
                .iter()
                .map(|host| match host.parse::<IpAddr>() {
                    Ok(address) => Ok(address.to_string()),
                    Err(_) => host_name("ALLOWED_RIG_HOSTS", host),
                })
                .collect::<Result<_, _>>()?,
            static_dir: get("STATIC_DIR").map(PathBuf::from),
            allow_registration: get("ALLOW_REGISTRATION").as_deref() == Some("1"),
            telegram_api: web_url("TELEGRAM_API_URL", &or_default("TELEGRAM_API_URL"))?,
            webhook_hosts: list(&or_default("WEBHOOK_HOSTS").to_ascii_lowercase()),
            rate_limit: match or_default("RATE_LIMIT").as_str() {
                "on" => true,
                "off" => false,
                other => return Err(format!("RATE_LIMIT={other} is unknown; use on or off")),
            },
            trusted_proxies: list(&or_default("TRUSTED_PROXIES"))
                .iter()
                .map(|address| {
                    address
                        .parse::<IpAddr>()
                        // As clients are written, to compare them.
                        .map(|address| address.to_canonical())
                        .map_err(|_| format!("TRUSTED_PROXIES: {address} is not an IP address"))
                })
                .collect::<Result<_, _>>()?,
            tls: match (get("TLS_CERT"), get("TLS_KEY")) {
                (Some(cert), Some(key)) => Some(TlsFiles { cert: cert.into(), key: key.into() }),
                (None, None) => None,
                _ => {
                    return Err(
                        "TLS_CERT and TLS_KEY belong together: set both or neither".to_owned()
                    );
                }
            },
            demo: false,
            stop_miner_on_exit: false,
        };
        Ok(config)
    }

    /// Where control finds and leaves things, whatever becomes the working
    /// directory.
    pub fn control_paths(&self) -> Result<ControlPaths, String> {
        let absolute = |path: &Path| {
            std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        Ok(ControlPaths {
            config_dir: absolute(&self.config_dir)?,
            log_dir: absolute(&self.log_dir)?,
            miner_path: absolute(&self.miner_path)?,
            owner: absolute(&self.data_dir)?.display().to_string(),
            withheld_env: WITHHELD,
        })
    }

    /// Where the socket is to listen.
    pub fn listen_address(&self) -> std::net::SocketAddr {
        let host =
            if self.demo && !self.host_is_set { Ipv4Addr::LOCALHOST.into() } else { self.host };
        (host, self.port).into()
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn web_url(name: &str, url: &str) -> Result<hyper::Uri, String> {
    let wrong = || format!("{name}={url} is not an address; use for example http://localhost:9200");
    let uri: hyper::Uri = url.parse().map_err(|_| wrong())?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(_)) => Ok(uri),
        _ => Err(wrong()),
    }
}

/// A time such as `7d`, `12h` or, in seconds, `3600`.
fn seconds(text: &str) -> Option<i64> {
    let (digits, unit) = split_unit(text);
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(factor).filter(|seconds| *seconds > 0)
}

/// A size such as `1mb`; in powers of 1024, an unknown unit means bytes.
fn bytes(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, unit) = split_unit(&lower);
    let factor = match unit {
        "kb" => 1 << 10,
        "mb" => 1 << 20,
        "gb" => 1 << 30,
        _ => 1,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    (digits, unit.trim())
}

/// A name as the check of `Host` compares it.
fn host_name(variable: &str, host: &str) -> Result<String, String> {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty() || !name.chars().all(fits) {
        return Err(format!(
            "{variable}: {host} is no host name; give names without scheme, port or path"
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests;
