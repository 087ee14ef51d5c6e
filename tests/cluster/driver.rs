//! What a kubelet, a storage provisioner and a cloud do, for a cluster without a node: Pods become Ready or follow a
//! script, Jobs complete because their pods succeed, PersistentVolumeClaims are Bound, LoadBalancers get an address.
//! Where there is a node, pods of the driver name another scheduler, so that the kubelet does not take them.
//! It writes status only (and the volumes that claims are bound to); everything else is left to the real controllers.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim, Pod, Service};
use kube::api::{Patch, PatchParams, PostParams};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt as _};
use serde_json::{Value, json};
use tokio::task::{AbortHandle, JoinSet};

use crate::cluster::{Cluster, OWNER, Result};

/// Who the driver is in the audit log.
pub(crate) const USER: &str = "status-driver";

/// What happens to a pod.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    /// Runs and is Ready.
    Ready,
    /// Runs and never becomes Ready.
    NeverReady,
    /// Finds no node.
    Unschedulable,
    /// Runs to its end, as the pod of a Job does.
    Succeed,
    /// Ends with an exit code, without being restarted.
    Fail(i32),
    /// Is Ready, and its containers end with exit code 1 after that long, again and again with a growing pause.
    CrashAfter(Duration),
}

/// The tasks that set status; they end when this is dropped.
pub(crate) struct Driver(AbortHandle);

