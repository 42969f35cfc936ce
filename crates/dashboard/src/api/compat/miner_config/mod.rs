//! `/api/miner/config`: the settings of the miner in `config.json`. Who may
//! run the rig may tune it; who is paid, by which pool and from which node is
//! the owner's, with the password. A change is an event, and a miner that runs
//! goes on with the old settings until it is started again.

mod addresses;
mod change;
mod rules;
pub mod schema;
mod secrets;

use axum::Extension;
use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use quaiminer_domain::access::Role;
use quaiminer_domain::event::{NewEvent, Severity};
use quaiminer_engine::clock::now_ms;
use quaiminer_engine::miner_settings::{AUTO_START, STRATUM, Setting, TEXTS, put};
use quaiminer_engine::{ConfigError, ConfigFile, Content};
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::body::Fields;
use super::super::describe::Doc;
use super::super::error::ApiError;
use super::super::routes::Route;
use super::text::sanitise;
use crate::access::identity::Identity;
use crate::access::{Access, confirm};
use crate::app::{App, SharedApp};
use crate::http::guard::Client;

const EVENT: &str = "config.change";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/miner/config", Access::VIEW, get)
            .doc(|| Doc::new("The settings of the miner").gives(schema::shown())),
        Route::post("/api/miner/config", Access::OPERATE, set).doc(|| {
            Doc::new("Change settings of the miner; what is not sent stays")
                .may_take(schema::posted())
                .gives(schema::changed())
                .refuses(409, "Two names of a setting differ, or the file would become too large")
        }),
    ]
}

async fn get(State(app): State<SharedApp>) -> Result<Response, ApiError> {
    match read(&app).await {
        Ok(content) => Ok(answer::ok(&json!({ "success": true, "config": show(&content) }))),
        Err(ConfigError::Wrong(why)) => Ok(answer::failure(why)),
        Err(error) => Err(error.into()),
    }
}

