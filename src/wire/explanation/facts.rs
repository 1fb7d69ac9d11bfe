//! The facts of each kind of node as JSON.

use super::super::json::Json;
use super::super::json::{number, object, text};
use super::Teller;
use super::shares::six_places;
use crate::engine::explain::{Aggregated, Bound, Kind, Matched, Node, RankFacts, Remainder, ShareFacts, Tie};
use crate::exact::{Number, fen_text};
use crate::plan::document::Presence;
use crate::plan::{AggregateFunction, Comparison, DatePart, Span};

type Entries = Vec<(&'static str, Json<'static>)>;

impl Teller<'_, '_> {
    /// What more there is to say of a node of its kind.
    pub(super) fn facts(&self, node: &Node) -> Entries {
        match &node.kind {
            Kind::Fact(_) if self.is_default(node) => vec![("default", Json::Flag(true))],
            Kind::Sum(minus) => vec![("signs", signs(minus, "+", "-"))],
            Kind::Product(divide) => vec![("signs", signs(divide, "*", "/"))],
            Kind::Percent(signs) => vec![("signs", Json::List(vec![text("%"); *signs]))],
            Kind::Compare(comparison) => vec![("sign", text(comparison_sign(*comparison)))],
            Kind::Rounding(to, mode) => {
                vec![("rounding", object([("to", exact(to)), ("mode", text(mode.word()))]))]
            }
            Kind::Round(mode, digits) => {
                let digits = Json::Number(digits.to_string().into());
                vec![("rounding", object([("digits", digits), ("mode", text(mode.word()))]))]
            }
            Kind::Lookup(matched) | Kind::Band(matched) => vec![("match", self.matched(*matched))],
            Kind::Withhold(_, to) => vec![("to", text(to))],
            Kind::Draw(level, column, left) => {
                let fund = self.outcome.plan.column_name(*level, *column);
                vec![("draw", object([("fund", text(&fund)), ("left", text(&fen_text(*left)))]))]
            }
            Kind::Left(level, column) | Kind::Collected(level, column) => {
                vec![("fund", text(&self.outcome.plan.column_name(*level, *column)))]
            }
            Kind::Others(count) => vec![("count", number(*count))],
            Kind::Aggregate(facts) => vec![("aggregate", self.aggregate_facts(facts))],
            Kind::Share(_, Some(facts)) => vec![("share", self.share_facts(facts))],
            Kind::Rank(_, Some(facts)) => vec![("rank", self.rank_facts(facts))],
            _ => Vec::new(),
        }
    }

    /// Whether a fact has the value that the plan gives where it is absent.
    pub(super) fn is_default(&self, node: &Node) -> bool {
        use crate::engine::explain::Scalar;
        use crate::plan::document::Value;
        let (Kind::Fact(column), Some((level, _)), Some(value)) = (&node.kind, node.at, &node.value) else {
            return false;
        };
        let Some(Presence::Default(default)) = self.outcome.plan.fact(level, *column).map(|fact| &fact.presence) else {
            return false;
        };
        match (default, value) {
            (Value::Number(default), Scalar::Number(value)) => default == value,
            (Value::Flag(default), Scalar::Flag(value)) => default == value,
            (Value::Date(default), Scalar::Date(value)) => default == value,
            (Value::Text(default), Scalar::Text(code)) => default == self.outcome.plan.texts.text(*code),
            _ => false,
        }
    }

    fn matched(&self, matched: Matched) -> Json<'static> {
        let rows = self.outcome.plan.document.tables.get(matched.table).map_or(&[][..], |table| &table.rows);
        let limit = |row: Option<usize>| row.and_then(|row| rows.get(row)?.limit.as_ref());
        let mut entries = Vec::new();
        match matched.row {
            Some(row) => entries.push(("row", number(row))),
            None => entries.push(("else", Json::Flag(true))),
        }
        // What the band before takes this one does not.
        let before = limit(matched.before);
        entries.extend(before.map(|limit| (if limit.inclusive { "above" } else { "from" }, exact(&limit.at))));
        let own = limit(matched.row);
        entries.extend(own.map(|limit| (if limit.inclusive { "upto" } else { "below" }, exact(&limit.at))));
        object(entries)
    }

    fn aggregate_facts(&self, facts: &Aggregated) -> Json<'static> {
        let mut entries = vec![
            ("level", text(self.outcome.plan.level_name(facts.level))),
            ("rows", number(facts.rows)),
            ("count", number(facts.count)),
        ];
        entries.extend(facts.condition.as_ref().map(|condition| ("condition", text(condition))));
        object(entries)
    }

    fn share_facts(&self, facts: &ShareFacts) -> Json<'static> {
        let (level, column, row) = facts.fund;
        let unit = Number::ratio(i128::from(facts.unit), 100);
        let yuan = |units: &Number| units.checked_mul(&unit).map_or_else(|_| Json::Null, |yuan| money(&yuan));
        let mut entries = vec![
            ("fund", text(&self.outcome.plan.column_name(level, column))),
            ("row", text(self.outcome.data.id(level, row))),
            ("left", text(&fen_text(facts.left))),
            ("amount", yuan(&facts.units)),
            ("unit", money(&unit)),
            ("units", exact(&facts.units)),
            ("weight", exact(&facts.weight)),
            ("weights", exact(&facts.weights)),
            ("recipients", number(facts.recipients)),
            ("bound", text(bound(facts.bound))),
        ];
        entries.extend(facts.limits.0.as_ref().map(|floor| ("floor", yuan(floor))));
        entries.extend(facts.limits.1.as_ref().map(|cap| ("cap", yuan(cap))));
        entries.extend(facts.all_tops.then_some(("all_tops", Json::Flag(true))));
        entries.extend(facts.lambda.as_ref().map(|lambda| ("lambda", exact(lambda))));
        if facts.held.0 > 0 {
            entries.push(("held", object([("count", number(facts.held.0)), ("amount", yuan(&facts.held.1))])));
        }
        entries.extend(facts.division.as_ref().map(|division| ("division", division_facts(division, &unit))));
        entries.push(("got", yuan(&facts.got)));
        object(entries)
    }

    fn rank_facts(&self, facts: &RankFacts) -> Json<'static> {
        let (level, row) = facts.per;
        let mut entries = vec![
            ("per", text(self.outcome.plan.level_name(level))),
            ("row", text(self.outcome.data.id(level, row))),
            ("ranked", number(facts.ranked)),
            ("size", number(facts.size)),
            ("position", number(facts.position)),
            ("equal", Json::List(vec![number(facts.equal.0), number(facts.equal.1)])),
        ];
        if !facts.grades.is_empty() {
            let grade = |(code, last): &(u32, usize)| {
                object([("code", text(self.outcome.plan.texts.text(*code))), ("last", number(*last))])
            };
            entries.push(("grades", Json::List(facts.grades.iter().map(grade).collect())));
            let boundaries = facts.boundaries.iter().map(|(within, outside)| {
                let score = |place: &crate::engine::explain::Place| text(&self.plain(&place.1, false));
                object([("within", score(within)), ("outside", score(outside))])
            });
            entries.push(("boundaries", Json::List(boundaries.collect())));
        }
        object(entries)
    }
}

