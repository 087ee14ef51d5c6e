//! Sprig's URL functions, with the rules of Go's `net/url`.

use super::print::quote_go;
use super::{Outcome, fixed};
use crate::template::Type::{Map, String as Str};
use crate::template::{Call, Function};
use crate::text::find;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[fixed("urlJoin", &[Map], url_join), fixed("urlParse", &[Str], url_parse)];

/// A URL taken apart; everything but the query is unescaped.
#[derive(Debug, Default)]
pub(super) struct Url {
    pub(super) scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<User>,
    pub(super) host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

#[derive(Debug)]
struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

/// The parts of a URL as a map.
fn url_parse(call: &mut Call<'_>) -> Outcome {
    let source = call.arg(0);
    let url = parse(call.bytes(0)).map_err(|message| format!("unable to parse url: {message}"))?;
    let hostname = hostname(&url.host).to_vec();
    let user = url.user.map(|user| user.written()).unwrap_or_default();
    let parts = [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", user),
    ];
    // A part that stands in the URL as it is keeps its origin.
    let value = |part: Vec<u8>| match find(call.bytes(0), &part) {
        Some(at) => source.slice(at..at + part.len()),
        None => Value::str(part),
    };
    Ok(Value::map(parts.into_iter().map(|(name, part)| (name.into(), value(part))).collect()))
}

/// A URL out of a map of its parts.
fn url_join(call: &mut Call<'_>) -> Outcome {
    let map = call.map(0);
    let part = |name: &str| match map.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Str(_, text)) => Ok(text.as_bytes().to_vec()),
        Some(Value::Nil(_)) => Err("runtime error: invalid memory address or nil pointer dereference".to_owned()),
        Some(other) => Err(format!("unable to parse {name} key, must be of type string, but {} found", other.kind())),
    };
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let parsed = parse(&[b"proto://", user.as_slice(), b"@host"].concat());
        url.user = parsed.map_err(|message| format!("unable to parse userinfo in dict: {message}"))?.user;
    }
    let written = url.written();
    call.check_string(written.len())?;
    Ok(Value::str(written))
}

/// Parts of a URL that are escaped differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

fn needs_escape(byte: u8, part: Part) -> bool {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => false,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'[' | b']' | b'<'
        | b'>' | b'"'
            if matches!(part, Part::Host | Part::Zone) =>
        {
            false
        }
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Path => byte == b'?',
            Part::User => matches!(byte, b'@' | b'/' | b'?' | b':'),
            Part::Fragment => false,
            Part::Host | Part::Zone => true,
        },
        b'!' | b'(' | b')' | b'*' => part != Part::Fragment,
        _ => true,
    }
}

fn escape(bytes: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if needs_escape(*byte, part) {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            out.push(*byte);
        }
    }
    out
}

fn unescape(bytes: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'%' {
            if matches!(part, Part::Host | Part::Zone) && byte.is_ascii() && needs_escape(*byte, part) {
                return Err(format!("invalid character {} in host name", quote_go(&[*byte])));
            }
            out.push(*byte);
            continue;
        }
        let wrong = |escape: &[u8]| format!("invalid URL escape {}", quote_go(&[b"%", escape].concat()));
        let (Some(high), Some(low)) = (hex(behind.first()), hex(behind.get(1))) else {
            return Err(wrong(&behind[..behind.len().min(2)]));
        };
        let (digits, after) = behind.split_at(2);
        let decoded = high << 4 | low;
        let refused = match part {
            // In a host only bytes over 0x7F are escaped, and the percent sign of a zone.
            Part::Host => high < 8,
            Part::Zone => decoded != b' ' && needs_escape(decoded, Part::Host),
            _ => false,
        };
        if refused && digits != b"25" {
            return Err(wrong(digits));
        }
        out.push(decoded);
        rest = after;
    }
    Ok(out)
}

