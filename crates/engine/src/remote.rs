//! Other rigs of the owner, which run a dashboard too: this one or the Node
//! server's. They are asked when somebody wants to know, and believed in
//! nothing: whoever shows their answers cleans them first.

use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::header::HeaderValue;
use quaiminer_net::{HttpRequest, HttpResponse, Limits, Reach};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

const LIMITS: Limits = Limits { deadline: Duration::from_secs(3), max_bytes: 256 * 1024 };
/// Rigs asked at one time, however many pages want to know; and as many that
/// are given an order, which does not wait behind the curious.
const AT_ONCE: usize = 8;

/// Where a rig is, and how to get in.
#[derive(Debug, Clone)]
pub struct RemoteRig {
    pub host: String,
    pub port: u16,
    pub api_key: Option<String>,
    pub reach: Reach,
}

#[derive(Clone)]
pub struct Remotes {
    questions: Arc<Semaphore>,
    orders: Arc<Semaphore>,
}

impl Remotes {
    pub(crate) fn new() -> Self {
        let places = || Arc::new(Semaphore::new(AT_ONCE));
        Remotes { questions: places(), orders: places() }
    }

    /// What a rig says of itself, or why it says nothing.
    pub async fn stats(&self, rig: &RemoteRig) -> Result<Map<String, Value>, String> {
        let uri = uri(rig, "/api/stats")?;
        ask(&self.questions, rig, HttpRequest::get(&uri, LIMITS)).await
    }

    /// Gives an order to the miner of a rig: `start`, `stop` or `restart`.
    pub async fn order(&self, rig: &RemoteRig, action: &str) -> Result<Map<String, Value>, String> {
        let uri = uri(rig, &format!("/api/miner/{action}"))?;
        ask(&self.orders, rig, HttpRequest::post(&uri, None, LIMITS)).await
    }
}

async fn ask(
    places: &Semaphore,
    rig: &RemoteRig,
    mut request: HttpRequest<'_>,
) -> Result<Map<String, Value>, String> {
    request.reach = rig.reach;
    if let Some(key) = &rig.api_key {
        let mut key = HeaderValue::from_str(key)
            .map_err(|_| "The API key of the rig cannot be sent".to_owned())?;
        key.set_sensitive(true);
        request.headers.insert("x-api-key", key);
    }
    let asked = async {
        // Waiting for a place counts towards the deadline.
        let _place = places.acquire().await;
        quaiminer_net::request(request).await
    };
    match tokio::time::timeout(LIMITS.deadline, asked).await {
        Ok(Ok(response)) => read(&response),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("No answer within {} s", LIMITS.deadline.as_secs())),
    }
}

fn uri(rig: &RemoteRig, path: &str) -> Result<Uri, String> {
    let host = match rig.host.contains(':') {
        true => format!("[{}]", rig.host.trim_matches(['[', ']'])),
        false => rig.host.clone(),
    };
    Uri::builder()
        .scheme("http")
        .authority(format!("{host}:{}", rig.port))
        .path_and_query(path)
        .build()
        .ok()
        .filter(|uri| uri.host().is_some_and(|host| !host.is_empty()))
        .ok_or_else(|| "That is no address of a rig".to_owned())
}

fn read(response: &HttpResponse) -> Result<Map<String, Value>, String> {
    match response.status {
        200..=299 => match serde_json::from_slice(&response.body) {
            Ok(Value::Object(members)) => Ok(members),
            _ => Err("What answers there is not a rig".to_owned()),
        },
        // Where they lead is not looked at: it need not be in the house.
        300..=399 => Err("What answers there sends us elsewhere, which is not followed".to_owned()),
        401 | 403 => Err("The rig does not let us in: give it an API key".to_owned()),
        status => Err(format!("The rig answers with status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rig(host: &str) -> RemoteRig {
        RemoteRig { host: host.to_owned(), port: 80, api_key: None, reach: Reach::Private }
    }

    #[test]
    fn a_host_is_a_host_and_nothing_more() {
        let address = |host: &str| uri(&rig(host), "/api/stats").map(|uri| uri.to_string());
        assert_eq!(address("10.0.0.1").as_deref(), Ok("http://10.0.0.1:80/api/stats"));
        assert_eq!(address("fd00::1").as_deref(), Ok("http://[fd00::1]:80/api/stats"));
        assert_eq!(address("[fd00::1]").as_deref(), Ok("http://[fd00::1]:80/api/stats"));
        for wrong in ["evil.example/path?", "a b", "", "x\r\ny", "a/b", "[::1]/x"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_json_object_of_success_is_an_answer() {
        let check = |status, body: &str| {
            read(&HttpResponse { status, body: body.as_bytes().to_vec() }).is_ok()
        };
        assert!(check(200, r#"{"hashRate":1}"#));
        for (status, body) in [
            (200, "<!DOCTYPE html>"),
            (200, "[1]"),
            (200, ""),
            (302, "{}"),
            (401, "{}"),
            (500, "{}"),
        ] {
            assert!(!check(status, body), "{status} {body}");
        }
    }
}
