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

// Masterminds' own grammar, with Go's `\s`; the alternatives of the operator are tried in this order.
const SPACE: &str = r"[\t\n\f\r ]";
const OPERATOR: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
const VERSION: &str = concat!(
    r"v?([0-9|xX*]+)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?",
    r"(-([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?",
    r"(\+([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?",
);

fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant and tested")
}

static ONE: LazyLock<Regex> = LazyLock::new(|| compile(&format!(r"^{SPACE}*({OPERATOR}){SPACE}*({VERSION}){SPACE}*$")));
static RANGE: LazyLock<Regex> =
    LazyLock::new(|| compile(&format!(r"{SPACE}*({VERSION}){SPACE}+-{SPACE}+({VERSION}){SPACE}*")));
static FIND: LazyLock<Regex> = LazyLock::new(|| compile(&format!(r"({OPERATOR}){SPACE}*({VERSION})")));
static VALID: LazyLock<Regex> = LazyLock::new(|| {
    let one = format!(r"({OPERATOR}){SPACE}*({VERSION}){SPACE}*");
    compile(&format!(r"^{SPACE}*{one}(({SPACE}+|,{SPACE}*){one})*$"))
});

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
        if !VALID.is_match(text) {
            return Err(ConstraintError::Improper(text.to_owned()));
        }
        let all_of: Vec<_> =
            FIND.find_iter(text).map(|found| Comparison::parse(found.as_str())).collect::<Result<_, _>>()?;
        let prereleases = all_of.iter().any(|comparison| !comparison.version.prerelease.is_empty());
        Ok(Self { all_of, prereleases })
    }
}

impl Comparison {
    fn parse(text: &str) -> Result<Self, ConstraintError> {
        let parts = ONE.captures(text).ok_or_else(|| ConstraintError::Improper(text.to_owned()))?;
        let part = |index| parts.get(index).map_or("", |part| part.as_str());
        let operator = match part(1) {
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterOrEqual,
            "<=" | "=<" => Operator::LessOrEqual,
            "~" | "~>" => Operator::Tilde,
            "^" => Operator::Caret,
            _ => Operator::Equal,
        };
        let (major, minor, patch, prerelease) = (part(3), part(4), part(5), part(6));
        let open = |number: &str| matches!(number.strip_prefix('.').unwrap_or(number), "" | "x" | "X" | "*");
        let (wild, version) = if open(major) {
            (Wild::Major, format!("0.0.0{prerelease}"))
        } else if open(minor) {
            (Wild::Minor, format!("{major}.0.0{prerelease}"))
        } else if open(patch) {
            (Wild::Patch, format!("{major}{minor}.0{prerelease}"))
        } else {
            (Wild::None, part(2).to_owned())
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
