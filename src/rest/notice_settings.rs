//! How a bureau's notices are written: `/v1/notice-settings`.

use actix_web::web::Payload;
use actix_web::{HttpResponse, get, put};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;
use utoipa::ToSchema;

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::caller::{About, Acting};
use super::faults::{self, Fields};
use super::problem::{Kind, Problem};
use crate::plan::{Code, Language};
use crate::record::masked::MASKS;
use crate::record::{Refused, settings};
use crate::store;
use crate::store::settings::Setting;
use crate::wire::canonical;
use crate::wire::json::{self, Json};

/// The most working days that a bureau may want of a notice.
const MOST_DAYS: i64 = 60;

/// 备案的公示设置。The notice settings on record.
#[derive(Serialize, ToSchema)]
pub(super) struct NoticeSettings {
    /// 修改次数，即 ETag。How often they were written: their ETag.
    revision: i64,
    /// 最近一次写入的时间。When they were last written.
    changed_at: String,
    /// 写入人。By whom.
    changed_by: String,
    /// 设置的内容。What they say.
    #[schema(value_type = NoticeSettingsDocument)]
    settings: Box<RawValue>,
}

/// 公示设置：姓名隐去哪些字，监督电话，异议受理单位，至少公示几个工作日。How notices are written: what of names is hidden, who supervises, where
/// objections are raised, and for how many working days at least they are posted.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoticeSettingsDocument {
    /// 姓名的隐去方式：middle（默认，张某某 → 张*某，张某 → 张*）、given（张某某 → 张**）、none（不隐去）。What of names is hidden: middle
    /// (the default), given, none.
    mask: Option<NoticeMask>,
    /// 监督电话。The telephone of who supervises.
    #[schema(min_length = 1, max_length = 100)]
    telephone: String,
    /// 异议受理单位，必要时写明地址。Where objections are raised, with the address where needed.
    #[schema(min_length = 1, max_length = 200)]
    contact: String,
    /// 至少公示几个工作日，1～60，默认 5。For how many working days at least a notice is posted, 1-60; 5 unless told.
    #[schema(minimum = 1, maximum = 60)]
    working_days: Option<i64>,
}

/// 姓名的隐去方式。What of names is hidden.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the words of `MASKS`")]
pub(super) enum NoticeMask {
    None,
    Middle,
    Given,
}

/// What is set as it is told.
pub(super) fn said(setting: &Setting) -> Result<Box<RawValue>, Stop> {
    Ok(RawValue::from_string(setting.document.clone()).map_err(|error| store::Error::Broken(error.to_string()))?)
}

fn answer(setting: Setting) -> Result<Answer, Stop> {
    let settings = said(&setting)?;
    let Setting { revision, changed_at, changed_by, .. } = setting;
    Ok(Answer::ok(&NoticeSettings { revision, changed_at, changed_by, settings })?.revision(revision))
}

/// All faults of what is to be set.
fn judged(json: &Json<'_>, language: Language) -> Result<(), Problem> {
    let mut fields = Fields::of_keys(json, &["telephone", "contact"], &["mask", "working_days"]);
    fields.maybe_text("telephone", 100);
    fields.maybe_text("contact", 200);
    fields.maybe_whole("working_days", (1, MOST_DAYS));
    if let Some(word) = fields.maybe_word("mask")
        && !MASKS.iter().any(|(known, _)| *known == word)
    {
        fields.fault("mask", Code::BadValue, &MASKS.map(|(known, _)| known).join(" | "));
    }
    fields.done(language)
}

/// Writes what a body sets under a name, if it has no faults.
pub(super) fn written(
    acting: &Acting,
    body: &[u8],
    name: &str,
    judged: impl FnOnce(&Json<'_>, Language) -> Result<(), Problem>,
    answer: impl FnOnce(Setting) -> Result<Answer, Stop>,
) -> Result<Answer, Stop> {
    let language = acting.language;
    let json = json::read(body).map_err(|stop| faults::unread(stop.code, &stop.to_string(), language))?;
    judged(&json, language)?;
    acting.act(|act| {
        let put = settings::put(act, name, acting.revisions.as_deref(), canonical::text(&json));
        answer(put.map_err(|refused| match refused {
            Refused::Taken => Stop::from(acting.problem(Kind::NoIfMatch)),
            refused => refused.into(),
        })?)
    })
}

/// 取公示设置。Get the notice settings.
///
/// 取本教育局的公示设置；ETag 用于改写。The bureau's notice settings; their ETag is for writing them over.
#[utoipa::path(
    operation_id = "getNoticeSettings", tag = "notices",
    responses((status = 200, description = "公示设置。The notice settings.", body = NoticeSettings)),
)]
#[get("/v1/notice-settings")]
pub(super) async fn get_notice_settings(asked: Asked) -> Result<HttpResponse, Problem> {
    let found = asked.reads("getNoticeSettings", |conn, caller| {
        answer(settings::get(conn, &caller.token.bureau_id, settings::NOTICE)?)
    });
    Ok(asked.answered(found.await?))
}

/// 写入公示设置。Write the notice settings.
///
/// 没有 If-Match 时新建；改写时 If-Match 须为当前的 ETag。已公示的核算仍用公示时的设置。Makes new ones where there is no If-Match; to
/// write them over, If-Match must be their current ETag. Runs that are posted keep the settings of that time.
#[utoipa::path(
    operation_id = "putNoticeSettings", tag = "notices",
    request_body(content = NoticeSettingsDocument, description = "设置的内容。What they say."),
    responses((status = 200, description = "写入的设置。The settings as they are now.", body = NoticeSettings)),
)]
#[put("/v1/notice-settings")]
pub(super) async fn put_notice_settings(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let put = asked.acts("putNoticeSettings", About::Nothing, payload, true, |acting, body| {
        written(acting, body, settings::NOTICE, judged, answer)
    });
    put.await
}
