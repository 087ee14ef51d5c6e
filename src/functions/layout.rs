//! Go's time layouts: `2006-01-02` and the like, for writing and for reading.

/// A field of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `January`.
    LongMonth,
    /// `Jan`.
    Month,
    /// `1`.
    NumMonth,
    /// `01`.
    ZeroMonth,
    /// `Monday`.
    LongWeekday,
    /// `Mon`.
    Weekday,
    /// `2`.
    Day,
    /// `_2`.
    UnderDay,
    /// `02`.
    ZeroDay,
    /// `__2`.
    UnderYearDay,
    /// `002`.
    ZeroYearDay,
    /// `15`.
    Hour,
    /// `3`.
    Hour12,
    /// `03`.
    ZeroHour12,
    /// `4`.
    Minute,
    /// `04`.
    ZeroMinute,
    /// `5`.
    Second,
    /// `05`.
    ZeroSecond,
    /// `2006`.
    LongYear,
    /// `06`.
    Year,
    /// `PM`.
    UpperPm,
    /// `pm`.
    LowerPm,
    /// `MST`.
    ZoneName,
    /// `-0700`, `Z07:00` and the like.
    Offset(Offset),
    /// `.000` or `,999`.
    Fraction(Fraction),
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// Whether UTC is `Z`.
    pub(super) z: bool,
    /// Whether colons stand between the numbers.
    pub(super) colon: bool,
    /// How many numbers there are: hours, minutes, seconds.
    pub(super) numbers: usize,
}

/// How a part of a second is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    /// `.` or `,`.
    pub(super) separator: u8,
    /// Digits.
    pub(super) digits: usize,
    /// Whether zeros at the end are left out.
    pub(super) trimmed: bool,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The English name of a month, from 1.
pub(super) fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("%!Month")
}

/// The English name of a day of the week; 0 is Sunday.
pub(super) fn weekday_name(day: i64) -> &'static str {
    usize::try_from(day).ok().and_then(|index| WEEKDAYS.get(index)).copied().unwrap_or("%!Weekday")
}

/// Fixed spellings, each before any other that it begins with.
const SPELLINGS: &[(&str, Field)] = &[
    ("January", Field::LongMonth),
    ("Jan", Field::Month),
    ("Monday", Field::LongWeekday),
    ("Mon", Field::Weekday),
    ("MST", Field::ZoneName),
    ("01", Field::ZeroMonth),
    ("02", Field::ZeroDay),
    ("03", Field::ZeroHour12),
    ("04", Field::ZeroMinute),
    ("05", Field::ZeroSecond),
    ("06", Field::Year),
    ("002", Field::ZeroYearDay),
    ("15", Field::Hour),
    ("1", Field::NumMonth),
    ("2006", Field::LongYear),
    ("2", Field::Day),
    ("__2", Field::UnderYearDay),
    ("_2", Field::UnderDay),
    ("3", Field::Hour12),
    ("4", Field::Minute),
    ("5", Field::Second),
    ("PM", Field::UpperPm),
    ("pm", Field::LowerPm),
];

/// The field that begins `layout`, and how long it is.
fn field_at(layout: &[u8]) -> Option<(Field, usize)> {
    match layout.first()? {
        b'-' | b'Z' => offset_at(layout),
        b'.' | b',' => fraction_at(layout),
        // `_2006` is an underscore and a year.
        b'_' if layout.starts_with(b"_2006") => None,
        _ => {
            let (spelling, field) = SPELLINGS.iter().find(|(spelling, field)| {
                // `Month` and `Janet` hold no field.
                let whole = matches!(field, Field::Month | Field::Weekday);
                layout.starts_with(spelling.as_bytes())
                    && !(whole && layout.get(spelling.len()).is_some_and(u8::is_ascii_lowercase))
            })?;
            Some((*field, spelling.len()))
        }
    }
}

fn offset_at(layout: &[u8]) -> Option<(Field, usize)> {
    let (sign, rest) = layout.split_first()?;
    let forms: [(&[u8], bool, usize); 5] =
        [(b"070000", false, 3), (b"07:00:00", true, 3), (b"0700", false, 2), (b"07:00", true, 2), (b"07", false, 1)];
    let (form, colon, numbers) = forms.into_iter().find(|(form, ..)| rest.starts_with(form))?;
    Some((Field::Offset(Offset { z: *sign == b'Z', colon, numbers }), form.len() + 1))
}

