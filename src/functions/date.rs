//! Sprig's date functions and the methods of `time.Time`.
//!
//! The clock and the local zone are those of the environment's `now`. Other zones come from the tables inside the binary.

use std::rc::Rc;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use super::duration::{self, SECOND};
use super::layout::{self, Parts, Read};
use super::{Outcome, fixed};
use crate::origin::Mark;
use crate::template::Type::{Any, Int, String as Str, Time};
use crate::template::{Call, CallError, Function, format};
use crate::value::{IntType, Native, Struct, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("ago", &[Any], ago),
    fixed("date", &[Str, Any], date),
    fixed("dateInZone", &[Str, Any, Str], date_in_zone),
    fixed("dateModify", &[Str, Time], date_modify),
    fixed("date_in_zone", &[Str, Any, Str], date_in_zone),
    fixed("date_modify", &[Str, Time], date_modify),
    fixed("duration", &[Any], duration),
    fixed("durationRound", &[Any], duration_round),
    fixed("htmlDate", &[Any], html_date),
    fixed("htmlDateInZone", &[Any, Str], html_date_in_zone),
    fixed("mustDateModify", &[Str, Time], must_date_modify),
    fixed("mustToDate", &[Str, Str], must_to_date),
    fixed("must_date_modify", &[Str, Time], must_date_modify),
    fixed("now", &[], now),
    fixed("toDate", &[Str, Str], to_date),
    fixed("unixEpoch", &[Time], unix_epoch),
];

/// Methods of `time.Time`; the receiver is the first argument.
const METHODS: &[Function] = &[
    fixed("AddDate", &[Time, Int, Int, Int], add_date),
    fixed("After", &[Time, Time], |call| Ok(Value::bool(receiver(call).timestamp() > other(call).timestamp()))),
    fixed("Before", &[Time, Time], |call| Ok(Value::bool(receiver(call).timestamp() < other(call).timestamp()))),
    fixed("Day", &[Time], |call| Ok(Value::int(receiver(call).day().into()))),
    fixed("Equal", &[Time, Time], |call| Ok(Value::bool(receiver(call).timestamp() == other(call).timestamp()))),
    fixed("Format", &[Time, Str], |call| formatted(call, &receiver(call), call.bytes(1))),
    fixed("Hour", &[Time], |call| Ok(Value::int(receiver(call).hour().into()))),
    fixed("IsZero", &[Time], |call| Ok(Value::bool(receiver(call).timestamp() == zero().timestamp()))),
    fixed("Local", &[Time], |call| Ok(time(receiver(call).with_time_zone(local(call)), None))),
    fixed("Minute", &[Time], |call| Ok(Value::int(receiver(call).minute().into()))),
    fixed("Month", &[Time], |call| Ok(named("time.Month", layout::month_name(receiver(call).month().into())))),
    fixed("Nanosecond", &[Time], |call| Ok(Value::int(receiver(call).subsec_nanosecond().into()))),
    fixed("Second", &[Time], |call| Ok(Value::int(receiver(call).second().into()))),
    fixed("String", &[Time], |call| Ok(Value::str(printed(call.arg(0)).to_owned()))),
    fixed("Sub", &[Time, Time], |call| {
        Ok(Value::Int(Mark::NONE, IntType::Duration, between(&other(call), &receiver(call))))
    }),
    fixed("UTC", &[Time], |call| Ok(time(receiver(call).with_time_zone(TimeZone::UTC), None))),
    fixed("Unix", &[Time], |call| Ok(Value::int64(unix(&receiver(call))))),
    fixed("UnixMilli", &[Time], |call| Ok(Value::int64(unix_in(&receiver(call), 1_000_000)))),
    fixed("UnixNano", &[Time], |call| Ok(Value::int64(unix_in(&receiver(call), 1)))),
    fixed("Weekday", &[Time], |call| Ok(named("time.Weekday", layout::weekday_name(parts(&receiver(call)).weekday)))),
    fixed("Year", &[Time], |call| Ok(Value::int(receiver(call).year().into()))),
    fixed("YearDay", &[Time], |call| Ok(Value::int(receiver(call).day_of_year().into()))),
];

