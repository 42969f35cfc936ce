//! The planning ledger of stakes, in Node's own row.

use serde_json::{Value, json};

use super::{is_refused, start, store, stored};

#[test]
fn staking_is_a_ledger_that_both_servers_read() {
    let (home, dashboard) = start();
    let owner = dashboard.owner();
    let balances = || owner.get("/api/staking/balances").ok();
    let empty = balances();
    assert_eq!((&empty["balances"], &empty["rewards"]), (&json!({}), &json!({})));
    let stake = |body: Value| owner.post("/api/staking/stake", &body);
    let done = stake(json!({ "chainId": "prime", "amount": "100.5", "lockupDays": 90 })).ok();
    assert_eq!(done["message"], "Tokens staked successfully");
    let refusal = owner.get("/api/staking/rewards?chainId=%3Cb%3E").refusal(400);
    assert_eq!(refusal["field"], "chainId");
    for answer in [&empty, &done, &owner.get("/api/staking/rewards?chainId=prime").ok(), &refusal] {
        assert_eq!(answer["onChain"], false, "{answer}");
        assert!(answer["note"].is_string(), "{answer}");
    }
    let row = stored(&home, "staking_balances");
    let balance = json!({ "staked": 100.5, "available": 0, "locked": 100.5 });
    assert_eq!(row["balances"]["prime"], balance);
    let lockup = &row["lockupPeriods"]["prime"];
    assert_eq!((&lockup["period"], &lockup["daysRemaining"]), (&json!(90), &json!(90)));
    assert!(lockup["unlockDate"].as_str().unwrap().ends_with('Z'));
    let locked = owner.post("/api/staking/unstake", &json!({ "chainId": "prime", "amount": 1 }));
    let locked = locked.refusal(400);
    assert_eq!(
        (&locked["error"], &locked["daysRemaining"]),
        (&json!("Lockup period not expired"), &json!(90))
    );
    assert_eq!(locked["onChain"], false);

    for body in [
        json!({ "chainId": "prime" }),
        json!({ "chainId": "prime", "amount": 1, "lockupDays": 0 }),
        json!({ "amount": 1, "lockupDays": 1 }),
    ] {
        let refusal = stake(body).refusal(400);
        assert_eq!(refusal["error"], "chainId, amount, and lockupDays are required");
    }
    let with = |name: &str, value: Value| {
        let mut body = json!({ "chainId": "paxos", "amount": 1, "lockupDays": 30 });
        body[name] = value;
        body
    };
    for (field, value) in [
        ("chainId", json!("__proto__")),
        ("chainId", json!("<b>")),
        ("chainId", json!(5)),
        ("amount", json!(-5)),
        ("amount", json!("abc")),
        ("amount", json!(1e300)),
        ("lockupDays", json!(-1)),
        ("lockupDays", json!(1.5)),
        ("lockupDays", json!(1462)),
        ("lockupDays", json!("soon")),
        ("lockupDays", json!(" ")),
    ] {
        is_refused(&owner, "/api/staking/stake", with(field, value), field);
    }
    assert_eq!(stored(&home, "staking_balances"), row);

    // Node's own row, with its oddities, goes on.
    store(
        &home,
        "staking_balances",
        r#"{"balances":{"free":{"staked":10,"available":0,"locked":10},"hydra":{"staked":null,"available":0,"locked":null}},
            "lockupPeriods":{"free":{"period":-1,"daysRemaining":-1,"unlockDate":"2026-11-22T09:05:13.829Z","rewardMultiplier":1}},
            "rewards":{"prime":{"apy":12.5,"daily":0.25}}}"#,
    );
    let free = |amount: i64| json!({ "chainId": "free", "amount": amount });
    let refusal = owner.post("/api/staking/unstake", &free(11)).refusal(400);
    assert_eq!(refusal["error"], "Insufficient locked balance");
    owner.post("/api/staking/unstake", &free(4)).ok();
    let shown = balances();
    assert_eq!(shown["balances"]["free"], json!({ "staked": 6, "available": 4, "locked": 6 }));
    assert_eq!(shown["balances"]["hydra"]["staked"], 0);
    assert_eq!(shown["lockupPeriods"]["free"]["daysRemaining"], 0);
    assert_eq!(stored(&home, "staking_balances")["rewards"]["prime"]["apy"], 12.5);
    let chain = owner.post("/api/chain/metrics", &json!({ "chainKey": "prime" })).ok();
    assert_eq!((&chain["stakingAPY"], &chain["stakingRewards"]), (&json!(12.5), &json!(0.25)));
}
