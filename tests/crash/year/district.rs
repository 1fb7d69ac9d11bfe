//! A bureau of seventy schools and 3,400 people, made of numbers alone: always the same one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The item by which what is carried over is settled.
pub const SETTLED: &str = "上期补扣";
/// How many schools there are.
pub const SCHOOLS: usize = 70;
/// How many people. Some of them teach in two schools.
pub const PEOPLE: usize = 3_400;
/// The terms of a year.
pub const TERMS: [Term; 2] = [
    Term { number: 0, title: "2026 年上半年", pool: 3_654_321_987 },
    Term { number: 1, title: "2026 年下半年", pool: 3_700_000_013 },
];

/// A term of the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Its place, from 0.
    pub number: usize,
    /// What it is called.
    pub title: &'static str,
    /// What the bureau has to give, in fen.
    pub pool: i128,
}

/// By which plan a school distributes its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Head teachers' allowances first, the rest by points; who has a veto gives up the share, the others divide it.
    Points,
    /// 60 % by months, what is carried over, the rest by points; who has a veto has the last withheld.
    Halves,
    /// Lessons at a rate, then 95 % of the rest by points, of equals first to those with more months; who has a veto has
    /// half of it withheld.
    Lessons,
}

/// What happens to the distribution of a school before it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// It is submitted, approved and released.
    Plain,
    /// Somebody is missing at first: the approver sends it back.
    SentBack,
    /// Somebody's points are a hundred times too many at first: the bureau's requirement refuses it.
    Mistyped,
    /// It is posted before it is approved.
    Noticed,
    /// It is posted with somebody's points one too low at first: the school takes it back.
    NoticeWithdrawn,
    /// The same, but somebody objects, which is upheld; of another objection to what is made instead nothing comes.
    Objected,
}

impl Story {
    /// Whether it is posted before it is approved.
    pub fn is_posted(self) -> bool {
        [Story::Noticed, Story::NoticeWithdrawn, Story::Objected].contains(&self)
    }
}

/// Somebody who teaches at a school.
#[derive(Debug, Clone)]
pub struct Person {
    /// The staff number. Not padded, so that its order is not that of the number.
    pub id: String,
    /// The name.
    pub name: String,
    /// Points, in hundredths.
    pub points: i128,
    /// Months at this school.
    pub months: i128,
    /// Months as head teacher.
    pub head_months: i128,
    /// Lessons, in tenths.
    pub lessons: i128,
    /// Whether there was a breach of ethics.
    pub ethics: bool,
    /// What the term before has left to be settled, in fen. Only the service knows it; no data say it.
    pub carried: i128,
}

/// A school.
#[derive(Debug, Clone)]
pub struct School {
    /// Its id.
    pub id: String,
    /// Its place among the schools, from 0.
    pub place: usize,
    /// The plan by which it distributes.
    pub scheme: Scheme,
    /// What happens to it.
    pub story: Story,
    /// Whether it is in the countryside, which counts a fifth more.
    pub rural: bool,
    /// Whether something happened for which a twentieth of its quota is withheld.
    pub incident: bool,
    /// Its staff.
    pub people: Vec<Person>,
}

/// A number below a bound, of a row and of what it is for (splitmix64).
fn drawn(row: usize, aspect: u64, bound: u64) -> u64 {
    let row = u64::try_from(row).expect("a small number");
    let mut mixed = (row ^ aspect << 32).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ mixed >> 31) % bound
}

/// Somebody in a term, at the first or the second school.
fn person(number: usize, term: usize, second: u64) -> Person {
    let of = |aspect: u64, bound: u64| drawn(number + PEOPLE * term, aspect + 10 * second, bound);
    let character = |aspect: u64, of_which: &str| -> char {
        let all: Vec<char> = of_which.chars().collect();
        all[usize::try_from(drawn(number, aspect, 1_000)).expect("small") % all.len()]
    };
    let months = if of(2, 9) == 0 { 3 + of(3, 9) } else { 12 };
    Person {
        id: format!("T{}", number + 1),
        name: [character(101, "王李张刘陈杨赵黄周吴"), character(102, "建国春秀志明丽云文海")].iter().collect(),
        // In half points, so that many have the same.
        points: i128::from(6_000 + 50 * of(1, 80)),
        months: i128::from(months),
        head_months: i128::from(if of(4, 6) == 0 { 1 + of(5, months) } else { 0 }),
        lessons: i128::from(of(6, 1_800)),
        ethics: of(7, 60) == 0,
        carried: 0,
    }
}

