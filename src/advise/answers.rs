//! The five answers and the security level, from flags or a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use crate::suggest::nearest;

/// The key of the security level in a file of answers.
const LEVEL: &str = "security-level";

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Hundreds of containers, or several teams.
    EnterpriseScale,
    /// The scanned container has a shell.
    Shell,
    /// Ephemeral containers may be added to its pod.
    EphemeralContainers,
    /// Its pod may be defined anew.
    ModifyPod,
    /// Security comes before ease.
    SecurityFirst,
}

impl Question {
    /// All, in the order in which they are asked.
    pub const ALL: [Self; 5] =
        [Self::EnterpriseScale, Self::Shell, Self::EphemeralContainers, Self::ModifyPod, Self::SecurityFirst];

    /// As flags and files name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EnterpriseScale => "enterprise-scale",
            Self::Shell => "shell",
            Self::EphemeralContainers => "ephemeral-containers",
            Self::ModifyPod => "modify-pod",
            Self::SecurityFirst => "security-first",
        }
    }
}

/// How much is at stake, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much: government, finance, health.
    High,
}

impl Level {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// As flags and files name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What has been answered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Whether it was yes.
    pub questions: BTreeMap<Question, bool>,
    /// The security level.
    pub level: Option<Level>,
}

/// Why a file is not of the form that it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    /// Lower case, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Answers {
    /// Reads a file: YAML or JSON, each question by its name with `yes` or `no`, and `security-level`.
    ///
    /// # Errors
    /// It is no mapping, a key is unknown, or a value is none of those that its key takes.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let wrong = |message: String, help: String| Malformed { message, help };
        let keys = Question::ALL.map(Question::name);
        let form = || format!("write `{}: yes` and so on, one a line", Question::Shell.name());
        let document: Value = serde_yaml::from_str(text).map_err(|error| wrong(error.to_string(), form()))?;
        let Value::Mapping(entries) = document else { return Err(wrong("no keys and values".into(), form())) };
        let mut answers = Self::default();
        for (key, value) in &entries {
            let key = key.as_str().unwrap_or_default();
            if key == LEVEL {
                let level = Level::ALL.into_iter().find(|level| value.as_str() == Some(level.name()));
                let level = level.ok_or_else(|| {
                    let help = format!("one of: {}", Level::ALL.map(Level::name).join(", "));
                    wrong(format!("`{LEVEL}` is no level"), help)
                })?;
                answers.level = Some(level);
            } else if let Some(question) = Question::ALL.into_iter().find(|question| question.name() == key) {
                let yes = match value {
                    Value::Bool(yes) => Some(*yes),
                    Value::String(word) if word == "yes" => Some(true),
                    Value::String(word) if word == "no" => Some(false),
                    _ => None,
                };
                let yes = yes.ok_or_else(|| wrong(format!("`{key}` is no answer"), "write `yes` or `no`".into()))?;
                answers.questions.insert(question, yes);
            } else {
                let known = keys.into_iter().chain([LEVEL]);
                let help = match nearest(key, known.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known keys: {}", known.collect::<Vec<_>>().join(", ")),
                };
                return Err(wrong(format!("unknown key `{key}`"), help));
            }
        }
        Ok(answers)
    }

    /// These, and what they leave open from `others`.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        let mut questions = others.questions;
        questions.extend(self.questions);
        Self { questions, level: self.level.or(others.level) }
    }

    /// What is not answered, by its name.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let questions = Question::ALL.into_iter().filter(|question| !self.questions.contains_key(question));
        questions.map(Question::name).chain(self.level.is_none().then_some(LEVEL)).collect()
    }

    /// Whether a question was answered with yes.
    #[must_use]
    pub fn is_yes(&self, question: Question) -> bool {
        self.questions.get(&question).copied().unwrap_or(false)
    }
}
