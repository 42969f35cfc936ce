//! A load generator for measurements: requests one after another, requests
//! over many connections, and WebSockets that stay open. One thread each, so
//! that on two cores the server has the other.

mod latency;
mod response;
mod sockets;
mod throughput;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub use latency::{Latencies, latency};
pub use sockets::Sockets;
pub use throughput::{Throughput, throughput};

/// What is asked for, without signing in.
#[derive(Debug, Clone)]
pub struct Target {
    pub address: SocketAddr,
    pub path: String,
}

impl Target {
    pub fn new(address: SocketAddr, path: &str) -> Self {
        Target { address, path: path.to_owned() }
    }

    fn request(&self) -> Vec<u8> {
        format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.path, self.address).into_bytes()
    }

    fn connect(&self) -> io::Result<TcpStream> {
        /// No healthy server on this machine takes longer for anything.
        const DEADLINE: Duration = Duration::from_secs(10);
        let stream = TcpStream::connect_timeout(&self.address, DEADLINE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        Ok(stream)
    }
}

/// The body that the target answers with status 200.
pub fn get(target: &Target) -> io::Result<Vec<u8>> {
    use io::Write;
    let mut stream = target.connect()?;
    stream.write_all(&target.request())?;
    let mut response = response::Response::default();
    while !response.is_complete()? {
        response.read_from(&mut stream)?;
    }
    response.check_ok()?;
    Ok(response.body().to_vec())
}
