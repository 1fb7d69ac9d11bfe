//! Where a bureau's events are sent: endpoints, their secrets, and deliveries that are wanted again.

use std::time::Duration;

use super::{Act, Refused};
use crate::store::deliveries::{self, Delivery};
use crate::store::webhooks::{self, DISABLED, ENABLED, Endpoint};
use crate::store::{self, Conn, new_id, now};
use crate::webhook::new_secret;

/// The most endpoints of a bureau.
pub const MOST_ENDPOINTS: i64 = 20;
/// For how long a secret that was replaced signs beside the new one.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What somebody wants an endpoint to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where to send.
    pub url: String,
    /// A title for people.
    pub title: Option<String>,
    /// The words of the types, with commas between them; none: all.
    pub kinds: Option<String>,
    /// Whether anything is sent.
    pub enabled: bool,
}

/// An endpoint of the bureau.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn get(conn: &mut Conn, bureau: &str, id: &str) -> Result<Endpoint, Refused> {
    webhooks::get(conn, bureau, id)?.ok_or(Refused::NotFound)
}

fn read(act: &mut Act<'_>, id: &str, revisions: Option<&[i64]>) -> Result<Endpoint, Refused> {
    let endpoint = get(act.conn, &act.actor.bureau_id, id)?;
    let is_stale = revisions.is_some_and(|revisions| !revisions.contains(&endpoint.revision));
    if is_stale { Err(Refused::Stale) } else { Ok(endpoint) }
}

fn state(enabled: bool) -> String {
    if enabled { ENABLED } else { DISABLED }.to_owned()
}

/// Makes an endpoint, which gets what happens from now on; and its secret, which is shown once.
///
/// # Errors
/// [`Refused::TooManyEndpoints`], or the store's own.
pub fn create(act: &mut Act<'_>, wanted: Wanted) -> Result<(Endpoint, String), Refused> {
    let bureau = &act.actor.bureau_id;
    if webhooks::count(act.conn, bureau)? >= MOST_ENDPOINTS {
        return Err(Refused::TooManyEndpoints);
    }
    let now = now();
    let endpoint = Endpoint {
        id: new_id(),
        bureau_id: bureau.clone(),
        url: wanted.url,
        title: wanted.title,
        kinds: wanted.kinds,
        state: state(wanted.enabled),
        disabled_because: None,
        revision: 1,
        created_at: now.clone(),
        created_by: act.actor.subject.clone(),
        changed_at: now.clone(),
        failing_since: None,
        claimed_by: None,
        claimed_until: None,
        served_at: now,
    };
    webhooks::add(act.conn, &endpoint)?;
    let secret = give_secret(act, &endpoint.id)?;
    act.log("webhook_endpoint.created", ("webhook_endpoint", &endpoint.id), Some(&endpoint.url), None, None)?;
    Ok((endpoint, secret))
}

fn give_secret(act: &mut Act<'_>, id: &str) -> Result<String, Refused> {
    let secret = new_secret().ok_or_else(|| store::Error::Broken("the machine gives no random bytes".to_owned()))?;
    webhooks::add_secret(act.conn, id, &secret, KEPT)?;
    Ok(secret)
}

/// Writes an endpoint over. Where nothing is to be sent any more, what waits is cancelled.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], or the store's own.
pub fn put(act: &mut Act<'_>, id: &str, revisions: &[i64], wanted: Wanted) -> Result<Endpoint, Refused> {
    let before = read(act, id, Some(revisions))?;
    let detail = wanted.url.clone();
    let changed = Endpoint {
        url: wanted.url,
        title: wanted.title,
        kinds: wanted.kinds,
        state: state(wanted.enabled),
        disabled_because: before.disabled_because.filter(|_| !wanted.enabled),
        failing_since: before.failing_since.filter(|_| !wanted.enabled || before.state == ENABLED),
        ..before
    };
    webhooks::change(act.conn, &changed)?;
    if !wanted.enabled {
        deliveries::cancel(act.conn, id)?;
    }
    act.log("webhook_endpoint.changed", ("webhook_endpoint", id), Some(&detail), None, None)?;
    get(act.conn, &act.actor.bureau_id, id)
}

/// Removes an endpoint with its secrets and its deliveries; gives what it was.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::Stale`], or the store's own.
pub fn delete(act: &mut Act<'_>, id: &str, revisions: Option<&[i64]>) -> Result<Endpoint, Refused> {
    let endpoint = read(act, id, revisions)?;
    webhooks::remove(act.conn, id)?;
    act.log("webhook_endpoint.deleted", ("webhook_endpoint", id), Some(&endpoint.url), None, None)?;
    Ok(endpoint)
}

/// Gives an endpoint a new secret, which is shown once; the one before goes on signing beside it for a day.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn rotate(act: &mut Act<'_>, id: &str) -> Result<(Endpoint, String), Refused> {
    let endpoint = read(act, id, None)?;
    webhooks::change(act.conn, &endpoint)?;
    let secret = give_secret(act, id)?;
    act.log("webhook_endpoint.secret_rotated", ("webhook_endpoint", id), None, None, None)?;
    Ok((get(act.conn, &act.actor.bureau_id, id)?, secret))
}

/// Sends an event to an endpoint again; one that waits for its next try, now.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::State`] where the endpoint is disabled, or the store's own.
pub fn redeliver(act: &mut Act<'_>, id: &str, event: &str) -> Result<Delivery, Refused> {
    let endpoint = read(act, id, None)?;
    let delivery = deliveries::get(act.conn, id, event)?.ok_or(Refused::NotFound)?;
    if endpoint.state == DISABLED {
        return Err(Refused::State { state: endpoint.state, allowed: Vec::new() });
    }
    let again = deliveries::begin_again(act.conn, &delivery)?;
    act.log("webhook_endpoint.redelivered", ("webhook_endpoint", id), Some(event), None, None)?;
    Ok(again)
}

/// Disables an endpoint that does not take what is sent, and cancels what waits.
///
/// # Errors
/// The store's own.
pub(super) fn disable(act: &mut Act<'_>, endpoint: Endpoint, because: &str) -> Result<(), store::Error> {
    let id = endpoint.id.clone();
    let disabled = Endpoint { state: DISABLED.to_owned(), disabled_because: Some(because.to_owned()), ..endpoint };
    webhooks::change(act.conn, &disabled)?;
    deliveries::cancel(act.conn, &id)?;
    act.log("webhook_endpoint.disabled", ("webhook_endpoint", &id), Some(because), None, None)
}
