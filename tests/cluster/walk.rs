//! One walk of requests against the real server and the fake one: status, reason and shape of the answers must agree.

use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::Request;
use hyper_util::rt::TokioIo;
use kube::Client;
use kube::client::Body;
use kube::config::{AuthInfo, Config};
use regex::Regex;
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use crate::cluster::{PATIENCE, Result, test};
use crate::fake::Fake;
use crate::fake::exec::Answer;

const JSON: &str = "application/json";
const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// Here the message is in the words of the JSON reader, Go's or ours.
const UNWORDED: [&str; 3] = ["create from no JSON", "create with a wrong type", "merge of a wrong type"];

/// One of the two servers, and what it has answered.
struct Side {
    config: Config,
    client: Client,
    namespace: String,
    lines: Vec<String>,
}

impl Side {
    fn new(config: Config, namespace: &str) -> Result<Self> {
        let client = Client::try_from(config.clone())?;
        Ok(Self { config, client, namespace: namespace.to_owned(), lines: Vec::new() })
    }

    /// A client with a token, or with none.
    fn with(&self, token: Option<&str>) -> Result<Client> {
        let mut config = self.config.clone();
        config.auth_info = AuthInfo { token: token.map(|token| token.to_owned().into()), ..AuthInfo::default() };
        Ok(Client::try_from(config)?)
    }

    /// `/api/v1/namespaces/NAMESPACE/REST`
    fn core(&self, rest: &str) -> String {
        format!("/api/v1/namespaces/{}/{rest}", self.namespace)
    }

    fn group(&self, group: &str, rest: &str) -> String {
        format!("/apis/{group}/v1/namespaces/{}/{rest}", self.namespace)
    }

    /// Sends a request as the administrator and writes down the answer.
    async fn call(&mut self, what: &str, method: &str, path: &str, media: &str, body: Value) -> Result<Value> {
        let client = self.client.clone();
        self.call_as(&client, what, method, path, media, body).await
    }

    async fn call_as(
        &mut self,
        client: &Client,
        what: &str,
        method: &str,
        path: &str,
        media: &str,
        body: Value,
    ) -> Result<Value> {
        let (code, answer) = send(client, method, path, media, &body).await?;
        self.note(what, code, &answer);
        Ok(answer.unwrap_or_else(Value::String))
    }

    async fn get(&mut self, what: &str, path: &str) -> Result<Value> {
        self.call(what, "GET", path, JSON, Value::Null).await
    }

