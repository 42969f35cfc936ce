//! A frontend of the owner's in place of the built-in page.

use std::os::unix::fs::symlink;

use serde_json::json;

use crate::support::{Client, Home, node_server};

/// With handlers in its HTML and a socket, as the old page has them.
const INDEX: &str = "<!doctype html><title>theirs</title><button onclick=\"go()\">Go</button>\
    <script>const socket = new WebSocket(`ws://${location.host}/`);</script><script src=\"js/app.js\"></script>";

/// Settings, and a folder with a frontend in it.
fn with_frontend(open: bool) -> Home {
    let home = Home::with_users();
    let folder = home.path("public");
    std::fs::create_dir_all(folder.join("js")).unwrap();
    std::fs::create_dir_all(folder.join("css")).unwrap();
    std::fs::create_dir_all(folder.join("docs")).unwrap();
    for (name, content) in [
        ("index.html", INDEX),
        ("setup.html", "<title>setup</title>"),
        ("docs/index.html", "<title>docs</title>"),
        ("js/app.js", "function go() {}"),
        ("css/a b.css", "body {}"),
        ("manifest.json", "{}"),
        ("sw.js", "// theirs"),
        (".env", "SECRET=1"),
    ] {
        std::fs::write(folder.join(name), content).unwrap();
    }
    std::fs::write(folder.join("large.bin"), vec![b'x'; 3_000_000]).unwrap();
    let path = folder.display().to_string();
    let home = home.set("STATIC_DIR", &path);
    if open { home.set("AUTH_MODE", "open") } else { home }
}

fn browser(client: Client) -> Client {
    client.with("Accept", "text/html,*/*;q=0.8")
}

#[test]
fn pages_and_files_are_theirs() {
    let home = with_frontend(true);
    let dashboard = home.start();
    let browser = browser(dashboard.anonymous());
    for (path, start) in [
        ("/", INDEX),
        ("/index.html", INDEX),
        ("/dashboard", INDEX),
        ("/mobile?rig=1", INDEX),
        ("/any/where", INDEX),
        ("/css", INDEX),
        ("/css/", INDEX),
        ("/setup", "<title>setup"),
        ("/setup.html", "<title>setup"),
        ("/docs/", "<title>docs"),
    ] {
        let page = browser.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().starts_with(start), "{path}: {}", page.text());
        assert_eq!(page.header("content-type"), Some("text/html; charset=UTF-8"));
        let policy = page.header("content-security-policy").unwrap();
        for part in [
            "script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net;",
            "script-src-attr 'unsafe-inline';",
            "style-src 'self' 'unsafe-inline' https://fonts.googleapis.com;",
            "font-src 'self' https://fonts.gstatic.com;",
            "img-src 'self' data:;",
            "ws:",
            "http://127.0.0.1:1",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{part}: {policy}");
        }
        assert!(!policy.contains("upgrade-insecure-requests") && !policy.contains("unsafe-eval"));
    }
    assert_eq!(browser.get("/docs").header("location"), Some("/docs/"));
    let script = browser.get("/js/app.js");
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=UTF-8"));
    assert_eq!(browser.get("/css/a%20b.css").text(), "body {}");
    let worker = browser.get("/sw.js");
    assert_eq!(worker.text(), "// theirs");
    assert_eq!(worker.header("cache-control"), Some("private, no-cache"));
    // Never a page in place of a file or an answer.
    for path in ["/icon-64.png", "/js/missing.js", "/api/nothing", "/js/missing"] {
        let other = dashboard.anonymous().with("Accept", "*/*; q=0.1, image/png").get(path);
        if path != "/js/missing" {
            other.refusal(404);
        }
    }
    // What the old page names and does not have.
    for path in ["/favicon.ico", "/icon-192.png", "/icon-512.png"] {
        let icon = browser.get(path);
        assert_eq!(
            (icon.status, icon.header("content-type")),
            (200, Some("image/svg+xml")),
            "{path}"
        );
    }
    std::fs::write(home.path("public/favicon.ico"), "theirs").unwrap();
    assert_eq!(browser.get("/favicon.ico").text(), "theirs");
    dashboard.anonymous().with("Accept", "application/json").get("/missing").refusal(404);
    browser.send("POST", "/index.html", None).refusal(405);
    // And the socket is at any path.
    assert!(browser.try_socket("/").is_ok());
}

