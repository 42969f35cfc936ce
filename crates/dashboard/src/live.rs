//! What open pages are told as it happens.
//!
//! Each snapshot is turned into bytes once, however many watch. A page gets
//! the latest there is; one that reads too slowly is cut off, nobody waits
//! for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use quaiminer_domain::event::Event;
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_engine::Rig;
use quaiminer_engine::clock::now_ms;
use tokio::sync::{broadcast, watch};

use crate::access::identity::Identity;
use crate::api::compat;
use crate::api::error::ApiError;
use crate::api::v1;
use crate::app::{SharedApp, stopped};

/// Pages that may watch at once.
const MAX_WATCHERS: usize = 800;
/// For one message to be taken; a page that needs longer is gone or stuck.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// The old page puts its numbers to zero by itself every five seconds, so it
/// needs more than it gets from the Node server (deviation R20).
const COMPAT_EVERY: Duration = Duration::from_secs(2);
/// Whether the session of a page still exists is looked up this often, and
/// whenever somebody signs out.
const RECHECK_EVERY: Duration = Duration::from_secs(60);
/// Pages send nothing but pongs; what is larger is refused.
const MAX_INCOMING_BYTES: usize = 4096;

/// A snapshot in the forms in which it is asked for.
pub struct Frames {
    /// `/api/v1/snapshot`.
    pub snapshot: Bytes,
    /// `/api/stats`.
    pub stats: Bytes,
    /// The same as a message of `/api/v1/stream`.
    stream: Utf8Bytes,
}

pub struct Live {
    frames: watch::Receiver<Arc<Frames>>,
    /// The message of the old page's socket, new every two seconds.
    compat: watch::Receiver<Utf8Bytes>,
    watchers: Arc<AtomicUsize>,
}

impl Live {
    pub fn spawn(rig: &Rig, described: v1::snapshot::Rig) -> Live {
        let render = move |snapshot: &Snapshot| {
            let body = v1::snapshot::render(snapshot, &described).to_string();
            Arc::new(Frames {
                stream: format!(r#"{{"type":"snapshot","snapshot":{body}}}"#).into(),
                snapshot: body.into(),
                stats: compat::stats::render(snapshot).to_string().into(),
            })
        };
        let mut snapshots = rig.watch();
        let first = snapshots.borrow_and_update().clone();
        let (frames, receiver) = watch::channel(render(&first));
        rig.vitals.spawn("live", async move {
            while snapshots.changed().await.is_ok() {
                let snapshot = snapshots.borrow_and_update().clone();
                frames.send_replace(render(&snapshot));
            }
        });
        let update = |rig: &Rig| -> Utf8Bytes {
            compat::socket::update(&rig.snapshot(), now_ms()).to_string().into()
        };
        let (updates, compat) = watch::channel(update(rig));
        let watched = rig.clone();
        rig.vitals.spawn("compatible live", async move {
            let mut tick = tokio::time::interval(COMPAT_EVERY);
            loop {
                tick.tick().await;
                // Nobody watching, nothing to write.
                if updates.receiver_count() > 1 {
                    updates.send_replace(update(&watched));
                }
            }
        });
        Live { frames: receiver, compat, watchers: Arc::default() }
    }

    pub fn frames(&self) -> Arc<Frames> {
        self.frames.borrow().clone()
    }
}

/// Which dialogue a page has.
pub enum Dialogue {
    /// `/api/v1/stream`: snapshots and events.
    Stream,
    /// `/` and `/ws`: what the Node server sends. (NODE-COMPAT)
    Compat,
}

pub fn upgrade(
    upgrade: WebSocketUpgrade,
    app: SharedApp,
    identity: Option<Identity>,
    dialogue: Dialogue,
) -> Response {
    let Some(place) = Place::take(&app.live.watchers) else {
        let message = "Too many pages are watching already; close some";
        return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Too many watchers", message)
            .into_response();
    };
    upgrade
        // The defaults cost 137 KiB for each page; nothing large comes in,
        // and what goes out is flushed at once.
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_message_size(MAX_INCOMING_BYTES)
        .max_frame_size(MAX_INCOMING_BYTES)
        .on_upgrade(move |socket| async move {
            let _place = place;
            let code = match dialogue {
                Dialogue::Stream => stream(socket, &app, identity).await,
                Dialogue::Compat => compat(socket, &app, identity).await,
            };
            log::debug!("A page stopped watching ({code:?})");
        })
}

/// The answer to what is no handshake of a WebSocket (deviation R23).
pub fn no_upgrade(rejection: WebSocketUpgradeRejection) -> Response {
    let status = match rejection.status() {
        // HEAD is answered like GET.
        StatusCode::METHOD_NOT_ALLOWED => StatusCode::BAD_REQUEST,
        status => status,
    };
    ApiError::new(status, "WebSocket expected", rejection.body_text()).into_response()
}

/// Why the dialogue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    TooSlow,
    SignedOut,
    ShuttingDown,
}

