//! Literal credentials in the values and the files of a chart.

use super::flow::{Flow, Flows, flows};
use super::{Hit, Subject};
use crate::chart::{Chart, ChartFile, ValuesFile, is_case};
use crate::explore::{Located, location};
use crate::finding::{Grade, ValuesLocation};
use crate::limits::Limits;
use crate::secret::{Found, Hidden, Kind, Leaf, Suspect, Verdict, examine, masked, remedy, tokens};
use crate::source::{Place, SourceId};
use crate::yaml::node::Node;

/// A leaf of a values file that holds a credential, or says that one belongs there.
#[derive(Debug)]
pub(super) struct Credential {
    source: SourceId,
    found: Found,
    kind: Kind,
    verdict: Verdict,
    /// Its text, masked.
    shown: String,
    /// The key of this chart that takes an existing Secret in its place.
    remedy: Option<String>,
    flow: Flow,
    /// The case that the values file is; none for one that is no case.
    case: Option<String>,
}

/// Everything about credentials that the values of a chart hold.
#[derive(Debug, Default)]
pub(super) struct Credentials(Vec<Credential>);

impl Credentials {
    /// Looks at every leaf of values.yaml, of other values files beside it and of the cases.
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let flows = flows(subject.cases, subject.sources);
        let mut all = Self::default();
        // What a subchart has by default is told when it is installed: its users may set it.
        let mut below: Vec<&Chart> = subject.chart.dependencies.iter().map(|chart| &**chart).collect();
        while let Some(chart) = below.pop() {
            below.extend(chart.dependencies.iter().map(|chart| &**chart));
            if let Some(values) = &chart.values {
                all.add(values, None, &flows, subject.limits());
            }
        }
        all.0.retain(|credential| credential.flow.reach.credential || !credential.flow.secrets.is_empty());
        if let Some(values) = &subject.chart.values {
            all.add(values, None, &flows, subject.limits());
        }
        for file in files(subject) {
            let name = file.name.rsplit('/').next().unwrap_or_default();
            let beside = !file.name.contains('/') && name.starts_with("values") && name.ends_with(".yaml");
            if !(beside || is_case(&file.name)) {
                continue;
            }
            let Ok(values) = ValuesFile::read(file.source, subject.sources, subject.limits()) else { continue };
            let case = is_case(&file.name).then(|| file.name.to_string());
            all.add(&values, case, &flows, subject.limits());
        }
        all
    }

    fn add(&mut self, values: &ValuesFile, case: Option<String>, flows: &Flows, limits: &Limits) {
        let flow = |node: &Node| flows.get(&(values.source, node.start));
        for root in &values.documents {
            let mut reach = |leaf: &Leaf<'_>| flow(leaf.node).map(|flow| flow.reach).unwrap_or_default();
            for found in examine([root], 0, limits, &mut reach) {
                let Some(worst) = found.suspects.iter().max_by_key(|suspect| suspect.verdict) else { continue };
                let (kind, verdict) = (worst.kind, worst.verdict);
                let shown = found.text.get(worst.at.clone()).map(masked).unwrap_or_default();
                self.0.push(Credential {
                    source: values.source,
                    kind,
                    verdict,
                    shown,
                    remedy: remedy(root, &keys(&found)),
                    flow: flows.get(&(values.source, found.start)).cloned().unwrap_or_default(),
                    case: case.clone(),
                    found,
                });
            }
        }
    }

    /// What no report may show.
    pub(super) fn hide(&self, hidden: &mut Hidden) {
        for credential in self.0.iter().filter(|credential| credential.verdict == Verdict::Secret) {
            for suspect in &credential.found.suspects {
                hidden.add(credential.found.text.get(suspect.at.clone()).unwrap_or_default());
            }
        }
    }
}

/// The keys that lead to a leaf, as far as mappings go.
fn keys(found: &Found) -> Vec<&str> {
    found.keys.iter().map(String::as_str).collect()
}

fn files<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a ChartFile> {
    let chart = subject.chart;
    chart.files.iter().chain(&chart.unpackaged)
}

