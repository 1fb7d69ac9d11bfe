//! Aggregates (`plan-language.md` §4).
//!
//! Rows below and rows that refer belong to at most one row each, so they are evaluated as pairs in one pass. Rows of the
//! same level are grouped by hashing the equalities of the condition; only a condition or value that mixes both rows in
//! another way looks at all pairs of a group.

use rustc_hash::{FxHashMap, FxHashSet};

use super::frame::{Failures, Frame};
use super::numbers::Numbers;
use super::reduce::reduce;
use super::state::State;
use super::vector::{Values, Vector};
use crate::exact::{Number, Row, at, defect, put, rows};
use crate::plan::{Aggregate, AggregateFunction, Comparison, Expr, ExprKind, Reach, RowsOf};

/// No row.
pub(super) const NONE: Row = Row::MAX;
/// Pairs that are looked at together, so that memory is bounded.
const MOST_PAIRS: usize = 1 << 18;

/// What has been chosen: for each value the position it belongs to.
pub(super) struct Chosen {
    /// Positions of the frame.
    pub positions: Vec<Row>,
    /// The values; none for `count`.
    pub values: Option<Vector>,
}

impl State<'_> {
    /// The value of an aggregate at each position.
    pub fn aggregate(&self, frame: &Frame<'_>, aggregate: &Aggregate) -> Vector {
        if let Some(vector) = self.summed_below(frame, aggregate) {
            return vector;
        }
        let chosen = match aggregate.rows {
            RowsOf::Below => self.pairs_of_owners(frame, aggregate, self.ancestors(aggregate.level, frame.level)),
            RowsOf::Referring(fact) => {
                let facts = self.column(aggregate.level, fact);
                let owner = |row| if facts.is_blank(row) { NONE } else { *at(facts.codes(), row) };
                let owners: Vec<Row> = rows(facts.len()).map(owner).collect();
                self.pairs_of_owners(frame, aggregate, &owners)
            }
            RowsOf::Beside => match self.grouped(frame, aggregate) {
                Some(vector) => return vector,
                None => return self.pairs_of_groups(frame, aggregate),
            },
        };
        reduce(frame, aggregate.function, chosen)
    }

    /// The count or the sum of a column of integers over all rows below, in one pass. None where it is another aggregate.
    fn summed_below(&self, frame: &Frame<'_>, aggregate: &Aggregate) -> Option<Vector> {
        let is_plain = !self.plainly && frame.is_all() && self.condition(aggregate).is_none();
        if aggregate.rows != RowsOf::Below || !is_plain {
            return None;
        }
        let owners = self.ancestors(aggregate.level, frame.level);
        let mut totals = vec![0_i128; frame.len()];
        let per = match (aggregate.function, aggregate.value.as_ref().map(|value| &value.kind)) {
            (AggregateFunction::Count, None) => {
                owners.iter().for_each(|owner| *put(&mut totals, *owner) += 1);
                1
            }
            (AggregateFunction::Sum, Some(ExprKind::Column(reference))) => {
                let column = self.column(reference.level, reference.column);
                let is_own = reference.level == aggregate.level && reference.reach == Reach::Aggregated;
                let Values::Numbers(Numbers::Scaled { values, per }) = &column.values else { return None };
                if !is_own || column.blank.is_some() {
                    return None;
                }
                // Sums of 64-bit numbers over fewer than 2³² rows fit 128 bits.
                owners.iter().zip(values).for_each(|(owner, value)| *put(&mut totals, *owner) += i128::from(*value));
                *per
            }
            _ => return None,
        };
        let narrow: Option<Vec<i64>> = totals.iter().map(|total| i64::try_from(*total).ok()).collect();
        Some(Numbers::Scaled { values: narrow?, per }.into())
    }

    /// Which rows an aggregate takes, as far as it is asked.
    fn condition<'e>(&self, aggregate: &'e Aggregate) -> Option<&'e Expr> {
        aggregate.condition.as_ref().filter(|_| !self.everybody)
    }

    /// Each row of the aggregated level with the one position that owns it.
    fn pairs_of_owners(&self, frame: &Frame<'_>, aggregate: &Aggregate, owners: &[Row]) -> Chosen {
        let mut position_of = vec![NONE; self.count(frame.level)];
        rows(frame.len()).for_each(|position| *put(&mut position_of, frame.row(position)) = position);
        let mut positions = Vec::new();
        let mut this = Vec::new();
        let mut members = Vec::new();
        for (row, owner) in rows(owners.len()).zip(owners) {
            let position = if *owner == NONE { NONE } else { *at(&position_of, *owner) };
            if position != NONE {
                positions.push(position);
                this.push(*owner);
                members.push(row);
            }
        }
        self.evaluated(frame, aggregate, positions, this, members)
    }

    /// The condition, then the value where it holds, for pairs of a row and an aggregated row.
    fn evaluated(
        &self,
        frame: &Frame<'_>,
        aggregate: &Aggregate,
        positions: Vec<Row>,
        this: Vec<Row>,
        members: Vec<Row>,
    ) -> Chosen {
        let failures = Failures::default();
        let pairs = Frame::pairs(frame.level, this, (aggregate.level, members), &failures);
        let mut holding: Vec<Row> = rows(pairs.len()).collect();
        if let Some(condition) = self.condition(aggregate) {
            let flags = self.needed(&pairs, condition);
            holding.retain(|pair| *at(flags.flags(), *pair));
        }
        let values = aggregate.value.as_ref().map(|value| self.needed(&pairs.part(&holding), value).into_owned());
        let chosen = Chosen { positions: holding.iter().map(|pair| *at(&positions, *pair)).collect(), values };
        for (pair, failure) in failures.take() {
            frame.fail_with(*at(&positions, pair), failure.code, || failure.details);
        }
        chosen
    }

    /// All pairs of rows of one group, in pieces of whole positions, each reduced before the next.
    fn pairs_of_groups(&self, frame: &Frame<'_>, aggregate: &Aggregate) -> Vector {
        let (groups, count) = self.groups(aggregate.level);
        let mut members: Vec<Vec<Row>> = vec![Vec::new(); count];
        rows(groups.len()).for_each(|row| put(&mut members, *at(&groups, row)).push(row));
        let mut reduced: Vec<(Vec<Row>, Vector)> = Vec::new();
        let mut piece: Vec<Row> = Vec::new();
        let mut size = 0;
        for position in rows(frame.len()) {
            piece.push(position);
            size += at(&members, *at(&groups, frame.row(position))).len();
            if size >= MOST_PAIRS || position + 1 == rows(frame.len()).end {
                let part = frame.part(&piece);
                let vector = self.piece_of_pairs(&part, aggregate, &groups, &members);
                reduced.push((std::mem::take(&mut piece), vector));
                size = 0;
            }
        }
        match reduced.is_empty() {
            true => reduce(frame, aggregate.function, Chosen { positions: Vec::new(), values: None }),
            false => Vector::join(frame.len(), reduced),
        }
    }

    fn piece_of_pairs(&self, part: &Frame<'_>, aggregate: &Aggregate, groups: &[Row], members: &[Vec<Row>]) -> Vector {
        let (mut positions, mut this, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for position in rows(part.len()) {
            let row = part.row(position);
            let group = at(members, *at(groups, row));
            positions.extend(std::iter::repeat_n(position, group.len()));
            this.extend(std::iter::repeat_n(row, group.len()));
            others.extend_from_slice(group);
        }
        let chosen = self.evaluated(part, aggregate, positions, this, others);
        reduce(part, aggregate.function, chosen)
    }

    /// For each row of a level the number of its group (rows with the same parent; at the root each its own).
    fn groups(&self, level: usize) -> (Vec<Row>, usize) {
        match self.plan.levels.get(level).and_then(|level| level.parent) {
            Some(parent) => (self.ancestors(level, parent).to_vec(), self.count(parent)),
            None => (rows(self.count(level)).collect(), self.count(level)),
        }
    }

    /// An aggregate over rows of the same level whose value asks only the aggregated row and whose condition is made of
    /// such conditions and of equalities between the two rows. None where it is not of this form, or where something
    /// fails: pair by pair it is then clear what fails first.
    fn grouped(&self, frame: &Frame<'_>, aggregate: &Aggregate) -> Option<Vector> {
        if aggregate.value.as_ref().is_some_and(|value| !asks(value).within(false, true)) {
            return None;
        }
        let conditions = match self.condition(aggregate) {
            None => Vec::new(),
            Some(Expr { kind: ExprKind::All(conditions), .. }) => conditions.iter().map(part).collect::<Option<_>>()?,
            Some(condition) => vec![part(condition)?],
        };
        let failures = Failures::default();
        let this = Frame::some(frame.level, frame.rows(), &failures);
        let (groups, _) = self.groups(aggregate.level);
        let mut keys: Vec<Row> = this.rows().iter().map(|row| *at(&groups, *row)).collect();
        let mut members: Vec<Row> = rows(groups.len()).collect();
        let mut member_keys = groups;
        keep_asked(&keys, &mut members, &mut member_keys);
        for condition in conditions {
            match condition {
                Part::Alone(condition) => {
                    let flags = self.needed(&self.alone(aggregate, &members, &failures), condition);
                    retain(&mut members, &mut member_keys, flags.flags());
                }
                Part::Equal { member, this: own } => {
                    let member = self.needed(&self.alone(aggregate, &members, &failures), member);
                    // As pair by pair, a row whose group has no member left is not asked.
                    let open: FxHashSet<Row> = member_keys.iter().copied().collect();
                    let reached: Vec<Row> =
                        rows(keys.len()).filter(|position| open.contains(at(&keys, *position))).collect();
                    let own = self.needed(&this.part(&reached), own);
                    let mut dictionary = FxHashMap::default();
                    refine(&mut member_keys, &member, &mut dictionary);
                    let mut own_keys: Vec<Row> = reached.iter().map(|position| *at(&keys, *position)).collect();
                    refine(&mut own_keys, &own, &mut dictionary);
                    keys.fill(NONE);
                    reached.iter().zip(own_keys).for_each(|(position, key)| *put(&mut keys, *position) = key);
                }
            }
            if !failures.is_empty() {
                return None;
            }
            keep_asked(&keys, &mut members, &mut member_keys);
        }
        let frame_of_members = self.alone(aggregate, &members, &failures);
        let values = aggregate.value.as_ref().map(|value| self.needed(&frame_of_members, value).into_owned());
        if !failures.is_empty() {
            return None;
        }
        // One slot for each key that is asked for; the positions then read their slot.
        let mut slots: FxHashMap<Row, Row> = FxHashMap::default();
        for key in &keys {
            let next = rows(slots.len()).end;
            slots.entry(*key).or_insert(next);
        }
        let slot = |key: &Row| slots.get(key).copied().unwrap_or_else(|| defect("a key that nobody asked for"));
        let chosen = Chosen { positions: member_keys.iter().map(slot).collect(), values };
        let slot_failures = Failures::default();
        let slot_frame = Frame::all(frame.level, slots.len(), &slot_failures);
        let reduced = reduce(&slot_frame, aggregate.function, chosen);
        if !slot_failures.is_empty() {
            return None;
        }
        Some(reduced.gather(&keys.iter().map(slot).collect::<Vec<Row>>()))
    }

    /// A frame in which only the aggregated row is asked for.
    fn alone<'f>(&self, aggregate: &Aggregate, members: &[Row], failures: &'f Failures) -> Frame<'f> {
        Frame::pairs(aggregate.level, members.to_vec(), (aggregate.level, members.to_vec()), failures)
    }
}

