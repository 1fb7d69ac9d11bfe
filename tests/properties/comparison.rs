//! Comparisons: causes sum to the fen, and each is what the worlds in between come to.

use std::collections::{BTreeMap, BTreeSet};

use fenpei::engine::{Cause, Compared, Comparison, Counts, Data, Outcome, calculate};
use fenpei::plan::Plan;
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::generate::pairs;
use crate::worlds::{self, Causes, Side, side};
use crate::{config, texts};

fn read(side: &Side) -> Option<(Plan, Data)> {
    let plan = plan_text(side.plan.to_string().as_bytes()).ok()?.plan;
    let data = read_data(&plan, side.data.to_string().as_bytes()).ok()?;
    Some((plan, data))
}

/// What two sides come to, where both have a result.
fn compared<T>(base: &Side, other: &Side, work: impl FnOnce(&Comparison<'_>, [&Outcome<'_>; 2]) -> T) -> Option<T> {
    let ((plan, data), (other_plan, other_data)) = (read(base)?, read(other)?);
    let (first, second) = (calculate(&plan, &data).ok()?, calculate(&other_plan, &other_data).ok()?);
    let comparison = Comparison::new(&first, &second, base.plan == other.plan);
    match comparison {
        Some(comparison) => Some(work(&comparison, [&first, &second])),
        None => {
            assert!(plan.payee.is_none() || other_plan.payee.is_none());
            None
        }
    }
}

fn all<'a>(comparison: &Comparison<'a>) -> Vec<Compared<'a>> {
    comparison.page("", usize::MAX, false, &|| true).payees
}

fn causes(payee: &Compared<'_>) -> Causes {
    payee.causes.iter().map(|moved| (moved.cause, moved.amount)).collect()
}

fn totals(outcome: &Outcome<'_>) -> BTreeMap<String, i128> {
    let payee = outcome.plan.payee.expect("somebody is paid");
    outcome.data.levels[payee].ids.iter().cloned().zip(outcome.all_totals().iter().copied()).collect()
}

/// Everything that holds of any two results. Gives all causes that were told.
fn sound(comparison: &Comparison<'_>, [base, other]: [&Outcome<'_>; 2]) -> BTreeSet<Cause> {
    let (payees, before, after) = (all(comparison), totals(base), totals(other));
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    assert!(payees.iter().map(|payee| payee.id).eq(ids.into_iter().map(String::as_str)), "every payee once, by id");
    let (mut counts, mut told) = (Counts::default(), BTreeSet::new());
    let refused: BTreeSet<Cause> = comparison.refused().map(|(cause, _)| cause).collect();
    for payee in &payees {
        let total = [&before, &after].map(|totals| totals.get(payee.id).copied());
        assert_eq!([payee.total.base, payee.total.other], total);
        let difference = total[1].unwrap_or(0) - total[0].unwrap_or(0);
        assert_eq!(payee.total.difference(), difference);
        assert_eq!(payee.items.values().map(|item| item.difference()).sum::<i128>(), difference);
        assert_eq!(payee.causes.iter().map(|moved| moved.amount).sum::<i128>(), difference, "{}", payee.id);
        assert!(payee.causes.iter().all(|moved| moved.amount != 0));
        let mut in_order: Vec<Cause> = Vec::new();
        for moved in &payee.causes {
            in_order.extend(moved.with.iter().chain([&moved.cause]));
            assert!(moved.with.iter().all(|with| refused.contains(with) || *with == Cause::OtherFacts));
        }
        assert!(in_order.is_sorted_by(|one, next| one < next), "{in_order:?}");
        told.extend(in_order);
        let items = payee.items.values().any(|item| item.difference() != 0);
        match total {
            [Some(_), Some(_)] => {
                (counts.both, counts.changed) = (counts.both + 1, counts.changed + usize::from(items))
            }
            [None, _] => counts.new += 1,
            [_, None] => counts.gone += 1,
        }
    }
    assert_eq!(comparison.counts(), counts);
    let changed = comparison.page("", usize::MAX, true, &|| true).payees.len();
    assert_eq!(changed, counts.changed + counts.new + counts.gone);
    let sum = |totals: &BTreeMap<String, i128>| totals.values().sum::<i128>();
    assert_eq!(comparison.total().difference(), sum(&after) - sum(&before));
    assert_eq!(comparison.causes().iter().map(|moved| moved.amount).sum::<i128>(), sum(&after) - sum(&before));
    told
}