    /// Asks until the answer has that status: the real server gets there after a while.
    async fn until(&mut self, client: &Client, what: &str, path: &str, wanted: u16) -> Result {
        let begun = Instant::now();
        loop {
            let (code, answer) = send(client, "GET", path, JSON, &Value::Null).await?;
            if code == wanted || begun.elapsed() > PATIENCE {
                self.note(what, code, &answer);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn note(&mut self, what: &str, code: u16, answer: &std::result::Result<Value, String>) {
        let mut answer = answer.clone();
        if let (true, Ok(Value::Object(fields))) = (UNWORDED.contains(&what), &mut answer) {
            fields.insert("message".to_owned(), json!("…"));
        }
        let shape = match &answer {
            Ok(value) => shape(value),
            Err(text) => format!("{text:?}"),
        };
        self.lines.push(self.plain(&format!("{what}: {code} {shape}")));
    }

    /// Without what is different on every run.
    fn plain(&self, text: &str) -> String {
        let text = text.replace(&self.namespace, "NAMESPACE");
        let rules = [
            (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
            (r"generated-[0-9a-z]+", "generated-X"),
            (r"resource version: \d+ \(\d+\)", "resource version: N (N)"),
        ];
        rules.iter().fold(text, |text, (rule, with)| Regex::new(rule).unwrap().replace_all(&text, *with).into_owned())
    }
}

pub(crate) async fn send(
    client: &Client,
    method: &str,
    path: &str,
    media: &str,
    body: &Value,
) -> Result<(u16, std::result::Result<Value, String>)> {
    let bytes = match body {
        Value::Null => Vec::new(),
        Value::String(text) => text.clone().into_bytes(),
        other => other.to_string().into_bytes(),
    };
    let mut request = Request::builder().method(method).uri(path).header("accept", JSON);
    if !bytes.is_empty() {
        request = request.header("content-type", media);
    }
    let response = client.send(request.body(Body::from(bytes))?).await?;
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await?.to_bytes();
    let text = String::from_utf8(bytes.to_vec())?;
    Ok((code, serde_json::from_str(&text).map_err(|_| text)))
}

/// Kind, names of fields, owners; of a Status everything but the words of its causes; of a list its first item.
fn shape(value: &Value) -> String {
    let names = |value: &Value| {
        value.as_object().map(|fields| fields.keys().cloned().collect::<std::collections::BTreeSet<_>>())
    };
    let listed =
        |value: &Value| names(value).map(|names| names.into_iter().collect::<Vec<_>>().join(",")).unwrap_or_default();
    match value["kind"].as_str() {
        Some("Status") => {
            let mut status = value.clone();
            let message = status.as_object_mut().and_then(|fields| fields.remove("message")).unwrap_or_default();
            for cause in status.pointer_mut("/details/causes").and_then(Value::as_array_mut).into_iter().flatten() {
                cause["message"] = json!("…");
            }
            if let Some(causes) = status.pointer_mut("/details/causes").and_then(Value::as_array_mut) {
                causes.sort_by_key(Value::to_string);
            }
            let mut fields = serde_json::Map::new();
            for name in names(&status).unwrap_or_default() {
                fields.insert(name.clone(), sorted(&status[name.as_str()]));
            }
            format!("{} {message}", Value::Object(fields))
        }
        Some(kind) => {
            let managers = value.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
            // Entries of the real server's own controllers depend on the moment.
            let mut managers: Vec<_> = managers
                .filter(|entry| !entry["manager"].as_str().unwrap_or_default().starts_with("kube"))
                .map(|entry| {
                    format!(
                        "{}/{}{}",
                        entry["manager"],
                        entry["operation"],
                        if kind == "Pod" { String::new() } else { sorted(&entry["fieldsV1"]).to_string() }
                    )
                })
                .collect();
            managers.sort();
            let items = value["items"].as_array();
            let items = items.map_or(String::new(), |items| {
                let first = items.first().map(|item| format!(", first {}", listed(item)));
                format!(" {} items{}", items.len(), first.unwrap_or_default())
            });
            format!(
                "{kind} {} {{{}}} metadata {{{}}} {managers:?}{items}",
                value["apiVersion"],
                listed(value),
                listed(&value["metadata"])
            )
        }
        None => format!("{{{}}}", listed(value)),
    }
}

/// With its fields in order; who owns a whole list or object, or an item of a set, is left out.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| *name != "." && !name.starts_with("v:"));
            let ordered: std::collections::BTreeMap<_, _> =
                fields.map(|(name, value)| (name.clone(), sorted(value))).collect();
            ordered.into_iter().collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// exec with the frames themselves: what came on each channel, or the refusal.
async fn exec(
    side: &mut Side,
    client: &Client,
    what: &str,
    pod: &str,
    command: &[&str],
    protocol: &str,
    input: &[u8],
) -> Result {
    let mut path =
        side.core(&format!("pods/{pod}/exec?container=app&stdout=true&stderr=true&stdin={}", !input.is_empty()));
    for word in command {
        let encoded: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
        path.push_str(&format!("&command={encoded}"));
    }
    let request = Request::get(path)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", protocol);
    let response = client.send(request.body(Body::empty())?).await?;
    let code = response.status().as_u16();
    if code != 101 {
        let text = String::from_utf8(response.into_body().collect().await?.to_bytes().to_vec())?;
        side.note(what, code, &serde_json::from_str(&text).map_err(|_| text));
        return Ok(());
    }
    let spoken = response
        .headers()
        .get("sec-websocket-protocol")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let upgraded = hyper::upgrade::on(response).await?;
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, None).await;
    if !input.is_empty() {
        socket.send(Message::binary([&[0], input].concat())).await?;
        if protocol.starts_with("v5") {
            socket.send(Message::binary(vec![255, 0])).await?;
        }
    }
    let mut channels = vec![Vec::new(); 4];
    while let Some(message) = socket.next().await {
        let data = message?.into_data();
        if let Some((channel, bytes)) = data.split_first().filter(|(channel, _)| usize::from(**channel) < 4) {
            channels[usize::from(*channel)].extend_from_slice(bytes);
        }
    }
    let mut status: Value = serde_json::from_slice(&channels[3])?;
    // The words of the runtime are its own; a code's are compared.
    for cause in status.pointer_mut("/details/causes").and_then(Value::as_array_mut).into_iter().flatten() {
        if cause.get("reason").is_none() {
            cause["message"] = json!("…");
        }
    }
    status.as_object_mut().map(|fields| fields.remove("message"));
    let (out, err) = (&channels[1], String::from_utf8_lossy(&channels[2]).into_owned());
    let out = if out.len() > 100 { format!("{} bytes", out.len()) } else { String::from_utf8_lossy(out).into_owned() };
    side.lines.push(format!("{what}: 101 {spoken} stdout {out:?} stderr {err:?} {}", sorted(&status)));
    Ok(())
}

fn map(name: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"walk": "yes"}}, "data": {"k": "1"}})
}

