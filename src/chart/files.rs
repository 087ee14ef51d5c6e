//! What templates see of a chart beside its values: `.Files` and `.Chart`.

use std::rc::Rc;

use super::metadata::{Field, Metadata};
use super::{Chart, ChartFile};
use crate::origin::{Key, Leaf, Mark, Origins};
use crate::source::{Sources, Span};
use crate::value::{List, ListType, Map, MapType, Value};

/// `.Files`: each file as bytes whose leaf is the whole file.
pub(super) fn files(chart: &Chart, sources: &Sources, origins: &mut Origins) -> Value {
    let entries = chart.files.iter().map(|ChartFile { name, source }| {
        let bytes = sources.get(*source).map_or_else(Rc::default, |source| Rc::clone(&source.bytes));
        let span = Span::new(*source, 0, bytes.len());
        let mark = origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root });
        (name.clone().into(), Value::Bytes(mark, Rc::new(bytes.into())))
    });
    Value::Map(Mark::NONE, Rc::new(Map::from_entries(MapType::Files, entries.collect())))
}

/// `.Chart`: a map with the names of Go's fields, every one of them present.
pub(super) fn chart(metadata: &Metadata, is_root: bool, sources: &Sources, origins: &mut Origins) -> Value {
    let root = metadata.source.map_or(Mark::NONE, |source| {
        let span = Span::new(source, 0, sources.bytes(source).len());
        origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root })
    });
    let mut build = Builder { root, origins };
    let maintainers = metadata.maintainers.iter().zip(0..).map(|(maintainer, index)| {
        let parent = build.child(build.root, "maintainers", maintainer.name.span);
        let parent = build.item(parent, index, maintainer.name.span);
        any(vec![
            ("Name", build.field(&maintainer.name, parent, "name")),
            ("Email", build.field(&maintainer.email, parent, "email")),
            ("URL", build.field(&maintainer.url, parent, "url")),
        ])
    });
    let maintainers = list(maintainers.collect());
    let dependencies = metadata.dependencies.iter().flatten().map(|dependency| {
        let parent = build.child(build.root, "dependencies", dependency.name.span);
        let parent = build.item(parent, dependency.index, dependency.name.span);
        let imports = dependency.import_values.iter().map(|import| {
            let mark = build.child(parent, "import-values", Some(import.span));
            let part = |text: &str| Value::Str(mark, Rc::new(text.into()));
            let parts = vec![("child".into(), part(&import.child)), ("parent".into(), part(&import.parent))];
            Value::Map(mark, Rc::new(Map::from_entries(MapType::String, parts)))
        });
        let imports = list(imports.collect());
        any(vec![
            ("Name", build.field(&dependency.name, parent, "name")),
            ("Version", build.field(&dependency.version, parent, "version")),
            ("Repository", build.field(&dependency.repository, parent, "repository")),
            ("Condition", build.field(&dependency.condition, parent, "condition")),
            ("Tags", build.fields(&dependency.tags, parent, "tags")),
            ("Enabled", Value::Bool(parent, true)),
            ("ImportValues", imports),
            ("Alias", build.field(&dependency.alias, parent, "alias")),
        ])
    });
    let dependencies = list(dependencies.collect());
    let annotations = metadata.annotations.iter().map(|(key, field)| {
        let parent = build.child(build.root, "annotations", field.span);
        (key.clone().into(), build.field(field, parent, key))
    });
    let annotations = match annotations.collect::<Vec<_>>() {
        none if none.is_empty() => Map::nil(MapType::String),
        some => Map::from_entries(MapType::String, some),
    };
    any(vec![
        ("Name", build.field(&metadata.name, root, "name")),
        ("Home", build.field(&metadata.home, root, "home")),
        ("Sources", build.fields(&metadata.sources, root, "sources")),
        ("Version", build.field(&metadata.version, root, "version")),
        ("Description", build.field(&metadata.description, root, "description")),
        ("Keywords", build.fields(&metadata.keywords, root, "keywords")),
        ("Maintainers", maintainers),
        ("Icon", build.field(&metadata.icon, root, "icon")),
        ("APIVersion", build.field(&metadata.api_version, root, "apiVersion")),
        ("Condition", build.field(&metadata.condition, root, "condition")),
        ("Tags", build.field(&metadata.tags, root, "tags")),
        ("AppVersion", build.field(&metadata.app_version, root, "appVersion")),
        ("Deprecated", Value::Bool(root, metadata.deprecated)),
        ("Annotations", Value::Map(root, Rc::new(annotations))),
        ("KubeVersion", build.field(&metadata.kube_version, root, "kubeVersion")),
        ("Dependencies", dependencies),
        ("Type", build.field(&metadata.kind, root, "type")),
        ("IsRoot", Value::bool(is_root)),
    ])
}

fn any(entries: Vec<(&str, Value)>) -> Value {
    Value::map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

fn list(items: Vec<Value>) -> Value {
    Value::List(Mark::NONE, Rc::new(List::new(ListType::Any, items)))
}

struct Builder<'a> {
    root: Mark,
    origins: &'a mut Origins,
}

impl Builder<'_> {
    fn leaf(&mut self, parent: Mark, key: Key, span: Option<Span>) -> Mark {
        match span {
            Some(span) => self.origins.leaf(Leaf { span, parent, key }),
            None => parent,
        }
    }

    fn child(&mut self, parent: Mark, name: &str, span: Option<Span>) -> Mark {
        self.leaf(parent, Key::Name(name.into()), span)
    }

    fn item(&mut self, parent: Mark, index: u32, span: Option<Span>) -> Mark {
        self.leaf(parent, Key::Index(index), span)
    }

    fn field(&mut self, field: &Field, parent: Mark, name: &str) -> Value {
        let mark = self.child(parent, name, field.span);
        Value::Str(mark, Rc::new(field.text.as_str().into()))
    }

    fn fields(&mut self, fields: &[Field], parent: Mark, name: &str) -> Value {
        let items = fields.iter().zip(0..).map(|(field, index)| {
            let parent = self.child(parent, name, field.span);
            let mark = self.item(parent, index, field.span);
            Value::Str(mark, Rc::new(field.text.as_str().into()))
        });
        list(items.collect())
    }
}
