use quaiminer_miner::{ADAPTERS, Endpoint};

#[test]
fn addresses() {
    let check = |entry: &str, expected: &str| {
        let [endpoint] = &Endpoint::parse_list(entry).unwrap()[..] else { panic!("{entry}") };
        let adapter = endpoint.adapter.map_or("?", |adapter| adapter.name());
        let found = format!("{adapter} {} {}", endpoint.authority(), endpoint.path);
        assert_eq!(found + if endpoint.tls { " tls" } else { "" }, expected);
        assert_eq!(endpoint.to_string(), entry.trim());
    };
    check("http://127.0.0.1:4067/stats", "? 127.0.0.1:4067 /stats");
    check("http://127.0.0.1:4067", "? 127.0.0.1:4067 /");
    check("http://rig-2.local", "? rig-2.local:80 /");
    check("https://rig.example/api/v1", "? rig.example:443 /api/v1 tls");
    check("http://[::1]:8080/x/y", "? [::1]:8080 /x/y");
    check("http://[fe80::1]", "? [fe80::1]:80 /");
    check("kawpowminer://127.0.0.1:21373", "kawpowminer 127.0.0.1:21373 /");
    check("kawpowminer://127.0.0.1", "kawpowminer 127.0.0.1:21373 /");
    check("ethminer://rig:3333", "kawpowminer rig:3333 /");
    check("EthMiner://rig:3333/", "kawpowminer rig:3333 /");
    check("  xmrig://[::1]:44444 ", "xmrig [::1]:44444 /");
    check("ccminer://10.0.0.2", "ccminer 10.0.0.2:4068 /");
    check("T-Rex://rig", "trex rig:4067 /");
    check("cpuminer://localhost", "cpuminer localhost:4048 /");
    check("generic://rig:80/stat", "generic rig:80 /stat");
    check("stratumx://127.0.0.1", "stratumx 127.0.0.1:3336 /");
}

#[test]
fn a_query_is_asked_for_but_not_shown() {
    let endpoints =
        Endpoint::parse_list("http://rig:80/stats?key=secret,http://rig?key=a").unwrap();
    assert_eq!(endpoints[0].path, "/stats?key=secret");
    assert_eq!(endpoints[0].to_string(), "http://rig:80/stats");
    assert_eq!(endpoints[1].path, "/?key=a");
    assert_eq!(endpoints[1].to_string(), "http://rig");
    let error = Endpoint::parse_list("http://rig:0/?key=secret").unwrap_err().to_string();
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn lists() {
    let shown = |list: &str| -> Vec<String> {
        Endpoint::parse_list(list).unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(shown("").len(), 0);
    assert_eq!(shown(" , ,"), [""; 0]);
    assert_eq!(
        shown("kawpowminer://a:1, xmrig://b:2,http://c/d,http://c/e"),
        ["kawpowminer://a:1", "xmrig://b:2", "http://c/d", "http://c/e"]
    );
}

#[test]
fn errors_name_the_entry_and_what_to_do() {
    let check = |list: &str, expected: &str| {
        let error = Endpoint::parse_list(list).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    let known: String = ADAPTERS
        .iter()
        .flat_map(|adapter| {
            std::iter::once(adapter.name()).chain(adapter.aliases().iter().copied())
        })
        .map(|name| format!(", {name}://"))
        .collect();
    let known = format!("http://, https://{known}");
    check("127.0.0.1:21373", &format!("\"127.0.0.1:21373\" does not begin with {known}"));
    check("http://a,foo://b:1", &format!("\"foo://b:1\" names no known miner; known are {known}"));
    check("://b:1", "\"://b:1\" names no known miner");
    check("generic://rig", "\"generic://rig\" has no port; write generic://rig:PORT");
    check("xmrig://rig:1/2/summary", "\"xmrig://rig:1/2/summary\" has a path; write xmrig://rig:1");
    for port in ["0", "65536", "-1", "+5", "x", "99999999999"] {
        check(&format!("xmrig://rig:{port}"), &format!("\"xmrig://rig:{port}\" has no valid port"));
    }
    check("xmrig://[::1]x", "\"xmrig://[::1]x\" has no valid port");
    check("xmrig://::1:4444", "\"xmrig://::1:4444\" has an IPv6 address without brackets");
    check("xmrig://[::1:4444", "\"xmrig://[::1:4444\" has no closing bracket");
    check("xmrig://[rig]:4444", "\"xmrig://[rig]:4444\" has no valid IPv6 address");
    check("http://", "\"http://\" has no host");
    check("http:///x", "\"http:///x\" has no host");
    check("http://ri g/", "\"http://ri g/\" has a host name that is not one");
    check("http://rig/a b", "\"http://rig/a b\" has characters in its path");
    check("http://rig/a\r\nX: y", "\"http://rig/a\r\nX: y\" has characters in its path");
    check("http://rig/#x", "\"http://rig/#x\" has characters in its path");
    check("xmrig://a:1,xmrig://A:1", "\"xmrig://A:1\" is listed twice");
    check("http://a:1/2/summary,xmrig://a:1", "\"xmrig://a:1\" is listed twice");
}

#[test]
fn a_password_is_refused_and_not_repeated() {
    let error = Endpoint::parse_list("http://me:secret@rig/stat").unwrap_err().to_string();
    assert_eq!(error, "\"http://…\" holds a user or a password, which is not supported");
}

#[test]
fn what_is_tried() {
    let defaults: Vec<String> = Endpoint::defaults().iter().map(ToString::to_string).collect();
    assert_eq!(
        defaults,
        [
            "kawpowminer://127.0.0.1:21373",
            "rigel://127.0.0.1:5000",
            "srbminer://127.0.0.1:21550",
            "wildrig://127.0.0.1:4000",
            "bzminer://127.0.0.1:4014",
            "gminer://127.0.0.1:10050",
            "apool://127.0.0.1:5001",
            "teamredminer://127.0.0.1:4028",
            "trex://127.0.0.1:4067",
            "nbminer://127.0.0.1:22333",
            "lolminer://127.0.0.1:8020",
            "onezerominer://127.0.0.1:3001",
            "xmrig://127.0.0.1:44444",
            "cpuminer://127.0.0.1:4048",
            "ccminer://127.0.0.1:4068"
        ]
    );
    // What is shown can be configured, and means the same.
    for endpoint in Endpoint::defaults() {
        let again = &Endpoint::parse_list(&endpoint.to_string()).unwrap()[0];
        assert_eq!(format!("{again:?}"), format!("{endpoint:?}"));
    }
    let candidates = |entry: &str| -> Vec<&str> {
        Endpoint::parse_list(entry).unwrap()[0].candidates().iter().map(|a| a.name()).collect()
    };
    // Every program with a web API, and the one that takes any path first.
    let web = candidates("http://rig");
    assert_eq!(web[0], "generic");
    assert!(web.contains(&"rigel") && web.contains(&"stratumx") && !web.contains(&"cpuminer"));
    assert_eq!(candidates("ccminer://rig:1"), ["ccminer"]);
}
