//! `chartsec: ignore[RULE,RULE] reason` in comments.

use super::extent::Extents;
use super::source::{Language, Source};
use super::{Scope, Waiver};
use crate::finding::Location;
use crate::source::clamp;

/// What a comment of ours starts with.
const MARK: &str = "chartsec:";

/// The waivers in the comments of a file, among them those that cannot be understood.
#[must_use]
pub fn comments(file: &str, bytes: &[u8], language: Language) -> Vec<Waiver> {
    if memchr::memmem::find(bytes, MARK.as_bytes()).is_none() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(bytes);
    let source = Source::new(&text, language);
    let extents = Extents::new(&source, language);
    let mut waivers = Vec::new();
    for comment in &source.comments {
        let (first, last) = (source.line_of(comment.range.start), source.line_of(comment.range.end.saturating_sub(1)));
        for (offset, said) in directives(source.text.get(comment.text.clone()).unwrap_or_default()) {
            let offset = comment.text.start + offset;
            let line = clamp(source.line_of(offset) + 1);
            let place = Location { file: file.to_owned(), line, column: clamp(source.column(offset)) };
            let covered = extents.of(first, last);
            let (first, last) = covered.map_or((1, 0), |(first, last)| (clamp(first + 1), clamp(last + 1)));
            let (rules, reason, fault) = match parse(&said) {
                Ok((rules, reason)) => (rules, reason, None),
                Err(fault) => (Vec::new(), String::new(), Some(fault)),
            };
            waivers.push(Waiver {
                rules,
                reason,
                expires: None,
                scope: Scope::Lines { file: file.to_owned(), first, last },
                by: format!("{file}:{line}"),
                place,
                fault,
            });
        }
    }
    waivers
}

/// What is said to us in a comment, with its offset: each from a line that starts with our mark to the next such line.
fn directives(comment: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut offset = 0;
    for line in comment.split_inclusive('\n') {
        let words = line.trim_start_matches(['#', ' ', '\t', '*']);
        if let Some(said) = words.strip_prefix(MARK) {
            found.push((offset + line.len() - words.len(), said.trim().to_owned()));
        } else if let Some((_, said)) = found.last_mut() {
            *said = format!("{said} {}", line.trim()).trim_end().to_owned();
        }
        offset += line.len();
    }
    found
}

