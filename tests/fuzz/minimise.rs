//! Makes a failing case small: files, then pieces of files, then arguments, as long as it fails in the same way.

use crate::case::{Case, Shape};

/// The smallest case found with at most `tries` runs of `fails`.
pub(crate) fn minimise(mut case: Case, mut tries: u32, mut fails: impl FnMut(&Case) -> bool) -> Case {
    let mut attempt = |case: &mut Case, smaller: Case| {
        tries = tries.saturating_sub(1);
        let same = tries > 0 && fails(&smaller);
        if same {
            *case = smaller;
        }
        same
    };
    for at in (0..case.set.len()).rev() {
        let mut smaller = case.clone();
        smaller.set.remove(at);
        attempt(&mut case, smaller);
    }
    if case.shape == Shape::Folder {
        let mut step = case.files.len();
        while step > 0 {
            let mut at = 0;
            while at < case.files.len() {
                let mut smaller = case.clone();
                smaller.files.drain(at..(at + step).min(case.files.len()));
                if !attempt(&mut case, smaller) {
                    at += step;
                }
            }
            step /= 2;
        }
    }
    for file in 0..case.files.len() {
        let mut step = case.files[file].1.len();
        while step > 0 {
            let mut at = 0;
            while at < case.files[file].1.len() {
                let mut smaller = case.clone();
                let bytes = &mut smaller.files[file].1;
                bytes.drain(at..(at + step).min(bytes.len()));
                if !attempt(&mut case, smaller) {
                    at += step;
                }
            }
            step /= 2;
        }
    }
    case
}
