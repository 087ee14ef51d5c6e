//! Real Helm, and the cache of what it wrote.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use regex::bytes::Regex;
use sha2::{Digest, Sha256};

use super::cases::Case;
use super::process::{self, End, Run};

const LIMIT: Duration = Duration::from_secs(60);

/// Functions whose results may differ between two runs.
static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\{\{[^}]*\b(?:rand\w+|uuidv4|shuffle|bcrypt|htpasswd|encryptAES|genPrivateKey|keys|values|env|lookup)\b")
});
/// Functions whose results depend on when they run.
static TIMED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\{\{[^}]*\b(?:now|ago|date\w*|htmlDate\w*|gen(?:CA|Signed|SelfSigned)\w*)\b"));

#[expect(clippy::unwrap_used, reason = "constant patterns")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// What is known of a chart's files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    hash: [u8; 32],
    /// It names a function whose result varies.
    pub varying: bool,
    /// It names a function of time: a cached run is not enough.
    pub timed: bool,
}

/// One version of Helm.
pub(crate) struct Helm {
    binary: PathBuf,
    cache: PathBuf,
    home: tempfile::TempDir,
    facts: Mutex<HashMap<PathBuf, Facts>>,
}

/// Where `tests/oracle/install` puts Helm and where its outputs are kept.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    Some(base.join("chartsec"))
}

/// The installed binary of a version, if it is there.
pub(crate) fn installed(version: &str) -> Option<PathBuf> {
    Some(cache_folder()?.join("helm").join(version).join("helm")).filter(|path| path.is_file())
}

impl Helm {
    /// The version that `tests/oracle/install` built.
    pub(crate) fn new(version: &str) -> io::Result<Self> {
        let missing = || io::Error::other(format!("helm {version} is not there: run tests/oracle/install"));
        Ok(Self {
            binary: installed(version).ok_or_else(missing)?,
            cache: cache_folder().ok_or_else(missing)?.join("oracle").join(version),
            home: tempfile::tempdir()?,
            facts: Mutex::default(),
        })
    }

    /// Renders `case`, without the user's configuration and without a cluster.
    pub(crate) fn render(&self, case: &Case) -> io::Result<Run> {
        let home = self.home.path();
        let mut command = isolated(&self.binary, case, home);
        for name in ["HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME"] {
            command.env(name, home.join(name));
        }
        process::run(&mut command, LIMIT)
    }

    /// An empty folder to run renderers in.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs of `case` kept from earlier.
    pub(crate) fn cached(&self, case: &Case) -> io::Result<Vec<Run>> {
        let folder = self.folder(case)?;
        let mut runs = Vec::new();
        while let Ok(code) = fs::read_to_string(folder.join(format!("{}.code", runs.len()))) {
            let read = |what: &str| fs::read(folder.join(format!("{}.{what}", runs.len())));
            let end = End::Exit(code.trim().parse().map_err(io::Error::other)?);
            let run = Run { end, stdout: read("out")?, stderr: read("err")? };
            runs.push(run);
        }
        Ok(runs)
    }

    /// Keeps the runs of `case`; a second equal run says that there is one way only.
    pub(crate) fn keep(&self, case: &Case, runs: &[Run]) -> io::Result<()> {
        let folder = self.folder(case)?;
        let parent = folder.parent().unwrap_or(&folder);
        fs::create_dir_all(parent)?;
        let whole = tempfile::tempdir_in(parent)?;
        for (index, run) in runs.iter().enumerate() {
            let End::Exit(code) = run.end else { return Ok(()) };
            let path = |what: &str| whole.path().join(format!("{index}.{what}"));
            fs::write(path("out"), &run.stdout)?;
            fs::write(path("err"), &run.stderr)?;
            fs::write(path("code"), code.to_string())?;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        // Another run of the oracle may have been faster.
        let _ = fs::rename(whole.path(), &folder);
        Ok(())
    }

    fn folder(&self, case: &Case) -> io::Result<PathBuf> {
        let mut hash = Sha256::new();
        hash.update(self.facts(case)?.hash);
        if let Some(values) = &case.values {
            hash.update(fs::read(case.folder.join(&case.chart).join(values))?);
        }
        hash.update([case.values.is_some().into()]);
        hash.update(&case.flags);
        let name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(self.cache.join(name))
    }

    /// Facts of the chart of `case`, read once.
    pub(crate) fn facts(&self, case: &Case) -> io::Result<Facts> {
        let chart = case.folder.join(&case.chart);
        let known = self.facts.lock().map_err(|_| io::Error::other("a thread panicked"))?.get(&chart).copied();
        if let Some(facts) = known {
            return Ok(facts);
        }
        let facts = read(&chart)?;
        self.facts.lock().map_err(|_| io::Error::other("a thread panicked"))?.insert(chart, facts);
        Ok(facts)
    }
}

/// A renderer in the folder of `case`, with nothing of the user's environment.
pub(crate) fn isolated(binary: &Path, case: &Case, home: &Path) -> Command {
    let mut command = Command::new(binary);
    command.args(case.arguments()).current_dir(&case.folder).env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin");
    command
}

fn read(chart: &Path) -> io::Result<Facts> {
    let mut hash = Sha256::new();
    let (mut varying, mut timed) = (false, false);
    for entry in walkdir::WalkDir::new(chart).follow_links(true).sort_by_file_name() {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        let mut bytes = fs::read(entry.path())?;
        let name = entry.path().strip_prefix(chart).unwrap_or(entry.path()).as_os_str().as_encoded_bytes();
        for part in [name, &bytes] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        if entry.path().extension().is_some_and(|extension| extension == "tgz") {
            let mut inside = Vec::new();
            // A broken archive is a case like any other.
            let _ = flate2::read::MultiGzDecoder::new(&*bytes).take(64 << 20).read_to_end(&mut inside);
            bytes = inside;
        }
        varying |= VARYING.is_match(&bytes);
        timed |= TIMED.is_match(&bytes);
    }
    Ok(Facts { hash: hash.finalize().into(), varying, timed })
}
