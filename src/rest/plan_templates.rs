//! `GET /v1/plan-templates`: ready plans with their example data, built into the program.

use std::sync::LazyLock;

use actix_web::web::Path;
use actix_web::{HttpResponse, get};
use utoipa::ToSchema;

use super::asked::Asked;
use super::examples;
use super::problem::{Kind, Problem};
use crate::wire::canonical;
use crate::wire::json::{self, Json};
use crate::wire::json::{object, text};
use crate::wire::schema::{Plan, PlanData};

/// A ready plan: the texts of its files.
struct Template {
    id: &'static str,
    plan: &'static str,
    data: &'static str,
}

/// All templates, in the order in which they are listed.
static TEMPLATES: [Template; 5] = [
    Template {
        id: "xincheng",
        plan: include_str!("../../plans/xincheng/plan.json"),
        data: include_str!("../../plans/xincheng/data.json"),
    },
    Template {
        id: "seven-allowances",
        plan: include_str!("../../plans/seven-allowances/plan.json"),
        data: include_str!("../../plans/seven-allowances/data.json"),
    },
    Template {
        id: "principal-ranks",
        plan: include_str!("../../plans/principal-ranks/plan.json"),
        data: include_str!("../../plans/principal-ranks/data.json"),
    },
    Template {
        id: "star-teachers",
        plan: include_str!("../../plans/star-teachers/plan.json"),
        data: include_str!("../../plans/star-teachers/data.json"),
    },
    Template {
        id: "groups-and-shared-staff",
        plan: include_str!("../../plans/groups-and-shared-staff/plan.json"),
        data: include_str!("../../plans/groups-and-shared-staff/data.json"),
    },
];

/// 现成办法的列表。The list of templates.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `list` writes")]
pub(super) struct PlanTemplateList {
    /// 各现成办法。The templates.
    items: Vec<PlanTemplateSummary>,
}

/// 一个现成办法的概要。What a template is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `list` writes")]
pub(super) struct PlanTemplateSummary {
    /// 编号。Its id.
    id: String,
    /// 办法的代码。The plan's code.
    code: String,
    /// 办法的标题。The plan's title.
    title: String,
    /// 各层，最上层在前。The levels, the root first.
    levels: Vec<PlanTemplateLevel>,
}

/// 现成办法的一层。A level of a template.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `list` writes")]
pub(super) struct PlanTemplateLevel {
    /// 名称。Its name.
    name: String,
    /// 给人看的文字。A text for people.
    label: Option<String>,
}

/// 一个现成办法及其示例数据，可以原样用于计算。A template with its example data, which can be calculated as they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the shape that `get_plan_template` writes")]
pub(super) struct PlanTemplate {
    /// 编号。Its id.
    id: String,
    /// 办法的标题。The plan's title.
    title: String,
    /// 办法。The plan.
    plan: Plan,
    /// 示例数据，人名均为虚构。Example data; all names are invented.
    data: PlanData,
}

/// 列出现成办法。List the templates.
///
/// 列出内置的现成办法。Lists the ready plans that the program holds.
#[utoipa::path(
    operation_id = "listPlanTemplates",
    tag = "plans",
    responses(
        (status = 200, description = "现成办法的列表。The list of templates.", body = PlanTemplateList,
            example = json!(examples::parsed(LIST.as_bytes()))),
        (status = 406), (status = 500),
    ),
)]
#[get("/v1/plan-templates")]
pub(super) async fn list_plan_templates(asked: Asked) -> HttpResponse {
    asked.json(LIST.as_str())
}

/// 取一个现成办法。Get a template.
///
/// 取一个现成办法及其示例数据；把 plan 和 data 原样交给计算即可得到结果。
/// A ready plan with its example data: sent as they are to calculate, plan and data give a result.
#[utoipa::path(
    operation_id = "getPlanTemplate",
    tag = "plans",
    params((
        "template_id" = String, Path,
        description = "现成办法的编号。The id of the template.",
        example = "principal-ranks",
    )),
    responses(
        (status = 200, description = "办法及其示例数据。The plan and its example data.", body = PlanTemplate,
            example = json!(examples::parsed(whole("principal-ranks").unwrap_or_default().as_bytes()))),
        (status = 404), (status = 406), (status = 500),
    ),
)]
#[get("/v1/plan-templates/{template_id}")]
pub(super) async fn get_plan_template(asked: Asked, template_id: Path<String>) -> Result<HttpResponse, Problem> {
    Ok(asked.json(whole(&template_id).ok_or_else(|| asked.problem(Kind::NotFound))?))
}

/// A template whose documents are given as their files have them.
fn whole(id: &str) -> Option<String> {
    let Template { id, plan, data } = TEMPLATES.iter().find(|template| template.id == id)?;
    let title = canonical::text(json::read(plan.as_bytes()).ok()?.get("title")?);
    let (plan, data) = (plan.trim_end(), data.trim_end());
    Some(format!("{{\"id\":\"{id}\",\"title\":{title},\"plan\":{plan},\"data\":{data}}}"))
}

/// The list of templates.
static LIST: LazyLock<String> = LazyLock::new(|| {
    let items =
        TEMPLATES.iter().filter_map(|template| summary(template.id, &json::read(template.plan.as_bytes()).ok()?));
    canonical::text(&object([("items", Json::List(items.collect()))]))
});

fn summary(id: &str, plan: &Json<'_>) -> Option<Json<'static>> {
    let word = |json: &Json<'_>, key: &str| json.get(key).and_then(Json::text).map(text);
    let level = |level: &Json<'_>| {
        let label = word(level, "label").map(|label| ("label", label));
        Some(object([("name", word(level, "name")?)].into_iter().chain(label)))
    };
    Some(object([
        ("id", text(id)),
        ("code", word(plan, "code")?),
        ("title", word(plan, "title")?),
        ("levels", Json::List(plan.get("levels")?.items()?.iter().filter_map(level).collect())),
    ]))
}
