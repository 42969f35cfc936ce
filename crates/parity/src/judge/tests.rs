use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::*;
use crate::recording::{self, Captures};

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden.jsonl");
    recording::read(&file).unwrap()
});

fn row(name: &str) -> &'static Row {
    ROWS.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no row {name}"))
}

fn json_answer(status: u16, body: Value) -> Answer {
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("access-control-allow-credentials", "true"),
        ("cache-control", "no-store"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Answer { status, headers, body }
}

fn refusal(status: u16, field: &str) -> Answer {
    json_answer(status, json!({ "error": "No", "message": "Because", "field": field }))
}

/// The recorded answer, with some places changed.
fn but(name: &str, changes: &[(&str, Value)]) -> Answer {
    let mut answer = row(name).answer.clone();
    for (at, value) in changes {
        *answer.body.pointer_mut(at).unwrap_or_else(|| panic!("{name} has no {at}")) =
            value.clone();
    }
    answer
}

/// Answers of a whole server, row by row.
struct Server {
    story: Story,
    setting: Setting,
}

impl Server {
    fn new() -> Self {
        Server { story: Story::new(Captures::new()), setting: Setting::Bare }
    }

    /// `R2`, `R2 follows, R7`, `equal` or `different`.
    fn answers(&mut self, name: &str, got: Answer) -> String {
        let row = row(name);
        let sent = row.request(&self.story.captures);
        let expected = row.expected(&self.story.captures);
        let case = Case {
            row,
            sent: &sent,
            expected: &expected,
            got: &got,
            story: &self.story,
            setting: self.setting,
        };
        let verdict = judge(&case);
        self.story.note(row, &got, &verdict);
        match verdict {
            Verdict::Equal => "equal".to_owned(),
            Verdict::Different(_) => "different".to_owned(),
            Verdict::Deviates(tags) => {
                tags.iter().map(|tag| tag.text()).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

#[track_caller]
fn check(name: &str, got: Answer, expected: &str) {
    let described = format!("{name}: {got:?}");
    assert_eq!(Server::new().answers(name, got), expected, "{described}");
}

#[test]
fn the_recording_equals_itself() {
    for row in ROWS.iter() {
        check(&row.name, row.answer.clone(), "equal");
    }
}

#[test]
fn any_field_that_is_missing_or_other_is_seen() {
    for (name, at) in [
        ("health", "/status"),
        ("blocks.post.full", "/block/chain"),
        ("gpus", "/success"),
        ("optimizer.get", "/settings/strategy"),
        ("setup.status.done", "/setupComplete"),
        ("rigs.add", "/rig/port"),
    ] {
        check(name, but(name, &[(at, json!("tampered"))]), "different");
        check(name, but(name, &[(at, Value::Null)]), "different");
    }
    check("gpus", json_answer(200, json!({ "success": true })), "different");
    check("gpus", json_answer(404, json!({ "error": "a", "message": "b" })), "different");
    let mut other = row("gpus").answer.clone();
    other.headers.insert("content-type".to_owned(), "text/html".to_owned());
    check("gpus", other, "different");
}

#[test]
fn r1_is_for_bodies_that_are_none() {
    check("bad.errors.malformed", refusal(400, "x"), "R1");
    check("bad.errors.array", refusal(400, "x"), "R1");
    check("bad.charset", refusal(415, "x"), "R1");
    check("bad.10mb", refusal(413, "x"), "R1");
    check("bad.10mb", refusal(400, "x"), "different");
    check("bad.errors.malformed", json_answer(400, json!({ "error": "a" })), "different");
    check("bad.errors.malformed", json_answer(200, json!({ "success": true })), "different");
    check("bad.errors.emptyobj", refusal(400, "x"), "different");
}

#[test]
fn r2_names_a_field_that_was_sent() {
    check("blocks.post.strjunk", refusal(400, "blockNumber"), "R2");
    check("blocks.post.strjunk", refusal(400, "chain"), "different");
    check("blocks.post.strjunk", refusal(400, ""), "different");
    check("blocks.post.strjunk", refusal(500, "blockNumber"), "different");
    check("blocks.list.limit=abc", refusal(400, "limit"), "R2");
    // What is right is not refused.
    check("blocks.post.full", refusal(400, "blockNumber"), "different");
    check("blocks.list.limit2", refusal(400, "limit"), "different");
    check("rigs.control.bogus", refusal(400, "action"), "R15");
}

#[test]
fn r3_tells_the_failure() {
    let failure = json!({ "success": false, "error": "There is no mail server" });
    check("alerts.send.email", json_answer(200, failure), "R3");
    check("alerts.send.email", json_answer(200, json!({ "success": false })), "different");
    let missing = json!({ "error": "Notification not found", "message": "It is gone" });
    check("notifications.read.missing", json_answer(404, missing), "R3");
    // There is no route for it, which is something else.
    let nothing = json!({ "error": "Not found", "message": "There is nothing at this address" });
    check("notifications.read.missing", json_answer(404, nothing), "different");
}

#[test]
fn r4_says_why_it_does_not_know() {
    let unknown = |reason: Value| {
        let mut answer = but("chain.metrics", &[("/price", json!(0)), ("/blockTime", json!(0))]);
        answer.body["available"] = json!(false);
        answer.body["reason"] = reason;
        answer
    };
    check("chain.metrics", unknown(json!("The node is down")), "R4");
    check("chain.metrics", unknown(json!("")), "different");
    check("chain.metrics", but("chain.metrics", &[("/price", json!(0))]), "different");
    let mut text = unknown(json!("The node is down"));
    text.body["price"] = json!("0");
    check("chain.metrics", text, "different");
    // On a rig that mines the same is known.
    let mut rig = Server { setting: Setting::Rig, ..Server::new() };
    assert_eq!(rig.answers("chain.metrics", unknown(json!("The node is down"))), "different");
    assert_eq!(
        rig.answers("chain.metrics", but("chain.metrics", &[("/price", json!(5))])),
        "equal"
    );
}

#[test]
fn r5_answers_with_json() {
    check("page.api.unknown", refusal(404, "x"), "R5");
    check("page.api.unknown", row("page.api").answer.clone(), "equal");
    check("page.api.unknown", json_answer(200, json!({})), "different");
    let mut allowed = refusal(405, "x");
    check("health.post", allowed.clone(), "different");
    allowed.headers.insert("allow".to_owned(), "GET".to_owned());
    check("health.post", allowed, "R5");
}

#[test]
fn r8_works() {
    let config = json!({
        "stratum_url": "", "node_rpc": "", "wallet": "", "worker": "", "auto_start": false,
        "miner": { "stratum": "", "wallet": "", "worker": "" }, "node": { "rpcUrl": "" },
        "gpu": { "powerLimit": -20, "coreClock": 100, "memoryClock": 500, "fanSpeed": 70.5 },
    });
    let saved = |config: &Value| json_answer(200, json!({ "success": true, "config": config }));
    check("miner.config.post.gpuok", saved(&config), "R8");
    let mut lost = config.clone();
    lost["gpu"]["powerLimit"] = json!(0);
    check("miner.config.post.gpuok", saved(&lost), "different");
    let mut flat = config;
    flat.as_object_mut().unwrap().remove("miner");
    check("miner.config.post.gpuok", saved(&flat), "different");
}

#[test]
fn what_was_refused_is_missing_later() {
    let mut server = Server::new();
    assert_eq!(server.answers("rigs.add", row("rigs.add").answer.clone()), "equal");
    assert_eq!(server.answers("rigs.add.types", refusal(400, "name")), "R2");
    let missing = json_answer(404, json!({ "error": "Rig not found", "message": "No" }));
    assert_eq!(server.answers("rigs.status.c", missing.clone()), "R2 follows");
    // This one was accepted.
    assert_eq!(server.answers("rigs.status", missing), "different");
}

#[test]
fn a_change_that_was_refused_changes_nothing() {
    let mut server = Server::new();
    let settings = || row("optimizer.get").answer.clone();
    assert_eq!(server.answers("optimizer.get", settings()), "equal");
    // Without a refusal in between another answer is a difference.
    assert_eq!(server.answers("optimizer.get2", settings()), "different");
    assert_eq!(server.answers("optimizer.post.partial", refusal(400, "enabled")), "R2");
    assert_eq!(server.answers("optimizer.get2", settings()), "R2 follows");
    let mut other = settings();
    other.body["settings"]["enabled"] = json!(false);
    assert_eq!(server.answers("optimizer.get2", other), "different");
}

#[test]
fn blocks_that_were_refused_are_not_listed() {
    let mut server = Server::new();
    server.answers("blocks.post.min", row("blocks.post.min").answer.clone());
    server.answers("blocks.post.full", row("blocks.post.full").answer.clone());
    assert_eq!(server.answers("blocks.post.strjunk", refusal(400, "blockNumber")), "R2");
    let blocks = row("blocks.list").answer.body["blocks"].as_array().unwrap().clone();
    let kept = |number: i64, chain: &str| {
        let mut found = blocks
            .iter()
            .filter(|block| block["block_number"] == number && block["chain"] == chain);
        found.next().unwrap().clone()
    };
    let list =
        |blocks: Vec<Value>| json_answer(200, json!({ "total": blocks.len(), "blocks": blocks }));
    let right = list(vec![kept(100, "Cyprus-1"), kept(1, "Prime")]);
    assert_eq!(server.answers("blocks.list", right), "R2 follows");
    let lost = list(vec![kept(100, "Cyprus-1")]);
    assert_eq!(server.answers("blocks.list.limit=0", lost), "different");
}

#[test]
fn secrets_are_masked() {
    let masked = [
        ("/settings/channels/telegram/botToken", json!("********************")),
        ("/settings/channels/discord/webhookUrl", json!("********")),
    ];
    check("alerts.settings.get", but("alerts.settings.get", &masked), "Access");
    let told = [("/settings/channels/telegram/botToken", json!("123:ABCD"))];
    check("alerts.settings.get", but("alerts.settings.get", &told), "different");
}
