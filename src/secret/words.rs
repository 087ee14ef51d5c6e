//! Names taken apart into words: camelCase, kebab-case, snake_case, and what is written in one word.

use std::rc::Rc;

/// Characters of a name that are looked at.
const LONGEST: usize = 200;

/// What names of credentials are made of when they are written in one word (`dbpassword`), in order.
const PARTS: [&str; 72] = [
    "access",
    "account",
    "admin",
    "api",
    "app",
    "auth",
    "basic",
    "bearer",
    "bind",
    "ca",
    "cert",
    "cfg",
    "client",
    "config",
    "cookie",
    "credentials",
    "db",
    "docker",
    "encryption",
    "erlang",
    "existing",
    "file",
    "hash",
    "host",
    "ht",
    "id",
    "json",
    "jwt",
    "key",
    "ldap",
    "mail",
    "master",
    "mongo",
    "mongodb",
    "mysql",
    "name",
    "oauth",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "path",
    "phrase",
    "postgres",
    "postgresql",
    "private",
    "pub",
    "public",
    "pwd",
    "rabbitmq",
    "redis",
    "ref",
    "registry",
    "root",
    "salt",
    "secret",
    "server",
    "service",
    "session",
    "set",
    "signing",
    "smtp",
    "ssh",
    "ssl",
    "store",
    "tls",
    "token",
    "trust",
    "url",
    "user",
    "username",
    "webhook",
];

/// Words that stay whole, and what stands for them.
const WHOLE: [(&str, &str); 10] = [
    ("dockercfg", "dockercfg"),
    ("dockerconfigjson", "dockerconfigjson"),
    ("htpasswd", "htpasswd"),
    ("keystore", "keystore"),
    ("masterauth", "password"),
    ("passphrase", "passphrase"),
    ("passwd", "password"),
    ("requirepass", "password"),
    ("truststore", "truststore"),
    ("username", "username"),
];

/// Ends of words in one that are long enough to be no accident.
const ENDS: [&str; 6] = ["password", "passwd", "passphrase", "secret", "token", "apikey"];

/// The words of a name, shared by all places that have it.
pub(super) type Words = Rc<[String]>;

/// The words of a name in lower case; trailing digits are left out.
#[must_use]
pub(super) fn words(name: &str) -> Words {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut characters = name.chars().take(LONGEST).peekable();
    let mut before = ' ';
    while let Some(c) = characters.next() {
        let small_next = characters.peek().is_some_and(|next| next.is_lowercase());
        let begins = c.is_uppercase() && (!before.is_uppercase() || small_next);
        if !c.is_alphanumeric() || begins {
            finish(&mut word, &mut found);
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    finish(&mut word, &mut found);
    found.into()
}

fn finish(word: &mut String, found: &mut Vec<String>) {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let known = if letters.len() > 1 { letters } else { word.as_str() };
    if !known.is_empty() {
        split(known, found);
    }
    word.clear();
}

/// Takes a word apart when it is made of known parts, or ends in one.
fn split(word: &str, found: &mut Vec<String>) {
    if let Some((_, whole)) = WHOLE.iter().find(|(known, _)| *known == word) {
        found.push((*whole).to_owned());
        return;
    }
    if let Some(parts) = parts(word) {
        found.extend(parts.into_iter().map(|part| if part == "passwd" { "password" } else { part }.to_owned()));
        return;
    }
    if let Some((first, end)) = ENDS.iter().find_map(|end| Some((word.strip_suffix(end)?, *end)))
        && !first.is_empty()
    {
        found.push(first.to_owned());
        split(end, found);
        return;
    }
    found.push(word.to_owned());
}

/// The longest word that is taken apart.
const LONGEST_WORD: usize = 40;

/// The fewest known parts that make up a word of letters.
fn parts(word: &str) -> Option<Vec<&str>> {
    if word.is_empty() || word.len() > LONGEST_WORD || !word.is_ascii() {
        return None;
    }
    // How many parts make up the first bytes at least, and where the last of them begins.
    let mut best: [Option<(usize, usize)>; LONGEST_WORD + 1] = [None; LONGEST_WORD + 1];
    best[0] = Some((0, 0));
    for start in 0..word.len() {
        let Some((count, _)) = best[start] else { continue };
        let mut reach = |end: usize| {
            if best[end].is_none_or(|(known, _)| known > count + 1) {
                best[end] = Some((count + 1, start));
            }
        };
        for part in beginnings(&word[start..]) {
            let end = start + part.len();
            reach(end);
            // Only the last part may be a plural.
            if part.len() > 2 && &word[end..] == "s" {
                reach(word.len());
            }
        }
    }
    let mut found = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let (_, start) = best[end]?;
        found.push(&word[start..end]);
        end = start;
    }
    found.reverse();
    Some(found)
}

/// The known parts that a text begins with.
fn beginnings(text: &str) -> impl Iterator<Item = &'static str> {
    let first = text.bytes().next();
    let from = PARTS.partition_point(|part| part.bytes().next() < first);
    let same = PARTS[from..].iter().take_while(move |part| part.bytes().next() == first);
    same.copied().filter(move |part| text.starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> String {
        words(name).join(" ")
    }

    #[test]
    fn parts_are_in_order() {
        assert!(PARTS.is_sorted());
    }

    #[test]
    fn names_are_split_as_people_read_them() {
        let cases = [
            ("adminPassword", "admin password"),
            ("DB_PASSWORD", "db password"),
            ("db-password", "db password"),
            ("mysqlrootpassword", "mysql root password"),
            ("apikey", "api key"),
            ("APIKey", "api key"),
            ("awsSecretAccessKey", "aws secret access key"),
            ("AWS_SECRET_ACCESS_KEY", "aws secret access key"),
            ("existingSecretPasswordKey", "existing secret password key"),
            ("setcookie", "set cookie"),
            ("secretname", "secret name"),
            ("grafanaadminpassword", "grafanaadmin password"),
            ("oauth2Token", "oauth token"),
            ("password2", "password"),
            ("s3SecretKey", "s3 secret key"),
            ("bind_passwd", "bind password"),
            ("authtokens", "auth tokens"),
            (".dockerconfigjson", "dockerconfigjson"),
            ("keycloak", "keycloak"),
            ("tokenizer", "tokenizer"),
            ("compass", "compass"),
            ("monkey", "monkey"),
            ("secretary", "secretary"),
        ];
        for (name, expected) in cases {
            assert_eq!(shown(name), expected, "{name}");
        }
    }

    #[test]
    fn any_name_ends() {
        for name in ["", "__", "éà", "PASSWORDÉ", "ßtoken", &"password".repeat(1_000), &"aB".repeat(1_000)] {
            assert!(words(name).iter().all(|word| !word.is_empty()), "{name:.20}");
        }
    }
}
