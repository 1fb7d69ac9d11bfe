//! A reader with a pocket calculator: from the sentences of a statement alone, every amount is worked out again.

use fenpei::engine::calculate;
use fenpei::engine::explain::{Explainer, Limits};
use fenpei::plan::Language;
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use fenpei::wire::explanation::Teller;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::recompute::{nearest, number};
use crate::{PLANS, read};

type Number = BigRational;

/// Keys the signs and numbers of a formula in, and passes over its words.
struct Calculator<'t> {
    rest: &'t str,
    formula: &'t str,
}

impl<'t> Calculator<'t> {
    fn value(formula: &'t str) -> Number {
        let mut calculator = Calculator { rest: formula, formula };
        let value = calculator.sum();
        calculator.words();
        assert!(calculator.rest.is_empty(), "{} is left of {formula}", calculator.rest);
        value
    }

    /// Passes over words and spaces up to a number, a sign or a function.
    fn words(&mut self) {
        let signs = |letter: char| letter.is_ascii_digit() || "×÷+−-()，%".contains(letter);
        while let Some(letter) = self.rest.chars().next() {
            if signs(letter) || ["取大(", "取小("].iter().any(|name| self.rest.starts_with(name)) {
                break;
            }
            self.rest = &self.rest[letter.len_utf8()..];
        }
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.words();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn sum(&mut self) -> Number {
        let mut sum = self.product();
        loop {
            if self.takes("+") {
                sum += self.product();
            } else if self.takes("−") {
                sum -= self.product();
            } else {
                return sum;
            }
        }
    }

    fn product(&mut self) -> Number {
        let mut product = self.factor();
        loop {
            if self.takes("×") {
                product *= self.factor();
            } else if self.takes("÷") {
                product /= self.factor();
            } else {
                return product;
            }
        }
    }

    fn factor(&mut self) -> Number {
        if self.takes("−") {
            return -self.factor();
        }
        let mut value = if self.takes("取大(") {
            self.arguments().into_iter().max().expect("an argument")
        } else if self.takes("取小(") {
            self.arguments().into_iter().min().expect("an argument")
        } else if self.takes("(") {
            let value = self.sum();
            assert!(self.takes(")"), "no ) in {}", self.formula);
            value
        } else {
            let end = self.rest.find(|letter: char| !(letter.is_ascii_digit() || "./-".contains(letter)));
            let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            assert!(!digits.is_empty(), "no number in {} at {}", self.formula, self.rest);
            self.rest = rest;
            number(digits)
        };
        while self.rest.starts_with('%') {
            self.rest = &self.rest[1..];
            value /= BigInt::from(100);
        }
        value
    }

    fn arguments(&mut self) -> Vec<Number> {
        let mut arguments = vec![self.sum()];
        while self.takes("，") {
            arguments.push(self.sum());
        }
        assert!(self.takes(")"), "no ) in {}", self.formula);
        arguments
    }
}

/// Without remarks: what stands in square or full-width brackets or in quotes.
fn plain(text: &str) -> String {
    let mut depth = 0;
    let inside = text.chars().filter(|letter| {
        depth += i32::from("[（“".contains(*letter));
        let outside = depth == 0;
        depth -= i32::from("]）”".contains(*letter));
        outside
    });
    inside.collect()
}

/// The value of `formula[ = exact][，rounding]`, each step of which must be right.
fn worked_out(text: &str) -> Number {
    let roundings =
        [("，四舍五入到 ", "half_up"), ("，四舍六入五成双到 ", "half_even"), ("，进到 ", "up"), ("，舍到 ", "down")];
    let rounding = roundings.iter().find_map(|(words, mode)| text.rsplit_once(words).map(|it| (it, *mode)));
    let (formula, rounding) = match rounding {
        Some(((formula, unit), mode)) => (formula, Some((number(unit.trim()), mode))),
        None => (text, None),
    };
    let values: Vec<Number> = formula.split(" = ").map(Calculator::value).collect();
    assert!(values.windows(2).all(|pair| pair[0] == pair[1]), "{text} is not equal");
    match rounding {
        Some((unit, mode)) => nearest(&values[0], &unit, mode),
        None => values[0].clone(),
    }
}

/// The last number of a text.
fn last_number(text: &str) -> Option<Number> {
    let text = text.trim_end().strip_suffix(" 元").unwrap_or(text.trim_end());
    let word = text.rsplit(' ').next()?;
    let is_number = word.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        && word.chars().all(|letter| letter.is_ascii_digit() || "./-".contains(letter));
    is_number.then(|| number(word))
}

/// Works a sentence out; the amount that it comes to, where it is a formula or a share.
fn amount(sentence: &str) -> Option<Number> {
    let (sentence, _) = sentence.rsplit_once("，依据").unwrap_or((sentence, ""));
    let sentence = plain(sentence);
    let pieces: Vec<&str> = sentence.split('；').collect();
    let first = pieces[0];
    if let Some((label, divided)) = first.split_once("：").filter(|(_, rest)| rest.contains(" 可分 ")) {
        return Some(share(last_number(label).expect("an amount"), divided, &pieces));
    }
    let colon = first.find('：').filter(|_| sentence.contains(" 即 "));
    let (label, formula) = match colon {
        Some(_) => first.split_once("：")?,
        None => first.split_once(" = ")?,
    };
    let value = last_number(label)?;
    if let Some((formula, gross)) = formula.split_once(" → ") {
        assert_eq!(worked_out(formula), number(gross), "{sentence}");
        assert_eq!(withheld(number(gross), &pieces), value, "{sentence}");
    } else {
        assert_eq!(worked_out(formula), value, "{sentence}");
    }
    Some(value)
}

/// What is left when a veto has taken its part.
fn withheld(gross: Number, pieces: &[&str]) -> Number {
    let taken = pieces.iter().find_map(|piece| piece.split_once(" 即 "));
    let Some((before, taken)) = taken else { return gross };
    let portion = before.rsplit_once("扣 ").expect("a portion").1;
    let amount = number(taken.split(' ').next().expect("an amount"));
    let cents = number("0.01");
    assert_eq!(nearest(&(&gross * Calculator::value(portion)), &cents, "half_up"), amount, "{before}");
    let left = gross - amount;
    assert_eq!(Some(&left), taken.rsplit_once(" → ").map(|(_, left)| number(left)).as_ref(), "{taken}");
    left
}

/// What is divided, the weight, the limits, the share with its remainder.
fn share(value: Number, divided: &str, pieces: &[&str]) -> Number {
    let divided = divided.split_once(" 可分 ").expect("what is divided").1;
    // `… = 912827.16，舍到 1.00 为 912827.00 元`
    let (written, total) = match divided.split_once(" 为 ") {
        Some((written, total)) => (written, total),
        None => divided.rsplit_once(' ').and_then(|(rest, _)| Some((rest, rest.rsplit(' ').next()?))).expect("a total"),
    };
    let total = number(total.trim_end_matches(" 元"));
    assert_eq!(worked_out(written), total, "{divided}");
    let weight = pieces.iter().find_map(|piece| piece.strip_prefix("权重 ")).expect("a weight");
    worked_out(weight.split_once('，').map_or(weight, |(own, _)| own));
    let mut got = None;
    for limit in pieces.iter().filter(|piece| piece.starts_with("本行")) {
        let (written, limit) = limit.split_once(" → ").expect("a limit");
        assert_eq!(worked_out(written), number(limit), "{limit}");
    }
    for piece in pieces {
        let Some((formula, exact)) = piece.strip_prefix("份额 ").and_then(|share| share.split_once(" = ")) else {
            continue;
        };
        let (whole, fraction) = exact.split_once(" 又 ").unwrap_or((exact, "0"));
        let mut words = whole.split(' ').chain(fraction.split(' ').skip(1));
        let whole = number(words.next().expect("a whole"));
        let fraction = number(fraction.split(' ').next().expect("a fraction"));
        assert_eq!(Calculator::value(formula), &whole + &fraction, "{piece}");
        let unit = if exact.contains(" 元") { Number::one() } else { number("0.01") };
        let extra = pieces.iter().any(|piece| piece.contains("，得尾差 1 "));
        got = Some((whole + if extra { Number::one() } else { Number::zero() }) * unit);
    }
    let said = pieces.iter().rev().find(|piece| !piece.contains(" 即 ") && piece.contains(" → ")).expect("an amount");
    let said = number(said.rsplit_once(" → ").expect("an amount").1);
    assert!(got.is_none_or(|got| got == said), "{pieces:?}");
    assert_eq!(withheld(said, pieces), value, "{pieces:?}");
    value
}

/// Every sentence of every statement is right, each line's amount is one that was worked out, and the lines add up.
#[test]
fn every_statement_is_worked_out_from_its_sentences() {
    let mut worked = 0;
    for name in PLANS {
        let (plan, data) = (read(name, "plan.json"), read(name, "data.json"));
        let plan = plan_text(plan.as_bytes()).map(|read| read.plan).unwrap_or_else(|_| panic!("{name} is good"));
        let data = read_data(&plan, data.as_bytes()).expect("good data");
        let outcome = calculate(&plan, &data).expect("a result");
        let (explainer, teller) = (Explainer::new(&outcome), Teller::new(&outcome, Language::Chinese));
        for payee in 0..u32::try_from(outcome.totals.as_ref().expect("paid").len()).expect("few") {
            let limits = Limits { depth: 10, ..Limits::default() };
            let page = teller.page(&explainer.statement(payee, limits).expect("explained").expect("paid"));
            let (lines, _) = page.split_once("\n合计 ").unwrap_or_else(|| panic!("no total in\n{page}"));
            let mut open: Option<(&str, Number)> = None;
            let mut sum = Number::zero();
            for line in lines.lines().skip(3) {
                let is_line = line.starts_with(|first: char| first.is_ascii_digit());
                if is_line {
                    assert!(open.is_none(), "{name}: {open:?} is not worked out in\n{page}");
                    let value = last_number(line).expect("an amount");
                    sum += &value;
                    open = Some((line, value));
                } else if line.starts_with("   ") && !line.trim().starts_with("假如") {
                    let sentence = line.trim();
                    let sentence =
                        sentence.strip_prefix('[').and_then(|it| it.split_once("] ")).map_or(sentence, |it| it.1);
                    if let Some(value) = amount(sentence) {
                        worked += 1;
                        open = open.filter(|(_, wanted)| *wanted != value);
                    }
                }
            }
            assert!(open.is_none(), "{name}: {open:?} is not worked out in\n{page}");
            let total = page.lines().find(|line| line.starts_with("合计 ")).expect("a total");
            assert_eq!(last_number(total), Some(sum.clone()), "{page}");
            assert_eq!(worked_out(total.trim_start_matches("合计 ").trim_end_matches(" 元")), sum, "{page}");
        }
    }
    assert!(worked > 1_500, "only {worked} sentences were worked out");
}