proptest! {
    #![proptest_config(config(250, 90))]

    /// Whatever the sides are: everything sums up, and what did not change is no cause.
    #[test]
    fn causes_sum_to_the_difference((base, other) in pairs()) {
        let [base, other] = [&base, &other].map(|case| { let (plan, data) = texts(case); side(&plan, &data) });
        let told = compared(&base, &other, sound);
        let Some(told) = told else { return Ok(()) };
        if base.plan == other.plan {
            prop_assert!(!told.contains(&Cause::Plan));
        }
        let rows = |side: &Side| {
            let levels = side.data.as_object().expect("levels").iter();
            let rows = levels.flat_map(|(level, rows)| rows.as_array().expect("rows").iter().map(move |row| {
                (level.clone(), row["id"].clone().to_string(), row["parent"].to_string())
            }));
            rows.collect::<BTreeSet<_>>()
        };
        let levels = |side: &Side| {
            let levels = side.plan["levels"].as_array().expect("levels").iter();
            levels.map(|level| (level["name"].to_string(), level["parent"].to_string())).collect::<Vec<_>>()
        };
        if rows(&base) == rows(&other) && levels(&base) == levels(&other) && base.plan["payee"] == other.plan["payee"] {
            prop_assert!(!told.contains(&Cause::Headcount));
        }
        if base.data == other.data && base.plan["levels"] == other.plan["levels"] {
            prop_assert!(told.iter().all(|cause| matches!(cause, Cause::Plan | Cause::Rounding)), "{told:?}");
        }
    }

    /// Every amount of every cause against worlds that are written down and calculated.
    #[test]
    fn causes_are_what_the_worlds_in_between_come_to((base, other) in pairs()) {
        let [base, other] = [&base, &other].map(|case| { let (plan, data) = texts(case); side(&plan, &data) });
        let found = compared(&base, &other, |comparison, _| {
            all(comparison).iter().map(|payee| (payee.id.to_owned(), causes(payee))).collect::<BTreeMap<_, _>>()
        });
        let Some(found) = found else { return Ok(()) };
        let Some(expected) = worlds::causes(&base, &other) else { return Ok(()) };
        prop_assert_eq!(found, expected, "\n{}\n{}\n{}\n{}", base.plan, base.data, other.plan, other.data);
    }

    /// A result and itself.
    #[test]
    fn nothing_changed_where_nothing_changed((base, _) in pairs()) {
        let (plan, data) = texts(&base);
        let base = side(&plan, &data);
        let told = compared(&base, &base, |comparison, outcomes| {
            (sound(comparison, outcomes), comparison.counts(), comparison.causes())
        });
        let Some((told, counts, causes)) = told else { return Ok(()) };
        prop_assert!(told.is_empty() && causes.is_empty() && counts.changed + counts.new + counts.gone == 0);
    }

    /// Pages together are the whole, wherever they end.
    #[test]
    fn pages_are_the_whole((base, other) in pairs(), limit in 1..4usize, changed in any::<bool>()) {
        let [base, other] = [&base, &other].map(|case| { let (plan, data) = texts(case); side(&plan, &data) });
        let same = compared(&base, &other, |comparison, _| {
            let told = |payee: &Compared<'_>| (payee.id.to_owned(), payee.total, payee.causes.clone());
            let whole: Vec<_> = comparison.page("", usize::MAX, changed, &|| true).payees.iter().map(told).collect();
            for goes_on in [true, false] {
                let (mut pages, mut after) = (Vec::new(), String::new());
                loop {
                    let page = comparison.page(&after, limit, changed, &|| goes_on);
                    assert!(page.payees.len() <= limit && (!page.payees.is_empty() || !page.more));
                    pages.extend(page.payees.iter().map(told));
                    let Some(last) = page.payees.last().filter(|_| page.more) else { break };
                    last.id.clone_into(&mut after);
                }
                assert_eq!(pages, whole);
            }
        });
        prop_assert!(same.is_none_or(|()| true));
    }
}

/// The ready plans with their data.
fn ready() -> Vec<Side> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/plans");
    let mut sides = Vec::new();
    for plan in std::fs::read_dir(folder).expect("the plans").flatten() {
        let text = |file: &str| std::fs::read_to_string(plan.path().join(file)).expect("readable");
        sides.push(side(&text("plan.json"), &text("data.json")));
    }
    assert_eq!(sides.len(), 5);
    sides
}

/// Another value of the same kind, near enough to be good.
fn nudged(value: &Json) -> Option<Json> {
    match value {
        Json::Bool(flag) => Some(json!(!flag)),
        Json::Number(number) => Some(json!(number.as_i64()? + 1)),
        Json::String(text) => {
            let (whole, places) = text.split_once('.').unwrap_or((text, ""));
            let whole: i64 = whole.parse().ok()?;
            Some(json!(format!("{}{}{places}", whole + 1, if places.is_empty() { "" } else { "." })))
        }
        _ => None,
    }
}

