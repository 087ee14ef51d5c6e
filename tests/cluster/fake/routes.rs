//! One request to its answer: faults, discovery, identity, rights, and then what `verbs.rs` does.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, UPGRADE,
};
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};

use super::access::{self, Action, User};
use super::fault::Fault;
use super::kinds::{KINDS, Kind};
use super::refusal::Refusal;
use super::store::{Change, Key, Store, selected, table};
use super::{Body, State, exec, full, verbs, within};

/// What a path names.
pub(crate) struct Target {
    pub(crate) kind: &'static Kind,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) subresource: String,
}

impl Target {
    pub(crate) fn key(&self) -> Key {
        (table(self.kind), self.namespace.clone(), self.name.clone())
    }
}

/// The decoded query.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// The first value of a parameter, empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Answers a request; an error resets the connection.
pub(crate) async fn respond(state: &Arc<State>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (method, uri) = (request.method().to_string(), request.uri().to_string());
    let fault = {
        let mut inner = state.lock();
        inner.requests.push(format!("{method} {uri}"));
        inner.faults.next(&method, &uri)
    };
    let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
    match fault {
        Some(Fault::Reset) => return Err(reset()),
        Some(Fault::Hang(pause)) => tokio::time::sleep(pause).await,
        Some(fault) => {
            if let Some(response) = ordered(fault) {
                return Ok(response);
            }
        }
        None => {}
    }
    let response = handle(state, request).await.unwrap_or_else(|refusal| answer(refusal.code(), &refusal.0));
    match fault {
        Some(Fault::AppliedThenReset) => Err(reset()),
        Some(Fault::Truncated(length)) => truncated(response, length).await,
        _ => Ok(response),
    }
}

fn ordered(fault: Fault) -> Option<Response<Body>> {
    let refusal = match fault {
        Fault::TooMany(seconds) => {
            let refusal = Refusal::new(429, "TooManyRequests", "too many requests, please try again later.");
            let mut response = answer(429, &refusal.0);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            return Some(response);
        }
        Fault::Garbage => return Some(answer_text(200, "application/json", "\u{1}{not json")),
        Fault::Internal => Refusal::new(500, "InternalError", "Internal error occurred: etcdserver: leader changed"),
        Fault::Gone => Refusal::new(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result.",
        ),
        Fault::Expired => Refusal::new(401, "Unauthorized", "Unauthorized"),
        Fault::Quota => Refusal::new(
            403,
            "Forbidden",
            "pods \"a\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
        ),
        Fault::Webhook => {
            Refusal::new(403, "Forbidden", "admission webhook \"policy.example.test\" denied the request: not allowed")
        }
        Fault::Rbac => Refusal::new(
            403,
            "Forbidden",
            "pods \"a\" is forbidden: User \"u\" cannot create resource \"pods\" in API group \"\" in the namespace \"default\"",
        ),
        Fault::Reset | Fault::AppliedThenReset | Fault::Truncated(_) | Fault::Hang(_) => return None,
    };
    Some(answer(refusal.code(), &refusal.0))
}

/// The header promises the whole body.
async fn truncated(response: Response<Body>, length: usize) -> io::Result<Response<Body>> {
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let first = bytes.slice(..length.min(bytes.len()));
    // The pause lets the first part be sent before the connection ends.
    let stream = futures::stream::iter([Ok(Frame::data(first))]).chain(futures::stream::once(async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(io::Error::from(io::ErrorKind::UnexpectedEof))
    }));
    Ok(Response::from_parts(parts, StreamBody::new(stream).boxed_unsync()))
}

/// A JSON answer.
pub(crate) fn answer(code: u16, body: &Value) -> Response<Body> {
    answer_text(code, "application/json", &body.to_string())
}

fn answer_text(code: u16, kind: &'static str, text: &str) -> Response<Body> {
    let mut response = Response::new(full(text.to_owned()));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

async fn handle(state: &Arc<State>, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let path = request.uri().path().to_owned();
    let query = Query(parse(request.uri().query().unwrap_or_default()));
    let user = identify(state, request.headers())?;
    if let Some(response) = discovery(&path, request.headers()) {
        return Ok(response);
    }
    let Some(target) = target(&path) else {
        let known = path.starts_with("/api/v1/")
            || groups().iter().any(|group| path.starts_with(&format!("/apis/{group}/v1/")));
        let refusal = Refusal::vague(404, "NotFound", "the server could not find the requested resource");
        return if known {
            Err(refusal)
        } else {
            Ok(answer_text(404, "text/plain; charset=utf-8", "404 page not found\n"))
        };
    };
    let watched = matches!(query.get("watch"), "true" | "1");
    let verb = match (request.method().as_str(), target.name.is_empty()) {
        ("GET", _) if watched => "watch",
        ("GET", true) => "list",
        ("GET", false) => "get",
        ("POST", _) => "create",
        ("PUT", false) => "update",
        ("PATCH", false) => "patch",
        ("DELETE", true) => "deletecollection",
        ("DELETE", false) => "delete",
        _ => {
            return Err(Refusal::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            ));
        }
    };
    authorize(state, &user, &target, verb)?;
    if target.subresource == "exec" {
        // Since 1.35 the upgrade, a GET, needs both verbs.
        authorize(state, &user, &target, "create")?;
        return run(state, &target, &query, request);
    }
    if watched {
        return watch(state, &target, &query);
    }
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|error| Refusal::new(400, "BadRequest", &error.to_string()))?.to_bytes();
    let mut inner = state.lock();
    let (code, object) = verbs::act(&mut inner, &user, verb, &target, &query, &parts.headers, &body)?;
    state.version.send_replace(inner.store.version);
    Ok(answer(code, &object))
}

