//! JSON as it is read: numbers stay texts, strings are brought to NFC, a key that stands twice is refused
//! (`plan-language.md` §1). Texts without escapes are borrowed from the source, so large data cost little.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use jiter::{Jiter, JiterError, Peek};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::exact::Decimal;
use crate::plan::{Code, Detail, Fault, Place, Written};

/// The deepest nesting of lists and objects that is read: it bounds the reader's own recursion.
pub const DEEPEST: usize = 128;

/// Up to this many keys are compared one by one; more are looked up by their hashes.
const FEW_KEYS: usize = 16;

/// A JSON value of a source text.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// A number as it is written: it never becomes a binary float.
    Number(Cow<'a, str>),
    /// A string in NFC.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Json<'a>>),
    /// An object: its keys in NFC, each once, in the order of the document.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The value of a key; none where there is no such key or this is no object.
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.entries()?.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The keys and values of an object.
    pub fn entries(&self) -> Option<&[(Cow<'a, str>, Json<'a>)]> {
        match self {
            Json::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<&[Json<'a>]> {
        match self {
            Json::List(items) => Some(items),
            _ => None,
        }
    }

    /// The characters of a text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a flag.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Json::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The decimal that a text or an integer writes.
    ///
    /// # Errors
    /// [`Code::WrongType`], [`Code::FloatRefused`] or [`Code::BadDecimal`].
    pub fn decimal(&self) -> Result<Decimal, Code> {
        let text = match self {
            Json::Number(text) | Json::Text(text) => text,
            _ => return Err(Code::WrongType),
        };
        if self.written().is_float() {
            return Err(Code::FloatRefused);
        }
        Decimal::parse(text).map_err(|_| Code::BadDecimal)
    }

    /// The fault of a number that is not the integer wanted: a fraction or exponent has lost its value before that.
    pub fn integer_fault(&self, otherwise: Code) -> Code {
        if self.written().is_float() { Code::FloatRefused } else { otherwise }
    }

    /// The value as the facts read it.
    pub fn written(&self) -> Written<'_> {
        match self {
            Json::Flag(flag) => Written::Flag(*flag),
            Json::Number(text) => Written::Number(text),
            Json::Text(text) => Written::Text(text),
            Json::Null | Json::List(_) | Json::Object(_) => Written::Other(self.kind()),
        }
    }

    /// The word for its kind: `object`, `list`, `text`, `number`, `flag`, `null`.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Flag(_) => "flag",
            Json::Number(_) => "number",
            Json::Text(_) => "text",
            Json::List(_) => "list",
            Json::Object(_) => "object",
        }
    }
}

/// A text as JSON.
pub fn text(text: &str) -> Json<'static> {
    Json::Text(Cow::Owned(text.to_owned()))
}

/// A whole number as JSON.
pub fn number(number: usize) -> Json<'static> {
    Json::Number(Cow::Owned(number.to_string()))
}

