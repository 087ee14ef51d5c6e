//! All objects of one render, and what predicates look up in them.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use super::selector::Selector;
use super::workload::{Workload, text};
use crate::limits::{Exceeded, Limits};
use crate::policy::check::Setting;
use crate::policy::object::Object;
use crate::schema::kubernetes::{Fault, check};

/// The objects of one render. Its indexes are made when they are first asked for.
#[derive(Debug)]
pub(in crate::policy) struct Release<'a> {
    /// In the order of the render.
    pub objects: &'a [Object<'a>],
    /// What they are judged for.
    pub setting: Setting<'a>,
    /// The budgets of the run.
    pub limits: &'a Limits,
    spent: Cell<u64>,
    kinds: OnceCell<HashMap<&'a str, Vec<usize>>>,
    names: OnceCell<HashMap<Name<'a>, usize>>,
    workloads: OnceCell<Vec<Workload<'a>>>,
    labels: OnceCell<HashMap<Label<'a>, Vec<usize>>>,
    namespaces: OnceCell<HashMap<&'a str, Vec<usize>>>,
    scalers: OnceCell<HashMap<Name<'a>, usize>>,
    faults: OnceCell<Result<Vec<(usize, Fault<'a>)>, Exceeded>>,
}

/// Kind, namespace (empty when the kind has none) and name.
type Name<'a> = (&'a str, &'a str, &'a str);

/// Namespace, key and value.
type Label<'a> = (&'a str, &'a str, &'a str);

/// Kinds of Kubernetes that stand in no namespace and do not begin with `Cluster`.
const WITHOUT_NAMESPACE: [&str; 20] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "CustomResourceDefinition",
    "FlowSchema",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingWebhookConfiguration",
    "VolumeSnapshotClass",
];

/// API groups whose objects make no pods: they route, watch, certify or keep secrets.
const WITHOUT_PODS: [&str; 11] = [
    "cert-manager.io",
    "cilium.io",
    "external-secrets.io",
    "gateway.networking.k8s.io",
    "keda.sh",
    "monitoring.coreos.com",
    "networking.istio.io",
    "openshift.io",
    "projectcontour.io",
    "security.istio.io",
    "traefik.io",
];

