//! Plans and data as JSON texts.

use serde_json::{Map, Value as Json, json};

use super::language::{
    Aggregate, CHOICES, Case, Do, Expr, Fact, Formula, From, Kind, Level, Plan, Rank, Row, Share, Step, Table, Value,
    exact_text,
};

impl Expr {
    pub fn own(name: &str) -> Expr {
        Expr::Own(name.to_owned())
    }

    pub fn num(text: &str) -> Expr {
        Expr::Num(text.to_owned())
    }

    /// The formula with no parentheses but the necessary ones.
    pub fn text(&self, plan: &Plan) -> String {
        self.bound(plan).0
    }

    /// The text and how tightly it binds: 0 comparison, 1 sum, 2 product, 3 minus, 4 percent, 5 a value.
    fn bound(&self, plan: &Plan) -> (String, u8) {
        let list = |items: &[Expr]| items.iter().map(|item| item.text(plan)).collect::<Vec<_>>().join(", ");
        match self {
            Expr::Num(text) => (text.clone(), 5),
            Expr::Text(text) => (format!("\"{text}\""), 5),
            Expr::Flag(flag) => (flag.to_string(), 5),
            Expr::Own(name) => (name.clone(), 5),
            Expr::Constant(index) => (plan.constants[*index].0.clone(), 5),
            Expr::Level(level, via, name) => {
                let via = via.as_ref().map(|via| format!("@{via}")).unwrap_or_default();
                (format!("{}{via}.{name}", plan.levels[*level].name), 5)
            }
            Expr::Ref(fact, name) => (format!("{fact}.{name}"), 5),
            Expr::Neg(value) => (format!("-{}", value.least(plan, 3)), 3),
            Expr::Percent(value) => (format!("{}%", value.least(plan, 5)), 4),
            Expr::Math(sign, left, right) => {
                let level = if matches!(sign, '+' | '-') { 1 } else { 2 };
                (format!("{} {sign} {}", left.least(plan, level), right.least(plan, level + 1)), level)
            }
            Expr::Compare(sign, left, right) => (format!("{} {sign} {}", left.least(plan, 1), right.least(plan, 1)), 0),
            Expr::Call(name, arguments) => (format!("{name}({})", list(arguments)), 5),
            Expr::Round(name, value, places) => (format!("{name}({}, {places})", value.text(plan)), 5),
            Expr::Table(name, table, keys) => (format!("{name}({}, {})", plan.tables[*table].name, list(keys)), 5),
            Expr::Aggregate(aggregate) => (aggregate.text(plan), 5),
            Expr::Left(fund) => (format!("left({})", fund.text(plan)), 5),
        }
    }

    fn least(&self, plan: &Plan, level: u8) -> String {
        let (text, binds) = self.bound(plan);
        if binds < level { format!("({text})") } else { text }
    }
}

impl Aggregate {
    fn text(&self, plan: &Plan) -> String {
        let mut arguments = Vec::new();
        match &self.of {
            Some(of) => arguments.push(of.text(plan)),
            None => {
                let via = self.via.as_ref().map(|via| format!("@{via}")).unwrap_or_default();
                arguments.push(format!("{}{via}", plan.levels[self.level].name));
            }
        }
        arguments.extend(self.only.as_ref().map(|only| only.text(plan)));
        format!("{}({})", self.what, arguments.join(", "))
    }
}

/// An object without its nulls.
fn object(entries: Vec<(&str, Json)>) -> Json {
    let kept = entries.into_iter().filter(|(_, value)| !value.is_null());
    Json::Object(kept.map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Money => "money",
            Kind::Flag => "flag",
            Kind::Choice => "choice",
            Kind::Row(_) => "row",
        }
    }
}

impl Plan {
    pub fn json(&self) -> String {
        let constants = self.constants.iter().map(|(name, value)| json!({"name": name, "value": value}));
        let entries = vec![
            ("language", json!(1)),
            ("code", json!("t")),
            ("title", json!("t")),
            ("payee", self.payee.map_or(Json::Null, |level| json!(self.levels[level].name))),
            ("allow_negative_total", if self.allow_negative_total { json!(true) } else { Json::Null }),
            ("constants", Json::Array(constants.collect())),
            ("tables", Json::Array(self.tables.iter().map(Table::json).collect())),
            ("levels", Json::Array(self.levels.iter().map(|level| self.level_json(level)).collect())),
            ("steps", Json::Array(self.steps.iter().map(|step| self.step_json(step)).collect())),
        ];
        object(entries).to_string()
    }

