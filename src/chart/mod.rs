//! Charts before rendering: loading them, composing their values, settling their dependencies.
//!
//! [`load`] reads a folder or an archive once; [`prepare`] turns the chart and the user's values into the tree of
//! [`Instance`]s that templates see, once for every set of values.

mod archive;
mod budget;
mod coalesce;
mod dependency;
mod error;
mod files;
pub mod glob;
mod ignore;
mod load;
mod metadata;
mod paths;
mod pattern;
mod prepare;
mod set;
mod values;

use std::rc::Rc;

pub use error::LoadError;
pub use load::{Loaded, is_case, load, load_files};
pub use metadata::{Dependency, Field, ImportValues, Maintainer, Metadata};
pub use paths::inside;
pub use pattern::pattern_matches;
pub use prepare::{Instance, PrepareError, Prepared, kube_version_error, prepare};
pub use values::{Overrides, ValuesError, ValuesFile, compose};

use crate::source::SourceId;

/// A file of a chart.
#[derive(Clone, Debug)]
pub struct ChartFile {
    /// Slash path inside the chart.
    pub name: Rc<str>,
    /// Its content.
    pub source: SourceId,
}

/// A chart as it was loaded.
#[derive(Debug)]
pub struct Chart {
    /// Folder or archive as shown to users; for a chart inside a chart its own folder.
    pub path: String,
    /// Chart.yaml, with the dependencies of requirements.yaml.
    pub metadata: Metadata,
    /// Everything below `templates/`.
    pub templates: Vec<ChartFile>,
    /// What `.Files` shows: all files without a meaning of their own, `crds/` among them.
    pub files: Vec<ChartFile>,
    /// values.yaml.
    pub values: Option<ValuesFile>,
    /// values.schema.json.
    pub schema: Option<SourceId>,
    /// Chart.lock or requirements.lock.
    pub lock: Option<SourceId>,
    /// The charts in `charts/` by the name of their folder or archive; whether and how often they are used is settled by [`prepare`].
    pub dependencies: Vec<Rc<Self>>,
    /// The cases ([`is_case`]) that `.helmignore` keeps out of the package: templates do not see them.
    pub unpackaged: Vec<ChartFile>,
}

impl Chart {
    /// Whether it only lends its named templates to other charts.
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.metadata.is_library()
    }

    /// The manifests in `crds/`.
    pub fn crds(&self) -> impl Iterator<Item = &ChartFile> {
        self.files.iter().filter(|file| {
            let extension = file.name.rsplit_once('.').map_or("", |(_, extension)| extension);
            file.name.starts_with("crds/")
                && ["yaml", "yml", "json"].iter().any(|known| known.eq_ignore_ascii_case(extension))
        })
    }

    /// Dependencies that Chart.yaml declares and `charts/` does not hold. Helm refuses to render such a chart.
    #[must_use]
    pub fn missing_dependencies(&self) -> Vec<&Dependency> {
        let loaded = |name: &str| self.dependencies.iter().any(|chart| *chart.metadata.name == *name);
        self.metadata.dependencies.iter().flatten().filter(|dependency| !loaded(&dependency.name)).collect()
    }
}

/// Helm's words for missing dependencies.
#[must_use]
pub fn missing_dependencies_message(missing: &[&Dependency]) -> String {
    let names: Vec<&str> = missing.iter().map(|dependency| &*dependency.name).collect();
    let names = names.join(", ");
    format!(
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' \
         to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {names}"
    )
}
