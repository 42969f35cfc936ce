//! From the credentials of a request to a user: the session cookie, a token
//! or an API key.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::header::{COOKIE, HeaderValue};
use quaiminer_domain::access::User;
use quaiminer_engine::clock::now_ms;
use quaiminer_store::{Account, Store, StoreError, TokenHash};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::jwt::{Claims, Tokens};
use super::{api_keys, sessions};
use crate::api::query::Query;
use crate::http::head::Head;

/// A user, and how they were recognised.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub user: User,
    pub proof: Proof,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    Session(TokenHash),
    Key(TokenHash),
    /// NODE-COMPAT: a key in Node's own column.
    NodeKey(String),
    Token(Claims),
}

impl Identity {
    pub fn session(&self) -> Option<&TokenHash> {
        match &self.proof {
            Proof::Session(token) => Some(token),
            Proof::Key(_) | Proof::NodeKey(_) | Proof::Token(_) => None,
        }
    }
}

/// A page asks often; who it is need not be looked up each time. A change
/// made elsewhere (a role, a deleted user) takes effect after this time.
const REMEMBER: Duration = Duration::from_secs(5);
const MAX_REMEMBERED: usize = 1024;
const RECHECK_EVERY: Duration = Duration::from_secs(60);

pub struct Identities {
    store: Store,
    tokens: Tokens,
    // Never held across an await: each use is one map operation.
    remembered: Mutex<HashMap<[u8; 32], (Identity, Instant)>>,
    /// Told that nothing remembered counts.
    forgotten: watch::Sender<()>,
}

enum Credential<'a> {
    ApiKey(&'a str),
    Bearer(&'a str),
    Session(&'a str),
}

impl Identities {
    pub fn new(store: Store, tokens: Tokens) -> Self {
        let forgotten = watch::Sender::new(());
        Identities { store, tokens, remembered: Mutex::default(), forgotten }
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The first of the credentials that is good. A wrong one does not fail
    /// by itself, as in the Node server.
    pub async fn identify(
        &self,
        head: &Head<'_>,
        key_in_query: Option<&Query>,
    ) -> Result<Option<Identity>, StoreError> {
        let text = |field: Option<&HeaderValue>| field?.to_str().ok().map(str::to_owned);
        let (api_key, bearer) = (text(head.api_key), text(head.authorization));
        // Of cookies, which a client may send in several fields, all count.
        let cookies = head.cookie.map(|_| head.all.get_all(COOKIE)).into_iter().flatten();
        let session =
            cookies.filter_map(|field| field.to_str().ok()).find_map(sessions::in_cookies);
        let candidates = [
            api_key.as_deref().map(Credential::ApiKey),
            key_in_query.and_then(|query| query.get("apiKey")).map(Credential::ApiKey),
            bearer
                .as_deref()
                .and_then(|value| value.strip_prefix("Bearer "))
                .map(Credential::Bearer),
            session.map(Credential::Session),
        ];
        for credential in candidates.into_iter().flatten() {
            let secret = match credential {
                Credential::ApiKey(text) | Credential::Bearer(text) | Credential::Session(text) => {
                    text
                }
            };
            // Existing pages send these words when they have nothing.
            if matches!(secret, "" | "null" | "undefined") {
                continue;
            }
            if let Some(identity) = self.look_up(credential, now_ms()).await? {
                return Ok(Some(identity));
            }
        }
        Ok(None)
    }

    async fn look_up(
        &self,
        credential: Credential<'_>,
        now_ms: i64,
    ) -> Result<Option<Identity>, StoreError> {
        let (kind, secret) = match credential {
            Credential::ApiKey(text) => ("key:", text),
            Credential::Bearer(text) => ("jwt:", text),
            Credential::Session(text) => ("session:", text),
        };
        let memory: [u8; 32] =
            Sha256::new().chain_update(kind).chain_update(secret).finalize().into();
        if let Some((identity, since)) = self.lock().get(&memory)
            && since.elapsed() < REMEMBER
        {
            return Ok(Some(identity.clone()));
        }
        let proof = match credential {
            Credential::ApiKey(key) if api_keys::is_ours(key) => Proof::Key(api_keys::hash(key)),
            Credential::ApiKey(key) => Proof::NodeKey(key.to_owned()),
            Credential::Bearer(token) => match self.tokens.verify(token, now_ms / 1000) {
                Some(claims) => Proof::Token(claims),
                None => return Ok(None),
            },
            Credential::Session(token) => Proof::Session(sessions::hash(token)),
        };
        let Some(user) = self.user_of(&proof, now_ms).await? else { return Ok(None) };
        if let Proof::Session(token) = &proof {
            self.store.sessions().touch(token, now_ms);
        }
        let identity = Identity { user, proof };
        let mut remembered = self.lock();
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(memory, (identity.clone(), Instant::now()));
        Ok(Some(identity))
    }

    /// Whom a proof speaks for now: a session may have ended, a key may have
    /// been revoked, its user be gone.
    pub async fn user_of(&self, proof: &Proof, now_ms: i64) -> Result<Option<User>, StoreError> {
        let users = self.store.users();
        let account = match proof {
            Proof::Session(token) => match self.store.sessions().find(token, now_ms).await? {
                Some(session) => users.by_id(session.user_id).await?,
                None => None,
            },
            Proof::Key(hash) => return self.holder(*hash, now_ms).await,
            Proof::NodeKey(key) => users.by_api_key(key).await?,
            Proof::Token(claims) => {
                users.by_name(&claims.name).await?.filter(|account| is_current(claims, account))
            }
        };
        Ok(account.map(|account| account.user))
    }

    /// The user of a key, with the role of whichever of both has the lesser.
    async fn holder(&self, hash: TokenHash, now_ms: i64) -> Result<Option<User>, StoreError> {
        let Some(holder) = self.store.api_keys().holder(hash, now_ms).await? else {
            return Ok(None);
        };
        if holder.is_note_due {
            let store = self.store.clone();
            // Nobody waits for the note, and a full disk keeps nobody out.
            tokio::spawn(async move {
                if let Err(error) = store.api_keys().note_use(hash, now_ms).await {
                    log::debug!("The use of a key was not noted: {error}");
                }
            });
        }
        let mut user = holder.account.user;
        user.role = user.role.min(holder.role);
        Ok(Some(user))
    }

    /// After a sign-out or a change of users nothing remembered counts.
    pub fn forget(&self) {
        self.lock().clear();
        self.forgotten.send_replace(());
    }

    /// Makes everybody look again, every minute: a session may have been ended
    /// by another program. One timer for all, not one for each page.
    pub async fn recheck(&self) {
        let mut tick = tokio::time::interval(RECHECK_EVERY);
        loop {
            tick.tick().await;
            self.forget();
        }
    }

    /// Wakes up whoever must look again whether a session still exists.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.forgotten.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], (Identity, Instant)>> {
        // The map is valid after a panic elsewhere.
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a token was issued after its user has signed out everywhere. One
/// that does not say when it was issued is good only until then.
fn is_current(claims: &Claims, account: &Account) -> bool {
    account.signed_out_s.is_none_or(|until| claims.issued_s.is_some_and(|at| at > until as f64))
}
