//! Whom and what a rule of a network policy lets through.

use std::net::IpAddr;

use crate::policy::joined::selector::Selector;
use crate::policy::joined::workload::{integer, items, text};
use crate::yaml::node::{Entry, Node};

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Other<'a> {
    /// An address outside of the cluster.
    Address(IpAddr),
    /// A pod.
    Pod {
        /// The namespace that it runs in.
        namespace: &'a str,
        /// The labels of that namespace, as far as they are known.
        namespace_labels: &'a [Entry],
        /// Its own labels.
        labels: &'a [Entry],
    },
}

/// A port of the pod that is connected to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: &'a str,
    /// Its number.
    pub number: i64,
    /// Its name, if the pod gives it one.
    pub name: Option<&'a str>,
}

/// Whether a rule lets a connection through. `home` is the namespace of its policy.
#[must_use]
pub(super) fn lets_through(rule: &Node, peers: &str, home: &str, other: Other<'_>, target: Target<'_>) -> bool {
    let peers = items(rule, &[peers]);
    (peers.is_empty() || peers.iter().any(|peer| is_peer(peer, home, other))) && has_port(rule, target)
}

/// Whether a rule is for a port; without any port it is for all.
#[must_use]
pub(super) fn has_port(rule: &Node, target: Target<'_>) -> bool {
    let ports = items(rule, &["ports"]);
    ports.is_empty()
        || ports.iter().any(|port| {
            if text(port, &["protocol"]).unwrap_or("TCP") != target.protocol {
                return false;
            }
            let Some(first) = port.get("port").filter(|port| !port.is_null()) else { return true };
            match (integer(first), port.get("endPort").and_then(integer)) {
                (Some(first), Some(last)) => (first..=last).contains(&target.number),
                (Some(first), None) => first == target.number,
                (None, _) => first.as_str().is_some() && first.as_str() == target.name,
            }
        })
}

/// Whether the other end is a peer. Both selectors of one peer must match, pods without a namespace selector are those of the
/// policy's own namespace, and pods are not reached by their addresses.
fn is_peer(peer: &Node, home: &str, other: Other<'_>) -> bool {
    let block = peer.get("ipBlock").filter(|block| !block.is_null());
    match (other, block) {
        (Other::Address(address), Some(block)) => {
            let within = |cidr: &str| Block::parse(cidr).is_some_and(|block| block.holds(address));
            text(block, &["cidr"]).is_some_and(within)
                && !items(block, &["except"]).iter().filter_map(Node::as_str).any(within)
        }
        (Other::Pod { namespace, namespace_labels, labels }, None) => {
            let (namespaces, pods) = (selector(peer, "namespaceSelector"), selector(peer, "podSelector"));
            let in_namespace = match &namespaces {
                Some(selector) => selector.matches(namespace_labels),
                None => namespace == home,
            };
            (namespaces.is_some() || pods.is_some())
                && in_namespace
                && pods.is_none_or(|selector| selector.matches(labels))
        }
        (Other::Address(_), None) | (Other::Pod { .. }, Some(_)) => false,
    }
}

/// A selector of a peer; an empty one is there and selects everything, a null one is not.
#[must_use]
pub(super) fn selector<'a>(peer: &'a Node, field: &str) -> Option<Selector<'a>> {
    peer.get(field).filter(|selector| !selector.is_null()).map(Selector::of)
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    address: IpAddr,
    length: u32,
}

impl Block {
    /// Reads `10.0.0.0/8`; `None` if the text is no such range.
    #[must_use]
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.trim().split_once('/')?;
        let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
        let most = if address.is_ipv4() { 32 } else { 128 };
        (length <= most).then_some(Self { address, length })
    }

    /// Whether it is all addresses of its kind.
    #[must_use]
    pub(super) fn is_everything(self) -> bool {
        self.length == 0
    }

    /// Whether it holds an address.
    #[must_use]
    pub(super) fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(block), IpAddr::V4(address)) => {
                let shift = 32_u32.saturating_sub(self.length);
                block.to_bits().checked_shr(shift).unwrap_or(0) == address.to_bits().checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V6(block), IpAddr::V6(address)) => {
                let shift = 128_u32.saturating_sub(self.length);
                block.to_bits().checked_shr(shift).unwrap_or(0) == address.to_bits().checked_shr(shift).unwrap_or(0)
            }
            _ => false,
        }
    }
}
