//! What the OpenAPI documents say, of all versions in one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::error::Error;

use chartsec::schema::kubernetes::{Holder, Scalar, Shape, Table, Type};
use serde_json::Value;

/// Sets of minor versions, a bit for each.
type Versions = u16;

/// Kinds, types and fields, each with the versions that have it.
pub(crate) struct Model {
    pub(crate) minors: Vec<u32>,
    enforced: HashSet<(String, String)>,
    /// By API version and kind: the type's name, and the versions.
    pub(crate) kinds: BTreeMap<(String, String), (String, Versions)>,
    /// The fields of each type, which goes by its whole name.
    pub(crate) types: BTreeMap<String, BTreeMap<FieldKey, Presence>>,
}

/// A field that is the same in several versions: its name, the byte of its shape, the type's name if it holds objects.
pub(crate) type FieldKey = (String, u8, String);

#[derive(Default)]
pub(crate) struct Presence {
    pub(crate) versions: Versions,
    pub(crate) required: Versions,
}

impl Model {
    /// None yet, of these versions.
    pub(crate) fn new(minors: Vec<u32>, enforced: &str) -> Self {
        let pair = |line: &str| line.split_once(' ').map(|(of, field)| (of.to_owned(), field.to_owned()));
        let enforced = enforced.lines().filter(|line| !line.starts_with('#')).filter_map(pair).collect();
        Self { minors, enforced, kinds: BTreeMap::new(), types: BTreeMap::new() }
    }

    /// Adds what a document says for a version.
    pub(crate) fn add(&mut self, minor: u32, document: &Value) -> Result<(), Box<dyn Error>> {
        let at = self.minors.iter().position(|known| *known == minor).ok_or("unknown minor version")?;
        let version: Versions = 1 << at;
        let definitions = document["definitions"].as_object().ok_or("no definitions")?;
        let mut waiting = Vec::new();
        for (name, definition) in definitions {
            let Some((api_version, kind)) = kind(definition) else { continue };
            let (of, versions) = self.kinds.entry((api_version, kind)).or_insert((name.clone(), 0));
            if of != name {
                return Err(format!("{name}: the kind was {of} before").into());
            }
            *versions |= version;
            waiting.push(name.as_str());
        }
        let mut seen = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if !seen.insert(name) {
                continue;
            }
            let fields = self.types.entry(name.to_owned()).or_default();
            let definition = &definitions[name];
            let required: HashSet<&str> =
                definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (field, schema) in definition["properties"].as_object().into_iter().flatten() {
                let (shape, of) = shape(schema, definitions).ok_or_else(|| format!("{name}.{field}: {schema}"))?;
                waiting.extend(of);
                let key = (field.clone(), shape.code(), of.unwrap_or_default().to_owned());
                let presence = fields.entry(key).or_default();
                presence.versions |= version;
                let enforced = self.enforced.contains(&(name.to_owned(), field.clone()));
                if enforced && required.contains(field.as_str()) {
                    presence.required |= version;
                }
            }
        }
        Ok(())
    }
}

/// API version and kind of a definition, if it is one of objects.
fn kind(definition: &Value) -> Option<(String, String)> {
    let [kind] = definition["x-kubernetes-group-version-kind"].as_array()?.as_slice() else { return None };
    let metadata = definition["properties"]["metadata"]["$ref"].as_str()?;
    let text = |key: &str| kind[key].as_str();
    let api_version = match text("group")? {
        "" => text("version")?.to_owned(),
        group => format!("{group}/{}", text("version")?),
    };
    metadata.ends_with(".ObjectMeta").then(|| text("kind").map(|kind| (api_version, kind.to_owned())))?
}

/// What a schema allows, and the name of the type if that is objects.
fn shape<'d>(schema: &'d Value, definitions: &'d serde_json::Map<String, Value>) -> Option<(Shape, Option<&'d str>)> {
    let held = |holder, schema| {
        let (shape, of) = shape(schema, definitions)?;
        Some((Shape { holder, ..shape }, of)).filter(|_| shape.holder == Holder::One)
    };
    let one = |scalar| Some((Shape { holder: Holder::One, scalar }, None));
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/definitions/")?;
        let definition = definitions.get(name)?;
        return match (name, definition["type"].as_str(), definition["properties"].as_object()) {
            ("io.k8s.apimachinery.pkg.api.resource.Quantity", ..) => one(Scalar::Quantity),
            // They read themselves, and take any JSON.
            ("io.k8s.apimachinery.pkg.runtime.RawExtension" | "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", ..)
            | (_, None, None) => one(Scalar::Any),
            (_, Some("object"), _) => Some((Shape { holder: Holder::One, scalar: Scalar::Object }, Some(name))),
            _ => shape(definition, definitions),
        };
    }
    match (schema["type"].as_str()?, schema["format"].as_str()) {
        ("array", None) => held(Holder::List, &schema["items"]),
        ("object", None) => {
            let values = &schema["additionalProperties"];
            held(Holder::Map, values).or_else(|| held(Holder::MapOfLists, &values["items"]))
        }
        ("boolean", None) => one(Scalar::Bool),
        ("integer", Some("int32")) => one(Scalar::Int32),
        ("integer", Some("int64")) => one(Scalar::Int64),
        ("number", Some("double")) => one(Scalar::Number),
        ("string", Some("int-or-string")) => one(Scalar::IntOrString),
        ("string", Some("byte")) => one(Scalar::Bytes),
        ("string", None | Some("date-time")) => one(Scalar::String),
        _ => None,
    }
}

/// A table of one version in lines, types numbered as they are met: the same lines mean the same table.
pub(crate) fn describe(table: &Table, minor: u32) -> Vec<String> {
    let mut met = Met::default();
    let mut lines = Vec::new();
    for kind in table.kinds() {
        let Some(of) = kind.in_minor(minor) else { continue };
        lines.push(format!("{} {} is {}", kind.api_version(), kind.name(), met.number(of)));
        while let Some((number, of)) = met.waiting.pop_front() {
            for field in of.fields(minor) {
                let holds = field.of().map(|of| format!(" of {}", met.number(of))).unwrap_or_default();
                lines.push(format!("{number} {}.{}: {:?}{holds}", of.name(), field.name(), field.shape()));
            }
            lines.extend(of.required(minor).map(|field| format!("{number} {} needs {}", of.name(), field.name())));
        }
    }
    lines
}

/// The types met so far.
#[derive(Default)]
struct Met<'t> {
    numbers: HashMap<u16, usize>,
    waiting: VecDeque<(usize, Type<'t>)>,
}

impl<'t> Met<'t> {
    fn number(&mut self, of: Type<'t>) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(of.number()).or_insert_with(|| {
            self.waiting.push_back((next, of));
            next
        })
    }
}
