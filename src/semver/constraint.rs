//! Constraints on versions: comparisons joined by `,` or space (and) and `||` (or), wildcards, hyphen ranges.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

use super::version::{Version, compare_identifiers};

const MAX_BYTES: usize = 512;
const MAX_GROUPS: usize = 32;

/// What a version must satisfy.
#[derive(Clone, Debug)]
pub struct Constraint {
    any_of: Vec<Group>,
}

/// Why a text is no constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    /// Over 512 bytes.
    #[error("constraint string is too long (max {MAX_BYTES} bytes)")]
    TooLong,
    /// Over 32 alternatives.
    #[error("too many constraint groups (max {MAX_GROUPS})")]
    TooManyGroups,
    /// Not of the form of a constraint.
    #[error("improper constraint: {0:?}")]
    Improper(String),
    /// A comparison with something that is no version.
    #[error("constraint parser error")]
    Version,
}

/// Comparisons that must all hold.
#[derive(Clone, Debug)]
struct Group {
    all_of: Vec<Comparison>,
    /// Prereleases satisfy a group only when one of its comparisons names one.
    prereleases: bool,
}

#[derive(Clone, Debug)]
struct Comparison {
    operator: Operator,
    version: Version,
    wild: Wild,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// The first number that is missing or a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wild {
    None,
    Patch,
    Minor,
    Major,
}

/// The longer of two that begin alike comes first.
const OPERATORS: &[(&str, Operator)] = &[
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    ("", Operator::Equal),
];

/// Go's `\s`.
const SPACES: [char; 5] = ['\t', '\n', '\x0c', '\r', ' '];

// Masterminds' own grammar. Only ranges are read with it: compiling it costs more than rendering a small chart.
const SPACE: &str = r"[\t\n\f\r ]";
const VERSION: &str = concat!(
    r"v?([0-9|xX*]+)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?",
    r"(-([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?",
    r"(\+([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?",
);

fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant and tested")
}

static RANGE: LazyLock<Regex> =
    LazyLock::new(|| compile(&format!(r"{SPACE}*({VERSION}){SPACE}+-{SPACE}+({VERSION}){SPACE}*")));
impl Constraint {
    /// Parses a constraint such as `>=1.2 <2 || ~3.1`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        if text.len() > MAX_BYTES {
            return Err(ConstraintError::TooLong);
        }
        let text = rewrite_ranges(text);
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > MAX_GROUPS {
            return Err(ConstraintError::TooManyGroups);
        }
        Ok(Self { any_of: groups.into_iter().map(Group::parse).collect::<Result<_, _>>()? })
    }

    /// Whether a version satisfies it.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        self.any_of.iter().any(|group| {
            (group.prereleases || version.prerelease.is_empty())
                && group.all_of.iter().all(|comparison| comparison.matches(version))
        })
    }
}

impl Group {
    fn parse(text: &str) -> Result<Self, ConstraintError> {
        let written = comparisons(text).ok_or_else(|| ConstraintError::Improper(text.to_owned()))?;
        let all_of: Vec<_> = written.iter().map(Comparison::new).collect::<Result<_, _>>()?;
        let prereleases = all_of.iter().any(|comparison| !comparison.version.prerelease.is_empty());
        Ok(Self { all_of, prereleases })
    }
}

/// A comparison as it is written.
struct Written<'t> {
    operator: Operator,
    /// The whole version.
    version: &'t str,
    /// Major, minor and patch; the last two with their point, empty when they are missing.
    numbers: [&'t str; 3],
    /// With its hyphen.
    prerelease: &'t str,
}

/// Comparisons with spaces or one comma between them; `None` when anything else is found.
fn comparisons(text: &str) -> Option<Vec<Written<'_>>> {
    let mut found = Vec::new();
    let mut rest = without_spaces(text);
    loop {
        let (operator, behind) =
            OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?)))?;
        let version = without_spaces(behind);
        rest = version.strip_prefix('v').unwrap_or(version);
        let major = take(&mut rest, "", is_number)?;
        let minor = take(&mut rest, ".", is_number);
        let patch = minor.and_then(|_| take(&mut rest, ".", is_number));
        let prerelease = identifiers(&mut rest, "-");
        identifiers(&mut rest, "+");
        let length = version.len() - rest.len();
        let numbers = [major, minor.unwrap_or_default(), patch.unwrap_or_default()];
        found.push(Written { operator, version: &version[..length], numbers, prerelease });
        let behind = without_spaces(rest);
        match behind.strip_prefix(',') {
            _ if behind.is_empty() => return Some(found),
            Some(next) => rest = without_spaces(next),
            None if behind.len() < rest.len() => rest = behind,
            None => return None,
        }
    }
}

