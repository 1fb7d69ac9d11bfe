//! `cargo bench`: what checking and calculating cost. Figures are per call; the README gives them per person and as
//! ratios, because machines differ.

use divan::{Bencher, black_box};
use fenpei::engine::simulation::{Changes, FactChange, compare, groupings, school_level, spread, supposed};
use fenpei::engine::{Comparison, Data, DataBuilder, Numbers, RowInput, calculate, calculate_supposing};
use fenpei::exact::{Claim, Division, NotExact, Number, apportion};
use fenpei::plan::Plan;
use fenpei::plan::document::Value;
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use fenpei::wire::result::Report;

mod people;

use people::{PLAN, data_text};

fn main() {
    divan::main();
}

fn plan() -> Plan {
    plan_text(PLAN.as_bytes()).unwrap_or_else(|_| std::process::abort()).plan
}

fn data(plan: &Plan, people: usize) -> Data {
    read_data(plan, data_text(people).as_bytes()).unwrap_or_else(|_| std::process::abort())
}

#[divan::bench]
fn check_plan(bencher: Bencher) {
    bencher.bench(|| plan_text(black_box(PLAN.as_bytes())).is_ok());
}

/// The engine alone: columns in, columns out.
#[divan::bench(args = [100, 3_400, 100_000])]
fn calculate_people(bencher: Bencher, people: usize) {
    let plan = plan();
    let data = data(&plan, people);
    assert!(calculate(&plan, &data).is_ok());
    bencher.counter(divan::counter::ItemsCount::new(people)).bench(|| calculate(&plan, black_box(&data)).is_ok());
}

/// JSON of data to columns.
#[divan::bench(args = [100, 3_400, 100_000])]
fn read_people(bencher: Bencher, people: usize) {
    let plan = plan();
    let text = data_text(people);
    bencher
        .counter(divan::counter::ItemsCount::new(people))
        .bench(|| read_data(&plan, black_box(text.as_bytes())).is_ok());
}

/// Columns to JSON of the result, with its three fingerprints.
#[divan::bench(args = [100, 3_400, 100_000])]
fn print_people(bencher: Bencher, people: usize) {
    let plan = plan();
    let data = data(&plan, people);
    let outcome = calculate(&plan, &data).unwrap_or_else(|_| std::process::abort());
    bencher.counter(divan::counter::ItemsCount::new(people)).bench(|| {
        let mut bytes = Vec::new();
        Report::new(&outcome, String::new(), false).write(&mut bytes).is_ok()
    });
}

/// A hundred variants, each with another constant and other facts at every row of a level, compared with the base; and what
/// part of it the calculations are.
#[divan::bench(args = [100, 3_400], sample_count = 10)]
fn simulate_hundred_variants(bencher: Bencher, people: usize) {
    let plan = plan();
    let data = data(&plan, people);
    let base = calculate_supposing(&plan, &data, &supposed()).unwrap_or_else(|_| std::process::abort());
    let changes = |number: i64| Changes {
        constants: vec![("extra_rate".to_owned(), Number::from(15 + number % 5))],
        cells: Vec::new(),
        facts: vec![FactChange {
            level: "staff".to_owned(),
            fact: "weekly_lessons".to_owned(),
            condition: Some(format!("weekly_lessons > {}", number % 20)),
            formula: "weekly_lessons - 1".to_owned(),
        }],
    };
    let school = school_level(&plan, plan.level_named("school"));
    bencher.counter(divan::counter::ItemsCount::new(100 * people)).bench(|| {
        for number in 0..100 {
            let changes = changes(number);
            let other = changes.plan(&plan).unwrap_or_else(|_| std::process::abort());
            let changed = changes.data(&other, black_box(&data)).unwrap_or_else(|_| std::process::abort());
            let variant = calculate_supposing(&other, &changed, &supposed()).unwrap_or_else(|_| std::process::abort());
            black_box((compare(&base, &variant, school, &groupings(&plan)), spread(&variant, school)));
        }
    });
}

/// Two results of 3,400 people, some of whom score otherwise: the worlds that all share, and a page besides, in which
/// everything is calculated once more for each who scores otherwise.
#[divan::bench(args = [0, 100], sample_count = 10)]
fn compare_people(bencher: Bencher, page: usize) {
    let plan = plan();
    let text = data_text(3_400);
    let data = |text: &str| read_data(&plan, text.as_bytes()).unwrap_or_else(|_| std::process::abort());
    let (base, other) = (data(&text), data(&text.replace("\"score\":\"9", "\"score\":\"8")));
    let [Ok(base), Ok(other)] = [calculate(&plan, &base), calculate(&plan, &other)] else { std::process::abort() };
    bencher
        .bench(|| Comparison::new(&base, &other, true).map(|whole| whole.page("", page, true, &|| true).payees.len()));
}

/// Why columns are integers over a common denominator while they fit: a product and a sum of 100,000 rows each way.
#[divan::bench(args = ["integers", "rationals"])]
fn multiply_and_add_columns(bencher: Bencher, representation: &str) {
    let value = |row: i64| Number::ratio(i128::from(row * 7_919 % 10_000), 100);
    let column = |rows: std::ops::Range<i64>| Numbers::Exact(rows.map(value).collect());
    let (mut one, mut other) = (column(0..100_000), column(100_000..200_000));
    if representation == "integers" {
        (one, other) = (one.narrow(), other.narrow());
    }
    let failing: &mut dyn FnMut(u32, NotExact) = &mut |_, _| {};
    bencher
        .counter(divan::counter::ItemsCount::new(100_000_usize))
        .bench_local(|| black_box(&one).times(&other, failing).plus(&one, false, failing).len());
}

/// One pool among two million: the apportionment alone.
#[divan::bench(sample_count = 10)]
fn apportion_two_million(bencher: Bencher) {
    let claims: Vec<Claim<u128>> = (0..2_000_000_u128)
        .map(|index| Claim { weight: 100_000_000 + index * 7_919 % 899_999_999, floor: 0, cap: None })
        .collect();
    bencher.counter(divan::counter::ItemsCount::new(claims.len())).bench(|| {
        apportion(99_999_999_999_999, black_box(&claims), &|_, _| std::cmp::Ordering::Equal, Division::LargestRemainder)
            .is_ok()
    });
}

const SHARE: &str = r#"{"language": 1, "code": "share", "title": "share",
    "levels": [{"name": "school", "facts": [{"name": "pool", "type": "money"}]},
               {"name": "staff", "parent": "school", "facts": [{"name": "points", "type": "number"}]}],
    "steps": [{"do": "share", "level": "staff", "name": "merit", "from": "school.pool", "weight": "points"}]}"#;

/// A share step of two million recipients of one fund.
#[divan::bench(sample_count = 10)]
fn share_two_million(bencher: Bencher) {
    let plan = plan_text(SHARE.as_bytes()).unwrap_or_else(|_| std::process::abort()).plan;
    let mut builder = DataBuilder::new(&plan);
    let row = |id: String, parent: Option<String>, fact: i64| RowInput {
        id,
        parent,
        facts: vec![Some(Value::Number(Number::from(fact)))],
        ..RowInput::default()
    };
    builder.row(0, row("S".to_owned(), None, 999_999_999_999));
    for index in 0..2_000_000_i64 {
        builder.row(1, row(format!("{index:07}"), Some("S".to_owned()), 100_000_000 + index * 7_919 % 899_999_999));
    }
    let data = builder.finish().unwrap_or_else(|_| std::process::abort());
    bencher
        .counter(divan::counter::ItemsCount::new(2_000_000_usize))
        .bench(|| calculate(&plan, black_box(&data)).is_ok());
}
