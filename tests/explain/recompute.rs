//! Each node again from its operands, the plan's text and the data's text alone: none of the program's arithmetic.

use fenpei::wire::json::Json;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use serde_json::Value;

type Number = BigRational;

pub struct Judge {
    plan: Value,
    data: Value,
}

/// A decimal or a fraction.
pub fn number(text: &str) -> Number {
    if let Some((top, bottom)) = text.split_once('/') {
        return Number::new(top.parse().expect("digits"), bottom.parse().expect("digits"));
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{whole}{part}").parse().unwrap_or_else(|_| panic!("{text} is no number"));
    Number::new(digits, num_traits::pow(BigInt::from(10), part.len()))
}

/// The exact number of a node.
fn of(node: &Value) -> Number {
    let exact = node.get("exact").or_else(|| node.get("value"));
    number(exact.and_then(Value::as_str).unwrap_or_else(|| panic!("no number: {}", node["text"])))
}

fn fact(node: &Value, name: &str) -> Number {
    number(node[name].as_str().unwrap_or_else(|| panic!("no {name}: {node}")))
}

pub fn written(value: &Value) -> Number {
    match value {
        Value::String(text) => number(text),
        Value::Number(digits) => number(&digits.to_string()),
        other => panic!("{other} is no decimal"),
    }
}

fn holds(node: &Value) -> bool {
    node["value"] == "true"
}

pub fn nearest(value: &Number, unit: &Number, mode: &str) -> Number {
    let units = value / unit;
    let (low, half) = (units.abs().floor(), Number::new(1.into(), 2.into()));
    let rest = units.abs() - &low;
    let up = match mode {
        "half_up" => rest >= half,
        "half_even" => rest > half || rest == half && (low.to_integer() % 2) == BigInt::one(),
        "up" => !rest.is_zero(),
        "down" => false,
        other => panic!("{other} is no mode"),
    };
    let whole = if up { low + Number::one() } else { low };
    if units.is_negative() { -whole * unit } else { whole * unit }
}

fn list(node: &Value) -> &[Value] {
    node["operands"].as_array().map_or(&[], Vec::as_slice)
}

fn role<'n>(node: &'n Value, wanted: &str) -> Option<&'n Value> {
    list(node).iter().find(|operand| operand["role"] == wanted)
}

fn total(operands: &[Value]) -> Number {
    operands.iter().map(of).fold(Number::zero(), |sum, value| sum + value)
}

/// The first less all others.
fn difference(operands: &[Value]) -> Number {
    operands.split_first().map_or_else(Number::zero, |(first, rest)| of(first) - total(rest))
}

fn shown(flag: bool) -> Value {
    if flag { "true" } else { "false" }.into()
}

/// JSON whose numbers are texts: `serde_json` would lose digits of long integers.
fn value(json: &Json<'_>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Flag(flag) => Value::Bool(*flag),
        Json::Number(text) | Json::Text(text) => Value::String(text.clone().into_owned()),
        Json::List(items) => items.iter().map(value).collect(),
        Json::Object(entries) => entries.iter().map(|(key, item)| (key.clone().into_owned(), value(item))).collect(),
    }
}

impl Judge {
    pub fn new(plan: &str, data: &str) -> Judge {
        let read = |text: &str| value(&fenpei::wire::json::read(text.as_bytes()).expect("JSON"));
        Judge { plan: read(plan), data: read(data) }
    }

    /// Judges a node and all below; how many there are.
    pub fn node(&self, node: &Value, place: &str) -> usize {
        let place = format!("{place} · {}", node["text"]);
        assert!(node["text"].is_string() && node["kind"].is_string(), "{place}");
        let cut = node["truncated"] == true && list(node).is_empty();
        if !cut {
            self.judge(node, &place);
        }
        1 + list(node).iter().map(|operand| self.node(operand, node["text"].as_str().unwrap_or(&place))).sum::<usize>()
    }

