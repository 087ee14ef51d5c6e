//! Go's regular expression syntax, checked as Go checks it and written for the `regex` crate.
//!
//! Every atom is written by itself with its flags, so that nothing depends on where the two syntaxes differ.
//! Groups with names are written as `n<number>_<name>`, because Go allows equal names.

use super::runes;

/// Deepest nesting of groups.
const MAX_DEPTH: usize = 1_000;
/// Largest product of nested repeat counts.
const MAX_REPEAT: u64 = 1_000;

#[derive(Clone, Copy, Default)]
struct Flags {
    fold: bool,
    lines: bool,
    dot_all: bool,
    lazy: bool,
}

/// An open group: what holds again behind it.
struct Group {
    flags: Flags,
    start: usize,
    weight: u64,
}

/// The last thing that a repetition can refer to.
#[derive(Clone, Copy)]
struct Atom {
    start: usize,
    /// Copies that repetitions inside it make of their innermost part.
    weight: u64,
    repeated: bool,
}

struct Translator<'a> {
    whole: &'a [u8],
    out: String,
    flags: Flags,
    groups: Vec<Group>,
    captures: usize,
    atom: Option<Atom>,
    /// The largest weight in the open group but that of the last atom.
    weight: u64,
}

/// Translates a Go pattern.
///
/// # Errors
/// Go's message, such as ``error parsing regexp: missing closing ]: `[` ``.
pub(super) fn translate(pattern: &[u8]) -> Result<String, String> {
    let mut translator = Translator {
        whole: pattern,
        out: String::with_capacity(pattern.len() * 2),
        flags: Flags::default(),
        groups: Vec::new(),
        captures: 0,
        atom: None,
        weight: 1,
    };
    translator.run()?;
    Ok(translator.out)
}

fn error(what: &str, expression: &[u8]) -> String {
    format!("error parsing regexp: {what}: `{}`", String::from_utf8_lossy(expression))
}

fn next(bytes: &[u8]) -> Result<(char, &[u8]), String> {
    match runes::first(bytes) {
        Some((runes::ERROR, 1)) => Err(error("invalid UTF-8", bytes)),
        Some((c, width)) => Ok((c, &bytes[width..])),
        None => Ok(('\0', bytes)),
    }
}

fn check_utf8(bytes: &[u8]) -> Result<(), String> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(at) => Err(error("invalid UTF-8", &bytes[at.valid_up_to()..])),
    }
}

/// The part of `all` that lies before its suffix `rest`.
fn before<'a>(all: &'a [u8], rest: &[u8]) -> &'a [u8] {
    &all[..all.len() - rest.len()]
}

impl<'a> Translator<'a> {
    fn run(&mut self) -> Result<(), String> {
        let mut rest = self.whole;
        let mut last_repeat: Option<&[u8]> = None;
        while let Some(byte) = rest.first() {
            let at = rest;
            let mut repeat = None;
            match byte {
                b'(' if rest.get(1) == Some(&b'?') => rest = self.perl_group(rest)?,
                b'(' => {
                    self.captures += 1;
                    self.open("(")?;
                    rest = &rest[1..];
                }
                b'|' => {
                    self.settle();
                    self.out.push('|');
                    rest = &rest[1..];
                }
                b')' => {
                    self.close()?;
                    rest = &rest[1..];
                }
                b'^' => {
                    self.push(if self.flags.lines { "(?m:^)" } else { r"\A" });
                    rest = &rest[1..];
                }
                b'$' => {
                    self.push(if self.flags.lines { "(?m:$)" } else { r"\z" });
                    rest = &rest[1..];
                }
                b'.' => {
                    self.push(if self.flags.dot_all { "(?s:.)" } else { r"[^\n]" });
                    rest = &rest[1..];
                }
                b'[' => rest = self.class(rest)?,
                b'*' | b'+' | b'?' => {
                    let (low, high) = (u64::from(*byte == b'+'), if *byte == b'?' { Some(1) } else { None });
                    rest = self.repeat(low, high, false, at, &rest[1..], last_repeat)?;
                    repeat = Some(at);
                }
                b'{' => match counts(rest) {
                    None => {
                        self.literal('{');
                        rest = &rest[1..];
                    }
                    Some((low, high, after)) => {
                        if low > MAX_REPEAT || high.is_some_and(|high| high > MAX_REPEAT || low > high) {
                            return Err(error("invalid repeat count", before(at, after)));
                        }
                        rest = self.repeat(low, high, true, at, after, last_repeat)?;
                        repeat = Some(at);
                    }
                },
                b'\\' => rest = self.escape(rest)?,
                _ => {
                    let (c, after) = next(rest)?;
                    self.literal(c);
                    rest = after;
                }
            }
            last_repeat = repeat;
        }
        if self.groups.is_empty() { Ok(()) } else { Err(error("missing closing )", self.whole)) }
    }

