//! Two results side by side, and why each amount moved: of runs on record, and of what a request brings.

use actix_web::web::{Bytes, Path, Payload};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::calculations::CalculationRequest;
use super::paging::{PageParameters, Paging, next};
use super::problem::{Kind, Problem};
use super::{examples, faults};
use crate::engine::{self, Comparison, Outcome};
use crate::plan::{LISTED, Language, Refusal};
use crate::record::again::again;
use crate::record::runs;
use crate::wire::canonical;
use crate::wire::comparison::comparison;
use crate::wire::data;
use crate::wire::json::Json;
use crate::wire::schema;

/// The keys of both sides in a body.
const SIDES: [&str; 2] = ["base", "other"];

/// 一次比较的请求。A request to compare.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ComparisonRequest {
    /// 之前的办法和数据。The plan and the data before.
    base: CalculationRequest,
    /// 之后的办法和数据。The plan and the data after.
    other: CalculationRequest,
}

/// Which payees are listed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a parameter that the handlers read")]
struct ChangedParameter {
    /// 为 true 时只列出新增、减少的，以及合计或某个项目有变动的领取人。true: only payees who came or went, or of whom the total or an item changed.
    #[param(example = false)]
    changed: Option<bool>,
}

/// Which page is wanted.
struct Wanted {
    after: String,
    limit: usize,
    changed: bool,
    language: Language,
}

impl Wanted {
    fn of(asked: &Asked, list: &[&str], paging: &Paging, changed: bool) -> Result<Wanted, Problem> {
        let place = paging.place(&asked.service, list, 1)?;
        Ok(Wanted {
            after: place.and_then(|place| place.into_iter().next()).unwrap_or_default(),
            limit: usize::try_from(paging.limit).unwrap_or_default(),
            changed,
            language: asked.language,
        })
    }

    /// The page of two results. `cursor` names what comes after an id.
    fn page(
        &self,
        [base, other]: [&Outcome<'_>; 2],
        same_plan: bool,
        goes_on: &dyn Fn() -> bool,
        cursor: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Json<'static>, Problem> {
        let whole = Comparison::new(base, other, same_plan);
        let whole = whole.ok_or_else(|| Problem::new(Kind::NotComparable, self.language))?;
        let page = whole.page(&self.after, self.limit, self.changed, goes_on);
        let last = page.payees.last().filter(|_| page.more);
        let cursor = last.and_then(|last| cursor(last.id));
        Ok(comparison(&whole, &page, cursor, self.language))
    }
}

/// The word of a filter in the name of a list.
fn filter(changed: bool) -> &'static str {
    if changed { "changed" } else { "all" }
}

/// 比较两次核算。Compare two runs.
///
/// 逐人比较两次核算的结果，并说明每人的差额由哪些原因而来，各项原因之和恰为差额；run_id 是之前，other_run_id 是之后。领取人按编号对应，项目按名称对应。
/// 比较式看 base 和 other，差额式看 difference，比较差额式三者都看。原因的规则见 rule。两次核算各重算一次，另最多重算五次；本页中本人数据有变动、他人数据也有变动的，每人再重算一次；
/// 超过时限的四分之一，本页就提前结束，请接着用 next_cursor。
/// Compares two results payee by payee, and says by which causes each moved; the causes sum to the difference to the fen. run_id
/// is before, other_run_id after; payees are matched by id, items by name. Both amounts are base and other, the form of
/// differences is difference, the full form has all three. rule says how causes are told apart. It takes a calculation of either
/// run and up to five more, and for each payee of the page of whom own facts changed, and others' too, one more; past a quarter
/// of the time limit the page ends early: go on with next_cursor.
#[utoipa::path(
    operation_id = "getRunComparison", tag = "runs",
    params(
        ("run_id" = String, Path, description = "之前的核算的编号。The id of the run before."),
        ("other_run_id" = String, Path, description = "之后的核算的编号。The id of the run after."),
        ChangedParameter, PageParameters,
    ),
    responses((status = 200, description = "比较。The comparison.", body = schema::Comparison), (status = 422)),
)]
#[get("/v1/runs/{run_id}/comparison/{other_run_id}")]
pub(super) async fn get_run_comparison(asked: Asked, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (base_id, other_id) = (asked.id(&path.0)?, asked.id(&path.1)?);
    let (paging, changed) = (Paging::of(&asked)?, asked.flag("changed")?);
    let ids = [base_id.clone(), other_id.clone()];
    let (token, bureau, runs) = asked
        .reads("getRunComparison", move |conn, caller| {
            let [base, other] = &ids;
            let runs = [runs::calculated(conn, caller, base)?, runs::calculated(conn, caller, other)?];
            Ok((caller.token.id.clone(), caller.token.bureau_id.clone(), runs))
        })
        .await?;
    let list = ["comparison".to_owned(), bureau, base_id, other_id, filter(changed).to_owned()];
    let wanted = Wanted::of(&asked, &list.each_ref().map(String::as_str), &paging, changed)?;
    let (service, language) = (asked.service.clone(), asked.language);
    let answer = asked.worked(Some(&token), move || {
        let [base, other] = &runs;
        let goes_on = service.limits.goes_on();
        let cursor = |last: &str| next(&service, &list.each_ref().map(String::as_str), &[last]);
        let told = again(&service.store, base, |before, sha256| {
            again(&service.store, other, |after, other_sha256| {
                wanted.page([before, after], sha256 == other_sha256, &goes_on, &cursor)
            })
        });
        let lost = || Problem::new(Kind::Internal, language);
        let told = told.and_then(Option::transpose).map_err(|error| Stop::from(error).problem(language))?;
        Ok(Answer::json(&told.flatten().ok_or_else(lost)??))
    });
    Ok(asked.answered(answer.await?))
}