    fn judge(&self, node: &Value, place: &str) {
        let operands = list(node);
        let kind = node["kind"].as_str().expect("a kind");
        if let Some(without) = node.get("without_veto") {
            crate::without::went(without, place);
        }
        match kind {
            "statement" => {
                let lines: Vec<Value> = operands.iter().filter(|line| line["role"] == "line").cloned().collect();
                assert_eq!(of(node), total(&lines), "{place}");
            }
            "formula" => self.formula(node, place),
            "skipped" => assert!(!holds(role(node, "where").expect("where")), "{place}"),
            "share" => share(node, place),
            "rank" => self.rank(node, place),
            "check" => assert_eq!(Some(&node["value"]), role(node, "value").map(|it| &it["value"]), "{place}"),
            "veto" if !operands.is_empty() => {
                assert_eq!(Some(&node["value"]), role(node, "when").map(|it| &it["value"]), "{place}");
            }
            "fact" => self.fact(node, place),
            "constant" => {
                let constants = self.plan["constants"].as_array().expect("constants");
                let known = constants.iter().find(|it| it["name"] == node["name"]).expect("known");
                assert_eq!(of(node), written(&known["value"]), "{place}");
            }
            "lookup" => self.lookup(node, place),
            _ => match wanted(kind, node) {
                Some(Wanted::Number(number)) => assert_eq!(of(node), number, "{place}"),
                Some(Wanted::Value(value)) => assert_eq!(node.get("value"), value.as_ref(), "{place}"),
                None => {
                    let leaf = ["row", "literal", "draw", "drawn", "no_row", "others", "veto", "days_between"];
                    let dates = ["months_between", "years_between", "year", "month", "day"];
                    assert!(leaf.contains(&kind) || dates.contains(&kind), "{place}: nobody judges {kind}");
                }
            },
        }
    }

    fn formula(&self, node: &Value, place: &str) {
        let value = role(node, "value").unwrap_or_else(|| panic!("{place}: no value"));
        if let Some(condition) = role(node, "where") {
            assert!(holds(condition), "{place}");
        }
        match role(node, "withheld") {
            Some(withheld) => assert_eq!(of(node), of(value) - of(withheld), "{place}"),
            None if value.get("value").is_some_and(Value::is_string) && is_number(value) && is_number(node) => {
                assert_eq!(of(node), of(value), "{place}");
            }
            None => assert_eq!(node.get("value"), value.get("value"), "{place}"),
        }
        if let Some(draw) = role(node, "draw") {
            assert_eq!(of(draw), of(value), "{place}");
        }
    }

    fn fact(&self, node: &Value, place: &str) {
        let level = node["level"].as_str().expect("a level");
        let rows = self.data[level].as_array().unwrap_or_else(|| panic!("{place}: no rows"));
        let row = rows.iter().find(|row| row["id"] == node["row"]).unwrap_or_else(|| panic!("{place}: no row"));
        let name = node["name"].as_str().expect("a name");
        let mut given = row.get("facts").and_then(|facts| facts.get(name)).filter(|value| !value.is_null());
        let levels = self.plan["levels"].as_array().expect("levels");
        let facts = levels.iter().find(|it| it["name"] == level).and_then(|it| it["facts"].as_array());
        let fact = facts.and_then(|facts| facts.iter().find(|it| it["name"] == name)).expect("a fact");
        given = given.or_else(|| fact.get("default"));
        let Some(given) = given else { return assert!(node.get("value").is_none(), "{place}") };
        match (fact["type"].as_str(), given) {
            (Some("number" | "money"), _) => assert_eq!(of(node), written(given), "{place}"),
            (_, Value::Bool(flag)) => assert_eq!(node["value"], shown(*flag), "{place}"),
            _ => assert_eq!(&node["value"], given, "{place}"),
        }
    }

    fn rank(&self, node: &Value, place: &str) {
        let Some(facts) = node.get("rank") else { return assert!(role(node, "when").is_some(), "{place}") };
        let steps = self.plan["steps"].as_array().expect("steps");
        let named = |step: &&Value| step["name"] == node["name"] && step["level"] == node["level"];
        let step = steps.iter().find(named).expect("a step");
        let at = |value: &Value| value.as_u64().expect("a place");
        let counted = match step["ties"].as_str() {
            Some("better") => at(&facts["equal"][0]),
            Some("worse") => at(&facts["equal"][1]),
            Some("dense") => return assert!(of(node) <= Number::from(BigInt::from(at(&facts["position"]))), "{place}"),
            _ => at(&facts["position"]),
        };
        match facts.get("grades").and_then(Value::as_array) {
            Some(grades) => {
                let grade = grades.iter().find(|grade| at(&grade["last"]) >= counted).expect("a grade");
                assert_eq!(node["value"], grade["code"], "{place}");
            }
            None => assert_eq!(of(node), Number::from(BigInt::from(counted)), "{place}"),
        }
    }

