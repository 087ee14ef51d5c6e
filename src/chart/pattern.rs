//! Shell patterns as Go's `path/filepath.Match` knows them: `*`, `?`, `[…]`, `\`; none of the first two crosses a `/`.

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

/// A pattern that `filepath.Match` refuses: `syntax error in pattern`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadPattern;

#[derive(Debug)]
enum Token {
    Star,
    Any,
    Literal(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    fn matches(&self, character: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => character != '/',
            Self::Literal(literal) => *literal == character,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| *low <= character && character <= *high) != *negated
            }
        }
    }
}

impl Pattern {
    /// Compiles a pattern.
    pub(super) fn new(text: &str) -> Result<Self, BadPattern> {
        let mut rest = text.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(character) = rest.next() {
            tokens.push(match character {
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => Token::Literal(rest.next().ok_or(BadPattern)?),
                '[' => class(&mut rest)?,
                literal => Token::Literal(literal),
            });
        }
        Ok(Self { tokens })
    }

    /// Whether the whole name matches. A star never crosses a `/`, so only the last star has to be tried again.
    pub(super) fn matches(&self, name: &str) -> bool {
        let mut token = 0;
        let mut at = 0;
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let next = name.get(at..).and_then(|rest| rest.chars().next());
            match (self.tokens.get(token), next) {
                (None, None) => return true,
                (Some(Token::Star), _) => {
                    token += 1;
                    retry = Some((token, at));
                    continue;
                }
                (Some(wanted), Some(character)) if wanted.matches(character) => {
                    token += 1;
                    at += character.len_utf8();
                    continue;
                }
                _ => {}
            }
            let Some((after_star, from)) = retry else { return false };
            match name.get(from..).and_then(|rest| rest.chars().next()) {
                Some(character) if character != '/' => {
                    token = after_star;
                    at = from + character.len_utf8();
                    retry = Some((after_star, at));
                }
                _ => return false,
            }
        }
    }
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn class(rest: &mut Characters<'_>) -> Result<Token, BadPattern> {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && rest.next_if_eq(&']').is_some() {
            return Ok(Token::Class { negated, ranges });
        }
        let low = class_character(rest)?;
        let high = if rest.next_if_eq(&'-').is_some() { class_character(rest)? } else { low };
        ranges.push((low, high));
    }
}

fn class_character(rest: &mut Characters<'_>) -> Result<char, BadPattern> {
    match rest.next() {
        None | Some('-' | ']') => Err(BadPattern),
        Some('\\') => rest.next().ok_or(BadPattern),
        Some(character) => Ok(character),
    }
}

/// `filepath.Match`; a bad pattern matches nothing.
#[must_use]
pub fn pattern_matches(pattern: &str, name: &str) -> bool {
    Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_go_does() {
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[^c]", "abc", false),
            ("ab[b-d]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a?b", "a/b", false),
            ("a[^x]b", "a/b", true),
            ("[\\]a]", "]", true),
            ("*x", "xxx", true),
            ("", "", true),
            ("a", "é", false),
            ("?", "é", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(Pattern::new(pattern).unwrap().matches(name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for pattern in ["[]a]", "[-]", "[x-]", "[-x]", "[", "[^", "a[", "[a-b-c]", "\\", "[]"] {
            assert_eq!(Pattern::new(pattern).err(), Some(BadPattern), "{pattern}");
        }
    }
}
