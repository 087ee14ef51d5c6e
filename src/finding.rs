//! What is told to users: a finding, its rule, severity, grade and level, and the edits that would mend it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

/// How bad a violated rule is in itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Small or conditional risk.
    Low,
    /// A real weakness.
    Medium,
    /// An attacker gains from it.
    High,
    /// Access to the node or to credentials.
    Critical,
}

/// Whether users of the chart can harden what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// A values key hardens it.
    Hardenable,
    /// No value can.
    Hardcoded,
    /// Not decided.
    Unknown,
}

/// What a finding means for the run; `--fail-on` speaks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth reading.
    Note,
    /// Should be mended.
    Warning,
    /// Must be mended.
    Error,
}

/// The rule that a finding is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Kebab-case id: the name of the policy file, or of a built-in rule such as `render-error`.
    pub id: String,
    /// Code of the catalogue, such as `POD001`.
    pub code: String,
    /// One line.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where the rule stands written.
    pub references: Vec<String>,
}

/// A place shown to users: file relative to the working directory with `/`, line and column from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Location {
    /// The file.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// Its column in characters.
    pub column: u32,
}

/// A node of a values file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ValuesLocation {
    /// The file.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// Its column in characters.
    pub column: u32,
    /// The key inside the file: `image.tag`.
    pub key: String,
}

/// A line of rendered output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RenderedLocation {
    /// The template path as Helm prints it behind `# Source:`.
    pub file: String,
    /// Line in that rendered document set, from 1.
    pub line: u32,
}

/// The Kubernetes object that a finding is about, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ObjectRef {
    /// `apps/v1`.
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `null` when the manifest has none.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
    /// `spec.template.spec.containers[0].securityContext`.
    pub path: String,
}

/// Why a finding does not count: a waiver, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Suppression {
    /// Where the waiver stands: `charts/shop/values.yaml:12`, `chartsec.yaml:5`, or the annotation of an object.
    pub by: String,
    /// Its reason.
    pub reason: String,
    /// Whether it stands in what was linted, and not in the configuration.
    #[serde(skip)]
    pub in_source: bool,
}

/// Whether a fix may be applied unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// The workload runs as before, only harder.
    Safe,
    /// The workload may behave otherwise.
    Unsafe,
}

/// A text in place of characters of a file; an insertion when it ends where it begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Edit {
    /// The file.
    pub file: String,
    /// The line of the first character that goes.
    pub line: u32,
    /// Its column in characters.
    pub column: u32,
    /// The line of the first character that stays.
    pub end_line: u32,
    /// Its column in characters.
    pub end_column: u32,
    /// What stands there instead.
    pub text: String,
}

/// Edits that mend a finding when all of them are applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Fix {
    /// Whether they may be applied unasked.
    pub applicability: Applicability,
    /// Apart from each other, in order.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// The edits of both; `None` when they touch each other.
    #[must_use]
    pub fn and(mut self, other: Self) -> Option<Self> {
        self.edits.extend(other.edits);
        self.edits.sort_unstable();
        self.edits.dedup();
        let start = |edit: &Edit| (edit.line, edit.column);
        let apart = |pair: &[Edit]| match pair {
            [first, second] => {
                first.file != second.file
                    || start(first) < start(second) && (first.end_line, first.end_column) <= start(second)
            }
            _ => true,
        };
        self.edits.windows(2).all(apart).then_some(self)
    }
}

/// One thing to tell.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its rule.
    pub rule: Rc<Rule>,
    /// Its level in this run.
    pub level: Level,
    /// Whether a user of the chart can mend it.
    pub grade: Grade,
    /// One sentence.
    pub message: String,
    /// What to do, when we know.
    pub help: Option<String>,
    /// Path of the chart (or manifest file) it belongs to.
    pub chart: String,
    /// The objects with this one cause.
    pub objects: Vec<ObjectRef>,
    /// The template line that wrote it.
    pub template: Option<Location>,
    /// The invocations that led to the template line, innermost first.
    pub include: Vec<Location>,
    /// The values leaf it came out of.
    pub values: Option<ValuesLocation>,
    /// The rendered line.
    pub rendered: Option<RenderedLocation>,
    /// Cases (values files) that show it.
    pub cases: Vec<String>,
    /// The waiver that keeps it from counting.
    pub suppressed: Option<Suppression>,
    /// What mends it for sure, where a key of the chart's own values does.
    pub fix: Option<Fix>,
}

impl Finding {
    /// Whether a waiver keeps it from counting.
    #[must_use]
    pub fn is_suppressed(&self) -> bool {
        self.suppressed.is_some()
    }

    /// The reason of that waiver.
    #[must_use]
    pub fn waiver(&self) -> Option<&str> {
        self.suppressed.as_ref().map(|suppression| &*suppression.reason)
    }
}