/// One condition of a grouped aggregate.
enum Part<'e> {
    /// It asks only the aggregated row.
    Alone(&'e Expr),
    /// A value of the aggregated row equals one of this row.
    Equal { member: &'e Expr, this: &'e Expr },
}

fn part(condition: &Expr) -> Option<Part<'_>> {
    if asks(condition).within(false, true) {
        return Some(Part::Alone(condition));
    }
    let ExprKind::Compare(Comparison::Equal, left, right) = &condition.kind else { return None };
    let (left_asks, right_asks) = (asks(left), asks(right));
    if left_asks.within(false, true) && right_asks.within(true, false) {
        Some(Part::Equal { member: left, this: right })
    } else if right_asks.within(false, true) && left_asks.within(true, false) {
        Some(Part::Equal { member: right, this: left })
    } else {
        None
    }
}

/// Which rows an expression asks.
#[derive(Clone, Copy, Default)]
struct Asks {
    this: bool,
    member: bool,
}

impl Asks {
    /// Whether it asks no other rows than these.
    fn within(self, this: bool, member: bool) -> bool {
        (this || !self.this) && (member || !self.member)
    }
}

fn asks(expr: &Expr) -> Asks {
    let mut found = Asks::default();
    expr.walk(&mut |node| {
        if let ExprKind::Column(reference) | ExprKind::Left(reference) = &node.kind {
            match reference.reach {
                Reach::Aggregated => found.member = true,
                Reach::This | Reach::Via(_) => found.this = true,
            }
        }
    });
    found
}

