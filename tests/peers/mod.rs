//! Holds the policies to the labelled cases of other linters: a case that a peer's check reports must violate a policy of
//! the same meaning, a case that it lets pass must violate none.
//!
//! `differences.tsv` says who is right where the verdicts differ. `main.rs` is the command, the integration tests call [`run`].

mod suites;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;

use chartsec::functions;
use chartsec::limits::Limits;
use chartsec::lint::{Linter, RULES};
use chartsec::policy::{Policies, Policy, embedded_files};
use chartsec::render::Target;
use chartsec::report::Files;
use chartsec::template::Environment;

use suites::{Case, SUITES, cases};

/// What is said about the verdicts that differ: path, check, who is right, why.
const DIFFERENCES: &str = include_str!("differences.tsv");

/// How many of the verdicts must agree, in per cent.
const LEAST: usize = 99;

/// What to compare.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The folder of published fixtures.
    pub fixtures: PathBuf,
    /// The one suite to compare.
    pub suite: Option<String>,
    /// A folder of policies to use instead of the embedded ones.
    pub policies: Option<PathBuf>,
    /// Whether cases that agree are told, too.
    pub verbose: bool,
}

/// Compares all cases, writes differences and counts to `out`, and says whether enough agree and every difference is
/// explained.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let mut bench = Bench::new(options)?;
    let explained: BTreeMap<(&str, &str), &str> = DIFFERENCES.lines().skip(1).filter_map(explanation).collect();
    let (mut named, mut good, mut all) = (BTreeSet::new(), true, Score::default());
    for suite in SUITES.into_iter().filter(|suite| options.suite.as_deref().is_none_or(|wanted| wanted == *suite)) {
        let (mut score, mut without, mut unfair) = (Score::default(), 0, 0);
        for case in cases(&options.fixtures, suite)? {
            named.extend(case.codes.iter().filter(|code| !code.is_empty()).cloned());
            if !case.compared {
                unfair += 1;
                continue;
            }
            if !case.codes.iter().all(|code| bench.knows(code)) {
                without += 1;
                continue;
            }
            let found = bench.findings(&case)?;
            let (difference, explained) = (difference(&case, &found), explained.get(&(&*case.path, &*case.check)));
            score.add(&case, difference.as_ref());
            let Case { path, check, .. } = &case;
            let codes = case.codes.join(",");
            match (difference, explained) {
                (None, None) if options.verbose => {
                    writeln!(out, "agree      {path} [{check}] {codes}: {}", told(&found))?;
                }
                (None, None) => {}
                (None, Some(_)) => {
                    good = false;
                    writeln!(out, "no longer  {path} [{check}] differs: remove it from differences.tsv")?;
                }
                (Some(Difference { message, .. }), Some(who)) => {
                    writeln!(out, "difference {path} [{check}] {codes}: {message} (right: {who})")?;
                }
                (Some(Difference { message, .. }), None) => {
                    good = false;
                    writeln!(out, "difference {path} [{check}] {codes}: {message} (not explained)")?;
                }
            }
        }
        writeln!(out, "{suite:<11} {score}; {without} without a policy, {unfair} not to be compared")?;
        all.verdicts += score.verdicts;
        all.same_verdicts += score.same_verdicts;
        all.counts += score.counts;
        all.same_counts += score.same_counts;
    }
    writeln!(out, "all         {all}")?;
    let missing: Vec<&String> = named.iter().filter(|code| !bench.knows(code)).collect();
    writeln!(out, "{} of {} ids of the catalogue have a policy", named.len() - missing.len(), named.len())?;
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.into_iter().map(String::as_str).collect();
        writeln!(out, "without: {}", missing.join(" "))?;
    }
    Ok(good && all.verdicts > 0 && all.same_verdicts * 100 >= all.verdicts * LEAST)
}

/// How many cases agree.
#[derive(Debug, Default)]
struct Score {
    verdicts: usize,
    same_verdicts: usize,
    /// Cases with the same verdict whose findings are counted for each kind.
    counts: usize,
    same_counts: usize,
}

