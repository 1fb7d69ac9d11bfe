//! The runs by which the schools of a cycle distribute their quotas, and the proof across both tiers.

use actix_web::web::{Path, Payload};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::ToSchema;

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::caller::About;
use super::cycles::school_state;
use super::faults::{self, Fields};
use super::problem::{Kind, Problem};
use super::run_record::{Run, begun};
use crate::exact::{Fen, fen_text};
use crate::plan::Code;
use crate::record::distributions::{self, Source};
use crate::record::proof::{self, Figures};
use crate::record::{Refused, cycles};
use crate::wire::schema::{Money, PlanData};

/// 新建一所学校的分配核算的请求：roster_id 和 data 恰好写一个。A request to make the run of a school: exactly one of roster_id and data.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CycleRunRequest {
    /// 一份备案数据的编号，须是本校分配办法版本的。The id of a roster of the plan version by which the school distributes.
    roster_id: Option<String>,
    /// 本校的数据；额度由系统写入，不必写。The school's data; the service puts the quota in.
    data: Option<PlanData>,
    /// 标题。A title for people.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
}

/// 两级核对：教育局的资金来源 = 留存和其他用途 + 各校额度；每校额度 + 自有资金 = 发放 + 核拨 + 扣发 + 结余，或尚未发放。全部由所存的行重新相加。The
/// proof across both tiers: the bureau's sources = what is elsewhere + the quotas; each quota + own money = paid + assigned + withheld + left, or is
/// outstanding. It is added up anew from the rows on record.
#[derive(Serialize, ToSchema)]
pub(super) struct CycleProof {
    /// 没有差额。Whether nothing is unaccounted for.
    balanced: bool,
    /// 各校都已发放。Whether every quota is released.
    complete: bool,
    /// 教育局一级。The tier of the bureau.
    bureau: CycleProofBureau,
    /// 已发放各校的合计。The sum of the schools that have released.
    released: CycleProofFigures,
    /// 尚未发放的额度合计（元）。The quotas that are outstanding, in yuan.
    outstanding: Money,
    /// 各学校，按编号排列。The schools by id.
    schools: Vec<CycleProofSchool>,
}

/// 教育局一级的核对。The proof of the bureau's tier.
#[derive(Serialize, ToSchema)]
pub(super) struct CycleProofBureau {
    /// 资金来源（元）。The sources, in yuan.
    sources: Money,
    /// 各校额度合计（元）。The sum of the quotas, in yuan.
    quotas: Money,
    /// 核拨中直接发放的（元）。What the allocation itself paid, in yuan.
    paid: Money,
    /// 核拨到其他用途的（元）。What it assigned elsewhere, in yuan.
    assigned: Money,
    /// 扣发（元）。What was withheld, in yuan.
    withheld: Money,
    /// 留存（元）。What is left, in yuan.
    left: Money,
    /// 差额（元），应为 0.00。What is not accounted for, in yuan: 0.00.
    difference: Money,
}

/// 一所或多所学校的核对。The figures of schools.
#[derive(Serialize, ToSchema)]
pub(super) struct CycleProofFigures {
    /// 额度（元）。The quota, in yuan.
    quota: Money,
    /// 学校自有的资金（元）。The school's own money, in yuan.
    own: Money,
    /// 发放（元）。What was paid, in yuan.
    paid: Money,
    /// 核拨到其他用途的（元）。What was assigned elsewhere, in yuan.
    assigned: Money,
    /// 扣发（元）。What was withheld, in yuan.
    withheld: Money,
    /// 结余（元）。What is left, in yuan.
    left: Money,
    /// 差额（元），应为 0.00。What is not accounted for, in yuan: 0.00.
    difference: Money,
}

/// 一所学校的核对。A school of the proof.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CycleProofSchool {
    /// 学校的编号。The school's id.
    school_id: String,
    /// 学校的名称。Its name.
    name: Option<String>,
    /// 状态。Its state.
    #[schema(schema_with = school_state)]
    state: String,
    /// 尚未发放的额度（元）；已发放时不写。Its quota while that is outstanding, in yuan.
    outstanding: Option<Money>,
    /// 已发放的核算编号。The id of its released run.
    run_id: Option<String>,
    /// 核对中计入的已发放的调整。The released adjustments that the figures count.
    adjustments: Vec<String>,
    /// 尚未办完的调整。The adjustment that is under way.
    adjustment_under_way: Option<String>,
    /// 已发放核算的核对，计入各次调整。The figures of that run and its adjustments.
    figures: Option<CycleProofFigures>,
}

fn money(fen: Fen) -> Money {
    Money(fen_text(fen))
}

fn figures(figures: &Figures) -> CycleProofFigures {
    CycleProofFigures {
        quota: money(figures.came),
        own: money(figures.own),
        paid: money(figures.paid),
        assigned: money(figures.assigned),
        withheld: money(figures.withheld),
        left: money(figures.left),
        difference: money(figures.difference()),
    }
}