/// The schools with their staff in a term.
pub fn district(term: &Term) -> Vec<School> {
    let school = |place: usize| School {
        id: format!("S{:02}", place + 1),
        place,
        scheme: [Scheme::Points, Scheme::Halves, Scheme::Lessons][place * 7 / 3 % 3],
        story: match (place + 3 * term.number) % SCHOOLS {
            4 | 24 | 44 => Story::Mistyped,
            12 | 32 => Story::NoticeWithdrawn,
            22 | 52 => Story::Objected,
            turn if turn % 7 == 2 => Story::SentBack,
            turn if turn % 7 == 6 => Story::Noticed,
            _ => Story::Plain,
        },
        rural: place % 4 == 1,
        incident: place % 30 == 17,
        people: Vec::new(),
    };
    let mut schools: Vec<School> = (0..SCHOOLS).map(school).collect();
    for number in 0..PEOPLE {
        let at = usize::try_from(drawn(number, 100, 70)).expect("small");
        schools[at].people.push(person(number, term.number, 0));
        if number % 283 == 5 {
            schools[(at + 31) % SCHOOLS].people.push(person(number, term.number, 1));
        }
    }
    schools
}

/// The plan by which the bureau gives 97 % of its pool to its schools.
pub fn allocation() -> Value {
    json!({
        "language": 1, "code": "allocation", "title": "绩效工资核拨办法",
        "levels": [
            {"name": "bureau", "facts": [{"name": "pool", "type": "money"}]},
            {"name": "school", "parent": "bureau", "facts": [
                {"name": "heads", "type": "number"}, {"name": "rural", "type": "flag", "default": false},
                {"name": "incident", "type": "flag", "default": false}]}
        ],
        "steps": [
            {"do": "veto", "level": "school", "name": "safety", "when": "incident", "forfeits": ["quota"], "portion": "5%",
             "then": "withhold", "to": "return_to_bureau"},
            {"do": "share", "level": "school", "name": "quota", "from": "bureau.pool", "amount": "pool * 97%",
             "weight": "heads * if(rural, 1.2, 1)"}
        ]
    })
}

/// What the bureau allocates by.
pub fn allocated(term: &Term, schools: &[School]) -> Value {
    let row = |school: &School| {
        let facts = json!({"heads": school.people.len(), "rural": school.rural, "incident": school.incident});
        json!({"id": school.id, "parent": "B", "name": school.name(), "facts": facts})
    };
    let pool = decimal(term.pool, 100);
    json!({"bureau": [{"id": "B", "facts": {"pool": pool}}], "school": schools.iter().map(row).collect::<Vec<Value>>()})
}

/// What the bureau requires of every distribution.
pub fn requirements() -> Value {
    let check = |name: &str, assert: &str| json!({"do": "check", "level": "school", "name": name, "assert": assert});
    json!([
        check("no_fat_cat", "largest(staff.merit) <= quota * 12%"),
        check("merit_share", "sum(staff.merit) >= quota * 30%")
    ])
}

impl Scheme {
    /// All of them; the first is that of schools which have none of their own.
    pub const ALL: [Scheme; 3] = [Scheme::Points, Scheme::Halves, Scheme::Lessons];

    /// The facts of its staff, with the types of them.
    pub fn facts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Scheme::Points => &[("points", "number"), ("head_months", "number"), ("ethics", "flag")],
            Scheme::Halves => &[("points", "number"), ("months", "number"), ("ethics", "flag")],
            Scheme::Lessons => &[("points", "number"), ("months", "number"), ("lessons", "number"), ("ethics", "flag")],
        }
    }

    /// The items that it pays.
    pub fn items(self) -> [&'static str; 2] {
        [
            match self {
                Scheme::Points => "班主任津贴",
                Scheme::Halves => "基础性绩效",
                Scheme::Lessons => "超课时津贴",
            },
            "奖励性绩效",
        ]
    }

    /// The plan.
    pub fn plan(self) -> Value {
        let share = |name: &str| json!({"do": "share", "level": "staff", "name": name, "from": "school.quota"});
        let formula = |name: &str, formula: &str| {
            json!({"do": "formula", "level": "staff", "name": name, "type": "money", "formula": formula,
                   "from": "school.quota"})
        };
        let mut veto = json!({"do": "veto", "level": "staff", "name": "ethics_veto", "when": "ethics",
                              "forfeits": ["merit"], "then": "withhold", "to": "return_to_bureau"});
        let (mut first, mut merit) = (share("base"), share("merit"));
        merit["weight"] = json!("points");
        match self {
            Scheme::Points => {
                veto.as_object_mut().expect("a step").remove("to");
                veto["then"] = json!("forgo");
                first = formula("head", "600 × head_months");
            }
            Scheme::Halves => {
                first["amount"] = json!("quota * 60%");
                first["weight"] = json!("months");
            }
            Scheme::Lessons => {
                veto["portion"] = json!("50%");
                first = formula("lesson_pay", "12.34 × lessons");
                merit["amount"] = json!("left(quota) * 95%");
                merit["tie_by"] = json!(["months"]);
            }
        }
        let [one, two] = self.items();
        (first["pay"], merit["pay"]) = (json!({"item": one}), json!({"item": two}));
        let code = format!("{self:?}").to_lowercase();
        let mut facts: Vec<Value> =
            self.facts().iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
        let mut steps = vec![veto, first];
        if self == Scheme::Halves {
            facts.push(json!({"name": "carried", "type": "money", "default": "0.00"}));
            let mut settled = formula("settled", "carried");
            settled["pay"] = json!({"item": SETTLED});
            steps.push(settled);
        }
        steps.push(merit);
        json!({
            "language": 1, "code": code, "title": format!("分配办法 {code}"), "payee": "staff",
            "levels": [
                {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
                {"name": "staff", "parent": "school", "facts": facts}
            ],
            "steps": steps
        })
    }
}

