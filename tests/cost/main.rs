//! `cargo run --release --example cost -- FOLDER [--sample N] [--seed S]`: what the policies cost beside the render.
//!
//! Instructions, counted by valgrind in processes of their own, of the charts that the index.tsv of a folder names: `render`
//! loads a chart and renders each case that a lint renders; `policies` is what a lint takes with the default profile beyond a
//! lint without any policy: reading the profile and the table of Kubernetes types, judging, telling what was found where.
//! Proofs of grades, which render again, are off.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

#[path = "../mutation/random.rs"]
#[allow(dead_code, reason = "for the other command")]
mod random;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::rc::Rc;

use chartsec::chart::{self, Overrides};
use chartsec::explore;
use chartsec::functions;
use chartsec::limits::Limits;
use chartsec::lint::Linter;
use chartsec::origin::Origins;
use chartsec::policy::Policies;
use chartsec::render::{Renderer, Target};
use chartsec::report::Files;
use chartsec::source::Sources;
use chartsec::template::Environment;

use random::Random;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: cost FOLDER [--sample N] [--seed S]";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut sample, mut seed) = (None, usize::MAX, 0);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok());
        match &*argument {
            "--sample" => sample = number().and_then(|number| usize::try_from(number).ok()).unwrap_or(sample),
            "--seed" => seed = number().unwrap_or(seed),
            "--part" => {
                if let (Some(name), Some(chart)) = (arguments.next(), arguments.next()) {
                    part(&name, &chart);
                }
                return ExitCode::SUCCESS;
            }
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

/// What a chart takes, in instructions.
struct Cost<'a> {
    chart: &'a str,
    render: u64,
    policies: u64,
}

impl Cost<'_> {
    fn percent(&self) -> u64 {
        self.policies * 100 / self.render.max(1)
    }
}

fn run(folder: &Path, sample: usize, seed: u64) -> io::Result<()> {
    let index = std::fs::read_to_string(folder.join("index.tsv"))?;
    let charts: BTreeSet<&str> = index.lines().skip(1).filter_map(|row| row.split('\t').next()).collect();
    let renders = |chart: &&str| render(&folder.join(chart));
    let mut chosen = Random::new(seed, "cost").shuffle(charts.into_iter().filter(renders).collect());
    chosen.truncate(sample);
    let start = count("nothing", folder)?;
    let (first, second) = chosen.split_at(chosen.len() / 2);
    let mut costs = std::thread::scope(|scope| {
        let second = scope.spawn(|| measured(folder, second, start));
        let mut costs = measured(folder, first, start)?;
        costs.extend(second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        Ok::<_, io::Error>(costs)
    })?;
    costs.sort_by_key(|cost| cost.render);
    for cost in &costs {
        let Cost { chart, render, policies } = cost;
        println!("{chart}: render {}k, policies {}k, {} %", render / 1_000, policies / 1_000, cost.percent());
    }
    let near = costs.get(costs.len() * 2 / 5..(costs.len() * 3).div_ceil(5)).unwrap_or_default();
    let (Some(all), Some(near)) = (median(&costs), median(near)) else {
        return Err(io::Error::other("no chart renders in all its cases"));
    };
    let cheaper = costs.iter().filter(|cost| cost.percent() < 100).count();
    println!("{} charts: the median share is {all} %, policies cost less on {cheaper}", costs.len());
    println!("of the fifth in the middle by their renders the median share is {near} %");
    Ok(())
}

/// The costs of some charts; `start` is what a process takes to start.
fn measured<'a>(folder: &Path, charts: &[&'a str], start: u64) -> io::Result<Vec<Cost<'a>>> {
    let cost = |chart: &&'a str| {
        let path = folder.join(chart);
        let render = count("render", &path)?.saturating_sub(start);
        let policies = count("lint", &path)?.saturating_sub(count("lint-without-policies", &path)?);
        Ok(Cost { chart, render, policies })
    };
    charts.iter().map(cost).collect()
}

fn median(costs: &[Cost<'_>]) -> Option<u64> {
    let mut percents: Vec<u64> = costs.iter().map(Cost::percent).collect();
    percents.sort_unstable();
    percents.get(percents.len() / 2).copied()
}

/// Instructions of a process that does a part.
fn count(part: &str, chart: &Path) -> io::Result<u64> {
    let valgrind = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["--part", part])
        .arg(chart)
        .output()
        .map_err(|error| io::Error::other(format!("valgrind counts the instructions: {error}")))?;
    let told = String::from_utf8_lossy(&valgrind.stderr);
    let count = told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.ok_or_else(|| io::Error::other(format!("{part} {}: {told}", chart.display())))
}

/// What a process of its own does with a chart.
fn part(part: &str, chart: &str) {
    match part {
        "render" => {
            black_box(render(Path::new(chart)));
        }
        "lint" => lint(chart, Policies::profile("checklist").ok().flatten().unwrap_or_default()),
        "lint-without-policies" => lint(chart, Policies::default()),
        _ => {}
    }
}

fn environment() -> Rc<Environment> {
    let mut limits = Limits::default();
    limits.proof_renders = 0;
    Rc::new(functions::still(limits, |bytes| bytes.fill(7)))
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