    fn level_json(&self, level: &Level) -> Json {
        let fact = |fact: &Fact| {
            object(vec![
                ("name", json!(fact.name)),
                ("type", json!(fact.kind.word())),
                ("choices", if fact.kind == Kind::Choice { json!(CHOICES) } else { Json::Null }),
                ("level", if let Kind::Row(level) = fact.kind { json!(self.levels[level].name) } else { Json::Null }),
                ("optional", if fact.optional { json!(true) } else { Json::Null }),
            ])
        };
        object(vec![
            ("name", json!(level.name)),
            ("parent", level.parent.map_or(Json::Null, |parent| json!(self.levels[parent].name))),
            ("facts", Json::Array(level.facts.iter().map(fact).collect())),
        ])
    }

    fn formula_json(&self, formula: &Option<Expr>) -> Json {
        formula.as_ref().map_or(Json::Null, |formula| json!(formula.text(self)))
    }

    fn formulas_json(&self, formulas: &[Expr]) -> Json {
        if formulas.is_empty() {
            Json::Null
        } else {
            json!(formulas.iter().map(|it| it.text(self)).collect::<Vec<_>>())
        }
    }

    fn fund_json(&self, from: &From) -> Json {
        match from {
            From::Own(name) => json!(name),
            From::Up(level, name) => json!(format!("{}.{name}", self.levels[*level].name)),
            From::Ref(fact, name) => json!(format!("{fact}.{name}")),
        }
    }

    fn step_json(&self, step: &Step) -> Json {
        let pay = |pay: bool| if pay { json!({"item": format!("item {}", step.name)}) } else { Json::Null };
        let mut entries = vec![("level", json!(self.levels[step.level].name)), ("name", json!(step.name))];
        entries.extend(match &step.act {
            Do::Formula(formula) => self.formula_entries(formula, pay(formula.pay)),
            Do::Share(share) => self.share_entries(share, pay(share.pay)),
            Do::Rank(rank) => self.rank_entries(rank),
            Do::Veto(veto) => vec![
                ("do", json!("veto")),
                ("when", json!(veto.when.text(self))),
                ("forfeits", json!(veto.forfeits)),
                ("portion", self.formula_json(&veto.portion)),
                ("then", json!(if veto.to.is_some() { "withhold" } else { "forgo" })),
                ("to", json!(veto.to)),
            ],
            Do::Collect { level, name, pay: paid } => vec![
                ("do", json!("collect")),
                ("from", json!(format!("{}.{name}", self.levels[*level].name))),
                ("pay", pay(*paid)),
            ],
            Do::Check { assert, warning } => vec![
                ("do", json!("check")),
                ("assert", json!(assert.text(self))),
                ("severity", if *warning { json!("warning") } else { Json::Null }),
            ],
        });
        object(entries)
    }

    fn formula_entries(&self, formula: &Formula, pay: Json) -> Vec<(&'static str, Json)> {
        vec![
            ("do", json!("formula")),
            ("type", json!(formula.kind.word())),
            ("choices", if formula.kind == Kind::Choice { json!(CHOICES) } else { Json::Null }),
            ("where", self.formula_json(&formula.only)),
            ("formula", json!(formula.formula.text(self))),
            ("from", formula.from.as_ref().map_or(Json::Null, |from| self.fund_json(from))),
            ("round", formula.round.as_ref().map_or(Json::Null, |(to, mode)| json!({"to": to, "mode": mode}))),
            ("optional", if formula.optional { json!(true) } else { Json::Null }),
            ("source", if formula.source { json!(true) } else { Json::Null }),
            ("pay", pay),
        ]
    }

    fn share_entries(&self, share: &Share, pay: Json) -> Vec<(&'static str, Json)> {
        vec![
            ("do", json!("share")),
            ("from", self.fund_json(&share.from)),
            ("amount", self.formula_json(&share.amount)),
            ("weight", json!(share.weight.text(self))),
            ("where", self.formula_json(&share.only)),
            ("floor", self.formula_json(&share.floor)),
            ("cap", self.formula_json(&share.cap)),
            ("to", json!(share.to)),
            ("tie_by", self.formulas_json(&share.tie_by)),
            ("pay", pay),
        ]
    }

