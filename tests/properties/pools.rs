//! Laws of one `share` (§3.2), on one pool at a time.

use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;
use serde_json::json;

use crate::config;
use crate::engine;
use crate::language::{Q, exact_text, int, q, rounded};
use crate::model::{Recipient, Verdict, divide};
use crate::outcome::{Answer, Outcome};

#[derive(Clone, Debug)]
pub struct Member {
    pub weight: Q,
    pub floor: Q,
    pub cap: Option<Q>,
    pub tie: Q,
    pub vetoed: bool,
}

impl Member {
    pub fn new(weight: Q) -> Member {
        Member { weight, floor: int(0), cap: None, tie: int(0), vetoed: false }
    }
}

#[derive(Clone, Debug)]
pub struct Pool {
    /// What the fund holds, in fen.
    pub fen: i64,
    pub to: &'static str,
    pub portion: &'static str,
    pub members: Vec<Member>,
}

const UNITS: [&str; 6] = ["0.01", "0.06", "1", "10", "0.05", "0.01"];

impl Pool {
    pub fn run(&self) -> Outcome {
        let plan = json!({
            "language": 1, "code": "pool", "title": "pool", "payee": "staff",
            "levels": [
                {"name": "school", "facts": [{"name": "pool", "type": "money"}]},
                {"name": "staff", "parent": "school", "facts": [
                    {"name": "points", "type": "number"}, {"name": "least", "type": "number"},
                    {"name": "most", "type": "number", "optional": true}, {"name": "years", "type": "number"},
                    {"name": "failed", "type": "flag"}]}],
            "steps": [
                {"do": "veto", "level": "staff", "name": "veto", "when": "failed", "forfeits": ["merit"], "then": "forgo", "portion": self.portion},
                {"do": "share", "level": "staff", "name": "merit", "from": "school.pool", "weight": "points", "floor": "least",
                 "cap": "most", "to": self.to, "tie_by": ["years"], "pay": {"item": "merit"}}]
        });
        let member = |(index, it): (usize, &Member)| {
            let facts = json!({
                "points": exact_text(&it.weight), "least": exact_text(&it.floor), "most": it.cap.as_ref().map(exact_text),
                "years": exact_text(&it.tie), "failed": it.vetoed,
            });
            json!({"id": id(index), "parent": "S", "facts": facts})
        };
        let fund = exact_text(&Q::new(self.fen.into(), 100.into()));
        let staff: Vec<_> = self.members.iter().enumerate().map(member).collect();
        let data = json!({"school": [{"id": "S", "facts": {"pool": fund}}], "staff": staff});
        engine::outcome(&plan.to_string(), &data.to_string())
    }

    /// T: the fund rounded down to the unit.
    pub fn amount(&self) -> Q {
        rounded(&Q::new(self.fen.into(), 100.into()), &q(self.to), "down")
    }

    /// The recipients with limits in units.
    pub fn recipients(&self) -> Vec<Recipient> {
        let to = q(self.to);
        let recipient = |(row, it): (usize, &Member)| {
            let cap = it.cap.as_ref().map(|cap| rounded(cap, &to, "down"));
            let floor = rounded(&it.floor, &to, "up");
            let floor = cap.as_ref().map_or(floor.clone(), |cap| floor.min(cap.clone()));
            Recipient { row, weight: it.weight.clone(), floor, cap, tie_by: vec![it.tie.clone()] }
        };
        self.members.iter().enumerate().map(recipient).collect()
    }

    fn verdict(&self) -> Result<Verdict, &'static str> {
        divide(&self.amount(), &q(self.to), &self.recipients())
    }
}

/// Ids in the order of the members.
pub fn id(index: usize) -> String {
    format!("T{index:05}")
}

/// What each member got.
pub fn parts(answer: &Answer, count: usize) -> Vec<Q> {
    let part = |index| q(&answer.values[&("staff".to_owned(), id(index), "merit".to_owned())]);
    (0..count).map(part).collect()
}

/// Weights with ties, zeros, fractions and nine digits.
fn weight() -> impl Strategy<Value = Q> {
    prop_oneof![
        4 => (0_i64..5).prop_map(int),
        3 => (100_000_000_i64..1_000_000_000).prop_map(int),
        2 => (0_i64..2_000_000).prop_map(|thousandths| Q::new(thousandths.into(), 1000.into())),
        1 => (1_i64..100).prop_map(|tiny| Q::new(tiny.into(), 1_000_000_000_000_i64.into())),
    ]
}

fn fen() -> impl Strategy<Value = i64> {
    prop_oneof![0_i64..500, 0_i64..5_000_000, Just(99_999_999_999_999), 0_i64..99_999_999_999_999]
}

/// Pools without limits.
pub fn plain() -> impl Strategy<Value = Pool> {
    let member = (weight(), 0_i64..3).prop_map(|(weight, tie)| Member { tie: int(tie), ..Member::new(weight) });
    let members = proptest::collection::vec(member, 1..30);
    let unit = proptest::sample::select(&UNITS[..]);
    (fen(), unit, members).prop_map(|(fen, to, members)| Pool { fen, to, portion: "100%", members })
}

/// Pools with floors and caps that mostly bind somewhere.
fn limited() -> impl Strategy<Value = Pool> {
    let limit = |often: f64| proptest::option::weighted(often, 0_i64..2_000);
    (plain(), proptest::collection::vec((limit(0.4), limit(0.6)), 30)).prop_map(|(mut pool, limits)| {
        let each = Q::new(pool.fen.into(), 100_000.into()) / int(i64::try_from(pool.members.len()).expect("few"));
        let cents = |permille: i64| rounded(&(&each * int(permille)), &q("0.001"), "down");
        for (member, (floor, cap)) in pool.members.iter_mut().zip(limits) {
            member.floor = cents(floor.unwrap_or(0) / 2);
            member.cap = cap.map(|cap| cents(cap) + &member.floor);
        }
        pool
    })
}

