//! Simulations: a variant compared with a base is what two calculations come to, compared here by hand; the figures of spread
//! by their definitions; who loses by the paradox of largest remainders.

use std::collections::{BTreeMap, BTreeSet};

use fenpei::engine::simulation::{
    Cell, Changes, Comparison, FactChange, Figures, Grouping, Misfit, Sums, Tally, compare, figures, groupings,
    school_level, supposed,
};
use fenpei::engine::{Data, calculate_supposing};
use fenpei::exact::Number;
use fenpei::plan::{Code, Place, Plan};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::config;
use crate::engine;
use crate::language::{Q, exact_text, int, money_text, q, rounded};
use crate::outcome::{Answer, Outcome};

/// A school's id and tier, and what each payee gets on both sides.
type PaidSchool = (String, Option<&'static str>, Vec<(i128, i128)>);

/// A member of the staff: points and months as a head teacher.
type Member = (i64, i64);

#[derive(Clone, Debug)]
struct School {
    /// In fen.
    quota: i64,
    tier: Option<&'static str>,
    staff: Vec<Member>,
}

fn school() -> impl Strategy<Value = School> {
    let tier = prop_oneof![Just(None), Just(Some("rural")), Just(Some("town"))];
    let staff = prop::collection::vec((0_i64..6, 0_i64..3), 0..5);
    (0_i64..100_000, tier, staff).prop_map(|(quota, tier, staff)| School { quota, tier, staff })
}

/// A plan that pays head teachers by a rate and a table, and shares out the rest.
fn plan(rate: i64, extra: i64) -> Json {
    json!({
        "language": 1, "code": "t", "title": "t", "payee": "staff",
        "constants": [{"name": "rate", "value": rate.to_string()}],
        "tables": [{"name": "extra", "kind": "lookup", "keys": ["choice"], "else": "0",
                    "rows": [{"key": ["town"], "value": "3"}, {"key": ["rural"], "value": extra.to_string()}]}],
        "levels": [
            {"name": "bureau"},
            {"name": "school", "parent": "bureau", "facts": [
                {"name": "quota", "type": "money", "min": "0"},
                {"name": "tier", "type": "choice", "choices": ["rural", "town"], "optional": true}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "points", "type": "number", "max": "100", "places": 1}, {"name": "months", "type": "number"}]}],
        "steps": [
            {"do": "formula", "level": "staff", "name": "head", "type": "money", "from": "school.quota", "pay": {"item": "h"},
             "formula": "months * (rate + if(isblank(school.tier), 0, lookup(extra, school.tier)))"},
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "points", "pay": {"item": "m"}},
            {"do": "check", "level": "school", "name": "half", "assert": "sum(staff.merit) * 2 >= quota", "severity": "warning"}]
    })
}

fn data(schools: &[School], quota: impl Fn(&School) -> Q) -> Json {
    let (mut rows, mut staff) = (Vec::new(), Vec::new());
    for (number, school) in schools.iter().enumerate() {
        let mut facts = json!({"quota": money_text(&quota(school))});
        if let Some(tier) = school.tier {
            facts["tier"] = json!(tier);
        }
        rows.push(json!({"id": format!("S{number}"), "parent": "B", "name": format!("校{number}"), "facts": facts}));
        for (place, (points, months)) in school.staff.iter().enumerate() {
            let facts = json!({"points": points, "months": months});
            staff.push(json!({"id": format!("T{number}{place}"), "parent": format!("S{number}"), "facts": facts}));
        }
    }
    json!({"bureau": [{"id": "B"}], "school": rows, "staff": staff})
}

fn yuan(fen: i64) -> Q {
    Q::new(fen.into(), 100.into())
}

fn fen(text: &str) -> i128 {
    (q(text) * int(100)).to_integer().to_i128().expect("little money")
}

fn read(plan: &Json, data: &Json) -> (Plan, Data) {
    let plan = plan_text(plan.to_string().as_bytes()).expect("a good plan").plan;
    let data = read_data(&plan, data.to_string().as_bytes()).expect("good data");
    (plan, data)
}

fn tier() -> Grouping {
    Grouping { level: "school".to_owned(), fact: "tier".to_owned() }
}

/// Base and variant through the program's simulation; none where the variant is refused.
fn simulated(plan: &Plan, data: &Data, changes: &Changes) -> Option<Comparison> {
    let base = calculate_supposing(plan, data, &supposed()).expect("the base is calculated");
    let other = changes.plan(plan).expect("constants and cells that there are");
    let changed = changes.data(&other, data).expect("facts that there are");
    let variant = calculate_supposing(&other, &changed, &supposed()).ok()?;
    let school = school_level(plan, plan.level_named("school"));
    Some(compare(&base, &variant, school, &[tier()]))
}

