//! What differs between Helm versions in the bytes they print.

use std::fmt;
use std::str::FromStr;

/// The Helm version whose output is reproduced (`--helm-compat`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Helm 3.21: documents trimmed on both sides. That it keeps nulls of a chart's defaults is not reproduced.
    V3_21,
    /// Helm 4.0 and 4.1: documents trimmed on both sides.
    V4_1,
    /// Helm 4.2.0 to 4.2.3: documents trimmed on the left side only.
    V4_2_0,
    /// Helm 4.2.4: separators at line starts only, every trailing blank kept.
    #[default]
    V4_2_4,
}

impl Profile {
    /// Every profile with its name on the command line.
    pub const ALL: [(&'static str, Self); 4] =
        [("4.2.4", Self::V4_2_4), ("4.2.0", Self::V4_2_0), ("4.1", Self::V4_1), ("3.21", Self::V3_21)];

    /// Whether webhook configurations have a place of their own in the install order (new in Helm 4).
    #[must_use]
    pub fn orders_webhooks(self) -> bool {
        self >= Self::V4_1
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, profile)| profile == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, profile)| *profile).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!("unknown Helm version `{text}`: use one of {}", names.join(", "))
        })
    }
}
