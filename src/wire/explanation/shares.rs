//! A share to the last unit, as the walks of the ready plans tell it.

use super::{Teller, exact};
use crate::engine::explain::{Bound, Kind, Node, Remainder, Role, Scalar, ShareFacts, Tie};
use crate::exact::{Mode, Number, fen_text};
use crate::plan::Language;

impl Teller<'_, '_> {
    /// Amount, weight, exact share, and what the largest remainder made of it.
    pub(super) fn share(&self, node: &Node, facts: &ShareFacts) -> String {
        let part = |role: Role| node.operands.iter().find(|part| part.role == role);
        let mut pieces = vec![self.divided(part(Role::Amount), facts)];
        if let Some(weight) = part(Role::Weight) {
            let equal = if self.heading(weight).is_some() && !matches!(weight.kind, Kind::Forgo(_)) {
                String::new()
            } else {
                format!(" = {}", exact(&facts.weight))
            };
            let weights = exact(&facts.weights);
            pieces.push(match self.language {
                Language::Chinese => {
                    format!("权重 {}{equal}，{} 个合计 {weights}", self.infix(weight), facts.recipients)
                }
                Language::English => {
                    format!("weight {}{equal}, of {} together {weights}", self.infix(weight), facts.recipients)
                }
            });
            if matches!(weight.kind, Kind::Forgo(_)) {
                pieces.push(self.said(weight));
            }
        }
        pieces.extend(facts.limits.0.as_ref().map(|units| self.limit(Role::Floor, part(Role::Floor), units, facts)));
        pieces.extend(facts.limits.1.as_ref().map(|units| self.limit(Role::Cap, part(Role::Cap), units, facts)));
        if let (true, Some(division)) = (facts.held.0 > 0, &facts.division) {
            let (count, amount) = (facts.held.0, self.in_yuan(&facts.held.1, facts));
            let (free, rest) = (division.of, self.in_yuan(&division.units, facts));
            let weights = exact(&division.weights);
            pieces.push(match self.language {
                Language::Chinese => {
                    format!("{count} 个得保底或封顶共 {amount} 元，其余 {free} 个（权重合计 {weights}）分余下的 {rest} 元")
                }
                Language::English => format!(
                    "held by floor or cap: {count} with {amount} yuan; the other {free} (weights together {weights}) divide the rest, {rest} yuan"
                ),
            });
        }
        pieces.push(match &facts.division {
            Some(division) => self.remainder(node, division, facts),
            None => self.held(facts),
        });
        let mut text = format!("{} {}{}", self.label(node), self.amount(node), self.say("：", ": "));
        text.push_str(&pieces.join(self.say("；", "; ")));
        text.push_str(&format!(" → {}", self.in_yuan(&facts.got, facts)));
        if let Some(taken) = part(Role::Withheld) {
            text.push_str(&format!("{}{} → {}", self.say("；", "; "), self.said(taken), self.bare(node)));
        }
        text
    }

    /// A floor or a cap with how it came about.
    fn limit(&self, role: Role, node: Option<&Node>, units: &Number, facts: &ShareFacts) -> String {
        let (word, rounded) = match role {
            Role::Floor => (self.say("本行保底", "its floor"), self.say("，进到 ", ", rounded up to ")),
            _ => (self.say("本行上限", "its cap"), self.say("，舍到 ", ", rounded down to ")),
        };
        let limit = self.in_yuan(units, facts);
        let Some(node) = node.filter(|node| node.value.is_some()) else { return format!("{word} {limit}") };
        let (formula, value) = (self.infix(node), self.bare(node));
        let equal = if formula.ends_with(&value) { String::new() } else { format!(" = {value}") };
        let is_whole = node.value.as_ref().and_then(Scalar::number).and_then(|value| {
            let yuan = units.checked_mul(&Number::ratio(i128::from(facts.unit), 100)).ok()?;
            Some(*value == yuan)
        });
        let unit = fen_text(i128::from(facts.unit));
        let rounding = if is_whole == Some(true) { String::new() } else { format!("{rounded}{unit}") };
        format!("{word} {formula}{equal}{rounding} → {limit}")
    }

