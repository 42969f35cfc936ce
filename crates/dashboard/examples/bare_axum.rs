//! A server that does nothing but answer `/api/stats` with the bytes of a
//! file: what the dashboard's throughput is compared with. It runs as the
//! dashboard does, on one thread.

use std::error::Error;
use std::io::Write;
use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("usage: bare_axum FILE")?;
    let body = Bytes::from(std::fs::read(file)?);
    let answer = move || {
        let body = body.clone();
        async move { ([(CONTENT_TYPE, "application/json")], body) }
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let listener = listener.tap_io(|stream| {
        // Without it an answer waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().route("/api/stats", get(answer))).await?;
    Ok(())
}
