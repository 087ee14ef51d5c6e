//! Compares a rendering with Helm's, but for the bytes that differ between Helm's own runs.
//!
//! Lines that all runs share are anchors. Between anchors, runs with the same number of lines are masked line by line,
//! within a line byte by byte (or between common ends, where its length varies); else the stretch is masked as a whole.
//! Documents are put in a common order only if Helm's own runs order them differently.

use std::ops::Range;

use similar::{Algorithm, DiffTag};

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Byte for byte one of Helm's runs.
    Identical,
    /// Equal but for this many bytes.
    Masked(usize),
    /// Different.
    Differs(Difference),
}

/// The first place where a rendering leaves Helm's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Line of Helm's first run, from 1.
    pub helm_line: usize,
    /// Line of the other rendering, from 1.
    pub other_line: usize,
    /// Helm's line; `None` behind its end.
    pub helm: Option<String>,
    /// The other line.
    pub other: Option<String>,
    /// Helm itself varies here or right before: more runs may show that more of it does.
    pub varies: bool,
}

/// Compares `other` with Helm's `runs`, of which there must be one.
pub(crate) fn compare(runs: &[&[u8]], other: &[u8]) -> Comparison {
    if runs.contains(&other) {
        return Comparison::Identical;
    }
    let mut runs: Vec<Vec<&[u8]>> = runs.iter().map(|run| lines(run)).collect();
    let mut other = lines(other);
    if runs.iter().any(|run| headers(run) != headers(&runs[0])) {
        runs = runs.into_iter().map(order).collect();
        other = order(other);
    }
    walk(&runs[0], &stretches(&runs), &other)
}

/// Lines with their ends, so that a missing last newline is a difference.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn is_header(line: &[u8]) -> bool {
    line.starts_with(b"# Source: ")
}

fn headers<'a>(lines: &[&'a [u8]]) -> Vec<&'a [u8]> {
    lines.iter().copied().filter(|line| is_header(line)).collect()
}

/// Documents by header; those of one template stay in their order.
fn order(lines: Vec<&[u8]>) -> Vec<&[u8]> {
    let mut documents: Vec<&[&[u8]]> = Vec::new();
    let mut start = 0;
    for (index, line) in lines.iter().enumerate() {
        if is_header(line) && index > start && lines[index - 1] == b"---\n" {
            documents.push(&lines[start..index - 1]);
            start = index - 1;
        }
    }
    documents.push(&lines[start..]);
    documents.sort_by_key(|document| document.iter().copied().find(|line| is_header(line)));
    documents.concat()
}

/// A piece of what Helm writes.
#[derive(Debug)]
enum Stretch<'a> {
    /// One line that all runs share.
    Line(&'a [u8]),
    /// One line of one length, of which the marked bytes vary.
    Bytes(&'a [u8], Vec<bool>),
    /// One line that varies between two ends.
    Ends(&'a [u8], &'a [u8]),
    /// Lines whose number varies.
    Lines,
}

fn stretches<'a>(runs: &[Vec<&'a [u8]>]) -> Vec<(usize, Stretch<'a>)> {
    let first = &runs[0];
    let mut found = Vec::new();
    if runs.iter().all(|run| run.len() == first.len()) {
        between(runs, &vec![0..first.len(); runs.len()], &mut found);
        return found;
    }
    // For each line of the first run, where the other runs have it; `None` unless all do.
    let mut anchors: Vec<Option<Vec<usize>>> = (0..first.len()).map(|index| Some(vec![index])).collect();
    for run in &runs[1..] {
        let mut partner = vec![None; first.len()];
        for operation in similar::capture_diff_slices(Algorithm::Myers, first, run) {
            if operation.tag() == DiffTag::Equal {
                for (old, new) in operation.old_range().zip(operation.new_range()) {
                    partner[old] = Some(new);
                }
            }
        }
        for (anchor, partner) in anchors.iter_mut().zip(partner) {
            *anchor = anchor.take().zip(partner).map(|(mut places, place)| {
                places.push(place);
                places
            });
        }
    }
    let mut reached = vec![0; runs.len()];
    let end = runs.iter().map(Vec::len).collect();
    for places in anchors.into_iter().flatten().chain([end]) {
        let gap: Vec<Range<usize>> = reached.iter().zip(&places).map(|(from, to)| *from..*to).collect();
        between(runs, &gap, &mut found);
        if let Some(line) = first.get(places[0]) {
            found.push((places[0], Stretch::Line(line)));
        }
        reached = places.iter().map(|place| place + 1).collect();
    }
    found
}