async fn stream(mut socket: WebSocket, app: &SharedApp, identity: Option<Identity>) -> End {
    let mut frames = app.live.frames.clone();
    let mut events = app.rig.journal.watch();
    let mut stopping = app.stopping.clone();
    let mut recheck = Recheck::new(app);
    frames.mark_changed();
    let end = loop {
        let message = tokio::select! {
            Ok(()) = frames.changed() => frames.borrow_and_update().stream.clone(),
            event = events.recv() => match event {
                Ok(event) => event_message(&event),
                // The page reads missed events again from the store.
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => break End::ShuttingDown,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(_)) => continue,
                _ => return End::Left,
            },
            () = recheck.due() => match still_valid(app, identity.as_ref()).await {
                true => continue,
                false => break End::SignedOut,
            },
            () = stopped(&mut stopping) => break End::ShuttingDown,
        };
        if !send(&mut socket, message).await {
            return End::TooSlow;
        }
    };
    close(&mut socket, end).await;
    end
}

async fn compat(mut socket: WebSocket, app: &SharedApp, identity: Option<Identity>) -> End {
    if !send(&mut socket, Utf8Bytes::from_static(compat::socket::GREETING)).await {
        return End::TooSlow;
    }
    // The shared message may be old when nobody watched until now.
    let first = compat::socket::update(&app.rig.snapshot(), now_ms()).to_string();
    if !send(&mut socket, first.into()).await {
        return End::TooSlow;
    }
    let mut updates = app.live.compat.clone();
    updates.borrow_and_update();
    let mut stopping = app.stopping.clone();
    let mut recheck = Recheck::new(app);
    let end = loop {
        let message = tokio::select! {
            Ok(()) = updates.changed() => updates.borrow_and_update().clone(),
            incoming = socket.recv() => match incoming {
                Some(Ok(_)) => continue,
                _ => return End::Left,
            },
            () = recheck.due() => match still_valid(app, identity.as_ref()).await {
                true => continue,
                false => break End::SignedOut,
            },
            () = stopped(&mut stopping) => break End::ShuttingDown,
        };
        if !send(&mut socket, message).await {
            return End::TooSlow;
        }
    };
    close(&mut socket, end).await;
    end
}

async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> bool {
    let sent = tokio::time::timeout(SEND_WITHIN, socket.send(Message::Text(text))).await;
    matches!(sent, Ok(Ok(())))
}

async fn close(socket: &mut WebSocket, end: End) {
    // RFC 6455 §7.4.1: going away; policy violation.
    let (code, reason) = match end {
        End::SignedOut => (1008, "signed out"),
        _ => (1001, "shutting down"),
    };
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
    let _ = tokio::time::timeout(SEND_WITHIN, socket.send(Message::Close(Some(frame)))).await;
}

/// When to look again whether the session of a page still exists.
struct Recheck {
    tick: tokio::time::Interval,
    signed_out: watch::Receiver<()>,
}

impl Recheck {
    fn new(app: &SharedApp) -> Self {
        Recheck { tick: tokio::time::interval(RECHECK_EVERY), signed_out: app.identities.watch() }
    }

    async fn due(&mut self) {
        tokio::select! {
            _ = self.tick.tick() => {}
            Ok(()) = self.signed_out.changed() => {}
        }
    }
}

/// A page whose session was ended elsewhere must not go on watching.
async fn still_valid(app: &SharedApp, identity: Option<&Identity>) -> bool {
    let Some(session) = identity.and_then(|identity| identity.session.as_ref()) else {
        return true;
    };
    // While the store cannot answer, the page stays.
    app.store.sessions().find(session, now_ms()).await.is_ok_and(|found| found.is_some())
        || app.store.health().borrow().is_failing()
}

fn event_message(event: &Event) -> Utf8Bytes {
    serde_json::json!({ "type": "event", "event": v1::events::render(event) }).to_string().into()
}

/// One watcher's place; given back when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(watchers: &Arc<AtomicUsize>) -> Option<Place> {
        let place = Place(watchers.clone());
        (watchers.fetch_add(1, Ordering::Relaxed) < MAX_WATCHERS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
