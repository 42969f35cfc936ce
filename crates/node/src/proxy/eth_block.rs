//! A Quai block in the form of an Ethereum block, field by field as go-quai's
//! own `RPCMarshalETHHeader` and `RPCMarshalETHBlock` do it.

use serde_json::{Map, Value, json};

use crate::rpc::RpcError;

/// `null` stays `null`: there is no such block. A field that the node left out
/// is `null`.
pub(super) fn from_quai(block: Value) -> Result<Value, RpcError> {
    if block.is_null() {
        return Ok(Value::Null);
    }
    let (Some(work), Some(header)) = (object(&block, "woHeader"), object(&block, "header")) else {
        let message = "the node's block has an unknown form";
        return Err(RpcError::new(RpcError::INTERNAL, message));
    };
    let of = |map: &Map<String, Value>, name: &str| map.get(name).cloned().unwrap_or_default();
    let block_field = |name: &str| block.get(name).cloned().unwrap_or_default();
    // Quai has no logs bloom; Ethereum's has 256 bytes.
    let logs_bloom = format!("0x{}", "00".repeat(256));
    Ok(json!({
        "number": of(work, "number"),
        "hash": block_field("hash"),
        "parentHash": of(work, "parentHash"),
        "nonce": of(work, "nonce"),
        "mixHash": of(work, "mixHash"),
        "sha3Uncles": of(header, "uncleHash"),
        "logsBloom": logs_bloom,
        "transactionsRoot": of(header, "transactionsRoot"),
        "stateRoot": of(header, "evmRoot"),
        "receiptsRoot": of(header, "receiptsRoot"),
        "miner": of(work, "primaryCoinbase"),
        "difficulty": of(work, "difficulty"),
        // In place of totalDifficulty, which Quai does not have.
        "totalEntropy": block_field("totalEntropy"),
        "extraData": of(header, "extraData"),
        "size": block_field("size"),
        "gasLimit": of(header, "gasLimit"),
        "gasUsed": of(header, "gasUsed"),
        "baseFeePerGas": of(header, "baseFeePerGas"),
        "timestamp": of(work, "timestamp"),
        "transactions": list(&block, "transactions").collect::<Vec<_>>(),
        "uncles": hashes(&block, "uncles").chain(hashes(&block, "workshares")).collect::<Vec<_>>(),
    }))
}

fn object<'a>(block: &'a Value, name: &str) -> Option<&'a Map<String, Value>> {
    block.get(name).and_then(Value::as_object)
}

fn list<'a>(block: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    block.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn hashes<'a>(block: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    list(block, name).filter_map(|header| header.get("hash").filter(|hash| hash.is_string()))
}
