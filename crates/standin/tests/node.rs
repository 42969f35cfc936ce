//! The stand-in node has go-quai's rules, over real sockets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use quaiminer_standin::{Node, NodeBehaviour, NodeOptions};
use serde_json::{Value, json};

const CHECKSUMMED: &str = "0x00A3E45AA16163F2663015B6695894D918866d19";

fn send(node: &Node, head: &str, body: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(node.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let request = format!(
        "{head}\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        node.address(),
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn post(node: &Node, body: &Value) -> Value {
    let head = "POST / HTTP/1.1\r\nContent-Type: application/json; charset=utf-8";
    let answer = String::from_utf8(send(node, head, &body.to_string())).unwrap();
    let (status, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(status.starts_with("HTTP/1.1 200 OK"), "{status}");
    serde_json::from_str(body).unwrap_or(Value::Null)
}

fn call(node: &Node, method: &str, params: Value) -> Result<Value, (i64, String)> {
    let answer =
        post(node, &json!({"jsonrpc": "2.0", "id": 5, "method": method, "params": params}));
    assert_eq!(answer["id"], 5, "{answer}");
    match answer.get("error") {
        Some(error) => {
            Err((error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned()))
        }
        None => Ok(answer["result"].clone()),
    }
}

fn quantity(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap()
}

#[test]
fn default_namespaces() {
    let node = Node::start().unwrap();
    assert_eq!(quantity(&call(&node, "quai_blockNumber", json!([])).unwrap()), node.height());
    assert_eq!(call(&node, "quai_chainId", json!([])).unwrap(), "0x9");
    assert_eq!(call(&node, "net_version", json!([])).unwrap(), "9");
    assert_eq!(call(&node, "net_peerCount", json!([])).unwrap(), "0x1f");
    assert_eq!(call(&node, "quai_nodeLocation", json!([])).unwrap(), json!(["0x0", "0x0"]));
    for absent in ["eth_blockNumber", "eth_syncing", "net_peers", "admin_peers", "txpool_status"] {
        let (code, message) = call(&node, absent, json!([])).unwrap_err();
        assert_eq!(code, -32601);
        assert_eq!(message, format!("the method {absent} does not exist/is not available"));
    }
    let node =
        Node::start_with(NodeOptions { expose_eth: true, ..NodeOptions::default() }).unwrap();
    assert!(call(&node, "eth_blockNumber", json!([])).is_ok());
    assert!(call(&node, "eth_syncing", json!([])).is_err());
    let block = call(&node, "eth_getBlockByNumber", json!(["latest", false])).unwrap();
    assert_eq!(quantity(&block["number"]), node.height());
}

#[test]
fn addresses_must_be_checksummed() {
    let node = Node::start().unwrap();
    let header = call(&node, "quai_getHeaderByNumber", json!(["latest"])).unwrap();
    let miner = header["woHeader"]["primaryCoinbase"].clone();
    assert!(call(&node, "quai_getBalance", json!([miner, "latest"])).is_ok(), "{miner}");
    let (code, message) =
        call(&node, "quai_getBalance", json!([CHECKSUMMED.to_lowercase(), "latest"])).unwrap_err();
    assert_eq!((code, message.as_str()), (-32000, "address has invalid checksum"));
    let (code, message) = call(&node, "quai_getBalance", json!([miner])).unwrap_err();
    assert_eq!((code, message.as_str()), (-32602, "missing value for required argument 1"));
    assert_eq!(call(&node, "quai_getBalance", json!([miner, "safe"])).unwrap_err().0, -32602);
}

#[test]
fn a_header_has_its_height_in_the_work_object() {
    let node = Node::start().unwrap();
    let header = call(&node, "quai_getHeaderByNumber", json!(["latest"])).unwrap();
    assert!(header["number"].is_array() && header.get("hash").is_none(), "{header}");
    assert_eq!(quantity(&header["woHeader"]["number"]), node.height());
    let now_s = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(now_s - quantity(&header["woHeader"]["timestamp"]) <= 6, "{header}");
    node.set(NodeBehaviour::Stale);
    let stale = call(&node, "quai_getHeaderByNumber", json!(["latest"])).unwrap();
    assert!(now_s - quantity(&stale["woHeader"]["timestamp"]) >= 600, "{stale}");
    node.set(NodeBehaviour::Normal);
    let pending = call(&node, "quai_getHeaderByNumber", json!(["pending"])).unwrap();
    assert_eq!(pending["woHeader"]["hash"], Value::Null);
    let future = format!("0x{:x}", node.height() + 1000);
    assert_eq!(call(&node, "quai_getHeaderByNumber", json!([future])).unwrap(), Value::Null);
}

#[test]
fn blocks_by_number_and_hash() {
    let node = Node::start().unwrap();
    let block = call(&node, "quai_getBlockByNumber", json!(["latest", false])).unwrap();
    assert_eq!(block["order"], 2);
    assert_eq!(call(&node, "quai_getBlockByHash", json!([block["hash"], false])).unwrap(), block);
    let unknown = call(&node, "quai_getBlockByHash", json!(["0x00", false])).unwrap_err();
    assert_eq!(unknown, (-32000, "block not found".to_owned()));
}

#[test]
fn mining_info_in_both_forms() {
    let node = Node::start().unwrap();
    let hex = call(&node, "quai_getMiningInfo", json!([])).unwrap();
    let decimal = call(&node, "quai_getMiningInfo", json!([true])).unwrap();
    assert_eq!(hex["kawpowDifficulty"], "0x1d1a94a2000");
    assert_eq!(decimal["kawpowDifficulty"], "2000000000000");
    assert!(decimal["blockNumber"].is_u64() && hex["blockNumber"].is_string());
    assert_eq!(hex["kawpowHashRate"], decimal["kawpowHashRate"]);
    node.set(NodeBehaviour::NoMiningInfo);
    assert_eq!(call(&node, "quai_getMiningInfo", json!([])).unwrap_err().0, -32000);
    assert!(call(&node, "quai_blockNumber", json!([])).is_ok());
}

#[test]
fn batches_and_what_was_asked() {
    let node = Node::start().unwrap();
    let answers = post(
        &node,
        &json!([
            {"jsonrpc": "2.0", "id": 1, "method": "net_version"},
            {"jsonrpc": "2.0", "method": "net_version"},
            {"jsonrpc": "2.0", "id": "b", "method": "personal_unlockAccount", "params": []},
        ]),
    );
    assert_eq!(answers.as_array().unwrap().len(), 2, "{answers}");
    assert_eq!(answers[1]["id"], "b");
    assert_eq!(answers[1]["error"]["code"], -32601);
    assert_eq!(node.methods(), ["net_version", "net_version", "personal_unlockAccount"]);
    assert_eq!(node.requests(), 1);
    assert_eq!(post(&node, &json!([]))["error"]["code"], -32600);
}

#[test]
fn rules_of_the_transport() {
    let node = Node::start().unwrap();
    let check = |head: &str, body: &str, status: &str| {
        let answer = String::from_utf8(send(&node, head, body)).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {answer}");
    };
    check("POST / HTTP/1.1\r\nContent-Type: text/plain", "{}", "415");
    check("POST / HTTP/1.1", "{}", "415");
    check("PUT / HTTP/1.1\r\nContent-Type: application/json", "{}", "405");
    let foreign = "POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json";
    check(foreign, "{}", "403");
    let body = post(&node, &json!({"id": 1}));
    assert_eq!(body["error"]["code"], -32600);
    let head = "POST / HTTP/1.1\r\nContent-Type: application/json";
    let answer = String::from_utf8(send(&node, head, "{")).unwrap();
    assert!(answer.contains("-32700"), "{answer}");
}

#[test]
fn misbehaviour() {
    let node = Node::start().unwrap();
    let head = "POST / HTTP/1.1\r\nContent-Type: application/json";
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"net_version","params":[]}"#;
    let answer = |behaviour| {
        node.set(behaviour);
        send(&node, head, body)
    };
    assert!(answer(NodeBehaviour::HttpError(502)).starts_with(b"HTTP/1.1 502"));
    assert_eq!(answer(NodeBehaviour::Huge).len() / 1_000_000, 10);
    assert!(String::from_utf8(answer(NodeBehaviour::Garbage)).is_err());
    assert_eq!(answer(NodeBehaviour::Down), b"");
    let half = answer(NodeBehaviour::Truncate).len();
    assert!(half > 10 && half < 100, "{half}");
    node.set(NodeBehaviour::Endless);
    let mut stream = TcpStream::connect(node.address()).unwrap();
    let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_exact(&mut vec![0; 12 << 20]).unwrap();
    node.set(NodeBehaviour::Hang);
    let mut stream = TcpStream::connect(node.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    assert!(stream.read(&mut [0]).is_err());
}
