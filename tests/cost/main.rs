//! `cargo run --release --example cost -- FOLDER [--sample N] [--seed S]`: what the policies cost beside the render.
//!
//! Of the charts that the index.tsv of a folder names, each by itself in this process, in CPU-bound time, the least of several
//! runs: `render` loads the chart and renders each case that a lint renders; `policies` is what a lint takes with the default
//! profile beyond a lint without any policy: reading the profile and the table of Kubernetes types, judging, telling what was
//! found where. Proofs of grades, which render again, are off.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

#[path = "../mutation/random.rs"]
#[allow(dead_code, reason = "for the other command")]
mod random;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use chartsec::chart::{self, Overrides};
use chartsec::explore;
use chartsec::functions;
use chartsec::limits::Limits;
use chartsec::lint::Linter;
use chartsec::origin::Origins;
use chartsec::policy::Policies;
use chartsec::render::{Renderer, Target};
use chartsec::report::Files;
use chartsec::schema::kubernetes::Table;
use chartsec::source::Sources;
use chartsec::template::Environment;

use random::Random;

const USAGE: &str = "usage: cost FOLDER [--sample N] [--seed S]";

/// Runs of which the quickest counts.
const RUNS: usize = 9;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut sample, mut seed) = (None, usize::MAX, 0);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok());
        match &*argument {
            "--sample" => sample = number().and_then(|number| usize::try_from(number).ok()).unwrap_or(sample),
            "--seed" => seed = number().unwrap_or(seed),
            _ => folder = Some(argument),
        }
    }
    let Some(folder) = folder else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(Path::new(&folder), sample, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cost: {error}");
            ExitCode::from(2)
        }
    }
}

/// What a chart takes.
struct Cost<'a> {
    chart: &'a str,
    render: Duration,
    policies: Duration,
}

impl Cost<'_> {
    fn ratio(&self) -> f64 {
        self.policies.as_secs_f64() / self.render.as_secs_f64()
    }
}

fn run(folder: &Path, sample: usize, seed: u64) -> io::Result<()> {
    let index = std::fs::read_to_string(folder.join("index.tsv"))?;
    let charts: BTreeSet<&str> = index.lines().skip(1).filter_map(|row| row.split('\t').next()).collect();
    let mut chosen = Random::new(seed, "cost").shuffle(charts.into_iter().collect());
    chosen.truncate(sample);
    let mut costs: Vec<Cost<'_>> = chosen.into_iter().filter_map(|chart| cost(folder, chart)).collect();
    costs.sort_by_key(|cost| cost.render);
    let Some(median) = costs.get(costs.len() / 2) else {
        return Err(io::Error::other("no chart renders in all its cases"));
    };
    let told = |what: &str, cost: &Cost<'_>| {
        let (render, policies) = (cost.render.as_micros(), cost.policies.as_micros());
        println!("{what} {}: render {render} µs, policies {policies} µs, ratio {:.2}", cost.chart, cost.ratio());
    };
    told("median chart by its render:", median);
    if let Some(largest) = costs.last() {
        told("largest:", largest);
    }
    let mut ratios: Vec<f64> = costs.iter().map(Cost::ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let middle = costs.len() / 10 * 4..costs.len() - costs.len() / 10 * 4;
    let mut near: Vec<f64> = costs.get(middle).unwrap_or_default().iter().map(Cost::ratio).collect();
    near.sort_by(f64::total_cmp);
    let cheaper = ratios.iter().filter(|ratio| **ratio < 1.0).count();
    let at = |ratios: &[f64]| ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    println!(
        "{} charts: median ratio {:.2}, of the fifth around the median chart {:.2}; policies cost less on {cheaper}",
        costs.len(),
        at(&ratios),
        at(&near)
    );
    Ok(())
}

/// `None` for a chart that does not render in all its cases.
fn cost<'a>(folder: &Path, chart: &'a str) -> Option<Cost<'a>> {
    let path = folder.join(chart);
    let mut renders = true;
    let render = least(|| renders &= render(&path));
    let name = path.display().to_string();
    let with = least(|| {
        // A process reads it once.
        black_box(Table::read(include_bytes!("../../schemas/kubernetes.bin")).is_ok());
        lint(&name, Policies::profile("checklist").ok().flatten().unwrap_or_default());
    });
    let without = least(|| lint(&name, Policies::default()));
    renders.then(|| Cost { chart, render, policies: with.saturating_sub(without) })
}

fn least(mut work: impl FnMut()) -> Duration {
    let timed = (0..RUNS).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    });
    timed.min().unwrap_or_default()
}

fn environment() -> Rc<Environment> {
    let mut limits = Limits::default();
    limits.proof_renders = 0;
    Rc::new(Environment {
        functions: functions::lookup,
        methods: functions::methods,
        limits,
        now: jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC),
        random: RefCell::new(Box::new(|bytes| bytes.fill(7))),
        regexes: RefCell::default(),
        crypto_calls: Cell::new(0),
    })
}

/// Whether the chart renders in all its cases.
fn render(path: &Path) -> bool {
    let (limits, mut sources) = (Limits::default(), Sources::new());
    let Some(chart) = chart::load(path, &mut sources, &limits).chart else { return false };
    let mut renderer = Renderer::new(environment());
    explore::cases(&chart).into_iter().all(|case| {
        let overrides = Overrides { files: case.files, ..Overrides::default() };
        let (read, origins) = (std::mem::take(&mut sources), Origins::new(true));
        let run = explore::run(&mut renderer, &chart, &overrides, &Target::default(), read, origins, &limits);
        let whole = run.stopped.is_none() && run.rendered.faults.is_empty();
        sources = black_box(run).rendered.sources;
        whole
    })
}

fn lint(path: &str, policies: Policies) {
    let linter = Linter::new(environment(), Target::default(), policies, false);
    black_box(linter.chart(path, &|_| Overrides::default(), &mut Files::new()));
}
