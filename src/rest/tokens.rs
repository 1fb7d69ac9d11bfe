//! Who may act: `/v1/whoami`, `/v1/tokens`; and what they did: `/v1/audit-entries`.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, delete, get, post};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::answer::Answer;
use super::asked::Asked;
use super::caller::About;
use super::faults::{self, Fields};
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use crate::plan::Code;
use crate::record::people::{self, GOOD_FOR, MOST_SCHOOLS, NewToken, ROLES, Role};
use crate::store::audit::{self, Entry};
use crate::store::people as stored;
use crate::wire::schema::{RowId, Sha256, open_word};

/// 令牌的持有人。Who has a token.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct Whoami {
    /// 教育局的编号。The bureau's id.
    bureau_id: String,
    /// 教育局的名称。The bureau's name.
    bureau_name: String,
    /// 持有人。Who.
    subject: String,
    /// 角色。The role.
    #[schema(schema_with = role)]
    role: String,
    /// 会计的学校的编号。The ids of an accountant's schools.
    schools: Option<Vec<RowId>>,
    /// 令牌的编号。The token's id.
    token_id: String,
    /// 有效期至。Until when the token is good.
    expires_at: String,
}

/// 一个令牌，不含令牌本身；新建时才写出 token。A token without its secret, which is there only in the answer that makes it.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct Token {
    /// 编号。Its id.
    id: String,
    /// 持有人。Who acts with it.
    subject: String,
    /// 角色。Its role.
    #[schema(schema_with = role)]
    role: String,
    /// 会计的学校的编号。The ids of an accountant's schools.
    schools: Option<Vec<RowId>>,
    /// 开头的几个字符，用于辨认。Its first characters, by which it is recognized.
    prefix: String,
    /// 创建时间。When it was made.
    created_at: String,
    /// 创建人。By whom.
    created_by: String,
    /// 有效期至。Until when it is good.
    expires_at: String,
    /// 吊销时间。When it was revoked.
    revoked_at: Option<String>,
    /// 令牌本身，只在新建时写出这一次，重试时也不再写出。The token itself: shown this once, when it is made, and not when the
    /// request is sent again.
    token: Option<String>,
}

/// 一页令牌。A page of tokens.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct TokenPage {
    /// 各令牌，新的在前。The tokens, the newest first.
    items: Vec<Token>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 新建令牌的请求。A request to make a token.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequest {
    /// 持有人；同一人的各令牌须写成相同的文字，批准时以此认人。Who acts with it; all tokens of one person say the same, for
    /// approval tells people apart by it.
    #[schema(min_length = 1, max_length = 100)]
    subject: String,
    /// 角色。Its role.
    #[schema(schema_with = role_wanted)]
    role: String,
    /// 会计的学校的编号；其他角色不写。The ids of an accountant's schools; absent for other roles.
    schools: Option<Vec<RowId>>,
    /// 有效几天，默认 365。For how many days it is good; 365 unless told.
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<i32>,
}

/// 一条审计记录。An entry of the audit trail.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEntry {
    /// 序号，从 1 起。Its number in the bureau's trail, from 1.
    place: i64,
    /// 时间。When.
    at: String,
    /// 操作人。Who.
    subject: String,
    /// 所用令牌的编号；在服务器上进行的操作不写。With which token; absent where it was done on the machine.
    token_id: Option<String>,
    /// 操作，写成 对象.动作。What was done, as object.act.
    action: String,
    /// 对象的种类。To what kind of thing.
    object: String,
    /// 对象的编号。To which.
    object_id: String,
    /// 补充说明，例如令牌的权限、撤回的原因。What else there is to say, such as what a token grants, or why a run was withdrawn.
    detail: Option<String>,
    /// 操作前的 SHA-256。SHA-256 of it before.
    #[schema(value_type = Option<Sha256>)]
    from_sha256: Option<String>,
    /// 操作后的 SHA-256。SHA-256 of it after.
    #[schema(value_type = Option<Sha256>)]
    to_sha256: Option<String>,
    /// 请求的编号。The id of the request.
    request_id: Option<String>,
    /// 上一条记录的 SHA-256。SHA-256 of the entry before.
    #[schema(value_type = Sha256)]
    previous_sha256: String,
    /// 本条记录的 SHA-256：除它之外的各项，加上 bureau_id，写成规范化 JSON（RFC 8785）。SHA-256 of this entry: of the canonical
    /// JSON (RFC 8785) of all its other properties and bureau_id.
    #[schema(value_type = Sha256)]
    entry_sha256: String,
}