/// An object with its keys in this order.
pub fn object<'a>(entries: impl IntoIterator<Item = (&'static str, Json<'a>)>) -> Json<'a> {
    Json::Object(entries.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

/// Why a text is no JSON of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// [`Code::BadJson`] or [`Code::DuplicateKey`].
    pub code: Code,
    /// The reader's own words.
    pub reason: String,
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
}

impl Unreadable {
    /// The fault of a text that is read for a place.
    pub fn fault(self, place: Place) -> Fault {
        Fault::at(self.code, place).with(Detail::Reader(self.to_string()))
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

/// Reads a whole text.
///
/// # Errors
/// [`Unreadable`]: no UTF-8, no JSON, U+0000, half a surrogate pair, nested deeper than [`DEEPEST`], a key twice.
pub fn read(bytes: &[u8]) -> Result<Json<'_>, Unreadable> {
    // The whole text is judged once, so that slices of it need not be judged again.
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Stop::bad("the text is not UTF-8", error.valid_up_to()).at_line(bytes))?;
    if text.starts_with('\u{feff}') {
        return Err(Stop::bad("the text begins with a byte order mark: save it as UTF-8 without one", 0).at_line(bytes));
    }
    Reader { text, jiter: Jiter::new(bytes), duplicate: None }.whole().map_err(|stop| stop.at_line(bytes))
}

/// The bytes of the node that a JSON pointer names: of a key, its value. None where there is no such node.
pub fn span(text: &str, pointer: &str) -> Option<Range<usize>> {
    let mut jiter = Jiter::new(text.as_bytes());
    let mut peek = jiter.peek().ok()?;
    if !pointer.is_empty() {
        for token in pointer.strip_prefix('/')?.split('/') {
            let token = token.replace("~1", "/").replace("~0", "~");
            peek = match peek {
                Peek::Object => member(&mut jiter, &token)?,
                Peek::Array => item(&mut jiter, token.parse().ok()?)?,
                _ => return None,
            };
        }
    }
    let start = jiter.current_index();
    jiter.known_skip(peek).ok()?;
    Some(start..jiter.current_index())
}

/// Goes to the value of a key.
fn member(jiter: &mut Jiter<'_>, wanted: &str) -> Option<Peek> {
    let mut found = jiter.known_object().ok()?.map(|key| key.nfc().eq(wanted.chars()));
    while let Some(here) = found {
        let peek = jiter.peek().ok()?;
        if here {
            return Some(peek);
        }
        jiter.known_skip(peek).ok()?;
        found = jiter.next_key().ok()?.map(|key| key.nfc().eq(wanted.chars()));
    }
    None
}

/// Goes to an item of a list.
fn item(jiter: &mut Jiter<'_>, wanted: usize) -> Option<Peek> {
    let mut next = jiter.known_array().ok()?;
    for _ in 0..wanted {
        jiter.known_skip(next?).ok()?;
        next = jiter.array_step().ok()?;
    }
    next
}

/// An unreadable place by its byte.
struct Stop {
    code: Code,
    reason: String,
    index: usize,
}

impl Stop {
    fn bad(reason: &str, index: usize) -> Stop {
        Stop { code: Code::BadJson, reason: reason.to_owned(), index }
    }

    /// The same with the line and the character of its byte.
    fn at_line(self, bytes: &[u8]) -> Unreadable {
        let before = bytes.get(..self.index).unwrap_or(bytes);
        let line = before.split(|byte| *byte == b'\n').count();
        let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(last).chars().count() + 1;
        Unreadable { code: self.code, reason: self.reason, line, column }
    }
}

impl From<JiterError> for Stop {
    fn from(error: JiterError) -> Stop {
        Stop::bad(&error.error_type.to_string(), error.index)
    }
}

struct Reader<'a> {
    text: &'a str,
    jiter: Jiter<'a>,
    /// The first key that stands twice. That the text is JSON at all comes before it.
    duplicate: Option<Stop>,
}

