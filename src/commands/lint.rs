//! `lint`: find the inputs, check each, report.

use std::io::Read as _;
use std::path::Path;

use chartsec::evidence::{self, Attestation, Evidence};
use chartsec::limits::{Exceeded, Limits};
use chartsec::lint::{self, Linted, Linter, Waivers};
use chartsec::policy::{self, Policies, PolicyError};
use chartsec::report::{ChartReport, Detail, Files, Format, Kind, Report, Status, Style};
use chartsec::suggest;

use super::discover::{self, Input, InputKind};
use super::session::{self, UserValues};
use super::terminal::{self, Progress, Terminal};
use super::waivers;
use crate::cli::Global;
use crate::cli::lint::{Env, FailOn, Lint};
use crate::cli::output::Output;
use crate::config::Config;
use crate::exit::{Exit, Failure};

/// What the command line and the configuration say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) profile: Option<String>,
    pub(crate) select: Vec<String>,
    pub(crate) ignore: Vec<String>,
    pub(crate) fail_on: FailOn,
    pub(crate) strict: bool,
    pub(crate) kube_version: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) env: Env,
    pub(crate) attestations: Vec<Attestation>,
    pub(crate) registries: Vec<String>,
    /// The configuration's file.
    pub(crate) configuration: String,
}

impl Settings {
    fn new(lint: &Lint, config: Config) -> Self {
        let list = |given: &[String], configured: Option<Vec<String>>| {
            if given.is_empty() { configured.unwrap_or_default() } else { given.to_vec() }
        };
        Self {
            profile: lint.profile.clone().or(config.profile),
            select: list(&lint.select, config.select),
            ignore: list(&lint.ignore, config.ignore),
            fail_on: lint.fail_on.or(config.fail_on).unwrap_or_default(),
            strict: lint.strict || (config.strict.unwrap_or(false) && !lint.no_strict),
            kube_version: lint.target.kube_version.clone().or(config.kube_version),
            namespace: lint.target.namespace().map(str::to_owned).or(config.namespace),
            env: lint.env.or(config.env).unwrap_or(Env::Prod),
            attestations: config.attestations,
            registries: config.registries,
            configuration: config.file,
        }
    }
}

/// Runs the command.
pub(super) fn run(
    lint: &Lint,
    global: &Global,
    config: Config,
    folder: &Path,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let configured = waivers::configured(&config, folder, &limits)?;
    let settings = Settings::new(lint, config);
    let mut linter = linter(lint, &settings, &limits)?.with(evidence(&lint.evidence, &settings, &limits)?);
    if !lint.no_waivers {
        let today = linter.environment.now.date();
        linter = linter.waivers(Waivers { configured, today });
    }
    let values = UserValues::read(&lint.values, &limits)?;
    let found = discover::inputs(&lint.paths, folder)?;
    let mut files = Files::new();
    let (mut findings, mut scope) = linter.scope();
    let (mut charts, mut not_evaluated) = (Vec::new(), found.not_evaluated);
    not_evaluated.extend(linter.not_evaluated());
    let mut annotations = Vec::new();
    let mut progress = Progress::new(terminal.stderr && !global.no_progress && !global.quiet);
    for (number, input) in found.inputs.iter().enumerate() {
        progress.at(&input.name, number + 1, found.inputs.len());
        let checked = check(input, &linter, &values, &mut files)?;
        charts.push(checked.chart);
        findings.extend(checked.findings);
        not_evaluated.extend(checked.not_evaluated);
        annotations.extend(checked.annotations);
        scope.facts.extend(checked.facts);
    }
    drop(progress);
    let findings = linter.settle(findings, annotations, &charts, &files, &mut not_evaluated);
    let report = Report::new(charts, findings, not_evaluated, &limits).of(scope);
    deliver(&report, &files, global, terminal)?;
    Ok(verdict(&report, settings.fail_on))
}

