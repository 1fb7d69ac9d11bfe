//! Rosters from spreadsheets: `POST /v1/roster-imports`.

use actix_web::web::Payload;
use actix_web::{HttpResponse, post};
use utoipa::openapi::schema::Object;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::{Asked, AskedForFile};
use super::files::File;
use super::parts::Import;
use super::problem::{Kind, Problem};
use super::rosters::{Roster, record};
use super::workbooks::unwritten;
use crate::plan::{Code, Language};
use crate::record::{Refused, rosters};
use crate::sheet::{Imported, NOTES, TROUBLES};
use crate::store;
use crate::wire::json::{self, Json, object};
use crate::wire::schema::open_word;

/// 表格文件。A file of tables.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "documents a part of bytes")]
pub(super) struct TableFile(Vec<u8>);

/// 导入数据的请求（multipart/form-data）。A request to import a roster (multipart/form-data).
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the parts that `Import` reads")]
pub(super) struct RosterImportRequest {
    /// 办法的编号。The plan's id.
    plan_id: String,
    /// 办法的版本号，须已发布。The number of the plan's version, which must be published.
    #[schema(minimum = 1)]
    version: i64,
    /// 标题。A title for people.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// 1～20 个文件：xlsx、xls、et、ods 工作簿，或以层的名称命名的 CSV。1-20 files: workbooks (xlsx, xls, et, ods), or CSV files each named after its level.
    // How many is not said in the schema: of such a list of files the generator for Go makes what does not compile.
    files: Vec<TableFile>,
}

/// 导入的结果。What an import came to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `told` writes")]
pub(super) struct RosterImport {
    /// 是否只是试导入：没有保存任何内容。Whether it was a dry run, of which nothing is kept.
    dry_run: bool,
    /// 文件没有错误。Whether there is no fault in the files.
    accepted: bool,
    /// 备案的数据；试导入时不写。The roster that was made; absent for a dry run.
    roster: Option<Roster>,
    /// 读取了的工作表。The sheets that were read.
    sheets: Vec<ImportedSheet>,
    /// 错误；一列中同样的错误合为一条，最多列出 1,000 条。The faults; those that say the same of one column are one. At most 1,000.
    errors: Vec<ImportFinding>,
    /// 错误的总数。How many faults there are in all.
    #[schema(minimum = 0)]
    error_count: i64,
    /// 提示：怎样理解了文件，最多列出 1,000 条。Notes: how the files were understood. At most 1,000.
    notes: Vec<ImportFinding>,
}

/// 读取了的工作表。A sheet that was read.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `Imported::report` writes")]
pub(super) struct ImportedSheet {
    /// 文件名。The file.
    file: String,
    /// 工作表的名称。The sheet.
    sheet: String,
    /// 层的名称。The level whose rows it has.
    level: String,
    /// 读取的行数。How many rows were read.
    #[schema(minimum = 0)]
    rows: i64,
}

/// 导入时的一条错误或提示。A fault or a note of an import.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `Imported::report` writes")]
pub(super) struct ImportFinding {
    /// 代码。Its code.
    #[schema(schema_with = finding_code)]
    code: String,
    /// 文件名；不属于任何文件时不写。The file; absent where it is about none.
    file: Option<String>,
    /// 工作表的名称；涉及整个文件时不写。The sheet; absent where it is about the whole file.
    sheet: Option<String>,
    /// 单元格，例如 C17；有几行时是第一个。The cell, such as C17; the first where there are several rows.
    cell: Option<String>,
    /// 同样的各行，例如 5-31, 40；只有一行时不写。The rows of which the same is said, such as 5-31, 40; absent where there is one.
    rows: Option<String>,
    /// 同样的有几处；只有一处时不写。How often the same is said; absent where it is once.
    #[schema(minimum = 2)]
    count: Option<i64>,
    /// 说明：错在何处，如何改正。What is wrong and what to do.
    message: String,
    /// 可能想写的值。What was probably meant.
    suggestion: Option<String>,
}

fn finding_code() -> Object {
    let codes = Code::ALL.map(|code| (code.word(), code.meaning(Language::Chinese)));
    let troubles = TROUBLES.map(|(word, [meaning, _], _)| (word, meaning));
    open_word("代码。The code.", codes.into_iter().chain(troubles).chain(NOTES))
}

/// Whether an import is only tried.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handler reads")]
struct DryRunParameter {
    /// 为 true 时只检查，不保存任何内容，有错误也回答 200。true: the files are only checked, nothing is kept, and the answer is 200 also where there are faults.
    dry_run: Option<bool>,
}

