use proptest::prelude::*;
use serde_json::json;

use super::*;

const OLD: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const NEW: &str = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359";

fn object(value: Value) -> Content {
    value.as_object().unwrap().clone()
}

fn changed(current: Value, posted: Value) -> Change {
    plan(&object(current), object(posted)).unwrap()
}

fn refused(current: Value, posted: Value) -> ApiError {
    plan(&object(current), object(posted)).unwrap_err()
}

#[test]
fn objects_are_merged_and_the_unknown_is_kept() {
    let current = json!({ "rig_id": "a", "mining": { "mode": "solo", "x": [1] }, "list": [1, 2] });
    let change = changed(
        current.clone(),
        json!({ "mining": { "mode": "pool", "lastSwitch": 7 }, "list": [3], "new": { "a": 1 } }),
    );
    let expected = json!({
        "rig_id": "a",
        "mining": { "mode": "pool", "x": [1], "lastSwitch": 7 },
        "list": [3],
        "new": { "a": 1 },
    });
    assert_eq!(Value::Object(change.content.clone()), expected);
    assert!(!change.concerns_income());
    assert_eq!(
        change.describe(),
        "mining.mode solo → pool, mining.lastSwitch (none) → 7, list 2 entries → 1 entries, new.a (none) → 1"
    );
    for same in [json!({}), current.clone(), json!({ "rig_id": null, "mining": { "mode": "" } })] {
        assert!(changed(current.clone(), same).is_empty());
    }
}

#[test]
fn any_name_of_a_setting_changes_it_under_all() {
    for current in [json!({ "wallet": OLD }), json!({ "miner": { "wallet": OLD, "x": 1 } })] {
        for posted in [
            json!({ "wallet": NEW }),
            json!({ "miner": { "wallet": NEW } }),
            // Sent back with the old value under the other name.
            json!({ "wallet": OLD, "miner": { "wallet": NEW } }),
            json!({ "wallet": NEW, "miner": { "wallet": OLD, "stratum": "" } }),
        ] {
            let change = changed(current.clone(), posted.clone());
            assert_eq!(change.content["wallet"], NEW, "{posted}");
            assert_eq!(change.content["miner"]["wallet"], NEW, "{posted}");
            assert!(change.concerns_income());
            assert_eq!(
                change.content["miner"].get("x").is_some(),
                current.get("miner").is_some(),
                "what is not known is kept"
            );
        }
        let both = json!({ "wallet": NEW, "miner": { "wallet": "other" } });
        assert_eq!(refused(current.clone(), both).field.as_deref(), Some("wallet"));
        for keeps in [json!({ "wallet": "" }), json!({ "miner": { "wallet": "********" } })] {
            assert!(changed(current.clone(), keeps).is_empty());
        }
    }
    let change = changed(json!({ "wallet": OLD }), json!({ "wallet": NEW }));
    assert!(change.describe().starts_with("wallet 0x5aAe…eAed → 0xfB69…d359"));
    // The dialog of the Node server's page.
    let dialog = json!({
        "stratum": "stratum+tcp://pool:1",
        "nodeRpcUrl": "http://node:2",
        "wallet": "",
        "worker": "w",
        "autoStart": true,
    });
    let change = changed(json!({ "wallet": OLD }), dialog.clone());
    let expected = json!({
        "wallet": OLD,
        "stratum_url": "stratum+tcp://pool:1",
        "miner": { "stratum": "stratum+tcp://pool:1", "worker": "w" },
        "node_rpc": "http://node:2",
        "node": { "rpcUrl": "http://node:2" },
        "worker": "w",
        "auto_start": true,
        "autoStart": true,
    });
    assert_eq!(Value::Object(change.content.clone()), expected);
    assert!(changed(expected, dialog).is_empty());
    // What would count anyway is no change.
    assert!(changed(json!({}), json!({ "worker": "rig1", "autoStart": false })).is_empty());
}

