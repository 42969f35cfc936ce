//! What a channel's settings may be (deviation R2).

use hyper::{StatusCode, Uri};
use quaiminer_engine::Reach;
use serde_json::{Map, Value};

use super::super::super::error::ApiError;
use super::super::super::schema::{Schema, boolean, either, exactly, integer, list, object, text};
use super::super::body_number;
use super::super::text::{is_falsy, is_markup};

pub const NAMES: [&str; 6] = ["email", "sms", "telegram", "discord", "push", "browser"];
const MAX_RECIPIENTS: usize = 50;

/// What of a channel is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// NODE-COMPAT: of a channel that is off, only what could do harm.
    Enabled,
    Everything,
}

/// Checks the channels of a body, whose members may be any of [`NAMES`].
pub fn check(
    channels: &Map<String, Value>,
    scope: Scope,
    own_hosts: &[String],
) -> Result<(), ApiError> {
    check_names(channels, &NAMES)?;
    for (name, value) in channels {
        let Some(fields) = value.as_object() else {
            let field = format!("channels.{name}");
            let message = format!("{field} must be an object");
            return Err(ApiError::bad_value(field, message));
        };
        let is_on = scope == Scope::Everything || !is_falsy(fields.get("enabled"));
        Channel { name, fields, is_on }.check(own_hosts)?;
    }
    Ok(())
}

/// To be asked of what was posted: the sanitiser drops a name that is empty.
pub fn check_names(channels: &Map<String, Value>, names: &[&str]) -> Result<(), ApiError> {
    match channels.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(titled(
            format!("Invalid channel: {name}"),
            format!("channels.{name}"),
            format!("channels may have {}", names.join(", ")),
        )),
    }
}

/// As [`check`] has it with [`Scope::Enabled`].
pub fn schema() -> Schema {
    let recipient = || text().like("^[^<>]{0,200}$");
    let recipients = || list(recipient()).at_most(MAX_RECIPIENTS).or_null();
    let email = |enabled: Schema, host: Schema, recipients: Schema| {
        enabled
            .with("smtpHost", host)
            .with("smtpPort", port_schema())
            .with("username", text_schema())
            .with("password", text_schema())
            .with("recipients", recipients)
    };
    let on = || object([("enabled", exactly(true))]);
    let off = || object([]).with("enabled", exactly(false).or_null());
    let any_host = text().like("^[^<>&\"'\\x00-\\x1f\\x7f-\\x9f]*$").length(0, 200).or_null();
    let any_webhook = text().like("^[!-;=?-~]*$").length(0, 500).or_null();
    object([])
        .with(
            "email",
            either([
                email(on(), host_schema(), recipients()),
                email(off(), any_host, either([recipients(), recipient()])),
            ]),
        )
        .with("sms", channel_schema())
        .with("telegram", telegram_schema())
        .with("discord", either([discord_schema(), off().with("webhookUrl", any_webhook)]))
        .with("push", channel_schema())
        .with("browser", channel_schema())
        .closed()
}

pub fn channel_schema() -> Schema {
    object([]).with("enabled", boolean().or_null())
}

pub fn telegram_schema() -> Schema {
    channel_schema()
        .with("botToken", text().like(&format!("^{TOKEN}$")).or_null())
        .with("chatId", either([text().like(&format!("^({CHAT})?$")), integer()]).or_null())
}

pub fn discord_schema() -> Schema {
    let webhook = text().like(&format!("^({WEBHOOK})?$")).length(0, 500);
    channel_schema().with("webhookUrl", webhook.or_null())
}

pub fn host_schema() -> Schema {
    text().like(&format!("^({HOST})?$")).length(0, 200).or_null()
}

pub fn port_schema() -> Schema {
    either([integer().between(1.0, 65_535.0), text().like("^([1-9][0-9]{0,3})?$")]).or_null()
}

pub fn text_schema() -> Schema {
    text().length(0, 200).or_null()
}

const HOST: &str = r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+";
/// With the signs of a mask.
const TOKEN: &str = "([A-Za-z0-9:_-]{0,200}|[*]{8,200})";
const CHAT: &str = "-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64}";
/// A name and not an address: no certificate is for an address of a home
/// network. What the name means is looked at when something is sent.
const WEBHOOK: &str = r"https://([A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9-]{0,62}/[!-;=?-~]*";

struct Channel<'a> {
    name: &'a str,
    fields: &'a Map<String, Value>,
    /// Otherwise it is looked at again before anything is sent.
    is_on: bool,
}

