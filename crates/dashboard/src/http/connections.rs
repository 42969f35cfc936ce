//! The open connections, and the end of those that say nothing: one look at
//! all of them every other second costs less than a timer for each request.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::task::{AbortHandle, Id, JoinSet};

/// For the head of a request, between two of them, and for the client to take
/// an answer.
const IDLE_DEADLINE: Duration = Duration::from_secs(15);
/// Requests that are under way at the end get so long.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// What a connection is doing.
pub struct Activity {
    opened: Instant,
    busy: AtomicBool,
    /// The end of the last request, in milliseconds after `opened`.
    idle_from_ms: AtomicU64,
}

impl Activity {
    fn new() -> Self {
        Activity {
            opened: Instant::now(),
            busy: AtomicBool::new(false),
            idle_from_ms: AtomicU64::new(0),
        }
    }

    /// A request has come and is being answered.
    pub fn begin(&self) {
        self.busy.store(true, Ordering::Relaxed);
    }

    pub fn end(&self) {
        self.touch();
        self.busy.store(false, Ordering::Relaxed);
    }

    fn touch(&self) {
        let now_ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.idle_from_ms.store(now_ms, Ordering::Relaxed);
    }

    fn is_idle_for(&self, time: Duration) -> bool {
        let from = Duration::from_millis(self.idle_from_ms.load(Ordering::Relaxed));
        !self.busy.load(Ordering::Relaxed) && self.opened.elapsed().saturating_sub(from) >= time
    }
}

/// A streamed answer may take long; a connection is alive as long as its
/// client takes more of it.
pub fn watch(response: Response, activity: &Arc<Activity>) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| Body::new(Watched { body, activity: activity.clone() }))
}

struct Watched {
    body: Body,
    activity: Arc<Activity>,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.activity.touch();
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[derive(Default)]
pub struct Connections {
    tasks: JoinSet<()>,
    watched: HashMap<Id, (AbortHandle, Arc<Activity>)>,
}

impl Connections {
    pub fn spawn<F>(&mut self, serve: impl FnOnce(Arc<Activity>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let activity = Arc::new(Activity::new());
        let handle = self.tasks.spawn(serve(activity.clone()));
        self.watched.insert(handle.id(), (handle, activity));
    }

    /// Completes when a connection has ended. What is known of it is forgotten
    /// at once: a handle keeps the memory of its task.
    pub async fn ended(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => std::future::pending().await,
        };
        self.watched.remove(&id);
    }

    /// Ends the connections that have been silent for too long.
    pub fn sweep(&self) {
        self.close_idle_for(IDLE_DEADLINE);
    }

    fn close_idle_for(&self, time: Duration) {
        for (task, activity) in self.watched.values() {
            if activity.is_idle_for(time) {
                task.abort();
            }
        }
    }

    /// Lets the requests that are under way finish; all else ends at once.
    pub async fn finish(mut self) {
        let deadline = tokio::time::Instant::now() + FINISH_WITHIN;
        loop {
            // A little longer than nothing: what has just been answered is on
            // its way to the socket.
            self.close_idle_for(Duration::from_millis(50));
            let ended = async { while self.tasks.join_next().await.is_some() {} };
            if tokio::time::timeout(Duration::from_millis(50), ended).await.is_ok() {
                return;
            }
            if tokio::time::Instant::now() >= deadline {
                log::warn!("Some requests were still under way and were cut off");
                return;
            }
        }
    }
}
