//! The paradox of largest remainders: somebody gets less although there is more to share and nobody asks for anything else.

use crate::engine::outcome::Outcome;
use crate::engine::share::Shared;
use crate::exact::{Fen, Row, at};

/// A row that got less of a share although its fund row had more to share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The level's name.
    pub level: String,
    /// The row's id.
    pub row: String,
    /// The share's name.
    pub step: String,
    /// What it got in the base, in fen, before vetoes withheld.
    pub base: Fen,
    /// What it gets in the variant.
    pub variant: Fen,
}

/// Every row that got less of a share whose fund row had more to share, while all its recipients, their weights, floors and
/// caps are the same. Both outcomes keep their shares.
pub fn losses(base: &Outcome<'_>, variant: &Outcome<'_>) -> Vec<Loss> {
    let mut losses = Vec::new();
    for shared in &base.shares {
        let name = names(base, shared);
        let other = variant.shares.iter().find(|other| names(variant, other) == name);
        if let Some(other) = other.filter(|other| other.unit == shared.unit && same_rows(base, variant, &name)) {
            lost_of(base, (shared, other), &name, &mut losses);
        }
    }
    losses
}

/// The level of a share, its name, and the level of its fund.
type Names<'p> = (&'p str, &'p str, &'p str);

fn names<'o>(outcome: &'o Outcome<'_>, shared: &Shared) -> Names<'o> {
    let step = outcome.plan.steps.get(shared.step);
    let fund = match step.map(|step| &step.action) {
        Some(crate::plan::Action::Share(share)) => share.fund.level,
        _ => crate::exact::defect("a share that is none"),
    };
    let level = step.map_or("", |step| outcome.plan.level_name(step.level));
    (level, outcome.plan.step_name(shared.step), outcome.plan.level_name(fund))
}

/// Whether row numbers mean the same on both sides, at the share's level and at its fund's.
fn same_rows(base: &Outcome<'_>, variant: &Outcome<'_>, (level, _, fund): &Names<'_>) -> bool {
    [level, fund].into_iter().all(|level| ids(base, level) == ids(variant, level))
}

fn ids<'o>(outcome: &'o Outcome<'_>, level: &str) -> Option<&'o [String]> {
    outcome.data.levels.get(outcome.plan.level_named(level)?).map(|rows| rows.ids.as_slice())
}

fn lost_of(
    outcome: &Outcome<'_>,
    (base, variant): (&Shared, &Shared),
    (level, step, _): &Names<'_>,
    losses: &mut Vec<Loss>,
) {
    let groups = variant.groups.iter().zip(&variant.amounts);
    let mut there = groups.peekable();
    for ((fund, members), amount) in base.groups.iter().zip(&base.amounts) {
        while there.next_if(|((other, _), _)| other < fund).is_some() {}
        let Some(((_, others), more)) = there.next_if(|((other, _), _)| other == fund) else { continue };
        let part = |shared: &Shared, position: Row| *at(&shared.parts, position);
        let pairs = || members.iter().copied().zip(others.iter().copied());
        let lost = |(here, there): &(Row, Row)| part(variant, *there) < part(base, *here);
        let same = |(here, there): (Row, Row)| {
            at(&base.recipients.rows, here) == at(&variant.recipients.rows, there)
                && base.recipients.asks_as(here, &variant.recipients, there)
        };
        if more <= amount || members.len() != others.len() || !pairs().any(|pair| lost(&pair)) || !pairs().all(same) {
            continue;
        }
        let level_number = outcome.plan.level_named(level).unwrap_or_default();
        let fen = |units: u128| Fen::try_from(units).unwrap_or(Fen::MAX).saturating_mul(Fen::from(base.unit));
        losses.extend(pairs().filter(lost).map(|(here, there)| Loss {
            level: (*level).to_owned(),
            row: outcome.data.id(level_number, *at(&base.recipients.rows, here)).to_owned(),
            step: (*step).to_owned(),
            base: fen(part(base, here)),
            variant: fen(part(variant, there)),
        }));
    }
}
