//! Ranks: the group of a row, its order, and the boundaries of the grades.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::node::{Kind, Node, RankFacts, Role, Scalar, Unexplained};
use super::{Explainer, Site};
use crate::exact::{Number, Row, defect, rows};
use crate::plan::document::{self, Quota, Ties};
use crate::plan::{Rank, RankValue, Step};

/// All groups of a rank step.
pub(super) struct Ranking {
    groups: Vec<Group>,
    /// Of each ranked row its group and its place there, from 0.
    places: FxHashMap<Row, (usize, usize)>,
}

struct Group {
    per: Row,
    /// In their order.
    members: Vec<Member>,
    /// How many the quotas are of.
    size: usize,
}

struct Member {
    row: Row,
    score: Scalar,
    ties: Vec<Scalar>,
}

/// What rows of one group have in common.
type Key = (Row, Vec<Option<Scalar>>);

impl Explainer<'_, '_> {
    pub(super) fn rank(
        &self,
        site: Site<'_>,
        checked: &Step,
        rank: &Rank,
        words: &document::Rank,
    ) -> Result<Node, Unexplained> {
        let (mut operands, holds) = self.condition(site, rank.condition.as_ref(), words.condition.as_ref())?;
        let otherwise = rank.otherwise.as_ref().map(|otherwise| match otherwise {
            RankValue::Grade(text) => Scalar::Text(*text),
            RankValue::Position(number) => Scalar::Number(number.clone()),
        });
        if !holds {
            return Ok(Node::new(Kind::Skipped(site.step), otherwise, operands));
        }
        if let Some(taken) = self.prevailing(site, checked)? {
            operands.push(Node::new(Kind::Veto(taken.step), Some(Scalar::Flag(true)), Vec::new()).role(Role::When));
            return Ok(Node::new(Kind::Rank(site.step, None), otherwise, operands));
        }
        let ranking = self.ranking(site, checked, rank, words)?;
        let (group, position) = ranking.places.get(&site.row).ok_or(Unexplained::NoValue)?;
        let group = ranking.groups.get(*group).ok_or(Unexplained::NoValue)?;
        for (within, text) in rank.within.iter().zip(&words.within) {
            operands.push(self.known(site.with(text), within)?.role(Role::Within));
        }
        operands.push(self.known(site.with(&words.by), &rank.by)?.role(Role::Score));
        let (value, facts) = group.place(rank, *position).ok_or(Unexplained::NoValue)?;
        if facts.equal.0 != facts.equal.1 {
            for (tie, text) in rank.tie_by.iter().zip(&words.tie_by) {
                operands.push(self.known(site.with(text), tie)?.role(Role::TieBy));
            }
        }
        Ok(Node::new(Kind::Rank(site.step, Some(Box::new(facts))), Some(value), operands))
    }

    fn ranking(
        &self,
        site: Site<'_>,
        checked: &Step,
        rank: &Rank,
        words: &document::Rank,
    ) -> Result<Arc<Ranking>, Unexplained> {
        self.known.ranking(site.step, || self.ranked(site, checked, rank, words))
    }

    fn ranked(
        &self,
        site: Site<'_>,
        checked: &Step,
        rank: &Rank,
        words: &document::Rank,
    ) -> Result<Ranking, Unexplained> {
        let mut found: BTreeMap<Key, (usize, Vec<Member>)> = BTreeMap::new();
        for row in rows(self.count(site.level)) {
            let own = Site { row, ..site };
            let holds = self.condition(own, rank.condition.as_ref(), words.condition.as_ref())?.1;
            let ranked = holds && self.prevailing(own, checked)?.is_none();
            if !ranked && !rank.quota_of_all {
                continue;
            }
            let mut within = Vec::new();
            for (value, text) in rank.within.iter().zip(&words.within) {
                within.push(self.known(own.with(text), value)?.value);
            }
            let group = found.entry((self.ancestor(site.level, row, rank.per), within)).or_default();
            group.0 += 1;
            if ranked {
                group.1.push(self.member(own, rank, words)?);
            }
        }
        let mut ranking = Ranking { groups: Vec::new(), places: FxHashMap::default() };
        for ((per, _), (size, mut members)) in found {
            members.sort_by(|a, b| a.order(b, rank.ascending));
            let group = ranking.groups.len();
            ranking.places.extend(members.iter().enumerate().map(|(place, member)| (member.row, (group, place))));
            ranking.groups.push(Group { per, members, size });
        }
        Ok(ranking)
    }