/// The stretches of a gap between anchors.
fn between<'a>(runs: &[Vec<&'a [u8]>], gap: &[Range<usize>], found: &mut Vec<(usize, Stretch<'a>)>) {
    let start = gap[0].start;
    if gap.iter().any(|range| range.len() != gap[0].len()) {
        found.push((start, Stretch::Lines));
        return;
    }
    for offset in 0..gap[0].len() {
        let variants: Vec<&[u8]> = runs.iter().zip(gap).map(|(run, range)| run[range.start + offset]).collect();
        found.push((start + offset, line(&variants)));
    }
}

fn line<'a>(variants: &[&'a [u8]]) -> Stretch<'a> {
    let first = variants[0];
    if variants.iter().all(|variant| *variant == first) {
        return Stretch::Line(first);
    }
    if variants.iter().all(|variant| variant.len() == first.len()) {
        let varies = |at: usize| variants.iter().any(|variant| variant[at] != first[at]);
        return Stretch::Bytes(first, (0..first.len()).map(varies).collect());
    }
    let shortest = variants.iter().map(|variant| variant.len()).min().unwrap_or_default();
    let common = |at: &dyn Fn(&[u8], usize) -> u8, limit: usize| {
        (0..limit).take_while(|i| variants.iter().all(|variant| at(variant, *i) == at(first, *i))).count()
    };
    let head = common(&|line, i| line[i], shortest);
    let tail = common(&|line, i| line[line.len() - 1 - i], shortest - head);
    Stretch::Ends(&first[..head], &first[first.len() - tail..])
}

/// How many bytes of `line` are masked, or `None` if it does not fit.
fn fit(stretch: &Stretch<'_>, line: &[u8]) -> Option<usize> {
    match stretch {
        Stretch::Line(text) => (*text == line).then_some(0),
        Stretch::Bytes(text, varies) => {
            let fits = line.len() == text.len()
                && line.iter().zip(*text).zip(varies).all(|((own, helm), varies)| *varies || own == helm);
            fits.then(|| varies.iter().filter(|varies| **varies).count())
        }
        Stretch::Ends(head, tail) => {
            let fits = line.len() >= head.len() + tail.len() && line.starts_with(head) && line.ends_with(tail);
            fits.then(|| line.len() - head.len() - tail.len())
        }
        Stretch::Lines => None,
    }
}

