//! The statements of many: `/v1/runs/{run_id}/statements`, and as a workbook with slips.

use std::collections::BTreeMap;

use actix_web::http::header::{HeaderValue, LINK};
use actix_web::web::Path;
use actix_web::{HttpResponse, get};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::{AskedForFile, AskedForPage};
use super::explanations::{Statement, told};
use super::files::File;
use super::paging::{PageParameters, Paging, next};
use super::papers::{Adjusting, Paper};
use super::problem::{Kind, Problem};
use super::service::Service;
use crate::engine::Outcome;
use crate::engine::explain::{Explainer, Limits, Node};
use crate::exact::Fen;
use crate::plan::{Code, Fault, Language};
use crate::record::items::Items;
use crate::record::people::Caller;
use crate::record::{notices, payroll, runs};
use crate::sheet::payroll::Unwritten;
use crate::sheet::statements::{Book, Statement as Slip, Statements};
use crate::store::results::{self, Payee};
use crate::store::runs::Run;
use crate::store::{self, Conn, adjustments};
use crate::wire::canonical;
use crate::wire::explanation::{HTML_END, Source, Teller};
use crate::wire::json::text;
use crate::wire::refusal::error;

/// The most payees of a workbook.
const MOST: usize = 5_000;
/// How many payees are read at once.
const AT_ONCE: i64 = 500;
/// A page of statements ends after so many bytes.
const LONGEST: usize = 8 << 20;

/// 一页工资条。A page of statements.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `Told::json` writes")]
pub(super) struct StatementPage {
    /// 各工资条，按领取人的编号排列。The statements by the ids of the payees.
    items: Vec<Statement>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// Whose statements are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handlers read")]
struct SchoolParameter {
    /// 只要这所学校的。Only those of this school.
    school: Option<String>,
}

/// Whether a run that is not released is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct DraftParameter {
    /// 为 true 时，尚未发放的核算也可下载，文件名和工作表标明草稿；已发放的不受影响。With true, a run that is not released is given too, marked as a
    /// draft in the file's name and its sheets; a released one is as ever.
    draft: Option<bool>,
}

/// Some payees of a run, whose statements are wanted.
struct Wanted {
    token: String,
    run: Run,
    payees: Vec<Payee>,
    /// Until when and where objections are raised.
    objections: Option<String>,
    /// What an adjustment changes for them.
    adjusting: Option<Adjusting>,
}

/// Whose statements a run has, after one: of an adjustment all whom it changes, paid now or not.
fn payees(
    conn: &mut Conn,
    run: &str,
    school: Option<&str>,
    after: &str,
    limit: i64,
) -> Result<Vec<Payee>, store::Error> {
    match adjustments::get(conn, run)? {
        None => results::payees(conn, run, school, after, limit),
        Some(_) => adjustments::payees(conn, run, school, after, limit),
    }
}

impl Wanted {
    /// What of an adjustment concerns these.
    fn adjusting(conn: &mut Conn, run: &Run, payees: &[Payee]) -> Result<Option<Adjusting>, store::Error> {
        let ids: Vec<&str> = payees.iter().map(|payee| payee.row_id.as_str()).collect();
        Adjusting::of(conn, &run.id, &ids)
    }

    /// The statement of one of them.
    fn paper(&self, explainer: &Explainer<'_, '_>, payee: &Payee, language: Language) -> Result<Paper, Problem> {
        let paper = Paper::of(explainer, &payee.row_id, self.adjusting.as_ref(), Limits::default());
        told(paper, language)?.ok_or_else(|| Problem::new(Kind::Internal, language))
    }

    /// What a statement says of where it comes from.
    fn source(&self) -> Source<'_> {
        Source {
            version: Some(self.run.version),
            run_id: Some(&self.run.id),
            result_sha256: self.run.result_sha256.as_deref(),
            objections: self.objections.as_deref(),
        }
    }
}

