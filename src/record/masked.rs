//! Names as a notice shows them: in part, and told apart only where they must be.

use std::collections::BTreeMap;

/// What of a name is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mask {
    /// Nothing.
    None,
    /// All but the first and the last character; of a name of two the last: 张*某, 张*.
    #[default]
    Middle,
    /// All but the first character: 张**.
    Given,
}

/// The masks by their words.
pub const MASKS: [(&str, Mask); 3] = [("none", Mask::None), ("middle", Mask::Middle), ("given", Mask::Given)];

/// What stands where there is no name.
const NAMELESS: &str = "（未填姓名）";

impl Mask {
    /// A name as it is shown. What is only there to space it (张　三) does not count, else it would be masked in the name's stead.
    pub fn shown(self, name: &str) -> String {
        if self == Mask::None && !name.trim().is_empty() {
            return name.trim().to_owned();
        }
        let is_space = |letter: &char| letter.is_whitespace() || ('\u{200b}'..='\u{200f}').contains(letter);
        let letters: Vec<char> = name.chars().filter(|letter| !is_space(letter) && *letter != '\u{feff}').collect();
        let last = letters.len().saturating_sub(1);
        let hides = |place: usize| place > 0 && (self == Mask::Given || place < last || last == 1);
        match letters.len() {
            0 => NAMELESS.to_owned(),
            // The first character of one is all of it.
            1 => "*".to_owned(),
            _ => letters.iter().enumerate().map(|(place, letter)| if hides(place) { '*' } else { *letter }).collect(),
        }
    }
}

/// The names of a school's payees as they are shown. Where several look the same each has the shortest end of its id by which
/// they differ: （尾号 23）.
pub fn shown(mask: Mask, payees: &[(String, Option<String>)]) -> Vec<String> {
    let names: Vec<String> = payees.iter().map(|(_, name)| mask.shown(name.as_deref().unwrap_or_default())).collect();
    let mut same: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, (id, _)) in names.iter().zip(payees) {
        same.entry(name).or_default().push(id);
    }
    let lengths: BTreeMap<&str, usize> = same.into_iter().map(|(name, ids)| (name, shortest(&ids))).collect();
    let told = |(name, (id, _)): (&String, &(String, Option<String>))| match lengths.get(name.as_str()) {
        None | Some(0) => name.clone(),
        Some(length) => format!("{name}（尾号 {}）", tail(id, *length)),
    };
    names.iter().zip(payees).map(told).collect()
}

/// How many characters of the ends of these ids differ at least; 0 of one.
fn shortest(ids: &[&str]) -> usize {
    let longest = ids.iter().map(|id| id.chars().count()).max().unwrap_or_default();
    let differ = |length: &usize| {
        let mut tails: Vec<&str> = ids.iter().map(|id| tail(id, *length)).collect();
        tails.sort_unstable();
        tails.windows(2).all(|pair| pair.first() != pair.last())
    };
    if ids.len() < 2 { 0 } else { (1..longest).find(differ).unwrap_or(longest) }
}

/// The last characters of an id.
fn tail(id: &str, length: usize) -> &str {
    let from = id.chars().count().saturating_sub(length);
    id.char_indices().nth(from).and_then(|(at, _)| id.get(at..)).unwrap_or_default()
}
