//! What is carried over into later periods: `/v1/carry-overs`.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use serde_with::skip_serializing_none;
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use super::paging::{PageParameters, Paging, next};
use super::problem::Problem;
use crate::exact::{Fen, fen_text};
use crate::record::carried;
use crate::store::carried::{Standing, names};
use crate::wire::schema::Money;

/// 一名人员的结转：调整核算记入下期的差额，由以后的分配核算补发或扣回。What is carried over to a payee: differences of adjustments that later distributions
/// pay or take back.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CarryOver {
    /// 人员的编号。The payee's id.
    payee_id: String,
    /// 姓名。The payee's name.
    name: Option<String>,
    /// 已发放的调整核算记入下期的（元）；负数是应扣回的。What released adjustments have carried over, in yuan; below zero: to be taken back.
    carried: Money,
    /// 已发放的核算已补扣的（元）。What released runs have settled of it, in yuan.
    settled: Money,
    /// 已写入尚未发放的核算的（元）。What runs were given that are not released yet, in yuan.
    given: Money,
    /// 等待写入下一次分配核算的（元）：carried − settled − given。What waits for the next distribution, in yuan: carried − settled − given.
    waiting: Money,
}

/// 一页结转。A page of carry-overs.
#[skip_serializing_none]
#[derive(Serialize, ToSchema)]
pub(super) struct CarryOverPage {
    /// 各人的结转，按编号排列。The payees by id.
    items: Vec<CarryOver>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    next_cursor: Option<String>,
}

/// 列出结转。List what is carried over.
///
/// 列出有结转的人员：记入下期多少、已补扣多少、还有多少等待；全部由所存的行重新相加。Lists the payees to whom anything was carried over, how much of it is settled and
/// how much waits, added up anew from the rows on record.
#[utoipa::path(
    operation_id = "listCarryOvers", tag = "cycles", params(PageParameters),
    responses((status = 200, description = "一页结转。A page of carry-overs.", body = CarryOverPage)),
)]
#[get("/v1/carry-overs")]
pub(super) async fn list_carry_overs(asked: Asked) -> Result<HttpResponse, Problem> {
    let (paging, service) = (Paging::of(&asked)?, asked.service.clone());
    let page = asked.reads("listCarryOvers", move |conn, caller| {
        let bureau = caller.token.bureau_id.as_str();
        let list = ["carry-overs", bureau];
        let place = paging.place(&service, &list, 1)?.unwrap_or_default();
        let after = place.first().map(String::as_str).unwrap_or_default();
        let later = carried::standings(conn, bureau)?.into_iter().filter(|(id, _)| id.as_str() > after);
        let mut found: Vec<_> = later.collect();
        let next_cursor = paging.cut(&mut found).then(|| next(&service, &list, &[&found.last()?.0])).flatten();
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        let mut called = names(conn, bureau, &ids)?;
        let money = |fen: Fen| Money(fen_text(fen));
        let item = |(id, standing): (String, Standing)| CarryOver {
            name: called.remove(&id).flatten(),
            payee_id: id,
            carried: money(standing.carried.into()),
            settled: money(standing.settled.into()),
            given: money(standing.given.into()),
            waiting: money(standing.waiting()),
        };
        Answer::ok(&CarryOverPage { items: found.into_iter().map(item).collect(), next_cursor })
    });
    Ok(asked.answered(page.await?))
}
