//! A cell as a fact reads it: forgiving where there is one meaning, a suggestion where there might be another, never a guess.

use unicode_normalization::UnicodeNormalization;

use super::book::Cell;
use super::trouble::{Note, Trouble};
use crate::plan::Written;
use crate::plan::document::FactKind;
use crate::wire::json::{self, Json};

/// What a cell gives: a value or nothing, and what is to be said of it.
pub type Read = Result<(Option<Json<'static>>, Option<Note>), Trouble>;

/// What stands for nothing in tables that people fill in.
const NOTHING: [&str; 8] = ["—", "－", "-", "--", "——", "/", "无", "\\"];

/// Reads a cell for a fact. `unit` is the unit of its column.
pub fn value(kind: &FactKind, cell: &Cell, unit: Option<&str>) -> Read {
    match (kind, cell) {
        (_, Cell::Blank) => Ok((None, None)),
        (_, Cell::Error(error)) => Err(Trouble::CellError(error.clone())),
        (_, Cell::NoValue) => Err(Trouble::NoValue),
        (FactKind::Text, Cell::Text(text)) => Ok((Some(json::text(text.trim())), None)),
        (_, Cell::Text(text)) if NOTHING.contains(&text.trim()) => Ok((None, Some(Note::TakenAsBlank(text.clone())))),
        (FactKind::Text, other) => Ok((Some(json::text(&shown(other))), None)),
        (FactKind::Row(_), _) => Ok((id(cell)?.map(|id| json::text(&id)), None)),
        (FactKind::Flag, _) => flag(cell).map(|flag| (Some(Json::Flag(flag)), None)),
        (FactKind::Choice(choices), _) => choice(choices, cell),
        (FactKind::Date, _) => date(cell),
        (FactKind::Number { .. } | FactKind::Money { .. }, _) => {
            let (number, note) = number(cell, unit)?;
            match kind.read(Written::Text(&number)) {
                Ok(_) => Ok((Some(json::text(&number)), note)),
                Err(refused) => Err(Trouble::Refused(refused)),
            }
        }
    }
}

/// A cell as people see it.
pub fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Blank | Cell::NoValue => String::new(),
        Cell::Text(text) => text.trim().to_owned(),
        Cell::Number(number) => number.clone(),
        Cell::Flag(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        Cell::Day(day) => day.to_string(),
        Cell::Error(error) => error.clone(),
    }
}

/// An id: spaces of any kind and zero-width characters fall away, and a number is its digits.
pub fn id(cell: &Cell) -> Result<Option<String>, Trouble> {
    let text = match cell {
        Cell::Blank => return Ok(None),
        Cell::Error(error) => return Err(Trouble::CellError(error.clone())),
        Cell::NoValue => return Err(Trouble::NoValue),
        // Beyond fifteen digits a number has lost what it was.
        Cell::Number(number) if number.len() > 15 || number.contains(['.', '-']) => {
            return Err(Trouble::DigitsLost(number.clone()));
        }
        other => shown(other),
    };
    let hidden = |letter: &char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let text: String = text.nfkc().filter(|letter| !hidden(letter)).collect();
    Ok((!text.is_empty() && !NOTHING.contains(&text.as_str())).then_some(text))
}

fn flag(cell: &Cell) -> Result<bool, Trouble> {
    let text: String = shown(cell).nfkc().collect();
    match text.trim().to_ascii_uppercase().as_str() {
        "TRUE" | "是" | "√" | "✓" | "✔" | "1" | "Y" | "YES" => Ok(true),
        "FALSE" | "否" | "×" | "✗" | "✘" | "0" | "N" | "NO" => Ok(false),
        _ => Err(Trouble::NotAFlag(text)),
    }
}

fn choice(choices: &[String], cell: &Cell) -> Read {
    let text = shown(cell);
    if choices.contains(&text) {
        return Ok((Some(json::text(&text)), None));
    }
    let plain = |text: &str| -> String { text.nfkc().filter(|letter| !letter.is_whitespace()).collect() };
    let mut same = choices.iter().filter(|choice| plain(choice) == plain(&text));
    if let (Some(one), None) = (same.next(), same.next()) {
        return Ok((Some(json::text(one)), None));
    }
    match FactKind::Choice(choices.to_vec()).read(Written::Text(&text)) {
        Ok(_) => Ok((Some(json::text(&text)), None)),
        Err(refused) => Err(Trouble::Refused(refused)),
    }
}

