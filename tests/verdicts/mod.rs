//! Holds `lint` to the published verdicts of the Pod Security Standards: each Pod as it is, and as charts write it.
//!
//! A Pod that a chart writes must get the verdict and the findings of the Pod alone, each at the lines where the chart
//! holds the field. `main.rs` is the command, the integration tests call [`run`].

mod place;
mod pods;
mod wrap;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use chartsec::chart::Overrides;
use chartsec::explore::Located;
use chartsec::finding::{Finding, Level};
use chartsec::functions;
use chartsec::limits::Limits;
use chartsec::lint::Linter;
use chartsec::policy::Policies;
use chartsec::render::Target;
use chartsec::report::Files;
use chartsec::template::Environment;

use place::Fields;
use pods::Row;
use wrap::{Shape, Wrapped};

/// What to judge.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The folder of published fixtures.
    pub folder: PathBuf,
    /// How many rows to choose.
    pub sample: Option<usize>,
    /// What chooses them.
    pub seed: u64,
    /// The executable whose exit codes are compared.
    pub binary: Option<PathBuf>,
}

/// Judges all rows of `options`, writes every difference and the counts to `out`, and says whether all agree.
pub(crate) fn run(options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let rows = pods::rows(options)?;
    match &options.binary {
        Some(binary) => by_binary(&rows, binary, options, out),
        None => in_process(&rows, out),
    }
}

/// Every row by the command line: the exit code is the verdict.
fn by_binary(rows: &[Row], binary: &Path, options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let mut agree = 0;
    for row in rows {
        let profile = format!("pss-{}", row.level);
        let mut lint = Command::new(binary);
        lint.args(["lint", &row.path, "--profile", &profile, "--kube-version", &row.version]);
        lint.current_dir(options.folder.join("pod-security")).env_clear();
        let code = lint.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?.code();
        if code == Some(i32::from(row.fails)) {
            agree += 1;
        } else {
            writeln!(out, "verdict: {} ({profile}): exit code {code:?}", row.path)?;
        }
    }
    writeln!(out, "exit codes of the binary: {agree} of {} verdicts", rows.len())?;
    Ok(agree == rows.len())
}

/// How often one way to write the Pods agrees.
#[derive(Debug, Default)]
struct Score {
    verdicts: usize,
    findings: usize,
    same: usize,
    places: usize,
}

fn in_process(rows: &[Row], out: &mut dyn Write) -> io::Result<bool> {
    let mut linters = Linters::default();
    let mut scores: Vec<Score> = Shape::ALL.iter().map(|_| Score::default()).collect();
    let mut pods: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        pods.entry(&row.text).or_default().push(row);
    }
    for (text, rows) in &pods {
        let folder = tempfile::tempdir()?;
        for (shape, score) in Shape::ALL.into_iter().zip(&mut scores) {
            let written = Pod::write(shape, text, folder.path())?;
            for row in rows {
                let context = format!("{shape:?} of {}", row.path);
                let fails = written.judge(linters.get(row)?, &context, score, out)?;
                if fails == row.fails {
                    score.verdicts += 1;
                } else {
                    writeln!(out, "verdict: {context}: fails: {fails}")?;
                }
            }
        }
    }
    let mut agree = true;
    for (shape, score) in Shape::ALL.into_iter().zip(&scores) {
        let Score { verdicts, findings, same, places } = score;
        let name = format!("{shape:?}").to_lowercase();
        writeln!(
            out,
            "{name:<9} {verdicts} of {} verdicts, {same} of {findings} findings, {places} of {same} places",
            rows.len()
        )?;
        agree &= *verdicts == rows.len() && same == findings && places == same;
    }
    writeln!(out, "{} rows, {} distinct Pods", rows.len(), pods.len())?;
    Ok(agree)
}

/// Whether a linter finds the same in a Pod alone and behind every kind of chart, each finding at its place. It must find
/// something.
#[allow(dead_code, reason = "the integration tests call it, the command does not")]
pub(crate) fn places_agree(text: &str, linter: &Linter, context: &str, out: &mut dyn Write) -> io::Result<bool> {
    let folder = tempfile::tempdir()?;
    let mut agree = true;
    for shape in Shape::ALL {
        let mut score = Score::default();
        Pod::write(shape, text, folder.path())?.judge(linter, &format!("{shape:?} of {context}"), &mut score, out)?;
        agree &= score.findings > 0 && score.places == score.findings;
    }
    Ok(agree)
}