    /// Nothing behind this point can repeat the last atom.
    fn settle(&mut self) {
        if let Some(atom) = self.atom.take() {
            self.weight = self.weight.max(atom.weight);
        }
    }

    fn push(&mut self, atom: &str) {
        self.settle();
        self.atom = Some(Atom { start: self.out.len(), weight: 1, repeated: false });
        self.out.push_str(atom);
    }

    fn literal(&mut self, c: char) {
        let written = written(c);
        self.push(&if self.flags.fold { format!("(?i:{written})") } else { written });
    }

    fn open(&mut self, written: &str) -> Result<(), String> {
        if self.groups.len() >= MAX_DEPTH {
            return Err(error("expression nests too deeply", self.whole));
        }
        self.settle();
        self.groups.push(Group { flags: self.flags, start: self.out.len(), weight: self.weight });
        self.weight = 1;
        self.out.push_str(written);
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        self.settle();
        let Some(group) = self.groups.pop() else {
            return Err(error("unexpected )", self.whole));
        };
        self.out.push(')');
        self.flags = group.flags;
        self.atom = Some(Atom { start: group.start, weight: self.weight, repeated: false });
        self.weight = group.weight;
        Ok(())
    }

    fn repeat(
        &mut self,
        low: u64,
        high: Option<u64>,
        counted: bool,
        at: &'a [u8],
        mut after: &'a [u8],
        last_repeat: Option<&[u8]>,
    ) -> Result<&'a [u8], String> {
        let mut lazy = self.flags.lazy;
        if let Some(behind) = after.strip_prefix(b"?") {
            after = behind;
            lazy = !lazy;
        }
        if let Some(last) = last_repeat {
            return Err(error("invalid nested repetition operator", before(last, after)));
        }
        let Some(atom) = &mut self.atom else {
            return Err(error("missing argument to repetition operator", before(at, after)));
        };
        if atom.repeated {
            self.out.insert_str(atom.start, "(?:");
            self.out.push(')');
        }
        atom.repeated = true;
        if counted {
            atom.weight = match high {
                Some(0) => 1,
                _ => atom.weight.saturating_mul(high.unwrap_or(low).max(1)),
            };
            if (low >= 2 || high.is_some_and(|high| high >= 2)) && atom.weight > MAX_REPEAT {
                return Err(error("invalid repeat count", before(at, after)));
            }
        }
        match (low, high) {
            (0, None) => self.out.push('*'),
            (1, None) => self.out.push('+'),
            (0, Some(1)) => self.out.push('?'),
            (low, None) => self.out.push_str(&format!("{{{low},}}")),
            (low, Some(high)) => self.out.push_str(&format!("{{{low},{high}}}")),
        }
        if lazy {
            self.out.push('?');
        }
        Ok(after)
    }

    /// `(?…`: a group with a name, without capture, or flags.
    fn perl_group(&mut self, at: &'a [u8]) -> Result<&'a [u8], String> {
        let named = [&b"(?P<"[..], b"(?<"].into_iter().find(|start| at.starts_with(start) && at.len() > start.len());
        if let Some(start) = named {
            let Some(end) = at.iter().position(|byte| *byte == b'>') else {
                check_utf8(at)?;
                return Err(error("invalid named capture", at));
            };
            let name = at.get(start.len()..end).unwrap_or_default();
            check_utf8(name)?;
            if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                return Err(error("invalid named capture", &at[..=end]));
            }
            self.captures += 1;
            self.open(&format!("(?P<n{}_{}>", self.captures, String::from_utf8_lossy(name)))?;
            return Ok(&at[end + 1..]);
        }
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        let mut rest = &at[2..];
        while !rest.is_empty() {
            let (c, after) = next(rest)?;
            rest = after;
            match c {
                'i' => flags.fold = on,
                'm' => flags.lines = on,
                's' => flags.dot_all = on,
                'U' => flags.lazy = on,
                '-' if on => {
                    (on, seen) = (false, false);
                    continue;
                }
                ':' | ')' if on || seen => {
                    if c == ':' {
                        self.open("(?:")?;
                    }
                    self.flags = flags;
                    return Ok(rest);
                }
                _ => break,
            }
            seen = true;
        }
        Err(error("invalid or unsupported Perl syntax", before(at, rest)))
    }

    fn escape(&mut self, at: &'a [u8]) -> Result<&'a [u8], String> {
        let behind = at.get(2..).unwrap_or_default();
        match at.get(1) {
            Some(b'A') => self.push(r"\A"),
            Some(b'b') => self.push(r"(?-u:\b)"),
            Some(b'B') => self.push(r"(?-u:\B)"),
            Some(b'z') => self.push(r"\z"),
            Some(b'C') => return Err(error("invalid escape sequence", &at[..2])),
            Some(b'Q') => {
                let end = crate::text::find(behind, b"\\E");
                let mut quoted = &behind[..end.unwrap_or(behind.len())];
                while !quoted.is_empty() {
                    let (c, after) = next(quoted)?;
                    self.literal(c);
                    quoted = after;
                }
                return Ok(end.map_or(&[], |end| &behind[end + 2..]));
            }
            _ => {
                if let Some((set, rest)) = unicode_class(at)?.or_else(|| perl_class(at)) {
                    self.push(&if self.flags.fold { format!("(?i:[{set}])") } else { format!("[{set}]") });
                    return Ok(rest);
                }
                let (c, rest) = escaped(at)?;
                match char::from_u32(c) {
                    Some(c) => self.literal(c),
                    None => self.push(NOTHING),
                }
                return Ok(rest);
            }
        }
        Ok(behind)
    }

    fn class(&mut self, at: &'a [u8]) -> Result<&'a [u8], String> {
        let mut rest = &at[1..];
        let mut set = String::new();
        let negated = rest.first() == Some(&b'^');
        if negated {
            rest = &rest[1..];
        }
        let mut first = true;
        while rest.first() != Some(&b']') || first {
            first = false;
            if let Some(found) = posix_class(rest)? {
                set.push_str(&found.0);
                rest = found.1;
                continue;
            }
            if let Some((item, after)) = unicode_class(rest)?.or_else(|| perl_class(rest)) {
                set.push_str(&item);
                rest = after;
                continue;
            }
            let range = rest;
            let (low, after) = class_character(rest, at)?;
            rest = after;
            let mut high = low;
            if rest.len() >= 2 && rest[0] == b'-' && rest[1] != b']' {
                (high, rest) = class_character(&rest[1..], at)?;
                if high < low {
                    return Err(error("invalid character class range", before(range, rest)));
                }
            }
            // Surrogates are code points to Go, but no text holds them.
            let low = char::from_u32(low).unwrap_or('\u{E000}');
            let high = char::from_u32(high).unwrap_or('\u{D7FF}');
            if low <= high {
                set.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", low as u32, high as u32));
            }
        }
        let class = match (set.is_empty(), negated) {
            (true, false) => NOTHING.to_owned(),
            (true, true) => "(?s:.)".to_owned(),
            (false, _) => format!("[{}{set}]", if negated { "^" } else { "" }),
        };
        self.push(&if self.flags.fold { format!("(?i:{class})") } else { class });
        Ok(&rest[1..])
    }
}

/// A class without a character.
const NOTHING: &str = r"[a&&b]";

/// A character as the `regex` crate reads it literally.
fn written(c: char) -> String {
    if c.is_ascii_alphanumeric() || !c.is_ascii() { c.to_string() } else { format!("\\x{:02x}", c as u32) }
}

/// `{n}`, `{n,}` or `{n,m}`: the counts and what follows. A number that is too big is one over the limit.
fn counts(at: &[u8]) -> Option<(u64, Option<u64>, &[u8])> {
    let (low, rest) = integer(&at[1..])?;
    if let Some(rest) = rest.strip_prefix(b"}") {
        return Some((low, Some(low), rest));
    }
    let rest = rest.strip_prefix(b",")?;
    if let Some(rest) = rest.strip_prefix(b"}") {
        return Some((low, None, rest));
    }
    let (high, rest) = integer(rest)?;
    Some((low, Some(high), rest.strip_prefix(b"}")?))
}

fn integer(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at(end);
    if digits.is_empty() || digits.len() > 1 && digits[0] == b'0' {
        return None;
    }
    let number = digits.iter().fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    Some((number.min(MAX_REPEAT + 1), rest))
}

fn class_character<'a>(rest: &'a [u8], class: &[u8]) -> Result<(u32, &'a [u8]), String> {
    match rest.first() {
        None => Err(error("missing closing ]", class)),
        Some(b'\\') => escaped(rest),
        Some(_) => next(rest).map(|(c, rest)| (c as u32, rest)),
    }
}

