//! What the requirements are held against: the scanner charts and charts of `new`, rendered in all their cases.

use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;

use chartsec::generate::CHARTS;
use serde::Deserialize as _;
use serde_json::Value;

use crate::common::{chartsec, files, root};

/// A chart with one set of values.
#[derive(Clone)]
pub(super) struct Case {
    /// The chart's name; those of `new` are `web`, `full`, `sealed` and `existing`.
    pub(super) chart: String,
    /// `default`, the file below `ci/` without its ending, or a name of our own.
    pub(super) name: String,
    pub(super) objects: Vec<Value>,
}

impl Case {
    pub(super) fn is_of_scanner(&self) -> bool {
        self.chart.ends_with("-scanner") || self.chart == CHARTS[0]
    }

    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.objects.iter().filter(move |object| object["kind"] == kind)
    }

    /// A name for messages.
    pub(super) fn label(&self) -> String {
        format!("{} {}", self.chart, self.name)
    }
}

/// Everything, and the charts' own files by `CHART/PATH`.
#[derive(Clone)]
pub(super) struct World {
    pub(super) cases: Vec<Case>,
    pub(super) files: BTreeMap<String, String>,
}

/// Charts of `new` beside the plain one, with their options.
const NEW: [(&str, &[&str]); 4] = [
    ("web", &[]),
    (
        "full",
        &[
            "--image=registry.example.com:5000/team/web:1.4",
            "--pull-secret=login",
            "--port=80",
            "--replicas=3",
            "--writable=/var/cache/web",
            "--allow-from=ingress-nginx",
            "--allow-from=monitoring",
            "--allow-to=192.0.2.10/32:5432",
            "--secret=external",
            "--api-access",
        ],
    ),
    ("sealed", &["--secret=sealed"]),
    ("existing", &["--secret=existing"]),
];

/// Cases beside the default values and the files in `ci/`: chart, name, flags.
const MORE: [(&str, &str, &[&str]); 4] = [
    ("standard-scanner", "before-1.30", &["--kube-version", "1.29"]),
    (
        "scanner-infrastructure",
        "teams-distroless",
        &["-f", "ci/one-namespace-per-team-values.yaml", "--set", "approach=distroless"],
    ),
    ("web", "limits", &["--set", "limitRange.enabled=true", "--set", "resourceQuota.enabled=true"]),
    (
        "web",
        "digest",
        &["--set", concat!("image.digest=sha256:", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")],
    ),
];

impl World {
    pub(super) fn shared() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(Self::load)
    }

    fn load() -> Self {
        let made = tempfile::tempdir().unwrap();
        for (name, options) in NEW {
            chartsec(&[&["new", name][..], options].concat(), made.path());
        }
        let (scanners, new) = (root().join("charts"), made.path());
        let charts = CHARTS.map(|name| (scanners.as_path(), name));
        let charts = charts.into_iter().chain(NEW.map(|(name, _)| (new, name)));
        let mut world = Self { cases: Vec::new(), files: BTreeMap::new() };
        for (folder, chart) in charts {
            let path = folder.join(chart);
            let mut render = |name: &str, flags: &[&str]| {
                let output = chartsec(&[&["render", "scan", "."][..], flags].concat(), &path);
                let documents = serde_yaml::Deserializer::from_str(&output);
                let objects = documents.map(|document| Value::deserialize(document).unwrap());
                let objects = objects.filter(|object| !object.is_null()).collect();
                world.cases.push(Case { chart: chart.to_owned(), name: name.to_owned(), objects });
            };
            render("default", &[]);
            for file in files(&path.join("ci"), |_| true) {
                let name = file.file_name().unwrap().to_str().unwrap();
                render(name.trim_end_matches("-values.yaml"), &["-f", &format!("ci/{name}")]);
            }
            for (_, name, flags) in MORE.iter().filter(|(of, ..)| *of == chart) {
                render(name, flags);
            }
            for file in files(&path, |_| true) {
                let name = format!("{chart}/{}", file.strip_prefix(&path).unwrap().display());
                world.files.insert(name, fs::read_to_string(file).unwrap());
            }
        }
        world
    }

    pub(super) fn of_scanners(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.is_of_scanner())
    }

    pub(super) fn case(&self, chart: &str, name: &str) -> &Case {
        self.cases.iter().find(|case| case.chart == chart && case.name == name).unwrap()
    }
}

/// Where the pod is in an object, as a JSON pointer.
pub(super) fn pod(object: &Value) -> Option<&'static str> {
    match object["kind"].as_str()? {
        "Pod" => Some("/spec"),
        "CronJob" => Some("/spec/jobTemplate/spec/template/spec"),
        "Deployment" | "Job" => Some("/spec/template/spec"),
        _ => None,
    }
}

/// The pods of some objects.
pub(super) fn pods(objects: &[Value]) -> impl Iterator<Item = &Value> {
    objects.iter().filter_map(|object| object.pointer(pod(object)?))
}
