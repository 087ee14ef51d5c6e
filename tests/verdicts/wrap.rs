//! A Pod as charts write it, and where the chart then holds each line of the Pod.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use chartsec::explore::Located;
use chartsec::finding::{Location, ValuesLocation};

use super::place::FieldPlace;

/// A way to write a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The Pod as it is published, no chart.
    Alone,
    /// A Deployment whose spec stands in a helper that another helper includes.
    Helper,
    /// A Deployment that a values file of `ci/` turns on.
    Toggle,
    /// A Deployment of a subchart with an alias and a condition.
    Subchart,
    /// The same, and the spec is given by the parent's values and printed with `toYaml`.
    Values,
    /// A Deployment each of whose scalars is a value of its own.
    Leaves,
}

impl Shape {
    /// Every way.
    pub(crate) const ALL: [Self; 6] =
        [Self::Alone, Self::Helper, Self::Toggle, Self::Subchart, Self::Values, Self::Leaves];
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: wrapped
spec:
  selector:
    matchLabels:
      app: wrapped
  template:
    metadata:
      labels:
        app: wrapped
";

/// The two parts of a Pod that a pod template takes over: below `metadata.annotations` and below `spec`.
struct Part<'a> {
    /// How it is called in values and helpers.
    name: &'static str,
    /// The steps to it in a Pod.
    steps: &'static [&'static str],
    /// The number of its first line in the Pod.
    line: u32,
    /// How deep it is indented there.
    indent: usize,
    lines: Vec<&'a str>,
}

/// Where a part was written.
struct Written {
    name: &'static str,
    steps: &'static [&'static str],
    /// Its lines in the Pod.
    pod: Range<u32>,
    indent: usize,
    file: &'static str,
    line: u32,
    to_indent: usize,
    /// The invocations that print it, innermost first.
    calls: Vec<Location>,
    leaves: Vec<Leaf>,
}

/// A scalar that became a value.
struct Leaf {
    /// Line and column in the Pod.
    pod: (u32, u32),
    /// Where the template prints it.
    template: Location,
    values: ValuesLocation,
}

/// A chart around a Pod.
pub(crate) struct Wrapped {
    shape: Shape,
    files: Vec<(&'static str, String)>,
    parts: Vec<Written>,
}

impl Wrapped {
    /// Writes the Pod `text` in a way.
    pub(crate) fn new(shape: Shape, text: &str) -> Self {
        let mut wrapped = Self { shape, files: Vec::new(), parts: Vec::new() };
        let spec = Part::of(text, "podSpec", &["spec"]);
        let annotations = Part::of(text, "podAnnotations", &["metadata", "annotations"]);
        let dependency = "dependencies: [{name: inner, version: 1.0.0, alias: outer, condition: outer.enabled}]\n";
        let chart = "apiVersion: v2\nname: wrapped\nversion: 1.0.0\n";
        let folder = match shape {
            Shape::Alone => return wrapped,
            Shape::Helper | Shape::Toggle | Shape::Leaves => {
                wrapped.file("Chart.yaml", chart.to_owned());
                ""
            }
            Shape::Subchart | Shape::Values => {
                wrapped.file("Chart.yaml", format!("{chart}{dependency}"));
                wrapped.file("charts/inner/Chart.yaml", chart.replace("wrapped", "inner"));
                wrapped.file("charts/inner/values.yaml", "enabled: false\n".to_owned());
                "charts/inner/"
            }
        };
        let template = match folder {
            "" => "templates/deployment.yaml",
            _ => "charts/inner/templates/deployment.yaml",
        };
        let mut page = String::new();
        if shape == Shape::Toggle {
            page.push_str("{{- if .Values.workload.enabled }}\n");
        }
        page.push_str(DEPLOYMENT);
        for (part, head) in [(annotations, "      annotations:\n"), (spec, "    spec:\n")] {
            let Some(part) = part else { continue };
            page.push_str(head);
            let indent = head.find(|c| c != ' ').unwrap_or(0) + 2;
            wrapped.part(&part, template, indent, &mut page);
        }
        match shape {
            Shape::Toggle => {
                page.push_str("{{- end }}\n");
                wrapped.file("values.yaml", "workload:\n  enabled: false\n".to_owned());
                wrapped.file("ci/on-values.yaml", "workload:\n  enabled: true\n".to_owned());
            }
            Shape::Subchart => wrapped.file("values.yaml", "outer:\n  enabled: true\n".to_owned()),
            Shape::Alone | Shape::Helper | Shape::Values | Shape::Leaves => {}
        }
        wrapped.file(template, page);
        wrapped
    }

