{{/*
The name of everything that this release has in a namespace, with what the thing is for behind it.
Takes a list: the root context and the purpose. CronJobs allow 52 characters.
*/}}
{{- define "standard-scanner.name" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" ($root.Release.Name | trunc 40 | trimSuffix "-") (index . 1) | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/*
Labels of every object.
*/}}
{{- define "standard-scanner.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: standard-scanner
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: chartsec
{{- end }}

{{/*
Labels that find the pods of one purpose. Takes a list: the root context and the purpose.
*/}}
{{- define "standard-scanner.selectorLabels" -}}
app.kubernetes.io/name: standard-scanner
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/*
An image reference; a digest wins over the tag. Takes a list: the root context and the image.
*/}}
{{- define "standard-scanner.image" -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default (index . 0).Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/*
A digest always names the same image, a tag does not. Takes the image.
*/}}
{{- define "standard-scanner.pullPolicy" -}}
{{ if .digest }}IfNotPresent{{ else }}Always{{ end }}
{{- end }}

{{/*
AppArmor where it is not a field yet. Takes a list: the root context and the names of the containers.
*/}}
{{- define "standard-scanner.podAnnotations" -}}
{{- if semverCompare "<1.30-0" (index . 0).Capabilities.KubeVersion.Version }}
{{- range index . 1 }}
container.apparmor.security.beta.kubernetes.io/{{ . }}: runtime/default
{{- end }}
{{- end }}
{{- end }}

{{/*
What every pod runs under. Takes a list: the root context and the user, who is the group too.
*/}}
{{- define "standard-scanner.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ int64 (index . 1) }}
runAsGroup: {{ int64 (index . 1) }}
fsGroup: {{ int64 (index . 1) }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- if semverCompare ">=1.30-0" (index . 0).Capabilities.KubeVersion.Version }}
appArmorProfile:
  type: RuntimeDefault
{{- end }}
{{- end }}

{{/*
What every container runs under.
*/}}
{{- define "standard-scanner.containerSecurityContext" -}}
runAsNonRoot: true
privileged: false
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}

{{/*
A volume with a token of ten minutes that dies with its pod, in place of the account's own.
*/}}
{{- define "standard-scanner.apiAccess" -}}
- name: api-access
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 600
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- end }}

{{/*
Egress that a caller of the API needs: the API server, and DNS. Takes the values that say where the API server is.
*/}}
{{- define "standard-scanner.apiEgress" -}}
- to:
    {{- range .cidrs }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  ports:
    {{- range .ports }}
    - protocol: TCP
      port: {{ int . }}
    {{- end }}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
  ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
{{- end }}

{{/*
Refuses values that a schema cannot refuse.
*/}}
{{- define "standard-scanner.validate" -}}
{{- if ne (index $.Values "common-scanner" "scanner-infrastructure").approach "standard" }}
{{- fail (printf "standard-scanner: common-scanner.scanner-infrastructure.approach is `%s`, but this chart scans by `standard`; leave the key alone" (index $.Values "common-scanner" "scanner-infrastructure").approach) }}
{{- end }}
{{- end }}

{{/*
The volumes of a scan: where it writes, what it checks, what it must reach.
*/}}
{{- define "standard-scanner.scanVolumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
- name: results
  {{- if .Values.resultsClaim }}
  persistentVolumeClaim:
    claimName: {{ .Values.resultsClaim }}
  {{- else }}
  emptyDir:
    sizeLimit: 64Mi
  {{- end }}
- name: thresholds
  configMap:
    name: {{ include "standard-scanner.name" (list . "thresholds") }}
{{- if (index $.Values "common-scanner").baselines }}
- name: baselines
  configMap:
    name: {{ include "standard-scanner.name" (list . "baselines") }}
{{- end }}
{{ include "standard-scanner.apiAccess" . }}
{{- end }}

{{/*
The container that scans. Takes the root context, the tenant, the target, and whether it only checks that it could.
*/}}
{{- define "standard-scanner.scanContainer" -}}
- name: scan
  image: {{ include "standard-scanner.image" (list .root .common.image) | quote }}
  imagePullPolicy: {{ include "standard-scanner.pullPolicy" .common.image }}
  args:
    - scan
    - --mode=standard
    - --namespace={{ .tenant.name }}
    - --pod={{ .target.pod }}
    - --container={{ .target.container }}
    - --baseline={{ if hasKey .common.baselines .root.Values.baseline }}/etc/chartsec/baselines/{{ end }}{{ .root.Values.baseline }}
    - --threshold=/etc/chartsec/thresholds/threshold.yml
    - --results=/results
    - --timeout={{ int .root.Values.deadlineSeconds }}
    {{- if .preflight }}
    - --preflight
    {{- end }}
  securityContext:
    {{- include "standard-scanner.containerSecurityContext" . | nindent 4 }}
  resources:
    {{- toYaml .common.resources | nindent 4 }}
  volumeMounts:
    - name: tmp
      mountPath: /tmp
    - name: results
      mountPath: /results
    - name: thresholds
      mountPath: /etc/chartsec/thresholds
      readOnly: true
    {{- if .common.baselines }}
    - name: baselines
      mountPath: /etc/chartsec/baselines
      readOnly: true
    {{- end }}
    - name: api-access
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
{{- end }}

{{/*
A Job that scans one target. Takes the same as the container.
*/}}
{{- define "standard-scanner.jobSpec" -}}
{{- $user := 10001 -}}
backoffLimit: 0
activeDeadlineSeconds: {{ add (int .root.Values.deadlineSeconds) 60 }}
ttlSecondsAfterFinished: 86400
template:
  metadata:
    labels:
      {{- include "standard-scanner.labels" .root | nindent 6 }}
      app.kubernetes.io/component: scan
      chartsec.dev/tenant: {{ .tenant.name }}
      {{- if dig "cloudIdentity" "azureClientId" "" .tenant }}
      azure.workload.identity/use: "true"
      {{- end }}
    {{- with include "standard-scanner.podAnnotations" (list .root (list "scan")) | trim }}
    annotations:
      {{- . | nindent 6 }}
    {{- end }}
  spec:
    restartPolicy: Never
    serviceAccountName: {{ include "standard-scanner.name" (list .root "scanner") }}
    automountServiceAccountToken: false
    enableServiceLinks: false
    {{- with .common.imagePullSecrets }}
    imagePullSecrets:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext:
      {{- include "standard-scanner.podSecurityContext" (list .root $user) | nindent 6 }}
    containers:
      {{- include "standard-scanner.scanContainer" . | nindent 6 }}
    volumes:
      {{- include "standard-scanner.scanVolumes" .root | nindent 6 }}
{{- end }}

{{/*
The name of a target's Job: the release, the target, and a few digits that tell similar ones apart. Takes a list: the root
context and what names the target.
*/}}
{{- define "standard-scanner.scanName" -}}
{{- $target := index . 1 -}}
{{- printf "%s-%s-%s" ((index . 0).Release.Name | trunc 18 | trimSuffix "-") ($target | replace "." "-" | replace "/" "-" | trunc 18 | trimSuffix "-") (sha256sum $target | trunc 6) -}}
{{- end }}
