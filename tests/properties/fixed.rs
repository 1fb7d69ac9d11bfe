//! Hard cases written out, and what keeps the other tests honest.

use std::collections::BTreeMap;

use fenpei::engine::reconciliation::{Guess, World, worlds};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use num_bigint::BigInt;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

use crate::config;
use crate::engine;
use crate::generate::cases;
use crate::language::{Q, exact_text, int, q};
use crate::model::{divide, shown_in_places, solve};
use crate::outcome::Outcome;
use crate::pools::{Member, Pool, parts};

/// The value of one formula at one row with the facts `a` and `b`.
fn value(formula: &str, kind: &str, facts: (&str, &str), exact: bool) -> String {
    let plan = json!({
        "language": 1, "code": "t", "title": "t",
        "levels": [{"name": "u", "facts": [{"name": "a", "type": "number"}, {"name": "b", "type": "number"}]}],
        "steps": [{"do": "formula", "level": "u", "name": "x", "type": kind, "formula": formula}]
    });
    let data = json!({"u": [{"id": "R", "facts": {"a": facts.0, "b": facts.1}}]});
    let found = engine::json(&plan.to_string(), &data.to_string(), exact);
    found["rows"]["u"][0]["values"]["x"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned()
}

/// §4: the exact value is 500.005, and a half rounds up.
#[test]
fn a_twelfth_of_an_odd_sum_loses_nothing() {
    assert_eq!(value("2000.02 / 12 * 3", "money", ("0", "0"), false), "500.01");
    assert_eq!(value("-2000.02 / 12 * 3", "money", ("0", "0"), false), "-500.01");
    assert_eq!(value("2000.02 / 12 * 3", "number", ("0", "0"), false), "500.005");
}

/// 2^63, 2^64, 2^127, 2^128 and their neighbours: sums, products and quotients by `num-bigint`.
#[test]
fn products_pass_machine_words() {
    let powers = [31_u32, 32, 53, 62, 63, 64];
    let near = |power: u32| -> [BigInt; 3] { [-1, 0, 1].map(|step| (BigInt::from(1) << power) + step) };
    for (one, other) in powers.iter().flat_map(|one| powers.map(|other| (*one, other))) {
        for (a, b) in near(one).into_iter().flat_map(|a| near(other).map(|b| (a.clone(), b))) {
            let facts = (a.to_string(), b.to_string());
            let facts = (facts.0.as_str(), facts.1.as_str());
            assert_eq!(value("a * b", "number", facts, true), (&a * &b).to_string());
            assert_eq!(value("a * b * a - b", "number", facts, true), (&a * &b * &a - &b).to_string());
            let quotient = Q::new(a.clone(), b.clone()) - Q::new(1.into(), &a * &b);
            assert_eq!(value("a / b - 1 / (a * b)", "number", facts, true), exact_text(&quotient));
        }
    }
    let largest = "9999999999999999999999999999";
    let square: BigInt = largest.parse::<BigInt>().expect("digits").pow(2);
    assert_eq!(value("a * -a", "number", (largest, "0"), true), format!("-{square}"));
}

fn treasury(count: u64) -> Pool {
    let weight = |index: u64| 100_000_000 + (index * 982_451_653 + index * index * 57_885_161) % 900_000_000;
    let members =
        (0..count).map(|index| Member::new(int(i64::try_from(weight(index)).expect("nine digits")))).collect();
    Pool { fen: 99_999_999_999_999, to: "0.01", portion: "100%", members }
}

#[test]
fn the_largest_fund_over_two_thousand_nine_digit_weights() {
    let pool = treasury(2_000);
    let outcome = pool.run();
    let expected = divide(&pool.amount(), &q(pool.to), &pool.recipients()).expect("no floors").parts;
    assert_eq!(parts(outcome.answer(), 2_000), expected);
    assert_eq!(expected.iter().fold(int(0), |sum, part| sum + part), q("999999999999.99"));
}

/// Some floors and caps hold, some recipients are free; both limits are between two fen.
#[test]
fn the_largest_fund_with_floors_and_caps() {
    let mut pool = treasury(2_000);
    for (index, member) in pool.members.iter_mut().enumerate() {
        member.floor = if index % 3 == 0 { q("450000000.005") } else { int(0) };
        member.cap = (index % 2 == 0).then(|| q("520000000.009"));
    }
    let verdict = divide(&pool.amount(), &q(pool.to), &pool.recipients()).expect("the floors fit");
    assert!(verdict.free.iter().any(|free| *free) && verdict.free.iter().any(|free| !free));
    assert_eq!(parts(pool.run().answer(), 2_000), verdict.parts);
}

/// A cap that no fund can hold is as good as none; the products of such caps and large weights are beyond 2^127.
#[test]
fn caps_and_weights_beyond_every_fund() {
    let caps = ["9223372036854775807", "9999999999999999999999999999", "184467440737095516.16"].map(q);
    let members: Vec<Member> =
        caps.into_iter().map(|cap| Member { cap: Some(cap), ..Member::new(int(i64::MAX)) }).collect();
    let pool = Pool { fen: 778_845, to: "0.01", portion: "100%", members };
    assert_eq!(parts(pool.run().answer(), 3), [q("2596.15"), q("2596.15"), q("2596.15")]);
}

proptest! {
    #![proptest_config(config(256, 90))]

    /// §8: a number beyond 12 places is shown rounded half_even, and exactly on request.
    #[test]
    fn numbers_are_shown_to_twelve_places(a in -1_000_000_000_000_i64..1_000_000_000_000, b in 1_i64..3_000, scale in 0_u32..3) {
        let b = b * 10_i64.pow(scale * 3);
        let (exact, facts) = (int(a) / int(b) / int(4_096), (a.to_string(), b.to_string()));
        let facts = (facts.0.as_str(), facts.1.as_str());
        prop_assert_eq!(value("a / b / 4096", "number", facts, true), exact_text(&exact));
        prop_assert_eq!(value("a / b / 4096", "number", facts, false), shown_in_places(&exact));
    }
}

/// A differential test is worth what its cases reach: most random plans give a result, and every refusal occurs.
#[test]
fn the_generator_reaches_results_and_refusals() {
    let mut runner = TestRunner::new(config(1, 3));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: &str| *seen.entry(what.to_owned()).or_default() += 1;
    for _ in 0..2_000 {
        match solve(&cases().new_tree(&mut runner).expect("a case").current()) {
            Outcome::Done(answer) => {
                count("result");
                answer.warnings.iter().for_each(|(code, _, _)| count(code));
                let withheld = answer.funds.values().any(|fund| !fund.withheld.is_empty());
                let reached = [
                    ("draws", answer.funds.values().any(|fund| !fund.drawn.is_empty())),
                    ("withheld", withheld),
                    ("vetoes", !answer.vetoes.is_empty()),
                    ("lines", !answer.lines.is_empty()),
                ];
                reached.iter().filter(|(_, met)| *met).for_each(|(what, _)| count(what));
            }
            Outcome::Refused(errors) => errors.iter().for_each(|error| count(&error.code)),
        }
    }
    let wanted = [
        ("result", 800),
        ("draws", 400),
        ("lines", 100),
        ("vetoes", 60),
        ("withheld", 15),
        ("share_not_absorbed", 20),
        ("tie_broken_by_id", 15),
        ("blank_used", 20),
        ("division_by_zero", 3),
        ("overflow", 1),
        ("no_key", 3),
        ("no_band", 3),
        ("bad_step", 1),
        ("negative_weight", 5),
        ("bad_limit", 5),
        ("floor_above_cap", 5),
        ("negative_amount", 20),
        ("fund_overdrawn", 20),
        ("floors_exceed_amount", 20),
        ("bad_portion", 5),
        ("tie_refused", 20),
        ("check_failed", 20),
        ("negative_total", 3),
        ("money_too_large", 5),
    ];
    for (what, least) in wanted {
        assert!(seen.get(what).is_some_and(|count| *count >= least), "{what}: {seen:#?}");
    }
}

/// What refuses a plan whose fund `v.m` has grown beyond 10¹⁵ yuan by a payback, at this further step: code, level, row.
fn refused_beyond_the_limit(step: Json) -> Vec<[String; 3]> {
    let levels = json!([
        {"name": "u"}, {"name": "v", "parent": "u", "facts": [{"name": "m", "type": "money"}]},
        {"name": "w", "parent": "v", "facts": [{"name": "back", "type": "money"}]}
    ]);
    let payback =
        json!({"do": "formula", "level": "w", "name": "p", "type": "money", "formula": "-back", "from": "v.m"});
    let data = json!({
        "u": [{"id": "U"}], "v": [{"id": "V", "parent": "U", "facts": {"m": "999999999999999.99"}}],
        "w": [{"id": "W", "parent": "V", "facts": {"back": "0.01"}}, {"id": "X", "parent": "V", "facts": {"back": "0"}}]
    });
    let plan = json!({"language": 1, "code": "t", "title": "t", "levels": levels, "steps": [payback, step]});
    match engine::outcome(&plan.to_string(), &data.to_string()) {
        Outcome::Refused(errors) => errors.into_iter().map(|error| [error.code, error.level, error.row]).collect(),
        Outcome::Done(answer) => panic!("not refused: {answer:?}"),
    }
}

/// §4, §9: money of 10¹⁵ yuan or more is refused in columns, whatever step makes it.
#[test]
fn a_share_may_be_too_large() {
    let share = json!({"do": "share", "level": "w", "name": "s", "from": "v.m", "weight": "back"});
    assert_eq!(refused_beyond_the_limit(share), [["money_too_large", "w", "W"]]);
}

#[test]
fn a_collected_balance_may_be_too_large() {
    let collect = json!({"do": "collect", "level": "u", "name": "c", "from": "v.m"});
    assert_eq!(refused_beyond_the_limit(collect), [["money_too_large", "u", "U"]]);
}

#[test]
fn a_tie_of_many_names_the_first_hundred() {
    let plan = json!({"language": 1, "code": "t", "title": "t",
        "levels": [{"name": "school"}, {"name": "staff", "parent": "school", "facts": [{"name": "score", "type": "number"}]}],
        "steps": [{"do": "rank", "level": "staff", "name": "place", "by": "score", "ties": "refuse"}]});
    let plan = plan_text(plan.to_string().as_bytes()).expect("a plan").plan;
    let refused = |count: usize| {
        let row = |number: usize| json!({"id": format!("T{number:05}"), "parent": "S", "facts": {"score": 1}});
        let data = json!({"school": [{"id": "S"}], "staff": (0..count).map(row).collect::<Vec<Json>>()});
        let data = read_data(&plan, data.to_string().as_bytes()).expect("data");
        let refusal = fenpei::engine::calculate(&plan, &data).err().expect("a tie");
        let told = fenpei::wire::refusal::error(&refusal.faults[0], fenpei::plan::Language::English);
        (refusal.total, fenpei::wire::canonical::text(&told))
    };
    let (total, told) = refused(100);
    assert!(total == 100 && told.contains("T00099") && !told.contains("in all"), "{told}");
    // Every row is told the same, so that no more is told, nor kept, than there are rows.
    let (total, told) = refused(20_000);
    assert!(total == 20_000 && told.contains("\"T00099\"") && !told.contains("T00100"), "{told}");
    assert!(told.contains("and others, 20000 rows in all"), "{told}");
}

#[test]
fn guesses_are_tried_only_while_there_is_time() {
    let read = |file: &str| std::fs::read(format!("plans/xincheng/{file}")).expect("a ready plan");
    let plan = plan_text(&read("plan.json")).expect("a plan").plan;
    let data = read_data(&plan, &read("data.json")).expect("its data");
    let all = worlds(&plan, &data, &|| true);
    assert!(all.len() > 3, "{}", all.len());
    let asked = std::cell::Cell::new(0);
    let some = worlds(&plan, &data, &|| {
        asked.set(asked.get() + 1);
        asked.get() <= 3
    });
    let guesses = |worlds: &[World]| worlds.iter().map(|world| world.guess.clone()).collect::<Vec<Guess>>();
    assert!(some.len() <= 3 && guesses(&all).starts_with(&guesses(&some)));
    assert!(worlds(&plan, &data, &|| false).is_empty());
}
