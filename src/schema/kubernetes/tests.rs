//! The embedded table, and every kind of fault.

use super::{Holder, Problem, Scalar, Shape, Table, check, covers, table};
use crate::limits::Limits;
use crate::policy::objects;
use crate::yaml;
use crate::yaml::path::written;

/// `PATH: MESSAGE (ADVICE)` of each fault.
fn faults_of(minor: u32, text: &str) -> Vec<String> {
    let limits = Limits::default();
    let node = yaml::read(text.as_bytes(), &limits).unwrap().unwrap();
    let objects = objects(&node);
    let objects = objects.iter().map(|object| (object.node, object.api_version, object.kind));
    let faults = check(objects, minor, &limits).unwrap().into_iter();
    faults
        .map(|(_, fault)| {
            let what = match fault.problem {
                Problem::UnknownKind => "unknown kind".to_owned(),
                Problem::UnknownField => format!("not in {}", fault.of),
                Problem::WrongType(misfit) => format!("{} is {}, not {}", fault.field, misfit.found, misfit.expected),
                Problem::MissingField => format!("{} lacks {}", fault.of, fault.field),
            };
            let advice = fault.advice.map(|advice| format!(" ({advice})")).unwrap_or_default();
            format!("{}: {what}{advice}", written(&fault.path))
        })
        .collect()
}

/// The faults of a container's fields in 1.36.
fn container(fields: &str) -> Vec<String> {
    let pod =
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{{name: a, {fields}}}]}}}}");
    faults_of(36, &pod).iter().map(|fault| fault.replacen("spec.containers[0].", "", 1)).collect()
}

/// The faults of a kind's fields in 1.36.
fn object(api_version: &str, kind: &str, fields: &str) -> Vec<String> {
    faults_of(36, &format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n{fields}\n"))
}

const NONE: [&str; 0] = [];

#[test]
fn the_embedded_table_is_whole() {
    let table = table();
    assert_eq!(table.minors(), 28..=36);
    for minor in table.minors() {
        let kinds: Vec<_> = table.kinds().filter_map(|kind| kind.in_minor(minor)).collect();
        assert!(kinds.len() > 60, "1.{minor}: {} kinds", kinds.len());
        let faulty = kinds
            .iter()
            .filter(|kind| ["apiVersion", "kind", "metadata"].iter().any(|name| kind.field(name, minor).is_none()));
        assert_eq!(faulty.count(), 0, "1.{minor}");
    }
    let pod = table.kind("v1", "Pod").unwrap().in_minor(36).unwrap();
    let containers = pod.field("spec", 36).unwrap().of().unwrap().field("containers", 36).unwrap();
    assert_eq!(containers.shape(), Shape { holder: Holder::List, scalar: Scalar::Object });
    assert_eq!(containers.of().unwrap().name(), "Container");
}

#[test]
fn bytes_that_are_no_table_are_refused() {
    assert!(Table::read(b"").is_err() && Table::read(b"\x00\x01\x02").is_err());
    let whole = include_bytes!("../../../schemas/kubernetes.bin");
    assert!(Table::read(&whole[..whole.len() / 2]).is_err());
}

#[test]
fn versions_that_the_table_does_not_hold_have_no_faults() {
    assert_eq!([27, 28, 36, 37].map(covers), [false, true, true, false]);
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {wrong: 1}}";
    assert_eq!(faults_of(37, text), NONE);
    assert!(!faults_of(36, text).is_empty());
}

#[test]
fn kinds_that_are_not_of_kubernetes_are_left_alone() {
    assert_eq!(object("example.com/v1", "Web", "spec: {a: 1}"), NONE);
    assert_eq!(object("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "driver: 1"), NONE);
    assert_eq!(faults_of(36, "{apiVersion: v1, kind: List, items: []}"), NONE);
    assert_eq!(
        faults_of(
            36,
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service, metadata: {name: a}, specs: {}}]}"
        ),
        ["specs: not in Service (did you mean `spec`?)"]
    );
}

