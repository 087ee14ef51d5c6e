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
    let root = instance(&tree, None, values, sources, origins);
    Ok(Prepared { root, warnings: composer.warnings })
}

fn instance(tree: &Tree, parent: Option<&str>, values: Rc<Map>, sources: &Sources, origins: &mut Origins) -> Instance {
    let name = tree.name();
    let path = parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}/charts/{name}"));
    let child = |child: &Tree| {
        // Helm takes the name for a dotted path, so a chart with a dot in its name gets no values.
        let values = dependency::table(&values, child.name());
        let values = values.unwrap_or_else(|| Rc::new(Map::new(MapType::Any)));
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
        values: Map::converted(&values, MapType::Values),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::load;

    fn show(value: &Value) -> String {
        match value {
            Value::Map(_, map) => {
                let shown: Vec<String> =
                    map.entries().iter().map(|(key, value)| format!("{key}:{}", show(value))).collect();
                format!("{{{}}}", shown.join(" "))
            }
            Value::Nil(_) => "nil".to_owned(),
            Value::Float(_, value) => value.to_string(),
            Value::Int(_, _, value) => value.to_string(),
            Value::Bool(_, value) => value.to_string(),
            Value::Str(_, text) => text.to_str().into_owned(),
            other => other.type_name().to_owned(),
        }
    }

    struct Run {
        result: Result<Prepared, PrepareError>,
        sources: Sources,
        origins: Origins,
    }

    fn run(files: &[(&str, &str)], user: &str, limits: &Limits) -> Run {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let (mut sources, mut origins) = (Sources::new(), Origins::new(true));
        let loaded = load(folder.path(), &mut sources, limits);
        assert_eq!(loaded.errors, []);
        let overrides = Overrides { files: vec![sources.add("user.yaml", user.as_bytes())], ..Overrides::default() };
        let result = prepare(&loaded.chart.unwrap(), &overrides, &mut sources, &mut origins, limits);
        Run { result, sources, origins }
    }

    fn values(files: &[(&str, &str)], user: &str) -> String {
        let root = run(files, user, &Limits::default()).result.unwrap().root;
        show(&Value::Map(crate::origin::Mark::NONE, root.values))
    }

    const P: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: p\nversion: 0.1.0\n");
    const SUB: (&str, &str) = ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.2.3\n");

    #[test]
    fn nulls_delete_defaults_and_default_nulls_vanish() {
        let files = [P, ("values.yaml", "a: 1\nb: null\nc: {d: 1, e: null, f: {g: null}}\n")];
        assert_eq!(values(&files, "a: null\nz: null\nc: {d: null, w: null}\n"), "{c:{f:{} w:nil} z:nil}");
        assert_eq!(values(&files, ""), "{a:1 c:{d:1 f:{}}}");
    }

    #[test]
    fn documents_and_files_are_merged() {
        let files = [P, ("values.yaml", "a: {x: 1}\n---\na: {w: 2}\n--- # more\nb: 3\n")];
        assert_eq!(values(&files, "---\na: {x: 5}\n"), "{a:{w:2 x:5} b:3}");
    }

    #[test]
    fn parents_speak_to_children() {
        let files = [
            P,
            SUB,
            ("values.yaml", "global: {g: 1, t: {x: 1}}\nsub: {a: 2, n: null}\n"),
            ("charts/sub/values.yaml", "a: 1\nb: 1\nn: 1\nglobal: {t: {x: 0, z: 0}}\n"),
        ];
        assert_eq!(values(&files, "sub: {b: null}\n"), "{global:{g:1 t:{x:1}} sub:{a:2 global:{g:1 t:{x:1 z:0}}}}");
        let root = run(&files, "", &Limits::default()).result.unwrap().root;
        let seen_by_parent = root.values.get("sub").unwrap().as_map().unwrap().clone();
        assert!(seen_by_parent.same(&root.children[0].values));
        assert_eq!(root.children[0].path, "p/charts/sub");
    }

    #[test]
    fn a_table_that_is_none_is_refused() {
        let wrong = run(&[P, SUB], "sub: text\n", &Limits::default()).result.unwrap_err();
        assert_eq!(wrong.to_string(), "type mismatch on sub: %!t(string=text)");
    }

    fn with_dependencies(dependencies: &str, user: &str) -> (Vec<String>, String) {
        let metadata = format!("{}dependencies:\n{dependencies}", P.1);
        let files = [("Chart.yaml", &*metadata), SUB, ("charts/sub/values.yaml", "v: 1\nexports: {e: {out: 7}}\n")];
        let root = run(&files, user, &Limits::default()).result.unwrap().root;
        let names = root.children.iter().map(|child| child.name.to_string()).collect();
        (names, show(&Value::Map(crate::origin::Mark::NONE, root.values)))
    }

    #[test]
    fn dependencies_are_chosen_by_version_tag_and_condition() {
        let names = |dependencies: &str, user: &str| with_dependencies(dependencies, user).0;
        assert_eq!(names("- {name: sub, version: 1.x}\n", ""), ["sub"]);
        // A chart that no entry fits is kept as one that is not declared.
        assert_eq!(names("- {name: sub, version: 2.x}\n", ""), ["sub"]);
        assert_eq!(
            names("- {name: sub, version: 1.x, alias: b}\n- {name: sub, version: 1.x, alias: a}\n", ""),
            ["b", "a"]
        );
        let conditional = "- {name: sub, version: 1.x, condition: 'x.enabled,sub.enabled', tags: [t]}\n";
        assert_eq!(names(conditional, "tags: {t: false}\n"), [""; 0]);
        assert_eq!(names(conditional, "tags: {t: false}\nsub: {enabled: true}\n"), ["sub"]);
        assert_eq!(names(conditional, "x: {enabled: false}\nsub: {enabled: true}\n"), [""; 0]);
        assert_eq!(names(conditional, "x: {enabled: 'false'}\n"), ["sub"]);
    }

    #[test]
    fn tables_are_imported_below_the_parents_own_values() {
        let string = with_dependencies("- {name: sub, version: 1.x, import-values: [e]}\n", "");
        assert_eq!(string.1, "{out:7 sub:{exports:{e:{out:7}} global:{} v:1}}");
        let pair = "- {name: sub, version: 1.x, import-values: [{child: exports.e, parent: a.b}]}\n";
        assert!(with_dependencies(pair, "").1.starts_with("{a:{b:{out:7}}"));
    }

    #[test]
    fn imports_in_circles_are_refused() {
        let import =
            "[{child: exports.e, parent: a}, {child: exports, parent: a.x.e}, {child: exports.e, parent: a.x}]";
        let metadata = format!("{}dependencies:\n- {{name: sub, version: 1.x, import-values: {import}}}\n", P.1);
        let files = [("Chart.yaml", &*metadata), SUB, ("charts/sub/values.yaml", "exports: {e: {x: {}}}\n")];
        let run = run(&files, "", &Limits::default());
        assert!(
            run.result.is_ok()
                || run.result.is_err_and(|error| error.values_error().is_some_and(|it| it.limit.is_some()))
        );
        let deep = format!("[{{child: exports.e, parent: {}}}]", vec!["a"; 100_000].join("."));
        let metadata = format!("{}dependencies:\n- {{name: sub, version: 1.x, import-values: {deep}}}\n", P.1);
        let files = [("Chart.yaml", &*metadata), SUB, ("charts/sub/values.yaml", "exports: {e: {x: {}}}\n")];
        let error = self::run(&files, "", &Limits::default()).result.unwrap_err();
        assert_eq!(error.values_error().and_then(|error| error.limit).map(|limit| limit.name), Some("yaml-depth"));
    }

    #[test]
    fn missing_dependencies_are_named() {
        let metadata = format!("{}dependencies:\n- {{name: zeta}}\n- {{name: alpha}}\n", P.1);
        let error = run(&[("Chart.yaml", &*metadata)], "", &Limits::default()).result.unwrap_err();
        assert!(error.to_string().ends_with("missing in charts/ directory: zeta, alpha"));
    }

    #[test]
    fn budgets_stop_one_over() {
        let metadata = format!(
            "{}dependencies:\n- {{name: sub, version: 1.x, alias: a}}\n- {{name: sub, version: 1.x, alias: b}}\n",
            P.1
        );
        let files = [("Chart.yaml", &*metadata), SUB];
        for (limit, good) in [(3, true), (2, true), (1, false)] {
            let limits = Limits { subcharts: limit, ..Limits::default() };
            assert_eq!(run(&files, "", &limits).result.is_ok(), good, "{limit}");
        }
        // One node of the user, and one of the chart, copied once each.
        let files = [P, ("values.yaml", "a: 1\n")];
        for (limit, good) in [(3, true), (2, true), (1, false)] {
            let limits = Limits { values_nodes: limit, ..Limits::default() };
            assert_eq!(run(&files, "b: 1\n", &limits).result.is_ok(), good, "{limit}");
        }
    }

    #[test]
    fn every_value_knows_its_file_and_key() {
        let files = [P, SUB, ("charts/sub/values.yaml", "a: {b: [x, y]}\n")];
        let run = run(&files, "sub: {c: 1}\n", &Limits::default());
        let sub = &run.result.unwrap().root.children[0];
        let a = sub.values.get("a").unwrap();
        let b = a.as_map().unwrap().get("b").unwrap();
        let mark = b.as_list().unwrap().items()[1].mark();
        assert_eq!(run.origins.key_path(mark), "a.b[1]");
        let span = run.origins.get_leaf(mark).unwrap().span;
        assert!(run.sources.path(span.source).ends_with("charts/sub/values.yaml"));
        assert_eq!(run.sources.slice(span), b"y");
        let user = run.origins.get_leaf(sub.values.get("c").unwrap().mark()).unwrap().span;
        assert_eq!(run.sources.path(user.source), "user.yaml");
        let name = sub.chart_value.as_map().unwrap().get("Name").unwrap();
        let name = run.origins.get_leaf(name.mark()).unwrap().span;
        assert_eq!(run.sources.slice(name), b"sub");
    }

    #[test]
    fn kubernetes_versions_are_compared() {
        let mut metadata = Metadata::default();
        metadata.kube_version.text = ">=1.99.0".to_owned();
        assert_eq!(
            kube_version_error(&metadata, "v1.36.0", "v1.36.0").unwrap(),
            "chart requires kubeVersion: >=1.99.0 which is incompatible with Kubernetes v1.36.0"
        );
        assert_eq!(kube_version_error(&metadata, "v1.99.1", "v1.99.1"), None);
    }
}
