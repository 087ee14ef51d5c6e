//! The acceptance test of provenance: change a scalar of a values file, or a word of a template, in memory, render again,
//! and see that exactly the bytes change that name it as their origin.
//!
//! Bytes that are there in one of the renders only because a decision (`if`, `with`, `range`, `default`, …) came out
//! differently are counted apart; that one did is looked up in the recorded decisions of both renders. `main.rs` is the
//! command, the integration tests call [`run`].

mod align;
mod edits;
mod encoded;
mod judge;
mod random;
mod report;
mod subject;
mod trace;
mod view;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use chartsec::limits::Limits;
use chartsec::render::Rendered;

use edits::{Leaf, Word};
use judge::Judge;
use random::Random;
use report::{Score, Scores};
use subject::{Case, Edit, Subject};
use view::Target;

/// What to change.
#[derive(Debug)]
pub(crate) struct Options {
    /// A folder of charts.
    pub folder: PathBuf,
    /// How many charts.
    pub charts: usize,
    /// How many scalars of values files in each.
    pub leaves: usize,
    /// How many words of templates in each.
    pub lines: usize,
    /// What chooses all of them.
    pub seed: u64,
    /// Part of the chart's path.
    pub chart: Option<String>,
    /// Charts at a time.
    pub jobs: usize,
    /// Percent that must be right.
    pub require: f64,
    /// How to break the origins first.
    pub broken: Option<Broken>,
    /// Print what fails.
    pub verbose: bool,
}

/// A way to break origins, to see that broken ones are found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// They are not recorded.
    Off,
    /// Each stands for bytes a little further down.
    Shifted,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/charts").into(),
            charts: 20,
            leaves: 20,
            lines: 10,
            seed: 0,
            chart: None,
            jobs: 2,
            require: 99.0,
            broken: None,
            verbose: false,
        }
    }
}

/// As deep as the binary's.
const STACK: usize = 256 << 20;

/// What was found in one chart, and what is told of its failures.
type Judged = (Scores, Vec<u8>);

/// Changes, renders and judges; writes the shares to `out`, and says whether those asked for were reached.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let mut cases = subject::cases(&options.folder, &mut Random::new(options.seed, ""))?;
    cases.retain(|case| options.chart.as_ref().is_none_or(|text| case.name.contains(text)));
    let charts = all(&cases, options)?;
    let mut total = Scores::default();
    let mut names = Vec::new();
    for (case, (scores, failures)) in charts {
        out.write_all(&failures)?;
        (0..total.len()).for_each(|kind| total[kind] += scores[kind]);
        names.push((case.name.clone(), scores));
    }
    writeln!(out, "{} charts, seed {}", names.len(), options.seed)?;
    let [shown, chance, words] = total;
    let mut leaves = shown;
    leaves += chance;
    report::shares("values, of those that bytes name", &shown, out)?;
    report::shares("values, at random", &chance, out)?;
    report::shares("values, all", &leaves, out)?;
    report::shares("template words", &words, out)?;
    report::worst(&names, out)?;
    let kinds = [(&leaves, options.leaves), (&words, options.lines)].into_iter().filter(|(_, count)| *count > 0);
    let good =
        |score: &Score| [score.named(), score.true_claims(), score.silent()].iter().all(|it| *it >= options.require);
    let passed = kinds.clone().all(|(score, _)| good(score)) && kinds.count() > 0;
    let verdict = if passed { "reached" } else { "NOT reached" };
    writeln!(out, "{} % both ways: {verdict}", options.require)?;
    Ok(passed)
}

/// The first charts that render, in their order, each on a thread of its own as far as there are jobs.
fn all<'c>(cases: &'c [Case], options: &Options) -> io::Result<Vec<(&'c Case, Judged)>> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Option<io::Result<Option<Judged>>>>> = Mutex::new(cases.iter().map(|_| None).collect());
    let lock = || found.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        loop {
            let usable = lock().iter().filter(|found| matches!(found, Some(Ok(Some(_))))).count();
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index).filter(|_| usable < options.charts) else { return };
            let judged = chart(case, options);
            lock()[index] = Some(judged);
        }
    };
    thread::scope(|scope| {
        for _ in 0..options.jobs {
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work)?;
        }
        Ok::<_, io::Error>(())
    })?;
    let mut charts = Vec::new();
    for (case, found) in cases.iter().zip(found.into_inner().unwrap_or_else(PoisonError::into_inner)) {
        if let Some(found) = found.transpose()?.flatten().filter(|_| charts.len() < options.charts) {
            charts.push((case, found));
        }
    }
    Ok(charts)
}

