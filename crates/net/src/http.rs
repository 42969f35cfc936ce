//! One HTTP/1.1 request and its whole answer. Redirects are not followed: an
//! answer that points elsewhere is an answer, and the caller decides.

use std::sync::{Arc, OnceLock};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use crate::connect::connect;
use crate::exchange::within;
use crate::{Limits, NetError, Reach};

#[derive(Debug, Clone)]
pub struct HttpRequest<'a> {
    pub method: Method,
    pub uri: &'a Uri,
    /// Sent without `Content-Type` where there is none.
    pub json: Option<Vec<u8>>,
    pub headers: HeaderMap,
    pub limits: Limits,
    /// Where it may lead.
    pub reach: Reach,
}

impl<'a> HttpRequest<'a> {
    pub fn get(uri: &'a Uri, limits: Limits) -> Self {
        let (json, headers, reach) = (None, HeaderMap::new(), Reach::Anywhere);
        HttpRequest { method: Method::GET, uri, json, headers, limits, reach }
    }

    pub fn post(uri: &'a Uri, json: Option<Vec<u8>>, limits: Limits) -> Self {
        HttpRequest { method: Method::POST, json, ..HttpRequest::get(uri, limits) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    pub body: Vec<u8>,
}

pub async fn request(request: HttpRequest<'_>) -> Result<HttpResponse, NetError> {
    let limits = request.limits;
    within(Instant::now() + limits.deadline, limits.deadline, send(request)).await
}

async fn send(request: HttpRequest<'_>) -> Result<HttpResponse, NetError> {
    let uri = request.uri;
    let host = uri.host().ok_or_else(|| NetError::Protocol("the address has no host".into()))?;
    let secure = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => {
            return Err(NetError::Protocol(
                "the address must begin with http:// or https://".into(),
            ));
        }
    };
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = connect(host, port, request.reach).await?;
    if secure {
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|error| NetError::Tls(error.to_string()))?;
        let stream = TlsConnector::from(tls_config()?)
            .connect(name, stream)
            .await
            .map_err(|error| NetError::Tls(error.to_string()))?;
        exchange(stream, request).await
    } else {
        exchange(stream, request).await
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: HttpRequest<'_>,
) -> Result<HttpResponse, NetError> {
    let max_bytes = request.limits.max_bytes;
    let request = build(request)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(protocol)?;
    // The connection is driven beside the request and goes with it: dropping
    // this future at the deadline closes the socket.
    let answer = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        let body = read_capped(response.into_body(), max_bytes).await?;
        Ok(HttpResponse { status, body })
    };
    let mut answer = std::pin::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // The other side may close as soon as it has sent everything; what
        // has been read by then is still to be collected.
        _ = connection => answer.await,
    }
}

fn build(request: HttpRequest<'_>) -> Result<Request<Full<Bytes>>, NetError> {
    let authority = request.uri.authority().map_or("", |authority| authority.as_str());
    // Credentials in an address are not part of the Host field.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut headers = request.headers;
    headers.insert(HOST, HeaderValue::from_str(host).map_err(protocol)?);
    match &request.json {
        Some(_) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        // RFC 9110 §8.6: some servers refuse an order that does not say so.
        None if request.method == Method::POST => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        None => {}
    }
    let mut built = Request::new(Full::new(Bytes::from(request.json.unwrap_or_default())));
    *built.method_mut() = request.method;
    *built.uri_mut() = path.parse().map_err(protocol)?;
    *built.headers_mut() = headers;
    Ok(built)
}

async fn read_capped(
    mut body: hyper::body::Incoming,
    max_bytes: usize,
) -> Result<Vec<u8>, NetError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.map_err(broken)?.data_ref() {
            if bytes.len() + data.len() > max_bytes {
                return Err(NetError::TooLarge { max_bytes });
            }
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes)
}

fn protocol(error: impl std::fmt::Display) -> NetError {
    NetError::Protocol(error.to_string())
}

fn broken(error: hyper::Error) -> NetError {
    use std::error::Error;
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return NetError::Closed;
    }
    match error.source().and_then(|source| source.downcast_ref::<std::io::Error>()) {
        Some(io) => std::io::Error::from(io.kind()).into(),
        None => protocol(error),
    }
}

/// Mozilla's roots, compiled in: a rig's own store may be missing.
fn tls_config() -> Result<Arc<rustls::ClientConfig>, NetError> {
    static CONFIG: OnceLock<Arc<rustls::ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| NetError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(CONFIG.get_or_init(|| Arc::new(config)).clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Duration;

    async fn get(answer: &'static [u8], hang: bool) -> Result<HttpResponse, NetError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(answer).unwrap();
            if hang {
                std::thread::sleep(Duration::from_secs(2));
            }
        });
        let uri = format!("http://127.0.0.1:{port}/2/summary").parse().unwrap();
        let limits = Limits { deadline: Duration::from_millis(300), max_bytes: 16 };
        request(HttpRequest::get(&uri, limits)).await
    }

    #[tokio::test]
    async fn whole_answers_of_both_framings() {
        let expected = Ok(HttpResponse { status: 200, body: b"{}".to_vec() });
        assert_eq!(get(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", true).await, expected);
        assert_eq!(get(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", false).await, expected);
        let refused = get(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", false).await;
        assert_eq!(refused.map(|response| response.status), Ok(401));
    }

    #[tokio::test]
    async fn bad_answers_are_errors() {
        let cut = get(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", false).await;
        assert_eq!(cut, Err(NetError::Closed));
        let large =
            get(b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n12345678901234567", false).await;
        assert_eq!(large, Err(NetError::TooLarge { max_bytes: 16 }));
        let slow = get(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", true).await;
        assert_eq!(slow, Err(NetError::Timeout { seconds: 1 }));
        assert!(matches!(get(b"SSH-2.0-OpenSSH\r\n", false).await, Err(NetError::Protocol(_))));
    }

    #[tokio::test]
    async fn an_order_may_have_no_body() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 1024];
            let length = stream.read(&mut head).unwrap();
            stream.write_all(b"HTTP/1.1 204 Done\r\n\r\n").unwrap();
            String::from_utf8_lossy(&head[..length]).to_lowercase()
        });
        let uri = format!("http://user:word@127.0.0.1:{port}/go").parse().unwrap();
        let limits = Limits { deadline: Duration::from_secs(3), max_bytes: 16 };
        let mut order = HttpRequest::post(&uri, None, limits);
        order.headers.insert("x-api-key", HeaderValue::from_static("k"));
        order.reach = Reach::Private;
        assert_eq!(request(order).await.map(|response| response.status), Ok(204));
        let head = server.join().unwrap();
        assert!(head.starts_with("post /go http/1.1\r\n"), "{head}");
        for part in ["x-api-key: k\r\n", "content-length: 0\r\n", &format!("127.0.0.1:{port}\r\n")]
        {
            assert!(head.contains(part), "{head}");
        }
        assert!(!head.contains("content-type") && !head.contains("word"), "{head}");
    }
}
