//! One line per case, then the counts and the shares.

use std::collections::BTreeMap;
use std::io::{self, Write};

use similar::TextDiff;

use super::cases::Case;
use super::mask::Difference;
use super::options::Options;
use super::process::{End, Run};
use super::verdict::{Class, Verdict};

/// Characters of a line that are shown.
const WIDTH: usize = 160;
/// Lines of a difference that are shown.
const LINES: usize = 40;
/// Lines around each of its parts.
const CONTEXT: usize = 2;

/// Counts while the cases come in.
#[derive(Default)]
pub(crate) struct Report {
    counts: BTreeMap<(u8, &'static str), usize>,
    bytes: usize,
    masked: usize,
    printed_on_failure: usize,
    /// Hangs and panics, where Helm renders and where it refuses.
    broke: [usize; 2],
}

/// Order and name of a class.
fn name(class: &Class) -> (u8, &'static str) {
    match class {
        Class::Filled => (0, "filled"),
        Class::Identical => (1, "identical"),
        Class::Masked(_) => (2, "masked"),
        Class::Differs(_) => (3, "differs"),
        Class::OnlyOtherFails => (4, "only chartsec fails"),
        Class::SamePlace => (5, "both fail at the same place"),
        Class::NoPlace => (6, "both fail, helm names no place"),
        Class::Elsewhere => (7, "both fail elsewhere"),
        Class::OnlyHelmFails => (8, "only helm fails"),
        Class::HelmBroke => (9, "helm broke"),
        Class::Hang => (10, "hang"),
        Class::Panic => (11, "panic"),
    }
}

impl Report {
    /// Writes the line of a case and what explains it.
    pub(crate) fn add(
        &mut self,
        case: &Case,
        verdict: Verdict,
        options: &Options,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let key = name(&verdict.class);
        *self.counts.entry(key).or_default() += 1;
        let failed = verdict.other.as_ref().is_some_and(|other| !other.ok() && !other.stdout.is_empty());
        self.printed_on_failure += usize::from(failed);
        if matches!(verdict.class, Class::Hang | Class::Panic) {
            self.broke[usize::from(!verdict.helm.ok())] += 1;
        }
        if verdict.helm.ok() {
            self.bytes += verdict.bytes;
        }
        write!(out, "{:<30}  {case}", key.1)?;
        match &verdict.class {
            Class::Masked(bytes) => {
                self.masked += bytes;
                writeln!(out, "  ({bytes} of {} bytes masked)", verdict.bytes)?;
            }
            Class::Differs(difference) => {
                writeln!(out)?;
                let line = |line: &Option<String>| line.as_deref().map_or("(end)".into(), shown);
                writeln!(out, "    helm     {:>6}: {}", difference.helm_line, line(&difference.helm))?;
                writeln!(out, "    chartsec {:>6}: {}", difference.other_line, line(&difference.other))?;
            }
            Class::Filled | Class::Identical | Class::SamePlace => writeln!(out)?,
            _ => {
                writeln!(out)?;
                write_error(out, "helm", &verdict.helm)?;
                if let Some(other) = &verdict.other {
                    write_error(out, "chartsec", other)?;
                }
            }
        }
        if let (true, Class::Differs(difference)) = (options.show_diff, &verdict.class) {
            write_diff(out, &verdict, difference)?;
        }
        if failed {
            writeln!(out, "    printed although it failed")?;
        }
        Ok(())
    }

    /// Writes the counts; whether the shares were reached, and nothing panicked or hung.
    pub(crate) fn finish(&self, options: &Options, out: &mut dyn Write) -> io::Result<bool> {
        writeln!(out)?;
        for ((_, name), count) in &self.counts {
            writeln!(out, "{count:>6}  {name}")?;
        }
        let count = |wanted: &[u8]| -> usize {
            self.counts.iter().filter(|((order, _), _)| wanted.contains(order)).map(|(_, count)| count).sum()
        };
        if count(&[0]) > 0 {
            return Ok(count(&[9]) == 0);
        }
        let [renders, refuses] = self.broke;
        let rendered = share(count(&[1, 2]), count(&[1, 2, 3, 4]) + renders);
        let refused = share(count(&[5, 6, 7]), count(&[5, 6, 7, 8]) + refuses);
        let masked = self.masked as f64 * 100.0 / self.bytes.max(1) as f64;
        writeln!(
            out,
            "{rendered:>6.2} % of what helm renders is identical or masked ({masked:.3} % of its bytes masked)"
        )?;
        writeln!(
            out,
            "{refused:>6.2} % of what helm refuses is refused; output on failure: {}",
            self.printed_on_failure
        )?;
        let clean = count(&[9, 10, 11]) == 0 && self.printed_on_failure == 0;
        Ok(clean && rendered >= options.require && refused >= options.require)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn write_error(out: &mut dyn Write, who: &str, run: &Run) -> io::Result<()> {
    let text = String::from_utf8_lossy(&run.stderr);
    let first = text.lines().find(|line| line.to_ascii_lowercase().starts_with("error")).or(text.lines().next());
    match run.end {
        End::Exit(0) => writeln!(out, "    {who:<8} renders {} bytes", run.stdout.len()),
        end => writeln!(out, "    {who:<8} {end:?}: {}", shown(first.unwrap_or_default())),
    }
}

/// From shortly before the first difference; masked lines before it would only be in the way.
fn write_diff(out: &mut dyn Write, verdict: &Verdict, difference: &Difference) -> io::Result<()> {
    let text = |run: &Run, line: usize| -> String {
        let text = String::from_utf8_lossy(&run.stdout);
        text.split_inclusive('\n').skip(line.saturating_sub(1 + CONTEXT)).take(5 * LINES).collect()
    };
    let helm = text(&verdict.helm, difference.helm_line);
    let other = verdict.other.as_ref().map(|other| text(other, difference.other_line)).unwrap_or_default();
    let diff = TextDiff::from_lines(&helm, &other);
    let unified = diff.unified_diff().context_radius(CONTEXT).to_string();
    for line in unified.lines().take(LINES) {
        writeln!(out, "    | {}", shown(line))?;
    }
    Ok(())
}

/// A line fit for a terminal.
fn shown(line: &str) -> String {
    let mut text: String = line.chars().take(WIDTH).flat_map(char::escape_debug).collect();
    if line.chars().count() > WIDTH {
        text.push('…');
    }
    text.replace("\\\"", "\"").replace("\\'", "'")
}
