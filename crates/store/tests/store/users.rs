//! Who may come in, and with what.

use quaiminer_domain::access::Role;
use quaiminer_store::{Beside, NewApiKey, NewUser, OpenError, Session, Store, UserChange};

use crate::help::{Rig, now_ms};

fn user(name: &str, password_hash: &str, role: Role) -> NewUser {
    NewUser { name: name.into(), password_hash: password_hash.into(), api_key: None, role }
}

async fn role_of(store: &Store, name: &str) -> Role {
    store.users().by_name(name).await.unwrap().unwrap().user.role
}

#[tokio::test]
async fn nobody_becomes_owner_because_somebody_comes_or_goes() {
    let rig = Rig::new();
    let store = rig.open();
    rig.sqlite()
        .execute_batch(
            "INSERT INTO users (username, password_hash) VALUES ('bob', 'h'), ('carl', 'h')",
        )
        .unwrap();
    assert_eq!(role_of(&store, "bob").await, Role::Owner, "the lowest id");
    // Somebody registers with the name that means the owner.
    let admin = store.users().create(user("admin", "h", Role::Viewer)).await.unwrap();
    assert_eq!(role_of(&store, "admin").await, Role::Viewer);
    assert_eq!(role_of(&store, "bob").await, Role::Owner);

    let bob = store.users().by_name("bob").await.unwrap().unwrap().user.id;
    assert_eq!(store.users().set_role(bob, Role::Viewer).await, Ok(UserChange::LastOwner));
    assert_eq!(store.users().delete(bob).await, Ok(UserChange::LastOwner));
    // An owner who cannot sign in would be no help.
    let key_only = store.users().create(user("script", "", Role::Owner)).await.unwrap();
    assert_eq!(store.users().delete(bob).await, Ok(UserChange::LastOwner));
    assert_eq!(store.users().delete(key_only.id).await, Ok(UserChange::Done));

    assert_eq!(store.users().set_role(admin.id, Role::Owner).await, Ok(UserChange::Done));
    assert_eq!(store.users().delete(bob).await, Ok(UserChange::Done));
    assert_eq!(store.users().delete(bob).await, Ok(UserChange::NoSuchUser));
    assert_eq!(role_of(&store, "carl").await, Role::Viewer, "now the lowest id");
}

#[tokio::test]
async fn with_a_user_goes_all_that_is_the_users() {
    let rig = Rig::new();
    let store = rig.open();
    store.users().create(user("admin", "h", Role::Owner)).await.unwrap();
    let eve = store.users().create(user("eve", "h", Role::Technician)).await.unwrap();
    let key = NewApiKey {
        hash: [7; 32],
        user_id: eve.id,
        label: "l".into(),
        role: Role::Viewer,
        prefix: "p".into(),
        created_ms: 1,
    };
    assert!(store.api_keys().create(key.clone(), 1).await.unwrap().is_some());
    assert_eq!(store.api_keys().create(NewApiKey { hash: [8; 32], ..key }, 1).await, Ok(None));
    assert!(store.api_keys().holder([7; 32], now_ms()).await.unwrap().is_some());
    store.totp().begin(eve.id, vec![1]).await.unwrap();
    store.totp().confirm(eve.id, 5, vec![[1; 32], [2; 32]]).await.unwrap();
    let now_ms = now_ms();
    let session = Session {
        token_hash: [3; 32],
        user_id: eve.id,
        created_ms: now_ms,
        last_seen_ms: now_ms,
        confirmed_ms: now_ms,
        address: "here".into(),
        user_agent: "there".into(),
    };
    store.sessions().create(session).await.unwrap();
    rig.sqlite()
        .execute(
            "INSERT INTO notifications (user_id, type, title, message) VALUES (?, 't', 't', 'm')",
            [eve.id],
        )
        .unwrap();

    assert_eq!(store.users().delete(eve.id).await, Ok(UserChange::Done));
    assert_eq!(store.api_keys().holder([7; 32], now_ms).await, Ok(None));
    let connection = rig.sqlite();
    for table in ["qm_sessions", "qm_api_keys", "qm_totp", "qm_recovery_codes", "notifications"] {
        let count = format!("SELECT count(*) FROM {table}");
        let left: i64 = connection.query_row(&count, [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn no_code_counts_twice() {
    let rig = Rig::new();
    let store = rig.open();
    let totp = store.totp();
    assert_eq!(totp.confirm(1, 5, Vec::new()).await, Ok(false), "nothing was begun");
    assert_eq!(totp.begin(1, vec![1]).await, Ok(true));
    assert_eq!(totp.begin(1, vec![2]).await, Ok(true), "begun anew");
    assert_eq!(totp.confirm(1, 5, vec![[1; 32]]).await, Ok(true));
    assert_eq!(totp.begin(1, vec![3]).await, Ok(false));
    assert_eq!(totp.get(1).await.unwrap().unwrap().secret, [2]);
    for (step, expected) in [(5, false), (4, false), (6, true), (6, false), (8, true), (7, false)] {
        assert_eq!(totp.use_step(1, step).await, Ok(expected), "{step}");
    }
    assert_eq!(totp.use_recovery(2, [1; 32]).await, Ok(false), "of another user");
    assert_eq!(totp.use_recovery(1, [1; 32]).await, Ok(true));
    assert_eq!(totp.use_recovery(1, [1; 32]).await, Ok(false));
    assert_eq!(totp.remove(1).await, Ok(true));
    assert_eq!(totp.remove(1).await, Ok(false));
}

#[tokio::test]
async fn beside_nobody_the_database_is_brought_up_to_date() {
    let rig = Rig::new();
    assert!(matches!(Beside::open(&rig.database()), Err(OpenError::Io { .. })), "there is none");
    rig.sqlite().execute_batch(include_str!("node.sql")).unwrap();
    rig.sqlite()
        .execute_batch("INSERT INTO users (username, password_hash) VALUES ('admin', 'lost')")
        .unwrap();
    let mut beside = Beside::open(&rig.database()).unwrap();
    assert_eq!(beside.replace_password("nobody", "new", 1_000), Ok(false));
    assert_eq!(beside.replace_password("admin", "new", 1_000), Ok(true));
    assert_eq!(beside.set_role("admin", Role::Viewer), Ok(UserChange::LastOwner));
    assert_eq!(beside.remove_totp("admin"), Ok(Some(false)));
    drop(beside);
    let admin = rig.open().users().by_name("admin").await.unwrap().unwrap();
    assert_eq!((admin.password_hash.as_str(), admin.signed_out_s), ("new", Some(1)));
}
