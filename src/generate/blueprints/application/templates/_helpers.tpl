{{/*
The name of everything that the release makes.
*/}}
{{- define "[[ chart ]].fullname" -}}
{{- if contains "[[ chart ]]" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-[[ chart ]]" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/*
Labels that find the pods of one component. Takes a list: the root context and the component.
*/}}
{{- define "[[ chart ]].selectorLabels" -}}
app.kubernetes.io/name: [[ chart ]]
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/*
Labels of every object. Takes a list: the root context and the component.
*/}}
{{- define "[[ chart ]].labels" -}}
{{- $root := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{ include "[[ chart ]].selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end }}

{{- define "[[ chart ]].serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "[[ chart ]].fullname" .) -}}
{{- end }}

{{- define "[[ chart ]].secretName" -}}
{{- .Values.secret.name | default (include "[[ chart ]].fullname" .) -}}
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
{{ .pullPolicy | default (ternary "IfNotPresent" "Always" (not (empty .digest))) }}
{{- end }}

{{- define "[[ chart ]].podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ int64 .Values.user }}
runAsGroup: {{ int64 .Values.user }}
fsGroup: {{ int64 .Values.user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}
appArmorProfile:
  type: RuntimeDefault
{{- end }}
{{- end }}

{{/*
AppArmor where it is not a field yet. Takes a list: the root context and the name of the container.
*/}}
{{- define "[[ chart ]].podAnnotations" -}}
{{- if semverCompare "<1.30-0" (index . 0).Capabilities.KubeVersion.Version }}
container.apparmor.security.beta.kubernetes.io/{{ index . 1 }}: runtime/default
{{- end }}
{{- end }}

{{/*
What a container runs under. Takes whether it binds a port below 1024.
*/}}
{{- define "[[ chart ]].containerSecurityContext" -}}
runAsNonRoot: true
privileged: false
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
  {{- if . }}
  add:
    - NET_BIND_SERVICE
  {{- end }}
{{- end }}

{{- define "[[ chart ]].dnsEgress" -}}
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
