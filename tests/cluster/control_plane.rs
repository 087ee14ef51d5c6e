//! What the real API server and its controllers decide, without a node.

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, PersistentVolumeClaim, Pod, Service};
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, ValidationDirective};
use kube::core::Status;
use kube::{Api, Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cluster::{Cluster, Result, eventually, test};
use crate::driver::{self, Driver, Script};

/// Creates an object given as JSON.
pub(crate) async fn create<K>(api: &Api<K>, object: Value) -> kube::Result<K>
where
    K: Resource + Clone + std::fmt::Debug + Serialize + DeserializeOwned,
{
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await
}

/// The status of a refused request; an answer that is none fails the test.
pub(crate) fn refused<T>(answer: kube::Result<T>) -> Result<Status> {
    match answer {
        Err(kube::Error::Api(status)) => Ok(*status),
        Err(error) => Err(error.into()),
        Ok(_) => Err("the request was not refused".into()),
    }
}

/// A pod that needs nothing of its image.
pub(crate) fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [
        {"name": "app", "image": "chartsec.test/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "3600"]}]}})
}

/// Whether the holder of `client` may do that.
pub(crate) async fn may(client: &Client, namespace: &str, verb: &str, resource: &str, name: &str) -> Result<bool> {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let attributes =
        json!({"namespace": namespace, "verb": verb, "resource": resource, "subresource": subresource, "name": name});
    let review = create(
        &Api::<SelfSubjectAccessReview>::all(client.clone()),
        json!({"spec": {"resourceAttributes": attributes}}),
    )
    .await?;
    Ok(review.status.is_some_and(|status| status.allowed))
}

/// Lets the default ServiceAccount exec into the pod `target` and nothing else; returns its token.
pub(crate) async fn exec_into(cluster: &Cluster, target: &str) -> Result<String> {
    let rules = json!([
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": [target]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get", "create"], "resourceNames": [target]},
    ]);
    create(&cluster.api::<Role>(), json!({"metadata": {"name": "scan"}, "rules": rules})).await?;
    let binding = json!({"metadata": {"name": "scan"}, "subjects": [{"kind": "ServiceAccount", "name": "default"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "scan"}});
    create(&cluster.api::<RoleBinding>(), binding).await?;
    let request = serde_json::from_value(json!({"spec": {"audiences": [], "expirationSeconds": 600}}))?;
    let accounts = cluster.api::<k8s_openapi::api::core::v1::ServiceAccount>();
    let answer = accounts.create_token_request("default", &PostParams::default(), &request).await?;
    Ok(answer.status.ok_or("no token")?.token)
}

#[test]
fn a_strict_unknown_field_is_refused() {
    test(1, "strict", async |cluster| {
        let mut parameters = PatchParams::apply("test");
        parameters.field_validation = Some(ValidationDirective::Strict);
        let body = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"nosuch": 1, "containers": [{"name": "a", "image": "a"}]}});
        let answer = cluster.api::<Pod>().patch("a", &parameters, &Patch::Apply(&body)).await;
        let status = refused(answer)?;
        assert!(status.message.contains(".spec.nosuch: field not declared in schema"), "{status:?}");
        assert!(cluster.api::<Pod>().get_opt("a").await?.is_none());
        Ok(())
    });
}

