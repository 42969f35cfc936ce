//! What the miner's settings may be. The sentences and the ranges of `mining`
//! and `gpu` are Node's; what Node stores unseen is checked here too
//! (deviations R2 and R18).

use std::borrow::Cow;

use quaiminer_engine::miner_settings::{AUTO_START, NODE_RPC, STRATUM, Setting, WALLET};
use quaiminer_node::address::checksummed;
use serde_json::{Map, Value};

use super::super::super::error::ApiError;
use super::super::body_number;
use super::addresses;

/// Sections that are objects wherever they are known.
pub const SECTIONS: [&str; 4] = ["miner", "node", "mining", "gpu"];
/// These and what is a list or an object in them; a blank text in their place
/// is never kept.
pub const STRUCTURES: [&str; 9] =
    ["miner", "node", "mining", "gpu", "mergedMining", "chains", "wallets", "regions", "zones"];
/// The numbers of go-quai's chains: prime, three regions, nine zones.
pub const MAX_CHAIN: f64 = 12.0;
pub const MAX_CHAINS: usize = 64;

/// The ranges of `gpu`, with Node's sentences.
pub const GPU: [(&str, f64, f64, &str); 4] = [
    ("powerLimit", -100.0, 100.0, "Power limit must be between -100 and 100"),
    ("coreClock", -1000.0, 1000.0, "Core clock offset must be between -1000 and 1000"),
    ("memoryClock", -1000.0, 1000.0, "Memory clock offset must be between -1000 and 1000"),
    ("fanSpeed", 0.0, 100.0, "Fan speed must be between 0 and 100"),
];

type Members = Map<String, Value>;

/// All that is posted but the settings with several names, for which there is
/// [`setting`].
pub fn check(posted: &Members) -> Result<(), ApiError> {
    for name in SECTIONS {
        let title = match name {
            "mining" => "Invalid configuration object",
            "gpu" => "Invalid GPU settings",
            "miner" => "Invalid miner",
            _ => "Invalid node",
        };
        match given(posted, name) {
            None => {}
            Some(Value::Object(section)) => match name {
                "mining" => mining(section)?,
                "gpu" => gpu(section)?,
                _ => {}
            },
            Some(_) => return Err(refuse(title, name, format!("{name} must be an object"))),
        }
    }
    Ok(())
}

/// A member that says something: null and blank mean "as it is".
fn given<'a>(members: &'a Members, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null() && *value != "")
}

fn mining(mining: &Members) -> Result<(), ApiError> {
    let field = "mining.mode";
    match given(mining, "mode") {
        None => {}
        Some(Value::String(mode)) if matches!(mode.as_str(), "solo" | "pool") => {}
        Some(_) => return Err(refuse("Invalid mining mode", field, "mode must be solo or pool")),
    }
    let field = "mining.mergedMining";
    let flag = || refuse("Invalid merged mining enabled flag", field, "enabled must be a boolean");
    let merged = match given(mining, "mergedMining") {
        None => return Ok(()),
        Some(Value::Object(merged)) => merged,
        Some(_) => return Err(flag()),
    };
    if !merged.get("enabled").is_some_and(Value::is_boolean) {
        return Err(flag());
    }
    chains(merged)?;
    match given(merged, "wallets") {
        None => Ok(()),
        Some(Value::Object(wallets)) => merged_wallets(wallets),
        Some(_) => {
            let field = "mining.mergedMining.wallets";
            Err(refuse("Invalid wallets", field, "wallets must be an object"))
        }
    }
}

fn chains(merged: &Members) -> Result<(), ApiError> {
    let field = "mining.mergedMining.chains";
    let chains = match given(merged, "chains") {
        None => return Ok(()),
        Some(Value::Array(chains)) if chains.len() <= MAX_CHAINS => chains,
        Some(_) => {
            let message = format!("chains must be a list of at most {MAX_CHAINS} numbers");
            return Err(refuse("Invalid chains array", field, message));
        }
    };
    for chain in chains {
        let one = Map::from_iter([("chains".to_owned(), chain.clone())]);
        let number = body_number(&one, "chains", -1.0, 0.0..=MAX_CHAIN);
        if !number.is_ok_and(|number| number >= 0.0 && number.fract() == 0.0) {
            return Err(refuse("Invalid chain ID", field, "a chain is a number from 0 to 12"));
        }
    }
    Ok(())
}

fn merged_wallets(wallets: &Members) -> Result<(), ApiError> {
    let check = |key: &str, value: &Value| {
        let given = match value {
            Value::Null => return Ok(()),
            Value::String(address) if address.is_empty() => return Ok(()),
            Value::String(address) => checksummed(address).map_err(|error| error.to_string()),
            _ => Err("an address is a text".to_owned()),
        };
        let field = format!("mining.mergedMining.wallets.{key}");
        given
            .map(drop)
            .map_err(|why| refuse(format!("Invalid {key} wallet address format"), field, why))
    };
    for (key, value) in wallets {
        match (key.as_str(), value) {
            ("regions" | "zones", Value::Object(named)) => {
                for (name, value) in named {
                    check(name, value)?;
                }
            }
            ("regions" | "zones", Value::Null) => {}
            _ => check(key, value)?,
        }
    }
    Ok(())
}

