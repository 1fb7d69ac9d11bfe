//! The contract: what utoipa makes of the handlers and shapes, passed through the house's rules ([`pass`]), and once more
//! for those who know only OpenAPI 3.0 ([`version_3_0`]).

mod on_record;
mod pass;
mod schemas;
mod version_3_0;
mod webhooks;
mod words;

use std::sync::LazyLock;

use actix_web::App;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

use super::deprecation::{self, deprecating};
use super::problem_document::{self, ProblemDocument};

/// The head of the document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "分配 Fenpei",
        description = "绩效工资两级分配的计算服务：办法是数据，结果精确到分。所有金额都是带两位小数的文字，空白的一律不写，从不写 null；带小数点的 JSON 数字会被拒绝。\n\nA service that computes performance pay in two tiers: plans are data, results are exact to the fen. Every amount is a string with two decimals; what is blank is absent, never null; a JSON number with a fraction is refused.\n\n快速入门在 /start/：从令牌到工资文件。How to begin is at /start/ (in Chinese): from a token to the payroll file.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "本服务。This service.")),
    tags(
        (name = "calculations", description = "计算。Calculations."),
        (name = "plans", description = "办法：检查、现成的办法、备案和发布。Plans: checks, templates, on record, published."),
        (name = "rosters", description = "数据：某一办法版本的数据，备案后不再改变。Rosters: data of a plan version on record, which never change."),
        (name = "runs", description = "核算：办法版本 + 数据 → 结果，及其审批。Runs: a plan version and a roster with their result, and its approval."),
        (name = "payroll", description = "工资发放：已发放核算的文件，及各局文件的列方案。Payroll: the files of released runs, and how a bureau's files are written."),
        (name = "cycles", description = "两级核算周期：教育局核拨，各校分配，两级核对。Cycles: the bureau allocates, schools distribute, and both tiers are proved."),
        (name = "notices", description = "公示：公示表、公示设置、工作日、异议。Notices: what is posted, how it is written, working days, objections."),
        (name = "simulations", description = "测算：换一种办法、常数或数据会怎样，不保存任何内容。Simulations: what other plans, constants or facts would come to; nothing is kept."),
        (name = "events", description = "事件：办法、数据和核算的变化，不含任何人的金额和姓名。Events: what becomes of plans, rosters and runs, without anybody's pay or name."),
        (name = "access", description = "令牌和审计记录。Tokens and the audit trail."),
        (name = "service", description = "服务本身。The service itself."),
    ),
    components(schemas(ProblemDocument)),
)]
struct Head;

/// The names of the tags for people.
const TAGS: [(&str, &str); 11] = [
    ("calculations", "计算"),
    ("plans", "办法"),
    ("rosters", "数据"),
    ("runs", "核算"),
    ("payroll", "工资发放"),
    ("cycles", "两级周期"),
    ("notices", "公示"),
    ("simulations", "测算"),
    ("events", "事件"),
    ("access", "令牌与审计"),
    ("service", "服务"),
];

struct Documents {
    version_3_1: String,
    version_3_0: String,
    /// The paths with the methods that they take.
    methods: Vec<(String, String)>,
    /// The paths of what is done only with a token.
    closed: Vec<String>,
}

static DOCUMENTS: LazyLock<Documents> = LazyLock::new(|| {
    let document = deprecating(pass::passed(raw()), &deprecation::NOW);
    Documents {
        methods: methods_of(&document),
        closed: closed_of(&document),
        version_3_1: pretty(&document),
        version_3_0: pretty(&version_3_0::down(document)),
    }
});

/// The document as utoipa makes it of the routes.
fn raw() -> Value {
    let (_, document) =
        App::new().into_utoipa_app().openapi(Head::openapi()).configure(super::routes).split_for_parts();
    serde_json::to_value(document).unwrap_or_default()
}

fn pretty(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// Makes the documents.
pub(super) fn prepare() {
    LazyLock::force(&DOCUMENTS);
}

/// The contract as OpenAPI 3.1: what is served, and committed as `openapi/openapi.json`.
pub fn openapi_json() -> String {
    DOCUMENTS.version_3_1.clone()
}

/// The contract as OpenAPI 3.0: what is served, and committed as `openapi/openapi-3.0.json`.
pub fn openapi_3_0_json() -> String {
    DOCUMENTS.version_3_0.clone()
}

/// The methods that a path takes by the contract; none where it has no such path.
pub(super) fn methods(path: &str) -> Option<String> {
    let matches = |template: &str| {
        let (mut wanted, mut found) = (template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return true,
                (Some(wanted), Some(found)) if wanted == found || (wanted.starts_with('{') && !found.is_empty()) => {}
                _ => return false,
            }
        }
    };
    DOCUMENTS.methods.iter().find(|(template, _)| matches(template)).map(|(_, methods)| methods.clone())
}

fn methods_of(document: &Value) -> Vec<(String, String)> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let methods = |item: &Value| {
        let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_ascii_uppercase());
        methods.collect::<Vec<String>>().join(", ")
    };
    paths.map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// Whether everything that is done at a path, as the contract writes it, needs a token.
pub(super) fn wants_token(path: &str) -> bool {
    DOCUMENTS.closed.iter().any(|closed| closed == path)
}

fn closed_of(document: &Value) -> Vec<String> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let is_closed = |item: &Value| {
        let mut operations = item.as_object().into_iter().flatten();
        operations.all(|(_, operation)| operation.pointer("/security/0").is_some())
    };
    paths.filter(|(_, item)| is_closed(item)).map(|(path, _)| path.clone()).collect()
}