    fn lookup(&self, node: &Value, place: &str) {
        let tables = self.plan["tables"].as_array().expect("tables");
        let table = tables.iter().find(|it| it["name"] == node["name"]).expect("a table");
        let same = |key: &Value, operand: &Value| match key {
            Value::Bool(flag) => operand["value"] == shown(*flag),
            Value::String(text) if operand["value"] == text.as_str() => true,
            _ if is_decimal(key) && is_number(operand) => written(key) == of(operand),
            _ => false,
        };
        let keyed = |row: &Value, operands: &[Value]| {
            let keys = row["key"].as_array().cloned().unwrap_or_default();
            keys.len() == operands.len() && keys.iter().zip(operands).all(|(key, operand)| same(key, operand))
        };
        let rows = table["rows"].as_array().expect("rows");
        let operands = list(node);
        let found = if table["kind"] == "band" {
            let (last, leading) = operands.split_last().expect("a number");
            let inside = |row: &&Value| {
                let below = row.get("below").is_none_or(|limit| of(last) < written(limit));
                keyed(row, leading) && below && row.get("upto").is_none_or(|limit| of(last) <= written(limit))
            };
            rows.iter().find(inside)
        } else {
            rows.iter().find(|row| keyed(row, operands))
        };
        let value = found.map_or_else(|| &table["else"], |row| &row["value"]);
        assert_eq!(of(node), written(value), "{place}");
        assert_eq!(node["match"].get("else").is_some(), found.is_none(), "{place}");
    }
}

fn is_decimal(key: &Value) -> bool {
    key.is_number()
        || key.as_str().is_some_and(|text| text.bytes().all(|it| it.is_ascii_digit() || b".-".contains(&it)))
}

fn is_number(node: &Value) -> bool {
    node["value"].as_str().is_some_and(|text| {
        !text.is_empty()
            && text.bytes().all(|it| it.is_ascii_digit() || b".-/".contains(&it))
            && !text[1..].contains('-')
            && text.bytes().any(|it| it.is_ascii_digit())
    })
}

enum Wanted {
    Number(Number),
    Value(Option<Value>),
}

/// The value of an operation.
fn wanted(kind: &str, node: &Value) -> Option<Wanted> {
    let operands = list(node);
    let first = || of(&operands[0]);
    let signs = || node["signs"].as_array().map_or(&[][..], Vec::as_slice);
    let folded = |apply: &dyn Fn(Number, &str, Number) -> Number| {
        operands[1..]
            .iter()
            .zip(signs())
            .fold(first(), |sum, (operand, sign)| apply(sum, sign.as_str().expect("a sign"), of(operand)))
    };
    Some(Wanted::Number(match kind {
        "add" => folded(&|sum, sign, value| if sign == "-" { sum - value } else { sum + value }),
        "product" => folded(&|sum, sign, value| if sign == "/" { sum / value } else { sum * value }),
        "negative" => -first(),
        "percent" => signs().iter().fold(first(), |value, _| value / BigInt::from(100)),
        "abs" => first().abs(),
        "int" => first().floor(),
        "rounding" => nearest(&first(), &fact(&node["rounding"], "to"), node["rounding"]["mode"].as_str()?),
        "round" => {
            let digits = node["rounding"]["digits"].as_i64()?;
            let power = num_traits::pow(Number::from(BigInt::from(10)), usize::try_from(digits.abs()).ok()?);
            let unit = if digits < 0 { power } else { power.recip() };
            nearest(&first(), &unit, node["rounding"]["mode"].as_str()?)
        }
        "mround" => nearest(&first(), &of(&operands[1]), "half_up"),
        "forgo" => first() * (Number::one() - of(&operands[1])),
        "withhold" => nearest(&(first() * of(&operands[1])), &number("0.01"), "half_up"),
        "band" => first() * of(&operands[1]),
        "marginal" => {
            let bands = operands.iter().filter(|operand| operand["kind"] == "band").cloned().collect::<Vec<Value>>();
            total(&bands)
        }
        "left" | "collected" if operands.is_empty() || operands[0].get("value").is_none() => return None,
        "left" | "collected" => difference(operands),
        "collect" | "sum" => total(operands),
        "avg" if !operands.is_empty() => total(operands) / BigInt::from(node["aggregate"]["count"].as_i64()?),
        "largest" if !operands.is_empty() => listed(operands).max()?,
        "smallest" if !operands.is_empty() => listed(operands).min()?,
        "avg" | "largest" | "smallest" => return Some(Wanted::Value(None)),
        "count" => {
            let others = operands.iter().find(|operand| operand["kind"] == "others");
            let others = others.map_or(0, |others| others["count"].as_i64().expect("a count") - 1);
            BigInt::from(i64::try_from(operands.len()).ok()? + others).into()
        }
        "min" if is_number(node) => listed(operands).min()?,
        "max" if is_number(node) => listed(operands).max()?,
        "min" => return Some(Wanted::Value(operands.iter().map(|it| it["value"].as_str()).min()?.map(Value::from))),
        "max" => return Some(Wanted::Value(operands.iter().map(|it| it["value"].as_str()).max()?.map(Value::from))),
        "contributor" if operands.is_empty() => return Some(Wanted::Value(None)),
        "contributor" => first(),
        _ => return decided(kind, node),
    }))
}

