{{- define "common.configmap" -}}
{{- $top := first . -}}
{{- $own := fromYaml (include (index . 1) $top) -}}
{{- toYaml (merge $own (fromYaml (include "common.base" $top))) -}}
{{- end -}}
{{- define "common.base" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Values.common.prefix }}-{{ .Release.Name }}
  labels: {app: {{ .Chart.Name }}}
{{- end -}}
