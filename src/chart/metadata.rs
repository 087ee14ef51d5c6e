//! Chart.yaml as Helm decodes it: field names in any case, scalars turned into the strings that fields want.

use std::ops::Deref;
use std::rc::Rc;

use super::error::LoadError;
use super::values::read_yaml;
use crate::limits::Limits;
use crate::source::{SourceId, Sources, Span};
use crate::yaml::node::{Data, Entry, Node};
use crate::yaml::number::general32;

/// A string of Chart.yaml and where it stands.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// The text, cleaned of what does not print.
    pub text: String,
    /// Its place; `None` when the field is absent.
    pub span: Option<Span>,
}

impl Deref for Field {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// Chart.yaml.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of Chart.yaml")]
pub struct Metadata {
    /// The file itself; `None` when there is none.
    pub source: Option<SourceId>,
    pub api_version: Field,
    pub name: Field,
    pub version: Field,
    pub kube_version: Field,
    pub description: Field,
    /// `type`: empty, `application` or `library`.
    pub kind: Field,
    pub keywords: Vec<Field>,
    pub home: Field,
    pub sources: Vec<Field>,
    pub maintainers: Vec<Maintainer>,
    pub icon: Field,
    pub app_version: Field,
    pub deprecated: bool,
    pub annotations: Vec<(Rc<str>, Field)>,
    pub condition: Field,
    pub tags: Field,
    /// `None` when neither Chart.yaml nor requirements.yaml has the key: Helm then leaves even deeper charts alone.
    pub dependencies: Option<Vec<Dependency>>,
    /// Where that key stands.
    pub dependencies_key: Option<Span>,
    /// Nulls in lists that must not have any.
    null_items: Vec<(&'static str, Span)>,
}

/// An entry of `maintainers`.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of Chart.yaml")]
pub struct Maintainer {
    pub name: Field,
    pub email: Field,
    pub url: Field,
}

/// An entry of `dependencies`.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of Chart.yaml")]
pub struct Dependency {
    /// Its place in the list, from 0.
    pub index: u32,
    pub name: Field,
    pub version: Field,
    pub repository: Field,
    pub condition: Field,
    pub tags: Vec<Field>,
    pub import_values: Vec<ImportValues>,
    pub alias: Field,
}

impl Dependency {
    /// The name that the chart goes by: its alias, if it has one.
    #[must_use]
    pub fn local_name(&self) -> &Field {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

/// An entry of `import-values`: a table of the child that becomes a default of the parent.
#[derive(Clone, Debug)]
pub struct ImportValues {
    /// Path of the table in the child's values.
    pub child: String,
    /// Path in the parent's values; `.` is their root.
    pub parent: String,
    /// Its place.
    pub span: Span,
}

impl Metadata {
    /// Whether `type` is `library`.
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.kind.eq_ignore_ascii_case("library")
    }

    /// Decodes a file over what is there already.
    pub(super) fn decode(&mut self, source: SourceId, sources: &Sources, limits: &Limits) -> Vec<LoadError> {
        let path = sources.path(source);
        let node = match read_yaml(sources.bytes(source), source, 0, limits) {
            Ok(node) => node,
            Err(error) => return vec![error.into_load_error(path)],
        };
        let Some(node) = node.filter(|node| !node.is_null()) else { return Vec::new() };
        let mut decoder = Decoder { source, path, errors: Vec::new(), nulls: Vec::new() };
        if let Data::Map(_) = node.data {
            self.fields(&node, &mut decoder);
        } else {
            let message = format!("json: cannot unmarshal {} into Go value of type v2.Metadata", json_type(&node));
            decoder.error(&node, message);
        }
        self.null_items.append(&mut decoder.nulls);
        decoder.errors
    }

    fn fields(&mut self, node: &Node, decoder: &mut Decoder<'_>) {
        for entry in sorted_entries(node) {
            let (name, value) = (&*entry.key, &entry.value);
            let at = |field: &str| format!("Metadata.{field}");
            match name {
                _ if is(name, "name") => decoder.string(value, &mut self.name, &at("name")),
                _ if is(name, "home") => decoder.string(value, &mut self.home, &at("home")),
                _ if is(name, "sources") => decoder.strings(value, &mut self.sources, &at("sources")),
                _ if is(name, "version") => decoder.string(value, &mut self.version, &at("version")),
                _ if is(name, "description") => decoder.string(value, &mut self.description, &at("description")),
                _ if is(name, "keywords") => decoder.strings(value, &mut self.keywords, &at("keywords")),
                _ if is(name, "maintainers") => self.maintainers(value, decoder),
                _ if is(name, "icon") => decoder.string(value, &mut self.icon, &at("icon")),
                _ if is(name, "apiVersion") => decoder.string(value, &mut self.api_version, &at("apiVersion")),
                _ if is(name, "condition") => decoder.string(value, &mut self.condition, &at("condition")),
                _ if is(name, "tags") => decoder.string(value, &mut self.tags, &at("tags")),
                _ if is(name, "appVersion") => decoder.string(value, &mut self.app_version, &at("appVersion")),
                _ if is(name, "deprecated") => decoder.bool(value, &mut self.deprecated, &at("deprecated")),
                _ if is(name, "annotations") => self.annotations(value, decoder),
                _ if is(name, "kubeVersion") => decoder.string(value, &mut self.kube_version, &at("kubeVersion")),
                _ if is(name, "dependencies") => {
                    self.dependencies(value, decoder);
                    let key = Span::new(decoder.source, entry.key_start as usize, entry.key_end as usize);
                    self.dependencies_key = Some(key);
                }
                _ if is(name, "type") => decoder.string(value, &mut self.kind, &at("type")),
                _ => {}
            }
        }
    }

    fn maintainers(&mut self, node: &Node, decoder: &mut Decoder<'_>) {
        self.maintainers.clear();
        let Some(items) = decoder.list(node, "Metadata.maintainers", "[]*v2.Maintainer") else { return };
        for item in items {
            if item.is_null() {
                decoder.null("maintainers must not contain empty or null nodes", item);
                continue;
            }
            let mut maintainer = Maintainer::default();
            for (name, value) in decoder.object(item, "Metadata.maintainers", "v2.Maintainer") {
                let at = |field: &str| format!("Maintainer.maintainers.{field}");
                match name {
                    _ if is(name, "name") => decoder.string(value, &mut maintainer.name, &at("name")),
                    _ if is(name, "email") => decoder.string(value, &mut maintainer.email, &at("email")),
                    _ if is(name, "url") => decoder.string(value, &mut maintainer.url, &at("url")),
                    _ => {}
                }
            }
            self.maintainers.push(maintainer);
        }
    }

    fn annotations(&mut self, node: &Node, decoder: &mut Decoder<'_>) {
        if node.is_null() {
            self.annotations.clear();
            return;
        }
        if !matches!(node.data, Data::Map(_)) {
            decoder.mismatch(node, "Metadata.annotations", "map[string]string");
            return;
        }
        for entry in sorted_entries(node) {
            let mut field = Field::default();
            decoder.string(&entry.value, &mut field, "Metadata.annotations");
            self.annotations.retain(|(key, _)| *key != entry.key);
            self.annotations.push((entry.key.clone(), field));
        }
    }

    fn dependencies(&mut self, node: &Node, decoder: &mut Decoder<'_>) {
        self.dependencies = None;
        let Some(items) = decoder.list(node, "Metadata.dependencies", "[]*v2.Dependency") else { return };
        let mut dependencies = Vec::new();
        for (index, item) in (0..).zip(items) {
            if item.is_null() {
                decoder.null("dependencies must not contain empty or null nodes", item);
                continue;
            }
            let mut dependency = Dependency { index, ..Dependency::default() };
            for (name, value) in decoder.object(item, "Metadata.dependencies", "v2.Dependency") {
                let at = |field: &str| format!("Dependency.dependencies.{field}");
                match name {
                    _ if is(name, "name") => decoder.string(value, &mut dependency.name, &at("name")),
                    _ if is(name, "version") => decoder.string(value, &mut dependency.version, &at("version")),
                    _ if is(name, "repository") => decoder.string(value, &mut dependency.repository, &at("repository")),
                    _ if is(name, "condition") => decoder.string(value, &mut dependency.condition, &at("condition")),
                    _ if is(name, "tags") => decoder.strings(value, &mut dependency.tags, &at("tags")),
                    _ if is(name, "enabled") => decoder.bool(value, &mut false, &at("enabled")),
                    _ if is(name, "import-values") => {
                        let items = decoder.list(value, &at("import-values"), "[]interface {}");
                        dependency.import_values =
                            items.into_iter().flatten().filter_map(|item| import(item, decoder.source)).collect();
                    }
                    _ if is(name, "alias") => decoder.string(value, &mut dependency.alias, &at("alias")),
                    _ => {}
                }
            }
            dependencies.push(dependency);
        }
        self.dependencies = Some(dependencies);
    }

    /// Helm's checks, after cleaning every text that could carry something unprintable to a terminal.
    pub(super) fn validate(&mut self, path: &str) -> Vec<LoadError> {
        self.clean();
        let mut errors = Vec::new();
        let mut fail = |span: Option<Span>, message: String| {
            let error = LoadError::new(path, format!("validation: {message}"));
            errors.push(match span {
                Some(span) => error.at(span.place()),
                None => error,
            });
        };
        let name = &self.name;
        if name.is_empty() {
            fail(None, "chart.metadata.name is required".to_owned());
        } else if matches!(&**name, "." | "..") {
            fail(name.span, format!("chart.metadata.name {:?} is not allowed", &**name));
        } else if name.contains(['/', '\\']) {
            fail(name.span, format!("chart.metadata.name {:?} is invalid", &**name));
        }
        if self.version.is_empty() {
            fail(None, "chart.metadata.version is required".to_owned());
        } else if crate::semver::Version::parse_lenient(&self.version).is_err() {
            fail(self.version.span, format!("chart.metadata.version {:?} is invalid", &*self.version));
        }
        if !matches!(&*self.kind, "" | "application" | "library") {
            fail(self.kind.span, "chart.metadata.type must be application or library".to_owned());
        }
        for (message, span) in &self.null_items {
            fail(Some(*span), (*message).to_owned());
        }
        let mut seen = std::collections::HashSet::new();
        for dependency in self.dependencies.iter().flatten() {
            let alias = &dependency.alias;
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            if !alias.bytes().all(allowed) {
                let message = format!("dependency {:?} has disallowed characters in the alias", &*dependency.name);
                fail(alias.span, message);
            }
            let name = dependency.local_name();
            if !seen.insert(name.text.as_str()) {
                fail(name.span, format!("more than one dependency with name or alias {:?}", &**name));
            }
        }
        errors
    }

    fn clean(&mut self) {
        let fields = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        let lists = self.sources.iter_mut().chain(&mut self.keywords);
        let maintainers = self.maintainers.iter_mut().flat_map(|it| [&mut it.name, &mut it.email, &mut it.url]);
        let dependencies = self.dependencies.iter_mut().flatten().flat_map(|it| {
            let fields = [&mut it.name, &mut it.version, &mut it.repository, &mut it.condition];
            fields.into_iter().chain(&mut it.tags)
        });
        for field in fields.into_iter().chain(lists).chain(maintainers).chain(dependencies) {
            clean(&mut field.text);
        }
    }
}

/// Helm turns every kind of space into a blank and drops what Go does not count as printable.
fn clean(text: &mut String) {
    let plain = |byte: &u8| (b' '..=b'~').contains(byte);
    if text.as_bytes().iter().all(plain) {
        return;
    }
    *text = text
        .chars()
        .filter_map(
            |character| if character.is_whitespace() { Some(' ') } else { prints(character).then_some(character) },
        )
        .collect();
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the blank.
fn prints(character: char) -> bool {
    thread_local! {
        static PRINTED: Option<regex::Regex> = regex::Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").ok();
    }
    PRINTED.with(|class| class.as_ref().is_some_and(|class| class.is_match(character.encode_utf8(&mut [0; 4]))))
}

/// The `apiVersion` of a Chart.yaml, if the file can be read at all.
pub(super) fn api_version(text: &[u8], limits: &Limits) -> Option<String> {
    let node = crate::yaml::read(text, limits).ok()??;
    let mut decoder = Decoder { source: SourceId(0), path: "", errors: Vec::new(), nulls: Vec::new() };
    let mut version = Field::default();
    for (_, value) in sorted(&node).into_iter().filter(|(name, _)| is(name, "apiVersion")) {
        decoder.string(value, &mut version, "");
    }
    Some(version.text)
}

/// Entries in the order in which encoding/json meets them; of equal keys the last.
fn sorted_entries(node: &Node) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = node.entries().iter().rev().collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries.dedup_by(|a, b| a.key == b.key);
    entries
}

fn sorted(node: &Node) -> Vec<(&str, &Node)> {
    sorted_entries(node).into_iter().map(|entry| (&*entry.key, &entry.value)).collect()
}

fn is(key: &str, field: &str) -> bool {
    key.eq_ignore_ascii_case(field)
}

fn json_type(node: &Node) -> &'static str {
    match node.data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
        Data::String(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    }
}

fn import(node: &Node, source: SourceId) -> Option<ImportValues> {
    let span = Span::new(source, node.start as usize, node.end as usize);
    match &node.data {
        Data::String(name) => Some(ImportValues { child: format!("exports.{name}"), parent: ".".to_owned(), span }),
        Data::Map(_) => {
            let part = |key| node.get(key).map_or_else(|| "<nil>".to_owned(), printed);
            Some(ImportValues { child: part("child"), parent: part("parent"), span })
        }
        _ => None,
    }
}

/// What Go's `%v` makes of a scalar; collections name no table anyway.
fn printed(node: &Node) -> String {
    match &node.data {
        Data::Null => "<nil>".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Uint(value) => value.to_string(),
        Data::Float(value) => value.to_string(),
        Data::String(text) => text.to_string(),
        Data::List(_) | Data::Map(_) => String::new(),
    }
}

struct Decoder<'a> {
    source: SourceId,
    path: &'a str,
    errors: Vec<LoadError>,
    nulls: Vec<(&'static str, Span)>,
}

impl Decoder<'_> {
    fn span(&self, node: &Node) -> Span {
        Span::new(self.source, node.start as usize, node.end as usize)
    }

