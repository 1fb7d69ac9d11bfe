//! The grammar, loosest first: comparison, `+ -`, `* /`, unary `-`, `%`.

use super::ast::{Ast, Kind};
use super::lexer::{Token, Unreadable, tokens};
use super::types::FormulaError;
use super::{MOST_CHARACTERS, MOST_DEPTH};
use crate::plan::Code;

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    next: usize,
    /// Position after the last character, where an unfinished formula ends.
    end: usize,
    depth: usize,
}

/// Reads a formula.
///
/// # Errors
/// `too_large` beyond the limits, `bad_formula` where it cannot be read.
pub fn parse(formula: &str) -> Result<Ast, FormulaError> {
    let end = formula.chars().count();
    if end > MOST_CHARACTERS {
        return Err(FormulaError::new(Code::TooLarge, 0).wanted(format!("≤ {MOST_CHARACTERS}")).got(end.to_string()));
    }
    let tokens = tokens(formula).map_err(|Unreadable { pos }| FormulaError::new(Code::BadFormula, pos))?;
    let mut parser = Parser { tokens: &tokens, next: 0, end, depth: 0 };
    let ast = parser.comparison()?;
    match parser.peek() {
        None => Ok(ast),
        Some(_) => Err(parser.unexpected()),
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn pos(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(pos, _)| *pos)
    }

    fn unexpected(&self) -> FormulaError {
        FormulaError::new(Code::BadFormula, self.pos())
    }

    fn take(&mut self, token: &Token) -> bool {
        let taken = self.peek() == Some(token);
        self.next += usize::from(taken);
        taken
    }

    fn want(&mut self, token: &Token) -> Result<(), FormulaError> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Result<String, FormulaError> {
        match self.peek() {
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Runs `inner` one level deeper.
    fn deeper<T>(
        &mut self,
        pos: usize,
        inner: impl FnOnce(&mut Self) -> Result<T, FormulaError>,
    ) -> Result<T, FormulaError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(FormulaError::new(Code::TooLarge, pos).wanted(format!("≤ {MOST_DEPTH}")));
        }
        let value = inner(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn comparison(&mut self) -> Result<Ast, FormulaError> {
        let left = self.sum()?;
        let Some(Token::Compare(comparison)) = self.peek().cloned() else { return Ok(left) };
        self.next += 1;
        let right = self.sum()?;
        Ok(Ast { pos: left.pos, kind: Kind::Compare(comparison, Box::new(left), Box::new(right)) })
    }

    fn sum(&mut self) -> Result<Ast, FormulaError> {
        let first = self.product()?;
        let mut terms = Vec::new();
        loop {
            let minus = match self.peek() {
                Some(Token::Plus) => false,
                Some(Token::Minus) => true,
                _ => break,
            };
            self.next += 1;
            terms.push((minus, self.product()?));
        }
        Ok(if terms.is_empty() { first } else { Ast { pos: first.pos, kind: Kind::Sum(Box::new(first), terms) } })
    }

    fn product(&mut self) -> Result<Ast, FormulaError> {
        let first = self.unary()?;
        let mut factors = Vec::new();
        loop {
            let divide = match self.peek() {
                Some(Token::Times) => false,
                Some(Token::Divide) => true,
                _ => break,
            };
            self.next += 1;
            factors.push((divide, self.unary()?));
        }
        Ok(if factors.is_empty() {
            first
        } else {
            Ast { pos: first.pos, kind: Kind::Product(Box::new(first), factors) }
        })
    }

    fn unary(&mut self) -> Result<Ast, FormulaError> {
        let pos = self.pos();
        if self.take(&Token::Minus) {
            let inner = self.deeper(pos, Self::unary)?;
            return Ok(Ast { pos, kind: Kind::Negative(Box::new(inner)) });
        }
        let value = self.primary()?;
        let mut signs = 0;
        while self.take(&Token::Percent) {
            signs += 1;
        }
        Ok(if signs == 0 { value } else { Ast { pos, kind: Kind::Percent(Box::new(value), signs) } })
    }

    fn primary(&mut self) -> Result<Ast, FormulaError> {
        let pos = self.pos();
        let kind = match self.peek().cloned() {
            Some(Token::Number(text)) => Kind::Number(text),
            Some(Token::Text(text)) => Kind::Text(text),
            Some(Token::Name(name)) => {
                self.next += 1;
                let kind = self.named(pos, name)?;
                return Ok(Ast { pos, kind });
            }
            Some(Token::Open) => {
                self.next += 1;
                return self.deeper(pos, |parser| {
                    let inner = parser.comparison()?;
                    parser.want(&Token::Close)?;
                    Ok(inner)
                });
            }
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(Ast { pos, kind })
    }

    /// What follows a name: a call, a qualified name, rows that refer, or nothing.
    fn named(&mut self, pos: usize, name: String) -> Result<Kind, FormulaError> {
        if self.take(&Token::Open) {
            return self.deeper(pos, |parser| Ok(Kind::Call(name, parser.arguments()?)));
        }
        if self.take(&Token::Dot) {
            return Ok(Kind::Qualified { qualifier: name, fact: None, name: self.name()? });
        }
        if !self.take(&Token::At) {
            return Ok(Kind::Name(name));
        }
        let fact = self.name()?;
        Ok(if self.take(&Token::Dot) {
            Kind::Qualified { qualifier: name, fact: Some(fact), name: self.name()? }
        } else {
            Kind::Rows { level: name, fact }
        })
    }

    fn arguments(&mut self) -> Result<Vec<Ast>, FormulaError> {
        let mut arguments = Vec::new();
        if self.take(&Token::Close) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.comparison()?);
            if !self.take(&Token::Comma) {
                break;
            }
        }
        self.want(&Token::Close)?;
        Ok(arguments)
    }
}
