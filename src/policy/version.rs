//! Kubernetes minor versions and ranges of them: `>=1.22`, `>=1.8 <1.25`.

/// The minor number of a version such as `1.34`, `v1.34.2` or `1.34+`.
#[must_use]
pub fn minor(version: &str) -> Option<u32> {
    let rest = version.strip_prefix('v').unwrap_or(version).strip_prefix("1.")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Minor versions from `least` up to, but without, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    least: u32,
    end: u32,
}

impl Range {
    /// Every version.
    pub(super) const ALL: Self = Self { least: 0, end: u32::MAX };

    /// Reads conditions separated by blanks, each `>=1.N` or `<1.N`; `None` if the text is anything else.
    #[must_use]
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().try_fold(Self::ALL, |range, condition| match condition.strip_prefix(">=") {
            Some(version) => Some(Self { least: range.least.max(minor(version)?), ..range }),
            None => Some(Self { end: range.end.min(minor(condition.strip_prefix('<')?)?), ..range }),
        })
    }

    /// Whether a minor version lies inside.
    #[must_use]
    pub(super) fn contains(self, minor: u32) -> bool {
        self.least <= minor && minor < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let range = Range::parse(">=1.8 <1.25").unwrap();
        assert_eq!([7, 8, 24, 25].map(|minor| range.contains(minor)), [false, true, true, false]);
        assert_eq!(Range::parse(""), Some(Range::ALL));
        for text in ["1.8", ">1.8", ">=8", ">= 1.8", "<=1.8"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }

    #[test]
    fn versions() {
        assert_eq!(["1.34", "v1.34.2", "1.34+", "1.8-eks"].map(minor), [Some(34), Some(34), Some(34), Some(8)]);
        assert_eq!(["", "2.1", "1.", "1.x"].map(minor), [None; 4]);
    }
}
