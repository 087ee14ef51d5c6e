//! get, list, create, update, patch, delete, and the subresources that are objects of their own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::header::{CONTENT_TYPE, HeaderMap, USER_AGENT};
use serde_json::{Value, json};

use super::access::{self, Token, User};
use super::kinds::{KINDS, Kind};
use super::refusal::Refusal;
use super::routes::{Query, Target, inhabit};
use super::store::{Key, Store, map, selected, table, text};
use super::{Inner, apply};

type Answer = Result<(u16, Value), Refusal>;

/// Carries out a request: the HTTP status and the object.
pub(crate) fn act(
    inner: &mut Inner,
    user: &User,
    verb: &str,
    target: &Target,
    query: &Query,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer {
    if target.subresource == "token" && verb == "create" {
        return token(inner, target, manager(query, headers), body);
    }
    match verb {
        "get" => get(&inner.store, target).map(|object| (200, object)),
        "list" => Ok((200, list(&inner.store, target, query))),
        "delete" => delete(&mut inner.store, target, query, body),
        "deletecollection" => Ok((200, delete_all(&mut inner.store, target, query))),
        _ => write(inner, user, verb, target, query, headers, body),
    }
}

fn get(store: &Store, target: &Target) -> Result<Value, Refusal> {
    store.objects.get(&target.key()).cloned().ok_or_else(|| Refusal::not_found(target.kind, &target.name))
}

fn list(store: &Store, target: &Target, query: &Query) -> Value {
    let wanted = table(target.kind);
    let begun = query.get("continue");
    let mut found: Vec<(String, &Value)> = store
        .objects
        .iter()
        .filter(|((table, namespace, _), object)| {
            *table == wanted
                && (target.namespace.is_empty() || *namespace == target.namespace)
                && selected(object, query.get("labelSelector"), query.get("fieldSelector"))
        })
        .map(|((_, namespace, name), object)| (format!("{namespace}/{name}"), object))
        .filter(|(place, _)| begun.is_empty() || place.as_str() > begun)
        .collect();
    let mut metadata = json!({"resourceVersion": store.version.to_string()});
    if let Some(limit) = query.get("limit").parse::<usize>().ok().filter(|limit| *limit > 0 && *limit < found.len()) {
        if query.get("labelSelector").is_empty() && query.get("fieldSelector").is_empty() {
            metadata["remainingItemCount"] = json!(found.len() - limit);
        }
        found.truncate(limit);
        metadata["continue"] = json!(found.last().map(|(place, _)| place.clone()));
    }
    // The items of a list do not repeat their type.
    let items: Vec<_> = found
        .into_iter()
        .map(|(_, object)| {
            let mut object = object.clone();
            if let Value::Object(fields) = &mut object {
                fields.remove("apiVersion");
                fields.remove("kind");
            }
            object
        })
        .collect();
    let kind = format!("{}List", target.kind.kind);
    json!({"kind": kind, "apiVersion": target.kind.api_version(), "metadata": metadata, "items": items})
}

/// These answer a delete with the object, the others with a Status.
const RETURNED: [&str; 5] = ["Namespace", "PersistentVolumeClaim", "Pod", "Service", "ServiceAccount"];

fn delete(store: &mut Store, target: &Target, query: &Query, body: &[u8]) -> Answer {
    let options: Value = serde_json::from_slice(body).unwrap_or_default();
    let object = get(store, target)?;
    for name in ["uid", "resourceVersion"] {
        let (wanted, found) =
            (text(&options, &format!("/preconditions/{name}")), text(&object, &format!("/metadata/{name}")));
        if !wanted.is_empty() && wanted != found {
            let why = format!("precondition ({wanted}) does not match the UID in record ({found})");
            return Err(Refusal::precondition(target.kind, &target.name, &why));
        }
    }
    let dry = query.get("dryRun") == "All" || options.pointer("/dryRun/0").is_some();
    let policy = [query.get("propagationPolicy"), text(&options, "/propagationPolicy")].contains(&"Orphan");
    let last = if dry { Some(object) } else { store.delete(&target.key(), policy) };
    let last = last.unwrap_or_default();
    if RETURNED.contains(&target.kind.kind) || last.pointer("/metadata/deletionTimestamp").is_some() {
        return Ok((200, last));
    }
    let mut details = json!({"name": target.name, "kind": target.kind.plural, "uid": text(&last, "/metadata/uid")});
    if !target.kind.group.is_empty() {
        details["group"] = json!(target.kind.group);
    }
    Ok((200, json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})))
}

