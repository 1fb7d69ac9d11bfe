//! Working days: Monday to Friday, but for the days that the bureau has entered for the year. A year that is not entered has no
//! working days that anybody knows: it is never taken for plain weeks.

use std::collections::BTreeMap;

use super::settings;
use crate::exact::Date;
use crate::store::{self, Conn};
use crate::wire::json::{self, Json};

/// The word of a day that is worked although it is a weekend.
pub const WORKDAY: &str = "workday";
/// The word of a day that is not worked.
pub const HOLIDAY: &str = "holiday";

/// The days of this year are not entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotEntered(pub i64);

/// The working days of some years.
#[derive(Debug, Default)]
pub struct Calendar {
    /// Of each year that is entered the days that differ, and whether they are worked.
    years: BTreeMap<i64, BTreeMap<Date, bool>>,
}

impl Calendar {
    /// What a bureau has entered of these years, up to the first that it has not: nobody counts beyond that.
    ///
    /// # Errors
    /// The store's own.
    pub fn read(conn: &mut Conn, bureau: &str, years: impl IntoIterator<Item = i64>) -> Result<Calendar, store::Error> {
        let mut calendar = Calendar::default();
        for year in years {
            let Some(setting) = store::settings::get(conn, bureau, &settings::calendar(year))? else { break };
            let json = json::read(setting.document.as_bytes());
            let json = json.map_err(|stop| store::Error::Broken(stop.to_string()))?;
            let day = |day: &Json<'_>| {
                let date = Date::parse(day.get("date").and_then(Json::text)?)?;
                Some((date, day.get("kind").and_then(Json::text)? == WORKDAY))
            };
            let days = json.get("days").and_then(Json::items).unwrap_or_default();
            calendar.years.insert(year, days.iter().filter_map(day).collect());
        }
        Ok(calendar)
    }

    fn is_worked(&self, day: Date) -> Result<bool, NotEntered> {
        let differing = self.years.get(&day.year()).ok_or(NotEntered(day.year()))?;
        Ok(differing.get(&day).copied().unwrap_or(!day.is_weekend()))
    }

    /// How many working days there are from a day to another, both of them counted.
    ///
    /// # Errors
    /// [`NotEntered`].
    pub fn working_days(&self, from: Date, to: Date) -> Result<i64, NotEntered> {
        let (mut day, mut days) = (Some(from), 0);
        while let Some(now) = day.filter(|day| *day <= to) {
            days += i64::from(self.is_worked(now)?);
            day = now.next();
        }
        Ok(days)
    }

    /// The day on which a notice ends that begins on a day and takes so many working days: the last of them.
    ///
    /// # Errors
    /// [`NotEntered`].
    pub fn last_day(&self, from: Date, days: i64) -> Result<Date, NotEntered> {
        let (mut day, mut left) = (from, days);
        loop {
            left -= i64::from(self.is_worked(day)?);
            if left <= 0 {
                return Ok(day);
            }
            day = day.next().ok_or(NotEntered(day.year() + 1))?;
        }
    }
}
