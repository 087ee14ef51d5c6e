//! The formats of JSON Schema as Helm's library (santhosh-tekuri/jsonschema, `format.go`) checks them in every draft that asserts formats.

use std::net::Ipv6Addr;

use crate::functions::syntax;
use crate::template::format::quote_rune;

type Checked = Result<(), String>;
type Check = fn(&str) -> Checked;

/// Every format by name, with what it asks of a string.
pub(super) const FORMATS: &[(&str, Check)] = &[
    ("date", syntax::date),
    ("date-time", date_time),
    ("duration", duration),
    ("email", email),
    ("hostname", hostname),
    ("ipv4", ipv4),
    ("ipv6", ipv6),
    ("iri", uri),
    ("iri-reference", uri_reference),
    ("json-pointer", json_pointer),
    ("period", period),
    ("regex", syntax::regex),
    ("relative-json-pointer", relative_json_pointer),
    ("semver", semver),
    ("time", time),
    ("uri", uri),
    ("uri-reference", uri_reference),
    ("uri-template", uri_template),
    ("uuid", uuid),
];

/// Names of formats that the evaluator knows and Helm's library does not.
pub(super) const UNKNOWN: &[&str] = &["idn-email", "idn-hostname"];

/// What is wrong with a text of this format.
pub(super) fn fault(name: &str, text: &str) -> Option<String> {
    FORMATS.iter().find(|(known, _)| *known == name).and_then(|(_, check)| check(text).err())
}

fn fail(message: impl Into<String>) -> Checked {
    Err(message.into())
}

fn invalid(char: char) -> Checked {
    fail(format!("invalid character {}", quote_rune(char)))
}

fn within(result: Checked, what: &str) -> Checked {
    result.map_err(|message| format!("invalid {what}: {message}"))
}

/// The number of digits that a text begins with.
fn digits(text: &str) -> usize {
    text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len())
}

fn json_pointer(text: &str) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    let Some(tokens) = text.strip_prefix('/') else { return fail("not starting with /") };
    for token in tokens.split('/') {
        if token.split('~').skip(1).any(|behind| !behind.starts_with(['0', '1'])) {
            return fail("~ must be followed by 0 or 1");
        }
    }
    Ok(())
}

fn relative_json_pointer(text: &str) -> Checked {
    match digits(text) {
        0 => fail("must start with non-negative integer"),
        2.. if text.starts_with('0') => fail("starts with zero"),
        digits if &text[digits..] == "#" => Ok(()),
        digits => json_pointer(&text[digits..]),
    }
}

fn uuid(text: &str) -> Checked {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    if groups.len() != LENGTHS.len() {
        return fail("must have 5 elements");
    }
    for ((group, length), number) in groups.iter().zip(LENGTHS).zip(1..) {
        if group.len() != length {
            return fail(format!("element {number} must be {length} characters long"));
        }
        if let Some(other) = group.chars().find(|char| !char.is_ascii_hexdigit()) {
            return fail(format!("non-hex character {}", quote_rune(other)));
        }
    }
    Ok(())
}

fn duration(text: &str) -> Checked {
    let Some(rest) = text.strip_prefix('P') else { return fail("must start with P") };
    if rest.is_empty() {
        return fail("nothing after P");
    }
    if let Some(weeks) = rest.strip_suffix('W') {
        return match weeks {
            "" => fail("no number in week"),
            weeks if digits(weeks) < weeks.len() => fail("invalid week"),
            _ => Ok(()),
        };
    }
    const UNITS: [&str; 2] = ["YMD", "HMS"];
    for (index, mut part) in rest.split('T').enumerate() {
        if index > 0 && part.is_empty() {
            return fail("no time elements");
        }
        let Some(all) = UNITS.get(index) else { return fail("more than one T") };
        let mut units = *all;
        while !part.is_empty() {
            let count = digits(part);
            if count == 0 {
                return fail("missing number");
            }
            let Some(unit) = part[count..].chars().next() else { return fail("missing unit") };
            let Some(at) = units.find(unit) else {
                let shown = quote_rune(unit);
                let out_of_order = format!("unit {shown} out of order");
                return fail(if all.contains(unit) { out_of_order } else { format!("invalid unit {shown}") });
            };
            units = &units[at + 1..];
            part = &part[count + unit.len_utf8()..];
        }
    }
    Ok(())
}

