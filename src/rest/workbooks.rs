//! Workbooks: the template of a plan version and a roster, to be filled in, and a run that recalculates itself.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, VARY};
use actix_web::web::Path;
use actix_web::{HttpResponse, get};
use utoipa::{IntoParams, ToSchema};

use super::accept;
use super::answer::Stop;
use super::asked::{Asked, AskedForFile};
use super::plans::version_of;
use super::problem::{Kind, Problem};
use crate::engine::Supposed;
use crate::plan::Language;
use crate::record::again::again_supposing;
use crate::record::{Refused, plans, rosters, runs};
use crate::sheet::{Origin, Rows, Template, Unwritten, write_workbook};
use crate::store::plans::PlanVersion;
use crate::store::runs::Run;
use crate::store::{self, Store, adjustments, rosters as stored};
use crate::wire::calculation::plan_text;
use crate::wire::data::read_data;

/// 工作簿（xlsx）。A workbook (xlsx).
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "documents a body of bytes")]
pub(super) struct Workbook(Vec<u8>);

/// The roster that a template is filled in with.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct PrefillParameter {
    /// 填入这份数据的各行，例如上一期的数据。The id of a roster whose rows are filled in, such as last period's.
    prefill: Option<String>,
}

/// What a workbook is made of: a plan version, the rows that are filled in, and the name of the file.
struct Wanted {
    token: String,
    version: PlanVersion,
    /// The roster whose rows are filled in, and whether it is of this version.
    rows: Option<(String, bool)>,
    name: String,
}

/// 下载填报模板。Get a roster template.
///
/// 按办法的一个版本生成填报用的工作簿：每层一个工作表，只有办法用到的列，表头有说明，选项有下拉菜单；prefill 填入一份已有数据的各行，那份数据须符合这个版本。
/// A workbook in which the data of a plan version are filled in: a sheet for each level, only the columns that the plan uses,
/// notes on the headings and lists of choices; prefill fills in the rows of a roster, which must fit this version.
#[utoipa::path(
    operation_id = "getRosterTemplate", tag = "rosters",
    params(
        ("plan_id" = String, Path, description = "办法的编号。The plan's id."),
        ("version" = i64, Path, description = "版本号。The number of the version."),
        PrefillParameter,
    ),
    responses((status = 200, description = "工作簿。The workbook.", body = Workbook, content_type = accept::XLSX)),
)]
#[get("/v1/plans/{plan_id}/versions/{version}/roster-template.xlsx")]
pub(super) async fn get_roster_template(
    asked: AskedForFile,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let ((id, number), prefill) = (version_of(&asked, path)?, asked.id_parameter("prefill")?);
    let bad_prefill = asked.bad_parameter("prefill", "roster_id");
    let wanted = asked.reads("getRosterTemplate", move |conn, caller| {
        let version = plans::get_version(conn, &caller.token.bureau_id, &id, number)?;
        let rows = match prefill {
            None => None,
            Some(roster) => {
                let roster = rosters::get(conn, caller, &roster).map_err(|refused| match refused {
                    Refused::NotFound => Stop::Problem(bad_prefill),
                    refused => refused.into(),
                })?;
                let is_of_version = roster.plan_id == version.plan_id && roster.version == version.version;
                Some((roster.id, is_of_version))
            }
        };
        let name = format!("{} v{number}", version.title);
        Ok(Wanted { token: caller.token.id.clone(), version, rows, name })
    });
    written(&asked, wanted.await?).await
}

/// 以工作簿下载数据。Get a roster as a workbook.
///
/// 与填报模板相同的工作簿，填入这份数据的各行；改正后可以再导入。The same workbook as the roster template, filled with the rows of the roster;
/// corrected it can be imported again.
#[utoipa::path(
    operation_id = "getRosterWorkbook", tag = "rosters",
    params(("roster_id" = String, Path, description = "数据的编号。The roster's id.")),
    responses((status = 200, description = "工作簿。The workbook.", body = Workbook, content_type = accept::XLSX)),
)]
#[get("/v1/rosters/{roster_id}/roster.xlsx")]
pub(super) async fn get_roster_workbook(asked: AskedForFile, roster_id: Path<String>) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let id = asked.id(&roster_id)?;
    let wanted = asked.reads("getRosterWorkbook", move |conn, caller| {
        let stored::Roster { id, plan_id, version, title, .. } = rosters::get(conn, caller, &id)?;
        let version = plans::get_version(conn, &caller.token.bureau_id, &plan_id, version)?;
        let rows = Some((id, true));
        let name = title.unwrap_or_else(|| version.title.clone());
        Ok(Wanted { token: caller.token.id.clone(), version, rows, name })
    });
    written(&asked, wanted.await?).await
}

