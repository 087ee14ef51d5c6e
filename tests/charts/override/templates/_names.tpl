{{- define "common.name" -}}parent{{- end -}}
{{- define "twice" -}}first{{- end -}}
