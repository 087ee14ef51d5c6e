//! The text of a file as lines: comments apart, and what each line means for the block that it stands in.

use std::ops::Range;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// YAML whose keys are values: a values file, Chart.yaml.
    Values,
    /// YAML whose documents are objects.
    Manifest,
    /// A template.
    Template,
}

/// A comment and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// From its `#` or `{{` to behind its end.
    pub range: Range<usize>,
    /// What it says, without `#`, `{{/*` and `*/}}`.
    pub text: Range<usize>,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing, or the inner lines of an action.
    Blank,
    /// Comments only.
    Comment,
    /// `---`.
    Separator,
    /// Actions that print nothing themselves: `{{- if .Values.x }}`.
    Control,
    /// Everything else.
    Content {
        /// Where it is printed.
        indent: usize,
        /// Whether it starts with `- `.
        item: bool,
        /// Whether it ends with the `:` of a key, so that a list below may stand at the same indent.
        key: bool,
    },
}

/// A file with its lines told apart.
#[derive(Debug)]
pub(super) struct Source<'t> {
    pub text: &'t str,
    pub comments: Vec<Comment>,
    pub lines: Vec<Line>,
    /// The keyword of each action and its line, in order: `if`, `end`, or whatever else it starts with.
    pub actions: Vec<(usize, &'t str)>,
    starts: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str, language: Language) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut source = Self { text, comments: Vec::new(), lines: Vec::new(), actions: Vec::new(), starts };
        let actions = source.scan(language == Language::Template);
        source.lines = (0..source.starts.len()).map(|line| source.kind(line, &actions)).collect();
        source
    }

    /// The line of an offset, from 0.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of a line, without its end.
    fn bounds(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        start..end.max(start)
    }

    /// Character of an offset in its line, from 1.
    pub(super) fn column(&self, offset: usize) -> usize {
        let start = self.bounds(self.line_of(offset)).start;
        self.text.get(start..offset).map_or(1, |before| before.chars().count() + 1)
    }

    /// Finds comments and actions; gives the places of the actions back.
    fn scan(&mut self, template: bool) -> Vec<Range<usize>> {
        let text = self.text;
        let (mut at, mut line_start) = (0, 0);
        let mut actions = Vec::new();
        let bytes = text.as_bytes();
        while let Some(byte) = bytes.get(at) {
            let rest = text.get(at..).unwrap_or_default();
            match byte {
                b'{' if template && rest.starts_with("{{") => {
                    let end = at
                        + match template_comment(rest) {
                            Some((inner, length)) => {
                                let text = at + inner.start..at + inner.end;
                                self.comments.push(Comment { range: at..at + length, text });
                                length
                            }
                            None => {
                                let length = rest.find("}}").map_or(rest.len(), |end| end + 2);
                                self.actions.push((self.line_of(at), keyword(rest)));
                                actions.push(at..at + length);
                                length
                            }
                        };
                    line_start = text.get(..end).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
                    at = end;
                    continue;
                }
                b'#' if self.starts_comment(line_start, at) => {
                    let length = rest.find('\n').unwrap_or(rest.len());
                    let marks = rest.bytes().take_while(|byte| *byte == b'#').count();
                    self.comments.push(Comment { range: at..at + length, text: at + marks..at + length });
                    at += length;
                    continue;
                }
                b'\n' => line_start = at + 1,
                _ => {}
            }
            at += 1;
        }
        actions
    }

    /// Whether the `#` at an offset of the line that starts at another begins a comment.
    fn starts_comment(&self, line: usize, at: usize) -> bool {
        let before = self.text.get(line..at).unwrap_or_default();
        (before.is_empty() || before.ends_with([' ', '\t'])) && !in_quotes(before)
    }

    fn kind(&self, line: usize, actions: &[Range<usize>]) -> Line {
        let bounds = self.bounds(line);
        let next = actions.partition_point(|action| action.end <= bounds.start);
        if actions.get(next).is_some_and(|action| action.start < bounds.start) {
            return Line::Blank;
        }
        let next = self.comments.partition_point(|comment| comment.range.end <= bounds.start);
        let on_line = |comment: &&Comment| comment.range.start < bounds.end.max(bounds.start + 1);
        let (mut shown, mut at, mut commented) = (String::new(), bounds.start, false);
        for comment in self.comments.iter().skip(next).take_while(on_line) {
            commented = true;
            shown.push_str(self.text.get(at..comment.range.start.max(at)).unwrap_or_default());
            at = comment.range.end.min(bounds.end).max(at);
        }
        shown.push_str(self.text.get(at..bounds.end).unwrap_or_default());
        let content = shown.trim();
        match content {
            "" if commented => Line::Comment,
            "" => Line::Blank,
            _ if shown.starts_with("---") => Line::Separator,
            _ if content.starts_with("{{") => printed(content, column_of(&shown)),
            _ => Line::Content {
                indent: column_of(&shown),
                item: content == "-" || content.starts_with("- "),
                key: content.ends_with(':'),
            },
        }
    }
}

/// The inside of a template comment and the length of the whole, if the text starts with one.
fn template_comment(text: &str) -> Option<(Range<usize>, usize)> {
    let inside = text.strip_prefix("{{")?;
    let inside = inside.strip_prefix('-').map_or(inside, str::trim_start);
    let inside = inside.strip_prefix("/*")?;
    let start = text.len() - inside.len();
    let end = start + inside.find("*/")?;
    let length = text.get(end..)?.find("}}")? + end + 2;
    Some((start..end, length))
}

/// The first word of an action.
fn keyword(action: &str) -> &str {
    let inside = action.trim_start_matches("{{");
    let inside = inside.strip_prefix('-').unwrap_or(inside).trim_start();
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '$' && c != '_').unwrap_or(inside.len());
    inside.get(..end).unwrap_or_default()
}

/// Whether an action prints nothing.
fn is_control(action: &str) -> bool {
    match keyword(action) {
        "if" | "else" | "end" | "with" | "range" | "define" | "block" | "break" | "continue" => true,
        word => word.starts_with('$') && action.contains('='),
    }
}

/// A line that starts with an action.
fn printed(content: &str, column: usize) -> Line {
    let mut rest = content;
    let mut silent = true;
    while let Some(action) = rest.strip_prefix("{{") {
        let end = action.find("}}").map_or(rest.len(), |end| end + "{{}}".len());
        silent &= is_control(rest.get(..end).unwrap_or_default());
        rest = rest.get(end..).unwrap_or_default().trim_start();
    }
    if silent && rest.is_empty() {
        return Line::Control;
    }
    // `nindent 8` prints at 8, wherever the action stands.
    let asked = content.rfind("indent ").and_then(|at| content.get(at + "indent ".len()..));
    let digits = asked.map(|text| text.trim_start().chars().take_while(char::is_ascii_digit).collect::<String>());
    let indent = digits.and_then(|digits| digits.parse().ok()).unwrap_or(column);
    Line::Content { indent, item: false, key: rest.ends_with(':') }
}

fn column_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a `#` behind this beginning of a line stands inside of a quoted scalar.
fn in_quotes(before: &str) -> bool {
    let (mut open, mut last) = (None, ' ');
    let mut characters = before.chars();
    while let Some(c) = characters.next() {
        match (open, c) {
            (Some('"'), '\\') => {
                characters.next();
            }
            (Some(quote), c) if quote == c => open = None,
            (None, '"' | '\'') if matches!(last, ' ' | ':' | '-' | '[' | '{' | ',') => open = Some(c),
            _ => {}
        }
        if !c.is_whitespace() {
            last = c;
        }
    }
    open.is_some()
}