/// 下载复核工作簿。Get the workbook that recalculates a run.
///
/// 一个不靠本服务也能复核的工作簿：每个步骤都是表格公式，从数据重算全部金额，旁边是系统值和差；“结论”表在 Excel、WPS 或 LibreOffice 中重算后给出“一致”“不一致”或“超出表格精度，不能复核”。
/// 没有表格公式的步骤标明“仅列示”和原因。A workbook that verifies a run without this service: every step is a formula that recomputes it
/// from the data, beside the service's value and the difference; recalculated in Excel, WPS or LibreOffice, its first sheet
/// says whether all agrees, or that the figures are beyond a sheet's fifteen digits. A step that has no formula says why. 调整的，重算的是更正后的全部金额。Of an
/// adjustment it recalculates all that is due, not the differences that are paid.
#[utoipa::path(
    operation_id = "getRunWorkbook", tag = "runs",
    params(("run_id" = String, Path, description = "核算的编号，须已有结果。The run's id; it must have a result.")),
    responses((status = 200, description = "工作簿。The workbook.", body = Workbook, content_type = accept::XLSX)),
)]
#[get("/v1/runs/{run_id}/workbook.xlsx")]
pub(super) async fn get_run_workbook(asked: AskedForFile, run_id: Path<String>) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let id = asked.id(&run_id)?;
    let found = asked.reads("getRunWorkbook", move |conn, caller| {
        let run = runs::calculated(conn, caller, &id)?;
        let version = plans::get_version(conn, &caller.token.bureau_id, &run.plan_id, run.version)?;
        let is_adjustment = adjustments::get(conn, &run.id)?.is_some();
        Ok((caller.token.id.clone(), run, version.title, is_adjustment))
    });
    let (token, run, title, is_adjustment): (String, Run, String, bool) = found.await?;
    let (service, language) = (asked.service.clone(), asked.language);
    let eight: String = run.id.chars().take(8).collect();
    let name = format!("{title} 复核 {eight}");
    let bytes = asked.worked(Some(&token), move || {
        let kept = Supposed { shares_kept: true, ..Supposed::default() };
        let made = again_supposing(&service.store, &run, &kept, |outcome, plan_sha256| {
            let (run_id, data_sha256) = (Some(run.id.clone()), run.data_sha256.clone());
            let result_sha256 = run.result_sha256.clone().unwrap_or_default();
            write_workbook(outcome, &Origin { run: run_id, plan_sha256, data_sha256, result_sha256, is_adjustment })
        });
        let made = made.map_err(|error| Stop::from(error).problem(language))?;
        made.ok_or_else(|| Problem::new(Kind::Internal, language))?.map_err(|error| unwritten(error, language))
    });
    Ok(workbook(bytes.await?, "workbook", &name))
}

async fn written(asked: &Asked, wanted: Wanted) -> Result<HttpResponse, Problem> {
    let (language, token, service) = (asked.language, wanted.token.clone(), asked.service.clone());
    let work = move || bytes(&wanted, &service.store, language).map(|bytes| (bytes, wanted.name));
    let (bytes, name) = asked.worked(Some(&token), work).await?;
    Ok(workbook(bytes, "roster", &name))
}

fn bytes(wanted: &Wanted, store: &Store, language: Language) -> Result<Vec<u8>, Problem> {
    let refused = |refused: Refused| Stop::from(refused).problem(language);
    let plan = plan_text(wanted.version.document.as_bytes()).map_err(|refusal| refused(Refused::Plan(refusal)))?;
    let filled = wanted.rows.as_ref();
    if let Some((roster, false)) = filled {
        // What is of another version may not fit this one.
        let rows = store.read(|conn| rosters::all_rows(conn, &plan.plan, roster));
        let rows = rows.map_err(|error: store::Error| Stop::from(error).problem(language))?;
        read_data(&plan.plan, &rows).map_err(|refusal| refused(Refused::Data(refusal)))?;
    }
    let stored = filled.map(|(roster, _)| rosters::StoredRows { store, roster });
    let data = stored.as_ref().map(|stored| -> &dyn Rows { stored });
    let template = Template { plan: &plan.plan, version: Some(wanted.version.version), sha256: &plan.sha256, data };
    template.write().map_err(|error| unwritten(error, language))
}

/// Why a template, a roster, a workbook that checks itself or an annotated file is not written.
pub(super) fn unwritten(error: Unwritten, language: Language) -> Problem {
    match error {
        Unwritten::TooLarge => Problem::new(Kind::WorkbookTooLarge, language),
        Unwritten::Other(error) => Stop::from(Refused::Store(store::Error::Broken(error))).problem(language),
    }
}

/// A workbook of what is on record, to be kept as a file of this name; those who know only plain letters keep the other.
fn workbook(bytes: Vec<u8>, plain: &str, name: &str) -> HttpResponse {
    // RFC 6266: a plain name for those who know no other, and the whole one (RFC 8187).
    let whole: String = name.bytes().map(percent).collect();
    let disposition = format!("attachment; filename=\"{plain}.xlsx\"; filename*=UTF-8''{whole}.xlsx");
    HttpResponse::Ok()
        .content_type(accept::XLSX)
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((VARY, "Accept, Accept-Language, Authorization"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(bytes)
}

/// A byte as RFC 8187 writes it.
fn percent(byte: u8) -> String {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    }
}
