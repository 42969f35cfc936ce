//! The routes. A file per resource; each exports its `routes()`, in which
//! every route stands with its access level.
//!
//! `v1` is our own typed API, `compat` that of the Node server. Both speak of
//! the same snapshot and the same commands. Wire formats live here and
//! nowhere deeper.

pub mod answer;
pub mod body;
pub mod compat;
pub mod describe;
pub mod error;
mod nested;
pub mod openapi;
pub mod path;
pub mod query;
pub mod routes;
pub mod schema;
pub mod stream;
pub mod v1;

use routes::Route;

/// Every route of the API.
pub fn all() -> Vec<Route> {
    [compat::routes(), v1::routes(), openapi::routes()].into_iter().flatten().collect()
}