impl Driver {
    /// Drives the namespace of a test. A pod follows the first script whose prefix its name has; else pods that are
    /// restarted always become Ready, and others succeed.
    pub(crate) fn start(cluster: &Cluster, scripts: &[(&str, Script)]) -> Result<Self> {
        let client = cluster.acting_as(USER)?;
        let namespace = cluster.namespace.clone();
        let scripts = scripts.iter().map(|(prefix, script)| ((*prefix).to_owned(), *script)).collect();
        let task = tokio::spawn(async move {
            let _ended = tokio::join!(
                pods(Api::namespaced(client.clone(), &namespace), scripts),
                claims(client.clone(), &namespace),
                services(Api::namespaced(client.clone(), &namespace)),
            );
        });
        Ok(Self(task.abort_handle()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn pods(api: Api<Pod>, scripts: Vec<(String, Script)>) -> Result {
    let mut seen = HashSet::new();
    let mut playing = JoinSet::new();
    let mut stream = watcher(api.clone(), watcher::Config::default()).default_backoff().applied_objects().boxed();
    while let Some(pod) = stream.try_next().await? {
        if !seen.insert(pod.uid()) {
            continue;
        }
        let name = pod.name_any();
        let restarted = pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()) != Some("Never")
            && pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()) != Some("OnFailure");
        let script = scripts
            .iter()
            .find(|(prefix, _)| name.starts_with(prefix.as_str()))
            .map_or(if restarted { Script::Ready } else { Script::Succeed }, |(_, script)| *script);
        let api = api.clone();
        // A pod that is deleted ends its script with an error of the API server.
        playing.spawn(async move { play(&api, &pod, script).await.map_err(|error| error.to_string()) });
    }
    Ok(())
}

async fn play(api: &Api<Pod>, pod: &Pod, script: Script) -> Result {
    let running = json!({"running": {}});
    match script {
        Script::Ready => set(api, pod, "Running", true, 0, &running).await,
        Script::NeverReady => set(api, pod, "Running", false, 0, &running).await,
        Script::Unschedulable => {
            let condition = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable"});
            patch(api, pod, &json!({"phase": "Pending", "conditions": [condition]})).await
        }
        Script::Succeed => {
            set(api, pod, "Running", true, 0, &running).await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
            set(api, pod, "Succeeded", false, 0, &ended(0)).await
        }
        Script::Fail(code) => {
            set(api, pod, "Running", true, 0, &running).await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
            set(api, pod, "Failed", false, 0, &ended(code)).await
        }
        Script::CrashAfter(life) => {
            let waiting = json!({"waiting": {"reason": "CrashLoopBackOff"}});
            let mut pause = Duration::from_secs(10);
            for restarts in 0.. {
                set(api, pod, "Running", true, restarts, &running).await?;
                tokio::time::sleep(life).await;
                set(api, pod, "Running", false, restarts + 1, &waiting).await?;
                tokio::time::sleep(pause).await;
                pause = Duration::from_secs(300).min(pause * 2);
            }
            Ok(())
        }
    }
}

fn ended(code: i32) -> Value {
    let reason = if code == 0 { "Completed" } else { "Error" };
    json!({"terminated": {"exitCode": code, "reason": reason}})
}

async fn set(api: &Api<Pod>, pod: &Pod, phase: &str, ready: bool, restarts: i32, state: &Value) -> Result {
    let spec = pod.spec.as_ref().ok_or("a pod without spec")?;
    let status = |containers: &[k8s_openapi::api::core::v1::Container], state: &Value, ready: bool| -> Vec<Value> {
        containers
            .iter()
            .map(|container| {
                let image = container.image.as_deref().unwrap_or_default();
                let last = if restarts > 0 { ended(1) } else { json!({}) };
                json!({"name": container.name, "image": image, "imageID": image, "ready": ready, "started": ready,
                    "restartCount": restarts, "state": state, "lastState": last})
            })
            .collect()
    };
    let flag = |value: bool| if value { "True" } else { "False" };
    let condition = |kind: &str, value: bool| json!({"type": kind, "status": flag(value)});
    let body = json!({
        "phase": phase,
        "podIP": "192.0.2.2",
        "podIPs": [{"ip": "192.0.2.2"}],
        "conditions": [condition("PodScheduled", true), condition("Initialized", true),
            condition("ContainersReady", ready), condition("Ready", ready)],
        "initContainerStatuses": status(spec.init_containers.as_deref().unwrap_or_default(), &ended(0), true),
        "containerStatuses": status(&spec.containers, state, ready),
    });
    patch(api, pod, &body).await
}

async fn patch(api: &Api<Pod>, pod: &Pod, status: &Value) -> Result {
    let body = json!({"metadata": {"uid": pod.uid()}, "status": status});
    api.patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Merge(&body)).await?;
    Ok(())
}

/// A claim is bound by the real controller, to a volume that is made for it here.
async fn claims(client: Client, namespace: &str) -> Result {
    let api = Api::<PersistentVolumeClaim>::namespaced(client.clone(), namespace);
    let volumes = Api::<PersistentVolume>::all(client);
    let mut bound = BTreeSet::new();
    let mut stream = watcher(api, watcher::Config::default()).default_backoff().applied_objects().boxed();
    while let Some(claim) = stream.try_next().await? {
        let (Some(uid), Some(spec)) = (claim.uid(), &claim.spec) else { continue };
        if spec.volume_name.is_some() || !bound.insert(uid.clone()) {
            continue;
        }
        let requests = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        let volume = serde_json::from_value(json!({
            "metadata": {"name": format!("volume-{uid}"), "labels": {OWNER: namespace}},
            "spec": {
                "capacity": requests,
                "accessModes": spec.access_modes,
                "storageClassName": spec.storage_class_name,
                "volumeMode": spec.volume_mode,
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": {"namespace": namespace, "name": claim.name_any(), "uid": uid},
                "hostPath": {"path": "/nonexistent"},
            },
        }))?;
        volumes.create(&PostParams::default(), &volume).await?;
    }
    Ok(())
}

async fn services(api: Api<Service>) -> Result {
    let mut stream = watcher(api.clone(), watcher::Config::default()).default_backoff().applied_objects().boxed();
    while let Some(service) = stream.try_next().await? {
        let balanced = service.spec.as_ref().and_then(|spec| spec.type_.as_deref()) == Some("LoadBalancer");
        let status = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
        if balanced && status.and_then(|balancer| balancer.ingress.as_ref()).is_none() {
            let body = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}});
            api.patch_status(&service.name_any(), &PatchParams::default(), &Patch::Merge(&body)).await?;
        }
    }
    Ok(())
}