fn division_facts(division: &Remainder, unit: &Number) -> Json<'static> {
    let mut entries = vec![
        ("units", exact(&division.units)),
        ("weights", exact(&division.weights)),
        ("exact", exact(&division.exact)),
        ("exact_yuan", text(&six_places(&division.exact, unit))),
        ("whole", exact(&division.whole)),
        ("remainder", exact(&division.rest)),
        ("left_over", number(division.over)),
        ("rank", number(division.rank)),
        ("of", number(division.of)),
        ("extra", Json::Flag(division.extra)),
    ];
    entries.extend(division.tie.map(|tie| match tie {
        Tie::By(key) => ("tie_by", number(key)),
        Tie::Id => ("tie_by_id", Json::Flag(true)),
    }));
    object(entries)
}

fn bound(bound: Bound) -> &'static str {
    match bound {
        Bound::Free => "free",
        Bound::Floor => "floor",
        Bound::Cap => "cap",
    }
}

fn exact(number: &Number) -> Json<'static> {
    text(&number.exact_text())
}

/// Yuan in whole fen; as it is where it is none.
fn money(yuan: &Number) -> Json<'static> {
    text(&yuan.fen().map_or_else(|| yuan.exact_text(), fen_text))
}

fn signs(flags: &[bool], otherwise: &str, sign: &str) -> Json<'static> {
    Json::List(flags.iter().map(|flag| text(if *flag { sign } else { otherwise })).collect())
}

/// The sign of a comparison as plans write it.
pub(super) fn comparison_sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::Unequal => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// The word of a kind; `action` gives the word of a step.
pub(super) fn word<'w>(kind: &Kind, action: impl Fn(usize) -> &'w str) -> &'w str {
    match kind {
        Kind::Statement => "statement",
        Kind::Row => "row",
        Kind::Fact(_) => "fact",
        Kind::Cut(step) => action(*step),
        Kind::Formula(_) => "formula",
        Kind::Skipped(_) => "skipped",
        Kind::Share(..) => "share",
        Kind::Rank(..) => "rank",
        Kind::Collect(_) => "collect",
        Kind::Veto(_) => "veto",
        Kind::Check(_) => "check",
        Kind::Rounding(..) => "rounding",
        Kind::Forgo(_) => "forgo",
        Kind::Withhold(..) => "withhold",
        Kind::Draw(..) => "draw",
        Kind::Literal => "literal",
        Kind::Constant(_) => "constant",
        Kind::NoRow(..) => "no_row",
        Kind::Negative => "negative",
        Kind::Percent(_) => "percent",
        Kind::Product(_) => "product",
        Kind::Sum(_) => "add",
        Kind::Compare(_) => "compare",
        Kind::If => "if",
        Kind::All => "and",
        Kind::Any => "or",
        Kind::Not => "not",
        Kind::In => "in",
        Kind::Extreme(true) => "min",
        Kind::Extreme(false) => "max",
        Kind::Magnitude => "abs",
        Kind::Round(..) => "round",
        Kind::Multiple => "mround",
        Kind::Floor => "int",
        Kind::Lookup(_) => "lookup",
        Kind::Marginal(_) => "marginal",
        Kind::Band(_) => "band",
        Kind::IsBlank => "isblank",
        Kind::Coalesce => "coalesce",
        Kind::DatePart(DatePart::Year) => "year",
        Kind::DatePart(DatePart::Month) => "month",
        Kind::DatePart(DatePart::Day) => "day",
        Kind::Between(Span::Days) => "days_between",
        Kind::Between(Span::Months) => "months_between",
        Kind::Between(Span::Years) => "years_between",
        Kind::Aggregate(facts) => function(facts.function),
        Kind::Contributor => "contributor",
        Kind::Others(_) => "others",
        Kind::Left(..) => "left",
        Kind::Drawn(_) => "drawn",
        Kind::Collected(..) => "collected",
    }
}

fn function(function: AggregateFunction) -> &'static str {
    match function {
        AggregateFunction::Sum => "sum",
        AggregateFunction::Average => "avg",
        AggregateFunction::Largest => "largest",
        AggregateFunction::Smallest => "smallest",
        AggregateFunction::Count => "count",
    }
}
