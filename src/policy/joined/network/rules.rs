//! Predicates about network policies.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use super::peer::{Block, Other, Target, selector};
use super::policy::Direction;
use super::reach::{Network, Rule, rules};
use crate::limits::Exceeded;
use crate::policy::joined::selector::Selector;
use crate::policy::joined::workload::{integer, items, text};
use crate::policy::joined::{Hit, Hits, Release};
use crate::yaml::node::Node;

const DIRECTIONS: [Direction; 2] = [Direction::Ingress, Direction::Egress];

/// Pods that no policy selects: one fault of the release.
pub(in crate::policy::joined) fn unisolated_pod<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    let open = release
        .workloads()
        .iter()
        .enumerate()
        .filter(|(index, _)| DIRECTIONS.iter().all(|direction| !network.is_isolated(*index, *direction)));
    let mut first: Option<Hit<'a>> = None;
    let mut count = 0_usize;
    for (_, workload) in open {
        count += 1;
        let hit = workload.hit(&[]);
        first = Some(match first {
            Some(first) => first.also(hit.object, hit.path),
            None => hit,
        });
    }
    let none = network.policies.is_empty();
    let which = match (none, count) {
        (true, _) => "the release has no network policy".to_owned(),
        (false, 1) => "no network policy selects the pod".to_owned(),
        (false, _) => format!("no network policy selects the pods of {count} workloads"),
    };
    if let Some(hit) = first {
        hits.add(hit.say("which", which));
    }
    Ok(())
}

/// Pods that are isolated for one direction and open for the other: one fault per policy.
pub(in crate::policy::joined) fn one_sided_network_policy<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    let mut told: HashMap<(usize, Direction), Hit<'a>> = HashMap::new();
    let mut order = Vec::new();
    for (index, workload) in release.workloads().iter().enumerate().filter(|(_, it)| !it.is_on_host_network()) {
        let open = match DIRECTIONS.map(|direction| network.is_isolated(index, direction)) {
            [true, false] => Direction::Egress,
            [false, true] => Direction::Ingress,
            _ => continue,
        };
        let closed = if open == Direction::Egress { Direction::Ingress } else { Direction::Egress };
        let Some(policy) = network.isolating(index, closed).next() else { continue };
        let key = (policy.object, open);
        match told.get_mut(&key) {
            Some(hit) => hit.also.push((workload.object, workload.labels_path())),
            None => {
                order.push(key);
                let hit = Hit::at(policy.object, &["spec", "policyTypes"]).say("open", open.field());
                told.insert(key, hit.also(workload.object, workload.labels_path()));
            }
        }
    }
    order.into_iter().filter_map(|key| told.remove(&key)).for_each(|hit| hits.add(hit));
    Ok(())
}

/// A policy that opens something for all pods of its namespace, those of other releases among them.
pub(in crate::policy::joined) fn empty_pod_selector<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    for policy in network.policies.iter().filter(|policy| policy.native && policy.selector.is_empty()) {
        let opens = DIRECTIONS.iter().any(|direction| {
            // Names for all pods go with a denial for all pods.
            rules(policy, *direction).any(|rule| *direction == Direction::Ingress || !is_names_only(&rule))
        });
        if opens {
            hits.add(Hit::at(policy.object, policy.selector_path));
        }
    }
    Ok(())
}

/// A rule that lets everything through that a direction has.
pub(in crate::policy::joined) fn allow_all_network_policy<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    for policy in &network.policies {
        for direction in DIRECTIONS {
            for rule in rules(policy, direction) {
                release.spend(1)?;
                all_of_a_rule(&rule, direction, hits);
            }
        }
    }
    Ok(())
}