#[test]
fn an_admission_policy_refuses_a_pod() {
    test(1, "policy", async |cluster| {
        use k8s_openapi::api::admissionregistration::v1::{
            ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
        };
        let name = &cluster.namespace;
        let policies = Api::<ValidatingAdmissionPolicy>::all(cluster.client.clone());
        let bindings = Api::<ValidatingAdmissionPolicyBinding>::all(cluster.client.clone());
        let spec = json!({
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]},
            "validations": [{"expression": "object.metadata.name != 'unwanted'", "message": "this name is unwanted"}],
        });
        create(&policies, json!({"metadata": {"name": name}, "spec": spec})).await?;
        let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": name}});
        let binding = json!({"policyName": name, "validationActions": ["Deny"], "matchResources": {"namespaceSelector": selector}});
        create(&bindings, json!({"metadata": {"name": name}, "spec": binding})).await?;
        // It acts about a second after it was created.
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        let unwanted: Pod = serde_json::from_value(pod("unwanted"))?;
        let status = eventually("the policy to act", async || {
            let answer = cluster.api::<Pod>().create(&dry, &unwanted).await;
            Ok(if answer.is_ok() { None } else { Some(refused(answer)?) })
        })
        .await;
        let wanted = create(&cluster.api::<Pod>(), pod("wanted")).await;
        bindings.delete(name, &DeleteParams::default()).await?;
        policies.delete(name, &DeleteParams::default()).await?;
        let status = status?;
        assert_eq!((status.code, status.reason.as_str()), (422, "Invalid"), "{status:?}");
        assert!(status.message.contains("this name is unwanted"), "{status:?}");
        wanted?;
        Ok(())
    });
}

#[test]
fn pod_security_refuses_a_privileged_pod() {
    test(1, "security", async |cluster| {
        let labels = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}});
        let namespaces = Api::<Namespace>::all(cluster.client.clone());
        namespaces.patch(&cluster.namespace, &PatchParams::default(), &Patch::Merge(&labels)).await?;
        let mut privileged = pod("a");
        privileged["spec"]["containers"][0]["securityContext"] = json!({"privileged": true});
        let status = refused(create(&cluster.api::<Pod>(), privileged).await)?;
        assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
        assert!(status.message.contains("violates PodSecurity"), "{status:?}");
        create(&cluster.api::<Pod>(), pod("b")).await?;
        Ok(())
    });
}

#[test]
fn a_role_with_resource_names_reviews_as_one_pod_only() {
    test(1, "review", async |cluster| {
        let client = cluster.with_token(&exec_into(cluster, "target").await?)?;
        let space = &cluster.namespace;
        eventually("the role to act", async || {
            Ok(may(&client, space, "create", "pods/exec", "target").await?.then_some(()))
        })
        .await?;
        assert!(may(&client, space, "get", "pods", "target").await?);
        assert!(!may(&client, space, "create", "pods/exec", "other").await?);
        assert!(!may(&client, space, "list", "pods", "").await?);
        assert!(!may(&client, space, "get", "secrets", "").await?);
        let listed = Api::<Pod>::namespaced(client, space).list(&kube::api::ListParams::default()).await;
        assert_eq!(refused(listed)?.code, 403);
        Ok(())
    });
}

#[test]
fn the_audit_log_lists_requests() {
    test(1, "audit", async |cluster| {
        let mark = cluster.audit.mark().await?;
        let maps = cluster.api::<ConfigMap>();
        create(&maps, json!({"metadata": {"name": "a"}})).await?;
        assert!(maps.get_opt("b").await?.is_none());
        maps.delete("a", &DeleteParams::default()).await?;
        let requests = cluster.audit.since(mark).await?;
        let own: Vec<_> = requests
            .iter()
            .filter(|request| request.namespace == cluster.namespace && request.user == "admin")
            .map(|request| format!("{} {} {} {}", request.verb, request.resource, request.name, request.code))
            .collect();
        assert_eq!(own, ["create configmaps a 201", "get configmaps b 404", "delete configmaps a 200"]);
        Ok(())
    });
}

#[test]
fn a_namespace_is_removed_with_what_is_in_it() {
    test(1, "removed", async |cluster| {
        let namespaces = Api::<Namespace>::all(cluster.client.clone());
        let name = format!("{}-inner", cluster.namespace);
        create(&namespaces, json!({"metadata": {"name": name}})).await?;
        create(&Api::<ConfigMap>::namespaced(cluster.client.clone(), &name), json!({"metadata": {"name": "a"}}))
            .await?;
        namespaces.delete(&name, &DeleteParams::default()).await?;
        eventually("the end of the namespace", async || Ok(namespaces.get_opt(&name).await?.is_none().then_some(())))
            .await
    });
}

