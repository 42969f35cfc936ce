//! Accepts connections and serves them, with a bound on their number, a
//! deadline for slow ones, and an orderly end.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

use super::addresses;
use super::compression;
use super::connections::{self, Activity, Connections};
use super::guard::{self, Client};
use super::traffic::Kind;
use crate::api::body;
use crate::app::{SharedApp, stopped};

const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);
/// How often silent connections are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(2);
/// A head is smaller; hyper's own default would be 400 KiB per connection.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Below the usual limit of 1024 open files, and far above what people need.
const MAX_CONNECTIONS: usize = 900;
/// One machine must not take them all. Loopback is this machine's own
/// reverse proxy or measurement.
const MAX_PER_CLIENT: usize = 64;

pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    app: SharedApp,
    mut stopping: watch::Receiver<bool>,
) {
    let clients = Clients::default();
    let mut connections = Connections::default();
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = connections.ended() => continue,
            _ = sweep.tick() => {
                connections.sweep();
                continue;
            }
            () = stopped(&mut stopping) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = clients.enter(peer.ip()) else { continue };
                let (tls, router, app) = (tls.clone(), router.clone(), app.clone());
                connections.spawn(|activity| async move {
                    connection(stream, peer, tls, router, app, activity).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to be
                // given back instead of spinning.
                log::warn!("A connection could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    connections.finish().await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    app: SharedApp,
    activity: Arc<Activity>,
) {
    let _ = stream.set_nodelay(true);
    let client = Client { address: peer.ip(), tls: tls.is_some(), gzip: false };
    match tls {
        None => http(stream, client, router, app, activity).await,
        // In a box: TLS needs four times the room, which a connection without
        // it would have as well.
        Some(tls) => {
            Box::pin(async move {
                let accepted = tokio::time::timeout(HANDSHAKE_DEADLINE, tls.accept(stream)).await;
                if let Ok(Ok(stream)) = accepted {
                    http(stream, client, router, app, activity).await;
                }
            })
            .await;
        }
    }
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    client: Client,
    router: Router,
    app: SharedApp,
    activity: Arc<Activity>,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (mut router, app, activity) = (router.clone(), app.clone(), activity.clone());
        async move {
            activity.begin();
            let started = Instant::now();
            let mut request = request.map(Body::new);
            let (passed, mut verdict) = guard::check(&app, client, &mut request).await;
            let kind = Kind::of(passed.context.api, request.method());
            if verdict.is_ok() && passed.unexpected_body {
                // In a box, or every connection would have room for it.
                verdict = Box::pin(body::check_unexpected(&mut request, &app.config.max_request))
                    .await
                    .map_err(IntoResponse::into_response);
            }
            let mut response = match verdict {
                // A router's error type is Infallible.
                Ok(()) => match router.call(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                },
                Err(refusal) => {
                    let status = refusal.status();
                    let damage = Box::pin(body::check_refused(&mut request, status, &app)).await;
                    body::drain(request.into_body()).await;
                    damage.map_or_else(IntoResponse::into_response, |()| refusal)
                }
            };
            if let Some(coding) = passed.coding {
                response = Box::pin(compression::pack(response, coding, passed.context.api)).await;
            }
            app.traffic.count(kind, response.status(), started.elapsed());
            activity.end();
            let response = passed.finish(connections::watch(response, &activity));
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    // An error is of no interest: the client went away, or sent no HTTP and
    // was told so.
    let _ = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}

/// How many connections each client has.
#[derive(Clone, Default)]
struct Clients(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place; given back when it is dropped.
struct Place {
    clients: Clients,
    address: IpAddr,
}

impl Clients {
    /// `None` when the client, or all together, have enough: the connection
    /// is closed at once, which costs an attacker as much as us.
    fn enter(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = counts.values().sum();
        let own = counts.get(&address).copied().unwrap_or_default();
        let allowed = if address.is_loopback() { MAX_CONNECTIONS } else { MAX_PER_CLIENT };
        if total >= MAX_CONNECTIONS || own >= allowed {
            return None;
        }
        counts.insert(address, own + 1);
        Some(Place { clients: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&self.address);
            }
        }
    }
}

/// Opens the socket, or says in one sentence why not.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| {
        let port = address.port();
        match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "Port {port} is in use, perhaps by the Node server or another dashboard: stop that one, or choose another port with PORT"
            ),
            io::ErrorKind::PermissionDenied => {
                format!("Port {port} may only be used by root: choose one above 1023 with PORT")
            }
            io::ErrorKind::AddrNotAvailable => format!(
                "{} is not an address of this machine: set HOST to one, or to 0.0.0.0 for all",
                address.ip()
            ),
            _ => format!("Cannot listen on {address}: {error}"),
        }
    })
}

/// The addresses to open in a browser, the one for other machines first.
pub fn urls(address: SocketAddr, tls: bool) -> Vec<String> {
    let scheme = if tls { "https" } else { "http" };
    let mut hosts = addresses::reachable_at(address.ip());
    hosts.sort_by_key(IpAddr::is_loopback);
    hosts
        .iter()
        // A link-local address needs the interface's name, which differs on
        // the reader's machine.
        .filter(|host| !matches!(host, IpAddr::V6(v6) if v6.is_unicast_link_local()))
        .map(|host| format!("{scheme}://{}", SocketAddr::new(*host, address.port())))
        .collect()
}
