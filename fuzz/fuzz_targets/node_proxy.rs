//! A browser's body goes in, is planned, answered with itself, and comes out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quaiminer_node::proxy::{Map, Plan, parse, plan};
use quaiminer_node::rpc::{self, Answer};
use serde_json::{Value, json};

fuzz_target!(|input: &[u8]| {
    let _ = Map::EthBlock.apply(serde_json::from_slice(input).map_err(|_| unreadable()));
    let _ = rpc::read(Answer { status: 200, body: input }, 3);
    let Ok(incoming) = parse(input) else { return };
    let results = incoming.entries().iter().map(|entry| {
        let call = entry.call.clone()?;
        match plan(&call.method, call.params) {
            Plan::Forward(forward) => {
                let body = rpc::request([(forward.method, forward.params.as_slice())]);
                assert!(serde_json::from_str::<Value>(&body).is_ok_and(|body| body.is_object()));
                forward.map.apply(Ok(json!(body)))
            }
            Plan::Local(local) => Ok(json!(format!("{local:?}"))),
            Plan::Refused(error) => Err(error),
        }
    });
    let results = results.collect();
    let wanted = incoming.entries().iter().filter(|entry| entry.wants_answer()).count();
    let answered = match incoming.respond(results) {
        None => 0,
        Some(Value::Array(answers)) => answers.len(),
        Some(_) => 1,
    };
    assert_eq!(answered, wanted);
});

fn unreadable() -> rpc::RpcError {
    rpc::RpcError::new(rpc::RpcError::INTERNAL, "not JSON")
}
