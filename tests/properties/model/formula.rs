//! The formulas of the model: `plan-language.md` §4 read word by word, one row at a time.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::World;
use crate::language::{Aggregate, Expr, Q, Table, Value, int, q, rounded};

/// A value or the code of the first error.
pub type Met<T> = Result<T, &'static str>;

/// Where a formula stands: at a row, perhaps with the row over which an aggregate goes.
#[derive(Clone, Copy)]
pub struct At<'w> {
    pub world: &'w World<'w>,
    pub level: usize,
    pub row: usize,
    pub item: Option<(usize, usize)>,
}

/// §4: a numerator or denominator beyond 16,384 bits is `overflow`.
fn sized(number: Q) -> Met<Value> {
    let fits = number.numer().bits() <= 16_384 && number.denom().bits() <= 16_384;
    if fits { Ok(Value::Num(number)) } else { Err("overflow") }
}

impl At<'_> {
    pub fn eval(&self, expr: &Expr) -> Met<Value> {
        match expr {
            Expr::Num(text) => Ok(Value::Num(q(text))),
            Expr::Text(text) => Ok(Value::Text(text.clone())),
            Expr::Flag(flag) => Ok(Value::Flag(*flag)),
            Expr::Constant(index) => Ok(Value::Num(q(&self.world.plan.constants[*index].1))),
            Expr::Own(_) | Expr::Level(..) | Expr::Ref(..) => {
                Ok(self.place(expr).map_or(Value::Blank, |(level, row, name)| self.world.value(level, row, name)))
            }
            Expr::Left(fund) => {
                let (level, row, name) = self.place(fund).ok_or("blank_used")?;
                sized(self.world.left(level, name, row))
            }
            Expr::Neg(value) => sized(-self.number(value)?),
            Expr::Percent(value) => sized(self.number(value)? / int(100)),
            Expr::Math(sign, left, right) => self.math(*sign, left, right),
            Expr::Compare(sign, left, right) => self.compare(sign, left, right),
            Expr::Call(name, arguments) => self.call(name, arguments),
            Expr::Round(name, value, places) => {
                let power = num_traits::pow(BigInt::from(10), usize::try_from(places.abs()).expect("small"));
                let unit = if *places < 0 { Q::from_integer(power) } else { Q::new(1.into(), power) };
                let mode = match *name {
                    "round" => "half_up",
                    "roundup" => "up",
                    "rounddown" => "down",
                    _ => "half_even",
                };
                sized(rounded(&self.number(value)?, &unit, mode))
            }
            Expr::Table(name, table, keys) => {
                let keys = keys.iter().map(|key| self.filled(key)).collect::<Met<Vec<Value>>>()?;
                let table = &self.world.plan.tables[*table];
                sized(if *name == "marginal" { marginal(table, &keys)? } else { lookup(table, &keys)? })
            }
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
        }
    }

    /// The column that a name means, as level, row and name; none behind a blank reference.
    fn place<'e>(&self, name: &'e Expr) -> Option<(usize, usize, &'e str)> {
        match name {
            Expr::Own(name) => Some((self.level, self.row, name)),
            Expr::Level(level, _, name) => {
                let (from, row) = self.item.unwrap_or((self.level, self.row));
                Some((*level, self.world.ancestor(from, row, *level), name))
            }
            Expr::Ref(fact, name) => {
                let level = self.world.target(self.level, fact);
                match self.world.value(self.level, self.row, fact) {
                    Value::Row(row) => Some((level, row, name)),
                    _ => None,
                }
            }
            other => unreachable!("{other:?} is no name"),
        }
    }

    /// A value that is used: not blank.
    pub fn filled(&self, expr: &Expr) -> Met<Value> {
        match self.eval(expr)? {
            Value::Blank => Err("blank_used"),
            value => Ok(value),
        }
    }

    pub fn number(&self, expr: &Expr) -> Met<Q> {
        match self.filled(expr)? {
            Value::Num(number) => Ok(number),
            other => unreachable!("{other:?} is no number"),
        }
    }

    pub fn flag(&self, expr: &Expr) -> Met<bool> {
        Ok(self.filled(expr)? == Value::Flag(true))
    }

    /// `where`, which may be absent.
    pub fn holds(&self, only: &Option<Expr>) -> Met<bool> {
        only.as_ref().map_or(Ok(true), |only| self.flag(only))
    }

    fn math(&self, sign: char, left: &Expr, right: &Expr) -> Met<Value> {
        let (left, right) = (self.number(left)?, self.number(right)?);
        sized(match sign {
            '+' => left + right,
            '-' => left - right,
            '*' => left * right,
            _ if right.is_zero() => return Err("division_by_zero"),
            _ => left / right,
        })
    }

    fn compare(&self, sign: &str, left: &Expr, right: &Expr) -> Met<Value> {
        let (left, right) = (self.filled(left)?, self.filled(right)?);
        Ok(Value::Flag(match sign {
            "=" => left == right,
            "<>" => left != right,
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            _ => left >= right,
        }))
    }

    fn call(&self, name: &str, arguments: &[Expr]) -> Met<Value> {
        let numbers = || arguments.iter().map(|argument| self.number(argument)).collect::<Met<Vec<Q>>>();
        let flag = |flag: bool| Ok(Value::Flag(flag));
        match name {
            "if" | "ifs" => self.branch(arguments),
            "and" | "or" => {
                for argument in arguments {
                    if self.flag(argument)? == (name == "or") {
                        return flag(name == "or");
                    }
                }
                flag(name == "and")
            }
            "not" => flag(!self.flag(&arguments[0])?),
            "in" => {
                let values = arguments.iter().map(|argument| self.filled(argument)).collect::<Met<Vec<Value>>>()?;
                flag(values[1..].contains(&values[0]))
            }
            "isblank" => flag(self.eval(&arguments[0])? == Value::Blank),
            "coalesce" => match self.eval(&arguments[0])? {
                Value::Blank => self.eval(&arguments[1]),
                value => Ok(value),
            },
            "min" => sized(numbers()?.into_iter().min().expect("an argument")),
            "max" => sized(numbers()?.into_iter().max().expect("an argument")),
            "abs" => sized(self.number(&arguments[0])?.abs()),
            "int" => sized(self.number(&arguments[0])?.floor()),
            "mround" => {
                let numbers = numbers()?;
                if numbers[1].is_positive() {
                    sized(rounded(&numbers[0], &numbers[1], "half_up"))
                } else {
                    Err("bad_step")
                }
            }
            other => unreachable!("no function {other}"),
        }
    }

    /// `if(c, a, b)` is `ifs` with one condition.
    fn branch(&self, arguments: &[Expr]) -> Met<Value> {
        match arguments {
            [otherwise] => self.eval(otherwise),
            [condition, value, rest @ ..] => {
                if self.flag(condition)? {
                    self.eval(value)
                } else {
                    self.branch(rest)
                }
            }
            [] => unreachable!("ifs ends with a value"),
        }
    }

    /// The rows of an aggregate: under this row, beside it, or referring to it.
    fn items(&self, aggregate: &Aggregate) -> Vec<usize> {
        let (world, level) = (self.world, aggregate.level);
        let belongs = |row: &usize| match &aggregate.via {
            Some(fact) => world.value(level, *row, fact) == Value::Row(self.row),
            None if level == self.level => match world.plan.levels[level].parent {
                Some(_) => world.rows[level][*row].parent == world.rows[level][self.row].parent,
                None => *row == self.row,
            },
            None => world.ancestor(level, *row, self.level) == self.row,
        };
        (0..world.rows[level].len()).filter(belongs).collect()
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Met<Value> {
        let mut count = 0;
        let mut values = Vec::new();
        for row in self.items(aggregate) {
            let at = At { item: Some((aggregate.level, row)), ..*self };
            if at.holds(&aggregate.only)? {
                count += 1;
                if let Some(of) = &aggregate.of {
                    values.push(at.number(of)?);
                }
            }
        }
        let total = values.iter().fold(Q::zero(), |total, value| total + value);
        match aggregate.what {
            "count" => sized(int(count)),
            "sum" => sized(total),
            _ if values.is_empty() => Ok(Value::Blank),
            "avg" => sized(total / int(count)),
            "largest" => sized(values.into_iter().max().expect("a value")),
            _ => sized(values.into_iter().min().expect("a value")),
        }
    }
}

