//! Apportionment by the largest remainder (Hare–Niemeyer), with floors and caps (`plan-language.md` §3.2).
//!
//! Everything is in whole units, so that the parts sum to the amount by construction. The cost is linear in the number
//! of recipients without floors and caps, and `n log n` with them.

use std::cmp::Ordering;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::ToPrimitive;

use super::index::defect;

/// A weight as a whole number: weights of one division share their denominator, which falls out.
pub trait Weight: Clone + Ord {
    /// Zero.
    fn zero() -> Self;
    /// The sum.
    #[must_use]
    fn plus(&self, other: &Self) -> Self;
    /// The difference; `other` is not larger.
    #[must_use]
    fn minus(&self, other: &Self) -> Self;
    /// The product with a number of units.
    #[must_use]
    fn times(&self, units: u128) -> Self;
    /// `units × self / total` as a whole number, with the remainder.
    fn portion(&self, units: u128, total: &Self) -> (u128, Self);
}

/// How recipients that are held by neither floor nor cap divide the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Division {
    /// By the largest remainder: the parts sum to the amount.
    LargestRemainder,
    /// Each part rounded half up by itself, as spreadsheets do: the parts may miss the amount.
    RoundedEach,
}

/// Whether `u128` weights of this sum can divide so many units: no product that [`apportion`] makes is larger than
/// this one.
pub fn fits(units: u128, total: u128) -> bool {
    total.checked_mul(units).is_some()
}

impl Weight for u128 {
    fn zero() -> u128 {
        0
    }
    fn plus(&self, other: &u128) -> u128 {
        self + other
    }
    fn minus(&self, other: &u128) -> u128 {
        self - other
    }
    fn times(&self, units: u128) -> u128 {
        self * units
    }
    fn portion(&self, units: u128, total: &u128) -> (u128, u128) {
        let product = self * units;
        // Most products fit 64 bits, where a division is several times cheaper.
        if let (Ok(product), Ok(total)) = (u64::try_from(product), u64::try_from(*total)) {
            return (u128::from(product / total), u128::from(product % total));
        }
        (product / total, product % total)
    }
}

impl Weight for BigUint {
    fn zero() -> BigUint {
        BigUint::ZERO
    }
    fn plus(&self, other: &BigUint) -> BigUint {
        self + other
    }
    fn minus(&self, other: &BigUint) -> BigUint {
        self - other
    }
    fn times(&self, units: u128) -> BigUint {
        self * units
    }
    fn portion(&self, units: u128, total: &BigUint) -> (u128, BigUint) {
        let (quotient, rest) = (self * units).div_rem(total);
        (quotient.to_u128().unwrap_or(u128::MAX), rest)
    }
}

/// One recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<W> {
    /// Its weight.
    pub weight: W,
    /// The least it gets, in units.
    pub floor: u128,
    /// The most it gets, in units; not below `floor`. None: no cap.
    pub cap: Option<u128>,
}

impl<W: Weight> Claim<W> {
    /// The cap, or the whole amount where that is less: nobody gets more than there is.
    fn cap_within(&self, amount: u128) -> Option<u128> {
        self.cap.map(|cap| cap.min(amount))
    }

    /// The most it gets: a recipient of weight zero gets its floor and no more.
    fn top(&self) -> Option<u128> {
        if self.weight == W::zero() { Some(self.floor) } else { self.cap }
    }
}

/// What each recipient gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apportionment {
    /// Units per recipient, in their order.
    pub parts: Vec<u128>,
    /// Units that nobody could take.
    pub left: u128,
}

/// The floors sum to more than the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FloorsExceed {
    /// The sum of the floors, in units.
    pub floors: u128,
}

/// Divides `units` among `weights` whose sum is above zero: each gets ⌊units × w / Σw⌋, and the units left over go one each
/// to the largest remainders; equal remainders in the order that `tie` gives (`Less`: the first of the two comes
/// first), at last in the order of the recipients. Sum of the parts = units.
pub fn divide<W: Weight>(units: u128, weights: &[&W], tie: &dyn Fn(usize, usize) -> Ordering) -> Vec<u128> {
    let total = weights.iter().fold(W::zero(), |sum, weight| sum.plus(weight));
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut given: u128 = 0;
    for (index, weight) in weights.iter().enumerate() {
        let (part, remainder) = weight.portion(units, &total);
        given += part;
        parts.push(part);
        remainders.push((remainder, index));
    }
    let over = usize::try_from(units - given).unwrap_or_else(|_| defect("more left over than recipients"));
    if over > 0 {
        remainders.select_nth_unstable_by(over - 1, |(a, i), (b, j)| {
            b.cmp(a).then_with(|| tie(*i, *j)).then_with(|| i.cmp(j))
        });
        for (_, index) in remainders.iter().take(over) {
            if let Some(part) = parts.get_mut(*index) {
                *part += 1;
            }
        }
    }
    parts
}

