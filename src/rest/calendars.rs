//! Working days, as a bureau enters them year by year: `/v1/calendars`.

use std::collections::BTreeSet;

use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, get, put};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::{Answer, Stop};
use super::asked::{Asked, bad_parameter};
use super::caller::About;
use super::faults::Fields;
use super::notice_settings::{said, written};
use super::problem::{Kind, Problem};
use crate::exact::Date;
use crate::plan::{Code, Language};
use crate::record::calendars::{HOLIDAY, WORKDAY};
use crate::record::settings;
use crate::store::settings::Setting;
use crate::wire::json::Json;

/// The years that a calendar may be of.
const YEARS: &str = "1900–9998";
/// The most days that differ.
const MOST_DAYS: usize = 366;

/// 备案的一年节假日安排。The working days of a year on record.
#[derive(Serialize, ToSchema)]
pub(super) struct Calendar {
    /// 年份。The year.
    year: i64,
    /// 修改次数，即 ETag。How often it was written: its ETag.
    revision: i64,
    /// 最近一次写入的时间。When it was last written.
    changed_at: String,
    /// 写入人。By whom.
    changed_by: String,
    /// 安排的内容。What it says.
    #[schema(value_type = CalendarDocument)]
    calendar: Box<RawValue>,
}

/// 一年的节假日安排：与周一至周五上班不同的日子。The working days of a year: the days that differ from Monday to Friday.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarDocument {
    /// 依据，如国务院办公厅的通知及其文号。What it rests on, such as the notice of the State Council with its number.
    #[schema(min_length = 1, max_length = 500)]
    source: String,
    /// 与周一至周五上班不同的日子。The days that differ from Monday to Friday.
    #[schema(min_items = 1, max_items = 366)]
    days: Vec<CalendarDay>,
}

/// 一天。A day.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarDay {
    /// 日期，在这一年之内，每天只写一次。The date, of this year, each once.
    #[schema(format = Date, example = "2026-10-01")]
    date: String,
    /// holiday 是放假的日子；workday 是调休上班的周六或周日。holiday: nobody works; workday: a Saturday or Sunday that is worked.
    kind: CalendarDayKind,
}

/// 这一天放假还是上班。Whether a day is worked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the words of `WORKDAY` and `HOLIDAY`")]
pub(super) enum CalendarDayKind {
    Holiday,
    Workday,
}

/// The year that a path names.
fn year_of(year: &str) -> Option<i64> {
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    year.parse().ok().filter(|year| is_year && (1_900..9_999).contains(year))
}

fn answer(year: i64, setting: Setting) -> Result<Answer, Stop> {
    let calendar = said(&setting)?;
    let Setting { revision, changed_at, changed_by, .. } = setting;
    Ok(Answer::ok(&Calendar { year, revision, changed_at, changed_by, calendar })?.revision(revision))
}

/// All faults of the working days of a year.
fn judged(year: i64, json: &Json<'_>, language: Language) -> Result<(), Problem> {
    let mut fields = Fields::of_keys(json, &["source", "days"], &[]);
    fields.maybe_text("source", 500);
    let mut known = BTreeSet::new();
    fields.objects("days", (1, MOST_DAYS), (&["date", "kind"], &[]), |day| {
        let (date, kind) = (day.maybe_word("date"), day.maybe_word("kind"));
        let read = date.as_deref().and_then(Date::parse).filter(|date| date.year() == year);
        if date.is_some() && read.is_none() {
            day.fault("date", Code::BadDate, &format!("{year}-MM-DD"));
        }
        if read.is_some_and(|date| !known.insert(date)) {
            day.fault("date", Code::DuplicateKey, "");
        }
        match kind.as_deref() {
            None | Some(HOLIDAY) => {}
            Some(WORKDAY) if read.is_none_or(Date::is_weekend) => {}
            // What is worked anyway was meant to be another day.
            Some(WORKDAY) => day.fault("date", Code::BadValue, "周六、周日 Saturday, Sunday"),
            Some(_) => day.fault("kind", Code::BadValue, &format!("{HOLIDAY} | {WORKDAY}")),
        }
    });
    fields.done(language)
}

/// 取一年的节假日安排。Get the working days of a year.
///
/// 取本教育局录入的一年节假日安排；没有录入的年份是 404。The working days of a year as the bureau has entered them; a year that is not
/// entered is 404.
#[utoipa::path(
    operation_id = "getCalendar", tag = "notices",
    params(("year" = i32, Path, minimum = 1_900, maximum = 9_998, description = "年份。The year.")),
    responses((status = 200, description = "节假日安排。The working days.", body = Calendar)),
)]
#[get("/v1/calendars/{year}")]
pub(super) async fn get_calendar(asked: Asked, year: Path<String>) -> Result<HttpResponse, Problem> {
    let year = year_of(&year).ok_or_else(|| asked.problem(Kind::NotFound))?;
    let found = asked.reads("getCalendar", move |conn, caller| {
        answer(year, settings::get(conn, &caller.token.bureau_id, &settings::calendar(year))?)
    });
    Ok(asked.answered(found.await?))
}

/// 写入一年的节假日安排。Write the working days of a year.
///
/// 写入全年，只列与周一至周五上班不同的日子。没有 If-Match 时新建；改写时 If-Match 须为当前的 ETag。已公示的核算不受影响。
/// Writes the whole year, with the days that differ from Monday to Friday. Makes a new one where there is no If-Match; to write one
/// over, If-Match must be its current ETag. Runs that are posted stay as they are.
#[utoipa::path(
    operation_id = "putCalendar", tag = "notices",
    params(("year" = i32, Path, minimum = 1_900, maximum = 9_998, description = "年份。The year.")),
    request_body(content = CalendarDocument, description = "安排的内容。What it says."),
    responses((status = 200, description = "写入的安排。The working days as they are now.", body = Calendar)),
)]
#[put("/v1/calendars/{year}")]
pub(super) async fn put_calendar(asked: Asked, year: Path<String>, payload: Payload) -> Result<HttpResponse, Problem> {
    let year = year_of(&year).ok_or_else(|| bad_parameter("year", YEARS, asked.language))?;
    let put = asked.acts("putCalendar", About::Nothing, payload, true, move |acting, body| {
        let judged = |json: &Json<'_>, language| judged(year, json, language);
        written(acting, body, &settings::calendar(year), judged, |setting| answer(year, setting))
    });
    put.await
}
