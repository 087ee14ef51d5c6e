//! The options of `explain`.

use clap::Args;

/// What `explain` was asked to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Explain {
    /// Rules, by id or code
    #[arg(value_name = "RULE", required_unless_present = "list", conflicts_with = "list")]
    pub(crate) rules: Vec<String>,
    /// List all rules, one a line
    #[arg(long)]
    pub(crate) list: bool,
    /// List the rules of this profile only
    #[arg(long, value_name = "NAME", requires = "list")]
    pub(crate) profile: Option<String>,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec explain POD001                          why, how to mend it, how to waive it
  chartsec explain privileged-container host-pid
  chartsec explain --list --profile pss-restricted
  chartsec explain --list -o json                  for programs";
