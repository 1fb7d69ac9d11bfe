//! Floor 6: HTTP. The table of routes is `routes`; each handler stands with its path and its documentation in the file of
//! its resource. What is documented is passed through `contract`, committed under `openapi/`, and served as it is there.

mod accept;
mod access;
mod adjustment_faults;
mod adjustments;
mod answer;
mod asked;
mod calculations;
mod calendars;
mod caller;
mod carry_overs;
mod comparisons;
mod contract;
mod cursor;
mod cycle_faults;
mod cycle_people;
mod cycles;
mod deprecation;
mod distributions;
mod documents;
mod events;
mod examples;
mod explanations;
mod faults;
mod files;
mod gate;
mod goal_seeks;
mod limits;
mod logs;
mod metrics;
mod notice_settings;
mod notices;
mod objections;
mod paging;
mod papers;
mod parts;
mod payroll;
mod payroll_profiles;
mod plan_checks;
mod plan_templates;
mod plans;
mod problem;
mod problem_document;
mod public_notices;
mod reconciliations;
mod reference;
mod roster_imports;
mod rosters;
mod run_parts;
mod run_record;
mod runs;
mod service;
mod simulations;
mod statements;
mod supposing;
mod tokens;
mod unfit_faults;
mod webhook_deliveries;
mod webhook_endpoints;
mod workbooks;

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::http::header::HeaderName;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer, rt};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

pub use contract::{openapi_3_0_json, openapi_json};
pub use deprecation::{Deprecated, deprecating};
pub use limits::Limits;

use crate::record::Refused;
use crate::record::deliverer::{Deliverer, Rules};
use crate::record::example::{self, Example};
use crate::record::worker::Worker;
use crate::store::{Store, claims, deliveries, is_postgres};
use service::Service;

/// Every operation: its route and its documentation, in one act.
fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(calculations::calculate)
        .service(comparisons::compare_results)
        .service(plan_checks::check_plan)
        .service(plan_templates::list_plan_templates)
        .service(plan_templates::get_plan_template)
        .service(plans::list_plans)
        .service(plans::create_plan)
        .service(plans::get_plan)
        .service(plans::put_plan_draft)
        .service(plans::list_plan_versions)
        .service(plans::get_plan_version)
        .service(workbooks::get_roster_template)
        .service(plans::publish_plan)
        .service(plans::archive_plan)
        .service(rosters::list_rosters)
        .service(rosters::create_roster)
        .service(roster_imports::import_roster)
        .service(roster_imports::annotate_roster_import)
        .service(rosters::get_roster)
        .service(workbooks::get_roster_workbook)
        .service(workbooks::get_run_workbook)
        .service(rosters::list_roster_rows)
        .service(rosters::revise_roster)
        .service(runs::list_runs)
        .service(runs::create_run)
        .service(runs::get_run)
        .service(run_parts::list_run_rows)
        .service(run_parts::list_run_payees)
        .service(run_parts::list_run_funds)
        .service(run_parts::list_run_checks)
        .service(run_parts::list_run_warnings)
        .service(explanations::get_run_explanation)
        .service(explanations::get_run_statement)
        .service(comparisons::get_run_comparison)
        .service(run_parts::get_run_verification)
        .service(reconciliations::reconcile_run)
        .service(payroll::get_run_payroll_csv)
        .service(payroll::get_run_payroll_xlsx)
        .service(payroll::get_run_payroll_ndjson)
        .service(payroll_profiles::list_payroll_profiles)
        .service(payroll_profiles::get_payroll_profile)
        .service(payroll_profiles::put_payroll_profile)
        .service(payroll_profiles::delete_payroll_profile)
        .service(runs::submit_run)
        .service(runs::approve_run)
        .service(runs::release_run)
        .service(runs::withdraw_run)
        .service(simulations::simulate)
        .service(goal_seeks::seek_goal);
    adjusting(config);
    cycle(config);
    beside_plans_and_runs(config);
}

/// The operations by which a released run is corrected.
fn adjusting(config: &mut ServiceConfig<'_>) {
    config
        .service(adjustments::create_adjustment)
        .service(adjustments::list_adjustments)
        .service(adjustments::list_differences);
}

/// The operations that are about both tiers.
fn cycle(config: &mut ServiceConfig<'_>) {
    config
        .service(cycles::list_cycles)
        .service(cycles::open_cycle)
        .service(cycles::get_cycle)
        .service(cycles::list_cycle_schools)
        .service(cycle_people::list_cycle_people)
        .service(distributions::create_cycle_run)
        .service(distributions::get_cycle_proof)
        .service(cycles::close_cycle)
        .service(carry_overs::list_carry_overs);
}

/// The operations that are about no plan, roster or run.
fn beside_plans_and_runs(config: &mut ServiceConfig<'_>) {
    config
        .service(events::list_events)
        .service(webhook_endpoints::list_webhook_endpoints)
        .service(webhook_endpoints::create_webhook_endpoint)
        .service(webhook_endpoints::get_webhook_endpoint)
        .service(webhook_endpoints::put_webhook_endpoint)
        .service(webhook_endpoints::delete_webhook_endpoint)
        .service(webhook_endpoints::rotate_webhook_secret)
        .service(webhook_deliveries::list_webhook_deliveries)
        .service(webhook_deliveries::redeliver_webhook)
        .service(tokens::get_whoami)
        .service(tokens::list_tokens)
        .service(tokens::create_token)
        .service(tokens::revoke_token)
        .service(tokens::list_audit_entries)
        .service(documents::get_health)
        .service(documents::get_readiness)
        .service(documents::get_metrics)
        .service(documents::get_openapi)
        .service(documents::get_openapi_3_0);
    telling(config);
}

