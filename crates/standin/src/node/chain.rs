//! A chain that follows from the clock: block N was found at a fixed time.

use serde_json::{Value, json};

use super::NodeBehaviour;
use crate::checksum::keccak_hex;
use crate::unix_ms;

const BLOCK_TIME_MS: i64 = 5000;
/// Age of the newest block of a node that has lost the others.
const STALE_MS: i64 = 600_000;
/// Height when the stand-in starts.
const FIRST_HEIGHT: u64 = 6_232_620;
const MINER: &str = "0x00A3E45AA16163F2663015B6695894D918866d19";

pub(super) struct Chain {
    started_ms: i64,
}

impl Chain {
    pub(super) fn start() -> Self {
        Chain { started_ms: unix_ms() }
    }

    pub(super) fn height(&self, behaviour: NodeBehaviour) -> u64 {
        let now_ms = match behaviour {
            NodeBehaviour::Stale => self.started_ms - STALE_MS,
            _ => unix_ms(),
        };
        let grown = (now_ms - self.started_ms).div_euclid(BLOCK_TIME_MS);
        FIRST_HEIGHT.saturating_add_signed(grown)
    }

    fn found_s(&self, height: u64) -> i64 {
        let grown = i64::try_from(height).unwrap_or(i64::MAX) - FIRST_HEIGHT as i64;
        (self.started_ms + grown.saturating_mul(BLOCK_TIME_MS)).div_euclid(1000)
    }

    /// The part of a header that go-quai calls work object header.
    pub(super) fn wo_header(&self, height: u64) -> Value {
        json!({
            "hash": hash("block", height),
            "headerHash": hash("header", height),
            "parentHash": hash("block", height.saturating_sub(1)),
            "number": hex(height),
            "difficulty": "0x1d1a94a2000",
            "primeTerminusNumber": hex(height / 5),
            "nonce": format!("0x{:016x}", height.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            "location": "0x0000",
            "txHash": hash("tx", height),
            "timestamp": hex(u64::try_from(self.found_s(height)).unwrap_or(0)),
            "mixHash": hash("mix", height),
            "lock": "0x0",
            "primaryCoinbase": MINER,
            "data": "0x",
        })
    }

    /// The other fields of a header. Its `number` is the prime and region height.
    pub(super) fn header(&self, height: u64) -> Value {
        json!({
            "baseFeePerGas": "0x3b9aca00",
            "number": [hex(height / 5), hex(height / 2)],
            "parentHash": [hash("prime", height), hash("region", height)],
            "manifestHash": [hash("m0", height), hash("m1", height), hash("m2", height)],
            "uncledEntropy": "0x0",
            "uncleHash": hash("uncles", height),
            "quaiStateSize": "0x2540be400",
            "evmRoot": hash("evm", height),
            "utxoRoot": hash("utxo", height),
            "extraData": "0x",
            "size": "0x2a9",
            "transactionsRoot": hash("transactions", height),
            "receiptsRoot": hash("receipts", height),
            "outboundEtxsRoot": hash("etxs", height),
            "etxSetRoot": hash("etxset", height),
            "etxRollupRoot": hash("rollup", height),
            "primeTerminusHash": hash("terminus", height / 5),
            "interlinkRootHash": hash("interlink", height / 5),
            "gasLimit": "0x2625a00",
            "gasUsed": "0x0",
            "efficiencyScore": "0x0",
            "thresholdCount": "0x0",
            "expansionNumber": "0x0",
            "etxEligibleSlices": hash("slices", 0),
            "stateLimit": "0x1312d00",
            "stateUsed": "0x0",
            "exchangeRate": "0x52b7d2dcc80cd2e4000000",
            "avgTxFees": "0x0",
            "totalFees": "0x0",
            "kQuaiDiscount": "0x32",
            "conversionFlowAmount": "0x0",
            "minerDifficulty": "0x1d1a94a2000",
            "primeStateRoot": hash("primestate", height / 5),
            "regionStateRoot": hash("regionstate", height / 2),
            "parentEntropy": [hash("e0", height), hash("e1", height), hash("e2", height)],
            "parentDeltaEntropy": ["0x0", "0x0", "0x2f1a"],
            "parentUncledDeltaEntropy": ["0x0", "0x0", "0x0"],
        })
    }
}

pub(super) fn hash(kind: &str, height: u64) -> String {
    format!("0x{}", keccak_hex(format!("{kind} {height}").as_bytes()))
}

/// A quantity: no leading zeros.
pub(super) fn hex(quantity: u64) -> String {
    format!("0x{quantity:x}")
}