/// The same by hand: of what each payee gets on both sides.
fn summed<'p>(pairs: impl Iterator<Item = &'p (i128, i128)>) -> Sums {
    let mut sums = Sums::default();
    for (base, variant) in pairs {
        (sums.base, sums.variant) = (sums.base + base, sums.variant + variant);
        let add = |tally: Tally, amount: i128| Tally { count: tally.count + 1, amount: tally.amount + amount };
        if variant > base {
            sums.winners = add(sums.winners, variant - base);
        } else if base > variant {
            sums.losers = add(sums.losers, base - variant);
        } else {
            sums.unchanged = add(sums.unchanged, *base);
        }
    }
    sums
}

fn done(outcome: Outcome) -> Option<Box<Answer>> {
    match outcome {
        Outcome::Done(answer) => Some(answer),
        Outcome::Refused(_) => None,
    }
}

proptest! {
    #![proptest_config(config(300, 41))]

    /// Sums, winners and losers of all, of each school and of each tier; the checks that fail only in the variant.
    #[test]
    fn a_variant_is_what_another_calculation_comes_to(
        schools in prop::collection::vec(school(), 1..5),
        (rate, other_rate, extra, other_extra) in (0_i64..90, 0_i64..90, 0_i64..9, 0_i64..9),
        (percent, only_rural) in (0_i64..150, any::<bool>()),
    ) {
        let (base_plan, base_data) = (plan(rate, extra), data(&schools, |school| yuan(school.quota)));
        let other_quota = |school: &School| {
            let changes = !only_rural || school.tier == Some("rural");
            let factor = if changes { Q::new(percent.into(), 100.into()) } else { int(1) };
            rounded(&(yuan(school.quota) * factor), &q("0.01"), "half_up")
        };
        let other = engine::outcome(&plan(other_rate, other_extra).to_string(), &data(&schools, other_quota).to_string());
        let Some(base) = done(engine::outcome(&base_plan.to_string(), &base_data.to_string())) else { return Ok(()) };
        let changes = Changes {
            constants: vec![("rate".to_owned(), Number::from(other_rate))],
            cells: vec![Cell { table: "extra".to_owned(), row: 1, value: Number::from(other_extra) }],
            facts: vec![FactChange {
                level: "school".to_owned(),
                fact: "quota".to_owned(),
                condition: only_rural.then(|| "coalesce(tier, \"town\") = \"rural\"".to_owned()),
                formula: format!("quota * {percent}%"),
            }],
        };
        let (plan, data) = read(&base_plan, &base_data);
        let found = simulated(&plan, &data, &changes);
        let Some(other) = done(other) else { prop_assert!(found.is_none()); return Ok(()) };
        let found = found.expect("both are calculated");
        let pair = |id: &str| (fen(&base.totals[id]), fen(&other.totals[id]));
        let ids = |number: usize, school: &School| (0..school.staff.len()).map(move |place| format!("T{number}{place}"));
        let by_school: Vec<PaidSchool> = schools.iter().enumerate()
            .map(|(number, school)| (format!("S{number}"), school.tier, ids(number, school).map(|id| pair(&id)).collect()))
            .collect();
        prop_assert_eq!(found.sums, summed(by_school.iter().flat_map(|(_, _, pairs)| pairs)));
        let with_staff = by_school.iter().filter(|(_, _, pairs)| !pairs.is_empty());
        let wanted: Vec<(String, Sums)> = with_staff.clone().map(|(id, _, pairs)| (id.clone(), summed(pairs.iter()))).collect();
        let got: Vec<(String, Sums)> = found.schools.iter().map(|school| (school.id.clone(), school.sums)).collect();
        prop_assert_eq!(got, wanted);
        let mut tiers: BTreeMap<Option<String>, Vec<(i128, i128)>> = BTreeMap::new();
        for (_, tier, pairs) in with_staff {
            tiers.entry(tier.map(str::to_owned)).or_default().extend(pairs);
        }
        let wanted: Vec<_> = tiers.iter().map(|(tier, pairs)| (tier.clone(), summed(pairs.iter()))).collect();
        let got: Vec<_> = found.groups.iter().map(|group| (group.value.clone(), group.sums)).collect();
        prop_assert_eq!(got, wanted);
        let new: BTreeSet<&String> = other.checks.difference(&base.checks).map(|(_, row)| row).collect();
        let told: BTreeSet<&String> = found.failed_checks.iter().flat_map(|check| &check.rows).collect();
        prop_assert_eq!(told, new);
    }
}

