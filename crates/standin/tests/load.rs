//! The load generator measures the stand-in node, which any HTTP server could be.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use quaiminer_standin::load::{self, Sockets, Target};
use quaiminer_standin::{Node, NodeBehaviour};

#[test]
fn latency_and_throughput() {
    let node = Node::start().unwrap();
    // The node answers a GET without a body with an empty 200.
    let target = Target::new(node.address(), "/");
    assert_eq!(load::get(&target).unwrap(), b"");
    let latencies = load::latency(&target, 200).unwrap();
    assert!(latencies.percentile(0.5) > Duration::ZERO);
    assert!(latencies.percentile(0.5) <= latencies.percentile(0.99));
    assert_eq!(node.requests(), 201);
    let throughput = load::throughput(&target, 8, Duration::from_millis(300)).unwrap();
    assert!(throughput.responses > 8, "{throughput:?}");
    assert!(throughput.elapsed >= Duration::from_millis(300));
    assert!(node.requests() >= 201 + throughput.responses);
}

#[test]
fn refusals_are_no_throughput() {
    let node = Node::start().unwrap();
    node.set(NodeBehaviour::HttpError(429));
    let target = Target::new(node.address(), "/");
    let error = load::throughput(&target, 2, Duration::from_millis(100)).unwrap_err();
    assert!(error.to_string().contains("429"), "{error}");
    assert!(load::latency(&target, 1).is_err());
    assert!(load::get(&target).is_err());
}

#[test]
fn sockets_stay_and_read() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::new(listener.local_addr().unwrap(), "/ws");
    let server = thread::spawn(move || {
        let mut clients = Vec::new();
        for _ in 0..20 {
            let (mut client, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let length = client.read(&mut request).unwrap();
            assert!(
                String::from_utf8_lossy(&request[..length]).starts_with("GET /ws HTTP/1.1\r\n")
            );
            // A ping and a text come together with the consent.
            client
                .write_all(
                    b"HTTP/1.1 101 Switching Protocols\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\
                      \x89\x01p\x81\x02{}",
                )
                .unwrap();
            clients.push(client);
        }
        for client in &mut clients {
            let mut pong = [0; 7];
            client.read_exact(&mut pong).unwrap();
            assert_eq!(pong, [0x8a, 0x81, 0, 0, 0, 0, b'p']);
            client.write_all(b"\x81\x02{}").unwrap();
        }
        // One is closed by the server.
        clients.pop().unwrap().write_all(b"\x88\x00").unwrap();
        clients
    });
    let mut sockets = Sockets::open(&target, 20).unwrap();
    let mut texts = 0;
    for _ in 0..50 {
        texts += sockets.read_for(Duration::from_millis(20)).unwrap();
        if texts == 40 && sockets.still_open() == 19 {
            break;
        }
    }
    assert_eq!((texts, sockets.still_open()), (40, 19));
    server.join().unwrap();
}

#[test]
fn an_upgrade_that_is_refused_is_an_error() {
    let node = Node::start().unwrap();
    let target = Target::new(node.address(), "/ws");
    assert!(Sockets::open(&target, 1).is_err());
}
