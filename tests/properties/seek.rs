//! Goal seek against trying every value.

use fenpei::engine::Data;
use fenpei::engine::seek::{BELOW_KEEP, Found, Goal, Grid, MOST_TRIED, Missed, TRIED_WHOLE, Trial, seek, tried};
use fenpei::exact::{Fen, Number};
use fenpei::plan::Plan;
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::config;

/// Schools that pay so much an hour from what they have; what a check wants of it.
fn paper(funds: &[i64], hours: &[i64], assert: &str) -> (Plan, Data) {
    let plan = json!({
        "language": 1, "code": "t", "title": "t", "payee": "staff",
        "constants": [{"name": "other", "value": "1"}, {"name": "rate", "value": "0"}],
        "levels": [
            {"name": "school", "facts": [{"name": "fund", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [{"name": "hours", "type": "number"}]}],
        "steps": [
            {"do": "formula", "level": "staff", "name": "pay", "type": "money", "formula": "rate * hours",
             "from": "school.fund", "pay": {"item": "p"}},
            {"do": "check", "level": "school", "name": "never", "assert": "fund < 0"},
            {"do": "check", "level": "school", "name": "wanted", "assert": assert}]
    });
    let schools: Vec<Json> = funds
        .iter()
        .enumerate()
        .map(|(number, fund)| json!({"id": format!("S{number}"), "facts": {"fund": fund.to_string()}}))
        .collect();
    let staff: Vec<Json> = hours.iter().enumerate().map(|(number, hours)| {
        let school = format!("S{}", number % funds.len());
        json!({"id": format!("T{number}"), "parent": school, "name": format!("师{number}"), "facts": {"hours": hours}})
    }).collect();
    let plan = plan_text(plan.to_string().as_bytes()).expect("a good plan").plan;
    let data = read_data(&plan, json!({"school": schools, "staff": staff}).to_string().as_bytes()).expect("good data");
    (plan, data)
}

/// The place of `rate` among the constants, and of `wanted` among the steps.
const RATE: usize = 1;
const WANTED: usize = 2;

fn sought(plan: &Plan, data: &Data, grid: &Grid, goal: &Goal) -> Result<Found, Missed> {
    let mut trial =
        |value: &Number| -> Result<Trial, std::convert::Infallible> { Ok(tried(plan, data, RATE, value, goal)) };
    match seek(grid, &mut trial) {
        Ok(found) => found,
        Err(never) => match never {},
    }
}

/// Hundredths.
fn grid(from: i64, count: u64, step: i64) -> Grid {
    let number = |hundredths: i64| Number::ratio(hundredths.into(), 100);
    let to = from + step * i64::try_from(count - 1).expect("few") + step / 2;
    Grid::new(number(from), &number(to), number(step)).expect("a grid")
}

/// What every school keeps at a rate in hundredths; none where one is overdrawn. By whole fen: hours are whole.
fn kept(funds: &[i64], hours: &[i64], rate: i64) -> Option<Vec<i64>> {
    let left = |school: usize| {
        let worked: i64 =
            hours.iter().enumerate().filter(|(number, _)| number % funds.len() == school).map(|(_, it)| it).sum();
        funds[school] * 100 - rate * worked
    };
    let kept: Vec<i64> = (0..funds.len()).map(left).collect();
    kept.iter().all(|left| *left >= 0).then_some(kept)
}

proptest! {
    #![proptest_config(config(200, 43))]

    /// Small grids are tried whole, larger ones by halving: both find the largest rate that leaves enough in every fund.
    #[test]
    fn the_largest_rate_is_that_of_trying_all(
        funds in prop::collection::vec(0_i64..60, 1..4),
        hours in prop::collection::vec(0_i64..12, 1..6),
        (keep, from, step) in (0_i64..1_000, 0_i64..50, 1_i64..40),
        count in prop_oneof![1_u64..=200, 201_u64..1_500],
    ) {
        let (plan, data) = paper(&funds, &hours, "true");
        let grid = grid(from, count, step);
        prop_assert_eq!(grid.count, count);
        let found = sought(&plan, &data, &grid, &Goal::Fund(0, 0, Fen::from(keep)));
        let rate = |place: u64| from + step * i64::try_from(place).unwrap();
        let does = |place: u64| kept(&funds, &hours, rate(place)).is_some_and(|kept| kept.iter().all(|left| *left >= keep));
        let largest = (0..count).rev().find(|place| does(*place));
        match (found, largest) {
            (Err(Missed::Nowhere(..)), None) => {}
            (Ok(found), Some(place)) => {
                prop_assert_eq!(&found.value, &Number::ratio(rate(place).into(), 100));
                let most = if count <= TRIED_WHOLE { count } else { MOST_TRIED };
                prop_assert!(found.tried <= usize::try_from(most).unwrap());
                let left: i64 = kept(&funds, &hours, rate(place)).unwrap().iter().sum();
                prop_assert_eq!(found.balance.left, Fen::from(left));
                prop_assert_eq!(found.next.is_none(), place + 1 == count);
                if let Some((value, binding)) = found.next {
                    prop_assert_eq!(value, Number::ratio(rate(place + 1).into(), 100));
                    let short = |left: &Vec<i64>| left.iter().position(|left| *left < keep).map(|row| format!("S{row}"));
                    match kept(&funds, &hours, rate(place + 1)) {
                        Some(left) => prop_assert_eq!((binding.code, binding.row), (BELOW_KEEP, short(&left))),
                        None => prop_assert_eq!(binding.code, "fund_overdrawn"),
                    }
                }
            }
            (found, largest) => prop_assert!(false, "{found:?} for {largest:?}"),
        }
    }

    /// A check that holds in a part of the grid: an answer only where everything below it holds too.
    #[test]
    fn what_is_not_monotone_has_no_answer((low, high) in (0_i64..120, 0_i64..120), count in 1_u64..=100) {
        let assert = format!("and(rate >= {low}, rate <= {high})");
        let (plan, data) = paper(&[1_000_000], &[1], &assert);
        let grid = grid(0, count, 100);
        let does = |place: i64| (low..=high).contains(&place);
        let last = i64::try_from(count).unwrap() - 1;
        let largest = (0..=last).rev().find(|place| does(*place));
        match (sought(&plan, &data, &grid, &Goal::Check(WANTED)), largest) {
            (Err(Missed::Nowhere(binding, tried)), None) => {
                prop_assert_eq!((binding.code, binding.step, tried), ("check_failed", Some("wanted".to_owned()), usize::try_from(count).unwrap()));
            }
            (Err(Missed::NotMonotone { fails, holds, .. }), Some(_)) => {
                prop_assert!(low > 0 && fails < holds);
                prop_assert_eq!((fails, holds), (Number::ZERO, Number::from(low)));
            }
            (Ok(found), Some(largest)) => prop_assert_eq!((low, found.value), (0, Number::from(largest))),
            (found, largest) => prop_assert!(false, "{found:?} for {largest:?}"),
        }
    }
}

/// On a large grid: what fails at the beginning but not later, or holds again far above the end, is found by the values all over.
#[test]
fn holes_in_a_large_grid_are_found() {
    let grid = grid(0, 10_000, 100);
    for (assert, monotone) in [
        ("rate <= 7000", true),
        ("rate >= 3000", false),
        ("or(rate <= 2000, rate >= 8000)", false),
        ("or(rate <= 2000, rate = 2003)", false),
        ("and(rate <= 9000, or(rate < 3000, rate > 3400))", false),
    ] {
        let (plan, data) = paper(&[1_000_000], &[1], assert);
        let found = sought(&plan, &data, &grid, &Goal::Check(WANTED));
        assert_eq!(found.is_ok(), monotone, "{assert}: {found:?}");
        assert!(monotone || matches!(found, Err(Missed::NotMonotone { .. })), "{assert}: {found:?}");
    }
    let (plan, data) = paper(&[1_000_000], &[1], "rate < 0");
    let nowhere = sought(&plan, &data, &grid, &Goal::Check(WANTED));
    assert!(matches!(nowhere, Err(Missed::Nowhere(..))), "{nowhere:?}");
}

/// Grids that are none.
#[test]
fn a_grid_has_a_value_and_not_too_many() {
    let number = |text: &str| fenpei::exact::Decimal::parse(text).expect("a decimal").number().clone();
    let grid =
        |from: &str, to: &str, step: &str| Grid::new(number(from), &number(to), number(step)).map(|grid| grid.count);
    assert_eq!(grid("0", "1000", "0.01"), Some(100_001));
    assert_eq!(grid("0.5", "0.5", "7"), Some(1));
    assert_eq!(grid("0", "1", "0.3"), Some(4));
    assert_eq!(grid("0", "999999999", "1"), Some(1_000_000_000));
    assert_eq!(
        [grid("0", "1000000000", "1"), grid("1", "0", "1"), grid("0", "1", "0"), grid("0", "1", "-1")],
        [None; 4]
    );
    assert_eq!(grid("-9999999999999999999999999999", "9999999999999999999999999999", "0.000000000001"), None);
}
