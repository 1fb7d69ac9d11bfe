//! The public list of a run (公示): `/v1/runs/{run_id}/notice`.

use std::io;

use actix_web::body::BodySize;
use actix_web::web::{Bytes, Path, Payload};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::answer::Stop;
use super::asked::{Asked, AskedForFile, AskedForPage};
use super::caller::About;
use super::faults::{self, Fields};
use super::files::{File, Parts};
use super::problem::{Kind, Problem};
use super::run_record::{Run, answer};
use crate::exact::Date;
use crate::plan::{Code, Fault, Language};
use crate::record::notices::{self, Reading};
use crate::record::payroll::plan_code;
use crate::sheet::notice::Book;
use crate::sheet::payroll::Unwritten;
use crate::store::{self, Store};
use crate::wire::notice::{Notice as Head, Part};
use crate::wire::refusal::error;
use crate::wire::schema::Money;

/// 公示的请求。A request to post a run.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoticeRequest {
    /// 公示的第一天。The first day of the notice.
    #[schema(format = Date, example = "2026-11-23")]
    from: String,
    /// 公示的最后一天；不写则按设置的最少工作日数推算。The last day; without it the notice takes as many working days as are set at least.
    #[schema(format = Date, example = "2026-11-27")]
    to: Option<String>,
}

/// 公示表：只有姓名（按设置隐去）、项目和金额。A notice: names as they are shown, items and amounts, nothing else.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `wire::notice` writes")]
pub(super) struct Notice {
    /// 办法的标题。The title of the plan.
    title: String,
    /// 核算的标题。The title of the run.
    run_title: Option<String>,
    /// 草稿，不得张贴。Whether it is a draft, not to be posted.
    draft: bool,
    /// 公示的第一天。The first day.
    #[schema(format = Date)]
    from: Option<String>,
    /// 公示的最后一天。The last day.
    #[schema(format = Date)]
    to: Option<String>,
    /// 其间有几个工作日。How many working days there are.
    working_days: Option<i64>,
    /// 公示期间任何人都可以查看的网页的路径；不在公示中时不写。The path of the page that everybody may read from the first day to the last; absent where
    /// the run is not posted now.
    public_path: Option<String>,
    /// 监督电话。The telephone of who supervises.
    telephone: Option<String>,
    /// 异议受理单位。Where objections are raised.
    contact: Option<String>,
    /// 各校的名单，按学校编号排列。The lists by the ids of the schools.
    lists: Vec<NoticeList>,
}

/// 一所学校的名单。The list of a school.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `wire::notice` writes")]
pub(super) struct NoticeList {
    /// 学校的名称。What the school is called.
    school: Option<String>,
    /// 各领取人。The payees.
    payees: Vec<NoticePayee>,
    /// 人数。How many they are.
    payee_count: i64,
    /// 各项目的合计。The sum of each item.
    items: Vec<NoticeItem>,
    /// 合计（元）。The sum in yuan.
    total: Money,
}

/// 公示的一名领取人。A payee of a notice.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `wire::notice` writes")]
pub(super) struct NoticePayee {
    /// 序号，从 1 起。The place in the list, from 1.
    number: i64,
    /// 隐去部分字的姓名；同校相同的加工号末几位。The name as it is shown; where several of a school look the same, with the end of the id.
    name: String,
    /// 各项目的金额；没有的不写。What there is of each item.
    items: Vec<NoticeItem>,
    /// 合计（元）。The sum in yuan.
    total: Money,
}

/// 一个项目的金额。An amount of an item.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `wire::notice` writes")]
pub(super) struct NoticeItem {
    /// 项目名称。The item.
    item: String,
    /// 金额（元）。The amount in yuan.
    amount: Money,
}

/// Which notice is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents parameters that the handlers read")]
struct NoticeParameters {
    /// 只要这所学校的名单。Only the list of this school.
    school: Option<String>,
    /// 为 true 时，尚未公示的核算也可预览，标明草稿；已公示的不受影响。With true, a run that is not posted is shown too, marked as a draft; one
    /// that is posted is as ever.
    draft: Option<bool>,
}

