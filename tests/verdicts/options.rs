//! What to judge.

use std::path::PathBuf;

const USAGE: &str = "\
usage: verdicts [options]
  --sample N        N rows only, chosen by --seed S (default 0)
  --binary PATH     run `PATH lint` on each Pod instead: its exit codes are compared
CHARTSEC_FIXTURES names the folder that holds pod-security/verdicts.tsv";

/// The parsed command line.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The folder of published fixtures.
    pub folder: PathBuf,
    /// How many rows to choose.
    pub sample: Option<usize>,
    /// What chooses them.
    pub seed: u64,
    /// The executable whose exit codes are compared.
    pub binary: Option<PathBuf>,
}

impl Options {
    /// From the command line; the error is what to print, also for `--help`.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            if matches!(&*name, "--help" | "-h") {
                return Err(USAGE.into());
            }
            let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value\n\n{USAGE}"))?;
            let number = || value.parse().map_err(|_| format!("`{name}` needs a number, not `{value}`\n\n{USAGE}"));
            match &*name {
                "--sample" => options.sample = Some(usize::try_from(number()?).unwrap_or(usize::MAX)),
                "--seed" => options.seed = number()?,
                "--binary" => options.binary = Some(value.into()),
                _ => return Err(format!("unknown option `{name}`\n\n{USAGE}")),
            }
        }
        options.folder = std::env::var_os("CHARTSEC_FIXTURES").ok_or(USAGE)?.into();
        Ok(options)
    }
}