    fn error(&mut self, node: &Node, message: String) {
        let message = format!("error unmarshaling JSON: while decoding JSON: {message}");
        self.errors.push(LoadError::new(self.path, message).at(self.span(node).place()));
    }

    fn null(&mut self, message: &'static str, node: &Node) {
        let span = self.span(node);
        self.nulls.push((message, span));
    }

    fn mismatch(&mut self, node: &Node, field: &str, wanted: &str) {
        let found = json_type(node);
        let message = format!("json: cannot unmarshal {found} into Go struct field {field} of type {wanted}");
        self.error(node, message);
    }

    fn string(&mut self, node: &Node, field: &mut Field, name: &str) {
        let text = match &node.data {
            Data::Null => return,
            Data::String(text) => text.to_string(),
            Data::Bool(value) => value.to_string(),
            Data::Int(value) => value.to_string(),
            Data::Uint(value) => value.to_string(),
            Data::Float(value) => general32(*value),
            Data::List(_) | Data::Map(_) => return self.mismatch(node, name, "string"),
        };
        *field = Field { text, span: Some(self.span(node)) };
    }

    fn bool(&mut self, node: &Node, field: &mut bool, name: &str) {
        match node.data {
            Data::Null => {}
            Data::Bool(value) => *field = value,
            _ => self.mismatch(node, name, "bool"),
        }
    }

