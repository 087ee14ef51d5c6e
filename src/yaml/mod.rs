//! YAML as Go's `sigs.k8s.io/yaml` reads and writes it.

pub mod node;
