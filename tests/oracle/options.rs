//! What to compare with what.

use std::ffi::OsString;
use std::path::PathBuf;

const USAGE: &str = "\
usage: oracle [FOLDER…] [options]
  FOLDER            charts in it: default values and each ci/*values.yaml, or the rows of its index.tsv;
                    rows of its cases.tsv (chart, values, flags) come on top. Default: tests/charts
  --sample N        N cases only, chosen by --seed S (default 0)
  --chart TEXT      cases whose chart path holds TEXT
  --helm VERSION    default 4.2.4
  --renderer PATH   compare this executable's `template` instead of chartsec's, such as another helm
  --fill            run only Helm, to fill its cache
  --show-diff       print the first lines that differ, with those around them
  --jobs N          cases at a time, default 2
  --require SHARE   percent that must agree, of what Helm renders and of what it refuses; default 95";

/// The parsed command line.
#[derive(Debug)]
pub(crate) struct Options {
    /// Folders with charts.
    pub folders: Vec<PathBuf>,
    /// How many cases to choose.
    pub sample: Option<usize>,
    /// What chooses them.
    pub seed: u64,
    /// Part of the chart's path.
    pub chart: Option<String>,
    /// Helm's version.
    pub helm: String,
    /// The executable under test.
    pub renderer: Option<PathBuf>,
    /// Run Helm only.
    pub fill: bool,
    /// Print what differs.
    pub show_diff: bool,
    /// Cases at a time.
    pub jobs: usize,
    /// Percent that must agree.
    pub require: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folders: Vec::new(),
            sample: None,
            seed: 0,
            chart: None,
            helm: "4.2.4".into(),
            renderer: None,
            fill: false,
            show_diff: false,
            jobs: 2,
            require: 95.0,
        }
    }
}

impl Options {
    /// From the command line; the error is what to print, also for `--help`.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        Self::read(arguments).map_err(|mistake| format!("{mistake}{USAGE}"))
    }

    fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let name = argument.to_string_lossy().into_owned();
            let mut text = || {
                let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value\n\n"))?;
                value.into_string().map_err(|value| format!("`{}` is not UTF-8\n\n", value.display()))
            };
            match name.as_str() {
                "--help" | "-h" => return Err(String::new()),
                "--fill" => options.fill = true,
                "--show-diff" => options.show_diff = true,
                "--chart" => options.chart = Some(text()?),
                "--helm" => options.helm = text()?,
                "--renderer" => options.renderer = Some(text()?.into()),
                "--sample" => options.sample = Some(number(&name, &text()?)?),
                "--seed" => options.seed = number(&name, &text()?)?,
                "--jobs" => options.jobs = number::<usize>(&name, &text()?)?.max(1),
                "--require" => options.require = number(&name, &text()?)?,
                _ if name.starts_with('-') => return Err(format!("unknown option `{name}`\n\n")),
                _ => options.folders.push(argument.into()),
            }
        }
        if options.folders.is_empty() {
            options.folders.push(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/charts").into());
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{name}` needs a number, not `{text}`\n\n"))
}
