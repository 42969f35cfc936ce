//! A stand-in for a miner program and its API.

mod cpuminer;
mod generic;
mod kawpowminer;
mod values;
mod xmrig;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

pub use values::{Device, Values};

use crate::lies;
use crate::server::Server;
use crate::wire::{Fault, Wire};

/// The language of its API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// JSON-RPC in lines over TCP, with the real program's pipelining bug.
    Kawpowminer,
    /// HTTP, one request per connection.
    Xmrig,
    /// Text over TCP, one command per connection.
    Cpuminer,
    /// What the Node server took from `MINER_API_URL`: JSON over HTTP.
    Json,
}

impl Protocol {
    pub const ALL: [Protocol; 4] =
        [Protocol::Kawpowminer, Protocol::Xmrig, Protocol::Cpuminer, Protocol::Json];

    /// The scheme of a `MINER_API_URL`.
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Kawpowminer => "kawpowminer",
            Protocol::Xmrig => "xmrig",
            Protocol::Cpuminer => "cpuminer",
            Protocol::Json => "http",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }
}

/// How it behaves. All but `Normal` and `Restarted` begin with the next request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Behaviour {
    Normal,
    /// Closes every connection at once. (To have the port refuse, drop the
    /// stand-in.)
    Refuse,
    /// Accepts and reads, and never answers.
    Hang,
    /// Answers rightly, in ten pieces over this time.
    Slow(Duration),
    /// Half an answer, then the end of the connection.
    Truncate,
    /// An answer without end.
    Flood,
    /// Bytes that are nothing, within a right frame.
    Garbage,
    /// Right form, wrong types and absurd numbers, other ones every time.
    Lie,
    /// Sets all counters back to zero, then behaves normally.
    Restarted,
    /// Mines nothing, for want of a pool.
    PoolDown,
    /// One device was told to pause; with XMRig, which cannot, all.
    Paused,
    /// Has just begun; all zero.
    Starting,
    /// Names that are attacks on whoever shows them.
    HostileText,
}

#[derive(Debug, Clone)]
pub struct MinerOptions {
    pub protocol: Protocol,
    /// 0 takes a free one.
    pub port: u16,
    pub devices: u32,
    /// How long it has been running; enough that a restart shows.
    pub uptime: Duration,
    /// Needed by kawpowminer's and XMRig's clients.
    pub password: Option<String>,
}

impl MinerOptions {
    pub fn new(protocol: Protocol) -> Self {
        MinerOptions {
            protocol,
            port: 0,
            devices: 2,
            uptime: Duration::from_secs(3600),
            password: None,
        }
    }
}

/// Runs until it is dropped.
pub struct Miner {
    server: Server,
    rig: Arc<Rig>,
}

impl Miner {
    pub fn start(protocol: Protocol) -> io::Result<Self> {
        Self::start_with(MinerOptions::new(protocol))
    }

    pub fn start_with(options: MinerOptions) -> io::Result<Self> {
        let port = options.port;
        let protocol = options.protocol;
        let rig = Arc::new(Rig {
            now: Mutex::new(Now {
                behaviour: Behaviour::Normal,
                started: Instant::now(),
                head_start: options.uptime,
            }),
            options,
            requests: AtomicU64::new(0),
        });
        let serving = Arc::clone(&rig);
        let server = Server::start(port, move |stream, stop| {
            let mut wire = Wire::new(stream, stop);
            let ended = match (serving.behaviour(), protocol) {
                (Behaviour::Refuse, _) => return,
                (_, Protocol::Kawpowminer) => kawpowminer::serve(&mut wire, &serving),
                (_, Protocol::Xmrig) => xmrig::serve(&mut wire, &serving),
                (_, Protocol::Cpuminer) => cpuminer::serve(&mut wire, &serving),
                (_, Protocol::Json) => generic::serve(&mut wire, &serving),
            };
            if ended.is_ok() {
                wire.finish();
            }
        })?;
        Ok(Miner { server, rig })
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// As it is written in `MINER_API_URL`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.rig.options.protocol.name(), self.address())
    }

    pub fn set(&self, behaviour: Behaviour) {
        let mut now = self.rig.lock();
        now.behaviour = behaviour;
        if behaviour == Behaviour::Restarted {
            now.started = Instant::now();
            now.head_start = Duration::ZERO;
        }
    }

    /// What it would measure and tell now.
    pub fn values(&self) -> Values {
        self.rig.values()
    }

    /// How often it has been asked something.
    pub fn requests(&self) -> u64 {
        self.rig.requests.load(Ordering::Relaxed)
    }
}

/// What the protocols share.
struct Rig {
    options: MinerOptions,
    now: Mutex<Now>,
    requests: AtomicU64,
}

#[derive(Clone, Copy)]
struct Now {
    behaviour: Behaviour,
    started: Instant,
    head_start: Duration,
}

impl Rig {
    fn behaviour(&self) -> Behaviour {
        self.lock().behaviour
    }

    fn values(&self) -> Values {
        let now = *self.lock();
        let uptime = match now.behaviour {
            Behaviour::Starting => Duration::from_secs(2),
            _ => now.head_start + now.started.elapsed(),
        };
        let mut values = Values::at(uptime, self.options.devices);
        match now.behaviour {
            Behaviour::PoolDown => values.halt(),
            Behaviour::Paused => {
                if let Some(device) = values.devices.last_mut() {
                    device.paused = true;
                    device.hashrate_hs = 0;
                }
            }
            _ => {}
        }
        values
    }

    /// `usual`, unless names are to be attacks.
    fn name(&self, usual: &str) -> String {
        match self.behaviour() {
            Behaviour::HostileText => format!("{usual}{}", lies::HOSTILE),
            _ => usual.to_owned(),
        }
    }

    /// The bytes of an answer that is JSON; counts it.
    fn json(&self, mut answer: Value) -> Vec<u8> {
        let turn = self.count();
        match self.behaviour() {
            Behaviour::Garbage => return lies::GARBAGE.to_vec(),
            Behaviour::Lie => lies::lie(&mut answer, turn),
            _ => {}
        }
        answer.to_string().into_bytes()
    }

    /// Counts an answer and says which one it is.
    fn count(&self) -> usize {
        self.requests.fetch_add(1, Ordering::Relaxed) as usize
    }

    fn fault(&self) -> Fault {
        match self.behaviour() {
            Behaviour::Refuse => Fault::Close,
            Behaviour::Hang => Fault::Hang,
            Behaviour::Slow(duration) => Fault::Slow(duration),
            Behaviour::Truncate => Fault::Truncate,
            Behaviour::Flood => Fault::Flood,
            _ => Fault::None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A recording that answers are made from.
fn recorded(text: &str) -> Value {
    // Every recording is read by a test.
    serde_json::from_str(text).unwrap_or_default()
}

/// Replaces what a recording says at a place. A place that the recording does
/// not have is an error of the stand-in.
fn put(answer: &mut Value, pointer: &str, value: impl Into<Value>) {
    match answer.pointer_mut(pointer) {
        Some(place) => *place = value.into(),
        None => debug_assert!(false, "the recording has no {pointer}"),
    }
}
