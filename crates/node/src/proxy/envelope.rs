//! The JSON-RPC that a browser sends, and the response to it.
//!
//! The Node server takes `{"method", "params"}` alone, without a version or an
//! id; this does too, beside full JSON-RPC 2.0 and batches of it.

use serde_json::{Value, json};

use crate::rpc::RpcError;

/// A page of a block explorer asks for this many at once.
pub const MAX_BATCH: usize = 100;
/// Longer ids are no ids.
const MAX_ID_CHARS: usize = 128;

/// A body with one call or several.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    is_batch: bool,
    entries: Vec<Entry>,
}

/// One call, or why it is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Given back with the result; `None` for one that wants no answer.
    id: Option<Value>,
    pub call: Result<Call, RpcError>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: String,
    pub params: Vec<Value>,
}

/// A body that holds no call; an answer with HTTP 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    NotJson,
    /// Neither an object nor an array.
    NotACall,
    /// A single call whose method is missing, empty or no text.
    Method,
    BatchSize,
}

impl Rejected {
    /// The `message` beside `"error": "Invalid request"`.
    pub const fn message(self) -> &'static str {
        match self {
            Rejected::NotJson => "The body is not valid JSON",
            Rejected::NotACall => "The body must be an object with a method, or an array of them",
            Rejected::Method => "Method is required and must be a string",
            Rejected::BatchSize => "A batch must hold 1 to 100 calls",
        }
    }
}

/// Reads a body, whose length the caller has limited.
pub fn parse(body: &[u8]) -> Result<Incoming, Rejected> {
    match serde_json::from_slice(body).map_err(|_| Rejected::NotJson)? {
        Value::Array(list) if !(1..=MAX_BATCH).contains(&list.len()) => Err(Rejected::BatchSize),
        Value::Array(list) => {
            Ok(Incoming { is_batch: true, entries: list.into_iter().map(batch_entry).collect() })
        }
        single @ Value::Object(_) => {
            if !has_method(&single) {
                return Err(Rejected::Method);
            }
            let mut entry = batch_entry(single);
            // The Node server answers whatever it is sent, with a number of its
            // own for an id. Nobody sends one call to hear nothing.
            entry.id.get_or_insert(json!(1));
            Ok(Incoming { is_batch: false, entries: vec![entry] })
        }
        _ => Err(Rejected::NotACall),
    }
}

impl Incoming {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The response, from one result per entry in their order. `None` if
    /// nothing is to be sent, which is HTTP 204.
    pub fn respond(&self, results: Vec<Result<Value, RpcError>>) -> Option<Value> {
        let answer = |(entry, result): (&Entry, Result<Value, RpcError>)| {
            let id = entry.id.as_ref()?;
            Some(match result {
                Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
                Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error.to_json()}),
            })
        };
        let mut answers: Vec<Value> = self.entries.iter().zip(results).filter_map(answer).collect();
        match (self.is_batch, answers.is_empty()) {
            (_, true) => None,
            (true, false) => Some(Value::Array(answers)),
            (false, false) => answers.pop(),
        }
    }
}

impl Entry {
    /// A call in a batch that has no id wants no answer; as all calls here only
    /// read, it need not be made either.
    pub const fn wants_answer(&self) -> bool {
        self.id.is_some()
    }
}

fn has_method(call: &Value) -> bool {
    call.get("method").and_then(Value::as_str).is_some_and(|method| !method.is_empty())
}

fn batch_entry(mut entry: Value) -> Entry {
    let invalid = |message: &str| Err(RpcError::new(RpcError::INVALID_REQUEST, message));
    if !entry.is_object() {
        return Entry { id: Some(Value::Null), call: invalid("A call must be an object") };
    }
    let id = match entry.get_mut("id").map(Value::take) {
        Some(Value::String(id)) if id.chars().count() > MAX_ID_CHARS => {
            return Entry { id: Some(Value::Null), call: invalid("The id is too long") };
        }
        Some(id @ (Value::String(_) | Value::Number(_) | Value::Null)) => Some(id),
        Some(_) => {
            let call = invalid("The id must be a string, a number or null");
            return Entry { id: Some(Value::Null), call };
        }
        None => None,
    };
    if !has_method(&entry) {
        // What is no call at all is answered even without an id.
        let id = Some(id.unwrap_or_default());
        return Entry { id, call: invalid(Rejected::Method.message()) };
    }
    let params = match entry.get_mut("params").map(Value::take) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(params)) => params,
        Some(_) => {
            let error = RpcError::new(RpcError::INVALID_PARAMS, "params must be an array");
            return Entry { id, call: Err(error) };
        }
    };
    match entry.get_mut("method").map(Value::take) {
        Some(Value::String(method)) => Entry { id, call: Ok(Call { method, params }) },
        _ => Entry { id, call: invalid(Rejected::Method.message()) },
    }
}