/// 导入数据。Import a roster.
///
/// 按已发布的办法版本读取表格文件并备案；有误时一次报告全部错误及其单元格，不保存任何内容。会计的数据只能属于本人的学校。
/// Reads spreadsheets by a published version of a plan and puts the data on record; all faults are reported at once with their
/// cells, and then nothing is kept. An accountant's data belong to the own schools only.
#[utoipa::path(
    operation_id = "importRoster", tag = "rosters", params(DryRunParameter),
    request_body(content = RosterImportRequest, content_type = "multipart/form-data",
        description = "办法的版本和文件。The plan's version and the files."),
    responses((status = 200, description = "导入的结果。What the import came to.", body = RosterImport)),
)]
#[post("/v1/roster-imports")]
pub(super) async fn import_roster(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let dry_run = asked.flag("dry_run")?;
    let answer = asked.acts_on_parts("importRoster", payload, move |acting, parts| {
        let language = acting.language;
        let Import { plan_id, version, title, files } = Import::of(parts, language)?;
        let bureau = &acting.caller.token.bureau_id;
        let (imported, prepared) =
            rosters::prepare_import(&acting.service.store, bureau, (&plan_id, version), title, &files)?;
        match prepared {
            Some(prepared) if dry_run => {
                prepared.is_allowed(&acting.caller)?;
                told(&imported, dry_run, None, language)
            }
            Some(prepared) => acting.act(|act| {
                let roster = record(rosters::add(act, &acting.caller, prepared)?);
                told(&imported, dry_run, Some(&roster), language)
            }),
            None if dry_run => told(&imported, dry_run, None, language),
            None => {
                let errors = imported.listed(language);
                Err(Problem::new(Kind::ImportRefused, language).with_errors(errors, imported.trouble_count()).into())
            }
        }
    });
    answer.await
}

/// 标注错误。Annotate the files of an import.
///
/// 把同样的文件作为一个工作簿退回：各行照旧，有错的单元格标红并加批注，每行右端是“错误说明”，第一个工作表列出全部错误；不保存任何内容。改正后可以直接导入，错误说明会被忽略。最多 10,000 处批注、100 个工作表，公式只留其值。
/// Gives the same files back as one workbook: the same rows, faulty cells red and with a note, what is wrong at the end of each row (错误说明)
/// and all of it on the first sheet; nothing is kept. Mended it is imported as it is, what we have told in it is ignored. At most 10,000 notes
/// and 100 sheets; of formulas only the values.
#[utoipa::path(
    operation_id = "annotateRosterImport", tag = "rosters",
    request_body(content = RosterImportRequest, content_type = "multipart/form-data",
        description = "办法的版本和文件。The plan's version and the files."),
    responses((
        status = 200, description = "标注了错误的工作簿。The annotated workbook.", body = File,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )),
)]
#[post("/v1/roster-imports/annotated.xlsx")]
pub(super) async fn annotate_roster_import(asked: AskedForFile, payload: Payload) -> Result<HttpResponse, Problem> {
    let AskedForFile(asked) = asked;
    let caller = asked.reads("annotateRosterImport", |_, caller| Ok(caller.clone())).await?;
    let (parts, service, language) = (asked.parts(payload).await?, asked.service.clone(), asked.language);
    let token = caller.token.id.clone();
    let annotated = asked.made_workbook(&token, move || {
        let Import { plan_id, version, files, .. } = Import::of(&parts, language)?;
        let (bureau, name) = (&caller.token.bureau_id, files.first().map_or("", |file| file.name));
        let name = format!("{}-annotated.xlsx", name.rsplit_once('.').map_or(name, |(stem, _)| stem));
        let annotated = rosters::annotated_import(&service.store, bureau, (&plan_id, version), &files, language);
        let annotated = annotated.map_err(|refused| Stop::from(refused).problem(language))?;
        annotated.map(|file| (file, name)).map_err(|error| unwritten(error, language))
    });
    annotated.await
}

fn told(imported: &Imported, dry_run: bool, roster: Option<&Roster>, language: Language) -> Result<Answer, Stop> {
    let broken = |error: String| Refused::Store(store::Error::Broken(error));
    let roster = roster.map(serde_json::to_vec).transpose().map_err(|error| broken(error.to_string()))?;
    let roster = roster.as_deref().map(json::read).transpose().map_err(|stop| broken(stop.to_string()))?;
    let mut entries = vec![("dry_run", Json::Flag(dry_run)), ("accepted", Json::Flag(imported.trouble_count() == 0))];
    entries.extend(roster.map(|roster| ("roster", roster)));
    entries.extend(imported.report(language));
    Ok(Answer::json(&object(entries)))
}
