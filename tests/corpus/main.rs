//! `cargo run --release --example corpus -- FOLDER [--sample N] [--seed S] [--fixes N]`: lints the charts that the index.tsv in a folder names.
//!
//! On public charts the default profile must be quiet enough for the first day: at most 3 errors on the median chart, none for a
//! container without requests and limits; and `--strict` must never find fewer errors.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

mod fixes;
#[path = "../mutation/random.rs"]
#[allow(dead_code, reason = "for the other command")]
mod random;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use chartsec::chart::Overrides;
use chartsec::finding::Level;
use chartsec::functions;
use chartsec::limits::Limits;
use chartsec::lint::Linter;
use chartsec::policy::Policies;
use chartsec::render::Target;
use chartsec::report::{Files, Report};

use random::Random;

const USAGE: &str = "usage: corpus FOLDER [--sample N] [--seed S] [--fixes N]";

/// Errors that the median chart may have.
const MOST: u64 = 3;

/// Rules about requests and limits, which charts leave to their users.
const RESOURCES: [&str; 5] = [
    "missing-cpu-limit",
    "missing-cpu-request",
    "missing-ephemeral-storage",
    "missing-memory-limit",
    "missing-memory-request",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut sample, mut seed, mut fixes) = (None, usize::MAX, 0, None);
    let most = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok());
        match &*argument {
            "--sample" => sample = number().map_or(sample, most),
            "--seed" => seed = number().unwrap_or(seed),
            "--fixes" => fixes = number().map(most),
            _ => folder = Some(argument),
        }
    }
    let Some(folder) = folder else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let folder = Path::new(&folder);
    let checked = chosen(folder, sample, seed).and_then(|charts| match fixes {
        Some(most) => mend(folder, &charts, most, seed),
        None => run(folder, &charts),
    });
    match checked {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("corpus: {error}");
            ExitCode::from(2)
        }
    }
}

/// A sample of the charts.
fn chosen(folder: &Path, sample: usize, seed: u64) -> io::Result<Vec<String>> {
    let index = std::fs::read_to_string(folder.join("index.tsv"))?;
    let charts: BTreeSet<&str> = index.lines().skip(1).filter_map(|row| row.split('\t').next()).collect();
    let mut chosen = Random::new(seed, "corpus").shuffle(charts.into_iter().map(str::to_owned).collect());
    chosen.truncate(sample);
    Ok(chosen)
}

/// Applies fixes of findings, at most so many of each chart.
fn mend(folder: &Path, charts: &[String], most: usize, seed: u64) -> io::Result<bool> {
    let linter = linter("pedantic", false)?;
    let (mut fixes, mut right) = (Vec::new(), true);
    for chart in charts.iter().filter(|chart| folder.join(chart).is_dir()) {
        let (count, all) = fixes::check(&linter, &folder.join(chart), most, &mut Random::new(seed, chart))?;
        fixes.push(count);
        right &= all;
    }
    let (sum, with) = (fixes.iter().sum::<usize>(), fixes.iter().filter(|count| **count > 0).count());
    println!("{sum} fixes in {with} of {} charts", fixes.len());
    Ok(right && sum > 0)
}

fn run(folder: &Path, charts: &[String]) -> io::Result<bool> {
    let (default, strict) = (linter("checklist", false)?, linter("checklist", true)?);
    let (mut counts, mut right) = (Vec::new(), true);
    for chart in charts {
        let path = folder.join(chart).display().to_string();
        let (report, errors) = (lint(&default, &path), lint(&strict, &path).summary.error);
        let summary = &report.summary;
        if errors < summary.error {
            println!("{chart}: {errors} errors with --strict, {} without", summary.error);
            right = false;
        }
        let loud = |rule: &str| RESOURCES.contains(&rule);
        for finding in report.findings.iter().filter(|found| found.level == Level::Error && loud(&found.rule.id)) {
            println!("{chart}: {} is an error", finding.rule.id);
            right = false;
        }
        counts.push([summary.error, summary.warning, summary.note]);
    }
    let [errors, warnings, notes] = [0, 1, 2].map(|level| median(counts.iter().map(|count| count[level]).collect()));
    println!("{} charts; on the median one {errors} errors, {warnings} warnings, {notes} notes", counts.len());
    Ok(right && errors <= MOST && !counts.is_empty())
}

fn linter(profile: &str, strict: bool) -> io::Result<Linter> {
    let environment = functions::still(Limits::default(), |bytes| bytes.fill(7));
    let policies = Policies::profile(profile).map_err(io::Error::other)?.unwrap_or_default();
    Ok(Linter::new(Rc::new(environment), Target::default(), policies, strict))
}

fn lint(linter: &Linter, path: &str) -> Report {
    let linted = linter.chart(path, &|_| Overrides::default(), &mut Files::new());
    Report::new(vec![linted.chart], linted.findings, linted.not_evaluated, &Limits::default())
}

/// The upper one of two in the middle.
fn median(mut counts: Vec<u64>) -> u64 {
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or_default()
}