/// A value as the figures show it.
fn shown(value: &Q) -> Number {
    let text = exact_text(&rounded(value, &q("0.000001"), "half_up"));
    fenpei::exact::Decimal::parse(&text).expect("six places").number().clone()
}

/// The smallest value that at least so many percent of the values do not exceed.
fn percentile(sorted: &[Q], percent: usize) -> &Q {
    sorted
        .iter()
        .find(|value| {
            let not_above = sorted.iter().filter(|other| other <= value).count();
            not_above * 100 >= percent * sorted.len()
        })
        .expect("a value")
}

proptest! {
    #![proptest_config(config(2_000, 42))]

    /// Each figure by its definition, on exact rationals.
    #[test]
    fn figures_are_their_definitions(values in prop::collection::vec((-3_i64..2_000, 1_usize..5), 0..12)) {
        let given: Vec<(i128, usize)> = values.iter().map(|(sum, count)| (i128::from(*sum), *count)).collect();
        let found = figures(&given);
        let mut sorted: Vec<Q> = values.iter().map(|(sum, count)| Q::new((*sum).into(), (*count).into())).collect();
        sorted.sort();
        if sorted.is_empty() {
            prop_assert_eq!(found, Figures::default());
            return Ok(());
        }
        let count = Q::from_integer(sorted.len().into());
        let mean = sorted.iter().sum::<Q>() / &count;
        let quotient = |top: &Q, bottom: &Q| (!bottom.is_zero()).then(|| shown(&(top / bottom)));
        prop_assert_eq!(found.max_min, quotient(sorted.last().unwrap(), &sorted[0]));
        prop_assert_eq!(found.p90_p10, quotient(percentile(&sorted, 90), percentile(&sorted, 10)));
        let distances: Q = sorted.iter().flat_map(|one| sorted.iter().map(move |other| (one - other).abs())).sum();
        prop_assert_eq!(found.gini, quotient(&distances, &(int(2) * &count * &count * &mean)));
        let Some(cv) = found.cv else { prop_assert!(mean.is_zero()); return Ok(()) };
        // By squaring: the root lies within half a millionth of what is shown, and a half goes up.
        let squared = sorted.iter().map(|value| (value - &mean) * (value - &mean)).sum::<Q>() / &count / (&mean * &mean);
        let (cv, half) = (q(&cv.magnitude().text()), q("0.0000005"));
        let least = if cv.is_zero() { int(0) } else { &cv - &half };
        prop_assert!(&least * &least <= squared && squared < (&cv + &half) * (&cv + &half), "{squared} {cv}");
    }
}

/// 1, 2, 3, 4: mean 2.5, σ = √1.25; ΣΣ|x−y| = 20, so Gini 20 / (2 × 16 × 2.5).
#[test]
fn figures_of_one_to_four() {
    let found = figures(&[(1, 1), (2, 1), (3, 1), (4, 1)]);
    let number = |text: &str| Some(shown(&q(text)));
    assert_eq!(found.cv, number("0.447214"));
    assert_eq!(found.gini, number("0.25"));
    assert_eq!(found.p90_p10, number("4"));
    assert_eq!(found.max_min, number("4"));
    // All the same: nothing is spread.
    let same = figures(&[(6, 2), (3, 1), (9, 3)]);
    assert_eq!((same.cv, same.gini, same.max_min), (number("0"), number("0"), number("1")));
    assert_eq!(figures(&[(0, 1), (0, 1)]), Figures::default());
}

