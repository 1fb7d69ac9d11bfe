//! How a bureau's payroll files are written: `/v1/payroll-profiles`.

use std::collections::BTreeSet;

use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, delete, get, put};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;
use utoipa::ToSchema;

use super::answer::{Answer, Stop};
use super::asked::{Asked, bad_parameter};
use super::caller::About;
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::{Kind, Problem};
use crate::plan::{Code, Language};
use crate::record::{Refused, payroll_profiles};
use crate::sheet::payroll::{Column, Content, ENCODINGS, Encoding, LAYOUTS, Layout, Profile};
use crate::store;
use crate::store::payroll_profiles as stored;
use crate::wire::canonical;
use crate::wire::json::{self, Json};

/// The form of a name.
const NAME: &str = "^[a-z0-9][a-z0-9_-]{0,63}$";
/// The most columns of a file.
const MOST_COLUMNS: usize = 100;
/// The most items that a file is limited to.
const MOST_ITEMS: usize = 500;

/// 备案的列方案。A payroll profile on record.
#[derive(Serialize, ToSchema)]
pub(super) struct PayrollProfile {
    /// 名称，在本教育局内唯一。Its name, unique in the bureau.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    name: String,
    /// 修改次数，即 ETag。How often it was written: its ETag.
    revision: i64,
    /// 最近一次写入的时间。When it was last written.
    changed_at: String,
    /// 写入人。By whom.
    changed_by: String,
    /// 方案的内容。What it says.
    #[schema(value_type = PayrollProfileDocument)]
    profile: Box<RawValue>,
}

/// 一页列方案。A page of payroll profiles.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct PayrollProfilePage {
    /// 各方案，按名称排列。The profiles by name.
    items: Vec<PayrollProfile>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 工资文件的列方案：有哪些列、哪些项目，CSV 用哪种编码。How a payroll file is written: its columns, its items, the encoding of its CSV.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PayrollProfileDocument {
    /// 标题。Its title.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// CSV 的编码，默认 utf-8（带 BOM）。The encoding of its CSV; utf-8 (with a byte order mark) unless told.
    encoding: Option<PayrollEncoding>,
    /// 一行是一笔（lines，默认）还是一人（people）。Whether a row is a line (the default) or a payee.
    layout: Option<PayrollLayout>,
    /// 只含这些项目，即一个发放渠道；不写则含所有项目。Only these items, those of one payment channel; all where it is absent.
    #[schema(min_items = 1, max_items = 500)]
    items: Option<Vec<String>>,
    /// 各列，从左到右。The columns from left to right.
    #[schema(min_items = 1, max_items = 100)]
    columns: Vec<PayrollColumn>,
}

/// 一列。A column.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PayrollColumn {
    /// 表头，各列不同；在 NDJSON 中是键。The heading, another for each column; in NDJSON the key.
    #[schema(min_length = 1, max_length = 100)]
    heading: String,
    /// 内容：id、name、school_id、school_name、total；按笔时还有 item、category、payroll_code、amount；按人时还有 item: 加项目名称。
    /// What stands there: id, name, school_id, school_name, total; item, category, payroll_code, amount in a file of lines; item: and the
    /// text of an item in one of payees.
    #[schema(
        pattern = "^(id|name|school_id|school_name|total|item|category|payroll_code|amount|item:.+)$",
        example = "amount"
    )]
    content: String,
}

/// CSV 的编码。The encoding of a CSV.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the words of `ENCODINGS`")]
pub(super) enum PayrollEncoding {
    #[serde(rename = "utf-8")]
    Utf8,
    Gb18030,
}

/// 一行是什么。What a row is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the words of `LAYOUTS`")]
pub(super) enum PayrollLayout {
    Lines,
    People,
}

fn record(profile: stored::PayrollProfile) -> Result<PayrollProfile, Stop> {
    let stored::PayrollProfile { name, document, revision, changed_at, changed_by, .. } = profile;
    let profile = RawValue::from_string(document).map_err(|error| store::Error::Broken(error.to_string()))?;
    Ok(PayrollProfile { name, revision, changed_at, changed_by, profile })
}

fn answer(profile: stored::PayrollProfile) -> Result<Answer, Stop> {
    let revision = profile.revision;
    Ok(Answer::ok(&record(profile)?)?.revision(revision))
}

/// Whether a text can be the name of a profile.
fn is_name(name: &str) -> bool {
    let good = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(good) && !name.starts_with(['_', '-'])
}

/// The name of a profile that is there; what cannot be one is nobody's.
fn named(asked: &Asked, name: &str) -> Result<String, Problem> {
    if is_name(name) { Ok(name.to_owned()) } else { Err(asked.problem(Kind::NotFound)) }
}

