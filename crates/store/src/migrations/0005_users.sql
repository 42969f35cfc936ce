-- When the password was given again, which opens what asks for it.
ALTER TABLE qm_sessions ADD COLUMN confirmed_ms INTEGER NOT NULL DEFAULT 0;

-- Who has signed out everywhere: sign-in tokens of the Node server's kind that
-- were issued up to this second are good no longer.
CREATE TABLE qm_signed_out (
    user_id INTEGER PRIMARY KEY,
    until_s INTEGER NOT NULL
);

-- Only the SHA-256 of a key is kept; the prefix is for telling keys apart.
CREATE TABLE qm_api_keys (
    id INTEGER PRIMARY KEY,
    key_hash BLOB NOT NULL UNIQUE,
    user_id INTEGER NOT NULL,
    label TEXT NOT NULL,
    role TEXT NOT NULL,
    prefix TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    last_used_ms INTEGER
);

-- The secret has to be readable, as the codes are computed from it. It asks
-- for nothing until a first code has shown that the owner's device has it. A
-- code of `last_step` or before was used.
CREATE TABLE qm_totp (
    user_id INTEGER PRIMARY KEY,
    secret BLOB NOT NULL,
    confirmed INTEGER NOT NULL,
    last_step INTEGER NOT NULL
);

CREATE TABLE qm_recovery_codes (
    code_hash BLOB PRIMARY KEY,
    user_id INTEGER NOT NULL
) WITHOUT ROWID;
