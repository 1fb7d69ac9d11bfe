//! Everything that can go wrong over HTTP: one table, and the problem document (RFC 9457) that says it.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

use super::asked::tag;
use super::reference::may_list;
use crate::exact::defect;
use crate::plan::Language;
use crate::wire::canonical;
use crate::wire::json::Json;
use crate::wire::json::{number, object, text};

/// The media type of problem documents.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    BadRequestBody,
    BadParameter,
    BadCursor,
    NoIdempotencyKey,
    Unauthorized,
    Forbidden,
    FourEyes,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    NotInState,
    StillPosted,
    ObjectionsOpen,
    Allocated,
    OverLimit,
    DerivedPlan,
    CycleNotProved,
    CarriedGiven,
    NotAdjustable,
    CodeTaken,
    TooManyEndpoints,
    InFlight,
    Stale,
    BodyTooLarge,
    UnsupportedMediaType,
    PlanRefused,
    DataRefused,
    ImportRefused,
    WorkbookTooLarge,
    CalculationRefused,
    NotComparable,
    UnknownReference,
    ReferenceRefused,
    SuppositionRefused,
    TooMuchWork,
    GoalNotReached,
    GoalNotMonotone,
    PayrollRefused,
    NoticeRefused,
    CycleRefused,
    AdjustmentRefused,
    StatementsRefused,
    OtherCode,
    KeyReused,
    NoIfMatch,
    TooManyRequests,
    Internal,
    TimedOut,
    StoreUnavailable,
}

/// The words of one kind of problem.
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) status: StatusCode,
    /// Its stable code.
    pub(super) code: &'static str,
    /// Its title and its detail in Chinese.
    pub(super) zh: (&'static str, &'static str),
    /// Its title and its detail in English.
    pub(super) en: (&'static str, &'static str),
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