fn pool(weights: &[i64], fen: i64, amount: &str) -> (Plan, Data) {
    let plan = json!({
        "language": 1, "code": "t", "title": "t", "payee": "staff",
        "constants": [{"name": "kept", "value": "0.01"}],
        "levels": [
            {"name": "school", "facts": [{"name": "pool", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [{"name": "points", "type": "number"}]}],
        "steps": [{"do": "share", "level": "staff", "name": "merit", "from": "school.pool", "amount": amount,
                   "weight": "points", "pay": {"item": "m"}}]
    });
    let staff: Vec<Json> = weights
        .iter()
        .enumerate()
        .map(|(number, weight)| json!({"id": format!("T{number}"), "parent": "S", "facts": {"points": weight}}))
        .collect();
    read(&plan, &json!({"school": [{"id": "S", "facts": {"pool": money_text(&yuan(fen))}}], "staff": staff}))
}

fn fact(level: &str, fact: &str, condition: Option<&str>, formula: &str) -> FactChange {
    let own = str::to_owned;
    FactChange { level: own(level), fact: own(fact), condition: condition.map(own), formula: own(formula) }
}

/// Alabama: of 10 fen, 6 : 6 : 2 get 4.29, 4.29 and 1.43, so 4, 4 and 2; of 11 fen 4.71, 4.71 and 1.57, so 5, 5 and 1.
#[test]
fn who_loses_a_fen_when_the_fund_grows_by_one_is_told() {
    let (plan, data) = pool(&[6, 6, 2], 10, "pool");
    let more = |facts: Vec<FactChange>| {
        let found = simulated_ungrouped(&plan, &data, &Changes { facts, ..Changes::default() });
        found
            .paradox
            .iter()
            .map(|loss| (loss.row.clone(), loss.step.clone(), loss.base, loss.variant))
            .collect::<Vec<_>>()
    };
    let grown = fact("school", "pool", None, "pool + 0.01");
    assert_eq!(more(vec![grown.clone()]), [("T2".to_owned(), "merit".to_owned(), 2, 1)]);
    // No more to share, or other weights: that is no paradox.
    assert_eq!(more(vec![fact("school", "pool", None, "pool")]), []);
    assert_eq!(more(vec![fact("school", "pool", None, "pool - 0.02")]), []);
    assert_eq!(more(vec![grown, fact("staff", "points", Some("points = 6"), "7")]), []);
    // The fund is the same, but the share takes more of it.
    let (plan, data) = pool(&[6, 6, 2], 11, "pool - kept");
    let constants = vec![("kept".to_owned(), Number::ZERO)];
    let found = simulated_ungrouped(&plan, &data, &Changes { constants, ..Changes::default() });
    assert_eq!(found.paradox.len(), 1);
    assert_eq!((found.sums.winners, found.sums.losers), (Tally { count: 2, amount: 2 }, Tally { count: 1, amount: 1 }));
}

fn simulated_ungrouped(plan: &Plan, data: &Data, changes: &Changes) -> Comparison {
    let base = calculate_supposing(plan, data, &supposed()).expect("the base is calculated");
    let other = changes.plan(plan).expect("changes that fit");
    let changed = changes.data(&other, data).expect("changes that fit");
    let variant = calculate_supposing(&other, &changed, &supposed()).expect("the variant is calculated");
    compare(&base, &variant, school_level(plan, None), &[])
}

/// Every type of fact, blank and not, takes the value of its formula, which reads the data as they are.
#[test]
fn facts_of_every_type_are_changed() {
    let plan = json!({
        "language": 1, "code": "t", "title": "t",
        "levels": [
            {"name": "school", "facts": [{"name": "rate", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "pay", "type": "money", "optional": true}, {"name": "hours", "type": "number"},
                {"name": "on_leave", "type": "flag", "default": false}, {"name": "since", "type": "date", "optional": true},
                {"name": "kind", "type": "choice", "choices": ["main", "other"], "default": "other"}]}],
        "steps": []
    });
    let row = |id: &str, facts: Json| json!({"id": id, "parent": "S", "facts": facts});
    let before = json!({"school": [{"id": "S", "facts": {"rate": "10.01"}}], "staff": [
        row("A", json!({"hours": 3})), row("B", json!({"hours": 4, "pay": "1.00", "since": "2020-01-31", "on_leave": true}))]});
    let after = json!({"school": [{"id": "S", "facts": {"rate": "10.01"}}], "staff": [
        row("A", json!({"hours": "4.5", "kind": "main", "since": "2026-09-01", "on_leave": true})),
        row("B", json!({"hours": "6", "pay": "20.02", "since": "2026-09-01", "kind": "other"}))]});
    let (plan, data) = read(&plan, &before);
    let facts = vec![
        fact("staff", "pay", Some("hours = 4"), "school.rate / 2 * hours"),
        fact("staff", "hours", None, "hours * 1.5"),
        fact("staff", "on_leave", None, "not(on_leave)"),
        fact("staff", "since", None, "date(\"2026-09-01\")"),
        fact("staff", "kind", Some("hours < 4"), "\"main\""),
    ];
    let changed = Changes { facts, ..Changes::default() }.data(&plan, &data).expect("changes that fit").into_owned();
    let wanted = read_data(&plan, after.to_string().as_bytes()).expect("good data");
    let sha256 = |data: &Data| fenpei::wire::result::data_sha256(&plan, data);
    assert_eq!(sha256(&changed), sha256(&wanted));
    assert_ne!(sha256(&changed), sha256(&data));
    // An optional fact may become blank.
    let blank = Changes { facts: vec![fact("staff", "pay", None, "pay")], ..Changes::default() };
    assert_eq!(sha256(&blank.data(&plan, &data).expect("blank")), sha256(&data));
}

/// One school with 1.00 yuan, and two of its staff.
fn little() -> (Plan, Data) {
    let school = School { quota: 100, tier: None, staff: vec![(1, 0), (2, 0)] };
    read(&plan(1, 1), &data(&[school], |school| yuan(school.quota)))
}

fn told(misfits: Vec<Misfit>) -> Vec<(String, Code)> {
    misfits.into_iter().map(|misfit| (misfit.at, misfit.fault.code)).collect()
}

/// Everything that does not fit is told, each at its place.
#[test]
fn constants_and_cells_that_do_not_fit_are_told() {
    let (plan, _) = little();
    let one = Number::ONE;
    let own = str::to_owned;
    let cell = |table: &str, row: usize| Cell { table: table.to_owned(), row, value: Number::ONE };
    let changes = Changes {
        constants: vec![(own("rat"), one.clone()), (own("rate"), one.clone()), (own("rate"), one)],
        cells: vec![cell("extras", 0), cell("extra", 2), cell("extra", 1), cell("extra", 1)],
        facts: Vec::new(),
    };
    assert_eq!(
        told(changes.plan(&plan).expect_err("misfits")),
        [
            (own("/constants/0/name"), Code::UnknownName),
            (own("/constants/2/name"), Code::DuplicateName),
            (own("/tables/0/table"), Code::UnknownName),
            (own("/tables/1/row"), Code::OutOfRange),
            (own("/tables/3/row"), Code::DuplicateTableKey),
        ]
    );
}

/// Formulas at their places, values with their rows.
#[test]
fn facts_that_do_not_fit_are_told() {
    let (plan, data) = little();
    let own = str::to_owned;
    let facts = vec![
        fact("stuff", "points", None, "1"),
        fact("staff", "point", None, "1"),
        fact("staff", "points", None, "point + 1"),
        fact("staff", "points", Some("points"), "1"),
        fact("staff", "points", None, "points + merit"),
        fact("staff", "points", None, "points / 3"),
        fact("staff", "points", None, "points + 99"),
        fact("staff", "points", Some("points > 1"), "1 / (points - 2)"),
        fact("school", "quota", None, "-quota"),
        fact("school", "tier", None, "\"city\""),
        fact("school", "quota", None, "if(true, coalesce(quota, 1), quota)"),
    ];
    let misfits = Changes { facts, ..Changes::default() }.data(&plan, &data).expect_err("misfits");
    let place = |misfit: &Misfit| match &misfit.fault.place {
        Place::Data { row: Some(row), fact: Some(fact), .. } => Some((row.clone(), fact.clone())),
        _ => None,
    };
    let rows: Vec<_> =
        misfits.iter().filter_map(|misfit| Some((misfit.at.clone(), misfit.fault.code, place(misfit)?))).collect();
    let at = |place: usize, code: Code, row: &str, fact: &str| {
        (format!("/facts/{place}/formula"), code, (own(row), own(fact)))
    };
    assert_eq!(
        rows,
        [
            at(5, Code::TooManyPlaces, "T00", "points"),
            at(5, Code::TooManyPlaces, "T01", "points"),
            at(6, Code::OutOfRange, "T01", "points"),
            at(7, Code::DivisionByZero, "T01", "points"),
            at(8, Code::OutOfRange, "S0", "quota"),
        ]
    );
    let others: Vec<_> = misfits.into_iter().filter(|misfit| place(misfit).is_none()).collect();
    assert_eq!(
        told(others),
        [
            (own("/facts/0/level"), Code::UnknownLevel),
            (own("/facts/1/fact"), Code::UnknownFact),
            (own("/facts/2/formula"), Code::UnknownName),
            (own("/facts/3/where"), Code::TypeError),
            (own("/facts/4/formula"), Code::UnknownName),
            (own("/facts/9/formula"), Code::NotAChoice),
        ]
    );
}

/// Payees are grouped by choices of their own level and of those above.
#[test]
fn groupings_are_the_choices_above_payees() {
    let (plan, _) = read(&plan(1, 1), &data(&[], |school| yuan(school.quota)));
    assert_eq!(groupings(&plan), [tier()]);
}
