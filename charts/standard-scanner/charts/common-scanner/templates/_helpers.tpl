{{/*
The name of everything that this release has in a namespace, with what the thing is for behind it.
Takes a list: the root context and the purpose. CronJobs allow 52 characters.
*/}}
{{- define "common-scanner.name" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" ($root.Release.Name | trunc 40 | trimSuffix "-") (index . 1) | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/*
Labels of every object.
*/}}
{{- define "common-scanner.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: common-scanner
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: chartsec
{{- end }}

{{/*
Labels that find the pods of one purpose. Takes a list: the root context and the purpose.
*/}}
{{- define "common-scanner.selectorLabels" -}}
app.kubernetes.io/name: common-scanner
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/*
An image reference; a digest wins over the tag. Takes a list: the root context and the image.
*/}}
{{- define "common-scanner.image" -}}
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
{{- define "common-scanner.pullPolicy" -}}
{{ if .digest }}IfNotPresent{{ else }}Always{{ end }}
{{- end }}

{{/*
AppArmor where it is not a field yet. Takes a list: the root context and the names of the containers.
*/}}
{{- define "common-scanner.podAnnotations" -}}
{{- if semverCompare "<1.30-0" (index . 0).Capabilities.KubeVersion.Version }}
{{- range index . 1 }}
container.apparmor.security.beta.kubernetes.io/{{ . }}: runtime/default
{{- end }}
{{- end }}
{{- end }}

{{/*
What every pod runs under. Takes a list: the root context and the user, who is the group too.
*/}}
{{- define "common-scanner.podSecurityContext" -}}
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
{{- define "common-scanner.containerSecurityContext" -}}
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
{{- define "common-scanner.apiAccess" -}}
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
{{- define "common-scanner.apiEgress" -}}
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
{{- define "common-scanner.validate" -}}
{{- range $index, $tenant := (index $.Values "scanner-infrastructure").tenants }}
{{- $threshold := $tenant.threshold | default "standard" }}
{{- if not (hasKey $.Values.thresholds $threshold) }}
{{- fail (printf "scanner-infrastructure: tenants[%d].threshold: `%s` is none of the thresholds of common-scanner (%s)" $index $threshold (keys $.Values.thresholds | sortAlpha | join ", ")) }}
{{- end }}
{{- end }}
{{- end }}
