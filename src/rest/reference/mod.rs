//! Pages for people, open to everybody: what problems and the codes of errors mean (`/problems/`), and how to begin (`/start/`).
//! They are in the program, run nothing, and ask no other host for anything.

mod codes;
mod cures;
mod page;
mod problems;
mod start;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Resource, Responder};

use super::asked::language;
use super::problem::{Kind, Problem};
pub(super) use problems::may_list;

/// The pages with their paths.
pub(super) fn pages(config: &mut ServiceConfig) {
    config
        .service(web::redirect("/problems", "/problems/"))
        .service(only_get("/problems/").route(web::get().to(problems::index)))
        .service(only_get("/problems/{code}").route(web::get().to(problems::problem)))
        .service(web::redirect("/", "/start/"))
        .service(web::redirect("/start", "/start/"))
        .service(only_get("/start/").route(web::get().to(start::start)))
        .service(only_get("/start/{name}").route(web::get().to(start::program)));
}

/// A path that takes GET and says so.
fn only_get(path: &str) -> Resource {
    web::resource(path).default_service(web::to(refused))
}

async fn refused(request: HttpRequest) -> impl Responder {
    Err::<String, Problem>(Problem::new(Kind::MethodNotAllowed, language(&request)).with_allow("GET".to_owned()))
}