/// A backslash and what it stands for, as a code point.
fn escaped(at: &[u8]) -> Result<(u32, &[u8]), String> {
    if at.len() < 2 {
        return Err(error("trailing backslash at end of expression", b""));
    }
    let (c, mut rest) = next(&at[1..])?;
    let digit =
        |rest: &[u8]| rest.first().filter(|byte| (b'0'..=b'7').contains(byte)).map(|byte| u32::from(byte - b'0'));
    match c {
        '1'..='7' if digit(rest).is_none() => {}
        '0'..='7' => {
            let mut number = c as u32 - '0' as u32;
            for _ in 0..2 {
                let Some(digit) = digit(rest) else { break };
                number = number * 8 + digit;
                rest = &rest[1..];
            }
            return Ok((number, rest));
        }
        'x' if !rest.is_empty() => {
            let (first, after) = next(rest)?;
            rest = after;
            if first == '{' {
                let (mut number, mut count) = (0, 0);
                while !rest.is_empty() {
                    let (c, after) = next(rest)?;
                    rest = after;
                    if c == '}' && count > 0 {
                        return Ok((number, rest));
                    }
                    let Some(digit) = c.to_digit(16) else { break };
                    number = number * 16 + digit;
                    count += 1;
                    if number > 0x10_FFFF {
                        break;
                    }
                }
            } else {
                let (second, after) = next(rest)?;
                rest = if rest.is_empty() { rest } else { after };
                if let (Some(high), Some(low)) = (first.to_digit(16), second.to_digit(16)) {
                    return Ok((high * 16 + low, rest));
                }
            }
        }
        'a' => return Ok((7, rest)),
        'f' => return Ok((12, rest)),
        'n' => return Ok((10, rest)),
        'r' => return Ok((13, rest)),
        't' => return Ok((9, rest)),
        'v' => return Ok((11, rest)),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => return Ok((c as u32, rest)),
        _ => {}
    }
    Err(error("invalid escape sequence", before(at, rest)))
}

