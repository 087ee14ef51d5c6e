//! Manifest files: each document of the stream, as `kubectl` reads it.

use std::ops::Range;
use std::rc::Rc;

use super::unchecked::Unchecked;
use super::{Linted, Linter, evidence, objects, rules, subjects, waivers};
use crate::explore::{Located, location};
use crate::finding::{Finding, Grade, Level, RenderedLocation};
use crate::policy::{check, objects as objects_of};
use crate::render::Profile;
use crate::render::split::split;
use crate::report::{Case, ChartReport, Files, Kind, Status};
use crate::secret::Hidden;
use crate::source::{Place, SourceId, Sources};
use crate::yaml::node::Node;
use crate::yaml::read;

/// Checks one stream of manifests.
pub(super) fn lint(linter: &Linter, path: &str, bytes: &[u8], files: &mut Files) -> Linted {
    let mut sources = Sources::new();
    let bytes: Rc<[u8]> = bytes.into();
    let source = sources.add(path, Rc::clone(&bytes));
    let (mut documents, mut findings) = (Vec::new(), Vec::new());
    for range in split(&bytes, Profile::V4_2_4) {
        let start = range.start;
        match read(&bytes[range], linter.limits()) {
            Ok(Some(node)) if !node.entries().is_empty() => documents.push((start, node)),
            Ok(node) if node.as_ref().is_none_or(Node::is_null) => {}
            Ok(_) => findings.push(unreadable(path, "the document is no mapping", source, start, &sources)),
            Err(error) => {
                let at = start + error.offset.unwrap_or(0) as usize;
                findings.push(unreadable(path, &error.to_string(), source, at, &sources));
            }
        }
    }
    let (mut starts, mut all) = (Vec::new(), Vec::new());
    for (start, node) in &documents {
        let found = objects_of(node);
        starts.extend(found.iter().map(|_| *start));
        all.extend(found);
    }
    let origin = Stream { sources: &sources, source, starts };
    let mut not_evaluated = Vec::new();
    let violations = check(&linter.policies, &all, linter.setting(false), linter.limits());
    findings.extend(objects::findings(linter, &all, violations, &origin, path, None, &mut not_evaluated));
    let (by_evidence, facts) = evidence::images(linter, &all, &origin, path, None);
    findings.extend(by_evidence);
    let count = all.len() as u64;
    let status = match (count, findings.is_empty()) {
        (0, false) => Status::Failed,
        (0, true) => Status::Empty,
        _ => Status::Rendered,
    };
    let mut hidden = Hidden::default();
    hidden.add_found(documents.iter().map(|(_, node)| node), linter.limits());
    files.hide(&hidden);
    for finding in &mut findings {
        finding.message = hidden.cover(&finding.message).unwrap_or_else(|| std::mem::take(&mut finding.message));
    }
    files.insert(path, bytes);
    let case = Case { name: "default".to_owned(), files: Vec::new(), status, objects: count };
    let chart = ChartReport {
        path: path.to_owned(),
        name: path.to_owned(),
        version: String::new(),
        kind: Kind::Manifests,
        cases: vec![case],
        subjects: subjects::subjects(&all),
    };
    let mut unchecked = Unchecked::default();
    unchecked.add(linter, &all);
    not_evaluated.extend(unchecked.sentence(path));
    if count == 0 && findings.is_empty() {
        not_evaluated.push(format!("{path}: holds no object"));
    }
    let annotations = waivers::annotations(&all, &origin, path, None);
    Linted { chart, findings, not_evaluated, annotations, facts }
}

fn unreadable(path: &str, message: &str, source: SourceId, at: usize, sources: &Sources) -> Finding {
    let place = Place { source, offset: crate::source::clamp(at) };
    Finding {
        rule: rules::DOCUMENT.rule(),
        level: Level::Error,
        grade: Grade::Unknown,
        message: message.to_owned(),
        help: None,
        chart: path.to_owned(),
        objects: Vec::new(),
        template: Some(location(place, sources)),
        include: Vec::new(),
        values: None,
        rendered: None,
        cases: Vec::new(),
        suppressed: None,
        fix: None,
    }
}

/// Objects that stand in the file itself.
struct Stream<'a> {
    sources: &'a Sources,
    source: SourceId,
    /// Where the document of each object begins.
    starts: Vec<usize>,
}

impl objects::Origin for Stream<'_> {
    fn locate(&self, object: usize, bytes: Range<u32>, _: Option<&Node>) -> (Located, bool) {
        let start = self.starts.get(object).copied().unwrap_or(0);
        let place = Place { source: self.source, offset: crate::source::clamp(start).saturating_add(bytes.start) };
        (Located { template: Some(location(place, self.sources)), ..Located::default() }, true)
    }

    fn rendered(&self, _: usize, _: u32) -> Option<RenderedLocation> {
        None
    }
}