    fn file(&mut self, name: &'static str, text: String) {
        self.files.push((name, text));
    }

    /// The text of a file so far.
    fn open(&mut self, name: &'static str, start: &str) -> &mut String {
        let at = self.files.iter().position(|(file, _)| *file == name).unwrap_or_else(|| {
            self.files.push((name, start.to_owned()));
            self.files.len() - 1
        });
        &mut self.files[at].1
    }

    /// Writes a part to the template `page`, as the shape has it.
    fn part(&mut self, part: &Part<'_>, template: &'static str, indent: usize, page: &mut String) {
        let (mut calls, mut leaves) = (Vec::new(), Vec::new());
        let (file, line, to_indent) = match self.shape {
            Shape::Alone | Shape::Toggle | Shape::Subchart => {
                let line = next_line(page);
                part.write(indent, page);
                (template, line, indent)
            }
            Shape::Leaves => {
                let line = next_line(page);
                let values = self.open("values.yaml", "leaves:\n");
                leaves = part.write_leaves(indent, template, page, values);
                (template, line, indent)
            }
            Shape::Helper => {
                const HELPERS: &str = "templates/_helpers.tpl";
                let helpers = self.open(HELPERS, "{{/* Two helpers for each part. */}}\n");
                helpers.push_str(&format!("{{{{- define \"wrapped.{}\" -}}}}\n", part.name));
                let line = next_line(helpers);
                part.write(0, helpers);
                helpers.push_str("{{- end -}}\n");
                helpers.push_str(&format!("{{{{- define \"wrapped.outer.{}\" -}}}}\n", part.name));
                calls.push(call(helpers, HELPERS, &format!("{{{{ include \"wrapped.{}\" . }}}}", part.name)));
                helpers.push_str("{{- end -}}\n");
                let include = format!("include \"wrapped.outer.{}\" . | nindent {indent}", part.name);
                calls.push(call(page, template, &format!("{}{{{{- {include} }}}}", " ".repeat(indent))));
                (HELPERS, line, 0)
            }
            Shape::Values => {
                let print = format!("toYaml .Values.{} | nindent {indent}", part.name);
                calls.push(call(page, template, &format!("{}{{{{- {print} }}}}", " ".repeat(indent))));
                let values = self.open("values.yaml", "outer:\n  enabled: true\n");
                values.push_str(&format!("  {}:\n", part.name));
                let line = next_line(values);
                part.write(4, values);
                ("values.yaml", line, 4)
            }
        };
        let count = u32::try_from(part.lines.len()).unwrap_or(u32::MAX);
        self.parts.push(Written {
            name: part.name,
            steps: part.steps,
            pod: part.line..part.line + count,
            indent: part.indent,
            file,
            line,
            to_indent,
            calls,
            leaves,
        });
    }

