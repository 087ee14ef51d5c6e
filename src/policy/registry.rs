//! Registries that a run accepts images from, besides the public ones that `unlisted-registry` knows.

use serde_json::json;

use super::check::{Setting, check};
use super::compile::PolicyError;
use super::load::Policies;
use super::object::Object;
use crate::limits::Limits;
use crate::yaml;

/// Whether a text names a registry as images do: a host, and a path when only what stands below it is meant
/// (`registry.example.com:5000`, `ghcr.io/acme`). A first part without a dot or a port is a folder of Docker Hub.
///
/// The grammar is that of <https://github.com/distribution/reference>.
#[must_use]
pub fn is_registry(text: &str) -> bool {
    let mut parts = text.split('/');
    let host = parts.next().unwrap_or_default();
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let edges = |part: &str| {
        let end = |c: char| c.is_ascii_alphanumeric();
        part.starts_with(end) && part.ends_with(end)
    };
    let label = |label: &str| edges(label) && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let folder = |part: &str| {
        edges(part) && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
    };
    let is_port = |port: &str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    (host.contains(['.', ':']) || host == "localhost")
        && name.split('.').all(label)
        && port.is_none_or(is_port)
        && parts.all(folder)
}

/// The host of an image whose registry `unlisted-registry` does not accept in a run with these.
///
/// # Errors
/// A fault of the embedded policy.
pub fn unlisted<'i>(image: &'i str, registries: &[String], limits: &Limits) -> Result<Option<&'i str>, PolicyError> {
    let mut policies = Policies::default();
    policies.add("unlisted-registry")?;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "app", "image": image}]}});
    let pod = yaml::read(pod.to_string().as_bytes(), limits).ok().flatten();
    let objects: Vec<Object<'_>> = pod.iter().filter_map(Object::of).collect();
    let setting = Setting { registries, ..Setting::default() };
    let accepted = check(&policies, &objects, setting, limits).is_empty();
    Ok(image.split('/').next().filter(|_| !accepted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_hosts_with_or_without_a_path() {
        for good in
            ["registry.example.com", "localhost", "localhost:5000", "10.0.0.7:5000", "ghcr.io/acme", "a.b/c_d/e.f"]
        {
            assert!(is_registry(good), "{good}");
        }
        for bad in [
            "",
            "acme",
            "https://registry.example.com",
            "registry.example.com/",
            "registry.example.com/Team",
            "registry.example.com/web:1.2",
            "registry.example.com//web",
            "*.example.com",
            "a..b",
            "-a.b",
            "a.b:",
            "a.b:x",
            " a.b",
        ] {
            assert!(!is_registry(bad), "{bad}");
        }
    }

    #[test]
    fn a_registry_covers_what_stands_below_it() {
        let registries = ["registry.example.com".to_owned(), "registry.gitlab.com/acme".to_owned()];
        let unlisted = |image| unlisted(image, &registries, &Limits::default()).unwrap();
        for good in ["registry.example.com/web:1", "registry.gitlab.com/acme/a/b@sha256:0", "web", "quay.io/a/b"] {
            assert_eq!(unlisted(good), None, "{good}");
        }
        for (bad, host) in [
            ("registry.example.com:5000/web:1", "registry.example.com:5000"),
            ("registry.example.com.evil.org/web", "registry.example.com.evil.org"),
            ("registry.gitlab.com/acme-2/web", "registry.gitlab.com"),
            ("registry.gitlab.com/web", "registry.gitlab.com"),
        ] {
            assert_eq!(unlisted(bad), Some(host), "{bad}");
        }
    }
}
