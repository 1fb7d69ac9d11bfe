//! What everybody must get, worked out from the plans' own words in whole numbers, without the program.

use std::collections::BTreeMap;

use super::district::{Person, SETTLED, Scheme, School, Term};

/// Amounts in fen by item.
pub type Items = BTreeMap<String, i128>;

/// What the distribution of a school comes to, in fen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reckoned {
    /// What everybody is paid, without lines of nothing.
    pub paid: BTreeMap<String, Items>,
    /// What is withheld.
    pub withheld: i128,
    /// What is left.
    pub left: i128,
}

/// What the bureau gives, in fen.
pub struct Allocated {
    /// The quotas of the schools, in their order.
    pub quotas: Vec<i128>,
    /// What is withheld of them.
    pub withheld: i128,
    /// What the bureau keeps.
    pub left: i128,
}

/// Somebody who takes part in a division: the id, the weight, and what decides a tie before the id.
type Part<'p> = (&'p str, i128, i128);

/// Divides by the largest remainder; a larger tie goes first, then the smaller id.
fn divided(total: i128, parts: &[Part<'_>]) -> Vec<i128> {
    let whole: i128 = parts.iter().map(|(_, weight, _)| weight).sum();
    let mut shares: Vec<i128> = parts.iter().map(|(_, weight, _)| total * weight / whole).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|one, other| {
        let rest = |place: usize| total * parts[place].1 % whole;
        let by_tie = parts[*other].2.cmp(&parts[*one].2);
        rest(*other).cmp(&rest(*one)).then(by_tie).then(parts[*one].0.cmp(parts[*other].0))
    });
    let over = total - shares.iter().sum::<i128>();
    order.into_iter().take(usize::try_from(over).expect("few")).for_each(|place| shares[place] += 1);
    shares
}

/// 97 % of the pool by heads, in the countryside 1.2 for one; a twentieth withheld where something happened.
pub fn allocated(term: &Term, schools: &[School]) -> Allocated {
    let given = term.pool * 97 / 100;
    let weight = |school: &School| {
        let heads = i128::try_from(school.people.len()).expect("few");
        heads * if school.rural { 12 } else { 10 }
    };
    let parts: Vec<Part<'_>> = schools.iter().map(|school| (school.id.as_str(), weight(school), 0)).collect();
    let mut quotas = divided(given, &parts);
    let mut withheld = 0;
    for (quota, _) in quotas.iter_mut().zip(schools).filter(|(_, school)| school.incident) {
        let part = (*quota * 5 + 50) / 100;
        *quota -= part;
        withheld += part;
    }
    Allocated { quotas, withheld, left: term.pool - given }
}

/// What these people of a school get of its quota.
pub fn distributed(scheme: Scheme, quota: i128, people: &[Person]) -> Reckoned {
    let first: Vec<i128> = match scheme {
        Scheme::Points => people.iter().map(|person| 60_000 * person.head_months).collect(),
        Scheme::Halves => {
            let parts: Vec<Part<'_>> = people.iter().map(|person| (person.id.as_str(), person.months, 0)).collect();
            divided(quota * 60 / 100, &parts)
        }
        // 12.34 yuan a lesson, of which there are tenths: a half fen is rounded up.
        Scheme::Lessons => people.iter().map(|person| (1_234 * person.lessons + 5) / 10).collect(),
    };
    let carried = |person: &Person| if scheme == Scheme::Halves { person.carried } else { 0 };
    let rest = quota - first.iter().sum::<i128>() - people.iter().map(carried).sum::<i128>();
    let shared = if scheme == Scheme::Lessons { rest * 95 / 100 } else { rest };
    let part = |person: &Person| match scheme {
        Scheme::Points => (if person.ethics { 0 } else { person.points }, 0),
        Scheme::Halves => (person.points, 0),
        Scheme::Lessons => (person.points, person.months),
    };
    let parts = people.iter().map(|person| (person.id.as_str(), part(person)));
    let parts: Vec<Part<'_>> = parts.map(|(id, (weight, tie))| (id, weight, tie)).collect();
    let mut reckoned = Reckoned { left: rest - shared, ..Reckoned::default() };
    for ((person, first), merit) in people.iter().zip(first).zip(divided(shared, &parts)) {
        let taken = match scheme {
            Scheme::Halves if person.ethics => merit,
            Scheme::Lessons if person.ethics => (merit + 1) / 2,
            _ => 0,
        };
        reckoned.withheld += taken;
        let items = scheme.items().into_iter().zip([first, merit - taken]).chain([(SETTLED, carried(person))]);
        let items: Items = items.filter(|(_, fen)| *fen != 0).map(|(item, fen)| (item.to_owned(), fen)).collect();
        if !items.is_empty() {
            reckoned.paid.insert(person.id.clone(), items);
        }
    }
    reckoned
}

/// The sum of all that these people are paid.
pub fn sum(paid: &BTreeMap<String, Items>) -> i128 {
    paid.values().flat_map(BTreeMap::values).sum()
}

/// Adds what somebody is paid to what they were paid before; what comes to nothing is nothing.
pub fn add(all: &mut BTreeMap<String, Items>, person: &str, item: &str, fen: i128) {
    let items = all.entry(person.to_owned()).or_default();
    let sum = items.entry(item.to_owned()).or_default();
    *sum += fen;
    if *sum == 0 {
        items.remove(item);
    }
    if items.is_empty() {
        all.remove(person);
    }
}

/// Adds a book to another.
pub fn add_all(all: &mut BTreeMap<String, Items>, book: &BTreeMap<String, Items>) {
    for (person, items) in book {
        items.iter().for_each(|(item, fen)| add(all, person, item, *fen));
    }
}

/// What a book says less what another says.
pub fn less(mut one: BTreeMap<String, Items>, other: &BTreeMap<String, Items>) -> BTreeMap<String, Items> {
    for (person, items) in other {
        items.iter().for_each(|(item, fen)| add(&mut one, person, item, -fen));
    }
    one
}

/// The example of the plan language by hand: 5,000.00 by 87.5 : 91 : 76.4, the two fen left over to the first and the third.
#[test]
fn a_division_is_that_of_the_plan_language() {
    assert_eq!(divided(500_000, &[("Li", 875, 0), ("Wang", 910, 0), ("Zhao", 764, 0)]), [171_636, 178_501, 149_863]);
    // Equal remainders: the larger tie, then the smaller id, where "10" is smaller than "9".
    assert_eq!(divided(2, &[("9", 1, 0), ("10", 1, 0), ("8", 1, 1)]), [0, 1, 1]);
}