fn walk(helm: &[&[u8]], stretches: &[(usize, Stretch<'_>)], other: &[&[u8]]) -> Comparison {
    let mut at = 0;
    let mut masked = 0;
    for (index, (helm_line, stretch)) in stretches.iter().enumerate() {
        if let Stretch::Lines = stretch {
            let next = &stretches[index + 1..];
            let until = (at..=other.len()).find(|start| follows(next, &other[*start..])).unwrap_or(other.len());
            masked += other[at..until].iter().map(|line| line.len()).sum::<usize>();
            at = until;
            continue;
        }
        match other.get(at).and_then(|line| fit(stretch, line)) {
            Some(bytes) => masked += bytes,
            None => {
                let near = &stretches[index.saturating_sub(2)..=index];
                let varies = near.iter().any(|(_, stretch)| !matches!(stretch, Stretch::Line(_)));
                return differs(helm, *helm_line, other, at, varies);
            }
        }
        at += 1;
    }
    if at < other.len() {
        return differs(helm, helm.len(), other, at, false);
    }
    Comparison::Masked(masked)
}

/// Whether the lines behind a varying stretch begin here: three of them, fewer before the next such stretch, or the end.
fn follows(stretches: &[(usize, Stretch<'_>)], other: &[&[u8]]) -> bool {
    let known = stretches.iter().take_while(|(_, stretch)| !matches!(stretch, Stretch::Lines)).take(3);
    let mut count = 0;
    for (line, (_, stretch)) in known.enumerate() {
        if other.get(line).is_none_or(|line| fit(stretch, line).is_none()) {
            return false;
        }
        count += 1;
    }
    count > 0 || other.is_empty()
}

fn differs(helm: &[&[u8]], helm_line: usize, other: &[&[u8]], other_line: usize, varies: bool) -> Comparison {
    let text = |lines: &[&[u8]], at: usize| {
        lines.get(at).map(|line| String::from_utf8_lossy(line).trim_end_matches('\n').to_owned())
    };
    Comparison::Differs(Difference {
        helm_line: helm_line + 1,
        other_line: other_line + 1,
        helm: text(helm, helm_line),
        other: text(other, other_line),
        varies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(runs: &[&str], other: &str) -> Comparison {
        let runs: Vec<&[u8]> = runs.iter().map(|run| run.as_bytes()).collect();
        compare(&runs, other.as_bytes())
    }

    fn difference(runs: &[&str], other: &str) -> Difference {
        match judge(runs, other) {
            Comparison::Differs(difference) => difference,
            agreed => panic!("expected a difference, not {agreed:?}"),
        }
    }

    #[test]
    fn nothing_is_masked_where_helm_is_stable() {
        let helm = "a: 1\nb: 2\n";
        assert_eq!(judge(&[helm, helm], helm), Comparison::Identical);
        let found = difference(&[helm, helm], "a: 1\nb: 3\n");
        assert_eq!((found.helm_line, found.helm.as_deref(), found.other.as_deref()), (2, Some("b: 2"), Some("b: 3")));
        assert!(!found.varies);
    }

    #[test]
    fn lengths_count() {
        assert_eq!(difference(&["a\n"], "a").other_line, 1);
        assert_eq!(difference(&["a\n"], "a\nb\n").helm, None);
        assert_eq!(difference(&["a\nb\n"], "a\n").other, None);
        assert_eq!(difference(&["a\n"], "").other, None);
        assert_eq!(difference(&[""], "a\n").helm, None);
    }

    #[test]
    fn only_varying_bytes_are_masked() {
        let runs = ["a: pre-x1-post\nc\nc\nb: 2\n", "a: pre-y1-post\nc\nc\nb: 2\n"];
        assert_eq!(judge(&runs, "a: pre-z1-post\nc\nc\nb: 2\n"), Comparison::Masked(1));
        assert!(difference(&runs, "a: pre-z2-post\nc\nc\nb: 2\n").varies);
        assert!(!difference(&runs, "a: pre-z1-post\nc\nc\nb: 3\n").varies);
        difference(&runs, "a: pre-zz1-post\nc\nc\nb: 2\n");
    }

    #[test]
    fn ends_hold_where_lengths_vary() {
        let runs = ["key: <12>\n", "key: <3456>\n"];
        assert_eq!(judge(&runs, "key: <789>\n"), Comparison::Masked(3));
        difference(&runs, "key: [789>\n");
        difference(&runs, "key: <789\n");
    }

    #[test]
    fn line_counts_may_vary_between_anchors() {
        let runs = ["head\nkey: |\n  aa\n  bb\ntail\nend\n", "head\nkey: |\n  cc\ntail\nend\n"];
        assert_eq!(judge(&runs, "head\nkey: |\n  d\n  e\n  f\ntail\nend\n"), Comparison::Masked(12));
        let found = difference(&runs, "head\nkey: |\n  d\n  e\ntail\nEND\n");
        assert_eq!(found.helm.as_deref(), Some("tail"), "the lines behind the stretch are never found");
        assert_eq!(difference(&runs, "HEAD\nkey: |\n  d\ntail\nend\n").helm_line, 1);
        let open = ["a\nx\n", "a\ny\nz\n"];
        assert_eq!(judge(&open, "a\nq\nr\ns\n"), Comparison::Masked(6));
    }

    #[test]
    fn order_is_free_only_if_helm_varies_it() {
        let one = "---\n# Source: c/a.yaml\na: 1\n";
        let two = "---\n# Source: c/b.yaml\nb: 1\n";
        let (forth, back) = (format!("{one}{two}"), format!("{two}{one}"));
        difference(&[&forth, &forth], &back);
        assert_eq!(judge(&[&forth, &back], &forth), Comparison::Identical);
        let third = "---\n# Source: c/c.yaml\nc: 1\n";
        let runs = [format!("{one}{two}{third}"), format!("{two}{one}{third}")];
        assert_eq!(judge(&[&runs[0], &runs[1]], &format!("{third}{one}{two}")), Comparison::Masked(0));
        difference(&[&runs[0], &runs[1]], &format!("{third}{one}{one}"));
    }
}
