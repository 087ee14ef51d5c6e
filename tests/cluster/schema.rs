//! Objects held to the types of Kubernetes, by chartsec and by a real API server that is strict about fields: both refuse the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chartsec::limits::Limits;
use chartsec::schema::kubernetes::{Field, Holder, Problem, Type, check, table};
use chartsec::yaml;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cluster::{Cluster, Result, test};
use crate::walk::send;

/// The version of the cluster.
const MINOR: u32 = 36;

/// What an object is refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    /// It cannot be read.
    Form,
    /// It is read, and something is missing or wrong in it.
    Content,
}

/// A change of an object, the way to it, and what it is.
struct Damage {
    what: String,
    object: Value,
    /// Whether only the form of the object can be judged, not what it means.
    form: bool,
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file)).unwrap()
}

fn text<'v>(object: &'v Value, path: &str) -> &'v str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// What chartsec says of an object.
fn ours(object: &Value) -> Verdict {
    let limits = Limits::default();
    let node = yaml::read(object.to_string().as_bytes(), &limits).unwrap().unwrap();
    let objects = [(&node, text(object, "/apiVersion"), text(object, "/kind"))];
    let faults = check(objects.into_iter(), MINOR, &limits).unwrap();
    let form = |problem| matches!(problem, Problem::UnknownField | Problem::WrongType(_));
    match faults.len() {
        0 => Verdict::Accepted,
        _ if faults.iter().any(|(_, fault)| form(fault.problem)) => Verdict::Form,
        _ => Verdict::Content,
    }
}

/// What the server says of it, and its words.
async fn servers(cluster: &Cluster, resources: &Resources, object: &Value) -> Result<(Verdict, String)> {
    let path = resources.path(object, &cluster.namespace).ok_or("no such resource")?;
    let path = format!("{path}?dryRun=All&fieldValidation=Strict");
    let (code, answer) = send(&cluster.client, "POST", &path, "application/json", object).await?;
    let words = answer.unwrap_or_else(Value::String);
    let verdict = match code {
        201 => Verdict::Accepted,
        400 => Verdict::Form,
        422 => Verdict::Content,
        _ => return Err(format!("{code}: {words}").into()),
    };
    Ok((verdict, text(&words, "/message").to_owned()))
}

/// The resources of the API groups that the objects are of.
struct Resources(Vec<(String, String, Value)>);

impl Resources {
    async fn of(cluster: &Cluster, objects: &[Value]) -> Result<Self> {
        let mut found = Vec::new();
        let groups: BTreeSet<&str> = objects.iter().map(|object| text(object, "/apiVersion")).collect();
        for group in groups {
            let path = if group.contains('/') { format!("/apis/{group}") } else { format!("/api/{group}") };
            let (_, answer) = send(&cluster.client, "GET", &path, "application/json", &Value::Null).await?;
            let answer = answer?;
            let resources = answer["resources"].as_array().ok_or("no resources")?.iter();
            let main = resources.filter(|resource| !text(resource, "/name").contains('/'));
            found.extend(main.map(|resource| (group.to_owned(), path.clone(), resource.clone())));
        }
        Ok(Self(found))
    }

    fn path(&self, object: &Value, namespace: &str) -> Option<String> {
        let is = |(group, _, resource): &&(String, String, Value)| {
            group == text(object, "/apiVersion") && resource["kind"] == object["kind"]
        };
        let (_, path, resource) = self.0.iter().find(is)?;
        let name = text(resource, "/name");
        let namespaced = resource["namespaced"] == json!(true);
        Some(if namespaced { format!("{path}/namespaces/{namespace}/{name}") } else { format!("{path}/{name}") })
    }
}

/// A place in an object: the names and indices on the way, as a JSON pointer.
fn below(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// Calls `visit` for every object in an object, with its type.
fn walk<'v>(value: &'v Value, of: Type<'static>, pointer: &str, visit: &mut dyn FnMut(&str, &'v Value, Type<'static>)) {
    visit(pointer, value, of);
    for (name, value) in value.as_object().into_iter().flatten() {
        let Some(field) = of.field(name, MINOR) else { continue };
        let Some(inner) = field.of() else { continue };
        let pointer = below(pointer, name);
        match (field.shape().holder, value) {
            (Holder::One, _) => walk(value, inner, &pointer, visit),
            (_, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    walk(item, inner, &below(&pointer, &index.to_string()), visit);
                }
            }
            (_, Value::Object(entries)) => {
                entries.iter().for_each(|(key, value)| walk(value, inner, &below(&pointer, key), visit));
            }
            _ => {}
        }
    }
}