fn without_spaces(text: &str) -> &str {
    text.trim_start_matches(SPACES)
}

fn is_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'|' | b'x' | b'X' | b'*')
}

/// What begins with `start` and goes on with at least one byte of a class.
fn take<'t>(rest: &mut &'t str, start: &str, class: fn(u8) -> bool) -> Option<&'t str> {
    let behind = rest.strip_prefix(start)?;
    let length = behind.bytes().take_while(|byte| class(*byte)).count();
    let (taken, left) = rest.split_at_checked(start.len() + length).filter(|_| length > 0)?;
    *rest = left;
    Some(taken)
}

/// `start` and identifiers with points between them; empty when there are none.
fn identifiers<'t>(rest: &mut &'t str, start: &str) -> &'t str {
    let class = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let all = *rest;
    if take(rest, start, class).is_some() {
        while take(rest, ".", class).is_some() {}
    }
    &all[..all.len() - rest.len()]
}

impl Comparison {
    fn new(written: &Written<'_>) -> Result<Self, ConstraintError> {
        let Written { operator, version, numbers: [major, minor, patch], prerelease } = *written;
        let open = |number: &str| matches!(number.strip_prefix('.').unwrap_or(number), "" | "x" | "X" | "*");
        let (wild, version) = if open(major) {
            (Wild::Major, format!("0.0.0{prerelease}"))
        } else if open(minor) {
            (Wild::Minor, format!("{major}.0.0{prerelease}"))
        } else if open(patch) {
            (Wild::Patch, format!("{major}{minor}.0{prerelease}"))
        } else {
            (Wild::None, version.to_owned())
        };
        let version = Version::parse_lenient(&version).map_err(|_| ConstraintError::Version)?;
        Ok(Self { operator, version, wild })
    }

    fn matches(&self, version: &Version) -> bool {
        let order = version.compare(&self.version);
        match self.operator {
            Operator::Equal if self.wild == Wild::None => order.is_eq(),
            Operator::Equal | Operator::Tilde => order.is_ge() && self.tilde(version),
            Operator::NotEqual => self.differs(version, order),
            Operator::Greater => self.greater(version, order),
            Operator::Less => order.is_lt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::LessOrEqual => self.less_or_equal(version, order),
            Operator::Caret => order.is_ge() && self.caret(version),
        }
    }

    /// `~1.2.3` ends before `1.3.0`, `~1` before `2.0.0`; `~0.0.0` and `~*` never end.
    fn tilde(&self, version: &Version) -> bool {
        let from = &self.version;
        let open = matches!(self.wild, Wild::None | Wild::Major) && (from.major, from.minor, from.patch) == (0, 0, 0);
        open || version.major == from.major && (version.minor == from.minor || self.wild == Wild::Minor)
    }

    /// `^1.2.3` ends before `2.0.0`, `^0.2.3` before `0.3.0`, `^0.0.3` before `0.0.4`.
    fn caret(&self, version: &Version) -> bool {
        let from = &self.version;
        if version.major != from.major {
            // `^*` is `^0.0.0` here.
            return false;
        }
        if from.major > 0 || self.wild == Wild::Minor {
            return true;
        }
        if from.minor > 0 || self.wild == Wild::Patch {
            return version.minor == from.minor;
        }
        version.minor == 0 && version.patch == from.patch
    }

    fn differs(&self, version: &Version, order: Ordering) -> bool {
        let from = &self.version;
        if self.wild == Wild::None {
            return order.is_ne();
        }
        if version.major != from.major || self.wild != Wild::Minor && version.minor != from.minor {
            return true;
        }
        match self.wild {
            Wild::Minor => false,
            Wild::Patch => compare_identifiers(&version.prerelease, &from.prerelease).is_ne(),
            Wild::None | Wild::Major => version.patch != from.patch || order.is_ne(),
        }
    }

    /// `>1` starts at `2.0.0`, `>1.2` at `1.3.0`.
    fn greater(&self, version: &Version, order: Ordering) -> bool {
        let from = &self.version;
        match self.wild {
            Wild::None => order.is_gt(),
            _ if version.major != from.major => version.major > from.major,
            Wild::Minor => false,
            Wild::Patch => version.minor > from.minor,
            Wild::Major => order.is_gt(),
        }
    }

    /// `<=1` ends before `2.0.0`, `<=1.2` before `1.3.0`.
    fn less_or_equal(&self, version: &Version, order: Ordering) -> bool {
        let from = &self.version;
        match self.wild {
            Wild::None => order.is_le(),
            _ if version.major != from.major => version.major < from.major,
            Wild::Minor => true,
            Wild::Patch | Wild::Major => version.minor <= from.minor,
        }
    }
}

