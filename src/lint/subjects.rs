//! What there is in a render for a checklist to speak about.

use crate::policy::{Object, Pod};
use crate::report::{Subject, Subjects};
use crate::yaml::node::Node;

/// The subjects among the objects of one case.
pub(super) fn subjects(objects: &[Object<'_>]) -> Subjects {
    let mut subjects = Subjects::default();
    subjects.add(Subject::Objects, objects.len() as u64);
    subjects.add(Subject::Sources, u64::from(!objects.is_empty()));
    for object in objects {
        let replicas = |path: &[&str]| matches!(object.node.at(path), Some(node) if count(node) > 1);
        match object.kind {
            "Role" | "ClusterRole" => subjects.add(Subject::Roles, 1),
            "Secret" | "ExternalSecret" | "SealedSecret" => subjects.add(Subject::Secrets, 1),
            "Namespace" | "LimitRange" => subjects.add(Subject::Namespaces, 1),
            "PodDisruptionBudget" => subjects.add(Subject::Replicated, 1),
            "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController"
                if replicas(&["spec", "replicas"]) =>
            {
                subjects.add(Subject::Replicated, 1);
            }
            "HorizontalPodAutoscaler" if replicas(&["spec", "minReplicas"]) => subjects.add(Subject::Replicated, 1),
            _ => {}
        }
        if let Some(pod) = Pod::of(object) {
            subjects.add(Subject::Pods, 1);
            subjects.add(Subject::Containers, pod.containers.len() as u64);
            subjects.add(Subject::Secrets, references(&pod));
        }
    }
    subjects
}

fn count(node: &Node) -> u64 {
    match node.data {
        crate::yaml::node::Data::Int(count) => u64::try_from(count).unwrap_or(0),
        _ => 0,
    }
}

/// How often a pod refers to a Secret.
fn references(pod: &Pod<'_>) -> u64 {
    let items = |node: &Node, key: &str| node.get(key).map(Node::items).unwrap_or_default().to_vec();
    let mut found = items(pod.spec, "imagePullSecrets").len();
    found += items(pod.spec, "volumes").iter().filter(|volume| volume.get("secret").is_some()).count();
    for container in &pod.containers {
        found +=
            items(container.node, "env").iter().filter(|env| env.at(&["valueFrom", "secretKeyRef"]).is_some()).count();
        found += items(container.node, "envFrom").iter().filter(|from| from.get("secretRef").is_some()).count();
    }
    found as u64
}
