//! Random primes for RSA keys.
//!
//! The search in the `rsa` crate takes ten times as long as Go's, and charts that make certificates make several keys.
//! Candidates are sieved with small primes and then tested as Miller and Rabin do, with Montgomery multiplication.

/// Bases for a candidate that passed the base 2. FIPS 186-5 asks for 5 rounds at 1,024 bits.
const ROUNDS: usize = 8;
/// Small primes lie below.
const SIEVE: u64 = 1 << 12;
/// How far behind a random number is searched before another one is taken.
const WINDOW: u64 = 1 << 14;

/// A prime of `limbs` times 64 bits with its two highest bits set, least significant limb first.
/// `accept` may refuse a prime. None when the random source does not lead to a prime.
pub(super) fn random(
    limbs: usize,
    fill: &mut dyn FnMut(&mut [u8]),
    accept: impl Fn(&[u64]) -> bool,
) -> Option<Vec<u64>> {
    let small = small_primes();
    // A window holds some twenty primes of 1,024 bits: the first one is nearly always enough.
    for _ in 0..100 {
        let mut start = random_number(limbs, fill);
        *start.first_mut()? |= 1;
        *start.last_mut()? |= 0b11 << 62;
        let residues: Vec<u64> = small.iter().map(|prime| residue(&start, *prime)).collect();
        for delta in (0..WINDOW).step_by(2) {
            if small.iter().zip(&residues).any(|(prime, residue)| (residue + delta) % prime == 0) {
                continue;
            }
            let mut candidate = start.clone();
            // An overflow of all limbs makes a small number, which the highest bits tell.
            add_small(&mut candidate, delta);
            let large = candidate.last().is_some_and(|limb| limb >> 62 == 0b11);
            if large && accept(&candidate) && is_prime(&candidate, fill) {
                return Some(candidate);
            }
        }
    }
    None
}

fn random_number(limbs: usize, fill: &mut dyn FnMut(&mut [u8])) -> Vec<u64> {
    let mut bytes = vec![0; limbs * 8];
    fill(&mut bytes);
    bytes.chunks_exact(8).map(|chunk| chunk.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte))).collect()
}

fn small_primes() -> Vec<u64> {
    let mut composite = vec![false; SIEVE as usize];
    let mut primes = Vec::new();
    for number in (3..SIEVE).step_by(2) {
        if composite.get(number as usize).copied().unwrap_or(true) {
            continue;
        }
        primes.push(number);
        for multiple in (number * number..SIEVE).step_by(number as usize) {
            if let Some(slot) = composite.get_mut(multiple as usize) {
                *slot = true;
            }
        }
    }
    primes
}

/// The remainder of a division by a small number.
pub(super) fn residue(number: &[u64], by: u64) -> u64 {
    number.iter().rev().fold(0, |rest, limb| ((u128::from(rest) << 64 | u128::from(*limb)) % u128::from(by)) as u64)
}

fn add_small(number: &mut [u64], mut carry: u64) {
    for limb in number {
        let (sum, overflow) = limb.overflowing_add(carry);
        *limb = sum;
        carry = u64::from(overflow);
    }
}

/// Miller and Rabin's test of an odd number over 3: with the base 2, then with random bases.
fn is_prime(number: &[u64], fill: &mut dyn FnMut(&mut [u8])) -> bool {
    let field = Montgomery::new(number);
    let mut two = vec![0; number.len()];
    if let Some(first) = two.first_mut() {
        *first = 2;
    }
    if !field.is_witness_silent(&two) {
        return false;
    }
    (0..ROUNDS).all(|_| {
        let mut base = random_number(number.len(), fill);
        if let Some(last) = base.last_mut() {
            // Below the number, whose highest bits are set.
            *last >>= 1;
        }
        base.iter().all(|limb| *limb == 0) || field.is_witness_silent(&base)
    })
}

/// Arithmetic modulo an odd number whose highest bit is set.
struct Montgomery<'a> {
    modulus: &'a [u64],
    /// Minus the inverse of the lowest limb.
    inverse: u64,
    /// One and the square of the radix.
    one: Vec<u64>,
    square: Vec<u64>,
}

