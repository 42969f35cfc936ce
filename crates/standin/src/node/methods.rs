//! What the zone port of a node with default settings answers.

use serde_json::{Value, json};

use super::chain::{hash, hex};
use super::{NodeBehaviour, Shared};
use crate::checksum::has_valid_checksum;

type Answer = Result<Value, (i64, String)>;

/// The code of every error of the application itself.
const APPLICATION_ERROR: i64 = -32000;

pub(super) fn call(method: &str, params: &[Value], shared: &Shared) -> Answer {
    let options = &shared.options;
    let height = shared.chain.height(shared.behaviour());
    // The same function under another name, where the namespace is exposed.
    let method = match method.strip_prefix("eth_") {
        Some("blockNumber" | "chainId" | "gasPrice") if options.expose_eth => {
            method.replacen("eth_", "quai_", 1)
        }
        _ => method.to_owned(),
    };
    match method.as_str() {
        "quai_blockNumber" => Ok(json!(hex(height))),
        "quai_chainId" => Ok(json!(hex(options.chain_id))),
        "quai_clientVersion" => Ok(json!("go-quai/v0.55.0-1a2b3c4d")),
        "quai_nodeLocation" => Ok(json!(["0x0", "0x0"])),
        "quai_listRunningChains" => Ok(json!([[0, 0]])),
        "quai_getProtocolExpansionNumber" => Ok(json!("0x0")),
        "quai_gasPrice" => Ok(json!("0x47868c00")),
        "quai_getBalance" => balance(params, height),
        "quai_getTransactionCount" => {
            checksummed(params).and_then(|_| block_tag(params, 1, height)).map(|_| json!("0x7"))
        }
        "quai_getLockedBalance" => checksummed(params).map(|_| json!("0x8ac7230489e80000")),
        "quai_getHeaderByNumber" => header(params, height, shared),
        "quai_getBlockByNumber" => {
            let tag = block_tag(params, 0, height)?;
            param(params, 1)?;
            Ok(block(tag, height, shared))
        }
        "quai_getBlockByHash" => block_by_hash(params, height, shared),
        "quai_getMiningInfo" => mining_info(params, height, shared.behaviour()),
        "quai_rewardAnalytics" => Ok(json!({"cumulativeQuaiMined": "123456.78"})),
        "quai_getSubsidyChainHeight" => {
            Ok(json!({"ravencoin": "0x3e5fca", "bch": "0xde2b1", "ltc": "0x2f1b44"}))
        }
        "quai_qiToQuai" | "quai_quaiToQi" | "quai_hashesPerQits" => {
            param(params, 0)?;
            block_tag(params, 1, height).map(|_| json!("0x2386f26fc10000"))
        }
        "net_version" => Ok(json!(options.chain_id.to_string())),
        "net_listening" => Ok(json!(true)),
        "net_peerCount" => Ok(json!(hex(options.peers))),
        "net_peerCountByDirection" => {
            let incoming = options.peers / 6;
            Ok(json!({"incoming": hex(incoming), "outgoing": hex(options.peers - incoming)}))
        }
        "rpc_modules" if options.expose_eth => {
            Ok(json!({"eth": "1.0", "net": "1.0", "quai": "1.0", "rpc": "1.0"}))
        }
        "rpc_modules" => Ok(json!({"net": "1.0", "quai": "1.0", "rpc": "1.0"})),
        "eth_mining" if options.expose_eth => Ok(json!(true)),
        "eth_getBlockByNumber" if options.expose_eth => {
            let tag = block_tag(params, 0, height)?;
            param(params, 1)?;
            Ok(eth_block(tag, height, shared))
        }
        _ => Err((-32601, format!("the method {method} does not exist/is not available"))),
    }
}

fn param(params: &[Value], index: usize) -> Result<&Value, (i64, String)> {
    let missing = || (-32602, format!("missing value for required argument {index}"));
    params.get(index).filter(|param| !param.is_null()).ok_or_else(missing)
}

fn checksummed(params: &[Value]) -> Result<&str, (i64, String)> {
    let invalid = || (-32602, "invalid argument 0: json: cannot unmarshal address".to_owned());
    let address = param(params, 0)?.as_str().ok_or_else(invalid)?;
    if address.len() != 42 {
        return Err(invalid());
    }
    if !has_valid_checksum(address) {
        return Err((APPLICATION_ERROR, "address has invalid checksum".to_owned()));
    }
    Ok(address)
}

fn balance(params: &[Value], height: u64) -> Answer {
    let address = checksummed(params)?;
    block_tag(params, 1, height)?;
    // The second byte tells the ledger: 0x80 and above is Qi, here without index.
    match address.get(4..5) {
        Some("0" | "1" | "2" | "3" | "4" | "5" | "6" | "7") => Ok(json!("0x1bc16d674ec80000")),
        _ => Ok(json!("0x0")),
    }
}

/// A block as it was asked for.
#[derive(Clone, Copy)]
enum Tag {
    Number(u64),
    Pending,
}

fn block_tag(params: &[Value], index: usize, height: u64) -> Result<Tag, (i64, String)> {
    let text = param(params, index)?.as_str().unwrap_or_default();
    match text {
        "latest" => Ok(Tag::Number(height)),
        "pending" => Ok(Tag::Pending),
        "earliest" => Ok(Tag::Number(0)),
        _ => text
            .strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .map(Tag::Number)
            .ok_or_else(|| (-32602, format!("invalid argument {index}: hex string without 0x"))),
    }
}

