//! Credentials inside longer texts: arguments, connection strings, documents and settings in a value.

use super::look::{Look, look};
use super::name::{Says, says};
use super::shape::{decoded, decoded_pair};
use super::tree::examine;
use super::words::words;
use super::{Kind, Reach, Subject, Suspect, Tier, Verdict};
use crate::yaml;
use crate::yaml::node::Data;

/// Bytes of a text that is read as a document; a longer one is judged by the forms in it alone.
const LONGEST: usize = 1 << 18;
/// Documents in documents are read this deep.
const DEEPEST: u8 = 3;

/// The credentials that a text holds under names of its own.
#[must_use]
pub(super) fn find(subject: &Subject<'_>, text: &str) -> Vec<Suspect> {
    if text.len() > LONGEST || subject.depth >= DEEPEST {
        return Vec::new();
    }
    if text.starts_with('-') && !text.starts_with("---") && !text.contains('\n') {
        return argument(text).into_iter().collect();
    }
    if text.starts_with('{') || text.contains('\n') {
        return document(subject, text);
    }
    if let Some(inner) = decoded(text).filter(|inner| inner.trim_start().starts_with('{')) {
        let whole = |suspect: Suspect| Suspect { at: 0..text.len(), ..suspect };
        return document(subject, inner.trim()).into_iter().next().map(whole).into_iter().collect();
    }
    if let Some(found) = assignment(text) {
        return vec![found];
    }
    connection(text)
}

/// `ADMIN_PASSWORD=…` and `X-Api-Key: …`, alone.
fn assignment(text: &str) -> Option<Suspect> {
    let (name, value) = text.split_once(": ").or_else(|| text.split_once('='))?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let alone = !value.contains([' ', ';', '&', ',', '=']) || look(value) == Look::Random;
    if is_name && alone { held(name, value, text.len() - value.len()) } else { None }
}

/// `--admin-token=…`, `-Dstore.password=…`.
fn argument(text: &str) -> Option<Suspect> {
    let (name, value) = text.split_once('=')?;
    let name = name.rsplit('.').next().unwrap_or(name);
    let at = text.len() - value.len();
    let value = value.trim_matches(['"', '\'']);
    let from = at + text.get(at..)?.find(value)?;
    held(name.trim_start_matches('-').trim_start_matches('D'), value, from)
}

/// A text under a name of its own, when the name leaves no doubt.
fn held(name: &str, value: &str, from: usize) -> Option<Suspect> {
    if name.len() > 100 || value.len() < 3 {
        return None;
    }
    let (kind, sure) = match says(&[words(name)]) {
        Says::Credential(kind) => (kind, true),
        Says::Maybe(kind) => (kind, false),
        Says::Nothing | Says::Other => return None,
    };
    let verdict = match look(value) {
        Look::Random => Verdict::Secret,
        _ if !sure => return None,
        Look::Placeholder => Verdict::Placeholder,
        Look::Word => Verdict::Secret,
        // A name with dots is more likely code.
        Look::Name if !value.contains('.') => Verdict::Secret,
        Look::Number if kind == Kind::Password => Verdict::Secret,
        _ => return None,
    };
    Some(Suspect { kind, tier: Tier::Name, verdict, at: from..from + value.len() })
}

/// `Server=db;User Id=app;Password=…`, `jdbc:mysql://db/app?user=app&password=…`, `host=db password=…`.
/// `app:…@tcp(db:3306)/app`.
fn connection(text: &str) -> Vec<Suspect> {
    if let Some((info, _)) = text.split_once("@tcp(").or_else(|| text.split_once("@unix("))
        && let Some((user, password)) = info.split_once(':')
        && matches!(look(password), Look::Random | Look::Word | Look::Name | Look::Number)
    {
        let at = user.len() + 1..info.len();
        return vec![Suspect { kind: Kind::ConnectionString, tier: Tier::Shape, verdict: Verdict::Secret, at }];
    }
    let mut pairs = 0;
    let mut found = Vec::new();
    let mut start = 0;
    for end in text.match_indices([';', '&', '?', ' ', ',']).map(|(at, _)| at).chain([text.len()]) {
        let part = text.get(start..end).unwrap_or_default();
        if let Some((name, value)) = part.split_once('=').filter(|(name, _)| !name.is_empty()) {
            pairs += 1;
            let at = start + name.len() + 1;
            found.extend(held(name.trim(), value, at));
        }
        start = end + 1;
    }
    // One setting is no connection string, but for what is sent along with a URL.
    if pairs < 2 {
        let sent =
            |suspect: &Suspect| text.contains("://") && text.get(suspect.at.clone()).map(look) == Some(Look::Random);
        found.retain(sent);
    }
    found.into_iter().map(|suspect| Suspect { kind: Kind::ConnectionString, tier: Tier::Shape, ..suspect }).collect()
}

