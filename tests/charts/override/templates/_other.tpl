{{- define "twice" -}}second{{- end -}}