/// Values of every type, to be put where others belong.
fn strangers() -> [Value; 9] {
    [
        json!(true),
        json!(7),
        json!(1.5),
        json!(3_000_000_000_u32),
        json!("text"),
        json!(""),
        json!("7"),
        json!(["a"]),
        json!({"a": "b"}),
    ]
}

/// Everything that can be wrong with an object: a field too many, a field too few, a value of another type.
fn damages(object: &Value) -> Vec<Damage> {
    let of =
        table().kind(text(object, "/apiVersion"), text(object, "/kind")).and_then(|kind| kind.in_minor(MINOR)).unwrap();
    let mut damages = Vec::new();
    walk(object, of, "", &mut |pointer, value, of| {
        let mut damage = |what: String, form: bool, change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut damaged = object.clone();
            change(damaged.pointer_mut(pointer).unwrap().as_object_mut().unwrap());
            damages.push(Damage { what, object: damaged, form });
        };
        for stranger in [json!(null), json!(1), json!({"a": 1})] {
            damage(format!("{pointer}/unknown = {stranger}"), true, &|map| {
                map.insert("unknown".into(), stranger.clone());
            });
        }
        for field in of.required(MINOR) {
            damage(format!("{pointer}/{} taken out of {}", field.name(), of.name()), false, &|map| {
                map.remove(field.name());
            });
        }
        let spec = of.field("spec", MINOR).and_then(Field::of);
        if spec.is_some_and(|spec| spec.required(MINOR).next().is_some()) {
            damage(format!("{pointer}/spec taken out of {}", of.name()), false, &|map| {
                map.remove("spec");
            });
        }
        for name in value.as_object().unwrap().keys() {
            if pointer.is_empty() && name != "metadata" && name != "spec" && name != "data" {
                continue;
            }
            for stranger in strangers() {
                damage(format!("{pointer}/{name} = {stranger}"), true, &|map| {
                    map.insert(name.clone(), stranger.clone());
                });
            }
        }
    });
    damages
}

#[test]
fn chartsec_and_the_server_refuse_the_same() {
    test(1, "schema", async |cluster| {
        let documents = serde_yaml::Deserializer::from_str(&read("cluster/objects.yaml"))
            .map(Value::deserialize)
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let resources = Resources::of(cluster, &documents).await?;
        let enforced = read("schemas/enforced.txt");
        let enforced: BTreeSet<&str> = enforced.lines().filter(|line| !line.starts_with('#')).collect();
        let mut demanded = BTreeSet::new();
        let (mut differences, mut count) = (Vec::new(), 0);
        for object in &documents {
            let (verdict, words) = servers(cluster, &resources, object).await?;
            assert_eq!((verdict, ours(object)), (Verdict::Accepted, Verdict::Accepted), "{object}: {words}");
            for Damage { what, object, form } in damages(object) {
                count += 1;
                let (mut theirs, words) = servers(cluster, &resources, &object).await?;
                let ours = ours(&object);
                // What a value means is not judged here.
                if form && theirs == Verdict::Content {
                    theirs = Verdict::Accepted;
                }
                if !form {
                    demanded.insert(what.clone());
                }
                if (ours == Verdict::Form) != (theirs == Verdict::Form) || !form && ours != theirs {
                    differences.push(format!(
                        "{} {what}: ours {ours:?}, the server's {theirs:?}: {words}",
                        text(&object, "/kind")
                    ));
                }
            }
        }
        assert!(differences.is_empty(), "{} of {count}:\n{}", differences.len(), differences.join("\n"));
        let missed = enforced.iter().filter(|line| {
            let (of, field) = line.split_once(' ').unwrap();
            let end = format!("/{field} taken out of {}", of.rsplit('.').next().unwrap());
            !demanded.iter().any(|what| what.ends_with(&end))
        });
        let missed: Vec<&&str> = missed.collect();
        assert!(missed.is_empty(), "no object of tests/cluster/objects.yaml holds {missed:#?}");
        assert!(count > 1_000, "{count}");
        Ok(())
    });
}