fn applied(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

async fn general(side: &mut Side) -> Result {
    for path in ["/version", "/api", "/apis", "/api/v1", "/apis/apps/v1"] {
        let answer = side.get(path, path).await?;
        side.lines.push(format!("{path} is {}", answer["kind"]));
    }
    for path in ["/nosuch", "/api/v1/nosuch", "/apis/nosuch.test/v1/things", "/apis/apps/v1/namespaces/default/nosuch"]
    {
        side.get(path, path).await?;
    }
    let namespace = json!({"metadata": {"name": side.namespace}});
    side.call("a namespace that is there", "POST", "/api/v1/namespaces", JSON, namespace).await?;
    Ok(())
}

async fn writes(side: &mut Side) -> Result {
    let maps = side.core("configmaps");
    let (a, missing) = (side.core("configmaps/a"), side.core("configmaps/missing"));
    side.call("create", "POST", &format!("{maps}?fieldManager=walk"), JSON, map("a")).await?;
    side.call("create again", "POST", &maps, JSON, map("a")).await?;
    let first = side.get("get", &a).await?;
    side.get("get what is missing", &missing).await?;
    side.call("create another", "POST", &format!("{maps}?fieldManager=walk"), JSON, map("b")).await?;
    side.get("list by label", &format!("{maps}?labelSelector=walk%3Dyes")).await?;
    side.get("list by set", &format!("{maps}?labelSelector=walk%20in%20(yes,no),!other")).await?;
    side.get("list nothing", &format!("{maps}?labelSelector=walk%3Dno")).await?;
    side.get("list by field", &format!("{maps}?fieldSelector=metadata.name%3Db")).await?;
    let page = side.get("list a page", &format!("{maps}?limit=2")).await?;
    let next = page.pointer("/metadata/continue").and_then(Value::as_str).unwrap_or_default().replace('/', "%2F");
    let next = next.replace('=', "%3D").replace('+', "%2B");
    side.get("list the next page", &format!("{maps}?limit=2&continue={next}")).await?;
    side.call("create with a bad name", "POST", &maps, JSON, map("A_b")).await?;
    side.call("create without a name", "POST", &maps, JSON, json!({"metadata": {}})).await?;
    side.call("create in no namespace", "POST", "/api/v1/namespaces/nosuch/configmaps", JSON, map("a")).await?;
    let elsewhere = json!({"metadata": {"name": "c", "namespace": "default"}});
    side.call("create for another namespace", "POST", &maps, JSON, elsewhere).await?;
    side.call("create from no JSON", "POST", &maps, JSON, json!("{not json")).await?;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c"}});
    side.call("create another kind", "POST", &maps, JSON, secret).await?;
    let typed = json!({"metadata": {"name": "c"}, "data": {"k": 1}});
    side.call("create with a wrong type", "POST", &maps, JSON, typed).await?;
    let mut unknown = map("c");
    unknown["nosuch"] = json!(1);
    side.call(
        "create strictly with an unknown field",
        "POST",
        &format!("{maps}?fieldValidation=Strict"),
        JSON,
        unknown.clone(),
    )
    .await?;
    side.call(
        "create with an ignored field",
        "POST",
        &format!("{maps}?fieldValidation=Ignore&fieldManager=walk"),
        JSON,
        unknown,
    )
    .await?;
    side.call("create dry", "POST", &format!("{maps}?dryRun=All&fieldManager=walk"), JSON, map("dry")).await?;
    side.get("what was created dry", &side.core("configmaps/dry")).await?;
    let generated = json!({"metadata": {"generateName": "generated-"}});
    side.call("create with a generated name", "POST", &format!("{maps}?fieldManager=walk"), JSON, generated).await?;
    let stringy = json!({"metadata": {"name": "s"}, "stringData": {"k": "v"}});
    let secret = side
        .call("create a Secret", "POST", &format!("{}?fieldManager=walk", side.core("secrets")), JSON, stringy)
        .await?;
    side.lines.push(format!("its data: {}", secret["data"]));

    let mut second = map("a");
    second["data"]["k"] = json!("2");
    side.call("update", "PUT", &format!("{a}?fieldManager=walk"), JSON, second).await?;
    side.call("update what has changed", "PUT", &a, JSON, first).await?;
    side.call("update what is missing", "PUT", &missing, JSON, map("missing")).await?;
    side.call("update with another name", "PUT", &a, JSON, map("b")).await?;
    side.call("merge", "PATCH", &format!("{a}?fieldManager=walk"), MERGE, json!({"data": {"k": null, "l": "1"}}))
        .await?;
    side.call("merge into what is missing", "PATCH", &missing, MERGE, json!({"data": {}})).await?;
    side.call("patch with an unknown format", "PATCH", &a, "text/plain", json!({"data": {}})).await?;
    let merged = side.call("merge of a wrong type", "PATCH", &a, MERGE, json!({"data": {"k": 1}})).await?;
    side.lines.push(format!("refused: {}", merged["code"]));
    let replicas = json!({"metadata": {"name": "d"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template":
        {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "x", "image": "x"}, {"name": "y", "image": "y"}]}}}});
    let deployments = side.group("apps", "deployments");
    let created = send(&side.client, "POST", &deployments, JSON, &replicas).await?;
    side.lines.push(format!("create a Deployment: {}", created.0));
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "y", "image": "z"}]}}}});
    let (_, patched) = send(&side.client, "PATCH", &format!("{deployments}/d"), STRATEGIC, &image).await?;
    let containers =
        patched?.pointer("/spec/template/spec/containers").and_then(Value::as_array).cloned().unwrap_or_default();
    let images: Vec<_> = containers.iter().map(|container| container["image"].to_string()).collect();
    side.lines.push(format!("images after a strategic merge: {images:?}"));
    Ok(())
}