/// 一页审计记录。A page of audit entries.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEntryPage {
    /// 各条记录，旧的在前。The entries, the oldest first.
    items: Vec<AuditEntry>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

fn role() -> Object {
    open_word("角色。A role.", ROLES.map(|(_, word, label)| (word, label)))
}

/// What clients write is closed.
fn role_wanted() -> Object {
    let words = ROLES.map(|(_, word, _)| word);
    ObjectBuilder::new().schema_type(Type::String).description(Some("角色。Its role.")).enum_values(Some(words)).build()
}

fn schools(token: &stored::Token) -> Option<Vec<RowId>> {
    (token.role == Role::Accountant.word()).then(|| people::schools(token).into_iter().map(RowId).collect())
}

fn record(token: stored::Token, secret: Option<String>) -> Token {
    Token {
        schools: schools(&token),
        id: token.id,
        subject: token.subject,
        role: token.role,
        prefix: token.prefix,
        created_at: token.created_at,
        created_by: token.created_by,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at,
        token: secret,
    }
}

fn entry(entry: Entry) -> AuditEntry {
    AuditEntry {
        place: entry.place,
        at: entry.at,
        subject: entry.subject,
        token_id: entry.token_id,
        action: entry.action,
        object: entry.object,
        object_id: entry.object_id,
        detail: entry.detail,
        from_sha256: entry.from_sha256,
        to_sha256: entry.to_sha256,
        request_id: entry.request_id,
        previous_sha256: entry.previous,
        entry_sha256: entry.sha256,
    }
}

/// 我是谁。Who am I.
///
/// 令牌属于谁，是什么角色。Whose token it is, and what role it has.
#[utoipa::path(
    operation_id = "getWhoami", tag = "access",
    responses((status = 200, description = "令牌的持有人。Who has the token.", body = Whoami)),
)]
#[get("/v1/whoami")]
pub(super) async fn get_whoami(asked: Asked) -> Result<HttpResponse, Problem> {
    let answer = asked.reads("getWhoami", |conn, caller| {
        let token = &caller.token;
        let bureau_name = stored::bureau_name(conn, &token.bureau_id)?;
        Answer::ok(&Whoami {
            bureau_id: token.bureau_id.clone(),
            bureau_name,
            subject: token.subject.clone(),
            role: token.role.clone(),
            schools: schools(token),
            token_id: token.id.clone(),
            expires_at: token.expires_at.clone(),
        })
    });
    Ok(asked.answered(answer.await?))
}

/// 列出令牌。List the tokens.
///
/// 列出本教育局的令牌，新的在前，不含令牌本身。Lists the bureau's tokens without their secrets, the newest first.
#[utoipa::path(
    operation_id = "listTokens", tag = "access", params(PageParameters),
    responses((status = 200, description = "一页令牌。A page of tokens.", body = TokenPage)),
)]
#[get("/v1/tokens")]
pub(super) async fn list_tokens(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, service) = (Paging::of(&asked)?, asked.service.clone());
    let answer = asked.reads("listTokens", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let list = ["tokens", bureau];
        let place = paging.place(&service, &list, 1)?;
        let before = place.as_ref().and_then(|place| place.first()).map(String::as_str);
        let mut tokens = stored::tokens(conn, bureau, before, paging.limit + 1)?;
        let next_cursor = paging.cut(&mut tokens).then(|| next(&service, &list, &[&tokens.last()?.id])).flatten();
        Answer::ok(&TokenPage { items: tokens.into_iter().map(|token| record(token, None)).collect(), next_cursor })
    });
    Ok(asked.answered(answer.await?))
}

