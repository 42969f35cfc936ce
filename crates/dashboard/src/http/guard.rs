//! What every request passes before a route sees it: is it meant for us, does
//! it come from a page of ours, is it small enough, has the client asked too
//! often, and who is it.

use std::net::IpAddr;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use hyper::header::HeaderMap;
use hyper::{Method, Uri};

use super::addresses;
use super::compression::{self, Coding};
use super::head::Head;
use super::headers::{self, Context};
use super::hosts::{self, Origin};
use super::limit::{Budget, Standing};
use crate::access::Access;
use crate::access::identity::Identity;
use crate::api::body;
use crate::api::error::ApiError;
use crate::api::path;
use crate::api::query::Query;
use crate::api::routes::Found;
use crate::app::App;

/// The connection a request came over, for routes that want to know.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    pub address: IpAddr,
    pub tls: bool,
    /// Whether it takes answers packed with gzip.
    pub gzip: bool,
}

/// What the guard found out, to finish the answer with.
pub struct Passed {
    pub client: Client,
    pub context: Context,
    /// A body where the route takes none.
    pub unexpected_body: bool,
    /// How the answer may be packed.
    pub coding: Option<Coding>,
    standing: Option<Standing>,
}

impl Passed {
    pub fn finish(self, mut response: Response) -> Response {
        // First, while most answers have no headers of their own yet.
        headers::apply(&mut response, self.context, self.client.tls);
        if let Some(standing) = self.standing {
            standing.write(response.headers_mut());
        }
        response
    }
}

/// Lets a request through to the router (`Ok`), or answers it. Identity and
/// client are left in its extensions.
pub async fn check(
    app: &App,
    peer: Client,
    request: &mut Request,
) -> (Passed, Result<(), Response>) {
    // Taken out, so that the rest of the request can be changed meanwhile.
    let fields = std::mem::take(request.headers_mut());
    let head = Head::of(&fields);
    let address = addresses::client(peer.address, &fields, &app.config.trusted_proxies);
    let tls = peer.tls || forwarded_tls(app, peer, &fields);
    let coding = compression::accepted(&head);
    let gzip = coding == Some(Coding::Gzip);
    let mut passed = Passed {
        client: Client { address, tls, gzip },
        coding,
        context: Context {
            api: is_api(request.uri().path()),
            demo: app.config.demo,
            request_id: headers::request_id(&head),
            cors: None,
        },
        unexpected_body: body::is_unexpected(request.method(), &head),
        standing: None,
    };
    let verdict = judge(app, &head, request, &mut passed).await;
    *request.headers_mut() = fields;
    (passed, verdict)
}

async fn judge(
    app: &App,
    head: &Head<'_>,
    request: &mut Request,
    passed: &mut Passed,
) -> Result<(), Response> {
    let refuse = |error: ApiError| error.into_response();
    let authority = app.hosts.check(request.uri(), head.all).map_err(refuse)?;
    let origin = app.hosts.origin(authority, head);
    passed.context.cors = headers::cors(origin, head);
    if request.method() == Method::OPTIONS {
        return Err(preflight(origin, head.all));
    }
    let upgrade = head.upgrade.is_some();
    hosts::check_change(request.method(), upgrade, origin).map_err(refuse)?;
    check_size(app, head).map_err(refuse)?;

    let found = if passed.context.api { find_route(app, request) } else { Found::Nothing };
    let (access, budget) = match &found {
        Found::Route { access, budget } => (*access, *budget),
        Found::OtherMethods { public: true, .. } => (Access::Public, Budget::Reads),
        // Whether an address exists is not told to strangers either.
        _ if passed.context.api => (Access::VIEW, Budget::Reads),
        // The old page's socket is at any path.
        _ if upgrade => (Access::VIEW, Budget::Uncounted),
        // Pages and files see to it themselves.
        _ => (Access::Public, Budget::Uncounted),
    };
    let (standing, counted) = app.limiter.count(budget, passed.client.address);
    passed.standing = standing;
    counted.map_err(refuse)?;

    let open = app.is_open();
    let query = open.then(|| Query::parse(request.uri().query().unwrap_or_default()));
    let identity = app.identities.identify(head, query.as_ref()).await;
    let identity = identity.map_err(|error| refuse(ApiError::store(&error)))?;
    allow(access, open, identity.as_ref()).map_err(refuse)?;
    // NODE-COMPAT: it is decoded where there is a route, and for Node there is
    // one for every GET.
    let is_looked_at = found != Found::Nothing || request.method().is_safe();
    if passed.context.api && is_looked_at && !path::is_decodable(request.uri().path()) {
        return Err(refuse(path::undecodable()));
    }
    match found {
        Found::OtherMethods { allow, .. } => {
            return Err(refuse(ApiError::method_not_allowed(&allow)));
        }
        Found::Nothing if passed.context.api => return Err(refuse(ApiError::not_found())),
        Found::Nothing | Found::Route { .. } => {}
    }
    if let Some(identity) = identity {
        request.extensions_mut().insert(identity);
    }
    request.extensions_mut().insert(passed.client);
    Ok(())
}

