//! The options of `lint`.

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::values::{Target, Values};
use chartsec::finding::Level;
use chartsec::policy::Stage;

/// From which level on findings fail the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FailOn {
    #[default]
    Error,
    Warning,
    Note,
    Never,
}

impl FailOn {
    /// The level; `None` for never.
    pub(crate) fn level(self) -> Option<Level> {
        match self {
            Self::Error => Some(Level::Error),
            Self::Warning => Some(Level::Warning),
            Self::Note => Some(Level::Note),
            Self::Never => None,
        }
    }
}

/// What charts are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Env {
    Prod,
    Dev,
}

impl Env {
    /// As policies name it.
    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::Prod => Stage::Prod,
            Self::Dev => Stage::Dev,
        }
    }
}

/// What `lint` was asked to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Lint {
    /// Charts, archives, folders to search for charts, manifest files, or `-` for manifests on standard input;
    /// without a path every chart of this repository
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// Set of rules to hold the charts to: checklist (default), pedantic, pss-baseline, pss-restricted, nsa, stig
    #[arg(long, value_name = "NAME", help_heading = "Rules")]
    pub(crate) profile: Option<String>,
    /// Check these rules only, by id or code
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    pub(crate) select: Vec<String>,
    /// Leave these rules out, by id or code
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "Rules")]
    pub(crate) ignore: Vec<String>,
    /// What the charts are for: prod (default) demands fixed tags and pulls always, dev does not
    #[arg(long, value_name = "STAGE", help_heading = "Rules")]
    pub(crate) env: Option<Env>,
    /// Evidence of what no chart shows: JSON of Trivy or Snyk, an audit policy; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub(crate) evidence: Vec<String>,
    /// Level from which on findings make the exit code 1 [default: error]
    #[arg(long, value_name = "LEVEL", help_heading = "Rules")]
    pub(crate) fail_on: Option<FailOn>,
    /// Every violated rule is an error, whether or not a values key mends it
    #[arg(long, overrides_with = "no_strict", help_heading = "Rules")]
    pub(crate) strict: bool,
    /// Turn off `strict` of the configuration
    #[arg(long, overrides_with = "strict", hide = true)]
    pub(crate) no_strict: bool,
    /// Let no waiver count, wherever it stands
    #[arg(long, help_heading = "Rules")]
    pub(crate) no_waivers: bool,
    #[command(flatten)]
    pub(crate) values: Values,
    #[command(flatten)]
    pub(crate) target: Target,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec lint                                   every chart of this repository
  chartsec lint charts/shop -f production.yaml    one chart with these values
  chartsec lint shop-1.2.3.tgz --strict           an archive, every violated rule an error
  chartsec lint deploy.yaml --profile pss-restricted --kube-version 1.36
  kubectl get deploy -o yaml | chartsec lint -    what runs
  chartsec lint -o text -o json=report.json       for people and for programs
  chartsec lint shop -o markdown --evidence trivy.json --evidence audit-policy.yaml
                                                  the hardening checklist as a comment on a change";