impl<'a> Montgomery<'a> {
    fn new(modulus: &'a [u64]) -> Self {
        let low = modulus.first().copied().unwrap_or(1);
        // Each of Newton's steps doubles the number of correct bits; the number itself has three.
        let inverse =
            (0..5).fold(low, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(inverse))));
        // The radix lies between the modulus and its double.
        let mut one: Vec<u64> = modulus.iter().map(|limb| !limb).collect();
        add_small(&mut one, 1);
        let mut square = one.clone();
        for _ in 0..modulus.len() * 64 {
            double(&mut square, modulus);
        }
        Self { modulus, inverse: inverse.wrapping_neg(), one, square }
    }

    /// The product of two numbers, divided by the radix.
    fn multiply(&self, a: &[u64], b: &[u64], out: &mut [u64]) {
        out.fill(0);
        let mut top = 0_u64;
        for digit in a {
            let mut carry = 0_u64;
            for (slot, other) in out.iter_mut().zip(b) {
                let sum = u128::from(*digit) * u128::from(*other) + u128::from(*slot) + u128::from(carry);
                *slot = sum as u64;
                carry = (sum >> 64) as u64;
            }
            let (high, over) = top.overflowing_add(carry);
            let factor = out.first().copied().unwrap_or(0).wrapping_mul(self.inverse);
            let mut carry = 0_u64;
            let mut below: Option<&mut u64> = None;
            for (slot, limb) in out.iter_mut().zip(self.modulus) {
                let sum = u128::from(factor) * u128::from(*limb) + u128::from(*slot) + u128::from(carry);
                carry = (sum >> 64) as u64;
                if let Some(below) = below {
                    *below = sum as u64;
                }
                below = Some(slot);
            }
            let (high, more) = high.overflowing_add(carry);
            if let Some(last) = below {
                *last = high;
            }
            top = u64::from(over) + u64::from(more);
        }
        if top > 0 || !less(out, self.modulus) {
            subtract(out, self.modulus);
        }
    }

    /// Whether a base does not prove that the modulus is composite.
    fn is_witness_silent(&self, base: &[u64]) -> bool {
        let len = self.modulus.len();
        let mut exponent = self.modulus.to_vec();
        if let Some(first) = exponent.first_mut() {
            *first &= !1;
        }
        let twos = trailing_zeros(&exponent);
        let mut table = vec![self.one.clone()];
        let mut scaled = vec![0; len];
        self.multiply(base, &self.square, &mut scaled);
        for _ in 1..16 {
            let mut next = vec![0; len];
            if let Some(last) = table.last() {
                self.multiply(last, &scaled, &mut next);
            }
            table.push(next);
        }
        let (mut power, mut other) = (self.one.clone(), vec![0; len]);
        let step = |power: &mut Vec<u64>, other: &mut Vec<u64>, factor: Option<&Vec<u64>>| {
            self.multiply(power, factor.unwrap_or(power), other);
            std::mem::swap(power, other);
        };
        let bits = len * 64 - twos;
        for window in (0..bits.div_ceil(4)).rev() {
            for _ in 0..4 {
                step(&mut power, &mut other, None);
            }
            step(&mut power, &mut other, table.get(bits_at(&exponent, twos + window * 4)));
        }
        let mut minus_one = self.modulus.to_vec();
        subtract(&mut minus_one, &self.one);
        if power == self.one || power == minus_one {
            return true;
        }
        (1..twos).any(|_| {
            step(&mut power, &mut other, None);
            power == minus_one
        })
    }
}

/// Four bits from a position on.
fn bits_at(number: &[u64], at: usize) -> usize {
    let limb = |index: usize| u128::from(number.get(index).copied().unwrap_or(0));
    let pair = limb(at / 64 + 1) << 64 | limb(at / 64);
    (pair >> (at % 64) & 15) as usize
}

fn trailing_zeros(number: &[u64]) -> usize {
    let whole = number.iter().take_while(|limb| **limb == 0).count();
    whole * 64 + number.get(whole).map_or(0, |limb| limb.trailing_zeros() as usize)
}

fn less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn subtract(from: &mut [u64], other: &[u64]) {
    let mut borrow = false;
    for (limb, other) in from.iter_mut().zip(other) {
        let (difference, under) = limb.overflowing_sub(*other);
        let (difference, more) = difference.overflowing_sub(u64::from(borrow));
        *limb = difference;
        borrow = under || more;
    }
}

fn double(number: &mut [u64], modulus: &[u64]) {
    let mut carry = 0;
    for limb in number.iter_mut() {
        let next = *limb >> 63;
        *limb = *limb << 1 | carry;
        carry = next;
    }
    if carry > 0 || !less(number, modulus) {
        subtract(number, modulus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> impl FnMut(&mut [u8]) {
        let mut state = 0x1234_5678_9ABC_DEF1_u64;
        move |buffer| {
            for byte in buffer {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *byte = (state >> 24) as u8;
            }
        }
    }

    #[test]
    fn numbers_of_one_limb_are_told_apart() {
        // The largest primes below 2^64, with everything between them composite.
        let distances = [59, 83, 95, 179, 189, 257, 279];
        for distance in (1..=279_u64).step_by(2) {
            let number = [0_u64.wrapping_sub(distance)];
            assert_eq!(is_prime(&number, &mut source()), distances.contains(&distance), "2^64 - {distance}");
        }
    }

    #[test]
    fn numbers_of_several_limbs_are_told_apart() {
        // 2^128 - 159 and 2^256 - 189 are the largest primes of their sizes.
        for (limbs, distance) in [(2, 159_u64), (4, 189)] {
            for other in (1..=distance).step_by(2) {
                let mut number = vec![u64::MAX; limbs];
                number[0] = 0_u64.wrapping_sub(other);
                assert_eq!(is_prime(&number, &mut source()), other == distance, "{limbs} {other}");
            }
        }
    }

    #[test]
    fn random_primes_have_their_size_and_are_accepted() {
        let mut fill = source();
        for _ in 0..3 {
            let prime = random(4, &mut fill, |prime| residue(prime, 65_537) != 1).unwrap();
            assert_eq!((prime.len(), prime[3] >> 62, prime[0] & 1), (4, 0b11, 1));
            assert!(small_primes().iter().all(|small| residue(&prime, *small) != 0));
        }
        assert_eq!(random(1, &mut |buffer| buffer.fill(0), |_| false), None);
    }
}
