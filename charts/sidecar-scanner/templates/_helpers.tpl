{{/*
The name of everything that this release has in a namespace, with what the thing is for behind it.
Takes a list: the root context and the purpose. CronJobs allow 52 characters.
*/}}
{{- define "sidecar-scanner.name" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" ($root.Release.Name | trunc 40 | trimSuffix "-") (index . 1) | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/*
Labels of every object.
*/}}
{{- define "sidecar-scanner.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: sidecar-scanner
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: chartsec
{{- end }}

{{/*
Labels that find the pods of one purpose. Takes a list: the root context and the purpose.
*/}}
{{- define "sidecar-scanner.selectorLabels" -}}
app.kubernetes.io/name: sidecar-scanner
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/*
An image reference; a digest wins over the tag. Takes a list: the root context and the image.
*/}}
{{- define "sidecar-scanner.image" -}}
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
{{- define "sidecar-scanner.pullPolicy" -}}
{{ if .digest }}IfNotPresent{{ else }}Always{{ end }}
{{- end }}

{{/*
AppArmor where it is not a field yet. Takes a list: the root context and the names of the containers.
*/}}
{{- define "sidecar-scanner.podAnnotations" -}}
{{- if semverCompare "<1.30-0" (index . 0).Capabilities.KubeVersion.Version }}
{{- range index . 1 }}
container.apparmor.security.beta.kubernetes.io/{{ . }}: runtime/default
{{- end }}
{{- end }}
{{- end }}

{{/*
What every pod runs under. Takes a list: the root context and the user, who is the group too.
*/}}
{{- define "sidecar-scanner.podSecurityContext" -}}
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
{{- define "sidecar-scanner.containerSecurityContext" -}}
runAsNonRoot: true
privileged: false
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}

{{/*
Refuses values that a schema cannot refuse.
*/}}
{{- define "sidecar-scanner.validate" -}}
{{- if ne (index $.Values "common-scanner" "scanner-infrastructure").approach "sidecar" }}
{{- fail (printf "sidecar-scanner: common-scanner.scanner-infrastructure.approach is `%s`, but this chart scans by `sidecar`; leave the key alone" (index $.Values "common-scanner" "scanner-infrastructure").approach) }}
{{- end }}
{{- $tenants := list }}
{{- range (index $.Values "common-scanner" "scanner-infrastructure").tenants }}
{{- $tenants = append $tenants .name }}
{{- end }}
{{- $names := dict }}
{{- range $index, $target := .Values.targets }}
{{- $tenant := $target.tenant | default (first $tenants) }}
{{- if not (has $tenant $tenants) }}
{{- fail (printf "sidecar-scanner: targets[%d].tenant: `%s` is none of the tenants (%s)" $index $tenant (join ", " $tenants)) }}
{{- end }}
{{- if hasKey $names $target.name }}
{{- fail (printf "sidecar-scanner: targets[%d].name: a target `%s` is there already; give each its own name" $index $target.name) }}
{{- end }}
{{- $_ := set $names $target.name true }}
{{- end }}
{{- end }}

{{/*
The volumes of a scan: where it writes, what it checks, what it must reach.
*/}}
{{- define "sidecar-scanner.scanVolumes" -}}
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
    name: {{ include "sidecar-scanner.name" (list . "thresholds") }}
{{- if (index $.Values "common-scanner").baselines }}
- name: baselines
  configMap:
    name: {{ include "sidecar-scanner.name" (list . "baselines") }}
{{- end }}
{{- end }}

{{/*
The container that scans. Takes the root context, the tenant, the target, and whether it only checks that it could.
*/}}
{{- define "sidecar-scanner.scanContainer" -}}
- name: scan
  image: {{ include "sidecar-scanner.image" (list .root .common.image) | quote }}
  imagePullPolicy: {{ include "sidecar-scanner.pullPolicy" .common.image }}
  args:
    - scan
    - --mode=sidecar
    - --namespace={{ .tenant.name }}
    - --container={{ .target.name }}
    - --baseline={{ if hasKey .common.baselines .root.Values.baseline }}/etc/chartsec/baselines/{{ end }}{{ .root.Values.baseline }}
    - --threshold=/etc/chartsec/thresholds/threshold.yml
    - --results=/results
    - --timeout={{ int .root.Values.deadlineSeconds }}
  securityContext:
    {{- include "sidecar-scanner.containerSecurityContext" . | nindent 4 }}
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
{{- end }}

{{/*
A Job that scans one target. Takes the same as the container.
*/}}
{{- define "sidecar-scanner.jobSpec" -}}
{{- $user := 10001 -}}
{{- $user = .target.runAsUser | default 10001 -}}
backoffLimit: 0
activeDeadlineSeconds: {{ add (int .root.Values.deadlineSeconds) 60 }}
ttlSecondsAfterFinished: 86400
template:
  metadata:
    labels:
      {{- include "sidecar-scanner.labels" .root | nindent 6 }}
      app.kubernetes.io/component: scan
      chartsec.dev/tenant: {{ .tenant.name }}
      {{- if dig "cloudIdentity" "azureClientId" "" .tenant }}
      azure.workload.identity/use: "true"
      {{- end }}
    {{- with include "sidecar-scanner.podAnnotations" (list .root (list "scan" .target.name)) | trim }}
    annotations:
      {{- . | nindent 6 }}
    {{- end }}
  spec:
    restartPolicy: Never
    serviceAccountName: {{ include "sidecar-scanner.name" (list .root "scanner") }}
    automountServiceAccountToken: false
    enableServiceLinks: false
    shareProcessNamespace: true
    {{- with .common.imagePullSecrets }}
    imagePullSecrets:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext:
      {{- include "sidecar-scanner.podSecurityContext" (list .root $user) | nindent 6 }}
    initContainers:
      # Starts before the scan, and Kubernetes ends it when the scan is over.
      - name: {{ .target.name }}
        image: {{ include "sidecar-scanner.image" (list .root .target.image) | quote }}
        imagePullPolicy: {{ include "sidecar-scanner.pullPolicy" .target.image }}
        restartPolicy: Always
        {{- with .target.command }}
        command:
          {{- toYaml . | nindent 10 }}
        {{- end }}
        {{- with .target.args }}
        args:
          {{- toYaml . | nindent 10 }}
        {{- end }}
        securityContext:
          {{- include "sidecar-scanner.containerSecurityContext" . | nindent 10 }}
        resources:
          {{- toYaml .root.Values.targetResources | nindent 10 }}
        volumeMounts:
          - name: target-tmp
            mountPath: /tmp
    containers:
      {{- include "sidecar-scanner.scanContainer" . | nindent 6 }}
    volumes:
      {{- include "sidecar-scanner.scanVolumes" .root | nindent 6 }}
      - name: target-tmp
        emptyDir:
          sizeLimit: 64Mi
{{- end }}

{{/*
The name of a target's Job: the release, the target, and a few digits that tell similar ones apart. Takes a list: the root
context and what names the target.
*/}}
{{- define "sidecar-scanner.scanName" -}}
{{- $target := index . 1 -}}
{{- printf "%s-%s-%s" ((index . 0).Release.Name | trunc 18 | trimSuffix "-") ($target | replace "." "-" | replace "/" "-" | trunc 18 | trimSuffix "-") (sha256sum $target | trunc 6) -}}
{{- end }}
