//! Names for findings that survive edits: no line numbers, no positions of the chart on disk.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::ChartReport;
use crate::finding::Finding;

/// One fingerprint per finding: a hash of rule, chart name, template file, first object with its path, and values key.
/// Findings that share all of these are numbered in the order of the report.
#[must_use]
pub fn fingerprints(findings: &[Finding], charts: &[ChartReport]) -> Vec<String> {
    let names: HashMap<&str, &str> = charts.iter().map(|chart| (&*chart.path, &*chart.name)).collect();
    let mut seen: HashMap<[u8; 32], u32> = HashMap::new();
    findings
        .iter()
        .map(|finding| {
            let base = identity(finding, names.get(&*finding.chart).copied());
            let count = seen.entry(base).or_insert(0);
            let digest = Sha256::new().chain_update(base).chain_update(count.to_be_bytes()).finalize();
            *count = count.saturating_add(1);
            digest.iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
        })
        .collect()
}

fn identity(finding: &Finding, chart: Option<&str>) -> [u8; 32] {
    let object = finding.objects.first();
    let parts = [
        Some(&*finding.rule.id),
        chart,
        finding.template.as_ref().map(|place| inside(&place.file, &finding.chart)),
        object.map(|object| &*object.kind),
        object.map(|object| &*object.name),
        object.map(|object| &*object.path),
        finding.values.as_ref().map(|values| &*values.key),
    ];
    let mut hash = Sha256::new();
    for part in parts {
        let part = part.unwrap_or_default();
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A file's path inside its chart, so that a chart may move.
fn inside<'a>(file: &'a str, chart: &str) -> &'a str {
    file.strip_prefix(chart.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file)
}
