//! Shares: each part of a division in a column of its own, exact as long as pool × weight has no more than fifteen digits.

use super::columns::{Content, Look, Shown, larger, same};
use super::divisions::{MOST_PRODUCT, Parts, fits, scale};
use super::twin::{Place, Shape, Spot, Twin, call};
use super::{Maker, Site, Why};
use crate::engine::Shared;
use crate::engine::explain::{Bound, bounds};
use crate::exact::{Number, at, put};
use crate::plan::document;
use crate::plan::{ColumnRef, Expr, Reach, Share, Step};

/// What a recipient that is held by a floor, by a cap, or by nothing is called.
const HELD: [&str; 3] = ["下限", "上限", "按比例"];

/// The columns of a share's recipients.
struct Claims {
    fund: ColumnRef,
    /// 1 for a recipient, else 0.
    takes_part: Place,
    /// What weights are multiplied by to be whole, and the whole numbers.
    scale: i128,
    weight: Place,
    limits: Option<Limits>,
    ties: Vec<(Place, bool)>,
}

/// The columns that floors and caps need.
struct Limits {
    floor: Place,
    /// An empty text where there is none.
    cap: Place,
    /// What the service says holds a recipient: the workbook proves that it is right.
    held: Place,
    /// Units per weight of each divided fund row, where limits decide it.
    lambdas: Vec<Option<Number>>,
}

/// The columns of the fund row.
struct Pool {
    /// What is divided in proportion, in units, and the weights it is divided by.
    units: Twin,
    weights: Twin,
    /// Whether all get their tops, and units per weight; only with limits.
    limited: Option<(Twin, Twin)>,
    /// 0 where nothing is left over though nobody is free to take it; only with limits.
    spent: Option<Place>,
    /// Whether a sheet holds units × weight.
    fits: bool,
}

impl Maker<'_, '_> {
    pub(super) fn share(
        &mut self,
        number: usize,
        step: &Step,
        share: &Share,
        words: &document::Share,
    ) -> Result<(), Why> {
        let level = step.level;
        let taken = self.taken(level, step.column.ok_or(Why::Depends)?)?;
        let outcome = self.outcome;
        let shared = outcome.shares.iter().find(|shared| shared.step == number).ok_or(Why::Depends)?;
        let claims = self.claims(number, step, share, words, (shared, taken.forgone.as_ref()))?;
        let pool = self.pool(number, share, words, &claims, shared)?;
        let got = self.divided(level, &claims, &pool)?;
        let amount = self.in_yuan(got.0, share.unit);
        let kept = self.kept(number, level, amount, &taken);
        let text = format!("{} ∝ {}", words.amount.as_deref().unwrap_or("全部余额"), words.weight);
        let found = self.stand(number, step, &text, kept.twin, got.1)?;
        let gross = if kept.asides.is_empty() { found } else { kept.gross };
        self.draw(number, share.fund, gross, &kept.asides);
        Ok(())
    }

    fn in_yuan(&self, units: Twin, unit: i64) -> Twin {
        let units = units.within(Shape::Product);
        match unit {
            100 => call("ROUND({},2)", &[&units]).exact(true),
            1 => call("ROUND({}/100,2)", &[&units]).exact(true),
            unit => call(&format!("ROUND({{}}*{unit}/100,2)"), &[&units]).exact(true),
        }
    }

    /// The cell of the fund row, seen from a recipient.
    pub(super) fn at_fund(fund: ColumnRef, place: Place) -> Twin {
        match fund.reach {
            Reach::Via(fact) => Twin::cell(place, Spot::Via(fact)),
            Reach::This | Reach::Aggregated => Twin::cell(place, Spot::Up(fund.level)),
        }
    }

