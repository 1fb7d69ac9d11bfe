//! Properties of calculations, against `plan-language.md`: an independent model (`model`), random plans (`generate`), and
//! laws that need no model.

// A test may panic: that is how it fails.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "../cases/mod.rs"]
mod cases;
mod comparison;
mod engine;
mod fixed;
mod generate;
mod language;
mod laws;
mod model;
#[path = "../sheets/office.rs"]
mod office;
mod outcome;
mod pools;
mod ranks;
mod robustness;
mod seek;
mod simulation;
mod text;
mod ways;
mod workbooks;
mod worlds;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use language::Case;

/// A fixed seed; `PROPTEST_CASES` raises the number of cases.
pub fn config(cases: u32, seed: u64) -> ProptestConfig {
    let wanted = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: wanted.map_or(cases, |wanted: u32| wanted.max(cases)),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn texts(case: &Case) -> (String, String) {
    (case.plan.json(), case.data_json(|_| {}))
}

proptest! {
    #![proptest_config(config(2_000, 1))]

    /// Every value, total, line, fund and balance, and every refusal.
    #[test]
    fn the_engine_equals_the_model(case in generate::cases()) {
        let (plan, data) = texts(&case);
        let (found, expected) = (engine::outcome(&plan, &data), model::solve(&case));
        prop_assert!(found == expected, "\n found {found:?}\n model {expected:?}");
    }

    /// The evaluator that explains comes to every value, row by row.
    #[test]
    fn every_value_is_explained(case in generate::cases()) {
        let (plan, data) = texts(&case);
        let unexplained = engine::unexplained(&plan, &data);
        prop_assert!(unexplained.is_none(), "{}\n{plan}\n{data}", unexplained.unwrap_or_default());
    }
}
