//! `chartsec.yaml`: what a repository always wants, found by walking up. Options of the command line win.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_yaml::Value;

use crate::cli::lint::FailOn;
use crate::exit::Failure;
use chartsec::suggest::nearest;

/// The keys, as `schemas/chartsec.schema.json` lists them.
const KEYS: [&str; 7] = ["fail-on", "ignore", "kube-version", "namespace", "profile", "select", "strict"];
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
            parse(
                &read(&path).map_err(|error| Failure::usage(format!("cannot read configuration `{name}`: {error}")))?,
                &name,
            )
        }
        None => Ok(Config::default()),
    }
}

fn find(folder: &Path) -> Option<PathBuf> {
    let names = |folder: &Path| [folder.join("chartsec.yaml"), folder.join(".config/chartsec.yaml")];
    folder.ancestors().flat_map(names).find(|path| path.is_file())
}

fn read(path: &Path) -> std::io::Result<String> {
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
    serde_yaml::from_str(text).map_err(wrong)
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
        let all = "profile: nsa\nselect: [a]\nignore: [b, POD001]\nfail-on: never\nstrict: true\nkube-version: \"1.30\"\nnamespace: shop\n";
        let config = parse(all, "x").unwrap();
        assert_eq!(config.kube_version.as_deref(), Some("1.30"));
        assert_eq!(config.fail_on, Some(FailOn::Never));
        assert_eq!(config.ignore, Some(vec!["b".into(), "POD001".into()]));
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
        assert!(
            message("colour: red\n")
                .ends_with("known keys: fail-on, ignore, kube-version, namespace, profile, select, strict")
        );
        assert!(message("kube-version: 1.30\n").contains("expected a version in quotes"));
        assert!(message("fail-on: eror\n").contains("unknown variant `eror`"));
        assert!(message("- a\n").contains("expected keys and values"));
        assert!(message("a: [\n").starts_with("configuration `chartsec.yaml`: "));
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
