//! Sprig's random strings and numbers. All randomness comes from the environment.

use super::{Outcome, fixed, runes};
use crate::template::Type::{Int, String as Str};
use crate::template::{Call, Environment, Function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    fixed("randAlpha", &[Int], rand_alpha),
    fixed("randAlphaNum", &[Int], rand_alpha_num),
    fixed("randAscii", &[Int], rand_ascii),
    fixed("randBytes", &[Int], rand_bytes),
    fixed("randInt", &[Int, Int], rand_int),
    fixed("randNumeric", &[Int], rand_numeric),
    fixed("shuffle", &[Str], shuffle),
    fixed("uuidv4", &[], uuidv4),
];

/// Letters.
fn rand_alpha(call: &mut Call<'_>) -> Outcome {
    characters(call, |byte| byte.is_ascii_alphabetic())
}

/// Letters and digits.
fn rand_alpha_num(call: &mut Call<'_>) -> Outcome {
    characters(call, |byte| byte.is_ascii_alphanumeric())
}

/// Printable ASCII.
fn rand_ascii(call: &mut Call<'_>) -> Outcome {
    characters(call, |byte| (b' '..=b'~').contains(byte))
}

/// Digits.
fn rand_numeric(call: &mut Call<'_>) -> Outcome {
    characters(call, |byte| byte.is_ascii_digit())
}

fn characters(call: &mut Call<'_>, wanted: fn(&u8) -> bool) -> Outcome {
    // Sprig ignores the error that a negative count is.
    let count = usize::try_from(call.int(0)).unwrap_or(0);
    call.check_string(count)?;
    let set: Vec<u8> = (0..=127).filter(wanted).collect();
    let text: Vec<u8> = (0..count).filter_map(|_| set.get(below(call.environment(), set.len())).copied()).collect();
    Ok(Value::str(text))
}

/// A random number under `limit`, every one as likely as any other; 0 for the limit 0.
pub(super) fn below(environment: &Environment, limit: usize) -> usize {
    let limit = limit as u64;
    let Some(rest) = (u64::MAX).checked_rem(limit) else {
        return 0;
    };
    loop {
        let mut bytes = [0; 8];
        environment.fill_random(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        if number < u64::MAX - rest {
            return usize::try_from(number % limit).unwrap_or(0);
        }
    }
}

/// So many bytes as base64.
fn rand_bytes(call: &mut Call<'_>) -> Outcome {
    let Ok(count) = usize::try_from(call.int(0)) else {
        return Err("runtime error: makeslice: len out of range".into());
    };
    call.check_string(count.saturating_mul(2))?;
    let mut bytes = vec![0; count];
    call.environment().fill_random(&mut bytes);
    Ok(Value::str(super::encoding::encode64(&bytes)))
}

/// A number from the first one on and under the second.
fn rand_int(call: &mut Call<'_>) -> Outcome {
    let (low, high) = (call.int(0), call.int(1));
    match high.checked_sub(low).and_then(|width| usize::try_from(width).ok()).filter(|width| *width > 0) {
        Some(width) => Ok(Value::int(low.wrapping_add(below(call.environment(), width) as i64))),
        None => Err("invalid argument to Intn".into()),
    }
}

/// The characters in random order.
fn shuffle(call: &mut Call<'_>) -> Outcome {
    let mut all: Vec<char> = runes::all(call.bytes(0)).collect();
    for last in (1..all.len()).rev() {
        all.swap(last, below(call.environment(), last + 1));
    }
    Ok(Value::str(all.into_iter().collect::<String>()))
}

/// A random UUID, version 4.
fn uuidv4(call: &mut Call<'_>) -> Outcome {
    let mut bytes = [0; 16];
    call.environment().fill_random(&mut bytes);
    let number = u128::from_be_bytes(bytes) & !(0xF << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{number:032x}");
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    Ok(Value::str(format!("{a}-{b}-{c}-{d}-{e}")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{exec, i, s, show, show_in};
    use crate::limits::Limits;

    #[test]
    fn only_wanted_characters_come() {
        assert!(show("randAlpha", &[i(500)]).bytes().all(|b| b.is_ascii_alphabetic()));
        assert!(show("randAlphaNum", &[i(500)]).bytes().all(|b| b.is_ascii_alphanumeric()));
        assert!(show("randNumeric", &[i(500)]).bytes().all(|b| b.is_ascii_digit()));
        let ascii = show("randAscii", &[i(5000)]);
        assert_eq!((ascii.len(), ascii.bytes().min(), ascii.bytes().max()), (5000, Some(b' '), Some(b'~')));
        assert_eq!(show("randAlpha", &[i(-1)]), "");
    }

    #[test]
    fn length_runs_against_the_budget() {
        let limits = Limits { string_bytes: 10, ..Limits::default() };
        let mut exec = exec(limits);
        for (count, expected) in [(9, 9), (10, 10)] {
            assert_eq!(show_in(&mut exec, "randAlphaNum", &[i(count)]).len(), expected);
        }
        assert_eq!(show_in(&mut exec, "randAlphaNum", &[i(11)]), "LIMIT string-bytes");
    }

    #[test]
    fn uuids_have_their_version() {
        let uuid = show("uuidv4", &[]);
        let parts: Vec<_> = uuid.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('4') && "89ab".contains(&parts[3][..1]), "{uuid}");
    }

    #[test]
    fn numbers_lie_in_their_range() {
        let mut exec = exec(Limits::default());
        for _ in 0..100 {
            let number: i64 = show_in(&mut exec, "randInt", &[i(-2), i(2)]).parse().unwrap();
            assert!((-2..2).contains(&number));
        }
        assert_eq!(show("randInt", &[i(2), i(2)]), "ERROR invalid argument to Intn");
        let mut sorted: Vec<_> = show("shuffle", &[s("abc")]).into_bytes();
        sorted.sort_unstable();
        assert_eq!(sorted, b"abc");
    }
}
