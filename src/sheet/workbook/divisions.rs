//! Whole quotients and remainders, exact in a sheet whose numbers have fifteen digits.

use super::columns::{Content, Look};
use super::twin::{Part, Place, Spot, Twin, call};
use super::{Maker, Why};
use crate::engine::Shared;
use crate::exact::{Number, rows};
use crate::plan::ColumnRef;

/// The largest number that weights may be multiplied by to be whole.
const MOST_SCALE: i128 = 1_000_000;
/// Units × weight that one cell holds with room for other figures.
const ROOM: i128 = 100_000_000_000_000;
/// A sheet's numbers are exact up to here.
pub(super) const MOST_PRODUCT: &str = "9E+14";
/// Units that four pieces of three digits hold.
const MOST_UNITS: &str = "1E+12";
/// The powers of ten at which the pieces of the units begin.
const PIECES: [u32; 4] = [9, 6, 3, 0];

/// What is divided, seen from a recipient: units × weight ÷ Σ weights.
pub(super) struct Parts<'p> {
    pub(super) takes: &'p Twin,
    pub(super) weight: &'p Twin,
    pub(super) units: &'p Twin,
    pub(super) weights: &'p Twin,
}

impl Maker<'_, '_> {
    /// The quotient and the remainder by one product: the quotient that a sheet finds may be one off, which its remainder
    /// tells.
    pub(super) fn quotient(&mut self, level: usize, parts: &Parts<'_>) -> (Place, Place) {
        let product = call("IF({}=1,{}*{},0)", &[parts.takes, parts.units, parts.weight]);
        self.divided_once(level, parts, product, ["总额 × 权数", "商", "余数"])
    }

    /// The quotient and the remainder by pieces of three digits of the units, as one divides by hand: no cell holds more than
    /// a thousand times the weights.
    pub(super) fn long_quotient(&mut self, level: usize, fund: ColumnRef, parts: &Parts<'_>) -> (Place, Place) {
        let units = self.seen_from_fund(fund, parts.units);
        if let [Part::Cell(place, _)] = units.parts.as_slice() {
            self.products.push((*place, MOST_UNITS));
        }
        let mut last: Option<(Twin, Place)> = None;
        for power in PIECES {
            let piece = call(&format!("INT({{}}/1E+{power})-1000*INT({{}}/1E+{})", power + 3), &[&units, &units]);
            let heading = format!("总额的 10^{power} 段");
            let piece = self.add(fund.level, "", &heading, Content::Formula(piece, None), Look::Plain);
            let piece = Maker::at_fund(fund, piece);
            let product = match &last {
                None => call("IF({}=1,{}*{},0)", &[parts.takes, &piece, parts.weight]),
                Some((_, rest)) => {
                    call("IF({}=1,1000*{}+{}*{},0)", &[parts.takes, &Maker::own(*rest), &piece, parts.weight])
                }
            };
            let headings = ["被除数", "商", "余数"].map(|word| format!("{word}（10^{power} 段）"));
            let [product_heading, whole, rest] = &headings;
            let (whole, rest) = self.divided_once(level, parts, product, [product_heading, whole, rest]);
            let whole = match last {
                None => Maker::own(whole),
                Some((before, _)) => call("({}*1000+{})", &[&before, &Maker::own(whole)]),
            };
            last = Some((whole, rest));
        }
        let nothing = (Twin::text("0"), Place { level, column: 0 });
        let (whole, rest) = last.unwrap_or(nothing);
        (self.add(level, "", "商", Content::Formula(whole, None), Look::Plain), rest)
    }

    fn divided_once(&mut self, level: usize, parts: &Parts<'_>, product: Twin, names: [&str; 3]) -> (Place, Place) {
        let (weight, weights) = (parts.weight, parts.weights);
        let [product_heading, whole_heading, rest_heading] = names;
        let product = self.add(level, "", product_heading, Content::Formula(product, None), Look::Plain);
        self.products.push((product, MOST_PRODUCT));
        let product = Maker::own(product);
        let first = call("IF({}=0,0,INT({}/{}))", &[weight, &product, weights]);
        let heading = format!("{whole_heading}，初算");
        let first = Maker::own(self.add(level, "", &heading, Content::Formula(first, None), Look::Plain));
        let whole = "IF({}=0,0,{}+IF({}-{}*{}<0,-1,IF({}-{}*{}>={},1,0)))";
        let given = [weight, &first, &product, &first, weights, &product, &first, weights, weights];
        let whole = self.add(level, "", whole_heading, Content::Formula(call(whole, &given), None), Look::Plain);
        let rest = call("IF({}=0,0,{}-{}*{})", &[weight, &product, &Maker::own(whole), weights]);
        (whole, self.add(level, "", rest_heading, Content::Formula(rest, None), Look::Plain))
    }

    /// A cell of the fund row, seen from there.
    pub(super) fn seen_from_fund(&self, fund: ColumnRef, twin: &Twin) -> Twin {
        match twin.parts.as_slice() {
            [Part::Cell(place, _)] => Twin::cell(*place, Spot::Up(fund.level)),
            _ => twin.clone(),
        }
    }
}

/// Whether one cell holds units × weight in every fund row of a share.
pub(super) fn fits(shared: &Shared, scale: i128) -> Result<bool, Why> {
    let scale = Number::ratio(scale, 1);
    let room = Number::ratio(ROOM, 1);
    for ((_, members), units) in shared.groups.iter().zip(&shared.amounts) {
        let largest = members.iter().map(|position| shared.recipients.weight(*position)).max();
        let product = largest
            .unwrap_or(Number::ZERO)
            .checked_mul(&scale)
            .and_then(|weight| weight.checked_mul(&Number::whole(*units)));
        if product.map_err(|_| Why::Weights)? > room {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The smallest number that makes all weights of a share whole; none where it is too large.
pub(super) fn scale(shared: &Shared) -> Option<i128> {
    let mut scale: i128 = 1;
    for position in rows(shared.recipients.rows.len()) {
        let weight = shared.recipients.weight(position);
        let scaled = weight.checked_mul(&Number::ratio(scale, 1)).ok()?;
        if !scaled.is_whole() {
            let (_, denominator) = scaled.small()?;
            scale = scale.checked_mul(denominator).filter(|scale| *scale <= MOST_SCALE)?;
        }
    }
    Some(scale)
}
