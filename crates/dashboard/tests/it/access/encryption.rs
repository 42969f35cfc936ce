//! HTTPS with a certificate of the owner's.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::support::node_server::OWNER_PASSWORD;
use crate::support::{Dashboard, Home};

/// For `localhost` and 127.0.0.1, until 2124.
const CERTIFICATE: &str = include_str!("../../fixtures/tls/cert.pem");
const KEY: &str = include_str!("../../fixtures/tls/key.pem");

/// Sends a request over TLS; the whole answer as text.
fn ask(dashboard: &Dashboard, head: &str, body: &str) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap()).unwrap();
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(dashboard.address).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    let head = format!("{head}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn with_a_certificate_all_is_encrypted() {
    let home = Home::with_users();
    std::fs::write(home.path("cert.pem"), CERTIFICATE).unwrap();
    std::fs::write(home.path("key.pem"), KEY).unwrap();
    let path = |name: &str| home.path(name).display().to_string();
    let (certificate, key) = (path("cert.pem"), path("key.pem"));
    let home = home.set("TLS_CERT", &certificate).set("TLS_KEY", &key);
    let dashboard = home.launch();
    assert!(dashboard.stdout().iter().any(|line| line.contains("Open https://127.0.0.1:")));

    let client = dashboard.anonymous();
    let health = ask(&dashboard, &client.head("GET", "/api/health"), "");
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    assert!(health.contains("strict-transport-security: max-age=31536000"), "{health}");
    let page = ask(&dashboard, &client.head("GET", "/"), "");
    assert!(page.contains("cross-origin-opener-policy: same-origin"), "{page}");
    let session = ask(&dashboard, &client.head("GET", "/api/v1/session"), "");
    assert!(session.contains(r#""tls":true"#), "{session}");
    // Its own page may write, also where the address is encrypted.
    let own = client.with("Origin", &format!("https://{}", dashboard.address));
    let own = own.with("Content-Type", "application/json");
    let body = json!({ "username": "admin", "password": OWNER_PASSWORD }).to_string();
    let signed_in = ask(&dashboard, &own.head("POST", "/api/v1/session"), &body);
    let cookie = signed_in.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    assert!(cookie.ends_with("; Secure"), "{cookie}");

    // In clear nothing is answered, and nobody else notices.
    let plain = dashboard.anonymous().try_send("GET", "/api/health", None);
    assert!(plain.is_err(), "{plain:?}");
    let silent = TcpStream::connect(dashboard.address).unwrap();
    let health = ask(&dashboard, &dashboard.anonymous().head("GET", "/api/health"), "");
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    drop(silent);
    assert_eq!(dashboard.stop().code, Some(0));
}