/// A run calculated again, and what `work` makes of it.
fn again<T>(
    service: &Service,
    run: &Run,
    language: Language,
    work: impl FnOnce(&Explainer<'_, '_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let kept = service.kept.get(&service.store, run).map_err(|error| Stop::from(error).problem(language))?;
    let kept = kept.ok_or_else(|| Problem::new(Kind::Internal, language))?;
    let outcome = kept.outcome();
    work(&kept.explainer(&outcome))
}

/// A page of statements while it is written.
struct Told {
    is_html: bool,
    body: String,
    /// The last payee whose statement is in it.
    last: Option<String>,
}

impl Told {
    fn add(&mut self, teller: &Teller<'_, '_>, paper: &Paper, (payee, source): (&Payee, Source<'_>)) {
        if self.is_html {
            self.body.push_str(&teller.html_part(&paper.page(teller), source));
        } else {
            self.body.push_str(if self.last.is_some() { "," } else { "" });
            self.body.push_str(&canonical::text(&paper.json(teller)));
        }
        self.last = Some(payee.row_id.clone());
    }

    /// The whole, where the next page has this cursor.
    fn whole(mut self, teller: &Teller<'_, '_>, cursor: Option<&str>) -> String {
        if self.is_html {
            return format!("{}{}{HTML_END}", teller.html_head(), self.body);
        }
        let next = cursor.map(|cursor| format!(",\"next_cursor\":{}", canonical::text(&text(cursor))));
        self.body.push(']');
        format!("{{\"items\":[{}{}}}", self.body, next.unwrap_or_default())
    }
}

/// 列出工资条。List the statements.
///
/// 列出领取人的工资条，按编号排列，内容同 getRunStatement；可只列一所学校的。`Accept: text/html` 优先时，同样的一页是可打印的网页（A4），每人另起一页；
/// 后面还有时，下一页的路径在响应头 Link（rel="next"）中。超过时限的四分之一或 8 MiB，本页就提前结束，请接着用 next_cursor。
/// Lists the statements of the payees by id, each as getRunStatement gives it; those of one school where it is named. Where `Accept`
/// prefers text/html, the same is a page to be printed (A4), each payee on a new sheet of paper; where there are more, the header
/// Link (rel="next") has the path of the next page. Past a quarter of the time limit or 8 MiB a page ends early: go on with
/// next_cursor. 调整的，列出它改变的每个人。Of an adjustment they are of all whom it changes.
#[utoipa::path(
    operation_id = "listRunStatements", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), SchoolParameter, PageParameters),
    responses((status = 200, description = "一页工资条。A page of statements.", body = StatementPage)),
)]
#[get("/v1/runs/{run_id}/statements")]
pub(super) async fn list_run_statements(asked: AskedForPage, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let AskedForPage(asked, is_html) = asked;
    let (id, paging, school) = (asked.id(&run_id)?, Paging::of(&asked)?, asked.parameter("school")?);
    let (service, language, limit) = (asked.service.clone(), asked.language, paging.limit);
    let list = ["statements".to_owned(), id.clone(), school.clone().unwrap_or_default()];
    let (read_service, read_list, of) = (service.clone(), list.clone(), school.clone());
    let (wanted, more) = asked
        .reads("listRunStatements", move |conn, caller| {
            let run = runs::calculated(conn, caller, &id)?;
            let list = read_list.each_ref().map(String::as_str);
            let after = paging.place(&read_service, &list, 1)?.and_then(|place| place.into_iter().next());
            let after = after.unwrap_or_default();
            let mut payees = payees(conn, &id, of.as_deref(), &after, paging.limit + 1)?;
            let more = paging.cut(&mut payees);
            let objections = notices::objections(conn, &run, language)?;
            let adjusting = Wanted::adjusting(conn, &run, &payees)?;
            Ok((Wanted { token: caller.token.id.clone(), run, payees, objections, adjusting }, more))
        })
        .await?;
    let token = wanted.token.clone();
    let (body, path) = asked
        .worked(Some(&token), move || {
            let goes_on = service.limits.goes_on();
            again(&service, &wanted.run, language, |explainer| {
                let teller = Teller::new(explainer.outcome(), language);
                let mut page = Told { is_html, body: String::new(), last: None };
                for payee in &wanted.payees {
                    page.add(&teller, &wanted.paper(explainer, payee, language)?, (payee, wanted.source()));
                    if !goes_on() || page.body.len() > LONGEST {
                        break;
                    }
                }
                let is_whole = page.last == wanted.payees.last().map(|payee| payee.row_id.clone());
                let last = page.last.clone().filter(|_| more || !is_whole);
                let list = list.each_ref().map(String::as_str);
                let cursor = last.and_then(|last| next(&service, &list, &[&last]));
                let path = cursor.as_ref().map(|cursor| {
                    let school = school.map(|school| format!("&school={}", encoded(&school))).unwrap_or_default();
                    format!("/v1/runs/{}/statements?limit={limit}&cursor={cursor}{school}", wanted.run.id)
                });
                Ok((page.whole(&teller, cursor.as_deref()), path))
            })
        })
        .await?;
    if !is_html {
        return Ok(asked.answered(Answer::of(body)));
    }
    let mut page = asked.page(body);
    if let Some(Ok(link)) = path.map(|path| HeaderValue::try_from(format!("<{path}>; rel=\"next\""))) {
        page.headers_mut().insert(LINK, link);
    }
    Ok(page)
}

/// A text as a part of a path: what is no plain letter is written as its bytes.
fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let written = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(written).collect()
}

/// What a workbook of statements is made of.
struct Begun {
    wanted: Wanted,
    schools: BTreeMap<String, String>,
    /// The items and the place of each among the columns, by its step.
    items: Items,
    name: String,
    is_draft: bool,
}