    fn member(&self, site: Site<'_>, rank: &Rank, words: &document::Rank) -> Result<Member, Unexplained> {
        let score = self.known(site.with(&words.by), &rank.by)?.value.ok_or(Unexplained::NoValue)?;
        let mut ties = Vec::new();
        for (tie, text) in rank.tie_by.iter().zip(&words.tie_by) {
            ties.push(self.known(site.with(text), tie)?.value.ok_or(Unexplained::NoValue)?);
        }
        Ok(Member { row: site.row, score, ties })
    }
}

impl Member {
    fn order(&self, other: &Member, ascending: bool) -> Ordering {
        let by = self.score.cmp(&other.score);
        let by = if ascending { by } else { by.reverse() };
        by.then_with(|| other.ties.cmp(&self.ties)).then_with(|| self.row.cmp(&other.row))
    }
}

impl Group {
    /// The position or grade of a member, and the facts of its place.
    fn place(&self, rank: &Rank, place: usize) -> Option<(Scalar, RankFacts)> {
        let own = self.members.get(place)?;
        let same = |member: &Member| member.score == own.score;
        let first = self.members.iter().position(same)?;
        let last = self.members.iter().rposition(same)?;
        let counted = match rank.ties {
            Ties::Split | Ties::Refuse => place + 1,
            Ties::Better => first + 1,
            Ties::Worse => last + 1,
            Ties::Dense => 1 + distinct(self.members.get(..first)?),
        };
        let grades = self.grades(rank);
        let boundaries = grades.iter().filter_map(|(_, last)| {
            let (within, outside) = (self.members.get(last.checked_sub(1)?)?, self.members.get(*last)?);
            Some(((within.row, within.score.clone()), (outside.row, outside.score.clone())))
        });
        let value = match grades.iter().find(|(_, last)| counted <= *last) {
            Some((grade, _)) => Scalar::Text(*grade),
            None if grades.is_empty() => Scalar::Number(Number::whole(u128::try_from(counted).ok()?)),
            None => return None,
        };
        let boundaries = boundaries.collect();
        let (ranked, equal) = (self.members.len(), (first + 1, last + 1));
        let per = (rank.per, self.per);
        Some((value, RankFacts { ranked, size: self.size, per, position: place + 1, equal, grades, boundaries }))
    }

    /// For each grade the last place that it takes.
    fn grades(&self, rank: &Rank) -> Vec<(u32, usize)> {
        let mut taken: usize = 0;
        let mut grades = Vec::new();
        for (grade, quota) in &rank.grades {
            let heads = match quota {
                None => self.members.len(),
                Some(Quota::Heads(heads)) => usize::try_from(*heads).unwrap_or(usize::MAX),
                Some(Quota::Part(part, mode)) => {
                    let size = Number::whole(u128::try_from(self.size).unwrap_or(u128::MAX));
                    let heads = part.times_whole(&size, *mode).to_i128();
                    heads
                        .and_then(|heads| usize::try_from(heads).ok())
                        .unwrap_or_else(|| defect("more heads than rows"))
                }
            };
            taken = taken.saturating_add(heads).min(self.members.len());
            grades.push((*grade, taken));
        }
        grades
    }
}

/// How many scores there are among sorted members.
fn distinct(members: &[Member]) -> usize {
    members.chunk_by(|a, b| a.score == b.score).count()
}
