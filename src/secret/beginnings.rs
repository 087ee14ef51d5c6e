//! Where known texts begin in another one, the longest where several do.
//!
//! Nearly every place is ruled out by its first two bytes, with a table that the compiler makes: to build an automaton takes longer
//! than to search a chart.

/// Some texts of at least two bytes.
#[derive(Debug)]
pub(super) struct Beginnings<const N: usize> {
    texts: [&'static str; N],
    /// A bit for each pair of bytes with which a text begins.
    pairs: [u64; 1024],
    /// The first text with each first byte, and the next one after each text; [`NONE`] at the end.
    first: [u8; 256],
    next: [u8; N],
}

const NONE: u8 = u8::MAX;

impl<const N: usize> Beginnings<N> {
    pub(super) const fn new(texts: [&'static str; N]) -> Self {
        assert!(N <= NONE as usize);
        let (mut pairs, mut first, mut next) = ([0; 1024], [NONE; 256], [NONE; N]);
        let mut at = 0;
        while at < N {
            let text = texts[at].as_bytes();
            let (word, bit) = place(text[0], text[1]);
            pairs[word] |= bit;
            next[at] = first[text[0] as usize];
            first[text[0] as usize] = at as u8;
            at += 1;
        }
        Self { texts, pairs, first, next }
    }

    /// Offsets and numbers of the texts that begin in `text`, in order; they do not overlap.
    pub(super) fn find(&self, text: &str) -> impl Iterator<Item = (usize, usize)> {
        let bytes = text.as_bytes();
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let rest = bytes.get(from..)?;
                let at = rest.windows(2).position(|pair| {
                    let (word, bit) = place(pair[0], pair[1]);
                    self.pairs[word] & bit != 0
                })?;
                let begin = from + at;
                match self.longest(rest.get(at..)?) {
                    Some((number, length)) => {
                        from = begin + length;
                        return Some((begin, number));
                    }
                    None => from = begin + 1,
                }
            }
        })
    }

    /// Number and length of the longest text that begins right here.
    fn longest(&self, here: &[u8]) -> Option<(usize, usize)> {
        let mut longest = None;
        let mut number = usize::from(self.first[usize::from(*here.first()?)]);
        while let Some(text) = self.texts.get(number) {
            if here.starts_with(text.as_bytes()) && longest.is_none_or(|(_, length)| text.len() > length) {
                longest = Some((number, text.len()));
            }
            number = usize::from(self.next[number]);
        }
        longest
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
        static KNOWN: Beginnings<4> = Beginnings::new(["ab", "abc", "cd", "é"]);
        let found = |text| KNOWN.find(text).collect::<Vec<_>>();
        assert_eq!(found("xabcd ab cdé"), [(1, 1), (6, 0), (9, 2), (11, 3)]);
        assert!(found("").is_empty() && found("a").is_empty() && found("ac b").is_empty());
    }
}