/// Changes one chart; `None` when it does not render.
fn chart(case: &Case, options: &Options) -> io::Result<Option<Judged>> {
    let Some(subject) = Subject::load(case, options.broken != Some(Broken::Off))? else { return Ok(None) };
    let Some(old) = subject.render(None) else { return Ok(None) };
    let mut random = Random::new(options.seed, &case.name);
    let mut bench = Bench { subject: &subject, old: &old, options, scores: Scores::default(), failures: Vec::new() };
    let (shown, chance) = bench.leaves(&mut random);
    for (kind, leaves) in [shown, chance].iter().enumerate() {
        for leaf in leaves {
            bench.leaf(kind, leaf, random.next())?;
        }
    }
    for word in random.shuffle(edits::words(&old)).into_iter().take(options.lines) {
        bench.word(word, random.next())?;
    }
    Ok(Some((bench.scores, bench.failures)))
}

/// One chart on the bench.
struct Bench<'a> {
    subject: &'a Subject,
    old: &'a Rendered,
    options: &'a Options,
    scores: Scores,
    failures: Vec<u8>,
}

impl Bench<'_> {
    /// Half of the leaves among those that bytes name, half among the others; if there are too few, the rest of the other kind.
    fn leaves(&self, random: &mut Random) -> (Vec<Leaf>, Vec<Leaf>) {
        let sources = self.subject.sources();
        let files = self.subject.values_files().into_iter();
        let all = files.flat_map(|source| edits::leaves(source, &sources, &Limits::default())).collect();
        let named = edits::named(self.old);
        let is_named = |leaf: &Leaf| named.contains(&(leaf.source, leaf.range.start));
        let (mut shown, mut chance): (Vec<Leaf>, Vec<Leaf>) = random.shuffle(all).into_iter().partition(is_named);
        let half = (self.options.leaves / 2).max(self.options.leaves.saturating_sub(chance.len()));
        shown.truncate(half);
        chance.truncate(self.options.leaves - shown.len());
        (shown, chance)
    }

    fn leaf(&mut self, kind: usize, leaf: &Leaf, chance: u64) -> io::Result<()> {
        let sources = self.subject.sources();
        let change = leaf.change(&sources, &Limits::default(), chance.to_le_bytes()[0]);
        let file = sources.path(leaf.source).rsplit('/').next().unwrap_or_default().to_owned();
        let place = format!("{} {file} {}", self.subject.case.name, leaf.key);
        let Some(change) = change else {
            self.scores[kind].outcomes.refused += 1;
            return Ok(());
        };
        let edit = change.edit.clone();
        self.judge(kind, &place, &edit, &Target::Leaf(leaf.source, leaf.range.start, change))
    }

    fn word(&mut self, word: Word, chance: u64) -> io::Result<()> {
        let sources = self.subject.sources();
        let Some(edit) = word.edit(&sources, chance.to_le_bytes()[0]) else { return Ok(()) };
        let line = sources.bytes(word.source)[..word.range.start].iter().filter(|byte| **byte == b'\n').count() + 1;
        let text = String::from_utf8_lossy(&sources.bytes(word.source)[word.range.clone()]).into_owned();
        let place = format!("{} {}:{line} {text}", self.subject.case.name, sources.path(word.source));
        self.judge(2, &place, &edit, &Target::Word(word))
    }

    fn judge(&mut self, kind: usize, place: &str, edit: &Edit, target: &Target) -> io::Result<()> {
        let Some(new) = self.subject.render(Some(edit)) else {
            self.scores[kind].outcomes.refused += 1;
            return Ok(());
        };
        let renders = [self.old, &new];
        let judge = Judge::new(renders, target, self.subject.sources().len(), self.options.broken);
        self.scores[kind].add(judge.tally);
        if self.options.verbose {
            for failure in &judge.failures {
                report::failure(place, failure, renders[failure.side], &mut self.failures)?;
            }
        }
        Ok(())
    }
}
