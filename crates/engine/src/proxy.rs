//! Calls of browsers to the node. Only what reads is passed on; what several
//! pages ask at the same time is asked once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Uri;
use quaiminer_domain::Fact;
use quaiminer_domain::snapshot::Snapshot;
use quaiminer_net::{HttpRequest, Limits, NetError};
use quaiminer_node::proxy::local::{self, RigFacts};
use quaiminer_node::proxy::{self, Call, Incoming, Local, Map, Plan};
use quaiminer_node::rpc::{self, Answer, RpcError};
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

/// The deadline is the Node server's; larger answers than 1 MiB are no answers
/// for a browser.
const LIMITS: Limits = Limits { deadline: Duration::from_secs(10), max_bytes: 1024 * 1024 };
/// Requests to the node at one time, so that pages cannot wear it out.
const AT_ONCE: usize = 8;
/// Calls in one request to the node: so many full blocks fit into an answer.
const MAX_CALLS: usize = 10;
/// Results kept, of at most [`MAX_KEPT_BYTES`] each.
const MAX_KEPT: usize = 128;
const MAX_KEPT_BYTES: usize = 16 * 1024;

/// Why no answer came; an error within an answer is not one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyError {
    Timeout,
    /// With the reason.
    Unavailable(String),
}

#[derive(Clone)]
pub struct NodeProxy {
    nodes: Vec<Uri>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    at_once: Arc<Semaphore>,
    // Never held across an await.
    kept: Arc<Mutex<HashMap<String, Kept>>>,
}

struct Kept {
    result: Value,
    until: Instant,
}

/// A call that has to go to the node.
struct Asked {
    /// Its place among the calls of the request.
    place: usize,
    method: &'static str,
    params: Vec<Value>,
    map: Map,
    /// Where its result is kept, and for how long.
    key: String,
    keep: Duration,
}

impl NodeProxy {
    pub(crate) fn new(nodes: Vec<Uri>, snapshots: watch::Receiver<Arc<Snapshot>>) -> Self {
        let at_once = Arc::new(Semaphore::new(AT_ONCE));
        NodeProxy { nodes, snapshots, at_once, kept: Arc::default() }
    }

    /// Answers a request; `None` when it wants no answer.
    pub async fn answer(&self, request: &Incoming) -> Result<Option<Value>, ProxyError> {
        let mut results: Vec<Result<Value, RpcError>> = Vec::new();
        let mut asked = Vec::new();
        for (place, entry) in request.entries().iter().enumerate() {
            if let Ok(call) = &entry.call
                && let Plan::Local(Local::Syncing) = proxy::plan(&call.method, Vec::new())
                && let Some(reason) = self.snapshots.borrow().node.reading.reason()
            {
                // A question to the node, though it is not the one that answers.
                return Err(unavailable(reason));
            }
            results.push(match &entry.call {
                Err(error) => Err(error.clone()),
                Ok(_) if !entry.wants_answer() => Ok(Value::Null),
                Ok(call) => self.answer_here(place, call, &mut asked),
            });
        }
        let deadline = Instant::now() + LIMITS.deadline;
        for calls in asked.chunks(MAX_CALLS) {
            let answers = self.ask(calls, deadline).await?;
            for (call, answer) in calls.iter().zip(answers) {
                self.keep(call, &answer);
                if let Some(result) = results.get_mut(call.place) {
                    *result = call.map.apply(answer);
                }
            }
        }
        Ok(request.respond(results))
    }

    /// What need not be asked of the node; a call that must be is put on the
    /// list, with a null in its place.
    fn answer_here(
        &self,
        place: usize,
        call: &Call,
        asked: &mut Vec<Asked>,
    ) -> Result<Value, RpcError> {
        match proxy::plan(&call.method, call.params.clone()) {
            Plan::Refused(error) => Err(error),
            Plan::Local(question) => local::answer(question, &self.rig_facts()),
            Plan::Forward(forward) => {
                let key = format!("{} {}", forward.method, Value::from(forward.params.clone()));
                if let Some(kept) = self.lock().get(&key).filter(|kept| kept.until > Instant::now())
                {
                    return forward.map.apply(Ok(kept.result.clone()));
                }
                let keep = Duration::from_millis(forward.cache_ms.into());
                let proxy::Forward { method, params, map, .. } = forward;
                asked.push(Asked { place, method, params, map, key, keep });
                Ok(Value::Null)
            }
        }
    }

    async fn ask(
        &self,
        asked: &[Asked],
        deadline: Instant,
    ) -> Result<Vec<Result<Value, RpcError>>, ProxyError> {
        let uri = self.node().ok_or_else(|| unavailable("No node is configured"))?;
        let calls = asked.iter().map(|call| (call.method, call.params.as_slice()));
        let request = HttpRequest::post(&uri, Some(rpc::request(calls).into_bytes()), LIMITS);
        let answered = async {
            // Waiting for a place counts towards the deadline.
            let _place = self.at_once.acquire().await;
            quaiminer_net::request(request).await
        };
        let response = match tokio::time::timeout_at(deadline, answered).await {
            Ok(Ok(response)) => response,
            Err(_) | Ok(Err(NetError::Timeout { .. })) => return Err(ProxyError::Timeout),
            Ok(Err(error)) => return Err(unavailable(error)),
        };
        let answer = Answer { status: response.status, body: &response.body };
        rpc::read(answer, asked.len()).map_err(unavailable)
    }

    /// The node that answers now, or else the first there is.
    fn node(&self) -> Option<Uri> {
        let answering = self.snapshots.borrow().node.address.parse().ok();
        answering.filter(|uri| self.nodes.contains(uri)).or_else(|| self.nodes.first().cloned())
    }

    fn rig_facts(&self) -> RigFacts {
        let snapshot = self.snapshots.borrow().clone();
        let node = snapshot.node.reading.value();
        let reason =
            || snapshot.node.reading.reason().unwrap_or("The node does not answer").to_owned();
        let mining = snapshot.miner_readings().next().map(|_| snapshot.is_mining());
        RigFacts {
            in_sync: match node {
                Some(node) => node.in_sync(snapshot.at_ms),
                None => Fact::Unknown(reason().into()),
            },
            height: match node {
                Some(node) => node.height.clone(),
                None => Fact::Unknown(reason().into()),
            },
            hashrate_hs: snapshot.hashrate_hs(),
            mining: Fact::from_option(mining, "No miner answers"),
            coinbase: Fact::unknown("The dashboard keeps no address"),
        }
    }

    fn keep(&self, call: &Asked, answer: &Result<Value, RpcError>) {
        let Ok(result) = answer else { return };
        if result.is_null() || call.keep.is_zero() || result.to_string().len() > MAX_KEPT_BYTES {
            return;
        }
        let now = Instant::now();
        let mut kept = self.lock();
        if kept.len() >= MAX_KEPT {
            kept.retain(|_, one| one.until > now);
            if kept.len() >= MAX_KEPT {
                kept.clear();
            }
        }
        kept.insert(call.key.clone(), Kept { result: result.clone(), until: now + call.keep });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        // Each use leaves a valid map, whatever panics elsewhere.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unavailable(why: impl ToString) -> ProxyError {
    ProxyError::Unavailable(why.to_string())
}
