//! Tokens of YAML as go-yaml's scanner makes them: indentation becomes start and end tokens, and a key is known
//! as one only when its `:` follows. Scalars, tags and directives are scanned in [`super::scalar`] and [`super::tag`].

use std::collections::VecDeque;

use super::input::{Input, Mark};
use super::node::Style;
use super::read::ReadError;
use crate::limits::{Exceeded, Limits};
use crate::source::clamp;

/// What a token is.
#[derive(Debug)]
pub(super) enum Kind {
    StreamEnd,
    Version(u8, u8),
    TagDirective(String, String),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag(String, String),
    /// Its text, its style, and where its content starts (of a block scalar: behind the indicator line).
    Scalar(String, Style, u32),
}

/// A token and its place.
#[derive(Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: Mark,
    pub end: Mark,
}

/// What may turn out to be a key when a `:` follows on the same line.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token: usize,
    mark: Mark,
}

/// A key and its `:` lie at most this many characters apart.
const KEY_LENGTH: u32 = 1024;

pub(super) struct Scanner<'t> {
    pub input: Input<'t>,
    tokens: VecDeque<Token>,
    /// Tokens that the parser has taken.
    taken: usize,
    ready: bool,
    pub flow_level: u32,
    pub indent: i64,
    indents: Vec<i64>,
    pub simple_key_allowed: bool,
    /// One per flow level.
    simple_keys: Vec<SimpleKey>,
    /// Tokens that are handed out only when it is known whether they start a key, with the level of the key.
    /// go-yaml forgets the start of an empty flow collection when the collection ends: it cannot be a key.
    held: VecDeque<(usize, usize)>,
    depth: u64,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t [u8], start: usize, limits: &Limits) -> Self {
        Self {
            input: Input::new(text, start),
            tokens: VecDeque::new(),
            taken: 0,
            ready: false,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            held: VecDeque::new(),
            depth: limits.yaml_depth,
        }
    }

    /// The next token, left where it is. Behind the end of the stream it is the end again.
    pub(super) fn peek(&mut self) -> Result<&Token, ReadError> {
        if !self.ready {
            self.fetch_more()?;
            self.ready = true;
        }
        const END: &Token = &Token {
            kind: Kind::StreamEnd,
            start: Mark { at: 0, index: 0, line: 0, column: 0 },
            end: Mark { at: 0, index: 0, line: 0, column: 0 },
        };
        Ok(self.tokens.front().unwrap_or(END))
    }

    /// Takes the token that was peeked at.
    pub(super) fn take(&mut self) -> Option<Token> {
        self.ready = false;
        self.taken += 1;
        self.tokens.pop_front()
    }

    /// A scanner error at the position.
    pub(super) fn error<T>(&self, problem: &str) -> Result<T, ReadError> {
        if let Some(refused) = self.input.refused() {
            return Err(refused);
        }
        let mark = self.input.mark;
        // go-yaml gives no line for errors in the first line.
        let place = if mark.line > 0 { format!("line {}: ", mark.line + 1) } else { String::new() };
        Err(ReadError::new(format!("yaml: {place}{problem}"), Some(mark.at)))
    }

    fn fetch_more(&mut self) -> Result<(), ReadError> {
        loop {
            if !self.tokens.is_empty() {
                while self.held.front().is_some_and(|(token, _)| *token < self.taken) {
                    self.held.pop_front();
                }
                let head = self.held.front().filter(|(token, _)| *token == self.taken);
                let Some(&(_, level)) = head else { return Ok(()) };
                if !self.check_simple_key(level)? {
                    return Ok(());
                }
            }
            self.fetch_next()?;
        }
    }

    fn fetch_next(&mut self) -> Result<(), ReadError> {
        self.skip_to_token();
        if let Some(refused) = self.input.refused() {
            return Err(refused);
        }
        self.unroll_indent(i64::from(self.input.mark.column));
        if self.input.at_end() {
            return self.fetch_stream_end();
        }
        let input = &self.input;
        let column = input.mark.column;
        let byte = input.peek(0);
        let blank_follows = input.is_blankz(1);
        if column == 0 && byte == b'%' {
            self.reset_line()?;
            let token = self.scan_directive()?;
            self.tokens.push_back(token);
            return Ok(());
        }
        if column == 0 && self.document_indicator() {
            self.reset_line()?;
            let kind = if byte == b'-' { Kind::DocumentStart } else { Kind::DocumentEnd };
            self.push(kind, 3);
            return Ok(());
        }
        match byte {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if blank_follows => self.fetch_block_entry(),
            b'?' if self.flow_level > 0 || blank_follows => self.fetch_key(),
            b':' if self.flow_level > 0 || blank_follows => self.fetch_value(),
            b'*' | b'&' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_anchor()?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'!' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_tag()?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'|' | b'>' if self.flow_level == 0 => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                let token = self.scan_block_scalar(byte == b'|')?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_quoted(byte)?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'\t' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => self.unexpected(),
            b'?' | b':' if blank_follows => self.unexpected(),
            _ => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                let token = self.scan_plain()?;
                self.tokens.push_back(token);
                Ok(())
            }
        }
    }

    fn unexpected(&self) -> Result<(), ReadError> {
        self.error("found character that cannot start any token")
    }

    /// Whether `---` or `...` with something blank behind stands at the position.
    pub(super) fn document_indicator(&self) -> bool {
        let rest = self.input.rest();
        (rest.starts_with(b"---") || rest.starts_with(b"...")) && self.input.is_blankz(3)
    }

    fn skip_to_token(&mut self) {
        loop {
            while self.input.peek(0) == b' '
                || (self.flow_level > 0 || !self.simple_key_allowed) && self.input.peek(0) == b'\t'
            {
                self.input.skip();
            }
            if self.input.peek(0) == b'#' {
                self.input.skip_comment();
            }
            if !self.input.is_break() {
                return;
            }
            self.input.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let start = self.input.mark;
        self.input.skip_ascii(length);
        self.tokens.push_back(Token { kind, start, end: self.input.mark });
    }

    /// What holds for directives and document indicators: everything open ends, and no key can follow.
    fn reset_line(&mut self) -> Result<(), ReadError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<(), ReadError> {
        if self.input.mark.column != 0 {
            self.input.mark.column = 0;
            self.input.mark.line += 1;
        }
        self.reset_line()?;
        self.push(Kind::StreamEnd, 0);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind) -> Result<(), ReadError> {
        self.save_simple_key()?;
        let token = self.taken + self.tokens.len();
        self.simple_keys.push(SimpleKey { token, ..SimpleKey::default() });
        self.flow_level += 1;
        self.check_depth()?;
        self.simple_key_allowed = true;
        self.push(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind) -> Result<(), ReadError> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let Some(key) = self.simple_keys.pop() {
                self.release(key.token);
            }
        }
        self.simple_key_allowed = false;
        self.push(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), ReadError> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push(Kind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), ReadError> {
        // In flow context the parser reports it.
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error("block sequence entries are not allowed in this context");
            }
            self.roll_indent(Kind::BlockSequenceStart, self.input.mark, None)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push(Kind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), ReadError> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error("mapping keys are not allowed in this context");
            }
            self.roll_indent(Kind::BlockMappingStart, self.input.mark, None)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push(Kind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), ReadError> {
        let last = self.simple_keys.len().saturating_sub(1);
        let key = self.simple_keys.get(last).copied().unwrap_or_default();
        if self.check_simple_key(last)? {
            // A token that has been taken already gets its key behind it, and the parser will not like that.
            let at = key.token.checked_sub(self.taken);
            self.insert(at, Token { kind: Kind::Key, start: key.mark, end: key.mark });
            self.roll_indent(Kind::BlockMappingStart, key.mark, at)?;
            self.forget_simple_key();
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.error("mapping values are not allowed in this context");
                }
                self.roll_indent(Kind::BlockMappingStart, self.input.mark, None)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push(Kind::Value, 1);
        Ok(())
    }

    fn insert(&mut self, at: Option<usize>, token: Token) {
        match at {
            Some(at) if at <= self.tokens.len() => self.tokens.insert(at, token),
            _ => self.tokens.push_back(token),
        }
    }

    fn roll_indent(&mut self, kind: Kind, mark: Mark, at: Option<usize>) -> Result<(), ReadError> {
        if self.flow_level == 0 && self.indent < i64::from(mark.column) {
            self.indents.push(self.indent);
            self.indent = i64::from(mark.column);
            self.check_depth()?;
            self.insert(at, Token { kind, start: mark, end: mark });
        }
        Ok(())
    }

    fn unroll_indent(&mut self, column: i64) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(Kind::BlockEnd, 0);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Collections that are open in the scanner are checked here too: what lies ahead of the parser is bounded as well.
    fn check_depth(&self) -> Result<(), Exceeded> {
        Exceeded::check("yaml-depth", u64::from(self.flow_level) + clamp(self.indents.len()) as u64, self.depth)
    }

    /// Whether the key is still possible; an error when it was required and is not.
    fn check_simple_key(&mut self, index: usize) -> Result<bool, ReadError> {
        let mark = self.input.mark;
        let Some(key) = self.simple_keys.get_mut(index).filter(|key| key.possible) else { return Ok(false) };
        if key.mark.line < mark.line || key.mark.index.saturating_add(KEY_LENGTH) < mark.index {
            key.possible = false;
            if key.required {
                return self.error("could not find expected ':'");
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn save_simple_key(&mut self) -> Result<(), ReadError> {
        if self.simple_key_allowed {
            let mark = self.input.mark;
            let required = self.flow_level == 0 && self.indent == i64::from(mark.column);
            let token = self.taken + self.tokens.len();
            self.remove_simple_key()?;
            if let Some(key) = self.simple_keys.last_mut() {
                *key = SimpleKey { possible: true, required, token, mark };
            }
            self.release(token);
            self.held.push_back((token, self.simple_keys.len().saturating_sub(1)));
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), ReadError> {
        if self.simple_keys.last().is_some_and(|key| key.possible && key.required) {
            return self.error("could not find expected ':'");
        }
        self.forget_simple_key();
        Ok(())
    }

    fn forget_simple_key(&mut self) {
        if let Some(key) = self.simple_keys.last_mut().filter(|key| key.possible) {
            key.possible = false;
            let token = key.token;
            self.release(token);
        }
    }

    fn release(&mut self, token: usize) {
        if let Some(at) = self.held.iter().rposition(|(other, _)| *other == token) {
            self.held.remove(at);
        }
    }
}