async fn applies(side: &mut Side) -> Result {
    let one = side.core("configmaps/applied");
    let by = |manager: &str| format!("{one}?fieldManager={manager}");
    side.call("apply", "PATCH", &by("m1"), APPLY, applied("applied", json!({"k": "1", "l": "1"}))).await?;
    side.call("apply the same", "PATCH", &by("m1"), APPLY, applied("applied", json!({"k": "1", "l": "1"}))).await?;
    side.call("apply the same value for another", "PATCH", &by("m2"), APPLY, applied("applied", json!({"k": "1"})))
        .await?;
    side.call("apply a conflict", "PATCH", &by("m2"), APPLY, applied("applied", json!({"k": "2"}))).await?;
    side.call("apply two conflicts", "PATCH", &by("m3"), APPLY, applied("applied", json!({"k": "2", "l": "2"})))
        .await?;
    side.call(
        "apply by force",
        "PATCH",
        &format!("{}&force=true", by("m2")),
        APPLY,
        applied("applied", json!({"k": "2"})),
    )
    .await?;
    side.call("apply less", "PATCH", &by("m1"), APPLY, applied("applied", json!({"n": "1"}))).await?;
    let left = side.get("what is left", &one).await?;
    side.lines.push(format!("data: {}", sorted(&left["data"])));
    side.call("apply without a manager", "PATCH", &one, APPLY, applied("applied", json!({}))).await?;
    let mut unknown = applied("applied", json!({}));
    unknown["nosuch"] = json!(1);
    side.call(
        "apply an unknown field",
        "PATCH",
        &format!("{}&fieldValidation=Strict", by("m1")),
        APPLY,
        unknown.clone(),
    )
    .await?;
    side.call("apply an unknown field, not strictly", "PATCH", &by("m1"), APPLY, unknown).await?;
    let dry = side.core("configmaps/dry?fieldManager=m1&dryRun=All");
    side.call("apply dry", "PATCH", &dry, APPLY, applied("dry", json!({"k": "1"}))).await?;
    side.get("what was applied dry", &side.core("configmaps/dry")).await?;
    side.call("merge over an applied field", "PATCH", &by("m4"), MERGE, json!({"data": {"n": "2"}})).await?;
    side.call("apply against a merge", "PATCH", &by("m1"), APPLY, applied("applied", json!({"n": "1"}))).await?;
    let nowhere = "/api/v1/namespaces/nosuch/configmaps/applied?fieldManager=m1";
    side.call("apply in no namespace", "PATCH", nowhere, APPLY, applied("applied", json!({}))).await?;
    Ok(())
}

