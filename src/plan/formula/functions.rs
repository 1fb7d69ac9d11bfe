//! The functions: how many arguments of what form and type, and the type of the value.
//!
//! A new function is an arm here, one in `engine/evaluate`, and a conformance case.

use super::ast::{Ast, Kind};
use super::typed::{Aggregate, AggregateFunction, DatePart, Expr, ExprKind, RowsOf, Span};
use super::types::{FormulaError, Type, Typed, Typer, comparable, unite, wrong};
use crate::exact::{Date, Decimal, Mode};
use crate::plan::ColumnKind;
use crate::plan::diagnostic::Code;
use crate::plan::document::{KeyType, Table, TableKind};

const ANY: usize = usize::MAX;

/// Each function with how many arguments it takes: at least, at most.
const FUNCTIONS: [(&str, usize, usize); 32] = [
    ("if", 3, 3),
    ("ifs", 3, ANY),
    ("and", 1, ANY),
    ("or", 1, ANY),
    ("not", 1, 1),
    ("in", 2, ANY),
    ("min", 1, ANY),
    ("max", 1, ANY),
    ("abs", 1, 1),
    ("round", 2, 2),
    ("roundup", 2, 2),
    ("rounddown", 2, 2),
    ("roundeven", 2, 2),
    ("mround", 2, 2),
    ("int", 1, 1),
    ("lookup", 2, ANY),
    ("marginal", 2, ANY),
    ("isblank", 1, 1),
    ("coalesce", 2, 2),
    ("year", 1, 1),
    ("month", 1, 1),
    ("day", 1, 1),
    ("date", 1, 1),
    ("days_between", 2, 2),
    ("months_between", 2, 2),
    ("years_between", 2, 2),
    ("sum", 1, 2),
    ("avg", 1, 2),
    ("largest", 1, 2),
    ("smallest", 1, 2),
    ("count", 1, 2),
    ("left", 1, 1),
];

