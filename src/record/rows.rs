//! Rows in pieces: to which school each belongs, how they are packed, and how they are read again page by page.

use std::collections::BTreeMap;
use std::io;

use crate::engine::Data;
use crate::exact::{Row, at, rows};
use crate::plan::Plan;
use crate::store::pieces::{self, MOST_ROWS, Packer, Piece};
use crate::store::{self, Conn};
use crate::wire::canonical;
use crate::wire::json::{self, Json};

/// The names of the level whose rows are schools; the first that a plan has counts.
pub(super) const SCHOOL: [&str; 3] = ["school", "学校", "单位"];

/// The level whose rows are schools.
pub fn school_level(plan: &Plan) -> Option<usize> {
    SCHOOL.iter().find_map(|name| plan.level_named(name))
}

/// To which school each row belongs.
pub struct Schools<'d> {
    plan: &'d Plan,
    data: &'d Data,
    level: Option<usize>,
}

impl<'d> Schools<'d> {
    /// The schools of data.
    pub fn new(plan: &'d Plan, data: &'d Data) -> Schools<'d> {
        Schools { plan, data, level: school_level(plan) }
    }

    /// The id of the school of a row, which a school's own row is too; none where it belongs to none.
    pub fn of(&self, level: usize, row: Row) -> Option<&'d str> {
        let above = self.place(level)?;
        let ancestors = self.data.levels.get(level)?.ancestors.get(above)?;
        Some(self.data.id(self.level?, *at(ancestors, row)))
    }

    /// How far above a level the schools are.
    fn place(&self, level: usize) -> Option<usize> {
        self.plan.levels.get(level)?.ancestry.iter().position(|above| Some(*above) == self.level)
    }

    /// The ids of all schools; none where rows stand above or beside them, or there are none.
    pub fn all(&self) -> Option<Vec<String>> {
        let mut levels = self.data.levels.iter().enumerate().filter(|(_, rows)| !rows.is_empty());
        if !levels.all(|(level, _)| self.place(level).is_some()) {
            return None;
        }
        self.level
            .and_then(|level| self.data.levels.get(level))
            .map(|rows| rows.ids.clone())
            .filter(|ids| !ids.is_empty())
    }

    /// Packs the rows of a level: those of one school together, the schools themselves all together.
    pub fn packed(
        &self,
        level: usize,
        mut write: impl FnMut(&mut Vec<u8>, Row) -> io::Result<()>,
    ) -> Result<Vec<Piece>, store::Error> {
        let Some(own) = self.data.levels.get(level) else { return Ok(Vec::new()) };
        let mut groups: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
        for row in rows(own.len()) {
            let school = if Some(level) == self.level { None } else { self.of(level, row) };
            groups.entry(school.unwrap_or_default()).or_default().push(row);
        }
        let (mut packer, mut packed) = (Packer::new()?, Vec::new());
        for (school, group) in groups {
            for group in group.chunks(MOST_ROWS) {
                let Some(last) = group.last() else { continue };
                let mut list = vec![b'['];
                for row in group {
                    if list.len() > 1 {
                        list.push(b',');
                    }
                    write(&mut list, *row).map_err(|error| store::Error::Broken(error.to_string()))?;
                }
                list.push(b']');
                packed.push(Piece {
                    level: self.plan.level_name(level).to_owned(),
                    school_id: school.to_owned(),
                    last_id: at(&own.ids, *last).clone(),
                    row_count: i64::try_from(group.len()).unwrap_or(i64::MAX),
                    document: packer.packed(&list)?,
                });
            }
        }
        Ok(packed)
    }
}

/// A page of rows, each as JSON, and after which row (school, id) the next begins.
pub struct Page {
    /// The rows.
    pub rows: Vec<String>,
    /// Where the next page begins; none: there is none.
    pub next: Option<(String, String)>,
}

/// How many pieces are read at once.
pub(super) const AT_ONCE: i64 = 16;

/// Reads a page of the rows of a level, with their keys in this order.
///
/// # Errors
/// The store's own.
pub fn page(
    conn: &mut Conn,
    owner: &str,
    level: &str,
    after: (String, String),
    limit: usize,
    keys: &[&str],
) -> Result<Page, store::Error> {
    let mut page = Page { rows: Vec::new(), next: None };
    let mut place = after;
    loop {
        let found = pieces::after(conn, owner, level, (&place.0, &place.1), AT_ONCE)?;
        if found.is_empty() {
            return Ok(Page { next: None, ..page });
        }
        for piece in found {
            let json = piece.json()?;
            let list = read(&json)?;
            for row in list.items().unwrap_or_default() {
                let id = row.get("id").and_then(Json::text).unwrap_or_default();
                if piece.school_id == place.0 && id <= place.1.as_str() {
                    continue;
                }
                if page.rows.len() == limit {
                    return Ok(Page { next: Some(place), ..page });
                }
                let entries = keys.iter().filter_map(|key| Some(((*key).into(), row.get(key)?.clone())));
                page.rows.push(canonical::text(&Json::Object(entries.collect())));
                place = (piece.school_id.clone(), id.to_owned());
            }
        }
    }
}

fn read(json: &[u8]) -> Result<Json<'_>, store::Error> {
    json::read(json).map_err(|stop| store::Error::Broken(stop.to_string()))
}

/// All rows of these levels as one JSON object, as a plan's data are written.
///
/// # Errors
/// The store's own.
pub fn whole(conn: &mut Conn, owner: &str, levels: &[&str]) -> Result<Vec<u8>, store::Error> {
    let mut object = vec![b'{'];
    for level in levels {
        if object.len() > 1 {
            object.push(b',');
        }
        let written = canonical::write_text(&mut object, level);
        written.map_err(|error| store::Error::Broken(error.to_string()))?;
        object.extend_from_slice(b":[");
        let mut place = (String::new(), String::new());
        let mut first = true;
        loop {
            let found = pieces::after(conn, owner, level, (&place.0, &place.1), AT_ONCE)?;
            let Some(last) = found.last() else { break };
            place = (last.school_id.clone(), last.last_id.clone());
            for piece in &found {
                let json = piece.json()?;
                let inside = json.strip_prefix(b"[").and_then(|list| list.strip_suffix(b"]"));
                let inside = inside.ok_or_else(|| store::Error::Broken("a piece that is no list".to_owned()))?;
                if !first {
                    object.push(b',');
                }
                first = false;
                object.extend_from_slice(inside);
            }
        }
        object.push(b']');
    }
    object.push(b'}');
    Ok(object)
}