fn allow(access: Access, open: bool, identity: Option<&Identity>) -> Result<(), ApiError> {
    match (access, identity) {
        (Access::Public, _) => Ok(()),
        (Access::Role(_), _) | (Access::User(_), Some(_)) if open => Ok(()),
        (Access::Role(_) | Access::User(_) | Access::Always(_), None) => {
            Err(ApiError::unauthorized())
        }
        (Access::Role(least) | Access::User(least) | Access::Always(least), Some(identity)) => {
            match identity.user.role >= least {
                true => Ok(()),
                false => Err(ApiError::forbidden(format!("This needs the role {}", least.name()))),
            }
        }
    }
}

/// NODE-COMPAT: any OPTIONS is answered 200; a foreign page just gets no
/// permission in it.
fn preflight(origin: Origin, headers: &HeaderMap) -> Response {
    match origin {
        Origin::Foreign => headers::preflight(&HeaderMap::new()),
        Origin::Own | Origin::Allowed => headers::preflight(headers),
    }
}

/// What a client says it will send; what it sends without saying is counted
/// when it is read.
fn check_size(app: &App, head: &Head<'_>) -> Result<(), ApiError> {
    let limit = &app.config.max_request;
    let length = head.content_length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit.bytes) {
        Err(body::too_large(limit))
    } else {
        Ok(())
    }
}

/// NODE-COMPAT: `/API/Health` and `/api/health/` are `/api/health`.
fn find_route(app: &App, request: &mut Request) -> Found {
    let path = request.uri().path();
    let found = app.table.find(request.method(), path);
    if found != Found::Nothing {
        return found;
    }
    let Some(canonical) = app.table.canonical(path) else { return Found::Nothing };
    let found = app.table.find(request.method(), &canonical);
    if found != Found::Nothing {
        let with_query = match request.uri().query() {
            Some(query) => format!("{canonical}?{query}"),
            None => canonical,
        };
        match with_query.parse::<Uri>() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return Found::Nothing,
        }
    }
    found
}

fn is_api(path: &str) -> bool {
    path.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("/api/"))
        || path.eq_ignore_ascii_case("/api")
}

fn forwarded_tls(app: &App, peer: Client, headers: &HeaderMap) -> bool {
    app.config.trusted_proxies.contains(&peer.address.to_canonical())
        // The nearest proxy writes last; what stands before are others' words.
        && headers.get_all("x-forwarded-proto").iter().next_back().is_some_and(|field| {
            field.as_bytes().rsplit(|byte| *byte == b',').next().is_some_and(|scheme| {
                scheme.trim_ascii().eq_ignore_ascii_case(b"https")
            })
        })
}
