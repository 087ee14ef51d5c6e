//! From an object to its pod: the nine kinds of Kubernetes that hold one, those of OpenShift and of agent sandboxes, and
//! the containers in it.

use crate::policy::object::Object;
use crate::yaml::node::Node;

/// The pod that an object is or makes.
#[derive(Debug)]
pub struct Pod<'a> {
    /// The pod's `metadata`, if there is one.
    pub metadata: Option<&'a Node>,
    /// Where `metadata` stands in the object.
    pub metadata_path: &'static [&'static str],
    /// The pod's `spec`.
    pub spec: &'a Node,
    /// Where `spec` stands in the object.
    pub spec_path: &'static [&'static str],
    /// All containers.
    pub containers: Vec<Container<'a>>,
}

/// A container and the list it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    /// The container.
    pub node: &'a Node,
    /// `containers`, `initContainers` or `ephemeralContainers`.
    pub list: &'static str,
    /// Its index there.
    pub index: usize,
}

impl Container<'_> {
    /// `regular`, `init` or `ephemeral`.
    #[must_use]
    pub fn role(&self) -> &'static str {
        match self.list {
            "initContainers" => "init",
            "ephemeralContainers" => "ephemeral",
            _ => "regular",
        }
    }
}

/// Group, kind, place of the pod's metadata and spec.
type Place = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const TEMPLATE: (&[&str], &[&str]) = (&["spec", "template", "metadata"], &["spec", "template", "spec"]);
const SANDBOX: (&[&str], &[&str]) = (&["spec", "podTemplate", "metadata"], &["spec", "podTemplate", "spec"]);

/// Where the pods are. `extensions` is where the workloads of `apps` once were.
const PLACES: [Place; 16] = [
    ("", "DeploymentConfig", TEMPLATE.0, TEMPLATE.1),
    ("", "Pod", &["metadata"], &["spec"]),
    ("", "PodTemplate", &["template", "metadata"], &["template", "spec"]),
    ("", "ReplicationController", TEMPLATE.0, TEMPLATE.1),
    ("agents.x-k8s.io", "Sandbox", SANDBOX.0, SANDBOX.1),
    ("apps", "DaemonSet", TEMPLATE.0, TEMPLATE.1),
    ("apps", "Deployment", TEMPLATE.0, TEMPLATE.1),
    ("apps", "ReplicaSet", TEMPLATE.0, TEMPLATE.1),
    ("apps", "StatefulSet", TEMPLATE.0, TEMPLATE.1),
    ("apps.openshift.io", "DeploymentConfig", TEMPLATE.0, TEMPLATE.1),
    (
        "batch",
        "CronJob",
        &["spec", "jobTemplate", "spec", "template", "metadata"],
        &["spec", "jobTemplate", "spec", "template", "spec"],
    ),
    ("batch", "Job", TEMPLATE.0, TEMPLATE.1),
    ("extensions", "DaemonSet", TEMPLATE.0, TEMPLATE.1),
    ("extensions", "Deployment", TEMPLATE.0, TEMPLATE.1),
    ("extensions", "ReplicaSet", TEMPLATE.0, TEMPLATE.1),
    ("extensions.agents.x-k8s.io", "SandboxTemplate", SANDBOX.0, SANDBOX.1),
];

/// The lists of containers in a pod's spec.
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

impl<'a> Pod<'a> {
    /// The pod of an object; `None` if it is of a kind without one, or has no `spec` there.
    #[must_use]
    pub fn of(object: &Object<'a>) -> Option<Self> {
        let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
        let place = PLACES.iter().find(|place| place.0 == group && place.1 == object.kind)?;
        Self::at(object, place.2, place.3)
    }

    /// The pod that an object of a kind unknown here shows in `spec.template`, as most that make pods do.
    #[must_use]
    pub(super) fn in_template(object: &Object<'a>) -> Option<Self> {
        let pod = Self::at(object, TEMPLATE.0, TEMPLATE.1)?;
        (!pod.containers.is_empty()).then_some(pod)
    }

    /// Whether its node selector takes nodes of Windows only.
    #[must_use]
    pub(super) fn selects_windows(&self) -> bool {
        let labels = ["kubernetes.io/os", "beta.kubernetes.io/os"];
        labels.iter().any(|label| self.spec.at(&["nodeSelector", label]).and_then(Node::as_str) == Some("windows"))
    }

    fn at(
        object: &Object<'a>,
        metadata_path: &'static [&'static str],
        spec_path: &'static [&'static str],
    ) -> Option<Self> {
        let spec = object.node.at(spec_path).filter(|spec| !spec.is_null())?;
        let containers = LISTS.into_iter().flat_map(|list| {
            let items = spec.get(list).map(Node::items).unwrap_or_default();
            items.iter().enumerate().map(move |(index, node)| Container { node, list, index })
        });
        Some(Self {
            metadata: object.node.at(metadata_path).filter(|metadata| !metadata.is_null()),
            metadata_path,
            spec,
            spec_path,
            containers: containers.filter(|container| !container.node.is_null()).collect(),
        })
    }
}
