//! What a browser is given before and after signing in.

use crate::support::http::Response;
use crate::support::{Home, node_server};

fn is_page(response: &Response) {
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let policy = response.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(response.header("x-frame-options"), Some("DENY"));
    assert_eq!(response.header("location"), None);
}

#[test]
fn the_sign_in_page_is_at_every_address_until_somebody_signs_in() {
    let home = Home::with_users();
    let dashboard = home.start();
    let browser = dashboard.anonymous().with("Accept", "text/html,*/*;q=0.8");
    let door = browser.get("/");
    is_page(&door);
    let stale = browser.clone().with("Cookie", "qm_session=0123456789");
    for path in ["/index.html", "/setup", "/blocks/5", "/first-run", "/?rig=1"] {
        for browser in [&browser, &stale] {
            let page = browser.get(path);
            is_page(&page);
            assert_eq!(page.body, door.body, "{path}");
        }
    }
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let boot = boot(&door);
    assert!(!boot.contains(name.trim()) && !boot.contains("snapshot"), "{boot}");

    let owner = browser.signed_in("admin", node_server::OWNER_PASSWORD);
    for path in ["/", "/setup", "/index.html"] {
        let page = owner.get(path);
        is_page(&page);
        assert_ne!(page.body, door.body);
        let boot: serde_json::Value = serde_json::from_str(&self::boot(&page)).unwrap();
        assert_eq!(boot["session"]["user"]["name"], "admin");
        assert!(boot["snapshot"]["at_ms"].is_i64());
    }
}

/// What the server has written into a page.
fn boot(page: &Response) -> String {
    let text = page.text();
    let (_, rest) = text.split_once(r#"id="boot">"#).expect("a place for it");
    rest.split_once("</script>").unwrap().0.to_owned()
}

#[test]
fn files_of_the_page_are_for_everybody_and_nothing_else_is() {
    let home = Home::with_users();
    let dashboard = home.start();
    let browser = dashboard.anonymous();
    let page = browser.get("/").text();
    let mut files = 0;
    for link in page.split(['"', '\'']).filter(|link| link.starts_with("/assets/")) {
        files += 1;
        let file = browser.get(link);
        assert_eq!(file.status, 200, "{link}");
        let etag = file.header("etag").unwrap();
        let again = browser.clone().with("If-None-Match", etag).get(link);
        assert_eq!((again.status, again.body.len()), (304, 0), "{link}");
        let packed = browser.clone().with("Accept-Encoding", "gzip").get(link);
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{link}");
        assert!(packed.body.starts_with(&[0x1f, 0x8b]), "{link}");
    }
    assert!(files >= 2, "a style and a script");
    for path in [
        "/assets/index.html",
        "/assets/signin.html",
        "/assets/",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2fetc/passwd",
        "/quaiminer.db",
        "/data/quaiminer.db",
        "/missing.js",
        "/.env",
    ] {
        browser.get(path).refusal(404);
    }
    browser.send("POST", "/", None).refusal(405);
    // What reads no HTML gets none.
    browser.with("Accept", "application/json").get("/setup").refusal(404);
}
