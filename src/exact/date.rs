//! Days of the proleptic Gregorian calendar, written `YYYY-MM-DD`.

use std::fmt;

/// A real day of the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

/// The second date lies before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatesReversed;

impl Date {
    /// 1 January of the year 1.
    pub const FIRST: Date = Date(jiff::civil::Date::constant(1, 1, 1));

    /// Reads exactly `YYYY-MM-DD`; none if it is another form or no real day.
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        let form = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, byte)| match i {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let year: i16 = text.get(0..4).filter(|_| form)?.parse().ok()?;
        let month: i8 = text.get(5..7)?.parse().ok()?;
        let day: i8 = text.get(8..10)?.parse().ok()?;
        if year == 0 {
            return None;
        }
        jiff::civil::Date::new(year, month, day).ok().map(Date)
    }

    /// The year.
    pub fn year(self) -> i64 {
        i64::from(self.0.year())
    }

    /// The month, 1-12.
    pub fn month(self) -> i64 {
        i64::from(self.0.month())
    }

    /// The day of the month, 1-31.
    pub fn day(self) -> i64 {
        i64::from(self.0.day())
    }

    /// The day after; none after the last of the year 9999.
    pub fn next(self) -> Option<Date> {
        self.0.tomorrow().ok().map(Date)
    }

    /// Whether it is a Saturday or Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    }

    /// Days from this day to `later`; negative where `later` is earlier.
    pub fn days_to(self, later: Date) -> i64 {
        self.0.duration_until(later.0).as_hours() / 24
    }

    /// Complete months from this day to `later` (`DATEDIF(…, "M")`): a month is complete on the same day of the
    /// month, or on the first of the next where the month has no such day.
    ///
    /// # Errors
    /// [`DatesReversed`] where `later` is before this day.
    pub fn months_to(self, later: Date) -> Result<i64, DatesReversed> {
        if later < self {
            return Err(DatesReversed);
        }
        let months = (later.year() - self.year()) * 12 + later.month() - self.month();
        Ok(if later.day() < self.day() { months - 1 } else { months })
    }

    /// Complete years from this day to `later`; 29 February is reached on 1 March of a common year.
    ///
    /// # Errors
    /// [`DatesReversed`] where `later` is before this day.
    pub fn years_to(self, later: Date) -> Result<i64, DatesReversed> {
        self.months_to(later).map(|months| months / 12)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}
