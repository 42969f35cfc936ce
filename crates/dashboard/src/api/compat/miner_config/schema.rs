//! What is posted to and told of the miner's settings.

use serde_json::json;

use super::super::super::schema::{
    Schema, boolean, either, exactly, failure, integer, list, map, null, number_or_text, object,
    one_of, text,
};
use super::addresses::{
    ADDRESS_PATTERN, NODE_PATTERN, POOL_PATTERN, WALLET_PATTERN, WORKER_PATTERN,
};
use super::rules::{self, MAX_CHAIN, MAX_CHAINS};

/// A change: any members, of which these are known. Null means "as it is".
pub fn posted() -> Schema {
    let pool = || text().like(POOL_PATTERN).or_null().about("Empty: as it is");
    let node = || text().like(NODE_PATTERN).or_null();
    let wallet = || {
        let mixed = "An address or a name at a pool. An address in mixed case is taken where its checksum (EIP-55) is right. Empty: as it is";
        text().like(WALLET_PATTERN).or_null().about(mixed)
    };
    let worker = || text().like(WORKER_PATTERN).or_null();
    let flag = || boolean().or_null();
    object([])
        .with("stratum_url", pool())
        .with("stratum", pool())
        .with("node_rpc", node())
        .with("nodeRpcUrl", node())
        .with("wallet", wallet())
        .with("worker", worker())
        .with("auto_start", flag())
        .with("autoStart", flag())
        .with(
            "miner",
            or_blank(
                object([])
                    .with("stratum", pool())
                    .with("wallet", wallet())
                    .with("worker", worker()),
            ),
        )
        .with("node", or_blank(object([]).with("rpcUrl", node())))
        .with("mining", or_blank(mining()))
        .with("gpu", or_blank(gpu()))
}

/// Null and blank mean "as it is".
fn or_blank(schema: Schema) -> Schema {
    either([schema, text().like("^$"), null()])
}

fn mining() -> Schema {
    let address = || text().like(ADDRESS_PATTERN).or_null();
    let named = || or_blank(map(address()));
    let wallets = Schema(json!({
        "type": "object",
        "description": "Addresses by chain",
        "properties": { "regions": named().0, "zones": named().0 },
        "additionalProperties": address().0,
    }));
    let chain = either([integer().between(0.0, MAX_CHAIN), text().like("^([0-9]|1[0-2])$")]);
    object([]).with("mode", one_of(&["", "solo", "pool"]).or_null()).with(
        "mergedMining",
        or_blank(
            object([("enabled", boolean())])
                .with("chains", or_blank(list(chain).at_most(MAX_CHAINS)))
                .with("wallets", or_blank(wallets)),
        ),
    )
}

fn gpu() -> Schema {
    rules::GPU.iter().fold(object([]), |section, (name, least, most, _)| {
        section.with(name, number_or_text(*least, *most))
    })
}

/// The content of the file, with both families of names.
fn config() -> Schema {
    object([
        ("stratum_url", text()),
        ("node_rpc", text()),
        ("wallet", text()),
        ("worker", text()),
        ("auto_start", boolean()),
        ("miner", object([("stratum", text()), ("wallet", text()), ("worker", text())])),
        ("node", object([("rpcUrl", text())])),
        ("autoStart", boolean()),
    ])
}

pub fn shown() -> Schema {
    either([object([("success", exactly(true)), ("config", config())]), failure()])
}

pub fn changed() -> Schema {
    let done = object([
        ("success", exactly(true)),
        ("config", config()),
        ("changed", boolean()),
        ("restartRequired", boolean().about("The miner runs with the settings from before")),
    ]);
    either([done.with("note", text()), failure()])
}