impl<'b> Typer<'_, 'b> {
    pub(super) fn call(&mut self, pos: usize, name: &str, arguments: &[Ast]) -> Typed {
        let lower = name.to_ascii_lowercase();
        let Some((_, least, most)) = FUNCTIONS.iter().find(|(known, _, _)| *known == lower) else {
            let names = FUNCTIONS.iter().map(|(known, _, _)| *known);
            return Err(FormulaError::new(Code::UnknownFunction, pos).got(name).near(&lower, names));
        };
        let count = arguments.len();
        // `ifs` takes pairs and the value otherwise.
        if count < *least || count > *most || (lower == "ifs" && count.is_multiple_of(2)) {
            return Err(bad_arguments(pos).got(format!("{name}: {count}")));
        }
        let (kind, value_type) = match lower.as_str() {
            "if" | "ifs" => return self.branches(pos, arguments),
            "and" => (ExprKind::All(self.flags(arguments)?), Type::Flag),
            "or" => (ExprKind::Any(self.flags(arguments)?), Type::Flag),
            "in" => return self.membership(pos, arguments),
            "min" | "max" => return self.extreme(pos, lower == "min", arguments),
            "lookup" => (self.lookup(pos, arguments)?, Type::Number),
            "marginal" => (self.marginal(pos, arguments)?, Type::Number),
            "sum" | "avg" | "largest" | "smallest" | "count" => {
                (ExprKind::Aggregate(Box::new(self.aggregate(pos, &lower, arguments)?)), Type::Number)
            }
            _ => return self.fixed(pos, &lower, arguments),
        };
        Ok((Expr { pos, kind }, value_type))
    }

    /// Functions of one or two arguments.
    fn fixed(&mut self, pos: usize, name: &str, arguments: &[Ast]) -> Typed {
        let [first, rest @ ..] = arguments else { return Err(bad_arguments(pos)) };
        let second = rest.first().unwrap_or(first);
        let (kind, value_type) = match name {
            "not" => (ExprKind::Not(Box::new(self.flag(first)?)), Type::Flag),
            "abs" => (ExprKind::Magnitude(Box::new(self.number(first)?)), Type::Number),
            "int" => (ExprKind::Floor(Box::new(self.number(first)?)), Type::Number),
            "isblank" => (ExprKind::IsBlank(Box::new(self.any(first)?.0)), Type::Flag),
            "year" => (ExprKind::DatePart(DatePart::Year, Box::new(self.date(first)?)), Type::Number),
            "month" => (ExprKind::DatePart(DatePart::Month, Box::new(self.date(first)?)), Type::Number),
            "day" => (ExprKind::DatePart(DatePart::Day, Box::new(self.date(first)?)), Type::Number),
            "date" => (ExprKind::Date(date_literal(first)?), Type::Date),
            "left" => (self.left(first)?, Type::Number),
            "round" => (self.rounding(first, second, Mode::HalfUp)?, Type::Number),
            "roundup" => (self.rounding(first, second, Mode::Up)?, Type::Number),
            "rounddown" => (self.rounding(first, second, Mode::Down)?, Type::Number),
            "roundeven" => (self.rounding(first, second, Mode::HalfEven)?, Type::Number),
            "mround" => {
                let value = self.number(first)?;
                (ExprKind::Multiple(Box::new(value), Box::new(self.number(second)?)), Type::Number)
            }
            "days_between" => (self.between(Span::Days, first, second)?, Type::Number),
            "months_between" => (self.between(Span::Months, first, second)?, Type::Number),
            "years_between" => (self.between(Span::Years, first, second)?, Type::Number),
            "coalesce" => {
                let (value, one) = self.any(first)?;
                let (otherwise, other) = self.any(second)?;
                let united = unite(second.pos, one, other)?;
                (ExprKind::Coalesce(Box::new(value), Box::new(otherwise)), united)
            }
            _ => return Err(FormulaError::new(Code::UnknownFunction, pos).got(name)),
        };
        Ok((Expr { pos, kind }, value_type))
    }

    fn flags(&mut self, arguments: &[Ast]) -> Result<Vec<Expr>, FormulaError> {
        arguments.iter().map(|argument| self.flag(argument)).collect()
    }

    fn branches(&mut self, pos: usize, arguments: &[Ast]) -> Typed {
        let mut cases = Vec::new();
        let mut united: Option<Type> = None;
        let (pairs, last) = arguments.split_at(arguments.len() - 1);
        for pair in pairs.chunks(2) {
            let [condition, value] = pair else { return Err(bad_arguments(pos)) };
            let condition = self.flag(condition)?;
            let (value_expr, value_type) = self.any(value)?;
            united = Some(match united {
                Some(known) => unite(value.pos, known, value_type)?,
                None => value_type,
            });
            cases.push((condition, value_expr));
        }
        let (Some(last), Some(united)) = (last.first(), united) else { return Err(bad_arguments(pos)) };
        let (otherwise, other) = self.any(last)?;
        let united = unite(last.pos, united, other)?;
        Ok((Expr { pos, kind: ExprKind::If(cases, Box::new(otherwise)) }, united))
    }

    fn membership(&mut self, pos: usize, arguments: &[Ast]) -> Typed {
        let [value, options @ ..] = arguments else { return Err(bad_arguments(pos)) };
        let (value, value_type) = self.any(value)?;
        let mut typed = Vec::new();
        for option in options {
            let (option, option_type) = self.any(option)?;
            comparable(&value, &value_type, &option, &option_type)?;
            typed.push(option);
        }
        Ok((Expr { pos, kind: ExprKind::In(Box::new(value), typed) }, Type::Flag))
    }

    fn extreme(&mut self, pos: usize, least: bool, arguments: &[Ast]) -> Typed {
        let mut values = Vec::new();
        let mut common: Option<Type> = None;
        for argument in arguments {
            let (value, value_type) = self.ordered(argument)?;
            common = Some(match common {
                Some(known) => unite(argument.pos, known, value_type)?,
                None => value_type,
            });
            values.push(value);
        }
        Ok((Expr { pos, kind: ExprKind::Extreme(least, values) }, common.unwrap_or(Type::Number)))
    }

    fn rounding(&mut self, value: &Ast, digits: &Ast, mode: Mode) -> Result<ExprKind, FormulaError> {
        let value = self.number(value)?;
        let (sign, written) = match &digits.kind {
            Kind::Negative(inner) => (-1, &inner.kind),
            kind => (1, kind),
        };
        let bad = || bad_arguments(digits.pos).wanted("-12…12");
        let Kind::Number(text) = written else { return Err(bad()) };
        let decimal =
            Decimal::parse(text).map_err(|_| FormulaError::new(Code::BadDecimal, digits.pos).got(text.clone()))?;
        let whole = decimal.number().to_i128().and_then(|whole| i32::try_from(whole).ok());
        let digits = whole.filter(|whole| *whole <= 12).ok_or_else(bad)?;
        Ok(ExprKind::Round(Box::new(value), mode, sign * digits))
    }

    fn between(&mut self, span: Span, from: &Ast, to: &Ast) -> Result<ExprKind, FormulaError> {
        let from = self.date(from)?;
        Ok(ExprKind::Between(span, Box::new(from), Box::new(self.date(to)?)))
    }

    fn left(&mut self, fund: &Ast) -> Result<ExprKind, FormulaError> {
        let reference = self.column(fund)?;
        self.scope.used.insert((reference.level, reference.column));
        let column = self.level_columns(reference.level).get(reference.column);
        match column.map(|column| &column.kind) {
            Some(ColumnKind::Money) => Ok(ExprKind::Left(reference)),
            _ => Err(FormulaError::new(Code::NotAFund, fund.pos)),
        }
    }

    fn table(&self, ast: &Ast) -> Result<(usize, &'b Table), FormulaError> {
        let tables = self.scope.tables;
        let names = || tables.iter().map(|table| table.heading.name.as_str());
        let unknown = FormulaError::new(Code::UnknownName, ast.pos);
        let Kind::Name(name) = &ast.kind else { return Err(unknown) };
        match tables.iter().enumerate().find(|(_, table)| table.heading.name == *name) {
            Some((index, table)) => Ok((index, table)),
            None => Err(unknown.got(name.clone()).near(name, names())),
        }
    }

    fn lookup(&mut self, pos: usize, arguments: &[Ast]) -> Result<ExprKind, FormulaError> {
        let [table, keys @ ..] = arguments else { return Err(bad_arguments(pos)) };
        let (index, table) = self.table(table)?;
        Ok(ExprKind::Lookup(index, self.keys(pos, table, keys)?))
    }

    fn marginal(&mut self, pos: usize, arguments: &[Ast]) -> Result<ExprKind, FormulaError> {
        let [name, keys @ ..] = arguments else { return Err(bad_arguments(pos)) };
        let (index, table) = self.table(name)?;
        match table.kind {
            TableKind::Lookup { .. } => Err(FormulaError::new(Code::TypeError, name.pos).wanted("band").got("lookup")),
            TableKind::Band { min: None } => Err(bad_arguments(name.pos).wanted("min")),
            TableKind::Band { .. } => Ok(ExprKind::Marginal(index, self.keys(pos, table, keys)?)),
        }
    }

    fn keys(&mut self, pos: usize, table: &Table, keys: &[Ast]) -> Result<Vec<Expr>, FormulaError> {
        let mut types = table.keys.clone();
        if matches!(table.kind, TableKind::Band { .. }) {
            types.push(KeyType::Number);
        }
        if keys.len() != types.len() {
            return Err(bad_arguments(pos).wanted(types.len().to_string()).got(keys.len().to_string()));
        }
        let mut typed = Vec::new();
        for (key, key_type) in keys.iter().zip(types) {
            typed.push(match key_type {
                KeyType::Number => self.number(key)?,
                KeyType::Flag => self.flag(key)?,
                KeyType::Choice => match self.any(key)? {
                    (expr, Type::Choice(_)) => expr,
                    (_, found) => return Err(wrong(key.pos, "choice", &found)),
                },
            });
        }
        Ok(typed)
    }

    fn aggregate(&mut self, pos: usize, name: &str, arguments: &[Ast]) -> Result<Aggregate, FormulaError> {
        let bad = || FormulaError::new(Code::BadAggregate, pos);
        if self.aggregated.is_some() {
            return Err(bad());
        }
        let function = match name {
            "sum" => AggregateFunction::Sum,
            "avg" => AggregateFunction::Average,
            "largest" => AggregateFunction::Largest,
            "smallest" => AggregateFunction::Smallest,
            _ => AggregateFunction::Count,
        };
        let [first, rest @ ..] = arguments else { return Err(bad()) };
        let mut named = Vec::new();
        let (value, condition) = match (function, &first.kind) {
            (AggregateFunction::Count, Kind::Name(level)) => {
                named.push((level.as_str(), None));
                (None, rest.first())
            }
            (AggregateFunction::Count, Kind::Rows { level, fact }) => {
                named.push((level.as_str(), Some(fact.as_str())));
                (None, rest.first())
            }
            (AggregateFunction::Count, _) => return Err(bad()),
            _ => (Some(first), rest.first()),
        };
        for argument in value.into_iter().chain(condition) {
            qualifiers(argument, &mut named);
        }
        // What `count` counts is a level; other names are judged where they stand.
        if function == AggregateFunction::Count
            && named.first().is_none_or(|(name, _)| self.level_named(name).is_none())
        {
            return Err(bad());
        }
        let (level, rows) = self.aggregated_rows(&named).ok_or_else(bad)?;
        self.aggregated = Some(level);
        let value = value.map(|value| self.number(value)).transpose();
        let condition = value.and_then(|value| Ok((value, condition.map(|inner| self.flag(inner)).transpose()?)));
        self.aggregated = None;
        let (value, condition) = condition?;
        Ok(Aggregate { function, level, rows, value, condition })
    }

    /// The level and rows that the names inside an aggregate mean, if they mean one.
    fn aggregated_rows(&mut self, named: &[(&str, Option<&str>)]) -> Option<(usize, RowsOf)> {
        let levels: Vec<(usize, Option<&str>)> =
            named.iter().filter_map(|(name, fact)| Some((self.level_named(name)?, *fact))).collect();
        let depth = |level: &usize| self.scope.levels.get(*level).map_or(0, |level| level.ancestry.len());
        let deepest = levels.iter().map(|(level, _)| *level).max_by_key(depth)?;
        let ancestry = &self.scope.levels.get(deepest)?.ancestry;
        if !levels.iter().all(|(level, _)| ancestry.contains(level)) {
            return None;
        }
        let mut referring = levels.iter().filter_map(|(level, fact)| fact.map(|fact| (*level, fact)));
        if let Some((level, fact)) = referring.next() {
            let same = referring.all(|other| other == (level, fact));
            let column = self.level_columns(deepest).iter().position(|column| column.name == fact)?;
            let kind = &self.level_columns(deepest).get(column)?.kind;
            let refers = matches!(kind, ColumnKind::Row(target) if *target == self.level);
            if !same || level != deepest || !refers {
                return None;
            }
            self.scope.used.insert((deepest, column));
            return Some((deepest, RowsOf::Referring(column)));
        }
        if deepest == self.level {
            return Some((deepest, RowsOf::Beside));
        }
        ancestry.contains(&self.level).then_some((deepest, RowsOf::Below))
    }
}

