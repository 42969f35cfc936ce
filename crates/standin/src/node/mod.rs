//! A stand-in for a go-quai node: the zone's HTTP port, on the chain of one
//! slice that grows by a block every five seconds.

mod chain;
mod methods;
mod rpc;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::http;
use crate::lies::GARBAGE;
use crate::server::Server;
use crate::wire::{Fault, Wire};
use chain::Chain;

/// How it behaves, beginning with the next request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NodeBehaviour {
    Normal,
    /// Accepts and reads, and never answers.
    Hang,
    /// Closes every connection at once. (To have the port refuse, drop the
    /// stand-in.)
    Down,
    /// Answers rightly, over this time.
    Slow(Duration),
    /// Half an answer, then the end of the connection.
    Truncate,
    /// Has seen no block for ten minutes.
    Stale,
    /// Not JSON.
    Garbage,
    /// Valid JSON of 10 MB.
    Huge,
    /// An answer without end.
    Endless,
    /// This status and a text, as from a proxy before the node.
    HttpError(u16),
    /// `quai_getMiningInfo` fails, as it does before the fork and on nodes
    /// without supply figures.
    NoMiningInfo,
}

#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// 0 takes a free one.
    pub port: u16,
    /// Whether `eth_*` is served too, as with `--rpc.http-api "quai,eth,net"`.
    pub expose_eth: bool,
    pub chain_id: u64,
    pub peers: u64,
}

impl Default for NodeOptions {
    fn default() -> Self {
        NodeOptions { port: 0, expose_eth: false, chain_id: 9, peers: 31 }
    }
}

/// Runs until it is dropped.
pub struct Node {
    server: Server,
    shared: Arc<Shared>,
}

impl Node {
    pub fn start() -> io::Result<Self> {
        Self::start_with(NodeOptions::default())
    }

    pub fn start_with(options: NodeOptions) -> io::Result<Self> {
        let port = options.port;
        let shared = Arc::new(Shared {
            options,
            chain: Chain::start(),
            state: Mutex::new(State {
                behaviour: NodeBehaviour::Normal,
                requests: 0,
                methods: Vec::new(),
            }),
        });
        let serving = Arc::clone(&shared);
        let server = Server::start(port, move |stream, stop| {
            if serving.behaviour() == NodeBehaviour::Down {
                return;
            }
            let mut wire = Wire::new(stream, stop);
            if serve(&mut wire, &serving).is_ok() {
                wire.finish();
            }
        })?;
        Ok(Node { server, shared })
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// As it is written in `NODE_RPC_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    pub fn set(&self, behaviour: NodeBehaviour) {
        self.shared.lock().behaviour = behaviour;
    }

    /// Height of the zone chain that it would tell now.
    pub fn height(&self) -> u64 {
        self.shared.chain.height(self.shared.behaviour())
    }

    /// Number of HTTP requests.
    pub fn requests(&self) -> u64 {
        self.shared.lock().requests
    }

    /// Every method it was ever asked for, in order, batches included.
    pub fn methods(&self) -> Vec<String> {
        self.shared.lock().methods.clone()
    }
}

struct Shared {
    options: NodeOptions,
    chain: Chain,
    state: Mutex<State>,
}

struct State {
    behaviour: NodeBehaviour,
    requests: u64,
    methods: Vec<String>,
}

impl Shared {
    fn behaviour(&self) -> NodeBehaviour {
        self.lock().behaviour
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers the requests of one connection, which is kept alive.
fn serve(wire: &mut Wire<'_>, shared: &Shared) -> io::Result<()> {
    let mut pending = Vec::new();
    while let Some(request) = http::read_request(wire, &mut pending)? {
        shared.lock().requests += 1;
        let behaviour = shared.behaviour();
        let (status, content_type, body) = match behaviour {
            NodeBehaviour::HttpError(status) => {
                (format!("{status} Error"), "text/html", b"<h1>upstream error</h1>".to_vec())
            }
            NodeBehaviour::Garbage => ("200 OK".to_owned(), "application/json", GARBAGE.to_vec()),
            NodeBehaviour::Huge => ("200 OK".to_owned(), "application/json", huge()),
            _ => rpc::answer(&request, shared),
        };
        let mut reply = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        reply.extend(body);
        wire.send(&reply, ENDLESS, fault(behaviour))?;
        if request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            return Ok(());
        }
    }
    Ok(())
}

const ENDLESS: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\
                         \r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x";

fn fault(behaviour: NodeBehaviour) -> Fault {
    match behaviour {
        NodeBehaviour::Hang => Fault::Hang,
        NodeBehaviour::Down => Fault::Close,
        NodeBehaviour::Slow(duration) => Fault::Slow(duration),
        NodeBehaviour::Truncate => Fault::Truncate,
        NodeBehaviour::Endless => Fault::Flood,
        _ => Fault::None,
    }
}

fn huge() -> Vec<u8> {
    const LENGTH_BYTES: usize = 10_000_000;
    let mut body = br#"{"jsonrpc":"2.0","id":1,"result":"0x"#.to_vec();
    body.resize(LENGTH_BYTES, b'a');
    body.extend(br#""}"#);
    body
}
