//! The hand that reads one object of a plan: it takes the keys it is asked for, and what nobody asked for is unknown.
//!
//! What is missing or malformed is reported and something empty stands in for it, so that one pass finds every fault;
//! a document with a fault is refused as a whole, so no stand-in is ever used.

use std::borrow::Cow;

use crate::exact::{Decimal, Number};
use crate::plan::document::Heading;
use crate::plan::{Code, Fault, Faults};
use crate::wire::json::Json;

/// The longest piece of a source that a message repeats, in characters.
const QUOTED: usize = 40;

/// The most words that a message lists.
const LISTED_WORDS: usize = 8;

/// The words a key may have, with what they mean.
pub(super) type Words<'w, T> = &'w [(&'static str, T)];

/// One object of the plan.
pub(super) struct Element<'f, 'j> {
    /// Its JSON pointer.
    pub(super) at: String,
    /// Where its faults go.
    pub(super) faults: &'f mut Faults,
    entries: &'j [(Cow<'j, str>, Json<'j>)],
    asked: Vec<&'static str>,
    /// Whether its kind is unknown, so that nothing can be said of its keys.
    silent: bool,
}

/// Reads an object: its keys by `read`, then those that `read` did not ask for are unknown. None where it is no object.
pub(super) fn within<'j, T>(
    json: &'j Json<'j>,
    at: String,
    faults: &mut Faults,
    read: impl FnOnce(&mut Element<'_, 'j>) -> T,
) -> Option<T> {
    let Some(entries) = json.entries() else {
        faults.add(Fault::plan(Code::WrongType, at).got(json.kind()).wanted("object"));
        return None;
    };
    let mut element = Element { at, faults, entries, asked: Vec::new(), silent: false };
    let value = read(&mut element);
    element.close();
    Some(value)
}

/// How a message shows what was found.
pub(super) fn shown(json: &Json<'_>) -> String {
    let (text, quote) = match json {
        Json::Text(text) => (text.as_ref(), "\""),
        Json::Number(source) => (source.as_ref(), ""),
        Json::Flag(true) => ("true", ""),
        Json::Flag(false) => ("false", ""),
        Json::Null | Json::List(_) | Json::Object(_) => (json.kind(), ""),
    };
    let cut: String = text.chars().take(QUOTED).collect();
    let rest = if cut.len() < text.len() { "…" } else { "" };
    format!("{quote}{cut}{rest}{quote}")
}

/// A fault at a value, with what was found: its kind where it is of another kind than wanted.
pub(super) fn wrong(code: Code, at: String, json: &Json<'_>, wanted: &str) -> Fault {
    let got = if code == Code::WrongType { json.kind().to_owned() } else { shown(json) };
    let fault = Fault::plan(code, at).got(got);
    if wanted.is_empty() { fault } else { fault.wanted(wanted) }
}

impl<'j> Element<'_, 'j> {
    /// Reports every key that was not asked for.
    fn close(self) {
        if self.silent {
            return;
        }
        let absent: Vec<&str> = self.asked.iter().copied().filter(|asked| !self.has(asked)).collect();
        for (key, _) in self.entries {
            if !self.asked.iter().any(|asked| asked == key) {
                let at = format!("{}/{}", self.at, key.replace('~', "~0").replace('/', "~1"));
                self.faults.add(Fault::plan(Code::UnknownKey, at).near(key, absent.iter().copied()));
            }
        }
    }

    /// Says nothing more of this object's keys.
    pub(super) fn be_silent(&mut self) {
        self.silent = true;
    }

    /// The pointer of a key.
    pub(super) fn pointer(&self, key: &str) -> String {
        format!("{}/{key}", self.at)
    }

    /// Whether the key is there, without asking for it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(known, _)| known == key)
    }

    /// Asks for a key that cannot be judged, because what decides about it is faulty.
    pub(super) fn pass(&mut self, keys: &[&'static str]) {
        self.asked.extend_from_slice(keys);
    }

    /// The value of a key that may be absent.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'j Json<'j>> {
        self.asked.push(key);
        self.entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The value of a key that must be there.
    pub(super) fn required(&mut self, key: &'static str) -> Option<&'j Json<'j>> {
        let value = self.get(key);
        if value.is_none() {
            self.fault(Code::MissingKey, key);
        }
        value
    }

    /// Reports a fault at a key.
    pub(super) fn fault(&mut self, code: Code, key: &str) {
        self.faults.add(Fault::plan(code, self.pointer(key)));
    }

    /// Reports a fault at a value of a key, or inside it (`key` is then a path).
    pub(super) fn wrong(&mut self, code: Code, key: &str, json: &Json<'_>, wanted: &str) {
        self.faults.add(wrong(code, self.pointer(key), json, wanted));
    }

    /// The characters of a text at a key, or inside it.
    pub(super) fn as_text(&mut self, key: &str, json: &'j Json<'j>) -> Option<&'j str> {
        let text = json.text();
        if text.is_none() {
            self.wrong(Code::WrongType, key, json, "text");
        }
        text
    }

    /// A text that must be there; it may be empty.
    pub(super) fn text(&mut self, key: &'static str) -> String {
        let json = self.required(key);
        json.and_then(|json| self.as_text(key, json)).unwrap_or_default().to_owned()
    }

    /// A text that may be absent, and may be empty.
    pub(super) fn maybe_text(&mut self, key: &'static str) -> Option<String> {
        let json = self.get(key)?;
        self.as_text(key, json).map(str::to_owned)
    }

    /// A text that must be there and say something.
    pub(super) fn full_text(&mut self, key: &'static str) -> String {
        let text = self.required(key).and_then(|json| self.as_text(key, json));
        if text == Some("") {
            self.fault(Code::BadValue, key);
        }
        text.unwrap_or_default().to_owned()
    }

    /// A text that may be absent, but says something where it is there.
    pub(super) fn maybe_full_text(&mut self, key: &'static str) -> Option<String> {
        if self.has(key) {
            return Some(self.full_text(key));
        }
        self.pass(&[key]);
        None
    }

    /// `name`, `label`, `clause`.
    pub(super) fn heading(&mut self) -> Heading {
        Heading { name: self.text("name"), label: self.maybe_full_text("label"), clause: self.maybe_text("clause") }
    }

    /// A flag; false where absent.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        let Some(json) = self.get(key) else { return false };
        if json.flag().is_none() {
            self.wrong(Code::WrongType, key, json, "flag");
        }
        json.flag().unwrap_or_default()
    }

    /// A decimal at a key, or inside it.
    pub(super) fn as_decimal(&mut self, key: &str, json: &Json<'_>) -> Option<Decimal> {
        match json.decimal() {
            Ok(decimal) => Some(decimal),
            Err(code) => {
                self.wrong(code, key, json, if code == Code::WrongType { "decimal" } else { "" });
                None
            }
        }
    }

    /// A decimal that must be there; none where it is faulty.
    pub(super) fn number(&mut self, key: &'static str) -> Option<Number> {
        let json = self.required(key)?;
        self.as_decimal(key, json).map(|decimal| decimal.number().clone())
    }

    /// A decimal that may be absent.
    pub(super) fn maybe_number(&mut self, key: &'static str) -> Option<Number> {
        let json = self.get(key)?;
        self.as_decimal(key, json).map(|decimal| decimal.number().clone())
    }

    /// What a word at a key, or inside it, means.
    pub(super) fn as_word<T: Copy>(&mut self, key: &str, json: &'j Json<'j>, words: Words<'_, T>) -> Option<T> {
        let text = self.as_text(key, json)?;
        let meaning = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if meaning.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            // A long list of words would hide what is said.
            let wanted = if known.len() <= LISTED_WORDS { known.join(", ") } else { String::new() };
            let fault = wrong(Code::BadValue, self.pointer(key), json, &wanted);
            self.faults.add(fault.near(text, known));
        }
        meaning
    }

    /// A word that must be there; none where it is faulty.
    pub(super) fn word<T: Copy>(&mut self, key: &'static str, words: Words<'_, T>) -> Option<T> {
        let json = self.required(key)?;
        self.as_word(key, json, words)
    }

    /// A word, or what its absence means; none where it is faulty.
    pub(super) fn word_or<T: Copy>(&mut self, key: &'static str, words: Words<'_, T>, absent: T) -> Option<T> {
        match self.get(key) {
            Some(json) => self.as_word(key, json, words),
            None => Some(absent),
        }
    }

    /// The items of a list at a key.
    pub(super) fn as_list(&mut self, key: &str, json: &'j Json<'j>) -> Option<&'j [Json<'j>]> {
        let items = json.items();
        if items.is_none() {
            self.wrong(Code::WrongType, key, json, "list");
        }
        items
    }

    /// A list that must be there; none where it is faulty.
    pub(super) fn list(&mut self, key: &'static str) -> Option<&'j [Json<'j>]> {
        let json = self.required(key)?;
        self.as_list(key, json)
    }

    /// A list that must be there and hold something; none where it is faulty.
    pub(super) fn full_list(&mut self, key: &'static str) -> Option<&'j [Json<'j>]> {
        let items = self.list(key)?;
        if items.is_empty() {
            self.fault(Code::BadValue, key);
            return None;
        }
        Some(items)
    }

    /// A list that may be absent: empty then, and where it is faulty.
    pub(super) fn maybe_list(&mut self, key: &'static str) -> &'j [Json<'j>] {
        let json = self.get(key);
        json.and_then(|json| self.as_list(key, json)).unwrap_or_default()
    }

    /// The texts of a list at a key.
    pub(super) fn as_texts(&mut self, key: &str, items: &'j [Json<'j>]) -> Vec<String> {
        let texts = items.iter().enumerate();
        texts.filter_map(|(index, json)| self.as_text(&format!("{key}/{index}"), json)).map(str::to_owned).collect()
    }

    /// A list of texts that may be absent.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let items = self.maybe_list(key);
        self.as_texts(key, items)
    }

    /// A list of texts that must be there, hold something, nothing empty and nothing twice; none where it is faulty.
    pub(super) fn choices(&mut self, key: &'static str) -> Option<Vec<String>> {
        let items = self.full_list(key)?;
        let mut seen = std::collections::HashSet::new();
        for (index, json) in items.iter().enumerate() {
            if json.text().is_some_and(|text| text.is_empty() || !seen.insert(text)) {
                self.wrong(Code::BadChoices, &format!("{key}/{index}"), json, "");
            }
        }
        Some(self.as_texts(key, items))
    }

    /// Reads an object at a key.
    pub(super) fn element<T>(
        &mut self,
        key: &'static str,
        json: &'j Json<'j>,
        read: impl FnOnce(&mut Element<'_, 'j>) -> T,
    ) -> Option<T> {
        within(json, self.pointer(key), self.faults, read)
    }

    /// Reads the objects of a list; those that are no objects are left out.
    pub(super) fn elements<T>(
        &mut self,
        key: &'static str,
        items: &'j [Json<'j>],
        mut read: impl FnMut(&mut Element<'_, 'j>, usize) -> T,
    ) -> Vec<T> {
        let mut values = Vec::with_capacity(items.len());
        for (index, json) in items.iter().enumerate() {
            let at = format!("{}/{key}/{index}", self.at);
            values.extend(within(json, at, self.faults, |element| read(element, index)));
        }
        values
    }
}
