//! What is looked at before the dashboard runs, and by `--check` without
//! running it.

use std::process::ExitCode;
use std::sync::Arc;

use quaiminer_domain::fact::Reading;
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_engine::check_launch;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::{AuthMode, Config};
use crate::console::say;
use crate::foreign::Frontend;
use crate::http::addresses;

/// Looks at everything; a line for each thing, and failure if one is wrong.
pub fn run(config: Config) -> ExitCode {
    let mut wrong = 0;
    let mut report = |what: &str, result: Result<String, String>| match result {
        Ok(detail) => say(format_args!("ok       {what}: {detail}")),
        Err(problem) => {
            wrong += 1;
            say(format_args!("problem  {what}: {problem}"));
        }
    };
    report("settings", Ok("every variable can be read".to_owned()));
    report(
        "sign-in",
        open_mode(&config).map(|()| match config.auth_mode {
            AuthMode::Required => "required".to_owned(),
            AuthMode::Open => "open, everybody on this network can control the miner".to_owned(),
        }),
    );
    report(
        "encryption",
        tls_acceptor(&config).map(|tls| match tls {
            Some(_) => "certificate and key fit".to_owned(),
            None => "none; set TLS_CERT and TLS_KEY for HTTPS".to_owned(),
        }),
    );
    if config.static_dir.is_some() {
        let found = Frontend::open(&config).map(|_| "STATIC_DIR has a page".to_owned());
        report("frontend", found);
    }
    report("address", port(&config));
    report("database", database(&config));
    report("miner", config.control_paths().and_then(|paths| check_launch(&paths)));
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn port(config: &Config) -> Result<String, String> {
    let address = config.listen_address();
    match std::net::TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) => Err(format!("cannot listen on {address}: {error}")),
    }
}

fn database(config: &Config) -> Result<String, String> {
    let path = config.data_dir.join("quaiminer.db");
    let report = quaiminer_store::check_file(&path).map_err(|error| error.to_string())?;
    if let Some(program) = report.in_use_by {
        return Err(format!("{} is in use by {program}: stop that first", path.display()));
    }
    if report.fresh {
        return Ok(format!("{} will be created", path.display()));
    }
    let size = report.size_bytes / 1024;
    let unclean = if report.unclean { "; its last user was killed, nothing is lost" } else { "" };
    let older = match report.schema < report.newest_schema {
        true => "; the next start keeps a copy and brings it up to date",
        false => "",
    };
    Ok(format!("{} is sound ({size} KiB){unclean}{older}", path.display()))
}

/// `AUTH_MODE=open` is for a network of one's own.
pub fn open_mode(config: &Config) -> Result<(), String> {
    if config.auth_mode == AuthMode::Required || config.open_on_public {
        return Ok(());
    }
    let reachable = addresses::reachable_at(config.listen_address().ip());
    match reachable.into_iter().find(|address| addresses::is_public(*address)) {
        Some(address) => Err(format!(
            "AUTH_MODE=open would let the whole internet control the miner at {address}: set HOST to a private address, or AUTH_MODE_OPEN_PUBLIC=1 if you know better"
        )),
        None => Ok(()),
    }
}

/// The server's side of TLS, if it is configured.
pub fn tls_acceptor(config: &Config) -> Result<Option<TlsAcceptor>, String> {
    let Some(files) = &config.tls else { return Ok(None) };
    let wrong = |path: &std::path::Path, error: String| format!("{}: {error}", path.display());
    let certificates = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(&files.cert, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| wrong(&files.key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| wrong(&files.cert, error.to_string()))?;
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}

/// One line for each source: found, or not found and what to do.
pub fn source_lines(snapshot: &Snapshot, config: &Config) -> Vec<String> {
    let mut lines = Vec::new();
    for miner in &snapshot.miners {
        lines.push(match &miner.reading {
            Reading::Known { value, .. } => {
                format!("Miner: {} at {}", value.program, miner.address)
            }
            Reading::Unknown { reason, .. } => {
                format!(
                    "Miner: no answer at {} ({reason}); start it, or correct MINER_API_URL",
                    miner.address
                )
            }
        });
    }
    if snapshot.miners.is_empty() {
        lines.push("Miner: none found on this machine; start one with its API switched on, set MINER_API_URL, or look around with --demo".to_owned());
    }
    let node = &snapshot.node;
    lines.push(match (&node.reading, config.node_is_set) {
        (Reading::Known { value, .. }, _) => {
            let version = value.client_version.known().map_or("go-quai", String::as_str);
            format!("Node: {version} at {}", node.address)
        }
        (Reading::Unknown { reason, .. }, true) => {
            format!("Node: no answer at {} ({reason}); start it, or correct NODE_RPC_URL", node.address)
        }
        (Reading::Unknown { .. }, false) => {
            "Node: none found on ports 9200 and 8545 of this machine; set NODE_RPC_URL if you run one".to_owned()
        }
    });
    lines.push(match &snapshot.host.reading {
        Reading::Known { .. } => "Host: processor, memory and disk are read".to_owned(),
        Reading::Unknown { reason, .. } => format!("Host: {reason}"),
    });
    lines
}
