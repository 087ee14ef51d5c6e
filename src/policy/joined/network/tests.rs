//! Reachability against the examples of the Kubernetes documentation.

use std::net::IpAddr;

use super::peer::{Block, Other, Target};
use super::policy::Direction;
use super::reach::Network;
use crate::limits::Limits;
use crate::policy::check::Setting;
use crate::policy::joined::release::Release;
use crate::policy::object::{Object, objects};
use crate::yaml::node::Node;

const WEB: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: a}]}}";

/// What decides a connection of the pod `web` (labels `app: web`, namespace `default`).
enum Verdict {
    Open,
    Through(usize),
    Refused,
}

/// Asks the network of `web` and the policies given, written as their specs.
fn ask(specs: &[&str], direction: Direction, other: Other<'_>, target: Target<'_>) -> Verdict {
    let mut documents = vec![WEB.to_owned()];
    let policy = |spec: &&str| {
        format!("{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: p}}, spec: {spec}}}")
    };
    documents.extend(specs.iter().map(policy));
    let limits = Limits::default();
    let nodes: Vec<Node> =
        documents.iter().map(|text| crate::yaml::read(text.as_bytes(), &limits).unwrap().unwrap()).collect();
    let objects: Vec<Object<'_>> = nodes.iter().flat_map(objects).collect();
    let release = Release::new(
        &objects,
        Setting { minor: 36, namespace: "default", chart: true, messages: true, registries: &[] },
        &limits,
    );
    let network = Network::of(&release).unwrap();
    match network.reach(0, direction, other, target) {
        Some(None) => Verdict::Open,
        Some(Some(rule)) => Verdict::Through(rule.index),
        None => Verdict::Refused,
    }
}

fn node(text: &str) -> Node {
    crate::yaml::read(text.as_bytes(), &Limits::default()).unwrap().unwrap()
}

fn tcp(number: i64) -> Target<'static> {
    Target { protocol: "TCP", number, name: None }
}

#[test]
fn a_pod_is_open_until_a_policy_isolates_it_in_that_direction() {
    let db = node("{app: db}");
    let other = Other::Pod { namespace: "default", namespace_labels: &[], labels: db.entries() };
    // Specs, then whether ingress and egress are open.
    let table: [(&[&str], bool, bool); 9] = [
        (&[], true, true),
        (&["{podSelector: {}}"], false, true),
        (&["{podSelector: {matchLabels: {app: db}}}"], true, true),
        (&["{podSelector: {}, policyTypes: [Ingress]}"], false, true),
        (&["{podSelector: {}, policyTypes: [Egress]}"], true, false),
        (&["{podSelector: {}, policyTypes: [Ingress, Egress]}"], false, false),
        (&["{podSelector: {}, egress: []}"], false, true),
        (&["{podSelector: {}, egress: [{ports: [{port: 1}]}]}"], false, false),
        (&["{podSelector: {}, policyTypes: [Egress], ingress: [{}]}"], true, false),
    ];
    for (specs, ingress, egress) in table {
        let open = |direction| matches!(ask(specs, direction, other, tcp(80)), Verdict::Open);
        assert_eq!((open(Direction::Ingress), open(Direction::Egress)), (ingress, egress), "{specs:?}");
    }
}

#[test]
fn policies_add_up() {
    let db = node("{app: db}");
    let other = Other::Pod { namespace: "default", namespace_labels: &[], labels: db.entries() };
    let deny = "{podSelector: {}, policyTypes: [Ingress, Egress]}";
    let allow = "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}, \
                 {from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 80}]}]}";
    assert!(matches!(ask(&[deny], Direction::Ingress, other, tcp(80)), Verdict::Refused));
    assert!(matches!(ask(&[deny, allow], Direction::Ingress, other, tcp(80)), Verdict::Through(1)));
    assert!(matches!(ask(&[deny, allow], Direction::Ingress, other, tcp(81)), Verdict::Refused));
    assert!(matches!(ask(&[deny, allow], Direction::Egress, other, tcp(80)), Verdict::Refused));
}

