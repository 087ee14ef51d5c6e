//! Credentials are told of and never shown, in any format.

use crate::common::snapshot;
use crate::lint::{chart, lint_with};

const PASSWORD: &str = "hunter2-hunter2";
const VALUES: &str = "\
auth:
  password: hunter2-hunter2
  existingSecret: ''
";
const SECRET: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: web}
data:
  password: {{ .Values.auth.password | b64enc }}
";
const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: web:1
      env:
        - name: DB_PASSWORD
          value: hunter2-hunter2
";

#[test]
fn no_format_shows_a_credential() {
    let folder = chart(&[("values.yaml", VALUES), ("templates/secret.yaml", SECRET), ("templates/pod.yaml", POD)]);
    for format in ["text", "json", "sarif", "github", "gitlab", "junit", "markdown"] {
        let (_, out, _) = lint_with(folder.path(), &format!("made -v -o {format} --fail-on never"), "");
        assert!(out.contains("credential-in-values"), "{format}: {out}");
        assert!(!out.contains(PASSWORD) && !out.contains("aHVudGVyMi1odW50ZXIy"), "{format}: {out}");
    }
}

#[test]
fn a_credential_is_told_with_its_key_and_the_way_out() {
    let folder = chart(&[("values.yaml", VALUES), ("templates/secret.yaml", SECRET)]);
    let (_, out, _) = lint_with(folder.path(), "made --select credential-in-values", "");
    snapshot("lint-credential", &out);
}
