//! One meaning, two speeds: programs on integers and shares on 64 bits come to the same bytes as columns and rationals, and
//! refuse the same, also where products pass machine words.

use fenpei::engine::{Supposed, calculate_supposing};
use fenpei::exact::{Remainders, divide, divide_narrow};
use fenpei::plan::Language;
use fenpei::wire::calculation::plan_text;
use fenpei::wire::canonical;
use fenpei::wire::data::read_data;
use fenpei::wire::refusal::refusal;
use fenpei::wire::result::Report;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::generate::cases;
use crate::{config, texts};

/// The result or the refusal, and how many programs ran.
fn calculated(plan: &str, data: &str, plainly: bool) -> (String, usize) {
    let told = |refused: fenpei::plan::Refusal| (canonical::text(&refusal(&refused, Language::English)), 0);
    let plan = match plan_text(plan.as_bytes()) {
        Ok(plan) => plan.plan,
        Err(refused) => return told(refused),
    };
    let data = match read_data(&plan, data.as_bytes()) {
        Ok(data) => data,
        Err(refused) => return told(refused),
    };
    match calculate_supposing(&plan, &data, &Supposed { plainly, ..Supposed::default() }) {
        Err(refused) => told(refused),
        Ok(outcome) => {
            let mut bytes = Vec::new();
            Report::new(&outcome, String::new(), true).write(&mut bytes).expect("memory");
            (String::from_utf8(bytes).expect("UTF-8"), outcome.programs.iter().sum())
        }
    }
}

/// The answer both ways, which is one, and how many programs the fast one ran.
fn both(plan: &str, data: &str) -> Result<(String, usize), TestCaseError> {
    let (fast, programs) = calculated(plan, data, false);
    let (plain, none) = calculated(plan, data, true);
    prop_assert_eq!(none, 0, "a program ran where none should");
    prop_assert!(fast == plain, "\n fast {fast}\nplain {plain}\n{plan}\n{data}");
    Ok((fast, programs))
}

/// Numbers from nothing to what a decimal holds, many of them next to powers of two.
fn number() -> impl Strategy<Value = String> {
    let near = (0_u32..90, -2_i128..3).prop_map(|(bits, off)| ((1_i128 << bits) + off).to_string());
    let cents = (0_i64..10_000_000).prop_map(|cents| format!("{}.{:02}", cents / 100, cents % 100));
    let whole = (-40_i64..41).prop_map(|value| value.to_string());
    let tiny = (1_u64..1_000_000_000_000).prop_map(|part| format!("7.{part:012}"));
    prop_oneof![3 => cents, 3 => whole, 1 => near, 1 => tiny]
}

/// Formulas of the facts `a` and `b`, the flag `f`, the choice `c` and the school's `s`.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("s".to_owned()),
        Just("school.s".to_owned()),
        Just("lookup(rate, c)".to_owned()),
        Just("lookup(steps, a)".to_owned()),
        Just("lookup(both, c, b)".to_owned()),
        (0_u32..300).prop_map(|hundredths| format!("{}.{:02}", hundredths / 100, hundredths % 100)),
    ];
    let leaf = leaf.prop_map(|leaf| if leaf == "s" { "school.s".to_owned() } else { leaf });
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone(), prop::sample::select(&["+", "-", "*"][..]))
                .prop_map(|(a, b, sign)| format!("({a} {sign} {b})")),
            (inner.clone(), 1_u32..13).prop_map(|(a, n)| format!("({a} / {n})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} / {b})")),
            inner.clone().prop_map(|a| format!("-({a})%")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("if(and({a} > {b}, not(f)), {c}, {a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("ifs(c = \"x\", {a}, f, {b}, 3)")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("min({a}, {b}, 500)")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, abs({b}))")),
            (inner.clone(), -3_i32..5, prop::sample::select(&["round", "roundup", "rounddown", "roundeven"][..]))
                .prop_map(|(a, n, how)| format!("{how}({a}, {n})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("if(or(in(c, \"y\", \"z\"), {a} <= {b}), 1, {b})")),
        ]
    })
}

fn plan(formula: &str, kind: &str, condition: bool) -> Json {
    let mut step = json!({"do": "formula", "level": "staff", "name": "x", "type": kind, "formula": formula});
    if condition {
        step["where"] = json!("a > 0");
    }
    json!({
        "language": 1, "code": "ways", "title": "ways",
        "tables": [
            {"name": "rate", "kind": "lookup", "rows": [{"key": ["x"], "value": "1.25"}, {"key": ["y"], "value": "-3"}], "else": "0.5"},
            {"name": "steps", "kind": "band", "min": "-50", "rows": [{"upto": "0.5", "value": "2"}, {"below": "9", "value": "3.5"}, {"value": "0"}]},
            {"name": "both", "kind": "band", "keys": ["choice"], "rows": [
                {"key": ["x"], "upto": "20", "value": "4"}, {"key": ["x"], "value": "5"}, {"key": ["y"], "below": "3", "value": "6"},
                {"key": ["y"], "value": "7"}, {"key": ["z"], "value": "8.125"}]}],
        "levels": [
            {"name": "school", "facts": [{"name": "s", "type": "number"}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "a", "type": "number"}, {"name": "b", "type": "number"}, {"name": "f", "type": "flag"},
                {"name": "c", "type": "choice", "choices": ["x", "y", "z"]}]}],
        "steps": [step, {"do": "formula", "level": "school", "name": "all", "formula": "sum(staff.x) + count(staff)"}]
    })
}

