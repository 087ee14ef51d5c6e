{{/*
The name of everything that this release has in a namespace, with what the thing is for behind it.
Takes a list: the root context and the purpose. CronJobs allow 52 characters.
*/}}
{{- define "[[ chart ]].name" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" ($root.Release.Name | trunc 40 | trimSuffix "-") (index . 1) | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/*
Labels of every object.
*/}}
{{- define "[[ chart ]].labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: [[ chart ]]
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: chartsec
{{- end }}
