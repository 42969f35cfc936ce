//! Calls that are answered from what the rig knows.

use quaiminer_domain::Fact;
use serde_json::{Value, json};

use crate::rpc::RpcError;

/// Which question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Local {
    /// Whether the node is behind; go-quai has no call for it.
    Syncing,
    /// Of this rig, in hashes per second.
    Hashrate,
    /// Whether this rig mines.
    Mining,
    /// The configured address.
    Coinbase,
}

/// What is needed for the answers.
#[derive(Debug, Clone, PartialEq)]
pub struct RigFacts {
    pub in_sync: Fact<bool>,
    pub height: Fact<u64>,
    pub hashrate_hs: Fact<f64>,
    pub mining: Fact<bool>,
    pub coinbase: Fact<String>,
}

/// The result in the form that Ethereum gives it. What is not known is an
/// error that says why: `false` and `0x0` would be answers.
pub fn answer(question: Local, rig: &RigFacts) -> Result<Value, RpcError> {
    match question {
        Local::Syncing => {
            if known(&rig.in_sync)? {
                return Ok(json!(false));
            }
            let height = json!(format!("{:#x}", known(&rig.height)?));
            // How far the chain has got is not known without another node, so
            // this is the least that it can be.
            Ok(json!({"startingBlock": height, "currentBlock": height, "highestBlock": height}))
        }
        // A float becomes the nearest integer, and 0 below it.
        Local::Hashrate => Ok(json!(format!("{:#x}", known(&rig.hashrate_hs)?.round() as u64))),
        Local::Mining => Ok(json!(known(&rig.mining)?)),
        Local::Coinbase => Ok(json!(known(&rig.coinbase)?)),
    }
}

fn known<T: Clone>(fact: &Fact<T>) -> Result<T, RpcError> {
    match fact {
        Fact::Known(value) => Ok(value.clone()),
        Fact::Unknown(reason) => Err(RpcError::new(RpcError::SERVER, reason.clone())),
    }
}
