//! "Did you mean": the known word nearest to a mistyped one.

/// The candidate within a third of the word's length in edits, the nearest first; `None` when all are far.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(100).collect();
    let allowed = (word.len() / 3).max(1);
    let distances = candidates.into_iter().map(|candidate| (edits(&word, candidate), candidate));
    distances.filter(|(edits, _)| *edits <= allowed).min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn edits(word: &[char], other: &str) -> usize {
    let mut row: Vec<usize> = (0..=word.len()).collect();
    for (line, wanted) in other.chars().take(100).enumerate() {
        let (mut diagonal, mut left) = (line, line + 1);
        for (cell, typed) in row.iter_mut().skip(1).zip(word) {
            let best = (diagonal + usize::from(*typed != wanted)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshteins() {
        for (a, b, distance) in
            [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("ab", "ba", 2)]
        {
            assert_eq!(edits(&a.chars().collect::<Vec<_>>(), b), distance, "{a} {b}");
        }
    }

    #[test]
    fn near_words_are_named_and_far_ones_not() {
        let keys = ["profile", "select", "ignore", "strict"];
        assert_eq!(nearest("profil", keys), Some("profile"));
        assert_eq!(nearest("slect", keys), Some("select"));
        assert_eq!(nearest("baseline", keys), None);
    }
}
