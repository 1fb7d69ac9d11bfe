//! Names and types of a formula, judged before any data are read: the first fault from left to right.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Ast, Comparison, Kind};
use super::typed::{ColumnRef, Expr, ExprKind, Reach};
use crate::exact::{Decimal, Number};
use crate::plan::diagnostic::{Code, Detail};
use crate::plan::document::Table;
use crate::plan::{Column, ColumnKind, Level, Texts};

/// A fault inside a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormulaError {
    /// The stable code.
    pub code: Code,
    /// Code points from 0.
    pub pos: usize,
    /// What more there is to say.
    pub details: Vec<Detail>,
}

impl FormulaError {
    pub(super) fn new(code: Code, pos: usize) -> FormulaError {
        FormulaError { code, pos, details: Vec::new() }
    }

    pub(super) fn wanted(mut self, text: impl Into<String>) -> FormulaError {
        self.details.push(Detail::Wanted(text.into()));
        self
    }

    pub(super) fn got(mut self, text: impl Into<String>) -> FormulaError {
        self.details.push(Detail::Got(text.into()));
        self
    }

    pub(super) fn near<'a>(mut self, name: &str, names: impl IntoIterator<Item = &'a str>) -> FormulaError {
        self.details.extend(crate::plan::diagnostic::nearest(name, names).map(|near| Detail::Near(near.to_owned())));
        self
    }
}

/// The type of an expression. Blankness is no part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A number; money is one.
    Number,
    /// True or false.
    Flag,
    /// One of these texts of the plan's dictionary.
    Choice(BTreeSet<u32>),
    /// A day.
    Date,
    /// A row of a level.
    Row(usize),
}

impl Type {
    fn word(&self) -> &'static str {
        match self {
            Type::Number => "number",
            Type::Flag => "flag",
            Type::Choice(_) => "choice",
            Type::Date => "date",
            Type::Row(_) => "row",
        }
    }
}

/// What formulas can name.
pub struct Scope<'a> {
    /// The levels with their columns.
    pub levels: &'a [Level],
    /// The constants.
    pub constants: &'a BTreeMap<String, Number>,
    /// The tables.
    pub tables: &'a [Table],
    /// The dictionary of choice texts.
    pub texts: &'a mut Texts,
    /// The columns that any formula names, as (level, column).
    pub used: &'a mut BTreeSet<(usize, usize)>,
}

/// Types the formulas of one step.
pub struct Typer<'a, 'b> {
    pub(super) scope: &'a mut Scope<'b>,
    /// The level at whose rows the formula is evaluated.
    pub(super) level: usize,
    /// The step: only columns of earlier ones can be named.
    pub(super) step: usize,
    /// The level of the aggregate that the formula is inside of.
    pub(super) aggregated: Option<usize>,
}

pub(super) type Typed = Result<(Expr, Type), FormulaError>;

impl<'a, 'b> Typer<'a, 'b> {
    /// A typer for formulas of a step, evaluated at a level's rows.
    pub fn new(scope: &'a mut Scope<'b>, level: usize, step: usize) -> Typer<'a, 'b> {
        Typer { scope, level, step, aggregated: None }
    }

    /// Types any expression.
    ///
    /// # Errors
    /// The first fault from left to right, operands before their operator.
    pub fn any(&mut self, ast: &Ast) -> Typed {
        let pos = ast.pos;
        let (kind, kind_type) = match &ast.kind {
            Kind::Number(text) => {
                let decimal =
                    Decimal::parse(text).map_err(|_| FormulaError::new(Code::BadDecimal, pos).got(text.clone()))?;
                (ExprKind::Number(decimal.number().clone()), Type::Number)
            }
            Kind::Text(text) => {
                let id = self.scope.texts.intern(text);
                (ExprKind::Choice(id), Type::Choice(BTreeSet::from([id])))
            }
            Kind::Name(name) => return self.name(pos, name),
            Kind::Qualified { .. } => {
                let reference = self.column(ast)?;
                return self.use_column(pos, reference);
            }
            Kind::Rows { .. } => return Err(FormulaError::new(Code::BadAggregate, pos)),
            Kind::Negative(inner) => (ExprKind::Negative(Box::new(self.number(inner)?)), Type::Number),
            Kind::Percent(inner, signs) => (ExprKind::Percent(Box::new(self.number(inner)?), *signs), Type::Number),
            Kind::Sum(first, terms) => {
                let first = self.number(first)?;
                (ExprKind::Sum(Box::new(first), self.chain(terms)?), Type::Number)
            }
            Kind::Product(first, factors) => {
                let first = self.number(first)?;
                (ExprKind::Product(Box::new(first), self.chain(factors)?), Type::Number)
            }
            Kind::Compare(comparison, left, right) => return self.compare(pos, *comparison, left, right),
            Kind::Call(name, arguments) => return self.call(pos, name, arguments),
        };
        Ok((Expr { pos, kind }, kind_type))
    }

