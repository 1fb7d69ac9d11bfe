//! What is handed over to a payroll system: `/v1/runs/{run_id}/payroll.csv`, `.xlsx`, `.ndjson`.

use std::io;

use actix_web::body::BodySize;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpResponse, get};
use utoipa::IntoParams;

use super::accept::{CSV, NDJSON};
use super::answer::Stop;
use super::asked::{Asked, AskedForFile, bad_parameter};
use super::files::{File, Parts, attached};
use super::payroll_profiles::said;
use super::problem::{Kind, Problem};
use super::service::Service;
use crate::plan::{Code, Fault, Language};
use crate::record::payroll as handed;
use crate::record::people::Caller;
use crate::sheet::payroll::{
    Book, Cell, Content, Encoding, Payroll, Profile, Unencodable, Unwritten, control_line, csv, encodes, json_lines,
};
use crate::store::{self, Conn, payroll_profiles};
use crate::wire::refusal::error;

/// How many profiles are named to who asks for one that is not there.
const NAMED: i64 = 20;
/// The rows of a sheet.
const SHEET: &str = "≤ 1048576";

/// Which file is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents parameters that the handlers read")]
struct PayrollParameters {
    /// 列方案的名称；不写则按笔列出工号、姓名、单位编号、单位、项目、类别、发放代码、金额。The name of a payroll profile; without one all lines with
    /// id, name, school, item, category, payroll code and amount.
    profile: Option<String>,
    /// 为 true 时，尚未发放的核算也可下载，文件名和末行标明草稿；已发放的不受影响。With true, a run that is not released is given too, marked
    /// as a draft in the file's name and its last line; a released one is as ever.
    draft: Option<bool>,
}

/// How a part of a file is written: whether it is the first, its rows, whether it is the last.
type Write = fn(&Payroll, bool, &[Vec<Cell>], bool) -> Result<Vec<u8>, Unencodable>;

/// A file that is begun.
struct Begun {
    service: Data<Service>,
    payroll: Payroll,
    run_id: String,
    /// Its name without its end.
    name: String,
    token: String,
    language: Language,
}

impl Begun {
    /// The file that a request wants, if it may be had.
    async fn of(asked: &Asked, operation: &'static str, run_id: &str) -> Result<Begun, Problem> {
        let id = asked.id(run_id)?;
        let (profile, draft) = (asked.parameter("profile")?, asked.flag("draft")?);
        let (service, language) = (asked.service.clone(), asked.language);
        let begun = asked.reads(operation, move |conn, caller| {
            let (run, is_draft) = handed::run(conn, caller, &id, draft)?;
            let profile = profile_of(conn, caller, profile.as_deref(), language)?;
            let wants_schools = profile.columns.iter().any(|column| column.content == Content::SchoolName);
            let schools = if wants_schools { handed::schools(conn, &run)? } else { Default::default() };
            let sha256 = run.result_sha256.clone().unwrap_or_default();
            let items = handed::items(conn, &id)?;
            let texts: Vec<String> = items.values().map(|item| item.item.clone()).collect();
            let payroll = Payroll::new(profile, items, schools, (sha256.clone(), is_draft));
            let payroll = payroll.map_err(|unknown| unknown_items(&unknown, &texts, language))?;
            let eight = |text: &str| text.chars().take(8).collect::<String>();
            let mark = if is_draft { "-draft" } else { "" };
            let code = handed::plan_code(conn, &run)?;
            let name = format!("payroll-{code}-{}-{}{mark}", eight(&id), eight(&sha256));
            Ok(Begun { service, payroll, run_id: id, name, token: caller.token.id.clone(), language })
        });
        begun.await
    }

    /// Adds the rows of the payees after one; after which the next ones come.
    fn add(&mut self, after: &str, rows: &mut Vec<Vec<Cell>>) -> Result<Option<String>, store::Error> {
        let people = self.service.store.read(|conn| handed::people(conn, &self.run_id, after))?;
        for person in &people {
            self.payroll.add(person, rows);
        }
        Ok(people.last().map(|last| last.id.clone()))
    }

