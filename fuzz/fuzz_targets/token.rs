//! Nothing is a token that was not signed with the secret, and what was is one
//! for exactly the user it was given to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quaiminer_dashboard::access::jwt::Tokens;
use quaiminer_domain::access::{Role, User};

fuzz_target!(|input: &str| {
    let tokens = Tokens::new("secret of the fuzz target, 7d1f0c", 60);
    assert_eq!(tokens.verify(input, 1000), None);
    let user = User { id: 1, name: input.to_owned(), role: Role::Viewer, node_role: "user".into() };
    let token = tokens.issue(&user, 1000);
    // A longer one is refused, whoever it is for.
    if input.len() < 400 {
        assert_eq!(tokens.verify(&token, 1059).as_deref(), Some(input));
    }
    assert_eq!(tokens.verify(&token, 1060), None);
    // The input takes the place of each part.
    let parts: Vec<&str> = token.split('.').collect();
    for at in 0..parts.len() {
        let mut forged = parts.clone();
        forged[at] = input;
        if forged != parts {
            assert_eq!(tokens.verify(&forged.join("."), 1000), None);
        }
    }
});
