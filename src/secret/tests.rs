//! Whole values files, judged.

use super::*;
use crate::limits::Limits;
use crate::yaml;

/// Keys of what is found, with tier and verdict.
fn found(values: &str) -> Vec<String> {
    let limits = Limits::default();
    let root = yaml::read(values.as_bytes(), &limits).unwrap().unwrap();
    let shown = |found: &Found| {
        let suspect = &found.suspects[0];
        format!("{} {:?} {:?}", found.key, suspect.tier, suspect.verdict)
    };
    examine([&root], 0, &limits, &mut |_| Reach::default()).iter().map(shown).collect()
}

#[test]
fn what_a_key_says_and_a_value_looks_like() {
    let values = "
auth: {password: hunter2, existingSecret: my-secret, passwordKey: password, token: '', url: 'http://x/y'}
smtp: {password: changeme, user: app}
env:
  - {name: API_TOKEN, value: EXAMPLE470335e18bba3ae178}
  - {name: API_URL, value: 'https://api'}
  - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
args: ['--password', s3cr3t-one, '--verbose']
tls: {secret: my-tls, secretName: x, secretKey: tls-key}
clientSecret: my-client-secret
dashboard: {auth: 'admin:hunter2', secret: 'P@ssw0rd!', key: 'name:key'}
localUsers: test:test
session: {secret: keyboard cat, password: from the operator}
tls2: {secret: keyboard cat, users: 'system:masters'}
broker: {auth: 'localhost:8080', secret: 'app/db@v1', credentials: ldap}
passwordMinLength: 12
rootPassword: 123456
automountServiceAccountToken: false
";
    let expected = [
        "auth.password Name Secret",
        "smtp.password Name Placeholder",
        "env[0].value Name Secret",
        "args[1] Name Secret",
        "clientSecret Name Secret",
        "dashboard.auth Name Secret",
        "dashboard.secret Name Secret",
        "localUsers Name Secret",
        "session.secret Name Secret",
        "rootPassword Name Secret",
    ];
    assert_eq!(found(values), expected);
}

#[test]
fn taint_decides_what_a_name_leaves_open() {
    let limits = Limits::default();
    let keys = [words("agent"), words("key")];
    let plain = Subject::new(&keys, &limits);
    assert_eq!(judge(&plain, "SecretKey"), []);
    let tainted = Subject { reach: Reach { credential: true, reference: false }, ..plain };
    assert_eq!(judge(&tainted, "SecretKey")[0].tier, Tier::Taint);
    let keys = [words("clientSecret")];
    let named = Subject { reach: Reach { credential: false, reference: true }, ..Subject::new(&keys, &limits) };
    assert_eq!(judge(&named, "my-client-secret"), []);
}

#[test]
fn chance_is_the_last_word() {
    assert_eq!(found("thing: q8Kf2LmZx0Vt7RwYb3Nc9Hd1\n"), ["thing Entropy Secret"]);
    for values in [
        "image: {digest: q8Kf2LmZx0Vt7RwYb3Nc9Hd1}\n",
        "id: q8Kf2LmZx0Vt7RwYb3Nc9Hd1\n",
        "thing: dcd974930cca90c8893cef5e25c7132b\n",
    ] {
        assert_eq!(found(values), [""; 0], "{values}");
    }
}

#[test]
fn places_are_those_of_the_text() {
    let limits = Limits::default();
    let text = "  postgres://app:hunter2@db/app\n";
    let found = judge(&Subject::new(&[], &limits), text);
    assert_eq!(&text[found[0].at.clone()], "hunter2");
}

#[test]
fn registry_credentials_are_no_placeholder_for_the_name_of_their_host() {
    let auths = r#"{"auths":{"registry.example.com":{"username":"a","password":"EXAMPLEe231fc"}}}"#;
    assert_eq!(found(&format!("dockerconfigjson: '{auths}'\n")), ["dockerconfigjson Shape Secret"]);
}

#[test]
fn the_name_of_a_key_in_a_secret_is_none() {
    assert_eq!(found("redis: {authKey: auth, apiKey: api-key}\n"), [""; 0]);
}

#[test]
fn the_digest_of_a_password_is_a_password_hash() {
    assert_eq!(
        found("password: 'sha1:aae8550c0a44:9507d45e087d5ee481a5'\nimage: 'sha256:9507d45e087d5ee481a5'\n"),
        ["password Name Secret"]
    );
}