    fn chain(&mut self, parts: &[(bool, Ast)]) -> Result<Vec<(bool, Expr)>, FormulaError> {
        parts.iter().map(|(inverse, part)| Ok((*inverse, self.number(part)?))).collect()
    }

    /// Types a number.
    ///
    /// # Errors
    /// As [`Typer::any`], or `type_error`.
    pub fn number(&mut self, ast: &Ast) -> Result<Expr, FormulaError> {
        self.typed(ast, &Type::Number)
    }

    /// Types a flag.
    ///
    /// # Errors
    /// As [`Typer::any`], or `type_error`.
    pub fn flag(&mut self, ast: &Ast) -> Result<Expr, FormulaError> {
        self.typed(ast, &Type::Flag)
    }

    /// Types a date.
    ///
    /// # Errors
    /// As [`Typer::any`], or `type_error`.
    pub fn date(&mut self, ast: &Ast) -> Result<Expr, FormulaError> {
        self.typed(ast, &Type::Date)
    }

    fn typed(&mut self, ast: &Ast, wanted: &Type) -> Result<Expr, FormulaError> {
        let (expr, found) = self.any(ast)?;
        if found == *wanted { Ok(expr) } else { Err(wrong(ast.pos, wanted.word(), &found)) }
    }

    /// Types a value that can be ordered: a number or a date.
    ///
    /// # Errors
    /// As [`Typer::any`], or `type_error`.
    pub fn ordered(&mut self, ast: &Ast) -> Typed {
        let (expr, found) = self.any(ast)?;
        match found {
            Type::Number | Type::Date => Ok((expr, found)),
            _ => Err(wrong(ast.pos, "number, date", &found)),
        }
    }

    fn compare(&mut self, pos: usize, comparison: Comparison, left: &Ast, right: &Ast) -> Typed {
        let (first, first_type) = if comparison.orders() { self.ordered(left)? } else { self.any(left)? };
        let (second, second_type) = self.any(right)?;
        comparable(&first, &first_type, &second, &second_type)?;
        Ok((Expr { pos, kind: ExprKind::Compare(comparison, Box::new(first), Box::new(second)) }, Type::Flag))
    }

    fn name(&mut self, pos: usize, name: &str) -> Typed {
        if is_flag_word(name) {
            let value = name.eq_ignore_ascii_case("true");
            return Ok((Expr { pos, kind: ExprKind::Flag(value) }, Type::Flag));
        }
        let own = self.level_columns(self.level).iter().position(|column| column.name == name);
        let earlier = own.filter(|column| self.is_earlier(self.level, *column));
        if let Some(column) = earlier {
            return self.use_column(pos, ColumnRef { reach: Reach::This, level: self.level, column });
        }
        if let Some(value) = self.scope.constants.get(name) {
            return Ok((Expr { pos, kind: ExprKind::Number(value.clone()) }, Type::Number));
        }
        Err(match own {
            Some(_) => FormulaError::new(Code::ForwardReference, pos).got(name),
            None => self.unknown(pos, name, self.level),
        })
    }

    fn unknown(&self, pos: usize, name: &str, level: usize) -> FormulaError {
        let columns = self.level_columns(level).iter().map(|column| column.name.as_str());
        let constants = self.scope.constants.keys().map(String::as_str);
        FormulaError::new(Code::UnknownName, pos).got(name).near(name, columns.chain(constants))
    }

    pub(super) fn level_columns(&self, level: usize) -> &[Column] {
        self.scope.levels.get(level).map_or(&[], |level| &level.columns)
    }

    fn is_earlier(&self, level: usize, column: usize) -> bool {
        let step = self.level_columns(level).get(column).and_then(|column| column.step);
        step.is_none_or(|step| step < self.step)
    }

    pub(super) fn level_named(&self, name: &str) -> Option<usize> {
        self.scope.levels.iter().position(|level| level.name == name)
    }

