//! Scans of images for known vulnerabilities: the JSON of Trivy and of Snyk.

use jiff::Timestamp;
use serde_json::Value;

/// A scan is worth something for so many days.
pub const DAYS: i64 = 30;

/// One image that was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The report.
    pub file: String,
    /// `Trivy` or `Snyk`.
    pub tool: &'static str,
    /// The image as the report names it.
    pub image: String,
    /// Digests that it is known by: `sha256:…`.
    pub digests: Vec<String>,
    /// When it was scanned: as the report says, else the date of the file.
    pub at: Option<Timestamp>,
    /// Vulnerabilities of critical severity.
    pub critical: u64,
    /// Vulnerabilities of high severity.
    pub high: u64,
}

/// What scans say about an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It names no digest, so nobody knows what was scanned.
    NoDigest,
    /// No scan knows its digest.
    Unscanned,
    /// The newest scan is too old, or of an unknown date: its age in days.
    Stale(&'a Scan, Option<i64>),
    /// The newest scan found something grave.
    Vulnerable(&'a Scan),
    /// The newest scan is young and found nothing grave: its age in days.
    Clean(&'a Scan, i64),
}

impl Scan {
    /// What scans say about an image at a moment.
    #[must_use]
    pub fn of<'a>(scans: &'a [Self], image: &str, now: Timestamp) -> Verdict<'a> {
        let Some(digest) = digest_of(image) else { return Verdict::NoDigest };
        let known = scans.iter().filter(|scan| scan.digests.iter().any(|known| known == digest));
        let Some(scan) = known.max_by_key(|scan| scan.at) else { return Verdict::Unscanned };
        let seconds = scan.at.map(|at| now.as_second() - at.as_second());
        match seconds {
            Some(seconds) if seconds <= DAYS * 86_400 => {
                if scan.critical + scan.high > 0 {
                    Verdict::Vulnerable(scan)
                } else {
                    Verdict::Clean(scan, seconds.max(0) / 86_400)
                }
            }
            _ => Verdict::Stale(scan, seconds.map(|seconds| seconds / 86_400)),
        }
    }
}