fn fraction_at(layout: &[u8]) -> Option<(Field, usize)> {
    let (separator, rest) = layout.split_first()?;
    let digit = *rest.first().filter(|digit| matches!(digit, b'0' | b'9'))?;
    let digits = rest.iter().take_while(|byte| **byte == digit).count();
    if rest.get(digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let fraction = Fraction { separator: *separator, digits, trimmed: digit == b'9' };
    Some((Field::Fraction(fraction), digits + 1))
}

/// The text before a field, the field with its spelling, and the rest of a layout.
type Split<'a> = (&'a [u8], Option<(Field, &'a [u8])>, &'a [u8]);

/// Splits a layout at its first field.
fn next_field(layout: &[u8]) -> Split<'_> {
    for at in 0..layout.len() {
        if let Some((field, len)) = field_at(&layout[at..]) {
            let end = at + len;
            return (&layout[..at], Some((field, &layout[at..end])), &layout[end..]);
        }
    }
    (layout, None, &[])
}

/// A moment in a zone, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) year_day: i64,
    /// 0 is Sunday.
    pub(super) weekday: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanosecond: i64,
    /// Seconds east of UTC.
    pub(super) offset: i64,
    /// Abbreviation of the zone; empty when it has none.
    pub(super) zone: String,
}

/// Go's `Time.Format`.
pub(super) fn format(parts: &Parts, mut layout: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(layout.len() + 10);
    loop {
        let (before, field, rest) = next_field(layout);
        out.extend_from_slice(before);
        let Some((field, _)) = field else {
            return out;
        };
        out.extend_from_slice(written(parts, field).as_bytes());
        layout = rest;
    }
}

fn written(parts: &Parts, field: Field) -> String {
    let hour12 = if parts.hour % 12 == 0 { 12 } else { parts.hour % 12 };
    match field {
        Field::LongMonth => month_name(parts.month).to_owned(),
        Field::Month => month_name(parts.month).chars().take(3).collect(),
        Field::NumMonth => parts.month.to_string(),
        Field::ZeroMonth => format!("{:02}", parts.month),
        Field::LongWeekday => weekday_name(parts.weekday).to_owned(),
        Field::Weekday => weekday_name(parts.weekday).chars().take(3).collect(),
        Field::Day => parts.day.to_string(),
        Field::UnderDay => format!("{:2}", parts.day),
        Field::ZeroDay => format!("{:02}", parts.day),
        Field::UnderYearDay => format!("{:3}", parts.year_day),
        Field::ZeroYearDay => format!("{:03}", parts.year_day),
        Field::Hour => format!("{:02}", parts.hour),
        Field::Hour12 => hour12.to_string(),
        Field::ZeroHour12 => format!("{hour12:02}"),
        Field::Minute => parts.minute.to_string(),
        Field::ZeroMinute => format!("{:02}", parts.minute),
        Field::Second => parts.second.to_string(),
        Field::ZeroSecond => format!("{:02}", parts.second),
        Field::LongYear if parts.year < 0 => format!("-{:04}", -parts.year),
        Field::LongYear => format!("{:04}", parts.year),
        Field::Year => format!("{:02}", parts.year.rem_euclid(100)),
        Field::UpperPm => if parts.hour >= 12 { "PM" } else { "AM" }.to_owned(),
        Field::LowerPm => if parts.hour >= 12 { "pm" } else { "am" }.to_owned(),
        Field::ZoneName if parts.zone.is_empty() => offset(parts.offset, Offset { z: false, colon: false, numbers: 2 }),
        Field::ZoneName => parts.zone.clone(),
        Field::Offset(form) => offset(parts.offset, form),
        Field::Fraction(form) => fraction(parts.nanosecond, form),
    }
}

fn offset(seconds: i64, form: Offset) -> String {
    if form.z && seconds == 0 {
        return "Z".to_owned();
    }
    // The sign is that of the whole minutes.
    let sign = if seconds / 60 < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let numbers = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(|number| format!("{number:02}"));
    let used = numbers.get(..form.numbers).unwrap_or_default();
    format!("{sign}{}", used.join(if form.colon { ":" } else { "" }))
}

fn fraction(nanosecond: i64, form: Fraction) -> String {
    if form.trimmed && nanosecond == 0 {
        return String::new();
    }
    let separator = char::from(form.separator);
    let digits: String = format!("{nanosecond:09}").chars().take(form.digits).collect();
    let written = format!("{separator}{digits}");
    if form.trimmed { written.trim_end_matches('0').trim_end_matches(separator).to_owned() } else { written }
}

