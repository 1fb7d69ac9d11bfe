//! `fenpei token create|list|revoke`: for operators on the machine, who need no token themselves.

use std::io::{self, Write};
use std::time::Duration;

use clap::{Args, Subcommand};

use super::serve::Database;
use super::{Done, Ended, WrongUse};
use crate::plan::is_id;
use crate::record::people::{self, MOST_SCHOOLS, NewToken, ROLES, Role};
use crate::record::{Actor, Refused, act};
use crate::store::people::{Bureau, bureaus, tokens};
use crate::store::{self, Store};

#[derive(Subcommand)]
pub(super) enum Token {
    /// Make a token and print it, this once
    Create(Create),
    /// List the tokens of a bureau, without their secrets
    List(List),
    /// Revoke a token at once
    Revoke(Revoke),
}

#[derive(Args)]
pub(super) struct Create {
    /// Who acts with it; all tokens of one person must say the same
    #[arg(long)]
    subject: String,
    /// officer, approver, accountant, payroll, auditor or operator
    #[arg(long, value_parser = role)]
    role: Role,
    /// The id of a school of an accountant; may be given more than once
    #[arg(long = "school", value_name = "ID", required_if_eq("role", "accountant"))]
    schools: Vec<String>,
    /// For how many days it is good
    #[arg(long, default_value = "365", value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Make a new bureau of this name, and the token for it
    #[arg(long, value_name = "NAME", conflicts_with = "bureau")]
    new_bureau: Option<String>,
    #[command(flatten)]
    of: OfBureau,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    of: OfBureau,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// The id of the token
    id: String,
    #[command(flatten)]
    of: OfBureau,
}

#[derive(Args)]
struct OfBureau {
    /// The id of the bureau, where there is more than one
    #[arg(long, value_name = "ID")]
    bureau: Option<String>,
    #[command(flatten)]
    database: Database,
}

/// A name that people know somebody or something by.
fn known(name: &str) -> Result<String, WrongUse> {
    let wrong = || WrongUse(format!("{name:?}: 1 to 100 visible characters, no space at the ends"));
    people::known_by(name, 100).ok_or_else(wrong)
}

/// The role of a word.
fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("one of {}", ROLES.map(|(_, word, _)| word).join(", ")))
}

impl From<store::Error> for WrongUse {
    fn from(error: store::Error) -> WrongUse {
        WrongUse(error.to_string())
    }
}

impl From<Refused> for WrongUse {
    fn from(refused: Refused) -> WrongUse {
        WrongUse(refused.to_string())
    }
}

impl OfBureau {
    /// The bureau that is meant.
    fn bureau(&self, store: &Store) -> Result<Bureau, WrongUse> {
        let all = store.read(bureaus)?;
        let listed = || all.iter().map(|bureau| format!("\n  {} {}", bureau.id, bureau.name)).collect::<String>();
        match (&self.bureau, all.as_slice()) {
            (Some(id), all) => {
                let found = all.iter().find(|bureau| bureau.id == *id).cloned();
                found.ok_or_else(|| WrongUse(format!("{id}: no such bureau; there are:{}", listed())))
            }
            (None, [one]) => Ok(one.clone()),
            (None, []) => Err(WrongUse("there is no bureau yet; make one with --new-bureau NAME".to_owned())),
            (None, _) => Err(WrongUse(format!("say which bureau with --bureau ID:{}", listed()))),
        }
    }
}

impl Token {
    pub(super) fn run(&self) -> Ended {
        match self {
            Token::Create(create) => create.run(),
            Token::List(list) => list.run(),
            Token::Revoke(revoke) => revoke.run(),
        }
    }
}

impl Create {
    fn run(&self) -> Ended {
        let database = &self.of.database;
        let store = if self.new_bureau.is_some() { database.open()? } else { database.open_existing()? };
        let role = self.role;
        if role != Role::Accountant && !self.schools.is_empty() {
            return Err(WrongUse("--school is for accountants".to_owned()).into());
        }
        let subject = known(&self.subject)?;
        if let Some(school) = self.schools.iter().find(|school| !is_id(school)) {
            return Err(WrongUse(format!("--school {school:?}: an id has 1 to 64 characters")).into());
        }
        if self.schools.len() > MOST_SCHOOLS {
            return Err(WrongUse(format!("--school: at most {MOST_SCHOOLS}")).into());
        }
        let good_for = Duration::from_secs(24 * 60 * 60).saturating_mul(self.days);
        let new = NewToken { subject, role, schools: self.schools.clone(), good_for };
        let (bureau, made) = match &self.new_bureau {
            Some(name) => {
                let name = known(name)?;
                let made = store.write(|conn| {
                    let mut actor = Actor::machine("");
                    people::make_token(&mut people::make_bureau(conn, &mut actor, &name)?, &new)
                });
                (name, made)
            }
            None => {
                let bureau = self.of.bureau(&store)?;
                (bureau.name, act(&store, &Actor::machine(&bureau.id), |act| people::make_token(act, &new)))
            }
        };
        let (token, secret) = made.map_err(WrongUse::from)?;
        let mut out = io::stdout().lock();
        writeln!(out, "{secret}")?;
        writeln!(out, "{} {} {} of {} until {}", token.id, token.role, token.subject, bureau, token.expires_at)?;
        Ok(Done::Well)
    }
}

impl List {
    fn run(&self) -> Ended {
        let store = self.of.database.open_existing()?;
        let bureau = self.of.bureau(&store)?;
        let all = store.read(|conn| tokens(conn, &bureau.id, None, i64::MAX)).map_err(WrongUse::from)?;
        let mut out = io::stdout().lock();
        for token in all {
            let end = token.revoked_at.map_or(format!("until {}", token.expires_at), |at| format!("revoked {at}"));
            writeln!(out, "{} {} {:<10} {} {end}", token.id, token.prefix, token.role, token.subject)?;
        }
        Ok(Done::Well)
    }
}

impl Revoke {
    fn run(&self) -> Ended {
        let store = self.of.database.open_existing()?;
        let bureau = self.of.bureau(&store)?;
        act(&store, &Actor::machine(&bureau.id), |act| people::revoke(act, &self.id)).map_err(
            |refused| match refused {
                Refused::NotFound => WrongUse(format!("{}: no such token that is not revoked", self.id)),
                refused => refused.into(),
            },
        )?;
        Ok(Done::Well)
    }
}
