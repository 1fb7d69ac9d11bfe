//! `POST /v1/simulations`: a roster under other plan versions, constants, tables and facts, compared with what it is.

use actix_web::web::{Bytes, Payload};
use actix_web::{HttpResponse, post};

use super::answer::{Answer, Stop};
use super::asked::Asked;
use super::faults::{self, Fields};
use super::problem::Problem;
use super::supposing::{Misfits, Supposing, version};
use crate::engine::simulation::{
    Cell, Changes, FactChange, Grouping, Misfit, compare, groupings, school_level, spread, supposed,
};
use crate::engine::{Data, Outcome, calculate_supposing};
use crate::plan::{Code, Fault, Language, Plan};
use crate::record::basis::{Basis, VersionName};
use crate::record::{Refused, rosters, rows};
use crate::store;
use crate::wire::data;
use crate::wire::json::{self, Json, object};
use crate::wire::schema::{Simulation, SimulationRequest};
use crate::wire::supposition;

/// The most variants of a simulation.
const MOST_VARIANTS: usize = 100;
/// The most facts that a variant changes: each costs as much as a small calculation.
const MOST_FACTS: usize = 20;

/// The most schools and groups that an answer tells of, all variants together: it is made whole before it is sent.
const MOST_PARTS: usize = 50_000;

/// What a request wants simulated.
struct Wanted {
    roster_id: String,
    base: Option<VersionName>,
    group_by: Vec<String>,
    variants: Vec<Variant>,
}

struct Variant {
    name: String,
    plan: Option<VersionName>,
    changes: Changes,
}

impl Wanted {
    fn read(body: &Bytes, language: Language) -> Result<Wanted, Problem> {
        let json = faults::read_body(body, &["roster_id", "variants"], &["base", "group_by"], language)?;
        let mut fields = Fields::of(&json);
        let keys: (&[&str], &[&str]) = (&["name"], &["plan", "constants", "tables", "facts"]);
        let wanted = Wanted {
            roster_id: fields.text("roster_id", 64),
            base: version(&mut fields, "base"),
            group_by: fields.words("group_by", 20),
            variants: fields.objects("variants", (1, MOST_VARIANTS), keys, |fields| Variant {
                name: fields.text("name", 200),
                plan: version(fields, "plan"),
                changes: changes(fields),
            }),
        };
        fields.done(language)?;
        Ok(wanted)
    }

    /// The plan versions with where they are named.
    fn versions(&self) -> Vec<(String, VersionName)> {
        let of_variants = self.variants.iter().enumerate();
        let of_variants =
            of_variants.filter_map(|(place, it)| Some((format!("/variants/{place}/plan"), it.plan.clone()?)));
        self.base.iter().map(|base| ("/base".to_owned(), base.clone())).chain(of_variants).collect()
    }

    /// How often the roster is calculated.
    fn calculations(&self) -> usize {
        1 + self.variants.iter().map(|variant| 1 + variant.changes.facts.len()).sum::<usize>()
    }
}

fn changes(fields: &mut Fields<'_, '_>) -> Changes {
    Changes {
        constants: fields.objects("constants", (0, 500), (&["name", "value"], &[]), |fields| {
            (fields.word("name"), fields.decimal("value"))
        }),
        cells: fields.objects("tables", (0, 1_000), (&["table", "row", "value"], &[]), |fields| Cell {
            table: fields.word("table"),
            row: fields.maybe_whole("row", (0, i64::MAX)).and_then(|row| usize::try_from(row).ok()).unwrap_or_default(),
            value: fields.decimal("value"),
        }),
        facts: fields.objects("facts", (0, MOST_FACTS), (&["level", "fact", "formula"], &["where"]), |fields| {
            FactChange {
                level: fields.word("level"),
                fact: fields.word("fact"),
                condition: fields.maybe_word("where"),
                formula: fields.word("formula"),
            }
        }),
    }
}

/// 模拟测算。Simulate.
///
/// 把一份数据按 1～100 个方案计算，逐人与基准比较：方案可以换一个办法版本，也可以改动常数、表中数值和数据。不保存任何内容。检查不成立只作说明；算不出结果的方案写明
/// refused 和原因，其他方案照常；基准算不出结果则回答 422。行数乘以计算次数不超过 1,000 万，学校和分组的个数乘以方案个数不超过 5 万。
/// Calculates a roster under 1 to 100 variants and compares each with the base, payee by payee: a variant may have another plan
/// version, and other constants, table values and facts. Nothing is kept. Checks that fail are told and do not refuse; a variant
/// without a result says refused and why, the others go on; a base without a result answers 422. Rows times calculations are
/// at most 10,000,000, schools and groups times variants 50,000.
#[utoipa::path(
    operation_id = "simulate", tag = "simulations",
    request_body(content = SimulationRequest, description = "数据和各个方案。The roster and the variants."),
    responses((status = 200, description = "基准与各方案的比较。The base and the variants compared with it.", body = Simulation)),
)]
#[post("/v1/simulations")]
pub(super) async fn simulate(asked: Asked, payload: Payload) -> Result<HttpResponse, Problem> {
    asked.supposes("simulate", payload, simulated).await
}

