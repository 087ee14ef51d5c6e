//! Which subcharts take part, under which name, and what their parents import from them.

use std::rc::Rc;

use super::Chart;
use super::coalesce::{Composer, Mode};
use super::metadata::{Dependency, Metadata};
use super::values::ValuesError;
use crate::limits::Exceeded;
use crate::origin::Origins;
use crate::semver::{Constraint, Version};
use crate::value::{Map, MapType, Value};

/// A chart on its way from what was loaded to what is rendered: names, children and defaults still change.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) chart: Rc<Chart>,
    pub(super) metadata: Metadata,
    /// The chart's own values; never changed in place.
    pub(super) values: Rc<Map>,
    pub(super) children: Vec<Self>,
}

impl Tree {
    /// The tree as it was loaded.
    pub(super) fn new(chart: &Rc<Chart>, origins: &mut Origins) -> Self {
        let values = match &chart.values {
            Some(values) => values.to_map(origins),
            None => Rc::new(Map::new(MapType::Any)),
        };
        let children = chart.dependencies.iter().map(|child| Self::new(child, origins)).collect();
        Self { chart: chart.clone(), metadata: chart.metadata.clone(), values, children }
    }

    pub(super) fn name(&self) -> &str {
        &self.metadata.name
    }
}

/// Settles the dependencies of a chart and of all charts in it.
pub(super) fn settle(tree: &mut Tree, values: &Map, composer: &mut Composer<'_>) -> Result<(), ValuesError> {
    let mut charts = 0;
    enable(tree, values, "", &mut charts, composer)?;
    import(tree, composer)
}

/// Chooses the children of a chart by Chart.yaml, tags and conditions. Helm hands the whole composed values down, not the
/// child's part of them; conditions are therefore looked up under the path of the chart.
fn enable(
    tree: &mut Tree,
    values: &Map,
    path: &str,
    charts: &mut u64,
    composer: &mut Composer<'_>,
) -> Result<(), ValuesError> {
    let Some(mut wanted) = tree.metadata.dependencies.take() else { return Ok(()) };
    let fits = |child: &Tree, dependency: &Dependency| {
        *child.metadata.name == *dependency.name && is_compatible(&dependency.version, &child.metadata.version)
    };
    let mut children: Vec<Tree> = Vec::new();
    for dependency in &wanted {
        if let Some(child) = tree.children.iter().find(|child| fits(child, dependency)) {
            *charts += 1;
            Exceeded::check("subcharts", *charts, composer.limits.subcharts)?;
            let mut child = child.clone();
            if !dependency.alias.is_empty() {
                child.metadata.name = dependency.alias.clone();
            }
            children.push(child);
        }
    }
    let undeclared = |child: &Tree| !wanted.iter().any(|dependency| fits(child, dependency));
    tree.children.retain(undeclared);
    tree.children.append(&mut children);
    for dependency in &mut wanted {
        if !dependency.alias.is_empty() {
            dependency.name = dependency.alias.clone();
        }
    }
    let composed = composer.compose(tree, values, Mode::Coalesce)?;
    let enabled = |dependency: &Dependency, warnings: &mut Vec<String>| {
        by_condition(dependency, &composed, path, warnings).unwrap_or_else(|| by_tags(dependency, &composed, warnings))
    };
    let (kept, disabled): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|dependency| enabled(dependency, &mut composer.warnings));
    tree.children.retain(|child| !disabled.iter().any(|dependency| *dependency.name == *child.metadata.name));
    let kept = kept.into_iter().filter(|kept| !disabled.iter().any(|gone| *gone.name == *kept.name));
    let kept: Vec<Dependency> = kept.collect();
    for child in &mut tree.children {
        let path = format!("{path}{}.", child.name());
        enable(child, &composed, &path, charts, composer)?;
    }
    tree.metadata.dependencies = Some(kept).filter(|kept| !kept.is_empty());
    Ok(())
}