    /// The amount divided, with where it comes from.
    fn divided(&self, amount: Option<&Node>, facts: &ShareFacts) -> String {
        let (level, column, row) = facts.fund;
        let taken = self.in_yuan(&facts.units, facts);
        let at = self.named(level, row);
        let (how, exact) = match amount {
            Some(left) if matches!(left.kind, Kind::Left(..)) && left.operands.len() > 1 => {
                (format!("{} = ", self.difference(left)), Some(self.bare(left)))
            }
            Some(left) if matches!(left.kind, Kind::Left(..)) => {
                let label = self.column(level, column).map_or("", |heading| heading.label());
                (format!("{label} "), Some(self.bare(left)))
            }
            Some(other) => (format!("{} = ", self.infix(other)), Some(self.bare(other))),
            None => (String::new(), None),
        };
        // What is no multiple of the unit is rounded down to one.
        let exact = exact.filter(|exact| *exact != taken).map_or_else(String::new, |exact| {
            let unit = fen_text(i128::from(facts.unit));
            match self.language {
                Language::Chinese => format!("{exact}，舍到 {unit} 为 "),
                Language::English => format!("{exact}, rounded down to {unit}: "),
            }
        });
        match self.language {
            Language::Chinese => format!("{at} 可分 {how}{exact}{taken} 元"),
            Language::English => format!("{at} divides {how}{exact}{taken} yuan"),
        }
    }

    fn remainder(&self, node: &Node, division: &Remainder, facts: &ShareFacts) -> String {
        let unit = self.unit(facts.unit);
        let exact_share = match mixed(&division.exact, self.say(" 又 ", " ")) {
            Some(mixed) => format!("= {mixed} {unit}"),
            None => {
                let yuan = six_places(&division.exact, &Number::ratio(i128::from(facts.unit), 100));
                let how = self.say(" 元（四舍五入到 6 位小数）", " yuan (rounded half up to 6 places)");
                format!("≈ {yuan}{how}")
            }
        };
        let (units, weight, weights) = (exact(&division.units), whole(&facts.weight), whole(&division.weights));
        let share = format!("{units} × {weight} ÷ {weights} {exact_share}");
        if division.over == 0 {
            return match self.language {
                Language::Chinese => format!("份额 {share}，没有尾差"),
                Language::English => format!("share {share}, nothing is left over"),
            };
        }
        let (over, rank, of, floor) = (division.over, division.rank, division.of, exact(&division.whole));
        let extra = match (division.extra, self.language) {
            (true, Language::Chinese) => format!("得尾差 1 {unit}"),
            (false, Language::Chinese) => "不得尾差".to_owned(),
            (true, Language::English) => format!("gets 1 {unit} of them"),
            (false, Language::English) => "gets none of them".to_owned(),
        };
        let tie = division.tie.map_or_else(String::new, |tie| self.tie(tie, division.extra, node));
        match self.language {
            Language::Chinese => format!(
                "份额 {share}；整数部分 {floor}，各行取整后共余 {over} {unit}，此行余数在 {of} 个中排第 {rank}，{extra}{tie}"
            ),
            Language::English => format!(
                "share {share}; whole part {floor}, {over} {unit} left over, remainder number {rank} of {of}, {extra}{tie}"
            ),
        }
    }

