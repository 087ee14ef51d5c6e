//! The command line.

use crate::verdicts::Options;

const USAGE: &str = "\
usage: verdicts [options]
  --sample N        N rows only, chosen by --seed S (default 0)
  --binary PATH     run `PATH lint` on each Pod instead: its exit codes are compared
CHARTSEC_FIXTURES names the folder that holds pod-security/verdicts.tsv";

/// What the command line asks for; the error is what to print, also for `--help`.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
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
