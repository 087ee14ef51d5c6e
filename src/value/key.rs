//! Keys of maps.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::Value;
use crate::origin::Mark;
use crate::text::Text;

/// A key of a map: its name, and the text that it was made of where that came out of values. Keys are compared by name.
///
/// Go keys are byte strings; invalid UTF-8 in a key becomes U+FFFD, as it does in JSON.
#[derive(Clone, Debug)]
pub struct Key {
    name: Rc<str>,
    text: Option<Rc<Text>>,
}

impl Key {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name with the origin of every byte; `None` where it stands around its value, whatever values there are.
    #[must_use]
    pub fn text(&self) -> Option<&Rc<Text>> {
        self.text.as_ref()
    }

    /// The same key, made of a text whose runs say what each byte came out of. A text that is no UTF-8 says nothing.
    #[must_use]
    pub fn made_of(self, text: Text) -> Self {
        let text = (text.as_bytes() == self.name.as_bytes()).then(|| Rc::new(text));
        Self { text, ..self }
    }

    /// The key as templates see it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.text {
            Some(text) => Value::Str(Mark::NONE, Rc::clone(text)),
            None => Value::str(self.name()),
        }
    }
}

impl Deref for Key {
    type Target = str;

    fn deref(&self) -> &str {
        &self.name
    }
}

impl From<Rc<str>> for Key {
    fn from(name: Rc<str>) -> Self {
        Self { name, text: None }
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::from(Rc::from(name))
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Self::from(Rc::from(name))
    }
}

impl From<Cow<'_, str>> for Key {
    fn from(name: Cow<'_, str>) -> Self {
        Self::from(Rc::from(name))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