/// §1.2: the value of the row with these keys.
fn lookup(table: &Table, keys: &[Value]) -> Met<Q> {
    if table.band {
        return band(table, keys).map(|found| q(&found.value));
    }
    let row = table.rows.iter().find(|row| row.key == keys);
    row.map(|row| &row.value).or(table.otherwise.as_ref()).map(|value| q(value)).ok_or("no_key")
}

/// The bands of leading keys, and the number.
fn bands<'t>(table: &'t Table, keys: &'t [Value]) -> Met<(Vec<&'t crate::language::Limit>, &'t Q)> {
    let Some((Value::Num(number), leading)) = keys.split_last() else { unreachable!("a number ends the keys") };
    let bands: Vec<_> = table.rows.iter().filter(|row| row.key == leading).collect();
    if bands.is_empty() { Err("no_key") } else { Ok((bands, number)) }
}

/// The band in which a number lies: the first whose limit it does not pass.
fn band<'t>(table: &'t Table, keys: &'t [Value]) -> Met<&'t crate::language::Limit> {
    let (bands, number) = bands(table, keys)?;
    if table.min.as_ref().is_some_and(|min| *number < q(min)) {
        return Err("no_band");
    }
    let within = |band: &&crate::language::Limit| match &band.limit {
        None => true,
        Some((limit, true)) => *number <= q(limit),
        Some((limit, false)) => *number < q(limit),
    };
    bands.into_iter().find(within).ok_or("no_band")
}

/// Σ over bands of (the part of [min, x] that lies in the band) × value.
fn marginal(table: &Table, keys: &[Value]) -> Met<Q> {
    band(table, keys)?;
    let (bands, number) = bands(table, keys)?;
    let mut from = q(table.min.as_ref().expect("marginal wants min"));
    let mut total = Q::zero();
    for band in bands {
        let end = band.limit.as_ref().map_or(number.clone(), |(limit, _)| q(limit).min(number.clone()));
        if end > from {
            total += (&end - &from) * q(&band.value);
            from = end;
        }
    }
    Ok(total)
}
