//! go-quai's JSON-RPC, without any I/O: what to ask, what the answers mean, and
//! which calls of a browser may be passed on to the node.
//!
//! A chain of a go-quai node is addressed by its port (9200 is the zone
//! cyprus1), so nothing here names a chain. Shapes are those of go-quai
//! v0.55.0, `internal/quaiapi` and `rpc/`.

pub mod address;
pub mod block_times;
pub mod poll;
pub mod proxy;
mod quantity;
pub mod rpc;
