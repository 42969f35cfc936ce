use quaiminer_domain::node::BlockTimes;
use quaiminer_domain::{Fact, Reason};
use quaiminer_node::block_times::{read, request};
use quaiminer_node::rpc::Answer;
use serde_json::{Value, json};

fn told(times: [Value; 10]) -> Result<BlockTimes, Reason> {
    let answers = times.into_iter().enumerate().map(|(id, time)| {
        json!({ "jsonrpc": "2.0", "id": id, "result": { "woHeader": { "timestamp": time } } })
    });
    let body = Value::from_iter(answers).to_string();
    match read(Answer { status: 200, body: body.as_bytes() }) {
        Fact::Known(times) => Ok(times),
        Fact::Unknown(reason) => Err(reason),
    }
}

#[test]
fn ten_headers_are_asked_for_the_oldest_first() {
    let calls: Value = serde_json::from_str(&request(0x5f_1a2c)).unwrap();
    assert_eq!(calls.as_array().unwrap().len(), 10);
    assert_eq!(calls[0]["params"], json!(["0x5f1a23"]));
    assert_eq!(calls[9]["params"], json!(["0x5f1a2c"]));
    assert_eq!(calls[9]["method"], "quai_getHeaderByNumber");
    let calls: Value = serde_json::from_str(&request(2)).unwrap();
    assert_eq!((&calls[0]["params"], &calls[9]["params"]), (&json!(["0x0"]), &json!(["0x2"])));
}

#[test]
fn mean_and_spread_of_the_intervals() {
    let every_five = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45].map(|s| json!(format!("{s:#x}")));
    let times = told(every_five.clone()).unwrap();
    assert_eq!((times.mean_s, times.variance_s2, times.deviation_s()), (5.0, 0.0, 0.0));
    // 2, 8, 2, 8, 2, 8, 2, 8, 5
    let uneven = [0, 2, 10, 12, 20, 22, 30, 32, 40, 45].map(|s| json!(s));
    let times = told(uneven).unwrap();
    assert_eq!((times.mean_s, times.variance_s2), (5.0, 8.0));
    assert_eq!(times.usual_deviation_s, times.deviation_s());

    let mut broken = every_five;
    broken[4] = json!(null);
    assert_eq!(told(broken), Err("The node did not report it".into()));
    let refused = read(Answer { status: 403, body: b"" });
    assert!(refused.reason().is_some());
}