/// A notice that is begun.
pub(super) struct Begun {
    store: Store,
    head: Head,
    reading: Reading,
    language: Language,
}

impl Begun {
    /// One that has been read so far.
    pub(super) fn open(store: Store, head: Head, reading: Reading, language: Language) -> Begun {
        Begun { store, head, reading, language }
    }

    /// The notice that is asked for, the name of its file without its end, and the id of the caller's token.
    async fn of(asked: &Asked, operation: &'static str, run_id: &str) -> Result<(Begun, String, String), Problem> {
        let id = asked.id(run_id)?;
        let (school, draft) = (asked.parameter("school")?, asked.flag("draft")?);
        let (store, language) = (asked.service.store.clone(), asked.language);
        let begun = asked.reads(operation, move |conn, caller| {
            let (run, head, reading) = notices::read(conn, caller, &id, (draft, school.as_deref()))?;
            let eight = |text: &str| text.chars().take(8).collect::<String>();
            let mark = if head.is_draft { "-draft" } else { "" };
            let result = eight(run.result_sha256.as_deref().unwrap_or_default());
            let name = format!("notice-{}-{}-{result}{mark}", plan_code(conn, &run)?, eight(&id));
            Ok((Begun::open(store, head, reading, language), name, caller.token.id.clone()))
        });
        begun.await
    }

    fn next(&mut self) -> Result<Option<Part>, store::Error> {
        self.store.read(|conn| self.reading.next(conn))
    }

    /// A body of parts: how it begins, each part, how it ends.
    pub(super) fn parts(mut self, is_html: bool) -> Parts {
        let mut is_first = true;
        let head = if is_html { self.head.html_head() } else { self.head.json_head() };
        let (mut head, mut is_done) = (Some(head), false);
        Parts::of(BodySize::Stream, move || {
            if let Some(head) = head.take() {
                return Ok(Some(Bytes::from(head)));
            }
            if is_done {
                return Ok(None);
            }
            let part = self.next().map_err(io::Error::other)?;
            let told = match (&part, is_html) {
                (Some(part), true) => self.head.html_part(part),
                (Some(part), false) => self.head.json_part(part, is_first),
                (None, true) => self.head.html_end().to_owned(),
                (None, false) => self.head.json_end().to_owned(),
            };
            is_first = matches!(part, Some(Part::List(_)));
            is_done = part.is_none();
            Ok(Some(Bytes::from(told)))
        })
    }

    /// The whole as a workbook.
    fn workbook(mut self) -> Result<std::fs::File, Problem> {
        let language = self.language;
        let unwritten = |unwritten| match unwritten {
            Unwritten::TooLarge => {
                let fault = Fault::data(Code::TooLarge, None, None, None).wanted("≤ 1048576 × 16384");
                Problem::new(Kind::NoticeRefused, language).with_errors(vec![error(&fault, language)], 1)
            }
            Unwritten::Other(reason) => {
                tracing::error!(reason, "a workbook could not be written");
                Problem::new(Kind::Internal, language)
            }
        };
        let head = self.head.clone();
        let mut book = Book::new(&head).map_err(unwritten)?;
        while let Some(part) = self.next().map_err(|error| Stop::from(error).problem(language))? {
            book.add(&part).map_err(unwritten)?;
        }
        book.finish().map_err(unwritten)
    }
}

