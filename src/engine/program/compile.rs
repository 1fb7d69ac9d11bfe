//! From a formula to a program, for the columns as they are: their denominators are known, so every rescaling is settled
//! here. What is not integers (blanks, dates, rationals, aggregates, `left`) has no program.

use num_integer::Integer;

use super::Program;
use super::operation::{Load, Operand, Operation, What};
use super::table::{Direct, Found, domain, spread_out};
use super::term::{Kind, MOST_BITS, Made, Term, aligned, bits_of, constant, constant_of};
use crate::engine::frame::Frame;
use crate::engine::numbers::Numbers;
use crate::engine::state::State;
use crate::engine::vector::{Values, Vector};
use crate::exact::{Mode, Number, at};
use crate::plan::document::Rounding;
use crate::plan::{ColumnRef, Comparison, Expr, ExprKind, Reach};

const TRUE: Operand = Operand::Constant(1);
const FALSE: Operand = Operand::Constant(0);

/// A program under way. A mask is 1 for the rows that evaluate a part; only tables need to know.
pub(super) struct Compiler<'c, 's> {
    state: &'c State<'s>,
    frame: &'c Frame<'c>,
    operations: Vec<Operation<'c>>,
    registers: usize,
    columns: Vec<&'c Vector>,
    tables: Vec<Direct>,
}

impl<'c, 's> Compiler<'c, 's> {
    pub(super) fn new(state: &'c State<'s>, frame: &'c Frame<'_>) -> Compiler<'c, 's> {
        let (operations, columns, tables) = (Vec::new(), Vec::new(), Vec::new());
        Compiler { state, frame, operations, registers: 0, columns, tables }
    }

