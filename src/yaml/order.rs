//! The order of keys in written YAML: go-yaml's natural order, in which `a2` comes before `a10`.

/// Which of go-yaml's two orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Letters come behind everything else.
    V2,
    /// The same, but digits come behind letters when digits precede.
    V3,
}

/// Sorts in place by the natural order of the keys. The order need not be transitive for odd keys, so this is a plain
/// merge sort, which copes with anything.
pub(super) fn sort<T>(items: &mut Vec<T>, key: impl Fn(&T) -> &str + Copy, order: Order) {
    if !items.is_sorted_by(|a, b| !less(key(b), key(a), order)) {
        *items = merge_sort(std::mem::take(items), key, order);
    }
}

fn merge_sort<T>(mut items: Vec<T>, key: impl Fn(&T) -> &str + Copy, order: Order) -> Vec<T> {
    if items.len() < 2 {
        return items;
    }
    let right = items.split_off(items.len() / 2);
    let mut left = merge_sort(items, key, order).into_iter().peekable();
    let mut right = merge_sort(right, key, order).into_iter().peekable();
    let mut sorted = Vec::with_capacity(left.len() + right.len());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if less(key(b), key(a), order) { right.next() } else { left.next() };
        sorted.extend(next);
    }
    sorted.extend(left);
    sorted.extend(right);
    sorted
}

fn is_letter(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_alphabetic() } else { character.is_alphabetic() }
}

fn is_digit(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_digit() } else { character.is_numeric() }
}

fn less(a: &str, b: &str, order: Order) -> bool {
    // Only what precedes the first difference matters, and it is the same in both.
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let same = (0..=same).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at)).unwrap_or(0);
    let (before, a_rest) = a.split_at(same);
    let b_rest = &b[same..];
    let (Some(x), Some(y)) = (a_rest.chars().next(), b_rest.chars().next()) else {
        return a_rest.is_empty() && !b_rest.is_empty();
    };
    match (is_letter(x), is_letter(y)) {
        (true, true) => return x < y,
        (false, false) => {}
        (x_letter, y_letter) => {
            let behind_digit = before.chars().next_back().is_some_and(is_digit);
            return if order == Order::V3 && behind_digit { x_letter } else { y_letter };
        }
    }
    let zero = x == '0' || y == '0';
    let significant = zero && before.chars().rev().take_while(|c| is_digit(*c)).any(|c| c != '0');
    let (x_number, x_length) = number(a_rest, significant);
    let (y_number, y_length) = number(b_rest, significant);
    (x_number, x_length, x) < (y_number, y_length, y)
}

/// The number at the start, behind a 1 when digits that count precede it; and how many digits it has.
fn number(text: &str, significant: bool) -> (i64, usize) {
    let digits = text.chars().take_while(|c| is_digit(*c));
    digits.fold((i64::from(significant), 0), |(number, length), digit| {
        let value = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
        (number.wrapping_mul(10).wrapping_add(value), length + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &str, order: Order) -> String {
        let mut keys: Vec<&str> = keys.split(' ').collect();
        keys.sort_unstable();
        sort(&mut keys, |key| key, order);
        keys.join(" ")
    }

    /// The orders that helm 4.2.4 prints with `toYaml` and `toYamlPretty`.
    #[test]
    fn keys_come_in_natural_order() {
        let keys = "a10 a2 a1 a01 B b _x -x 1 10 2 a a-b a.b a_b ab A é z";
        assert_eq!(sorted(keys, Order::V2), "-x _x 1 2 10 A B a a-b a.b a_b a1 a01 a2 a10 ab b z é");
        let keys = "b B a1b a1 a1c 1a a.1 a-1 a/1 a1.5 a1.10";
        assert_eq!(sorted(keys, Order::V2), "1a B a-1 a.1 a/1 a1 a1.5 a1.10 a1b a1c b");
    }
}
