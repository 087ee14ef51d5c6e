//! The options of `reap`.

use clap::Args;

/// What `reap` was asked to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Reap {
    /// Namespace to look in
    #[arg(short, long, value_name = "NAME")]
    pub(crate) namespace: String,
    /// Say what has expired, and delete nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec reap -n payments               delete what has expired
  chartsec reap -n payments --dry-run     say what would be deleted";
