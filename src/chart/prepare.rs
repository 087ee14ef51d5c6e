//! From a loaded chart and the user's values to what templates see: the tree of chart instances.

use std::rc::Rc;

use super::coalesce::{Composer, Mode};
use super::dependency::{self, Tree};
use super::metadata::Metadata;
use super::values::{self, Overrides, ValuesError};
use super::{Chart, files, missing_dependencies_message};
use crate::limits::Limits;
use crate::origin::Origins;
use crate::source::Sources;
use crate::value::{Map, MapType, Value};

/// A chart as it takes part in one render: under its alias, with its values.
#[derive(Debug)]
pub struct Instance {
    /// The chart it was made of; several instances may share one.
    pub chart: Rc<Chart>,
    /// Its name here: the alias, if it has one.
    pub name: Rc<str>,
    /// Its path in template names: `root/charts/sub`.
    pub path: String,
    /// Whether it is the outermost chart.
    pub is_root: bool,
    /// Chart.yaml with the dependencies that take part.
    pub metadata: Metadata,
    /// `.Chart`.
    pub chart_value: Value,
    /// `.Values`: the very table that the parent has under this name.
    pub values: Rc<Map>,
    /// `.Files`.
    pub files: Value,
    /// Undeclared subcharts by the name of their folder, then declared ones in the order of Chart.yaml.
    pub children: Vec<Self>,
}

/// What [`prepare`] made.
#[derive(Debug)]
pub struct Prepared {
    /// The outermost chart.
    pub root: Instance,
    /// What Helm prints to stderr while it composes values.
    pub warnings: Vec<String>,
}

/// Why a chart cannot be rendered with these values. `Display` gives Helm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// What the user set cannot be read.
    #[error(transparent)]
    Overrides(ValuesError),
    /// Charts that Chart.yaml declares and `charts/` does not hold: the whole message.
    #[error("{0}")]
    MissingDependencies(String),
    /// Values do not fit the subcharts.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(ValuesError),
    /// Values do not fit the subcharts, found when no dependency is declared.
    #[error(transparent)]
    Values(ValuesError),
}

impl PrepareError {
    /// What is behind it: the place in a values file or an argument, and the limit that was exceeded.
    #[must_use]
    pub fn values_error(&self) -> Option<&ValuesError> {
        match self {
            Self::MissingDependencies(_) => None,
            Self::Overrides(error) | Self::Dependencies(error) | Self::Values(error) => Some(error),
        }
    }
}

/// Composes values and settles dependencies for one render. Library charts are prepared like any other.
///
/// # Errors
/// The first thing that Helm would refuse before it looks at schemas and templates.
pub fn prepare(
    chart: &Rc<Chart>,
    overrides: &Overrides,
    sources: &mut Sources,
    origins: &mut Origins,
    limits: &Limits,
) -> Result<Prepared, PrepareError> {
    let user = values::compose(overrides, sources, origins, limits).map_err(PrepareError::Overrides)?;
    let missing = chart.missing_dependencies();
    if !missing.is_empty() {
        return Err(PrepareError::MissingDependencies(missing_dependencies_message(&missing)));
    }
    let mut composer = Composer::new(limits);
    let mut tree = Tree::new(chart, origins);
    dependency::settle(&mut tree, &user, &mut composer).map_err(PrepareError::Dependencies)?;
    let values = composer.compose(&tree, &user, Mode::Coalesce).map_err(PrepareError::Values)?;
    let values = Rc::new(Map::from_entries(MapType::Values, values.entries()));
    let root = instance(&tree, None, values, sources, origins);
    Ok(Prepared { root, warnings: composer.warnings })
}

fn instance(tree: &Tree, parent: Option<&str>, values: Rc<Map>, sources: &Sources, origins: &mut Origins) -> Instance {
    let name = tree.name();
    let path = parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}/charts/{name}"));
    let child = |child: &Tree| {
        // Helm takes the name for a dotted path, so a chart with a dot in its name gets no values.
        let values = dependency::table(&values, child.name());
        let values = values.unwrap_or_else(|| Rc::new(Map::new(MapType::Values)));
        instance(child, Some(&path), values, sources, origins)
    };
    let children = tree.children.iter().map(child).collect();
    Instance {
        chart: tree.chart.clone(),
        name: name.into(),
        is_root: parent.is_none(),
        chart_value: files::chart(&tree.metadata, parent.is_none(), sources, origins),
        metadata: tree.metadata.clone(),
        files: files::files(&tree.chart, sources, origins),
        path,
        values,
        children,
    }
}

/// Helm's refusal of a Kubernetes version, if the chart has one to refuse: `full` is the version as given, which is also
/// what is compared (without a provider's suffix when `compared` lacks it).
#[must_use]
pub fn kube_version_error(metadata: &Metadata, compared: &str, full: &str) -> Option<String> {
    let wanted = &*metadata.kube_version;
    if wanted.is_empty() || dependency::is_compatible(wanted, compared) {
        return None;
    }
    Some(format!("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {full}"))
}