    fn claims(
        &mut self,
        number: usize,
        step: &Step,
        share: &Share,
        words: &document::Share,
        (shared, forgone): (&Shared, Option<&Twin>),
    ) -> Result<Claims, Why> {
        let level = step.level;
        let label = self.label(number);
        let condition = self.condition(level, share.condition.as_ref(), words.condition.as_deref())?;
        let mut takes_part = match &condition {
            Some(condition) => call("IF({},1,0)", &[condition]),
            None => Twin::text("1"),
        };
        if let Reach::Via(fact) = share.fund.reach {
            let link = *self.links.get(&(level, fact)).ok_or(Why::Depends)?;
            takes_part = call("IF({}=\"\",0,{})", &[&Maker::own(link), &takes_part]);
        }
        let takes_part = self.helper(level, "参与", takes_part.exact(true));
        let within = |twin: &Twin| call("IF({}=1,{},0)", &[&Maker::own(takes_part), twin]).exact(twin.exact);
        let after = |twin: Twin| match forgone {
            Some(forgone) => call("{}*(1-{})", &[&twin.within(Shape::Product), forgone]).shaped(Shape::Product),
            None => twin,
        };
        let weight = after(self.value(Site::new(level, &words.weight), &share.weight)?);
        let scale = scale(shared).ok_or(Why::Weights)?;
        let weight = match (scale, weight.exact && forgone.is_none()) {
            (1, true) => weight,
            _ => call(&format!("ROUND({{}}*{scale},0)"), &[&weight.within(Shape::Product)]),
        };
        let heading = format!("{label}：权数 × {scale}");
        let weight = self.add(level, &words.weight, &heading, Content::Formula(within(&weight), None), Look::Plain);
        let limits = match share.floor.is_some() || share.cap.is_some() {
            true => Some(self.limits(level, share, words, (shared, &after, &within))?),
            false => None,
        };
        let mut ties = Vec::new();
        for (tie, text) in share.tie_by.iter().zip(&words.tie_by) {
            let twin = self.value(Site::new(level, text), tie)?;
            let exact = twin.exact;
            ties.push((self.helper(level, "余数相同看", within(&twin)), exact));
        }
        Ok(Claims { fund: share.fund, takes_part, scale, weight, limits, ties })
    }

    /// Floors and caps in units, and what holds each recipient.
    #[expect(clippy::type_complexity, reason = "the two closures stand in one place only")]
    fn limits(
        &mut self,
        level: usize,
        share: &Share,
        words: &document::Share,
        (shared, after, within): (&Shared, &dyn Fn(Twin) -> Twin, &dyn Fn(&Twin) -> Twin),
    ) -> Result<Limits, Why> {
        let mut in_units = |of: Option<&Expr>, text: Option<&String>, up: bool| -> Result<Option<Twin>, Why> {
            let Some(limit) = of else { return Ok(None) };
            let twin = self.maybe(Site::new(level, text.map_or("", String::as_str)), limit)?;
            let yuan = self.short(level, twin, "限额");
            let units = after(yuan.clone()).within(Shape::Product);
            let units = call(&format!("{{}}*100/{}", share.unit), &[&units]).shaped(Shape::Product);
            let units = if up { units } else { call("IF({}=\"\",0,{})", &[&yuan, &units]) };
            let settled = self.settled(level, units);
            let cut = call(if up { "ROUNDUP({},0)" } else { "ROUNDDOWN({},0)" }, &[&settled]);
            Ok(Some(if up { cut } else { call("IF({}=\"\",\"\",{})", &[&yuan, &cut]) }))
        };
        let floor = in_units(share.floor.as_ref(), words.floor.as_ref(), true)?;
        let cap = in_units(share.cap.as_ref(), words.cap.as_ref(), false)?;
        let cap = within(&cap.unwrap_or_else(|| Twin::text("\"\"")));
        let cap = self.add(level, "", "上限（单位）", Content::Formula(cap, None), Look::Plain);
        let floor = within(&floor.unwrap_or_else(|| Twin::text("0")));
        let floor = self.short(level, floor, "下限（取整）");
        let own = Maker::own(cap);
        let floor = call("IF({}=\"\",{},MIN({},{}))", &[&own, &floor, &floor, &own]);
        let floor = self.add(level, "", "下限（单位）", Content::Formula(floor, None), Look::Plain);
        let count = self.outcome.data.levels.get(level).map_or(0, |rows| rows.len());
        let mut held = vec![Shown::Blank; count];
        let mut lambdas = Vec::new();
        for (group, (_, members)) in shared.groups.iter().enumerate() {
            let (found, lambda) = bounds(shared, group).map_err(|_| Why::Depends)?;
            lambdas.push(lambda);
            for (position, bound) in members.iter().zip(found) {
                let [floor, cap, free] = HELD;
                let word = match bound {
                    Bound::Floor => floor,
                    Bound::Cap => cap,
                    Bound::Free => free,
                };
                *put(&mut held, *at(&shared.recipients.rows, *position)) = Shown::Text(word.to_owned());
            }
        }
        let held = self.add(level, "由本表复核", "所受限制", Content::Given(held), Look::Ours);
        Ok(Limits { floor, cap, held, lambdas })
    }

