//! The chart of a new application: hardened from the first line, and its owner's to change.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use super::blueprint::{Blueprints, CommandLine, GenerateError};
use super::document;
use super::files::Files;

/// Ports below this one need a capability.
const FIRST_UNPRIVILEGED: u16 = 1024;

/// What to write a chart for. Texts are used as they are: callers check them.
#[derive(Clone, Debug)]
pub struct Application {
    /// Name of the application and the chart.
    pub name: String,
    /// What it is, in one line.
    pub description: String,
    /// Its image.
    pub image: Image,
    /// Secrets with registry logins.
    pub pull_secrets: Vec<String>,
    /// Port that it listens on.
    pub port: u16,
    /// Pods of it.
    pub replicas: u16,
    /// User and group that it runs as, not 0.
    pub user: u32,
    /// Folders that it writes to besides `/tmp`, absolute.
    pub writable: Vec<String>,
    /// Path that answers when it is healthy.
    pub health_path: String,
    /// Namespaces whose pods may call it.
    pub allow_from: Vec<String>,
    /// Address ranges and ports that it may call.
    pub allow_to: Vec<(String, u16)>,
    /// Where its secrets come from.
    pub secret: Secret,
    /// Whether it gets a token for the Kubernetes API.
    pub api_access: bool,
}

/// Where an application's secrets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// It has none.
    None,
    /// A Secret made before the chart is installed.
    Existing,
    /// External Secrets Operator.
    External,
    /// Sealed Secrets.
    Sealed,
}

impl Secret {
    /// As values.yaml has it.
    fn source(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Existing => "existing",
            Self::External => "external",
            Self::Sealed => "sealed",
        }
    }
}

/// An image reference that names one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Registry and name.
    pub repository: String,
    /// Empty with a digest only.
    pub tag: String,
    /// `sha256:…`, or empty.
    pub digest: String,
}

impl Image {
    /// Reads `repository[:tag][@digest]`; `None` without a version, with `latest`, or when it is no image.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, digest) = text.split_once('@').unwrap_or((text, ""));
        let colon = name.rfind(':').filter(|at| !name[*at..].contains('/'));
        let (repository, tag) = colon.map_or((name, ""), |at| (&name[..at], &name[at + 1..]));
        let is_digest = |digest: &str| {
            digest.strip_prefix("sha256:").is_some_and(|hex| {
                hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            })
        };
        let in_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c);
        let in_tag = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let edges = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        };
        let fits = edges(repository)
            && repository.len() <= 255
            && repository.chars().all(in_name)
            && !["//", "/.", "/-", "./", "-/"].iter().any(|bad| repository.contains(bad))
            && (digest.is_empty() || is_digest(digest))
            && (tag.is_empty() || (tag.len() <= 128 && tag.chars().all(in_tag) && !tag.starts_with(['.', '-'])))
            && (!tag.is_empty() || !digest.is_empty())
            && tag != "latest";
        fits.then(|| Self { repository: repository.to_owned(), tag: tag.to_owned(), digest: digest.to_owned() })
    }
}

/// All files of the chart.
///
/// # Errors
/// A mistake in an embedded blueprint.
pub fn application(application: Application, flags: CommandLine) -> Result<Files, GenerateError> {
    let blueprints = Blueprints::new(flags)?;
    let writable: BTreeSet<String> = application.writable.into_iter().filter(|path| path != "/tmp").collect();
    let allow_to: Vec<Value> =
        application.allow_to.into_iter().map(|(cidr, port)| context! { cidr => cidr, port => port }).collect();
    let context = context! {
        chart => application.name,
        about => application.description.clone(),
        description => yaml_string(&application.description),
        image => context! {
            repository => application.image.repository,
            tag => application.image.tag,
            digest => application.image.digest,
        },
        pull_secrets => application.pull_secrets,
        port => application.port,
        privileged_port => application.port < FIRST_UNPRIVILEGED,
        replicas => application.replicas,
        user => application.user,
        writable => writable.into_iter().collect::<Vec<_>>(),
        health_path => application.health_path,
        allow_from => application.allow_from,
        allow_to => allow_to,
        secret => application.secret.source(),
        api_access => application.api_access,
    };
    let mut files = blueprints.chart("application", &context)?;
    document::write(&blueprints, "application", &context, &mut files)?;
    Ok(files)
}

/// A string that means itself in YAML: JSON's form.
fn yaml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_name_one_version() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let image = |repository: &str, tag: &str, digest: &str| {
            Some(Image { repository: repository.into(), tag: tag.into(), digest: digest.into() })
        };
        assert_eq!(Image::parse("web:1.4"), image("web", "1.4", ""));
        assert_eq!(Image::parse("host:5000/team/web:1.4"), image("host:5000/team/web", "1.4", ""));
        assert_eq!(Image::parse(&format!("web:1@{digest}")), image("web", "1", &digest));
        assert_eq!(Image::parse(&format!("host:5000/web@{digest}")), image("host:5000/web", "", &digest));
        for bad in [
            "",
            "web",
            "web:latest",
            "host:5000/web",
            "web@sha256:12",
            "Web:1",
            "a b:1",
            "web:1 ",
            "web:",
            "/web:1",
            "a//b:1",
            "web:\"1",
        ] {
            assert_eq!(Image::parse(bad), None, "{bad}");
        }
    }
}
