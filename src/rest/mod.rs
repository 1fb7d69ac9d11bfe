//! Floor 5: HTTP. The table of routes is `routes`; each handler stands with its path and its documentation in the file of
//! its resource. What is documented is passed through `contract`, committed under `openapi/`, and served as it is there.

mod asked;
mod calculations;
mod contract;
mod documents;
mod examples;
mod faults;
mod limits;
mod logs;
mod plan_checks;
mod plan_templates;
mod problem;

use std::io;
use std::net::SocketAddr;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer, rt};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

pub use contract::{openapi_3_0_json, openapi_json};
pub use limits::Limits;

/// Every operation: its route and its documentation, in one act.
fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(calculations::calculate)
        .service(plan_checks::check_plan)
        .service(plan_templates::list_plan_templates)
        .service(plan_templates::get_plan_template)
        .service(documents::get_health)
        .service(documents::get_openapi)
        .service(documents::get_openapi_3_0);
}

/// What is served beside the operations: the page for people, and the answers to what is not there.
fn beside(config: &mut web::ServiceConfig) {
    config
        .service(web::redirect("/docs", "/docs/"))
        .service(documents::page())
        .default_service(web::to(documents::elsewhere));
}

/// Serves HTTP on `listen` (`127.0.0.1:8080`; port 0 picks a free one) until SIGINT or SIGTERM; running requests are then
/// finished. `announce` is told the real address as soon as connections are taken.
///
/// # Errors
/// The address cannot be listened on.
pub fn run(listen: &str, limits: Limits, announce: impl FnOnce(SocketAddr)) -> io::Result<()> {
    logs::start();
    // The documents are made before the first request asks for them.
    contract::prepare();
    rt::System::new().block_on(async {
        let shared = Data::new(limits.clone());
        let app = move || {
            let (app, _) = App::new()
                .app_data(shared.clone())
                .wrap(from_fn(logs::head_as_get))
                .wrap(from_fn(logs::logged))
                .into_utoipa_app()
                .configure(routes)
                .split_for_parts();
            app.configure(beside)
        };
        let server = HttpServer::new(app)
            .worker_max_blocking_threads(limits.calculations)
            .shutdown_timeout(limits.time.as_secs())
            .shutdown_signal(limits::ended())
            .bind(listen)?;
        if let Some(address) = server.addrs().first() {
            announce(*address);
        }
        server.run().await
    })
}