fn all_of_a_rule<'a>(rule: &Rule<'_, 'a>, direction: Direction, hits: &mut Hits<'a>) {
    let place = || Hit::at(rule.policy.object, &["spec", direction.field()]).item(rule.index);
    let whom = if direction == Direction::Ingress { "everyone to connect" } else { "connections to everything" };
    let peers = items(rule.node, &[direction.peers()]);
    let ports = items(rule.node, &["ports"]);
    if peers.is_empty() {
        if !is_names_only(rule) || direction == Direction::Ingress {
            let on = if ports.is_empty() { "" } else { " on its ports" };
            hits.add(place().field(direction.peers()).say("whom", format!("{whom}{on}")));
        }
        return;
    }
    for (index, peer) in peers.iter().enumerate() {
        let at = || place().field(direction.peers()).item(index);
        let cidr = text(peer, &["ipBlock", "cidr"]);
        let everything = cidr.and_then(Block::parse).is_some_and(Block::is_everything);
        let excepted = !items(peer, &["ipBlock", "except"]).is_empty();
        // The whole internet on port 443 is what a client of public services needs.
        if everything && !excepted && (direction == Direction::Ingress || ports.is_empty()) {
            hits.add(at().fields(&["ipBlock", "cidr"]).say("whom", whom));
        }
        let of_all = selector(peer, "namespaceSelector").is_some_and(|selector| selector.is_empty());
        let of_any = selector(peer, "podSelector").is_none_or(|selector| selector.is_empty());
        if of_all && of_any && (direction == Direction::Ingress || ports.is_empty()) {
            let pods = match direction {
                Direction::Ingress => "every pod of the cluster to connect",
                Direction::Egress => "connections to every pod of the cluster",
            };
            hits.add(at().field("namespaceSelector").say("whom", pods));
        }
    }
}

/// Whether a rule is for port 53 alone.
fn is_names_only(rule: &Rule<'_, '_>) -> bool {
    let ports = items(rule.node, &["ports"]);
    let dns =
        |port: &Node| port.get("port").is_some_and(|port| integer(port) == Some(53)) && port.get("endPort").is_none();
    !ports.is_empty() && ports.iter().all(dns)
}

/// A block of addresses through which a pod reaches the metadata service of its cloud.
pub(in crate::policy::joined) fn metadata_egress<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    let metadata = Other::Address(IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)));
    let target = Target { protocol: "TCP", number: 80, name: None };
    let mut told: HashMap<(usize, usize), Hit<'a>> = HashMap::new();
    let mut order = Vec::new();
    for (index, workload) in release.workloads().iter().enumerate() {
        release.spend(1)?;
        // What is open as a whole is told as that.
        let Some(Some(rule)) = network.reach(index, Direction::Egress, metadata, target) else { continue };
        let peers = items(rule.node, &["to"]);
        let all = |peer: &Node| {
            let cidr = text(peer, &["ipBlock", "cidr"]).and_then(Block::parse);
            cidr.is_some_and(Block::is_everything) && items(peer, &["ipBlock", "except"]).is_empty()
        };
        if peers.is_empty() || (items(rule.node, &["ports"]).is_empty() && peers.iter().any(all)) {
            continue;
        }
        let key = (rule.policy.object, rule.index);
        if let Some(hit) = told.get_mut(&key) {
            hit.also.push((workload.object, workload.labels_path()));
        } else {
            order.push(key);
            let hit = Hit::at(rule.policy.object, &["spec", "egress"]).item(rule.index).field("to");
            told.insert(key, hit.also(workload.object, workload.labels_path()));
        }
    }
    order.into_iter().filter_map(|key| told.remove(&key)).for_each(|hit| hits.add(hit));
    Ok(())
}

/// A policy whose selector matches no pod of the release.
pub(in crate::policy::joined) fn dangling_network_policy<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    for (policy, selected) in network.policies.iter().zip(&network.selected) {
        if selected.is_empty() && !policy.selector.is_empty() && policy.native && !release.has_operator() {
            hits.add(Hit::at(policy.object, policy.selector_path).say("selector", policy.selector.shown()));
        }
    }
    Ok(())
}

