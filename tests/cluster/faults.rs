//! What a kube client reports for each fault of the fake server, held against the committed table `faults.tsv`.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ListParams, PostParams, WatchEvent, WatchParams};
use kube::config::Config;
use kube::{Api, Client};
use serde_json::json;

use crate::cluster::Result;
use crate::fake::Fake;
use crate::fake::fault::{Fault, Rule};

const FAULTS: [(&str, Fault); 13] = [
    ("429 with Retry-After", Fault::TooMany(1)),
    ("500", Fault::Internal),
    ("reset", Fault::Reset),
    ("applied, then reset", Fault::AppliedThenReset),
    ("truncated body", Fault::Truncated(17)),
    ("truncated before the body", Fault::Truncated(0)),
    ("garbage", Fault::Garbage),
    ("410", Fault::Gone),
    ("401", Fault::Expired),
    ("403 by a quota", Fault::Quota),
    ("403 by a webhook", Fault::Webhook),
    ("403 by RBAC", Fault::Rbac),
    ("hang", Fault::Hang(Duration::from_secs(600))),
];

/// The variant of an error with what decides, and the messages below it.
fn report<T>(answer: kube::Result<T>) -> String {
    let error = match answer {
        Ok(_) => return "ok".to_owned(),
        Err(kube::Error::Api(status)) => return format!("Api {} {}: {}", status.code, status.reason, status.message),
        Err(error) => error,
    };
    let debug = format!("{error:?}");
    let variant = debug.split(['(', ' ']).next().unwrap_or_default().to_owned();
    let mut text = variant;
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text.push_str(&format!(" < {inner}"));
        source = inner.source();
    }
    text
}

/// With a short deadline; kube's own repeating of 429, 503 and 504 is on only when asked for.
fn client(mut config: Config, repeats: bool) -> Result<Client> {
    config.read_timeout = Some(Duration::from_secs(1));
    config.default_retry = repeats;
    Ok(Client::try_from(config)?)
}

async fn row(name: &str, fault: Fault, repeats: bool) -> Result<String> {
    let times = if repeats { 1 } else { usize::MAX };
    let rule = |method, part| Rule { method, part, first: 1, times, fault };
    let (reading, writing) = (Fake::start().await?, Fake::start().await?);
    reading.fault(rule("GET", "/configmaps"));
    writing.fault(rule("POST", "/configmaps"));
    let read = Api::<ConfigMap>::namespaced(client(reading.config()?, repeats)?, "default");
    let write = Api::<ConfigMap>::namespaced(client(writing.config()?, repeats)?, "default");
    let listed = read.list(&ListParams::default()).await;
    let object: ConfigMap = serde_json::from_value(json!({"metadata": {"name": "a", "labels": {"made": "here"}}}))?;
    let created = write.create(&PostParams::default(), &object).await;
    let requests = writing.requests().iter().filter(|request| request.starts_with("POST")).count();
    let stored = writing.dump("made=here").len();
    Ok(format!("{name}\t{}\t{}\t{requests}\t{stored}\n", report(listed), report(created)))
}

/// Needs no cluster: the fake server is the subject.
#[test]
fn each_fault_is_seen_as_the_table_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let table = runtime.block_on(async {
        let mut table = "fault\tlist\tcreate\trequests\tstored\n".to_owned();
        for (name, fault) in FAULTS {
            table.push_str(&row(name, fault, false).await.unwrap());
        }
        table.push_str(&row("429 once, repeated by kube", Fault::TooMany(1), true).await.unwrap());
        table
    });
    assert_eq!(table, include_str!("faults.tsv"), "the table as it is:\n{table}");
}

#[test]
fn a_fault_hits_the_ordered_requests_only() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let fake = Fake::start().await.unwrap();
        fake.fault(Rule { method: "GET", part: "/configmaps", first: 2, times: 1, fault: Fault::Internal });
        let maps = Api::<ConfigMap>::namespaced(client(fake.config().unwrap(), false).unwrap(), "default");
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(maps.list(&ListParams::default()).await.is_ok());
        }
        assert_eq!(seen, [true, false, true]);
    });
}

#[test]
fn a_watch_over_forgotten_changes_is_told_410() {
    use futures::StreamExt as _;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let fake = Fake::start().await.unwrap();
        let maps = Api::<ConfigMap>::namespaced(client(fake.config().unwrap(), false).unwrap(), "default");
        fake.compact();
        let mut events = maps.watch(&WatchParams::default(), "1").await.unwrap().boxed();
        let Some(Ok(WatchEvent::Error(status))) = events.next().await else { panic!("no error event") };
        assert_eq!(status.code, 410);
    });
}
