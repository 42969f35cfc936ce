//! What can be at an address instead of a rig.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server that answers every request in this way.
pub struct Peer {
    pub address: SocketAddr,
    /// Connections so far.
    visits: Arc<AtomicUsize>,
}

impl Peer {
    pub fn start(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let visits = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (visits.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                count.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                std::thread::spawn(move || {
                    // What it is asked is all the same to it.
                    let _ = stream.read(&mut [0; 4096]);
                    answer(&mut stream);
                });
            }
        });
        Peer { address, visits }
    }

    pub fn saying(text: impl Into<String>) -> Self {
        let text = text.into();
        Peer::start(move |stream| {
            let _ = stream.write_all(text.as_bytes());
        })
    }

    pub fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}