async fn set(
    State(app): State<SharedApp>,
    caller: Caller,
    Fields(fields): Fields,
) -> Result<Response, ApiError> {
    match apply(&app, &caller, sanitise(fields), "").await {
        Ok(applied) => Ok(answer::ok(&applied.render())),
        Err(Refusal::File(ConfigError::Wrong(why))) => Ok(answer::failure(why)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Who asks for a change.
pub struct Caller {
    client: Client,
    identity: Option<Identity>,
    headers: HeaderMap,
}

impl FromRequestParts<SharedApp> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, ApiError> {
        let Ok(Extension(client)) = Extension::<Client>::from_request_parts(parts, app).await
        else {
            return Err(ApiError::unauthorized());
        };
        let identity = parts.extensions.get::<Identity>().cloned();
        Ok(Caller { client, identity, headers: parts.headers.clone() })
    }
}

impl Caller {
    pub fn name(&self) -> String {
        let identity = self.identity.as_ref();
        identity.map_or_else(|| "anonymous".to_owned(), |identity| identity.user.name.clone())
    }

    /// Whether they may change what concerns the income, and are at it
    /// themselves.
    async fn must_be_owner(&self, app: &App) -> Result<(), ApiError> {
        let role = self.identity.as_ref().map(|identity| identity.user.role);
        if !app.is_open() && role != Some(Role::Owner) {
            return Err(ApiError::forbidden(
                "Wallet, pool and node can only be changed by the owner",
            ));
        }
        confirm::require(app, self.client, self.identity.as_ref(), &self.headers).await
    }
}

/// Why a change was not made.
pub enum Refusal {
    Asked(ApiError),
    File(ConfigError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Refusal::Asked(error)
    }
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        Refusal::File(error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Asked(error) => error,
            Refusal::File(error) => error.into(),
        }
    }
}

impl From<ConfigError> for ApiError {
    fn from(error: ConfigError) -> Self {
        let status = match error {
            ConfigError::Wrong(_) | ConfigError::TooLarge(_) => StatusCode::CONFLICT,
            ConfigError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        // NODE-COMPAT: Node's sentence.
        ApiError::new(status, "Failed to update miner config", String::from(error))
    }
}

/// What became of a change.
pub struct Applied {
    config: Value,
    changed: bool,
    /// The miner runs with the settings from before.
    restart_needed: bool,
    command_is_set: bool,
}

impl Applied {
    fn render(self) -> Value {
        let mut body = Map::from_iter([
            ("success".to_owned(), true.into()),
            ("config".to_owned(), self.config),
            ("changed".to_owned(), self.changed.into()),
            ("restartRequired".to_owned(), self.restart_needed.into()),
        ]);
        if self.command_is_set {
            let note = "miner.command is set on the rig: the miner is started with it, and pool, node, wallet and worker are not used";
            body.insert("note".to_owned(), note.into());
        }
        body.into()
    }

    pub fn restart_needed(&self) -> bool {
        self.restart_needed
    }
}

async fn read(app: &App) -> Result<Content, ConfigError> {
    match &app.rig.config {
        Some(file) => file.read().await,
        None => Ok(Content::new()),
    }
}

/// Changes the file; `what_for` is said in the event.
pub async fn apply(
    app: &SharedApp,
    caller: &Caller,
    posted: Content,
    what_for: &str,
) -> Result<Applied, Refusal> {
    let Some(file) = app.rig.config.clone() else {
        let message = "This rig is simulated; it has no settings";
        return Err(ApiError::new(StatusCode::CONFLICT, "Simulated rig", message).into());
    };
    let may = change::plan(&file.read().await?, posted.clone())?.concerns_income();
    if may {
        caller.must_be_owner(app).await?;
    }
    let (actor, what_for) = (caller.name(), what_for.to_owned());
    // To its end, also when the client goes away meanwhile: what was changed
    // is to be written down.
    let work = write(app.clone(), file, posted, may, actor, what_for);
    tokio::spawn(work).await.unwrap_or_else(|_| {
        Err(ConfigError::Unavailable("The change was broken off".to_owned()).into())
    })
}

async fn write(
    app: SharedApp,
    file: ConfigFile,
    posted: Content,
    may: bool,
    actor: String,
    what_for: String,
) -> Result<Applied, Refusal> {
    let updated = file.update(move |current| {
        // Anew: somebody may have changed it since it was looked at.
        let change = change::plan(&current, posted)?;
        if change.concerns_income() && !may {
            let message = "The settings were changed by somebody else just now; look again";
            let error = ApiError::new(StatusCode::CONFLICT, "Changed meanwhile", message);
            return Err(Refusal::Asked(error));
        }
        let content = (!change.is_empty()).then(|| change.content.clone());
        Ok((content, change))
    });
    let note = async |severity, message| {
        let event = NewEvent { at_ms: now_ms(), severity, kind: EVENT, actor, message };
        app.rig.journal.record(event).await;
    };
    let change = match updated.await {
        Ok(change) => change,
        Err(Refusal::File(error)) => {
            // A disk that answered too late may have made the change after all.
            let why = String::from(error.clone());
            note(Severity::Warning, format!("Miner settings not changed{what_for}: {why}")).await;
            return Err(error.into());
        }
        Err(refusal) => return Err(refusal),
    };
    let changed = !change.is_empty();
    if changed {
        let message = format!("Miner settings changed{what_for}: {}", change.describe());
        note(Severity::Info, message).await;
    }
    Ok(Applied {
        config: show(&change.content),
        changed,
        restart_needed: changed && app.rig.control.state().any_alive(),
        command_is_set: change.content.get("miner").is_some_and(|m| m.get("command").is_some()),
    })
}

/// The content under both families of names (deviation R11), without
/// passwords.
fn show(content: &Content) -> Value {
    let mut shown = content.clone();
    let settings = TEXTS.into_iter().chain([&AUTO_START]);
    for setting in settings {
        let value = shown_value(setting, content);
        put(&mut shown, &[setting.flat], value.clone());
        put(&mut shown, setting.nested, value);
    }
    secrets::mask(&shown).into()
}

/// What is there, be it blank; what counts where nothing is.
fn shown_value(setting: &'static Setting, content: &Content) -> Value {
    match setting.text(content) {
        None if *setting != AUTO_START && setting.is_in(content) => "".into(),
        _ => setting.value_or_default(content),
    }
}

/// The address of the pool that counts, without a password.
pub async fn pool_url(app: &App) -> Result<String, ApiError> {
    match read(app).await {
        Ok(content) => Ok(secrets::mask_text(STRATUM.text_or_default(&content))),
        // What cannot be read names no pool.
        Err(ConfigError::Wrong(_)) => Ok(STRATUM.default.to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// Settings that are kept to be applied later, if the caller may make such a
/// change now; with the passwords that their masks stand for.
pub async fn checked(app: &App, caller: &Caller, mut posted: Content) -> Result<Content, ApiError> {
    let current = match read(app).await {
        Ok(content) => content,
        // Whoever is to mend the file may need the sheet.
        Err(ConfigError::Wrong(_)) => Content::new(),
        Err(error) => return Err(error.into()),
    };
    secrets::unmask(&mut posted, &current)?;
    if change::plan(&current, posted.clone())?.concerns_income() {
        caller.must_be_owner(app).await?;
    }
    Ok(posted)
}

/// The settings of a sheet, as they are told.
pub fn masked(settings: &Value) -> Value {
    match settings {
        Value::Object(members) => secrets::mask(members).into(),
        other => other.clone(),
    }
}
