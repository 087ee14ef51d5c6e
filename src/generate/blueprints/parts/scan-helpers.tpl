<% include "parts/names.tpl" %>
<% include "parts/pod.tpl" %>
<% if approach != "sidecar" %>
<% include "parts/api.tpl" %>
<% endif %>

{{/*
Refuses values that a schema cannot refuse.
*/}}
{{- define "[[ chart ]].validate" -}}
{{- if ne [[ infrastructure ]].approach "[[ approach ]]" }}
{{- fail (printf "[[ chart ]]: common-scanner.scanner-infrastructure.approach is `%s`, but this chart scans by `[[ approach ]]`; leave the key alone" [[ infrastructure ]].approach) }}
{{- end }}
<% if approach == "sidecar" %>
{{- $tenants := list }}
{{- range [[ infrastructure ]].tenants }}
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
<% endif %>
{{- end }}

{{/*
The volumes of a scan: where it writes, what it checks, what it must reach.
*/}}
{{- define "[[ chart ]].scanVolumes" -}}
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
    name: {{ include "[[ chart ]].name" (list . "thresholds") }}
{{- if [[ common ]].baselines }}
- name: baselines
  configMap:
    name: {{ include "[[ chart ]].name" (list . "baselines") }}
{{- end }}
<% if approach != "sidecar" %>
{{ include "[[ chart ]].apiAccess" . }}
<% endif %>
{{- end }}

{{/*
The container that scans. Takes the root context, the tenant, the target, and whether it only checks that it could.
*/}}
{{- define "[[ chart ]].scanContainer" -}}
- name: scan
  image: {{ include "[[ chart ]].image" (list .root .common.image) | quote }}
  imagePullPolicy: {{ include "[[ chart ]].pullPolicy" .common.image }}
  args:
    - scan
    - [[ flag("scan", "mode") ]]=[[ approach ]]
    - [[ flag("scan", "namespace") ]]={{ .tenant.name }}
<% if approach != "sidecar" %>
    - [[ flag("scan", "pod") ]]={{ .target.pod }}
    - [[ flag("scan", "container") ]]={{ .target.container }}
<% else %>
    - [[ flag("scan", "container") ]]={{ .target.name }}
<% endif %>
    - [[ flag("scan", "baseline") ]]={{ if hasKey .common.baselines .root.Values.baseline }}/etc/chartsec/baselines/{{ end }}{{ .root.Values.baseline }}
    - [[ flag("scan", "threshold") ]]=/etc/chartsec/thresholds/threshold.yml
    - [[ flag("scan", "results") ]]=/results
    - [[ flag("scan", "timeout") ]]={{ int .root.Values.deadlineSeconds }}
<% if approach == "distroless" %>
    - [[ flag("scan", "debug_image") ]]={{ include "distroless-scanner.image" (list .root .common.image) }}
    - [[ flag("scan", "debug_timeout") ]]={{ int .root.Values.debugContainer.timeoutSeconds }}
<% endif %>
<% if approach != "sidecar" %>
    {{- if .preflight }}
    - [[ flag("scan", "preflight") ]]
    {{- end }}
<% endif %>
  securityContext:
    {{- include "[[ chart ]].containerSecurityContext" . | nindent 4 }}
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
<% if approach != "sidecar" %>
    - name: api-access
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
<% endif %>
{{- end }}

{{/*
A Job that scans one target. Takes the same as the container.
*/}}
{{- define "[[ chart ]].jobSpec" -}}
{{- $user := 10001 -}}
<% if approach == "sidecar" %>
{{- $user = .target.runAsUser | default 10001 -}}
<% endif %>
backoffLimit: 0
activeDeadlineSeconds: {{ add (int .root.Values.deadlineSeconds) 60 }}
ttlSecondsAfterFinished: 86400
template:
  metadata:
    labels:
      {{- include "[[ chart ]].labels" .root | nindent 6 }}
      app.kubernetes.io/component: scan
      chartsec.dev/tenant: {{ .tenant.name }}
      {{- if dig "cloudIdentity" "azureClientId" "" .tenant }}
      azure.workload.identity/use: "true"
      {{- end }}
    {{- with include "[[ chart ]].podAnnotations" (list .root (list "scan"<% if approach == "sidecar" %> .target.name<% endif %>)) | trim }}
    annotations:
      {{- . | nindent 6 }}
    {{- end }}
  spec:
    restartPolicy: Never
    serviceAccountName: {{ include "[[ chart ]].name" (list .root "scanner") }}
    automountServiceAccountToken: false
    enableServiceLinks: false
<% if approach == "sidecar" %>
    shareProcessNamespace: true
<% endif %>
    {{- with .common.imagePullSecrets }}
    imagePullSecrets:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext:
      {{- include "[[ chart ]].podSecurityContext" (list .root $user) | nindent 6 }}
<% if approach == "sidecar" %>
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
<% endif %>
    containers:
      {{- include "[[ chart ]].scanContainer" . | nindent 6 }}
    volumes:
      {{- include "[[ chart ]].scanVolumes" .root | nindent 6 }}
<% if approach == "sidecar" %>
      - name: target-tmp
        emptyDir:
          sizeLimit: 64Mi
<% endif %>
{{- end }}

{{/*
The name of a target's Job: the release, the target, and a few digits that tell similar ones apart. Takes a list: the root
context and what names the target.
*/}}
{{- define "[[ chart ]].scanName" -}}
{{- $target := index . 1 -}}
{{- printf "%s-%s-%s" ((index . 0).Release.Name | trunc 18 | trimSuffix "-") ($target | replace "." "-" | replace "/" "-" | trunc 18 | trimSuffix "-") (sha256sum $target | trunc 6) -}}
{{- end }}