/// Each `1.2 - 2.0` becomes `>= 1.2, <= 2.0`.
fn rewrite_ranges(text: &str) -> String {
    let mut out = text.to_owned();
    if !text.split(SPACES).any(|word| word == "-") {
        return out;
    }
    for range in RANGE.captures_iter(text) {
        let part = |index| range.get(index).map_or("", |part| part.as_str());
        out = out.replacen(part(0), &format!(">= {}, <= {} ", part(1), part(11)), 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_match_as_masterminds_does() {
        // Head: the versions; rows: a constraint and what Helm's `semverCompare` says of each version.
        let mut rows = include_str!("../../tests/helm-4.2.4/semver.tsv").lines();
        let versions: Vec<&str> = rows.next().unwrap().split_whitespace().collect();
        for row in rows {
            let (constraint, expected) = row.split_once('\t').unwrap();
            let parsed = Constraint::parse(constraint).unwrap_or_else(|error| panic!("{constraint}: {error}"));
            assert_eq!(versions.len(), expected.len());
            for (version, expected) in versions.iter().zip(expected.chars()) {
                let matches = parsed.matches(&Version::parse_lenient(version).unwrap());
                assert_eq!(matches, expected == '1', "{constraint} on {version}");
            }
        }
    }

    /// What Masterminds' expressions find: the operator, the version and its parts, of each comparison.
    fn by_expressions(text: &str) -> Option<Vec<[String; 6]>> {
        const OPERATOR: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
        static FIND: LazyLock<Regex> = LazyLock::new(|| compile(&format!(r"({OPERATOR}){SPACE}*({VERSION})")));
        static VALID: LazyLock<Regex> = LazyLock::new(|| {
            let one = format!(r"({OPERATOR}){SPACE}*({VERSION}){SPACE}*");
            compile(&format!(r"^{SPACE}*{one}(({SPACE}+|,{SPACE}*){one})*$"))
        });
        let parts = |found: regex::Captures<'_>| -> [String; 6] {
            std::array::from_fn(|index| found.get(index + 1).map_or("", |part| part.as_str()).to_owned())
        };
        VALID.is_match(text).then(|| FIND.captures_iter(text).map(parts).collect())
    }

    #[test]
    fn comparisons_are_those_that_masterminds_expressions_find() {
        let pieces =
            ["=", "!", ">", "<", "~", "^", " ", "\t", "\u{b}", ",", "v", "1", "20", ".", "x", "*", "-", "+", "a", "|"];
        let mut state = 1u32;
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % below
        };
        let mut valid = 0;
        for _ in 0..40_000 {
            let text: String = (0..next(9)).map(|_| pieces[next(pieces.len())]).collect();
            let shown = |found: Written<'_>| {
                let signs = OPERATORS.iter().filter(|(_, operator)| *operator == found.operator);
                let [major, minor, patch] = found.numbers;
                let rest = [found.version, major, minor, patch, found.prerelease].map(str::to_owned);
                (signs.map(|(sign, _)| *sign).collect::<Vec<_>>(), rest)
            };
            let found = comparisons(&text).map(|found| found.into_iter().map(shown).collect::<Vec<_>>());
            let expected = by_expressions(&text);
            assert_eq!(found.as_ref().map(Vec::len), expected.as_ref().map(Vec::len), "{text:?}");
            for ((signs, found), expected) in found.iter().flatten().zip(expected.iter().flatten()) {
                assert!(signs.contains(&expected[0].as_str()), "{text:?}");
                assert_eq!(found[..], expected[1..], "{text:?}");
            }
            valid += usize::from(expected.is_some());
        }
        assert!(valid > 1_000, "{valid}");
    }

    #[test]
    fn errors_name_what_is_wrong() {
        for (text, expected) in [
            ("", "improper constraint: \"\""),
            (">=1 || ", "improper constraint: \" \""),
            (">=1.2.3 foo", "improper constraint: \">=1.2.3 foo\""),
            (">=1,,<2", "improper constraint: \">=1,,<2\""),
            ("> 1.0 - 2.0", "improper constraint: \">>= 1.0, <= 2.0 \""),
            ("1.2 -2", "improper constraint: \"1.2 -2\""),
            ("1.2.3.4", "improper constraint: \"1.2.3.4\""),
            ("1x", "constraint parser error"),
            ("1.2.3-01", "constraint parser error"),
            (&"1||".repeat(32), "too many constraint groups (max 32)"),
            (&" ".repeat(513), "constraint string is too long (max 512 bytes)"),
        ] {
            assert_eq!(Constraint::parse(text).unwrap_err().to_string(), expected);
        }
        assert!(Constraint::parse(&format!("{}1", "1||".repeat(31))).is_ok());
    }
}
