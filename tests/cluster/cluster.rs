//! The cluster that `tests/cluster/run` started, as one test sees it: a client, a namespace of its own that is removed
//! at the end, and the audit log. Without a cluster a test says what is skipped; under `CI=true` that is a failure.

use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::FutureExt as _;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolume, ServiceAccount};
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::config::{AuthInfo, Config};
use kube::{Api, Client, Resource};
use serde_json::json;

use crate::audit::Audit;

/// What a test returns: any error fails it.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How long a test waits for anything: the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The label on objects outside the namespace that end with the test.
pub(crate) const OWNER: &str = "chartsec.test/namespace";

/// The running cluster and the namespace of one test.
pub(crate) struct Cluster {
    /// As the administrator.
    pub(crate) client: Client,
    /// What `client` was made of.
    pub(crate) config: Config,
    /// The namespace of this test.
    pub(crate) namespace: String,
    /// All requests that the API server got.
    pub(crate) audit: Audit,
}

impl Cluster {
    /// The objects of one kind in the namespace of this test.
    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// A client that is known by a token only.
    pub(crate) fn with_token(&self, token: &str) -> Result<Client> {
        let mut config = self.config.clone();
        config.auth_info = AuthInfo { token: Some(token.to_owned().into()), ..AuthInfo::default() };
        Ok(Client::try_from(config)?)
    }

    /// A client that acts as another administrator, so that the audit log tells its requests from those of the test.
    pub(crate) fn acting_as(&self, user: &str) -> Result<Client> {
        let mut config = self.config.clone();
        config.auth_info.impersonate = Some(user.to_owned());
        config.auth_info.impersonate_groups = Some(vec!["system:masters".to_owned()]);
        Ok(Client::try_from(config)?)
    }
}

/// Runs a test in a namespace of its own on a cluster of at least `level`, or says aloud that it is skipped.
/// `name` is what the namespace is called, followed by a number.
pub(crate) fn test(level: u8, name: &str, body: impl AsyncFnOnce(&Cluster) -> Result) {
    let running = std::env::var("CHARTSEC_CLUSTER").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    if running < level {
        let how = format!("tests/cluster/run {level} cargo test --features cluster-tests --test cluster");
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "not skipped under CI=true: {how}");
        // Written past the capture of the test harness.
        std::io::stderr().write_all(format!("skipped `{name}`, it needs a cluster: {how}\n").as_bytes()).unwrap();
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let cluster = connect(name).await.unwrap();
        let outcome = AssertUnwindSafe(body(&cluster)).catch_unwind().await;
        remove(&cluster).await.unwrap();
        match outcome {
            Ok(result) => result.unwrap(),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
}

/// Asks again, with short pauses, until there is an answer or [`PATIENCE`] is over.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("waited {PATIENCE:?} for: {what}").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn connect(name: &str) -> Result<Cluster> {
    let config = Config::infer().await?;
    let client = Client::try_from(config.clone())?;
    let number = SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos();
    let namespace = format!("{name}-{number}");
    let object = serde_json::from_value(json!({"metadata": {"name": namespace}}))?;
    Api::<Namespace>::all(client.clone()).create(&PostParams::default(), &object).await?;
    // Until the controllers have made it, no pod can be created.
    let accounts = Api::<ServiceAccount>::namespaced(client.clone(), &namespace);
    eventually("the default ServiceAccount", async || Ok(accounts.get_opt("default").await?)).await?;
    let audit = Audit::of(client.clone())?;
    Ok(Cluster { client, config, namespace, audit })
}

/// Does not wait for the end of the namespace: its controller works in steps of five seconds.
async fn remove(cluster: &Cluster) -> Result {
    Api::<Namespace>::all(cluster.client.clone()).delete(&cluster.namespace, &DeleteParams::background()).await?;
    let owned = ListParams::default().labels(&format!("{OWNER}={}", cluster.namespace));
    Api::<PersistentVolume>::all(cluster.client.clone()).delete_collection(&DeleteParams::default(), &owned).await?;
    Ok(())
}