/// The value of a choice between values, and of what is true or false.
fn decided(kind: &str, node: &Value) -> Option<Wanted> {
    let operands = list(node);
    let flag = match kind {
        "if" | "coalesce" => {
            let taken = operands.last()?;
            if is_number(taken) && is_number(node) {
                return Some(Wanted::Number(of(taken)));
            }
            return Some(Wanted::Value(taken.get("value").cloned()));
        }
        "and" => operands.iter().all(holds),
        "or" => operands.iter().any(holds),
        "not" => !holds(&operands[0]),
        "in" => operands[1..].iter().any(|option| equal(&operands[0], option)),
        "isblank" => operands[0].get("value").is_none(),
        "compare" => compared(node["sign"].as_str()?, &operands[0], &operands[1]),
        _ => return None,
    };
    Some(Wanted::Value(Some(shown(flag))))
}

fn listed(operands: &[Value]) -> impl Iterator<Item = Number> + '_ {
    operands.iter().filter(|operand| operand["kind"] != "others").map(of)
}

fn equal(one: &Value, other: &Value) -> bool {
    if is_number(one) && is_number(other) { of(one) == of(other) } else { one["value"] == other["value"] }
}

fn compared(sign: &str, one: &Value, other: &Value) -> bool {
    let order = if is_number(one) && is_number(other) {
        of(one).cmp(&of(other))
    } else {
        one["value"].as_str().cmp(&other["value"].as_str())
    };
    match sign {
        "=" => order.is_eq(),
        "<>" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

/// A share from the numbers that it states.
fn share(node: &Value, place: &str) {
    let Some(facts) = node.get("share") else { return assert!(of(node).is_zero(), "{place}") };
    let withheld = role(node, "withheld").map_or_else(Number::zero, of);
    assert_eq!(of(node), fact(facts, "got") - withheld, "{place}");
    let (unit, weight, units) = (fact(facts, "unit"), fact(facts, "weight"), fact(facts, "units"));
    assert_eq!(units, (of(role(node, "amount").expect("an amount")) / &unit).floor(), "{place}");
    assert_eq!(fact(facts, "amount"), &units * &unit, "{place}");
    assert_eq!(weight, of(role(node, "weight").expect("a weight")), "{place}");
    let got = fact(facts, "got") / &unit;
    let limit = |name: &str| facts.get(name).map(|_| fact(facts, name) / &unit);
    let (floor, cap) = (limit("floor").unwrap_or_else(Number::zero), limit("cap"));
    assert!(got >= floor && cap.as_ref().is_none_or(|cap| got <= *cap || weight.is_zero()), "{place}");
    if let Some(written) = role(node, "cap").filter(|cap| cap.get("value").is_some()) {
        assert_eq!(cap, Some((of(written) / &unit).floor()), "{place}");
    }
    let Some(division) = facts.get("division") else {
        let wanted = if facts["bound"] == "cap" { cap.expect("a cap") } else { floor };
        return assert_eq!(got, wanted, "{place}");
    };
    let held = facts.get("held").map_or_else(Number::zero, |held| fact(held, "amount") / &unit);
    assert_eq!(fact(division, "units"), units - held, "{place}");
    let exact = fact(division, "units") * &weight / fact(division, "weights");
    assert_eq!(fact(division, "exact"), exact, "{place}");
    if facts.get("lambda").is_some() {
        assert_eq!(fact(facts, "lambda") * &weight, exact, "{place}: λ");
    }
    assert_eq!(fact(division, "whole"), exact.floor(), "{place}");
    let yuan = division["exact_yuan"].as_str().expect("a decimal");
    assert_eq!(number(yuan), nearest(&(&exact * &unit), &number("0.000001"), "half_up"), "{place}");
    assert_eq!(yuan.split_once('.').map(|(_, places)| places.len()), Some(6), "{place}");
    assert_eq!(fact(division, "remainder"), &exact - exact.floor(), "{place}");
    let count = |name: &str| division[name].as_u64().expect("a count");
    let extra = count("rank") <= count("left_over");
    assert_eq!(division["extra"], extra, "{place}");
    assert!(count("rank") <= count("of"), "{place}");
    assert_eq!(got, exact.floor() + if extra { Number::one() } else { Number::zero() }, "{place}");
}