/// Sides in which one thing is other than in this one, and the causes that there may then be.
fn touched(side: &Side) -> Vec<(&'static str, Side, Vec<Cause>)> {
    let mut touched = Vec::new();
    let constants = side.plan["constants"].as_array().map_or(0, Vec::len);
    for number in 0..constants {
        let mut other = side.clone();
        let value = &mut other.plan["constants"][number]["value"];
        let Some(new) = nudged(value) else { continue };
        *value = new;
        touched.push(("constant", other, vec![Cause::Plan]));
    }
    let payee = side.plan["payee"].as_str().expect("a payee").to_owned();
    let plan = plan_text(side.plan.to_string().as_bytes()).expect("a good plan").plan;
    for (level, rows) in side.data.as_object().expect("levels") {
        let number = plan.level_named(level).expect("a level");
        let above = plan.levels[plan.payee.expect("a payee")].ancestry[1..].contains(&number);
        for place in (0..rows.as_array().expect("rows").len()).step_by(5) {
            for (name, value) in rows[place]["facts"].as_object().into_iter().flatten() {
                let Some(new) = nudged(value) else { continue };
                let column =
                    plan.levels[number].columns.iter().position(|column| column.name == *name).expect("a fact");
                let mut other = side.clone();
                other.data[level][place]["facts"][name] = new;
                touched.push(if above && plan.is_fund(number, column) {
                    ("fund", other, vec![Cause::Funds])
                } else {
                    ("fact", other, vec![Cause::OtherFacts, Cause::OwnFacts])
                });
            }
            if *level == payee {
                let mut other = side.clone();
                other.data[level].as_array_mut().expect("rows").remove(place);
                touched.push(("gone", other, vec![Cause::Headcount]));
                let mut other = side.clone();
                other.data[level][place]["parent"] = rows[rows.as_array().expect("rows").len() - 1]["parent"].clone();
                touched.push(("moved", other, vec![Cause::Headcount]));
            }
        }
    }
    touched
}

#[test]
fn what_alone_is_touched_in_a_ready_plan_is_the_only_cause() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for base in ready() {
        for (what, other, causes) in touched(&base) {
            for (what, one, two) in [(what, &base, &other), ("back", &other, &base)] {
                let told = compared(one, two, |comparison, outcomes| {
                    assert!(comparison.refused().next().is_none(), "{what}");
                    (sound(comparison, outcomes), comparison.counts())
                });
                let Some((told, counts)) = told else { continue };
                assert!(
                    told.iter().all(|cause| causes.contains(cause) || *cause == Cause::Rounding),
                    "{what}: {told:?}"
                );
                let moved = told.iter().any(|cause| *cause != Cause::Rounding) || counts.new + counts.gone > 0;
                *seen.entry(what).or_default() += usize::from(moved);
            }
        }
    }
    for (what, least) in [("constant", 10), ("fund", 6), ("fact", 30), ("gone", 10), ("moved", 10), ("back", 60)] {
        assert!(seen.get(what).is_some_and(|count| *count >= least), "{what}: {seen:?}");
    }
}

/// A side in which one thing of each of these kinds is other; which, `seed` decides.
fn other_in(base: &Side, kinds: &[&str], seed: usize) -> Side {
    kinds.iter().enumerate().fold(base.clone(), |side, (turn, kind)| {
        let found: Vec<Side> =
            touched(&side).into_iter().filter(|(what, _, _)| what == kind).map(|(_, other, _)| other).collect();
        let mut good = (0..found.len()).map(|place| &found[(seed * 7 + turn * 31 + place * 5) % found.len()]);
        let good = good.find(|other| read(other).is_some_and(|(plan, data)| calculate(&plan, &data).is_ok()));
        good.cloned().unwrap_or(side)
    })
}

#[test]
fn causes_of_ready_plans_are_what_the_worlds_in_between_come_to() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (number, base) in ready().into_iter().enumerate() {
        let other =
            other_in(&base, &["constant", "fact", "fact", "fact", "fact", "fact", "fund", "gone", "moved"], number);
        for (one, two) in [(&base, &other), (&other, &base)] {
            let found = compared(one, two, |comparison, outcomes| {
                sound(comparison, outcomes);
                all(comparison).iter().map(|payee| (payee.id.to_owned(), causes(payee))).collect::<BTreeMap<_, _>>()
            });
            let found = found.expect("both have results");
            assert_eq!(Some(&found), worlds::causes(one, two).as_ref());
            for causes in found.values() {
                causes.iter().for_each(|(cause, _)| *seen.entry(format!("{cause:?}")).or_default() += 1);
                let both = [Cause::OtherFacts, Cause::OwnFacts];
                let both = both.iter().all(|cause| causes.iter().any(|(known, _)| known == cause));
                *seen.entry("both".to_owned()).or_default() += usize::from(both);
            }
        }
    }
    for what in ["Plan", "Headcount", "Funds", "OtherFacts", "OwnFacts", "Rounding", "both"] {
        assert!(seen.get(what).is_some_and(|count| *count >= 4), "{what}: {seen:?}");
    }
}
