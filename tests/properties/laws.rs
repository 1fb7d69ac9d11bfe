//! Laws of whole calculations: both identities (§5), the order of rows, the names of rows.

use std::collections::BTreeMap;

use num_traits::{Signed, Zero};
use proptest::prelude::*;

use crate::cases;
use crate::generate::{Dice, cases};
use crate::language::{Case, Do, Q, q};
use crate::outcome::{Answer, Outcome};
use crate::{config, engine, texts};

fn done(case: &Case) -> Option<Answer> {
    let (plan, data) = texts(case);
    match engine::outcome(&plan, &data) {
        Outcome::Done(answer) => Some(*answer),
        Outcome::Refused(_) => None,
    }
}

fn sum<'t>(texts: impl IntoIterator<Item = &'t String>) -> Q {
    texts.into_iter().fold(Q::zero(), |sum, text| sum + q(text))
}

/// The rows of each level under new ids in the same order.
fn renamed(case: &Case) -> (Case, BTreeMap<(String, String), String>) {
    let mut names = BTreeMap::new();
    let mut other = case.clone();
    for (level, rows) in other.plan.levels.iter().zip(&mut other.rows) {
        for (index, row) in rows.iter_mut().enumerate() {
            let id = format!("{}{index:03}", if index < 3 { "Z" } else { "职" });
            names.insert((level.name.clone(), id.clone()), std::mem::replace(&mut row.id, id));
        }
    }
    (other, names)
}

proptest! {
    #![proptest_config(config(600, 40))]

    /// §5: sources = paid + assigned + withheld + left, and each fund: value = drawn + left. The sources and what is left are
    /// added up here from the funds.
    #[test]
    fn sources_equal_paid_assigned_withheld_and_left(case in cases()) {
        let Some(answer) = done(&case) else { return Ok(()) };
        let balance = |name: &str| q(&answer.balance[name]);
        prop_assert_eq!(balance("sources"), balance("paid") + balance("assigned") + balance("withheld") + balance("left"));
        for ((name, row), fund) in &answer.funds {
            prop_assert_eq!(q(&fund.value), sum(fund.drawn.values()) + q(&fund.left), "{} {}", name, row);
        }
        prop_assert_eq!(balance("left"), answer.funds.values().fold(Q::zero(), |sum, fund| sum + q(&fund.left)));
        prop_assert_eq!(balance("withheld"), answer.funds.values().fold(Q::zero(), |total, fund| total + sum(fund.withheld.values())));
        let opened = answer.funds.iter().filter(|((name, _), _)| !draws(&case, name));
        prop_assert_eq!(balance("sources"), opened.fold(Q::zero(), |sum, (_, fund)| sum + q(&fund.value)));
    }

    /// §5, §6: Σ totals of payees = paid + unfunded = Σ lines.
    #[test]
    fn totals_equal_paid_and_unfunded(case in cases()) {
        let Some(answer) = done(&case) else { return Ok(()) };
        let totals = sum(answer.totals.values());
        prop_assert_eq!(&totals, &(q(&answer.balance["paid"]) + q(&answer.balance["unfunded"])));
        prop_assert_eq!(&totals, &sum(answer.lines.iter().map(|(_, _, _, amount)| amount)));
        for (payee, total) in &answer.totals {
            let lines = answer.lines.iter().filter(|(to, _, _, _)| to == payee).map(|(_, _, _, amount)| amount);
            prop_assert_eq!(q(total), sum(lines), "{}", payee);
        }
        prop_assert!(case.plan.allow_negative_total || answer.totals.values().all(|total| !q(total).is_negative()));
    }

    /// §2: the order of rows never changes any result, nor any refusal, to the byte.
    #[test]
    fn shuffled_rows_give_the_same_bytes(case in cases(), words in proptest::collection::vec(any::<u32>(), 60)) {
        let mut dice = Dice::new(words);
        let (plan, data) = texts(&case);
        let shuffled = case.data_json(|rows| dice.shuffle(rows));
        let (first, second) = (cases::answer(&plan, &data, false), cases::answer(&plan, &shuffled, false));
        prop_assert!(first == second, "{}\n{}", String::from_utf8_lossy(&first), String::from_utf8_lossy(&second));
    }

    /// Only the order of ids decides anything.
    #[test]
    fn renaming_ids_in_order_changes_only_ids(case in cases()) {
        let (other, names) = renamed(&case);
        let (plan, data) = texts(&case);
        let first = engine::outcome(&plan, &data);
        let (plan, data) = texts(&other);
        let second = engine::outcome(&plan, &data);
        prop_assert_eq!(first.without_warned_rows(), second.with_ids(&case.plan, &names));
    }
}

/// The fund is a step that itself draws or collects.
fn draws(case: &Case, fund: &str) -> bool {
    case.plan.steps.iter().any(|step| {
        let draws = match &step.act {
            Do::Formula(formula) => formula.from.is_some(),
            Do::Share(_) | Do::Collect { .. } => true,
            _ => false,
        };
        draws && fund == format!("{}.{}", case.plan.levels[step.level].name, step.name)
    })
}
