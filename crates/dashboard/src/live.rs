//! What open pages are told as it happens.
//!
//! Each snapshot is turned into bytes once, however many watch. A page gets
//! the latest there is; one that reads too slowly is cut off, nobody waits
//! for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

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
use crate::api::answer::Prepared;
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
/// Pages send nothing but pongs; what is larger is refused.
const MAX_INCOMING_BYTES: usize = 4096;

/// A snapshot in the forms in which it is asked for.
pub struct Frames {
    /// `/api/v1/snapshot`.
    pub snapshot: Prepared,
    /// `/api/stats`.
    pub stats: Prepared,
}

pub struct Live {
    frames: watch::Receiver<Arc<Frames>>,
    /// The message of `/api/v1/stream`, new with each snapshot.
    stream: watch::Receiver<Utf8Bytes>,
    /// The message of the old page's socket, new every two seconds.
    compat: watch::Receiver<Utf8Bytes>,
    watchers: Arc<AtomicUsize>,
}

impl Live {
    pub fn spawn(rig: &Rig, described: v1::snapshot::Rig) -> Live {
        let render = move |snapshot: &Snapshot| {
            let body = v1::snapshot::render(snapshot, &described).to_string();
            let message = format!(r#"{{"type":"snapshot","snapshot":{body}}}"#).into();
            let stats = compat::stats::render(snapshot).to_string();
            let frames =
                Frames { snapshot: Prepared::new(body.into()), stats: Prepared::new(stats.into()) };
            (Arc::new(frames), message)
        };
        let mut snapshots = rig.watch();
        let (first, message) = render(&snapshots.borrow_and_update());
        let (frames, rendered) = watch::channel(first);
        let (messages, stream) = watch::channel(message);
        rig.vitals.spawn("live", async move {
            while snapshots.changed().await.is_ok() {
                let (frame, message) = render(&snapshots.borrow_and_update().clone());
                frames.send_replace(frame);
                messages.send_replace(message);
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
        Live { frames: rendered, stream, compat, watchers: Arc::default() }
    }

    /// How many watch now.
    pub fn watching(&self) -> usize {
        self.watchers.load(Ordering::Relaxed)
    }

    pub fn frames(&self) -> Arc<Frames> {
        self.frames.borrow().clone()
    }
}

/// Which dialogue a page has.
#[derive(Debug, Clone, Copy)]
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
        .on_upgrade(move |mut socket| {
            // In a box of its own, or the upgrade would keep its room too.
            Box::pin(async move {
                let _place = place;
                let end = talk(&mut socket, &app, identity.as_ref(), dialogue).await;
                log::debug!("A page stopped watching ({end:?})");
            })
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

async fn talk(
    socket: &mut WebSocket,
    app: &SharedApp,
    identity: Option<&Identity>,
    dialogue: Dialogue,
) -> End {
    let (mut updates, mut events) = match dialogue {
        Dialogue::Stream => (app.live.stream.clone(), Some(app.rig.journal.watch())),
        Dialogue::Compat => (app.live.compat.clone(), None),
    };
    // What happens rarely is boxed: this future lives as long as the page
    // watches, and would have room for all of it.
    if !Box::pin(open(socket, app, dialogue, &mut updates)).await {
        return End::TooSlow;
    }
    let mut stopping = app.stopping.clone();
    let mut recheck = app.identities.watch();
    let end = loop {
        let message = tokio::select! {
            Ok(()) = updates.changed() => updates.borrow_and_update().clone(),
            event = next(&mut events) => match event {
                Ok(event) => event_message(&event),
                // It connects again and reads from the store what it missed.
                Err(_) => return End::TooSlow,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(_)) => continue,
                _ => return End::Left,
            },
            Ok(()) = recheck.changed() => match Box::pin(still_valid(app, identity)).await {
                true => continue,
                false => break End::SignedOut,
            },
            () = stopped(&mut stopping) => break End::ShuttingDown,
        };
        if !send(socket, message).await {
            return End::TooSlow;
        }
    };
    Box::pin(close(socket, end)).await;
    end
}

/// The first messages; `false` if they were not taken.
async fn open(
    socket: &mut WebSocket,
    app: &SharedApp,
    dialogue: Dialogue,
    updates: &mut watch::Receiver<Utf8Bytes>,
) -> bool {
    let latest = updates.borrow_and_update().clone();
    match dialogue {
        Dialogue::Stream => send(socket, latest).await,
        Dialogue::Compat => {
            // The shared message may be old when nobody watched until now.
            let update = compat::socket::update(&app.rig.snapshot(), now_ms()).to_string();
            send(socket, Utf8Bytes::from_static(compat::socket::GREETING)).await
                && send(socket, update.into()).await
        }
    }
}

/// The next event, for a dialogue that has events.
async fn next(
    events: &mut Option<broadcast::Receiver<Arc<Event>>>,
) -> Result<Arc<Event>, broadcast::error::RecvError> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
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

/// A page whose session was ended elsewhere must not go on watching.
async fn still_valid(app: &SharedApp, identity: Option<&Identity>) -> bool {
    let Some(identity) = identity else { return true };
    // While the store cannot answer, the page stays.
    let user = app.identities.user_of(&identity.proof, now_ms()).await;
    user.is_ok_and(|user| user.is_some()) || app.store.health().borrow().is_failing()
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