    /// A body of parts, each of some payees.
    fn parts(mut self, write: Write) -> Parts {
        let (mut place, mut is_first) = (Some(String::new()), true);
        Parts::of(BodySize::Stream, move || {
            let Some(after) = place.take() else { return Ok(None) };
            let mut rows = Vec::new();
            place = self.add(&after, &mut rows).map_err(io::Error::other)?;
            let part = write(&self.payroll, is_first, &rows, place.is_none());
            is_first = false;
            part.map(|part| Some(Bytes::from(part))).map_err(|Unencodable(text)| io::Error::other(text))
        })
    }

    /// Makes sure that the encoding has every letter of the file, before any of it is sent.
    fn encodes(&self) -> Result<(), Problem> {
        let encoding = self.payroll.profile.encoding;
        let fits = |text: &str| {
            encodes(encoding, text).map_err(|Unencodable(text)| {
                let fault = Fault::data(Code::BadValue, None, None, None).got(text).wanted("GB18030");
                refused(vec![fault], self.language)
            })
        };
        self.payroll.texts().try_for_each(fits)?;
        let mut place = Some(String::new());
        while let Some(after) = place {
            let people = self.service.store.read(|conn| handed::people(conn, &self.run_id, &after));
            let people = people.map_err(|error| Stop::from(error).problem(self.language))?;
            for person in &people {
                [Some(&person.id), person.name.as_ref(), Some(&person.school_id)]
                    .into_iter()
                    .flatten()
                    .try_for_each(|text| fits(text))?;
            }
            place = people.last().map(|last| last.id.clone());
        }
        Ok(())
    }

    /// The whole file as a workbook.
    fn workbook(mut self) -> Result<std::fs::File, Problem> {
        let language = self.language;
        let unwritten = |unwritten| match unwritten {
            Unwritten::TooLarge => refused(vec![Fault::data(Code::TooLarge, None, None, None).wanted(SHEET)], language),
            Unwritten::Other(reason) => {
                tracing::error!(reason, "a workbook could not be written");
                Problem::new(Kind::Internal, language)
            }
        };
        let mut book = Book::new(&self.payroll).map_err(unwritten)?;
        let mut place = Some(String::new());
        while let Some(after) = place {
            let mut rows = Vec::new();
            place = self.add(&after, &mut rows).map_err(|error| Stop::from(error).problem(language))?;
            book.add(&rows).map_err(unwritten)?;
        }
        book.add(&[self.payroll.control_row()]).map_err(unwritten)?;
        book.finish().map_err(unwritten)
    }
}

/// The profile of this name, or the usual one.
fn profile_of(conn: &mut Conn, caller: &Caller, name: Option<&str>, language: Language) -> Result<Profile, Stop> {
    let Some(name) = name else { return Ok(Profile::default()) };
    let bureau = &caller.token.bureau_id;
    match payroll_profiles::get(conn, bureau, name)? {
        Some(profile) => said(&profile.document, language),
        None => {
            let known = payroll_profiles::list(conn, bureau, "", NAMED)?;
            let known: Vec<String> = known.into_iter().map(|profile| profile.name).collect();
            Err(bad_parameter("profile", &known.join(" | "), language).into())
        }
    }
}

/// The problem of a file that cannot be written.
fn refused(faults: Vec<Fault>, language: Language) -> Problem {
    let errors = faults.iter().map(|fault| error(fault, language)).collect();
    Problem::new(Kind::PayrollRefused, language).with_errors(errors, faults.len())
}

/// The problem of a profile with items that the run does not have: a blank in their place would be a silent zero.
fn unknown_items(unknown: &[String], known: &[String], language: Language) -> Problem {
    let fault = |item: &String| {
        let fault = Fault::data(Code::UnknownName, None, None, None).got(item.clone());
        fault.near(item, known.iter().map(String::as_str))
    };
    refused(unknown.iter().map(fault).collect(), language)
}

