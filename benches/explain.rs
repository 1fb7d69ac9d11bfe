//! `cargo bench --bench explain`: what an explanation costs in process, at 3,400 people. Figures are per call; `items` are
//! nodes, so that the rate is nodes a second.

use divan::{Bencher, black_box};
use fenpei::engine::calculate;
use fenpei::engine::explain::{Explainer, Limits};
use fenpei::plan::Language;
use fenpei::wire::calculation::plan_text;
use fenpei::wire::canonical;
use fenpei::wire::data::read_data;
use fenpei::wire::explanation::Teller;

mod people;

const PEOPLE: usize = 3_400;

fn main() {
    divan::main();
}

/// The plan and the data of a bench: the seven allowances, a bureau for each copy of the county; or one fund for all.
fn papers(name: &str) -> (&'static str, String) {
    match name {
        "one fund" => (people::ONE_FUND, people::one_fund(PEOPLE)),
        _ => (people::PLAN, people::data_text(PEOPLE)),
    }
}

/// Statements one after the other, as nodes and, where it is told, as JSON too; a payee each time.
fn statements(bencher: Bencher, name: &str, told: bool) {
    let (plan, data) = papers(name);
    let plan = plan_text(plan.as_bytes()).unwrap_or_else(|_| std::process::abort()).plan;
    let data = read_data(&plan, data.as_bytes()).unwrap_or_else(|_| std::process::abort());
    let outcome = calculate(&plan, &data).unwrap_or_else(|_| std::process::abort());
    let explainer = Explainer::new(&outcome);
    let teller = Teller::new(&outcome, Language::Chinese);
    let statement = |payee: u32| {
        let node = explainer.statement(payee, Limits::default()).ok().flatten();
        node.unwrap_or_else(|| std::process::abort())
    };
    let nodes: usize = (0..3_400).map(|payee| statement(payee).size()).sum();
    let mut payee = 0;
    bencher.counter(divan::counter::ItemsCount::new(nodes / PEOPLE)).bench_local(|| {
        payee = (payee + 1_009) % 3_400;
        let node = statement(black_box(payee));
        if told { canonical::text(&teller.json(&node)).len() } else { node.size() }
    });
}

/// What was divided before is known.
#[divan::bench(args = ["seven allowances", "one fund"])]
fn explain(bencher: Bencher, name: &str) {
    statements(bencher, name, false);
}

/// With the sentences and the JSON.
#[divan::bench(args = ["seven allowances", "one fund"])]
fn explain_and_tell(bencher: Bencher, name: &str) {
    statements(bencher, name, true);
}

/// The first statement: nothing is known yet.
#[divan::bench(args = ["seven allowances", "one fund"])]
fn explain_first(bencher: Bencher, name: &str) {
    let (plan, data) = papers(name);
    let plan = plan_text(plan.as_bytes()).unwrap_or_else(|_| std::process::abort()).plan;
    let data = read_data(&plan, data.as_bytes()).unwrap_or_else(|_| std::process::abort());
    let outcome = calculate(&plan, &data).unwrap_or_else(|_| std::process::abort());
    bencher.bench(|| Explainer::new(&outcome).statement(black_box(7), Limits::default()).is_ok());
}