#[test]
fn kinds_are_corrected() {
    assert_eq!(object("apps/v1", "Deploymnet", ""), ["kind: unknown kind (did you mean `Deployment`?)"]);
    assert_eq!(object("batch/v1", "Deployment", ""), ["apiVersion: unknown kind (Deployment is in `apps/v1`)"]);
    assert_eq!(
        faults_of(30, "{apiVersion: resource.k8s.io/v1, kind: DeviceClass, metadata: {name: a}}"),
        ["apiVersion: unknown kind (resource.k8s.io/v1 DeviceClass is there since Kubernetes 1.34)"]
    );
    assert_eq!(
        faults_of(33, "{apiVersion: flowcontrol.apiserver.k8s.io/v1beta3, kind: FlowSchema, metadata: {name: a}}"),
        ["apiVersion: unknown kind (flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema is there until Kubernetes 1.31)"]
    );
}

#[test]
fn unknown_fields_are_told_with_the_place_where_they_belong() {
    assert_eq!(
        container("imagePullPolice: Always"),
        ["imagePullPolice: not in Container (did you mean `imagePullPolicy`?)"]
    );
    assert_eq!(
        container("ImagePullPolicy: Always"),
        ["ImagePullPolicy: not in Container (did you mean `imagePullPolicy`?)"]
    );
    assert_eq!(
        container("runAsNonRoot: true"),
        ["runAsNonRoot: not in Container (`runAsNonRoot` belongs in `spec.containers[0].securityContext`)"]
    );
    assert_eq!(
        container("livenessProbe: {httpGet: {port: 80, initialDelaySeconds: 1}}"),
        [
            "livenessProbe.httpGet.initialDelaySeconds: not in HTTPGetAction (`initialDelaySeconds` belongs in `spec.containers[0].livenessProbe`)"
        ]
    );
    assert_eq!(container("hostNetwork: true"), ["hostNetwork: not in Container (`hostNetwork` belongs in `spec`)"]);
    assert_eq!(container("whatever: 1"), ["whatever: not in Container"]);
    assert_eq!(container("whatever: null"), ["whatever: not in Container"]);
    assert_eq!(
        object("rbac.authorization.k8s.io/v1", "Role", "spec: {rules: []}"),
        ["spec: not in Role (`rules` belongs directly in the Role, not in a `spec`)"]
    );
    assert_eq!(
        object(
            "rbac.authorization.k8s.io/v1",
            "Role",
            "rules: [{apiGroups: [''], resources: [pods], verbs: [get], selector: {}}]"
        ),
        ["rules[0].selector: not in PolicyRule"]
    );
    let fields = "spec: {selector: {}, securityContext: {runAsUser: 1}, template: {spec: {securityContext: {capabilities: {}}, containers: []}}}";
    assert_eq!(
        object("apps/v1", "Deployment", fields),
        [
            "spec.securityContext: not in DeploymentSpec (`securityContext` belongs in `spec.template.spec`)",
            "spec.template.spec.securityContext.capabilities: not in PodSecurityContext (`capabilities` belongs in `spec.template.spec.containers[].securityContext`)",
        ]
    );
}

#[test]
fn fields_come_and_go_with_versions() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostUsers: false, resources: {}, containers: [{name: a}]}}";
    assert_eq!(faults_of(28, pod), ["spec.resources: not in PodSpec (`resources` is there since Kubernetes 1.32)"]);
    assert_eq!(faults_of(36, pod), NONE);
    let claim = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a}], resourceClaims: [{name: a, source: {}}]}}";
    assert_eq!(
        faults_of(36, claim),
        ["spec.resourceClaims[0].source: not in PodResourceClaim (`source` is there until Kubernetes 1.30)"]
    );
}

