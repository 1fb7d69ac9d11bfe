//! The people of a cycle over all its schools: `/v1/cycles/{cycle_id}/people`, and the limits that hold for them.

use std::collections::BTreeSet;

use actix_web::web::Path;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::asked::Asked;
use super::cycles::school_state;
use super::faults::Fields;
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use crate::exact::{Fen, fen_text};
use crate::plan::Code;
use crate::record::cycle_people::{self as people, Limit, Person};
use crate::record::cycles;
use crate::wire::schema::{Decimal, Money, RowId};

/// The most limits of a cycle.
const MOST_LIMITS: usize = 10;
/// The most categories of a limit.
const MOST_CATEGORIES: usize = 100;
/// The most that a limit may allow, in fen.
const MOST_FEN: i64 = 99_999_999_999_999_999;

/// 一条限额：一个人在周期的全部学校所得之和的上限。A limit: the most that a person may get over all schools of the cycle.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonLimit {
    /// 名称，在周期内唯一。A title for people, unique in the cycle.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// 最多多少元，不能为负，最多两位小数。The most, in yuan: not negative, at most two decimals.
    at_most: Decimal,
    /// 计入的项目类别（pay 中的 category）；不写则全部计入。The categories of the items that count (category of pay); absent: all items.
    #[schema(min_items = 1, max_items = 100)]
    categories: Option<Vec<String>>,
}

/// 周期的一条限额。A limit of a cycle.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CyclePersonLimit {
    /// 名称。Its title.
    title: String,
    /// 最多多少元。The most, in yuan.
    at_most: Money,
    /// 计入的项目类别；不写则全部计入。The categories of the items that count; absent: all items.
    categories: Option<Vec<String>>,
}

/// 一个人在周期的各学校。A person over the schools of a cycle.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CyclePerson {
    /// 工号，即行的编号。The staff number: the id of the rows.
    id: RowId,
    /// 姓名；各校写的不同时不写，见 schools。The name; absent where the schools differ, see schools.
    name: Option<String>,
    /// 同一工号在各校的姓名不同：可能是两个人，请核对。Whether the number has different names: these may be two people, check them.
    names_differ: bool,
    /// 合计（元）。The total, in yuan.
    total: Money,
    /// 其中已发放的（元）。What of it is released, in yuan.
    released: Money,
    /// 其中尚未发放的（元）。What of it is not released yet, in yuan.
    pending: Money,
    /// 各学校，按编号排列；会计只看到本校。The schools by id; an accountant sees the own schools.
    schools: Vec<CyclePersonSchool>,
    /// 超过的限额，按全部学校计。The limits that are passed, counting every school.
    over: Vec<CyclePersonOver>,
}

/// 一个人在一所学校的所得。What a person gets at a school.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CyclePersonSchool {
    /// 学校的编号。The school's id.
    school_id: String,
    /// 当前的核算编号。The id of its current run.
    run_id: String,
    /// 状态。Its state.
    #[schema(schema_with = school_state)]
    state: String,
    /// 该校写的姓名。The name there.
    name: Option<String>,
    /// 在该校的合计（元）。The total there, in yuan.
    total: Money,
}

/// 超过的一条限额。A limit that is passed.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CyclePersonOver {
    /// 限额的名称。The title of the limit.
    title: String,
    /// 限额（元）。The limit, in yuan.
    at_most: Money,
    /// 全部学校之和（元）；会计看不到。The sum over all schools, in yuan; not for an accountant.
    sum: Option<Money>,
}

/// 一页人员。A page of people.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CyclePersonPage {
    /// 各人，按工号排列。The people by their numbers.
    items: Vec<CyclePerson>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// Which people are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters that `list_cycle_people` reads")]
pub(super) struct PeopleParameters {
    /// 只列在多所学校任教的。Only those of several schools.
    #[param(example = false)]
    shared: Option<bool>,
    /// 只列超过限额的。Only those who pass a limit.
    #[param(example = false)]
    over: Option<bool>,
}

fn money(fen: Fen) -> Money {
    Money(fen_text(fen))
}

