//! libyaml's emitter as go-yaml configures it: indentation, scalar styles, folding at 80 columns.

use std::ops::Range;

use super::out::Out;
use crate::text::Text;

/// Behind this column a scalar is folded at the next space.
const WIDTH: usize = 80;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What the text of a scalar allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Analysis {
    /// Holds line breaks.
    pub multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

/// The state of the output line.
pub(super) struct Emitter<'a> {
    pub out: Out<'a>,
    column: usize,
    /// The last character was a blank or an indicator that needs none behind it.
    whitespace: bool,
    /// Only indentation and indicators so far in the line.
    pub indention: bool,
    fold: bool,
    tabs_in_blocks: bool,
}

/// The bytes of a scalar, and the text that they are when they are passed through.
#[derive(Clone, Copy)]
pub(super) struct Scalar<'t> {
    pub text: &'t str,
    pub verbatim: Option<&'t Text>,
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// libyaml's table, which knows no tab and no character behind U+FFFF.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

impl<'a> Emitter<'a> {
    /// `pretty` is go-yaml v3: no folding, tabs allowed in literal blocks.
    pub(super) fn new(out: Out<'a>, pretty: bool) -> Self {
        Self { out, column: 0, whitespace: true, indention: true, fold: !pretty, tabs_in_blocks: pretty }
    }

