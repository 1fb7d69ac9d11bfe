//! Formulas as people write them, with the values in their places.

use super::Teller;
use super::sentence::percent;
use crate::engine::explain::{Aggregated, Kind, Node, Scalar};
use crate::exact::Number;
use crate::plan::{AggregateFunction, Comparison, DatePart, Language, Span};

/// How tightly the outermost sign of a text binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binds {
    Choice,
    Comparison,
    Sum,
    Product,
    Sign,
    Whole,
}

impl Teller<'_, '_> {
    /// A formula with its values.
    pub(super) fn infix(&self, node: &Node) -> String {
        if node.truncated && node.operands.is_empty() {
            return self.leaf(node);
        }
        match &node.kind {
            Kind::Literal => self.value(node.value.as_ref(), node.money),
            Kind::Sum(minus) => self.signed(node, minus, [" + ", " − "], Binds::Sum),
            Kind::Product(divide) => self.signed(node, divide, [" × ", " ÷ "], Binds::Product),
            Kind::Forgo(_) => match node.operands.as_slice() {
                [value, portion] => {
                    let portion = portion.value.as_ref().and_then(Scalar::number).map_or_else(String::new, percent);
                    format!("{} × (1 − {portion})", self.tight(value, Binds::Product))
                }
                _ => self.leaf(node),
            },
            Kind::Negative => format!("−{}", self.first(node, Binds::Sign)),
            Kind::Percent(signs) => format!("{}{}", self.first(node, Binds::Whole), "%".repeat(*signs)),
            Kind::Rounding(..) | Kind::Coalesce => {
                node.operands.last().map_or_else(String::new, |last| self.infix(last))
            }
            Kind::If => self.chosen(node),
            Kind::Compare(comparison) => {
                let parts: Vec<String> = node.operands.iter().map(|part| self.tight(part, Binds::Sum)).collect();
                parts.join(sign(*comparison))
            }
            Kind::All => self.joined(node, self.say(" 且 ", " and ")),
            Kind::Any => self.joined(node, self.say(" 或 ", " or ")),
            Kind::Not => match node.operands.first() {
                Some(flag) if matches!(flag.kind, Kind::Fact(_) | Kind::Cut(_) | Kind::Formula(_)) => self.infix(flag),
                Some(inner) => format!("{}({})", self.say("非", "not "), self.infix(inner)),
                None => String::new(),
            },
            Kind::In => match node.operands.split_first() {
                Some((value, options)) => {
                    let options: Vec<String> = options.iter().map(|option| self.infix(option)).collect();
                    format!("{}{}{}", self.infix(value), self.say(" 属于 ", " in "), options.join("、"))
                }
                None => String::new(),
            },
            Kind::IsBlank => {
                let inner = node.operands.first();
                let label = inner.map(|inner| self.short(inner)).filter(|label| !label.is_empty());
                let label = label.unwrap_or_else(|| self.first(node, Binds::Whole));
                format!("{label}{}", self.say(" 为空", " is blank"))
            }
            Kind::Aggregate(facts) => self.aggregate(node, facts),
            Kind::Lookup(_) | Kind::Marginal(_) => self.looked_up(node),
            Kind::Between(span) => self.between(node, *span),
            Kind::Round(mode, digits) => {
                let power = Number::ratio(10i128.pow(digits.unsigned_abs()), 1);
                let unit = if *digits < 0 { Ok(power) } else { Number::ONE.checked_div(&power) };
                let how = unit.map_or_else(|_| String::new(), |unit| self.rounding(&unit, *mode));
                format!("{}({}{how})", self.say("取整", "round"), self.arguments(node))
            }
            _ => match self.function(node) {
                Some(name) => format!("{name}({})", self.arguments(node)),
                None => self.leaf(node),
            },
        }
    }

    /// A column, constant or fund with its value.
    fn leaf(&self, node: &Node) -> String {
        let value = self.value(node.value.as_ref(), node.money);
        let label = match &node.kind {
            Kind::Left(..) => format!("{}{}", self.short(node), self.say("余额", " left")),
            _ => self.short(node),
        };
        if label.is_empty() { value } else { format!("{label} {value}") }
    }

    /// The value without its label.
    pub(super) fn bare(&self, node: &Node) -> String {
        self.value(node.value.as_ref(), node.money)
    }

    fn first(&self, node: &Node, within: Binds) -> String {
        node.operands.first().map_or_else(String::new, |inner| self.tight(inner, within))
    }

    /// In parentheses where it binds less than what is around it.
    fn tight(&self, node: &Node, within: Binds) -> String {
        let text = self.infix(node);
        if binds(node) < within { format!("({text})") } else { text }
    }

