//! Predicates about containers that are less hardened than others of the same release.

use super::workload::{Workload, items, text};
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::policy::pod::Container;
use crate::yaml::node::Node;

/// A setting that hardens a container: what it is called, where it stands below `securityContext`, whether a pod may have it for
/// all its containers, and whether a node there is the hardened one.
struct Setting {
    name: &'static str,
    path: &'static [&'static str],
    in_pod: bool,
    is_hard: fn(&Node) -> bool,
}

const SETTINGS: [Setting; 5] = [
    Setting {
        name: "runAsNonRoot",
        path: &["runAsNonRoot"],
        in_pod: true,
        is_hard: |node| node.as_bool() == Some(true),
    },
    Setting {
        name: "allowPrivilegeEscalation",
        path: &["allowPrivilegeEscalation"],
        in_pod: false,
        is_hard: |node| node.as_bool() == Some(false),
    },
    Setting {
        name: "readOnlyRootFilesystem",
        path: &["readOnlyRootFilesystem"],
        in_pod: false,
        is_hard: |node| node.as_bool() == Some(true),
    },
    Setting {
        name: "capabilities.drop",
        path: &["capabilities", "drop"],
        in_pod: false,
        is_hard: |node| node.items().iter().any(|name| name.as_str() == Some("ALL")),
    },
    Setting {
        name: "seccompProfile",
        path: &["seccompProfile", "type"],
        in_pod: true,
        is_hard: |node| matches!(node.as_str(), Some("RuntimeDefault" | "Localhost")),
    },
];

impl Setting {
    /// Whether a container has it, of its own or of its pod.
    fn holds(&self, workload: &Workload<'_>, container: &Container<'_>) -> bool {
        let at = |node: &Node| node.get("securityContext").and_then(|context| context.at(self.path)).map(self.is_hard);
        let pod = || if self.in_pod { at(workload.pod.spec) } else { None };
        at(container.node).or_else(pod).unwrap_or(false)
    }
}

/// The containers that a manifest can harden.
fn containers<'w, 'a>(workload: &'w Workload<'a>) -> impl Iterator<Item = &'w Container<'a>> {
    workload.pod.containers.iter().filter(|container| container.role() != "ephemeral")
}

/// Tells of the settings that a container lacks; the place is that of the first.
fn tell<'a>(workload: &Workload<'a>, container: Container<'a>, lacking: &[&Setting], other: &str, hits: &mut Hits<'a>) {
    let Some(first) = lacking.first() else { return };
    let names: Vec<&str> = lacking.iter().map(|setting| setting.name).collect();
    let hit: Hit<'a> = workload.hit_in(container, &["securityContext"]).fields(first.path);
    hits.add(hit.say("settings", names.join(", ")).say("other", other));
}

/// A container without a setting that another container of its pod has.
pub(super) fn less_hardened_container<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for workload in release.workloads() {
        let count = containers(workload).count();
        if count < 2 {
            continue;
        }
        release.spend(count * SETTINGS.len())?;
        // For each setting the first container that has it.
        let holders = SETTINGS.each_ref().map(|setting| containers(workload).find(|it| setting.holds(workload, it)));
        for container in containers(workload) {
            let lacks = |(setting, holder): &(&Setting, Option<&Container<'_>>)| {
                holder.is_some() && !setting.holds(workload, container)
            };
            let lacking: Vec<_> = SETTINGS.iter().zip(holders).filter(lacks).collect();
            let other = lacking.first().and_then(|(_, holder)| text(holder.as_ref()?.node, &["name"]));
            let settings: Vec<&Setting> = lacking.iter().map(|(setting, _)| *setting).collect();
            tell(workload, *container, &settings, other.unwrap_or("another"), hits);
        }
    }
    Ok(())
}

/// A container of a hook or of a test without a setting that all containers of the workloads have.
pub(super) fn less_hardened_hook<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let is_hook = |workload: &&Workload<'_>| {
        let annotation = ["metadata", "annotations", "helm.sh/hook"];
        release.objects.get(workload.object).is_some_and(|object| object.node.at(&annotation).is_some())
    };
    let (hooks, others): (Vec<_>, Vec<_>) = release.workloads().iter().partition(is_hook);
    let count: usize = others.iter().map(|workload| containers(workload).count()).sum();
    if count == 0 {
        return Ok(());
    }
    release.spend(count * SETTINGS.len())?;
    let common: Vec<&Setting> = SETTINGS
        .iter()
        .filter(|setting| others.iter().all(|workload| containers(workload).all(|it| setting.holds(workload, it))))
        .collect();
    for workload in hooks {
        for container in containers(workload) {
            release.spend(1 + common.len())?;
            let lacking: Vec<&Setting> =
                common.iter().copied().filter(|setting| !setting.holds(workload, container)).collect();
            tell(workload, *container, &lacking, "", hits);
        }
    }
    Ok(())
}

/// Whether a container can write to a volume that it mounts.
#[must_use]
pub(super) fn writes(container: &Container<'_>, volume: &str) -> bool {
    items(container.node, &["volumeMounts"]).iter().any(|mount| {
        text(mount, &["name"]) == Some(volume) && mount.get("readOnly").and_then(Node::as_bool) != Some(true)
    })
}
