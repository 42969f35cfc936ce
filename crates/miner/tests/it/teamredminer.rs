use quaiminer_miner::{Reply, Unreadable};

use crate::support::{check, check_error, fixture, line};

const NAME: &str = "teamredminer";

#[test]
fn joined_commands() {
    check(
        NAME,
        &[line("teamredminer/0.10.21/joined.json")],
        "TeamRedMiner 0.10.21 mines kawpow up 5423 s: Mining
        61234000 H/s, ? W
        shares 812/3/1/2 last 29 s ago
        pool pool.example:1185 user 0x0012345678901234567890123456789012345678.rig01 connected true latency ? difficulty ?
        gpu 0 ? pci ? paused None 30734000 H/s, 69 C, memory 78 C, fan 47 %, 118.5 W, shares 410/2/1/? last 29 s ago
        gpu 1 ? pci ? paused None 30500000 H/s, ? C, memory ? C, fan ? %, ? W, shares 402/1/0/? last 100 s ago",
    );
}

/// sgminer puts each answer into a list; a card that hangs is told as such.
#[test]
fn answers_in_lists_while_the_pool_is_down() {
    check(
        NAME,
        &[line("teamredminer/0.10.21/joined_in_arrays_pool_down.json")],
        "TeamRedMiner 0.10.21 mines kawpow up 5423 s: NoPool
        0 H/s, ? W
        shares 812/3/1/2 last 29 s ago
        pool pool.example:1185 user 0x0012345678901234567890123456789012345678.rig01 connected false latency ? difficulty ?
        gpu 0 ? pci ? paused None 0 H/s, 69 C, memory 78 C, fan 47 %, 118.5 W, shares 410/2/1/? last 29 s ago
        gpu 1 ? pci ? paused Some(\"Dead\") 0 H/s, ? C, memory ? C, fan ? %, ? W, shares 402/1/0/? last 100 s ago",
    );
}

/// Nothing but devices, and a window of another length in the keys.
#[test]
fn devices_alone() {
    check(
        NAME,
        &[line("teamredminer/0.3.10/devs.json")],
        "TeamRedMiner 0.3.10 mines ? up 103 s: Mining
        24300000 H/s, ? W
        shares 9/0/0/? last 9 s ago
        pool ? user ? connected ? latency ? difficulty ?
        gpu 0 ? pci ? paused None 24300000 H/s, 69 C, memory ? C, fan 47 %, ? W, shares 9/0/0/? last 9 s ago",
    );
}

#[test]
fn refusals() {
    let refused = Unreadable::Refused("The miner answers: Access denied to 'devs' command".into());
    check_error(NAME, &[line("teamredminer/0.3.10/refused.json")], &refused);
    let other = |body: &str, why: &'static str| {
        let reply = Reply::Bytes(body.as_bytes().to_vec());
        check_error(NAME, &[reply], &Unreadable::Garbled(why.into()));
    };
    other("{}", "This is not an answer of TeamRedMiner");
    other("[1]", "This is not an answer of TeamRedMiner");
    other("HTTP/1.1 400 Bad Request\r\n\r\n", "The reply is not JSON");
}

/// Many programs have this API, most of them on this port.
#[test]
fn relatives_are_told_apart() {
    let text = String::from_utf8(fixture("teamredminer/0.3.10/devs.json")).unwrap();
    let check = |name: &str, why: &'static str| {
        let body = text.replace("TeamRedMiner 0.3.10", name).into_bytes();
        check_error(NAME, &[Reply::Bytes(body)], &Unreadable::Garbled(why.into()));
    };
    check("sgminer 5.6.1", "This is sgminer 5.6.1, not TeamRedMiner");
    check("cgminer 4.10.0", "This is cgminer 4.10.0, not TeamRedMiner");
    check("TeamRedMinerX 1", "This is TeamRedMinerX 1, not TeamRedMiner");
}

/// The answers about the second algorithm of two are not asked for; where they
/// come, they are not added.
#[test]
fn the_second_algorithm_is_left_out() {
    let text = String::from_utf8(fixture("teamredminer/0.10.21/joined.json")).unwrap();
    let mut reply: serde_json::Value = serde_json::from_str(text.trim_end_matches('\0')).unwrap();
    for (of, second) in [("summary", "summary2"), ("devs", "devs2"), ("pools", "pools2")] {
        reply[second] = reply[of].clone();
    }
    let expected = crate::support::read(NAME, &[line("teamredminer/0.10.21/joined.json")]);
    let both = [Reply::Bytes(reply.to_string().into_bytes())];
    assert_eq!(crate::support::read(NAME, &both), expected);
}