fn date(cell: &Cell) -> Read {
    let text: String = match cell {
        Cell::Day(day) => return Ok((Some(json::text(&day.to_string())), None)),
        Cell::Text(text) => text.nfkc().collect(),
        other => return Err(Trouble::NotADate(shown(other))),
    };
    let wrong = || Trouble::NotADate(text.clone());
    let joined = text.trim().replace(['年', '月', '.', '/'], "-").replace(['日', ' '], "");
    let parts: Vec<&str> = joined.trim_end_matches('-').split('-').collect();
    let number = |part: &str, most: u32| {
        let digits = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|number| digits && (1..=most).contains(number))
    };
    let (year, month, day, note) = match parts.as_slice() {
        [year, month, day] => (*year, *month, number(day, 31), None),
        [year, month] => (*year, *month, Some(1), Some(Note::FirstOfMonth(text.clone()))),
        _ => return Err(wrong()),
    };
    let year = number(year, 9999).filter(|_| year.len() == 4).ok_or_else(wrong)?;
    let (month, day) = (number(month, 12).ok_or_else(wrong)?, day.ok_or_else(wrong)?);
    let day = crate::exact::Date::parse(&format!("{year:04}-{month:02}-{day:02}")).ok_or_else(wrong)?;
    Ok((Some(json::text(&day.to_string())), note))
}

/// A number as a decimal of the language.
fn number(cell: &Cell, unit: Option<&str>) -> Result<(String, Option<Note>), Trouble> {
    let written: String = match cell {
        Cell::Number(number) => return Ok((plain(number), None)),
        Cell::Text(text) => text.nfkc().collect(),
        other => return Err(Trouble::NotANumber(shown(other), None)),
    };
    let mut text = written.trim().trim_start_matches(['¥', '￥']).trim().to_owned();
    let units = unit.into_iter().chain(["元", "分数", "分"]);
    if let Some(rest) =
        units.filter(|unit| *unit != "分" || text.ends_with('分')).find_map(|unit| text.strip_suffix(unit))
    {
        text = rest.trim().to_owned();
    }
    let mut note = None;
    if let Some((before, after)) = text.split_once('。')
        && is_digits(before)
        && is_digits(after)
    {
        text = format!("{before}.{after}");
        note = Some(Note::FullStop(written.clone()));
    }
    let bare = ungrouped(&text).unwrap_or_else(|| text.clone());
    let (sign, magnitude) = bare.strip_prefix(['-', '−']).map_or(("", bare.as_str()), |rest| ("-", rest));
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, "0"));
    if is_digits(whole) && is_digits(fraction) {
        return Ok((plain(&format!("{sign}{magnitude}")), note));
    }
    Err(Trouble::NotANumber(written.trim().to_owned(), suggestion(&text)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Without needless zeros at the front; as it is otherwise.
fn plain(number: &str) -> String {
    let (sign, magnitude) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let stripped = magnitude.trim_start_matches('0');
    let stripped =
        if stripped.is_empty() || stripped.starts_with('.') { format!("0{stripped}") } else { stripped.to_owned() };
    let zero = stripped.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if zero { stripped } else { format!("{sign}{stripped}") }
}

/// `1,234,567.89` without its commas, where each group but the first has three digits.
fn ungrouped(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    if fraction.is_some_and(|fraction| fraction.contains(',')) {
        return None;
    }
    let mut groups = whole.trim_start_matches('-').split(',');
    let first = groups.next().filter(|first| is_digits(first) && first.len() <= 3)?;
    let rest: Vec<&str> = groups.collect();
    if rest.is_empty() || rest.iter().any(|group| group.len() != 3 || !is_digits(group)) {
        return None;
    }
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let fraction = fraction.map_or_else(String::new, |fraction| format!(".{fraction}"));
    Some(format!("{sign}{first}{}{fraction}", rest.concat()))
}

/// What was probably meant; people say whether it was.
fn suggestion(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_suffix('万').filter(|rest| rest.chars().all(|it| it.is_ascii_digit() || it == '.'))
    {
        return scaled(rest, 4);
    }
    if let Some(rest) = text.strip_suffix('%').filter(|rest| is_digits(rest)) {
        return Some(format!("{rest}/100"));
    }
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E'])
        && let Ok(exponent @ 0..=12) = exponent.parse::<usize>()
    {
        return scaled(mantissa, exponent);
    }
    if let Some((before, after)) = text.rsplit_once(',')
        && is_digits(after)
        && before.replace('.', "").bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(format!("{}.{after}", before.replace('.', "")));
    }
    chinese(text)
}

/// A decimal with its point moved to the right.
fn scaled(text: &str, by: usize) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !is_digits(whole) || (!fraction.is_empty() && !is_digits(fraction)) {
        return None;
    }
    let fraction = format!("{fraction}{}", "0".repeat(by.saturating_sub(fraction.len())));
    let (moved, rest) = fraction.split_at(by);
    Some(plain(&if rest.is_empty() { format!("{whole}{moved}") } else { format!("{whole}{moved}.{rest}") }))
}

/// A Chinese number below a hundred, such as 十六.
fn chinese(text: &str) -> Option<String> {
    let digit = |letter: char| "零一二三四五六七八九".chars().position(|known| known == letter);
    let letters: Vec<char> = text.chars().map(|letter| if letter == '两' { '二' } else { letter }).collect();
    let number = match letters.as_slice() {
        ['十'] => 10,
        [one] => digit(*one)?,
        ['十', ones] => 10 + digit(*ones)?,
        [tens, '十'] => 10 * digit(*tens)?,
        [tens, '十', ones] => 10 * digit(*tens)? + digit(*ones)?,
        _ => return None,
    };
    Some(number.to_string())
}