impl Score {
    fn add(&mut self, case: &Case, difference: Option<&Difference>) {
        let same_verdict = difference.is_none_or(|difference| difference.of_counts);
        self.verdicts += 1;
        self.same_verdicts += usize::from(same_verdict);
        if case.kinds.is_some() && same_verdict {
            self.counts += 1;
            self.same_counts += usize::from(difference.is_none());
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} verdicts agree", self.same_verdicts, self.verdicts)?;
        if self.counts > 0 {
            write!(f, ", {} of {} counts", self.same_counts, self.counts)?;
        }
        Ok(())
    }
}

/// In what the policies differ from a peer.
struct Difference {
    /// The verdict is the same, the number of findings is not.
    of_counts: bool,
    message: String,
}

/// A line of the table of differences.
fn explanation(line: &str) -> Option<((&str, &str), &str)> {
    let [path, check, who, why] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
    (!why.is_empty()).then_some(((path, check), who))
}

/// How often each rule fired on objects of each kind.
type Found = BTreeMap<(String, String), usize>;

/// In what the policies differ from the peer, if they do.
fn difference(case: &Case, found: &Found) -> Option<Difference> {
    if case.fails == found.is_empty() {
        let expected = if case.fails { "a finding" } else { "no finding" };
        return Some(Difference { of_counts: false, message: format!("expected {expected}, got {}", told(found)) });
    }
    let expected = case.kinds.as_ref()?;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for ((_, kind), count) in found {
        *kinds.entry(kind.clone()).or_default() += count;
    }
    let message = || format!("expected {expected:?}, got {}", told(found));
    (kinds != *expected).then(|| Difference { of_counts: true, message: message() })
}

fn told(found: &Found) -> String {
    let rules: Vec<String> = found.iter().map(|((rule, kind), count)| format!("{rule} {kind}:{count}")).collect();
    if rules.is_empty() { "no finding".to_owned() } else { rules.join(", ") }
}

/// The policies and one linter for each set of codes.
struct Bench {
    /// Id, code and text.
    policies: Vec<(String, String, String)>,
    linters: HashMap<Vec<String>, Linter>,
}

impl Bench {
    fn new(options: &Options) -> io::Result<Self> {
        let mut texts: Vec<(String, String)> = Vec::new();
        match &options.policies {
            None => texts.extend(embedded_files().map(|(id, text)| (id.to_owned(), text.to_owned()))),
            Some(folder) => {
                for entry in fs::read_dir(folder)? {
                    let path = entry?.path();
                    if path.extension().is_some_and(|end| end == "yaml") {
                        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                        texts.push((id, fs::read_to_string(&path)?));
                    }
                }
                texts.sort();
            }
        }
        let policy = |(id, text): (String, String)| {
            let code = text.lines().find_map(|line| line.strip_prefix("code: ")).unwrap_or_default().to_owned();
            (id, code, text)
        };
        Ok(Self { policies: texts.into_iter().map(policy).collect(), linters: HashMap::new() })
    }

    /// Whether a code has a rule.
    fn knows(&self, code: &str) -> bool {
        self.policies.iter().any(|(_, known, _)| known == code) || RULES.iter().any(|rule| rule.code == code)
    }

    /// What the rules with the codes of a case find in it.
    fn findings(&mut self, case: &Case) -> io::Result<Found> {
        if !self.linters.contains_key(&case.codes) {
            let mut policies = Policies::default();
            for (id, _, text) in self.policies.iter().filter(|(_, code, _)| case.codes.contains(code)) {
                let policy = Policy::compile(&format!("{id}.yaml"), text, &Limits::default());
                policies.policies.push(policy.map_err(io::Error::other)?);
            }
            let linter = Linter::new(environment(Limits::default()), Target::default(), policies, false);
            self.linters.insert(case.codes.clone(), linter);
        }
        let linter = self.linters.get(&case.codes).ok_or_else(|| io::Error::other("no linter"))?;
        let mut found = Found::new();
        for finding in linter.manifests(&case.path, case.text()?.as_bytes(), &mut Files::new()).findings {
            if case.codes.contains(&finding.rule.code) {
                for object in finding.objects {
                    *found.entry((finding.rule.id.clone(), object.kind)).or_default() += 1;
                }
            }
        }
        Ok(found)
    }
}

fn environment(limits: Limits) -> Rc<Environment> {
    Rc::new(functions::still(limits, |bytes| bytes.fill(7)))
}