impl<'a> Release<'a> {
    /// The objects that go into a cluster together.
    #[must_use]
    pub(in crate::policy) fn new(objects: &'a [Object<'a>], setting: Setting<'a>, limits: &'a Limits) -> Self {
        Self {
            objects,
            setting,
            limits,
            spent: Cell::new(0),
            kinds: OnceCell::new(),
            names: OnceCell::new(),
            workloads: OnceCell::new(),
            labels: OnceCell::new(),
            namespaces: OnceCell::new(),
            scalers: OnceCell::new(),
            faults: OnceCell::new(),
        }
    }

    /// Begins another policy, which has all its steps before it.
    pub(in crate::policy) fn begin(&self) {
        self.spent.set(0);
    }

    /// Takes steps from what the policy may still do.
    ///
    /// # Errors
    /// It has no steps left.
    pub(super) fn spend(&self, steps: usize) -> Result<(), Exceeded> {
        let spent = self.spent.get().saturating_add(steps as u64);
        self.spent.set(spent);
        Exceeded::check("policy-steps", spent, self.limits.policy_steps)
    }

    /// Where an object goes; empty for kinds that stand in no namespace.
    #[must_use]
    pub(super) fn namespace(&self, object: &Object<'a>) -> &'a str {
        if is_cluster_wide(object.kind) { "" } else { self.setting.namespace(object) }
    }

    /// The objects of a kind, with their indices.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = (usize, &'a Object<'a>)> {
        let kinds = self.kinds.get_or_init(|| {
            let mut kinds: HashMap<&str, Vec<usize>> = HashMap::new();
            for (index, object) in self.objects.iter().enumerate() {
                kinds.entry(object.kind).or_default().push(index);
            }
            kinds
        });
        let objects = self.objects;
        kinds.get(kind).into_iter().flatten().filter_map(move |index| Some((*index, objects.get(*index)?)))
    }

    /// The object of this kind, namespace (empty when the kind has none) and name; the first of equal ones.
    #[must_use]
    pub(super) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<(usize, &'a Object<'a>)> {
        let names = self.names.get_or_init(|| {
            let mut names = HashMap::new();
            for (index, object) in self.objects.iter().enumerate() {
                names.entry((object.kind, self.namespace(object), object.name)).or_insert(index);
            }
            names
        });
        let index = *names.get(&(kind, namespace, name))?;
        Some((index, self.objects.get(index)?))
    }

    /// Everything that is a pod or makes pods.
    #[must_use]
    pub(super) fn workloads(&self) -> &[Workload<'a>] {
        self.workloads.get_or_init(|| {
            let objects = self.objects.iter().enumerate();
            objects.filter_map(|(index, object)| Workload::of(index, object, self.setting.namespace(object))).collect()
        })
    }

    /// The workloads of a namespace that a selector matches: indices in [`Self::workloads`].
    ///
    /// # Errors
    /// The policy has no steps left.
    pub(super) fn select(&self, namespace: &str, selector: &Selector<'a>) -> Result<Vec<usize>, Exceeded> {
        let workloads = self.workloads();
        let labels = self.labels.get_or_init(|| {
            let mut labels: HashMap<_, Vec<usize>> = HashMap::new();
            for (index, workload) in workloads.iter().enumerate() {
                for entry in workload.labels {
                    let Some(value) = entry.value.as_str() else { continue };
                    labels.entry((workload.namespace, &*entry.key, value)).or_default().push(index);
                }
            }
            labels
        });
        let namespaces = self.namespaces.get_or_init(|| {
            let mut namespaces: HashMap<_, Vec<usize>> = HashMap::new();
            for (index, workload) in workloads.iter().enumerate() {
                namespaces.entry(workload.namespace).or_default().push(index);
            }
            namespaces
        });
        // The rarest label leaves the fewest to look at.
        let mut candidates = namespaces.get(namespace).map_or(&[][..], Vec::as_slice);
        for (key, value) in selector.demands() {
            let with = labels.get(&(namespace, key, value)).map_or(&[][..], Vec::as_slice);
            if with.len() <= candidates.len() {
                candidates = with;
            }
        }
        self.spend(1 + candidates.len() * (1 + selector.size()))?;
        let matching = |index: &&usize| workloads.get(**index).is_some_and(|pod| selector.matches(pod.labels));
        Ok(candidates.iter().filter(matching).copied().collect())
    }

    /// The HorizontalPodAutoscaler that scales an object.
    #[must_use]
    pub(super) fn scaler(&self, kind: &str, namespace: &str, name: &str) -> Option<&'a Object<'a>> {
        let scalers = self.scalers.get_or_init(|| {
            let scalers = self.of_kind("HorizontalPodAutoscaler").filter_map(|(index, scaler)| {
                let target = |field| text(scaler.node, &["spec", "scaleTargetRef", field]);
                Some(((target("kind")?, self.setting.namespace(scaler), target("name")?), index))
            });
            scalers.collect()
        });
        self.objects.get(*scalers.get(&(kind, namespace, name))?)
    }

    /// What the API server refuses about the form of the objects, each fault with the index of its object.
    ///
    /// # Errors
    /// The objects are too many to look at.
    pub(super) fn faults(&self) -> Result<&[(usize, Fault<'a>)], Exceeded> {
        let faults = self.faults.get_or_init(|| {
            let objects = self.objects.iter().map(|object| (object.node, object.api_version, object.kind));
            check(objects, self.setting.minor, self.limits)
        });
        faults.as_deref().map_err(|exceeded| *exceeded)
    }

    /// Whether the release holds objects for an operator, which may make pods that no template shows.
    #[must_use]
    pub(super) fn has_operator(&self) -> bool {
        self.objects.iter().any(|object| {
            let Some((group, _)) = object.api_version.split_once('/') else { return false };
            let ours = !group.contains('.') || group.ends_with(".k8s.io");
            let makes_pods = ["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"].contains(&object.kind);
            let none = ours || WITHOUT_PODS.iter().any(|known| group.ends_with(known));
            makes_pods || !none
        })
    }
}

/// Whether a kind stands in no namespace, as far as is known.
#[must_use]
pub(super) fn is_cluster_wide(kind: &str) -> bool {
    kind.starts_with("Cluster") || WITHOUT_NAMESPACE.contains(&kind)
}
