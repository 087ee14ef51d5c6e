{{- define "common.name" -}}sub{{- end -}}
