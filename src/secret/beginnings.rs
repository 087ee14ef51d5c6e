//! Where known texts begin in another one, the longest where several do.
//!
//! Nearly every place is ruled out by two of its bytes, with tables that the compiler makes: to build an automaton takes longer
//! than to search a chart.

/// Some texts of at least three bytes.
#[derive(Debug)]
pub(super) struct Beginnings<const N: usize> {
    texts: [&'static str; N],
    /// The pairs of bytes with which a text begins, those behind its first byte, and both.
    first: Pairs,
    second: Pairs,
    either: Pairs,
    /// The last text with each first byte, and the one before each text with the same; [`NONE`] at the end.
    last: [u8; 256],
    before: [u8; N],
}

const NONE: u8 = u8::MAX;

impl<const N: usize> Beginnings<N> {
    pub(super) const fn new(texts: [&'static str; N]) -> Self {
        assert!(N <= NONE as usize);
        let mut made = Self {
            texts,
            first: Pairs::NONE,
            second: Pairs::NONE,
            either: Pairs::NONE,
            last: [NONE; 256],
            before: [NONE; N],
        };
        let mut at = 0;
        while at < N {
            let text = texts[at].as_bytes();
            made.first.add(text[0], text[1]);
            made.second.add(text[1], text[2]);
            made.either.add(text[0], text[1]);
            made.either.add(text[1], text[2]);
            made.before[at] = made.last[text[0] as usize];
            made.last[text[0] as usize] = at as u8;
            at += 1;
        }
        made
    }

    /// Offsets and numbers of the texts that begin in `text`, in order; they do not overlap.
    pub(super) fn find(&self, text: &str) -> impl Iterator<Item = (usize, usize)> {
        let bytes = text.as_bytes();
        let (mut from, mut at) = (0, 0);
        std::iter::from_fn(move || {
            loop {
                // At every other byte: a text begins there or one byte before.
                let mut pairs = bytes.get(at..)?.chunks_exact(2);
                at += 2 * pairs.position(|pair| self.either.has(pair[0], pair[1]))?;
                let here = |begin: usize| Some((begin, self.longest(bytes.get(begin..)?)?));
                match (at.saturating_sub(1).max(from)..=at).find_map(here) {
                    Some((begin, (number, length))) => {
                        from = begin + length;
                        at = from;
                        return Some((begin, number));
                    }
                    None => at += 2,
                }
            }
        })
    }

    /// Number and length of the longest text that begins right here.
    fn longest(&self, here: &[u8]) -> Option<(usize, usize)> {
        let [a, b, c] = *here.first_chunk()?;
        if !self.first.has(a, b) || !self.second.has(b, c) {
            return None;
        }
        let mut longest = None;
        let mut number = usize::from(self.last[usize::from(a)]);
        while let Some(text) = self.texts.get(number) {
            if here.starts_with(text.as_bytes()) && longest.is_none_or(|(_, length)| text.len() > length) {
                longest = Some((number, text.len()));
            }
            number = usize::from(self.before[number]);
        }
        longest
    }
}

/// A set of pairs of bytes.
#[derive(Debug)]
struct Pairs([u64; 1024]);

impl Pairs {
    const NONE: Self = Self([0; 1024]);

    const fn add(&mut self, first: u8, second: u8) {
        let (word, bit) = place(first, second);
        self.0[word] |= bit;
    }

    fn has(&self, first: u8, second: u8) -> bool {
        let (word, bit) = place(first, second);
        self.0[word] & bit != 0
    }
}

const fn place(first: u8, second: u8) -> (usize, u64) {
    let pair = (first as usize) << 8 | second as usize;
    (pair / 64, 1 << (pair % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wins_and_none_overlap() {
        static KNOWN: Beginnings<4> = Beginnings::new(["abc", "abcd", "cde", "éa"]);
        let found = |text| KNOWN.find(text).collect::<Vec<_>>();
        assert_eq!(found("abcde abc cdeéa"), [(0, 1), (6, 0), (10, 2), (13, 3)]);
        assert_eq!(found("xabcxcde éa"), [(1, 0), (5, 2), (9, 3)]);
        assert!(found("").is_empty() && found("ab").is_empty() && found("ab c cd e").is_empty());
    }
}
