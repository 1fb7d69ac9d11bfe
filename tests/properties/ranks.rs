//! Laws of one `rank` (§3.3), on one group at a time, counted without sorting.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::config;
use crate::engine;
use crate::outcome::Outcome;
use crate::pools::id;

#[derive(Clone, Debug)]
struct Class {
    scores: Vec<(i64, i64)>,
    ascending: bool,
    grades: Vec<usize>,
    ties: &'static str,
}

fn classes() -> impl Strategy<Value = Class> {
    let scores = proptest::collection::vec((-3_i64..4, 0_i64..2), 1..15);
    let grades = proptest::collection::vec(0_usize..6, 0..3);
    let ties = proptest::sample::select(&["split", "better", "worse", "refuse"][..]);
    (scores, any::<bool>(), grades, ties).prop_map(|(scores, ascending, grades, ties)| Class {
        scores,
        ascending,
        grades,
        ties,
    })
}

impl Class {
    fn run(&self) -> Outcome {
        let mut rank = json!({"do": "rank", "level": "staff", "name": "grade", "by": "score", "ties": self.ties});
        if self.ascending {
            rank["order"] = json!("ascending");
        }
        if self.ties == "split" {
            rank["tie_by"] = json!(["years"]);
        }
        if !self.grades.is_empty() {
            let quotas = self
                .grades
                .iter()
                .enumerate()
                .map(|(index, heads)| json!({"code": index.to_string(), "quota": heads.to_string()}));
            let last = json!({"code": self.grades.len().to_string()});
            rank["grades"] = Json::Array(quotas.chain([last]).collect());
        }
        let plan = json!({
            "language": 1, "code": "rank", "title": "rank",
            "levels": [{"name": "school"}, {"name": "staff", "parent": "school",
                "facts": [{"name": "score", "type": "number"}, {"name": "years", "type": "number"}]}],
            "steps": [rank]
        });
        let staff: Vec<Json> = self
            .scores
            .iter()
            .enumerate()
            .map(|(index, (score, years))| json!({"id": id(index), "parent": "S", "facts": {"score": score, "years": years}}))
            .collect();
        engine::outcome(&plan.to_string(), &json!({"school": [{"id": "S"}], "staff": staff}).to_string())
    }

    /// How far ahead a score stands: larger is better.
    fn merit(&self, index: usize) -> i64 {
        if self.ascending { -self.scores[index].0 } else { self.scores[index].0 }
    }

    /// How many rows stand before a row, from the words of the specification.
    fn before(&self, index: usize) -> usize {
        let rows = 0..self.scores.len();
        let better = rows.clone().filter(|other| self.merit(*other) > self.merit(index)).count();
        let equal = rows.filter(|other| self.merit(*other) == self.merit(index));
        better
            + match self.ties {
                "split" => equal
                    .filter(|other| {
                        let (theirs, mine) = (self.scores[*other].1, self.scores[index].1);
                        theirs > mine || (theirs == mine && *other < index)
                    })
                    .count(),
                "worse" => equal.count() - 1,
                _ => 0,
            }
    }

    /// The grade or position of a place counted from 0.
    fn of_place(&self, place: usize) -> usize {
        if self.grades.is_empty() {
            return place + 1;
        }
        let ends = self.grades.iter().scan(0, |sum, heads| {
            *sum += heads;
            Some(*sum)
        });
        ends.take_while(|end| *end <= place).count()
    }
}

proptest! {
    #![proptest_config(config(400, 60))]

    #[test]
    fn ranks_respect_scores(class in classes()) {
        let rows = 0..class.scores.len();
        let answer = match class.run() {
            Outcome::Done(answer) => answer,
            Outcome::Refused(errors) => {
                prop_assert_eq!(class.ties, "refuse");
                prop_assert!(errors.iter().all(|error| error.code == "tie_refused"));
                let equals = |index: usize| rows.clone().filter(|other| class.merit(*other) == class.merit(index)).count();
                let refused = |index: &usize| class.of_place(class.before(*index)) != class.of_place(class.before(*index) + equals(*index) - 1);
                let expected: Vec<String> = rows.clone().filter(refused).map(id).collect();
                prop_assert_eq!(errors.into_iter().map(|error| error.row).collect::<Vec<_>>(), expected);
                return Ok(());
            }
        };
        let given: Vec<usize> = rows.clone().map(|index| {
            answer.values[&("staff".to_owned(), id(index), "grade".to_owned())].parse().expect("a grade is a number here")
        }).collect();
        for index in rows.clone() {
            prop_assert_eq!(given[index], class.of_place(class.before(index)), "row {} of {:?}", index, given);
            for other in rows.clone() {
                prop_assert!(class.merit(other) <= class.merit(index) || given[other] <= given[index]);
                let equal = class.merit(other) == class.merit(index) && class.ties != "split";
                prop_assert!(!equal || given[other] == given[index]);
            }
        }
    }

    /// `dense`: 1 1 2, one more for each distinct score before.
    #[test]
    fn dense_positions_count_distinct_scores(class in classes()) {
        let class = Class { ties: "dense", grades: Vec::new(), ..class };
        let outcome = class.run();
        for index in 0..class.scores.len() {
            let better: std::collections::BTreeSet<i64> =
                (0..class.scores.len()).map(|other| class.merit(other)).filter(|merit| *merit > class.merit(index)).collect();
            let key = ("staff".to_owned(), id(index), "grade".to_owned());
            prop_assert_eq!(&outcome.answer().values[&key], &(better.len() + 1).to_string());
        }
    }
}
