//! From severity and grade to what a violation means for the run.

use super::compile::Policy;
use crate::finding::{Grade, Level, Severity};

/// The level of a violation.
///
/// `strict` (the flag, or a profile that is a standard) makes every violation an error. Otherwise a violation is an error
/// when it is of high severity and no value of the chart can mend it, a warning from medium severity on, a note below;
/// `least` is the policy's own floor.
#[must_use]
pub fn level(severity: Severity, grade: Grade, least: Option<Level>, strict: bool) -> Level {
    if strict {
        return Level::Error;
    }
    let level = if severity >= Severity::High && grade == Grade::Hardcoded {
        Level::Error
    } else if severity >= Severity::Medium {
        Level::Warning
    } else {
        Level::Note
    };
    least.map_or(level, |least| level.max(least))
}

impl Policy {
    /// The level of a violation of this policy; `by_default` if it is there without a values file
    /// that asked for it.
    #[must_use]
    pub fn level(&self, grade: Grade, by_default: bool, strict: bool) -> Level {
        let least = self.file.level.filter(|_| by_default);
        let level = level(self.file.severity, grade, least, strict);
        self.file.most.map_or(level, |most| level.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_grade_floor_and_strictness() {
        use {Grade::*, Severity::*};
        let table = [
            (Critical, Hardcoded, Level::Error),
            (High, Hardcoded, Level::Error),
            (High, Hardenable, Level::Warning),
            (High, Unknown, Level::Warning),
            (Medium, Hardcoded, Level::Warning),
            (Low, Hardcoded, Level::Note),
            (Info, Unknown, Level::Note),
        ];
        for (severity, grade, wanted) in table {
            assert_eq!(level(severity, grade, None, false), wanted, "{severity:?} {grade:?}");
            assert_eq!(level(severity, grade, Some(Level::Error), false), Level::Error);
            assert_eq!(level(severity, grade, Some(Level::Note), false), wanted);
            assert_eq!(level(severity, grade, None, true), Level::Error);
        }
    }
}
