//! What a new database begins with: a bureau, its first tokens and, where it is asked for, a district to look at: a plan with a
//! run, and a cycle of six schools in mid-course.

mod cycle;

use super::people::{self, Caller, GOOD_FOR, NewToken, Role};
use super::worker::Bell;
use super::{Act, Actor, Refused, act, plans, rosters, runs};
use crate::store::people::{bureaus, lock};
use crate::store::{self, Store};
use crate::wire::json::{self, Json};
use crate::wire::{canonical, shape};

const PLAN: &str = include_str!("../../../plans/xincheng/plan.json");
const DATA: &str = include_str!("../../../plans/xincheng/data.json");

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
            made.push((role, people::make_token(&mut act, &token(role.word().to_owned(), role, schools))?.1));
        }
        Ok(made)
    })
}

fn token(subject: String, role: Role, schools: Vec<String>) -> NewToken {
    NewToken { subject, role, schools, good_for: GOOD_FOR }
}

/// The example on record.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its cycle.
    pub cycle_id: String,
    /// Tokens beside the first ones, with whose they are; they are shown this once.
    pub tokens: Vec<(String, String)>,
}

/// Those who make the example, and where.
struct Office<'s> {
    store: &'s Store,
    bell: &'s Bell,
    officer: Caller,
    approver: Caller,
    /// The accountants with their schools.
    accountants: Vec<(String, Caller)>,
}

impl Office<'_> {
    /// Somebody acts.
    fn act<T>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&mut Act<'_>, &Caller) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        act(self.store, &caller.actor(None), |act| work(act, caller))
    }

    /// The officer makes a plan and publishes it; its id.
    fn published(&self, draft: plans::Draft) -> Result<String, Refused> {
        let plan = self.act(&self.officer, |act, _| plans::create(act, draft))?;
        let checked = plans::check_draft(self.store, &plan.bureau_id, &plan.id, &[plan.revision])?;
        self.act(&self.officer, |act, _| plans::publish(act, &plan.id, &[plan.revision], &checked))?;
        Ok(plan.id)
    }

    /// The officer makes a roster of the first version of a plan, and its run.
    fn calculated(&self, plan: &str, data: &Json<'_>, title: &str) -> Result<String, Refused> {
        let (bureau, title) = (&self.officer.token.bureau_id, Some(title.to_owned()));
        let prepared = rosters::prepare(self.store, bureau, (plan, 1), title.clone(), data)?;
        self.act(&self.officer, |act, caller| {
            let roster = rosters::add(act, caller, prepared)?;
            Ok(runs::create(act, caller, &roster.id, title, None)?.id)
        })
    }
}

/// Puts the example on record, as those with the first tokens would.
///
/// # Errors
/// The store's own.
pub fn load(store: &Store, bell: &Bell, first: &[(Role, String)]) -> Result<Example, Refused> {
    let known = |role: Role| {
        let secret = first.iter().find(|(known, _)| *known == role).map(|(_, secret)| secret.as_str());
        caller(store, secret.unwrap_or_default())
    };
    let (officer, approver) = (known(Role::Officer)?, known(Role::Approver)?);
    let mut accountants = vec![(SCHOOL.to_owned(), known(Role::Accountant)?)];
    let mut tokens = Vec::new();
    let machine = Actor::machine(&officer.token.bureau_id);
    let mut hire = |subject: String, role: Role, schools: Vec<String>| {
        let (_, secret) = act(store, &machine, |act| people::make_token(act, &token(subject.clone(), role, schools)))?;
        tokens.push((subject, secret.clone()));
        caller(store, &secret)
    };
    hire(Role::Payroll.word().to_owned(), Role::Payroll, Vec::new())?;
    for school in cycle::SCHOOLS.into_iter().filter(|school| *school != SCHOOL) {
        let subject = format!("{}-{school}", Role::Accountant.word());
        accountants.push((school.to_owned(), hire(subject, Role::Accountant, vec![school.to_owned()])?));
    }
    let office = Office { store, bell, officer, approver, accountants };
    let cycle_id = cycle::load(&office)?;
    run(&office)?;
    Ok(Example { cycle_id, tokens })
}

/// Who has a token.
fn caller(store: &Store, secret: &str) -> Result<Caller, Refused> {
    store.read(|conn| people::caller(conn, secret))?.ok_or(Refused::NotFound)
}

/// A published plan of all three levels, a roster, a run.
fn run(office: &Office<'_>) -> Result<(), Refused> {
    let (json, document) = shape::read_plan(PLAN.as_bytes()).map_err(Refused::Plan)?;
    let plan = office.published(plans::Draft {
        code: document.code,
        title: document.title,
        document: PLAN.to_owned(),
        sha256: canonical::sha256(&json),
    })?;
    office.calculated(&plan, &read(DATA)?, "示例")?;
    office.bell.ring();
    Ok(())
}

/// Documents of the example.
fn read(text: &str) -> Result<Json<'_>, store::Error> {
    json::read(text.as_bytes()).map_err(|stop| store::Error::Broken(stop.to_string()))
}