/// No real node takes these pods.
fn template(name: &str) -> Value {
    let mut pod = pod(name);
    pod["spec"]["schedulerName"] = json!(driver::USER);
    pod["metadata"] = json!({"labels": {"app": name}});
    pod
}

fn deployment(name: &str, replicas: u32) -> Value {
    let selector = json!({"matchLabels": {"app": name}});
    json!({"metadata": {"name": name}, "spec": {"replicas": replicas, "selector": selector, "template": template(name)}})
}

#[test]
fn the_status_driver_does_what_a_kubelet_and_a_cloud_do() {
    test(1, "driver", async |cluster| {
        let scripts = [
            ("stuck-", Script::NeverReady),
            ("nowhere-", Script::Unschedulable),
            ("crashing-", Script::CrashAfter(Duration::from_secs(2))),
            ("failing-", Script::Fail(3)),
        ];
        let mark = cluster.audit.mark().await?;
        let _driver = Driver::start(cluster, &scripts)?;
        let deployments = cluster.api::<Deployment>();
        for (name, replicas) in [("crashing", 1), ("good", 2), ("stuck", 1), ("nowhere", 1)] {
            create(&deployments, deployment(name, replicas)).await?;
        }
        let jobs = cluster.api::<Job>();
        for name in ["fine", "failing"] {
            let mut template = template(name);
            template["spec"]["restartPolicy"] = json!("Never");
            create(&jobs, json!({"metadata": {"name": name}, "spec": {"backoffLimit": 0, "template": template}}))
                .await?;
        }
        let claims = cluster.api::<PersistentVolumeClaim>();
        let resources = json!({"requests": {"storage": "1Gi"}});
        create(
            &claims,
            json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": resources}}),
        )
        .await?;
        let services = cluster.api::<Service>();
        create(
            &services,
            json!({"metadata": {"name": "web"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}),
        )
        .await?;

        let ready = async |name: &str| -> Result<i32> {
            Ok(deployments.get(name).await?.status.and_then(|status| status.available_replicas).unwrap_or(0))
        };
        let ended = async |name: &str| -> Result<Option<String>> {
            let conditions = jobs.get(name).await?.status.and_then(|status| status.conditions).unwrap_or_default();
            let last =
                conditions.into_iter().find(|condition| matches!(condition.type_.as_str(), "Complete" | "Failed"));
            Ok(last.map(|condition| condition.type_))
        };
        eventually("a replica that will crash", async || Ok((ready("crashing").await? == 1).then_some(()))).await?;
        eventually("two replicas", async || Ok((ready("good").await? == 2).then_some(()))).await?;
        assert_eq!(eventually("the job's end", async || ended("fine").await).await?, "Complete");
        assert_eq!(eventually("the failing job's end", async || ended("failing").await).await?, "Failed");
        eventually("the bound claim", async || {
            let status = claims.get("data").await?.status.ok_or("a claim without status")?;
            Ok((status.phase.as_deref() == Some("Bound")).then_some(()))
        })
        .await?;
        eventually("the address", async || {
            let balancer = services.get("web").await?.status.and_then(|status| status.load_balancer);
            Ok(balancer.and_then(|balancer| balancer.ingress).map(|_| ()))
        })
        .await?;
        eventually("the crash", async || Ok((ready("crashing").await? == 0).then_some(()))).await?;
        let pods = cluster.api::<Pod>().list(&kube::api::ListParams::default().labels("app=crashing")).await?;
        for pod in &pods {
            let status =
                pod.status.as_ref().and_then(|status| status.container_statuses.as_ref()).ok_or("no status")?;
            assert!(status.iter().all(|container| container.restart_count > 0), "{status:?}");
        }
        assert_eq!(pods.items.len(), 1);
        assert_eq!((ready("stuck").await?, ready("nowhere").await?), (0, 0));
        let requests = cluster.audit.since(mark).await?;
        let by_driver = |request: &&crate::audit::Request| request.user == driver::USER && request.verb == "patch";
        assert!(requests.iter().filter(by_driver).all(|request| request.resource.ends_with("/status")));
        assert!(requests.iter().any(|request| by_driver(&request)));
        Ok(())
    });
}
