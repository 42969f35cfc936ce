//! Who is asking, and what they may do.

pub mod api_keys;
pub mod confirm;
pub mod first_run;
pub mod identity;
pub mod jwt;
pub mod password;
pub mod sessions;
pub mod sign_in;
pub mod totp;

use quaiminer_domain::access::Role;

/// What a route asks of its caller. Given with the route, so that no route is
/// without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// A signed-in user of at least this role; in `AUTH_MODE=open` anybody.
    Role(Role),
    /// The same, and in `AUTH_MODE=open` a signed-in user of any role: the
    /// routes for which the Node server wants one. (NODE-COMPAT)
    User(Role),
    /// A signed-in user of at least this role in every mode: users, keys and
    /// sessions outlive `AUTH_MODE=open`.
    Always(Role),
}

impl Access {
    /// Looking, not touching.
    pub const VIEW: Access = Access::Role(Role::Viewer);
    /// Running the rig.
    pub const OPERATE: Access = Access::Role(Role::Technician);
    /// Wallet, pools, users, keys and network settings.
    pub const OWN: Access = Access::Role(Role::Owner);
    /// What concerns nobody but the caller.
    pub const SELF: Access = Access::Always(Role::Viewer);
    /// What concerns other users.
    pub const USERS: Access = Access::Always(Role::Owner);
}

/// 256 random bits.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| format!("No random numbers: {error}"))?;
    Ok(bytes)
}
