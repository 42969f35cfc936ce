//! The ledger in Node's shape. Node wrote anything into it: what is no number
//! counts as 0, and a name that pages could trip over is not shown.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::super::super::error::ApiError;
use super::super::chains::exact;
use super::super::text::is_id;
use crate::time::iso;

const DAY_MS: i64 = 86_400_000;
/// More than Quai will ever have.
const MAX_CHAINS: usize = 64;

pub struct Ledger(pub Value);

impl Ledger {
    pub fn balances(&self) -> Map<String, Value> {
        self.chains("balances", |balance| {
            let sum = |name| exact(number(balance, name));
            json!({ "staked": sum("staked"), "available": sum("available"), "locked": sum("locked") })
        })
    }

    pub fn rewards(&self) -> Map<String, Value> {
        self.chains("rewards", |reward| {
            json!({ "apy": exact(number(reward, "apy")), "daily": exact(number(reward, "daily")) })
        })
    }

    /// The days that are left are counted when they are asked for.
    pub fn lockups(&self, now_ms: i64) -> Map<String, Value> {
        self.chains("lockupPeriods", |lockup| {
            let unlock_ms = unlock_ms(lockup);
            json!({
                "period": exact(number(lockup, "period")),
                "daysRemaining": days_until(unlock_ms, now_ms),
                "unlockDate": iso(unlock_ms),
                "rewardMultiplier": exact(number(lockup, "rewardMultiplier")),
            })
        })
    }

    /// Yearly and daily rate of a chain, if somebody entered them.
    pub fn rate(&self, chain: &str) -> Option<(f64, f64)> {
        let reward = self.0.get("rewards")?.get(chain)?;
        Some((number(reward, "apy"), number(reward, "daily")))
    }

    fn chains(&self, name: &str, show: impl Fn(&Value) -> Value) -> Map<String, Value> {
        let chains = self.0.get(name).and_then(Value::as_object);
        chains
            .into_iter()
            .flatten()
            .filter(|(chain, _)| is_id(chain))
            .map(|(chain, value)| (chain.clone(), show(value)))
            .collect()
    }
}

/// Adds to a chain's sum. Its lockup begins anew with it, as in Node.
pub fn stake(
    ledger: &mut Value,
    chain: &str,
    amount: f64,
    days: i64,
    now_ms: i64,
) -> Result<(), ApiError> {
    let balances = part(ledger, "balances")?;
    if !balances.contains_key(chain) && balances.len() >= MAX_CHAINS {
        let message = format!("There are {MAX_CHAINS} chains in it already");
        return Err(ApiError::new(StatusCode::CONFLICT, "The ledger is full", message));
    }
    let old = balances.get(chain).cloned().unwrap_or_default();
    let sum = |name, change: f64| exact(number(&old, name) + change);
    let balance = json!({
        "staked": sum("staked", amount),
        "available": sum("available", 0.0),
        "locked": sum("locked", amount),
    });
    balances.insert(chain.to_owned(), balance);
    let lockup = json!({
        "period": days,
        "daysRemaining": days,
        "unlockDate": iso(now_ms + days * DAY_MS),
        "rewardMultiplier": reward_multiplier(days),
    });
    part(ledger, "lockupPeriods")?.insert(chain.to_owned(), lockup);
    Ok(())
}

/// NODE-COMPAT: the sentences are Node's, and so is 400 for all of them.
pub fn unstake(ledger: &mut Value, chain: &str, amount: f64, now_ms: i64) -> Result<(), ApiError> {
    let refuse = |error: &'static str, message: String| {
        Err(ApiError::new(StatusCode::BAD_REQUEST, error, message))
    };
    let lockup = ledger.get("lockupPeriods").and_then(|lockups| lockups.get(chain)).cloned();
    let Some(balance) = part(ledger, "balances")?.get_mut(chain) else {
        return refuse(
            "No staking balance found for this chain",
            format!("Nothing is noted for {chain}"),
        );
    };
    let days = lockup.map_or(0, |lockup| days_until(unlock_ms(&lockup), now_ms));
    if days > 0 {
        let message = format!("Locked for another {days} days");
        return refuse("Lockup period not expired", message)
            .map_err(|error| error.with("daysRemaining", days));
    }
    let locked = number(balance, "locked");
    if locked < amount {
        return refuse("Insufficient locked balance", format!("{locked} are locked"));
    }
    *balance = json!({
        "staked": exact(number(balance, "staked") - amount),
        "available": exact(number(balance, "available") + amount),
        "locked": exact(locked - amount),
    });
    Ok(())
}

