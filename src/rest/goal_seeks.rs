//! `POST /v1/goal-seeks`: the largest value of a constant with which a check holds or a fund does not run dry.

use actix_web::web::{Bytes, Payload};
use actix_web::{HttpResponse, post};

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::faults::{self, Fields};
use super::problem::{Kind, Problem};
use super::supposing::{Misfits, Supposing, version};
use crate::engine::seek::{Binding, Goal, Grid, MOST_VALUES, Missed, Trial, seek, tried};
use crate::engine::simulation::Misfit;
use crate::exact::{Decimal, Fen, Number};
use crate::plan::{Action, Code, Fault, Language, Plan};
use crate::record::basis::VersionName;
use crate::record::{Refused, rosters};
use crate::store;
use crate::wire::json::{self, number, text};
use crate::wire::schema::{GoalSeek, GoalSeekRequest};
use crate::wire::{data, supposition};

/// What a request seeks.
struct Wanted {
    roster_id: String,
    base: Option<VersionName>,
    constant: String,
    grid: Grid,
    aim: Aim,
}

/// What must hold, by its name.
enum Aim {
    Check(String),
    Fund(String, Fen),
}

impl Wanted {
    fn read(body: &Bytes, language: Language) -> Result<Wanted, Problem> {
        let keys = ["roster_id", "constant", "from", "to", "step"];
        let json = faults::read_body(body, &keys, &["base", "check", "fund", "keep"], language)?;
        let mut fields = Fields::of(&json);
        let roster_id = fields.text("roster_id", 64);
        let base = version(&mut fields, "base");
        let constant = fields.word("constant");
        let grid = grid(&mut fields);
        let aim = aim(&mut fields);
        fields.done(language)?;
        // Where one of them is none, that is a fault.
        let (Some(grid), Some(aim)) = (grid, aim) else { return Err(Problem::new(Kind::Internal, language)) };
        Ok(Wanted { roster_id, base, constant, grid, aim })
    }
}

fn grid(fields: &mut Fields<'_, '_>) -> Option<Grid> {
    let mut decimal = |key| fields.maybe_decimal(key).map(|decimal: Decimal| decimal.number().clone());
    let (from, to, step) = (decimal("from"), decimal("to"), decimal("step"));
    let (from, to, step) = (from?, to?, step?);
    let (descends, stands) = (to < from, step.is_negative() || step.is_zero());
    let grid = Grid::new(from, &to, step);
    match (descends, stands, &grid) {
        (true, ..) => fields.fault("to", Code::OutOfRange, "≥ from"),
        (_, true, _) => fields.fault("step", Code::OutOfRange, "> 0"),
        (.., None) => fields.fault("step", Code::TooLarge, &format!("(to − from) / step < {MOST_VALUES}")),
        _ => {}
    }
    grid
}

fn aim(fields: &mut Fields<'_, '_>) -> Option<Aim> {
    let (check, fund, keep) = (fields.maybe_word("check"), fields.maybe_word("fund"), fields.maybe_decimal("keep"));
    let negative = keep.as_ref().is_some_and(|keep| keep.number().is_negative());
    if keep.as_ref().is_some_and(|keep| keep.places() > 2) {
        fields.fault("keep", Code::TooManyPlaces, "≤ 2");
    } else if negative {
        fields.fault("keep", Code::OutOfRange, "≥ 0");
    }
    match (check, fund) {
        (Some(_), None) if keep.is_some() => fields.fault("keep", Code::UnknownKey, "fund"),
        (Some(check), None) => return Some(Aim::Check(check)),
        (None, Some(fund)) => {
            return Some(Aim::Fund(fund, keep.and_then(|keep| keep.number().fen()).unwrap_or_default()));
        }
        (Some(_), Some(_)) => fields.fault("fund", Code::BadValue, "check | fund"),
        (None, None) if !fields.has("check") && !fields.has("fund") => {
            fields.fault("check", Code::MissingKey, "check | fund");
        }
        // What is there and no text has been said.
        (None, None) => {}
    }
    None
}

/// 反算常数。Seek a goal.
///
/// 在 from、from+step……不超过 to 的取值中，找出使一项检查在每一行都成立、或者使一个资金池不用尽（每一行至少留下 keep）的最大取值。取值不超过 200 个时逐个试算；更多时用二分查找，再试算均匀分布的
/// 64 个取值和结果两侧各 8 个取值。较小的取值不成立而较大的成立时，没有唯一的界限，回答 422。其他检查不成立不影响结果。不保存任何内容。
/// Finds the largest of the values from, from+step, … up to `to` with which a check holds at every row, or with which a fund does
/// not run dry and every row of it has at least keep left. Up to 200 values are all tried; of more the end is found by halving, and
/// then 64 values all over and 8 on either side of it are tried as well. Where a smaller value fails while a larger one does not,
/// there is no one limit: 422. Other checks that fail do not matter. Nothing is kept.
#[utoipa::path(
    operation_id = "seekGoal", tag = "simulations",
    request_body(content = GoalSeekRequest, description = "数据、常数、取值和目标。The roster, the constant, its values, and the goal."),
    responses((status = 200, description = "最大的取值。The largest value.", body = GoalSeek)),
)]
#[post("/v1/goal-seeks")]
pub(super) async fn seek_goal(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    asked.supposes("seekGoal", payload, sought).await
}