async fn deletes(side: &mut Side) -> Result {
    let b = side.core("configmaps/b");
    let other = json!({"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}});
    side.call("delete with another uid", "DELETE", &b, JSON, other).await?;
    side.call("delete dry", "DELETE", &format!("{b}?dryRun=All"), JSON, Value::Null).await?;
    side.call("delete", "DELETE", &b, JSON, Value::Null).await?;
    side.call("delete again", "DELETE", &b, JSON, Value::Null).await?;
    let deployment = side.group("apps", "deployments/d?propagationPolicy=Background");
    side.call("delete a Deployment", "DELETE", &deployment, JSON, Value::Null).await?;
    let maps = side.core("configmaps");
    let owner = side.call("create an owner", "POST", &format!("{maps}?fieldManager=walk"), JSON, map("owner")).await?;
    let reference = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]});
    let owned = json!({"metadata": {"name": "owned", "ownerReferences": [reference]}});
    side.call("create what is owned", "POST", &format!("{maps}?fieldManager=walk"), JSON, owned).await?;
    let delete = side.core("configmaps/owner?propagationPolicy=Background");
    side.call("delete the owner", "DELETE", &delete, JSON, Value::Null).await?;
    let client = side.client.clone();
    side.until(&client, "what was owned is gone", &side.core("configmaps/owned"), 404).await?;
    let held = side.core("configmaps/held");
    let object = json!({"metadata": {"name": "held", "finalizers": ["example.test/held"]}});
    side.call("create with a finalizer", "POST", &format!("{maps}?fieldManager=walk"), JSON, object).await?;
    let deleted = send(&side.client, "DELETE", &held, JSON, &Value::Null).await?;
    side.lines.push(format!("delete what is held: {}", deleted.0));
    let marked = side.get("it is still there", &held).await?;
    side.lines.push(format!("marked: {}", marked.pointer("/metadata/deletionTimestamp").is_some()));
    let release = json!({"metadata": {"finalizers": null}});
    let released = send(&side.client, "PATCH", &held, MERGE, &release).await?;
    side.lines.push(format!("release it: {}", released.0));
    side.get("it is gone", &held).await?;
    let collected =
        send(&side.client, "DELETE", &format!("{maps}?labelSelector=walk%3Dyes"), JSON, &Value::Null).await?;
    side.lines.push(format!("delete a collection: {} {}", collected.0, collected.1?["kind"]));
    side.get("the collection is empty", &format!("{maps}?labelSelector=walk%3Dyes")).await?;
    Ok(())
}

