//! Cutting a rendered file into documents, as each Helm version does (`releaseutil.SplitManifests`).

use std::ops::Range;

use super::profile::Profile;

/// The byte ranges of the documents of a rendered file, in order; documents of nothing but white space are left out.
#[must_use]
pub fn split(text: &[u8], profile: Profile) -> Vec<Range<usize>> {
    let start = text.len() - trim_start(text).len();
    let text_end = if profile <= Profile::V4_1 { start + trim_end(&text[start..]).len() } else { text.len() };
    let mut documents = Vec::new();
    let mut from = start;
    let mut at = start;
    let mut push = |range: Range<usize>| {
        let whole = &text[range.clone()];
        let trimmed = trim_start(whole);
        if trimmed.is_empty() {
            return;
        }
        let start = range.end - trimmed.len();
        let end = if profile <= Profile::V4_1 { start + trim_end(trimmed).len() } else { range.end };
        documents.push(start..end);
    };
    while let Some(separator) = next_separator(&text[..text_end], at, start, profile) {
        push(from..separator.start);
        from = separator.end;
        at = separator.end;
    }
    push(from..text_end);
    documents
}

/// The next separator with what it swallows. Helm 4.2.4: `(?m)^---[ \t]*`; before: `(?:^|\s*\n)---\s*`.
fn next_separator(text: &[u8], from: usize, text_start: usize, profile: Profile) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let line_start = at == text_start || at.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'\n');
        if line_start && text.get(at..)?.starts_with(b"---") {
            let blank: fn(u8) -> bool =
                if profile == Profile::V4_2_4 { |b| matches!(b, b' ' | b'\t') } else { is_go_space };
            let end = at + 3 + text[at + 3..].iter().take_while(|b| blank(**b)).count();
            let mut start = at;
            if profile != Profile::V4_2_4 {
                while start > from && is_go_space(text[start - 1]) {
                    start -= 1;
                }
            }
            return Some(start..end);
        }
        at += text.get(at..)?.iter().position(|b| *b == b'\n')? + 1;
    }
}

/// Go's `\s`.
fn is_go_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

/// Go's `strings.TrimLeftFunc(unicode.IsSpace)`.
#[must_use]
pub fn trim_start(mut text: &[u8]) -> &[u8] {
    while let Some((space, len)) = first_char(text) {
        if !space {
            break;
        }
        text = &text[len..];
    }
    text
}

/// Go's `strings.TrimRightFunc(unicode.IsSpace)`.
#[must_use]
pub fn trim_end(mut text: &[u8]) -> &[u8] {
    while let Some(last) = text.last() {
        let mut len = 1;
        if *last >= 0x80 {
            while len < 4 && text.len() > len && text[text.len() - len] & 0xC0 == 0x80 {
                len += 1;
            }
        }
        match first_char(&text[text.len() - len..]) {
            Some((true, whole)) if whole == len => text = &text[..text.len() - len],
            _ => break,
        }
    }
    text
}

fn first_char(text: &[u8]) -> Option<(bool, usize)> {
    let first = *text.first()?;
    if first < 0x80 {
        return Some((matches!(first, b'\t'..=b'\r' | b' '), 1));
    }
    let head = &text[..text.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    let character = valid.chars().next();
    Some(character.map_or((false, 1), |c| (c.is_whitespace(), c.len_utf8())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, profile: Profile) -> Vec<&str> {
        split(text.as_bytes(), profile).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn the_newest_profile_keeps_trailing_blanks() {
        assert_eq!(parts("a: 1\n\n---\nb: 2\n", Profile::V4_2_4), ["a: 1\n\n", "b: 2\n"]);
        assert_eq!(parts("a: 1\n\n---\nb: 2\n", Profile::V4_2_0), ["a: 1", "b: 2\n"]);
        assert_eq!(parts("a: 1\n\n---\nb: 2\n", Profile::V4_1), ["a: 1", "b: 2"]);
    }

    #[test]
    fn separators_need_a_line_start_but_no_blank_behind() {
        assert_eq!(parts("a: 1\n---text\n", Profile::V4_2_4), ["a: 1\n", "text\n"]);
        assert_eq!(parts("a: 1\n ---\nb: 1", Profile::V4_2_4), ["a: 1\n ---\nb: 1"]);
        assert_eq!(parts("---\n# only\n---\n\n--- \t\nx", Profile::V4_2_4), ["# only\n", "x"]);
        assert_eq!(parts("a\r---\rb", Profile::V4_2_4), ["a\r---\rb"]);
        assert_eq!(parts("  \n\u{a0}\n", Profile::V4_2_4), [""; 0]);
    }

    #[test]
    fn unicode_space_is_trimmed_on_both_sides() {
        assert_eq!(trim_end("a\u{2003}\u{a0} \n".as_bytes()), b"a");
        assert_eq!(trim_end("é".as_bytes()), "é".as_bytes());
        assert_eq!(trim_start(b"\xff a"), b"\xff a");
    }
}
