//! Waivers of a configuration: files and objects by patterns.

use std::rc::Rc;

use crate::chart::glob::Glob;
use crate::finding::{Finding, ObjectRef};

/// What patterns of paths are relative to: the folder of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    folder: String,
    /// From the folder to the working directory, `/` at its end unless it is empty.
    prefix: String,
}

impl Base {
    /// The names of a configuration in `folder`, for a run in the folder `working`; both absolute, with `/`.
    /// A configuration from elsewhere speaks of the working directory.
    #[must_use]
    pub fn new(folder: &str, working: &str) -> Self {
        let folder = folder.trim_end_matches('/');
        let inside = working.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let folder = if inside.is_some() { folder } else { working.trim_end_matches('/') };
        let below = inside.unwrap_or_default().trim_matches('/');
        let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
        Self { folder: folder.to_owned(), prefix }
    }

    /// The name of a file that is given relative to the working directory, or absolute.
    #[must_use]
    pub fn name(&self, path: &str) -> String {
        let path = match path.strip_prefix(&self.folder).and_then(|rest| rest.strip_prefix('/')) {
            Some(inside) if path.starts_with('/') => inside.to_owned(),
            _ if path.starts_with('/') => return path.to_owned(),
            _ => format!("{}{path}", self.prefix),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts.join("/")
    }
}

/// Files, and optionally objects, that a waiver covers.
#[derive(Clone, Debug)]
pub struct Paths {
    glob: Rc<Glob>,
    object: Option<Rc<Glob>>,
    base: Rc<Base>,
}

impl Paths {
    /// Files that match `path` or lie in a folder that does, and objects whose `KIND/NAME` matches `object`. `*` and `?` stay inside a
    /// folder, `**` does not. `None` when a pattern cannot be read; `bytes` bounds its size.
    #[must_use]
    pub fn new(path: &str, object: Option<&str>, base: Rc<Base>, bytes: u64) -> Option<Self> {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        let glob = |pattern: &str| Glob::new(pattern, bytes).map(Rc::new);
        let object = match object {
            Some(object) => Some(glob(object)?),
            None => None,
        };
        Some(Self { glob: glob(if path.is_empty() || path == "." { "**" } else { path })?, object, base })
    }

    /// Whether a file matches, or a folder above it.
    #[must_use]
    pub fn match_file(&self, path: &str) -> bool {
        let name = self.base.name(path);
        let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
        ends.into_iter().any(|end| name.get(..end).is_some_and(|name| self.glob.matches(name)))
    }

    pub(super) fn cover(&self, finding: &Finding) -> bool {
        let named = |object: &ObjectRef, glob: &Glob| glob.matches(&format!("{}/{}", object.kind, object.name));
        let of_object = match (&self.object, finding.objects.first()) {
            (None, _) => true,
            (Some(glob), Some(object)) => named(object, glob),
            (Some(_), None) => false,
        };
        let places = finding.template.iter().chain(&finding.include).map(|at| &at.file);
        let mut files = std::iter::once(&finding.chart).chain(places).chain(finding.values.as_ref().map(|at| &at.file));
        of_object && files.any(|file| self.match_file(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_configuration() {
        let below = Base::new("/repo", "/repo/charts");
        assert_eq!(below.name("shop/values.yaml"), "charts/shop/values.yaml");
        assert_eq!(below.name("./shop/../web"), "charts/web");
        assert_eq!(below.name("../deploy.yaml"), "deploy.yaml");
        assert_eq!(below.name("../../x"), "../x");
        assert_eq!(below.name("/repo/charts/a"), "charts/a");
        assert_eq!(below.name("/repository/a"), "/repository/a");
        assert_eq!(Base::new("/repo", "/repo").name("a"), "a");
        assert_eq!(Base::new("/other", "/repo").name("a"), "a");
        assert_eq!(Base::new("/re", "/repo").name("a"), "a");
    }

    #[test]
    fn patterns_match_files_and_the_folders_above_them() {
        let matches = |pattern: &str, path: &str| {
            let base = Rc::new(Base::new("/repo", "/repo"));
            Paths::new(pattern, None, base, 1 << 20).unwrap().match_file(path)
        };
        assert!(matches("charts/shop", "charts/shop/templates/a.yaml"));
        assert!(matches("charts/*", "charts/shop/templates/a.yaml"));
        assert!(matches("./charts/shop/", "charts/shop"));
        assert!(matches("**/values.yaml", "charts/shop/values.yaml"));
        assert!(matches(".", "a") && matches("**", "a/b"));
        assert!(!matches("charts/sho", "charts/shop"));
        assert!(!matches("*.yaml", "charts/a.yaml"));
    }
}