/// The rules and the target of this run.
fn linter(lint: &Lint, settings: &Settings, limits: &Limits) -> Result<Linter, Failure> {
    let broken = |error: PolicyError| Failure::new(Exit::Internal, error.to_string());
    let profile = settings.profile.as_deref().unwrap_or("checklist");
    let policies = Policies::profile(profile).map_err(broken)?;
    let mut policies = policies.ok_or_else(|| unknown_profile(profile))?;
    policies.keep(settings.env.stage());
    for name in &settings.select {
        if !policies.add(name).map_err(broken)? {
            known_rule(name)?;
        }
    }
    settings.ignore.iter().try_for_each(|name| known_rule(name))?;
    let environment = session::environment(limits)?;
    let (namespace, version) = (settings.namespace.as_deref(), settings.kube_version.as_deref());
    let target = session::target(&lint.target, namespace, version)?;
    let linter = Linter::new(environment, target, policies, settings.strict).accept(settings.registries.clone());
    Ok(linter.select(settings.select.clone()).ignore(settings.ignore.clone()))
}

/// What was handed over: the files of `--evidence` and the attestations of the configuration.
fn evidence(files: &[String], settings: &Settings, limits: &Limits) -> Result<Evidence, Failure> {
    let mut evidence = Evidence { configuration: settings.configuration.clone(), ..Evidence::default() };
    for name in files {
        let refused = |why: String| Failure::usage(format!("cannot take `{name}` as evidence: {why}"));
        let file = std::fs::File::open(name).map_err(|error| refused(error.to_string()))?;
        let modified = file.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.try_into().ok());
        let bytes = stream(file, name, limits)?;
        evidence.add(name, &bytes, modified, limits).map_err(|why| refused(why).help(evidence::ACCEPTED))?;
    }
    for attestation in &settings.attestations {
        if !ATTESTED.contains(&&*attestation.item) {
            let failure = Failure::usage(format!(
                "{}: no attestation can be given for `{}`",
                settings.configuration, attestation.item
            ));
            return Err(failure.help(format!("one of {}", ATTESTED.join(", "))));
        }
        evidence.attestations.push(attestation.clone());
    }
    Ok(evidence)
}

/// The items of the checklist that an attestation can decide.
const ATTESTED: [&str; 2] = ["audit-log-enabled", "audit-log-shipped"];

/// Refuses a profile that does not exist.
pub(super) fn unknown_profile(name: &str) -> Failure {
    let known = policy::profiles();
    let failure = Failure::usage(format!("no profile `{name}`"));
    failure.help(match suggest::nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {}", known.join(", ")),
    })
}

