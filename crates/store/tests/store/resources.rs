use quaiminer_domain::access::Role;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_store::{
    Cell, ClientStat, NewBlock, NewNotification, NewUser, ProcessRecord, SESSION_IDLE_MS, Session,
    Store, StoreError, UserChange,
};

use crate::help::{Rig, now_ms};

fn block(number: i64, chain: &str, timestamp_ms: i64) -> NewBlock {
    NewBlock {
        number,
        hash: Some("0xabc".into()),
        timestamp_ms,
        chain: chain.into(),
        reward: 2.5,
        tx_hash: None,
    }
}

fn user(name: &str, password_hash: &str, role: Role) -> NewUser {
    NewUser { name: name.into(), password_hash: password_hash.into(), api_key: None, role }
}

fn session(token: u8, user_id: i64, last_seen_ms: i64) -> Session {
    Session {
        token_hash: [token; 32],
        user_id,
        created_ms: last_seen_ms,
        last_seen_ms,
        confirmed_ms: last_seen_ms,
        address: "192.168.1.7".into(),
        user_agent: "Firefox".into(),
    }
}

async fn role_of(store: &Store, name: &str) -> Role {
    store.users().by_name(name).await.unwrap().unwrap().user.role
}

#[tokio::test]
async fn blocks() {
    let rig = Rig::new();
    let store = rig.open();
    let now_ms = now_ms();
    let day_ms = 86_400_000;
    assert_eq!(store.blocks().stats(now_ms).await.unwrap().last_block, None);
    let first = store.blocks().insert(block(7, "Prime", now_ms)).await.unwrap();
    let second = store.blocks().insert(block(9, "Prime", now_ms - 2 * day_ms)).await.unwrap();
    store.blocks().insert(block(7, "Cyprus-1", now_ms - 8 * day_ms)).await.unwrap();
    assert_eq!(store.blocks().insert(block(7, "Prime", now_ms)).await, Err(StoreError::Duplicate));

    let list = store.blocks().list(Some(2)).await.unwrap();
    assert_eq!((list.blocks.len(), list.total), (2, 3));
    assert_eq!(list.blocks[0].id, second);
    assert_eq!(list.blocks[0].block_number, Cell::Integer(9));
    assert_eq!(list.blocks[0].tx_hash, Cell::Null);
    assert_eq!(store.blocks().list(None).await.unwrap().blocks.len(), 3);
    assert_eq!(store.blocks().list(Some(0)).await.unwrap().blocks, []);

    let stats = store.blocks().stats(now_ms).await.unwrap();
    assert_eq!((stats.total, stats.last_24h, stats.last_7d), (3, 1, 2));
    assert_eq!(stats.total_reward, 7.5);
    assert_eq!(stats.last_block.unwrap().id, second);
    // The sum is remembered, but not longer than it is true.
    rig.sqlite().execute_batch("UPDATE validated_blocks SET reward = 1.0 WHERE id = 1").unwrap();
    assert_eq!(store.blocks().stats(now_ms).await.unwrap().total_reward, 6.0);
    store.blocks().insert(block(10, "Prime", now_ms)).await.unwrap();
    assert_eq!(store.blocks().stats(now_ms).await.unwrap().total_reward, 8.5);
    assert!(first < second);
}

