//! The documents of a values file as Helm finds them: Kubernetes' `YAMLReader` cuts at lines that start with `---`,
//! whatever YAML thinks of them.

use std::ops::Range;

use super::node::{Data, Node};
use super::read::{ReadError, mismatch, read_from};
use crate::limits::Limits;
use crate::source::clamp;

/// Cuts a text at its separator lines. A separator before any content belongs to the document that it starts.
///
/// # Errors
/// A separator line that holds anything but a comment, after the documents that precede it.
pub fn split(text: &[u8]) -> (Vec<Range<usize>>, Option<ReadError>) {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = at + line.len();
        if let Some(rest) = line.strip_prefix(b"---") {
            let rest = rest.trim_ascii();
            if !(rest.is_empty() || rest.starts_with(b"#")) {
                let message = format!("invalid Yaml document separator: {}", String::from_utf8_lossy(rest));
                let line = text.get(..at).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
                let error = ReadError::new(message, Some(clamp(at)));
                return (documents, Some(ReadError { line: Some(clamp(line + 1)), ..error }));
            }
            if at > start {
                documents.push(start..at);
                start = end;
            }
        }
        at = end;
    }
    if start < text.len() {
        documents.push(start..text.len());
    }
    (documents, None)
}

/// Every mapping of a values file, in order, as Helm 4.2 reads it: later documents are merged over earlier ones by
/// the caller. Empty documents are left out. Messages are Helm's.
///
/// # Errors
/// As [`super::read`]; a document that is no mapping; a broken separator.
pub fn read_values(text: &[u8], limits: &Limits) -> Result<Vec<Node>, ReadError> {
    let (documents, broken) = split(text);
    let mut maps = Vec::new();
    for range in documents {
        maps.extend(read_map(text, range, limits)?);
    }
    match broken {
        Some(error) => Err(error.within("error reading yaml document")),
        None => Ok(maps),
    }
}

fn read_map(text: &[u8], range: Range<usize>, limits: &Limits) -> Result<Option<Node>, ReadError> {
    const DOCUMENT: &str = "cannot unmarshal yaml document";
    let document = text.get(..range.end).unwrap_or(text);
    // Every line that YAMLReader hands out ends in a newline.
    let node = if document.ends_with(b"\n") {
        read_from(document, range.start, limits)
    } else {
        read_from(&[document, b"\n"].concat(), range.start, limits)
    };
    let node = node.map_err(|error| error.within("error converting YAML to JSON").within(DOCUMENT))?;
    match node {
        Some(node) if matches!(node.data, Data::Map(_)) => Ok(Some(node)),
        Some(Node { data: Data::Null, .. }) | None => Ok(None),
        Some(node) => {
            let message = mismatch(&node.data, "map[string]interface {}");
            let line =
                text.get(..node.start as usize).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
            let error = ReadError { line: Some(clamp(line + 1)), ..ReadError::new(message, Some(node.start)) };
            Err(error.within(DOCUMENT))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What helm 4.2.4 makes of these as values.yaml.
    #[test]
    fn documents_are_cut_as_helm_cuts_them() {
        let keys = |text: &str| -> Result<String, String> {
            let maps = read_values(text.as_bytes(), &Limits::default()).map_err(|error| error.message)?;
            let keys =
                maps.iter().map(|map| map.entries().iter().map(|entry| &*entry.key).collect::<Vec<_>>().join(","));
            Ok(keys.collect::<Vec<_>>().join("|"))
        };
        assert_eq!(keys("a: 1\n---\nb: 2\n--- # c\nc: 3").unwrap(), "a|b|c");
        assert_eq!(keys("---\na: 1\n---\n---\nb: 2\n").unwrap(), "a|b");
        assert_eq!(keys("# nothing\n---\n").unwrap(), "");
        assert_eq!(keys("a: |\n---\nb: 1").unwrap(), "a|b");
        assert_eq!(
            keys("a: 1\n---b\n").unwrap_err(),
            "error reading yaml document: invalid Yaml document separator: b"
        );
        assert_eq!(
            keys("text").unwrap_err(),
            "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
             json: cannot unmarshal string into Go value of type map[string]interface {}"
        );
        assert_eq!(
            keys("a: 1\n---\nb: @").unwrap_err(),
            "cannot unmarshal yaml document: error converting YAML to JSON: \
             yaml: found character that cannot start any token"
        );
    }

    #[test]
    fn places_count_from_the_start_of_the_file() {
        let text = "a: 1\n---\nb: two";
        let maps = read_values(text.as_bytes(), &Limits::default()).unwrap();
        let node = maps[1].get("b").unwrap();
        assert_eq!(&text[node.start as usize..node.end as usize], "two");
        let error = read_values(b"a: 1\n---\nb: @", &Limits::default()).unwrap_err();
        assert_eq!((error.line, error.offset), (Some(3), Some(12)));
    }
}
