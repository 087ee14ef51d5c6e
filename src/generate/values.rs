//! What the comments of a generated values.yaml say: keys, their meaning and their defaults.
//!
//! A comment that starts with `# --` stands above the key that it explains and may go on for several lines. Only our own
//! files are read here: block mappings, two spaces a level.

use serde_yaml::Value;

/// A key that a comment explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Documented {
    /// From the root: `["image", "tag"]`.
    pub(super) path: Vec<String>,
    /// What it means, in one paragraph.
    pub(super) meaning: String,
    /// The default as JSON.
    pub(super) default: String,
}

/// The explained keys of a values.yaml, in their order.
pub(super) fn read(text: &str) -> Result<Vec<Documented>, String> {
    let values: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    let mut meaning: Option<String> = None;
    let mut path: Vec<String> = Vec::new();
    for line in text.lines() {
        let content = line.trim_start();
        if let Some(comment) = content.strip_prefix('#') {
            let comment = comment.trim();
            match (comment.strip_prefix("-- "), &mut meaning) {
                (Some(start), _) => meaning = Some(start.to_owned()),
                (None, Some(meaning)) => {
                    meaning.push(' ');
                    meaning.push_str(comment);
                }
                (None, None) => {}
            }
            continue;
        }
        let key = content.split_once(':').map(|(key, _)| key).filter(|key| !key.starts_with('-'));
        let Some(key) = key else {
            if let Some(meaning) = meaning.take() {
                return Err(format!("`{meaning}` explains no key"));
            }
            continue;
        };
        path.truncate((line.len() - content.len()) / 2);
        path.push(key.trim_matches('"').to_owned());
        if let Some(meaning) = meaning.take() {
            let value = path.iter().try_fold(&values, |value, key| value.get(key.as_str()));
            let value = value.ok_or_else(|| format!("`{}` is not where its comment is", path.join(".")))?;
            let default = serde_json::to_string(value).map_err(|error| error.to_string())?;
            found.push(Documented { path: path.clone(), meaning, default });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_explain_the_key_below_them() {
        let text = "# A file.\n\n# -- What runs,\n# and from where.\nimage:\n  # -- Its tag.\n  tag: \"1\"\n  other: 2\n# -- All.\nlist:\n  - a: 1\n";
        let documented = |path: &[&str], meaning: &str, default: &str| Documented {
            path: path.iter().map(|key| (*key).to_owned()).collect(),
            meaning: meaning.into(),
            default: default.into(),
        };
        let expected = [
            documented(&["image"], "What runs, and from where.", r#"{"tag":"1","other":2}"#),
            documented(&["image", "tag"], "Its tag.", r#""1""#),
            documented(&["list"], "All.", r#"[{"a":1}]"#),
        ];
        assert_eq!(read(text).unwrap(), expected);
        assert!(read("# -- Nothing.\n- a\n").is_err());
    }
}