/// The operations by which people are told what they get.
fn telling(config: &mut ServiceConfig<'_>) {
    config
        .service(notices::publish_run_notice)
        .service(notices::get_run_notice)
        .service(notices::get_run_notice_xlsx)
        .service(public_notices::get_public_notice)
        .service(objections::create_objection)
        .service(objections::list_objections)
        .service(objections::get_objection)
        .service(objections::decide_objection)
        .service(notice_settings::get_notice_settings)
        .service(notice_settings::put_notice_settings)
        .service(calendars::get_calendar)
        .service(calendars::put_calendar)
        .service(statements::list_run_statements)
        .service(statements::get_run_statements_xlsx);
}

/// What is served beside the operations: the page for people, and the answers to what is not there.
fn beside(config: &mut web::ServiceConfig) {
    config
        .service(web::redirect("/docs", "/docs/"))
        .service(documents::page())
        .configure(reference::pages)
        .default_service(web::to(documents::elsewhere));
}

/// The header under which the answer to a request is kept.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What is served, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address (`127.0.0.1:8080`; port 0 picks a free one).
    pub listen: String,
    /// `postgres://…`, or the path of a SQLite file.
    pub database: String,
    /// Whether a new database begins with an example.
    pub example: bool,
    /// What a request may cost.
    pub limits: Limits,
}

/// What is told when connections are taken.
#[derive(Debug, Clone)]
pub struct Started {
    /// The real address.
    pub address: SocketAddr,
    /// The first tokens of a new database with their roles; they are never shown again.
    pub tokens: Vec<(&'static str, String)>,
    /// The example that it begins with.
    pub example: Option<Example>,
}

/// Serves HTTP until SIGINT or SIGTERM; running requests are then finished. `announce` is told as soon as connections are
/// taken.
///
/// # Errors
/// The address cannot be listened on, or the database cannot be used.
pub fn run(settings: &Settings, announce: impl FnOnce(&Started)) -> io::Result<()> {
    logs::start();
    // The documents are made before the first request asks for them.
    contract::prepare();
    let limits = settings.limits.clone();
    let _alone = alone(&settings.database)?;
    let store = Store::open(&settings.database).map_err(io::Error::other)?;
    if !store.is_shared() {
        // What an earlier process has left is free: no other serves this file.
        let freed = store.write(|conn| claims::free_all(conn).and_then(|()| deliveries::free_all(conn)));
        freed.map_err(io::Error::other)?;
    }
    let rules = Rules {
        private: limits.private_webhooks,
        time: limits.webhook_time,
        pause: limits.webhook_pause,
        lease: limits.lease,
    };
    let _deliverer = Deliverer::start(&store, rules);
    let worker = Worker::start(&store, CALCULATORS, limits.lease);
    let service = Service::new(limits.clone(), store.clone(), worker.bell()).map_err(io::Error::other)?;
    rt::System::new().block_on(async {
        let shared = Data::new(service);
        let ending = Arc::clone(&shared.ending);
        let ended = async move {
            limits::ended().await;
            ending.store(true, Ordering::SeqCst);
        };
        let app = move || {
            let (app, _) = App::new()
                .app_data(shared.clone())
                .wrap(from_fn(deprecation::noted))
                .wrap(from_fn(logs::head_as_get))
                .wrap(from_fn(logs::logged))
                .into_utoipa_app()
                .configure(routes)
                .split_for_parts();
            app.configure(beside)
        };
        let server = HttpServer::new(app)
            .worker_max_blocking_threads(BLOCKING)
            .shutdown_timeout(limits.time.as_secs())
            .shutdown_signal(ended)
            .bind(&settings.listen)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", settings.listen)))?;
        // Tokens are made when nothing is left to fail before they are shown: nobody can show them again.
        let refused = |refused: Refused| io::Error::other(refused.to_string());
        let tokens = example::begin(&store).map_err(refused)?;
        let is_new = settings.example && !tokens.is_empty();
        let loaded = is_new.then(|| example::load(&store, &worker.bell(), &tokens)).transpose();
        let (example, stopped) = loaded.map_or_else(|error| (None, Some(error)), |example| (example, None));
        let tokens = tokens.into_iter().map(|(role, token)| (role.word(), token)).collect();
        if let Some(address) = server.addrs().first() {
            announce(&Started { address: *address, tokens, example });
        }
        if let Some(error) = stopped {
            return Err(refused(error));
        }
        server.run().await
    })
}

/// How many threads of each worker wait for the store or calculate.
const BLOCKING: usize = 32;
/// How many threads calculate runs.
const CALCULATORS: usize = 2;

/// Keeps other processes from serving the same SQLite file.
fn alone(database: &str) -> io::Result<Option<File>> {
    if is_postgres(database) {
        return Ok(None);
    }
    let lock = File::options().create(true).append(true).open(format!("{database}.lock"));
    let lock = lock.map_err(|error| io::Error::new(error.kind(), format!("{database}: {error}")))?;
    lock.try_lock().map_err(|_| {
        io::Error::other(format!("{database}: another process serves it; use PostgreSQL (DATABASE_URL) for many"))
    })?;
    Ok(Some(lock))
}