/// A document in YAML or JSON, or lines of settings.
fn document(subject: &Subject<'_>, text: &str) -> Vec<Suspect> {
    match yaml::read(text.as_bytes(), subject.limits) {
        Ok(Some(root)) if matches!(root.data, Data::Map(_)) || text.trim_start().starts_with("- ") => {
            let registries = root.get("auths").map(yaml::node::Node::entries).unwrap_or_default();
            if !registries.is_empty() {
                return registries
                    .iter()
                    .find_map(|registry| registry_credentials(&registry.value, text))
                    .into_iter()
                    .collect();
            }
            let found = examine([&root], subject.depth + 1, subject.limits, &mut |_| Reach::default());
            let place = |leaf: super::Found| {
                let at = leaf.start as usize..leaf.end as usize;
                leaf.suspects.into_iter().map(move |suspect| Suspect { at: at.clone(), ..suspect })
            };
            found.into_iter().flat_map(place).filter(|suspect| suspect.tier != Tier::Entropy).collect()
        }
        _ => settings(text),
    }
}

/// The credentials of a registry, as Docker keeps them.
fn registry_credentials(registry: &yaml::node::Node, text: &str) -> Option<Suspect> {
    let field = |key: &str| registry.get(key).and_then(yaml::node::Node::as_str).unwrap_or_default();
    let pair = decoded_pair(field("auth"));
    let password = pair.as_ref().map_or_else(|| field("password"), |(_, password)| password);
    let verdict = match look(password) {
        Look::Placeholder => Verdict::Placeholder,
        Look::Reference | Look::Nothing => return None,
        _ => Verdict::Secret,
    };
    Some(Suspect { kind: Kind::DockerConfig, tier: Tier::Shape, verdict, at: 0..text.len() })
}

/// Lines of `name = value` or `name: value`, when most lines are.
fn settings(text: &str) -> Vec<Suspect> {
    let (mut lines, mut settings) = (0_usize, 0_usize);
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let at = start;
        start += line.len() + 1;
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';', '/', '!']) {
            continue;
        }
        lines += 1;
        if trimmed.starts_with('[') && trimmed.ends_with(']') {
            settings += 1;
        } else if let Some((name, value)) = redis(trimmed).or_else(|| setting(trimmed)) {
            settings += 1;
            let inside = value.trim().trim_matches(['"', '\'']);
            let behind = at + (line.len() - line.trim_start().len()) + trimmed.len() - value.len();
            let from = behind + value.find(inside).unwrap_or(0);
            found.extend(held(name, inside, from));
        }
    }
    let is_redis = || text.lines().any(|line| redis(line.trim()).is_some());
    if settings * 5 < lines * 3 && !is_redis() { Vec::new() } else { found }
}

/// A password in the configuration of Redis, which parts names and values by a blank.
fn redis(line: &str) -> Option<(&str, &str)> {
    line.split_once(' ').filter(|(name, value)| ["requirepass", "masterauth"].contains(name) && !value.contains(' '))
}