#[test]
fn nothing_outside_the_folder_and_nothing_hidden() {
    let home = with_frontend(true);
    let folder = home.path("public");
    std::fs::write(home.path("data/secret.txt"), "a secret").unwrap();
    symlink("../data", folder.join("out")).unwrap();
    symlink("../data/secret.txt", folder.join("secret.txt")).unwrap();
    symlink("/etc/passwd", folder.join("passwd.txt")).unwrap();
    symlink("/proc/self/environ", folder.join("env.txt")).unwrap();
    symlink("js/app.js", folder.join("app.js")).unwrap();
    symlink("loop.txt", folder.join("loop.txt")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("pipe.txt"), 0o600.into()).unwrap();
    let dashboard = home.start();
    let client = dashboard.anonymous();
    assert_eq!(client.get("/app.js").text(), "function go() {}");
    for path in [
        "/.env",
        "/%2eenv",
        "/js/../.env",
        "/../data/secret.txt",
        "/..%2fdata%2fsecret.txt",
        "/js/..%5c..%5cdata%5csecret.txt",
        "/%2e%2e/data/secret.txt",
        "/out/secret.txt",
        "/out/quaiminer.db",
        "/secret.txt",
        "/passwd.txt",
        "/env.txt",
        "/loop.txt",
        "/pipe.txt",
        "/js%00.txt",
        "/%ff.txt",
        "//etc/passwd.txt",
        "/js/app.js/x.txt",
    ] {
        let response = client.get(path);
        assert_eq!(response.status, 404, "{path}: {}", response.text());
        assert!(!response.text().contains("secret\"") && !response.text().contains("root:"));
    }
    let long = format!("/{}.txt", "a".repeat(5000));
    client.get(&long).refusal(404);
}

#[test]
fn parts_tags_and_times() {
    let home = with_frontend(true);
    let dashboard = home.start();
    let client = dashboard.anonymous();
    let whole = client.get("/large.bin");
    assert_eq!((whole.status, whole.body.len()), (200, 3_000_000));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let (tag, modified) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    assert!(tag.starts_with("W/\""), "{tag}");
    for known in [("If-None-Match", tag), ("If-Modified-Since", modified)] {
        let again = client.clone().with(known.0, known.1).get("/large.bin");
        assert_eq!((again.status, again.body.len()), (304, 0), "{known:?}");
        assert_eq!(again.header("etag"), Some(tag));
    }
    let part = client.clone().with("Range", "bytes=2999990-").get("/large.bin");
    assert_eq!((part.status, part.body.len()), (206, 10));
    assert_eq!(part.header("content-range"), Some("bytes 2999990-2999999/3000000"));
    let middle = client.clone().with("Range", "bytes=1-1500000").get("/large.bin");
    assert_eq!((middle.status, middle.body.len()), (206, 1_500_000));
    let beyond = client.clone().with("Range", "bytes=3000000-").get("/large.bin");
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.header("content-range"), Some("bytes */3000000"));
    let head = client.send("HEAD", "/large.bin", None);
    assert_eq!((head.status, head.header("content-length")), (200, Some("3000000")));
    std::fs::write(home.path("public/large.bin"), "changed").unwrap();
    let changed = client.clone().with("If-None-Match", tag).get("/large.bin");
    assert_eq!((changed.status, changed.text().as_str()), (200, "changed"));
}

#[test]
fn the_sign_in_stands_before_it() {
    let home = with_frontend(false);
    let dashboard = home.start();
    let stranger = browser(dashboard.anonymous());
    for path in ["/", "/setup", "/setup.html", "/index.html", "/any/where"] {
        let door = stranger.get(path);
        assert_eq!(door.status, 200, "{path}");
        assert!(door.text().contains("\"signed_in\":false"), "{path}");
        assert_eq!(door.header("cache-control"), Some("no-store"));
        let policy = door.header("content-security-policy").unwrap();
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    // What the sign-in page needs, and what browsers fetch without cookies.
    assert_eq!(stranger.get("/assets/signin.js").status, 200);
    assert_eq!(stranger.get("/manifest.json").text(), "{}");
    for path in ["/js/app.js", "/sw.js", "/large.bin", "/favicon.ico", "/missing.js"] {
        let refusal = stranger.get(path).refusal(401);
        assert_eq!(refusal["message"], json!("Authentication required"), "{path}");
    }
    let owner = stranger.signed_in("admin", node_server::OWNER_PASSWORD);
    assert_eq!(owner.get("/").text(), INDEX);
    assert_eq!(owner.get("/js/app.js").status, 200);
    owner.get("/missing.js").refusal(404);
    // Ours where they have none of the name.
    assert_eq!(owner.get("/assets/style.css").status, 200);
}

#[test]
fn a_folder_that_is_none_is_told_at_the_start() {
    for (folder, why) in [
        ("nowhere", "there is no such directory"),
        ("data", "there is no index.html in it"),
        ("data/file", "this is no directory"),
    ] {
        let home = Home::new();
        std::fs::write(home.path("data/file"), "").unwrap();
        let path = home.path(folder).display().to_string();
        let home = home.set("STATIC_DIR", &path);
        let finished = home.run();
        assert_eq!(finished.code, Some(1), "{finished:?}");
        let said = finished.stderr.join("\n");
        assert!(said.contains(&format!("STATIC_DIR={path}: {why}")), "{said}");
        assert!(!home.path("data/quaiminer.db").exists());
    }
}