/// `woHeader` of a block, or `None` if there is no such block yet.
fn wo_header(tag: Tag, height: u64, shared: &Shared) -> Option<(u64, Value)> {
    match tag {
        Tag::Number(number) if number > height => None,
        Tag::Number(number) => Some((number, shared.chain.wo_header(number))),
        Tag::Pending => {
            let mut wo_header = shared.chain.wo_header(height + 1);
            for unknown in ["hash", "nonce", "primaryCoinbase"] {
                if let Some(field) = wo_header.get_mut(unknown) {
                    *field = Value::Null;
                }
            }
            Some((height + 1, wo_header))
        }
    }
}

fn header(params: &[Value], height: u64, shared: &Shared) -> Answer {
    let tag = block_tag(params, 0, height)?;
    let Some((number, wo_header)) = wo_header(tag, height, shared) else {
        return Ok(Value::Null);
    };
    let mut header = shared.chain.header(number);
    if let Some(fields) = header.as_object_mut() {
        fields.insert("woHeader".to_owned(), wo_header);
    }
    Ok(header)
}

fn block(tag: Tag, height: u64, shared: &Shared) -> Value {
    let Some((number, wo_header)) = wo_header(tag, height, shared) else {
        return Value::Null;
    };
    json!({
        "hash": wo_header.get("hash"),
        "woHeader": wo_header,
        "header": shared.chain.header(number),
        "size": "0x4d2",
        "order": 2,
        "transactions": [],
        "outboundEtxs": [],
        "uncles": [],
        "workshares": [shared.chain.wo_header(number.saturating_sub(1))],
        "subManifest": null,
        "interlinkHashes": [],
        "totalEntropy": "0x5f1a2c9d3b7e",
    })
}

fn block_by_hash(params: &[Value], height: u64, shared: &Shared) -> Answer {
    let wanted = param(params, 0)?.as_str().unwrap_or_default();
    param(params, 1)?;
    // Far enough back for whoever has just heard of the block.
    let found =
        (height.saturating_sub(100)..=height).find(|number| hash("block", *number) == wanted);
    match found {
        Some(number) => Ok(block(Tag::Number(number), height, shared)),
        None => Err((APPLICATION_ERROR, "block not found".to_owned())),
    }
}

/// As go-quai's own `eth` namespace shows a block.
fn eth_block(tag: Tag, height: u64, shared: &Shared) -> Value {
    let Some((number, wo)) = wo_header(tag, height, shared) else {
        return Value::Null;
    };
    let header = shared.chain.header(number);
    json!({
        "number": wo.get("number"),
        "hash": wo.get("hash"),
        "parentHash": wo.get("parentHash"),
        "nonce": wo.get("nonce"),
        "mixHash": wo.get("mixHash"),
        "difficulty": wo.get("difficulty"),
        "timestamp": wo.get("timestamp"),
        "miner": wo.get("primaryCoinbase"),
        "gasLimit": header.get("gasLimit"),
        "gasUsed": header.get("gasUsed"),
        "extraData": header.get("extraData"),
        "baseFeePerGas": header.get("baseFeePerGas"),
        "transactionsRoot": header.get("transactionsRoot"),
        "receiptsRoot": header.get("receiptsRoot"),
        "stateRoot": header.get("evmRoot"),
        "sha3Uncles": header.get("uncleHash"),
        "logsBloom": format!("0x{}", "0".repeat(512)),
        "size": "0x4d2",
        "transactions": [],
        "uncles": [],
    })
}

fn mining_info(params: &[Value], height: u64, behaviour: NodeBehaviour) -> Answer {
    if behaviour == NodeBehaviour::NoMiningInfo {
        let message = "getMiningInfo is not available before the KawPow fork".to_owned();
        return Err((APPLICATION_ERROR, message));
    }
    // With `true`, big numbers are decimal texts and the height is a number.
    let decimal = params.first() == Some(&Value::Bool(true));
    let big = |number: u128| {
        if decimal { json!(number.to_string()) } else { json!(format!("0x{number:x}")) }
    };
    Ok(json!({
        "kawpowDifficulty": big(2_000_000_000_000),
        "shaDifficulty": big(205_000_000_000_000_000),
        "scryptDifficulty": big(16_900_000_000_000),
        "avgBlockTime": 5.034,
        "avgTxFees": big(0),
        "blocksAnalyzed": 178,
        "baseBlockReward": big(3_100_000_000_000_000_000),
        "estimatedBlockReward": big(3_150_000_000_000_000_000),
        "workshareReward": big(350_000_000_000_000_000),
        "avgKawpowShareTime": 0.62,
        "avgShaShareTime": 1.66,
        "avgScryptShareTime": 1.71,
        "kawpowHashRate": "3512345678901",
        "shaHashRate": "123456789012345678",
        "scryptHashRate": "9876543210123",
        "blockNumber": if decimal { json!(height) } else { json!(hex(height)) },
        "blockHash": hash("block", height),
        "quaiSupplyTotal": big(3_000_000_000_000_000_000_000_000_000),
    }))
}