/// What a part of a class matches, as it stands inside brackets, and what follows it.
type Set<'a> = Option<(String, &'a [u8])>;

fn perl_class(at: &[u8]) -> Set<'_> {
    let set = match at.get(..2)? {
        b"\\d" => "0-9",
        b"\\D" => "[^0-9]",
        b"\\s" => r"\t\n\x0c\r\x20",
        b"\\S" => r"[^\t\n\x0c\r\x20]",
        b"\\w" => "0-9A-Za-z_",
        b"\\W" => "[^0-9A-Za-z_]",
        _ => return None,
    };
    Some((set.to_owned(), &at[2..]))
}

fn posix_class(at: &[u8]) -> Result<Set<'_>, String> {
    const NAMES: &[&str] = &[
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ];
    let Some(end) = at.strip_prefix(b"[:").and_then(|rest| crate::text::find(rest, b":]")) else {
        return Ok(None);
    };
    let (name, rest) = at.split_at(end + 4);
    let inner = String::from_utf8_lossy(&name[2..end + 2]);
    let negated = inner.strip_prefix('^');
    if !NAMES.contains(&negated.unwrap_or(&inner)) {
        return Err(error("invalid character class range", name));
    }
    let set = match negated {
        Some(name) => format!("[^[:{name}:]]"),
        None => format!("[:{inner}:]"),
    };
    Ok(Some((set, rest)))
}