/// All kinds of problems; `reference` says of each why it comes about and what to do.
#[rustfmt::skip]
pub(super) static TABLE: [Row; 49] = [
    row(Kind::BadRequestBody, StatusCode::BAD_REQUEST, "bad_request_body",
        ("请求正文有误", "请求正文不是所要求的 JSON，见 errors"),
        ("Malformed request body", "The body is not the JSON that is wanted; see errors")),
    row(Kind::BadParameter, StatusCode::BAD_REQUEST, "bad_parameter",
        ("参数有误", "查询参数不是所要求的，见 errors"),
        ("Bad parameter", "A query parameter is not what is wanted; see errors")),
    row(Kind::BadCursor, StatusCode::BAD_REQUEST, "bad_cursor",
        ("翻页标记有误", "cursor 须是同一列表、同样筛选条件下上一页的 next_cursor"),
        ("Bad cursor", "cursor must be the next_cursor of the page before, of the same list with the same filter")),
    row(Kind::NoIdempotencyKey, StatusCode::BAD_REQUEST, "idempotency_key_required",
        ("缺少 Idempotency-Key", "请在 Idempotency-Key 中给出 1 至 255 个可见 ASCII 字符，重试时原样再发"),
        ("Idempotency-Key required", "Send Idempotency-Key with 1 to 255 visible ASCII characters, and the same one again when you retry")),
    row(Kind::Unauthorized, StatusCode::UNAUTHORIZED, "unauthorized",
        ("需要令牌", "请在 Authorization 中写 Bearer 和有效的令牌；令牌可能已过期或被吊销"),
        ("A token is needed", "Send Authorization: Bearer with a good token; it may have expired or been revoked")),
    row(Kind::Forbidden, StatusCode::FORBIDDEN, "forbidden",
        ("没有权限", "这个令牌可以查看，但不能进行这项操作"),
        ("Forbidden", "This token may see this but not do it")),
    row(Kind::FourEyes, StatusCode::FORBIDDEN, "four_eyes",
        ("须由他人办理", "编制数据、创建或提交核算的人不能批准或发放，登记异议的人不能处理它，请由另一人办理"),
        ("Four eyes", "Who has made the roster or the run, or submitted it, may not approve or release it, and who has entered an objection may not decide it; somebody else must")),
    row(Kind::NotFound, StatusCode::NOT_FOUND, "not_found",
        ("没有找到", "没有这个路径，或者没有这个编号的资源"),
        ("Not found", "There is no such path, or nothing with this id")),
    row(Kind::MethodNotAllowed, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed",
        ("方法不允许", "这个路径只接受 Allow 所列的方法"),
        ("Method not allowed", "The path takes only the methods of Allow")),
    row(Kind::NotAcceptable, StatusCode::NOT_ACCEPTABLE, "not_acceptable",
        ("无法按所要求的格式回答", "回答是 application/json（下载则是文件自己的格式），请在 Accept 中接受它"),
        ("Not acceptable", "Answers are application/json, downloads the file's own media type; accept it")),
    row(Kind::NotInState, StatusCode::CONFLICT, "not_in_state",
        ("当前状态不允许", "state 是当前状态，allowed 是此时可以进行的操作"),
        ("Not in this state", "state is the current state, allowed is what may be done in it")),
    row(Kind::StillPosted, StatusCode::CONFLICT, "still_posted",
        ("公示期未满", "posted_until 是公示的最后一天，次日起方可批准"),
        ("Still posted", "posted_until is the last day of the notice; it may be approved from the day after")),
    row(Kind::ObjectionsOpen, StatusCode::CONFLICT, "objections_open",
        ("有异议待处理", "objections 是待处理的异议，逐一处理之后方可批准"),
        ("Objections are open", "objections are the open ones; the run may be approved when each is decided")),
    row(Kind::Allocated, StatusCode::CONFLICT, "allocated",
        ("核拨已有周期", "各校正按这次核拨分配，不能撤回"),
        ("A cycle rests on it", "Schools distribute what this run has allocated; it cannot be withdrawn")),
    row(Kind::OverLimit, StatusCode::CONFLICT, "over_limit",
        ("超过个人限额", "批准后有人在各校的所得之和将超过周期的限额，全部见 errors；请核对兼课人员，撤回后重做"),
        ("Above a person's limit", "Approved, it would give people more over all schools than the cycle allows; errors has all of them. Check those of several schools, withdraw it and make another")),
    row(Kind::DerivedPlan, StatusCode::CONFLICT, "derived_plan",
        ("由系统派生的办法", "这个办法由系统为周期接上要求而成，不能单独修改或停用；请修改或停用原来的办法"),
        ("A derived plan", "The service has made this plan of another with the requirements of a cycle; it is neither changed nor archived by itself, only the plan that it is made of")),
    row(Kind::CarriedGiven, StatusCode::CONFLICT, "carried_given",
        ("结转已写入别的核算", "有人员的结转刚刚写入了另一份核算；请再提交一次，系统会重新写入"),
        ("Given to another run", "What was carried over to somebody was just given to another run; send the request again")),
    row(Kind::CycleNotProved, StatusCode::CONFLICT, "cycle_not_proved",
        ("周期不能办结", "还有额度未发放，或核对有差额，全部见 errors"),
        ("The cycle cannot be closed", "Quotas are outstanding or figures do not add up; errors has all of it")),
    row(Kind::NotAdjustable, StatusCode::CONFLICT, "not_adjustable",
        ("现在不能调整", "原因见 errors；run_id 是有关的核算"),
        ("It cannot be adjusted now", "errors says why; run_id is the run concerned")),
    row(Kind::CodeTaken, StatusCode::CONFLICT, "code_taken",
        ("代码已被使用", "本教育局已有这个代码的办法；请改写它的草案，或换一个代码"),
        ("Code taken", "The bureau has a plan with this code; write its draft, or choose another code")),
    row(Kind::TooManyEndpoints, StatusCode::CONFLICT, "too_many_endpoints",
        ("接收端已达上限", "一个教育局最多 20 个接收端；请删除不用的，或让一个接收端转发"),
        ("Too many endpoints", "A bureau has at most 20 webhook endpoints; delete one that is not used, or have one pass events on")),
    row(Kind::InFlight, StatusCode::CONFLICT, "idempotency_in_flight",
        ("同一请求正在处理", "带有这个 Idempotency-Key 的请求尚未完成，请稍后原样再发"),
        ("In flight", "A request with this Idempotency-Key is not done yet; send it again later")),
    row(Kind::Stale, StatusCode::PRECONDITION_FAILED, "stale",
        ("资源已被他人修改", "If-Match 不是当前的 ETag；请重新读取，再作修改"),
        ("Changed meanwhile", "If-Match is not the current ETag; read it again, then change it")),
    row(Kind::BodyTooLarge, StatusCode::PAYLOAD_TOO_LARGE, "body_too_large",
        ("请求正文过大", "请求正文超过了本服务的上限，请分批计算，或请管理员提高上限"),
        ("Request body too large", "The body passes the limit of this service; split it, or have the limit raised")),
    row(Kind::UnsupportedMediaType, StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        ("不支持的格式", "请求正文须为 UTF-8 编码、未压缩的 application/json（上传文件时为 multipart/form-data），并在 Content-Type 中写明"),
        ("Unsupported media type", "The body must be application/json in UTF-8 (multipart/form-data with files), not compressed, and Content-Type must say so")),
    row(Kind::PlanRefused, StatusCode::UNPROCESSABLE_ENTITY, "plan_refused",
        ("办法有误", "办法没有通过检查，全部错误见 errors"),
        ("The plan is refused", "The plan does not pass its checks; errors has all faults")),
    row(Kind::DataRefused, StatusCode::UNPROCESSABLE_ENTITY, "data_refused",
        ("数据有误", "数据与办法不符，全部错误见 errors"),
        ("The data are refused", "The data do not fit the plan; errors has all faults")),
    row(Kind::ImportRefused, StatusCode::UNPROCESSABLE_ENTITY, "import_refused",
        ("文件有误", "文件没有导入，全部错误及其单元格见 errors；请改正后重新上传"),
        ("The import is refused", "Nothing of the files is kept; errors has all faults with their cells. Correct them and send the files again")),
    row(Kind::WorkbookTooLarge, StatusCode::UNPROCESSABLE_ENTITY, "workbook_too_large",
        ("超过表格的上限", "一个工作表最多放一层的 1,048,574 行，一个单元格 32,767 个字，一个工作簿 100 个工作表，复核工作簿 400 万个单元格；请按学校分开"),
        ("Too much for a workbook", "A sheet holds only 1,048,574 rows of a level, a cell 32,767 letters, a workbook 100 sheets, one that recalculates a run 4,000,000 cells; take each school by itself")),
    row(Kind::CalculationRefused, StatusCode::UNPROCESSABLE_ENTITY, "calculation_refused",
        ("无法计算", "按此办法和数据算不出结果，见 errors；没有部分结果"),
        ("The calculation is refused", "This plan gives no result on these data; see errors. There is no partial result")),
    row(Kind::NotComparable, StatusCode::UNPROCESSABLE_ENTITY, "not_comparable",
        ("无法比较", "两边的办法都要写明领取人所在的层（payee），才能逐人比较"),
        ("Not comparable", "Both plans must name the level that is paid (payee): payees are what is compared")),
    row(Kind::UnknownReference, StatusCode::UNPROCESSABLE_ENTITY, "unknown_reference",
        ("所指的资源不存在", "请求正文所指的资源不存在，见 errors"),
        ("Unknown reference", "What the body refers to does not exist; see errors")),
    row(Kind::ReferenceRefused, StatusCode::UNPROCESSABLE_ENTITY, "reference_refused",
        ("不能这样引用", "请求正文所指的领取人、学校或核算与所办的事不符，全部原因见 errors"),
        ("What it refers to will not do", "A payee, school or run that the body refers to does not fit what is asked for; errors has all reasons")),
    row(Kind::SuppositionRefused, StatusCode::UNPROCESSABLE_ENTITY, "supposition_refused",
        ("假设有误", "请求所假设的与办法或数据不符，全部错误见 errors；请逐处改正"),
        ("The supposition is refused", "What the request supposes does not fit the plan or the data; errors has all faults, correct each of them")),
    row(Kind::TooMuchWork, StatusCode::UNPROCESSABLE_ENTITY, "too_much_work",
        ("计算量过大", "数据的行数乘以计算的次数，或学校和分组的个数乘以方案的个数超过上限，见 errors；请减少方案、改动的数据或取值的个数，或按学校分开测算"),
        ("Too much work", "The rows of the roster times the calculations, or its schools and groups times the variants, pass the limit, see errors; use fewer variants, changed facts or values, or a roster for each school")),
    row(Kind::GoalNotReached, StatusCode::UNPROCESSABLE_ENTITY, "goal_not_reached",
        ("没有取值能达到目标", "试过的每个取值都不成立，errors 是最小的取值不成立之处；请放宽目标、增加资金，或从更小的数开始"),
        ("No value reaches the goal", "Every value that was tried fails; errors says where the smallest does. Ask for less, add money, or begin with a smaller value")),
    row(Kind::GoalNotMonotone, StatusCode::UNPROCESSABLE_ENTITY, "goal_not_monotone",
        ("目标并非随取值增大而由成立变为不成立", "较小的取值 fails 不成立，而较大的取值 holds 成立，所以没有唯一的界限；请缩小范围，使其中较小的取值都成立"),
        ("The goal does not hold up to one value only", "The goal fails at the smaller value (fails) and holds at the larger one (holds), so there is no one limit; narrow the range until it holds at all smaller values")),
    row(Kind::PayrollRefused, StatusCode::UNPROCESSABLE_ENTITY, "payroll_refused",
        ("无法生成工资文件", "方案与这次核算不符，或文件写不下，全部原因见 errors；请修改方案，或换一个方案"),
        ("The payroll file cannot be written", "The profile does not fit the run, or the file does not hold it, see errors; change the profile or use another")),
    row(Kind::NoticeRefused, StatusCode::UNPROCESSABLE_ENTITY, "notice_refused",
        ("无法公示", "公示的日期或设置不符合要求，或文件写不下，全部原因见 errors；请改正后重试"),
        ("The notice is refused", "The dates or what is set for notices do not do, or the file does not hold it, see errors; correct them and try again")),
    row(Kind::CycleRefused, StatusCode::UNPROCESSABLE_ENTITY, "cycle_refused",
        ("周期的请求有误", "核拨、办法、要求或数据不符，全部错误见 errors"),
        ("The cycle refuses this", "The allocation, a plan, a requirement or the data do not fit; errors has all faults")),
    row(Kind::AdjustmentRefused, StatusCode::UNPROCESSABLE_ENTITY, "adjustment_refused",
        ("调整的请求有误", "数据、资金池或领取人不符，全部错误见 errors"),
        ("The adjustment is refused", "The roster, the reserve or a payee does not fit; errors has all faults")),
    row(Kind::StatementsRefused, StatusCode::UNPROCESSABLE_ENTITY, "statements_refused",
        ("无法生成工资条", "人数超过一个文件的上限，或文件写不下，见 errors；请用 school 按学校下载"),
        ("The statements cannot be written", "There are more payees than a file has, or the file does not hold them, see errors; name a school")),
    row(Kind::OtherCode, StatusCode::UNPROCESSABLE_ENTITY, "other_code",
        ("办法代码不能更改", "草案的 code 须与办法原有的代码相同；换代码请新建办法"),
        ("The code of a plan never changes", "The draft's code must be the plan's; for another code make another plan")),
    row(Kind::KeyReused, StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused",
        ("Idempotency-Key 已用于另一请求", "这个键已用于另一个请求；新的请求请用新的键"),
        ("Idempotency-Key reused", "This key was used for another request; a new request needs a new key")),
    row(Kind::NoIfMatch, StatusCode::PRECONDITION_REQUIRED, "if_match_required",
        ("缺少 If-Match", "请先读取资源，再把它的 ETag 写入 If-Match，以免覆盖他人的修改"),
        ("If-Match required", "Read the resource first and send its ETag as If-Match, so that nobody's change is lost")),
    row(Kind::TooManyRequests, StatusCode::TOO_MANY_REQUESTS, "too_many_requests",
        ("请求过于频繁", "请在 Retry-After 所说的秒数之后再试"),
        ("Too many requests", "Try again after the seconds of Retry-After")),
    row(Kind::Internal, StatusCode::INTERNAL_SERVER_ERROR, "internal",
        ("程序内部错误", "这是本程序的缺陷，请把响应头中的 X-Request-Id 报告给维护者"),
        ("Internal error", "This is a defect of the program; report X-Request-Id of the answer")),
    row(Kind::TimedOut, StatusCode::SERVICE_UNAVAILABLE, "timed_out",
        ("超过时限", "请求未能在本服务的时限内完成，请稍后再试，或把数据分批"),
        ("Timed out", "The request was not done within the time limit of this service; try later or split the data")),
    row(Kind::StoreUnavailable, StatusCode::SERVICE_UNAVAILABLE, "store_unavailable",
        ("数据库暂不可用", "数据库正忙、已满或无法连接；没有写入任何内容，请稍后原样再发"),
        ("The store is not available", "The database is busy, full or gone; nothing was written, send the request again later")),
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
    /// After how many seconds to try again.
    retry_after: Option<u64>,
    /// What this kind of problem says besides.
    more: Vec<(&'static str, Json<'static>)>,
}

