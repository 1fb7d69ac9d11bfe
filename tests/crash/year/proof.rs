//! The proof of a cycle, asked again and again, and worked out each time from what it says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::Half;
use super::desk::{Desk, fen, text};
use super::reckoning::sum;

/// The amounts at these keys of an object.
fn amounts<const N: usize>(of: &Value, keys: [&str; N]) -> [i128; N] {
    keys.map(|key| fen(&text(of, key)))
}

const FIGURES: [&str; 7] = ["quota", "own", "paid", "assigned", "withheld", "left", "difference"];

/// How far a half of the year is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The schools distribute.
    Distributing,
    /// What was found late is adjusted.
    Adjusting,
    /// All is done.
    Settled,
}

/// Asks until it is told that all is over; how often.
pub fn asked(auditor: &Desk<'_>, half: &Half, stage: Stage, over: &AtomicBool) -> usize {
    let (mut released, mut count) = (BTreeMap::new(), 0);
    while !over.load(Ordering::Relaxed) {
        let now = holds(auditor, half, stage);
        // What is released stays so, by the same runs.
        let stays = |school: &String, runs: &Vec<String>| now.get(school).is_some_and(|now| now.starts_with(runs));
        assert_eq!(released.iter().find(|(school, runs)| !stays(school, runs)), None, "{now:?}");
        released = now;
        count += 1;
        thread::sleep(Duration::from_millis(50));
    }
    count
}

/// One proof, which must hold; the schools that have released, each with its run and the adjustments of that.
pub fn holds(auditor: &Desk<'_>, half: &Half, stage: Stage) -> BTreeMap<String, Vec<String>> {
    let Half { term, schools, allocated, cycle, .. } = half;
    let proof = auditor.read(&format!("/v1/cycles/{cycle}/proof"));
    assert_eq!(proof["balanced"], true, "{proof}");
    let quotas: i128 = allocated.quotas.iter().sum();
    let bureau = ["sources", "quotas", "paid", "assigned", "withheld", "left", "difference"];
    let wanted = [term.pool, quotas, 0, 0, allocated.withheld, allocated.left, 0];
    assert_eq!(amounts(&proof["bureau"], bureau), wanted);
    assert_eq!(term.pool, quotas + allocated.withheld + allocated.left);
    let (mut released, mut sums, mut waiting) = (BTreeMap::new(), [0; 7], 0);
    let lines = proof["schools"].as_array().expect("schools");
    assert_eq!(lines.len(), schools.len());
    for (place, (line, school)) in lines.iter().zip(schools).enumerate() {
        assert_eq!(text(line, "school_id"), school.id);
        let quota = allocated.quotas[place];
        if let Some(outstanding) = line.get("outstanding") {
            assert!(line.get("figures").is_none() && line["state"] != "released", "{line}");
            assert_eq!(fen(outstanding.as_str().expect("an amount")), quota, "{line}");
            waiting += quota;
            continue;
        }
        let figures = amounts(&line["figures"], FIGURES);
        let may_be = match stage {
            Stage::Distributing => vec![half.distributed(place)],
            Stage::Adjusting => vec![half.distributed(place), half.adjusted(place)],
            Stage::Settled => vec![half.adjusted(place)],
        };
        let may_be: Vec<[i128; 7]> =
            may_be.iter().map(|it| [quota, 0, sum(&it.paid), 0, it.withheld, it.left, 0]).collect();
        assert!(line["state"] == "released" && may_be.contains(&figures), "{may_be:?}: {line}");
        assert_eq!(figures[0] + figures[1], figures[2] + figures[3] + figures[4] + figures[5], "{line}");
        sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        let adjustments = line["adjustments"].as_array().expect("a list").iter();
        let adjustments = adjustments.map(|run| run.as_str().expect("an id").to_owned());
        released.insert(school.id.clone(), [text(line, "run_id")].into_iter().chain(adjustments).collect());
    }
    assert_eq!(amounts(&proof["released"], FIGURES), sums);
    assert_eq!(fen(&text(&proof, "outstanding")), waiting);
    assert_eq!(sums[0] + waiting, quotas);
    assert!(proof["complete"] == (waiting == 0) || stage == Stage::Adjusting, "{proof}");
    released
}