/// A peer whose selector matches no pod of the release.
pub(in crate::policy::joined) fn dangling_network_peer<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    if release.has_operator() {
        return Ok(());
    }
    for policy in &network.policies {
        for (direction, rule) in DIRECTIONS.iter().flat_map(|it| rules(policy, *it).map(move |rule| (*it, rule))) {
            for (index, peer) in items(rule.node, &[direction.peers()]).iter().enumerate() {
                release.spend(1)?;
                // Pods of other namespaces are those of others.
                let Some(pods) = selector(peer, "podSelector").filter(|selector| !selector.is_empty()) else {
                    continue;
                };
                let home = policy.namespace.filter(|_| peer.get("namespaceSelector").is_none_or(Node::is_null));
                let Some(home) = home else { continue };
                if release.select(home, &pods)?.is_empty() && !asks_for_clients(&pods) {
                    let hit = Hit::at(policy.object, &["spec", direction.field()]).item(rule.index);
                    let hit = hit.field(direction.peers()).item(index).field("podSelector");
                    hits.add(hit.say("selector", pods.shown()));
                }
            }
        }
    }
    Ok(())
}

/// Whether a selector asks the pods of others to put a mark on themselves, `web-client: "true"`.
fn asks_for_clients(selector: &Selector<'_>) -> bool {
    selector.labels.iter().any(|(_, value)| *value == "true")
}

/// A port of an ingress rule that no container behind it has.
pub(in crate::policy::joined) fn network_port_without_container<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    for (policy, selected) in network.policies.iter().zip(&network.selected) {
        let pods: Vec<_> = selected.iter().filter_map(|index| release.workloads().get(*index)).collect();
        // A container need not declare its ports: nothing is known of pods that declare none.
        if pods.is_empty() || pods.iter().any(|pod| pod.ports().next().is_none()) {
            continue;
        }
        for rule in rules(policy, Direction::Ingress) {
            for (index, port) in items(rule.node, &["ports"]).iter().enumerate() {
                release.spend(1 + pods.len())?;
                let Some(wanted) = port.get("port").filter(|_| port.get("endPort").is_none()) else { continue };
                let protocol = text(port, &["protocol"]).unwrap_or("TCP");
                let (number, name) = (integer(wanted), wanted.as_str());
                let has = |port: super::super::workload::Port<'_>| {
                    let same = if name.is_some() { port.name == name } else { port.number == number };
                    same && port.protocol == protocol
                };
                if !pods.iter().any(|pod| pod.ports().any(has)) {
                    let shown = name.map_or_else(|| number.unwrap_or_default().to_string(), str::to_owned);
                    let hit = Hit::at(policy.object, &["spec", "ingress"]).item(rule.index).field("ports").item(index);
                    hits.add(hit.field("port").say("port", format!("{shown}/{protocol}")));
                }
            }
        }
    }
    Ok(())
}

/// Pods that may connect somewhere and cannot ask where that is.
pub(in crate::policy::joined) fn egress_without_dns<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    let mut told: HashMap<(usize, &str), Hit<'a>> = HashMap::new();
    let mut order = Vec::new();
    for (index, workload) in release.workloads().iter().enumerate() {
        release.spend(1)?;
        let uses_network = network.rules(index, Direction::Egress).any(|rule| !is_names_only(&rule));
        if workload.is_on_host_network() || !uses_network || !network.is_known(index, Direction::Egress) {
            continue;
        }
        let missing = match ["UDP", "TCP"].map(|protocol| network.resolves(index, protocol)) {
            [true, true] => continue,
            [true, false] => "over TCP, as long answers need",
            [false, true] => "over UDP",
            [false, false] => "over UDP and TCP",
        };
        let Some(policy) = network.isolating(index, Direction::Egress).next() else { continue };
        let key = (policy.object, missing);
        if let Some(hit) = told.get_mut(&key) {
            hit.also.push((workload.object, workload.labels_path()));
        } else {
            order.push(key);
            let hit = Hit::at(policy.object, &["spec", "egress"]).say("missing", missing);
            told.insert(key, hit.also(workload.object, workload.labels_path()));
        }
    }
    order.into_iter().filter_map(|key| told.remove(&key)).for_each(|hit| hits.add(hit));
    Ok(())
}