impl Channel<'_> {
    fn check(&self, own_hosts: &[String]) -> Result<(), ApiError> {
        if !matches!(self.fields.get("enabled"), None | Some(Value::Null | Value::Bool(_))) {
            return Err(self.wrong("enabled", "must be true or false"));
        }
        match self.name {
            "email" => self.check_email(),
            "telegram" => self.check_telegram(),
            "discord" => self.check_discord(own_hosts),
            _ => Ok(()),
        }
    }

    fn check_email(&self) -> Result<(), ApiError> {
        let host = self.text("smtpHost", 200)?;
        let is_harmless = !host.contains(|c: char| c.is_control() || is_markup(c));
        if !host.is_empty() && !is_host(host) && (self.is_on || !is_harmless) {
            let message = "smtpHost must be a host name with a dot, or an address";
            return Err(titled("Invalid SMTP host", self.path("smtpHost"), message));
        }
        let port = body_number(self.fields, "smtpPort", 587.0, 1.0..=65_535.0);
        if !port.is_ok_and(|port| port.fract() == 0.0) {
            return Err(self.wrong("smtpPort", "must be a port from 1 to 65535"));
        }
        self.text("username", 200)?;
        self.text("password", 200)?;
        let fits = |item: &Value| {
            item.as_str()
                .is_some_and(|text| text.chars().count() <= 200 && !text.contains(['<', '>']))
        };
        match self.fields.get("recipients") {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Array(items))
                if items.len() <= MAX_RECIPIENTS && items.iter().all(fits) =>
            {
                Ok(())
            }
            Some(item) if !self.is_on && fits(item) => Ok(()),
            Some(_) => {
                let message =
                    format!("recipients must be a list of at most {MAX_RECIPIENTS} addresses");
                Err(titled("Invalid recipients format", self.path("recipients"), message))
            }
        }
    }

    fn check_telegram(&self) -> Result<(), ApiError> {
        // It becomes part of an address.
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-');
        let token = self.text("botToken", 200)?;
        if !token.chars().all(allowed) && !token.chars().all(|c| c == '*') {
            return Err(self.wrong("botToken", "must be a token as @BotFather gives it"));
        }
        if self.fields.get("chatId").is_some_and(Value::is_i64) {
            return Ok(());
        }
        let chat = self.text("chatId", 65)?;
        let digits = chat.strip_prefix('-').unwrap_or(chat);
        let is_number =
            (1..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let is_name = chat.strip_prefix('@').is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        match chat.is_empty() || is_number || is_name {
            true => Ok(()),
            false => Err(self.wrong("chatId", "must be the number of a chat, or @ and its name")),
        }
    }

    fn check_discord(&self, own_hosts: &[String]) -> Result<(), ApiError> {
        let url = self.text("webhookUrl", 500)?;
        match url.is_empty() || webhook(url, own_hosts).is_some() || !self.is_on && is_visible(url)
        {
            true => Ok(()),
            false => {
                let message = "webhookUrl must be an address such as https://discord.com/api/webhooks/…; other hosts of your network have to be in WEBHOOK_HOSTS";
                Err(titled("Invalid webhook URL", self.path("webhookUrl"), message))
            }
        }
    }

    /// A text of at most so many characters; absent and null are empty.
    fn text(&self, field: &str, most: usize) -> Result<&str, ApiError> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(text)) if text.chars().count() <= most => Ok(text),
            Some(_) => {
                Err(self.wrong(field, &format!("must be a text of at most {most} characters")))
            }
        }
    }

    fn path(&self, field: &str) -> String {
        format!("channels.{}.{field}", self.name)
    }

    fn wrong(&self, field: &str, what: &str) -> ApiError {
        let path = self.path(field);
        let message = format!("{path} {what}");
        ApiError::bad_value(path, message)
    }
}

/// NODE-COMPAT: the title is Node's.
fn titled(title: impl Into<String>, field: String, message: impl Into<String>) -> ApiError {
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, title.into(), message.into());
    error.field = Some(field.into());
    error
}

/// Where a webhook leads, and how far it may. The hosts that the owner of the
/// machine has listed may be anywhere.
pub fn webhook(url: &str, own_hosts: &[String]) -> Option<(Uri, Reach)> {
    if !is_visible(url) {
        return None;
    }
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?.as_str().to_ascii_lowercase();
    if own_hosts.contains(&authority) && matches!(uri.scheme_str(), Some("http" | "https")) {
        return Some((uri, Reach::Anywhere));
    }
    let ends_in_a_name =
        authority.rsplit('.').next()?.starts_with(|c: char| c.is_ascii_alphabetic());
    let fits = uri.scheme_str() == Some("https") && is_host(&authority) && ends_in_a_name;
    fits.then_some((uri, Reach::Public))
}

fn is_visible(url: &str) -> bool {
    url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'))
}