impl Problem {
    /// A problem of a kind.
    pub(super) fn new(kind: Kind, language: Language) -> Problem {
        Problem { kind, language, errors: None, allow: None, retry_after: None, more: Vec::new() }
    }

    /// The same with its errors.
    pub(super) fn with_errors(self, errors: Vec<Json<'static>>, total: usize) -> Problem {
        let code = |error: &Json<'_>| error.get("code").and_then(Json::text).unwrap_or_default().to_owned();
        debug_assert!(
            errors.iter().all(|error| may_list(self.kind, &code(error))),
            "{self} has a code that its page does not know: {errors:?}"
        );
        Problem { errors: Some((errors, total)), ..self }
    }

    /// The same with the methods that the path takes.
    pub(super) fn with_allow(self, allow: String) -> Problem {
        Problem { allow: Some(allow), ..self }
    }

    /// The same with the seconds after which to try again.
    pub(super) fn with_retry_after(self, seconds: u64) -> Problem {
        Problem { retry_after: Some(seconds), ..self }
    }

    /// The same with something that this kind of problem says besides.
    pub(super) fn with(mut self, key: &'static str, value: Json<'static>) -> Problem {
        self.more.push((key, value));
        self
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
        entries.extend(self.more.iter().cloned());
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
        answer.insert_header((VARY, "Accept, Accept-Language, Authorization"));
        answer.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(allow) = &self.allow {
            answer.insert_header((ALLOW, allow.as_str()));
        }
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        if self.kind == Kind::Unauthorized {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        answer.body(self.document())
    }
}
