//! Everything that can go wrong over HTTP: one table, and the problem document (RFC 9457) that says it.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_LANGUAGE, VARY};
use actix_web::{HttpResponse, ResponseError};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::asked::tag;
use crate::exact::defect;
use crate::plan::Language;
use crate::wire::canonical;
use crate::wire::json::Json;
use crate::wire::json::{number, object, text};
use crate::wire::schema::{FaultReport, open_word};

/// The media type of problem documents.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    BadRequestBody,
    BadParameter,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    BodyTooLarge,
    UnsupportedMediaType,
    PlanRefused,
    DataRefused,
    CalculationRefused,
    Internal,
    TimedOut,
}

/// The words of one kind of problem.
pub(super) struct Row {
    kind: Kind,
    status: StatusCode,
    /// Its stable code.
    code: &'static str,
    /// Its title and its detail in Chinese.
    zh: (&'static str, &'static str),
    /// Its title and its detail in English.
    en: (&'static str, &'static str),
}

const fn row(
    kind: Kind,
    status: StatusCode,
    code: &'static str,
    zh: (&'static str, &'static str),
    en: (&'static str, &'static str),
) -> Row {
    Row { kind, status, code, zh, en }
}

/// All kinds of problems.
#[rustfmt::skip]
static TABLE: [Row; 12] = [
    row(Kind::BadRequestBody, StatusCode::BAD_REQUEST, "bad_request_body",
        ("请求正文有误", "请求正文不是所要求的 JSON，见 errors"),
        ("Malformed request body", "The body is not the JSON that is wanted; see errors")),
    row(Kind::BadParameter, StatusCode::BAD_REQUEST, "bad_parameter",
        ("参数有误", "exact 只能是 true 或 false"),
        ("Bad parameter", "exact is either true or false")),
    row(Kind::NotFound, StatusCode::NOT_FOUND, "not_found",
        ("没有找到", "没有这个路径，或者没有这个编号的资源"),
        ("Not found", "There is no such path, or nothing with this id")),
    row(Kind::MethodNotAllowed, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed",
        ("方法不允许", "这个路径只接受 Allow 所列的方法"),
        ("Method not allowed", "The path takes only the methods of Allow")),
    row(Kind::NotAcceptable, StatusCode::NOT_ACCEPTABLE, "not_acceptable",
        ("无法按所要求的格式回答", "回答是 application/json，请在 Accept 中接受它"),
        ("Not acceptable", "Answers are application/json; accept it")),
    row(Kind::BodyTooLarge, StatusCode::PAYLOAD_TOO_LARGE, "body_too_large",
        ("请求正文过大", "请求正文超过了本服务的上限，请分批计算，或请管理员提高上限"),
        ("Request body too large", "The body passes the limit of this service; split it, or have the limit raised")),
    row(Kind::UnsupportedMediaType, StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        ("不支持的格式", "请求正文须为 UTF-8 编码、未压缩的 application/json，并在 Content-Type 中写明"),
        ("Unsupported media type", "The body must be application/json in UTF-8, not compressed, and Content-Type must say so")),
    row(Kind::PlanRefused, StatusCode::UNPROCESSABLE_ENTITY, "plan_refused",
        ("办法有误", "办法没有通过检查，全部错误见 errors"),
        ("The plan is refused", "The plan does not pass its checks; errors has all faults")),
    row(Kind::DataRefused, StatusCode::UNPROCESSABLE_ENTITY, "data_refused",
        ("数据有误", "数据与办法不符，全部错误见 errors"),
        ("The data are refused", "The data do not fit the plan; errors has all faults")),
    row(Kind::CalculationRefused, StatusCode::UNPROCESSABLE_ENTITY, "calculation_refused",
        ("无法计算", "按此办法和数据算不出结果，见 errors；没有部分结果"),
        ("The calculation is refused", "This plan gives no result on these data; see errors. There is no partial result")),
    row(Kind::Internal, StatusCode::INTERNAL_SERVER_ERROR, "internal",
        ("程序内部错误", "这是本程序的缺陷，请把响应头中的 X-Request-Id 报告给维护者"),
        ("Internal error", "This is a defect of the program; report X-Request-Id of the answer")),
    row(Kind::TimedOut, StatusCode::SERVICE_UNAVAILABLE, "timed_out",
        ("超过时限", "请求未能在本服务的时限内完成，请稍后再试，或把数据分批"),
        ("Timed out", "The request was not done within the time limit of this service; try later or split the data")),
];

