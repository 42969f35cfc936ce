//! From the settings to a running dashboard and to its orderly end: one line
//! for each step.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quaiminer_domain::control::Action;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_engine::clock::now_ms;
use quaiminer_engine::{Feed, Rig, SourceSettings};
use quaiminer_miner::Endpoint;
use quaiminer_store::{Location, Store};
use tokio::sync::watch;

use crate::access::first_run::{FirstRun, write_private};
use crate::access::identity::Identities;
use crate::access::jwt::Tokens;
use crate::access::{password, random_bytes};
use crate::api::compat::metrics;
use crate::api::routes;
use crate::api::v1::{self, first_run};
use crate::app::{App, SharedApp};
use crate::config::{AuthMode, Config};
use crate::console::say;
use crate::foreign::Frontend;
use crate::http::hosts::HostPolicy;
use crate::http::limit::Limiter;
use crate::http::server;
use crate::http::traffic::Traffic;
use crate::live::Live;
use crate::usage::Memory;
use crate::{api, check, web};

/// A miner that is to stop with us gets a little more than its own deadline.
const MINER_STOPS_WITHIN: Duration = Duration::from_secs(12);

pub async fn run(mut config: Config) -> Result<(), String> {
    let started = Instant::now();
    let tls = check::tls_acceptor(&config)?;
    check::open_mode(&config)?;
    let frontend = Frontend::open(&config)?;
    raise_file_limit();
    // Before anything is written: if we cannot serve, nothing changes.
    let listener = server::listen(config.listen_address()).await?;
    let store = open_store(&config)?;
    config.log_dir = log_dir(&config);

    let rig = start_rig(&config, &store)?;
    let secret = jwt_secret(&config)?;
    create_admin(&config, &store).await?;
    let (stop, stopping) = watch::channel(false);
    let (router, table) = routes::build(api::all())?;
    let identities = Identities::new(store.clone(), Tokens::new(&secret, config.jwt_expires_s));
    let app = build_app(
        config,
        store.clone(),
        rig.clone(),
        identities,
        Served { table, frontend },
        started,
        &stopping,
    );
    let router = router.fallback(web::serve).with_state(app.clone());

    let address = listener.local_addr().map_err(|error| error.to_string())?;
    greet(&app, address).await?;
    check_in_background(&store);
    let recheck = app.clone();
    rig.vitals.spawn("sessions", async move { recheck.identities.recheck().await });
    rig.vitals.spawn("memory", metrics::watch(app.clone()));
    tokio::spawn(report_sources(app.clone()));
    note(&rig, "dashboard.start", format!("Dashboard {} started", env!("CARGO_PKG_VERSION"))).await;

    let mut serving = tokio::spawn(server::serve(listener, tls, router, app.clone(), stopping));
    let broken = tokio::select! {
        () = signal() => None,
        name = app.rig.vitals.broken() => Some(name),
        _ = &mut serving => Some("server"),
    };
    stop.send_replace(true);
    // Whoever is told to stop twice stops at once.
    if broken != Some("server") {
        tokio::select! {
            _ = serving => {}
            () = signal() => {}
        }
    }
    end(&app).await;
    match broken {
        None => Ok(()),
        Some(name) => {
            Err(format!("The part \"{name}\" failed; this is a bug. Start the program again"))
        }
    }
}

/// Each page that watches holds a file descriptor, and many systems allow
/// 1024 by default and far more on demand.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

fn open_store(config: &Config) -> Result<Store, String> {
    let location = match config.demo {
        true => Location::Memory,
        false => Location::File(config.data_dir.join("quaiminer.db")),
    };
    Store::open(location).map_err(|error| error.to_string())
}

fn start_rig(config: &Config, store: &Store) -> Result<Rig, String> {
    if config.demo {
        return Ok(Rig::start(Feed::Demo, store.clone()));
    }
    let sources = SourceSettings {
        miners: config.miners.clone(),
        node: config.nodes.clone(),
        data_dir: config.data_dir.clone(),
    };
    let paths = config.control_paths()?;
    Ok(Rig::start(Feed::Real { sources, paths }, store.clone()))
}

/// What there is at which address.
struct Served {
    table: routes::Table,
    frontend: Option<Frontend>,
}

fn build_app(
    config: Config,
    store: Store,
    rig: Rig,
    identities: Identities,
    served: Served,
    started: Instant,
    stopping: &watch::Receiver<bool>,
) -> SharedApp {
    let rig_name = machine_name();
    let looks = config.miners.is_empty() && !config.demo;
    let described = v1::snapshot::Rig {
        name: rig_name.clone(),
        looks_at: match looks {
            true => Endpoint::defaults().iter().map(ToString::to_string).collect(),
            false => Vec::new(),
        },
    };
    Arc::new(App {
        identities,
        first_run: FirstRun::new(&config.data_dir),
        limiter: Limiter::new(config.rate_limit),
        traffic: Traffic::default(),
        memory: Memory::default(),
        hosts: HostPolicy::new(rig_name.as_deref(), &config.allowed_hosts, &config.allowed_origins),
        live: Live::spawn(&rig, &store, described),
        config,
        frontend: served.frontend,
        rig_name,
        store,
        rig,
        table: served.table,
        started,
        stopping: stopping.clone(),
    })
}

