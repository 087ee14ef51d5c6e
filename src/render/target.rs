//! What a render is for: release, Kubernetes version, API versions; and the objects that templates see of it.

use std::rc::Rc;

use super::profile::Profile;
use crate::origin::{Key, Leaf, Mark, Origins};
use crate::source::{Sources, Span};
use crate::value::{ListType, Native, Struct, Value};

/// Group versions that Helm 4.2.4 and 3.21.4 believe in without a cluster: those of their client-go, in its order.
const DEFAULT_API_VERSIONS: &str = include_str!("api_versions.txt");

/// The group versions that Helm believes in without a cluster, whatever the Kubernetes version.
pub fn default_api_versions() -> impl Iterator<Item = &'static str> {
    DEFAULT_API_VERSIONS.lines()
}

/// What a render is for. `Default` is what `helm template` takes without flags.
#[derive(Clone, Debug)]
pub struct Target {
    /// `.Release.Name`.
    pub release_name: String,
    /// `.Release.Namespace`. Helm's default is the namespace of the current kubeconfig context; here it is `default`.
    pub namespace: String,
    /// `.Release.IsUpgrade`; `.Release.IsInstall` is its opposite.
    pub is_upgrade: bool,
    /// `.Capabilities.KubeVersion`.
    pub kube_version: KubeVersion,
    /// API versions beyond the default ones.
    pub api_versions: Vec<String>,
    /// API versions that are not there, be they default ones: Helm's defaults are the same for every Kubernetes version.
    pub withheld: Vec<String>,
    /// Which Helm's bytes are reproduced.
    pub profile: Profile,
    /// Whether values.schema.json is left unread.
    pub skip_schema_validation: bool,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            release_name: "release-name".to_owned(),
            namespace: "default".to_owned(),
            is_upgrade: false,
            kube_version: KubeVersion::default(),
            api_versions: Vec::new(),
            withheld: Vec::new(),
            profile: Profile::default(),
            skip_schema_validation: false,
        }
    }
}

/// A Kubernetes version as Helm reads it: `v1.33.4-gke.1` is compared as `v1.33.4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// The version as given, with a leading `v`.
    pub version: String,
    /// Without anything behind the numbers.
    pub normalized: String,
    /// First number.
    pub major: u64,
    /// Second number.
    pub minor: u64,
}

impl Default for KubeVersion {
    fn default() -> Self {
        Self { version: "v1.36.0".to_owned(), normalized: "v1.36.0".to_owned(), major: 1, minor: 36 }
    }
}

impl std::str::FromStr for KubeVersion {
    type Err = String;

    /// `k8s.io/apimachinery/pkg/util/version.ParseGeneric`: at least two numbers, whatever stands behind them is cut.
    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.trim_start();
        let rest = rest.strip_prefix('v').unwrap_or(rest);
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let mut end = digits(rest);
        if end == 0 {
            return Err(format!("could not parse {text:?} as version"));
        }
        while let Some(more) = rest[end..].strip_prefix('.').map(digits).filter(|more| *more > 0) {
            end += 1 + more;
        }
        let parts: Vec<&str> = rest[..end].split('.').collect();
        if parts.len() < 2 {
            return Err(format!("illegal version string {text:?}"));
        }
        if parts[0].len() > 1 && parts[0].starts_with('0') {
            return Err(format!("illegal zero-prefixed version component {:?} in {text:?}", parts[0]));
        }
        let number = |part: &&str| {
            part.parse().map_err(|_| {
                let range = format!("strconv.ParseUint: parsing {part:?}: value out of range");
                format!("illegal non-numeric version component {part:?} in {text:?}: {range}")
            })
        };
        let numbers: Vec<u64> = parts.iter().map(number).collect::<Result<_, _>>()?;
        let (major, minor) = (numbers[0], numbers[1]);
        let normalized = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
        let version = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        Ok(Self { version, normalized: format!("v{normalized}"), major, minor })
    }
}

impl Target {
    /// `.Release`. Name and namespace are marked as given on the command line.
    #[must_use]
    pub fn release(&self, sources: &mut Sources, origins: &mut Origins) -> Value {
        let mut given = |what: &str, text: &str| {
            let source = sources.add(what, text.as_bytes());
            let span = Span::new(source, 0, text.len());
            Value::str(text).with_mark(origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root }))
        };
        Value::map(vec![
            ("IsInstall".into(), Value::bool(!self.is_upgrade)),
            ("IsUpgrade".into(), Value::bool(self.is_upgrade)),
            ("Name".into(), given("release name", &self.release_name)),
            ("Namespace".into(), given("--namespace", &self.namespace)),
            ("Revision".into(), Value::int(1)),
            ("Service".into(), Value::str("Helm")),
        ])
    }

    /// `.Capabilities`.
    #[must_use]
    pub fn capabilities(&self) -> Value {
        let known = default_api_versions().map(str::to_owned).chain(self.api_versions.iter().cloned());
        let versions = known.filter(|known| !self.withheld.contains(known)).map(Value::str).collect();
        structure(
            "*common.Capabilities",
            vec![
                ("KubeVersion", self.kube_version.value()),
                ("APIVersions", Value::list_of(ListType::VersionSet, versions)),
                ("HelmVersion", self.helm_version()),
            ],
            Native::None,
        )
    }

    fn helm_version(&self) -> Value {
        let version = match self.profile {
            Profile::V3_21 => "v3.21.4",
            Profile::V4_1 => "v4.1.4",
            Profile::V4_2_0 => "v4.2.0",
            Profile::V4_2_4 => "v4.2.4",
        };
        structure(
            "version.BuildInfo",
            vec![
                ("Version", Value::str(version)),
                ("GitCommit", Value::str("")),
                ("GitTreeState", Value::str("")),
                ("GoVersion", Value::str("go1.26.8")),
                ("KubeClientVersion", Value::str("v1.36")),
            ],
            Native::Tagged(&["version", "git_commit", "git_tree_state", "go_version", "kube_client_version"]),
        )
    }
}

impl KubeVersion {
    fn value(&self) -> Value {
        let mut fields = vec![("Version", Value::str(self.version.as_str()))];
        fields.push(("normalizedVersion", Value::str(self.normalized.as_str())));
        fields.push(("Major", Value::str(self.major.to_string())));
        fields.push(("Minor", Value::str(self.minor.to_string())));
        structure("common.KubeVersion", fields, Native::Addressed(self.normalized.clone()))
    }
}

fn structure(type_name: &'static str, fields: Vec<(&'static str, Value)>, native: Native) -> Value {
    Value::Struct(Mark::NONE, Rc::new(Struct { type_name, fields, printed: None, native }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendor_suffixes_are_kept_beside_the_plain_version() {
        let version: KubeVersion = "1.33.4-gke.1".parse().unwrap();
        assert_eq!((version.version.as_str(), version.normalized.as_str()), ("v1.33.4-gke.1", "v1.33.4"));
        assert_eq!((version.major, version.minor), (1, 33));
        assert_eq!("v1.30".parse::<KubeVersion>().unwrap().normalized, "v1.30");
        assert_eq!(" 1.30.".parse::<KubeVersion>().unwrap().normalized, "v1.30");
        for bad in ["1", "", "x.y", "v1.", "01.30"] {
            assert!(bad.parse::<KubeVersion>().is_err(), "{bad}");
        }
    }
}