impl Credential {
    fn hit(&self, subject: &Subject<'_>) -> Hit {
        let place = Place { source: self.source, offset: self.found.at };
        let at = location(place, subject.sources);
        let values =
            ValuesLocation { file: at.file.clone(), line: at.line, column: at.column, key: self.found.key.clone() };
        let located = Located { template: Some(at), values: Some(values), include: Vec::new() };
        let cases = self.case.iter().cloned().collect();
        let hit = Hit {
            located,
            objects: self.flow.secrets.clone(),
            cases,
            grade: Grade::Hardenable,
            ..Hit::at(place, subject.sources)
        };
        let key = &self.found.key;
        let remedy = match &self.remedy {
            Some(other) => format!(
                "leave `{key}` empty and name a Secret in `{other}`: one that is made outside of the chart, by hand, \
                 by an ExternalSecret or as a SealedSecret"
            ),
            None => format!(
                "leave `{key}` empty and let the chart take the name of a Secret that is made outside of it, by hand, \
                 by an ExternalSecret or as a SealedSecret"
            ),
        };
        hit.say("key", key.clone())
            .say("kind", self.kind.to_string())
            .say("shown", self.shown.clone())
            .say("remedy", remedy)
    }
}

fn tell(subject: &Subject<'_>, hits: &mut Vec<Hit>, wanted: impl Fn(&Credential) -> bool) {
    let all = subject.credentials();
    hits.extend(all.0.iter().filter(|credential| wanted(credential)).map(|credential| credential.hit(subject)));
}

/// A value that works as a credential.
pub(super) fn credential_in_values(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    tell(subject, hits, |credential| credential.verdict == Verdict::Secret);
}

/// A value that says that it must be replaced, and that ends up in a Secret when nobody does.
pub(super) fn placeholder_in_secret(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let reaches = |credential: &Credential| !credential.flow.secrets.is_empty();
    tell(subject, hits, |credential| credential.verdict == Verdict::Placeholder && reaches(credential));
}

/// A value that says that it must be replaced.
pub(super) fn placeholder_in_values(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let reaches = |credential: &Credential| !credential.flow.secrets.is_empty();
    tell(subject, hits, |credential| credential.verdict == Verdict::Placeholder && !reaches(credential));
}

/// Credentials by their form in templates, NOTES.txt and the other files of the chart; what says of itself that it is an
/// example is none.
pub(super) fn credential_in_file(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    for (file, text, suspects) in tokens_in_files(subject) {
        for suspect in suspects.iter().filter(|suspect| suspect.verdict == Verdict::Secret) {
            let token = text.get(suspect.at.clone()).unwrap_or_default();
            if token.to_ascii_lowercase().contains("example") {
                continue;
            }
            let place = Place { source: file.source, offset: crate::source::clamp(suspect.at.start) };
            let hit = Hit { grade: Grade::Hardcoded, ..Hit::at(place, subject.sources) };
            hits.push(hit.say("file", &*file.name).say("kind", suspect.kind.to_string()).say("shown", masked(token)));
        }
    }
}

/// What [`credential_in_file`] would show.
pub(super) fn hide_in_files(subject: &Subject<'_>, hidden: &mut Hidden) {
    for (_, text, suspects) in tokens_in_files(subject) {
        let secrets = suspects.iter().filter(|suspect| suspect.verdict == Verdict::Secret);
        secrets.for_each(|suspect| hidden.add(text.get(suspect.at.clone()).unwrap_or_default()));
    }
}

/// The files that are text and no values, with the tokens in them; files without tokens are left out.
fn tokens_in_files<'s>(subject: &'s Subject<'_>) -> impl Iterator<Item = (&'s ChartFile, &'s str, &'s [Suspect])> {
    let files = || subject.chart.templates.iter().chain(files(subject));
    let text = |file: &ChartFile| std::str::from_utf8(subject.sources.bytes(file.source)).ok();
    let found = subject.tokens.get_or_init(|| {
        let told = |file: &&ChartFile| !is_case(&file.name) && !file.name.starts_with("values");
        let found = files().filter(told).filter_map(|file| Some((file.source, tokens(text(file)?))));
        found.filter(|(_, suspects)| !suspects.is_empty()).collect()
    });
    files().filter_map(move |file| Some((file, text(file)?, &**found.get(&file.source)?)))
}
