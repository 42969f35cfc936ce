//! Sources that go, come back, and begin anew.

use quaiminer_standin::{Behaviour, Miner, MinerOptions, Node, NodeBehaviour, Protocol};
use serde_json::json;

use super::{first_snapshot, source};
use crate::support::{Home, eventually};

/// Each reading is five seconds after the last, and three must fail before a
/// loss is news: all in one test, so that the time is spent once.
#[test]
fn losses_returns_and_restarts_are_news() {
    let restarted = Miner::start(Protocol::Kawpowminer).unwrap();
    let lost = Miner::start(Protocol::Xmrig).unwrap();
    let hanging = Miner::start(Protocol::Cpuminer).unwrap();
    let node = Node::start().unwrap();
    let urls = [restarted.url(), lost.url(), hanging.url()];
    let home =
        Home::with_users().set("MINER_API_URL", &urls.join(",")).set("NODE_RPC_URL", &node.url());
    let dashboard = home.start();
    let first = first_snapshot(&dashboard);
    assert!(urls.iter().all(|url| source(&first, url)["state"] == "ok"), "{first}");

    restarted.set(Behaviour::Restarted);
    hanging.set(Behaviour::Hang);
    node.set(NodeBehaviour::HttpError(502));
    let port = lost.address().port();
    drop(lost);
    let has_event = |kind: &str, address: &str| {
        let events = dashboard.events();
        events
            .iter()
            .any(|event| {
                event["kind"] == kind && event["message"].as_str().unwrap().contains(address)
            })
            .then_some(())
    };
    eventually("the restart", || has_event("source.restarted", &urls[0]));
    // A single missed answer shows at once, and is no news.
    let snapshot = eventually("the next readings", || {
        let snapshot = dashboard.snapshot();
        let is_new = source(&snapshot, &urls[0])["uptime_s"].as_u64().is_some_and(|s| s < 60);
        (is_new && source(&snapshot, &urls[1])["state"] == "no_data").then_some(snapshot)
    });
    let since_ms = source(&snapshot, &urls[1])["since_ms"].as_i64().unwrap();

    for address in [&urls[1], &urls[2], &node.url()] {
        eventually("the loss", || has_event("source.lost", address));
    }
    assert_eq!(
        source(&dashboard.snapshot(), &urls[1])["since_ms"],
        since_ms,
        "it keeps its beginning"
    );
    assert_eq!(source(&dashboard.snapshot(), &urls[0])["state"], "ok");

    let _back =
        Miner::start_with(MinerOptions { port, ..MinerOptions::new(Protocol::Xmrig) }).unwrap();
    hanging.set(Behaviour::Normal);
    node.set(NodeBehaviour::Normal);
    for address in [&urls[1], &urls[2], &node.url()] {
        eventually("the return", || has_event("source.found", address));
        eventually("its numbers", || {
            (source(&dashboard.snapshot(), address)["state"] == "ok").then_some(())
        });
    }
    let lost: Vec<_> =
        dashboard.events().into_iter().filter(|event| event["kind"] == "source.lost").collect();
    assert_eq!(lost.len(), 3, "each is told once: {lost:?}");
    assert!(lost.iter().all(|event| event["severity"] == "warning" && event["actor"] == "sampler"));

    // The restart has not made the counters of the history run backwards.
    let history = dashboard.owner().get("/api/v1/history").ok();
    let accepted = history["totals"]["accepted"].as_u64().unwrap();
    assert!(accepted < 1000, "{accepted} shares within seconds");
    let rates = history["hashrate_hs"]["avg"].as_array().unwrap();
    assert!(rates.iter().any(|rate| rate != &json!(null)), "{history}");
}