    fn list<'n>(&mut self, node: &'n Node, name: &str, wanted: &str) -> Option<&'n [Node]> {
        match &node.data {
            Data::Null => None,
            Data::List(items) => Some(items),
            _ => {
                self.mismatch(node, name, wanted);
                None
            }
        }
    }

    fn object<'n>(&mut self, node: &'n Node, name: &str, wanted: &str) -> Vec<(&'n str, &'n Node)> {
        if !matches!(node.data, Data::Map(_)) {
            self.mismatch(node, name, wanted);
        }
        sorted(node)
    }

    fn strings(&mut self, node: &Node, fields: &mut Vec<Field>, name: &str) {
        fields.clear();
        for item in self.list(node, name, "[]string").unwrap_or_default() {
            let mut field = Field::default();
            self.string(item, &mut field, name);
            fields.push(field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str) -> (Metadata, Vec<String>) {
        let mut sources = Sources::new();
        let source = sources.add("Chart.yaml", text.as_bytes());
        let mut metadata = Metadata::default();
        let mut errors = metadata.decode(source, &sources, &Limits::default());
        if errors.is_empty() {
            errors = metadata.validate("Chart.yaml");
        }
        (metadata, errors.into_iter().map(|error| error.message).collect())
    }

    #[test]
    fn scalars_become_the_strings_that_fields_want() {
        let (metadata, errors) =
            decode("NAME: p\nversion: 1.10\nAppVersion: 1234567.0\ndescription: true\nannotations: {a: 1, b: null}\n");
        assert_eq!(errors, [""; 0]);
        assert_eq!((&*metadata.name, &*metadata.version), ("p", "1.1"));
        assert_eq!((&*metadata.app_version, &*metadata.description), ("1.234567e+06", "true"));
        let annotations: Vec<_> = metadata.annotations.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(annotations, [("a", "1"), ("b", "")]);
    }

    #[test]
    fn types_that_do_not_fit_are_named() {
        let (_, errors) = decode("name: p\nversion: {a: 1}\ndeprecated: \"true\"\nkeywords: {}\n");
        let outside = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
        assert_eq!(
            errors,
            [
                format!("{outside} string into Go struct field Metadata.deprecated of type bool"),
                format!("{outside} object into Go struct field Metadata.keywords of type []string"),
                format!("{outside} object into Go struct field Metadata.version of type string"),
            ]
        );
    }

    #[test]
    fn nothing_unprintable_is_left() {
        let (metadata, _) =
            decode("name: p\nversion: 1.0.0\ndescription: \"a\\e[2J\\u202e\\tb\\u0301\\u00a0c\\x9b\"\n");
        assert_eq!(&*metadata.description, "a[2J bb\u{301} c".replacen("bb", "b", 1));
    }

    #[test]
    fn what_helm_refuses_is_refused() {
        let with = |extra: &str| decode(&format!("version: 1.0.0\n{extra}")).1;
        let named = |extra: &str| with(&format!("name: p\n{extra}"));
        assert_eq!(with(""), ["validation: chart.metadata.name is required"]);
        assert_eq!(with("name: '..'\n"), ["validation: chart.metadata.name \"..\" is not allowed"]);
        for name in ["a/b", "../x", "'..\\x'"] {
            assert!(with(&format!("name: {name}\n"))[0].ends_with("is invalid"), "{name}");
        }
        assert_eq!(named("maintainers: [null]\n"), ["validation: maintainers must not contain empty or null nodes"]);
        assert_eq!(named("dependencies: [null]\n"), ["validation: dependencies must not contain empty or null nodes"]);
        assert_eq!(
            named("dependencies: [{name: a, alias: ../x}]\n"),
            ["validation: dependency \"a\" has disallowed characters in the alias"]
        );
        assert_eq!(
            named("dependencies: [{name: a}, {name: b, alias: a}]\n"),
            ["validation: more than one dependency with name or alias \"a\""]
        );
    }
}
