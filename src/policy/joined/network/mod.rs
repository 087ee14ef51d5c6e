//! Network policies: what they select, what they let through, and what is wrong with that.

mod peer;
mod policy;
mod reach;
mod rules;
#[cfg(test)]
mod tests;

pub(super) use rules::{
    allow_all_network_policy, dangling_network_peer, dangling_network_policy, egress_without_dns, empty_pod_selector,
    half_open_connection, metadata_egress, namespace_name_label, network_port_without_container,
    one_sided_network_policy, unisolated_pod,
};