    fn signed(&self, node: &Node, flags: &[bool], signs: [&str; 2], binds: Binds) -> String {
        let mut text = String::new();
        for (place, operand) in node.operands.iter().enumerate() {
            let flag = place.checked_sub(1).and_then(|before| flags.get(before)).copied();
            let [otherwise, sign] = signs;
            text.push_str(match flag {
                None => "",
                Some(true) => sign,
                Some(false) => otherwise,
            });
            // What is subtracted or divided by wants its parentheses also where it binds alike.
            let within = match (flag, binds) {
                (Some(true), Binds::Sum) => Binds::Product,
                (Some(true), _) => Binds::Sign,
                _ => binds,
            };
            text.push_str(&self.tight(operand, within));
        }
        text
    }

    fn joined(&self, node: &Node, word: &str) -> String {
        let parts: Vec<String> = node.operands.iter().map(|part| self.tight(part, Binds::Comparison)).collect();
        parts.join(word)
    }

    fn arguments(&self, node: &Node) -> String {
        let parts: Vec<String> = node.operands.iter().map(|part| self.infix(part)).collect();
        parts.join(self.say("，", ", "))
    }

    /// The value that an `if` takes, with the condition that decided.
    fn chosen(&self, node: &Node) -> String {
        let Some((taken, conditions)) = node.operands.split_last() else { return String::new() };
        let Some(decided) = conditions.last() else { return self.infix(taken) };
        let holds = matches!(decided.value, Some(Scalar::Flag(true)));
        let word = if holds { self.say("成立", "holds") } else { self.say("不成立", "does not hold") };
        format!("{} [{} {word}]", self.tight(taken, Binds::Sum), self.infix(decided))
    }

    fn looked_up(&self, node: &Node) -> String {
        let keys = node.operands.iter().filter(|key| !matches!(key.kind, Kind::Band(_)));
        let keys: Vec<String> = keys.map(|key| self.infix(key)).collect();
        format!("{} [{}] {}", self.short(node), keys.join(self.say("，", ", ")), self.bare(node))
    }

    fn between(&self, node: &Node, span: Span) -> String {
        let dates: Vec<String> = node.operands.iter().map(|date| self.infix(date)).collect();
        let unit = match span {
            Span::Days => self.say("天数", "days"),
            Span::Months => self.say("整月数", "complete months"),
            Span::Years => self.say("整年数", "complete years"),
        };
        format!("[{}] {unit} {}", dates.join(self.say(" 至 ", " to ")), self.bare(node))
    }

    fn aggregate(&self, node: &Node, facts: &Aggregated) -> String {
        let of = node.operands.iter().find_map(|operand| operand.operands.first());
        let label = of.map_or_else(String::new, |of| self.short(of));
        let level = self.level_label(facts.level);
        let word = match facts.function {
            AggregateFunction::Sum => self.say("合计", "sum"),
            AggregateFunction::Average => self.say("平均", "average"),
            AggregateFunction::Largest => self.say("最大", "largest"),
            AggregateFunction::Smallest => self.say("最小", "smallest"),
            AggregateFunction::Count => self.say("个数", "count"),
        };
        let space = if label.is_empty() || self.say("", " ").is_empty() { "" } else { " " };
        let (count, rows) = (facts.count, facts.rows);
        let of = match (count == rows, self.language) {
            (true, Language::Chinese) => format!("（{count} 个）"),
            (false, Language::Chinese) => format!("（{rows} 个中的 {count} 个）"),
            (true, Language::English) => format!(" (of {count})"),
            (false, Language::English) => format!(" ({count} of {rows})"),
        };
        format!("{level} {label}{space}{word} {}{of}", self.bare(node))
    }

    /// The name of a function that is written with parentheses.
    fn function(&self, node: &Node) -> Option<&'static str> {
        Some(match &node.kind {
            Kind::Extreme(true) => self.say("取小", "min"),
            Kind::Extreme(false) => self.say("取大", "max"),
            Kind::Magnitude => self.say("绝对值", "abs"),
            Kind::Multiple => self.say("取倍数", "mround"),
            Kind::Floor => self.say("向下取整", "int"),
            Kind::DatePart(DatePart::Year) => self.say("年份", "year"),
            Kind::DatePart(DatePart::Month) => self.say("月份", "month"),
            Kind::DatePart(DatePart::Day) => self.say("日", "day"),
            _ => return None,
        })
    }
}

fn binds(node: &Node) -> Binds {
    match &node.kind {
        Kind::Sum(_) => Binds::Sum,
        Kind::Product(_) | Kind::Forgo(_) => Binds::Product,
        Kind::Negative => Binds::Sign,
        Kind::Literal => match &node.value {
            // A fraction or a negative number is no whole.
            Some(Scalar::Number(number)) if number.is_negative() => Binds::Sign,
            _ => Binds::Whole,
        },
        Kind::Compare(_) | Kind::In | Kind::IsBlank => Binds::Comparison,
        Kind::All | Kind::Any => Binds::Choice,
        Kind::Rounding(..) | Kind::Coalesce => node.operands.last().map_or(Binds::Whole, binds),
        _ => Binds::Whole,
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => " = ",
        Comparison::Unequal => " ≠ ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " ≤ ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " ≥ ",
    }
}
