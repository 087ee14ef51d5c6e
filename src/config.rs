//! `chartsec.yaml`: what a repository always wants, found by walking up. Options of the command line win.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chartsec::evidence::Attestation;
use chartsec::limits::Limits;
use chartsec::policy::is_registry;
use chartsec::source::{Place, Position, SourceId, Sources};
use chartsec::yaml::{self, node::Node};
use jiff::civil::Date;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_yaml::Value;

use crate::cli::lint::{Env, FailOn};
use crate::exit::Failure;
use chartsec::suggest::nearest;

/// The keys, as `schemas/chartsec.schema.json` lists them.
const KEYS: [&str; 11] = [
    "attestations",
    "env",
    "fail-on",
    "ignore",
    "kube-version",
    "namespace",
    "profile",
    "registries",
    "select",
    "strict",
    "waivers",
];
/// The keys of a waiver.
const WAIVER_KEYS: [&str; 6] = ["expires", "object", "owner", "path", "reason", "rule"];
/// No configuration written by people comes near.
const MOST_BYTES: u64 = 1 << 20;

/// What a configuration file says; a key that is absent says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) profile: Option<String>,
    pub(crate) select: Option<Vec<String>>,
    pub(crate) ignore: Option<Vec<String>>,
    pub(crate) fail_on: Option<FailOn>,
    pub(crate) strict: Option<bool>,
    #[serde(default, deserialize_with = "version")]
    pub(crate) kube_version: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) env: Option<Env>,
    #[serde(default)]
    pub(crate) attestations: Vec<Attestation>,
    /// Read by [`registries`].
    #[serde(default, deserialize_with = "later")]
    pub(crate) registries: Vec<String>,
    /// The file itself.
    #[serde(skip)]
    pub(crate) file: String,
    /// Read by [`waivers`], which knows their places.
    #[serde(default, deserialize_with = "later")]
    pub(crate) waivers: Vec<Waiver>,
    /// The folder that its paths are relative to.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// A waiver as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiver {
    pub(crate) rules: Vec<String>,
    pub(crate) path: String,
    pub(crate) object: Option<String>,
    pub(crate) reason: String,
    pub(crate) owner: Option<String>,
    pub(crate) expires: Option<Date>,
    /// The configuration, as it is shown.
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// What is read once more with its place.
fn later<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Vec<T>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| Vec::new())
}

/// YAML reads `1.30` as the number 1.3, so a version has to be a string.
fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(version) => Ok(Some(version)),
        _ => Err(serde::de::Error::custom("expected a version in quotes, such as \"1.36\"")),
    }
}

/// The configuration named, or the next one from `folder` upwards, or none.
pub(crate) fn load(named: Option<&str>, folder: &Path) -> Result<Config, Failure> {
    match named.filter(|name| !name.is_empty()).map(PathBuf::from).or_else(|| find(folder)) {
        Some(path) => {
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            let text =
                read(&path).map_err(|error| Failure::usage(format!("cannot read configuration `{name}`: {error}")))?;
            let config = parse(&text, &name)?;
            let mut parents = path.ancestors().skip(1).filter(|parent| !parent.ends_with(".config"));
            Ok(Config { folder: folder.join(parents.next().unwrap_or(folder)), ..config })
        }
        None => Ok(Config::default()),
    }
}

fn find(folder: &Path) -> Option<PathBuf> {
    let names = |folder: &Path| [folder.join("chartsec.yaml"), folder.join(".config/chartsec.yaml")];
    folder.ancestors().flat_map(names).find(|path| path.is_file())
}

/// The text of a file that people have written.
pub(crate) fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES { Err(std::io::Error::other("larger than 1 MiB")) } else { Ok(text) }
}

fn parse(text: &str, name: &str) -> Result<Config, Failure> {
    let wrong = |error: serde_yaml::Error| Failure::usage(format!("configuration `{name}`: {error}"));
    let document: Value = serde_yaml::from_str(text).map_err(wrong)?;
    let keys = match &document {
        Value::Null => return Ok(Config::default()),
        Value::Mapping(mapping) => mapping.keys().map(|key| key.as_str().unwrap_or_default()),
        _ => return Err(Failure::usage(format!("configuration `{name}`: expected keys and values"))),
    };
    let mut unknown = keys.filter(|key| !KEYS.contains(key));
    if let Some(key) = unknown.next() {
        let line = text.lines().position(|line| line.trim_start_matches(['"', '\'', ' ']).starts_with(key));
        let place = line.map_or_else(|| name.to_owned(), |line| format!("{name}:{}", line + 1));
        let tip = nearest(key, KEYS)
            .map_or_else(|| format!("known keys: {}", KEYS.join(", ")), |near| format!("did you mean `{near}`?"));
        return Err(Failure::usage(format!("{place}: unknown key `{key}`")).help(tip));
    }
    let config: Config = serde_yaml::from_str(text).map_err(wrong)?;
    let placed = Placed::read(text, name)?;
    Ok(Config { waivers: waivers(&placed)?, registries: registries(&placed)?, file: name.to_owned(), ..config })
}

