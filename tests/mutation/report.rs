//! What is told: shares, charts, failures.

use std::io::{self, Write};
use std::ops::AddAssign;

use chartsec::explore::{located, location};
use chartsec::render::Rendered;
use chartsec::render::blame::blame_run;

use super::judge::{Failure, Tally, Verdict};

/// How many changes had what outcome.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcomes {
    /// Judged, and some byte changed.
    pub changed: usize,
    /// Judged, and no byte changed.
    pub same: usize,
    /// No other value of the type was found that Helm would read there, or the chart does not render with it.
    pub refused: usize,
    /// Judged without one byte that is wrong.
    pub exact: usize,
}

/// What was found for one kind of change.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    pub outcomes: Outcomes,
    pub tally: Tally,
}

/// What was found in one chart: leaves that bytes name, leaves at random, words of templates.
pub(crate) type Scores = [Score; 3];

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        let Outcomes { changed, same, refused, exact } = other.outcomes;
        self.outcomes.changed += changed;
        self.outcomes.same += same;
        self.outcomes.refused += refused;
        self.outcomes.exact += exact;
        let Tally { exact, made, branch, computed, displaced, wrong, claimed, unchanged } = other.tally;
        self.tally.exact += exact;
        self.tally.made += made;
        self.tally.branch += branch;
        self.tally.computed += computed;
        self.tally.displaced += displaced;
        self.tally.wrong += wrong;
        self.tally.claimed += claimed;
        self.tally.unchanged += unchanged;
    }
}

impl Score {
    /// Counts a change that was judged.
    pub(crate) fn add(&mut self, tally: Tally) {
        let bytes = tally.exact + tally.made + tally.branch + tally.computed + tally.displaced + tally.wrong;
        let exact = usize::from(tally.wrong + tally.claimed == 0);
        let outcomes = Outcomes { changed: usize::from(bytes > 0), same: usize::from(bytes == 0), refused: 0, exact };
        *self += Self { outcomes, tally };
    }

    /// Of the bytes that changed, but for those that a decision wrote, the percentage that names the change.
    pub(crate) fn named(&self) -> f64 {
        let Tally { exact, made, wrong, .. } = self.tally;
        percent(exact + made, exact + made + wrong)
    }

    /// Of the bytes that name the change, the percentage that changed.
    pub(crate) fn true_claims(&self) -> f64 {
        let Tally { exact, made, claimed, .. } = self.tally;
        percent(exact + made, exact + made + claimed)
    }

    /// Of the bytes that did not change, the percentage that does not name the change.
    pub(crate) fn silent(&self) -> f64 {
        percent(self.tally.unchanged - self.tally.claimed, self.tally.unchanged)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a percentage")]
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// Writes the shares of one kind.
pub(crate) fn shares(name: &str, score: &Score, out: &mut dyn Write) -> io::Result<()> {
    let Outcomes { changed, same, refused, exact } = score.outcomes;
    let Tally { exact: bytes, made, branch, computed, displaced, wrong, claimed, unchanged } = score.tally;
    let judged = changed + same;
    writeln!(out, "{name}: {judged} judged ({changed} change bytes, {same} none; {refused} refused), {exact} exact")?;
    writeln!(
        out,
        "  changed bytes   {:8.3} % name it: {bytes} byte by byte, {made} as made of it; {wrong} do not",
        score.named()
    )?;
    writeln!(out, "  naming bytes    {:8.3} % changed; {claimed} did not", score.true_claims())?;
    writeln!(out, "  unchanged bytes {:8.3} % do not name it, of {unchanged}", score.silent())?;
    writeln!(
        out,
        "  apart: {branch} in blocks that it decided, {computed} computed in such, {displaced} replaced or moved by it"
    )
}

/// Writes the charts with the most wrong bytes.
pub(crate) fn worst(charts: &[(String, Scores)], out: &mut dyn Write) -> io::Result<()> {
    let mut charts: Vec<(usize, usize, &str)> = charts
        .iter()
        .map(|(name, scores)| {
            let sum = |of: fn(&Tally) -> usize| scores.iter().map(|score| of(&score.tally)).sum();
            (sum(|tally| tally.wrong), sum(|tally| tally.claimed), name.as_str())
        })
        .filter(|(wrong, claimed, _)| wrong + claimed > 0)
        .collect();
    charts.sort_by_key(|(wrong, claimed, _)| std::cmp::Reverse(wrong + claimed));
    for (wrong, claimed, name) in charts.into_iter().take(8) {
        writeln!(out, "worst: {name}: {wrong} changed bytes do not name the change, {claimed} unchanged bytes do")?;
    }
    Ok(())
}

/// Writes a run of bytes that fails.
pub(crate) fn failure(context: &str, failure: &Failure, rendered: &Rendered, out: &mut dyn Write) -> io::Result<()> {
    let file = &rendered.files[failure.file];
    let text = file.text.as_bytes();
    let line = 1 + text[..failure.range.start].iter().filter(|byte| **byte == b'\n').count();
    let what = if failure.verdict == Verdict::Claimed { "same" } else { "changed" };
    let side = ["old", "new"][failure.side];
    let shown = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
    let from = text[..failure.range.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    writeln!(
        out,
        "{what}: {context}: {side} {}:{line}: {:?} behind {:?}",
        file.path,
        shown(&text[failure.range.clone()]),
        shown(&text[from..failure.range.start])
    )?;
    let Some((run, start)) = file.text.run_at(failure.range.start) else { return Ok(()) };
    let blame = blame_run(run, failure.range.start - start as usize, &rendered.origins);
    let located = located(&blame, &rendered.sources, &rendered.origins);
    let places = located.template.iter().chain(&located.include);
    let places: Vec<String> = places.map(|at| format!("{}:{}:{}", at.file, at.line, at.column)).collect();
    let leaves = rendered.origins.leaves_of(run.mark);
    let leaves = leaves.iter().take(4).map(|leaf| {
        let span = rendered.origins.get_leaf(*leaf).map(|leaf| location(leaf.span.place(), &rendered.sources));
        let place = span.map(|at| format!("{}:{}", at.file, at.line)).unwrap_or_default();
        format!("{} {place}", rendered.origins.key_path(*leaf))
    });
    let leaves: Vec<String> = leaves.collect();
    writeln!(out, "    origin {} names [{}] at {}", places.join(" < "), leaves.join(", "), run.at.cast_signed())
}