    /// Writes the chart to a folder.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        for (name, text) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// Where a finding of the chart in `folder` must point at, for a field that stands at a place of the Pod.
    pub(crate) fn expect(&self, folder: &str, place: &FieldPlace) -> Located {
        let FieldPlace { line, column, ref steps, key } = *place;
        if self.shape == Shape::Alone {
            let (line, column) = key.unwrap_or((line, column));
            let template = Some(Location { file: folder.to_owned(), line, column });
            return Located { template, ..Located::default() };
        }
        let Some(part) = self.parts.iter().find(|part| part.pod.contains(&line)) else { return Located::default() };
        let at = |at: &Location| Location { file: format!("{folder}/{}", at.file), ..*at };
        let shift = u32::try_from(part.to_indent).unwrap_or(0);
        let from = u32::try_from(part.indent).unwrap_or(0);
        let held = |(line, column): (u32, u32)| Location {
            file: format!("{folder}/{}", part.file),
            line: part.line + line - part.pod.start,
            column: column + shift - from,
        };
        if let Some(leaf) = part.leaves.iter().find(|leaf| leaf.pod == (line, column)) {
            let values = ValuesLocation { file: format!("{folder}/{}", leaf.values.file), ..leaf.values.clone() };
            return Located { template: Some(at(&leaf.template)), include: Vec::new(), values: Some(values) };
        }
        if self.shape == Shape::Values {
            let key = self::key(part, steps);
            let Location { file, line, column } = held((line, column));
            let values = Some(ValuesLocation { file, line, column, key });
            return Located { template: part.calls.first().map(at), include: Vec::new(), values };
        }
        let template = match key {
            Some(key) if part.pod.contains(&key.0) => held(key),
            // The key of the part itself stands on the line above, in the file that writes the part or includes it.
            Some(_) if part.calls.is_empty() => {
                let first = held((part.pod.start, from + 1));
                Location { line: first.line - 1, column: first.column - 2, ..first }
            }
            _ => held((line, column)),
        };
        Located { template: Some(template), include: part.calls.iter().map(at).collect(), values: None }
    }
}

impl<'a> Part<'a> {
    /// The lines below a key of a Pod whose collections are written as blocks.
    fn of(text: &'a str, name: &'static str, steps: &'static [&'static str]) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let (mut from, mut to) = (0, lines.len());
        for (depth, step) in steps.iter().enumerate() {
            let key = format!("{}{step}:", "  ".repeat(depth));
            from += lines[from..to].iter().position(|line| **line == *key)? + 1;
            let deeper = |line: &&str| line.starts_with(&"  ".repeat(depth + 1));
            to = from + lines[from..to].iter().take_while(|line| deeper(line)).count();
        }
        let line = u32::try_from(from + 1).ok()?;
        Some(Self { name, steps, line, indent: steps.len() * 2, lines: lines[from..to].to_vec() })
    }

    fn write(&self, indent: usize, page: &mut String) {
        for line in &self.lines {
            page.push_str(&" ".repeat(indent));
            page.push_str(&line[self.indent..]);
            page.push('\n');
        }
    }
}

impl Part<'_> {
    /// Writes the lines with an action instead of each scalar, and the scalars to `values`.
    fn write_leaves(&self, indent: usize, template: &str, page: &mut String, values: &mut String) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        for (line, number) in self.lines.iter().zip(self.line..) {
            let at = line.find(": ").map(|at| at + 2).or(line.find("- ").map(|at| at + 2));
            let Some((before, scalar)) =
                at.map(|at| line.split_at(at)).filter(|(_, rest)| !rest.starts_with('{') && !rest.ends_with(':'))
            else {
                page.push_str(&format!("{}{}\n", " ".repeat(indent), &line[self.indent..]));
                continue;
            };
            let name = format!("{}{number}", self.name);
            let start = format!("{}{}{{{{ ", " ".repeat(indent), &before[self.indent..]);
            let column = |text: &str| u32::try_from(text.len()).unwrap_or(0) + 1;
            let template = Location { file: template.to_owned(), line: next_line(page), column: column(&start) };
            page.push_str(&format!("{start}.Values.leaves.{name} }}}}\n"));
            let key = format!("  {name}: ");
            let (file, line, key_column) = ("values.yaml".to_owned(), next_line(values), column(&key));
            values.push_str(&format!("{key}{scalar}\n"));
            let values = ValuesLocation { file, line, column: key_column, key: format!("leaves.{name}") };
            leaves.push(Leaf { pod: (number, column(before)), template, values });
        }
        leaves
    }
}

/// The number of the line that is written next.
fn next_line(page: &str) -> u32 {
    u32::try_from(page.lines().count()).unwrap_or(u32::MAX) + 1
}

/// Writes a line with one action and tells where the function in it stands.
fn call(page: &mut String, file: &str, line: &str) -> Location {
    let number = next_line(page);
    page.push_str(line);
    page.push('\n');
    let start = line.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
    Location { file: file.to_owned(), line: number, column: u32::try_from(start).unwrap_or(0) + 1 }
}

/// The parent's values key of a node in a part.
fn key(part: &Written, steps: &[String]) -> String {
    let mut key = format!("outer.{}", part.name);
    for step in steps.iter().skip(part.steps.len()) {
        match step {
            _ if step.starts_with('[') => key.push_str(step),
            _ if step.contains('.') => key.push_str(&format!(".{step:?}")),
            _ => key.push_str(&format!(".{step}")),
        }
    }
    key
}
