//! What a text looks like when nothing is known of it: a path, a reference, a public key, a placeholder, a random token.

use super::placeholder::is_placeholder;

/// The look of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A switch, a duration, a type: nothing that could be a credential.
    Nothing,
    /// A whole number.
    Number,
    /// A template, a variable, a path, a place in a store of secrets, a URL.
    Reference,
    /// A digest, a public key, a certificate, an image.
    Public,
    /// It says that it must be replaced.
    Placeholder,
    /// Letters and digits that look drawn by lot.
    Random,
    /// A name as objects, files and variables have them.
    Name,
    /// Any other single word.
    Word,
    /// Several words or lines.
    Text,
}

/// Words that are settings whatever they stand behind.
const SETTINGS: &[&str] = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "nil",
    "none",
    "undefined",
    "default",
    "auto",
    "enabled",
    "disabled",
    "enable",
    "disable",
    "random",
    "generated",
    "generate",
    "required",
    "optional",
    "string",
    "always",
    "never",
    "file",
    "env",
    "optional",
    "prefer",
    "unset",
    "n/a",
    "base64",
    "plain",
    "basic",
    "bearer",
    "oauth2",
    "opaque",
    "disabled",
];

/// Schemes of stores of secrets and of other places to look a secret up.
const STORES: &[&str] = &[
    "vault:",
    "ref+",
    "op://",
    "awssm:",
    "awsssm:",
    "aws-sm:",
    "ssm:",
    "gcpsm:",
    "gsm:",
    "sm://",
    "gcp:secretmanager:",
    "azurekeyvault:",
    "azkv:",
    "keyvault:",
    "@microsoft.keyvault(",
    "secretref:",
    "secret:",
    "secrets:",
    "k8s:",
    "kubernetes:",
    "env:",
    "file:",
    "berglas://",
    "doppler:",
    "bws:",
    "conjur:",
    "arn:",
    "enc[",
    "enc(",
    "encrypted:",
    "cipher:",
    "{cipher}",
    "kms:",
    "pass:env",
    "bank-vaults:",
    "sops:",
    "lookup:",
    "!vault",
    "$__env{",
    "$__file{",
    "$__vault{",
    "projects/",
];

/// Ends of names of files.
const EXTENSIONS: &[&str] = &[
    "pem",
    "key",
    "crt",
    "cer",
    "cert",
    "der",
    "pub",
    "csr",
    "jks",
    "p12",
    "pfx",
    "json",
    "yaml",
    "yml",
    "txt",
    "conf",
    "cfg",
    "config",
    "properties",
    "env",
    "ini",
    "toml",
    "xml",
    "htpasswd",
    "token",
    "secret",
    "password",
    "passwd",
    "sh",
    "py",
    "js",
    "html",
    "keytab",
    "gpg",
    "asc",
    "sock",
    "log",
    "db",
    "hcl",
    "lua",
    "rules",
    "creds",
    "keystore",
    "truststore",
];

/// Beginnings of what everybody may see.
const PUBLIC: &[&str] = &[
    "sha1:",
    "sha256:",
    "sha384:",
    "sha512:",
    "md5:",
    "sha1-",
    "sha256-",
    "sha384-",
    "sha512-",
    "ssh-rsa ",
    "ssh-ed25519 ",
    "ssh-dss ",
    "ecdsa-sha2-",
    "sk-ssh-",
    "sk-ecdsa-",
    "data:",
    "age1",
    "-----BEGIN CERTIFICATE",
    "-----BEGIN PUBLIC KEY",
    "-----BEGIN RSA PUBLIC KEY",
    "-----BEGIN PGP PUBLIC KEY",
    "-----BEGIN TRUSTED CERTIFICATE",
    "-----BEGIN X509",
    "-----BEGIN DH",
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR",
    "LS0tLS1CRUdJTiBQVUJMSUMgS0VZ",
    "LS0tLS1CRUdJTiBUUlVTVEVE",
    "iVBORw0KGgo",
];

/// What a text without white space around it looks like.
#[must_use]
pub(super) fn look(text: &str) -> Look {
    let lower = text.to_ascii_lowercase();
    if text.is_empty() || SETTINGS.contains(&lower.as_str()) {
        Look::Nothing
    } else if is_reference(text, &lower) {
        Look::Reference
    } else if is_public(text) {
        Look::Public
    } else if is_placeholder(text) {
        Look::Placeholder
    } else if text.contains(char::is_whitespace) {
        Look::Text
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Look::Number
    } else if is_quantity(&lower) {
        Look::Nothing
    } else if is_random(text) {
        Look::Random
    } else if is_name(text) {
        Look::Name
    } else {
        Look::Word
    }
}