async fn watches(side: &mut Side) -> Result {
    let maps = side.core("configmaps");
    let (_, listed) = send(&side.client, "GET", &format!("{maps}?labelSelector=seen"), JSON, &Value::Null).await?;
    let version = listed?.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
    let seen = json!({"metadata": {"name": "seen", "labels": {"seen": "yes"}}, "data": {"k": "1"}});
    side.call("create for a watch", "POST", &format!("{maps}?fieldManager=walk"), JSON, seen).await?;
    side.call(
        "patch for a watch",
        "PATCH",
        &side.core("configmaps/seen?fieldManager=walk"),
        MERGE,
        json!({"data": {"k": "2"}}),
    )
    .await?;
    side.call("delete for a watch", "DELETE", &side.core("configmaps/seen"), JSON, Value::Null).await?;
    for from in [version.as_str(), "1"] {
        let path = format!("{maps}?watch=true&labelSelector=seen&timeoutSeconds=1&resourceVersion={from}");
        let (code, answer) = send(&side.client, "GET", &path, JSON, &Value::Null).await?;
        let text = answer.map_or_else(|text| text, |value| value.to_string());
        for line in text.lines() {
            let event: Value = serde_json::from_str(line)?;
            let line = format!("watch: {code} {} {}", event["type"], shape(&event["object"]));
            side.lines.push(side.plain(&line));
        }
    }
    Ok(())
}

