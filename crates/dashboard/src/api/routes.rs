//! The table of routes: what the router dispatches, and what the guard asks
//! before that. There is no other list of addresses.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use hyper::Method;

use super::describe::Doc;
use crate::access::Access;
use crate::app::SharedApp;
use crate::http::limit::Budget;

pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub budget: Budget,
    /// Called only for `/api/openapi.json`.
    pub doc: Option<fn() -> Doc>,
    handler: MethodRouter<SharedApp>,
}

impl Route {
    /// A GET route, which serves HEAD as well.
    pub fn get<H, T>(path: &'static str, access: Access, handler: H) -> Route
    where
        H: Handler<T, SharedApp>,
        T: 'static,
    {
        let handler = on(MethodFilter::GET, handler);
        Route { method: Method::GET, path, access, budget: Budget::Reads, doc: None, handler }
    }

    pub fn post<H, T>(path: &'static str, access: Access, handler: H) -> Route
    where
        H: Handler<T, SharedApp>,
        T: 'static,
    {
        Route::change(Method::POST, path, access, on(MethodFilter::POST, handler))
    }

    pub fn delete<H, T>(path: &'static str, access: Access, handler: H) -> Route
    where
        H: Handler<T, SharedApp>,
        T: 'static,
    {
        Route::change(Method::DELETE, path, access, on(MethodFilter::DELETE, handler))
    }

    fn change(
        method: Method,
        path: &'static str,
        access: Access,
        handler: MethodRouter<SharedApp>,
    ) -> Route {
        Route { method, path, access, budget: Budget::Writes, doc: None, handler }
    }

    /// What it takes and gives.
    #[must_use]
    pub fn doc(self, doc: fn() -> Doc) -> Route {
        Route { doc: Some(doc), ..self }
    }

    #[must_use]
    pub fn counted_as(self, budget: Budget) -> Route {
        Route { budget, ..self }
    }
}

/// What the guard needs to know of a route.
#[derive(Debug, Clone)]
struct Rule {
    method: Method,
    access: Access,
    budget: Budget,
}

pub struct Table {
    paths: matchit::Router<(&'static str, Vec<Rule>)>,
}

/// What there is at an address.
#[derive(Debug, PartialEq)]
pub enum Found {
    Route {
        access: Access,
        budget: Budget,
    },
    /// The address exists, for these methods, and perhaps for everybody.
    OtherMethods {
        allow: String,
        public: bool,
    },
    Nothing,
}

impl Table {
    pub fn find(&self, method: &Method, path: &str) -> Found {
        let Ok(found) = self.paths.at(path) else { return Found::Nothing };
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        let (_, rules) = found.value;
        match rules.iter().find(|rule| rule.method == *asked) {
            Some(rule) => Found::Route { access: rule.access, budget: rule.budget },
            None => {
                let methods: Vec<&str> = rules.iter().map(|rule| rule.method.as_str()).collect();
                let public = rules.iter().any(|rule| rule.access == Access::Public);
                Found::OtherMethods { allow: methods.join(", "), public }
            }
        }
    }

    /// NODE-COMPAT: `/API/Rigs/Ab/` is `/api/rigs/Ab`; what is not part of a
    /// route's own address stays as it is.
    pub fn canonical(&self, path: &str) -> Option<String> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let lower = path.to_ascii_lowercase();
        let (template, _) = self.paths.at(&lower).ok()?.value;
        let parts = template.split('/').zip(path.split('/'));
        let parts = parts.map(|(own, given)| if own.starts_with('{') { given } else { own });
        Some(parts.collect::<Vec<_>>().join("/"))
    }
}

/// Makes the router and the table of the same routes.
pub fn build(routes: Vec<Route>) -> Result<(Router<SharedApp>, Table), String> {
    let mut router = Router::new();
    let mut rules: Vec<(&'static str, Vec<Rule>)> = Vec::new();
    for route in routes {
        let rule = Rule { method: route.method, access: route.access, budget: route.budget };
        match rules.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, at_path)) => at_path.push(rule),
            None => rules.push((route.path, vec![rule])),
        }
        router = router.route(route.path, route.handler);
    }
    let mut paths = matchit::Router::new();
    for (path, at_path) in rules {
        paths.insert(path, (path, at_path)).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok((router, Table { paths }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_in_the_table() {
        let listed: Vec<_> =
            crate::api::all().iter().map(|route| (route.method.clone(), route.path)).collect();
        let (_, table) = build(crate::api::all()).unwrap();
        for (method, path) in listed {
            assert!(matches!(table.find(&method, path), Found::Route { .. }), "{method} {path}");
        }
        let wrong = table.find(&Method::DELETE, "/api/health");
        assert_eq!(wrong, Found::OtherMethods { allow: "GET".to_owned(), public: true });
        let wrong = table.find(&Method::DELETE, "/api/stats");
        assert_eq!(wrong, Found::OtherMethods { allow: "GET".to_owned(), public: false });
        assert_eq!(table.find(&Method::GET, "/api/nothing"), Found::Nothing);
        let canonical = |path: &str| table.canonical(path);
        assert_eq!(canonical("/API/Health/").as_deref(), Some("/api/health"));
        let chain = "/api/difficulty/chain/Cyprus-1";
        assert_eq!(canonical(&format!("{}/", chain.replace("api", "Api"))).as_deref(), Some(chain));
        assert_eq!(canonical("/api/nothing/"), None);
        assert_eq!(canonical("/api/health//"), None);
        assert!(matches!(table.find(&Method::HEAD, "/api/health"), Found::Route { .. }));
    }

    #[test]
    fn what_changes_something_is_not_open_to_viewers_or_by_get() {
        for route in crate::api::all() {
            let path = route.path;
            // Signing in and out is for everybody; whether registering is, the
            // route says.
            let is_door = ["session", "login", "first-run", "register"]
                .into_iter()
                .any(|door| path.contains(door));
            if route.method != Method::GET && !is_door {
                assert_ne!(route.access, Access::Public, "{path}");
            }
        }
    }
}