/// What a document says, with all its faults at once.
fn read(json: &Json<'_>, language: Language) -> Result<Profile, Problem> {
    let mut fields = Fields::of_keys(json, &["columns"], &["title", "encoding", "layout", "items"]);
    fields.maybe_text("title", 200);
    let encoding = one_of(&mut fields, "encoding", &ENCODINGS).unwrap_or(Encoding::Utf8);
    let layout = one_of(&mut fields, "layout", &LAYOUTS).unwrap_or(Layout::Lines);
    let items = fields.words("items", MOST_ITEMS);
    if json.get("items").and_then(Json::items).is_some_and(<[Json<'_>]>::is_empty) {
        fields.fault("items", Code::BadValue, &format!("[1–{MOST_ITEMS}]"));
    }
    let mut headings = BTreeSet::new();
    let columns = fields.objects("columns", (1, MOST_COLUMNS), (&["heading", "content"], &[]), |column| {
        let heading = column.maybe_text("heading", 100);
        let word = column.maybe_word("content");
        let content = word.as_deref().and_then(|word| Content::parse(word, layout));
        if word.is_some() && content.is_none() {
            column.fault("content", Code::BadValue, &Content::words(layout));
        }
        if heading.as_ref().is_some_and(|heading| !headings.insert(heading.clone())) {
            column.fault("heading", Code::DuplicateName, "");
        }
        Some(Column { heading: heading?, content: content? })
    });
    fields.done(language)?;
    let items = Some(items).filter(|items| !items.is_empty());
    Ok(Profile { encoding, layout, items, columns: columns.into_iter().flatten().collect() })
}

fn one_of<T: Copy>(fields: &mut Fields<'_, '_>, key: &str, known: &[(&str, T)]) -> Option<T> {
    let word = fields.maybe_word(key)?;
    let found = known.iter().find(|(known, _)| *known == word).map(|(_, meant)| *meant);
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        fields.fault(key, Code::BadValue, &words.join(" | "));
    }
    found
}

/// What a profile on record says.
pub(super) fn said(document: &str, language: Language) -> Result<Profile, Stop> {
    let json = json::read(document.as_bytes()).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    Ok(read(&json, language)?)
}

/// 列出列方案。List the payroll profiles.
///
/// 列出本教育局的列方案，按名称排列。Lists the bureau's payroll profiles by name.
#[utoipa::path(
    operation_id = "listPayrollProfiles", tag = "payroll", params(PageParameters),
    responses((status = 200, description = "一页列方案。A page of payroll profiles.", body = PayrollProfilePage)),
)]
#[get("/v1/payroll-profiles")]
pub(super) async fn list_payroll_profiles(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, service) = (Paging::of(&asked)?, asked.service.clone());
    let answer = asked.reads("listPayrollProfiles", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let list = ["payroll_profiles", bureau];
        let after = paging.place(&service, &list, 1)?.and_then(|place| place.into_iter().next()).unwrap_or_default();
        let mut profiles = stored::list(conn, bureau, &after, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut profiles).then(|| next(&service, &list, &[&profiles.last()?.name])).flatten();
        let items = profiles.into_iter().map(record).collect::<Result<Vec<PayrollProfile>, Stop>>()?;
        Answer::ok(&PayrollProfilePage { items, next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 取列方案。Get a payroll profile.
///
/// 取一个列方案；ETag 用于改写。A payroll profile; its ETag is for writing it over.
#[utoipa::path(
    operation_id = "getPayrollProfile", tag = "payroll",
    params(("name" = String, Path, description = "方案的名称。The name of the profile.")),
    responses((status = 200, description = "列方案。The payroll profile.", body = PayrollProfile)),
)]
#[get("/v1/payroll-profiles/{name}")]
pub(super) async fn get_payroll_profile(asked: Asked, name: Path<String>) -> Result<HttpResponse, Problem> {
    let name = named(&asked, &name)?;
    let found = asked.reads("getPayrollProfile", move |conn, caller| {
        answer(payroll_profiles::get(conn, &caller.token.bureau_id, &name)?)
    });
    Ok(asked.answered(found.await?))
}

/// 写入列方案。Write a payroll profile.
///
/// 没有 If-Match 时新建；改写时 If-Match 须为方案当前的 ETag。名称由小写字母、数字、- 和 _ 组成，1～64 个字符，以字母或数字开头。
/// Makes a new one where there is no If-Match; to write one over, If-Match must be its current ETag. A name is 1-64 small letters,
/// digits, - and _, and begins with a letter or digit.
#[utoipa::path(
    operation_id = "putPayrollProfile", tag = "payroll",
    params(("name" = String, Path, description = "方案的名称。The name of the profile.")),
    request_body(content = PayrollProfileDocument, description = "方案的内容。What it says."),
    responses((status = 200, description = "写入的列方案。The payroll profile as it is now.", body = PayrollProfile)),
)]
#[put("/v1/payroll-profiles/{name}")]
pub(super) async fn put_payroll_profile(
    asked: Asked,
    name: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    if !is_name(&name) {
        return Err(bad_parameter("name", NAME, asked.language));
    }
    let written = asked.acts("putPayrollProfile", About::Nothing, payload, true, move |acting, body| {
        let language = acting.language;
        let json = json::read(body).map_err(|stop| faults::unread(stop.code, &stop.to_string(), language))?;
        read(&json, language)?;
        let document = canonical::text(&json);
        acting.act(|act| {
            let put = payroll_profiles::put(act, &name, acting.revisions.as_deref(), document);
            answer(put.map_err(|refused| match refused {
                Refused::Taken => Stop::from(acting.problem(Kind::NoIfMatch)),
                refused => refused.into(),
            })?)
        })
    });
    written.await
}

/// 删除列方案。Delete a payroll profile.
///
/// 删除一个列方案；已下载的文件不受影响。Deletes a payroll profile; files that were downloaded stay as they are.
#[utoipa::path(
    operation_id = "deletePayrollProfile", tag = "payroll",
    params(("name" = String, Path, description = "方案的名称。The name of the profile.")),
    responses((status = 200, description = "删除的列方案。The payroll profile as it was.", body = PayrollProfile)),
)]
#[delete("/v1/payroll-profiles/{name}")]
pub(super) async fn delete_payroll_profile(
    asked: Asked,
    name: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let name = named(&asked, &name)?;
    let about = About::PayrollProfile(name.clone());
    let deleted = asked.acts("deletePayrollProfile", about, payload, false, move |acting, _| {
        acting.act(|act| answer(payroll_profiles::delete(act, &name, acting.revisions.as_deref())?))
    });
    deleted.await
}
