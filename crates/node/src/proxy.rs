//! What a browser may ask of the node through the dashboard.
//!
//! The way of a request: [`envelope::parse`] reads the body, [`plan`] decides
//! about each call in it, the caller asks the node ([`crate::rpc`]) or answers
//! from what it knows ([`local::answer`]), [`Map::apply`] brings the node's
//! result into the form that was asked for, and [`envelope::Incoming::respond`]
//! makes the response.
//!
//! Only calls that read are passed on. Whatever signs, sends, submits or
//! administers is not in the table, and what is not in the table is refused.

pub mod envelope;
mod eth_block;
pub mod local;
mod methods;

use serde_json::{Value, json};

use crate::address::{self, AddressError};
use crate::rpc::RpcError;

pub use envelope::{Call, Incoming, Rejected, parse};
pub use local::Local;
pub use methods::names;

/// What to do about one call.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    Forward(Forward),
    /// The node does not know; the rig does.
    Local(Local),
    Refused(RpcError),
}

/// A call to the node in place of the one that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Forward {
    pub method: &'static str,
    pub params: Vec<Value>,
    pub map: Map,
    /// For how long a result may be given to others who ask the same. An error
    /// or `null` may not: the block that is unknown now is there in a second.
    pub cache_ms: u32,
}

/// How the node's result becomes the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    AsIs,
    /// A Quai block in the form of an Ethereum block.
    EthBlock,
}

/// `quai_calculateConversionAmount` takes the most: an object in the array.
const MAX_DEPTH: usize = 3;
/// No call in the table has more than two.
const MAX_PARAMS: usize = 8;
/// All parameters together, written as JSON; a hash has 66 characters.
const MAX_PARAMS_BYTES: usize = 2048;

/// Decides about one call, by its name and its parameters alone.
pub fn plan(method: &str, mut params: Vec<Value>) -> Plan {
    let Some(rule) = methods::find(method) else {
        return Plan::Refused(RpcError::new(RpcError::METHOD_NOT_FOUND, refusal(method)));
    };
    if let Err(message) = check_params(&params) {
        return Plan::Refused(RpcError::new(RpcError::INVALID_PARAMS, message));
    }
    match *rule {
        methods::Rule::Local(local) => Plan::Local(local),
        methods::Rule::Forward { to, map, address, cache_ms } => {
            if address && let Err(error) = checksum_first(&mut params) {
                let message = format!("invalid argument 0: {error}");
                return Plan::Refused(RpcError::new(RpcError::INVALID_PARAMS, message));
            }
            Plan::Forward(Forward { method: to, params, map, cache_ms })
        }
    }
}

impl Map {
    /// The result, or error, of the call that was asked for.
    pub fn apply(self, result: Result<Value, RpcError>) -> Result<Value, RpcError> {
        match self {
            Map::AsIs => result,
            Map::EthBlock => match result {
                Ok(block) => eth_block::from_quai(block),
                // go-quai says so for an unknown hash, Ethereum says null.
                Err(error) if error.message == "block not found" => Ok(Value::Null),
                Err(error) => Err(error),
            },
        }
    }
}

/// Repeats the name only if it looks like one: pages paste messages into
/// themselves.
fn refusal(method: &str) -> String {
    let is_name =
        method.len() <= 64 && method.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_name { format!("Method not allowed: {method}") } else { "Method not allowed".to_owned() }
}

fn check_params(params: &[Value]) -> Result<(), String> {
    if params.len() > MAX_PARAMS {
        return Err(format!("at most {MAX_PARAMS} parameters are allowed"));
    }
    if params.iter().any(|param| is_deeper(param, MAX_DEPTH - 1)) {
        return Err("parameters are nested too deeply".to_owned());
    }
    if json!(params).to_string().len() > MAX_PARAMS_BYTES {
        return Err(format!("parameters are longer than {MAX_PARAMS_BYTES} bytes"));
    }
    Ok(())
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(list) => levels == 0 || list.iter().any(|v| is_deeper(v, levels - 1)),
        Value::Object(map) => levels == 0 || map.values().any(|v| is_deeper(v, levels - 1)),
        _ => false,
    }
}

/// Ethereum takes an address in lower case, go-quai does not.
fn checksum_first(params: &mut [Value]) -> Result<(), AddressError> {
    match params.first_mut() {
        Some(param) => {
            *param = address::checksummed(param.as_str().ok_or(AddressError::Form)?)?.into();
            Ok(())
        }
        // The node says which argument is missing.
        None => Ok(()),
    }
}