fn is_reference(text: &str, lower: &str) -> bool {
    let braced =
        text.contains("{{") || text.contains("${") || text.contains("$(") || text.contains("<%") || text.contains("[[");
    braced
        || is_variable(text)
        || STORES.iter().any(|store| lower.starts_with(store))
        || is_path(text)
        || text.split_once("://").is_some_and(|(scheme, _)| scheme.bytes().all(is_scheme) && !scheme.is_empty())
        || is_mail(text)
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+.:-".contains(&byte)
}

/// `$PASSWORD`, `%PASSWORD%`, `%(password)s`, `%s`, `@password@`.
fn is_variable(text: &str) -> bool {
    let name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let upper = |text: &str| !text.bytes().any(|byte| byte.is_ascii_lowercase()) && text.len() > 2;
    text.strip_prefix('$').is_some_and(|rest| name(rest) && (upper(rest) || rest.contains('_')))
        || text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(name)
        || text.strip_prefix("%(").is_some_and(|rest| rest.ends_with(")s"))
        || text == "%s"
        || text.strip_prefix('@').and_then(|rest| rest.strip_suffix('@')).is_some_and(name)
        || text.starts_with("$.")
}

/// A path of a file or of a store, the name of a file, a key of a label (`kubernetes.io/hostname`).
fn is_path(text: &str) -> bool {
    if text.contains(char::is_whitespace) {
        return false;
    }
    let step = |step: &str| {
        step.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@*~:$#%".contains(&byte)) && !is_token(step)
    };
    let steps = || text.trim_start_matches("~/").trim_start_matches('/').split('/').all(step);
    if text.starts_with(['/', '~']) || text.starts_with("./") || text.starts_with("../") {
        return steps();
    }
    if text.get(1..3) == Some(":\\") {
        return true;
    }
    let named = text.rsplit_once('.').is_some_and(|(stem, end)| {
        !stem.is_empty()
            && EXTENSIONS.contains(&end)
            && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
    });
    let slashed = || {
        let lower =
            text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/:#".contains(&byte));
        lower && text.contains('/') && steps()
    };
    named || slashed()
}

fn is_mail(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else { return false };
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte));
    let end = host.rsplit_once('.').map_or("", |(_, end)| end);
    !user.is_empty() && plain(user) && plain(host) && end.len() > 1 && end.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether everybody may see it. `AgA…` is what kubeseal writes: only the cluster can read it.
fn is_public(text: &str) -> bool {
    let sealed = text.len() >= 200 && (text.starts_with("AgA") || text.starts_with("AgB"));
    (sealed || PUBLIC.iter().any(|start| text.starts_with(start))) && !text.contains("PRIVATE KEY")
}

/// `30s`, `1h30m`, `10Gi`, `1.5`, `v1.2.3`, `50%`.
fn is_quantity(lower: &str) -> bool {
    let body = lower.strip_prefix('v').unwrap_or(lower);
    let parts = body.split(|c: char| c.is_ascii_digit() || c == '.' || c == '-').filter(|part| !part.is_empty());
    let units = [
        "ms", "us", "ns", "s", "m", "h", "d", "w", "y", "k", "ki", "mi", "gi", "ti", "g", "t", "b", "kb", "mb", "gb",
        "%",
    ];
    body.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && body.contains(|c: char| c.is_ascii_digit())
        && body.len() < 20
        && parts.clone().count() <= 3
        && parts.clone().all(|part| units.contains(&part))
}

/// A name as objects, files and variables have them: words of letters.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether a text, or a part of it, looks drawn by lot.
#[must_use]
pub(super) fn is_random(text: &str) -> bool {
    is_token(text) || text.split(['-', '_', '.', ':', '~']).any(is_token)
}

/// Letters and digits (and the rest of base64) that change their class more often than words and numbers do.
fn is_token(part: &str) -> bool {
    let body = part.trim_end_matches('=');
    if body.len() < 8 || !body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte)) {
        return false;
    }
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let (changes, pairs) = changes(body);
    if is_hex(body) && body.len() >= 16 {
        return digits > 0 && digits < body.len();
    }
    // Words in one with a number at an end change twice at most; `aB3` changes at every character.
    if digits > 0 && digits < body.len() {
        return changes >= 3 && changes * 5 >= pairs;
    }
    digits == 0 && body.len() >= 16 && changes * 5 >= pairs * 2
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        || text.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte))
}

