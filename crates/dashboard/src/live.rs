//! What open pages are told as it happens.
//!
//! Each snapshot is turned into bytes once, however many watch. A page gets
//! the latest there is; one that reads too slowly is cut off, nobody waits
//! for it.

mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use quaiminer_domain::event::Event;
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_engine::Rig;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::Store;
use tokio::sync::{broadcast, watch};

use crate::access::identity::Identity;
use crate::api::answer::Prepared;
use crate::api::compat;
use crate::api::error::ApiError;
use crate::api::v1;
use crate::app::{SharedApp, stopped};
pub use socket::Handshake;
use socket::{Frame, Socket};

/// Pages that may watch at once.
const MAX_WATCHERS: usize = 800;
/// The old page puts its numbers to zero by itself every five seconds, so it
/// needs more than it gets from the Node server (deviation R20).
const COMPAT_EVERY: Duration = Duration::from_secs(2);

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
    stream: watch::Receiver<Frame>,
    /// The message of the old page's socket, new every two seconds.
    compat: watch::Receiver<Frame>,
    watchers: Arc<AtomicUsize>,
}

impl Live {
    pub fn spawn(rig: &Rig, store: &Store, described: v1::snapshot::Rig) -> Live {
        let render = move |snapshot: &Snapshot| {
            let body = v1::snapshot::render(snapshot, &described).to_string();
            let message = Frame::text(format!(r#"{{"type":"snapshot","snapshot":{body}}}"#));
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
        // Who begins to watch gets a message of its own.
        let (updates, compat) = watch::channel(Frame::text(String::new()));
        let (watched, store) = (rig.clone(), store.clone());
        rig.vitals.spawn("compatible live", async move {
            let mut tick = tokio::time::interval(COMPAT_EVERY);
            loop {
                tick.tick().await;
                // Nobody watching, nothing to write.
                if updates.receiver_count() > 1 {
                    updates.send_replace(compat_update(&watched, &store).await);
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
    handshake: Handshake,
    app: SharedApp,
    identity: Option<Identity>,
    dialogue: Dialogue,
) -> Response {
    let Some(place) = Place::take(&app.live.watchers) else {
        let message = "Too many pages are watching already; close some";
        return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Too many watchers", message)
            .into_response();
    };
    handshake.accept(move |mut socket| async move {
        let _place = place;
        let end = talk(&mut socket, &app, identity.as_ref(), dialogue).await;
        log::debug!("A page stopped watching ({end:?})");
    })
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
    socket: &mut Socket,
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
            more = socket.receive() => match more {
                true => continue,
                false => return End::Left,
            },
            Ok(()) = recheck.changed() => match Box::pin(still_valid(app, identity)).await {
                true => continue,
                false => break End::SignedOut,
            },
            () = stopped(&mut stopping) => break End::ShuttingDown,
        };
        if !socket.send(&message).await {
            return End::TooSlow;
        }
    };
    // RFC 6455 §7.4.1: policy violation; going away.
    let (code, reason) = match end {
        End::SignedOut => (1008, "signed out"),
        _ => (1001, "shutting down"),
    };
    Box::pin(socket.close(code, reason)).await;
    end
}

/// The first messages; `false` if they were not taken.
async fn open(
    socket: &mut Socket,
    app: &SharedApp,
    dialogue: Dialogue,
    updates: &mut watch::Receiver<Frame>,
) -> bool {
    let latest = updates.borrow_and_update().clone();
    match dialogue {
        Dialogue::Stream => socket.send(&latest).await,
        // The shared message may be old when nobody watched until now.
        Dialogue::Compat => {
            let greeting = Frame::text(compat::socket::GREETING.to_owned());
            let update = compat_update(&app.rig, &app.store).await;
            socket.send(&greeting).await && socket.send(&update).await
        }
    }
}

/// The message of the old page's socket.
async fn compat_update(rig: &Rig, store: &Store) -> Frame {
    let snapshot = rig.snapshot();
    let rest = compat::socket::Rest::of(rig, store, &snapshot).await;
    Frame::text(compat::socket::update(&snapshot, rest, now_ms()).to_string())
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

/// A page whose session was ended elsewhere must not go on watching.
async fn still_valid(app: &SharedApp, identity: Option<&Identity>) -> bool {
    let Some(identity) = identity else { return true };
    // While the store cannot answer, the page stays.
    let user = app.identities.user_of(&identity.proof, now_ms()).await;
    user.is_ok_and(|user| user.is_some()) || app.store.health().borrow().is_failing()
}

fn event_message(event: &Event) -> Frame {
    let message = serde_json::json!({ "type": "event", "event": v1::events::render(event) });
    Frame::text(message.to_string())
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