impl Kind {
    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.kind == self).unwrap_or_else(|| defect("a kind of problem without its words"))
    }
}

/// A problem, in the caller's language.
#[derive(Debug)]
pub(super) struct Problem {
    kind: Kind,
    language: Language,
    /// `errors` with how many there are in all.
    errors: Option<(Vec<Json<'static>>, usize)>,
    /// The methods that the path takes.
    allow: Option<String>,
}

impl Problem {
    /// A problem of a kind.
    pub(super) fn new(kind: Kind, language: Language) -> Problem {
        Problem { kind, language, errors: None, allow: None }
    }

    /// The same with its errors.
    pub(super) fn with_errors(self, errors: Vec<Json<'static>>, total: usize) -> Problem {
        Problem { errors: Some((errors, total)), ..self }
    }

    /// The same with the methods that the path takes.
    pub(super) fn with_allow(self, allow: String) -> Problem {
        Problem { allow: Some(allow), ..self }
    }

    fn document(&self) -> String {
        let row = self.kind.row();
        let (title, detail) = match self.language {
            Language::Chinese => row.zh,
            Language::English => row.en,
        };
        let stop = if self.language == Language::Chinese { "。" } else { "." };
        let mut entries = vec![
            ("type", text(&format!("/problems/{}", row.code))),
            ("title", text(title)),
            ("status", number(row.status.as_u16().into())),
            ("detail", text(&format!("{detail}{stop}"))),
            ("code", text(row.code)),
        ];
        if let Some((errors, total)) = &self.errors {
            entries.push(("errors", Json::List(errors.clone())));
            entries.push(("total", number(*total)));
        }
        canonical::text(&object(entries))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind.row().code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.row().status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.content_type(PROBLEM_JSON);
        answer.insert_header((CONTENT_LANGUAGE, tag(self.language)));
        answer.insert_header((VARY, "Accept, Accept-Language"));
        if let Some(allow) = &self.allow {
            answer.insert_header((ALLOW, allow.as_str()));
        }
        answer.body(self.document())
    }
}

/// 问题文档（RFC 9457）：出了什么问题，全部错误在何处。A problem document (RFC 9457): what went wrong, and all faults with their places.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "documents the shape; `Problem::document` writes it")]
pub(super) struct ProblemDocument {
    /// 问题的类型，即 /problems/{code}。The type of the problem: /problems/{code}.
    #[schema(rename = "type")]
    problem_type: String,
    /// 标题。The title.
    title: String,
    /// HTTP 状态码。The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: i32,
    /// 说明。The detail.
    detail: String,
    /// 问题的代码。The code of the problem.
    #[schema(schema_with = problem_code)]
    code: String,
    /// 全部错误，最多列出 1,000 处。All faults, at most 1,000 of them.
    errors: Option<Vec<FaultReport>>,
    /// 错误的总数。How many faults there are in all.
    #[schema(minimum = 0)]
    total: Option<i64>,
}

fn problem_code() -> Object {
    open_word("问题的代码。The code of the problem.", TABLE.iter().map(|row| (row.code, row.zh.0)))
}

/// What the shared answer of the contract says of itself: every status with its codes.
pub(super) fn description() -> String {
    let codes = TABLE.iter().map(|row| format!("{} `{}` {}。{}.", row.status.as_u16(), row.code, row.zh.0, row.en.0));
    format!(
        "未能完成的请求，正文为问题文档（RFC 9457）。A request that could not be done: a problem document (RFC 9457).\n\n* {}",
        codes.collect::<Vec<String>>().join("\n* ")
    )
}
