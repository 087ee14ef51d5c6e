//! The command line.

use crate::peers::Options;

const USAGE: &str = "\
usage: peers [options]
  --suite NAME      the cases of one suite only: kube-linter, polaris, kubescape, kube-score, checkov
  --policies DIR    the policies of this folder instead of those in the library
  --verbose         tell of the cases that agree, too
CHARTSEC_FIXTURES names the folder that holds NAME/index.tsv";

/// What the command line asks for; the error is what to print, also for `--help`.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    let mut arguments = arguments.into_iter();
    while let Some(name) = arguments.next() {
        match &*name {
            "--help" | "-h" => return Err(USAGE.into()),
            "--verbose" => options.verbose = true,
            "--suite" | "--policies" => {
                let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value\n\n{USAGE}"))?;
                if name == "--suite" { options.suite = Some(value) } else { options.policies = Some(value.into()) }
            }
            _ => return Err(format!("unknown option `{name}`\n\n{USAGE}")),
        }
    }
    options.fixtures = std::env::var_os("CHARTSEC_FIXTURES").ok_or(USAGE)?.into();
    Ok(options)
}