fn parse(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        rest = match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                after.get(2..).unwrap_or_default()
            }
            None => {
                bytes.push(if first == b'+' { b' ' } else { first });
                after
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn identify(state: &State, headers: &HeaderMap) -> Result<User, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = text(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    let inner = state.lock();
    let user = access::authenticate(token, &inner.tokens, &inner.store)?;
    match text("impersonate-user").filter(|_| user.groups.iter().any(|group| group == "system:masters")) {
        None => Ok(user),
        Some(name) => {
            let groups = headers.get_all("impersonate-group").iter().filter_map(|value| value.to_str().ok());
            let groups = groups.chain(["system:authenticated"]).map(str::to_owned).collect();
            Ok(User { name: name.to_owned(), groups })
        }
    }
}

fn authorize(state: &State, user: &User, target: &Target, verb: &str) -> Result<(), Refusal> {
    let separator = if target.subresource.is_empty() { "" } else { "/" };
    let action = Action {
        verb: verb.to_owned(),
        group: target.kind.group.to_owned(),
        resource: format!("{}{separator}{}", target.kind.plural, target.subresource),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
    };
    if access::allowed(&state.lock().store, user, &action) {
        Ok(())
    } else {
        Err(access::forbidden(target.kind, user, &action))
    }
}

fn target(path: &str) -> Option<Target> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    let known = |plural: &str, namespaced: bool| {
        let found = |kind: &&Kind| kind.group == group && kind.version == version && kind.plural == plural;
        KINDS.iter().find(found).filter(|kind| kind.namespaced || !namespaced)
    };
    let (kind, namespace, rest) = match rest {
        ["namespaces", namespace, plural, rest @ ..] if known(plural, true).is_some() => {
            (known(plural, true)?, *namespace, rest)
        }
        [plural, rest @ ..] => (known(plural, false)?, "", rest),
        [] => return None,
    };
    let (name, subresource) = match rest {
        [] => ("", ""),
        [name] => (*name, ""),
        [name, subresource] if kind.subresources.contains(subresource) => (*name, *subresource),
        _ => return None,
    };
    Some(Target { kind, namespace: namespace.to_owned(), name: decode(name), subresource: subresource.to_owned() })
}

/// A namespace as the controllers leave it.
pub(crate) fn namespace(store: &mut Store, name: &str) {
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name,
        "labels": {"kubernetes.io/metadata.name": name}}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
    store.create(("namespaces.".to_owned(), String::new(), name.to_owned()), object);
    inhabit(store, name);
}

/// What the controllers put into every namespace.
pub(crate) fn inhabit(store: &mut Store, namespace: &str) {
    for (plural, kind, name) in
        [("serviceaccounts.", "ServiceAccount", "default"), ("configmaps.", "ConfigMap", "kube-root-ca.crt")]
    {
        let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}});
        if kind == "ConfigMap" {
            object["data"] = json!({"ca.crt": ""});
        }
        store.create((plural.to_owned(), namespace.to_owned(), name.to_owned()), object);
    }
}

fn run(state: &State, target: &Target, query: &Query, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let inner = state.lock();
    if !inner.store.objects.contains_key(&target.key()) {
        return Err(Refusal::not_found(target.kind, &target.name));
    }
    if request.headers().get(UPGRADE).is_none() {
        return Err(Refusal::new(400, "BadRequest", "Upgrade request required"));
    }
    let command: Vec<String> = query.all("command").map(str::to_owned).collect();
    let answer = inner.answers.iter().find(|(words, _)| *words == command).map(|(_, answer)| answer.clone());
    exec::upgrade(request, &command, answer)
}

