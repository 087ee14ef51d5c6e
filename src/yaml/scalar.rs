//! Scalars as go-yaml's scanner reads them: plain, quoted, literal, folded.

use super::input::Mark;
use super::node::Style;
use super::read::ReadError;
use super::scan::{Kind, Scanner, Token};

/// Line breaks inside a flow scalar: one break is a space, more are one break less.
#[derive(Default)]
struct Breaks {
    leading: String,
    trailing: String,
}

impl Breaks {
    fn fold_into(&mut self, out: &mut String) {
        if self.leading.starts_with('\n') {
            if self.trailing.is_empty() {
                out.push(' ');
            }
        } else {
            out.push_str(&self.leading);
        }
        out.push_str(&self.trailing);
        self.leading.clear();
        self.trailing.clear();
    }
}

impl Scanner<'_> {
    fn scalar(&self, value: String, style: Style, start: Mark, end: Mark) -> Token {
        Token { kind: Kind::Scalar(value, style, start.at), start, end }
    }

    pub(super) fn scan_plain(&mut self) -> Result<Token, ReadError> {
        let start = self.input.mark;
        let mut end = start;
        let mut value = String::new();
        let mut breaks = Breaks::default();
        let mut blanks = String::new();
        let mut broken = false;
        let indent = self.indent + 1;
        loop {
            if self.input.mark.column == 0 && self.document_indicator() || self.input.peek(0) == b'#' {
                break;
            }
            let from = self.input.mark.at;
            while !self.input.is_blankz(0) && !self.ends_plain() {
                self.input.skip();
                self.input.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'_'));
            }
            if self.input.mark.at > from {
                if broken {
                    breaks.fold_into(&mut value);
                    broken = false;
                } else {
                    value.push_str(&blanks);
                }
                blanks.clear();
                end = self.input.mark;
                value.push_str(self.input.slice(from, end.at));
            }
            if !(self.input.is_blank(0) || self.input.is_break()) {
                break;
            }
            loop {
                if self.input.is_blank(0) {
                    if !broken {
                        blanks.push(char::from(self.input.peek(0)));
                    } else if self.input.peek(0) == b'\t' && i64::from(self.input.mark.column) < indent {
                        return self.error("found a tab character that violates indentation");
                    }
                    self.input.skip();
                } else if self.input.is_break() {
                    let read = self.input.skip_line();
                    if broken {
                        breaks.trailing.push_str(read);
                    } else {
                        blanks.clear();
                        breaks.leading.push_str(read);
                        broken = true;
                    }
                } else {
                    break;
                }
            }
            if self.flow_level == 0 && i64::from(self.input.mark.column) < indent {
                break;
            }
        }
        if broken {
            self.simple_key_allowed = true;
        }
        Ok(self.scalar(value, Style::Plain, start, end))
    }

    fn ends_plain(&self) -> bool {
        match self.input.peek(0) {
            b':' => self.input.is_blankz(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }

    pub(super) fn scan_quoted(&mut self, quote: u8) -> Result<Token, ReadError> {
        let start = self.input.mark;
        let single = quote == b'\'';
        self.input.skip();
        let mut value = String::new();
        let mut breaks = Breaks::default();
        let mut blanks = String::new();
        loop {
            if self.input.mark.column == 0 && self.document_indicator() {
                return self.error("found unexpected document indicator");
            }
            if self.input.at_end() {
                return self.error("found unexpected end of stream");
            }
            let mut broken = false;
            while !self.input.is_blankz(0) {
                let byte = self.input.peek(0);
                if byte == quote {
                    if !(single && self.input.peek(1) == b'\'') {
                        break;
                    }
                    value.push('\'');
                    self.input.skip_ascii(2);
                } else if byte == b'\\' && !single {
                    if self.input.break_len(1) > 0 {
                        self.input.skip();
                        self.input.skip_line();
                        broken = true;
                        break;
                    }
                    self.scan_escape(&mut value)?;
                } else {
                    let from = self.input.mark.at;
                    self.input.skip();
                    self.input.skip_while(|byte| byte > b' ' && !matches!(byte, b'\\' | b'\'' | b'"'));
                    value.push_str(self.input.slice(from, self.input.mark.at));
                }
            }
            if self.input.peek(0) == quote {
                break;
            }
            loop {
                if self.input.is_blank(0) {
                    if !broken {
                        blanks.push(char::from(self.input.peek(0)));
                    }
                    self.input.skip();
                } else if self.input.is_break() {
                    let read = self.input.skip_line();
                    if broken {
                        breaks.trailing.push_str(read);
                    } else {
                        blanks.clear();
                        breaks.leading.push_str(read);
                        broken = true;
                    }
                } else {
                    break;
                }
            }
            if broken {
                breaks.fold_into(&mut value);
            } else {
                value.push_str(&blanks);
                blanks.clear();
            }
        }
        self.input.skip();
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        Ok(self.scalar(value, style, start, self.input.mark))
    }

    fn scan_escape(&mut self, value: &mut String) -> Result<(), ReadError> {
        let digits = match self.input.peek(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                value.push(match other {
                    b'0' => '\0',
                    b'a' => '\x07',
                    b'b' => '\x08',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\x0B',
                    b'f' => '\x0C',
                    b'r' => '\r',
                    b'e' => '\x1B',
                    b' ' => ' ',
                    b'"' => '"',
                    b'\'' => '\'',
                    b'\\' => '\\',
                    b'N' => '\u{85}',
                    b'_' => '\u{A0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => return self.error("found unknown escape character"),
                });
                self.input.skip_ascii(2);
                return Ok(());
            }
        };
        self.input.skip_ascii(2);
        let mut code = 0u32;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.input.peek(ahead)).to_digit(16) else {
                return self.error("did not find expected hexdecimal number");
            };
            code = code.wrapping_shl(4) | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return self.error("found invalid Unicode character escape code");
        };
        value.push(character);
        self.input.skip_ascii(digits);
        Ok(())
    }

    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<Token, ReadError> {
        let start = self.input.mark;
        self.input.skip();
        let mut chomping = 0u8;
        let mut increment = 0u8;
        for _ in 0..2 {
            match self.input.peek(0) {
                sign @ (b'+' | b'-') if chomping == 0 => chomping = sign,
                b'0' if increment == 0 => return self.error("found an indentation indicator equal to 0"),
                digit @ b'1'..=b'9' if increment == 0 => increment = digit - b'0',
                _ => break,
            }
            self.input.skip();
        }
        self.input.skip_blanks();
        if self.input.peek(0) == b'#' {
            self.input.skip_comment();
        }
        if !self.input.is_breakz(0) {
            return self.error("did not find expected comment or line break");
        }
        self.input.skip_line();
        let content = self.input.mark;
        let mut end = content;
        let mut indent = match increment {
            0 => 0,
            increment => u32::try_from(self.indent.max(0)).unwrap_or(0) + u32::from(increment),
        };
        let mut value = String::new();
        let mut leading = "";
        let mut trailing = String::new();
        self.scan_block_breaks(&mut indent, &mut trailing, &mut end)?;
        let mut was_blank = false;
        while self.input.mark.column == indent && !self.input.at_end() {
            let blank = self.input.is_blank(0);
            if !literal && leading.starts_with('\n') && !was_blank && !blank {
                if trailing.is_empty() {
                    value.push(' ');
                }
            } else {
                value.push_str(leading);
            }
            value.push_str(&trailing);
            trailing.clear();
            was_blank = blank;
            let from = self.input.mark.at;
            self.input.skip_comment();
            value.push_str(self.input.slice(from, self.input.mark.at));
            leading = self.input.skip_line();
            self.scan_block_breaks(&mut indent, &mut trailing, &mut end)?;
        }
        if chomping != b'-' {
            value.push_str(leading);
        }
        if chomping == b'+' {
            value.push_str(&trailing);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        Ok(Token { kind: Kind::Scalar(value, style, content.at), start, end })
    }

    /// Empty lines of a block scalar; finds out its indentation at the first line that is not.
    fn scan_block_breaks(&mut self, indent: &mut u32, breaks: &mut String, end: &mut Mark) -> Result<(), ReadError> {
        *end = self.input.mark;
        let mut widest = 0;
        loop {
            while (*indent == 0 || self.input.mark.column < *indent) && self.input.peek(0) == b' ' {
                self.input.skip();
            }
            widest = widest.max(self.input.mark.column);
            if (*indent == 0 || self.input.mark.column < *indent) && self.input.peek(0) == b'\t' {
                return self.error("found a tab character where an indentation space is expected");
            }
            if !self.input.is_break() {
                break;
            }
            breaks.push_str(self.input.skip_line());
            *end = self.input.mark;
        }
        if *indent == 0 {
            *indent = widest.max(u32::try_from(self.indent + 1).unwrap_or(0)).max(1);
        }
        Ok(())
    }
}
