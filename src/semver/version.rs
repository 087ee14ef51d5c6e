//! A version: lenient and strict parsing, order, next versions.

use std::cmp::Ordering;
use std::fmt;

/// The longest version text.
const MAX_BYTES: usize = 256;

const LENIENT: &str = "error parsing version segment: ";

/// A semantic version.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// First number.
    pub major: u64,
    /// Second number.
    pub minor: u64,
    /// Third number.
    pub patch: u64,
    /// What stands behind `-`; empty for a release.
    pub prerelease: String,
    /// What stands behind `+`.
    pub metadata: String,
    /// The text that it was parsed from.
    pub original: String,
}

/// Why a text is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not of the form of a version.
    #[error("invalid semantic version")]
    Invalid,
    /// Nothing at all (strict parsing only).
    #[error("version string empty")]
    Empty,
    /// Something else than digits in a number (strict parsing only).
    #[error("invalid characters in version")]
    Characters,
    /// A number with a leading zero.
    #[error("version segment starts with 0")]
    LeadingZero,
    /// A malformed part behind `+`.
    #[error("invalid metadata string")]
    Metadata,
    /// A malformed part behind `-`.
    #[error("invalid prerelease string")]
    Prerelease,
    /// Over 256 bytes.
    #[error("version string is too long (max {MAX_BYTES} bytes)")]
    TooLong,
    /// A number over 64 bits; lenient parsing says more about it than strict parsing.
    #[error("{context}strconv.ParseUint: parsing {digits:?}: value out of range")]
    Range {
        /// What stands in front of the message.
        context: &'static str,
        /// The number.
        digits: String,
    },
    /// A number without digits (strict parsing only).
    #[error("strconv.ParseUint: parsing \"\": invalid syntax")]
    NoDigits,
}

impl Version {
    /// Parses as Helm does nearly everywhere: a leading `v`, missing numbers and leading zeros are accepted.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse_lenient(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_BYTES {
            return Err(VersionError::TooLong);
        }
        let mut rest = text.strip_prefix('v').unwrap_or(text);
        let major = take_digits(&mut rest).ok_or(VersionError::Invalid)?;
        let minor = take_segment(&mut rest);
        let patch = minor.and_then(|_| take_segment(&mut rest));
        let prerelease = take_identifiers(&mut rest, '-').ok_or(VersionError::Invalid)?;
        let metadata = take_identifiers(&mut rest, '+').ok_or(VersionError::Invalid)?;
        if !rest.is_empty() {
            return Err(VersionError::Invalid);
        }
        let version = Self {
            major: number(major, LENIENT)?,
            minor: number(minor.unwrap_or("0"), LENIENT)?,
            patch: number(patch.unwrap_or("0"), LENIENT)?,
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: text.to_owned(),
        };
        if !prerelease.is_empty() {
            check_prerelease(prerelease)?;
        }
        Ok(version)
    }

    /// Parses by the letter of SemVer 2.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse_strict(text: &str) -> Result<Self, VersionError> {
        if text.is_empty() {
            return Err(VersionError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(VersionError::TooLong);
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VersionError::Invalid);
        };
        let (rest, metadata) = split(rest, '+');
        if let Some(metadata) = metadata {
            check_metadata(metadata)?;
        }
        let (patch, prerelease) = split(rest, '-');
        if let Some(prerelease) = prerelease {
            check_prerelease(prerelease)?;
        }
        for part in [major, minor, patch] {
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(VersionError::Characters);
            }
            if part.len() > 1 && part.starts_with('0') {
                return Err(VersionError::LeadingZero);
            }
        }
        Ok(Self {
            major: number(major, "")?,
            minor: number(minor, "")?,
            patch: number(patch, "")?,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    /// Order by SemVer: metadata does not count, a prerelease comes before its release.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }

    /// The next patch version; of a prerelease its release. `None` when the number would overflow.
    #[must_use]
    pub fn next_patch(&self) -> Option<Self> {
        let patch = if self.prerelease.is_empty() { self.patch.checked_add(1)? } else { self.patch };
        Some(self.next(self.major, self.minor, patch))
    }

    /// The next minor version. `None` when the number would overflow.
    #[must_use]
    pub fn next_minor(&self) -> Option<Self> {
        Some(self.next(self.major, self.minor.checked_add(1)?, 0))
    }

    /// The next major version. `None` when the number would overflow.
    #[must_use]
    pub fn next_major(&self) -> Option<Self> {
        Some(self.next(self.major.checked_add(1)?, 0, 0))
    }

    /// The same version with another prerelease.
    ///
    /// # Errors
    /// When the text is no prerelease.
    pub fn with_prerelease(&self, prerelease: &str) -> Result<Self, VersionError> {
        if !prerelease.is_empty() {
            check_prerelease(prerelease)?;
        }
        Ok(Self { prerelease: prerelease.to_owned(), ..self.clone() }.with_own_original())
    }

    /// The same version with other metadata.
    ///
    /// # Errors
    /// When the text is no metadata.
    pub fn with_metadata(&self, metadata: &str) -> Result<Self, VersionError> {
        if !metadata.is_empty() {
            check_metadata(metadata)?;
        }
        Ok(Self { metadata: metadata.to_owned(), ..self.clone() }.with_own_original())
    }

    fn next(&self, major: u64, minor: u64, patch: u64) -> Self {
        let original = self.original.clone();
        Self { major, minor, patch, original, ..Self::default() }.with_own_original()
    }

    /// The original text of a version that was made out of another one keeps the `v` in front.
    fn with_own_original(mut self) -> Self {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{self}");
        self
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// Order of prereleases; none comes last.
pub(super) fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => compare_identifiers(a, b),
    }
}

/// Order of dot-separated identifiers, a missing one first.
pub(super) fn compare_identifiers(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (a, b) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => (a.unwrap_or_default(), b.unwrap_or_default()),
        };
        if a == b {
            continue;
        }
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
        return match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) if a > b => Ordering::Greater,
            (Ok(_), _) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        };
    }
}