    /// What the fund row divides.
    fn pool(
        &mut self,
        number: usize,
        share: &Share,
        words: &document::Share,
        claims: &Claims,
        shared: &Shared,
    ) -> Result<Pool, Why> {
        let (level, fund) = (share.fund.level, share.fund);
        let label = self.label(number);
        let amount = match (&share.amount, &words.amount) {
            (Some(amount), Some(text)) => self.value(Site::new(level, text), amount)?,
            _ => Maker::own(self.books.get(&(level, fund.column)).ok_or(Why::Depends)?.left),
        };
        let units = call(&format!("{{}}*100/{}", share.unit), &[&amount.within(Shape::Product)]);
        let units = self.settled(level, units.shaped(Shape::Product));
        let count = self.gathered(fund, claims.takes_part)?;
        let units = call("IF({}=0,0,INT({}))", &[&count, &units]);
        let heading = format!("{label}：总额（{} 分一份）", share.unit);
        let units = self.add(level, "", &heading, Content::Formula(units, None), Look::Plain);
        let Some(limits) = &claims.limits else {
            let weights = self.gathered(fund, claims.weight)?;
            let weights =
                self.add(level, "", &format!("{label}：权数和"), Content::Formula(weights, None), Look::Plain);
            self.products.push((weights, MOST_PRODUCT));
            let at = |place| Maker::at_fund(fund, place);
            return Ok(Pool {
                units: at(units),
                weights: at(weights),
                limited: None,
                spent: None,
                fits: fits(shared, claims.scale)?,
            });
        };
        self.limited_pool(&label, claims, limits, shared, units)
    }