/// A number of so many parts of a whole as it is written.
fn decimal(number: i128, whole: i128) -> String {
    let places = whole.to_string().len() - 1;
    if places == 0 { number.to_string() } else { format!("{}.{:0places$}", number / whole, number % whole) }
}

impl Person {
    /// What a fact of it is, as it is written.
    pub fn fact(&self, name: &str) -> String {
        match name {
            "points" => decimal(self.points, 100),
            "lessons" => decimal(self.lessons, 10),
            "months" => self.months.to_string(),
            "head_months" => self.head_months.to_string(),
            "ethics" => self.ethics.to_string(),
            _ => panic!("nobody has {name}"),
        }
    }
}

impl School {
    /// What it is called.
    pub fn name(&self) -> String {
        format!("第{}小学", self.place + 1)
    }

    /// The row of somebody here.
    pub fn row(&self, person: &Person) -> Value {
        let fact = |(name, kind): &(&str, &str)| {
            let text = person.fact(name);
            ((*name).to_owned(), if *kind == "flag" { json!(text == "true") } else { json!(text) })
        };
        let facts: serde_json::Map<String, Value> = self.scheme.facts().iter().map(fact).collect();
        json!({"id": person.id, "parent": self.id, "name": person.name, "facts": facts})
    }

    /// Its staff as it is first written, with what its story has wrong.
    pub fn first_written(&self) -> Vec<Person> {
        let mut people = self.people.clone();
        match self.story {
            Story::SentBack => drop(people.pop()),
            Story::Mistyped => people[0].points *= 100,
            Story::NoticeWithdrawn | Story::Objected => people[0].points -= 100,
            Story::Plain | Story::Noticed => {}
        }
        people
    }

    /// These people as the data of its distribution.
    pub fn data(&self, people: &[Person]) -> Value {
        let rows: Vec<Value> = people.iter().map(|person| self.row(person)).collect();
        json!({"school": [{"id": self.id, "name": self.name()}], "staff": rows})
    }

    /// The same as two tables, with the quota, which a table may not leave out.
    pub fn tables(&self, people: &[Person], quota: &str) -> [(&'static str, String); 2] {
        let names: Vec<&str> = self.scheme.facts().iter().map(|(name, _)| *name).collect();
        let row = |person: &Person| {
            let facts: Vec<String> = names.iter().map(|name| person.fact(name)).collect();
            format!("{},{},{},{}\n", person.id, person.name, self.id, facts.join(","))
        };
        let rows: String = people.iter().map(row).collect();
        let school = format!("school编号,school名称,quota\n{},{},{quota}\n", self.id, self.name());
        [("school.csv", school), ("staff.csv", format!("工号,姓名,school,{}\n{rows}", names.join(",")))]
    }
}

#[test]
fn the_district_has_everything_that_the_year_wants() {
    for schools in TERMS.map(|term| district(&term)) {
        let of_all = || schools.iter().flat_map(|school| school.people.iter().map(move |person| (school, person)));
        assert_eq!(of_all().map(|(_, person)| &person.id).collect::<BTreeSet<_>>().len(), PEOPLE);
        assert_eq!(of_all().count(), PEOPLE + 12);
        for scheme in Scheme::ALL {
            let own = || of_all().filter(|(school, _)| school.scheme == scheme);
            assert!(own().any(|(_, person)| person.ethics), "{scheme:?} without a veto");
            for story in [Story::Plain, Story::SentBack, Story::Noticed] {
                assert!(own().any(|(school, _)| school.story == story), "{scheme:?} without {story:?}");
            }
        }
        assert!(schools.iter().all(|school| school.people.len() > 20));
        assert!(schools.iter().any(|school| school.incident) && schools.iter().any(|school| school.rural));
    }
}
