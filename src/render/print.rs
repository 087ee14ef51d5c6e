//! The stream that `helm template` prints: manifests, then hooks, each behind its `# Source:` line.

use super::manifest::Manifest;
use super::profile::Profile;
use super::split::{split, trim_end, trim_start};

/// What of a render is printed.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `--include-crds`.
    pub include_crds: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--skip-tests`.
    pub skip_tests: bool,
}

/// A definition below `crds/`, printed as it is.
#[derive(Clone, Debug)]
pub struct Crd {
    /// Path as Helm prints it.
    pub path: String,
    /// The file's bytes.
    pub text: std::rc::Rc<[u8]>,
}

/// Prints the stream.
#[must_use]
pub fn stream(crds: &[Crd], manifests: &[Manifest], hooks: &[Manifest], selection: &Selection) -> Vec<u8> {
    let size = |manifest: &Manifest| manifest.path.len() + manifest.text.len() + FRAME;
    let mut out = Vec::with_capacity(manifests.iter().chain(hooks).map(size).sum());
    if selection.include_crds {
        for crd in crds {
            document(&mut out, &crd.path, &crd.text);
        }
    }
    for manifest in manifests {
        document(&mut out, &manifest.path, manifest.text.as_bytes());
    }
    out.truncate(trim_end(&out).len());
    out.drain(..out.len() - trim_start(&out).len());
    out.push(b'\n');
    if !selection.no_hooks {
        for hook in printed_hooks(hooks, selection) {
            document(&mut out, &hook.path, hook.text.as_bytes());
        }
    }
    out
}

/// The hooks that a selection prints.
pub fn printed_hooks<'a>(hooks: &'a [Manifest], selection: &Selection) -> impl Iterator<Item = &'a Manifest> {
    let (none, skip_tests) = (selection.no_hooks, selection.skip_tests);
    hooks.iter().filter(move |manifest| {
        let test = manifest.hook.as_ref().is_some_and(super::hook::Hook::is_test);
        !(none || skip_tests && test)
    })
}

/// Bytes that [`document`] adds to a path and a text.
const FRAME: usize = 16;

/// One document with its `# Source:` line.
pub fn document(out: &mut Vec<u8>, path: &str, text: &[u8]) {
    out.extend_from_slice(b"---\n# Source: ");
    out.extend_from_slice(path.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(text);
    out.push(b'\n');
}

/// `--show-only`: the documents of the stream whose template path (without the chart's name) matches a pattern, pattern by pattern.
///
/// # Errors
/// The first pattern that matches nothing.
pub fn show_only(
    stream: &[u8],
    patterns: &[String],
    profile: Profile,
    matches: impl Fn(&str, &str) -> bool,
) -> Result<Vec<u8>, String> {
    let documents = split(stream, profile);
    let mut out = Vec::new();
    for pattern in patterns {
        let before = out.len();
        for range in &documents {
            let document = &stream[range.clone()];
            if source_path(document).is_some_and(|path| matches(pattern, &path)) {
                out.extend_from_slice(b"---\n");
                out.extend_from_slice(document);
                out.push(b'\n');
            }
        }
        if out.len() == before {
            return Err(format!("could not find template {pattern} in chart"));
        }
    }
    Ok(out)
}

/// The path behind the first `# Source: CHART/` of a document (Helm: `# Source: [^/]+/(.+)`).
fn source_path(document: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(document);
    let mut rest = &*text;
    while let Some((_, behind)) = rest.split_once("# Source: ") {
        let chart = behind.find('/').filter(|at| *at > 0);
        if let Some(path) = chart.and_then(|at| behind[at + 1..].lines().next()).filter(|path| !path.is_empty()) {
            return Some(path.to_owned());
        }
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_at_all_is_one_newline() {
        assert_eq!(stream(&[], &[], &[], &Selection::default()), b"\n");
    }

    #[test]
    fn show_only_keeps_the_order_of_patterns_and_adds_a_newline() {
        let stream = b"---\n# Source: c/templates/a.yaml\na: 1\n---\n# Source: c/templates/b.yaml\nb: 1\n";
        let exact = |pattern: &str, path: &str| pattern == path;
        let patterns = ["templates/b.yaml".to_owned(), "templates/a.yaml".to_owned()];
        let shown = show_only(stream, &patterns, Profile::V4_2_4, exact).unwrap();
        let expected = "---\n# Source: c/templates/b.yaml\nb: 1\n\n---\n# Source: c/templates/a.yaml\na: 1\n\n";
        assert_eq!(String::from_utf8(shown).unwrap(), expected);
        let missing = show_only(stream, &["x".to_owned()], Profile::V4_2_4, exact);
        assert_eq!(missing, Err("could not find template x in chart".to_owned()));
    }
}