/// What a text says when it is read with a layout; nothing is checked against a calendar but ranges.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub(super) year: i64,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
    pub(super) year_day: Option<i64>,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanosecond: i64,
    pub(super) utc: bool,
    pub(super) offset: Option<i64>,
    pub(super) zone: Option<String>,
}

/// Why a field could not be read.
enum Bad {
    Value,
    Range(&'static str),
}

/// Go's `time.Parse` up to the fields.
///
/// # Errors
/// Go's message.
pub(super) fn read(whole_layout: &[u8], whole: &[u8]) -> Result<Read, String> {
    let (mut layout, mut value) = (whole_layout, whole);
    let mut found = Read::default();
    let mut half = None;
    let wrong = |element: &[u8], rest: &[u8]| {
        let (value, layout) = (quote(whole), quote(whole_layout));
        format!("parsing time {value} as {layout}: cannot parse {} as {}", quote(rest), quote(element))
    };
    loop {
        let (before, field, rest) = next_field(layout);
        value = skip(value, before).map_err(|rest| wrong(before, rest))?;
        let Some((field, spelling)) = field else {
            if !value.is_empty() {
                return Err(format!("parsing time {}: extra text: {}", quote(whole), quote(value)));
            }
            break;
        };
        layout = rest;
        let hold = value;
        match read_field(field, &mut value, layout, &mut found, &mut half) {
            Ok(()) => {}
            Err(Bad::Range(what)) => return Err(format!("parsing time {}: {what} out of range", quote(whole))),
            Err(Bad::Value) => return Err(wrong(spelling, hold)),
        }
    }
    match half {
        Some(true) if found.hour < 12 => found.hour += 12,
        Some(false) if found.hour == 12 => found.hour = 0,
        _ => {}
    }
    Ok(found)
}

/// Removes a literal part of the layout; runs of spaces count as equal. An error is where it stopped.
fn skip<'a>(mut value: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    let cut = |bytes: &[u8]| bytes.iter().take_while(|byte| **byte == b' ').count();
    while let Some(byte) = prefix.first() {
        if *byte == b' ' {
            if value.first().is_some_and(|byte| *byte != b' ') {
                return Err(value);
            }
            prefix = &prefix[cut(prefix)..];
            value = &value[cut(value)..];
            continue;
        }
        value = value.strip_prefix(&[*byte]).ok_or(value)?;
        prefix = &prefix[1..];
    }
    Ok(value)
}

/// Go's own quoting in messages about times: only ASCII stays as it is.
pub(super) fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=0x7F => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