/// 新建一所学校的分配核算。Make the run of a school.
///
/// 用一所学校的数据新建分配核算并开始计算：额度取自核拨，由系统写入，数据写了别的额度时拒绝；办法接上教育局的要求。已有核算未撤回时不能新建，新的核算在
/// replaces 中写明前一次。此后与其他核算一样提交、公示、批准、发放或撤回。Makes the run by which a school distributes its quota and begins to calculate
/// it. The quota is the allocation's: the service puts it in, and data that state another are refused. The plan has the bureau's requirements. There is one
/// run at a time: the one before is withdrawn first, and named in replaces. From there it is submitted, posted, approved, released or withdrawn as every run.
#[utoipa::path(
    operation_id = "createCycleRun", tag = "cycles",
    params(
        ("cycle_id" = String, Path, description = "周期的编号。The cycle's id."),
        ("school_id" = String, Path, description = "学校的编号。The school's id."),
    ),
    request_body(content = CycleRunRequest, description = "本校的数据。The school's data."),
    responses((status = 202, description = "正在计算的核算。The run, which is being calculated.", body = Run)),
)]
#[post("/v1/cycles/{cycle_id}/schools/{school_id}/runs")]
pub(super) async fn create_cycle_run(
    asked: Asked,
    path: Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (cycle, school) = path.into_inner();
    let id = asked.id(&cycle)?;
    let about = About::CycleSchool(id.clone(), school.clone());
    let made = asked.acts("createCycleRun", about, payload, true, move |acting, body| {
        let json = faults::read_body(body, &[], &["roster_id", "data", "title"], acting.language)?;
        let mut fields = Fields::of(&json);
        let (roster, title) = (fields.maybe_text("roster_id", 64), fields.maybe_text("title", 200));
        if fields.has("roster_id") == fields.has("data") {
            fields.fault("data", Code::BadValue, "roster_id | data");
        }
        fields.done(acting.language)?;
        let source = roster.map_or_else(|| Source::Written(faults::data_of(&json)), Source::Roster);
        let of = (id.as_str(), school.as_str());
        let prepared = distributions::prepare(&acting.service.store, &acting.caller, of, &source, title.clone());
        let prepared = prepared.map_err(|refused| match refused {
            Refused::Data(refusal) => Stop::from(faults::problem(Kind::DataRefused, &refusal, &json, acting.language)),
            refused => refused.into(),
        })?;
        begun(acting, |act| distributions::create(act, &acting.caller, of, prepared, title))
    });
    made.await
}

/// 两级核对。Get the proof of a cycle.
///
/// 随时可取：教育局的资金来源 = 留存和其他用途 + 各校额度；每校额度 = 发放 + 扣发 + 结余，或尚未发放。It may be asked for at any time: the bureau's sources = what
/// is elsewhere + the quotas; each quota = paid + withheld + left, or is outstanding.
#[utoipa::path(
    operation_id = "getCycleProof", tag = "cycles",
    params(("cycle_id" = String, Path, description = "周期的编号。The cycle's id.")),
    responses((status = 200, description = "核对。The proof.", body = CycleProof)),
)]
#[get("/v1/cycles/{cycle_id}/proof")]
pub(super) async fn get_cycle_proof(asked: Asked, cycle_id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = asked.id(&cycle_id)?;
    let proof = asked.reads("getCycleProof", move |conn, caller| {
        let cycle = cycles::get(conn, caller, &id)?;
        let proof = proof::of(conn, &cycle)?;
        let bureau = &proof.bureau;
        let school = |line: &proof::Line| CycleProofSchool {
            school_id: line.school.school_id.clone(),
            name: line.school.name.clone(),
            state: line.state.clone(),
            outstanding: line.is_outstanding().then(|| money(line.school.quota.into())),
            run_id: line.released.as_ref().map(|(run, _)| run.clone()),
            adjustments: line.adjustments.clone(),
            adjustment_under_way: line.under_way.clone(),
            figures: line.released.as_ref().map(|(_, known)| figures(known)),
        };
        Answer::ok(&CycleProof {
            balanced: proof.is_balanced(),
            complete: proof.is_complete(),
            bureau: CycleProofBureau {
                sources: money(bureau.came + bureau.own),
                quotas: money(proof.quotas()),
                paid: money(bureau.paid),
                assigned: money(bureau.assigned),
                withheld: money(bureau.withheld),
                left: money(bureau.left),
                difference: money(proof.difference()),
            },
            released: figures(&proof.released()),
            outstanding: money(proof.outstanding()),
            schools: proof.lines.iter().map(school).collect(),
        })
    });
    Ok(asked.answered(proof.await?))
}