/// A configuration whose nodes have places.
struct Placed<'a> {
    name: &'a str,
    text: &'a str,
    sources: Sources,
    source: SourceId,
    root: Option<Node>,
}

impl<'a> Placed<'a> {
    fn read(text: &'a str, name: &'a str) -> Result<Self, Failure> {
        let mut sources = Sources::new();
        let source = sources.add(name, text.as_bytes());
        let root = yaml::read(text.as_bytes(), &Limits::default());
        let root = root.map_err(|error| Failure::usage(format!("configuration `{name}`: {error}")))?;
        Ok(Self { name, text, sources, source, root })
    }

    fn position(&self, node: &Node) -> Position {
        self.sources.position(Place { source: self.source, offset: node.start })
    }

    /// What is wrong with a node.
    fn at(&self, node: &Node, message: String) -> Failure {
        Failure::usage(format!("{}:{}: {message}", self.name, self.position(node).line))
    }

    /// The items of a key that holds a list; `tip` says how to write one.
    fn list(&self, key: &str, tip: &str) -> Result<&[Node], Failure> {
        let list = self.root.as_ref().and_then(|root| root.get(key)).filter(|list| !list.is_null());
        let Some(list) = list else { return Ok(&[]) };
        if list.items().is_empty() && self.text.get(list.start as usize..list.end as usize) != Some("[]") {
            return Err(self.at(list, format!("`{key}` is no list")).help(tip));
        }
        Ok(list.items())
    }
}

/// The registries that images may come from.
fn registries(placed: &Placed<'_>) -> Result<Vec<String>, Failure> {
    let tip = "write a host, with a path if only what stands below it is meant: `- registry.example.com/team`";
    let items = placed.list("registries", tip)?.iter();
    let registry = |item: &Node| match item.as_str() {
        Some(text) if is_registry(text) => Ok(text.to_owned()),
        Some(text) => Err(placed.at(item, format!("`{text}` is no registry")).help(tip)),
        None => Err(placed.at(item, "a registry is no text".into()).help(tip)),
    };
    items.map(registry).collect()
}

/// The waivers of a configuration with their places.
fn waivers(placed: &Placed<'_>) -> Result<Vec<Waiver>, Failure> {
    let at = |node: &Node, message: String| placed.at(node, message);
    let mut read = Vec::new();
    for item in placed.list("waivers", "write `- rule: …` with `path` and `reason` below it")? {
        let (place, file) = (placed.position(item), placed.name.to_owned());
        let mut waiver = Waiver { file, line: place.line, column: place.column, ..Waiver::default() };
        for entry in item.entries() {
            let (key, value) = (&*entry.key, &entry.value);
            let text = || {
                let text = value.as_str().map(str::to_owned);
                text.ok_or_else(|| at(value, format!("`{key}` of a waiver is no text")))
            };
            match key {
                "rule" => {
                    waiver.rules =
                        rules(value).ok_or_else(|| at(value, "`rule` is no rule and no list of rules".into()))?
                }
                "path" => waiver.path = text()?,
                "object" => waiver.object = Some(text()?),
                "reason" if value.is_null() => {}
                "reason" => waiver.reason = text()?.trim().to_owned(),
                "owner" => waiver.owner = Some(text()?),
                "expires" => {
                    let written = text()?;
                    let date = written.parse().map_err(|_| {
                        at(value, format!("`{written}` is no date")).help("write it as `expires: 2027-01-31`")
                    })?;
                    waiver.expires = Some(date);
                }
                _ => {
                    let known = format!("keys of a waiver: {}", WAIVER_KEYS.join(", "));
                    let tip = nearest(key, WAIVER_KEYS).map_or(known, |near| format!("did you mean `{near}`?"));
                    return Err(at(value, format!("unknown key `{key}` of a waiver")).help(tip));
                }
            }
        }
        for (missing, key) in [(waiver.rules.is_empty(), "rule"), (waiver.path.is_empty(), "path")] {
            if missing {
                return Err(
                    at(item, format!("a waiver without `{key}`")).help("a waiver has `rule`, `path` and `reason`")
                );
            }
        }
        read.push(waiver);
    }
    Ok(read)
}

