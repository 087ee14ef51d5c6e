//! What may reach a workload, and what it may reach: all policies that select it together.
//!
//! Policies only add. A pod that no policy isolates in a direction is open there; of one that is isolated every connection is
//! refused that no rule of any of its policies lets through.

use super::peer::{Other, Target, has_port, lets_through};
use super::policy::{Direction, NetworkPolicy, policies};
use crate::limits::Exceeded;
use crate::policy::joined::release::Release;
use crate::policy::joined::workload::items;
use crate::yaml::node::Node;

/// The policies of a release and the workloads that they select.
#[derive(Debug)]
pub(super) struct Network<'a> {
    /// All policies.
    pub policies: Vec<NetworkPolicy<'a>>,
    /// Per policy the workloads that it selects: indices in [`Release::workloads`].
    pub selected: Vec<Vec<usize>>,
    /// Per workload the policies that select it.
    selecting: Vec<Vec<usize>>,
}

/// A rule of a policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule<'n, 'a> {
    /// Its policy.
    pub policy: &'n NetworkPolicy<'a>,
    /// Its place among the rules of that direction.
    pub index: usize,
    /// The rule.
    pub node: &'a Node,
}

impl<'a> Network<'a> {
    /// The network of a release.
    ///
    /// # Errors
    /// The policy that asks has no steps left.
    pub(super) fn of(release: &Release<'a>) -> Result<Self, Exceeded> {
        let policies = policies(release);
        let mut selecting = vec![Vec::new(); release.workloads().len()];
        let mut selected = Vec::with_capacity(policies.len());
        for (index, policy) in policies.iter().enumerate() {
            let found = match policy.namespace {
                Some(namespace) => release.select(namespace, &policy.selector)?,
                None => {
                    let workloads = release.workloads().iter().enumerate();
                    release.spend(release.workloads().len() * (1 + policy.selector.size()))?;
                    let matching = workloads.filter(|(_, workload)| policy.selector.matches(workload.labels));
                    matching.map(|(index, _)| index).collect()
                }
            };
            for workload in &found {
                if let Some(selecting) = selecting.get_mut(*workload) {
                    selecting.push(index);
                }
            }
            selected.push(found);
        }
        Ok(Self { policies, selected, selecting })
    }

    /// The policies that isolate a workload in a direction.
    pub(super) fn isolating(&self, workload: usize, direction: Direction) -> impl Iterator<Item = &NetworkPolicy<'a>> {
        let selecting = self.selecting.get(workload).into_iter().flatten();
        let policies = selecting.filter_map(|index| self.policies.get(*index));
        policies.filter(move |policy| policy.rules(direction).is_some())
    }

    /// Whether any policy isolates a workload in a direction.
    #[must_use]
    pub(super) fn is_isolated(&self, workload: usize, direction: Direction) -> bool {
        self.isolating(workload, direction).next().is_some()
    }

    /// Whether all policies that isolate a workload in a direction can be read.
    #[must_use]
    pub(super) fn is_known(&self, workload: usize, direction: Direction) -> bool {
        self.isolating(workload, direction).all(|policy| policy.native)
    }

    /// The rules for a workload and a direction.
    pub(super) fn rules(&self, workload: usize, direction: Direction) -> impl Iterator<Item = Rule<'_, 'a>> {
        self.isolating(workload, direction).flat_map(move |policy| rules(policy, direction))
    }

    /// Whether a workload's policies let a connection through, and by which rule; `None` inside when it is not isolated.
    #[must_use]
    pub(super) fn reach(
        &self,
        workload: usize,
        direction: Direction,
        other: Other<'_>,
        target: Target<'_>,
    ) -> Option<Option<Rule<'_, 'a>>> {
        if !self.is_isolated(workload, direction) {
            return Some(None);
        }
        let mut rules = self.rules(workload, direction);
        let through = rules.find(|rule| {
            let home = rule.policy.namespace.unwrap_or_default();
            lets_through(rule.node, direction.peers(), home, other, target)
        });
        through.map(Some)
    }

    /// Whether a workload can ask for names over a protocol. Where the cluster's name servers are is not known to a chart: any
    /// namespace that is selected and any block of addresses may hold them, the pods of the policy's own namespace do not.
    #[must_use]
    pub(super) fn resolves(&self, workload: usize, protocol: &str) -> bool {
        let target = Target { protocol, number: 53, name: Some("dns") };
        self.rules(workload, Direction::Egress).any(|rule| {
            let peers = items(rule.node, &["to"]);
            let elsewhere = |peer: &Node| peer.get("namespaceSelector").or_else(|| peer.get("ipBlock")).is_some();
            let at_home = rule.policy.namespace == Some("kube-system");
            (peers.is_empty() || at_home || peers.iter().any(elsewhere)) && has_port(rule.node, target)
        })
    }
}

/// The rules of a policy for a direction.
pub(super) fn rules<'n, 'a>(policy: &'n NetworkPolicy<'a>, direction: Direction) -> impl Iterator<Item = Rule<'n, 'a>> {
    let rules = policy.rules(direction).filter(|_| policy.native).unwrap_or_default();
    rules.iter().enumerate().map(move |(index, node)| Rule { policy, index, node })
}
