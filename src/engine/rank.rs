//! Ranks (`plan-language.md` §3.3): positions or grades by a score, within groups.

use std::cmp::Ordering;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::aggregate::refine;
use super::calculation::Calculation;
use super::frame::{Failures, Frame};
use super::numbers::Numbers;
use super::outcome::Warning;
use super::vector::{Values, Vector};
use crate::exact::{Mode, Number, Row, at, defect, put, rows};
use crate::plan::document::{Quota, Ties};
use crate::plan::{Code, Detail, Faults, Rank, RankValue, TIED};

/// The ranked rows of a step with their keys, position by position.
struct Ranked {
    rows: Vec<Row>,
    by: Vector,
    ties: Vec<Vector>,
    ascending: bool,
}

/// A run of positions of equal scores within a sorted group: from, to (not included).
type Block = (usize, usize);

impl Calculation<'_> {
    /// Computes the column of a rank step.
    pub fn rank(&mut self, number: usize, own: (usize, usize), step: &Rank, faults: &mut Faults) {
        let (level, column) = own;
        let count = self.state.count(level);
        let failures = Failures::default();
        let candidates =
            self.where_true(level, step.condition.as_ref(), &failures).unwrap_or_else(|| rows(count).collect());
        let prevailing = self.prevailing(level, column);
        let ranked: Vec<Row> = candidates.iter().copied().filter(|row| !prevailing.contains_key(row)).collect();
        // Under `quota_of: all` the rows that are not ranked count too, so their group must be known.
        let grouped: Vec<Row> = if step.quota_of_all { rows(count).collect() } else { ranked.clone() };
        let keys = self.group_keys(level, step, &grouped, &failures);
        let frame = Frame::some(level, ranked.clone(), &failures);
        let by = self.state.needed(&frame, &step.by).into_owned();
        let ties = step.tie_by.iter().map(|tie| self.state.needed(&frame, tie).into_owned()).collect();
        if self.failed(&failures, level, number, faults) {
            return;
        }
        let ranked = Ranked { rows: ranked, by, ties, ascending: step.ascending };
        let mut sizes: FxHashMap<Row, u64> = FxHashMap::default();
        keys.iter().for_each(|key| *sizes.entry(*key).or_default() += 1);
        let mut groups: FxHashMap<Row, Vec<Row>> = FxHashMap::default();
        for (position, row) in rows(ranked.rows.len()).zip(&ranked.rows) {
            let place = if step.quota_of_all { *row } else { position };
            groups.entry(*at(&keys, place)).or_default().push(position);
        }
        let mut groups: Vec<(Row, Vec<Row>)> = groups.into_iter().collect();
        groups.sort_unstable_by_key(|(_, members)| members.first().copied());
        let mut places: Vec<u64> = vec![0; ranked.rows.len()];
        for (key, mut members) in groups {
            members.sort_by(|a, b| ranked.order(*a, *b).then(a.cmp(b)));
            let size = sizes.get(&key).copied().unwrap_or_else(|| defect("a group of no size"));
            let cuts = cuts(step, size, whole(members.len()));
            self.place(number, level, step, &ranked, &members, &cuts, &mut places, faults);
        }
        if !faults.is_empty() {
            return;
        }
        self.acted(&prevailing, |row| candidates.binary_search(&row).is_ok());
        let vector = column_of(step, count, &ranked.rows, &places);
        self.state.add(level, column, vector);
    }

    /// A number for the group of each row.
    fn group_keys(&self, level: usize, step: &Rank, grouped: &[Row], failures: &Failures) -> Vec<Row> {
        let ancestors = self.state.ancestors(level, step.per);
        let mut keys: Vec<Row> = grouped.iter().map(|row| *at(ancestors, *row)).collect();
        let frame = Frame::some(level, grouped.to_vec(), failures);
        for within in &step.within {
            let value = self.state.needed(&frame, within);
            refine(&mut keys, &value, &mut FxHashMap::default());
        }
        keys
    }

    /// Gives each member of a sorted group its position (from 1) or the number of its grade.
    #[expect(clippy::too_many_arguments, reason = "one group of a step: what is ranked, by what, into what")]
    fn place(
        &mut self,
        number: usize,
        level: usize,
        step: &Rank,
        ranked: &Ranked,
        members: &[Row],
        cuts: &[u64],
        places: &mut [u64],
        faults: &mut Faults,
    ) {
        let position_or_grade = |position: u64| match cuts {
            [] => position,
            _ => whole(cuts.partition_point(|cut| *cut < position)),
        };
        for (distinct, (start, end)) in (1..).zip(blocks(members, &|a, b| ranked.equal_scores(a, b))) {
            let block = members.get(start..end).unwrap_or_else(|| defect("a block outside its group"));
            let ordinal = |index: usize| whole(index) + 1;
            let (first, last) = (position_or_grade(ordinal(start)), position_or_grade(ordinal(end - 1)));
            if step.ties == Ties::Refuse && first != last {
                self.refuse_tie(number, level, ranked, block, faults);
            }
            for (index, member) in block.iter().enumerate() {
                *put(places, *member) = match step.ties {
                    Ties::Split | Ties::Refuse => position_or_grade(ordinal(start + index)),
                    Ties::Better => first,
                    Ties::Worse => last,
                    Ties::Dense => distinct,
                };
            }
            if step.ties == Ties::Split && !cuts.is_empty() {
                for (from, to) in blocks(block, &|a, b| ranked.order(a, b).is_eq()) {
                    let grade = |index: usize| position_or_grade(ordinal(start + index));
                    if grade(from) != grade(to - 1) {
                        let tied = block.get(from..to).unwrap_or_else(|| defect("a block outside its group"));
                        let rows = tied.iter().map(|member| *at(&ranked.rows, *member)).collect();
                        self.warnings.push(Warning::TieBrokenById { step: number, level, rows });
                    }
                }
            }
        }
    }

    fn refuse_tie(&self, number: usize, level: usize, ranked: &Ranked, block: &[Row], faults: &mut Faults) {
        let row = |member: &Row| *at(&ranked.rows, *member);
        let named = block.iter().take(TIED);
        let ids: Arc<[String]> = named.map(|member| self.state.data.id(level, row(member)).to_owned()).collect();
        for member in block {
            let fault = self.fault(Code::TieRefused, level, row(member), number);
            faults.add(fault.with(Detail::Tied(Arc::clone(&ids), block.len())));
        }
    }
}

