//! The names under which `config.json` holds the settings of the miner. Two
//! families of programs write that file, each with names of its own; whoever
//! reads or changes a setting does it here, so that both see the same.
//! (NODE-COMPAT)

use serde_json::{Map, Value};

/// A setting and its names.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// As the Node server's own starter of miners has it.
    pub flat: &'static str,
    /// As the installers and their scripts have it: the way through objects.
    pub nested: &'static [&'static str],
    /// The name that a page of the Node server sends, where that is a third.
    pub sent_as: Option<&'static str>,
    /// What counts while the file says nothing.
    pub default: &'static str,
}

pub static STRATUM: Setting = Setting {
    flat: "stratum_url",
    nested: &["miner", "stratum"],
    sent_as: Some("stratum"),
    default: "stratum://localhost:3333",
};
pub static NODE_RPC: Setting = Setting {
    flat: "node_rpc",
    nested: &["node", "rpcUrl"],
    sent_as: Some("nodeRpcUrl"),
    default: "http://localhost:8545",
};
pub static WALLET: Setting =
    Setting { flat: "wallet", nested: &["miner", "wallet"], sent_as: None, default: "" };
pub static WORKER: Setting =
    Setting { flat: "worker", nested: &["miner", "worker"], sent_as: None, default: "rig1" };
/// A boolean, unlike the others.
pub static AUTO_START: Setting =
    Setting { flat: "auto_start", nested: &["autoStart"], sent_as: None, default: "false" };

/// Those that are texts.
pub static TEXTS: [&Setting; 4] = [&STRATUM, &NODE_RPC, &WALLET, &WORKER];

impl Setting {
    /// Every way to it, in the order in which they count.
    pub fn ways(&'static self) -> impl Iterator<Item = &'static [&'static str]> {
        let flat = std::slice::from_ref(&self.flat);
        let sent_as = self.sent_as.as_ref().map(std::slice::from_ref);
        [flat, self.nested].into_iter().chain(sent_as)
    }

    /// What the file says; a blank text is none.
    pub fn text<'a>(&'static self, config: &'a Map<String, Value>) -> Option<&'a str> {
        let texts = self.ways().filter_map(|way| find(config, way)?.as_str());
        texts.map(str::trim).find(|text| !text.is_empty())
    }

    /// What counts.
    pub fn text_or_default<'a>(&'static self, config: &'a Map<String, Value>) -> &'a str {
        self.text(config).unwrap_or(self.default)
    }

    /// What counts, as the value that the file holds.
    pub fn value_or_default(&'static self, config: &Map<String, Value>) -> Value {
        if *self == AUTO_START {
            let found = self.ways().find_map(|way| find(config, way)?.as_bool());
            return found.unwrap_or(false).into();
        }
        self.text_or_default(config).into()
    }

    /// Whether the file has it, be it blank.
    pub fn is_in(&'static self, config: &Map<String, Value>) -> bool {
        self.ways().any(|way| find(config, way).is_some())
    }

    /// Under the names of both families.
    pub fn set(&'static self, config: &mut Map<String, Value>, value: &Value) {
        for way in [std::slice::from_ref(&self.flat), self.nested] {
            put(config, way, value.clone());
        }
    }
}

/// The value at the end of a way through objects.
pub fn find<'a>(config: &'a Map<String, Value>, way: &[&str]) -> Option<&'a Value> {
    let (last, objects) = way.split_last()?;
    let mut at = config;
    for name in objects {
        at = at.get(*name)?.as_object()?;
    }
    at.get(*last)
}

/// Makes the objects on the way that are missing.
pub fn put(config: &mut Map<String, Value>, way: &[&str], value: Value) {
    match way {
        [] => {}
        [name] => {
            config.insert((*name).to_owned(), value);
        }
        [name, rest @ ..] => {
            let inner = config.entry(*name).or_insert(Value::Null);
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn flat_counts_before_nested_and_blank_is_nothing() {
        let check = |config: Value, expected: Option<&str>| {
            assert_eq!(STRATUM.text(&object(config.clone())), expected, "{config}");
        };
        check(json!({}), None);
        check(json!({ "stratum_url": "a", "miner": { "stratum": "b" } }), Some("a"));
        check(json!({ "stratum_url": "", "miner": { "stratum": " b " } }), Some("b"));
        check(json!({ "stratum_url": 5, "miner": "odd", "stratum": "c" }), Some("c"));
        assert_eq!(WORKER.text_or_default(&Map::new()), "rig1");
    }

    #[test]
    fn a_setting_is_written_under_both_names() {
        let mut config = object(json!({ "miner": { "args": ["-G"] }, "node": "odd" }));
        WALLET.set(&mut config, &json!("0x1"));
        NODE_RPC.set(&mut config, &json!("http://n"));
        AUTO_START.set(&mut config, &json!(true));
        let expected = json!({
            "miner": { "args": ["-G"], "wallet": "0x1" },
            "node": { "rpcUrl": "http://n" },
            "wallet": "0x1",
            "node_rpc": "http://n",
            "auto_start": true,
            "autoStart": true,
        });
        assert_eq!(Value::Object(config), expected);
    }
}
