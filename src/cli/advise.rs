//! The options of `advise`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use chartsec::advise;

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    Yes,
    No,
}

/// How much is at stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    High,
    Medium,
    Low,
}

impl From<Level> for advise::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::High => Self::High,
            Level::Medium => Self::Medium,
            Level::Low => Self::Low,
        }
    }
}

/// What `advise` was asked to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Advise {
    /// Hundreds of containers are scanned, or those of several teams
    #[arg(long, value_name = "ANSWER", help_heading = "Questions")]
    pub(crate) enterprise_scale: Option<Answer>,
    /// The container that is scanned has a shell
    #[arg(long, value_name = "ANSWER", help_heading = "Questions")]
    pub(crate) shell: Option<Answer>,
    /// Ephemeral containers may be added to its pod (Kubernetes 1.25 or later, and no policy against it)
    #[arg(long, value_name = "ANSWER", help_heading = "Questions")]
    pub(crate) ephemeral_containers: Option<Answer>,
    /// Its pod may be defined anew, with a scanner that shares its processes
    #[arg(long, value_name = "ANSWER", help_heading = "Questions")]
    pub(crate) modify_pod: Option<Answer>,
    /// Security comes before ease
    #[arg(long, value_name = "ANSWER", help_heading = "Questions")]
    pub(crate) security_first: Option<Answer>,
    /// How much is at stake
    #[arg(long, value_name = "LEVEL", help_heading = "Questions")]
    pub(crate) security_level: Option<Level>,
    /// Answers as YAML or JSON, such as `shell: no`; options of the command line win
    #[arg(long, value_name = "FILE", help_heading = "Questions")]
    pub(crate) answers: Option<PathBuf>,
    /// Record of accepted risk; when it holds, what needs risk acceptance is allowed
    #[arg(long, value_name = "FILE")]
    pub(crate) risk_acceptance: Option<PathBuf>,
    /// Print the record of accepted risk to fill in for the approach that is advised, instead of the decision
    #[arg(long, conflicts_with = "risk_acceptance")]
    pub(crate) template: bool,
}

impl Advise {
    /// What the options answer.
    pub(crate) fn given(&self) -> advise::Answers {
        let questions = advise::Question::ALL.into_iter().filter_map(|question| {
            let answer = match question {
                advise::Question::EnterpriseScale => self.enterprise_scale,
                advise::Question::Shell => self.shell,
                advise::Question::EphemeralContainers => self.ephemeral_containers,
                advise::Question::ModifyPod => self.modify_pod,
                advise::Question::SecurityFirst => self.security_first,
            };
            Some((question, answer? == Answer::Yes))
        });
        advise::Answers { questions: questions.collect(), level: self.security_level.map(Into::into) }
    }
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec advise --shell no --ephemeral-containers yes --modify-pod no --enterprise-scale no \\
      --security-first yes --security-level high
  chartsec advise --answers answers.yaml -o markdown=decision.md
  chartsec advise --answers answers.yaml --template > risk.yaml      to fill in and have signed
  chartsec advise --answers answers.yaml --risk-acceptance risk.yaml

Exit code 0 says that the approach may be used, 1 that it may not, or not without a record that holds.";
