{{- define "tpl.app" -}}{{ .Chart.Name | upper }}{{- end -}}
{{- define "tpl.value" -}}
{{- if kindIs "string" .value -}}{{ tpl .value .context }}{{- else -}}{{ tpl (toYaml .value) .context }}{{- end -}}
{{- end -}}
