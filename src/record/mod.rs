//! Floor 5: what is on record, and what may be done to it by whom. Each act is one write of the store with its audit entries;
//! runs are calculated by [`worker`], apart from the requests that ask for them.

pub mod adjustments;
pub mod again;
pub mod basis;
pub mod calendars;
pub mod carried;
pub mod cycle_people;
pub mod cycles;
pub mod deliverer;
pub mod differences;
pub mod distributions;
pub mod events;
pub mod example;
pub mod items;
pub mod kept;
pub mod masked;
pub mod notices;
pub mod objections;
pub mod payroll;
pub mod payroll_profiles;
pub mod people;
pub mod plans;
pub mod proof;
pub mod reconciliation;
mod requirements;
pub mod result;
pub mod rosters;
pub mod rows;
pub mod runs;
pub mod settings;
pub mod states;
pub mod unfit;
pub mod verification;
pub mod webhooks;
pub mod worker;

use std::fmt;

use crate::exact::Date;
use crate::plan::Refusal;
use crate::store::audit::{self, Logged, Position};
use crate::store::events::Told;
use crate::store::{self, Conn, Store};
use crate::wire::canonical;

/// Why an act is refused. Nothing of it has happened.
#[derive(Debug)]
pub enum Refused {
    /// There is nothing with this id that the caller may see.
    NotFound,
    /// What the body refers to, at these pointers, is not there.
    UnknownReference(Vec<String>),
    /// A roster has more rows than may be calculated so often, or more schools and groups than are told of so many variants.
    TooMuch {
        /// How many it has.
        parts: usize,
        /// How many it may have.
        most: usize,
    },
    /// The caller may see it but not do this.
    Forbidden,
    /// Who has made it may not approve or release it.
    FourEyes,
    /// It is in this state, in which only these acts are allowed.
    State {
        /// The word of the state.
        state: String,
        /// The words of the acts.
        allowed: Vec<&'static str>,
    },
    /// There is one with this code already.
    Taken,
    /// A run cannot be posted as it is asked for, for these reasons.
    Unnoticeable(Vec<notices::Unnoticeable>),
    /// It is posted until this day, and may be approved after it.
    Posted(Date),
    /// These objections to it are open.
    Objected(Vec<String>),
    /// What the body refers to is there but will not do, for these reasons.
    Unfit(Vec<unfit::Unfit>),
    /// A cycle cannot be opened, or a quota not be distributed, as it is asked for.
    Obstacles(Vec<cycles::Obstacle>),
    /// A cycle cannot be closed: this is what is missing.
    Unproved(Box<proof::Proof>),
    /// Its release would give people more than the cycle allows over all schools.
    OverLimits(Vec<cycle_people::Excess>),
    /// A cycle rests on it.
    Allocated,
    /// What was carried over has been given to another run meanwhile.
    Given,
    /// A run cannot be adjusted now, for this reason.
    Unadjustable(adjustments::Unadjustable),
    /// An adjustment cannot be made as it is asked for, for these reasons.
    Misadjusted(Vec<adjustments::Misadjusted>),
    /// It has changed since the caller read it.
    Stale,
    /// The service has made the plan of another: it is not changed by itself.
    Derived,
    /// The code of a plan never changes.
    OtherCode,
    /// A revision removes what cannot be removed.
    Unremovable(Vec<rosters::Unremovable>),
    /// The bureau has so many webhook endpoints that another is not taken.
    TooManyEndpoints,
    /// So many runs of the bureau wait for their results that another is not taken.
    TooMany,
    /// The plan has faults.
    Plan(Refusal),
    /// The data have faults.
    Data(Refusal),
    /// The store cannot do it.
    Store(store::Error),
}

impl Refused {
    /// What the body refers to at this pointer is not there.
    fn unknown(pointer: &str) -> Refused {
        Refused::UnknownReference(vec![pointer.to_owned()])
    }
}

/// The revision of what is written over as a whole, which had this one before; without revisions it must be new.
fn next_revision(before: Option<i64>, revisions: Option<&[i64]>) -> Result<i64, Refused> {
    match (before, revisions) {
        (None, None) => Ok(1),
        (None, Some(_)) => Err(Refused::NotFound),
        (Some(_), None) => Err(Refused::Taken),
        (Some(before), Some(revisions)) if !revisions.contains(&before) => Err(Refused::Stale),
        (Some(before), Some(_)) => Ok(before + 1),
    }
}

/// SHA-256 of a document as it is kept.
fn document_sha256(document: &str) -> String {
    canonical::fingerprint(|out| out.write_all(document.as_bytes()))
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Refused {
        Refused::Store(error)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Store(error) => write!(out, "{error}"),
            other => write!(out, "{other:?}"),
        }
    }
}

/// Who acts, and how: what an audit entry says of it.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The bureau.
    pub bureau_id: String,
    /// Who.
    pub subject: String,
    /// With which token; none: on the machine itself.
    pub token_id: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
}

impl Actor {
    /// The service itself, or somebody on the machine by a command.
    pub fn machine(bureau: &str) -> Actor {
        Actor { bureau_id: bureau.to_owned(), subject: "fenpei".to_owned(), token_id: None, request_id: None }
    }
}

/// A write of a bureau while it goes on: no other of this bureau goes on beside it.
pub struct Act<'c> {
    /// The connection, in its transaction.
    pub conn: &'c mut Conn,
    /// Who acts.
    pub actor: &'c Actor,
    end: Position,
}

/// Does an act as a whole or not at all.
///
/// # Errors
/// Those of `work`, or the store's own.
pub fn act<T, E: From<store::Error>>(
    store: &Store,
    actor: &Actor,
    work: impl FnOnce(&mut Act<'_>) -> Result<T, E>,
) -> Result<T, E> {
    store.write(|conn| work(&mut Act::begin(conn, actor)?))
}

impl<'c> Act<'c> {
    /// Begins an act in a transaction that writes.
    ///
    /// # Errors
    /// The store's own.
    pub fn begin(conn: &'c mut Conn, actor: &'c Actor) -> Result<Act<'c>, store::Error> {
        let end = audit::take(conn, &actor.bureau_id)?;
        Ok(Act { conn, actor, end })
    }

    /// Enters what is done into the audit trail.
    ///
    /// # Errors
    /// The store's own.
    pub fn log(
        &mut self,
        action: &str,
        (object, object_id): (&str, &str),
        detail: Option<&str>,
        from_sha256: Option<&str>,
        to_sha256: Option<&str>,
    ) -> Result<(), store::Error> {
        let logged = Logged {
            subject: &self.actor.subject,
            token_id: self.actor.token_id.as_deref(),
            action,
            object,
            object_id,
            detail,
            from_sha256,
            to_sha256,
            request_id: self.actor.request_id.as_deref(),
        };
        audit::add(self.conn, &self.actor.bureau_id, &mut self.end, &logged)
    }

    /// Tells those who follow the bureau of what is done.
    ///
    /// # Errors
    /// The store's own.
    pub fn tell(&mut self, told: &Told<'_>) -> Result<(), store::Error> {
        store::events::add(self.conn, &self.actor.bureau_id, told)
    }
}
