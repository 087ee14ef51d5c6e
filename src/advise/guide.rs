//! The questions, approaches and factors of `schemas/advise.yaml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::{Level, Question};
use super::risk::Role;

const DATA: &str = include_str!("../../schemas/advise.yaml");

/// The approaches, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApproachName {
    /// Commands in the container.
    Standard,
    /// An ephemeral container beside it.
    Distroless,
    /// A scanner that shares its processes.
    Sidecar,
}

impl ApproachName {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Distroless => "distroless",
            Self::Sidecar => "sidecar",
        }
    }
}

/// What a security level makes of an approach, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It may be used.
    Allowed,
    /// It may be used by those who have accepted its risk in writing.
    NeedsRiskAcceptance,
    /// It may not be used.
    Refused,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::NeedsRiskAcceptance => "needs risk acceptance",
            Self::Refused => "refused",
        }
    }
}

/// All that is known before a question is answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    pub(super) questions: Vec<QuestionData>,
    pub(super) approaches: Vec<Approach>,
    pub(super) factors: Vec<Factor>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct QuestionData {
    pub(super) id: Question,
    pub(super) text: String,
    /// The least level that a yes is judged as, and why.
    pub(super) raises_to: Option<Level>,
    #[serde(default)]
    pub(super) why: String,
    pub(super) source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Approach {
    pub(super) id: ApproachName,
    pub(super) title: String,
    pub(super) chart: String,
    /// It is feasible when this is answered with yes.
    pub(super) needs: Question,
    /// Why it is not feasible otherwise.
    pub(super) missing: String,
    /// What makes it feasible.
    pub(super) change: String,
    /// Whose rule its rank is.
    pub(super) source: String,
    pub(super) verdicts: BTreeMap<Level, VerdictData>,
    pub(super) controls: Vec<String>,
    #[serde(default)]
    pub(super) deviations: Vec<Deviation>,
    pub(super) residual_risk: Option<ResidualRisk>,
    #[serde(default)]
    pub(super) monitoring: Vec<String>,
    /// Who has to sign for its risk.
    #[serde(default)]
    pub(super) authorised_by: Vec<Role>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerdictData {
    pub(super) verdict: Verdict,
    pub(super) why: String,
    pub(super) source: String,
}

/// What is done otherwise than it should be, and why.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Deviation {
    pub(super) deviation: String,
    pub(super) justification: String,
}

/// What remains when all controls hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidualRisk {
    pub(super) level: Level,
    #[serde(default)]
    pub(super) description: String,
}

/// A row of the decision matrix.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Factor {
    pub(super) factor: String,
    pub(super) standard: String,
    pub(super) distroless: String,
    pub(super) sidecar: String,
}

impl Guide {
    /// Reads the embedded data.
    ///
    /// # Errors
    /// A mistake in it, which a test would have found.
    pub fn load() -> Result<Self, String> {
        serde_yaml::from_str(DATA).map_err(|error| format!("schemas/advise.yaml: {error}"))
    }

    /// What a level makes of an approach; what the data does not name is refused.
    #[must_use]
    pub fn verdict(&self, approach: ApproachName, level: Level) -> Verdict {
        self.approach(approach)
            .and_then(|approach| approach.verdicts.get(&level))
            .map_or(Verdict::Refused, |data| data.verdict)
    }

    pub(super) fn approach(&self, name: ApproachName) -> Option<&Approach> {
        self.approaches.iter().find(|approach| approach.id == name)
    }
}
