//! Policies: rules as data, decided by CEL over the objects that a chart renders.

pub mod cel;