async fn rights(side: &mut Side) -> Result {
    let accounts = side.core("serviceaccounts");
    let account = json!({"metadata": {"name": "walker"}});
    side.call("create a ServiceAccount", "POST", &format!("{accounts}?fieldManager=walk"), JSON, account).await?;
    let tokens = side.core("serviceaccounts/walker/token");
    let request = |seconds: u64, bound: Value| json!({"spec": {"audiences": [], "expirationSeconds": seconds, "boundObjectRef": bound}});
    side.call("a token under 600 s", "POST", &tokens, JSON, request(599, Value::Null)).await?;
    side.call(
        "a token for no account",
        "POST",
        &side.core("serviceaccounts/nosuch/token"),
        JSON,
        request(600, Value::Null),
    )
    .await?;
    let answer = side.call("a token", "POST", &tokens, JSON, request(600, Value::Null)).await?;
    let token = answer.pointer("/status/token").and_then(Value::as_str).unwrap_or_default().to_owned();
    side.lines.push(format!("its status has {:?}", answer["status"].as_object().map(|fields| fields.len())));
    let secret = |name: &str| json!({"apiVersion": "v1", "kind": "Secret", "name": name});
    side.call("a token bound to no Secret", "POST", &tokens, JSON, request(600, secret("nosuch"))).await?;
    let mut other = secret("s");
    other["uid"] = json!("00000000-0000-0000-0000-000000000000");
    side.call("a token bound to another uid", "POST", &tokens, JSON, request(600, other)).await?;
    let bound = side.call("a token bound to a Secret", "POST", &tokens, JSON, request(600, secret("s"))).await?;
    let bound = bound.pointer("/status/token").and_then(Value::as_str).unwrap_or_default().to_owned();

    let (walker, bound) = (side.with(Some(&token))?, side.with(Some(&bound))?);
    let (stranger, nobody) = (side.with(Some("nonsense"))?, side.with(None)?);
    let target = side.core("pods/target");
    side.call_as(&stranger, "an unknown token", "GET", &target, JSON, Value::Null).await?;
    side.call_as(&nobody, "no token", "GET", &target, JSON, Value::Null).await?;
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let reviews = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let who = side.call_as(&walker, "who am I", "POST", reviews, JSON, review).await?;
    let name = who.pointer("/status/userInfo/username").unwrap_or(&Value::Null).to_string();
    side.lines.push(side.plain(&name));
    let access = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let may = |namespace: &str, verb: &str, name: &str| {
        let mut attributes = json!({"namespace": namespace, "verb": verb, "resource": "pods"});
        if !name.is_empty() {
            attributes["name"] = json!(name);
        }
        json!({"spec": {"resourceAttributes": attributes}})
    };
    let namespace = side.namespace.clone();
    let allowed = |answer: &Value| answer.pointer("/status/allowed").cloned().unwrap_or_default();
    let answer = side.call_as(&walker, "may I, before", "POST", access, JSON, may(&namespace, "get", "target")).await?;
    side.lines.push(format!("allowed: {}", allowed(&answer)));
    side.call_as(&walker, "forbidden get", "GET", &target, JSON, Value::Null).await?;
    side.call_as(&walker, "forbidden list", "GET", &side.core("pods"), JSON, Value::Null).await?;
    side.call_as(&walker, "forbidden create", "POST", &side.core("configmaps"), JSON, map("c")).await?;
    side.call_as(&walker, "forbidden in a group", "GET", &side.group("apps", "deployments/d"), JSON, Value::Null)
        .await?;
    side.call_as(&walker, "forbidden in the cluster", "GET", "/api/v1/namespaces", JSON, Value::Null).await?;
    side.call_as(
        &walker,
        "forbidden apply",
        "PATCH",
        &side.core("configmaps/c?fieldManager=m1"),
        APPLY,
        applied("c", json!({})),
    )
    .await?;

    let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": ["target"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get", "create"], "resourceNames": ["target"]}]);
    let group = "rbac.authorization.k8s.io";
    let role = json!({"metadata": {"name": "walk"}, "rules": rules});
    side.call("create a Role", "POST", &format!("{}?fieldManager=walk", side.group(group, "roles")), JSON, role)
        .await?;
    let binding = json!({"metadata": {"name": "walk"}, "subjects": [{"kind": "ServiceAccount", "name": "walker", "namespace": namespace}],
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "walk"}});
    side.call(
        "create a RoleBinding",
        "POST",
        &format!("{}?fieldManager=walk", side.group(group, "rolebindings")),
        JSON,
        binding,
    )
    .await?;
    side.until(&walker, "allowed get", &target, 200).await?;
    for (verb, name) in [("get", "target"), ("get", "other"), ("list", "")] {
        let answer = side.call_as(&walker, "may I", "POST", access, JSON, may(&namespace, verb, name)).await?;
        side.lines.push(format!("{verb} {name} allowed: {}", allowed(&answer)));
    }
    let rules = json!({"spec": {"namespace": namespace}});
    side.call_as(&walker, "my rules", "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", JSON, rules)
        .await?;
    let mut subject = may(&namespace, "get", "target");
    subject["spec"]["user"] = json!(format!("system:serviceaccount:{namespace}:walker"));
    let answer =
        side.call("may another", "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", JSON, subject).await?;
    side.lines.push(format!("allowed: {}", allowed(&answer)));

    let command = ["sh", "-c", "echo out; echo err >&2; exit 3"];
    for protocol in ["v5.channel.k8s.io", "v4.channel.k8s.io"] {
        exec(side, &walker, "exec with an exit code", "target", &command, protocol, b"").await?;
        exec(side, &walker, "exec of a missing binary", "target", &["nosuch"], protocol, b"").await?;
        exec(side, &walker, "exec of a megabyte", "target", &["head", "-c", "1000000", "/dev/zero"], protocol, b"")
            .await?;
        exec(side, &walker, "exec that reads", "target", &["head", "-c", "5"], protocol, b"12345").await?;
        exec(side, &walker, "exec into another pod", "other", &command, protocol, b"").await?;
    }
    let admin = side.client.clone();
    exec(side, &admin, "exec into no pod", "nosuch", &command, "v5.channel.k8s.io", b"").await?;
    side.get("exec without an upgrade", &side.core("pods/target/exec?command=true&stdout=true&container=app")).await?;

    side.until(&bound, "the bound token acts", &target, 200).await?;
    side.call("delete its Secret", "DELETE", &side.core("secrets/s"), JSON, Value::Null).await?;
    side.until(&bound, "the bound token is dead", &target, 401).await?;
    let binding = side.group(group, "rolebindings/walk");
    side.call("delete the RoleBinding", "DELETE", &binding, JSON, Value::Null).await?;
    side.until(&walker, "the right is gone", &target, 403).await?;
    side.call("delete the ServiceAccount", "DELETE", &side.core("serviceaccounts/walker"), JSON, Value::Null).await?;
    side.until(&walker, "the token is dead", &target, 401).await?;
    Ok(())
}