/// A part of the ledger, made where there is none.
fn part<'a>(
    ledger: &'a mut Value,
    name: &'static str,
) -> Result<&'a mut Map<String, Value>, ApiError> {
    if !ledger.is_object() {
        *ledger = json!({});
    }
    let part = ledger.as_object_mut().map(|parts| parts.entry(name).or_insert_with(|| json!({})));
    part.and_then(Value::as_object_mut).ok_or_else(|| {
        let message = format!("{name} in the entry staking_balances is not an object");
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Stored setting unreadable", message)
    })
}

fn number(object: &Value, name: &str) -> f64 {
    object.get(name).and_then(Value::as_f64).unwrap_or_default()
}

fn unlock_ms(lockup: &Value) -> i64 {
    let date = lockup.get("unlockDate").and_then(Value::as_str).unwrap_or_default();
    date.parse::<jiff::Timestamp>().map_or(0, |date| date.as_millisecond())
}

fn days_until(unlock_ms: i64, now_ms: i64) -> i64 {
    let left_ms = unlock_ms.saturating_sub(now_ms).max(0);
    left_ms / DAY_MS + i64::from(left_ms % DAY_MS > 0)
}

/// What Quai adds to rewards that are locked for three, six and twelve months
/// in the first year after its start.
fn reward_multiplier(days: i64) -> f64 {
    match days {
        365.. => 1.25,
        180.. => 1.1,
        90.. => 1.035,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_424_714_064;

    fn refusal(result: Result<(), ApiError>) -> String {
        result.unwrap_err().error.into_owned()
    }

    #[test]
    fn a_sum_is_locked_and_comes_free() {
        let mut ledger = Value::Null;
        stake(&mut ledger, "prime", 100.5, 90, NOW).unwrap();
        stake(&mut ledger, "prime", 0.5, 7, NOW).unwrap();
        let balance = json!({ "staked": 101, "available": 0, "locked": 101 });
        assert_eq!(ledger["balances"]["prime"], balance);
        assert_eq!(ledger["lockupPeriods"]["prime"]["unlockDate"], "2026-11-30T09:05:14.064Z");
        let left =
            |now_ms| Ledger(ledger.clone()).lockups(now_ms)["prime"]["daysRemaining"].clone();
        assert_eq!(left(NOW), 7);
        assert_eq!(left(NOW + DAY_MS), 6);
        assert_eq!(left(NOW + DAY_MS + 1), 6);
        assert_eq!(left(NOW + 8 * DAY_MS), 0);

        let locked = unstake(&mut ledger, "prime", 1.0, NOW + DAY_MS).unwrap_err();
        assert_eq!(locked.error, "Lockup period not expired");
        assert_eq!(locked.more, [("daysRemaining", json!(6))]);
        let later = NOW + 7 * DAY_MS;
        let too_much = refusal(unstake(&mut ledger, "prime", 102.0, later));
        assert_eq!(too_much, "Insufficient locked balance");
        unstake(&mut ledger, "prime", 1.0, later).unwrap();
        let balance = json!({ "staked": 100, "available": 1, "locked": 100 });
        assert_eq!(ledger["balances"]["prime"], balance);
        let unknown = refusal(unstake(&mut ledger, "hydra", 1.0, later));
        assert_eq!(unknown, "No staking balance found for this chain");
    }

    #[test]
    fn what_node_left_behind() {
        let mut ledger = json!({
            "balances": {
                "hydra": { "staked": null, "available": 0, "locked": null },
                "<b>": { "staked": 1, "available": 0, "locked": 1 },
            },
            "lockupPeriods": { "hydra": { "period": "long", "unlockDate": "soon" } },
        });
        let shown = Ledger(ledger.clone());
        let nothing = json!({ "staked": 0, "available": 0, "locked": 0 });
        assert_eq!(Value::from(shown.balances()), json!({ "hydra": nothing }));
        assert_eq!(shown.lockups(NOW)["hydra"]["daysRemaining"], 0);
        stake(&mut ledger, "hydra", 2.0, 1, NOW).unwrap();
        assert_eq!(ledger["balances"]["hydra"]["locked"], 2);
        assert_eq!(ledger["balances"]["<b>"]["staked"], 1);
        for odd in [json!([]), json!("text"), json!({ "balances": {} })] {
            let mut ledger = odd;
            assert_eq!(stake(&mut ledger, "prime", 1.0, 1, NOW), Ok(()));
        }
        let mut broken = json!({ "balances": "text" });
        assert_eq!(refusal(stake(&mut broken, "prime", 1.0, 1, NOW)), "Stored setting unreadable");
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let mut ledger = Value::Null;
        for index in 0..MAX_CHAINS {
            stake(&mut ledger, &format!("c{index}"), 1.0, 1, NOW).unwrap();
        }
        assert_eq!(refusal(stake(&mut ledger, "one-more", 1.0, 1, NOW)), "The ledger is full");
        assert_eq!(stake(&mut ledger, "c0", 1.0, 1, NOW), Ok(()));
    }
}
