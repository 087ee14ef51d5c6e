//! Literal credentials: what a text is, judged by where it goes, how it looks, what its key is called, and last by chance.
//!
//! A pure function over a key and a text ([`judge`]), over a tree of them ([`examine`]), and over a file ([`tokens`]). What is
//! found is never told in full: [`masked`] gives its first two characters and its length.

mod beginnings;
mod embedded;
mod look;
mod mask;
mod name;
mod placeholder;
mod remedy;
mod shape;
mod tree;
mod words;

use std::fmt;
use std::ops::Range;

pub use mask::{Hidden, masked};
pub use remedy::remedy;
pub use shape::tokens;
pub use tree::{Found, Leaf, Part, examine, is_credential};

use crate::limits::Limits;
use look::{Look, look};
use name::{Says, says};
use words::Words;
#[cfg(test)]
use words::words;

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A password or a passphrase.
    Password,
    /// A token that is presented as it is.
    Token,
    /// A symmetric or an API key.
    Key,
    /// A shared secret.
    Secret,
    /// The password in the userinfo of a URL.
    UrlPassword,
    /// A password in a connection string.
    ConnectionString,
    /// `Authorization: Bearer` or `Basic`.
    Header,
    /// A password hash: it can be cracked without asking anybody.
    PasswordHash,
    /// A PEM private key.
    PrivateKey,
    /// A JSON web token.
    Jwt,
    /// Registry credentials as Docker keeps them.
    DockerConfig,
    /// A token of a known form: the words for it, with article.
    Known(&'static str),
    /// Characters that look drawn by lot.
    Random,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "a password",
            Self::Token => "a token",
            Self::Key => "a key",
            Self::Secret => "a secret",
            Self::UrlPassword => "a password in a URL",
            Self::ConnectionString => "a password in a connection string",
            Self::Header => "an authorization header",
            Self::PasswordHash => "a password hash",
            Self::PrivateKey => "a private key",
            Self::Jwt => "a JSON web token",
            Self::DockerConfig => "registry credentials",
            Self::Known(what) => what,
            Self::Random => "a random text",
        })
    }
}

/// What gave a credential away, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// It reaches a place that is for credentials.
    Taint,
    /// Its form is that of a credential.
    Shape,
    /// Its key says so.
    Name,
    /// Nothing but its randomness.
    Entropy,
}

/// Whether somebody was meant to replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It says of itself that it must be replaced.
    Placeholder,
    /// It works as it is.
    Secret,
}

/// A credential in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// What it is.
    pub kind: Kind,
    /// What gave it away.
    pub tier: Tier,
    /// Whether it is a real one.
    pub verdict: Verdict,
    /// Its bytes in the text.
    pub at: Range<usize>,
}

/// Where a value ends up, as far as that says what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// In a place that is for credentials: an entry of a Secret, or an environment variable, that is called like one.
    pub credential: bool,
    /// In a place that names a Secret, a key of one, or another object.
    pub reference: bool,
}

/// A text and what stands around it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The keys that lead to it, taken apart into words, the outermost first; items of a list stand under the list's key.
    pub keys: &'a [Words],
    /// Whether a key beside it names an object of kind Secret, so that it may be the name of a key in it.
    pub beside_reference: bool,
    /// Where it ends up.
    pub reach: Reach,
    /// Texts around it that hold it: documents in documents are read only so deep.
    pub depth: u8,
    /// The budgets for reading it.
    pub limits: &'a Limits,
}

impl<'a> Subject<'a> {
    /// A text of which nothing is known but its keys.
    #[must_use]
    pub fn new(keys: &'a [Words], limits: &'a Limits) -> Self {
        Self { keys, beside_reference: false, reach: Reach::default(), depth: 0, limits }
    }
}

/// The credentials in a text.
#[must_use]
pub fn judge(subject: &Subject<'_>, text: &str) -> Vec<Suspect> {
    let trimmed = text.trim();
    if trimmed.len() < 3 {
        return Vec::new();
    }
    let found = shape::find(trimmed);
    let from = text.len() - text.trim_start().len();
    let found = if found.is_empty() { by_name(subject, trimmed) } else { found };
    found.into_iter().map(|suspect| Suspect { at: suspect.at.start + from..suspect.at.end + from, ..suspect }).collect()
}