/// The secret of sign-in tokens: given, or made once and kept, so that a
/// restart signs nobody out.
fn jwt_secret(config: &Config) -> Result<String, String> {
    if let Some(secret) = &config.jwt_secret {
        return Ok(secret.clone());
    }
    let fresh = || random_bytes::<64>().map(|bytes| hex(&bytes));
    if config.demo {
        return fresh();
    }
    let path = config.data_dir.join("jwt-secret");
    if let Ok(kept) = std::fs::read_to_string(&path)
        && kept.trim().len() >= 64
    {
        return Ok(kept.trim().to_owned());
    }
    let secret = fresh()?;
    write_private(&path, secret.as_bytes())
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(secret)
}

/// NODE-COMPAT: `ADMIN_PASSWORD` is read only while there is no `admin`.
async fn create_admin(config: &Config, store: &Store) -> Result<(), String> {
    let Some(given) = config.admin_password.clone().filter(|_| !config.demo) else {
        return Ok(());
    };
    let users = store.users();
    if users.by_name(first_run::OWNER).await.map_err(|error| error.to_string())?.is_some() {
        return Ok(());
    }
    let hash = password::hash(given).await?;
    users.create(first_run::owner(hash)).await.map_err(|error| error.to_string())?;
    Ok(())
}

/// `LOG_DIR`, or where that was not chosen and cannot be written, a folder of
/// the data directory.
fn log_dir(config: &Config) -> PathBuf {
    let writable = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    let chosen = &config.log_dir;
    if config.demo {
        // Nothing is logged, so there is no place for it either.
        return chosen.clone();
    }
    let _ = std::fs::create_dir_all(chosen);
    if config.log_dir_is_set || writable(chosen) {
        return chosen.clone();
    }
    let own = config.data_dir.join("logs");
    let _ = std::fs::create_dir_all(&own);
    own
}

/// The address, who can get in, and what is unusual.
async fn greet(app: &App, address: SocketAddr) -> Result<(), String> {
    let config = &app.config;
    say(crate::args::VERSION);
    let urls = server::urls(address, config.tls.is_some());
    for url in &urls {
        say(format_args!("  Open {url}"));
    }
    if let Some(copy) = app.store.copy_of_before() {
        say(format_args!("  The database as it was before this version: {}", copy.display()));
    }
    if config.demo {
        say("  Demo: everything shown is simulated, nothing is kept");
        return Ok(());
    }
    if config.auth_mode == AuthMode::Open {
        say("  Warning: AUTH_MODE=open, everybody on this network can control the miner");
        return Ok(());
    }
    let users = app.store.users();
    if users.count_with_password().await.map_err(|error| error.to_string())? == 0 {
        let ticket = app.first_run.ticket(now_ms())?;
        say(
            "  No user has a password yet. Set it within 24 hours with this link, which works once:",
        );
        let base = urls.first().cloned().unwrap_or_else(|| format!("http://{address}"));
        say(format_args!("  {base}/first-run#{}", ticket.token));
    } else {
        let names: Vec<String> = users
            .list(20)
            .await
            .map_err(|error| error.to_string())?
            .iter()
            .map(|row| &row.account.user)
            .map(|user| format!("{} ({})", user.name, user.role.name()))
            .collect();
        say(format_args!("  Can sign in: {}", names.join(", ")));
        // The Node server makes up a password for `admin` that nobody sees.
        if !users.has_anybody_signed_in().await.map_err(|error| error.to_string())? {
            say(
                "  Nobody has signed in yet. Forgotten password? quaiminer-dashboard user reset-password admin",
            );
        }
    }
    Ok(())
}

/// Says once, when all sources have been asked, which were found and what to
/// do about the others.
async fn report_sources(app: SharedApp) {
    // The first answers are there in milliseconds; a dead address takes its
    // deadline.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let snapshot = app.rig.snapshot();
    if app.config.demo {
        return;
    }
    for line in check::source_lines(&snapshot, &app.config) {
        say(format_args!("  {line}"));
    }
}

/// After a crash the file is looked through while we serve already.
fn check_in_background(store: &Store) {
    if !store.was_unclean() {
        return;
    }
    let store = store.clone();
    tokio::spawn(async move {
        if let Err(error) = store.check().await {
            log::error!("The database was examined after a crash: {error}");
        }
    });
}

/// SIGTERM or SIGINT.
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (term, int) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut term), Ok(mut int)) = (term, int) else {
        log::error!("Signals cannot be received; end the program with kill -9");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

async fn end(app: &App) {
    if app.config.stop_miner_on_exit && app.rig.control.state().any_alive() {
        say("Stopping the miner");
        app.rig.control.ask(Action::Stop { gpu: None }, "--stop-miner-on-exit").await;
        let stopped = async {
            let mut watch = app.rig.watch();
            while app.rig.control.state().any_alive() && watch.changed().await.is_ok() {}
        };
        let _ = tokio::time::timeout(MINER_STOPS_WITHIN, stopped).await;
    }
    note(&app.rig, "dashboard.stop", "Dashboard stopped".to_owned()).await;
    let alive: Vec<u32> =
        app.rig.control.state().instances.iter().filter_map(|instance| instance.pid).collect();
    if let Err(error) = app.store.close().await {
        log::error!("The database could not be closed in order: {error}");
    }
    for pid in alive {
        say(format_args!(
            "The miner goes on as process {pid}. Stop it with: kill -TERM -- -{pid}  (or start with --stop-miner-on-exit)"
        ));
    }
}

async fn note(rig: &Rig, kind: &'static str, message: String) {
    let (severity, actor) = (Severity::Info, "start-up".to_owned());
    rig.journal.record(NewEvent { at_ms: now_ms(), severity, kind, actor, message }).await;
}

fn machine_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