/// The method of a `time.Time`.
pub(super) fn method(value: &Value, name: &str) -> Option<&'static Function> {
    as_time(value)?;
    METHODS.get(METHODS.binary_search_by(|method| method.name.cmp(name)).ok()?)
}

/// Time since a moment, rounded to seconds.
fn ago(call: &mut Call<'_>) -> Outcome {
    // A Go `int32` is no moment here, other than for `date`.
    let moment = moment(call, 0).filter(|_| !matches!(call.arg(0), Value::Int(_, IntType::Int32, _)));
    let since = moment.map_or(0, |moment| between(&moment, &call.environment().now));
    Ok(Value::str(format::duration(duration::round_to_seconds(since))))
}

/// A moment in a layout, in the local zone.
fn date(call: &mut Call<'_>) -> Outcome {
    in_zone(call, call.bytes(0), 1, local(call))
}

/// A moment in a layout, in a zone; UTC for an unknown one.
fn date_in_zone(call: &mut Call<'_>) -> Outcome {
    let zone = zone(call, &call.str(2));
    in_zone(call, call.bytes(0), 1, zone)
}

/// A moment and a duration added; a faulty duration adds nothing.
fn date_modify(call: &mut Call<'_>) -> Outcome {
    match must_date_modify(call) {
        Err(CallError::Message(_)) => Ok(call.arg(1).clone()),
        other => other,
    }
}

/// A number of seconds as a duration. As in Sprig, only a string or an `int64` is one.
fn duration(call: &mut Call<'_>) -> Outcome {
    let seconds = match call.arg(0) {
        Value::Str(_, text) => integer(text.as_bytes()),
        Value::Int(_, IntType::Int64, seconds) => *seconds,
        _ => 0,
    };
    Ok(Value::str(format::duration(seconds.wrapping_mul(SECOND))))
}

/// Go's `strconv.ParseInt` without its error: 0 for no number, the nearest one when it does not fit.
fn integer(text: &[u8]) -> i64 {
    let text = std::str::from_utf8(text).unwrap_or("");
    match text.parse::<i64>() {
        Ok(number) => number,
        Err(error) => match error.kind() {
            std::num::IntErrorKind::PosOverflow => i64::MAX,
            std::num::IntErrorKind::NegOverflow => i64::MIN,
            _ => 0,
        },
    }
}