/// Helm's `IsCompatibleRange`: whatever cannot be parsed is not compatible.
pub(super) fn is_compatible(constraint: &str, version: &str) -> bool {
    let version = Version::parse_lenient(version);
    version.is_ok_and(|version| Constraint::parse(constraint).is_ok_and(|constraint| constraint.matches(&version)))
}

/// The first path of a condition that leads to a boolean decides.
fn by_condition(dependency: &Dependency, values: &Map, path: &str, warnings: &mut Vec<String>) -> Option<bool> {
    for condition in dependency.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
        match lookup(values, &format!("{path}{condition}")) {
            Some(Value::Bool(_, enabled)) => return Some(enabled),
            None | Some(Value::Map(..)) => {}
            Some(_) => {
                let name = &*dependency.name;
                warnings.push(format!("returned non-bool value path={condition} chart={name}"));
            }
        }
    }
    None
}

fn by_tags(dependency: &Dependency, values: &Map, warnings: &mut Vec<String>) -> bool {
    let Some(Value::Map(_, tags)) = values.get("tags") else { return true };
    let mut any_false = false;
    for tag in &dependency.tags {
        match tags.get(tag) {
            Some(Value::Bool(_, true)) => return true,
            Some(Value::Bool(_, false)) => any_false = true,
            None => {}
            Some(_) => {
                let name = &*dependency.name;
                warnings.push(format!("returned non-bool value tag={} chart={name}", &**tag));
            }
        }
    }
    !any_false
}

/// The value at a dotted path.
fn lookup(values: &Map, path: &str) -> Option<Value> {
    let (parents, key) = path.rsplit_once('.').map_or((None, path), |(parents, key)| (Some(parents), key));
    match parents {
        None => values.get(key),
        Some(parents) => table(values, parents)?.get(key),
    }
}

/// The table at a dotted path, as Helm's `Values.Table` finds it.
pub(super) fn table(values: &Map, path: &str) -> Option<Rc<Map>> {
    let mut parts = path.split('.');
    let first = values.get(parts.next()?)?.as_map()?.clone();
    parts.try_fold(first, |map, part| map.get(part)?.as_map().cloned())
}

/// Takes what parents import from children into the parents' own values, children first.
fn import(tree: &mut Tree, composer: &mut Composer<'_>) -> Result<(), ValuesError> {
    for child in &mut tree.children {
        import(child, composer)?;
    }
    let Some(dependencies) = &tree.metadata.dependencies else { return Ok(()) };
    let composed = composer.compose(tree, &Map::new(MapType::Any), Mode::Merge)?;
    let imported = Map::new(MapType::Any);
    for dependency in dependencies {
        for import in &dependency.import_values {
            let path = format!("{}.{}", &*dependency.name, import.child);
            let Some(found) = table(&composed, &path) else {
                let missing = path.rsplit('.').next().unwrap_or_default();
                let chart = &*dependency.name;
                let warning =
                    format!("ImportValues missing table from chart chart={chart} error={missing:?} is not a table");
                composer.warnings.push(warning);
                continue;
            };
            let found = nested(&import.parent, found, composer)?;
            composer.tables(&imported, &found, "", Mode::Merge, 0)?;
        }
    }
    let values = composer.copy(&composed)?;
    composer.tables(&values, &imported, "", Mode::Merge, 0)?;
    tree.values = values;
    Ok(())
}

/// A table moved to a dotted path; `.` leaves it where it is.
fn nested(path: &str, table: Rc<Map>, composer: &Composer<'_>) -> Result<Rc<Map>, ValuesError> {
    if path == "." {
        return Ok(table);
    }
    composer.check_depth(path.split('.').count() as u64)?;
    let nest = |inner: Rc<Map>, key: &str| {
        let value = Value::Map(crate::origin::Mark::NONE, inner);
        Rc::new(Map::from_entries(MapType::Any, vec![(key.into(), value)]))
    };
    Ok(path.rsplit('.').fold(table, nest))
}
