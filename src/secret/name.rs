//! What the name of a value says: that it holds a credential, that it only speaks of one, or nothing.

use super::Kind;
use super::words::Words;

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing about credentials.
    Nothing,
    /// It holds one.
    Credential(Kind),
    /// It holds one, or the name of something that does.
    Maybe(Kind),
    /// It names one, or sets something about one.
    Other,
}

/// Words behind the name of a credential that leave it one: forms of it, and which of several it is.
const FORMS: &[&str] = &[
    "value",
    "values",
    "text",
    "string",
    "literal",
    "data",
    "raw",
    "plain",
    "plaintext",
    "clear",
    "base",
    "encoded",
    "hash",
    "hashed",
    "hex",
    "content",
    "contents",
    "default",
    "old",
    "new",
    "current",
    "previous",
    "prod",
    "production",
    "dev",
    "staging",
    "primary",
    "secondary",
    "a",
    "b",
    "hmac",
    "bcrypt",
    "sha",
];

/// Words before the name of a credential that make it something else.
const NEGATIONS: &[&str] = &[
    "existing",
    "use",
    "uses",
    "using",
    "enable",
    "enabled",
    "disable",
    "disabled",
    "allow",
    "allowed",
    "generate",
    "generated",
    "create",
    "auto",
    "automount",
    "mount",
    "has",
    "is",
    "no",
    "skip",
    "require",
    "required",
    "requires",
    "rotate",
    "reset",
    "show",
    "hide",
    "force",
    "min",
    "max",
    "num",
    "count",
    "public",
    "pub",
    "forgot",
    "change",
    "next",
    "page",
    "continuation",
    "expire",
    "ignore",
    "include",
    "exclude",
    "validate",
    "check",
    "image",
    "pull",
    "sealed",
    "encrypted",
    "ref",
    "name",
    "with",
    "without",
    "send",
    "remember",
];

/// Words before `secret` that make it a secret and not the name of an object of kind Secret.
const SHARED: &[&str] = &[
    "client",
    "cookie",
    "session",
    "shared",
    "signing",
    "consumer",
    "app",
    "application",
    "api",
    "jwt",
    "hmac",
    "webhook",
    "oauth",
    "oidc",
    "totp",
    "csrf",
    "encryption",
    "bot",
    "rpc",
    "signature",
    "socket",
    "crypto",
];

/// Keys above `secret` or `key` alone that make it one: `session: {secret: …}`.
const HOLDERS: &[&str] = &[
    "session",
    "cookie",
    "jwt",
    "hmac",
    "csrf",
    "signing",
    "signature",
    "encryption",
    "cipher",
    "fernet",
    "gossip",
    "license",
    "licence",
    "auth",
    "api",
];

/// Accounts whose passwords stand under `credentials`.
const ROLES: &[&str] = &["admin", "superuser", "root", "standby", "replication", "replicator"];

/// Words before `key` that make it a secret key.
const KEYS: &[&str] = &[
    "api",
    "private",
    "encryption",
    "encrypt",
    "signing",
    "signature",
    "master",
    "storage",
    "auth",
    "authentication",
    "shared",
    "session",
    "hmac",
    "aes",
    "crypto",
    "cipher",
    "app",
    "application",
    "license",
    "licence",
    "activation",
    "ingest",
    "ingestion",
    "subscription",
    "cookie",
    "jwt",
    "webhook",
    "instrumentation",
    "routing",
    "recaptcha",
    "unseal",
    "fernet",
    "secretbox",
    "join",
    "registration",
    "admin",
    "internal",
    "gossip",
    "writer",
    "pagerduty",
    "opsgenie",
    "security",
];

/// Words before `secret key` that leave it the key of a cloud account or of a web framework.
const ACCOUNTS: &[&str] =
    &["aws", "s3", "minio", "access", "app", "django", "flask", "jwt", "api", "root", "captcha", "recaptcha"];

