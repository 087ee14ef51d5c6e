<% include "parts/names.tpl" %>
<% include "parts/pod.tpl" %>
<% include "parts/api.tpl" %>

{{/*
Refuses values that a schema cannot refuse.
*/}}
{{- define "common-scanner.validate" -}}
{{- range $index, $tenant := [[ infrastructure ]].tenants }}
{{- $threshold := $tenant.threshold | default "standard" }}
{{- if not (hasKey $.Values.thresholds $threshold) }}
{{- fail (printf "scanner-infrastructure: tenants[%d].threshold: `%s` is none of the thresholds of common-scanner (%s)" $index $threshold (keys $.Values.thresholds | sortAlpha | join ", ")) }}
{{- end }}
{{- end }}
{{- end }}