fn take_digits<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, behind) = rest.split_at(end);
    *rest = behind;
    (end > 0).then_some(digits)
}

fn take_segment<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let mut behind = rest.strip_prefix('.')?;
    let digits = take_digits(&mut behind)?;
    *rest = behind;
    Some(digits)
}

/// Identifiers behind `sign`; empty when the sign does not follow, `None` when no identifiers do.
fn take_identifiers<'a>(rest: &mut &'a str, sign: char) -> Option<&'a str> {
    let Some(behind) = rest.strip_prefix(sign) else {
        return Some("");
    };
    let end = behind.find(|c: char| !is_identifier(c) && c != '.').unwrap_or(behind.len());
    let (identifiers, behind) = behind.split_at(end);
    *rest = behind;
    identifiers.split('.').all(|identifier| !identifier.is_empty()).then_some(identifiers)
}

fn is_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

fn split(text: &str, sign: char) -> (&str, Option<&str>) {
    text.split_once(sign).map_or((text, None), |(before, behind)| (before, Some(behind)))
}

fn number(digits: &str, context: &'static str) -> Result<u64, VersionError> {
    if digits.is_empty() {
        return Err(VersionError::NoDigits);
    }
    digits.parse().map_err(|_| VersionError::Range { context, digits: digits.to_owned() })
}

fn check_prerelease(text: &str) -> Result<(), VersionError> {
    for part in text.split('.') {
        if part.is_empty() || !part.chars().all(is_identifier) {
            return Err(VersionError::Prerelease);
        }
        if part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VersionError::LeadingZero);
        }
    }
    Ok(())
}

fn check_metadata(text: &str) -> Result<(), VersionError> {
    let good = text.split('.').all(|part| !part.is_empty() && part.chars().all(is_identifier));
    if good { Ok(()) } else { Err(VersionError::Metadata) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lenient(text: &str) -> String {
        Version::parse_lenient(text).map_or_else(|error| error.to_string(), |version| version.to_string())
    }

    fn strict(text: &str) -> String {
        Version::parse_strict(text).map_or_else(|error| error.to_string(), |version| version.to_string())
    }

    #[test]
    fn lenient_parsing_completes() {
        for (text, expected) in [
            ("v1.2", "1.2.0"),
            ("1", "1.0.0"),
            ("01.2.3", "1.2.3"),
            ("1-a", "1.0.0-a"),
            ("1.2+b.c", "1.2.0+b.c"),
            ("1.2.3-a.1+b", "1.2.3-a.1+b"),
            ("1.2.3--", "1.2.3--"),
            ("1.2.3.4", "invalid semantic version"),
            ("1.", "invalid semantic version"),
            ("", "invalid semantic version"),
            ("V1", "invalid semantic version"),
            (" 1", "invalid semantic version"),
            ("1.2.3-", "invalid semantic version"),
            ("1.2.3-a..b", "invalid semantic version"),
            ("1.2.3-a.", "invalid semantic version"),
            ("1.2.3-01", "version segment starts with 0"),
            ("18446744073709551615", "18446744073709551615.0.0"),
            (
                "99999999999999999999",
                "error parsing version segment: strconv.ParseUint: parsing \"99999999999999999999\": value out of range",
            ),
        ] {
            assert_eq!(lenient(text), expected, "{text}");
        }
        assert!(Version::parse_lenient(&"1".repeat(257)).is_err_and(|error| error == VersionError::TooLong));
    }

    #[test]
    fn strict_parsing_does_not() {
        for (text, expected) in [
            ("1.2.3-a.1+b", "1.2.3-a.1+b"),
            ("", "version string empty"),
            ("1.2", "invalid semantic version"),
            ("v1.2.3", "invalid characters in version"),
            ("1.02.3", "version segment starts with 0"),
            ("1.2.3-01", "version segment starts with 0"),
            ("1.2.3-", "invalid prerelease string"),
            ("1.2.3+", "invalid metadata string"),
            ("1..3", "strconv.ParseUint: parsing \"\": invalid syntax"),
        ] {
            assert_eq!(strict(text), expected, "{text}");
        }
    }

    #[test]
    fn order_follows_the_specification() {
        let order = [
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.1.0",
            "2.0.0",
        ];
        for (i, a) in order.iter().enumerate() {
            for (j, b) in order.iter().enumerate() {
                let (a, b) = (Version::parse_lenient(a).unwrap(), Version::parse_lenient(b).unwrap());
                assert_eq!(a.compare(&b), i.cmp(&j), "{a} {b}");
            }
        }
        let with = |text| Version::parse_lenient(text).unwrap();
        assert_eq!(with("1.0.0+a").compare(&with("1.0.0+b")), Ordering::Equal);
    }

    #[test]
    fn next_versions_keep_the_v() {
        let version = Version::parse_lenient("v1.2.3-a+b").unwrap();
        assert_eq!(version.next_patch().unwrap().original, "v1.2.3");
        assert_eq!(version.next_minor().unwrap().original, "v1.3.0");
        assert_eq!(version.next_major().unwrap().to_string(), "2.0.0");
        assert_eq!(version.with_prerelease("b").unwrap().original, "v1.2.3-b+b");
        assert_eq!(version.with_metadata("b_").unwrap_err(), VersionError::Metadata);
        assert!(Version { major: u64::MAX, ..Version::default() }.next_major().is_none());
    }
}
