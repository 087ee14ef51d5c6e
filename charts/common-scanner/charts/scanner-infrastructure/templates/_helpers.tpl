{{/*
The name of everything that this release has in a namespace, with what the thing is for behind it.
Takes a list: the root context and the purpose. CronJobs allow 52 characters.
*/}}
{{- define "scanner-infrastructure.name" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" ($root.Release.Name | trunc 40 | trimSuffix "-") (index . 1) | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/*
Labels of every object.
*/}}
{{- define "scanner-infrastructure.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: scanner-infrastructure
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: chartsec
{{- end }}

{{/*
Refuses values that a schema cannot refuse.
*/}}
{{- define "scanner-infrastructure.validate" -}}
{{- $names := dict }}
{{- range $index, $tenant := .Values.tenants }}
{{- $key := printf "scanner-infrastructure: tenants[%d]" $index }}
{{- if hasKey $names $tenant.name }}
{{- fail (printf "%s.name: a tenant `%s` is there already; give each its own name" $key $tenant.name) }}
{{- end }}
{{- $_ := set $names $tenant.name true }}
{{- if not (hasKey $.Values.quotas ($tenant.quota | default "small")) }}
{{- fail (printf "%s.quota: `%s` is none of quotas (%s)" $key ($tenant.quota | default "small") (keys $.Values.quotas | sortAlpha | join ", ")) }}
{{- end }}
{{- if and $.Values.namespaces.create (eq $tenant.name $.Release.Namespace) }}
{{- fail (printf "%s.name: `%s` is the namespace of the release, which is there already; set namespaces.create to false or install the release elsewhere" $key $tenant.name) }}
{{- end }}
{{- end }}
{{- end }}
