//! The page of a notice that everybody may read while it is posted: `/notices/{link}`.

use actix_web::http::header::{HeaderName, HeaderValue, REFERRER_POLICY};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse, get};

use super::accept;
use super::answer::Stop;
use super::asked::{Asked, language};
use super::files::File;
use super::notices::Begun;
use super::problem::{Kind, Problem};
use crate::record::notices;

/// Keeps search engines from keeping it.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// 公示网页。The public page of a notice.
///
/// 公示期间任何人都可以查看的网页，不需要令牌：只有姓名（按设置隐去）、项目和金额。路径无法猜测，见核算的 notice.public_path；第一天之前、最后一天之后和撤回之后都是
/// 404。The page that everybody may read without a token while a run is posted: names as they are shown, items and amounts, nothing else. Its path cannot be
/// guessed, and is public_path of the run's notice; before the first day, after the last and when the run is withdrawn it answers 404.
#[utoipa::path(
    operation_id = "getPublicNotice", tag = "notices",
    params((
        "link" = String, Path,
        description = "public_path 的末段。The end of public_path.",
        example = "Zm9yIGFuIGV4YW1wbGUgb25seSE_0000",
    )),
    responses(
        (status = 200, description = "公示网页。The page.", body = File, content_type = "text/html",
            example = "<!DOCTYPE html>\n<html lang=\"zh-CN\">"),
        (status = 404), (status = 406), (status = 429), (status = 500), (status = 503),
    ),
)]
#[get("/notices/{link}")]
pub(super) async fn get_public_notice(request: HttpRequest, link: Path<String>) -> Result<HttpResponse, Problem> {
    if accept::wanted(&request, accept::HTML) == 0 {
        return Err(Problem::new(Kind::NotAcceptable, language(&request)));
    }
    let asked = Asked::of(&request)?;
    asked.passes()?;
    let link = link.into_inner();
    if !notices::is_link(&link) {
        return Err(asked.problem(Kind::NotFound));
    }
    let (store, language) = (asked.service.store.clone(), asked.language);
    let begun = asked.quick(move || {
        let read = store.read(|conn| notices::read_public(conn, &link));
        let (head, reading) = read.map_err(|refused| Stop::from(refused).problem(language))?;
        Ok(Begun::open(store, head, reading, language))
    });
    let mut page = asked.page(begun.await?.parts(true));
    page.headers_mut().insert(ROBOTS, HeaderValue::from_static("noindex"));
    page.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(page)
}