fn delete_all(store: &mut Store, target: &Target, query: &Query) -> Value {
    let listed = list(store, target, query);
    for item in listed.get("items").and_then(Value::as_array).into_iter().flatten() {
        let namespace = text(item, "/metadata/namespace").to_owned();
        store.delete(&(table(target.kind), namespace, text(item, "/metadata/name").to_owned()), false);
    }
    listed
}

/// Who owns what a request writes: as it says, or the client's name.
fn manager<'a>(query: &'a Query, headers: &'a HeaderMap) -> &'a str {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).and_then(|agent| agent.split('/').next());
    [query.get("fieldManager"), agent.unwrap_or_default(), "unknown"]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
}

fn bad(why: &str) -> Refusal {
    Refusal::new(400, "BadRequest", why)
}

/// A body that is no object of this kind.
fn unhandled(kind: &Kind, why: &str) -> Refusal {
    bad(&format!("{} in version \"{}\" cannot be handled as a {}: {why}", kind.kind, kind.version, kind.kind))
}

/// What a write is: its verb, or for a patch which of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Create,
    Update,
    Apply,
    Merge,
    Strategic,
}

fn write(
    inner: &mut Inner,
    user: &User,
    verb: &str,
    target: &Target,
    query: &Query,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer {
    let kind = target.kind;
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let what = match (verb, media.split(';').next().unwrap_or_default()) {
        ("create", _) => Write::Create,
        ("update", _) => Write::Update,
        (_, "application/apply-patch+yaml") => Write::Apply,
        (_, "application/merge-patch+json") => Write::Merge,
        (_, "application/strategic-merge-patch+json") => Write::Strategic,
        _ => return Err(Refusal::vague(415, "UnsupportedMediaType", "415: Unsupported Media Type")),
    };
    let manager = manager(query, headers);
    let mut sent = read(what, kind, body)?;
    if kind.is_review() {
        return reviewed(inner, user, kind, manager, sent);
    }
    let store = &mut inner.store;
    let mut key = target.key();
    if what == Write::Create {
        key.2 = named(&mut sent, store.version);
    }
    let given = text(&sent, "/metadata/namespace").to_owned();
    if !matches!(what, Write::Merge | Write::Strategic) {
        check_names(&mut sent, target, &key.2)?;
    }
    let before = store.objects.get(&key).cloned();
    let mut object = match (what, &before) {
        (Write::Create, Some(_)) => return Err(Refusal::already_exists(kind, &key.2)),
        (Write::Create, None) | (Write::Update, Some(_)) => sent,
        (Write::Apply, _) => applied(kind, query, before.as_ref(), &sent, (&given, &key.2))?,
        (_, None) => return Err(Refusal::not_found(kind, &key.2)),
        (_, Some(before)) => {
            let mut object = before.clone();
            apply::merge(&mut object, &sent, what == Write::Strategic);
            object
        }
    };
    let unknown = kind.prune(&mut object).map_err(|why| match what {
        Write::Create | Write::Update => unhandled(kind, &why),
        _ => Refusal::unpatched(&why),
    })?;
    if let Some(field) = unknown.first().filter(|_| query.get("fieldValidation") == "Strict") {
        return Err(unhandled(kind, &format!("strict decoding error: unknown field \"{field}\"")));
    }
    if let Some(before) = &before {
        keep(before, &mut object, target)?;
    }
    let inhabited = store.objects.contains_key(&("namespaces.".to_owned(), String::new(), key.1.clone()));
    if let Some(namespaces) = KINDS.iter().find(|other| other.kind == "Namespace" && kind.namespaced && !inhabited) {
        return Err(Refusal::not_found(namespaces, &key.1));
    }
    default(&mut object, target);
    generation(before.as_ref(), &mut object, target);
    if what != Write::Apply {
        apply::updated(before.as_ref(), &mut object, manager);
    }
    Ok(commit(store, key, before.is_some(), object, query.get("dryRun") == "All"))
}

/// The body as JSON; one that is an object and no patch has the type that the path names.
fn read(what: Write, kind: &Kind, body: &[u8]) -> Result<Value, Refusal> {
    let mut sent: Value = if what == Write::Apply {
        serde_yaml::from_slice(body).map_err(|error| bad(&format!("error decoding YAML: {error}")))?
    } else {
        serde_json::from_slice(body)
            .map_err(|error| bad(&format!("couldn't get version/kind; json parse error: {error}")))?
    };
    if matches!(what, Write::Merge | Write::Strategic) {
        return Ok(sent);
    }
    let (version, name) = (text(&sent, "/apiVersion"), text(&sent, "/kind"));
    let left_out = what != Write::Apply && version.is_empty() && name.is_empty();
    if !left_out && (version, name) != (kind.api_version().as_str(), kind.kind) {
        let group = if kind.group.is_empty() { "core" } else { kind.group.split('.').next().unwrap_or_default() };
        let why = format!("converting ({version}.{name}) to ({group}.{}): unknown conversion", kind.kind);
        return Err(bad(&format!("{name} in version \"{version}\" cannot be handled as a {}: {why}", kind.kind)));
    }
    sent["apiVersion"] = json!(kind.api_version());
    sent["kind"] = json!(kind.kind);
    Ok(sent)
}

fn reviewed(inner: &Inner, user: &User, kind: &Kind, manager: &str, mut sent: Value) -> Answer {
    kind.prune(&mut sent).map_err(|why| unhandled(kind, &why))?;
    let mut object = access::review(&inner.store, user, kind, sent);
    match kind.kind {
        "SelfSubjectReview" => object["metadata"]["creationTimestamp"] = json!(super::now(0)),
        "SelfSubjectRulesReview" => {}
        _ => {
            let status = object["status"].take();
            apply::updated(None, &mut object, manager);
            object["status"] = status;
        }
    }
    Ok((201, object))
}

/// The name of an object to create, generated if it asks for that.
fn named(sent: &mut Value, number: u64) -> String {
    let metadata = map(sent, "metadata");
    let prefix = metadata.get("generateName").and_then(Value::as_str).filter(|_| !metadata.contains_key("name"));
    if let Some(name) = prefix.map(|prefix| format!("{prefix}{number:05x}")) {
        metadata.insert("name".to_owned(), json!(name));
    }
    text(sent, "/metadata/name").to_owned()
}

/// Server-side apply; `place` is the namespace as it was spelled, and the name.
fn applied(
    kind: &Kind,
    query: &Query,
    before: Option<&Value>,
    sent: &Value,
    place: (&str, &str),
) -> Result<Value, Refusal> {
    let manager = query.get("fieldManager");
    if manager.is_empty() {
        let why = "Required value: is required for apply patch";
        return Err(Refusal::invalid("meta.k8s.io", "PatchOptions", "", "fieldManager", why));
    }
    let unknown = kind.prune(&mut sent.clone()).map_err(|why| unhandled(kind, &why))?;
    if let Some(field) = unknown.first() {
        let typed = format!("{}/{}; {}/{}, Kind={}", place.0, place.1, kind.group, kind.version, kind.kind);
        let why = format!("failed to create typed patch object ({typed}): .{field}: field not declared in schema");
        return Err(Refusal::new(500, "", &why));
    }
    apply::apply(before, sent, manager, query.get("force") == "true")
        .map_err(|conflicts| Refusal::apply_conflict(&conflicts))
}

fn commit(store: &mut Store, key: Key, present: bool, mut object: Value, dry: bool) -> (u16, Value) {
    match (present, dry) {
        (true, true) => (200, object),
        (true, false) => (200, store.update(key, object)),
        (false, true) => {
            object = Store { version: store.version, ..Store::default() }.create(key, object);
            map(&mut object, "metadata").remove("resourceVersion");
            (201, object)
        }
        (false, false) => {
            let (new, name) = (key.0 == "namespaces.", key.2.clone());
            let object = store.create(key, object);
            if new {
                inhabit(store, &name);
            }
            (201, object)
        }
    }
}

fn check_names(sent: &mut Value, target: &Target, name: &str) -> Result<(), Refusal> {
    let kind = target.kind;
    let given = text(sent, "/metadata/namespace").to_owned();
    if kind.namespaced && !given.is_empty() && given != target.namespace {
        return Err(bad("the namespace of the provided object does not match the namespace sent on the request"));
    }
    if !target.name.is_empty() && ![target.name.as_str(), ""].contains(&text(sent, "/metadata/name")) {
        let why = format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            text(sent, "/metadata/name"),
            target.name
        );
        return Err(bad(&why));
    }
    if name.is_empty() {
        return Err(Refusal::invalid(
            kind.group,
            kind.kind,
            "",
            "metadata.name",
            "Required value: name or generateName is required",
        ));
    }
    let plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    if !name.chars().all(|character| plain(character) || matches!(character, '-' | '.'))
        || !name.starts_with(plain)
        || !name.ends_with(plain)
    {
        let why = format!(
            "Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        );
        return Err(Refusal::invalid(kind.group, kind.kind, name, "metadata.name", &why));
    }
    let metadata = map(sent, "metadata");
    metadata.insert("name".to_owned(), json!(name));
    if kind.namespaced {
        metadata.insert("namespace".to_owned(), json!(target.namespace));
    }
    Ok(())
}

/// What a write cannot change: identity, the version it is based on, and the part that the other endpoint writes.
fn keep(before: &Value, object: &mut Value, target: &Target) -> Result<(), Refusal> {
    for name in ["resourceVersion", "uid"] {
        let (wanted, found) = (text(object, &format!("/metadata/{name}")), text(before, &format!("/metadata/{name}")));
        if !wanted.is_empty() && wanted != found {
            let why = if name == "uid" {
                format!("Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}")
            } else {
                "the object has been modified; please apply your changes to the latest version and try again".to_owned()
            };
            return Err(Refusal::conflict(target.kind, &target.name, &why));
        }
    }
    let parts = target.kind.subresources;
    if target.subresource == "status" {
        let (status, mut whole) = (object["status"].take(), before.clone());
        whole["status"] = status;
        if let Some(entries) = object.pointer_mut("/metadata/managedFields").map(Value::take) {
            whole["metadata"]["managedFields"] = entries;
        }
        *object = whole;
    } else if parts.contains(&"status") {
        match before.get("status") {
            Some(status) => object["status"] = status.clone(),
            None => drop(object.as_object_mut().and_then(|fields| fields.remove("status"))),
        }
    }
    let metadata = map(object, "metadata");
    for name in ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "managedFields"] {
        if let Some(value) = before.pointer(&format!("/metadata/{name}")) {
            metadata.entry(name).or_insert_with(|| value.clone());
        }
    }
    Ok(())
}