    /// With limits: whether all get their tops, else what is left for those whom nothing holds.
    fn limited_pool(
        &mut self,
        label: &str,
        claims: &Claims,
        limits: &Limits,
        shared: &Shared,
        units: Place,
    ) -> Result<Pool, Why> {
        let (fund, level) = (claims.fund, claims.fund.level);
        let own = limits.floor.level;
        let [weight, floor, cap, held] = [claims.weight, limits.floor, limits.cap, limits.held].map(Maker::own);
        let [at_floor, at_cap, free] = HELD;
        let helper = |maker: &mut Self, heading: &str, twin: Twin| {
            maker.add(own, "", &format!("{label}：{heading}"), Content::Formula(twin, None), Look::Plain)
        };
        let unbounded = call("IF({}>0,IF({}=\"\",1,0),0)", &[&weight, &cap]);
        let unbounded = helper(self, "无上限", unbounded);
        let top = call("IF({}>0,IF({}=\"\",0,{}),{})", &[&weight, &cap, &cap, &floor]);
        let top = helper(self, "顶", top);
        let is_held = format!("IF({{}}=\"{at_floor}\",{{}},IF({{}}=\"{at_cap}\",{{}},0))");
        let fixed = helper(self, "固定", call(&is_held, &[&held, &floor, &held, &cap]));
        let freed = helper(self, "自由权数", call(&format!("IF({{}}=\"{free}\",{{}},0)"), &[&held, &weight]));
        let [unbounded, tops, fixed, weights] = [unbounded, top, fixed, freed].map(|place| self.gathered(fund, place));
        let pool = |maker: &mut Self, heading: &str, twin: Twin| {
            let heading = format!("{label}：{heading}");
            maker.add(level, "", &heading, Content::Formula(twin, None), Look::Plain)
        };
        let all = call("IF({}=0,IF({}<={},1,0),0)", &[&unbounded?, &tops?, &Maker::own(units)]);
        let all = pool(self, "全员到顶", all);
        let rest = pool(self, "按比例部分", call("{}-{}", &[&Maker::own(units), &fixed?]));
        let weights = pool(self, "自由权数和", weights?);
        self.products.push((weights, MOST_PRODUCT));
        let given =
            self.add(level, "", &format!("{label}：每权数（系统）"), self.lambdas(claims, limits, shared)?, Look::Ours);
        let lambda = call(
            "IF({}>0,{}/{},{})",
            &[&Maker::own(weights), &Maker::own(rest), &Maker::own(weights), &Maker::own(given)],
        );
        let lambda = pool(self, "每权数", lambda);
        let at = |place| Maker::at_fund(fund, place);
        let own = [all, weights, rest].map(Maker::own);
        let spent = call("IF({}=1,0,IF({}>0,0,IF({}=0,0,1)))", &own.each_ref());
        let heading = format!("{label}：无余数复核");
        let spent = Some(self.add(level, "0 为正确", &heading, Content::Formula(spent, None), Look::Difference));
        let limited = Some((at(all), at(lambda)));
        Ok(Pool { units: at(rest), weights: at(weights), limited, spent, fits: fits(shared, claims.scale)? })
    }

    /// Units per scaled weight in each fund row, for those where nobody is free.
    fn lambdas(&self, claims: &Claims, limits: &Limits, shared: &Shared) -> Result<Content, Why> {
        let count = self.outcome.data.levels.get(claims.fund.level).map_or(0, |rows| rows.len());
        let scale = Number::ratio(claims.scale, 1);
        let mut given = vec![Shown::Number(Number::ZERO); count];
        for ((row, _), lambda) in shared.groups.iter().zip(&limits.lambdas) {
            if let Some(lambda) = lambda {
                *put(&mut given, *row) = Shown::Number(lambda.checked_div(&scale).map_err(|_| Why::Weights)?);
            }
        }
        Ok(Content::Given(given))
    }

    /// What each recipient gets in units, by the largest remainder, and the columns that prove what holds it.
    fn divided(&mut self, level: usize, claims: &Claims, pool: &Pool) -> Result<(Twin, Vec<Place>), Why> {
        let (own, takes) = (Maker::own(claims.weight), Maker::own(claims.takes_part));
        let [_, _, free] = HELD;
        let weight = match &claims.limits {
            Some(limits) => {
                let held = Maker::own(limits.held);
                self.apart(level, call(&format!("IF({{}}=\"{free}\",{{}},0)"), &[&held, &own]), "自由权数")
            }
            None => own.clone(),
        };
        let plain = |twin: Twin| Content::Formula(twin, None);
        let parts = Parts { takes: &takes, weight: &weight, units: &pool.units, weights: &pool.weights };
        let (whole, rest) = match pool.fits {
            true => self.quotient(level, &parts),
            false => self.long_quotient(level, claims.fund, &parts),
        };
        let given = self.gathered(claims.fund, whole)?;
        let over = call("{}-{}", &[&self.seen_from_fund(claims.fund, &pool.units), &given]);
        let over = self.add(claims.fund.level, "", "余下份数", plain(over), Look::Plain);
        let place = self.remainder_place(level, claims, rest)?;
        let over = Maker::at_fund(claims.fund, over);
        let got = call("{}+IF({}>0,IF({}<={},1,0),0)", &[&Maker::own(whole), &place, &place, &over]);
        let Some((limits, (all, lambda))) = claims.limits.as_ref().zip(pool.limited.as_ref()) else {
            return Ok((got.shaped(Shape::Sum), Vec::new()));
        };
        let (amount, proof) = self.held(level, claims, limits, (all, lambda, &got));
        Ok((amount, pool.spent.into_iter().chain([proof]).collect()))
    }