/// A namespace selected by the label `name`, which nobody sets unasked.
pub(in crate::policy::joined) fn namespace_name_label<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    let labelled =
        release.of_kind("Namespace").any(|(_, namespace)| namespace.node.at(&["metadata", "labels", "name"]).is_some());
    for policy in network.policies.iter().filter(|_| !labelled) {
        for (direction, rule) in DIRECTIONS.iter().flat_map(|it| rules(policy, *it).map(move |rule| (*it, rule))) {
            for (index, peer) in items(rule.node, &[direction.peers()]).iter().enumerate() {
                release.spend(1)?;
                let Some(namespaces) = selector(peer, "namespaceSelector") else { continue };
                if !namespaces.keys().any(|key| key == "name") {
                    continue;
                }
                let hit = Hit::at(policy.object, &["spec", direction.field()]).item(rule.index);
                let hit = hit.field(direction.peers()).item(index).field("namespaceSelector");
                let plain = namespaces.labels.iter().find(|(key, _)| *key == "name");
                let (hit, value) = match plain {
                    Some((_, value)) => (hit.fields(&["matchLabels", "name"]), *value),
                    None => (hit.field("matchExpressions"), ""),
                };
                hits.add(hit.say("namespace", value));
            }
        }
    }
    Ok(())
}

/// A connection that a policy of one end lets through and those of the other end refuse.
pub(in crate::policy::joined) fn half_open_connection<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let network = Network::of(release)?;
    for (policy, selected) in network.policies.iter().zip(&network.selected) {
        for (direction, rule) in DIRECTIONS.iter().flat_map(|it| rules(policy, *it).map(move |rule| (*it, rule))) {
            for (index, peer) in items(rule.node, &[direction.peers()]).iter().enumerate() {
                let Some(pods) = selector(peer, "podSelector").filter(|selector| !selector.is_empty()) else {
                    continue;
                };
                let home = policy.namespace.filter(|_| peer.get("namespaceSelector").is_none_or(Node::is_null));
                let Some(home) = home else { continue };
                let others = release.select(home, &pods)?;
                let refused = refused(release, &network, (direction, rule), selected, &others)?;
                if let Some((other, port)) = refused {
                    let name = release.objects.get(other).map_or("", |object| object.name);
                    let hit = Hit::at(policy.object, &["spec", direction.field()]).item(rule.index);
                    let hit = hit.field(direction.peers()).item(index).field("podSelector");
                    hits.add(hit.say("other", name).say("port", port.to_string()));
                }
            }
        }
    }
    Ok(())
}

/// The first object behind a peer whose own policies refuse what a rule lets through, and the port.
fn refused(
    release: &Release<'_>,
    network: &Network<'_>,
    (direction, rule): (Direction, Rule<'_, '_>),
    selected: &[usize],
    others: &[usize],
) -> Result<Option<(usize, i64)>, Exceeded> {
    let workloads = release.workloads();
    let opposite = if direction == Direction::Ingress { Direction::Egress } else { Direction::Ingress };
    let ports = items(rule.node, &["ports"]).iter().filter(|port| port.get("endPort").is_none());
    for (port, number) in ports.filter_map(|port| Some((port, integer(port.get("port")?)?))) {
        let target = Target { protocol: text(port, &["protocol"]).unwrap_or("TCP"), number, name: None };
        for (other, pod) in others.iter().filter_map(|index| Some((*index, workloads.get(*index)?))) {
            // Labels of namespaces and named ports are not known well enough to say that something is refused.
            release.spend(1)?;
            let unsure = network.rules(other, opposite).any(|rule| {
                let mut peers = items(rule.node, &[opposite.peers()]).iter();
                let named = items(rule.node, &["ports"])
                    .iter()
                    .any(|port| port.get("port").is_some_and(|port| port.as_str().is_some()));
                named || peers.any(|peer| peer.get("namespaceSelector").is_some())
            });
            if unsure || !network.is_known(other, opposite) {
                continue;
            }
            for own in selected.iter().filter_map(|index| workloads.get(*index)) {
                release.spend(1 + network.rules(other, opposite).count())?;
                let end = Other::Pod { namespace: own.namespace, namespace_labels: &[], labels: own.labels };
                if network.reach(other, opposite, end, target).is_none() {
                    return Ok(Some((pod.object, number)));
                }
            }
        }
    }
    Ok(None)
}