/// Words that say that a random text is meant to be seen.
const PUBLIC: &[&str] = &[
    "image",
    "digest",
    "checksum",
    "hash",
    "sha",
    "md",
    "id",
    "uid",
    "uuid",
    "guid",
    "cert",
    "certs",
    "certificate",
    "crt",
    "ca",
    "bundle",
    "public",
    "pub",
    "fingerprint",
    "version",
    "commit",
    "revision",
    "rev",
    "tag",
    "icon",
    "logo",
    "png",
    "svg",
    "etag",
    "signature",
    "integrity",
    "nonce",
    "annotations",
    "labels",
    "selector",
    "dashboards",
    "dashboard",
    "thumbprint",
    "arn",
    "class",
    "url",
    "uri",
    "host",
    "hosts",
    "name",
    "dsn",
    "address",
    "endpoint",
    "release",
    "build",
    "snapshot",
    "model",
    "schema",
    "regex",
    "pattern",
    "description",
    "sum",
    "site",
    "chart",
    "cluster",
    "tenant",
];

/// Keys under which names stand, and no values of credentials.
const REFERENCES: &[&str] = &[
    "secretkeyref",
    "configmapkeyref",
    "fieldref",
    "resourcefieldref",
    "valuefrom",
    "remoteref",
    "secretref",
    "keyref",
    "encrypteddata",
    "matchexpressions",
    "matchlabels",
    "nodeselector",
    "labels",
    "podlabels",
    "secretstoreref",
    "imagepullsecrets",
    "pullsecrets",
    "volumemounts",
    "volumes",
    "tolerations",
    "topologyspreadconstraints",
];

/// Whether a word says that a random text is meant to be seen.
pub(super) fn is_public(word: &str) -> bool {
    PUBLIC.contains(&word)
}

/// What the keys that lead to a value say, each taken apart into words.
pub(super) fn says(keys: &[Words]) -> Says {
    let Some((last, above)) = keys.split_last() else { return Says::Nothing };
    if above.iter().any(|words| leads_to_names(words)) {
        return Says::Other;
    }
    let own = last_key(last);
    let Some(parent) = above.last() else { return erlang(own, last, above) };
    let holder = parent.last().map_or("", String::as_str);
    match (own, &**last) {
        (Says::Maybe(kind), [word]) if (word == "secret" || word == "key") && HOLDERS.contains(&holder) => {
            return Says::Credential(kind);
        }
        (Says::Nothing, _) if parent.iter().rev().take(3).eq(["users", "auth", "basic"]) => {
            return Says::Credential(Kind::Password);
        }
        (Says::Nothing, [role]) if ROLES.contains(&role.as_str()) && ["credentials", "creds"].contains(&holder) => {
            return Says::Credential(Kind::Password);
        }
        (Says::Nothing, _) => {}
        _ => return erlang(own, last, above),
    }
    // `password: {value: …}` is the password; each of `passwords: {admin: …}` is one.
    if !last.is_empty() && last.iter().all(|word| FORMS.contains(&word.as_str())) {
        return says(above);
    }
    match (parent.last().map(String::as_str), last_key(parent)) {
        (Some("passwords" | "passphrases"), Says::Credential(kind)) => Says::Credential(kind),
        (Some("tokens" | "keys"), Says::Credential(kind)) => Says::Maybe(kind),
        _ => own,
    }
}

/// The cookie of a web session is nothing to hide in a chart, that of an Erlang cluster is its password.
fn erlang(said: Says, last: &[String], above: &[Words]) -> Says {
    let is_erlang =
        || above.iter().flat_map(|words| words.iter()).chain(last).any(|word| word == "erlang" || word == "rabbitmq");
    match said {
        Says::Maybe(Kind::Password) if last.iter().any(|word| word == "cookie") => {
            if is_erlang() {
                Says::Credential(Kind::Password)
            } else {
                Says::Maybe(Kind::Secret)
            }
        }
        said => said,
    }
}

/// Whether a key holds names: of Secrets, of keys in them, of labels.
fn leads_to_names(words: &[String]) -> bool {
    let joined = words.concat();
    let ends = |end: &[&str]| words.len() >= end.len() && words[words.len() - end.len()..].iter().eq(end);
    REFERENCES.contains(&joined.as_str())
        || words.first().is_some_and(|word| word == "existing")
        || ends(&["ref"])
        || ends(&["secret", "key"])
        || ends(&["secret", "keys"])
        || ends(&["key", "names"])
}

/// What the words of one key say.
fn last_key(words: &[String]) -> Says {
    let heads = (0..words.len()).rev().find_map(|at| Some((at, head(words, at)?)));
    let Some((at, said)) = heads else { return Says::Nothing };
    let (before, behind) = (&words[..at], &words[at + 1..]);
    let negated = before.iter().any(|word| NEGATIONS.contains(&word.as_str()));
    let held = behind.iter().all(|word| FORMS.contains(&word.as_str()));
    if negated || !held { Says::Other } else { said }
}