/// A name with a dot in it, or an IPv4 address; no port, no credentials.
fn is_host(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let fits = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    labels.len() > 1 && labels.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The title of the refusal and the field to blame.
    fn refused(channels: Value) -> Option<(String, String)> {
        refused_within(Scope::Everything, channels)
    }

    fn refused_within(scope: Scope, channels: Value) -> Option<(String, String)> {
        let Value::Object(channels) = channels else { panic!("{channels}") };
        let own = ["relay.lan:8080".to_owned()];
        check(&channels, scope, &own)
            .err()
            .map(|error| (error.error.into(), error.field.unwrap().into()))
    }

    #[test]
    fn channels_as_pages_send_them() {
        let full = json!({
            "email": { "enabled": true, "smtpHost": "smtp.example.com", "smtpPort": "587",
                "username": "u", "password": "********", "recipients": ["a@example.com"] },
            "telegram": { "enabled": true, "botToken": "123:ABC_-", "chatId": "-100123" },
            "discord": { "enabled": false, "webhookUrl": "" },
            "sms": { "enabled": true }, "push": {}, "browser": { "enabled": null, "sound": "ping" },
        });
        assert_eq!(refused(full), None);
        assert_eq!(
            refused(json!({ "telegram": { "chatId": 9, "botToken": "*".repeat(24) } })),
            None
        );
        assert_eq!(
            refused(json!({ "discord": { "webhookUrl": "http://relay.lan:8080/x" } })),
            None
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (channel, fields, title) in [
            ("pager", json!({}), "Invalid channel: pager"),
            ("email", json!({ "smtpHost": "not a host" }), "Invalid SMTP host"),
            ("email", json!({ "smtpHost": "localhost" }), "Invalid SMTP host"),
            ("email", json!({ "recipients": "a@b.c" }), "Invalid recipients format"),
            ("email", json!({ "recipients": [5] }), "Invalid recipients format"),
            ("discord", json!({ "webhookUrl": "ftp://x" }), "Invalid webhook URL"),
        ] {
            let (found, field) = refused(json!({ channel: fields })).unwrap();
            assert_eq!(found, title);
            assert!(field.starts_with(&format!("channels.{channel}")), "{field}");
        }
        for (channel, field, value) in [
            ("email", "smtpPort", json!(0)),
            ("email", "smtpPort", json!(25.5)),
            ("email", "password", json!({})),
            ("sms", "enabled", json!("yes")),
            ("telegram", "botToken", json!("1/../getUpdates?")),
            ("telegram", "chatId", json!("<b>")),
            ("telegram", "chatId", json!(1.5)),
            ("telegram", "chatId", json!("-")),
        ] {
            let (_, blamed) = refused(json!({ channel: { field: value } })).unwrap();
            assert_eq!(blamed, format!("channels.{channel}.{field}"));
        }
        assert!(refused(json!({ "email": null })).is_some());
    }

    #[test]
    fn a_channel_that_is_off_may_be_unfinished() {
        for (channel, mut fields) in [
            ("email", json!({ "smtpHost": "localhost" })),
            ("email", json!({ "recipients": "a@b.c" })),
            ("discord", json!({ "webhookUrl": "ftp://x" })),
        ] {
            for (enabled, is_refused) in
                [(json!(null), false), (json!(false), false), (json!(true), true)]
            {
                fields["enabled"] = enabled;
                let refused = refused_within(Scope::Enabled, json!({ channel: fields }));
                assert_eq!(refused.is_some(), is_refused, "{fields}");
            }
        }
        for harmful in [
            json!({ "email": { "smtpHost": "<b>" } }),
            json!({ "email": { "recipients": "<b>" } }),
            json!({ "email": { "smtpPort": 0 } }),
            json!({ "discord": { "webhookUrl": "ftp://x y" } }),
        ] {
            assert!(refused_within(Scope::Enabled, harmful.clone()).is_some(), "{harmful}");
        }
    }

    #[test]
    fn webhooks_lead_to_the_internet_or_where_the_owner_says() {
        let own = ["127.0.0.1:9".to_owned(), "relay.lan:8080".to_owned()];
        let reach = |url: &str| webhook(url, &own).map(|(_, reach)| reach);
        assert_eq!(reach("https://discord.com/api/webhooks/1/x"), Some(Reach::Public));
        assert_eq!(reach("http://127.0.0.1:9/api"), Some(Reach::Anywhere));
        assert_eq!(reach("https://RELAY.lan:8080/"), Some(Reach::Anywhere));
        for wrong in [
            "http://discord.com/x",
            "https://localhost/x",
            "https://192.168.1.1/x",
            "https://[::1]/x",
            "https://2130706433/x",
            "https://127.1/x",
            "https://0x7f.1/x",
            "https://user@discord.com/x",
            "https://discord.com:22/x",
            "https://discord.com/<script>",
            "stratum://pool.example.com/x",
            "file:///etc/passwd",
            "//discord.com/x",
            "https://127.0.0.1:9@discord.com/",
        ] {
            assert_eq!(reach(wrong), None, "{wrong}");
        }
    }
}