#[tokio::test]
async fn users_have_the_roles_of_the_rule() {
    let rig = Rig::new();
    let store = rig.open();
    assert_eq!(store.users().count_with_password().await, Ok(0));
    let made = store.users().create(user("eve", "", Role::Technician)).await.unwrap();
    assert_eq!((made.role, made.node_role.as_str()), (Role::Technician, "user"));
    assert_eq!(store.users().count_with_password().await, Ok(0));
    assert_eq!(
        store.users().create(user("eve", "x", Role::Owner)).await,
        Err(StoreError::Duplicate)
    );

    // Node's users have no role of ours.
    let node = rig.sqlite();
    node.execute_batch(
        "INSERT INTO users (username, password_hash, api_key, role)
         VALUES ('bob', '$2a$10$x', 'aa11', 'user'), ('carl', '$2a$10$y', NULL, NULL)",
    )
    .unwrap();
    assert_eq!(role_of(&store, "bob").await, Role::Viewer);
    node.execute_batch("DELETE FROM users WHERE username = 'eve'").unwrap();
    assert_eq!(role_of(&store, "bob").await, Role::Owner, "the lowest id");
    assert_eq!(role_of(&store, "carl").await, Role::Viewer);
    node.execute_batch("INSERT INTO users (username, password_hash) VALUES ('admin', 'h')")
        .unwrap();
    assert_eq!(role_of(&store, "admin").await, Role::Owner);
    assert_eq!(role_of(&store, "bob").await, Role::Viewer, "admin is the owner now");

    let bob = store.users().by_api_key("aa11").await.unwrap().unwrap();
    assert_eq!((bob.user.name.as_str(), bob.password_hash.as_str()), ("bob", "$2a$10$x"));
    assert_eq!(store.users().by_id(bob.user.id).await, Ok(Some(bob.clone())));
    assert_eq!(store.users().by_name("BOB").await, Ok(None));
    assert_eq!(store.users().by_api_key("").await, Ok(None));
    assert_eq!(store.users().count_with_password().await, Ok(3));

    let users = store.users();
    assert_eq!(users.set_role(bob.user.id, Role::Technician).await, Ok(UserChange::Done));
    assert_eq!(users.set_role(9_999, Role::Owner).await, Ok(UserChange::NoSuchUser));
    assert_eq!(users.replace_password(bob.user.id, "new".into(), None, 7_000).await, Ok(true));
    assert_eq!(users.replace_password(9_999, "new".into(), None, 7_000).await, Ok(false));
    let bob = store.users().by_id(bob.user.id).await.unwrap().unwrap();
    assert_eq!((bob.user.role, bob.password_hash.as_str()), (Role::Technician, "new"));

    store.users().set_last_login(bob.user.id, 1_795_424_711_999);
    store.flush().await.unwrap();
    let seen: String = node
        .query_row("SELECT last_login FROM users WHERE username = 'bob'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(seen, "2026-11-23 09:05:11");
    let rows = store.users().list(10).await.unwrap();
    assert_eq!(rows[0].node_key_prefix.as_deref(), Some("aa11"));
    let names: Vec<_> = rows.into_iter().map(|row| row.account.user.name).collect();
    assert_eq!(names, ["bob", "carl", "admin"]);
}

#[tokio::test]
async fn sessions_slide_and_end() {
    let rig = Rig::new();
    let store = rig.open();
    let start_ms = now_ms();
    let token = [1; 32];
    store.sessions().create(session(1, 5, start_ms)).await.unwrap();
    store.sessions().create(session(2, 5, start_ms - SESSION_IDLE_MS)).await.unwrap();
    assert_eq!(store.sessions().find(&[2; 32], start_ms).await, Ok(None), "has ended");
    assert_eq!(store.sessions().find(&[3; 32], start_ms).await, Ok(None));
    assert_eq!(store.sessions().list(5, start_ms).await.unwrap().len(), 1);

    // Seen shortly before the end, it lives on; the mark counts at once.
    let later_ms = start_ms + SESSION_IDLE_MS - 1;
    store.sessions().touch(&token, later_ms);
    let much_later_ms = later_ms + SESSION_IDLE_MS - 1;
    let found = store.sessions().find(&token, much_later_ms).await.unwrap().unwrap();
    assert_eq!(found.last_seen_ms, later_ms);
    store.flush().await.unwrap();
    let found = store.sessions().find(&token, much_later_ms).await.unwrap().unwrap();
    assert_eq!(found.last_seen_ms, later_ms, "is on the disk now");
    let rows: i64 =
        rig.sqlite().query_row("SELECT count(*) FROM qm_sessions", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1, "the one that had ended is gone");

    assert_eq!(store.sessions().delete(&token).await, Ok(true));
    assert_eq!(store.sessions().delete(&token).await, Ok(false));
    store.sessions().create(session(4, 5, start_ms)).await.unwrap();
    store.sessions().create(session(5, 6, start_ms)).await.unwrap();
    assert_eq!(store.sessions().end_all(5, start_ms).await, Ok(1));
    assert!(store.sessions().find(&[5; 32], start_ms).await.unwrap().is_some());
}

#[tokio::test]
async fn a_user_has_a_bounded_number_of_sessions() {
    let rig = Rig::new();
    let store = rig.open();
    let start_ms = now_ms();
    for token in 0..60 {
        let mut new = session(token, 1, start_ms + i64::from(token));
        new.user_agent = "ü".repeat(5_000);
        store.sessions().create(new).await.unwrap();
    }
    let sessions = store.sessions().list(1, start_ms).await.unwrap();
    assert_eq!(sessions.len(), 50);
    assert_eq!(sessions[0].token_hash, [59; 32]);
    assert_eq!(sessions[0].user_agent, "ü".repeat(300));
}

#[tokio::test]
async fn events_newest_first() {
    let rig = Rig::new();
    let store = rig.open();
    let event = |message: &str| NewEvent {
        at_ms: 5,
        severity: Severity::Error,
        kind: "miner.start",
        actor: "start-up".into(),
        message: message.into(),
    };
    let first = store.events().append(event("one")).await.unwrap();
    let second = store.events().append(event("two")).await.unwrap();
    let third = store.events().append(event("three")).await.unwrap();
    let newest = store.events().list(None, 2).await.unwrap();
    assert_eq!(newest.iter().map(|event| event.id).collect::<Vec<_>>(), [third, second]);
    let older = store.events().list(Some(second), 100).await.unwrap();
    assert_eq!(older.len(), 1);
    assert_eq!(older[0].id, first);
    assert_eq!((older[0].severity, older[0].kind.as_str()), (Severity::Error, "miner.start"));
    assert_eq!((older[0].actor.as_str(), older[0].message.as_str()), ("start-up", "one"));
}

#[tokio::test]
async fn processes_and_state() {
    let rig = Rig::new();
    let store = rig.open();
    let process = ProcessRecord {
        instance: "gpu0".into(),
        gpu: Some(0),
        pid: Some(4_000_000),
        start_ticks: Some(123_456_789),
        boot_id: "b".into(),
        started_ms: 77,
        wanted: true,
    };
    store.processes().put(process.clone()).await.unwrap();
    let newer = ProcessRecord { pid: None, start_ticks: None, wanted: false, ..process.clone() };
    store.processes().put(newer.clone()).await.unwrap();
    let whole = ProcessRecord { instance: "miner".into(), gpu: None, ..process };
    store.processes().put(whole.clone()).await.unwrap();
    drop(store);
    let store = rig.open();
    assert_eq!(store.processes().list().await, Ok(vec![newer, whole]));
    assert_eq!(store.processes().remove("gpu0").await, Ok(true));
    assert_eq!(store.processes().remove("gpu0").await, Ok(false));

    assert_eq!(store.state().get("wanted").await, Ok(None));
    store.state().set("wanted", "running".into()).await.unwrap();
    store.state().set("wanted", "stopped".into()).await.unwrap();
    assert_eq!(store.state().get("wanted").await, Ok(Some("stopped".into())));
    assert_eq!(store.state().remove("wanted").await, Ok(true));
    assert_eq!(store.state().remove("wanted").await, Ok(false));
}

#[tokio::test]
async fn a_notification_needs_its_user() {
    let rig = Rig::new();
    let store = rig.open();
    let notification = |user_id| NewNotification {
        user_id,
        kind: "block_found".into(),
        title: "Block Found!".into(),
        message: "You found block #7".into(),
    };
    let refused = store.notifications().insert(notification(1)).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    let user = store.users().create(user("a", "b", Role::Owner)).await.unwrap();
    store.notifications().insert(notification(user.id)).await.unwrap();
}

#[tokio::test]
async fn what_pages_post_stays_apart() {
    let rig = Rig::new();
    let store = rig.open();
    let stat = |at_ms| ClientStat {
        at_ms,
        hashrate_mhs: 10.5,
        accepted: 1,
        rejected: 0,
        power_w: f64::NAN,
        temp_c: 60.0,
        fan_percent: 50.0,
        gpu: 0,
    };
    store.client_stats().record(stat(10));
    store.client_stats().record(stat(20));
    store.client_stats().record(stat(30));
    store.flush().await.unwrap();
    let stored = store.client_stats().list(15, 10).await.unwrap();
    assert_eq!(stored.iter().map(|stat| stat.at_ms).collect::<Vec<_>>(), [20, 30]);
    assert_eq!(stored[0].power_w, 0.0);
    let newest = store.client_stats().list(0, 1).await.unwrap();
    assert_eq!(newest[0].at_ms, 30);
    assert_eq!(crate::help::count(&rig.sqlite(), "mining_stats"), 0);
}