    /// Resolves a column that is named bare or with a qualifier, without using it.
    pub(super) fn column(&mut self, ast: &Ast) -> Result<ColumnRef, FormulaError> {
        let (qualifier, name) = match &ast.kind {
            Kind::Name(name) => return self.own_column(ast.pos, name),
            Kind::Qualified { fact: Some(_), .. } if self.aggregated.is_none() => {
                return Err(FormulaError::new(Code::BadAggregate, ast.pos));
            }
            Kind::Qualified { qualifier, name, .. } => (qualifier, name),
            _ => return Err(FormulaError::new(Code::NotAFund, ast.pos)),
        };
        let (reach, level) = self.qualifier(ast.pos, qualifier)?;
        match self.level_columns(level).iter().position(|column| column.name == *name) {
            None => Err(self.unknown(ast.pos, name, level)),
            Some(column) if !self.is_earlier(level, column) => {
                Err(FormulaError::new(Code::ForwardReference, ast.pos).got(format!("{qualifier}.{name}")))
            }
            Some(column) => Ok(ColumnRef { reach, level, column }),
        }
    }

    fn own_column(&mut self, pos: usize, name: &str) -> Result<ColumnRef, FormulaError> {
        if is_flag_word(name) {
            return Err(FormulaError::new(Code::NotAFund, pos).got(name));
        }
        match self.level_columns(self.level).iter().position(|column| column.name == *name) {
            Some(column) if self.is_earlier(self.level, column) => {
                Ok(ColumnRef { reach: Reach::This, level: self.level, column })
            }
            _ if self.scope.constants.contains_key(name) => Err(FormulaError::new(Code::NotAFund, pos).got(name)),
            Some(_) => Err(FormulaError::new(Code::ForwardReference, pos).got(name)),
            None => Err(self.unknown(pos, name, self.level)),
        }
    }

    /// The level that a qualifier leads to: a level, or a row fact of this level.
    fn qualifier(&mut self, pos: usize, qualifier: &str) -> Result<(Reach, usize), FormulaError> {
        if let Some(level) = self.level_named(qualifier) {
            let (from, reach) = match self.aggregated {
                Some(aggregated) => (aggregated, Reach::Aggregated),
                None => (self.level, Reach::This),
            };
            let reachable = self.scope.levels.get(from).is_some_and(|from| from.ancestry.contains(&level));
            return match reachable {
                true => Ok((reach, level)),
                false => Err(FormulaError::new(Code::NotReachable, pos).got(qualifier)),
            };
        }
        let found = self.level_columns(self.level).iter().enumerate().find_map(|(fact, column)| match column.kind {
            ColumnKind::Row(level) if column.name == qualifier => Some((fact, level)),
            _ => None,
        });
        let Some((fact, level)) = found else {
            let names = self.scope.levels.iter().map(|level| level.name.as_str());
            return Err(FormulaError::new(Code::UnknownName, pos).got(qualifier).near(qualifier, names));
        };
        self.scope.used.insert((self.level, fact));
        Ok((Reach::Via(fact), level))
    }

    fn use_column(&mut self, pos: usize, reference: ColumnRef) -> Typed {
        let found =
            self.level_columns(reference.level).get(reference.column).and_then(|column| column.kind.value_type());
        self.scope.used.insert((reference.level, reference.column));
        match found {
            Some(found) => Ok((Expr { pos, kind: ExprKind::Column(reference) }, found)),
            None => Err(FormulaError::new(Code::TypeError, pos).got("text")),
        }
    }
}

/// Whether a bare name is a flag, whatever else bears it.
fn is_flag_word(name: &str) -> bool {
    name.eq_ignore_ascii_case("true") || name.eq_ignore_ascii_case("false")
}

/// `type_error` at a value of another type.
pub(super) fn wrong(pos: usize, wanted: &str, found: &Type) -> FormulaError {
    FormulaError::new(Code::TypeError, pos).wanted(wanted).got(found.word())
}

/// Whether two values can be compared for equality at all.
pub(super) fn comparable(a: &Expr, a_type: &Type, b: &Expr, b_type: &Type) -> Result<(), FormulaError> {
    match (a_type, b_type) {
        (Type::Choice(one), Type::Choice(other)) if one.is_disjoint(other) => {
            let literal = if matches!(a.kind, ExprKind::Choice(_)) { a } else { b };
            Err(FormulaError::new(Code::NotAChoice, literal.pos))
        }
        (Type::Choice(_), Type::Choice(_)) => Ok(()),
        _ if a_type == b_type => Ok(()),
        _ => Err(wrong(b.pos, a_type.word(), b_type)),
    }
}

/// The one type of two branches.
pub(super) fn unite(pos: usize, one: Type, other: Type) -> Result<Type, FormulaError> {
    match (one, other) {
        (Type::Choice(mut one), Type::Choice(other)) => {
            one.extend(other);
            Ok(Type::Choice(one))
        }
        (one, other) if one == other => Ok(one),
        (one, other) => Err(wrong(pos, one.word(), &other)),
    }
}