/// The few defaults that clients look at.
fn default(object: &mut Value, target: &Target) {
    match target.kind.kind {
        "Secret" => {
            let plain = object.as_object_mut().and_then(|fields| fields.remove("stringData"));
            for (name, value) in plain.as_ref().and_then(Value::as_object).into_iter().flatten() {
                let encoded = BASE64.encode(value.as_str().unwrap_or_default());
                map(object, "data").insert(name.clone(), json!(encoded));
            }
            map_default(object, "type", json!("Opaque"));
        }
        "Namespace" => {
            let name = text(object, "/metadata/name").to_owned();
            map(&mut object["metadata"], "labels").insert("kubernetes.io/metadata.name".to_owned(), json!(name));
            map_default(object, "spec", json!({"finalizers": ["kubernetes"]}));
            map_default(object, "status", json!({"phase": "Active"}));
        }
        "Pod" => map_default(object, "status", json!({"phase": "Pending"})),
        _ if target.kind.subresources.contains(&"status") => map_default(object, "status", json!({})),
        _ => {}
    }
}

/// The number of the spec, for kinds whose controllers report what they have seen of it.
fn generation(before: Option<&Value>, object: &mut Value, target: &Target) {
    let kind = target.kind;
    if !kind.namespaced
        || !(kind.kind == "Pod" || ["apps", "batch", "networking.k8s.io", "policy"].contains(&kind.group))
    {
        return;
    }
    let last = before.and_then(|before| before.pointer("/metadata/generation")).and_then(Value::as_u64).unwrap_or(0);
    let same = before.is_some_and(|before| before.get("spec") == object.get("spec"));
    map(object, "metadata").insert("generation".to_owned(), json!(if same { last } else { last + 1 }));
}

