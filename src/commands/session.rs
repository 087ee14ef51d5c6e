//! What every command that renders needs: the environment of a render, the user's values, a loaded chart.

use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use chartsec::chart::{self, Chart, LoadError, Overrides};
use chartsec::functions;
use chartsec::limits::{Exceeded, Limits};
use chartsec::render::{KubeVersion, Target};
use chartsec::source::Sources;
use chartsec::template::Environment;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::cli::values;
use crate::exit::{Exit, Failure};

/// The moment of the run in UTC: `SOURCE_DATE_EPOCH` when it is set.
pub(super) fn now() -> Result<Zoned, Failure> {
    let now = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).ok_or_else(|| {
            Failure::usage(format!("SOURCE_DATE_EPOCH is `{text}`")).help("set it to seconds since 1970")
        })?,
        Err(_) => Timestamp::now(),
    };
    Ok(now.to_zoned(TimeZone::UTC))
}

/// The environment of a render: Helm's functions, the system's random bytes, and one moment for every `now`. The local time
/// zone is UTC: a render reads no file outside the chart.
pub(super) fn environment(limits: &Limits) -> Result<Rc<Environment>, Failure> {
    let mut random = BufReader::with_capacity(4096, SystemRandom);
    // A password made of anything else would be a lie, so there is no going on without them.
    let fill = move |bytes: &mut [u8]| random.read_exact(bytes).expect("the system gives random bytes");
    Ok(Rc::new(functions::environment(limits.clone(), now()?, fill)))
}

/// The system's random bytes as a stream: behind a buffer, a random character costs no call of the system.
struct SystemRandom;

impl Read for SystemRandom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        getrandom::fill(buffer).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(buffer.len())
    }
}

/// What a render is for, out of the options and the configuration.
pub(super) fn target(
    options: &values::Target,
    namespace: Option<&str>,
    kube_version: Option<&str>,
) -> Result<Target, Failure> {
    let mut target =
        Target { api_versions: options.api_versions.clone(), profile: options.helm_compat, ..Target::default() };
    if let Some(namespace) = namespace {
        namespace.clone_into(&mut target.namespace);
    }
    if let Some(text) = kube_version.filter(|text| !text.is_empty()) {
        let parsed = text.parse::<KubeVersion>();
        target.kube_version = parsed.map_err(|error| {
            let message = format!("invalid kube version '{text}': {error}");
            Failure::usage(message).help("write it as `1.33` or `v1.33.4`")
        })?;
    }
    Ok(target)
}

/// The user's values, read once: every chart of a run gets the same.
#[derive(Debug)]
pub(super) struct UserValues<'a> {
    options: &'a values::Values,
    files: Vec<(&'a str, Rc<[u8]>)>,
}

impl<'a> UserValues<'a> {
    /// Reads the files of `-f`.
    pub(super) fn read(options: &'a values::Values, limits: &Limits) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for name in &options.files {
            let bytes =
                read_values(name, limits).map_err(|error| Failure::usage(error).help("check the path behind -f"))?;
            files.push((if name == "-" { "<stdin>" } else { name.as_str() }, bytes.into()));
        }
        Ok(Self { options, files })
    }

    /// What the library takes; the files are added to `sources` under the name they were given by.
    pub(super) fn overrides(&self, sources: &mut Sources) -> Overrides {
        Overrides {
            files: self.files.iter().map(|(name, bytes)| sources.add(*name, Rc::clone(bytes))).collect(),
            set_json: self.options.set_json.clone(),
            set: self.options.set.clone(),
            set_string: self.options.set_string.clone(),
            set_file: self.options.set_file.clone(),
            set_literal: self.options.set_literal.clone(),
        }
    }
}

fn read_values(name: &str, limits: &Limits) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    // One byte more than allowed is enough to know.
    let most = limits.file_bytes + 1;
    let read = if name == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(name).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        // The system's words as Go has them.
        let words = error.to_string().to_lowercase();
        format!("open {name}: {}", words.split_once(" (os error").map_or(&*words, |(words, _)| words))
    })?;
    Exceeded::check("file-bytes", bytes.len() as u64, limits.file_bytes).map_err(|exceeded| exceeded.to_string())?;
    Ok(bytes)
}

/// Loads a chart for a command that works on one chart only.
pub(super) fn load(path: &str, sources: &mut Sources, limits: &Limits) -> Result<Rc<Chart>, Failure> {
    let loaded = chart::load(Path::new(path), sources, limits);
    loaded.warnings.iter().for_each(|warning| super::terminal::warn(warning));
    match (loaded.errors.into_iter().next(), loaded.chart) {
        (None, Some(chart)) => Ok(chart),
        (Some(error), _) => Err(cannot_load(&error, sources)),
        (None, None) => Err(Failure::new(Exit::Chart, format!("no chart in `{path}`"))),
    }
}

fn cannot_load(error: &LoadError, sources: &Sources) -> Failure {
    let place = error.place.map_or_else(
        || error.path.clone(),
        |place| {
            let position = sources.position(place);
            format!("{}:{}:{}", sources.path(place.source), position.line, position.column)
        },
    );
    let failure = Failure::new(Exit::Chart, format!("{}\n --> {place}", error.message));
    match &error.hint {
        Some(hint) => failure.help(hint),
        None => failure,
    }
}
