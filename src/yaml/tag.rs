//! Anchors, aliases, tags and directives as go-yaml's scanner reads them.

use super::read::ReadError;
use super::scan::{Kind, Scanner, Token};

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

impl Scanner<'_> {
    fn scan_word(&mut self) -> String {
        let from = self.input.mark.at;
        while is_word(self.input.peek(0)) {
            self.input.skip();
        }
        self.input.slice(from, self.input.mark.at).to_owned()
    }

    pub(super) fn scan_anchor(&mut self) -> Result<Token, ReadError> {
        let start = self.input.mark;
        let alias = self.input.peek(0) == b'*';
        self.input.skip();
        let name = self.scan_word();
        let end = self.input.mark;
        let ends = self.input.is_blankz(0)
            || matches!(self.input.peek(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return self.error("did not find expected alphabetic or numeric character");
        }
        Ok(Token { kind: if alias { Kind::Alias(name) } else { Kind::Anchor(name) }, start, end })
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token, ReadError> {
        let start = self.input.mark;
        let (handle, suffix);
        if self.input.peek(1) == b'<' {
            self.input.skip_ascii(2);
            handle = String::new();
            suffix = self.scan_tag_uri("")?;
            if self.input.peek(0) != b'>' {
                return self.error("did not find the expected '>'");
            }
            self.input.skip();
        } else {
            let first = self.scan_tag_handle(false)?;
            if first.len() > 1 && first.ends_with('!') {
                suffix = self.scan_tag_uri("")?;
                handle = first;
            } else {
                let rest = self.scan_tag_uri(&first)?;
                // A lone `!` is a tag by itself.
                (handle, suffix) = if rest.is_empty() { (rest, "!".to_owned()) } else { ("!".to_owned(), rest) };
            }
        }
        if !self.input.is_blankz(0) {
            return self.error("did not find expected whitespace or line break");
        }
        Ok(Token { kind: Kind::Tag(handle, suffix), start, end: self.input.mark })
    }

    fn scan_tag_handle(&mut self, directive: bool) -> Result<String, ReadError> {
        if self.input.peek(0) != b'!' {
            return self.error("did not find expected '!'");
        }
        self.input.skip();
        let mut handle = format!("!{}", self.scan_word());
        if self.input.peek(0) == b'!' {
            handle.push('!');
            self.input.skip();
        } else if directive && handle != "!" {
            return self.error("did not find expected '!'");
        }
        Ok(handle)
    }

    fn scan_tag_uri(&mut self, head: &str) -> Result<String, ReadError> {
        let mut uri: Vec<u8> = head.as_bytes().get(1..).unwrap_or_default().into();
        let mut found = !head.is_empty();
        loop {
            let byte = self.input.peek(0);
            if byte == b'%' {
                self.scan_uri_escapes(&mut uri)?;
            } else if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) {
                uri.push(byte);
                self.input.skip();
            } else {
                break;
            }
            found = true;
        }
        if !found {
            return self.error("did not find expected tag URI");
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    fn scan_uri_escapes(&mut self, uri: &mut Vec<u8>) -> Result<(), ReadError> {
        let mut left = 0;
        loop {
            let hex = |ahead| char::from(self.input.peek(ahead)).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.input.peek(0), hex(1), hex(2)) else {
                return self.error("did not find URI escaped octet");
            };
            let octet = u8::try_from(high << 4 | low).unwrap_or(0);
            if left == 0 {
                left = match octet {
                    0x00..=0x7F => 1,
                    0xC0..=0xDF => 2,
                    0xE0..=0xEF => 3,
                    0xF0..=0xF7 => 4,
                    _ => return self.error("found an incorrect leading UTF-8 octet"),
                };
            } else if octet & 0xC0 != 0x80 {
                return self.error("found an incorrect trailing UTF-8 octet");
            }
            uri.push(octet);
            self.input.skip_ascii(3);
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
    }

    pub(super) fn scan_directive(&mut self) -> Result<Token, ReadError> {
        let start = self.input.mark;
        self.input.skip();
        let name = self.scan_word();
        if name.is_empty() {
            return self.error("could not find expected directive name");
        }
        if !self.input.is_blankz(0) {
            return self.error("found unexpected non-alphabetical character");
        }
        let kind = match name.as_str() {
            "YAML" => {
                self.input.skip_blanks();
                let major = self.scan_version_number()?;
                if self.input.peek(0) != b'.' {
                    return self.error("did not find expected digit or '.' character");
                }
                self.input.skip();
                Kind::Version(major, self.scan_version_number()?)
            }
            "TAG" => {
                self.input.skip_blanks();
                let handle = self.scan_tag_handle(true)?;
                if !self.input.is_blank(0) {
                    return self.error("did not find expected whitespace");
                }
                self.input.skip_blanks();
                let prefix = self.scan_tag_uri("")?;
                if !self.input.is_blankz(0) {
                    return self.error("did not find expected whitespace or line break");
                }
                Kind::TagDirective(handle, prefix)
            }
            _ => return self.error("found unknown directive name"),
        };
        let end = self.input.mark;
        self.input.skip_blanks();
        if self.input.peek(0) == b'#' {
            self.input.skip_comment();
        }
        if !self.input.is_breakz(0) {
            return self.error("did not find expected comment or line break");
        }
        self.input.skip_line();
        Ok(Token { kind, start, end })
    }

    fn scan_version_number(&mut self) -> Result<u8, ReadError> {
        let mut number = None;
        for length in 0.. {
            let byte = self.input.peek(0);
            if !byte.is_ascii_digit() {
                break;
            }
            if length == 2 {
                return self.error("found extremely long version number");
            }
            number = Some(number.unwrap_or(0) * 10 + (byte - b'0'));
            self.input.skip();
        }
        number.map_or_else(|| self.error("did not find expected version number"), Ok)
    }
}