fn sought(body: &Bytes, supposing: &Supposing) -> Result<Answer, Stop> {
    let wanted = Wanted::read(body, supposing.language)?;
    let versions: Vec<_> = wanted.base.iter().map(|base| ("/base".to_owned(), base.clone())).collect();
    let calculations = usize::try_from(wanted.grid.most_tried()).unwrap_or(usize::MAX);
    let basis = supposing.basis(&wanted.roster_id, &versions, calculations)?;
    let own = wanted.base.as_ref().unwrap_or(&basis.own);
    let rows = json::read(&basis.rows).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    let version = basis.version(own)?;
    let plan = rosters::plan_of(version)?.plan;
    let data = data::data(&plan, &rows).map_err(Refused::Data)?;
    drop(rows);
    let (constant, goal) = match (constant(&plan, &wanted.constant), goal(&plan, &wanted.aim)) {
        (Ok(constant), Ok(goal)) => (constant, goal),
        (constant, goal) => {
            let mut misfits = Misfits::default();
            misfits.add("", constant.err().into_iter().chain(goal.err()).flatten());
            return Err(misfits.problem(supposing).into());
        }
    };
    let mut trial = |value: &Number| -> Result<Trial, Problem> {
        supposing.in_time()?;
        Ok(tried(&plan, &data, constant, value, &goal))
    };
    match seek(&wanted.grid, &mut trial)? {
        Ok(found) => Ok(Answer::json(&supposition::found(&wanted.grid, &found, supposing.language))),
        Err(missed) => Err(problem(&wanted.grid, missed, supposing.language).into()),
    }
}

fn constant(plan: &Plan, name: &str) -> Result<usize, Vec<Misfit>> {
    let constants = &plan.document.constants;
    constants.iter().position(|known| known.heading.name == name).ok_or_else(|| {
        let names = constants.iter().map(|known| known.heading.name.as_str());
        unfit("/constant", Code::UnknownName, |fault| fault.got(name).near(name, names))
    })
}

fn goal(plan: &Plan, aim: &Aim) -> Result<Goal, Vec<Misfit>> {
    match aim {
        Aim::Check(name) => {
            let steps =
                || plan.steps.iter().enumerate().filter(|(_, step)| matches!(step.action, Action::Check { .. }));
            let named = |step: usize, level: usize| format!("{}.{}", plan.level_name(level), plan.step_name(step));
            let found = steps().find(|(number, step)| named(*number, step.level) == *name);
            found.map(|(number, _)| Goal::Check(number)).ok_or_else(|| {
                let names: Vec<String> = steps().map(|(number, step)| named(number, step.level)).collect();
                unfit("/check", Code::UnknownName, |fault| fault.got(name).near(name, names.iter().map(String::as_str)))
            })
        }
        Aim::Fund(name, keep) => {
            let found = plan.funds.iter().find(|fund| plan.column_name(fund.level, fund.column) == *name);
            found.map(|fund| Goal::Fund(fund.level, fund.column, *keep)).ok_or_else(|| {
                let names: Vec<String> =
                    plan.funds.iter().map(|fund| plan.column_name(fund.level, fund.column)).collect();
                unfit("/fund", Code::NotAFund, |fault| fault.got(name).near(name, names.iter().map(String::as_str)))
            })
        }
    }
}

fn unfit(at: &str, code: Code, say: impl FnOnce(Fault) -> Fault) -> Vec<Misfit> {
    vec![Misfit { at: at.to_owned(), fault: say(Fault::plan(code, at)) }]
}

/// The problem of a goal that is reached nowhere, or not up to one value.
fn problem(grid: &Grid, missed: Missed, language: Language) -> Problem {
    let told = |kind, binding: &Binding, tried: usize| {
        let problem = Problem::new(kind, language).with_errors(vec![supposition::binding(binding, language)], 1);
        problem.with("method", text(supposition::method(grid))).with("evaluations", number(tried))
    };
    match missed {
        Missed::Nowhere(binding, tried) => told(Kind::GoalNotReached, &binding, tried),
        Missed::NotMonotone { fails, binding, holds, tried } => {
            let problem = told(Kind::GoalNotMonotone, &binding, tried);
            problem.with("fails", text(&fails.text())).with("holds", text(&holds.text()))
        }
    }
}
