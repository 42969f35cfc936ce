//! Which credentials are good.

use serde_json::{Value, json};

use crate::support::node_server::token;
use crate::support::{Client, Home, OWNER_KEY, VIEWER_KEY};

const SECRET: &str = "a secret that Node had in its environment";

fn now_s() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// Who a client is taken for.
fn user(client: &Client) -> Option<String> {
    let session = client.get("/api/v1/session").ok();
    let name = session["user"]["name"].as_str().map(str::to_owned);
    assert_eq!(session["signed_in"], name.is_some());
    // The guard and the route must be of one mind.
    let status = client.get("/api/v1/snapshot").status;
    assert_eq!(status, if name.is_some() { 200 } else { 401 });
    name
}

#[test]
fn tokens_of_the_node_server() {
    let home = Home::with_users().set("JWT_SECRET", SECRET);
    let dashboard = home.start();
    let now = now_s();
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    let claims = |name: &str| json!({ "id": 1, "username": name, "role": "user", "iat": now, "exp": now + 600 });
    let cases: [(&str, String, Option<&str>); 9] = [
        ("as Node signs it", token(SECRET, &hs256, &claims("admin")), Some("admin")),
        ("of another user", token(SECRET, &hs256, &claims("vera")), Some("vera")),
        ("without an end", token(SECRET, &hs256, &json!({ "username": "admin" })), Some("admin")),
        ("expired", token(SECRET, &hs256, &json!({ "username": "admin", "exp": now - 1 })), None),
        ("wrong secret", token("another", &hs256, &claims("admin")), None),
        ("of nobody", token(SECRET, &hs256, &claims("ghost")), None),
        ("named none", token(SECRET, &json!({ "alg": "none" }), &claims("admin")), None),
        ("named RS256", token(SECRET, &json!({ "alg": "RS256" }), &claims("admin")), None),
        ("unsigned", unsigned(&claims("admin")), None),
    ];
    for (what, token, expected) in cases {
        let client = dashboard.anonymous().with("Authorization", &format!("Bearer {token}"));
        assert_eq!(user(&client).as_deref(), expected, "{what}");
    }
    // What a token says of its role counts for nothing.
    let boast = json!({ "id": 1, "username": "vera", "role": "owner", "exp": now + 600 });
    let boaster = token(SECRET, &hs256, &boast);
    let boaster = dashboard.anonymous().with("Authorization", &format!("Bearer {boaster}"));
    assert_eq!(boaster.get("/api/v1/session").ok()["user"]["role"], "viewer");
}

/// Headers, and who sends them.
type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

fn unsigned(claims: &Value) -> String {
    let signed = token("", &json!({ "alg": "none" }), claims);
    signed.rsplit_once('.').unwrap().0.to_owned() + "."
}

#[test]
fn our_tokens_are_nodes() {
    let home = Home::with_users().set("JWT_SECRET", SECRET);
    let dashboard = home.start();
    let body =
        json!({ "username": "admin", "password": crate::support::node_server::OWNER_PASSWORD });
    let answer = dashboard.anonymous().post("/api/auth/login", &body).ok();
    assert_eq!(answer["success"], true);
    assert_eq!(answer["user"], json!({ "id": 1, "username": "admin", "role": "user" }));
    let ours = answer["token"].as_str().unwrap();
    let (text, _) = ours.rsplit_once('.').unwrap();
    let (header, claims) = text.split_once('.').unwrap();
    let read = |part: &str| -> Value {
        use base64::Engine;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    // Signed anew by Node's library it is the same, so Node accepts it.
    assert_eq!(token(SECRET, &read(header), &read(claims)), ours);
    let (issued, end) = (&read(claims)["iat"], &read(claims)["exp"]);
    assert_eq!(end.as_u64().unwrap() - issued.as_u64().unwrap(), 7 * 86_400);
    let client = dashboard.anonymous().with("Authorization", &format!("Bearer {ours}"));
    assert_eq!(user(&client).as_deref(), Some("admin"));
}

#[test]
fn headers_and_what_browsers_put_into_them() {
    let home = Home::with_users().set("JWT_SECRET", SECRET);
    let dashboard = home.start();
    let hs256 = json!({ "alg": "HS256" });
    let jwt = token(SECRET, &hs256, &json!({ "username": "vera" }));
    let bearer = |scheme: &str| format!("{scheme}{jwt}");
    let cases: &[Case<'_>] = &[
        (&[], None),
        (&[("X-API-Key", OWNER_KEY)], Some("admin")),
        (&[("x-api-key", VIEWER_KEY)], Some("vera")),
        (&[("X-API-Key", &OWNER_KEY[1..])], None),
        (&[("X-API-Key", &OWNER_KEY.to_uppercase())], None),
        (&[("X-API-Key", "' OR 1=1 --")], None),
        (&[("X-API-Key", "null"), ("Authorization", "Bearer null")], None),
        (&[("X-API-Key", "undefined"), ("Authorization", "Bearer undefined")], None),
        (&[("X-API-Key", ""), ("Authorization", "Bearer ")], None),
        (&[("Authorization", &bearer("Bearer "))], Some("vera")),
        (&[("Authorization", &bearer("bearer "))], None),
        (&[("Authorization", &bearer("BEARER "))], None),
        (&[("Authorization", &bearer("Bearer  "))], None),
        (&[("Authorization", &bearer("Basic "))], None),
        (&[("Authorization", &bearer(""))], None),
        // One that is wrong does not spoil one that is right.
        (&[("X-API-Key", "wrong"), ("Authorization", &bearer("Bearer "))], Some("vera")),
        (&[("X-API-Key", "null"), ("Authorization", &bearer("Bearer "))], Some("vera")),
        (&[("Cookie", "qm_session=null")], None),
        (&[("Cookie", "qm_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")], None),
    ];
    for (headers, expected) in cases {
        let client = headers
            .iter()
            .fold(dashboard.anonymous(), |client, (name, value)| client.with(name, value));
        assert_eq!(user(&client).as_deref(), *expected, "{headers:?}");
    }
    // In an address a key would end up in logs.
    let path = format!("/api/v1/snapshot?apiKey={OWNER_KEY}");
    dashboard.anonymous().get(&path).refusal(401);
}

#[test]
fn a_user_without_a_key_is_not_found_by_an_empty_one() {
    let home = Home::with_users();
    home.sqlite().execute_batch("UPDATE users SET api_key = '' WHERE username = 'admin'").unwrap();
    let dashboard = home.start();
    for key in ["", "null", " "] {
        assert_eq!(user(&dashboard.anonymous().with("X-API-Key", key)), None);
    }
}

#[test]
fn open_to_all_a_key_in_the_address_is_read_as_by_node() {
    let home = Home::with_users().set("AUTH_MODE", "open");
    let dashboard = home.start();
    let anybody = dashboard.anonymous();
    anybody.post("/api/blocks/validated", &json!({ "blockNumber": 1 })).ok();
    let path = format!("/api/blocks/validated?apiKey={VIEWER_KEY}");
    anybody.post(&path, &json!({ "blockNumber": 2 })).ok();
    // Node notes a block for whom it knows, and for nobody else.
    let owner: String = home
        .sqlite()
        .query_row(
            "SELECT group_concat(username) FROM notifications JOIN users ON users.id = user_id",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(owner, "vera");
}
