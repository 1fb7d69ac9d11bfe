//! The model's `rank`: §3.3.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use num_traits::ToPrimitive;

use super::{Fault, Met, World};
use crate::language::{Q, Rank, Step, Value, int, q, rounded};

/// A row that is ranked.
struct Entry {
    row: usize,
    score: Q,
    tie_by: Vec<Q>,
}

#[derive(Default)]
struct Group {
    entries: Vec<Entry>,
    /// Rows that `where` or a veto excludes.
    excluded: usize,
}

/// A row's group and, if it is ranked, its scores.
type Place = (Option<(usize, Vec<Value>)>, Option<Entry>);

impl World<'_> {
    pub fn rank(&mut self, step: &Step, rank: &Rank) -> Vec<Fault> {
        let otherwise = match &rank.otherwise {
            None => Value::Blank,
            Some(code) if rank.grades.is_empty() => Value::Num(q(code)),
            Some(code) => Value::Text(code.clone()),
        };
        let mut found: Vec<Met<Value>> = self.rows[step.level].iter().map(|_| Ok(otherwise.clone())).collect();
        let mut groups: BTreeMap<(usize, Vec<Value>), Group> = BTreeMap::new();
        for (row, found) in found.iter_mut().enumerate() {
            match self.ranked(step, rank, row) {
                Ok((Some(group), Some(entry))) => groups.entry(group).or_default().entries.push(entry),
                Ok((Some(group), None)) => groups.entry(group).or_default().excluded += 1,
                Ok(_) => {}
                Err(code) => *found = Err(code),
            }
        }
        if found.iter().all(Result::is_ok) {
            for group in groups.into_values() {
                for (row, value) in self.ranks(step, rank, group) {
                    found[row] = value;
                }
            }
        }
        self.put(step, found)
    }

    /// Where, within, by, tie_by.
    fn ranked(&mut self, step: &Step, rank: &Rank, row: usize) -> Met<Place> {
        let at = self.at(step.level, row);
        let holds = at.holds(&rank.only)?;
        let hit = self.hit(step.level, &step.name, row);
        let takes_part = holds && hit.is_none();
        let parent = self.plan.levels[step.level].parent.expect("the root is not ranked");
        let above = self.ancestor(step.level, row, rank.per.unwrap_or(parent));
        let mut group = None;
        if takes_part || rank.of_all {
            group = Some((above, rank.within.iter().map(|within| at.filled(within)).collect::<Met<Vec<Value>>>()?));
        }
        if !takes_part {
            if let Some(hit) = hit.filter(|_| holds) {
                self.act(&hit.veto, step.level, row);
            }
            return Ok((group, None));
        }
        let score = at.number(&rank.by)?;
        let tie_by = rank.tie_by.iter().map(|tie| at.number(tie)).collect::<Met<Vec<Q>>>()?;
        Ok((group, Some(Entry { row, score, tie_by })))
    }

    fn ranks(&mut self, step: &Step, rank: &Rank, mut group: Group) -> Vec<(usize, Met<Value>)> {
        let ahead = |a: &Entry, b: &Entry| {
            let scores = if rank.ascending { a.score.cmp(&b.score) } else { b.score.cmp(&a.score) };
            scores.then_with(|| b.tie_by.cmp(&a.tie_by))
        };
        // A stable sort: rows come by id, so the id decides at last.
        group.entries.sort_by(ahead);
        let entries = &group.entries;
        let grades = grade_of_places(rank, entries.len(), group.excluded);
        let value = |place: usize| match grades.get(place) {
            Some(grade) => Value::Text(grade.clone()),
            None => Value::Num(int(i64::try_from(place).expect("few rows") + 1)),
        };
        let mut found = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let first = entries.iter().position(|it| it.score == entry.score).expect("itself");
            let last = entries.iter().rposition(|it| it.score == entry.score).expect("itself");
            let distinct = 1 + (1..=place).filter(|it| entries[*it].score != entries[it - 1].score).count();
            let value = match rank.ties {
                "split" => Ok(value(place)),
                "better" => Ok(value(first)),
                "worse" => Ok(value(last)),
                "dense" => Ok(value(distinct - 1)),
                _ if value(first) != value(last) => Err("tie_refused"),
                _ => Ok(value(place)),
            };
            found.push((entry.row, value));
        }
        let by_id = |place: &usize| {
            grades[place - 1] != grades[*place] && ahead(&entries[place - 1], &entries[*place]) == Ordering::Equal
        };
        if rank.ties == "split" && (1..grades.len()).any(|place| by_id(&place)) {
            self.warnings.insert(("tie_broken_by_id".to_owned(), step.name.clone(), String::new()));
        }
        found
    }
}

/// The grade of each place from the first; empty where the step gives positions.
fn grade_of_places(rank: &Rank, ranked: usize, excluded: usize) -> Vec<String> {
    let of = if rank.of_all { ranked + excluded } else { ranked };
    let mut places = Vec::new();
    for (code, quota) in &rank.grades {
        let heads = match quota.as_ref().map(|quota| quota.strip_suffix('%').ok_or(quota)) {
            None => ranked,
            Some(Err(heads)) => heads.parse().expect("a whole number"),
            Some(Ok(percent)) => {
                let exact = q(percent) / int(100) * int(i64::try_from(of).expect("few rows"));
                rounded(&exact, &int(1), rank.quota_round).to_integer().to_usize().expect("few rows")
            }
        };
        places.extend(std::iter::repeat_n(code.clone(), heads.min(ranked - places.len())));
    }
    places
}
