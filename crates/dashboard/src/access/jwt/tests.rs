use proptest::prelude::*;

use super::*;
use quaiminer_domain::access::Role;

fn user() -> User {
    User { id: 1, name: "admin".into(), role: Role::Owner, node_role: "user".into() }
}

fn name_in(tokens: &Tokens, token: &str, now_s: i64) -> Option<String> {
    tokens.verify(token, now_s).map(|claims| claims.name)
}

fn signed(secret: &str, header: &str, claims: &str) -> String {
    let text = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    format!("{text}.{}", encode(&mac.chain_update(&text).finalize().into_bytes()))
}

#[test]
fn a_token_of_rfc_7515() {
    // RFC 7515 appendix A.1, an HS256 signature over foreign claims: the
    // signature must hold for the text as it stands, line breaks included.
    let key =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let secret = URL_SAFE_NO_PAD.decode(key).unwrap();
    let tokens = Tokens { secret, life_s: 1 };
    let text = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = URL_SAFE_NO_PAD.decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
    assert!(tokens.is_signed::<Hmac<Sha256>>(text, &signature));
    assert!(!tokens.is_signed::<Hmac<Sha512>>(text, &signature));
}

#[test]
fn ours_are_valid_until_they_end() {
    let tokens = Tokens::new("secret", 60);
    let token = tokens.issue(&user(), 1000);
    let claims = Claims { name: "admin".into(), issued_s: Some(1000.0) };
    assert_eq!(tokens.verify(&token, 1059), Some(claims));
    assert_eq!(tokens.verify(&token, 1060), None);
    assert_eq!(Tokens::new("other", 60).verify(&token, 1000), None);
    assert_eq!(tokens.verify(&token.replacen('e', "f", 1), 1000), None);
}

