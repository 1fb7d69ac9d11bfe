//! Plans and their versions.

use diesel::prelude::*;

use super::schema::{derived_plans, plan_versions, plans};
use super::{Conn, Error, now};

/// A plan: a code with numbered versions.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = plans)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// The bureau whose it is.
    pub bureau_id: String,
    /// Its code, unique in the bureau.
    pub code: String,
    /// The title of its newest version.
    pub title: String,
    /// The number of that version.
    pub newest_version: i64,
    /// The word of its state.
    pub newest_state: String,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
}

/// A version of a plan.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = plan_versions)]
pub struct PlanVersion {
    /// The plan.
    pub plan_id: String,
    /// Its number, from 1.
    pub version: i64,
    /// The word of its state.
    pub state: String,
    /// Its title.
    pub title: String,
    /// The document as it was sent.
    pub document: String,
    /// SHA-256 of its canonical JSON.
    pub sha256: String,
    /// When its document was written.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// When it was published.
    pub published_at: Option<String>,
    /// By whom.
    pub published_by: Option<String>,
    /// When it was archived.
    pub archived_at: Option<String>,
    /// By whom.
    pub archived_by: Option<String>,
}

/// Puts a plan on record.
pub fn add(conn: &mut Conn, plan: &Plan) -> Result<(), Error> {
    diesel::insert_into(plans::table).values(plan).execute(conn)?;
    Ok(())
}

/// A plan of a bureau.
pub fn get(conn: &mut Conn, bureau: &str, id: &str) -> Result<Option<Plan>, Error> {
    Ok(plans::table.filter(plans::bureau_id.eq(bureau)).filter(plans::id.eq(id)).first(conn).optional()?)
}

/// The id of the plan of a bureau with this code.
pub fn with_code(conn: &mut Conn, bureau: &str, code: &str) -> Result<Option<String>, Error> {
    let own = plans::table.filter(plans::bureau_id.eq(bureau)).filter(plans::code.eq(code));
    Ok(own.select(plans::id).first(conn).optional()?)
}

/// Notes that a plan was made of a version of another.
pub fn add_derived(conn: &mut Conn, id: &str, (from, version): (&str, i64)) -> Result<(), Error> {
    let row =
        (derived_plans::plan_id.eq(id), derived_plans::from_plan_id.eq(from), derived_plans::from_version.eq(version));
    diesel::insert_into(derived_plans::table).values(row).execute(conn)?;
    Ok(())
}

/// Whether a plan was made of another.
pub fn is_derived(conn: &mut Conn, id: &str) -> Result<bool, Error> {
    let found: i64 = derived_plans::table.filter(derived_plans::plan_id.eq(id)).count().get_result(conn)?;
    Ok(found > 0)
}

/// The plans of a bureau, the newest first, those after `before`; those that were made of others only where they are wanted.
pub fn list(
    conn: &mut Conn,
    bureau: &str,
    with_derived: bool,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Plan>, Error> {
    let mut query = plans::table.filter(plans::bureau_id.eq(bureau)).into_boxed();
    if !with_derived {
        let made = derived_plans::table.filter(derived_plans::plan_id.eq(plans::id));
        query = query.filter(diesel::dsl::not(diesel::dsl::exists(made)));
    }
    if let Some(before) = before {
        query = query.filter(plans::id.lt(before.to_owned()));
    }
    Ok(query.order(plans::id.desc()).limit(limit).load(conn)?)
}

/// Notes a change of a plan: the title, the number and the state of its newest version.
pub fn changed(conn: &mut Conn, id: &str, title: &str, version: i64, state: &str) -> Result<(), Error> {
    let set = (
        plans::title.eq(title),
        plans::newest_version.eq(version),
        plans::newest_state.eq(state),
        plans::revision.eq(plans::revision + 1),
    );
    diesel::update(plans::table.find(id)).set(set).execute(conn)?;
    Ok(())
}

/// The versions of a plan without their documents, the newest first, those before version `before`.
pub fn versions(conn: &mut Conn, plan: &str, before: Option<i64>, limit: i64) -> Result<Vec<PlanVersion>, Error> {
    let columns = (
        (
            plan_versions::plan_id,
            plan_versions::version,
            plan_versions::state,
            plan_versions::title,
            diesel::dsl::sql::<diesel::sql_types::Text>("''"),
            plan_versions::sha256,
        ),
        (
            plan_versions::created_at,
            plan_versions::created_by,
            plan_versions::published_at,
            plan_versions::published_by,
            plan_versions::archived_at,
            plan_versions::archived_by,
        ),
    );
    let mut query = plan_versions::table.filter(plan_versions::plan_id.eq(plan)).select(columns).into_boxed();
    if let Some(before) = before {
        query = query.filter(plan_versions::version.lt(before));
    }
    type Left = (String, i64, String, String, String, String);
    type Right = (String, String, Option<String>, Option<String>, Option<String>, Option<String>);
    let found: Vec<(Left, Right)> = query.order(plan_versions::version.desc()).limit(limit).load(conn)?;
    let version = |(left, right): (Left, Right)| PlanVersion {
        plan_id: left.0,
        version: left.1,
        state: left.2,
        title: left.3,
        document: left.4,
        sha256: left.5,
        created_at: right.0,
        created_by: right.1,
        published_at: right.2,
        published_by: right.3,
        archived_at: right.4,
        archived_by: right.5,
    };
    Ok(found.into_iter().map(version).collect())
}

/// A version of a plan.
pub fn version(conn: &mut Conn, plan: &str, version: i64) -> Result<Option<PlanVersion>, Error> {
    Ok(plan_versions::table.find((plan, version)).first(conn).optional()?)
}

/// Writes a draft: a new version, or the draft of this number as a whole.
pub fn write_draft(conn: &mut Conn, draft: &PlanVersion) -> Result<(), Error> {
    diesel::delete(plan_versions::table.find((&draft.plan_id, draft.version))).execute(conn)?;
    diesel::insert_into(plan_versions::table).values(draft).execute(conn)?;
    Ok(())
}

/// Publishes a draft.
pub fn publish(conn: &mut Conn, plan: &str, version: i64, subject: &str) -> Result<(), Error> {
    let set = (
        plan_versions::state.eq("published"),
        plan_versions::published_at.eq(now()),
        plan_versions::published_by.eq(subject),
    );
    diesel::update(plan_versions::table.find((plan, version))).set(set).execute(conn)?;
    Ok(())
}

/// Archives a published version.
pub fn archive(conn: &mut Conn, plan: &str, version: i64, subject: &str) -> Result<(), Error> {
    let set = (
        plan_versions::state.eq("archived"),
        plan_versions::archived_at.eq(now()),
        plan_versions::archived_by.eq(subject),
    );
    diesel::update(plan_versions::table.find((plan, version))).set(set).execute(conn)?;
    Ok(())
}