/// Name and value of a line; names have no white space.
fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let at = line.find(['=', ':'])?;
    let name = line.get(..at)?.trim().trim_matches(['"', '\'']);
    let name = name.rsplit('.').next().unwrap_or(name);
    let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    fits.then(|| (name, line.get(at + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn found(text: &str) -> Vec<(Kind, Verdict, &str)> {
        let limits = Limits::default();
        let suspects = find(&Subject::new(&[], &limits), text);
        suspects.into_iter().map(|suspect| (suspect.kind, suspect.verdict, &text[suspect.at])).collect()
    }

    #[test]
    fn arguments() {
        assert_eq!(found("--admin-token=EXAMPLE0337d06bf"), [(Kind::Token, Verdict::Secret, "EXAMPLE0337d06bf")]);
        assert_eq!(
            found("-Djavax.net.ssl.keyStorePassword=changeit"),
            [(Kind::Password, Verdict::Placeholder, "changeit")]
        );
        for text in [
            "--token-file=/etc/token",
            "--password=$(PASSWORD)",
            "--tls-key=key.pem",
            "--tokens=5",
            "-v",
            "--auth-mode=token",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn connection_strings() {
        let secret = |text| [(Kind::ConnectionString, Verdict::Secret, text)];
        assert_eq!(found("Server=db;Database=a;User Id=app;Password=EXAMPLE_e231fc6b;"), secret("EXAMPLE_e231fc6b"));
        assert_eq!(found("jdbc:mysql://db/a?user=app&password=EXAMPLEe231fc6b"), secret("EXAMPLEe231fc6b"));
        assert_eq!(found("host=db user=app password=hunter2 sslmode=disable"), secret("hunter2"));
        let key = "AccountName=a;AccountKey=q8Kf2LmZx0Vt7RwYb3Nc9Hd1AbC1dEf2GhI3==;EndpointSuffix=core";
        assert_eq!(found(key), secret("q8Kf2LmZx0Vt7RwYb3Nc9Hd1AbC1dEf2GhI3=="));
        assert_eq!(found("app:hunter2@tcp(db:3306)/app"), secret("hunter2"));
        for text in [
            "app:${PASSWORD}@tcp(db:3306)/app",
            "Server=db;Password=${DB_PASSWORD};Database=a",
            "a=b",
            "https://x/y?token=abc",
            "password=",
            "see password=x",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn one_setting_alone() {
        assert_eq!(found("ADMIN_PASSWORD=hunter2"), [(Kind::Password, Verdict::Secret, "hunter2")]);
        assert_eq!(found("X-Api-Key: EXAMPLEe231fc6b"), [(Kind::Key, Verdict::Secret, "EXAMPLEe231fc6b")]);
        let url = "https://hooks.example.com/in?token=e231fc6bf906d03a52350a11";
        assert_eq!(found(url), [(Kind::ConnectionString, Verdict::Secret, "e231fc6bf906d03a52350a11")]);
        for text in ["PASSWORD=$(PASSWORD)", "Password: one of your choice", "PASSWORD_FILE=/run/p", "token=", "a: b"] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn documents_and_settings() {
        let text = "- name: KEYCLOAK_USER\n  value: admin\n- name: KEYCLOAK_PASSWORD\n  value: hunter2\n";
        assert_eq!(found(text), [(Kind::Password, Verdict::Secret, "hunter2")]);
        let text = "maxmemory 100mb\nrequirepass hunter2\n";
        assert_eq!(found(text), [(Kind::Password, Verdict::Secret, "hunter2")]);
        let text = "server:\n  host: db\n  password: hunter2\n";
        assert_eq!(found(text), [(Kind::Password, Verdict::Secret, "hunter2")]);
        let text = "[database]\nhost = db\n# password = old\npassword = hunter2\n";
        assert_eq!(found(text), [(Kind::Password, Verdict::Secret, "hunter2")]);
        let text = "{\"auths\":{\"r.example.com\":{\"auth\":\"YXV0aDpFWEFNUExFZTIzMWZj\"}}}";
        assert_eq!(found(text), [(Kind::DockerConfig, Verdict::Secret, text)]);
        for text in [
            "{\"auths\":{\"r.example.com\":{\"auth\":\"\"}}}",
            "{\"auths\":{}}",
            "#!/bin/sh\nset -e\npassword=$(cat /run/password)\ncurl -H x http://y\nexit 0\n",
            "import os\ntoken = os.environ\nprint(token)\n",
            "secret = config.password\nother = x\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