impl Begun {
    fn of(
        conn: &mut Conn,
        caller: &Caller,
        (id, school, draft): (&str, Option<&str>, bool),
        language: Language,
    ) -> Result<Begun, Stop> {
        let (run, is_draft) = payroll::run(conn, caller, id, draft)?;
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = payees(conn, id, school, &after, AT_ONCE)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.row_id);
            all.extend(page);
            if all.len() > MOST {
                return Err(refused(&format!("≤ {MOST}"), language).into());
            }
        }
        all.sort_by(|one, other| (&one.school_id, &one.row_id).cmp(&(&other.school_id, &other.row_id)));
        let eight = |text: &str| text.chars().take(8).collect::<String>();
        let mark = if is_draft { "-draft" } else { "" };
        let result = eight(run.result_sha256.as_deref().unwrap_or_default());
        let name = format!("statements-{}-{}-{result}{mark}.xlsx", payroll::plan_code(conn, &run)?, eight(id));
        let schools = payroll::schools(conn, &run)?;
        let items = Items::of(conn, id)?;
        let objections = notices::objections(conn, &run, Language::Chinese)?;
        let adjusting = Wanted::adjusting(conn, &run, &all)?;
        let wanted = Wanted { token: caller.token.id.clone(), run, payees: all, objections, adjusting };
        Ok(Begun { wanted, schools, items, name, is_draft })
    }

    /// The whole as a workbook.
    fn workbook(self, service: &Service, language: Language) -> Result<std::fs::File, Problem> {
        let unwritten = |unwritten| match unwritten {
            Unwritten::TooLarge => refused("≤ 1048576 × 16384", language),
            Unwritten::Other(reason) => {
                tracing::error!(reason, "a workbook could not be written");
                Problem::new(Kind::Internal, language)
            }
        };
        let wanted = self.wanted;
        again(service, &wanted.run, language, |explainer| {
            let outcome = explainer.outcome();
            let statements = Statements {
                title: outcome.plan.document.title.clone(),
                run_id: wanted.run.id.clone(),
                result_sha256: wanted.run.result_sha256.clone().unwrap_or_default(),
                objections: wanted.objections.clone(),
                items: self.items.names.clone(),
                is_draft: self.is_draft,
                is_adjustment: wanted.adjusting.is_some(),
            };
            let teller = Teller::new(outcome, Language::Chinese);
            let mut book = Book::new(&statements).map_err(unwritten)?;
            for payee in &wanted.payees {
                let paper = wanted.paper(explainer, payee, language)?;
                let (lines, total) = match &paper {
                    Paper::Whole(node) => (whole_lines(outcome, node), payee.total.into()),
                    Paper::Adjusted(changes, _) => {
                        let paid = wanted.adjusting.as_ref().map(|adjusting| adjusting.paid(&payee.row_id));
                        (paid.unwrap_or_default(), changes.total())
                    }
                };
                let slip = Slip {
                    amounts: self.items.amounts(lines),
                    page: paper.page(&teller),
                    school: self.schools.get(&payee.school_id).cloned(),
                    id: payee.row_id.clone(),
                    name: payee.name.clone(),
                    total,
                };
                book.add(&slip).map_err(unwritten)?;
            }
            book.finish().map_err(unwritten)
        })
    }
}

/// What each step pays by the statement of somebody, in fen.
fn whole_lines(outcome: &Outcome<'_>, node: &Node) -> Vec<(i64, Fen)> {
    let lines = node.at.map(|(_, row)| outcome.lines_of(row)).unwrap_or_default();
    lines.iter().filter_map(|line| Some((i64::try_from(line.step).ok()?, line.amount))).collect()
}

/// The problem of a workbook that is too large.
fn refused(wanted: &str, language: Language) -> Problem {
    let fault = Fault::data(Code::TooLarge, None, None, None).wanted(wanted);
    Problem::new(Kind::StatementsRefused, language).with_errors(vec![error(&fault, language)], 1)
}

/// 下载工资条（XLSX）。Download the statements as a workbook.
///
/// 两个工作表：明细（每人每笔的金额、由来和依据，合计及大写）和工资条（每人一行表头，可裁开）；末尾注明结果的 SHA-256。最多 5,000 人，更多时请按学校下载。
/// Two sheets: each line of everybody with its amount, how it came about, the clause, and the total in figures and capital
/// numerals; and slips with headings for everybody, to be cut apart. The SHA-256 of the result is at the foot. At most 5,000 payees:
/// of more, name a school.
#[utoipa::path(
    operation_id = "getRunStatementsXlsx", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), SchoolParameter, DraftParameter),
    responses((
        status = 200, description = "工资条。The statements.", body = File,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )),
)]
#[get("/v1/runs/{run_id}/statements.xlsx")]
pub(super) async fn get_run_statements_xlsx(
    asked: AskedForFile,
    run_id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let (id, school, draft) = (asked.id(&run_id)?, asked.parameter("school")?, asked.flag("draft")?);
    let (service, language) = (asked.service.clone(), asked.language);
    let begun = asked.reads("getRunStatementsXlsx", move |conn, caller| {
        Begun::of(conn, caller, (&id, school.as_deref(), draft), language)
    });
    let begun = begun.await?;
    let (token, name) = (begun.wanted.token.clone(), begun.name.clone());
    asked.made_workbook(&token, move || begun.workbook(&service, language).map(|file| (file, name))).await
}
