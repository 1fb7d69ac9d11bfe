//! Who may act: tokens with their roles.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

use super::{Act, Actor, Refused};
use crate::store::people::{Bureau, Token, add_bureau, add_token, good_token, revoke_token, token};
use crate::store::rosters::Scope;
use crate::store::{self, Conn, after, audit, new_id, now};
use crate::wire::canonical;
use crate::wire::json::{self, Json, text};

/// What every token begins with, so that one that is found where it should not be is known for what it is.
const BRAND: &str = "fenpei_";
/// How many characters of a token name it.
const NAMED: usize = BRAND.len() + 8;
/// The most schools of one accountant.
pub const MOST_SCHOOLS: usize = 1_000;
/// How long a token is good where nobody says otherwise.
pub const GOOD_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The finance office: plans, rosters, runs.
    Officer,
    /// Approves and releases.
    Approver,
    /// Of one or more schools: their rosters and runs.
    Accountant,
    /// A machine that reads what is released.
    Payroll,
    /// Reads everything of the bureau, and the audit trail.
    Auditor,
    /// Tokens and webhooks; sees no pay.
    Operator,
}

/// All roles with their words and their names for people.
pub const ROLES: [(Role, &str, &str); 6] = [
    (Role::Officer, "officer", "经办人员"),
    (Role::Approver, "approver", "审批人员"),
    (Role::Accountant, "accountant", "学校会计"),
    (Role::Payroll, "payroll", "工资系统"),
    (Role::Auditor, "auditor", "审计人员"),
    (Role::Operator, "operator", "系统管理员"),
];

impl Role {
    /// The role of a word.
    pub fn parse(word: &str) -> Option<Role> {
        ROLES.iter().find(|(_, known, _)| *known == word).map(|(role, _, _)| *role)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        ROLES.iter().find(|(role, _, _)| *role == self).map_or("", |(_, word, _)| word)
    }
}

/// Somebody with a good token.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token.
    pub token: Token,
    /// What it may do.
    pub role: Role,
    /// The schools of an accountant.
    pub schools: Vec<String>,
}

impl Caller {
    /// Who acts with this token.
    pub fn actor(&self, request_id: Option<String>) -> Actor {
        Actor {
            bureau_id: self.token.bureau_id.clone(),
            subject: self.token.subject.clone(),
            token_id: Some(self.token.id.clone()),
            request_id,
        }
    }

    /// What of the bureau's rosters and runs it may see.
    pub fn scope(&self) -> Scope<'_> {
        if self.role == Role::Accountant { Scope::Schools(&self.schools) } else { Scope::Bureau }
    }
}

/// Who has this token, if it is good.
///
/// # Errors
/// The store's own.
pub fn caller(conn: &mut Conn, secret: &str) -> Result<Option<Caller>, store::Error> {
    let Some(prefix) = secret.get(..NAMED).filter(|prefix| prefix.starts_with(BRAND)) else { return Ok(None) };
    let Some(token) = good_token(conn, prefix)? else { return Ok(None) };
    // What differs must not be told by how long it takes to find out.
    if !bool::from(sha256(secret).as_bytes().ct_eq(token.sha256.as_bytes())) {
        return Ok(None);
    }
    let Some(role) = Role::parse(&token.role) else { return Ok(None) };
    Ok(Some(Caller { role, schools: schools(&token), token }))
}

/// The ids of the schools of a token.
pub fn schools(token: &Token) -> Vec<String> {
    let list = json::read(token.schools.as_bytes()).unwrap_or(Json::Null);
    list.items().unwrap_or_default().iter().filter_map(Json::text).map(str::to_owned).collect()
}

/// Whether a text has the form of a token.
pub fn is_token(secret: &str) -> bool {
    secret.starts_with(BRAND) && secret.len() < 128 && secret.bytes().all(|byte| byte.is_ascii_graphic())
}

fn sha256(secret: &str) -> String {
    canonical::fingerprint(|out| out.write_all(secret.as_bytes()))
}