/// One rule or several.
fn rules(node: &Node) -> Option<Vec<String>> {
    match node.as_str() {
        Some(rule) => Some(vec![rule.to_owned()]),
        None => node.items().iter().map(|item| item.as_str().map(str::to_owned)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        let failure = parse(text, "chartsec.yaml").unwrap_err();
        format!("{}|{}", failure.message, failure.help.unwrap_or_default())
    }

    #[test]
    fn every_key_is_read() {
        let all = "profile: nsa\nselect: [a]\nignore: [b, POD001]\nfail-on: never\nstrict: true\nkube-version: \"1.30\"\nnamespace: shop\n\
            waivers:\n  - rule: POD001\n    path: charts/*\n    reason: it loads modules\n    owner: us\n    expires: 2027-01-31\n  \
            - {rule: [a, b], path: x, object: Pod/*}\nenv: dev\nattestations: [{item: audit-log-shipped, author: Ada}]\n\
            registries: [registry.example.com, ghcr.io/acme]\n";
        let config = parse(all, "x").unwrap();
        assert_eq!(config.kube_version.as_deref(), Some("1.30"));
        assert_eq!(config.fail_on, Some(FailOn::Never));
        assert_eq!((config.env, &*config.attestations[0].author), (Some(Env::Dev), "Ada"));
        assert_eq!(config.registries, ["registry.example.com", "ghcr.io/acme"]);
        assert_eq!(config.ignore, Some(vec!["b".into(), "POD001".into()]));
        let [first, second] = &config.waivers[..] else { panic!("{config:?}") };
        assert_eq!(
            (&*first.rules, &*first.path, &*first.reason),
            (&["POD001".to_owned()][..], "charts/*", "it loads modules")
        );
        assert_eq!((first.owner.as_deref(), first.expires), (Some("us"), Some(jiff::civil::date(2027, 1, 31))));
        assert_eq!((second.rules.len(), second.object.as_deref(), &*second.reason), (2, Some("Pod/*"), ""));
        assert_eq!((first.line, second.line, second.column), (9, 14, 5));
        assert_eq!(parse("# nothing\n", "x"), Ok(Config::default()));
        let written: Value = serde_yaml::from_str(all).unwrap();
        let mut keys: Vec<_> =
            written.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap().to_owned()).collect();
        keys.sort_unstable();
        assert_eq!(keys, KEYS);
    }

    #[test]
    fn faults_are_named_with_their_place() {
        assert_eq!(
            message("strict: true\nprofil: nsa\n"),
            "chartsec.yaml:2: unknown key `profil`|did you mean `profile`?"
        );
        assert!(message("colour: red\n").ends_with(
            "known keys: attestations, env, fail-on, ignore, kube-version, namespace, profile, registries, select, strict, waivers"
        ));
        assert!(message("kube-version: 1.30\n").contains("expected a version in quotes"));
        assert!(message("fail-on: eror\n").contains("unknown variant `eror`"));
        assert!(message("- a\n").contains("expected keys and values"));
        assert!(message("a: [\n").starts_with("configuration `chartsec.yaml`: "));
        let waiver = |keys: &str| message(&format!("waivers:\n  - rule: a\n    path: b\n{keys}"));
        assert_eq!(
            waiver("    expires: soon\n"),
            "chartsec.yaml:4: `soon` is no date|write it as `expires: 2027-01-31`"
        );
        assert_eq!(waiver("    reson: x\n"), "chartsec.yaml:4: unknown key `reson` of a waiver|did you mean `reason`?");
        assert!(waiver("    owner: [x]\n").starts_with("chartsec.yaml:4: `owner` of a waiver is no text"));
        assert!(waiver("  - path: x\n").starts_with("chartsec.yaml:4: a waiver without `rule`"));
        let tip = "write a host, with a path if only what stands below it is meant: `- registry.example.com/team`";
        for (list, fault) in [
            ("\n  - ghcr.io\n  - https://ghcr.io", "chartsec.yaml:3: `https://ghcr.io` is no registry"),
            (" [7]", "chartsec.yaml:1: a registry is no text"),
            (" ghcr.io", "chartsec.yaml:1: `registries` is no list"),
        ] {
            assert_eq!(message(&format!("registries:{list}\n")), format!("{fault}|{tip}"));
        }
        assert!(message("waivers: POD001\n").starts_with("chartsec.yaml:1: `waivers` is no list"));
    }

    #[test]
    fn the_nearest_file_upwards_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir(root.path().join(".config")).unwrap();
        std::fs::write(root.path().join(".config/chartsec.yaml"), "strict: true\n").unwrap();
        assert_eq!(load(None, &deep).unwrap().strict, Some(true));
        std::fs::write(root.path().join("a/chartsec.yaml"), "strict: false\n").unwrap();
        assert_eq!(load(None, &deep).unwrap().strict, Some(false));
        assert_eq!(load(Some("/nonexistent/x.yaml"), &deep).unwrap_err().exit.code(), 2);
    }

    #[test]
    fn the_size_limit_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chartsec.yaml");
        for (size, fits) in [(MOST_BYTES - 1, true), (MOST_BYTES, true), (MOST_BYTES + 1, false)] {
            std::fs::write(&path, "#".repeat(size as usize)).unwrap();
            assert_eq!(load(None, folder.path()).is_ok(), fits, "{size}");
        }
    }
}