/// Gives each of `weights` its `units × w / Σw`, rounded half up by itself.
fn round_each<W: Weight>(units: u128, weights: &[&W]) -> Vec<u128> {
    let total = weights.iter().fold(W::zero(), |sum, weight| sum.plus(weight));
    let rounded = |weight: &&W| {
        let (part, remainder) = weight.portion(units, &total);
        part + u128::from(remainder >= total.minus(&remainder))
    };
    weights.iter().map(rounded).collect()
}

/// Divides `units` among `claims` in proportion to their weights, none below its floor or above its cap.
///
/// # Errors
/// [`FloorsExceed`] where the floors sum to more than the amount.
pub fn apportion<W: Weight>(
    units: u128,
    claims: &[Claim<W>],
    tie: &dyn Fn(usize, usize) -> Ordering,
    division: Division,
) -> Result<Apportionment, FloorsExceed> {
    let floors: u128 = claims.iter().try_fold(0, |sum: u128, claim| sum.checked_add(claim.floor)).unwrap_or(u128::MAX);
    if floors > units {
        return Err(FloorsExceed { floors });
    }
    // A sum of tops that does not fit is more than any amount.
    let tops = claims.iter().try_fold(0, |sum: u128, claim| sum.checked_add(claim.top()?));
    if let Some(tops) = tops.filter(|tops| *tops <= units) {
        let parts = claims.iter().map(|claim| claim.top().unwrap_or(claim.floor)).collect();
        return Ok(Apportionment { parts, left: units - tops });
    }
    let bounded = claims.iter().any(|claim| claim.floor > 0 || claim.cap.is_some());
    let level = if bounded { water_level(units, claims) } else { None };
    let mut parts: Vec<u128> = Vec::with_capacity(claims.len());
    let mut free = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        let fixed = match &level {
            _ if claim.weight == W::zero() => Some(claim.floor),
            Some(level) => level.fixes(claim),
            None => None,
        };
        if fixed.is_none() {
            free.push(index);
        }
        parts.push(fixed.unwrap_or(0));
    }
    let rest = units - parts.iter().sum::<u128>();
    let weights: Vec<&W> = free.iter().filter_map(|index| claims.get(*index)).map(|claim| &claim.weight).collect();
    if !weights.is_empty() {
        let original =
            |index: usize| free.get(index).copied().unwrap_or_else(|| defect("a recipient that is not free"));
        let shared = match division {
            Division::LargestRemainder => divide(rest, &weights, &|a, b| tie(original(a), original(b))),
            Division::RoundedEach => round_each(rest, &weights),
        };
        for (index, part) in free.iter().zip(shared) {
            if let Some(cell) = parts.get_mut(*index) {
                *cell = part;
            }
        }
    }
    Ok(Apportionment { parts, left: 0 })
}

/// λ as the fraction `units / weight`: at it, Σ clamp(λ·w, floor, cap) is the amount.
struct Level<W> {
    amount: u128,
    units: u128,
    weight: W,
}

impl<W: Weight> Level<W> {
    /// The floor or cap that holds a claim of positive weight, if one does.
    fn fixes(&self, claim: &Claim<W>) -> Option<u128> {
        let scaled = claim.weight.times(self.units);
        if scaled <= self.weight.times(claim.floor) {
            return Some(claim.floor);
        }
        claim.cap_within(self.amount).filter(|cap| scaled >= self.weight.times(*cap))
    }
}

/// A claim leaves its floor or reaches its cap at λ = `limit / weight`.
struct Turn<'a, W> {
    limit: u128,
    weight: &'a W,
    reaches_cap: bool,
}

impl<W: Weight> Turn<'_, W> {
    fn order(&self, other: &Self) -> Ordering {
        other.weight.times(self.limit).cmp(&self.weight.times(other.limit))
    }
}

/// Finds λ by sweeping the points at which a claim turns. Between two of them the sum is `fixed + λ × free`.
/// The caller has seen that Σ floors ≤ units < Σ tops, so there is one.
fn water_level<W: Weight>(units: u128, claims: &[Claim<W>]) -> Option<Level<W>> {
    let mut turns = Vec::new();
    let mut fixed: u128 = 0;
    for claim in claims {
        fixed += claim.floor;
        if claim.weight != W::zero() {
            turns.push(Turn { limit: claim.floor, weight: &claim.weight, reaches_cap: false });
            turns.extend(claim.cap_within(units).map(|limit| Turn { limit, weight: &claim.weight, reaches_cap: true }));
        }
    }
    turns.sort_by(Turn::order);
    let mut free = W::zero();
    for turn in &turns {
        let reached = free.times(turn.limit) >= turn.weight.times(units.saturating_sub(fixed));
        if fixed <= units && reached {
            // The amount is met before this turn: inside the piece, or (nobody free) over the whole of it.
            return Some(match free == W::zero() {
                true => Level { amount: units, units: turn.limit, weight: turn.weight.clone() },
                false => Level { amount: units, units: units - fixed, weight: free },
            });
        }
        if turn.reaches_cap {
            free = free.minus(turn.weight);
            fixed += turn.limit;
        } else {
            free = free.plus(turn.weight);
            fixed -= turn.limit;
        }
    }
    Some(Level { amount: units, units: units.saturating_sub(fixed), weight: free })
}