#[test]
fn values_are_of_the_type_of_their_field() {
    for (fields, fault) in [
        ("image: 1", "image: image is a number, not a string (put it in quotes; in a template with `| quote`)"),
        ("command: sh", "command: command is a string, not a list"),
        ("args: [1.5]", "args[0]: args[0] is a number, not a string (put it in quotes; in a template with `| quote`)"),
        ("tty: 'true'", "tty: tty is a string, not a boolean (write it without quotes)"),
        (
            "resources: ''",
            "resources: resources is an empty string, not a mapping (leave the field out when there is nothing to say)",
        ),
        ("env: {A: b}", "env: env is a mapping, not a list (write its items with `- `)"),
        (
            "securityContext: {runAsUser: '1'}",
            "securityContext.runAsUser: runAsUser is a string, not an integer (write it without quotes)",
        ),
        (
            "securityContext: {runAsUser: 1.5}",
            "securityContext.runAsUser: runAsUser is a number, not an integer of 64 bits",
        ),
        (
            "ports: [{containerPort: 3000000000}]",
            "ports[0].containerPort: containerPort is a number, not an integer of 32 bits",
        ),
        ("ports: [80]", "ports[0]: ports[0] is a number, not a mapping"),
        (
            "livenessProbe: {tcpSocket: {port: true}}",
            "livenessProbe.tcpSocket.port: port is a boolean, not an integer or a string",
        ),
        (
            "resources: {limits: {cpu: true}}",
            "resources.limits.cpu: limits.cpu is a boolean, not a quantity such as `500m` or `1Gi`",
        ),
        (
            "resources: {limits: {memory: 1gb}}",
            "resources.limits.memory: limits.memory is another text, not a quantity such as `500m` or `1Gi`",
        ),
        ("resources: {limits: 1}", "resources.limits: limits is a number, not a mapping"),
    ] {
        assert_eq!(container(fields), [fault], "{fields}");
    }
    for fields in [
        "image: null",
        "args: [null]",
        "securityContext: {runAsUser: 1.0}",
        "livenessProbe: {tcpSocket: {port: http}, periodSeconds: null}",
        "resources: {limits: {cpu: 0.5, memory: 1e9, ephemeral-storage: 1.5Gi, a: 5e3, b: -1, c: +1Ki, d: .5}}",
    ] {
        assert_eq!(container(fields), NONE, "{fields}");
    }
}

#[test]
fn secrets_hold_base64() {
    for (data, fits) in [
        ("cGFzcw==", true),
        ("\"cGFz\\ncw==\\n\"", true),
        ("cGFzcw", false),
        ("pa$$", false),
        ("1234", false),
        ("''", true),
    ] {
        let faults = object("v1", "Secret", &format!("data: {{password: {data}}}"));
        assert_eq!(faults.is_empty(), fits, "{data}: {faults:?}");
    }
    assert_eq!(object("v1", "Secret", "stringData: {password: pa$$}"), NONE);
    assert_eq!(
        object("v1", "Secret", "data: {password: pa$$}"),
        ["data.password: data.password is another text, not base64 (encode it; in a template with `| b64enc`)"]
    );
}

#[test]
fn definitions_of_kinds_hold_any_json_where_go_does() {
    let fields = "\
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Web, plural: webs}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          x-kubernetes-preserve-unknown-fields: true
          properties:
            spec:
              type: object
              default: {a: [1]}
              additionalProperties: {type: string, whatever: 1}
              items: {nosuch: 1}
              enum: [1, a, {b: c}]
              $ref: '#/definitions/a'
              nosuch: 1
      subresources: {status: {}}";
    assert_eq!(
        object("apiextensions.k8s.io/v1", "CustomResourceDefinition", fields),
        ["spec.versions[0].schema.openAPIV3Schema.properties.spec.nosuch: not in JSONSchemaProps"]
    );
}

#[test]
fn steps_and_faults_are_limited() {
    let fields: String = (0..50).map(|number| format!("field{number}: 1\n")).collect();
    let text = format!("apiVersion: v1\nkind: ConfigMap\n{fields}");
    let node = yaml::read(text.as_bytes(), &Limits::default()).unwrap().unwrap();
    let faults =
        |limits: &Limits| check([(&node, "v1", "ConfigMap")].into_iter(), 36, limits).map(|faults| faults.len());
    let limits = Limits::default();
    assert_eq!(faults(&limits), Ok(50));
    assert_eq!(faults(&Limits { findings: 10, ..limits.clone() }), Ok(11));
    assert!(faults(&Limits { policy_steps: 51, ..limits }).is_err());
}
