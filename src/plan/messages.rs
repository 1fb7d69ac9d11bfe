//! What faults say, in Chinese and English. The words of the codes are one table, in `codes.rs`.

use super::codes::{Subject, words};
use super::diagnostic::{Code, Detail, Fault};

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

impl Language {
    /// The language that a code (`en`) or an `Accept-Language` header (`en-GB, zh;q=0.8`) prefers; none where it
    /// accepts neither.
    pub fn parse(accepted: &str) -> Option<Language> {
        let ranges = accepted.split(',').filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let main = tag.trim().split(['-', '_']).next().unwrap_or_default();
            let language = match main.to_ascii_lowercase().as_str() {
                "zh" => Language::Chinese,
                "en" => Language::English,
                _ => return None,
            };
            Some((thousandths(parameters), language)).filter(|(quality, _)| *quality > 0)
        });
        // Of equal ones the first: `max_by_key` would take the last.
        ranges.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, language)| language)
    }
}

/// The quality of a range of languages; 1000 where it says nothing that can be read.
fn thousandths(parameters: &str) -> u32 {
    let quality = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
    match quality.map(|quality| quality.split_once('.').unwrap_or((quality, ""))) {
        Some(("0", places)) if places.len() <= 3 => format!("{places:0<3}").parse().unwrap_or(1000),
        _ => 1000,
    }
}

impl Code {
    /// All codes, in the order of the table.
    #[rustfmt::skip]
    pub const ALL: [Code; 68] = [
        Code::BadJson, Code::DuplicateKey, Code::TooLarge, Code::WrongType, Code::MissingKey, Code::UnknownKey,
        Code::FloatRefused, Code::BadDecimal, Code::BadValue, Code::BadLanguage, Code::BadChoices, Code::BadDefault,
        Code::BadKey, Code::DuplicateTableKey, Code::BadBand, Code::BadRound, Code::BadGrades, Code::BadName,
        Code::DuplicateName, Code::DuplicateClause, Code::UnknownClause, Code::BadParent, Code::UnknownName,
        Code::ForwardReference, Code::NotReachable, Code::NotAFund, Code::BadPay, Code::PaidFund,
        Code::UndeclaredSource, Code::BadForfeit, Code::BadPer, Code::BadFormula, Code::UnknownFunction,
        Code::BadArguments, Code::BadAggregate, Code::TypeError, Code::NotAChoice, Code::BadDate, Code::UnknownLevel,
        Code::BadId, Code::DuplicateId, Code::UnknownParent, Code::UnknownFact, Code::MissingFact,
        Code::TooManyPlaces, Code::OutOfRange, Code::MoneyTooLarge, Code::UnknownRow, Code::OtherRoot,
        Code::BlankUsed, Code::DivisionByZero, Code::Overflow, Code::NoKey, Code::NoBand, Code::BadStep,
        Code::DatesReversed, Code::NegativeWeight, Code::BadLimit, Code::FloorAboveCap, Code::NegativeAmount,
        Code::FundOverdrawn, Code::FloorsExceedAmount, Code::BadPortion, Code::TieRefused, Code::CheckFailed,
        Code::NegativeTotal, Code::NotBalanced, Code::ExampleFailed,
    ];

    /// The stable word, such as `fund_overdrawn`.
    pub fn word(self) -> &'static str {
        words(self).word
    }

    /// The code of a word.
    pub fn parse(word: &str) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.word() == word)
    }

    /// What it is told of: the kinds of the published table.
    pub fn subjects(self) -> &'static [Subject] {
        words(self).subjects
    }

    fn words(self, language: Language) -> (&'static str, &'static str) {
        match language {
            Language::Chinese => words(self).zh,
            Language::English => words(self).en,
        }
    }

    /// What it means: one sentence without its full stop.
    pub fn meaning(self, language: Language) -> &'static str {
        self.words(language).0
    }

    /// What to do: one sentence without its full stop.
    pub fn cure(self, language: Language) -> &'static str {
        self.words(language).1
    }
}

impl Fault {
    /// The whole message: what it means, what was found, what to do.
    pub fn message(&self, language: Language) -> String {
        let mut details: Vec<&Detail> = self.details.iter().collect();
        // A question ends its sentence, so it comes last.
        details.sort_by_key(|detail| matches!(detail, Detail::Near(_)));
        let details: Vec<String> = details.into_iter().map(|detail| told(detail, self.code, language)).collect();
        let (meaning, cure) = self.code.words(language);
        let (colon, comma, stop, between) = match language {
            Language::Chinese => ("：", "，", "。", ""),
            Language::English => (": ", ", ", ".", " "),
        };
        let said = if details.is_empty() { String::new() } else { format!("{colon}{}", details.join(comma)) };
        let end = if said.ends_with(['？', '?']) { "" } else { stop };
        format!("{meaning}{said}{end}{between}{cure}{stop}")
    }
}

/// One detail in words.
fn told(detail: &Detail, code: Code, language: Language) -> String {
    let kind = |text: &str| match code {
        Code::WrongType => kind_word(text, language),
        _ => text.to_owned(),
    };
    match (language, detail) {
        (Language::Chinese, Detail::Got(text)) => format!("实际为 {}", kind(text)),
        (Language::English, Detail::Got(text)) => format!("found {}", kind(text)),
        (Language::Chinese, Detail::Wanted(text)) => format!("应为 {}", kind(text)),
        (Language::English, Detail::Wanted(text)) => format!("wanted {}", kind(text)),
        (Language::Chinese, Detail::Piece(text)) => format!("在“{text}”处"),
        (Language::English, Detail::Piece(text)) => format!("at “{text}”"),
        (Language::Chinese, Detail::Near(text)) => format!("是否想写“{text}”？"),
        (Language::English, Detail::Near(text)) => format!("did you mean “{text}”?"),
        (Language::Chinese, Detail::Fund(text)) => format!("资金池 {text}"),
        (Language::English, Detail::Fund(text)) => format!("fund {text}"),
        (Language::Chinese, Detail::Short(text)) => format!("缺 {text} 元"),
        (Language::English, Detail::Short(text)) => format!("{text} yuan short"),
        (Language::Chinese, Detail::Tied(ids, count)) if ids.len() < *count => {
            format!("并列的有 {} 等 {count} 行", ids.join("、"))
        }
        (Language::Chinese, Detail::Tied(ids, _)) => format!("并列的有 {}", ids.join("、")),
        (Language::English, Detail::Tied(ids, count)) if ids.len() < *count => {
            format!("tied are {} and others, {count} rows in all", ids.join(", "))
        }
        (Language::English, Detail::Tied(ids, _)) => format!("tied are {}", ids.join(", ")),
        (Language::Chinese, Detail::Reader(text)) => format!("读取时：{text}"),
        (Language::English, Detail::Reader(text)) => text.clone(),
    }
}

/// A kind of JSON value in words.
fn kind_word(kind: &str, language: Language) -> String {
    if language == Language::English {
        return kind.to_owned();
    }
    let word = match kind {
        "object" => "对象 {…}",
        "list" => "列表 […]",
        "text" => "文字",
        "number" => "数字",
        "decimal" => "十进制数（写成文字或整数）",
        "flag" => "真假值（true 或 false）",
        "null" => "空值 null",
        other => other,
    };
    word.to_owned()
}