/// Refuses the name of a rule that does not exist.
pub(super) fn known_rule(name: &str) -> Result<(), Failure> {
    if lint::catalogue().any(|(id, code)| id == name || code.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let failure = Failure::usage(format!("no rule `{name}`"));
    let near = suggest::nearest(name, lint::catalogue().map(|(id, _)| id));
    Err(match near {
        Some(id) => failure.help(format!("did you mean `{id}`?")),
        None => failure.help("rules go by their id or code, such as `privileged-container` or POD001"),
    })
}

/// Checks one input; files that its findings point at are added to `files`.
fn check(input: &Input, linter: &Linter, values: &UserValues<'_>, files: &mut Files) -> Result<Linted, Failure> {
    let limits = &linter.environment.limits;
    let unreadable = |error: std::io::Error| Failure::usage(format!("cannot read `{}`: {error}", input.name));
    Ok(match input.kind {
        InputKind::Chart | InputKind::Archive => linter.chart(&input.name, &|sources| values.overrides(sources), files),
        InputKind::Manifests => {
            let file = std::fs::File::open(&input.path).map_err(unreadable)?;
            linter.manifests(&input.name, &stream(file, &input.name, limits)?, files)
        }
        InputKind::Stdin => {
            linter.manifests(&input.name, &stream(std::io::stdin().lock(), &input.name, limits)?, files)
        }
    })
}

/// Reads manifests: as much as a chart may have, and one byte more to know.
fn stream(input: impl std::io::Read, name: &str, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let refused = |reason: &dyn std::fmt::Display| Failure::usage(format!("cannot read `{name}`: {reason}"));
    let mut bytes = Vec::new();
    input.take(limits.chart_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| refused(&error))?;
    Exceeded::check("chart-bytes", bytes.len() as u64, limits.chart_bytes).map_err(|exceeded| refused(&exceeded))?;
    Ok(bytes)
}

/// Writes the reports asked for; text to standard output when none was.
fn deliver(report: &Report, files: &Files, global: &Global, terminal: Terminal) -> Result<(), Failure> {
    let detail = match (global.quiet, global.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    let text = [Output { format: Format::Text, file: None }];
    let outputs = if global.outputs.is_empty() { &text[..] } else { &global.outputs[..] };
    for Output { format, file } in outputs {
        let color = file.is_none() && terminal.color(global.color, terminal.stdout);
        let rendered = chartsec::report::render(report, files, *format, Style { color, detail });
        terminal::write(file.as_deref(), &rendered)?;
    }
    Ok(())
}

/// A chart that no case renders outweighs findings.
fn verdict(report: &Report, fail_on: FailOn) -> Exit {
    let failed = |chart: &ChartReport| {
        chart.kind != Kind::Library && chart.cases.iter().all(|case| case.status == Status::Failed)
    };
    if report.charts.iter().any(failed) {
        Exit::Chart
    } else if fail_on.level().is_some_and(|level| report.summary.at_least(level) > 0) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

#[cfg(test)]
mod tests {
    use chartsec::report::{Case, Scope, Subjects, Summary};

    use super::*;
    use crate::cli::{Command, parse};

    fn lint(line: &str) -> Lint {
        match parse(format!("chartsec lint {line}").split_whitespace().map(Into::into).collect()).unwrap().command {
            Command::Lint(lint) => *lint,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_win_over_the_configuration() {
        let config = Config {
            profile: Some("nsa".into()),
            select: Some(vec!["a".into()]),
            ignore: Some(vec!["b".into()]),
            fail_on: Some(FailOn::Note),
            strict: Some(true),
            kube_version: Some("1.30".into()),
            namespace: Some("x".into()),
            env: Some(Env::Dev),
            registries: vec!["registry.example.com".into()],
            ..Config::default()
        };
        let configured = Settings::new(&lint(""), config.clone());
        assert!(configured.strict && configured.fail_on == FailOn::Note && configured.select == ["a"]);
        let line =
            "--profile stig --select c --ignore d --fail-on never --no-strict --kube-version 1.31 -n y --env prod";
        let given = Settings::new(&lint(line), config);
        let expected = Settings {
            profile: Some("stig".into()),
            select: vec!["c".into()],
            ignore: vec!["d".into()],
            fail_on: FailOn::Never,
            strict: false,
            kube_version: Some("1.31".into()),
            namespace: Some("y".into()),
            env: Env::Prod,
            attestations: Vec::new(),
            registries: vec!["registry.example.com".into()],
            configuration: String::new(),
        };
        assert_eq!(given, expected);
    }

    #[test]
    fn the_worst_thing_decides_the_exit_code() {
        let case = |status| Case { name: "default".into(), files: Vec::new(), status, objects: 1 };
        let report = |kind, cases: Vec<Case>, warning| Report {
            charts: vec![ChartReport {
                path: "a".into(),
                name: "a".into(),
                version: "1".into(),
                kind,
                cases,
                subjects: Subjects::default(),
            }],
            findings: Vec::new(),
            summary: Summary { warning, ..Summary::default() },
            scope: Scope::default(),
        };
        let (good, bad) = (case(Status::Rendered), case(Status::Failed));
        let code = |report: &Report, fail_on| verdict(report, fail_on).code();
        let mixed = report(Kind::Application, vec![bad.clone(), good.clone()], 1);
        assert_eq!(
            [FailOn::Error, FailOn::Warning, FailOn::Note, FailOn::Never].map(|on| code(&mixed, on)),
            [0, 1, 1, 0]
        );
        assert_eq!(code(&report(Kind::Application, vec![bad.clone(), bad], 1), FailOn::Never), 3);
        assert_eq!(code(&report(Kind::Application, Vec::new(), 0), FailOn::Error), 3);
        assert_eq!(code(&report(Kind::Library, Vec::new(), 0), FailOn::Error), 0);
        assert_eq!(code(&report(Kind::Manifests, vec![good], 0), FailOn::Note), 0);
    }
}
