//! Sprig's base64 and base32. Decoding errors are answered as text, with Go's offsets.

use super::{Outcome, fixed};
use crate::origin::{NO_OFFSET, Origin};
use crate::template::Type::String as Str;
use crate::template::{Call, Function};
use crate::text::Text;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    fixed("b32dec", &[Str], b32dec),
    fixed("b32enc", &[Str], b32enc),
    fixed("b64dec", &[Str], b64dec),
    fixed("b64enc", &[Str], b64enc),
];

/// Decodes base32; an error is the result.
fn b32dec(call: &mut Call<'_>) -> Outcome {
    Ok(match decode32(call.bytes(0)) {
        Ok(bytes) => Value::str(bytes),
        Err(at) => Value::str(format!("illegal base32 data at input byte {at}")),
    })
}

/// Encodes as base32.
fn b32enc(call: &mut Call<'_>) -> Outcome {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bytes = call.bytes(0);
    call.check_string(bytes.len().div_ceil(5).saturating_mul(8))?;
    let mut out = Vec::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let bits = chunk.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)) << (8 * (5 - chunk.len()));
        let digits = (chunk.len() * 8).div_ceil(5);
        out.extend((0..8).map(|n| if n < digits { ALPHABET[(bits >> (35 - 5 * n) & 31) as usize] } else { b'=' }));
    }
    Ok(Value::str(out))
}

/// Decodes base64; an error is the result.
fn b64dec(call: &mut Call<'_>) -> Outcome {
    Ok(match decode64(call.bytes(0)) {
        Ok(bytes) => Value::str(bytes),
        Err(at) => Value::str(illegal64(at)),
    })
}

/// Encodes as base64.
fn b64enc(call: &mut Call<'_>) -> Outcome {
    let bytes = call.bytes(0);
    call.check_string(bytes.len().div_ceil(3).saturating_mul(4))?;
    let encoded = encode64(bytes);
    Ok(match call.arg(0).as_text() {
        Some(text) if text.runs().len() > 1 => Value::str(grouped(call, text, encoded.as_bytes())),
        _ => Value::str(encoded),
    })
}

/// The bytes of a group of three that the characters of a group of four hold bits of.
const HELD: [(usize, usize); 4] = [(0, 1), (0, 2), (1, 3), (2, 3)];

/// Base64 of a text of several origins: a character was made of the one or two bytes that it holds bits of.
fn grouped(call: &mut Call<'_>, text: &Text, encoded: &[u8]) -> Text {
    let mut out = Text::new();
    let frame = call.frame;
    let mut done = 0;
    while let Some((run, _)) = text.run_at(done / 4 * 3) {
        let groups = if run.end as usize == text.len() { encoded.len() / 4 } else { run.end as usize / 3 };
        let (end, leaf) = if done % 4 == 0 && groups > done / 4 {
            (groups * 4, run.mark)
        } else {
            let (first, behind) = HELD[done % 4];
            let group = done / 4 * 3;
            let marks = text.runs_in(group + first..group + behind).map(|(run, _)| run.mark).collect();
            (done + 1, call.origins().mix(marks))
        };
        let mark = call.origins().origin(Origin { frame, leaf, at: NO_OFFSET });
        call.append_written(&mut out, encoded.get(done..end).unwrap_or_default(), mark);
        done = end;
    }
    out
}

/// Standard base64 with padding.
pub(super) fn encode64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Go's message for a bad byte.
pub(super) fn illegal64(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Go's `base64.StdEncoding.DecodeString`: line breaks are skipped, unused bits may be set; an error is the offset.
pub(super) fn decode64(bytes: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut bits, mut digits) = (0_u32, 0);
    let mut input = bytes.iter().copied().enumerate().filter(|(_, byte)| !is_line_break(*byte));
    while let Some((at, byte)) = input.next() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if digits >= 2 => {
                if digits == 2 {
                    match input.next() {
                        None => return Err(bytes.len()),
                        Some((_, b'=')) => {}
                        // Go's offset is one behind the first padding and the line breaks.
                        Some((next, _)) => return Err(next - 1),
                    }
                }
                if let Some((garbage, _)) = input.next() {
                    return Err(garbage);
                }
                out.push((bits >> (6 * digits - 8)) as u8);
                if digits == 3 {
                    out.push((bits >> 2) as u8);
                }
                return Ok(out);
            }
            _ => return Err(at),
        };
        bits = bits << 6 | u32::from(digit);
        digits += 1;
        if digits == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, digits) = (0, 0);
        }
    }
    // Go counts back from the end by the digits it has.
    if digits == 0 { Ok(out) } else { Err(bytes.len() - digits) }
}