/// What the key says, and what is left to say when it says nothing.
fn by_name(subject: &Subject<'_>, text: &str) -> Vec<Suspect> {
    let reach = subject.reach;
    let said = match says(subject.keys) {
        _ if reach.reference => Says::Other,
        Says::Credential(kind) if subject.beside_reference => Says::Maybe(kind),
        said => said,
    };
    let (kind, sure) = match said {
        Says::Credential(kind) => (kind, true),
        Says::Maybe(kind) => (kind, reach.credential),
        Says::Nothing if reach.credential => (Kind::Secret, true),
        Says::Nothing if lists_users(subject.keys) && is_pair(text) => (Kind::Password, true),
        Says::Nothing | Says::Other => {
            let inside = embedded::find(subject, text);
            if inside.is_empty() && said == Says::Nothing {
                return by_chance(subject, text);
            }
            return inside;
        }
    };
    let tier = if reach.credential { Tier::Taint } else { Tier::Name };
    let suspect = |verdict| vec![Suspect { kind, tier, verdict, at: 0..text.len() }];
    match look(text) {
        Look::Random => suspect(Verdict::Secret),
        // What only repeats its key is the name of a key in a Secret (`authKey: auth`), or says nothing.
        Look::Name if kind != Kind::Password && !reach.credential && repeats(subject.keys, text) => Vec::new(),
        Look::Name | Look::Word if sure => suspect(Verdict::Secret),
        // `sha1:SALT:DIGEST`, as Jupyter keeps it.
        Look::Public if kind == Kind::Password && text.starts_with("sha") => {
            vec![Suspect { kind: Kind::PasswordHash, tier, verdict: Verdict::Secret, at: 0..text.len() }]
        }
        Look::Number if sure && (kind == Kind::Password || text.len() >= 8) => suspect(Verdict::Secret),
        // What is no name of anything is what it says.
        Look::Word if is_strong(text) || holds_pairs(subject.keys) && is_pair(text) => suspect(Verdict::Secret),
        Look::Placeholder => suspect(Verdict::Placeholder),
        Look::Text if sure && is_phrase(text) => suspect(Verdict::Secret),
        Look::Text | Look::Word => embedded::find(subject, text),
        Look::Name | Look::Number | Look::Nothing | Look::Reference | Look::Public => Vec::new(),
    }
}

/// Letters, digits and marks in one, as in `P@ssw0rd!`, and no path or pattern.
fn is_strong(text: &str) -> bool {
    let has = |of: fn(u8) -> bool| text.bytes().any(of);
    (6..=64).contains(&text.len())
        && has(|byte| byte.is_ascii_alphabetic())
        && has(|byte| byte.is_ascii_digit())
        && has(|byte| b"!@#$%^&~".contains(&byte))
        && !text.contains(['/', '*', '(', '<', '=', ',', ':'])
}

/// Whether a key is one under which a name and a password stand together.
fn holds_pairs(keys: &[Words]) -> bool {
    let last = keys.last().and_then(|words| words.last()).map_or("", String::as_str);
    ["auth", "authorization", "credentials", "creds", "htpasswd"].contains(&last)
}

/// Whether a key is one under which users stand: `localUsers: name:password`.
fn lists_users(keys: &[Words]) -> bool {
    keys.last().and_then(|words| words.last()).is_some_and(|word| word == "users")
}

/// A few words in a row, as in `correct horse battery staple`, none of which belongs to a sentence.
fn is_phrase(text: &str) -> bool {
    const OF_SENTENCES: [&str; 14] =
        ["a", "an", "the", "is", "as", "of", "in", "by", "from", "for", "to", "with", "not", "no"];
    let words: Vec<&str> = text.split(' ').collect();
    let plain = |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (2..=6).contains(&words.len())
        && words.iter().all(plain)
        && !words.iter().any(|word| OF_SENTENCES.contains(&word.to_ascii_lowercase().as_str()))
}

/// `name:password`, where the second is no port.
fn is_pair(text: &str) -> bool {
    let Some((name, password)) = text.split_once(':') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    let looks = matches!(look(password), Look::Random | Look::Name | Look::Word);
    !name.is_empty()
        && name != "system"
        && name.chars().all(plain)
        && password.len() >= 3
        && !password.contains(['/', ':', '.'])
        && looks
}

/// Whether a text is made of the words of its keys.
fn repeats(keys: &[Words], text: &str) -> bool {
    words::words(text).iter().all(|word| keys.iter().flat_map(|words| words.iter()).any(|known| known == word))
}

/// A random text under a key that says nothing.
fn by_chance(subject: &Subject<'_>, text: &str) -> Vec<Suspect> {
    let silent = || subject.keys.iter().flat_map(|words| words.iter()).any(|word| name::is_public(word));
    if !look::is_unlikely(text) || look(text) != Look::Random || silent() {
        return Vec::new();
    }
    vec![Suspect { kind: Kind::Random, tier: Tier::Entropy, verdict: Verdict::Secret, at: 0..text.len() }]
}

#[cfg(test)]
mod tests;
