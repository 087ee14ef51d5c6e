
{{/*
Labels that find the pods of one purpose. Takes a list: the root context and the purpose.
*/}}
{{- define "[[ chart ]].selectorLabels" -}}
app.kubernetes.io/name: [[ chart ]]
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/*
An image reference; a digest wins over the tag. Takes a list: the root context and the image.
*/}}
{{- define "[[ chart ]].image" -}}
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
{{- define "[[ chart ]].pullPolicy" -}}
{{ if .digest }}IfNotPresent{{ else }}Always{{ end }}
{{- end }}

{{/*
AppArmor where it is not a field yet. Takes a list: the root context and the names of the containers.
*/}}
{{- define "[[ chart ]].podAnnotations" -}}
{{- if semverCompare "<1.30-0" (index . 0).Capabilities.KubeVersion.Version }}
{{- range index . 1 }}
container.apparmor.security.beta.kubernetes.io/{{ . }}: runtime/default
{{- end }}
{{- end }}
{{- end }}

{{/*
What every pod runs under. Takes a list: the root context and the user, who is the group too.
*/}}
{{- define "[[ chart ]].podSecurityContext" -}}
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
{{- define "[[ chart ]].containerSecurityContext" -}}
runAsNonRoot: true
privileged: false
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}
