//! The API server's audit log as a list of requests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::Request as HttpRequest;
use kube::Client;
use serde::Deserialize;

use crate::cluster::{Result, eventually};

/// One request as the API server saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// `get`, `list`, `create`, …
    pub(crate) verb: String,
    /// Path and query.
    pub(crate) uri: String,
    /// Who acted: the impersonated user where there is one.
    pub(crate) user: String,
    /// Plural and subresource, as in `pods/exec`; empty for a path that is no resource.
    pub(crate) resource: String,
    /// Empty for what has none.
    pub(crate) namespace: String,
    /// Empty for lists, and for a create before the server knows the name.
    pub(crate) name: String,
    /// The HTTP status of the answer.
    pub(crate) code: u16,
}

/// A place in the audit log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(u64);

/// The log of the running cluster.
pub(crate) struct Audit {
    client: Client,
    path: PathBuf,
}

impl Audit {
    /// The log that `tests/cluster/run` names.
    pub(crate) fn of(client: Client) -> Result<Self> {
        let path = std::env::var_os("CHARTSEC_CLUSTER_AUDIT").ok_or("no CHARTSEC_CLUSTER_AUDIT")?;
        Ok(Self { client, path: path.into() })
    }

    /// The place behind all requests answered so far.
    pub(crate) async fn mark(&self) -> Result<Mark> {
        self.barrier(0).await
    }

    /// The requests answered since `mark`, in the order in which they ended, of all tests that run: filter by namespace or user.
    pub(crate) async fn since(&self, mark: Mark) -> Result<Vec<Request>> {
        let end = self.barrier(mark.0).await?;
        let text = self.read(mark.0)?;
        let length = usize::try_from(end.0 - mark.0)?;
        parse(text.get(..length).ok_or("the audit log was cut")?)
    }

    /// Events are written when their answer is out, so a request of our own is sent and waited for.
    async fn barrier(&self, from: u64) -> Result<Mark> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let uri = format!("/version?barrier={}-{number}-", std::process::id());
        self.client.request_text(HttpRequest::get(&uri).body(Vec::new())?).await?;
        eventually("the audit log", async || {
            let text = self.read(from)?;
            let Some(at) = text.find(&uri) else { return Ok(None) };
            let end = text.get(at..).and_then(|rest| rest.find('\n')).map(|length| at + length + 1);
            Ok(end.map(|end| Mark(from + end as u64)))
        })
        .await
    }

    fn read(&self, from: u64) -> Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8(bytes)?)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "auditID")]
    id: String,
    verb: String,
    #[serde(rename = "requestURI")]
    uri: String,
    user: User,
    impersonated_user: Option<User>,
    #[serde(default)]
    object_ref: Object,
    response_status: Option<Status>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Object {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    code: u16,
}

/// A watch has two events, at its start and at its end: the last one counts.
fn parse(text: &str) -> Result<Vec<Request>> {
    let mut last = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let event: Event = serde_json::from_str(line)?;
        last.insert(event.id.clone(), (number, event));
    }
    let mut events: Vec<_> = last.into_values().collect();
    events.sort_by_key(|(number, _)| *number);
    Ok(events
        .into_iter()
        .map(|(_, event)| Request {
            verb: event.verb,
            uri: event.uri,
            user: event.impersonated_user.unwrap_or(event.user).username,
            resource: match event.object_ref.subresource.as_str() {
                "" => event.object_ref.resource,
                subresource => format!("{}/{subresource}", event.object_ref.resource),
            },
            namespace: event.object_ref.namespace,
            name: event.object_ref.name,
            code: event.response_status.map_or(0, |status| status.code),
        })
        .filter(|request| !request.uri.starts_with("/version?barrier="))
        .collect())
}
