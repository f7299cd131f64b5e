//! Moments as people type them: `2h` ago, a day, a time of their own zone, or RFC 3339.

use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

use crate::ambient::Millis;

/// A moment that was typed: how long ago, or when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// That many milliseconds ago.
    Ago(i64),
    /// Then.
    At(Millis),
}

impl Moment {
    /// The moment, now that it is `now`.
    pub(super) fn at(self, now: Millis) -> Millis {
        match self {
            Self::Ago(millis) => Millis(now.0.saturating_sub(millis)),
            Self::At(at) => at,
        }
    }

    /// Reads a moment, for the command line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        ago(text).or_else(|| Some(Self::At(Millis(date(text)?.timestamp_millis())))).ok_or_else(|| {
            "write how long ago (90m, 2h, 3d), a day (2026-11-20), a time of your zone \
             (2026-11-20 14:30), or RFC 3339 (2026-11-20T14:30:00Z)"
                .to_owned()
        })
    }
}

fn ago(text: &str) -> Option<Moment> {
    let unit = text.chars().last()?;
    let millis = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
    Some(Moment::Ago(i64::from(count).saturating_mul(millis)))
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    let of_reader = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))?;
    Some(Local.from_local_datetime(&of_reader).earliest()?.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_type_them() {
        let now = Millis(1_000_000_000);
        assert_eq!(Moment::parse("2h").unwrap().at(now), Millis(1_000_000_000 - 7_200_000));
        assert_eq!(Moment::parse("90m").unwrap().at(now), Millis(1_000_000_000 - 5_400_000));
        let exact = Moment::parse("2026-11-20T14:30:00Z").unwrap();
        assert_eq!(exact, Moment::At(Millis(1_795_185_000_000)));
        let day = Local.with_ymd_and_hms(2026, 11, 20, 0, 0, 0).unwrap();
        assert_eq!(Moment::parse("2026-11-20"), Ok(Moment::At(Millis(day.timestamp_millis()))));
        let later = Moment::parse("2026-11-20 14:30").unwrap().at(now);
        assert_eq!(later.0 - day.timestamp_millis(), 52_200_000);
    }

    #[test]
    fn what_is_no_moment_is_told_how_one_looks() {
        for text in ["", "h", "yesterday", "-2h", "2026-13-01", "9999999999d"] {
            assert!(Moment::parse(text).is_err_and(|told| told.contains("2h")), "{text}");
        }
    }
}
