//! A listener on loopback whose connections are threads, and which ends all of
//! them when it is dropped. After that the port refuses connections.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(crate) struct Server {
    address: SocketAddr,
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Port 0 takes a free one.
    pub(crate) fn start(
        port: u16,
        serve: impl Fn(TcpStream, &Stop) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(Stop::default());
        let accepting = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("stand-in".to_owned())
            .spawn(move || accept(&listener, &accepting, &serve))?;
        Ok(Server { address, stop, thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.stop();
        // Wakes the accepting thread; if that fails it is gone already.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, stop: &Stop, serve: &(impl Fn(TcpStream, &Stop) + Sync)) {
    // The scope ends when the last connection has ended.
    thread::scope(|scope| {
        for stream in listener.incoming() {
            if stop.is_stopped() {
                break;
            }
            let Ok(stream) = stream else { continue };
            // An answer is written in one piece; waiting for more would only delay it.
            let _ = stream.set_nodelay(true);
            let Some(id) = stop.register(&stream) else { continue };
            scope.spawn(move || {
                serve(stream, stop);
                stop.deregister(id);
            });
        }
    });
}

/// What ends the connections of one server.
#[derive(Default)]
pub(crate) struct Stop {
    state: Mutex<State>,
    stopped: Condvar,
}

#[derive(Default)]
struct State {
    stopped: bool,
    next_id: u64,
    open: Vec<(u64, TcpStream)>,
}

impl Stop {
    pub(crate) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Sleeps, but not past the end of the server. Returns false at the end.
    pub(crate) fn sleep(&self, duration: Duration) -> bool {
        let until = Instant::now() + duration;
        let mut state = self.lock();
        while !state.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state =
                self.stopped.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        // Reads and writes that are under way end at once.
        for (_, stream) in &state.open {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.stopped.notify_all();
    }

    /// `None` when the server has ended meanwhile.
    fn register(&self, stream: &TcpStream) -> Option<u64> {
        let copy = stream.try_clone().ok()?;
        let mut state = self.lock();
        if state.stopped {
            return None;
        }
        let id = state.next_id;
        state.next_id += 1;
        state.open.push((id, copy));
        Some(id)
    }

    fn deregister(&self, id: u64) {
        self.lock().open.retain(|(open, _)| *open != id);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