/// The pods come first, so that they run on the real node when exec needs them.
async fn walk(mut side: Side) -> Result<Vec<String>> {
    for name in ["target", "other"] {
        let (code, _) = send(&side.client, "POST", &side.core("pods"), JSON, &crate::control_plane::pod(name)).await?;
        side.lines.push(format!("create pod {name}: {code}"));
    }
    general(&mut side).await?;
    writes(&mut side).await?;
    applies(&mut side).await?;
    deletes(&mut side).await?;
    watches(&mut side).await?;
    rights(&mut side).await?;
    Ok(side.lines)
}

fn scripted(fake: &Fake) {
    let answer = Answer { stdout: b"out\n".to_vec(), stderr: b"err\n".to_vec(), code: 3, ..Answer::default() };
    fake.answer(&["sh", "-c", "echo out; echo err >&2; exit 3"], answer);
    fake.answer(&["head", "-c", "1000000", "/dev/zero"], Answer { stdout: vec![0; 1_000_000], ..Answer::default() });
    fake.answer(&["head", "-c", "5"], Answer { echo: 5, ..Answer::default() });
}

/// Compares a walk with the recorded one, line by line.
fn compare(lines: &[String]) {
    let recorded: Vec<_> = include_str!("walk.txt").lines().collect();
    let mut differing = String::new();
    for index in 0..recorded.len().max(lines.len()) {
        let (wanted, found) = (recorded.get(index).copied(), lines.get(index).map(String::as_str));
        if wanted != found {
            differing.push_str(&format!("recorded {}\nanswered {}\n\n", wanted.unwrap_or("-"), found.unwrap_or("-")));
        }
    }
    assert!(differing.is_empty(), "{differing}the whole walk:\n{}", lines.join("\n"));
}

/// `walk.txt` is what the real server answered.
#[test]
fn the_real_server_answers_as_recorded() {
    test(2, "walk", async |cluster| {
        compare(&walk(Side::new(cluster.config.clone(), &cluster.namespace)?).await?);
        Ok(())
    });
}

#[test]
fn the_fake_server_answers_as_the_real_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let fake = Fake::start().await.unwrap();
        scripted(&fake);
        let config = fake.config().unwrap();
        let admin = Client::try_from(config.clone()).unwrap();
        let namespace = json!({"metadata": {"name": "walk-0"}});
        let (code, _) = send(&admin, "POST", "/api/v1/namespaces", JSON, &namespace).await.unwrap();
        assert_eq!(code, 201);
        let lines = walk(Side::new(config, "walk-0").unwrap()).await.unwrap();
        let requests = fake.requests().len();
        assert!(requests >= 60, "the walk has {requests} requests");
        compare(&lines);
    });
}
