//! What templates see: one shared context for each chart of the tree, and which templates there are.

use std::cmp::Reverse;
use std::rc::Rc;

use crate::chart::Instance;
use crate::origin::Mark;
use crate::source::SourceId;
use crate::value::{Map, MapType, Value};

/// A template file with the context of its chart.
#[derive(Debug)]
pub(super) struct Template {
    /// The name that Helm gives it: `root/charts/sub/templates/x.yaml`.
    pub(super) path: Rc<str>,
    /// Its text.
    pub(super) source: SourceId,
    base_path: Rc<str>,
    context: Rc<Map>,
}

impl Template {
    /// The dot of the template. All templates of a chart share one map, in which `.Template` is the one that runs.
    pub(super) fn data(&self) -> Value {
        let name = ("Name".into(), Value::str(&*self.path));
        let base_path = ("BasePath".into(), Value::str(&*self.base_path));
        let template = Map::from_entries(MapType::Values, vec![name, base_path]);
        self.context.insert("Template", Value::Map(Mark::NONE, Rc::new(template)));
        Value::Map(Mark::NONE, Map::converted(&self.context, MapType::Values))
    }
}

/// All templates of a tree of charts in the order in which Helm parses and executes them: the deepest path first, Z before A.
/// Of a library chart only partials take part.
pub(super) fn templates(root: &Instance, release: &Value, capabilities: &Value) -> Vec<Template> {
    let mut found = Vec::new();
    context(root, release, capabilities, &mut found);
    found.sort_by_cached_key(|template| {
        let depth = template.path.bytes().filter(|byte| *byte == b'/').count();
        Reverse((depth, Rc::clone(&template.path)))
    });
    found
}

fn context(instance: &Instance, release: &Value, capabilities: &Value, found: &mut Vec<Template>) -> Rc<Map> {
    let subcharts = instance.children.iter().map(|child| {
        let context = context(child, release, capabilities, found);
        (Rc::clone(&child.name).into(), Value::Map(Mark::NONE, context))
    });
    let subcharts = Value::map(subcharts.collect());
    let entries = vec![
        ("Capabilities".into(), capabilities.clone()),
        ("Chart".into(), instance.chart_value.clone()),
        ("Files".into(), instance.files.clone()),
        ("Release".into(), release.clone()),
        ("Subcharts".into(), subcharts),
        ("Values".into(), Value::Map(Mark::NONE, Rc::clone(&instance.values))),
    ];
    let context = Rc::new(Map::from_entries(MapType::Any, entries));
    let base_path: Rc<str> = format!("{}/templates", instance.path).into();
    for file in &instance.chart.templates {
        let partial = super::base_name(&file.name).starts_with('_');
        if instance.chart.is_library() && !partial {
            continue;
        }
        found.push(Template {
            path: format!("{}/{}", instance.path, file.name).into(),
            source: file.source,
            base_path: Rc::clone(&base_path),
            context: Rc::clone(&context),
        });
    }
    context
}