fn ipv4(text: &str) -> Checked {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return fail("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return fail("leading zeros");
        }
        let number = atoi(group)?;
        if !(0..=255).contains(&number) {
            return fail("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

/// Go's `strconv.Atoi`.
fn atoi(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Err(format!("strconv.Atoi: parsing {text:?}: invalid syntax"));
    }
    text.parse().map_err(|_| format!("strconv.Atoi: parsing {text:?}: value out of range"))
}

fn ipv6(text: &str) -> Checked {
    if !text.contains(':') {
        return fail("missing colon");
    }
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    if address.parse::<Ipv6Addr>().is_err() || text.ends_with('%') {
        return fail(format!("ParseAddr({text:?}): unable to parse IP"));
    }
    if address.len() < text.len() { fail("zone id is not a part of ipv6 address") } else { Ok(()) }
}

fn hostname(text: &str) -> Checked {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return fail("more than 253 characters long");
    }
    for label in text.split('.') {
        if !(1..=63).contains(&label.len()) {
            return fail("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return fail("label starts with hyphen");
        }
        if label.ends_with('-') {
            return fail("label ends with hyphen");
        }
        if let Some(other) = label.chars().find(|char| !char.is_ascii_alphanumeric() && *char != '-') {
            return invalid(other);
        }
    }
    Ok(())
}

fn email(text: &str) -> Checked {
    if text.len() > 254 {
        return fail("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return fail("missing @") };
    if local.len() > 64 {
        return fail("local part more than 64 characters long");
    }
    if let Some(inner) = local.strip_prefix('"').filter(|inner| !inner.is_empty()) {
        let mut inner = inner.chars();
        inner.next_back();
        if inner.as_str().contains(['\\', '"']) {
            return fail("backslash and quote are not allowed within quoted local part");
        }
    } else if local.starts_with('.') {
        return fail("starts with dot");
    } else if local.ends_with('.') {
        return fail("ends with dot");
    } else if local.contains("..") {
        return fail("consecutive dots");
    } else if let Some(other) =
        local.chars().find(|char| !char.is_ascii_alphanumeric() && !".!#$%&'*+-/=?^_`{|}~".contains(*char))
    {
        return invalid(other);
    }
    match domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')) {
        Some(address) => match address.strip_prefix("IPv6:") {
            Some(address) => within(ipv6(address), "ipv6 address"),
            None => within(ipv4(address), "ipv4 address"),
        },
        None => within(hostname(domain), "domain"),
    }
}

/// Numbers between colons.
fn numbers(text: &str, what: &str) -> Result<Vec<i64>, String> {
    let number = |part: &str| match atoi(part) {
        Ok(number) if number < 0 => Err(format!("non-positive {what}")),
        other => other.map_err(|_| format!("invalid {what}")),
    };
    text.split(':').map(number).collect()
}

fn time(text: &str) -> Checked {
    if text.len() < 9 {
        return fail("less than 9 characters long");
    }
    if text.as_bytes()[2] != b':' || text.as_bytes()[5] != b':' {
        return fail("missing colon in correct place");
    }
    let Some((clock, mut rest)) = text.split_at_checked(8) else { return fail("invalid hour/min/sec") };
    let clock = numbers(clock, "hour/min/sec")?;
    let [hour, minute, second] = clock[..] else { return fail("invalid hour/min/sec") };
    if hour > 23 || minute > 59 || second > 60 {
        return fail("hour/min/sec out of range");
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = &fraction[digits(fraction)..];
        if rest.len() == fraction.len() {
            return fail("no digits in second fraction");
        }
    }
    let mut utc = hour * 60 + minute;
    if !matches!(rest, "z" | "Z") {
        if rest.len() != 6 {
            return fail("offset must be 6 characters long");
        }
        let (sign, rest) = match rest.split_at_checked(1) {
            Some(("+", rest)) => (-1, rest),
            Some(("-", rest)) => (1, rest),
            _ => return fail("offset must begin with plus/minus"),
        };
        if rest.as_bytes()[2] != b':' {
            return fail("missing colon in offset in correct place");
        }
        let offset = numbers(rest, "hour/min in offset")?;
        let [hour, minute] = offset[..] else { return fail("invalid hour/min in offset") };
        if hour > 23 || minute > 59 {
            return fail("hour/min in offset out of range");
        }
        utc += sign * (hour * 60 + minute);
        utc += if utc < 0 { 24 * 60 } else { 0 };
    }
    if second == 60 && utc != 23 * 60 + 59 { fail("invalid leap second") } else { Ok(()) }
}

fn date_time(text: &str) -> Checked {
    if text.len() < 20 {
        return fail("less than 20 characters long");
    }
    if !matches!(text.as_bytes()[10], b't' | b'T') {
        return fail("11th character must be t or T");
    }
    within(syntax::date(&text[..10]), "date element")?;
    within(time(&text[11..]), "time element")
}

fn period(text: &str) -> Checked {
    let Some((start, end)) = text.split_once('/') else { return fail("missing slash") };
    if start.starts_with('P') {
        within(duration(start), "start duration")?;
        return within(date_time(end), "end date-time");
    }
    within(date_time(start), "start date-time")?;
    if end.starts_with('P') { within(duration(end), "end duration") } else { within(date_time(end), "end date-time") }
}

/// A URL; its scheme.
fn url(text: &str) -> Result<String, String> {
    let (scheme, host) = syntax::url(text)?;
    let colons = |host: &str| host.matches(':').count() > 1;
    match host.strip_prefix('[').and_then(|host| host.rsplit_once(']')) {
        Some((name, _)) if name.contains(':') => within(ipv6(name), "ipv6 address")?,
        None if colons(&host) => return Err("ipv6 address not enclosed in brackets".to_owned()),
        _ => {}
    }
    Ok(scheme)
}

fn uri(text: &str) -> Checked {
    if url(text)?.is_empty() { fail("relative url") } else { Ok(()) }
}

fn uri_reference(text: &str) -> Checked {
    if text.contains('\\') { fail("contains \\") } else { url(text).map(drop) }
}

/// The library looks at the raw path of the parsed URL, which is empty unless its encoding is unusual; so braces are hardly seen.
fn uri_template(text: &str) -> Checked {
    url(text).map(drop)
}

fn semver(text: &str) -> Checked {
    let identifier = |char: &char| char.is_ascii_alphanumeric() || *char == '-';
    let (mut rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    if let Some(build) = build {
        if build.is_empty() {
            return fail("build is empty");
        }
        for part in build.split('.') {
            if part.is_empty() {
                return fail("build identifier is empty");
            }
            if let Some(other) = part.chars().find(|char| !identifier(char)) {
                return fail(format!("invalid character {} in build identifier", quote_rune(other)));
            }
        }
    }
    if let Some((core, prerelease)) = rest.split_once('-') {
        for part in prerelease.split('.') {
            if part.is_empty() {
                return fail("pre-release identifier is empty");
            }
            if let Some(other) = part.chars().find(|char| !identifier(char)) {
                return fail(format!("invalid character {} in pre-release identifier", quote_rune(other)));
            }
            if part.len() > 1 && part.starts_with('0') && digits(part) == part.len() {
                return fail("pre-release numeric identifier starts with zero");
            }
        }
        rest = core;
    }
    let core: Vec<&str> = rest.split('.').collect();
    if core.len() != 3 {
        return fail("versionCore must have 3 numbers separated by dot");
    }
    for (number, name) in core.iter().zip(["major", "minor", "patch"]) {
        if number.is_empty() {
            return fail(format!("{name} is empty"));
        }
        if number.len() > 1 && number.starts_with('0') {
            return fail(format!("{name} starts with zero"));
        }
        if digits(number) < number.len() {
            return fail(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_sorted_and_never_panic() {
        assert!(FORMATS.is_sorted_by(|a, b| a.0 < b.0));
        let odd = [
            "",
            "é",
            "ééééééééééééééé",
            "12:00:0é",
            "12:00:00+é0:0",
            "2020-01-0éT12:00:00Z",
            "PéW",
            "P1é",
            "0é",
            "[é]@[é]",
        ];
        for (_, check) in FORMATS {
            for text in odd {
                let _ = check(text);
            }
        }
    }

    #[test]
    fn faults_read_as_in_the_library() {
        for (name, text, expected) in [
            ("date-time", "2020-01-02T03:04:05Z", None),
            (
                "date-time",
                "2020-02-30T03:04:05Z",
                Some("invalid date element: parsing time \"2020-02-30\": day out of range"),
            ),
            ("time", "23:59:60Z", None),
            ("time", "22:59:60Z", Some("invalid leap second")),
            ("time", "00:59:60+01:00", None),
            ("duration", "P1Y2M3DT4H", None),
            ("duration", "P1D2Y", Some("unit 'Y' out of order")),
            ("email", "a@[127.0.0.1]", None),
            ("email", "a..b@c", Some("consecutive dots")),
            ("email", "a@b_c", Some("invalid domain: invalid character '_'")),
            ("hostname", "a.b-c.", None),
            ("ipv4", "1.2.3.04", Some("leading zeros")),
            ("ipv4", "1.2.3.x", Some("strconv.Atoi: parsing \"x\": invalid syntax")),
            ("ipv6", "::1", None),
            ("ipv6", "fe80::1%eth0", Some("zone id is not a part of ipv6 address")),
            ("json-pointer", "/a~2", Some("~ must be followed by 0 or 1")),
            ("relative-json-pointer", "1#", None),
            ("semver", "1.2.3-01", Some("pre-release numeric identifier starts with zero")),
            ("uri", "http://[::1]:80/", None),
            ("uri", "a b", Some("relative url")),
            ("uuid", "00000000-0000-0000-0000-00000000000g", Some("non-hex character 'g'")),
        ] {
            assert_eq!(fault(name, text).as_deref(), expected, "{name} {text}");
        }
    }
}