proptest! {
    #![proptest_config(config(1_500, 90))]

    /// Whole plans of every kind.
    #[test]
    fn both_ways_give_the_same_bytes(case in cases()) {
        let (plan, data) = texts(&case);
        both(&plan, &data)?;
    }

    /// Formulas over numbers of every size.
    #[test]
    fn formulas_of_any_numbers_have_one_value(
        formula in formula(),
        kind in prop::sample::select(&["number", "money"][..]),
        condition in any::<bool>(),
        schools in prop::collection::vec(number(), 1..3),
        staff in prop::collection::vec((number(), number(), any::<bool>(), 0_usize..3, any::<u32>()), 1..6),
    ) {
        let row = |(index, (a, b, f, c, school)): (usize, &(String, String, bool, usize, u32))| {
            let parent = format!("S{}", usize::try_from(*school).expect("64 bits") % schools.len());
            json!({"id": format!("T{index}"), "parent": parent, "facts": {"a": a, "b": b, "f": f, "c": (["x", "y", "z"][*c])}})
        };
        let school = |(index, s): (usize, &String)| json!({"id": format!("S{index}"), "facts": {"s": s}});
        let data = json!({
            "school": schools.iter().enumerate().map(school).collect::<Vec<Json>>(),
            "staff": staff.iter().enumerate().map(row).collect::<Vec<Json>>(),
        });
        both(&plan(&formula, kind, condition).to_string(), &data.to_string())?;
    }

    /// Shares of up to the largest fund, with weights up to what a decimal holds; recipients of two funds, mixed.
    #[test]
    fn shares_of_any_fund_have_the_same_parts(
        pools in (0_i64..=99_999_999_999_999, 0_i64..1_000),
        cap in prop::option::of(prop::sample::select(&["points", "300", "points / 7"][..])),
        unit in prop::sample::select(&["0.01", "0.06", "10"][..]),
        members in prop::collection::vec((0_u32..88, 0_i128..4, any::<bool>(), 0_u32..10), 1..30),
    ) {
        let mut share = json!({"do": "share", "level": "staff", "name": "merit", "from": "school.pool", "weight": "points",
                               "to": unit, "where": "years < 9", "pay": {"item": "merit"}});
        if let Some(cap) = cap {
            share["cap"] = json!(cap);
        }
        let plan = json!({
            "language": 1, "code": "ways", "title": "ways", "payee": "staff",
            "levels": [
                {"name": "school", "facts": [{"name": "pool", "type": "money"}]},
                {"name": "staff", "parent": "school", "facts": [
                    {"name": "points", "type": "number"}, {"name": "years", "type": "number"}, {"name": "failed", "type": "flag"}]}],
            "steps": [
                {"do": "veto", "level": "staff", "name": "veto", "when": "failed", "forfeits": ["merit"], "then": "forgo"},
                share]
        });
        let fund = |id: &str, fen: i64| json!({"id": id, "facts": {"pool": format!("{}.{:02}", fen / 100, fen % 100)}});
        let member = |(index, (bits, off, first, years)): (usize, &(u32, i128, bool, u32))| {
            let points = ((1_i128 << bits) - 1 + off).to_string();
            let facts = json!({"points": points, "years": years, "failed": *years == 0});
            json!({"id": format!("T{index:02}"), "parent": if *first { "A" } else { "B" }, "facts": facts})
        };
        let staff: Vec<Json> = members.iter().enumerate().map(member).collect();
        let data = json!({"school": [fund("A", pools.0), fund("B", pools.1)], "staff": staff});
        both(&plan.to_string(), &data.to_string())?;
    }

    /// The two divisions by the largest remainder.
    #[test]
    fn the_narrow_division_is_the_division(units in any::<u64>(), weights in prop::collection::vec((0_u32..64, any::<u64>()), 1..40)) {
        let weights: Vec<u64> = weights.iter().map(|(bits, weight)| weight >> bits).collect();
        let mut parts = vec![0; weights.len()];
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        let done = divide_narrow(units, &weights, &mut parts, &mut Remainders::default());
        prop_assert_eq!(done.is_some(), total > 0 && u64::try_from(total).is_ok());
        if done.is_some() {
            let wide: Vec<u128> = weights.iter().map(|weight| u128::from(*weight)).collect();
            let expected = divide(u128::from(units), &wide.iter().collect::<Vec<_>>(), &|_, _| std::cmp::Ordering::Equal);
            prop_assert_eq!(parts.iter().map(|part| u128::from(*part)).collect::<Vec<_>>(), expected);
        }
    }
}

/// The tests above would prove nothing if no program ever ran.
#[test]
fn programs_run_where_they_can() {
    let plan = plan("round(if(f, a * lookup(both, c, b), max(b, school.s)) / 3, 2)", "money", false).to_string();
    let data = |a: &str| {
        json!({"school": [{"id": "S", "facts": {"s": "3"}}],
               "staff": [{"id": "T", "parent": "S", "facts": {"a": a, "b": "4", "f": true, "c": "x"}}]})
        .to_string()
    };
    let programs = |a: &str| both(&plan, &data(a)).expect("one result").1;
    assert!(programs("5") > 0);
    assert!(programs("5") > programs("9999999999999999999"), "what does not fit goes the plain way");
}