/// 公示核算。Post a run.
///
/// 公示已提交的核算：从哪一天到哪一天，首尾两天都算，其间的工作日不得少于设置的天数。须先写入公示设置和所涉年份的节假日安排；没有录入的年份是错误
/// （calendar_missing），从不当作平常的周一至周五。公示期满的次日起方可批准。422 notice_refused 的 errors 中，代码为 no_notice_settings、
/// calendar_missing、dates_reversed 或 too_few_days。
/// Posts a submitted run from a day to another, both counted, with at least as many working days as are set. The notice settings and
/// the calendars of the years must be written first; a year that is not entered is an error (calendar_missing), never plain weeks.
/// The run may be approved from the day after the last. The codes of the errors of 422 notice_refused are no_notice_settings,
/// calendar_missing, dates_reversed and too_few_days.
#[utoipa::path(
    operation_id = "publishRunNotice", tag = "notices",
    params(("run_id" = String, Path, description = "核算的编号。The run's id.")),
    request_body(content = NoticeRequest, description = "公示的日期。From when to when."),
    responses((status = 200, description = "公示中的核算。The run as it is now.", body = Run)),
)]
#[post("/v1/runs/{run_id}/notice")]
pub(super) async fn publish_run_notice(
    asked: Asked,
    run_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&run_id)?;
    let posted = asked.acts("publishRunNotice", About::Run(id.clone()), payload, true, move |acting, body| {
        let json = faults::read_body(body, &["from"], &["to"], acting.language)?;
        let mut fields = Fields::of(&json);
        let (from, to) = (date(&mut fields, "from"), date(&mut fields, "to"));
        fields.done(acting.language)?;
        let from = from.ok_or_else(|| acting.problem(Kind::Internal))?;
        acting.act(|act| {
            let run = notices::post(act, &acting.caller, &id, (from, to), acting.revisions.as_deref())?;
            answer(act.conn, run, acting.language)
        })
    });
    posted.await
}

fn date(fields: &mut Fields<'_, '_>, key: &str) -> Option<Date> {
    let word = fields.maybe_word(key)?;
    let date = Date::parse(&word);
    if date.is_none() {
        fields.fault(key, Code::BadDate, "YYYY-MM-DD");
    }
    date
}

/// 取公示表。Get the notice.
///
/// 公示中、已批准或已发放的核算的公示表，每校一张名单；`draft=true` 时其他核算也可预览。`Accept: text/html` 优先时，同样的内容是可打印的网页（A4
/// 横向），每校另起一页，表头每页重复。
/// The notice of a run that is posted, approved or released, with a list for each school; with `draft=true` of others too. Where
/// `Accept` prefers text/html, the same is a page to be printed (A4, across): each school begins a new sheet of paper, with the
/// headings on every sheet.
#[utoipa::path(
    operation_id = "getRunNotice", tag = "notices",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), NoticeParameters),
    responses((status = 200, description = "公示表。The notice.", body = Notice)),
)]
#[get("/v1/runs/{run_id}/notice")]
pub(super) async fn get_run_notice(asked: AskedForPage, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let AskedForPage(asked, is_html) = asked;
    let (begun, ..) = Begun::of(&asked, "getRunNotice", &run_id).await?;
    let parts = begun.parts(is_html);
    Ok(if is_html { asked.page(parts) } else { asked.streamed(parts) })
}

/// 下载公示表（XLSX）。Download the notice as a workbook.
///
/// 与网页内容相同：每校一个工作表（超过 60 所时各校依次在同一工作表中，各起一页），金额是两位小数的数字，打印时表头每页重复，页脚写明页码和总页数。
/// The same as the page: a sheet for each school (of more than 60 one after the other on one sheet, each on a new page), amounts as
/// numbers of two decimals, headings on every printed page, and its number at the foot.
#[utoipa::path(
    operation_id = "getRunNoticeXlsx", tag = "notices",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), NoticeParameters),
    responses((
        status = 200, description = "公示表。The notice.", body = File,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )),
)]
#[get("/v1/runs/{run_id}/notice.xlsx")]
pub(super) async fn get_run_notice_xlsx(asked: AskedForFile, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let (begun, name, token) = Begun::of(&asked, "getRunNoticeXlsx", &run_id).await?;
    asked.made_workbook(&token, move || begun.workbook().map(|file| (file, format!("{name}.xlsx")))).await
}