proptest! {
    #![proptest_config(config(400, 20))]

    #[test]
    fn a_share_sums_to_its_amount(pool in plain()) {
        let outcome = pool.run();
        let given = parts(outcome.answer(), pool.members.len()).into_iter().fold(Q::zero(), |sum, part| sum + part);
        let nobody = pool.members.iter().all(|it| it.weight.is_zero());
        prop_assert_eq!(given, if nobody { Q::zero() } else { pool.amount() });
    }

    #[test]
    fn a_free_recipient_is_within_one_unit_of_its_exact_share(pool in limited()) {
        match (pool.run(), pool.verdict()) {
            (Outcome::Refused(errors), verdict) => {
                prop_assert!(errors.iter().all(|error| error.code == "floors_exceed_amount"), "{errors:?}");
                prop_assert_eq!(verdict.err(), Some("floors_exceed_amount"));
            }
            (outcome, verdict) => {
                let verdict = verdict.expect("a result");
                let parts = parts(outcome.answer(), pool.members.len());
                for (index, (part, recipient)) in parts.iter().zip(pool.recipients()).enumerate() {
                    let Some(lambda) = verdict.lambda.as_ref().filter(|_| verdict.free[index]) else {
                        prop_assert_eq!(part, &verdict.parts[index]);
                        continue;
                    };
                    prop_assert!((part - lambda * &recipient.weight).abs() < q(pool.to), "member {index} got {part}");
                }
            }
        }
    }

    /// As rounded: floors up and caps down to the unit.
    #[test]
    fn nobody_is_below_the_floor_or_above_the_cap(pool in limited()) {
        let Outcome::Done(answer) = pool.run() else { return Ok(()) };
        let mut given = Q::zero();
        for (part, it) in parts(&answer, pool.members.len()).iter().zip(pool.recipients()) {
            prop_assert!(*part >= it.floor, "{part} is below {}", it.floor);
            prop_assert!(it.cap.as_ref().is_none_or(|cap| part <= cap), "{part} is above {:?}", it.cap);
            prop_assert!((part / q(pool.to)).is_integer());
            given += part;
        }
        prop_assert!(given <= pool.amount());
    }

    #[test]
    fn more_points_never_pay_less_in_one_pool(pool in plain()) {
        let outcome = pool.run();
        let mut paid: Vec<(&Q, Q)> = pool.members.iter().map(|it| &it.weight).zip(parts(outcome.answer(), pool.members.len())).collect();
        paid.sort();
        for pair in paid.windows(2) {
            prop_assert!(pair[0].0 == pair[1].0 || pair[0].1 <= pair[1].1, "{pair:?}");
        }
    }

    /// And among equals the larger `tie_by`, then the smaller id, never gets less.
    #[test]
    fn equal_weights_differ_by_at_most_one_unit(pool in plain()) {
        let outcome = pool.run();
        let parts = parts(outcome.answer(), pool.members.len());
        let members = pool.members.iter().zip(&parts).enumerate();
        for (index, (first, mine)) in members.clone() {
            for (other, (second, theirs)) in members.clone().filter(|(_, (second, _))| second.weight == first.weight) {
                prop_assert!((mine - theirs).abs() <= q(pool.to));
                let first_in_line = first.tie > second.tie || (first.tie == second.tie && index < other);
                prop_assert!(!first_in_line || mine >= theirs, "{index} got {mine}, {other} got {theirs}");
            }
        }
    }

    /// Exact halves, thirds and so on: members of one weight share evenly to the unit.
    #[test]
    fn equal_members_share_evenly(fen in fen(), count in 1_usize..40, weight in 1_i64..1_000_000_000) {
        let pool = Pool { fen, to: "0.01", portion: "100%", members: vec![Member::new(int(weight)); count] };
        let even = fen / i64::try_from(count).expect("few");
        let over = (fen % i64::try_from(count).expect("few")).to_usize().expect("few");
        let expected: Vec<Q> = (0..count).map(|index| Q::new((even + i64::from(index < over)).into(), 100.into())).collect();
        prop_assert_eq!(parts(pool.run().answer(), count), expected);
    }

    /// §3.4 `forgo`: the money stays in the fund, for the others. §3.2 implies for a share of all that is left that its sum
    /// does not change while one recipient with a weight has neither a veto nor a cap (Σ tops stays unbounded) and the
    /// floors fitted before (they only shrink). A row that forgoes everything gets nothing.
    #[test]
    fn forgo_leaves_the_total_of_a_fund_unchanged(pool in limited(), vetoed in any::<u32>(), portion in proptest::sample::select(&["100%", "1 / 3", "50%", "0"][..])) {
        let mut before = pool;
        before.members.push(Member::new(int(1)));
        let mut after = Pool { portion, ..before.clone() };
        for (index, member) in after.members.iter_mut().enumerate().take(before.members.len() - 1) {
            member.vetoed = vetoed >> (index % 32) & 1 == 1;
        }
        let Outcome::Done(first) = before.run() else { return Ok(()) };
        let second = after.run();
        let second = second.answer();
        prop_assert_eq!(&first.funds, &second.funds);
        prop_assert_eq!(&first.balance, &second.balance);
        let (count, whole) = (before.members.len(), portion == "100%");
        for (index, part) in parts(second, count).iter().enumerate().filter(|(index, _)| after.members[*index].vetoed) {
            prop_assert!(!whole || part.is_zero(), "{} keeps {part}", id(index));
        }
    }
}