/// Rules and reason of `ignore[RULE,RULE] reason`.
fn parse(said: &str) -> Result<(Vec<String>, String), String> {
    let form = || format!("`{MARK} {said}` is no waiver");
    let list = said.strip_prefix("ignore").map(str::trim_start).and_then(|rest| rest.strip_prefix('['));
    let (rules, reason) = list.and_then(|list| list.split_once(']')).ok_or_else(form)?;
    let rules: Vec<String> = rules.split(',').map(|rule| rule.trim().to_owned()).collect();
    if rules.iter().any(String::is_empty) {
        return Err(form());
    }
    Ok((rules, reason.trim_start_matches([':', '-', ' ', '\t', '—', '–']).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules, reason and lines of each waiver.
    fn found(text: &str, language: Language) -> Vec<String> {
        let shown = comments("x", text.as_bytes(), language).into_iter().map(|waiver| {
            let Scope::Lines { first, last, .. } = waiver.scope else { panic!("{waiver:?}") };
            let rules = waiver.rules.join("+");
            let place = format!("{}:{}", waiver.place.line, waiver.place.column);
            match waiver.fault {
                Some(fault) => format!("{place} {fault}"),
                None => format!("{place} {rules} {first}-{last} {}", waiver.reason),
            }
        });
        shown.collect()
    }

    #[test]
    fn a_values_comment_covers_its_key() {
        let values = "\
a: 1 # chartsec: ignore[R1] one
b:
  # chartsec: ignore[R2, r-3]: two
  c:
    d: 1

    # other
    e: [1,
      2]
  f: 1
# a word
# chartsec: ignore[R4] - four

g:
- h: 1
- i: 1
j: '# chartsec: ignore[R5] text'
k: it's # chartsec: ignore[R6] six
";
        let expected =
            ["1:8 R1 1-1 one", "3:5 R2+r-3 4-9 two", "12:3 R4 14-16 four", "18:11 R6 18-18 six"].map(String::from);
        assert_eq!(found(values, Language::Values), expected);
    }

    #[test]
    fn a_comment_at_the_head_covers_the_file_when_a_blank_line_follows() {
        let whole = "# Copyright\n# chartsec: ignore[R] r\n\na: 1\nb: 1\n";
        assert_eq!(found(whole, Language::Values), ["2:3 R 1-7 r"]);
        let key = "# Copyright\n\n# chartsec: ignore[R] r\na: 1\nb: 1\n";
        assert_eq!(found(key, Language::Values), ["3:3 R 4-4 r"]);
        let template = "{{- /* chartsec: ignore[R] r */ -}}\n\n{{- if .a }}\nb: 1\n{{- end }}\n";
        assert_eq!(found(template, Language::Template), ["1:8 R 1-7 r"]);
    }

    #[test]
    fn a_comment_above_a_document_covers_the_document() {
        let manifests = "kind: A\n---\n# chartsec: ignore[R] r\nkind: B\nspec:\n  x: 1\n---\nkind: C\n";
        assert_eq!(found(manifests, Language::Manifest), ["3:3 R 4-6 r"]);
        assert_eq!(found(manifests, Language::Values), ["3:3 R 4-4 r"]);
        let template = "{{/* chartsec: ignore[R] r */}}\nkind: B\nspec:\n  x: 1\n";
        assert_eq!(found(template, Language::Template), ["1:6 R 2-5 r"]);
        let later = "kind: B\n# chartsec: ignore[R] r\nspec:\n  x: 1\nstatus: 1\n";
        assert_eq!(found(later, Language::Manifest), ["2:3 R 3-4 r"]);
    }

    #[test]
    fn a_template_comment_covers_the_block_below() {
        let template = "\
kind: Deployment
spec:
  containers:
    {{- /* chartsec: ignore[R1] the sidecar */}}
    - name: a
      {{- with .Values.x }}
      b: {{ . }}
      {{- end }}
{{- toYaml .Values.y | nindent 6 }}
      {{- include \"z\"
        (dict \"a\" 1) }}
    - name: b
    {{/*
      chartsec: ignore[R2] a reason
      on two lines
    */}}
    {{- if .Values.c }}
    - name: c
      {{- range .d }}{{ . }}{{ end }}
    {{- end }}
    - name: d {{/* chartsec: ignore[R3] own line */}}
      e: 1 # chartsec: ignore[R4] plain
";
        let expected = [
            "4:12 R1 5-10 the sidecar",
            "14:7 R2 17-20 a reason on two lines",
            "21:20 R3 21-22 own line",
            "22:14 R4 22-22 plain",
        ];
        assert_eq!(found(template, Language::Template), expected);
        let helper = "{{/* chartsec: ignore[R] r */}}\n{{- define \"a\" -}}\nb: 1\n{{- end }}\nc: 1\n";
        assert_eq!(found(helper, Language::Template), ["1:6 R 2-4 r"]);
        let call = "a:\n  {{- /* chartsec: ignore[R] r */}}\n  {{- include \"x\" . | nindent 2 }}\n  b: 1\n";
        assert_eq!(found(call, Language::Template), ["2:10 R 3-3 r"]);
    }

    #[test]
    fn what_is_no_waiver_is_told() {
        let told = |comment: &str| found(&format!("a: 1 # {comment}\n"), Language::Values).join("|");
        assert_eq!(told("chartsec: ignore R x"), "1:8 `chartsec: ignore R x` is no waiver");
        assert_eq!(told("chartsec: ignore[] x"), "1:8 `chartsec: ignore[] x` is no waiver");
        assert_eq!(told("chartsec: disable[R]"), "1:8 `chartsec: disable[R]` is no waiver");
        assert_eq!(told("chartsec: ignore[R]"), "1:8 R 1-1 ");
        assert_eq!(told("see chartsec: ignore[R]"), "");
        assert_eq!(found("a: 1\n# chartsec: ignore[R] at the end", Language::Values), ["2:3 R 1-0 at the end"]);
    }

    #[test]
    fn hostile_text_ends() {
        let pieces = [
            "{{",
            "}}",
            "/*",
            "*/",
            "#",
            "\n",
            "chartsec: ignore[",
            "]",
            "- ",
            "é",
            "{{/*",
            "---",
            " ",
            "if",
            "'",
            "\"",
        ];
        let mut state = 7_u32;
        for _ in 0..2_000 {
            let mut text = String::new();
            for _ in 0..20 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
            }
            for language in [Language::Values, Language::Manifest, Language::Template] {
                assert!(comments("x", text.as_bytes(), language).len() <= 20);
            }
        }
    }
}
