//! What a render may use beyond its inputs: functions, methods, the clock, random bytes, caches. All of it is handed in.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::call::Function;
use crate::limits::{Exceeded, Limits};
use crate::value::Value;

/// A source of random bytes: the system's for users, a seeded one for tests.
pub type Random = Box<dyn FnMut(&mut [u8])>;

/// The surroundings of one render.
pub struct Environment {
    /// Functions by name, beside Go's own.
    pub functions: fn(&str) -> Option<&'static Function>,
    /// Methods of a value by name; the receiver is the call's first argument.
    pub methods: fn(&Value, &str) -> Option<&'static Function>,
    /// The budgets.
    pub limits: Limits,
    /// The time of the render; every `now` answers the same.
    pub now: jiff::Zoned,
    /// Random bytes.
    pub random: RefCell<Random>,
    /// Compiled regular expressions by their Go source.
    pub regexes: RefCell<HashMap<Rc<[u8]>, Rc<regex::bytes::Regex>>>,
    /// Calls of expensive cryptographic functions so far.
    pub crypto_calls: Cell<u64>,
}

impl Environment {
    /// Counts one call of a function that makes keys, certificates or password hashes.
    ///
    /// # Errors
    /// `Exceeded` when there were too many in this render.
    pub fn count_crypto_call(&self) -> Result<(), Exceeded> {
        self.crypto_calls.set(self.crypto_calls.get() + 1);
        Exceeded::check("crypto-calls", self.crypto_calls.get(), self.limits.crypto_calls)
    }

    /// Fills a buffer with random bytes.
    pub fn fill_random(&self, buffer: &mut [u8]) {
        (self.random.borrow_mut())(buffer);
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("now", &self.now).finish_non_exhaustive()
    }
}
