//! Days and times in UTC, by the Gregorian calendar.

use crate::time::Wall;

const MS_PER_DAY: u64 = 86_400_000;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: u64 = 719_468;

/// A date and a time of day. The derived order is the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DateTime {
    pub(super) year: u64,
    pub(super) month: u64,
    pub(super) day: u64,
    pub(super) ms_of_day: u64,
}

impl DateTime {
    /// Returns the Unix time. A date before 1970 gives 1970.
    pub(super) fn wall(self) -> Wall {
        let days = days_since_0000_03_01(self.year, self.month, self.day).saturating_sub(DAYS_TO_1970);
        Wall(days.saturating_mul(MS_PER_DAY).saturating_add(self.ms_of_day))
    }

    pub(super) fn from_wall(wall: Wall) -> DateTime {
        let days = (wall.0 / MS_PER_DAY).saturating_add(DAYS_TO_1970);
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        DateTime {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
            ms_of_day: wall.0 % MS_PER_DAY,
        }
    }

    /// Whether the month has this day.
    pub(super) fn is_valid(self) -> bool {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            2 => 28 + u64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=days).contains(&self.day)
    }

    /// Completes a year of two digits: returns the latest such date that is at most 50 years ahead.
    pub(super) fn with_century(self, now: Wall) -> DateTime {
        let now = DateTime::from_wall(now);
        let latest = DateTime { year: now.year.saturating_add(50), ..now };
        let year = latest.year.saturating_sub(latest.year.saturating_sub(self.year) % 100);
        let complete = DateTime { year, ..self };
        if complete > latest { DateTime { year: year.saturating_sub(100), ..complete } } else { complete }
    }
}

/// `days_from_civil` of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". Years start in March, so that the leap day is
/// the last day of a year. `DateTime::from_wall` is his `civil_from_days`. A date before 0000-03-01 gives 0.
fn days_since_0000_03_01(year: u64, month: u64, day: u64) -> u64 {
    let Some(year) = year.checked_sub(u64::from(month <= 2)) else { return 0 };
    let (era, year_of_era) = (year / 400, year % 400);
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_wall_and_wall_are_inverse() {
        for day in (0..2_000_000_u64).step_by(97) {
            let wall = Wall(day * MS_PER_DAY + 86_399_001);
            assert_eq!(DateTime::from_wall(wall).wall(), wall);
        }
    }

    #[test]
    fn days_of_a_month_follow_the_leap_years() {
        let is_valid = |year, month, day| DateTime { year, month, day, ms_of_day: 0 }.is_valid();
        assert!(is_valid(2024, 2, 29) && is_valid(2400, 2, 29) && is_valid(2023, 1, 31));
        for (year, month, day) in [(2023, 2, 29), (2100, 2, 29), (2040, 4, 31), (2023, 1, 0), (2023, 0, 1), (2023, 13, 1)] {
            assert!(!is_valid(year, month, day), "{year}-{month}-{day}");
        }
    }
}