#[test]
fn only_the_hmac_family() {
    let tokens = Tokens::new("secret", 60);
    let claims = r#"{"username":"admin"}"#;
    let verify = |token: &str| tokens.verify(token, 1000);
    assert!(verify(&signed("secret", r#"{"alg":"HS256"}"#, claims)).is_some());
    assert!(verify(&signed("secret", r#"{"alg":"none"}"#, claims)).is_none());
    assert!(verify(&signed("secret", r#"{"alg":"RS256"}"#, claims)).is_none());
    assert!(
        verify(&signed("secret", r#"{"alg":"HS256"}"#, r#"{"username":"a","exp":"9"}"#)).is_none()
    );
    let unsigned = format!("{}.{}.", encode(br#"{"alg":"none"}"#), encode(claims.as_bytes()));
    assert!(verify(&unsigned).is_none());
    for garbage in ["", ".", "..", "a.b.c", &"x".repeat(5000)] {
        assert!(verify(garbage).is_none());
    }
}

fn signed_with<M: Mac + KeyInit>(secret: &str, algorithm: &Value, claims: &str) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT" }).to_string();
    let text = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
    let mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
    format!("{text}.{}", encode(&mac.chain_update(&text).finalize().into_bytes()))
}

proptest! {
    #[test]
    fn who_signs_in_is_recognised_until_the_end(
        name in "\\PC{1,60}",
        secret in any::<String>(),
        now_s in 0..1_i64 << 40,
        life_s in 1..1_i64 << 32,
        later_s in 0..1_i64 << 33,
    ) {
        let tokens = Tokens::new(&secret, life_s);
        let token = tokens.issue(&User { name: name.clone(), ..user() }, now_s);
        let expected = (later_s < life_s).then_some(name);
        prop_assert_eq!(name_in(&tokens, &token, now_s + later_s), expected);
        prop_assert_eq!(Tokens::new(&format!("{secret}x"), life_s).verify(&token, now_s), None);
    }

    /// Also in the last character, of which the lowest bits mean nothing.
    #[test]
    fn a_token_with_a_byte_changed_added_or_gone(
        byte in any::<u8>(),
        bit in 0..7_u8,
        way in 0..4,
        at in any::<prop::sample::Index>(),
    ) {
        let tokens = Tokens::new("secret", 60);
        let token = tokens.issue(&user(), 1000);
        let mut bytes = token.clone().into_bytes();
        let at = at.index(bytes.len());
        match way {
            0 => bytes[at] = byte,
            1 => bytes[at] ^= 1 << bit,
            2 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
        let changed = String::from_utf8_lossy(&bytes).into_owned();
        prop_assume!(changed != token);
        prop_assert_eq!(tokens.verify(&changed, 1000), None, "{}", changed);
        prop_assert_eq!(tokens.verify(&format!("{token}{}", char::from(byte)), 1000), None);
    }

    /// Named as one, signed as the other; or not signed at all.
    #[test]
    fn the_algorithm_is_the_one_that_is_named(
        algorithm in prop_oneof![
            prop::sample::select(&[
                "HS256", "HS384", "HS512", "none", "None", "NONE", "nOnE", "", "hs256", "HS256 ",
                "RS256", "ES256", "PS256", "EdDSA", "HS1", "HS224",
            ][..]).prop_map(|name| json!(name)),
            Just(Value::Null),
            Just(json!(256)),
            Just(json!(["HS256"])),
            any::<String>().prop_map(|name| json!(name)),
        ],
        bits in prop::sample::select(&[256, 384, 512][..]),
    ) {
        let claims = r#"{"username":"admin"}"#;
        let token = match bits {
            256 => signed_with::<Hmac<Sha256>>("secret", &algorithm, claims),
            384 => signed_with::<Hmac<Sha384>>("secret", &algorithm, claims),
            _ => signed_with::<Hmac<Sha512>>("secret", &algorithm, claims),
        };
        let tokens = Tokens::new("secret", 60);
        let named_rightly = algorithm == json!(format!("HS{bits}"));
        prop_assert_eq!(tokens.verify(&token, 1000).is_some(), named_rightly, "{}", algorithm);
        let (text, _) = token.rsplit_once('.').unwrap();
        prop_assert_eq!(tokens.verify(text, 1000), None);
        prop_assert_eq!(tokens.verify(&format!("{text}."), 1000), None);
    }

    /// Of a token that is signed rightly the claims still have to be right.
    #[test]
    fn claims_of_every_kind(
        which in prop::sample::select(&["exp", "nbf", "username"][..]),
        value in prop_oneof![
            any::<i64>().prop_map(|number| json!(number)),
            (990..1010_i64).prop_map(|number| json!(number)),
            any::<f64>().prop_map(|number| json!(number)),
            any::<String>().prop_map(|text| json!(text)),
            Just(json!(null)),
            Just(json!(true)),
            Just(json!([2000])),
            Just(json!({})),
        ],
    ) {
        let mut claims = json!({ "username": "admin", "exp": 2000, "nbf": 500 });
        claims[which] = value.clone();
        let token = signed("secret", r#"{"alg":"HS256"}"#, &claims.to_string());
        let expected = match which {
            "exp" => value.as_f64().filter(|end| *end > 1000.0).map(|_| "admin"),
            "nbf" => value.as_f64().filter(|begin| *begin <= 1000.0).map(|_| "admin"),
            _ => value.as_str(),
        };
        let found = name_in(&Tokens::new("secret", 60), &token, 1000);
        prop_assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn signed_nonsense(header in any::<Vec<u8>>(), claims in any::<Vec<u8>>(), text in any::<String>()) {
        let tokens = Tokens::new("secret", 60);
        let header = String::from_utf8_lossy(&header).into_owned();
        let claims = String::from_utf8_lossy(&claims).into_owned();
        prop_assert_eq!(tokens.verify(&signed("secret", &header, &claims), 1000), None);
        let plain = r#"{"alg":"HS256"}"#;
        prop_assert_eq!(tokens.verify(&signed("secret", plain, &claims), 1000), None);
        prop_assert_eq!(tokens.verify(&text, 1000), None);
    }
}