fn read_field(
    field: Field,
    value: &mut &[u8],
    rest: &[u8],
    found: &mut Read,
    afternoon: &mut Option<bool>,
) -> Result<(), Bad> {
    let ranged = |number: i64, low: i64, high: i64, what: &'static str| {
        if (low..=high).contains(&number) { Ok(number) } else { Err(Bad::Range(what)) }
    };
    match field {
        Field::Year => {
            let year = signed(take(value, 2)?)?;
            found.year = if year >= 69 { year + 1900 } else { year + 2000 };
        }
        Field::LongYear => {
            if !value.first().is_some_and(u8::is_ascii_digit) {
                return Err(Bad::Value);
            }
            found.year = signed(take(value, 4)?)?;
        }
        Field::Month => found.month = Some(name(value, MONTHS.iter().map(|name| &name[..3]))? + 1),
        Field::LongMonth => found.month = Some(name(value, MONTHS.iter().copied())? + 1),
        Field::NumMonth | Field::ZeroMonth => {
            found.month = Some(ranged(number(value, field == Field::ZeroMonth, 2)?, 1, 12, "month")?);
        }
        Field::Weekday => drop(name(value, WEEKDAYS.iter().map(|name| &name[..3]))?),
        Field::LongWeekday => drop(name(value, WEEKDAYS.iter().copied())?),
        Field::Day | Field::UnderDay | Field::ZeroDay => {
            if field == Field::UnderDay {
                *value = value.strip_prefix(b" ").unwrap_or(value);
            }
            found.day = Some(number(value, field == Field::ZeroDay, 2)?);
        }
        Field::UnderYearDay | Field::ZeroYearDay => {
            for _ in 0..if field == Field::UnderYearDay { 2 } else { 0 } {
                *value = value.strip_prefix(b" ").unwrap_or(value);
            }
            found.year_day = Some(number(value, field == Field::ZeroYearDay, 3)?);
        }
        Field::Hour => found.hour = ranged(number(value, false, 2)?, 0, 23, "hour")?,
        Field::Hour12 | Field::ZeroHour12 => {
            found.hour = ranged(number(value, field == Field::ZeroHour12, 2)?, 0, 12, "hour")?;
        }
        Field::Minute | Field::ZeroMinute => {
            found.minute = ranged(number(value, field == Field::ZeroMinute, 2)?, 0, 59, "minute")?;
        }
        Field::Second | Field::ZeroSecond => {
            found.second = ranged(number(value, field == Field::ZeroSecond, 2)?, 0, 59, "second")?;
            // A fraction may follow although the layout has none.
            let fraction_follows = matches!(next_field(rest).1, Some((Field::Fraction(_), _)));
            if !fraction_follows && let Some(digits) = fraction_digits(value) {
                found.nanosecond = nanoseconds(take(value, digits + 1)?)?;
            }
        }
        Field::UpperPm | Field::LowerPm => {
            *afternoon = Some(match (take(value, 2)?, field) {
                (b"PM", Field::UpperPm) | (b"pm", Field::LowerPm) => true,
                (b"AM", Field::UpperPm) | (b"am", Field::LowerPm) => false,
                _ => return Err(Bad::Value),
            });
        }
        Field::Offset(form) => match value.strip_prefix(b"Z").filter(|_| form.z) {
            Some(behind) => {
                *value = behind;
                found.utc = true;
            }
            None => found.offset = Some(read_offset(value, form)?),
        },
        Field::ZoneName => {
            if let Some(behind) = value.strip_prefix(b"UTC") {
                *value = behind;
                found.utc = true;
            } else {
                let len = zone_length(value).ok_or(Bad::Value)?;
                found.zone = Some(String::from_utf8_lossy(take(value, len)?).into_owned());
            }
        }
        Field::Fraction(form) if form.trimmed => {
            if let Some(digits) = fraction_digits(value) {
                found.nanosecond = nanoseconds(take(value, digits + 1)?)?;
            }
        }
        Field::Fraction(form) => found.nanosecond = nanoseconds(take(value, form.digits + 1)?)?,
    }
    Ok(())
}

fn take<'a>(value: &mut &'a [u8], len: usize) -> Result<&'a [u8], Bad> {
    let (head, tail) = value.split_at_checked(len).ok_or(Bad::Value)?;
    *value = tail;
    Ok(head)
}

/// A decimal number with an optional sign.
fn signed(bytes: &[u8]) -> Result<i64, Bad> {
    let digits = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    if !digits.iter().all(u8::is_ascii_digit) || digits.len() > 18 {
        return Err(Bad::Value);
    }
    let number = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    Ok(if bytes.first() == Some(&b'-') { -number } else { number })
}

fn number(value: &mut &[u8], fixed: bool, most: usize) -> Result<i64, Bad> {
    let digits = value.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || fixed && digits < most {
        return Err(Bad::Value);
    }
    signed(take(value, digits)?)
}

fn name<'a>(value: &mut &[u8], names: impl Iterator<Item = &'a str>) -> Result<i64, Bad> {
    for (index, name) in names.enumerate() {
        if value.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes())) {
            *value = &value[name.len()..];
            return Ok(index as i64);
        }
    }
    Err(Bad::Value)
}

fn fraction_digits(value: &[u8]) -> Option<usize> {
    let rest = value.strip_prefix(b".").or_else(|| value.strip_prefix(b","))?;
    Some(rest.iter().take_while(|byte| byte.is_ascii_digit()).count()).filter(|digits| *digits > 0)
}

/// `.5` as nanoseconds; digits behind the ninth are cut.
fn nanoseconds(bytes: &[u8]) -> Result<i64, Bad> {
    let (separator, digits) = bytes.split_first().ok_or(Bad::Value)?;
    if !matches!(separator, b'.' | b',') || digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Bad::Value);
    }
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    Ok(padded.fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
}

fn read_offset(value: &mut &[u8], form: Offset) -> Result<i64, Bad> {
    let (sign, mut rest) = match value.split_first() {
        Some((sign, rest)) => (*sign, rest),
        None => return Err(Bad::Value),
    };
    let mut numbers = [0; 3];
    for (index, slot) in numbers.iter_mut().take(form.numbers).enumerate() {
        if form.colon && index > 0 {
            rest = rest.strip_prefix(b":").ok_or(Bad::Value)?;
        }
        *slot = number(&mut rest, true, 2)?;
    }
    *value = rest;
    for (number, most, what) in [
        (numbers[0], 24, "time zone offset hour"),
        (numbers[1], 60, "time zone offset minute"),
        (numbers[2], 60, "time zone offset second"),
    ] {
        if number > most {
            return Err(Bad::Range(what));
        }
    }
    let seconds = (numbers[0] * 60 + numbers[1]) * 60 + numbers[2];
    match sign {
        b'+' => Ok(seconds),
        b'-' => Ok(-seconds),
        _ => Err(Bad::Value),
    }
}

