//! Lists, page by page.

use actix_web::web::Data;
use utoipa::IntoParams;

use super::asked::Asked;
use super::cursor::{opened, sealed};
use super::problem::{Kind, Problem};
use super::service::Service;
use crate::plan::Language;

/// How many items a page has where nobody says.
const USUAL: i64 = 100;
/// The most items of a page.
const MOST: i64 = 500;

/// The parameters of every list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters that `Paging::of` reads")]
pub(super) struct PageParameters {
    /// 每页最多几项，1～500，默认 100。How many items a page has at most, 1-500; 100 unless told.
    #[param(minimum = 1, maximum = 500, example = 100)]
    limit: Option<i32>,
    /// 上一页的 next_cursor；第一页不写。The next_cursor of the page before; absent for the first page.
    #[param(example = json!(""))]
    cursor: Option<String>,
}

/// Which page is wanted.
#[derive(Debug, Clone)]
pub(super) struct Paging {
    pub(super) limit: i64,
    cursor: Option<String>,
    language: Language,
}

impl Paging {
    /// Which page a request wants.
    pub(super) fn of(asked: &Asked) -> Result<Paging, Problem> {
        let limit = asked.whole("limit", (1, MOST))?.unwrap_or(USUAL);
        let cursor = asked.parameter("cursor")?.filter(|cursor| !cursor.is_empty());
        Ok(Paging { limit, cursor, language: asked.language })
    }

    /// The place in a list at which the page begins, in so many parts; none: the first page.
    pub(super) fn place(
        &self,
        service: &Data<Service>,
        list: &[&str],
        parts: usize,
    ) -> Result<Option<Vec<String>>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let place = opened(&service.cursor_key, list, cursor).filter(|place| place.len() == parts);
        place.map(Some).ok_or_else(|| Problem::new(Kind::BadCursor, self.language))
    }

    /// Takes what is beyond the page off; whether there was something.
    pub(super) fn cut<T>(&self, items: &mut Vec<T>) -> bool {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let more = items.len() > limit;
        items.truncate(limit);
        more
    }
}

/// The cursor of the page that begins after a place.
pub(super) fn next(service: &Data<Service>, list: &[&str], place: &[&str]) -> Option<String> {
    sealed(&service.cursor_key, list, place)
}