fn bad_arguments(pos: usize) -> FormulaError {
    FormulaError::new(Code::BadArguments, pos)
}

fn date_literal(ast: &Ast) -> Result<Date, FormulaError> {
    let Kind::Text(text) = &ast.kind else { return Err(bad_arguments(ast.pos).wanted("\"YYYY-MM-DD\"")) };
    Date::parse(text).ok_or_else(|| FormulaError::new(Code::BadDate, ast.pos).got(text.clone()))
}

/// Every qualified name below a node, with its `@` fact.
fn qualifiers<'a>(ast: &'a Ast, found: &mut Vec<(&'a str, Option<&'a str>)>) {
    match &ast.kind {
        Kind::Qualified { qualifier, fact, .. } => found.push((qualifier, fact.as_deref())),
        Kind::Rows { level, fact } => found.push((level, Some(fact))),
        Kind::Number(_) | Kind::Text(_) | Kind::Name(_) => {}
        Kind::Negative(inner) | Kind::Percent(inner, _) => qualifiers(inner, found),
        Kind::Sum(first, rest) | Kind::Product(first, rest) => {
            qualifiers(first, found);
            rest.iter().for_each(|(_, part)| qualifiers(part, found));
        }
        Kind::Compare(_, left, right) => {
            qualifiers(left, found);
            qualifiers(right, found);
        }
        Kind::Call(_, arguments) => arguments.iter().for_each(|argument| qualifiers(argument, found)),
    }
}
