//! What explanations of one outcome have found out: kept beside it, it is found out once.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::division::Division;
use super::rank::Ranking;
use super::without::Otherwise;
use crate::exact::{Row, place};
use crate::plan::Code;

/// For each row of a level the rows that belong to it.
pub(super) struct Index(Vec<Vec<Row>>);

impl Index {
    pub(super) fn new(owners: usize, members: impl Iterator<Item = (Row, Option<Row>)>) -> Index {
        let mut found: Vec<Vec<Row>> = vec![Vec::new(); owners];
        for (member, owner) in members {
            if let Some(owned) = owner.and_then(|owner| found.get_mut(place(owner))) {
                owned.push(member);
            }
        }
        Index(found)
    }

    pub(super) fn of(&self, owner: Row) -> &[Row] {
        self.0.get(place(owner)).map_or(&[], Vec::as_slice)
    }
}

/// What is known by its key. Two that ask at once may both find it out; one answer is kept.
struct Table<K, V>(Mutex<FxHashMap<K, Arc<V>>>);

impl<K: Eq + Hash, V> Table<K, V> {
    fn get<E>(&self, key: K, find: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&key) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(find()?);
        Ok(Arc::clone(known().entry(key).or_insert(found)))
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Table<K, V> {
        Table(Mutex::default())
    }
}

/// What explanations of one outcome have found out.
#[derive(Default)]
pub struct Known {
    below: Table<(usize, usize), Index>,
    referring: Table<(usize, usize), Index>,
    divisions: Table<(usize, Row), Division>,
    rankings: Table<usize, Ranking>,
    without: Table<(usize, Row, usize), Result<Otherwise, Code>>,
}

impl Known {
    /// The rows of a level under each row of another.
    pub(super) fn below(&self, key: (usize, usize), find: impl FnOnce() -> Index) -> Arc<Index> {
        let Ok(index) = self.below.get(key, || Ok::<Index, std::convert::Infallible>(find()));
        index
    }

    /// The rows of a level that a row fact of theirs refers by.
    pub(super) fn referring(&self, key: (usize, usize), find: impl FnOnce() -> Index) -> Arc<Index> {
        let Ok(index) = self.referring.get(key, || Ok::<Index, std::convert::Infallible>(find()));
        index
    }

    /// A fund row as a step divides it.
    pub(super) fn division<E>(
        &self,
        key: (usize, Row),
        find: impl FnOnce() -> Result<Division, E>,
    ) -> Result<Arc<Division>, E> {
        self.divisions.get(key, find)
    }

    /// The groups of a rank step.
    pub(super) fn ranking<E>(&self, step: usize, find: impl FnOnce() -> Result<Ranking, E>) -> Result<Arc<Ranking>, E> {
        self.rankings.get(step, find)
    }

    /// What would be of a step without a veto at a row.
    pub(super) fn without<E>(
        &self,
        key: (usize, Row, usize),
        find: impl FnOnce() -> Result<Result<Otherwise, Code>, E>,
    ) -> Result<Arc<Result<Otherwise, Code>>, E> {
        self.without.get(key, find)
    }
}