/// The largest unit of a duration: `2h`, `3mo`.
fn duration_round(call: &mut Call<'_>) -> Outcome {
    const UNITS: &[(u64, &str)] =
        &[(365 * 86_400, "y"), (30 * 86_400, "mo"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let nanoseconds = match call.arg(0) {
        Value::Str(_, text) => duration::parse(text.as_bytes()).unwrap_or(0),
        Value::Int(_, IntType::Int64, nanoseconds) => *nanoseconds,
        value => as_time(value).map_or(0, |moment| between(moment, &call.environment().now)),
    };
    let total = nanoseconds.unsigned_abs();
    let unit = UNITS.iter().map(|(seconds, name)| (seconds * SECOND as u64, name)).find(|(unit, _)| total > *unit);
    Ok(Value::str(unit.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", total / unit))))
}

/// A moment as `2006-01-02` in the local zone.
fn html_date(call: &mut Call<'_>) -> Outcome {
    in_zone(call, b"2006-01-02", 0, local(call))
}

/// A moment as `2006-01-02` in a zone.
fn html_date_in_zone(call: &mut Call<'_>) -> Outcome {
    let zone = zone(call, &call.str(1));
    in_zone(call, b"2006-01-02", 0, zone)
}

/// A moment and a duration added.
fn must_date_modify(call: &mut Call<'_>) -> Outcome {
    let by = duration::parse(call.bytes(0))?;
    let value = call.arg(1);
    let start = as_time(value).cloned().unwrap_or_else(zero);
    let moment = start.checked_add(SignedDuration::from_nanos(by)).map_err(|error| error.to_string())?;
    Ok(time(moment, monotonic(value).map(|before| before.wrapping_add(by))))
}

/// A text read with a layout in the local zone.
fn must_to_date(call: &mut Call<'_>) -> Outcome {
    Ok(time(read(call.bytes(0), call.bytes(1), &local(call))?, None))
}

/// Go's `time.ParseInLocation`.
pub(super) fn read(layout: &[u8], text: &[u8], zone: &TimeZone) -> Result<Zoned, String> {
    let found = layout::read(layout, text)?;
    resolve(&found, zone).map_err(|message| format!("parsing time {}: {message}", layout::quote(text)))
}

/// The time of the render.
fn now(call: &mut Call<'_>) -> Outcome {
    // Go's clock counts from the start of the process too, and `now` prints that count.
    Ok(time(call.environment().now.clone(), Some(0)))
}

/// A text read with a layout in the local zone; Go's zero time when it cannot be read.
fn to_date(call: &mut Call<'_>) -> Outcome {
    match must_to_date(call) {
        Err(CallError::Message(_)) => Ok(time(zero(), None)),
        other => other,
    }
}

/// Seconds since 1970.
fn unix_epoch(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(unix(&receiver(call)).to_string()))
}

/// Years, months and days added, normalized as Go does: the 31st of a short month lies in the next one.
fn add_date(call: &mut Call<'_>) -> Outcome {
    let start = receiver(call);
    let months =
        call.int(1).saturating_mul(12).saturating_add(call.int(2)).saturating_add(i64::from(start.month()) - 1);
    let year = i64::from(start.year()).saturating_add(months.div_euclid(12));
    let first = i16::try_from(year).ok().and_then(|year| {
        let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
        jiff::civil::Date::new(year, month, 1).ok()
    });
    let days = call.int(3).saturating_add(i64::from(start.day()) - 1);
    let date = first.and_then(|first| first.checked_add(Span::new().try_days(days).ok()?).ok());
    let moment = date.and_then(|date| date.to_datetime(start.time()).to_zoned(start.time_zone().clone()).ok());
    Ok(time(moment.ok_or("time: year out of range")?, None))
}

fn receiver(call: &Call<'_>) -> Zoned {
    as_time(call.arg(0)).cloned().unwrap_or_else(zero)
}

fn other(call: &Call<'_>) -> Zoned {
    as_time(call.arg(1)).cloned().unwrap_or_else(zero)
}

fn as_time(value: &Value) -> Option<&Zoned> {
    match value {
        Value::Struct(_, of) => match &of.native {
            Native::Time(moment) => Some(moment),
            _ => None,
        },
        _ => None,
    }
}

/// A `time.Time`; `monotonic` is what Go's monotonic clock shows beside it, in nanoseconds.
fn time(moment: Zoned, monotonic: Option<i64>) -> Value {
    let text = layout::format(&parts(&moment), b"2006-01-02 15:04:05.999999999 -0700 MST");
    let mut printed = String::from_utf8_lossy(&text).into_owned();
    if let Some(nanoseconds) = monotonic {
        let (sign, total) = (if nanoseconds < 0 { '-' } else { '+' }, nanoseconds.unsigned_abs());
        printed.push_str(&format!(" m={sign}{}.{:09}", total / SECOND as u64, total % SECOND as u64));
    }
    let native = Native::Time(Box::new(moment));
    Value::Struct(
        Mark::NONE,
        Rc::new(Struct { type_name: "time.Time", fields: Vec::new(), printed: Some(printed), native }),
    )
}

fn printed(value: &Value) -> &str {
    match value {
        Value::Struct(_, of) => of.printed.as_deref().unwrap_or(""),
        _ => "",
    }
}

fn monotonic(value: &Value) -> Option<i64> {
    printed(value).rsplit_once(" m=")?.1.replace('.', "").parse().ok()
}

fn named(type_name: &'static str, name: &str) -> Value {
    let of = Struct { type_name, fields: Vec::new(), printed: Some(name.to_owned()), native: Native::None };
    Value::Struct(Mark::NONE, Rc::new(of))
}

/// Go's zero time: the first second of the year 1 in UTC.
fn zero() -> Zoned {
    DateTime::constant(1, 1, 1, 0, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap_or_default()
}

fn local(call: &Call<'_>) -> TimeZone {
    call.environment().now.time_zone().clone()
}

/// Go's `time.LoadLocation`; UTC for an unknown name.
fn zone(call: &Call<'_>, name: &str) -> TimeZone {
    match name {
        "Local" => local(call),
        "" | "UTC" => TimeZone::UTC,
        // File names have case, the table has not.
        _ => match TimeZoneDatabase::bundled().get(name) {
            Ok(zone) if zone.iana_name() == Some(name) => zone,
            _ => TimeZone::UTC,
        },
    }
}

/// What Sprig takes for a moment: a `time.Time`, or an integer as seconds since 1970.
fn moment(call: &Call<'_>, index: usize) -> Option<Zoned> {
    match call.arg(index) {
        Value::Int(_, IntType::Int | IntType::Int64 | IntType::Int32, seconds) => {
            let bounds = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
            let seconds = (*seconds).clamp(*bounds.start(), *bounds.end());
            Timestamp::from_second(seconds).ok().map(|timestamp| timestamp.to_zoned(TimeZone::UTC))
        }
        value => as_time(value).cloned(),
    }
}

fn in_zone(call: &Call<'_>, layout: &[u8], index: usize, zone: TimeZone) -> Outcome {
    let moment = moment(call, index).unwrap_or_else(|| call.environment().now.clone());
    formatted(call, &moment.with_time_zone(zone), layout)
}

fn formatted(call: &Call<'_>, moment: &Zoned, layout: &[u8]) -> Outcome {
    // The longest field by far is a fraction of a second, which is as long as in the layout or shorter.
    call.check_string(layout.len().saturating_mul(9))?;
    Ok(Value::str(layout::format(&parts(moment), layout)))
}

fn unix(moment: &Zoned) -> i64 {
    unix_in(moment, i128::from(SECOND))
}

fn unix_in(moment: &Zoned, unit: i128) -> i64 {
    moment.timestamp().as_nanosecond().div_euclid(unit) as i64
}

/// Go's `Time.Sub`: nanoseconds from one moment to another, cut to what a duration holds.
fn between(from: &Zoned, to: &Zoned) -> i64 {
    let nanoseconds = to.timestamp().as_nanosecond() - from.timestamp().as_nanosecond();
    nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

fn parts(moment: &Zoned) -> Parts {
    let zone = moment.time_zone();
    // A fixed offset has no name in Go, but for UTC.
    let unnamed = zone.iana_name().is_none() && zone.to_fixed_offset().is_ok();
    let name = || zone.to_offset_info(moment.timestamp()).abbreviation().to_owned();
    Parts {
        year: moment.year().into(),
        month: moment.month().into(),
        day: moment.day().into(),
        year_day: moment.day_of_year().into(),
        weekday: moment.weekday().to_sunday_zero_offset().into(),
        hour: moment.hour().into(),
        minute: moment.minute().into(),
        second: moment.second().into(),
        nanosecond: moment.subsec_nanosecond().into(),
        offset: moment.offset().seconds().into(),
        zone: if unnamed { String::new() } else { name() },
    }
}

/// A moment out of the fields that were read.
fn resolve(found: &Read, local: &TimeZone) -> Result<Zoned, String> {
    let outside = || "day out of range".to_owned();
    let year = i16::try_from(found.year).map_err(|_| outside())?;
    let month = i8::try_from(found.month.unwrap_or(1)).map_err(|_| outside())?;
    let date = match found.year_day {
        None => {
            let day = i8::try_from(found.day.unwrap_or(1)).map_err(|_| outside())?;
            jiff::civil::Date::new(year, month, day).map_err(|_| outside())?
        }
        Some(days) => {
            let first = jiff::civil::Date::new(year, 1, 1).map_err(|_| outside())?;
            let date = Span::new().try_days(days - 1).ok().and_then(|days| first.checked_add(days).ok());
            let date = date.filter(|date| days > 0 && date.year() == year).ok_or("day-of-year out of range")?;
            if found.month.is_some_and(|month| month != i64::from(date.month())) {
                return Err("day-of-year does not match month".to_owned());
            }
            if found.day.is_some_and(|day| day != i64::from(date.day())) {
                return Err("day-of-year does not match day".to_owned());
            }
            date
        }
    };
    let small = |number: i64| i8::try_from(number).unwrap_or(0);
    let nanosecond = i32::try_from(found.nanosecond).unwrap_or(0);
    let civil = date.at(small(found.hour), small(found.minute), small(found.second), nanosecond);
    let in_zone = |zone: TimeZone| civil.to_zoned(zone).map_err(|error| error.to_string());
    if found.utc {
        return in_zone(TimeZone::UTC);
    }
    if let Some(seconds) = found.offset {
        let offset = i32::try_from(seconds).ok().and_then(|seconds| Offset::from_seconds(seconds).ok());
        let moment = in_zone(TimeZone::fixed(offset.ok_or_else(outside)?))?;
        let here = moment.with_time_zone(local.clone());
        let same_name = found.zone.as_ref().is_none_or(|name| *name == parts(&here).zone);
        if here.offset() == moment.offset() && same_name {
            return Ok(here);
        }
        return Ok(match found.zone.as_deref().and_then(|name| named_zone(name, seconds)) {
            Some(zone) => moment.with_time_zone(zone),
            None => moment,
        });
    }
    if let Some(name) = &found.zone {
        let here = in_zone(local.clone())?;
        if parts(&here).zone == *name {
            return Ok(here);
        }
        let hours = name.strip_prefix("GMT").and_then(|hours| hours.parse::<i64>().ok()).unwrap_or(0);
        // Go reads the clock as UTC and then only shows it in the zone, even where the name tells the offset.
        return Ok(in_zone(TimeZone::UTC)?.with_time_zone(named_zone(name, hours * 3600).ok_or_else(outside)?));
    }
    in_zone(local.clone())
}

/// A zone with a name and a fixed offset.
fn named_zone(name: &str, seconds: i64) -> Option<TimeZone> {
    // POSIX counts west of UTC.
    let (sign, total) = (if seconds < 0 { '+' } else { '-' }, seconds.abs());
    let text = format!("<{name}>{sign}{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
    TimeZone::posix(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show};
    use super::*;
    use crate::limits::Limits;

    fn to(layout: &str, text: &str) -> Value {
        call_in(&mut exec(Limits::default()), "toDate", &[s(layout), s(text)]).unwrap()
    }

    #[test]
    fn dates_print_as_in_sprig() {
        let day = to("2006-01-02", "2020-03-04");
        let cases: &[(&str, &[Value], &str)] = &[
            ("date", &[s("2006-01-02"), day.clone()], "2020-03-04"),
            ("toDate", &[s("2006-01-02"), s("x")], "0001-01-01 00:00:00 +0000 UTC"),
            ("mustToDate", &[s("2006-01-02"), s("2020-02-30")], r#"ERROR parsing time "2020-02-30": day out of range"#),
            (
                "date",
                &[s("Mon Jan _2 15:04:05 2006 .000 MST -0700 PM"), day.clone()],
                "Wed Mar  4 00:00:00 2020 .000 UTC +0000 AM",
            ),
            ("dateInZone", &[s("2006-01-02 15:04 MST"), day.clone(), s("Europe/Rome")], "2020-03-04 01:00 CET"),
            ("dateInZone", &[s("15:04 MST"), day.clone(), s("Nope/Zone")], "00:00 UTC"),
            ("dateInZone", &[s("15:04 MST"), day.clone(), s("europe/rome")], "00:00 UTC"),
            ("htmlDate", std::slice::from_ref(&day), "2020-03-04"),
            ("htmlDate", &[i(0)], "1970-01-01"),
            ("date", &[s("2006"), i(0)], "1970"),
            ("date", &[s("2006-01-02 15"), s("x")], "2020-03-04 05"),
            ("dateModify", &[s("-24h"), day.clone()], "2020-03-03 00:00:00 +0000 UTC"),
            ("dateModify", &[s("x"), day.clone()], "2020-03-04 00:00:00 +0000 UTC"),
            ("mustDateModify", &[s("x"), day.clone()], r#"ERROR time: invalid duration "x""#),
            ("unixEpoch", std::slice::from_ref(&day), "1583280000"),
            ("duration", &[i(95)], "0s"),
            ("duration", &[Value::int64(95)], "1m35s"),
            ("duration", &[s("95")], "1m35s"),
            ("duration", &[s("x")], "0s"),
            ("durationRound", &[s("2h10m5s")], "2h"),
            ("durationRound", &[s("2400h")], "3mo"),
            ("durationRound", &[i(5)], "0s"),
            ("ago", std::slice::from_ref(&day), "5h6m7s"),
            ("now", &[], "2020-03-04 05:06:07 +0000 UTC m=+0.000000000"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(show(name, args), *expected, "{name}");
        }
    }

    #[test]
    fn zones_in_the_text_are_kept() {
        let cases = [
            ("2006-01-02T15:04:05Z07:00", "2020-03-04T05:06:07Z", "2020-03-04 05:06:07 +0000 UTC"),
            ("2006-01-02T15:04:05Z07:00", "2020-03-04T05:06:07.25+01:30", "2020-03-04 05:06:07.25 +0130 +0130"),
            ("2006-01-02 15:04 MST", "2020-03-04 05:06 ABC", "2020-03-04 05:06:00 +0000 ABC"),
            ("2006-01-02 15:04 MST", "2020-03-04 05:06 GMT+3", "2020-03-04 08:06:00 +0300 GMT+3"),
            ("2006-01-02 -0700 MST", "2020-03-04 -0330 ABC", "2020-03-04 00:00:00 -0330 ABC"),
            ("2006 002", "2020 060", "2020-02-29 00:00:00 +0000 UTC"),
            ("15:04", "05:06", "0000-01-01 05:06:00 +0000 UTC"),
        ];
        for (layout, text, expected) in cases {
            assert_eq!(show("mustToDate", &[s(layout), s(text)]), expected, "{layout} {text}");
        }
    }

    #[test]
    fn methods_answer() {
        let moment = to("2006-01-02T15:04:05Z07:00", "2020-01-31T05:06:07.008Z");
        let mut exec = exec(Limits::default());
        let mut answer = |name: &str, args: &[Value]| {
            let all: Vec<Value> = std::iter::once(moment.clone()).chain(args.iter().cloned()).collect();
            let frame = crate::origin::Frame {
                place: crate::source::Place { source: crate::source::SourceId(0), offset: 0 },
                chain: crate::origin::Chain::TOP,
            };
            let run = method(&moment, name).unwrap().run;
            let value = run(&mut Call { args: &all, frame, exec: &mut exec }).unwrap();
            String::from_utf8(crate::template::format::print_value(&value)).unwrap()
        };
        assert_eq!(answer("Format", &[s("06/01/02")]), "20/01/31");
        assert_eq!(answer("Unix", &[]), "1580447167");
        assert_eq!(answer("UnixMilli", &[]), "1580447167008");
        assert_eq!(answer("Month", &[]), "January");
        assert_eq!(answer("Weekday", &[]), "Friday");
        assert_eq!(answer("YearDay", &[]), "31");
        assert_eq!(answer("AddDate", &[i(0), i(1), i(0)]), "2020-03-02 05:06:07.008 +0000 UTC");
        assert_eq!(answer("AddDate", &[i(-1), i(-1), i(1)]), "2019-01-01 05:06:07.008 +0000 UTC");
        assert!(method(&s("x"), "Unix").is_none());
        assert!(METHODS.is_sorted_by(|a, b| a.name < b.name));
    }
}