    pub(super) fn analyze(&self, text: &str) -> Analysis {
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut multiline, mut special, mut tabs) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
        let mut characters = text.chars().peekable();
        let mut first = true;
        while let Some(character) = characters.next() {
            let blank_follows = matches!(characters.peek(), None | Some(' ' | '\t'));
            indicators |= match character {
                ':' => blank_follows,
                '#' => first || after_blank,
                '-' | '?' => first && blank_follows,
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
                _ => false,
            };
            if character == '\t' {
                tabs = true;
            } else if !is_printable(character) {
                special = true;
            }
            let (space, line_break) = (character == ' ', is_break(character));
            multiline |= line_break;
            break_space |= space && after_break;
            space_break |= line_break && after_space;
            (after_space, after_break) = (space, line_break);
            after_blank = space || line_break || character == '\t';
            first = false;
        }
        let edge = |character: Option<char>| character.is_some_and(|c| c == ' ' || is_break(c));
        let edges = edge(text.chars().next()) || edge(text.chars().next_back());
        let quoted_only = space_break || special || tabs;
        Analysis {
            multiline,
            plain: !(indicators || edges || break_space || multiline || quoted_only),
            single: !(break_space || quoted_only),
            block: !(text.is_empty() || text.ends_with(' ') || space_break || special || tabs && !self.tabs_in_blocks),
        }
    }

    /// The style that a wanted one becomes.
    pub(super) fn style(analysis: Analysis, wanted: Style, empty: bool, simple_key: bool) -> Style {
        let mut style = wanted;
        if simple_key && analysis.multiline {
            style = Style::Double;
        }
        if style == Style::Plain && (!analysis.plain || empty && simple_key) {
            style = Style::Single;
        }
        if style == Style::Single && !analysis.single || style == Style::Literal && (!analysis.block || simple_key) {
            style = Style::Double;
        }
        style
    }

    fn put(&mut self, bytes: &[u8]) {
        self.out.put(bytes);
        self.column += bytes.len();
    }

    fn put_char(&mut self, character: char) {
        self.out.put(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.column += 1;
    }

    fn put_around(&mut self, bytes: &[u8]) {
        self.out.put_around(bytes);
        self.column += bytes.len();
    }

    fn put_break(&mut self) {
        self.out.put_around(b"\n");
        self.column = 0;
    }

    /// Goes to a line of its own at the indentation, unless the line is still empty up to there.
    pub(super) fn write_indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.put_break();
        }
        const SPACES: &[u8] = &[b' '; 64];
        while self.column < indent {
            let count = (indent - self.column).min(SPACES.len());
            self.put_around(&SPACES[..count]);
        }
        self.whitespace = true;
        self.indention = true;
    }

    pub(super) fn write_indicator(&mut self, indicator: &[u8], blank_before: bool, blank: bool, indention: bool) {
        if blank_before && !self.whitespace {
            self.put_around(b" ");
        }
        self.put(indicator);
        self.whitespace = blank;
        self.indention = self.indention && indention;
    }

    pub(super) fn write_tag(&mut self, tag: &[u8]) {
        if !self.whitespace {
            self.put_around(b" ");
        }
        self.put(tag);
        self.whitespace = false;
        self.indention = false;
    }

    /// Passes a part of the scalar through.
    fn pass(&mut self, scalar: Scalar<'_>, range: Range<usize>, characters: usize) {
        match scalar.verbatim {
            Some(text) => self.out.pass(text, range),
            None => self.out.put(scalar.text.as_bytes().get(range).unwrap_or_default()),
        }
        self.column += characters;
    }

    pub(super) fn write_scalar(&mut self, scalar: Scalar<'_>, style: Style, indent: usize, simple_key: bool) {
        let fold = self.fold && !simple_key;
        match style {
            Style::Plain => {
                if !self.whitespace {
                    self.put_around(b" ");
                }
                self.write_flow(scalar, fold, indent, false);
            }
            Style::Single => {
                self.write_indicator(b"'", true, false, false);
                self.write_flow(scalar, fold, indent, true);
                self.write_indicator(b"'", false, false, false);
            }
            Style::Double => {
                self.write_indicator(b"\"", true, false, false);
                self.write_double(scalar, fold, indent);
                self.write_indicator(b"\"", false, false, false);
            }
            Style::Literal => return self.write_literal(scalar, indent),
        }
        self.whitespace = false;
        self.indention = false;
    }

    /// Plain and single-quoted text.
    fn write_flow(&mut self, scalar: Scalar<'_>, fold: bool, indent: usize, quoted: bool) {
        let text = scalar.text;
        let short = !fold || self.column + text.len() <= WIDTH;
        if short && text.is_ascii() && !(quoted && text.contains('\'')) {
            return self.pass(scalar, 0..text.len(), text.len());
        }
        let mut start = 0;
        let mut count = 0;
        let (mut after_space, mut after_break) = (false, false);
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character == ' ' {
                let single = characters.peek().is_none_or(|(_, next)| *next != ' ');
                let inside = at > 0 && at + 1 < text.len() || !quoted;
                if fold && !after_space && self.column + count > WIDTH && single && inside {
                    self.pass(scalar, start..at, count);
                    self.write_indent(indent);
                    (start, count) = (at + 1, 0);
                } else {
                    count += 1;
                }
                after_space = true;
            } else if is_break(character) {
                // Only U+2028 and U+2029 come here: they are written as they are and end the line.
                let end = at + character.len_utf8();
                self.pass(scalar, start..end, count + 1);
                (start, count) = (end, 0);
                self.column = 0;
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.write_indent(indent);
                }
                if character == '\'' && quoted {
                    self.pass(scalar, start..at, count);
                    self.put(b"'");
                    (start, count) = (at, 0);
                }
                count += 1;
                self.indention = false;
                (after_space, after_break) = (false, false);
            }
        }
        self.pass(scalar, start..text.len(), count);
    }

    fn write_double(&mut self, scalar: Scalar<'_>, fold: bool, indent: usize) {
        let text = scalar.text;
        // go-yaml looks for a byte order mark at the start of the text whatever character it is at.
        let escape_all = text.starts_with('\u{FEFF}');
        let mut start = 0;
        let mut count = 0;
        let mut after_space = false;
        for (at, character) in text.char_indices() {
            let end = at + character.len_utf8();
            if escape_all || !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
                self.pass(scalar, start..at, count);
                self.write_escape(character);
                (start, count) = (end, 0);
                after_space = false;
            } else if character == ' ' {
                if fold && !after_space && self.column + count > WIDTH && at > 0 && end < text.len() {
                    self.pass(scalar, start..at, count);
                    self.write_indent(indent);
                    if text.as_bytes().get(end) == Some(&b' ') {
                        self.put(b"\\");
                    }
                    (start, count) = (end, 0);
                } else {
                    count += 1;
                }
                after_space = true;
            } else {
                count += 1;
                after_space = false;
            }
        }
        self.pass(scalar, start..text.len(), count);
    }

    fn write_escape(&mut self, character: char) {
        let short = match character {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            other => {
                let code = u32::from(other);
                let escape = match code {
                    0..=0xFF => format!("\\x{code:02X}"),
                    0x100..=0xFFFF => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                return self.put(escape.as_bytes());
            }
        };
        self.put(b"\\");
        self.put_char(short);
    }

    fn write_literal(&mut self, scalar: Scalar<'_>, indent: usize) {
        let text = scalar.text;
        self.write_indicator(b"|", true, false, false);
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            self.write_indicator(b"2", false, false, false);
        }
        let mut from_end = text.chars().rev();
        match (from_end.next(), from_end.next()) {
            (Some(last), _) if !is_break(last) => self.write_indicator(b"-", false, false, false),
            (Some(_), None) => self.write_indicator(b"+", false, false, false),
            (Some(_), Some(before)) if is_break(before) => self.write_indicator(b"+", false, false, false),
            _ => {}
        }
        self.put_break();
        self.whitespace = true;
        self.indention = true;
        let mut rest = 0;
        for line in text.split_inclusive(is_break) {
            let end = rest + line.len();
            let broken = line.ends_with(is_break);
            if !line.starts_with(is_break) {
                self.write_indent(indent);
            }
            self.pass(scalar, rest..end, line.len());
            if broken {
                self.column = 0;
            }
            self.indention = broken;
            rest = end;
        }
    }
}