fn hex(byte: Option<&u8>) -> Option<u8> {
    char::from(*byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// What lies before and behind the first occurrence of a byte.
fn cut(bytes: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match bytes.iter().position(|byte| *byte == at) {
        Some(found) => (&bytes[..found], Some(&bytes[found + 1..])),
        None => (bytes, None),
    }
}

/// Go's `url.Parse`.
pub(super) fn parse(whole: &[u8]) -> Result<Url, String> {
    let (before, fragment) = cut(whole, b'#');
    let mut url = parse_reference(before).map_err(|message| format!("parse {}: {message}", quote_go(before)))?;
    let fragment = fragment.unwrap_or_default();
    url.fragment =
        unescape(fragment, Part::Fragment).map_err(|message| format!("parse {}: {message}", quote_go(whole)))?;
    Ok(url)
}

fn parse_reference(bytes: &[u8]) -> Result<Url, String> {
    if bytes.iter().any(u8::is_ascii_control) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url::default();
    if bytes == b"*" {
        url.path = b"*".to_vec();
        return Ok(url);
    }
    let (scheme, rest) = split_scheme(bytes)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = cut(rest, b'?');
    url.query = query.unwrap_or_default().to_vec();
    if !rest.starts_with(b"/") {
        if !scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if let Some(authority) = rest.strip_prefix(b"//").filter(|_| !scheme.is_empty() || !rest.starts_with(b"///")) {
        let end = authority.iter().position(|byte| *byte == b'/').unwrap_or(authority.len());
        (url.user, url.host) = parse_authority(&url.scheme, &authority[..end])?;
        rest = &authority[end..];
    }
    url.path = unescape(rest, Part::Path)?;
    Ok(url)
}

fn split_scheme(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&bytes[..at], &bytes[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", bytes))
}

fn parse_authority(scheme: &[u8], authority: &[u8]) -> Result<(Option<User>, Vec<u8>), String> {
    let Some(at) = authority.iter().rposition(|byte| *byte == b'@') else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, &authority[at + 1..])?;
    let info = &authority[..at];
    if !info.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte)) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(info, b':');
    let name = unescape(name, Part::User)?;
    let password = password.map(|password| unescape(password, Part::User)).transpose()?;
    Ok((Some(User { name, password }), host))
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return parse_literal(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    let first = host.iter().position(|byte| *byte == b':');
    // Lists of hosts with ports are common outside of HTTP.
    let colon = if matches!(scheme, b"http" | b"https") { first } else { host.iter().rposition(|byte| *byte == b':') };
    if let Some(colon) = colon {
        check_port(&host[colon..])?;
    }
    unescape(host, Part::Host)
}

/// An IPv6 address in brackets, with an optional zone and port.
fn parse_literal(host: &[u8]) -> Result<Vec<u8>, String> {
    let Some(close) = host.iter().rposition(|byte| *byte == b']') else {
        return Err("missing ']' in host".to_owned());
    };
    let (inner, port) = (&host[1..close], &host[close + 1..]);
    check_port(port)?;
    let zone = find(inner, b"%25").unwrap_or(inner.len());
    let mut name = unescape(&inner[..zone], Part::Host)?;
    let address = String::from_utf8_lossy(&name).into_owned();
    name.extend(unescape(&inner[zone..], Part::Zone)?);
    if address.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    if address.parse::<std::net::Ipv6Addr>().is_err() {
        return Err(format!("invalid host: ParseAddr({}): unable to parse IP", quote_go(&name)));
    }
    Ok([b"[", name.as_slice(), b"]", port].concat())
}

fn check_port(port: &[u8]) -> Result<(), String> {
    if is_port(port) { Ok(()) } else { Err(format!("invalid port {} after host", quote_go(port))) }
}

/// Whether it is nothing, or a colon with digits or nothing behind it.
fn is_port(port: &[u8]) -> bool {
    port.is_empty() || port.strip_prefix(b":").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// A host without its port and brackets.
fn hostname(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|byte| *byte == b':').filter(|colon| is_port(&host[*colon..]));
    let name = &host[..colon.unwrap_or(host.len())];
    name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")).unwrap_or(name)
}

impl User {
    fn written(&self) -> Vec<u8> {
        let mut out = escape(&self.name, Part::User);
        if let Some(password) = &self.password {
            out.push(b':');
            out.extend(escape(password, Part::User));
        }
        out
    }
}

impl Url {
    /// Go's `URL.String` for a URL that was made of its parts.
    fn written(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            let authority = !self.host.is_empty() || self.user.is_some();
            if authority || !self.scheme.is_empty() && !self.path.is_empty() {
                out.extend_from_slice(b"//");
            }
            if let Some(user) = &self.user {
                out.extend(user.written());
                out.push(b'@');
            }
            out.extend(escape(&self.host, Part::Host));
            let path = if self.path == b"*" { b"*".to_vec() } else { escape(&self.path, Part::Path) };
            if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
                out.push(b'/');
            }
            if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
                out.extend_from_slice(b"./");
            }
            out.extend(path);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        for (mark, part) in [(b'?', self.query.clone()), (b'#', escape(&self.fragment, Part::Fragment))] {
            if !part.is_empty() {
                out.push(mark);
                out.extend(part);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{i, s, show};
    use crate::value::Value;

    #[test]
    fn parts_are_those_of_go() {
        let cases = [
            (
                "http://u:p@h:1/p?q=1#f",
                "map[fragment:f host:h:1 hostname:h opaque: path:/p query:q=1 scheme:http userinfo:u:p]",
            ),
            ("mailto:a@b", "map[fragment: host: hostname: opaque:a@b path: query: scheme:mailto userinfo:]"),
            ("//[::1]:80/%41?", "map[fragment: host:[::1]:80 hostname:::1 opaque: path:/A query: scheme: userinfo:]"),
            ("HTTP://x/a b", "map[fragment: host:x hostname:x opaque: path:/a b query: scheme:http userinfo:]"),
            ("", "map[fragment: host: hostname: opaque: path: query: scheme: userinfo:]"),
            ("::", r#"ERROR unable to parse url: parse "::": missing protocol scheme"#),
            ("http://h/%zz", r#"ERROR unable to parse url: parse "http://h/%zz": invalid URL escape "%zz""#),
            ("http://h:x/", r#"ERROR unable to parse url: parse "http://h:x/": invalid port ":x" after host"#),
            ("http://a b/", r#"ERROR unable to parse url: parse "http://a b/": invalid character " " in host name"#),
            ("a:b/c:d", "map[fragment: host: hostname: opaque:b/c:d path: query: scheme:a userinfo:]"),
            ("1:b", r#"ERROR unable to parse url: parse "1:b": first path segment in URL cannot contain colon"#),
            ("http://[::1", r#"ERROR unable to parse url: parse "http://[::1": missing ']' in host"#),
            ("http://u/r@h", "map[fragment: host:u hostname:u opaque: path:/r@h query: scheme:http userinfo:]"),
        ];
        for (url, expected) in cases {
            assert_eq!(show("urlParse", &[s(url)]), expected, "{url}");
        }
    }

    #[test]
    fn urls_are_joined() {
        let join = |parts: &[(&str, &str)]| {
            show("urlJoin", &[Value::map(parts.iter().map(|(name, part)| ((*name).into(), s(part))).collect())])
        };
        assert_eq!(join(&[("scheme", "http"), ("host", "h"), ("path", "/p"), ("query", "q=1")]), "http://h/p?q=1");
        assert_eq!(join(&[("scheme", "http"), ("host", "h"), ("path", "p q"), ("fragment", "f")]), "http://h/p%20q#f");
        assert_eq!(join(&[("userinfo", "u:p@"), ("host", "h")]), "//u:p%40@h");
        assert_eq!(join(&[("path", "a:b")]), "./a:b");
        assert_eq!(join(&[("scheme", "s"), ("opaque", "o")]), "s:o");
        assert_eq!(join(&[("scheme", "file"), ("path", "/x")]), "file:///x");
        assert_eq!(
            show("urlJoin", &[Value::map(vec![("host".into(), i(1))])]),
            "ERROR unable to parse host key, must be of type string, but int found"
        );
    }
}
