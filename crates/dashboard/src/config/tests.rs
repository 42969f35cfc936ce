use super::*;

fn read(set: &[(&str, &str)]) -> Result<Config, String> {
    Config::read(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
}

#[test]
fn the_defaults_are_nodes() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen_address().to_string(), "0.0.0.0:3000");
    assert_eq!(config.max_request.bytes, 1024 * 1024);
    assert_eq!(config.jwt_expires_s, 7 * 86_400);
    assert_eq!(config.auth_mode, AuthMode::Required);
    assert_eq!(config.nodes.len(), 2);
}

#[test]
fn what_is_wrong_is_named() {
    let check = |name: &str, value: &str| {
        let error = read(&[(name, value)]).unwrap_err();
        assert!(error.contains(name), "{error}");
    };
    check("PORT", "70000");
    check("PORT", "http");
    check("HOST", "my rig");
    check("NODE_RPC_URL", "localhost:9200");
    check("NODE_RPC_URL", "ftp://localhost");
    check("TELEGRAM_API_URL", "api.telegram.org");
    check("MINER_API_URL", "nosuchminer://localhost:1");
    check("AUTH_MODE", "off");
    check("LOG_LEVEL", "loud");
    check("RATE_LIMIT", "maybe");
    check("TRUSTED_PROXIES", "proxy");
    check("ALLOWED_HOSTS", "rig.example:3000");
    check("ALLOWED_HOSTS", "http://rig.example");
    check("ALLOWED_RIG_HOSTS", "rig.example:3000");
    check("TLS_CERT", "/cert.pem");
    check("JWT_EXPIRES_IN", "soon");
}

#[test]
fn proxies_are_compared_in_one_form() {
    let config = read(&[("TRUSTED_PROXIES", "::ffff:10.0.0.1, fd00::1")]).unwrap();
    let addresses: Vec<String> = config.trusted_proxies.iter().map(IpAddr::to_string).collect();
    assert_eq!(addresses, ["10.0.0.1", "fd00::1"]);
}

#[test]
fn rigs_elsewhere_are_named_as_they_are_typed() {
    let config = read(&[("ALLOWED_RIG_HOSTS", "Rig.Example., 100.64.0.7, fd7a::0:1")]).unwrap();
    assert_eq!(config.allowed_rig_hosts, ["rig.example", "100.64.0.7", "fd7a::1"]);
}

#[test]
fn sizes_and_times() {
    assert_eq!(bytes("10mb"), Some(10 << 20));
    assert_eq!(bytes("512"), Some(512));
    assert_eq!(bytes("x"), None);
    assert_eq!(seconds("12h"), Some(43_200));
    assert_eq!(seconds("0"), None);
    assert_eq!(seconds("99999999999999999999d"), None);
}
