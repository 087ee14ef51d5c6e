//! Where an error message says that rendering failed.

use std::sync::LazyLock;

use regex::Regex;

/// A template as Helm names it, and its line unless the message has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// `chart/templates/pod.yaml`, below subcharts `chart/charts/sub/templates/pod.yaml`.
    pub file: String,
    /// From 1.
    pub line: Option<u32>,
}

static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    let file = r"([A-Za-z0-9_./+-]+/(?:templates|crds)/[A-Za-z0-9_./+ -]+?)";
    #[expect(clippy::unwrap_used, reason = "a constant pattern")]
    Regex::new(&format!(r#"{file}(?::([0-9]+)|: error| at|[")\s]|$)"#)).unwrap()
});

/// All places that `message` names, in order.
pub(crate) fn places(message: &str) -> Vec<Place> {
    PLACE
        .captures_iter(message)
        .map(|found| Place { file: found[1].into(), line: found.get(2).and_then(|line| line.as_str().parse().ok()) })
        .collect()
}

/// Whether the first error of `other` names where Helm's outermost or innermost line is; `None` when Helm names none.
pub(crate) fn same(helm: &str, other: &str) -> Option<bool> {
    let wanted = places(helm);
    let (first, last) = (wanted.first()?, wanted.last()?);
    let named = places(first_error(other));
    Some(named.iter().any(|place| [first, last].iter().any(|wanted| agree(wanted, place))))
}

/// Helm's files begin with the chart's name, ours with the path to the chart.
fn agree(helm: &Place, other: &Place) -> bool {
    let inside = helm.file.split_once('/').map_or("", |(_, inside)| inside);
    let tail = other.file.strip_suffix(inside).is_some_and(|head| head.is_empty() || head.ends_with('/'));
    tail && (helm.line.is_none() || helm.line == other.line)
}

/// From the first line that starts an error to the next such line.
fn first_error(text: &str) -> &str {
    let starts = |line: &str| line.len() >= 5 && line.is_char_boundary(5) && line[..5].eq_ignore_ascii_case("error");
    let mut at = 0;
    let mut begin = None;
    for line in text.split_inclusive('\n') {
        if starts(line) {
            match begin {
                None => begin = Some(at),
                Some(begin) => return &text[begin..at],
            }
        }
        at += line.len();
    }
    &text[begin.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helm_messages_have_places() {
        let of = |message| {
            let place = places(message).into_iter().next().unwrap();
            (place.file, place.line)
        };
        let required = "Error: execution error at (required/templates/configmap.yaml:6:11): a host is needed";
        assert_eq!(of(required), ("required/templates/configmap.yaml".into(), Some(6)));
        let parse = "Error: parse error at (a/charts/b/templates/broken.yaml:6): unexpected";
        assert_eq!(of(parse), ("a/charts/b/templates/broken.yaml".into(), Some(6)));
        let yaml =
            "Error: YAML parse error on bad/templates/service.yaml: error converting YAML to JSON: yaml: line 6: x";
        assert_eq!(of(yaml), ("bad/templates/service.yaml".into(), None));
        let field = "Error: wrong-type/templates/pod.yaml:7:23\n  executing \"wrong-type/templates/pod.yaml\" at <.x>:";
        assert_eq!(of(field), ("wrong-type/templates/pod.yaml".into(), Some(7)));
        assert!(places("Error: library charts are not installable").is_empty());
    }

    #[test]
    fn same_place_is_file_and_line_of_the_first_error() {
        let helm = "Error: c/templates/a.yaml:3:4\n  executing \"c/templates/a.yaml\" at <include>:\nc/templates/_b.tpl:9:1\n  x:";
        let at = |other| same(helm, other);
        assert_eq!(at("error: x\n --> ../charts/c/templates/a.yaml:3:1\n"), Some(true));
        assert_eq!(at("error: x\n --> ../charts/c/templates/_b.tpl:9:1\n"), Some(true));
        assert_eq!(at("error: x\n --> ../charts/c/templates/a.yaml:4:1\n"), Some(false));
        assert_eq!(at("error: x\n --> c/templates/z.yaml:1:1\nerror: y\n --> c/templates/a.yaml:3:1\n"), Some(false));
        assert_eq!(at("error: x\n --> c/old-templates/a.yaml:3:1\n"), Some(false));
        assert_eq!(same("Error: library charts are not installable", "error: x"), None);
        assert_eq!(
            same("Error: YAML parse error on c/templates/s.yaml: error x", "error: y\n --> c/templates/s.yaml:8:2"),
            Some(true)
        );
    }
}