fn simulated(body: &Bytes, supposing: &Supposing) -> Result<Answer, Stop> {
    let wanted = Wanted::read(body, supposing.language)?;
    let basis = supposing.basis(&wanted.roster_id, &wanted.versions(), wanted.calculations())?;
    let own = wanted.base.as_ref().unwrap_or(&basis.own);
    let rows = json::read(&basis.rows).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    let version = basis.version(own)?;
    let plan = rosters::plan_of(version)?.plan;
    let data = data::data(&plan, &rows).map_err(Refused::Data)?;
    let base = calculate_supposing(&plan, &data, &supposed()).map_err(|refusal| supposing.refused(&refusal))?;
    let (by, unknown) = grouped(&plan, &wanted.group_by);
    let school = school_level(&plan, rows::school_level(&plan));
    let itself = compare(&base, &base, school, &by);
    let (parts, most) = (itself.schools.len() + itself.groups.len(), MOST_PARTS / wanted.variants.len());
    if parts > most {
        return Err(Refused::TooMuch { parts, most }.into());
    }
    let simulator = Simulator { basis: &basis, own, rows: &rows, base: &base, by, language: supposing.language };
    let mut misfits = Misfits::default();
    misfits.add("", unknown);
    let mut told = Vec::with_capacity(wanted.variants.len());
    for (place, variant) in wanted.variants.iter().enumerate() {
        supposing.in_time()?;
        match simulator.variant(variant, misfits.total == 0)? {
            Ok(variant) => told.push(variant),
            Err(more) => misfits.add(&format!("/variants/{place}"), more),
        }
    }
    if misfits.total > 0 {
        return Err(misfits.problem(supposing).into());
    }
    let spread = spread(&base, school);
    Ok(Answer::json(&object([("base", supposition::base(&base, &spread)), ("variants", Json::List(told))])))
}

/// The choice facts that `level.fact` name, and those that are none.
fn grouped(plan: &Plan, wanted: &[String]) -> (Vec<Grouping>, Vec<Misfit>) {
    let known = groupings(plan);
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for (place, name) in wanted.iter().enumerate() {
        match known.iter().find(|by| format!("{}.{}", by.level, by.fact) == *name) {
            Some(by) => found.push(by.clone()),
            None => {
                let names: Vec<String> = known.iter().map(|by| format!("{}.{}", by.level, by.fact)).collect();
                let at = format!("/group_by/{place}");
                let fault = Fault::plan(Code::UnknownFact, at.clone()).got(name).wanted(names.join(" | "));
                unknown.push(Misfit { at, fault });
            }
        }
    }
    (found, unknown)
}

/// A base with all that its variants are made of.
struct Simulator<'s, 'o> {
    basis: &'s Basis,
    own: &'s VersionName,
    rows: &'s Json<'s>,
    base: &'s Outcome<'o>,
    by: Vec<Grouping>,
    language: Language,
}

impl Simulator<'_, '_> {
    /// A variant as it is told, or what of it does not fit. Where it need not be calculated it is only judged.
    fn variant(&self, variant: &Variant, calculates: bool) -> Result<Result<Json<'static>, Vec<Misfit>>, Stop> {
        let Some(name) = variant.plan.as_ref().filter(|name| *name != self.own) else {
            return Ok(self.changed(variant, self.base.plan, self.base.data, calculates));
        };
        let version = self.basis.version(name)?;
        let plan = rosters::plan_of(version)?.plan;
        Ok(match data::data(&plan, self.rows) {
            Ok(data) => self.changed(variant, &plan, &data, calculates),
            Err(refusal) => Ok(supposition::refused(&variant.name, &refusal, self.language)),
        })
    }

    fn changed(
        &self,
        variant: &Variant,
        plan: &Plan,
        data: &Data,
        calculates: bool,
    ) -> Result<Json<'static>, Vec<Misfit>> {
        let other = variant.changes.plan(plan);
        // Formulas of facts are judged also where constants do not fit.
        let changed = variant.changes.data(other.as_deref().unwrap_or(plan), data);
        let (other, changed) = match (other, changed) {
            (Ok(other), Ok(changed)) => (other, changed),
            (other, changed) => return Err(other.err().into_iter().chain(changed.err()).flatten().collect()),
        };
        if !calculates {
            return Ok(Json::Null);
        }
        Ok(match calculate_supposing(&other, &changed, &supposed()) {
            Err(refusal) => supposition::refused(&variant.name, &refusal, self.language),
            Ok(outcome) => {
                let school = |plan: &Plan| school_level(plan, rows::school_level(plan));
                let compared = compare(self.base, &outcome, school(self.base.plan), &self.by);
                let spread = spread(&outcome, school(outcome.plan));
                supposition::variant(&variant.name, &outcome, &spread, &compared, &self.by)
            }
        })
    }
}