impl<'a> Reader<'a> {
    fn whole(&mut self) -> Result<Json<'a>, Stop> {
        let peek = self.jiter.peek()?;
        let json = self.value(peek, 0)?;
        self.jiter.finish()?;
        self.duplicate.take().map_or(Ok(json), Err)
    }

    /// The value that begins here; `depth` lists and objects are open around it.
    fn value(&mut self, peek: Peek, depth: usize) -> Result<Json<'a>, Stop> {
        match peek {
            Peek::String => self.string().map(Json::Text),
            Peek::Null => Ok(self.jiter.known_null().map(|()| Json::Null)?),
            Peek::True | Peek::False => Ok(self.jiter.known_bool(peek).map(Json::Flag)?),
            Peek::Array | Peek::Object if depth >= DEEPEST => {
                let reason = format!("lists and objects are nested deeper than {DEEPEST}");
                Err(Stop::bad(&reason, self.jiter.current_index()))
            }
            Peek::Array => self.list(depth + 1),
            Peek::Object => self.object(depth + 1),
            _ if peek.is_num() => self.number(peek),
            _ => Err(Stop::bad("expected value", self.jiter.current_index())),
        }
    }

    fn number(&mut self, peek: Peek) -> Result<Json<'a>, Stop> {
        let start = self.jiter.current_index();
        self.jiter.known_number_bytes(peek)?;
        Ok(Json::Number(Cow::Borrowed(self.text.get(start..self.jiter.current_index()).unwrap_or_default())))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Stop> {
        let (text, start) = (self.text, self.jiter.current_index());
        taken(text, start, self.jiter.known_str()?).map(|(taken, _)| taken)
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>, Stop> {
        let mut items = Vec::new();
        let mut next = self.jiter.known_array()?;
        while let Some(peek) = next {
            items.push(self.value(peek, depth)?);
            next = self.jiter.array_step()?;
        }
        Ok(Json::List(items))
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, Stop> {
        let mut entries: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        let mut keys = Keys::default();
        let (text, mut start) = (self.text, self.jiter.current_index());
        let mut next = self.jiter.known_object()?.map(|key| taken(text, start, key)).transpose()?;
        while let Some((key, index)) = next {
            // Only the first is told, so nothing is looked up behind it.
            if self.duplicate.is_none() && keys.holds(&entries, &key) {
                let reason = format!("the key {key:?} stands twice");
                self.duplicate = Some(Stop { code: Code::DuplicateKey, reason, index });
            }
            let peek = self.jiter.peek()?;
            entries.push((key, self.value(peek, depth)?));
            start = self.jiter.current_index();
            next = self.jiter.next_key()?.map(|key| taken(text, start, key)).transpose()?;
        }
        Ok(Json::Object(entries))
    }
}

/// The hashes of the keys of an object that has many. They are seeded: a sender cannot make them collide.
#[derive(Default)]
struct Keys {
    seed: Option<RandomState>,
    hashes: HashSet<u64>,
}

impl Keys {
    /// Whether a key is among the entries, which grow by one key after every call.
    fn holds(&mut self, entries: &[(Cow<'_, str>, Json<'_>)], key: &str) -> bool {
        let among = || entries.iter().any(|(known, _)| known == key);
        if entries.len() < FEW_KEYS {
            return among();
        }
        let hashes = &mut self.hashes;
        let seed = self.seed.get_or_insert_with(|| {
            let seed = RandomState::new();
            hashes.extend(entries.iter().map(|(known, _)| seed.hash_one(known.as_ref())));
            seed
        });
        !self.hashes.insert(seed.hash_one(key)) && among()
    }
}

/// The string whose opening quote is the first one from `start`, borrowed where it has no escape, with the place of
/// that quote.
fn taken<'a>(text: &'a str, start: usize, decoded: &str) -> Result<(Cow<'a, str>, usize), Stop> {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let open = start + rest.iter().position(|byte| *byte == b'"').unwrap_or_default();
    let end = open + 1 + decoded.len();
    // An escape is always longer than what it means, so a string that has one does not end here.
    if text.as_bytes().get(end) == Some(&b'"')
        && let Some(raw) = text.get(open + 1..end)
        && raw == decoded
    {
        return Ok((normal(Cow::Borrowed(raw)), open));
    }
    if decoded.contains('\0') {
        return Err(Stop::bad("U+0000 is not allowed in a text", open));
    }
    Ok((normal(Cow::Owned(decoded.to_owned())), open))
}

/// Whether a text has only Latin letters and the common Chinese characters, which are in NFC wherever they stand: no table
/// need be asked. Their first bytes in UTF-8 tell: up to U+02FF, and U+4000 to U+9FFF.
pub fn is_common(text: &str) -> bool {
    text.bytes().fold(true, |common, byte| common & (byte < 0xCC || (0xE4..=0xE9).contains(&byte)))
}

/// The text in NFC.
pub fn normal(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_common(&text) || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text;
    }
    Cow::Owned(text.nfc().collect())
}