fn map_default(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.entry(name).or_insert(value);
    }
}

/// TokenRequest: a token that is worth something as long as the account, and what it is bound to, are there.
fn token(inner: &mut Inner, target: &Target, manager: &str, body: &[u8]) -> Answer {
    let account = get(&inner.store, target)?;
    let mut request: Value =
        serde_json::from_slice(body).map_err(|error| Refusal::new(400, "BadRequest", &error.to_string()))?;
    let seconds = request.pointer("/spec/expirationSeconds").and_then(Value::as_i64).unwrap_or(3600);
    if seconds < 600 {
        let why = format!("Invalid value: {seconds}: may not specify a duration less than 10 minutes");
        return Err(Refusal::invalid("authentication.k8s.io", "TokenRequest", "", "spec.expirationSeconds", &why));
    }
    let mut needs = vec![text(&account, "/metadata/uid").to_owned()];
    if let Some(bound) = request.pointer("/spec/boundObjectRef").filter(|bound| bound.is_object()) {
        let named = KINDS.iter().find(|kind| kind.kind == text(bound, "/kind"));
        let kind = named.ok_or_else(|| Refusal::new(400, "BadRequest", "cannot bind token to object of this kind"))?;
        let name = text(bound, "/name");
        let object = inner.store.objects.get(&(table(kind), target.namespace.clone(), name.to_owned()));
        let uid = text(object.ok_or_else(|| Refusal::not_found(kind, name))?, "/metadata/uid");
        if !["", uid].contains(&text(bound, "/uid")) {
            let why = format!("bound object reference ({}) does not match the UID in record", text(bound, "/uid"));
            return Err(Refusal::precondition(kind, name, &why));
        }
        needs.push(uid.to_owned());
    }
    let name = format!("fake.{}.{}", inner.tokens.len(), target.name);
    inner.tokens.insert(name.clone(), Token { user: access::account(&target.namespace, &target.name), needs });
    let metadata = map(&mut request, "metadata");
    metadata.insert("name".to_owned(), json!(target.name));
    metadata.insert("namespace".to_owned(), json!(target.namespace));
    metadata.insert("creationTimestamp".to_owned(), json!(super::now(0)));
    metadata.insert("uid".to_owned(), json!(inner.store.uid()));
    request["kind"] = json!("TokenRequest");
    request["apiVersion"] = json!("authentication.k8s.io/v1");
    apply::updated(None, &mut request, manager);
    request["status"] = json!({"token": name, "expirationTimestamp": super::now(seconds)});
    Ok((201, request))
}