/// A text that people know somebody or something by: 1 to `most` characters, none of which is invisible, no space at its
/// ends; in NFC, so that what looks the same is the same. None where it is no such text.
pub fn known_by(text: &str, most: usize) -> Option<String> {
    let is_good = |letter: char| !letter.is_control() && !INVISIBLE.iter().any(|range| range.contains(&letter));
    let text: String = text.nfc().collect();
    let fits = (1..=most).contains(&text.chars().count()) && text.trim() == text && text.chars().all(is_good);
    fits.then_some(text)
}

/// Characters that are there without being seen: Unicode's Default_Ignorable_Code_Point, and what only formats.
const INVISIBLE: [std::ops::RangeInclusive<char>; 16] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Whether two subjects are one person: capitals and full-width letters make no difference.
pub fn same_person(one: &str, other: &str) -> bool {
    let key = |subject: &str| subject.nfkc().collect::<String>().to_lowercase();
    key(one) == key(other)
}

/// What a new token is to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Who acts with it.
    pub subject: String,
    /// Its role.
    pub role: Role,
    /// The schools of an accountant.
    pub schools: Vec<String>,
    /// How long it is good.
    pub good_for: Duration,
}

/// Makes a token: what is on record of it, and the token itself, which is shown once and never again.
///
/// # Errors
/// The store's own.
pub fn make_token(act: &mut Act<'_>, new: &NewToken) -> Result<(Token, String), Refused> {
    let mut random = [0; 40];
    getrandom::fill(&mut random).map_err(|error| store::Error::Broken(error.to_string()))?;
    let (name, secret) = random.split_at(8);
    // Small letters and digits: a name is read out and compared by people.
    let letters = |byte: &u8| char::from_digit(u32::from(byte % 32), 36);
    let name: String = name.iter().filter_map(letters).collect();
    let secret = format!("{BRAND}{name}_{}", URL_SAFE_NO_PAD.encode(secret));
    let token = Token {
        id: new_id(),
        bureau_id: act.actor.bureau_id.clone(),
        subject: new.subject.clone(),
        role: new.role.word().to_owned(),
        schools: canonical::text(&Json::List(new.schools.iter().map(|school| text(school)).collect())),
        prefix: secret.get(..NAMED).unwrap_or_default().to_owned(),
        sha256: sha256(&secret),
        created_at: now(),
        created_by: act.actor.subject.clone(),
        expires_at: after(new.good_for),
        revoked_at: None,
    };
    add_token(act.conn, &token)?;
    let days = new.good_for.as_secs() / (24 * 60 * 60);
    let detail = format!("{}: {} {}, {days} d", token.subject, token.role, token.schools);
    act.log("token.created", ("token", &token.id), Some(&detail), None, None)?;
    Ok((token, secret))
}

/// Revokes a token of the bureau; one that is revoked already stays so.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn revoke(act: &mut Act<'_>, id: &str) -> Result<Token, Refused> {
    let bureau = &act.actor.bureau_id;
    let token = token(act.conn, bureau, id)?.ok_or(Refused::NotFound)?;
    if token.revoked_at.is_some() {
        return Ok(token);
    }
    let token = revoke_token(act.conn, bureau, id)?.ok_or(Refused::NotFound)?;
    act.log("token.revoked", ("token", id), None, None, None)?;
    Ok(token)
}

/// Makes a bureau, whose trail begins with that; gives what acts for it go on with.
///
/// # Errors
/// The store's own.
pub fn make_bureau<'c>(conn: &'c mut Conn, actor: &'c mut Actor, name: &str) -> Result<Act<'c>, Refused> {
    let bureau = Bureau {
        id: new_id(),
        name: name.to_owned(),
        created_at: now(),
        audit_count: 0,
        audit_head: audit::NOTHING.to_owned(),
    };
    add_bureau(conn, &bureau)?;
    actor.bureau_id.clone_from(&bureau.id);
    let mut act = Act::begin(conn, actor)?;
    act.log("bureau.created", ("bureau", &bureau.id), Some(name), None, None)?;
    Ok(act)
}