/// How often neighbours are of different classes (upper, lower, digit, rest), and how many neighbours there are. A capital
/// before small letters begins a word and is no change.
fn changes(text: &str) -> (usize, usize) {
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let bytes = text.as_bytes();
    let changed = bytes
        .windows(2)
        .filter(|pair| class(pair[0]) != class(pair[1]) && !(class(pair[0]) == 1 && class(pair[1]) == 0));
    (changed.count(), bytes.len().saturating_sub(1))
}

/// Whether a text is so random that it needs no name: at least 20 characters of base64 with both cases and digits, and nearly
/// as mixed as can be. Hexadecimal digits are left out: digests of content look the same.
#[must_use]
pub(super) fn is_unlikely(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let has = |of: fn(&u8) -> bool| body.bytes().filter(of).count() >= 2;
    (20..=200).contains(&body.len())
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/_-".contains(&byte))
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
        && body.split(['-', '_', '/']).any(|part| part.len() >= 16 && changes(part).0 * 10 >= part.len() * 3)
        && entropy(body) >= (body.len().min(64) as f64).log2() * 0.8
}

/// Shannon entropy in bits per character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    #[expect(clippy::cast_precision_loss, reason = "texts are short")]
    let all = text.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / all)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks() {
        let cases: &[(Look, &[&str])] = &[
            (Look::Nothing, &["true", "none", "3600s", "10Gi", "1h30m", "v1.2.3", "Optional"]),
            (Look::Number, &["12", "123456"]),
            (
                Look::Reference,
                &[
                    "{{ .Values.a }}",
                    "${TOKEN}",
                    "$(TOKEN)",
                    "$TOKEN",
                    "%(password)s",
                    "/run/secrets/db/password",
                    "tls.key",
                    "https://example.com/token",
                    "vault:secret/data/x#password",
                    "kubernetes.io/hostname",
                    "secret/data/db",
                    "ops@example.com",
                    "C:\\secrets\\key",
                    "ref+vault://x/y",
                    "etc/ssl/server.pem",
                    "arn:aws:sm:1:secret",
                ],
            ),
            (
                Look::Public,
                &[
                    "sha256:0011",
                    "ssh-ed25519 AAAA me@host",
                    "data:image/png;base64,iVBO",
                    "-----BEGIN CERTIFICATE-----\nx",
                ],
            ),
            (
                Look::Random,
                &[
                    "dcd974930cca90c8893cef5e25c7132b",
                    "EXAMPLE-03038e5b851d43",
                    "k3j4h5g6f7d8",
                    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                    "RVhBTVBMRS1wYXNzd29yZA==",
                    "2182b9d7-9d29-4d3b-a88f-f90482fd28ba",
                ],
            ),
            (
                Look::Name,
                &[
                    "my-secret-key",
                    "admin",
                    "repl_password",
                    "sonarPass",
                    "SecretKey",
                    "password123",
                    "hosted-grafana-id",
                ],
            ),
            (Look::Word, &["anchore-postgres,123", "P@ssw0rd", "a+b"]),
            (Look::Text, &["some words there", "a: 1\nb: 2"]),
            (Look::Placeholder, &["changeme", "<your key>", "XXXXXXXX"]),
        ];
        for (expected, texts) in cases {
            for text in *texts {
                assert_eq!(look(text), *expected, "{text}");
            }
        }
    }

    #[test]
    fn words_in_one_are_not_random() {
        for text in [
            "prometheusOperatorAdmissionWebhook",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "ServerSideEncryptionByDefault",
            "io.kubernetes.pod.namespace",
            "sonarqube-postgresql-0",
            "my-release-redis-master-0",
            "HTTPRouteMatch",
        ] {
            assert!(!is_unlikely(text), "{text}");
        }
        for text in ["Zm9vYmFyQmF6UXV4MTIzNDU2Nzg5MA", "q8Kf2LmZx0Vt7RwYb3Nc9Hd1", "AbC1dEf2GhI3jKl4MnO5pQr6"] {
            assert!(is_unlikely(text), "{text}");
        }
    }
}
