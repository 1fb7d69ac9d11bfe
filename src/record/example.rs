//! What a new database begins with: a bureau, its first tokens and, where it is asked for, a district to look at.

use super::people::{self, GOOD_FOR, NewToken, Role};
use super::{Actor, Refused, act, plans, rosters, runs};
use crate::plan::Refusal;
use crate::store::Store;
use crate::store::people::{bureaus, lock};
use crate::wire::json::{self, Json};
use crate::wire::{canonical, shape};

const PLAN: &str = include_str!("../../plans/xincheng/plan.json");
const DATA: &str = include_str!("../../plans/xincheng/data.json");

/// A school of the example, whose accountant has the third token.
pub const SCHOOL: &str = "2690101001";

/// Makes the first bureau with one officer, one approver and one accountant, whose tokens are shown this once; nothing
/// where there is a bureau already.
///
/// # Errors
/// The store's own.
pub fn begin(store: &Store) -> Result<Vec<(Role, String)>, Refused> {
    store.write(|conn| {
        // Of two that begin at once the second waits here, and then finds the first one's bureau.
        lock(conn)?;
        if !bureaus(conn)?.is_empty() {
            return Ok(Vec::new());
        }
        let mut actor = Actor::machine("");
        let mut act = people::make_bureau(conn, &mut actor, "新城区教育局")?;
        let mut made = Vec::new();
        for role in [Role::Officer, Role::Approver, Role::Accountant] {
            let schools = if role == Role::Accountant { vec![SCHOOL.to_owned()] } else { Vec::new() };
            let new = NewToken { subject: role.word().to_owned(), role, schools, good_for: GOOD_FOR };
            made.push((role, people::make_token(&mut act, &new)?.1));
        }
        Ok(made)
    })
}

/// Puts the example on record as the officer with this token would: a published plan, a roster, a run.
///
/// # Errors
/// The store's own.
pub fn load(store: &Store, officer: &str) -> Result<(), Refused> {
    let caller = store.read(|conn| people::caller(conn, officer))?.ok_or(Refused::NotFound)?;
    let bureau = caller.token.bureau_id.as_str();
    let actor = caller.actor(None);
    let (json, document) = shape::read_plan(PLAN.as_bytes()).map_err(Refused::Plan)?;
    let draft = plans::Draft {
        code: document.code,
        title: document.title,
        document: PLAN.to_owned(),
        sha256: canonical::sha256(&json),
    };
    let plan = act(store, &actor, |act| plans::create(act, draft))?;
    let checked = plans::check_draft(store, bureau, &plan.id, &[plan.revision])?;
    act(store, &actor, |act| plans::publish(act, &plan.id, &[plan.revision], &checked))?;
    let data: Json<'_> =
        json::read(DATA.as_bytes()).map_err(|_| Refused::Data(Refusal { faults: Vec::new(), total: 0 }))?;
    let title = Some("示例".to_owned());
    let prepared = rosters::prepare(store, bureau, (&plan.id, 1), title.clone(), &data)?;
    act(store, &actor, |act| {
        let roster = rosters::add(act, &caller, prepared)?;
        runs::create(act, &caller, &roster.id, title, None)
    })?;
    Ok(())
}
