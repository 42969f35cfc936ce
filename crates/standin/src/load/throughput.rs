//! How many answers a second come when many ask at once.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};

use super::Target;
use super::response::Response;

#[derive(Debug, Clone, Copy)]
pub struct Throughput {
    pub responses: u64,
    pub elapsed: Duration,
}

impl Throughput {
    pub fn per_second(&self) -> f64 {
        self.responses as f64 / self.elapsed.as_secs_f64()
    }
}

/// Keeps one request under way on each of `connections` for `duration`. An
/// answer other than 200 is an error: fast refusals are no throughput.
pub fn throughput(
    target: &Target,
    connections: usize,
    duration: Duration,
) -> io::Result<Throughput> {
    let request = target.request();
    let readiness = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut open: Vec<(TcpStream, Response)> = Vec::with_capacity(connections);
    for index in 0..connections {
        let stream = target.connect()?;
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&readiness, &stream, data, epoll::EventFlags::IN)?;
        open.push((stream, Response::default()));
    }

    let began = Instant::now();
    for (stream, _) in &mut open {
        // An empty socket buffer has room for a request.
        stream.write_all(&request)?;
    }
    let mut responses = 0;
    let mut last_answer = Instant::now();
    let mut events = Vec::with_capacity(connections);
    while began.elapsed() < duration {
        if last_answer.elapsed() > Duration::from_secs(10) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let timeout = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        events.clear();
        epoll::wait(&readiness, rustix::buffer::spare_capacity(&mut events), Some(&timeout))?;
        for event in &events {
            let Some((stream, response)) = open.get_mut(event.data.u64() as usize) else {
                continue;
            };
            match response.read_from(stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                outcome => outcome?,
            }
            if response.is_complete()? {
                response.check_ok()?;
                response.clear();
                responses += 1;
                last_answer = Instant::now();
                stream.write_all(&request)?;
            }
        }
    }
    Ok(Throughput { responses, elapsed: began.elapsed() })
}
