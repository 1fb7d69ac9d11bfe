//! Tokens. Outside quotes full-width forms are their ASCII twins and `× ÷ ≤ ≥ ≠ −` are what they look like.

use super::ast::Comparison;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Number(String),
    Text(String),
    Name(String),
    Compare(Comparison),
    Plus,
    Minus,
    Times,
    Divide,
    Percent,
    Open,
    Close,
    Comma,
    Dot,
    At,
}

/// A place where no token can be read.
pub(super) struct Unreadable {
    pub pos: usize,
}

/// The ASCII twin of a character outside quotes.
fn twin(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character),
        '\u{3000}' => ' ',
        '×' => '*',
        '÷' => '/',
        '−' => '-',
        other => other,
    }
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '\u{FF02}')
}

/// Whether a text is a name: a Unicode identifier (XID), `_` allowed in front, no full-width forms, at most 64 characters.
pub fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first))
        && characters.all(unicode_ident::is_xid_continue)
        && text.chars().count() <= 64
        && !text.chars().any(|character| matches!(character, '\u{FF00}'..='\u{FFEF}'))
}

/// The name that stands at a position of a formula; empty where none does.
pub fn name_at(formula: &str, pos: usize) -> String {
    formula.chars().skip(pos).map(twin).take_while(|inside| unicode_ident::is_xid_continue(*inside)).collect()
}

/// All tokens with their positions.
pub(super) fn tokens(formula: &str) -> Result<Vec<(usize, Token)>, Unreadable> {
    let characters: Vec<char> = formula.chars().collect();
    let mut tokens = Vec::new();
    let mut pos = 0;
    while let Some(raw) = characters.get(pos).copied() {
        let start = pos;
        let character = twin(raw);
        let next = characters.get(pos + 1).copied().map(twin);
        pos += 1;
        let token = match character {
            ' ' | '\t' | '\r' | '\n' => continue,
            _ if is_quote(raw) => {
                let length = characters.iter().skip(pos).take_while(|inside| !is_quote(**inside)).count();
                let text = characters.iter().skip(pos).take(length).collect();
                pos += length + 1;
                if pos > characters.len() {
                    return Err(Unreadable { pos: start });
                }
                Token::Text(text)
            }
            '0'..='9' => {
                let digits = |from: usize| {
                    characters.iter().skip(from).take_while(|digit| twin(**digit).is_ascii_digit()).count()
                };
                let mut length = 1 + digits(pos);
                if characters.get(start + length).copied().map(twin) == Some('.') {
                    let places = digits(start + length + 1);
                    if places == 0 {
                        return Err(Unreadable { pos: start + length });
                    }
                    length += 1 + places;
                }
                pos = start + length;
                Token::Number(characters.iter().skip(start).take(length).copied().map(twin).collect())
            }
            _ if character == '_' || unicode_ident::is_xid_start(character) => {
                let more = characters.iter().skip(pos).map(|inside| twin(*inside));
                let length = 1 + more.take_while(|inside| unicode_ident::is_xid_continue(*inside)).count();
                pos = start + length;
                Token::Name(characters.iter().skip(start).take(length).copied().map(twin).collect())
            }
            '<' if next == Some('=') => two(&mut pos, Comparison::LessOrEqual),
            '<' if next == Some('>') => two(&mut pos, Comparison::Unequal),
            '>' if next == Some('=') => two(&mut pos, Comparison::GreaterOrEqual),
            _ => one(character).ok_or(Unreadable { pos: start })?,
        };
        tokens.push((start, token));
    }
    Ok(tokens)
}

fn two(pos: &mut usize, comparison: Comparison) -> Token {
    *pos += 1;
    Token::Compare(comparison)
}

fn one(character: char) -> Option<Token> {
    Some(match character {
        '+' => Token::Plus,
        '-' => Token::Minus,
        '*' => Token::Times,
        '/' => Token::Divide,
        '%' => Token::Percent,
        '(' => Token::Open,
        ')' => Token::Close,
        ',' => Token::Comma,
        '.' => Token::Dot,
        '@' => Token::At,
        '=' => Token::Compare(Comparison::Equal),
        '<' => Token::Compare(Comparison::Less),
        '>' => Token::Compare(Comparison::Greater),
        '≤' => Token::Compare(Comparison::LessOrEqual),
        '≥' => Token::Compare(Comparison::GreaterOrEqual),
        '≠' => Token::Compare(Comparison::Unequal),
        _ => return None,
    })
}