/// What a word says as the head of a name.
fn head(words: &[String], at: usize) -> Option<Says> {
    let word = words.get(at)?.as_str();
    let back = |n: usize| at.checked_sub(n).and_then(|at| words.get(at)).map_or("", String::as_str);
    Some(match word {
        "password" | "passwords" | "passphrase" | "passphrases" | "passcode" | "pwd" | "pass" | "pw" | "psk" => {
            Says::Credential(Kind::Password)
        }
        "token" | "tokens" => Says::Credential(Kind::Token),
        "secret" if SHARED.contains(&back(1)) || (back(2), back(1)) == ("access", "key") => {
            Says::Credential(Kind::Secret)
        }
        "secret" | "secrets" | "credential" | "credentials" | "creds" => Says::Maybe(Kind::Secret),
        "key" | "keys" => key(words, at),
        "cookie" => Says::Maybe(Kind::Password),
        "salt" | "pepper" | "jwt" | "license" | "licence" | "seed" | "hmac" => Says::Maybe(Kind::Key),
        "bearer" | "authorization" | "auth" | "pat" => Says::Maybe(Kind::Token),
        "htpasswd" | "netrc" | "pgpass" | "dockerconfigjson" | "dockercfg" => Says::Maybe(Kind::Secret),
        _ => return None,
    })
}

fn key(words: &[String], at: usize) -> Says {
    let back = |n: usize| at.checked_sub(n).and_then(|at| words.get(at)).map_or("", String::as_str);
    match (back(2), back(1)) {
        ("secret", "access") => Says::Credential(Kind::Key),
        ("", "secret") => Says::Credential(Kind::Key),
        (account, "secret") if ACCOUNTS.contains(&account) => Says::Credential(Kind::Key),
        (_, "account") => Says::Maybe(Kind::Key),
        (_, "password" | "token" | "user" | "username" | "public" | "pub" | "config" | "topology" | "cert" | "ca") => {
            Says::Other
        }
        (_, word) if KEYS.contains(&word) => Says::Credential(Kind::Key),
        _ => Says::Maybe(Kind::Key),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;

    fn of(path: &str) -> Says {
        says(&path.split('.').map(words).collect::<Vec<_>>())
    }

    #[test]
    fn names_that_hold_credentials() {
        for name in [
            "password",
            "auth.adminPassword",
            "DB_PASS",
            "mysqlRootPassword",
            "apiToken",
            "clientSecret",
            "api_key",
            "awsSecretAccessKey",
            "secretKey",
            "SECRET_KEY_BASE",
            "passwordHash",
            "jwtSecret",
            "accessKeySecret",
            "password.value",
            "passwords.admin",
            "encryptionKey",
            "rabbitmqErlangCookie",
            "erlangFlags.setcookie",
            "pwd",
            "session.secret",
            "auth.key",
            "webSocketSecret",
            "credentials.superuser",
            "web.basic_auth_users.admin",
        ] {
            assert!(matches!(of(name), Says::Credential(_)), "{name}: {:?}", of(name));
        }
    }

    #[test]
    fn names_that_only_speak_of_them() {
        for name in [
            "existingSecret",
            "passwordKey",
            "secretName",
            "tokenUrl",
            "passwordPolicy",
            "passwordFile",
            "tokenTTL",
            "existingSecretPasswordKey",
            "secretKeyRef.key",
            "automountServiceAccountToken",
            "usePasswordFiles",
            "publicKey",
            "tokenExpirationSeconds",
            "existingSecret.password",
            "secretKeys.password",
            "userKey",
            "imagePullSecret",
            "generatePassword",
        ] {
            assert_eq!(of(name), Says::Other, "{name}");
        }
    }

    #[test]
    fn names_that_need_more() {
        for name in [
            "tlsSecret",
            "secret",
            "tls.secret",
            "backend.key",
            "tokenSecretKey",
            "credentials",
            "key",
            "accessKey",
            "sshKey",
            "passwordSecret",
        ] {
            assert!(matches!(of(name), Says::Maybe(_)), "{name}: {:?}", of(name));
        }
        for name in
            ["host", "credentials.username", "users.admin", "image.tag", "compass", "keycloak", "author", "secretary"]
        {
            assert_eq!(of(name), Says::Nothing, "{name}");
        }
    }
}