    fn rank_entries(&self, rank: &Rank) -> Vec<(&'static str, Json)> {
        let grade =
            |(code, quota): &(String, Option<String>)| object(vec![("code", json!(code)), ("quota", json!(quota))]);
        let grades: Vec<Json> = rank.grades.iter().map(grade).collect();
        let percent = rank.grades.iter().any(|(_, quota)| quota.as_ref().is_some_and(|quota| quota.ends_with('%')));
        vec![
            ("do", json!("rank")),
            ("by", json!(rank.by.text(self))),
            ("order", if rank.ascending { json!("ascending") } else { Json::Null }),
            ("per", rank.per.map_or(Json::Null, |level| json!(self.levels[level].name))),
            ("within", self.formulas_json(&rank.within)),
            ("where", self.formula_json(&rank.only)),
            ("else", json!(rank.otherwise)),
            ("grades", if grades.is_empty() { Json::Null } else { Json::Array(grades) }),
            ("quota_round", if percent { json!(rank.quota_round) } else { Json::Null }),
            ("quota_of", if percent && rank.of_all { json!("all") } else { Json::Null }),
            ("ties", json!(rank.ties)),
            ("tie_by", self.formulas_json(&rank.tie_by)),
        ]
    }
}

impl Table {
    fn json(&self) -> Json {
        let kinds: Vec<&str> = self.keys.iter().map(|kind| kind.word()).collect();
        let rows = self.rows.iter().map(|row| {
            let keys: Vec<Json> = row.key.iter().map(plain).collect();
            let mut entries = vec![("value", json!(row.value))];
            entries.extend((!keys.is_empty()).then_some(("key", Json::Array(keys))));
            entries
                .extend(row.limit.as_ref().map(|(limit, upto)| (if *upto { "upto" } else { "below" }, json!(limit))));
            object(entries)
        });
        object(vec![
            ("name", json!(self.name)),
            ("kind", json!(if self.band { "band" } else { "lookup" })),
            ("keys", if kinds.is_empty() { Json::Null } else { json!(kinds) }),
            ("min", json!(self.min)),
            ("else", json!(self.otherwise)),
            ("rows", Json::Array(rows.collect())),
        ])
    }
}

/// A table key or a fact that is no reference.
fn plain(value: &Value) -> Json {
    match value {
        Value::Num(number) => json!(exact_text(number)),
        Value::Flag(flag) => json!(flag),
        Value::Text(text) => json!(text),
        Value::Blank | Value::Row(_) => Json::Null,
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "plan {}\ndata {}", self.plan.json(), self.data_json(|_| {}))
    }
}

impl Case {
    /// The data, the rows of each level in the order that `shuffle` gives.
    pub fn data_json(&self, mut shuffle: impl FnMut(&mut Vec<Json>)) -> String {
        let mut data = Map::new();
        for (level, rows) in self.plan.levels.iter().zip(&self.rows) {
            let mut list: Vec<Json> = rows.iter().map(|row| self.row_json(level, row)).collect();
            shuffle(&mut list);
            data.insert(level.name.clone(), Json::Array(list));
        }
        Json::Object(data).to_string()
    }

    fn row_json(&self, level: &Level, row: &Row) -> Json {
        let mut facts = Map::new();
        for (fact, (name, value)) in level.facts.iter().zip(&row.facts) {
            let json = match (value, fact.kind) {
                (Value::Blank, _) => continue,
                (Value::Row(place), Kind::Row(target)) => json!(self.rows[target][*place].id),
                (Value::Num(number), Kind::Number) if number.is_integer() && exact_text(number).len() < 10 => {
                    exact_text(number).parse().expect("a whole number is JSON")
                }
                (value, _) => plain(value),
            };
            facts.insert(name.clone(), json);
        }
        let parent = level.parent.map(|parent| json!(self.rows[parent][row.parent].id));
        object(vec![("id", json!(row.id)), ("parent", parent.unwrap_or(Json::Null)), ("facts", Json::Object(facts))])
    }
}
