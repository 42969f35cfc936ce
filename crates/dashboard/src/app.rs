//! What the routes share.

use std::sync::Arc;
use std::time::Instant;

use quaiminer_engine::Rig;
use quaiminer_store::Store;
use tokio::sync::watch;

use crate::access::first_run::FirstRun;
use crate::access::identity::Identities;
use crate::api::routes::Table;
use crate::config::{AuthMode, Config};
use crate::foreign::Frontend;
use crate::http::hosts::HostPolicy;
use crate::http::limit::Limiter;
use crate::http::traffic::Traffic;
use crate::live::Live;
use crate::usage::Memory;

pub type SharedApp = Arc<App>;

pub struct App {
    pub config: Config,
    /// The name of the machine.
    pub rig_name: Option<String>,
    pub store: Store,
    pub rig: Rig,
    pub identities: Identities,
    pub first_run: FirstRun,
    pub limiter: Limiter,
    pub traffic: Traffic,
    pub memory: Memory,
    pub hosts: HostPolicy,
    pub live: Live,
    /// In place of our page.
    pub frontend: Option<Frontend>,
    /// Who may use which route.
    pub table: Table,
    pub started: Instant,
    /// Becomes true when the process is to end.
    pub stopping: watch::Receiver<bool>,
}

impl App {
    /// Nobody has to sign in.
    pub fn is_open(&self) -> bool {
        self.config.auth_mode == AuthMode::Open || self.config.demo
    }
}

/// Completes when the process is to end.
pub async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the end as well.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