/// 下载工资文件（CSV）。Download the payroll file as CSV.
///
/// 已发放核算的工资文件，末行是合计：人数、笔数、总额和结果的 SHA-256。以 = + - @ 开头的文字前加一个 '，以免被表格软件当作公式。
/// The payroll file of a released run; its last line has the number of payees and of lines, their sum and the SHA-256 of the result.
/// Texts that begin with = + - @ get a ' before them, so that no spreadsheet takes them for formulas.
#[utoipa::path(
    operation_id = "getRunPayrollCsv", tag = "payroll",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), PayrollParameters),
    responses((status = 200, description = "工资文件。The payroll file.", body = File, content_type = "text/csv")),
)]
#[get("/v1/runs/{run_id}/payroll.csv")]
pub(super) async fn get_run_payroll_csv(asked: AskedForFile, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let mut begun = Begun::of(&asked, "getRunPayrollCsv", &run_id).await?;
    let is_utf8 = begun.payroll.profile.encoding == Encoding::Utf8;
    if !is_utf8 {
        let token = begun.token.clone();
        begun = asked.worked(Some(&token), move || begun.encodes().map(|()| begun)).await?;
    }
    let charset = if is_utf8 { "utf-8" } else { "gb18030" };
    let name = format!("{}.csv", begun.name);
    let parts = begun.parts(|payroll, is_first, rows, is_last| {
        let mut part = csv(&payroll.profile, is_first, rows)?;
        if is_last {
            part.extend(csv(&payroll.profile, false, &[payroll.control_row()])?);
        }
        Ok(part)
    });
    Ok(attached(&name, format!("{CSV}; charset={charset}; header=present"), parts))
}

/// 下载工资文件（XLSX）。Download the payroll file as a workbook.
///
/// 与 CSV 内容相同，金额是两位小数的数字。The same as the CSV, with amounts as numbers of two decimals.
#[utoipa::path(
    operation_id = "getRunPayrollXlsx", tag = "payroll",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), PayrollParameters),
    responses((
        status = 200, description = "工资文件。The payroll file.", body = File,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )),
)]
#[get("/v1/runs/{run_id}/payroll.xlsx")]
pub(super) async fn get_run_payroll_xlsx(asked: AskedForFile, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let begun = Begun::of(&asked, "getRunPayrollXlsx", &run_id).await?;
    let (token, name) = (begun.token.clone(), format!("{}.xlsx", begun.name));
    asked.made_workbook(&token, move || begun.workbook().map(|file| (file, name))).await
}

/// 下载工资文件（NDJSON）。Download the payroll file as NDJSON.
///
/// 每行一个 JSON 对象，键是表头，空白的不写；末行是 {"control": …}：人数、笔数、总额和结果的 SHA-256。
/// A JSON object a line with the headings as keys, what is blank is absent; the last is {"control": …}: the number of payees and of
/// lines, their sum and the SHA-256 of the result.
#[utoipa::path(
    operation_id = "getRunPayrollNdjson", tag = "payroll",
    params(("run_id" = String, Path, description = "核算的编号。The run's id."), PayrollParameters),
    responses((status = 200, description = "工资文件。The payroll file.", body = File, content_type = "application/x-ndjson")),
)]
#[get("/v1/runs/{run_id}/payroll.ndjson")]
pub(super) async fn get_run_payroll_ndjson(asked: AskedForFile, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let begun = Begun::of(&asked, "getRunPayrollNdjson", &run_id).await?;
    let name = format!("{}.ndjson", begun.name);
    let parts = begun.parts(|payroll, _, rows, is_last| {
        let mut part = json_lines(payroll, rows);
        if is_last {
            part.extend(control_line(payroll));
        }
        Ok(part)
    });
    Ok(attached(&name, NDJSON.to_owned(), parts))
}
