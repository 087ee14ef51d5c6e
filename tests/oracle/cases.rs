//! Charts × values files × flags.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::options::Options;

/// One rendering to compare.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    /// The folder it is rendered in.
    pub folder: PathBuf,
    /// The chart from there.
    pub chart: String,
    /// A values file of the chart, from the chart.
    pub values: Option<String>,
    /// Further flags, separated by spaces.
    pub flags: String,
}

impl Case {
    /// The arguments behind the executable's name: Helm's and ours are the same.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = ["template", "release-name", &self.chart].map(String::from).into();
        if !self.flags.contains("--namespace") {
            arguments.extend(["--namespace", "default"].map(String::from));
        }
        if let Some(values) = &self.values {
            arguments.extend(["-f".into(), format!("{}/{values}", self.chart)]);
        }
        arguments.extend(self.flags.split_whitespace().map(String::from));
        arguments
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.chart)?;
        for part in self.values.as_deref().into_iter().chain((!self.flags.is_empty()).then_some(&*self.flags)) {
            write!(f, " {part}")?;
        }
        Ok(())
    }
}

/// The cases of all folders, filtered and sampled.
pub(crate) fn collect(options: &Options) -> io::Result<Vec<Case>> {
    let mut cases = BTreeSet::new();
    for folder in &options.folders {
        let folder = fs::canonicalize(folder)
            .map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", folder.display())))?;
        let index = folder.join("index.tsv");
        if index.is_file() {
            rows(&folder, &index, &mut cases)?;
        } else if folder.join("Chart.yaml").is_file() {
            discover(&folder, &mut cases)?;
        } else {
            search(&folder, &mut cases)?;
        }
        let more = folder.join("cases.tsv");
        if more.is_file() {
            rows(&folder, &more, &mut cases)?;
        }
    }
    let mut cases: Vec<Case> =
        cases.into_iter().filter(|case| options.chart.as_ref().is_none_or(|text| case.chart.contains(text))).collect();
    if let Some(count) = options.sample {
        choose(&mut cases, count, options.seed);
    }
    if cases.is_empty() {
        return Err(io::Error::other("no case: no Chart.yaml in the folders, or nothing matches"));
    }
    Ok(cases)
}

/// Rows of chart, values and flags; further columns are for others.
fn rows(folder: &Path, table: &Path, cases: &mut BTreeSet<Case>) -> io::Result<()> {
    for row in fs::read_to_string(table)?.lines().skip(1) {
        let mut columns = row.split('\t');
        let Some(chart) = columns.next().filter(|chart| !chart.is_empty()) else { continue };
        let mut column = || columns.next().filter(|text| *text != "-").map(String::from);
        let (values, flags) = (column(), column().unwrap_or_default());
        cases.insert(Case { folder: folder.into(), chart: chart.into(), values, flags });
    }
    Ok(())
}

/// Charts below a folder; a chart's own subcharts are rendered with it.
fn search(folder: &Path, cases: &mut BTreeSet<Case>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join("Chart.yaml").is_file() || path.extension().is_some_and(|extension| extension == "tgz") {
            discover(&path, cases)?;
        } else if path.is_dir() {
            search(&path, cases)?;
        }
    }
    Ok(())
}

/// Default values and each `ci/*values.yaml` of one chart.
fn discover(chart: &Path, cases: &mut BTreeSet<Case>) -> io::Result<()> {
    let (Some(folder), Some(name)) = (chart.parent(), chart.file_name()) else { return Ok(()) };
    let case = |values| Case {
        folder: folder.into(),
        chart: name.to_string_lossy().into_owned(),
        values,
        flags: String::new(),
    };
    cases.insert(case(None));
    let ci = chart.join("ci");
    if ci.is_dir() {
        for entry in fs::read_dir(ci)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with("values.yaml") {
                cases.insert(case(Some(format!("ci/{name}"))));
            }
        }
    }
    Ok(())
}

/// Keeps `count` cases, the same ones for the same seed, in their order.
fn choose(cases: &mut Vec<Case>, count: usize, seed: u64) {
    let mut state = seed;
    let mut keyed: Vec<(u64, Case)> = cases.drain(..).map(|case| (split_mix(&mut state), case)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    cases.extend(keyed.into_iter().take(count).map(|(_, case)| case));
    cases.sort();
}

/// The SplitMix64 generator.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(chart: &str) -> Case {
        Case { folder: "/charts".into(), chart: chart.into(), values: None, flags: String::new() }
    }

    #[test]
    fn samples_are_repeatable() {
        let all: Vec<Case> = (0..50).map(|n| case(&format!("chart-{n:02}"))).collect();
        let sample = |seed| {
            let mut cases = all.clone();
            choose(&mut cases, 5, seed);
            cases
        };
        assert_eq!(sample(1), sample(1));
        assert_ne!(sample(1), sample(2));
        assert_eq!(sample(1).len(), 5);
    }

    #[test]
    fn own_namespace_wins() {
        let mut case = case("shop");
        case.values = Some("ci/a-values.yaml".into());
        assert_eq!(
            case.arguments().join(" "),
            "template release-name shop --namespace default -f shop/ci/a-values.yaml"
        );
        case.flags = "--namespace front".into();
        assert!(!case.arguments().contains(&"default".into()));
    }
}