/// How long the zone abbreviation at the beginning is, by Go's guess.
fn zone_length(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_hours(rest).unwrap_or(0));
    }
    if matches!(value[0], b'+' | b'-') {
        return signed_hours(value);
    }
    match value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        5 if value[4] == b'T' => Some(5),
        4 if value[3] == b'T' || value.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// Length of `+3` or `-11` up to 23.
fn signed_hours(value: &[u8]) -> Option<usize> {
    let (_, rest) = value.split_first().filter(|(sign, _)| matches!(sign, b'+' | b'-'))?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours = std::str::from_utf8(rest.get(..digits)?).ok()?.parse::<u64>().ok()?;
    (hours <= 23).then_some(digits + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            year: 2020,
            month: 3,
            day: 4,
            year_day: 64,
            weekday: 3,
            hour: 15,
            minute: 6,
            second: 7,
            nanosecond: 80_900_000,
            offset: -(5 * 3600 + 30 * 60),
            zone: String::new(),
        }
    }

    #[test]
    fn every_field_is_written() {
        let cases = [
            ("Monday, 02-Jan-06 15:04:05 MST", "Wednesday, 04-Mar-20 15:06:07 -0530"),
            ("Mon January 1 _2 2 3:4:5pm PM", "Wed March 3  4 4 3:6:7pm PM"),
            ("002 __2 _2006 03", "064  64 _2020 03"),
            (".000 ,000 .999999 .0", ".080 ,080 .0809 .0"),
            ("-07 -0700 -07:00 -070000 -07:00:00 Z07:00 Z07", "-05 -0530 -05:30 -053000 -05:30:00 -05:30 -05"),
            ("Month Janet Monet 7 8", "Month Janet Monet 7 8"),
            ("é", "é"),
            ("05.0009", "07.0009"),
        ];
        for (layout, expected) in cases {
            assert_eq!(String::from_utf8_lossy(&format(&parts(), layout.as_bytes())), expected, "{layout}");
        }
        let utc = Parts { offset: 0, zone: "UTC".into(), hour: 0, ..parts() };
        assert_eq!(format(&utc, b"Z07:00 Z0700 -0700 MST 3PM"), b"Z Z +0000 UTC 12AM");
    }

    #[test]
    fn errors_are_those_of_go() {
        let cases = [
            ("2006-01-02", "x", r#"parsing time "x" as "2006-01-02": cannot parse "x" as "2006""#),
            ("2006-01-02", "2020-13-01", r#"parsing time "2020-13-01": month out of range"#),
            ("2006-01-02", "2020-01-01x", r#"parsing time "2020-01-01x": extra text: "x""#),
            ("2006-01-02", "2020/01", r#"parsing time "2020/01" as "2006-01-02": cannot parse "/01" as "-""#),
            ("15:04", "25:00", r#"parsing time "25:00": hour out of range"#),
            ("MST", "ab", r#"parsing time "ab" as "MST": cannot parse "ab" as "MST""#),
            ("PM", "XM", r#"parsing time "XM" as "PM": cannot parse "XM" as "PM""#),
            ("-0700", "+2500", r#"parsing time "+2500": time zone offset hour out of range"#),
        ];
        for (layout, value, message) in cases {
            assert_eq!(read(layout.as_bytes(), value.as_bytes()).unwrap_err(), message);
        }
    }

    #[test]
    fn fields_are_read() {
        let found = read(b"Mon Jan _2 3:04:05PM 2006 -07:00", b"wed MAR  4  3:06:07.5PM 2020 +01:30").unwrap();
        assert_eq!((found.year, found.month, found.day), (2020, Some(3), Some(4)));
        assert_eq!((found.hour, found.minute, found.second, found.nanosecond), (15, 6, 7, 500_000_000));
        assert_eq!(found.offset, Some(5400));
        let found = read(b"06 002 MST", b"69 060 GMT+3").unwrap();
        assert_eq!((found.year, found.year_day, found.zone.as_deref()), (1969, Some(60), Some("GMT+3")));
    }
}