/// 比较两份办法和数据。Compare two plans with their data.
///
/// 分别计算之前和之后的办法和数据，逐人比较结果，并说明差额由哪些原因而来，不保存任何内容；规则和耗时同 getRunComparison。
/// 两边的全部错误一次报告，位置在 base 或 other 之下。
/// Calculates both plans on their data, compares the results payee by payee, says by which causes each moved, and keeps nothing;
/// the rule and the cost are those of getRunComparison. All faults of both sides are reported at once, with their places
/// under base or other.
#[utoipa::path(
    operation_id = "compareResults",
    tag = "calculations",
    params(ChangedParameter, PageParameters),
    request_body(
        content = ComparisonRequest,
        description = "之前和之后的办法和数据。The plans and the data before and after.",
        example = json!(examples::comparison()),
    ),
    responses(
        (status = 200, description = "比较。The comparison.", body = schema::Comparison,
            content_type = "application/json", example = json!(examples::compared())),
        (status = 400), (status = 406), (status = 413), (status = 415), (status = 422), (status = 429), (status = 500), (status = 503),
    ),
)]
#[post("/v1/comparisons")]
pub(super) async fn compare_results(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    let (paging, changed) = (Paging::of(&asked)?, asked.flag("changed")?);
    let list = ["comparisons", filter(changed)];
    let wanted = Wanted::of(&asked, &list, &paging, changed)?;
    asked.passes()?;
    let body = asked.body(payload, asked.service.limits.body).await?;
    let service = asked.service.clone();
    let compared = asked.worked(None, move || {
        let goes_on = service.limits.goes_on();
        compared(&body, &wanted, &goes_on, &|last| next(&service, &list, &[last]))
    });
    Ok(asked.json(compared.await?))
}

/// The first page of what a request's body compares, as an example.
pub(super) fn first_page(body: &Bytes, language: Language) -> Result<String, Problem> {
    let wanted = Wanted { after: String::new(), limit: 100, changed: false, language };
    compared(body, &wanted, &|| true, &|_| None)
}

fn compared(
    body: &Bytes,
    wanted: &Wanted,
    goes_on: &dyn Fn() -> bool,
    cursor: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Problem> {
    let language = wanted.language;
    let json = faults::read_body(body, &SIDES, &[], language)?;
    let sides = SIDES.map(|side| json.get(side).unwrap_or(&Json::Null));
    let wrong = SIDES
        .iter()
        .zip(sides)
        .flat_map(|(side, json)| faults::faults_of_keys(json, &format!("/{side}"), &["plan", "data"], &[]));
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        return Err(faults::body_problem(wrong, language));
    }
    let both = Both { sides, language };
    let [base, other] = sides;
    let [at_base, at_other] = SIDES.map(|side| format!("/{side}"));
    let plans = (faults::read_plan_at(&at_base, body, base), faults::read_plan_at(&at_other, body, other));
    let (base_plan, other_plan) = both.good(Kind::PlanRefused, plans)?;
    let read = |plan, side| data::data(plan, faults::data_of(side));
    let data = (read(&base_plan.plan, base), read(&other_plan.plan, other));
    let (base_data, other_data) = both.good(Kind::DataRefused, data)?;
    let outcomes = (engine::calculate(&base_plan.plan, &base_data), engine::calculate(&other_plan.plan, &other_data));
    let (before, after) = both.good(Kind::CalculationRefused, outcomes)?;
    let same_plan = base_plan.sha256 == other_plan.sha256;
    let page = wanted.page([&before, &after], same_plan, goes_on, cursor)?;
    Ok(canonical::text(&page))
}

/// Both sides of a body.
struct Both<'j, 'b> {
    sides: [&'j Json<'b>; 2],
    language: Language,
}

impl Both<'_, '_> {
    /// What both sides give, or the faults of both.
    fn good<T>(&self, kind: Kind, both: (Result<T, Refusal>, Result<T, Refusal>)) -> Result<(T, T), Problem> {
        let (base, other) = match both {
            (Ok(base), Ok(other)) => return Ok((base, other)),
            (base, other) => (base.err(), other.err()),
        };
        let (mut errors, mut total) = (Vec::new(), 0);
        for ((side, json), refusal) in SIDES.iter().zip(self.sides).zip([base, other]) {
            let Some(refusal) = refusal else { continue };
            errors.extend(faults::errors_of(&refusal, json, &format!("/{side}"), self.language));
            total += refusal.total;
        }
        errors.truncate(LISTED);
        Err(Problem::new(kind, self.language).with_errors(errors, total))
    }
}