/// The limits that a request sets.
pub(super) fn asked_limits(fields: &mut Fields<'_, '_>) -> Vec<Limit> {
    let mut titles = BTreeSet::new();
    fields.objects("person_limits", (0, MOST_LIMITS), (&["title", "at_most"], &["categories"]), |limit| {
        let title = limit.text("title", 200);
        if !title.is_empty() && !titles.insert(title.clone()) {
            limit.fault("title", Code::DuplicateKey, "");
        }
        let written = limit.maybe_decimal("at_most");
        let at_most = written.as_ref().and_then(|written| i64::try_from(written.number().fen()?).ok());
        let at_most = at_most.filter(|fen| (0..=MOST_FEN).contains(fen));
        if written.is_some() && at_most.is_none() {
            limit.fault("at_most", Code::BadValue, &format!("0.00–{}", fen_text(MOST_FEN.into())));
        }
        let categories = limit.has("categories").then(|| limit.words("categories", MOST_CATEGORIES));
        if categories.as_ref().is_some_and(Vec::is_empty) {
            limit.fault("categories", Code::BadValue, &format!("[1–{MOST_CATEGORIES}]"));
        }
        Limit { title, at_most: at_most.unwrap_or_default(), categories }
    })
}

/// A limit as a cycle shows it.
pub(super) fn shown(limit: Limit) -> CyclePersonLimit {
    CyclePersonLimit { title: limit.title, at_most: money(limit.at_most.into()), categories: limit.categories }
}

fn record(person: Person) -> CyclePerson {
    let (released, pending) = person.totals();
    let names = person.names();
    let name = names.first().filter(|_| names.len() == 1).map(|name| (*name).to_owned());
    let names_differ = names.len() > 1;
    let school = |school: people::AtSchool| CyclePersonSchool {
        school_id: school.school_id,
        run_id: school.run_id,
        state: school.state,
        name: school.name,
        total: money(school.total),
    };
    let over = |over: people::Over| CyclePersonOver {
        title: over.limit.title,
        at_most: money(over.limit.at_most.into()),
        sum: over.sum.map(money),
    };
    CyclePerson {
        id: RowId(person.id),
        name,
        names_differ,
        total: money(released + pending),
        released: money(released),
        pending: money(pending),
        schools: person.schools.into_iter().map(school).collect(),
        over: person.over.into_iter().map(over).collect(),
    }
}

/// 列出周期的人员。List the people of a cycle.
///
/// 按工号列出各人在各校的所得和合计，取各校当前的核算（有结果、未撤回的）：已发放和尚未发放的分开。同一工号在两校的姓名不同时注明，不作合并的判断。会计只看到本校的人和本校的所得；
/// 是否超过限额按全部学校计。Lists the people by their staff numbers with what each school gives them and the total, by the current run of each school that
/// has a result and is not withdrawn; what is released stands apart from what is not yet. Where schools know a number under different names, that is
/// said. An accountant sees the people of the own schools and what these give; whether a limit is passed counts every school.
#[utoipa::path(
    operation_id = "listCyclePeople", tag = "cycles",
    params(
        ("cycle_id" = String, Path, description = "周期的编号。The cycle's id."),
        PeopleParameters,
        PageParameters,
    ),
    responses((status = 200, description = "一页人员。A page of people.", body = CyclePersonPage)),
)]
#[get("/v1/cycles/{cycle_id}/people")]
pub(super) async fn list_cycle_people(asked: Asked, cycle_id: Path<String>) -> Result<HttpResponse, Problem> {
    let (id, paging, service) = (asked.id(&cycle_id)?, Paging::of(&asked)?, asked.service.clone());
    let filter = people::Filter { shared: asked.flag("shared")?, over: asked.flag("over")? };
    let page = asked.reads("listCyclePeople", move |conn, caller| {
        let cycle = cycles::get(conn, caller, &id)?;
        let flags = format!("{filter:?}");
        let list = ["cycle-people", caller.token.bureau_id.as_str(), cycle.id.as_str(), flags.as_str()];
        let place = paging.place(&service, &list, 1)?.unwrap_or_default();
        let after = place.first().map(String::as_str).unwrap_or_default();
        let mut found = people::list(conn, caller, &cycle, filter, (after, paging.limit + 1))?;
        let next_cursor = paging.cut(&mut found).then(|| next(&service, &list, &[&found.last()?.id])).flatten();
        Answer::ok(&CyclePersonPage { items: found.into_iter().map(record).collect(), next_cursor })
    });
    Ok(asked.answered(page.await?))
}
