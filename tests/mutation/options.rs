//! The command line.

use std::ffi::OsString;

use crate::mutation::{Broken, Options};

const USAGE: &str = "\
usage: mutation [FOLDER] [options]
  FOLDER            charts in it, or those that the index.tsv in it says Helm renders. Default: tests/charts
  --charts N        N charts, chosen by --seed S (default 0) among those that render; default 20
  --leaves N        scalars of values files to change in each, default 20: half of them at random among those that
                    rendered bytes name, half at random among all others
  --lines N         words of template text to change in each, default 10
  --chart TEXT      charts whose path holds TEXT
  --jobs N          charts at a time, default 2
  --require SHARE   percent that must be right, both ways; default 99
  --broken HOW      judge origins that are `off` (not recorded) or `shifted` (by some bytes): must fail
  --verbose         print every run of bytes that is wrong";

/// What the command line asks for; the error is what to print, also for `--help`.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, String> {
    read(arguments).map_err(|mistake| format!("{mistake}{USAGE}"))
}

fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, String> {
    let mut options = Options::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let name = argument.to_string_lossy().into_owned();
        let mut text = || {
            let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value\n\n"))?;
            value.into_string().map_err(|value| format!("`{}` is not UTF-8\n\n", value.display()))
        };
        match name.as_str() {
            "--help" | "-h" => return Err(String::new()),
            "--verbose" => options.verbose = true,
            "--charts" => options.charts = number(&name, &text()?)?,
            "--leaves" => options.leaves = number(&name, &text()?)?,
            "--lines" => options.lines = number(&name, &text()?)?,
            "--seed" => options.seed = number(&name, &text()?)?,
            "--chart" => options.chart = Some(text()?),
            "--jobs" => options.jobs = number::<usize>(&name, &text()?)?.max(1),
            "--require" => options.require = number(&name, &text()?)?,
            "--broken" => {
                options.broken = Some(match text()?.as_str() {
                    "off" => Broken::Off,
                    "shifted" => Broken::Shifted,
                    other => return Err(format!("`{other}` is no way to break origins\n\n")),
                });
            }
            _ if name.starts_with('-') => return Err(format!("unknown option `{name}`\n\n")),
            _ => options.folder = argument.into(),
        }
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{name}` needs a number, not `{text}`\n\n"))
}