impl Ranked {
    /// The order of two positions by score and `tie_by`, first first.
    fn order(&self, a: Row, b: Row) -> Ordering {
        let by = self.by.order(a, b);
        let by = if self.ascending { by } else { by.reverse() };
        self.ties.iter().fold(by, |order, tie| order.then_with(|| tie.order(b, a)))
    }

    fn equal_scores(&self, a: Row, b: Row) -> bool {
        self.by.order(a, b).is_eq()
    }
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or_else(|_| defect("more rows than 64 bits count"))
}

/// Runs of equal neighbours.
fn blocks(members: &[Row], equal: &dyn Fn(Row, Row) -> bool) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for block in members.chunk_by(|a, b| equal(*a, *b)) {
        let start = blocks.last().map_or(0, |(_, end)| *end);
        blocks.push((start, start + block.len()));
    }
    blocks
}

/// For each grade but the last the last position that it takes; empty without grades.
fn cuts(step: &Rank, size: u64, ranked: u64) -> Vec<u64> {
    let mut cuts = Vec::new();
    let mut taken: u64 = 0;
    for (_, quota) in &step.grades {
        let heads = match quota {
            Some(Quota::Heads(heads)) => *heads,
            Some(Quota::Part(part, mode)) => heads(part, size, *mode),
            None => u64::MAX,
        };
        taken = taken.saturating_add(heads);
        cuts.push(taken.min(ranked));
    }
    cuts
}

fn heads(part: &Number, size: u64, mode: Mode) -> u64 {
    let heads = part.times_whole(&Number::ratio(i128::from(size), 1), mode).to_i128();
    heads.and_then(|heads| u64::try_from(heads).ok()).unwrap_or_else(|| defect("more heads than rows"))
}

/// The column: the ranked rows' places, and what the step gives to the others.
fn column_of(step: &Rank, count: usize, ranked: &[Row], places: &[u64]) -> Vector {
    let mut others = vec![true; count];
    ranked.iter().for_each(|row| *put(&mut others, *row) = false);
    let values = if step.grades.is_empty() {
        let otherwise = match &step.otherwise {
            Some(RankValue::Position(number)) => number.clone(),
            _ => Number::ZERO,
        };
        let mut values = vec![otherwise; count];
        for (row, place) in ranked.iter().zip(places) {
            *put(&mut values, *row) = Number::ratio(i128::from(*place), 1);
        }
        Values::Numbers(Numbers::Exact(values).narrow())
    } else {
        let otherwise = match &step.otherwise {
            Some(RankValue::Grade(text)) => *text,
            _ => 0,
        };
        let mut codes = vec![otherwise; count];
        for (row, place) in ranked.iter().zip(places) {
            let grade = usize::try_from(*place).ok().and_then(|place| step.grades.get(place));
            *put(&mut codes, *row) = grade.map_or(0, |(text, _)| *text);
        }
        Values::Codes(codes)
    };
    let blank = (step.otherwise.is_none() && others.contains(&true)).then_some(others);
    Vector { values, blank }
}