    /// The program of a formula that is more than a column, where there is one.
    pub(super) fn program(mut self, expr: &Expr, rounding: Option<&Rounding>) -> Option<Program<'c>> {
        let (result, kind) = match self.made(expr, TRUE)? {
            Made::Number(term) => {
                let term = match rounding {
                    Some(rounding) => self.rounded(term, &rounding.to, rounding.mode)?,
                    None => term,
                };
                let term = self.whole_term(term)?;
                (term.operand, Kind::Number { per: term.per })
            }
            Made::Flag(operand) => (operand, Kind::Flag),
            Made::Code(operand) => (operand, Kind::Code),
        };
        let Compiler { operations, registers, columns, tables, .. } = self;
        Some(Program { operations, registers, columns, tables, result, kind })
    }

    fn add(&mut self, what: What<'c>) -> Operand {
        self.add_of_bits(what, MOST_BITS + 1)
    }

    /// An operation whose values are less than 2 to so many bits, of either sign.
    fn add_of_bits(&mut self, what: What<'c>, bits: u32) -> Operand {
        let to = self.registers;
        self.registers += 1;
        self.operations.push(Operation { what, to, is_proved: bits <= MOST_BITS });
        Operand::Register(to)
    }

    /// The same number with a factor of 1.
    fn whole_term(&mut self, term: Term) -> Option<Term> {
        let bits = term.bits + bits_of(term.factor);
        Some(match (term.operand, term.factor) {
            (_, 1) => term,
            (Operand::Constant(value), factor) => constant_of(value.checked_mul(factor)?, term.per),
            (operand, factor) => {
                let product = self.add_of_bits(What::Times(operand, Operand::Constant(factor)), bits);
                Term::of(product, term.per, bits.min(64))
            }
        })
    }

    fn made(&mut self, expr: &Expr, mask: Operand) -> Option<Made> {
        Some(match &expr.kind {
            ExprKind::Number(number) => Made::Number(constant(number)?),
            ExprKind::Flag(flag) => Made::Flag(if *flag { TRUE } else { FALSE }),
            ExprKind::Choice(text) => Made::Code(Operand::Constant(i64::from(*text))),
            ExprKind::Column(reference) => self.column(*reference, false)?,
            ExprKind::Negative(inner)
            | ExprKind::Percent(inner, _)
            | ExprKind::Magnitude(inner)
            | ExprKind::Round(inner, _, _) => Made::Number(self.changed(&expr.kind, inner, mask)?),
            ExprKind::Sum(first, terms) => Made::Number(self.sum(first, terms, mask)?),
            ExprKind::Product(first, factors) => Made::Number(self.product(first, factors, mask)?),
            ExprKind::Compare(comparison, left, right) => {
                let (left, right) = (self.made(left, mask)?, self.made(right, mask)?);
                Made::Flag(self.compare(*comparison, left, right)?)
            }
            ExprKind::If(cases, otherwise) => self.branches(cases, otherwise, mask)?,
            ExprKind::All(conditions) => Made::Flag(self.chain(conditions, mask, true)?),
            ExprKind::Any(conditions) => Made::Flag(self.chain(conditions, mask, false)?),
            ExprKind::Not(inner) => {
                let flag = self.made(inner, mask)?.flag()?;
                Made::Flag(self.add_of_bits(What::Minus(TRUE, flag), 1))
            }
            ExprKind::In(value, options) => {
                let value = self.made(value, mask)?;
                let mut found = FALSE;
                for option in options {
                    let option = self.made(option, mask)?;
                    let equal = self.compare(Comparison::Equal, value, option)?;
                    found = self.add(What::Most(found, equal));
                }
                Made::Flag(found)
            }
            ExprKind::Extreme(least, values) => Made::Number(self.extreme(*least, values, mask)?),
            ExprKind::Lookup(table, keys) => Made::Number(self.lookup(*table, keys, mask)?),
            ExprKind::IsBlank(inner) => match &inner.kind {
                ExprKind::Column(reference) => Made::Flag(self.column(*reference, true)?.flag()?),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn number(&mut self, expr: &Expr, mask: Operand) -> Option<Term> {
        self.made(expr, mask)?.number()
    }

    /// A change of one number.
    fn changed(&mut self, kind: &ExprKind, inner: &Expr, mask: Operand) -> Option<Term> {
        let term = self.number(inner, mask)?;
        match kind {
            ExprKind::Negative(_) => Some(Term { factor: term.factor.checked_neg()?, ..term }),
            ExprKind::Percent(_, signs) => {
                let per = 100_i64.checked_pow(u32::try_from(*signs).ok()?)?.checked_mul(term.per)?;
                Some(Term { per, ..term })
            }
            ExprKind::Magnitude(_) => {
                let term = self.whole_term(term)?;
                let opposite = self.add_of_bits(What::Minus(FALSE, term.operand), term.bits);
                Some(Term::of(self.add(What::Most(term.operand, opposite)), term.per, term.bits))
            }
            ExprKind::Round(_, mode, digits) => {
                let power = 10_i128.checked_pow(digits.unsigned_abs())?;
                let unit = if *digits < 0 { Number::ratio(power, 1) } else { Number::ratio(1, power) };
                self.rounded(term, &unit, *mode)
            }
            _ => None,
        }
    }

    /// A column, or with `blanks` which of its rows are blank.
    fn column(&mut self, reference: ColumnRef, blanks: bool) -> Option<Made> {
        let vector = self.state.column(reference.level, reference.column);
        if vector.blank.is_some() && !blanks {
            return None;
        }
        let aggregated = reference.reach == Reach::Aggregated;
        let asking = match (aggregated, self.frame.aggregated()) {
            (true, Some((level, _))) => level,
            (true, None) => return None,
            (false, _) => self.frame.level,
        };
        let through = match reference.reach {
            Reach::Via(fact) => {
                let fact = self.state.column(self.frame.level, fact);
                if fact.blank.is_some() || vector.is_empty() {
                    return None;
                }
                Some(fact.codes())
            }
            _ if reference.level == asking => None,
            _ => Some(self.state.ancestors(asking, reference.level)),
        };
        let column = self.columns.len();
        self.columns.push(vector);
        let is_plain = !aggregated && through.is_none() && self.frame.is_all();
        let operand = |compiler: &mut Self, is_number: bool| match is_plain && is_number {
            true => Operand::Column(column),
            false => compiler.add(What::Load(Load { column, blanks, aggregated, through })),
        };
        Some(match &vector.values {
            _ if blanks => Made::Flag(operand(self, false)),
            Values::Numbers(Numbers::Scaled { per, .. }) => {
                let bits = self.state.bits(reference.level, reference.column);
                Made::Number(Term::of(operand(self, true), *per, bits))
            }
            Values::Numbers(Numbers::Same(number, _)) => Made::Number(constant(number)?),
            Values::Flags(_) => Made::Flag(operand(self, false)),
            Values::Codes(_) => Made::Code(operand(self, false)),
            Values::Numbers(Numbers::Exact(_)) | Values::Dates(_) => return None,
        })
    }

    fn sum(&mut self, first: &Expr, terms: &[(bool, Expr)], mask: Operand) -> Option<Term> {
        let mut all = vec![self.number(first, mask)?];
        for (minus, term) in terms {
            let term = self.number(term, mask)?;
            let factor = if *minus { term.factor.checked_neg()? } else { term.factor };
            all.push(Term { factor, ..term });
        }
        let per = aligned(&mut all)?;
        let mut all = all.into_iter();
        let mut total = all.next()?;
        total = self.whole_term(total)?;
        for term in all {
            // A sum has at most one bit more than the larger part.
            let bits = total.bits.max(term.bits + bits_of(term.factor)) + 1;
            let sum = match (term.operand, term.factor) {
                (Operand::Constant(value), factor) => {
                    What::Plus(total.operand, Operand::Constant(value.checked_mul(factor)?))
                }
                (operand, 1) => What::Plus(total.operand, operand),
                (operand, -1) => What::Minus(total.operand, operand),
                (operand, factor) => What::PlusTimes(total.operand, operand, factor),
            };
            total = Term::of(self.add_of_bits(sum, bits), per, bits.min(64));
        }
        Some(total)
    }

    fn product(&mut self, first: &Expr, factors: &[(bool, Expr)], mask: Operand) -> Option<Term> {
        let mut total = self.number(first, mask)?;
        for (divides, factor) in factors {
            let mut factor = self.number(factor, mask)?;
            if *divides {
                // A quotient of two columns is rational, and a division by zero is to be refused.
                let Operand::Constant(value) = factor.operand else { return None };
                let divisor = value.checked_mul(factor.factor)?;
                let sign = divisor.signum();
                if sign == 0 {
                    return None;
                }
                factor = constant_of(factor.per.checked_mul(sign)?, divisor.checked_abs()?);
            }
            let (one, other) = (total, factor);
            let (mut times, per) = (one.factor.checked_mul(other.factor)?, one.per.checked_mul(other.per)?);
            let (operand, bits) = match (one.operand, other.operand) {
                (operand, Operand::Constant(value)) => {
                    times = times.checked_mul(value)?;
                    (operand, one.bits)
                }
                (Operand::Constant(value), operand) => {
                    times = times.checked_mul(value)?;
                    (operand, other.bits)
                }
                (a, b) => {
                    let bits = one.bits + other.bits;
                    (self.add_of_bits(What::Times(a, b), bits), bits.min(64))
                }
            };
            let common = times.checked_abs()?.gcd(&per).max(1);
            total = Term { operand, factor: times / common, per: per / common, bits };
        }
        Some(total)
    }

    fn compare(&mut self, comparison: Comparison, left: Made, right: Made) -> Option<Operand> {
        let (left, right) = match (left, right) {
            (Made::Number(left), Made::Number(right)) => {
                let mut both = [left, right];
                aligned(&mut both)?;
                let [left, right] = both;
                (self.whole_term(left)?.operand, self.whole_term(right)?.operand)
            }
            (Made::Flag(left), Made::Flag(right)) | (Made::Code(left), Made::Code(right)) => (left, right),
            _ => return None,
        };
        Some(self.add(What::Compare(comparison, left, right)))
    }

    /// The rows of a mask for which a flag holds, or does not.
    fn narrowed(&mut self, mask: Operand, flag: Operand, holds: bool) -> Operand {
        let flag = if holds { flag } else { self.add_of_bits(What::Minus(TRUE, flag), 1) };
        if matches!(mask, Operand::Constant(1)) { flag } else { self.add(What::Least(mask, flag)) }
    }

    fn branches(&mut self, cases: &[(Expr, Expr)], otherwise: &Expr, mask: Operand) -> Option<Made> {
        let (mut open, mut flags, mut values) = (mask, Vec::new(), Vec::new());
        for (condition, value) in cases {
            let flag = self.made(condition, open)?.flag()?;
            let taken = self.narrowed(open, flag, true);
            values.push(self.made(value, taken)?);
            open = self.narrowed(open, flag, false);
            flags.push(flag);
        }
        values.push(self.made(otherwise, open)?);
        if let Some(mut terms) = values.iter().map(|value| value.number()).collect::<Option<Vec<Term>>>() {
            let per = aligned(&mut terms)?;
            let wholes = terms.into_iter().map(|term| self.whole_term(term)).collect::<Option<Vec<Term>>>()?;
            let bits = wholes.iter().map(|term| term.bits).max()?;
            let operands = wholes.iter().map(|term| term.operand).collect();
            return Some(Made::Number(Term::of(self.chosen(&flags, operands)?, per, bits)));
        }
        let operands = |made: &Made| match made {
            Made::Flag(operand) | Made::Code(operand) => Some(*operand),
            Made::Number(_) => None,
        };
        let operand = self.chosen(&flags, values.iter().map(operands).collect::<Option<Vec<Operand>>>()?)?;
        Some(if values.first()?.flag().is_some() { Made::Flag(operand) } else { Made::Code(operand) })
    }

    /// The value of the first flag that holds, else the last.
    fn chosen(&mut self, flags: &[Operand], mut values: Vec<Operand>) -> Option<Operand> {
        let mut result = values.pop()?;
        for (flag, value) in flags.iter().zip(values).rev() {
            result = self.add(What::Select(*flag, value, result));
        }
        Some(result)
    }

    fn chain(&mut self, conditions: &[Expr], mask: Operand, all: bool) -> Option<Operand> {
        let (mut open, mut result) = (mask, if all { TRUE } else { FALSE });
        for condition in conditions {
            let flag = self.made(condition, open)?.flag()?;
            open = self.narrowed(open, flag, all);
            result = self.add(if all { What::Least(result, flag) } else { What::Most(result, flag) });
        }
        Some(result)
    }

    fn extreme(&mut self, least: bool, values: &[Expr], mask: Operand) -> Option<Term> {
        let mut terms = values.iter().map(|value| self.number(value, mask)).collect::<Option<Vec<Term>>>()?;
        let per = aligned(&mut terms)?;
        let mut best: Option<Term> = None;
        for term in terms {
            let value = self.whole_term(term)?;
            best = Some(match best {
                None => value,
                Some(best) => {
                    let (one, other) = (best.operand, value.operand);
                    let better = self.add(if least { What::Least(one, other) } else { What::Most(one, other) });
                    Term::of(better, per, best.bits.max(value.bits))
                }
            });
        }
        best
    }

    /// The nearest multiple of a unit: `round(operand × factor × bottom / (per × top)) × top / bottom`.
    fn rounded(&mut self, term: Term, unit: &Number, mode: Mode) -> Option<Term> {
        let (top, bottom) = unit.small()?;
        let (top, bottom) = (i64::try_from(top).ok()?, i64::try_from(bottom).ok()?);
        let (up, divisor) = (term.factor.checked_mul(bottom)?, term.per.checked_mul(top)?);
        let common = up.checked_abs()?.gcd(&divisor).max(1);
        let scaled = Term { factor: up / common, per: 1, ..term };
        if divisor == common {
            return Some(Term { factor: scaled.factor.checked_mul(top)?, per: bottom, ..scaled });
        }
        let whole = self.whole_term(scaled)?;
        let operand = self.add(What::Round(whole.operand, divisor / common, mode));
        // What is divided by at least 2 and then rounded has no more bits.
        Some(Term { operand, factor: top, per: bottom, bits: whole.bits })
    }

    fn lookup(&mut self, table: usize, keys: &[Expr], mask: Operand) -> Option<Term> {
        let lookup = self.state.tables.get(table)?;
        let Numbers::Scaled { values, per } = lookup.values() else { return None };
        // More entries than rows would cost more than they save.
        let most = i64::try_from(self.frame.len()).unwrap_or(i64::MAX).saturating_mul(2).clamp(512, 8_192);
        let mut made = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            let made_key = self.made(key, mask)?;
            made.push(match made_key {
                Made::Flag(operand) => (operand, vec![0, 1], Kind::Flag),
                Made::Code(operand) => (operand, domain(1, lookup.largest_code(place), most)?, Kind::Code),
                Made::Number(term) => {
                    let (low, high) = lookup.bounds(place, term.per)?;
                    (self.whole_term(term)?.operand, domain(low, high, most)?, Kind::Number { per: term.per })
                }
            });
        }
        let entries = made.iter().try_fold(1_usize, |count, (_, keys, _)| count.checked_mul(keys.len()))?;
        if i64::try_from(entries).ok()? > most {
            return None;
        }
        let (mut entry, mut columns, mut before) = (FALSE, Vec::new(), 1);
        let (mut last, number) = (None, self.tables.len());
        for (operand, keys, kind) in &made {
            let (Some(low), Some(high)) = (keys.first().copied(), keys.last().copied()) else { return None };
            let after = entries / before / keys.len();
            let (base, key, stride) = (entry, *operand, i64::try_from(after).ok()?);
            columns.push(kind.vector(spread_out(keys, before, after)));
            before *= keys.len();
            match columns.len() == made.len() {
                true => last = Some(What::Value { table: number, base, key, low, high, mask }),
                false => entry = self.add(What::Entry { base, key, low, high, stride }),
            }
        }
        let found: Vec<Found> =
            lookup.found(entries, &columns).into_iter().map(|row| Found::of(row, lookup.has_else())).collect();
        let value = |found: &Found| match found {
            Found::Row(row) => *at(values, *row),
            Found::Otherwise => values.last().copied().unwrap_or_default(),
            Found::Nothing => 0,
        };
        let direct = Direct { table, values: found.iter().map(value).collect(), found };
        let bits = direct.values.iter().map(|value| bits_of(*value)).max()?;
        self.tables.push(direct);
        Some(Term::of(self.add(last?), *per, bits))
    }
}