fn retain(members: &mut Vec<Row>, keys: &mut Vec<Row>, kept: &[bool]) {
    let mut flags = kept.iter();
    members.retain(|_| flags.next().copied().unwrap_or(false));
    let mut flags = kept.iter();
    keys.retain(|_| flags.next().copied().unwrap_or(false));
}

/// Drops the members that no position asks for, so that nothing is evaluated that pairs would not evaluate.
fn keep_asked(keys: &[Row], members: &mut Vec<Row>, member_keys: &mut Vec<Row>) {
    let asked: FxHashSet<Row> = keys.iter().copied().collect();
    let kept: Vec<bool> = member_keys.iter().map(|key| asked.contains(key)).collect();
    retain(members, member_keys, &kept);
}

/// A value that can be equal to another.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Identity {
    Number(Number),
    Flag(bool),
    Code(u32),
    Date(crate::exact::Date),
}

/// The value of a row as an identity.
pub(super) fn identity(vector: &Vector, row: Row) -> Identity {
    match &vector.values {
        Values::Numbers(numbers) => Identity::Number(numbers.get(row)),
        Values::Flags(flags) => Identity::Flag(*at(flags, row)),
        Values::Codes(codes) => Identity::Code(*at(codes, row)),
        Values::Dates(dates) => Identity::Date(*at(dates, row)),
    }
}

/// Divides groups further by a value: equal groups with equal values become equal groups.
pub(super) fn refine(keys: &mut [Row], vector: &Vector, dictionary: &mut FxHashMap<(Row, Identity), Row>) {
    for (row, key) in rows(keys.len()).zip(keys.iter_mut()) {
        let next = rows(dictionary.len()).end;
        *key = *dictionary.entry((*key, identity(vector, row))).or_insert(next);
    }
}
