//! One case: both renderers, and what became of it.

use std::io;
use std::time::Duration;

use super::cases::Case;
use super::helm::{self, Helm};
use super::mask::{self, Comparison, Difference};
use super::options::Options;
use super::place;
use super::process::{self, End, Run};

const LIMIT: Duration = Duration::from_secs(30);
/// Runs of Helm that make the mask of a case that varies.
const RUNS: usize = 5;
/// Runs at most, where a difference lies in a line that varies: chance may have hidden a byte of it.
const RUNS_AT_MOST: usize = 25;

/// What became of a case.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Its class.
    pub class: Class,
    /// Bytes that Helm wrote.
    pub bytes: usize,
    /// Helm's first run.
    pub helm: Run,
    /// The other run; `None` when only the cache was filled.
    pub other: Option<Run>,
}

/// The classes, in the order of the report.
#[derive(Debug)]
pub(crate) enum Class {
    /// Only Helm was run.
    Filled,
    /// The same bytes.
    Identical,
    /// The same but for bytes that Helm varies.
    Masked(usize),
    /// Other bytes.
    Differs(Difference),
    /// Both refuse, at the same file and line.
    SamePlace,
    /// Both refuse; Helm names no template.
    NoPlace,
    /// Both refuse, at different places.
    Elsewhere,
    /// Only Helm refuses.
    OnlyHelmFails,
    /// Only the other refuses.
    OnlyOtherFails,
    /// Helm ran into its time limit or a signal.
    HelmBroke,
    /// The other ran into its time limit.
    Hang,
    /// The other panicked or was ended by a signal.
    Panic,
}

/// Runs both renderers. The other runs between two runs of Helm, so that time functions are caught on both sides.
pub(crate) fn judge(case: &Case, helm: &Helm, options: &Options) -> io::Result<Verdict> {
    let facts = helm.facts(case)?;
    let mut runs = helm.cached(case)?;
    let cached = runs.len();
    if runs.is_empty() {
        runs.push(helm.render(case)?);
    }
    let other = match &options.renderer {
        Some(renderer) if !options.fill => Some(process::run(&mut helm::isolated(renderer, case, helm.home()), LIMIT)?),
        _ => None,
    };
    if cached == 0 {
        runs.push(helm.render(case)?);
        if facts.varying || facts.timed || !equal(&runs) {
            while runs.len() < RUNS {
                runs.push(helm.render(case)?);
            }
        }
        runs.dedup();
        helm.keep(case, &runs)?;
    } else if other.is_some() && (facts.timed || runs.len() > 1) {
        runs.push(helm.render(case)?);
    }

    let class = match &other {
        None => Class::Filled,
        Some(other) => loop {
            let class = class(&runs, other);
            if !matches!(&class, Class::Differs(difference) if difference.varies) || runs.len() >= RUNS_AT_MOST {
                break class;
            }
            for _ in 0..RUNS {
                runs.push(helm.render(case)?);
            }
            helm.keep(case, &runs)?;
        },
    };
    let helm = runs.swap_remove(0);
    Ok(Verdict { class, bytes: helm.stdout.len(), helm, other })
}

fn equal(runs: &[Run]) -> bool {
    runs.iter().all(|run| *run == runs[0])
}

fn class(runs: &[Run], other: &Run) -> Class {
    match other.end {
        End::TimeOut => return Class::Hang,
        End::Exit(101 | 5) | End::Signal(_) => return Class::Panic,
        End::Exit(_) => {}
    }
    let helm = &runs[0];
    match (helm.end, helm.ok(), other.ok()) {
        (End::TimeOut | End::Signal(_), ..) => Class::HelmBroke,
        (_, true, true) => {
            let outputs: Vec<&[u8]> = runs.iter().filter(|run| run.ok()).map(|run| &*run.stdout).collect();
            match mask::compare(&outputs, &other.stdout) {
                Comparison::Identical => Class::Identical,
                Comparison::Masked(bytes) => Class::Masked(bytes),
                Comparison::Differs(difference) => Class::Differs(difference),
            }
        }
        (_, false, true) => Class::OnlyHelmFails,
        (_, true, false) => Class::OnlyOtherFails,
        (_, false, false) => {
            let text = |run: &Run| String::from_utf8_lossy(&run.stderr).into_owned();
            let answers: Vec<Option<bool>> = runs.iter().map(|run| place::same(&text(run), &text(other))).collect();
            match answers.as_slice() {
                answers if answers.contains(&Some(true)) => Class::SamePlace,
                answers if answers.contains(&None) => Class::NoPlace,
                _ => Class::Elsewhere,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(end: End, stdout: &str, stderr: &str) -> Run {
        Run { end, stdout: stdout.into(), stderr: stderr.into() }
    }

    fn named(runs: &[Run], other: &Run) -> String {
        let text = format!("{:?}", class(runs, other));
        text.split(['(', ' ']).next().unwrap().to_owned()
    }

    #[test]
    fn ends_decide_before_bytes() {
        let good = run(End::Exit(0), "a\n", "");
        let bad = run(End::Exit(1), "", "Error: c/templates/a.yaml:3:4\n  x");
        let helm = |helm: &Run, other: &Run| named(std::slice::from_ref(helm), other);
        assert_eq!(helm(&good, &good), "Identical");
        assert_eq!(helm(&good, &run(End::Exit(0), "b\n", "")), "Differs");
        assert_eq!(helm(&good, &bad), "OnlyOtherFails");
        assert_eq!(helm(&bad, &good), "OnlyHelmFails");
        for end in [End::Exit(101), End::Exit(5), End::Signal(11)] {
            assert_eq!(helm(&bad, &run(end, "a\n", "")), "Panic");
        }
        assert_eq!(helm(&good, &run(End::TimeOut, "a\n", "")), "Hang");
        assert_eq!(helm(&run(End::TimeOut, "", ""), &good), "HelmBroke");
    }

    #[test]
    fn any_place_that_helm_fails_at_will_do() {
        let fails = |text: &str| run(End::Exit(1), "", text);
        let runs = [fails("Error: c/templates/a.yaml:3:4"), fails("Error: c/templates/b.yaml:5:6")];
        assert_eq!(named(&runs, &fails("error: x\n --> c/templates/b.yaml:5:1")), "SamePlace");
        assert_eq!(named(&runs, &fails("error: x\n --> c/templates/b.yaml:6:1")), "Elsewhere");
        assert_eq!(named(&[fails("Error: library")], &fails("error: x")), "NoPlace");
    }
}
