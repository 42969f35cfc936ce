//! What the program cannot start with: one sentence, exit code 1, and nothing
//! on the disk has changed.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::support::Home;
use crate::support::mount::Mount;

/// Starts it, which fails; the sentence it says must contain all of `says`.
fn refuses(home: &Home, says: &[&str]) {
    let before = home.files();
    let finished = home.run();
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(home.files() == before, "something was changed: {finished:?}");
    let [sentence] = finished.stderr.as_slice() else { panic!("not one sentence: {finished:?}") };
    let sentence = sentence.strip_prefix("quaiminer-dashboard: ").unwrap();
    for part in says {
        assert!(sentence.contains(part), "{part:?} is not in: {sentence}");
    }
    assert_eq!(finished.stdout, Vec::<String>::new());
}

#[test]
fn an_unknown_option() {
    for argument in ["--port=1", "-x", "serve", "--demo=yes"] {
        refuses(&Home::new().argument(argument), &["see --help"]);
    }
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let says = [port.as_str(), "in use", "PORT"];
    refuses(&Home::with_users().set("PORT", &port), &says);
    // Also before a first start has made anything.
    let home = Home::new().set("PORT", &port);
    fs::remove_dir(home.path("data")).unwrap();
    refuses(&home, &says);
}

#[test]
fn an_address_of_another_machine() {
    // TEST-NET-1, which nobody has.
    refuses(&Home::new().set("HOST", "192.0.2.1"), &["192.0.2.1", "HOST"]);
}

#[test]
fn settings_that_cannot_be_read_name_the_variable() {
    for (name, value) in [
        ("PORT", "70000"),
        ("PORT", "http"),
        ("HOST", "my rig"),
        ("MINER_API_URL", "nosuchminer://127.0.0.1:1"),
        ("MINER_API_URL", "xmrig://user:pass@127.0.0.1:1"),
        ("NODE_RPC_URL", "127.0.0.1:9200"),
        ("JWT_EXPIRES_IN", "soon"),
        ("LOG_LEVEL", "loud"),
        ("AUTH_MODE", "off"),
        ("RATE_LIMIT", "maybe"),
        ("TRUSTED_PROXIES", "proxy"),
        ("TLS_CERT", "/nowhere/cert.pem"),
    ] {
        refuses(&Home::new().set(name, value), &[name]);
    }
}

#[test]
fn certificates_that_are_none() {
    let home = Home::new();
    fs::write(home.path("cert.pem"), "no certificate").unwrap();
    let path = home.path("cert.pem").display().to_string();
    let home = home.set("TLS_CERT", &path).set("TLS_KEY", &path);
    refuses(&home, &["cert.pem"]);
}

#[test]
fn open_to_the_whole_internet() {
    let home = Home::new().set("AUTH_MODE", "open").set("HOST", "8.8.8.8");
    refuses(&home, &["AUTH_MODE=open", "8.8.8.8", "AUTH_MODE_OPEN_PUBLIC"]);
}

#[test]
fn a_data_directory_below_a_file() {
    let home = Home::new();
    fs::write(home.path("file"), "").unwrap();
    let path = home.path("file/data").display().to_string();
    refuses(&home.set("DATA_DIR", &path), &[&path, "cannot be created", "DATA_DIR"]);
}

/// Root may write everywhere but to what is mounted read-only.
#[test]
fn a_data_directory_that_is_read_only() {
    if !rustix::process::geteuid().is_root() {
        let home = Home::with_users();
        let data = home.path("data");
        fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).unwrap();
        refuses(&home, &["cannot be written to", "DATA_DIR"]);
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
        return;
    }
    for home in [Home::new(), Home::with_users()] {
        let Some(_mount) = Mount::read_only(&home.path("data")) else { return };
        refuses(&home, &["cannot be written to", "Read-only file system", "DATA_DIR"]);
    }
}

#[test]
fn a_file_that_is_no_database() {
    let home = Home::new();
    fs::write(home.path("data/quaiminer.db"), "A letter to my grandmother. ".repeat(400)).unwrap();
    refuses(&home, &["quaiminer.db is not a database", "backup"]);
}

#[test]
fn a_database_whose_end_is_missing() {
    let home = Home::with_users();
    home.start().stop();
    let path = home.path("data/quaiminer.db");
    let length = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length / 2).unwrap();
    refuses(&home, &["is damaged", "backup"]);
}

#[test]
fn a_database_with_a_page_of_noise() {
    let home = Home::with_users();
    home.start().stop();
    let path = home.path("data/quaiminer.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 8192 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    refuses(&home, &["is damaged", "backup"]);
}

#[test]
fn a_database_of_a_newer_version() {
    let home = Home::with_users();
    home.sqlite().pragma_update(None, "user_version", 99).unwrap();
    refuses(&home, &["newer version", "99", "install that version"]);
}

#[test]
fn a_database_of_another_program() {
    let home = Home::new();
    home.sqlite().execute_batch("CREATE TABLE users (uid INTEGER, nick TEXT)").unwrap();
    refuses(&home, &["belongs to another program", "DATA_DIR"]);
}