/// The digest of an image reference: `sha256:` and 64 hexadecimal digits behind the `@`.
#[must_use]
pub fn digest_of(image: &str) -> Option<&str> {
    let (_, digest) = image.rsplit_once('@')?;
    is_digest(digest).then_some(digest)
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The scans of a report.
pub(super) fn read(file: &str, document: &Value, modified: Option<Timestamp>) -> Result<Vec<Scan>, String> {
    // Snyk writes a list when it was told to look for applications in the image too.
    let parts = document.as_array().map_or(std::slice::from_ref(document), Vec::as_slice);
    let scans: Vec<Scan> =
        parts.iter().filter_map(|part| trivy(file, part, modified).or_else(|| snyk(file, part, modified))).collect();
    if scans.is_empty() { Err("it is no report of an image scan".to_owned()) } else { Ok(scans) }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Trivy: <https://trivy.dev/latest/docs/configuration/reporting/#json>.
fn trivy(file: &str, report: &Value, modified: Option<Timestamp>) -> Option<Scan> {
    report.get("SchemaVersion")?.as_u64()?;
    let image = text(report, "ArtifactName")?;
    if text(report, "ArtifactType").is_some_and(|kind| kind != "container_image") {
        return None;
    }
    let metadata = report.get("Metadata");
    let named = metadata.and_then(|metadata| text(metadata, "ImageID"));
    let references = strings(metadata.and_then(|metadata| metadata.get("RepoDigests"))).chain([image]);
    let digests = references.filter_map(digest_of).chain(named.filter(|id| is_digest(id)));
    let results = report.get("Results").and_then(Value::as_array).into_iter().flatten();
    let found = results.filter_map(|result| result.get("Vulnerabilities")?.as_array()).flatten();
    let (critical, high) = grave(found);
    Some(Scan {
        file: file.to_owned(),
        tool: "Trivy",
        image: image.to_owned(),
        digests: digests.map(str::to_owned).collect(),
        at: text(report, "CreatedAt").map_or(modified, |text| text.parse().ok()),
        critical,
        high,
    })
}

/// Snyk: `snyk container test --json`. It names what it was asked to scan, so the digest is there when it was asked by digest.
fn snyk(file: &str, report: &Value, modified: Option<Timestamp>) -> Option<Scan> {
    let found = report.get("vulnerabilities")?.as_array()?;
    let project = text(report, "projectName").unwrap_or_default();
    if report.get("docker").is_none() && !project.starts_with("docker-image|") {
        return None;
    }
    let image = text(report, "path").or_else(|| project.strip_prefix("docker-image|")).unwrap_or(project);
    let named = ["path", "projectName", "targetReference"].into_iter().filter_map(|key| text(report, key));
    let own = ["imageId", "imageID", "digest"]
        .into_iter()
        .filter_map(|key| text(report, key).or(text(report.get("docker")?, key)));
    let digests = named.filter_map(digest_of).chain(own.filter(|id| is_digest(id)));
    let (critical, high) = grave(found);
    Some(Scan {
        file: file.to_owned(),
        tool: "Snyk",
        image: image.to_owned(),
        digests: digests.map(str::to_owned).collect(),
        at: modified,
        critical,
        high,
    })
}

/// How many are critical, and how many high.
fn grave<'a>(found: impl IntoIterator<Item = &'a Value>) -> (u64, u64) {
    let severities = found.into_iter().filter_map(|found| text(found, "Severity").or_else(|| text(found, "severity")));
    severities.fold((0, 0), |(critical, high), severity| {
        let is = |name: &str| u64::from(severity.eq_ignore_ascii_case(name));
        (critical + is("critical"), high + is("high"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn digest(of: char) -> String {
        format!("sha256:{}", of.to_string().repeat(64))
    }

    fn trivy_report(at: &str, severity: &str) -> Value {
        json!({
            "SchemaVersion": 2,
            "CreatedAt": at,
            "ArtifactName": "registry.example/web:1.4",
            "ArtifactType": "container_image",
            "Metadata": {
                "ImageID": digest('b'),
                "RepoTags": ["registry.example/web:1.4"],
                "RepoDigests": [format!("registry.example/web@{}", digest('a'))],
            },
            "Results": [{"Target": "alpine", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "Severity": severity}]}, {"Target": "app"}],
        })
    }

    #[test]
    fn a_scan_speaks_for_a_digest_for_thirty_days() {
        let verdict = |at: &str, severity: &str, image: &str| {
            let scans = read("scan.json", &trivy_report(at, severity), None).unwrap();
            match Scan::of(&scans, image, now()) {
                Verdict::Clean(_, days) => format!("clean {days}"),
                Verdict::Stale(_, days) => format!("stale {days:?}"),
                Verdict::Vulnerable(scan) => format!("vulnerable {}+{}", scan.critical, scan.high),
                other => format!("{other:?}"),
            }
        };
        let image = format!("web:1.4@{}", digest('a'));
        assert_eq!(verdict("2026-11-20T12:00:00Z", "MEDIUM", &image), "clean 9");
        assert_eq!(verdict("2026-10-30T12:00:00Z", "LOW", &image), "clean 30");
        assert_eq!(verdict("2026-10-30T11:59:59Z", "LOW", &image), "stale Some(30)");
        assert_eq!(verdict("2026-12-01T00:00:00+01:00", "LOW", &image), "clean 0", "clocks differ");
        assert_eq!(verdict("yesterday", "LOW", &image), "stale None");
        assert_eq!(verdict("2026-11-20T12:00:00Z", "CRITICAL", &image), "vulnerable 1+0");
        assert_eq!(verdict("2026-11-20T12:00:00Z", "HIGH", &image), "vulnerable 0+1");
        assert_eq!(
            verdict("2026-11-20T12:00:00Z", "LOW", &format!("web@{}", digest('b'))),
            "clean 9",
            "the image's own id"
        );
        assert_eq!(verdict("2026-11-20T12:00:00Z", "LOW", &format!("web@{}", digest('c'))), "Unscanned");
        for tagged in ["web:1.4", "web@sha256:12", "web@"] {
            assert_eq!(verdict("2026-11-20T12:00:00Z", "LOW", tagged), "NoDigest");
        }
    }

    #[test]
    fn the_newest_scan_counts() {
        let scans: Vec<Scan> = ["2026-09-01T00:00:00Z", "2026-11-28T00:00:00Z", "2026-10-01T00:00:00Z"]
            .iter()
            .flat_map(|at| read("scan.json", &trivy_report(at, "LOW"), None).unwrap())
            .collect();
        assert!(matches!(Scan::of(&scans, &format!("web@{}", digest('a')), now()), Verdict::Clean(_, 1)));
    }

    #[test]
    fn snyk_is_dated_by_its_file() {
        let image = format!("registry.example/web@{}", digest('a'));
        let report = json!({
            "vulnerabilities": [{"id": "SNYK-1", "severity": "high"}, {"id": "SNYK-2", "severity": "low"}],
            "ok": false,
            "docker": {"baseImage": "alpine:3.22"},
            "projectName": "docker-image|registry.example/web",
            "path": image,
        });
        let young = read("snyk.json", &json!([report, {"ok": true}]), Some(now())).unwrap();
        assert_eq!((young.len(), young[0].high), (1, 1));
        assert!(matches!(Scan::of(&young, &image, now()), Verdict::Vulnerable(_)));
        let undated = read("snyk.json", &report, None).unwrap();
        assert!(matches!(Scan::of(&undated, &image, now()), Verdict::Stale(_, None)));
    }

    #[test]
    fn other_json_is_refused() {
        let mut folder = trivy_report("2026-11-20T12:00:00Z", "LOW");
        folder["ArtifactType"] = json!("filesystem");
        for other in [folder, json!({}), json!([]), json!({"vulnerabilities": []}), json!({"bomFormat": "CycloneDX"})] {
            assert!(read("x.json", &other, None).is_err(), "{other}");
        }
    }
}