/// One peer with both selectors is an AND, two peers are an OR; an empty selector selects all, a missing one nothing more.
#[test]
fn peers_are_pods_by_their_labels_and_namespaces() {
    let (api, team) = (node("{app: api}"), node("{team: a, kubernetes.io/metadata.name: other}"));
    let at_home = Other::Pod { namespace: "default", namespace_labels: &[], labels: api.entries() };
    let elsewhere = Other::Pod { namespace: "other", namespace_labels: team.entries(), labels: api.entries() };
    // A list of peers, then whether api is let through from the policy's namespace and from another.
    let table = [
        ("[]", true, true),
        ("[{podSelector: {}}]", true, false),
        ("[{podSelector: {matchLabels: {app: api}}}]", true, false),
        ("[{podSelector: {matchLabels: {app: db}}}]", false, false),
        ("[{namespaceSelector: {matchLabels: {team: a}}}]", false, true),
        ("[{namespaceSelector: {matchLabels: {team: b}}}]", false, false),
        ("[{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {app: api}}}]", false, true),
        ("[{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {app: db}}}]", false, false),
        ("[{namespaceSelector: {matchLabels: {team: a}}}, {podSelector: {matchLabels: {app: db}}}]", false, true),
        ("[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]", false, true),
        ("[{namespaceSelector: {}}]", true, true),
        ("[{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}]", false, false),
        ("[{}]", false, false),
        ("[{ipBlock: {cidr: 0.0.0.0/0}}]", false, false),
    ];
    for (peers, home, other) in table {
        let spec = format!("{{podSelector: {{}}, ingress: [{{from: {peers}}}]}}");
        let through = |other| matches!(ask(&[&spec], Direction::Ingress, other, tcp(80)), Verdict::Through(0));
        assert_eq!((through(at_home), through(elsewhere)), (home, other), "{peers}");
    }
}

#[test]
fn peers_are_addresses_in_blocks_less_exceptions() {
    let table = [
        ("{cidr: 10.0.0.0/8}", "10.1.2.3", true),
        ("{cidr: 10.0.0.0/8}", "11.1.2.3", false),
        ("{cidr: 10.1.2.3/32}", "10.1.2.3", true),
        ("{cidr: 0.0.0.0/0}", "169.254.169.254", true),
        ("{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}", "169.254.169.254", false),
        ("{cidr: 0.0.0.0/0, except: [169.254.0.0/16, 10.0.0.0/8]}", "169.254.169.254", false),
        ("{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}", "169.254.169.254", true),
        ("{cidr: '::/0'}", "169.254.169.254", false),
        ("{cidr: '::/0'}", "fd00:ec2::254", true),
        ("{cidr: '2001:db8::/32'}", "2001:db8:1::1", true),
        ("{cidr: 0.0.0.0}", "1.2.3.4", false),
        ("{cidr: 0.0.0.0/33}", "1.2.3.4", false),
        ("{}", "1.2.3.4", false),
    ];
    for (block, address, wanted) in table {
        let spec = format!("{{podSelector: {{}}, egress: [{{to: [{{ipBlock: {block}}}]}}]}}");
        let other = Other::Address(address.parse::<IpAddr>().unwrap());
        let through = matches!(ask(&[&spec], Direction::Egress, other, tcp(80)), Verdict::Through(0));
        assert_eq!(through, wanted, "{block} {address}");
    }
    assert!(Block::parse("0.0.0.0/0").unwrap().is_everything() && !Block::parse("0.0.0.0/1").unwrap().is_everything());
}

#[test]
fn ports_are_numbers_ranges_and_names() {
    let web = Target { protocol: "TCP", number: 8080, name: Some("http") };
    let table = [
        ("[]", true),
        ("[{port: 8080}]", true),
        ("[{port: 8080, protocol: UDP}]", false),
        ("[{port: 80}, {port: 8080}]", true),
        ("[{port: 8000, endPort: 8080}]", true),
        ("[{port: 8000, endPort: 8079}]", false),
        ("[{port: http}]", true),
        ("[{port: https}]", false),
        ("[{protocol: TCP}]", true),
        ("[{protocol: UDP}]", false),
    ];
    for (ports, wanted) in table {
        let spec = format!("{{podSelector: {{}}, ingress: [{{ports: {ports}}}]}}");
        let other = Other::Address("10.0.0.1".parse().unwrap());
        let through = matches!(ask(&[&spec], Direction::Ingress, other, web), Verdict::Through(0));
        assert_eq!(through, wanted, "{ports}");
    }
}