#[test]
fn a_password_is_kept_and_not_told() {
    let current = json!({ "miner": { "stratum": "stratum://u:hush@p:1" }, "apiToken": "hush" });
    let same = json!({
        "stratum_url": "stratum://u:********@p:1",
        "stratum": "stratum://u:********@p:1",
        "apiToken": "********",
    });
    assert!(changed(current.clone(), same).is_empty());
    let change = changed(
        current.clone(),
        json!({ "stratum": "stratum://u:hush2@p:1", "apiToken": "hush3" }),
    );
    assert!(!change.describe().contains("hush"), "{}", change.describe());
    // The mask with another host would send the password there, or nothing.
    refused(current.clone(), json!({ "stratum": "stratum://u:********@q:1" }));
    refused(current, json!({ "otherToken": "********" }));
}

#[test]
fn what_starts_programs_is_not_changed() {
    let current = json!({ "miner": { "command": ["/opt/miner"] }, "gpu": { "environment": {} } });
    for posted in [
        json!({ "miner": { "command": ["/bin/other"] } }),
        json!({ "miner": { "binary": "/bin/other" } }),
        json!({ "miner": { "args": ["-x"] } }),
        json!({ "gpu": { "environment": { "LD_PRELOAD": "x" } } }),
    ] {
        assert_eq!(refused(current.clone(), posted).status, 403);
    }
    let posted = json!({ "gpu": { "environment": {} } });
    for other in [json!({}), json!({ "gpu": 1 })] {
        assert_eq!(refused(other.clone(), posted.clone()).status, 403);
        // What is around them is anybody's.
        for posted in [
            json!({ "gpu": {}, "miner": {} }),
            json!({ "gpu": { "environment": null, "powerLimit": null } }),
            json!({ "gpu": { "a": 1 } }),
        ] {
            assert_eq!(changed(other.clone(), posted).content["gpu"].get("environment"), None);
        }
    }
    assert!(changed(current.clone(), current).is_empty());
}

#[test]
fn the_owner_s_settings() {
    for posted in [
        json!({ "stratum": "stratum://p:1" }),
        json!({ "node": { "rpcUrl": "http://n:1" } }),
        json!({ "pool": { "id": "x" } }),
        json!({ "mining": { "mergedMining": { "enabled": true, "wallets": { "prime": NEW } } } }),
    ] {
        assert!(changed(json!({}), posted).concerns_income());
    }
    for posted in [
        json!({ "worker": "w" }),
        json!({ "gpu": { "powerLimit": -20 } }),
        json!({ "mining": { "mode": "pool", "mergedMining": { "enabled": true, "chains": [0] } } }),
    ] {
        assert!(!changed(json!({}), posted).concerns_income());
    }
}

/// Any JSON with names that matter.
fn members() -> impl Strategy<Value = Content> {
    let name = prop_oneof![
        prop::sample::select(
            &["miner", "node", "mining", "gpu", "wallet", "stratum", "worker", "rpcUrl", "command"]
                [..]
        )
        .prop_map(str::to_owned),
        "[a-c]{1,2}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z*:/@.]{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 4, {
        let name = name.clone();
        move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::hash_map(name.clone(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        }
    });
    prop::collection::hash_map(name, value, 0..5).prop_map(|members| members.into_iter().collect())
}

proptest! {
    #[test]
    fn whatever_is_there_and_posted(current in members(), posted in members()) {
        // What is told, posted back, changes nothing.
        if let Ok(change) = plan(&current, secrets::mask(&current)) {
            prop_assert!(change.is_empty(), "{}", change.describe());
        }
        let Ok(change) = plan(&current, posted.clone()) else { return Ok(()) };
        // What starts programs is as it was, and no member is lost.
        prop_assert_eq!(
            change.content.get("miner").and_then(|miner| miner.get("command")),
            current.get("miner").and_then(|miner| miner.get("command"))
        );
        for name in current.keys() {
            prop_assert!(change.content.contains_key(name));
        }
        // The same again changes nothing more.
        if let Ok(again) = plan(&change.content, posted) {
            prop_assert!(again.is_empty(), "{}", again.describe());
        }
    }
}

#[test]
fn a_blank_in_place_of_a_section_is_not_kept() {
    for posted in [
        json!({ "mining": "", "gpu": "", "miner": "", "node": "" }),
        json!({ "mining": { "mergedMining": "" } }),
    ] {
        let content = changed(json!({}), posted).content;
        assert_eq!(content.get("gpu"), None);
        assert_eq!(content.get("mining").and_then(|mining| mining.get("mergedMining")), None);
    }
    assert_eq!(changed(json!({}), json!({ "note": "" })).content["note"], "");
}