/// A Pod written in one way.
struct Pod<'a> {
    shape: Shape,
    text: &'a str,
    path: String,
    wrapped: Wrapped,
}

impl<'a> Pod<'a> {
    fn write(shape: Shape, text: &'a str, folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!("{shape:?}")).to_string_lossy().into_owned();
        let wrapped = Wrapped::new(shape, text);
        wrapped.write(Path::new(&path))?;
        Ok(Self { shape, text, path, wrapped })
    }

    /// Compares the findings with those of the Pod alone, and says whether one is an error.
    fn judge(&self, linter: &Linter, context: &str, score: &mut Score, out: &mut dyn Write) -> io::Result<bool> {
        let fields = Fields::new(self.text);
        let alone = linter.manifests(&self.path, self.text.as_bytes(), &mut Files::new()).findings;
        let found = match self.shape {
            Shape::Alone => alone.clone(),
            _ => linter.chart(&self.path, &|_| Overrides::default(), &mut Files::new()).findings,
        };
        let expected = alone.iter().map(|finding| {
            let name = name(finding);
            let place = fields.place(&name.1).map(|place| self.wrapped.expect(&self.path, &place));
            (name, place.unwrap_or_default())
        });
        score.add(context, expected.collect(), found.iter().map(|f| (name(f), told(f))).collect(), out)?;
        Ok(found.iter().any(|finding| finding.level == Level::Error))
    }
}

/// Rule and field of a finding, the field as in a Pod.
type Name = (String, String);

fn name(finding: &Finding) -> Name {
    let path = finding.objects.first().map(|object| object.path.as_str()).unwrap_or_default();
    (finding.rule.id.clone(), path.strip_prefix("spec.template.").unwrap_or(path).to_owned())
}

fn told(finding: &Finding) -> Located {
    let Finding { template, include, values, .. } = finding.clone();
    Located { template, include, values }
}

impl Score {
    /// Compares what was found with what is expected; a finding too many counts as one that differs.
    fn add(
        &mut self,
        context: &str,
        expected: Vec<(Name, Located)>,
        found: Vec<(Name, Located)>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut found: HashMap<Name, Located> = found.into_iter().collect();
        for (name, expected) in expected {
            self.findings += 1;
            match found.remove(&name) {
                Some(told) if told == expected && told.template.is_some() => {
                    self.same += 1;
                    self.places += 1;
                }
                Some(told) => {
                    self.same += 1;
                    writeln!(out, "place: {context}: {name:?}\n  told     {told:?}\n  expected {expected:?}")?;
                }
                None => writeln!(out, "finding: {context}: none of {name:?}")?,
            }
        }
        for name in found.keys() {
            self.findings += 1;
            writeln!(out, "finding: {context}: unexpected {name:?}")?;
        }
        Ok(())
    }
}

/// One linter for each level and version.
#[derive(Default)]
struct Linters(HashMap<(String, String), Linter>);

impl Linters {
    fn get(&mut self, row: &Row) -> io::Result<&Linter> {
        let key = (row.level.clone(), row.version.clone());
        if !self.0.contains_key(&key) {
            let limits = Limits::default();
            let policies = Policies::profile(&format!("pss-{}", row.level)).map_err(io::Error::other)?;
            let policies = policies.ok_or_else(|| io::Error::other(format!("no profile pss-{}", row.level)))?;
            let kube_version = row.version.parse().map_err(io::Error::other)?;
            let target = Target { kube_version, ..Target::default() };
            self.0.insert(key.clone(), Linter::new(environment(limits), target, policies, false));
        }
        self.0.get(&key).ok_or_else(|| io::Error::other("no linter"))
    }
}

/// What renders take place in.
pub(crate) fn environment(limits: Limits) -> Rc<Environment> {
    Rc::new(functions::still(limits, |bytes| bytes.fill(7)))
}
