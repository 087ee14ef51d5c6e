//! The options of `generate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// The five charts that scan containers
    ScannerCharts,
}

/// What `generate` was asked to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Generate {
    /// What to generate
    #[arg(value_name = "WHAT")]
    pub(crate) what: What,
    /// Folder to write to: a new or empty one, or one that this command has written
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: PathBuf,
    /// Write nothing; exit code 1 unless the folder holds exactly what would be written
    #[arg(long)]
    pub(crate) check: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec generate scanner-charts --output-dir charts
  chartsec generate scanner-charts --output-dir charts --check     in CI: are they current and unedited?";
