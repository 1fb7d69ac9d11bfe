//! Whatever the texts are, the program answers with a result or a refusal, and never panics.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::cases;
use crate::config;
use crate::engine;
use crate::generate::Dice;

/// Plans and data of the conformance cases, as texts.
fn seeds() -> &'static [(String, String)] {
    static SEEDS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    SEEDS.get_or_init(|| cases::all().into_iter().map(|case| (case.plan, case.data)).collect())
}

const PIECES: [&str; 34] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "-",
    "0",
    "9",
    ".",
    "e5",
    "null",
    "true",
    "\\u0000",
    "\\ud800",
    "（",
    "％",
    "“",
    "@",
    "%%",
    "))",
    "((((((((",
    "00000000000000000000000000000",
    "9999999999999999999999999999",
    " / 0",
    " = ",
    "left(",
    "sum(",
    "if(",
    "\u{301}",
    "\u{feff}",
    "isblank(",
    "-1",
];

/// One change of a text: pieces put in, taken out, doubled or moved.
fn mutated(text: &str, dice: &mut Dice) -> String {
    let mut signs: Vec<char> = text.chars().collect();
    let place = dice.pick(signs.len() + 1);
    let length = (1 + dice.pick(12)).min(signs.len() - place);
    match dice.pick(5) {
        0 => {
            let piece = dice.one(&PIECES);
            signs.splice(place..place, piece.chars());
        }
        1 => {
            signs.drain(place..place + length);
        }
        2 => {
            let copy: Vec<char> = signs[place..place + length].to_vec();
            let to = dice.pick(signs.len() + 1);
            signs.splice(to..to, copy);
        }
        3 => {
            let piece = dice.one(&PIECES);
            signs.splice(place..place + length, piece.chars());
        }
        _ => {
            let other = dice.pick(signs.len().max(1));
            if place < signs.len() && other < signs.len() {
                signs.swap(place, other);
            }
        }
    }
    signs.into_iter().collect()
}

/// Every leaf of a document, to be changed where it stands.
fn leaves<'j>(json: &'j mut Json, found: &mut Vec<&'j mut Json>) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| leaves(item, found)),
        Json::Object(entries) => entries.values_mut().for_each(|item| leaves(item, found)),
        leaf => found.push(leaf),
    }
}

/// Changes that keep the text JSON, and so reach further: a leaf becomes another leaf, is changed inside, or goes.
fn changed(text: &str, dice: &mut Dice) -> String {
    let Ok(mut json) = serde_json::from_str::<Json>(text) else { return mutated(text, dice) };
    let mut found = Vec::new();
    leaves(&mut json, &mut found);
    if found.is_empty() {
        return mutated(text, dice);
    }
    for _ in 0..1 + dice.pick(3) {
        let from = dice.pick(found.len());
        let to = dice.pick(found.len());
        let value = found[from].clone();
        *found[to] = match (dice.pick(4), value) {
            (0, Json::String(text)) => Json::String(mutated(&text, dice)),
            (1, _) => dice.one(&[
                Json::Null,
                Json::from("0"),
                Json::from("-0.01"),
                Json::from("999999999999999.99"),
                Json::from(""),
                Json::Bool(true),
            ]),
            (_, value) => value,
        };
    }
    json.to_string()
}

fn answers(plan: &str, data: &str) {
    let answer = engine::json(plan, data, false);
    match answer["errors"].as_array() {
        Some(errors) => assert!(!errors.is_empty(), "a refusal without an error"),
        None => assert_eq!(answer["balance"]["balanced"], true, "neither a result nor a refusal"),
    }
}

proptest! {
    #![proptest_config(config(3_000, 80))]

    #[test]
    fn no_input_panics(seed in any::<prop::sample::Index>(), words in proptest::collection::vec(any::<u32>(), 40)) {
        let (plan, data) = seed.get(seeds());
        let mut dice = Dice::new(words);
        let how = dice.pick(6);
        let change = |text: &str, dice: &mut Dice| if how < 4 { changed(text, dice) } else { mutated(text, dice) };
        let plan = if how.is_multiple_of(3) { plan.clone() } else { change(plan, &mut dice) };
        let data = if how % 3 == 1 { data.clone() } else { change(data, &mut dice) };
        answers(&plan, &data);
    }

    #[test]
    fn no_text_panics(plan in ".{0,60}", data in ".{0,60}") {
        answers(&plan, &data);
        let (sound, _) = &seeds()[0];
        answers(sound, &data);
    }
}
