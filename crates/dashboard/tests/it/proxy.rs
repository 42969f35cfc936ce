//! What pages may ask of the node through the dashboard.

mod answers;
mod refusals;
mod upstream;

use quaiminer_standin::Node;
use serde_json::{Value, json};

use crate::support::http::Response;
use crate::support::{Dashboard, Home};

fn with_node() -> (Node, Home) {
    let node = Node::start().unwrap();
    let home = Home::with_users().set("NODE_RPC_URL", &node.url());
    (node, home)
}

fn ask(dashboard: &Dashboard, body: &Value) -> Response {
    dashboard.viewer().post("/api/node/rpc", body)
}

fn call(dashboard: &Dashboard, method: &str, params: &Value) -> Value {
    ask(dashboard, &json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).ok()
}
