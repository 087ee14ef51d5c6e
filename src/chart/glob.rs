//! The pattern language of `.Files.Glob`: `*` and `?` stay inside a folder, `**` does not; `[a-z]`, `[!abc]`, `{a,b}`, `\`.
//!
//! It follows the library that Helm uses, also in what it refuses: a class holds one range or a list of
//! characters, never both. A pattern is turned into a regular expression, so that matching takes linear time.

/// A compiled pattern.
#[derive(Debug)]
pub struct Glob {
    regex: regex::Regex,
}

impl Glob {
    /// Compiles a pattern. `None` when it cannot be compiled: Helm then matches every file.
    /// `bytes` bounds the size of the compiled pattern.
    #[must_use]
    pub fn new(pattern: &str, bytes: u64) -> Option<Self> {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let source = translate(pattern)?;
        let regex = regex::RegexBuilder::new(&source).size_limit(bytes).nest_limit(250).build().ok()?;
        Some(Self { regex })
    }

    /// Whether the whole path matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.regex.is_match(path)
    }
}

fn translate(pattern: &str) -> Option<String> {
    let mut source = String::from("^(?s:");
    let mut open = 0_u32;
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '{' => {
                open += 1;
                source.push_str("(?:");
            }
            '}' if open > 0 => {
                open -= 1;
                source.push(')');
            }
            ',' if open > 0 => source.push('|'),
            '*' if rest.next_if_eq(&'*').is_some() => source.push_str(".*"),
            '*' => source.push_str("[^/]*"),
            '?' => source.push_str("[^/]"),
            '[' => class(&mut rest, &mut source)?,
            '\\' => source.extend(rest.next().map(literal)),
            '\u{fffd}' => return None,
            other => source.push_str(&literal(other)),
        }
    }
    // An open brace at the end counts as closed.
    source.extend((0..open).map(|_| ')'));
    source.push_str(")$");
    Some(source)
}

fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, source: &mut String) -> Option<()> {
    source.push_str(if rest.next_if_eq(&'!').is_some() { "[^" } else { "[" });
    let first = rest.next()?;
    if rest.next_if_eq(&'-').is_some() {
        let last = rest.next()?;
        if last < first || rest.next()? != ']' {
            return None;
        }
        source.push_str(&format!("{}-{}]", literal(first), literal(last)));
        return Some(());
    }
    let mut any = false;
    let mut next = Some(first);
    loop {
        match next? {
            ']' if any => break,
            ']' => return None,
            '\\' => source.push_str(&literal(rest.next()?)),
            character => source.push_str(&literal(character)),
        }
        any = true;
        next = rest.next();
    }
    source.push(']');
    Some(())
}

fn literal(character: char) -> String {
    format!("\\x{{{:x}}}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_paths() {
        let cases = [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a/b.yaml", false),
            ("**.yaml", "a/b.yaml", true),
            ("a/**", "a/b/c", true),
            ("a/*/c", "a/b/c", true),
            ("?at", "cat", true),
            ("?at", "/at", false),
            ("[a-c]at", "bat", true),
            ("[!a-c]at", "bat", false),
            ("[abc]at", "bat", true),
            ("[!abc]at", "/at", true),
            ("{a,b*}/c", "bb/c", true),
            ("{a,{b,c}}.x", "c.x", true),
            ("{a,b", "b", true),
            ("a}b", "a}b", true),
            ("a,b", "a,b", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("a.b", "axb", false),
            ("*", "a\nb", true),
            ("", "", true),
            ("", "a", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Glob::new(pattern, 1 << 20).unwrap().matches(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn refuses_what_the_library_refuses() {
        for pattern in ["[", "[]", "[a", "[a-", "[c-a]", "[a-z0-9]"] {
            assert!(Glob::new(pattern, 1 << 20).is_none(), "{pattern}");
        }
    }

    #[test]
    fn size_is_bounded() {
        let pattern = "{a,b}".repeat(2_000);
        assert!(Glob::new(&pattern, 1 << 10).is_none());
        assert!(Glob::new(&pattern, 1 << 22).is_some());
    }
}