fn watch(state: &Arc<State>, target: &Target, query: &Query) -> Result<Response<Body>, Refusal> {
    let from = query.get("resourceVersion").parse().unwrap_or(0_u64);
    let (labels, fields) = (query.get("labelSelector").to_owned(), query.get("fieldSelector").to_owned());
    let (table, namespace, name) = target.key();
    let wanted = move |change: &Change| {
        change.key.0 == table
            && (namespace.is_empty() || change.key.1 == namespace)
            && (name.is_empty() || change.key.2 == name)
            && selected(&change.object, &labels, &fields)
    };
    let end = query.get("timeoutSeconds").parse().map_or(Duration::from_secs(300), Duration::from_secs);
    let end = tokio::time::Instant::now() + end;
    let (state, versions) = (Arc::clone(state), state.version.subscribe());
    let stream = futures::stream::unfold((from, versions, wanted, false), move |(from, mut versions, wanted, over)| {
        let state = Arc::clone(&state);
        async move {
            loop {
                if over {
                    return None;
                }
                versions.borrow_and_update();
                let (text, last, over) = news(&state.lock().store, from, &wanted);
                if !text.is_empty() {
                    return Some((Ok(Frame::data(Bytes::from(text))), (last, versions, wanted, over)));
                }
                let left = end.saturating_duration_since(tokio::time::Instant::now());
                within(left, versions.changed()).await?.ok()?;
            }
        }
    });
    let mut response = Response::new(StreamBody::new(stream).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The events after a version as lines, the version they reach, and whether the watch is over.
fn news(store: &Store, from: u64, wanted: &impl Fn(&Change) -> bool) -> (String, u64, bool) {
    if from != 0 && from < store.compacted {
        let message = format!("too old resource version: {from} ({})", store.version);
        let event = json!({"type": "ERROR", "object": Refusal::new(410, "Expired", &message).0});
        return (format!("{event}\n"), from, true);
    }
    // Without a version a watch begins with what is there.
    if from == 0 {
        let all = store.objects.iter().map(|(key, object)| Change {
            version: 0,
            what: "ADDED",
            key: key.clone(),
            object: object.clone(),
        });
        return (all.filter(wanted).map(|change| line(&change)).collect(), store.version, false);
    }
    let later = store.changes.iter().filter(|change| change.version > from && wanted(change));
    (later.map(line).collect(), store.version, false)
}

fn line(change: &Change) -> String {
    format!("{}\n", json!({"type": change.what, "object": change.object}))
}

fn discovery(path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let aggregated = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("as=APIGroupDiscoveryList"));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["readyz" | "livez" | "healthz"] => Some(answer_text(200, "text/plain; charset=utf-8", "ok")),
        ["version"] => Some(answer(
            200,
            &json!({"major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1", "minCompatibilityMinor": "35", "gitVersion": "v1.36.2", "gitCommit": "", "gitTreeState": "",
            "buildDate": "1970-01-01T00:00:00Z", "goVersion": "go1.26", "compiler": "gc", "platform": "linux/amd64"}),
        )),
        ["api" | "apis"] if aggregated => {
            let core = parts == ["api"];
            let items: Vec<_> = groups().into_iter().filter(|group| group.is_empty() == core).map(aggregate).collect();
            let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
            Some(answer_text(
                200,
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
                &body.to_string(),
            ))
        }
        ["api"] => {
            Some(answer(200, &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})))
        }
        ["apis"] => {
            let groups: Vec<_> = groups()
                .into_iter()
                .filter(|group| !group.is_empty())
                .map(|group| {
                    let version = json!({"groupVersion": format!("{group}/v1"), "version": "v1"});
                    json!({"name": group, "versions": [version], "preferredVersion": version})
                })
                .collect();
            Some(answer(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})))
        }
        ["api", "v1"] => Some(answer(200, &resources(""))),
        ["apis", group, "v1"] if groups().contains(group) => Some(answer(200, &resources(group))),
        _ => None,
    }
}

fn groups() -> Vec<&'static str> {
    let mut groups: Vec<_> = KINDS.iter().map(|kind| kind.group).collect();
    groups.dedup();
    groups.sort_unstable();
    groups.dedup();
    groups
}

const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

fn verbs_of(kind: &Kind) -> &'static [&'static str] {
    if kind.is_review() { &VERBS[..1] } else { &VERBS }
}

fn aggregate(group: &str) -> Value {
    let resources: Vec<_> = KINDS.iter().filter(|kind| kind.group == group).map(|kind| {
        let response = json!({"group": kind.group, "version": kind.version, "kind": kind.kind});
        let subresources: Vec<_> = kind.subresources.iter()
            .map(|name| json!({"subresource": name, "responseKind": response, "verbs": ["create", "get", "patch", "update"]})).collect();
        json!({"resource": kind.plural, "responseKind": response, "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": kind.kind.to_lowercase(), "verbs": verbs_of(kind), "subresources": subresources})
    }).collect();
    let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
    json!({"metadata": metadata, "versions": [{"version": "v1", "resources": resources, "freshness": "Current"}]})
}

fn resources(group: &str) -> Value {
    let mut listed = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.group == group) {
        let entry = |name: String, verbs: &[&str]| json!({"name": name, "singularName": kind.kind.to_lowercase(), "namespaced": kind.namespaced, "kind": kind.kind, "verbs": verbs});
        listed.push(entry(kind.plural.to_owned(), verbs_of(kind)));
        listed.extend(
            kind.subresources
                .iter()
                .map(|name| entry(format!("{}/{name}", kind.plural), &["create", "get", "patch", "update"])),
        );
    }
    if group.is_empty() {
        return json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": listed});
    }
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": format!("{group}/v1"), "resources": listed})
}