/// Go's `base32.StdEncoding.DecodeString`; offsets count without line breaks.
fn decode32(bytes: &[u8]) -> Result<Vec<u8>, usize> {
    let input: Vec<u8> = bytes.iter().copied().filter(|byte| !is_line_break(*byte)).collect();
    let mut out = Vec::with_capacity(input.len() / 8 * 5);
    let mut at = 0;
    while at < input.len() {
        let (mut bits, mut digits) = (0_u64, 0);
        while digits < 8 {
            let Some(byte) = input.get(at) else {
                return Err(at - digits);
            };
            at += 1;
            let left = input.len() - at;
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'2'..=b'7' => byte - b'2' + 26,
                b'=' if digits >= 2 && left < 8 => {
                    if left + digits < 7 {
                        return Err(input.len());
                    }
                    let padding = input.get(at..input.len().min(at + 7 - digits)).unwrap_or_default();
                    if let Some(bad) = padding.iter().position(|byte| *byte != b'=') {
                        return Err(at + bad - 1);
                    }
                    if matches!(digits, 3 | 6) {
                        return Err(at - 1);
                    }
                    let bytes = (bits << (5 * (8 - digits))).to_be_bytes();
                    out.extend_from_slice(&bytes[3..3 + digits * 5 / 8]);
                    return Ok(out);
                }
                _ => return Err(at - 1),
            };
            bits = bits << 5 | u64::from(digit);
            digits += 1;
        }
        out.extend_from_slice(&bits.to_be_bytes()[3..]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{s, show};
    use super::*;

    #[test]
    fn round_trips() {
        for len in 0..20_u8 {
            let bytes: Vec<u8> = (0..len).map(|n| n.wrapping_mul(37)).collect();
            assert_eq!(decode64(encode64(&bytes).as_bytes()).unwrap(), bytes);
            let encoded = super::super::testing::call_in(
                &mut super::super::testing::exec(Default::default()),
                "b32enc",
                &[Value::str(bytes.clone())],
            );
            assert_eq!(decode32(encoded.unwrap().as_text().unwrap().as_bytes()).unwrap(), bytes);
        }
        assert_eq!(show("b32enc", &[s("foobar")]), "MZXW6YTBOI======");
        assert_eq!(show("b32dec", &[s("MZXW6\nYTBOI======")]), "foobar");
    }

    #[test]
    fn base64_of_several_leaves_names_each_where_it_is() {
        use crate::origin::{Key, Leaf, Mark};
        use crate::source::{SourceId, Span};
        let mut exec = super::super::testing::exec(Default::default());
        let mut text = Text::new();
        let mut leaves = Vec::new();
        for (index, part) in ["abcd", "efg", "h", "ijklm"].into_iter().enumerate() {
            let span = Span::new(SourceId(1), index, index);
            let leaf = exec.origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root });
            text.push_marked(part.as_bytes(), leaf, 0);
            leaves.push(leaf);
        }
        let value = super::super::testing::call_in(&mut exec, "b64enc", &[Value::str(text.clone())]).unwrap();
        let encoded = value.as_text().unwrap();
        assert_eq!(encoded.to_str(), encode64(text.as_bytes()));
        // abc def ghi jkl m: only `d`, `g` and `h` share their groups with others.
        let characters = "0 0 0 0  0 01 1 1  1 12 23 3  3 3 3 3  3 3";
        for (at, expected) in characters.split_whitespace().enumerate() {
            let expected: Vec<Mark> = expected.bytes().map(|index| leaves[usize::from(index - b'0')]).collect();
            let (run, _) = encoded.run_at(at).unwrap();
            assert_eq!(exec.origins.leaves_of(run.mark), expected, "{at}");
        }
    }

    #[test]
    fn errors_have_the_offsets_of_go() {
        let cases = [
            ("YQ==", Ok("a")),
            ("Y\nQ=\r\n=", Ok("a")),
            ("YWI=", Ok("ab")),
            ("YWI", Err(0)),
            ("YWJjZ", Err(4)),
            ("Y", Err(0)),
            ("Y=", Err(1)),
            ("=", Err(0)),
            ("YQ=", Err(3)),
            ("YQ=x", Err(2)),
            ("YQ==x", Err(4)),
            ("YWJj!!!!", Err(4)),
            ("YQ=\n\nx", Err(4)),
        ];
        for (text, expected) in cases {
            assert_eq!(decode64(text.as_bytes()), expected.map(|s: &str| s.as_bytes().to_vec()), "{text:?}");
        }
        assert_eq!(show("b64dec", &[s("!")]), "illegal base64 data at input byte 0");
        let cases = [
            ("!!!!", 0),
            ("x===", 0),
            ("AA=A====", 2),
            ("AAA=AAAA", 3),
            ("MMMMMMMMM", 8),
            ("MMMMMM", 0),
            ("A=", 1),
            ("AA=", 3),
            ("AA==", 4),
            ("AAA=====", 3),
        ];
        for (text, at) in cases {
            assert_eq!(decode32(text.as_bytes()), Err(at), "{text:?}");
        }
    }
}
