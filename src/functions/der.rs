//! DER and PEM: as much as keys and certificates need.

use super::encoding::{decode64, encode64};

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0C;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// One element: tag, length, content.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = content.len().to_be_bytes();
            let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(content);
    out
}

/// An element made of others.
pub(super) fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// A number without sign, most significant byte first.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let zero = digits.first().is_none_or(|first| *first >= 0x80);
    element(INTEGER, &[if zero { &[0][..] } else { &[] }, digits].concat())
}

/// Whole bytes as a bit string.
pub(super) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    constructed(BIT_STRING, &[&[0], bytes])
}

/// Reads elements one after the other.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element: its content, and all of its bytes.
    pub(super) fn next(&mut self, tag: u8) -> Option<(&'a [u8], &'a [u8])> {
        let (found, rest) = self.0.split_first().filter(|(found, _)| **found == tag)?;
        let (first, mut rest) = rest.split_first()?;
        let mut len = usize::from(*first);
        if len >= 0x80 {
            let (digits, behind) =
                rest.split_at_checked(len & 0x7F).filter(|(digits, _)| (1..=4).contains(&digits.len()))?;
            len = digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit));
            rest = behind;
        }
        let (content, behind) = rest.split_at_checked(len)?;
        let whole = self.0.get(..self.0.len() - behind.len())?;
        self.0 = behind;
        debug_assert_eq!(*found, tag);
        Some((content, whole))
    }

    /// The elements inside the next one.
    pub(super) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.next(tag).map(|(content, _)| Self(content))
    }

    /// The next element if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next(tag).map(|(content, _)| content)
    }
}

/// A block of PEM as Go prints it.
pub(super) fn pem(kind: &str, der: &[u8]) -> String {
    let encoded = encode64(der);
    let mut out = format!("-----BEGIN {kind}-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at_checked(64).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = behind;
    }
    out.push_str(&format!("-----END {kind}-----\n"));
    out
}

/// The first block of PEM in a text: its kind and content.
pub(super) fn decode_pem(text: &[u8]) -> Option<(String, Vec<u8>)> {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim_end);
    loop {
        let kind = lines.by_ref().find_map(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----"))?;
        let end = format!("-----END {kind}-----");
        let mut body = String::new();
        let mut closed = false;
        for line in lines.by_ref() {
            closed = line == end;
            if closed {
                break;
            }
            // Headers such as `Proc-Type: 4,ENCRYPTED` stand before the content.
            if !line.contains(':') {
                body.push_str(line.trim());
            }
        }
        if closed && let Ok(der) = decode64(body.as_bytes()) {
            return Some((kind.to_owned(), der));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_back() {
        for len in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; len];
            let written = element(OCTET_STRING, &content);
            let mut reader = Reader(&written);
            assert_eq!(reader.next(OCTET_STRING), Some((content.as_slice(), written.as_slice())));
            assert!(reader.0.is_empty());
            assert!(Reader(&written[..written.len() - 1]).next(OCTET_STRING).is_none());
        }
        assert_eq!(integer(&[0, 0]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0, 0x7F]), [2, 1, 0x7F]);
    }

    #[test]
    fn pem_is_found_in_text() {
        let text = format!("x\n-----BEGIN A-----\nbroken\n{}y", pem("B C", &[1; 60]));
        assert_eq!(decode_pem(text.as_bytes()), None);
        let text = format!("x\n{}y", pem("B C", &[1; 60]));
        assert_eq!(decode_pem(text.as_bytes()), Some(("B C".to_owned(), vec![1; 60])));
    }
}
