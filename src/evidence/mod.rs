//! What a chart cannot show and others attest: scans of its images, the audit policy of the cluster, signed statements.
//!
//! Files come as bytes and moments as arguments: nothing here reads a disk or a clock.

mod attestation;
mod audit;
mod scan;

pub use attestation::Attestation;
pub use audit::{AuditPolicy, Concern, Gap};
pub use scan::{DAYS, Scan, Verdict, digest_of};

use jiff::Timestamp;

use crate::limits::Limits;

/// Everything that was handed over with a run.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Scans of images.
    pub scans: Vec<Scan>,
    /// Audit policies.
    pub policies: Vec<AuditPolicy>,
    /// Statements of the configuration.
    pub attestations: Vec<Attestation>,
    /// The configuration's file.
    pub configuration: String,
}

/// What `--evidence` takes, for messages.
pub const ACCEPTED: &str = "accepted are: a JSON report of `trivy image --format json` or `snyk container test --json`, \
                            and a policy file of `apiVersion: audit.k8s.io/v1`, `kind: Policy`";

impl Evidence {
    /// Adds a file. `modified` is its own date, which counts for reports that hold none.
    ///
    /// # Errors
    /// It is nothing that is accepted; says why.
    pub fn add(
        &mut self,
        file: &str,
        bytes: &[u8],
        modified: Option<Timestamp>,
        limits: &Limits,
    ) -> Result<(), String> {
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'{' | b'['))
            && let Ok(document) = serde_json::from_slice(bytes)
            && !audit::is_policy_json(&document)
        {
            self.scans.extend(scan::read(file, &document, modified)?);
            return Ok(());
        }
        self.policies.push(AuditPolicy::read(file, bytes, limits)?);
        Ok(())
    }
}