    /// What decided between equal remainders.
    fn tie(&self, tie: Tie, extra: bool, node: &Node) -> String {
        let mut keys = node.operands.iter().filter(|part| part.role == Role::TieBy);
        let key = match tie {
            Tie::By(key) => keys.nth(key).map_or_else(String::new, |key| self.infix(key)),
            Tie::Id => String::new(),
        };
        match (tie, self.language, extra) {
            (Tie::By(_), Language::Chinese, true) => format!("（余数相同，大者先得：{key}）"),
            (Tie::By(_), Language::Chinese, false) => format!("（余数相同，大者先得，此行较小：{key}）"),
            (Tie::By(_), Language::English, true) => format!(" (equal remainders, the larger first: {key})"),
            (Tie::By(_), Language::English, false) => format!(" (equal remainders, the larger first, not {key})"),
            (Tie::Id, Language::Chinese, true) => "（余数相同，编号小者先得）".to_owned(),
            (Tie::Id, Language::Chinese, false) => "（余数相同，编号小者先得，此行在后）".to_owned(),
            (Tie::Id, Language::English, true) => " (equal remainders, the smaller id first)".to_owned(),
            (Tie::Id, Language::English, false) => " (equal remainders, the smaller id first, not this one)".to_owned(),
        }
    }

    /// A recipient that takes no part in the division.
    fn held(&self, facts: &ShareFacts) -> String {
        let amount = self.in_yuan(&facts.got, facts);
        let word = match facts.bound {
            _ if facts.weight.is_zero() && facts.got.is_zero() => {
                self.say("权重为 0，不参加分配", "weight 0, no share")
            }
            Bound::Floor => self.say("得保底", "gets its floor"),
            Bound::Cap if facts.all_tops => self.say("经费足额，得上限", "the fund suffices, gets its cap"),
            Bound::Cap => self.say("按比例超过上限，得上限", "in proportion above its cap, gets its cap"),
            Bound::Free => "",
        };
        let share = facts.lambda.as_ref().filter(|_| !facts.weight.is_zero());
        let share = share.and_then(|lambda| lambda.checked_mul(&facts.weight).ok());
        let share = share.map(|share| share.to_whole(Mode::Down)).map(|units| self.in_yuan(&units, facts));
        let share = share
            .map_or_else(String::new, |share| format!("{}{share}", self.say("（按比例约 ", " (in proportion about ")));
        let close = if share.is_empty() { "" } else { self.say("）", ")") };
        format!("{word} {amount}{share}{close}")
    }

    fn in_yuan(&self, units: &Number, facts: &ShareFacts) -> String {
        let yuan = units.checked_mul(&Number::ratio(i128::from(facts.unit), 100));
        yuan.map_or_else(|_| String::new(), |yuan| self.plain(&Scalar::Number(yuan), true))
    }

    fn unit(&self, fen: i64) -> String {
        match fen {
            1 => self.say("分", "fen").to_owned(),
            100 => self.say("元", "yuan").to_owned(),
            _ => format!("× {} {}", fen_text(i128::from(fen)), self.say("元", "yuan")),
        }
    }
}

/// A factor, in parentheses where it is a fraction.
fn whole(number: &Number) -> String {
    let text = exact(number);
    if text.contains('/') { format!("({text})") } else { text }
}

/// `3 又 1/2`; none where the fraction is too long to read.
fn mixed(number: &Number, and: &str) -> Option<String> {
    let floor = number.floor();
    let rest = number.checked_sub(&floor).ok()?;
    if rest.is_zero() {
        return Some(floor.text());
    }
    let big = rest.to_big();
    let fraction = format!("{}/{}", big.numer(), big.denom());
    (fraction.len() <= super::LONGEST_FRACTION).then(|| format!("{}{and}{fraction}", floor.text()))
}

/// Units as yuan with six places, rounded half up; `unit` is one in yuan.
pub(super) fn six_places(units: &Number, unit: &Number) -> String {
    let million = 1_000_000;
    let whole = unit.checked_mul(&Number::ratio(million, 1)).map(|unit| units.times_whole(&unit, Mode::HalfUp));
    let Some(whole) = whole.ok().and_then(|whole| whole.to_i128()) else { return units.text() };
    format!("{}.{:06}", whole / million, whole % million)
}
