-- Only the SHA-256 of a session's token is kept: a copy of this file signs
-- nobody in.
CREATE TABLE qm_sessions (
    token_hash BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
) WITHOUT ROWID;

-- Node gives every user the role `user`; ours stand here.
CREATE TABLE qm_roles (
    user_id INTEGER PRIMARY KEY,
    role TEXT NOT NULL
);