/// 新建令牌。Make a token.
///
/// 新建一个令牌；令牌本身只在这次回答中写出，库中只存它的 SHA-256。Makes a token, which is shown in this answer only; the store
/// keeps its SHA-256.
#[utoipa::path(
    operation_id = "createToken", tag = "access",
    request_body(content = TokenRequest, description = "持有人和角色。Who, and which role."),
    responses((status = 201, description = "新建的令牌。The token.", body = Token)),
)]
#[post("/v1/tokens")]
pub(super) async fn create_token(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let created = asked.acts("createToken", About::Nothing, payload, true, |acting, body| {
        let json = faults::read_body(body, &["subject", "role"], &["schools", "days"], acting.language)?;
        let mut fields = Fields::of(&json);
        let (subject, word) = (fields.text("subject", 100), fields.text("role", 20));
        let (schools, days) = (fields.maybe_texts("schools", 64), fields.maybe_whole("days", (1, 3_650)));
        let schools = schools.map(|schools| schools.into_iter().collect::<BTreeSet<String>>());
        if schools.as_ref().is_some_and(|schools| schools.len() > MOST_SCHOOLS) {
            fields.fault("schools", Code::TooLarge, &format!("≤ {MOST_SCHOOLS}"));
        }
        let role = Role::parse(&word);
        if role.is_none() && !word.is_empty() {
            fields.fault("role", Code::BadValue, &ROLES.map(|(_, word, _)| word).join(", "));
        }
        if role.is_some_and(|role| (role == Role::Accountant) != schools.as_ref().is_some_and(|all| !all.is_empty())) {
            fields.fault("schools", Code::BadValue, "accountant");
        }
        fields.done(acting.language)?;
        let day = Duration::from_secs(24 * 60 * 60);
        let good_for = days.and_then(|days| u32::try_from(days).ok()).map_or(GOOD_FOR, |days| day.saturating_mul(days));
        let Some(role) = role else { return Err(acting.problem(super::problem::Kind::Internal).into()) };
        let schools = schools.unwrap_or_default().into_iter().collect();
        let new = NewToken { subject, role, schools, good_for };
        acting.act_and_show(|act| {
            let (token, secret) = people::make_token(act, &new)?;
            let kept = Answer { status: StatusCode::CREATED, ..Answer::ok(&record(token.clone(), None))? };
            let shown = Answer::ok(&record(token, Some(secret)))?.body;
            Ok((kept, Some(shown)))
        })
    });
    created.await
}

/// 吊销令牌。Revoke a token.
///
/// 吊销一个令牌，立即生效。Revokes a token at once.
#[utoipa::path(
    operation_id = "revokeToken", tag = "access",
    params(("token_id" = String, Path, description = "令牌的编号。The token's id.")),
    responses((status = 200, description = "吊销后的令牌。The token as it is now.", body = Token)),
)]
#[delete("/v1/tokens/{token_id}")]
pub(super) async fn revoke_token(
    asked: Asked,
    token_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = asked.id(&token_id)?;
    let revoked = asked.acts("revokeToken", About::Token(id.clone()), payload, false, move |acting, _| {
        acting.act(|act| Answer::ok(&record(people::revoke(act, &id)?, None)))
    });
    revoked.await
}

/// 列出审计记录。List the audit entries.
///
/// 列出本教育局的审计记录，旧的在前；每条都含有上一条的 SHA-256。Lists the bureau's audit entries, the oldest first; each holds
/// the SHA-256 of the one before.
#[utoipa::path(
    operation_id = "listAuditEntries", tag = "access", params(PageParameters),
    responses((status = 200, description = "一页审计记录。A page of audit entries.", body = AuditEntryPage)),
)]
#[get("/v1/audit-entries")]
pub(super) async fn list_audit_entries(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, service) = (Paging::of(&asked)?, asked.service.clone());
    let answer = asked.reads("listAuditEntries", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let list = ["audit", bureau];
        let place = paging.place(&service, &list, 1)?;
        let after = place.and_then(|place| place.first()?.parse().ok()).unwrap_or_default();
        let mut entries = audit::list(conn, bureau, after, paging.limit + 1)?;
        let more = paging.cut(&mut entries);
        let last = entries.last().filter(|_| more).map(|last| last.place.to_string());
        let next_cursor = last.and_then(|last| next(&service, &list, &[&last]));
        Answer::ok(&AuditEntryPage { items: entries.into_iter().map(entry).collect(), next_cursor })
    });
    Ok(asked.answered(answer.await?))
}
