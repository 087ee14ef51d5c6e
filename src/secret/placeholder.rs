//! Texts that say of themselves that they must be replaced.

use super::look::is_random;
use super::words::words;

/// Words that only stand in what must be replaced.
const MARKERS: &[&str] = &[
    "changeme",
    "changeit",
    "changethis",
    "placeholder",
    "replaceme",
    "todo",
    "fixme",
    "tbd",
    "redacted",
    "dummy",
    "your",
    "example",
    "sample",
    "fillme",
    "setme",
    "updateme",
    "xxx",
    "xxxx",
    "xxxxx",
    "fake",
    "notreal",
    "lorem",
    "masked",
];

/// Beginnings of what must be replaced, written in one word.
const STARTS: &[&str] = &[
    "changeme",
    "changeit",
    "changethis",
    "changedefault",
    "changepassword",
    "pleasechange",
    "replaceme",
    "replacethis",
    "replacewith",
    "replacethe",
    "yourpassword",
    "yoursecret",
    "yourtoken",
    "yourkey",
    "yourapi",
    "insertyour",
    "inserthere",
    "putyour",
    "enteryour",
    "addyour",
    "setyour",
    "useyour",
    "placeholder",
    "redacted",
    "dummy",
    "examplepass",
    "exampletoken",
    "examplekey",
    "examplesecret",
    "fillin",
    "todo",
    "tobechanged",
    "tobereplaced",
    "mustbechanged",
    "notsosecret",
    "donotuse",
];

/// Verbs that, first, ask for what must be put there.
const VERBS: &[&str] = &[
    "change",
    "replace",
    "insert",
    "fill",
    "enter",
    "provide",
    "specify",
    "put",
    "set",
    "add",
    "override",
    "overwrite",
    "update",
    "choose",
];

/// Whether a text without white space around it says that it must be replaced.
#[must_use]
pub(super) fn is_placeholder(text: &str) -> bool {
    is_wrapped(text) || is_drawn(text) || says_so(text)
}

/// `<token>`, `[TOKEN]`, `__TOKEN__`, `{token}`, `…`.
fn is_wrapped(text: &str) -> bool {
    let inside = |open: &str, close: &str| {
        text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(|name| {
            !name.is_empty() && name.len() < 80 && !name.contains([':', ',', '"', '=']) && !is_random(name)
        })
    };
    inside("<", ">")
        || inside("[", "]")
        || inside("__", "__")
        || inside("{", "}")
        || text.contains("...")
        || text.contains('…')
}

/// Drawn with one character: `XXXX-XXXX`, `********`, `ghp_xxxxxxxx`.
#[must_use]
pub(super) fn is_drawn(text: &str) -> bool {
    let mut run = 0;
    let mut before = 0;
    for byte in text.bytes() {
        let byte = byte.to_ascii_lowercase();
        run = if byte == before { run + 1 } else { 1 };
        before = byte;
        if (b"x*?.".contains(&byte) && run >= 4) || (b"x*".contains(&byte) && run == text.len() && run >= 3) {
            return true;
        }
        if run >= 8 && b"0-_#".contains(&byte) {
            return true;
        }
    }
    false
}

fn says_so(text: &str) -> bool {
    if text.len() > 120 || text.contains(['\n', ';', '&', '{', '"']) || is_random(text) {
        return false;
    }
    let words = words(text);
    let one: String = words.concat();
    let number = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    let first = words.iter().find(|word| !number(word)).map_or("", String::as_str);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let last = words.last().map_or("", String::as_str);
    has(MARKERS)
        || STARTS.iter().any(|start| one.starts_with(start))
        || (VERBS.contains(&first) && words.len() > 1)
        || (last == "here" && words.len() > 1)
        || (has(&["must", "should", "please"]) && has(&["be", "change", "replace", "set", "provide"]))
        || ["changeme", "changeit", "replaceme", "placeholder"].iter().any(|word| one.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_that_it_must_be_replaced() {
        for text in [
            "changeme",
            "CHANGEME!",
            "change-this-value",
            "<your_workspace_key>",
            "XXXXXXXX",
            "your-password-here",
            "INSERT_TOKEN_HERE",
            "YourPingdomApiToken",
            "example_pw",
            "********",
            "CHANGE_ME_IN_PRODUCTION",
            "ghp_xxxxxxxxxxxx",
            "replace-with-your-token",
            "TODO",
            "sk-...",
            "[REDACTED]",
            "__SECRET__",
            "xxx-changeme-xxx",
            "changeme123",
            "put-your-key-here",
            "secret-goes-here",
            "0000000000000000",
            "set_me",
            "please-change",
            "myPasswordChangeMe",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn what_works_as_it_is() {
        for text in [
            "EXAMPLE-03038e5b851d43",
            "EXAMPLE_e231fc6b",
            "EXAMPLEe231fc6b",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "supersecret",
            "my-secret-key",
            "password",
            "foobar",
            "admin",
            "another_pw",
            "P@ssw0rd",
            "settings",
            "monster",
            "additional",
            "herefordshire",
            "changelog",
            "2000",
            "insecure",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