    /// The place of a recipient among the remainders of its fund row, the largest first; 0 without a remainder.
    fn remainder_place(&mut self, level: usize, claims: &Claims, rest: Place) -> Result<Twin, Why> {
        let under = match claims.fund.reach {
            Reach::Via(_) => None,
            Reach::This | Reach::Aggregated => Some(Spot::Up(claims.fund.level)),
        };
        let order = Place { level, column: super::columns::ORDER };
        // From the last key to the first: what decides where all before are equal.
        let mut ahead = larger(&Maker::own(order), &Twin::block(order, under), true);
        for (tie, exact) in claims.ties.iter().rev() {
            let (block, own) = (Twin::block(*tie, under), Maker::own(*tie));
            let (more, equal) = (larger(&block, &own, *exact), same(&block, &own, *exact));
            ahead = call("({}+{}*{})", &[&more, &equal, &ahead]);
        }
        let (block, own) = (Twin::block(rest, under), Maker::own(rest));
        let (more, equal) = (larger(&block, &own, true), same(&block, &own, true));
        let mut ahead = call("({}+{}*{})", &[&more, &equal, &ahead]);
        if let Reach::Via(fact) = claims.fund.reach {
            let link = *self.links.get(&(level, fact)).ok_or(Why::Depends)?;
            ahead = call("{}*{}", &[&same(&Twin::block(link, None), &Maker::own(link), true), &ahead]);
        }
        let place = call("IF({}>0,1+SUMPRODUCT({}*1),0)", &[&own, &ahead]);
        Ok(self.apart(level, place, "余数名次"))
    }

    /// What a recipient with limits gets, and whether what is said to hold it does.
    fn held(
        &mut self,
        level: usize,
        claims: &Claims,
        limits: &Limits,
        (all, lambda, got): (&Twin, &Twin, &Twin),
    ) -> (Twin, Place) {
        let [weight, floor, cap, held, takes] =
            [claims.weight, limits.floor, limits.cap, limits.held, claims.takes_part].map(Maker::own);
        let [at_floor, at_cap, free] = HELD;
        let top = call("IF({}>0,{},{})", &[&weight, &cap, &floor]);
        let part = format!("IF({{}}=\"{free}\",{{}},IF({{}}=\"{at_cap}\",{{}},{{}}))");
        let part = call(&part, &[&held, got, &held, &cap, &floor]);
        let amount = call("IF({}=1,IF({}=1,{},{}),0)", &[&takes, all, &top, &part]);
        // Held where λ × weight is; what lies on a limit may be called either.
        let reached = self.apart(level, call("IF({}=1,{}*{},0)", &[&takes, lambda, &weight]), "每权数 × 权数");
        let margin = "0.000001*MAX(1,ABS({}))";
        let low = call(&format!("IF({{}}<={{}}+{margin},0,1)"), &[&reached, &floor, &floor]);
        let low = call("IF({}=0,0,{})", &[&weight, &low]);
        let high = call(&format!("IF({{}}=\"\",1,IF({{}}>={{}}-{margin},0,1))"), &[&cap, &reached, &cap, &cap]);
        let under = call(&format!("IF({{}}=\"\",0,IF({{}}<={{}}+{margin},0,1))"), &[&cap, &reached, &cap, &cap]);
        let between = call(&format!("IF({{}}>={{}}-{margin},{{}},1)"), &[&reached, &floor, &floor, &under]);
        let proof = format!("IF({{}}=\"{at_floor}\",{{}},IF({{}}=\"{at_cap}\",{{}},{{}}))");
        let proof = call(&proof, &[&held, &low, &held, &high, &between]);
        let proof = call("IF({}=1,IF({}=1,0,{}),0)", &[&takes, all, &proof]);
        let proof = self.add(level, "0 为正确", "限制复核", Content::Formula(proof, None), Look::Difference);
        (amount, proof)
    }
}
