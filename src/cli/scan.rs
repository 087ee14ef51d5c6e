//! The options of `scan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// How to reach the files and processes of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// The strongest of the others that works for the container
    #[default]
    Auto,
    /// Commands in the container
    Standard,
    /// An ephemeral container beside it
    Distroless,
    /// From a container of the same pod
    Sidecar,
}

/// What `scan` was asked to do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Scan {
    /// How to reach the container
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(crate) mode: Mode,
    /// Namespace of the pod
    #[arg(short, long, value_name = "NAME")]
    pub(crate) namespace: String,
    /// Name of the pod; a sidecar scans its own
    #[arg(long, value_name = "NAME", required_unless_present = "mode")]
    #[arg(required_if_eq_any = [("mode", "auto"), ("mode", "standard"), ("mode", "distroless")])]
    pub(crate) pod: Option<String>,
    /// Name of the container
    #[arg(short, long, value_name = "NAME")]
    pub(crate) container: String,
    /// What to check: a built-in baseline or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "container-baseline")]
    pub(crate) baseline: String,
    /// Threshold that the results must reach, a file in the form of `saf validate threshold`
    #[arg(long, value_name = "FILE")]
    pub(crate) threshold: Option<PathBuf>,
    /// Folder for the results; the report goes to standard output all the same
    #[arg(long, value_name = "DIR")]
    pub(crate) results: Option<PathBuf>,
    /// Seconds after which the scan is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..=86400))]
    pub(crate) timeout: u32,
    /// Image of the ephemeral container
    #[arg(long, value_name = "IMAGE", help_heading = "Distroless")]
    pub(crate) debug_image: Option<String>,
    /// Seconds after which the ephemeral container ends by itself
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=3600))]
    #[arg(help_heading = "Distroless")]
    pub(crate) debug_timeout: u32,
    /// Prove that the account reaches the container and no other, and scan nothing
    #[arg(long)]
    pub(crate) preflight: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  chartsec scan -n payments --pod ledger-0 -c ledger
  chartsec scan -n payments --pod ledger-0 -c ledger --mode distroless --threshold threshold.yml
  chartsec scan -n payments --pod ledger-0 -c ledger --preflight";