/// `\pL`, `\p{Greek}`, `\P{^Greek}`: general categories and scripts.
fn unicode_class(at: &[u8]) -> Result<Set<'_>, String> {
    let Some(sign @ (b'p' | b'P')) = at.get(1).filter(|_| at[0] == b'\\') else {
        return Ok(None);
    };
    if at.len() < 3 {
        // Go takes an end of the pattern for a name that it does not know.
        return Err(error("invalid character class range", at));
    }
    let (c, mut rest) = next(&at[2..])?;
    let mut name = before(&at[2..], rest);
    if c == '{' {
        let Some(end) = at.iter().position(|byte| *byte == b'}') else {
            check_utf8(at)?;
            return Err(error("invalid character class range", at));
        };
        (name, rest) = (&at[3..end], &at[end + 1..]);
        check_utf8(name)?;
    }
    let whole = before(at, rest);
    let name = String::from_utf8_lossy(name);
    let plain = name.strip_prefix('^').unwrap_or(&name);
    let negated = (*sign == b'P') != (plain.len() < name.len());
    let known = plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '));
    let forms = [format!("gc={plain}"), format!("sc={plain}"), plain.to_ascii_lowercase()];
    let special = ["any", "assigned", "ascii"].contains(&&*forms[2]);
    let found = forms
        .iter()
        .enumerate()
        .find(|(index, form)| known && (*index < 2 || special) && regex::Regex::new(&format!("\\p{{{form}}}")).is_ok());
    match found {
        Some((_, form)) => Ok(Some((format!("\\{}{{{form}}}", if negated { 'P' } else { 'p' }), rest))),
        None => Err(error("invalid character class range", whole)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_of_go() {
        let cases = [
            ("[", "missing closing ]: `[`"),
            ("a[^b", "missing closing ]: `[^b`"),
            ("(a", "missing closing ): `(a`"),
            ("a)", "unexpected ): `a)`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("(?i)*", "missing argument to repetition operator: `*`"),
            ("a|+?", "missing argument to repetition operator: `+?`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a+?+", "invalid nested repetition operator: `+?+`"),
            ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{2,1}", "invalid repeat count: `{2,1}`"),
            ("(a{50}){50}", "invalid repeat count: `{50}`"),
            ("(?=x)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?<!x)", "invalid named capture: `(?<!x)`"),
            ("(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
            ("(?P<1 >a)", "invalid named capture: `(?P<1 >`"),
            ("\\", "trailing backslash at end of expression: ``"),
            ("\\8", "invalid escape sequence: `\\8`"),
            ("\\1", "invalid escape sequence: `\\1`"),
            ("\\C", "invalid escape sequence: `\\C`"),
            ("[b-a]", "invalid character class range: `b-a`"),
            ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
            ("\\pX", "invalid character class range: `\\pX`"),
            ("\\p{Nope}", "invalid character class range: `\\p{Nope}`"),
            ("\\p{White_Space}", "invalid character class range: `\\p{White_Space}`"),
        ];
        for (pattern, message) in cases {
            assert_eq!(translate(pattern.as_bytes()), Err(format!("error parsing regexp: {message}")), "{pattern}");
        }
        assert!(translate(b"a\xFFb").unwrap_err().starts_with("error parsing regexp: invalid UTF-8: `"));
    }

    #[test]
    fn every_translation_compiles() {
        let patterns = [
            "",
            "a",
            "^$",
            "(?m)^a$",
            "a{,2}",
            "a{",
            "{",
            "a{2}",
            "a{2,}?",
            "(a{10}){100}",
            "^*",
            "()*",
            "a(?i)*",
            "a*(?i)*",
            r"\Qa.b\E+",
            r"\Q",
            "[]a]",
            "[^]a]",
            "[a-]",
            "[-a]",
            r"[\d\-x]",
            r"[^\D]",
            r"\pL",
            r"\p{Greek}",
            r"\P{^Lu}",
            "[[:word:]]",
            "[[:^alpha:]]",
            "[[]",
            "[&&]",
            "[+--b]",
            "[~~]",
            r"\x{10FFFF}",
            r"\x41",
            r"\07",
            r"\b\B\A\z",
            "(?P<n>a)(?P<n>b)",
            "(?U)a*",
            "(?s).",
            "(?i)é[a-z]",
            r"[\x{D800}-\x{DFFF}]",
            "a||b",
            "(|a)",
            "#",
            " ",
            r"\_",
        ];
        for pattern in patterns {
            let translated = translate(pattern.as_bytes()).unwrap();
            assert!(regex::bytes::Regex::new(&translated).is_ok(), "{pattern}: {translated}");
        }
    }
}