fn gpu(gpu: &Members) -> Result<(), ApiError> {
    for (name, least, most, sentence) in GPU {
        body_number(gpu, name, 0.0, least..=most).map_err(|error| {
            let field = format!("gpu.{name}");
            refuse(sentence, field, error.message)
        })?;
    }
    Ok(())
}

/// What a setting with several names may be.
pub fn setting(setting: &'static Setting, value: &Value) -> Result<(), ApiError> {
    let field = setting.flat;
    let checked = match value {
        Value::Bool(_) if *setting == AUTO_START => return Ok(()),
        _ if *setting == AUTO_START => Err("true or false".to_owned()),
        Value::String(text) if *setting == STRATUM => addresses::pool(text),
        Value::String(text) if *setting == NODE_RPC => addresses::node(text),
        Value::String(text) if *setting == WALLET => addresses::wallet(text),
        Value::String(text) => addresses::worker(text),
        _ => Err("a text".to_owned()),
    };
    checked.map_err(|why| ApiError::bad_value(field, format!("{field} must be {why}")))
}

fn refuse(
    title: impl Into<Cow<'static, str>>,
    field: impl Into<Cow<'static, str>>,
    message: impl Into<Cow<'static, str>>,
) -> ApiError {
    ApiError { error: title.into(), ..ApiError::bad_value(field, message) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nodes_sentences() {
        let refused = |posted: Value, sentence: &str| {
            let error = check(posted.as_object().unwrap()).unwrap_err();
            assert_eq!(error.error, sentence, "{posted}");
            assert!(error.field.is_some() && error.status == 400, "{posted}");
        };
        let merged = |members: Value| json!({ "mining": { "mergedMining": members } });
        refused(json!({ "mining": "solo" }), "Invalid configuration object");
        refused(json!({ "mining": [] }), "Invalid configuration object");
        refused(json!({ "mining": { "mode": "x" } }), "Invalid mining mode");
        refused(merged(json!({ "enabled": "yes" })), "Invalid merged mining enabled flag");
        refused(merged(json!("on")), "Invalid merged mining enabled flag");
        refused(merged(json!({ "enabled": true, "chains": "0" })), "Invalid chains array");
        for chain in [json!(13), json!(-1), json!("1x"), json!(1.5), json!(null), json!("")] {
            let posted = merged(json!({ "enabled": true, "chains": [chain] }));
            refused(posted, "Invalid chain ID");
        }
        let wallets = |wallets: Value| merged(json!({ "enabled": true, "wallets": wallets }));
        refused(wallets(json!({ "prime": "0x12" })), "Invalid prime wallet address format");
        refused(wallets(json!({ "prime": 5 })), "Invalid prime wallet address format");
        let region = wallets(json!({ "regions": { "cyprus": "bad" } }));
        refused(region, "Invalid cyprus wallet address format");
        let zone = wallets(json!({ "zones": { "cyprus1": {} } }));
        refused(zone, "Invalid cyprus1 wallet address format");
        refused(json!({ "gpu": "x" }), "Invalid GPU settings");
        for (name, value, sentence) in [
            ("powerLimit", json!(101), "Power limit must be between -100 and 100"),
            ("coreClock", json!(-1001), "Core clock offset must be between -1000 and 1000"),
            ("memoryClock", json!("fast"), "Memory clock offset must be between -1000 and 1000"),
            ("fanSpeed", json!(101), "Fan speed must be between 0 and 100"),
        ] {
            refused(json!({ "gpu": { name: value } }), sentence);
        }
    }

    #[test]
    fn what_pages_send_is_taken() {
        for posted in [
            json!({}),
            json!({ "a": { "b": [1, "x"] }, "mining": null }),
            json!({ "mining": "", "gpu": "", "miner": null, "node": "" }),
            json!({ "mining": { "mode": null, "mergedMining": "" } }),
            json!({ "mining": { "mergedMining": { "enabled": true, "chains": "", "wallets": "" } } }),
            json!({ "mining": { "mode": "", "mergedMining": { "enabled": true, "chains": [0, "12"],
                "wallets": { "prime": "", "regions": { "a": "" }, "zones": null } } } }),
            json!({ "gpu": { "powerLimit": -20, "coreClock": 100, "memoryClock": "500",
                "fanSpeed": 70.5, "intensity": 20 } }),
        ] {
            check(posted.as_object().unwrap())
                .unwrap_or_else(|error| panic!("{posted}: {error:?}"));
        }
    }
}
