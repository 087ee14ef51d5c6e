{{- define "shop.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "shop.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "shop.labels" -}}
{{ include "shop.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "shop.image" -}}
{{ printf "%s:%s@%s" .repository (toString .tag) .digest | quote }}
{{- end -}}

{{- /* Fills the cache before the front starts. Its container states no securityContext. */ -}}
{{- define "shop.warmup" -}}
- name: warmup
  image: {{ include "shop.image" .Values.image }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: ["warmup", "--cache=/cache"]
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  volumeMounts:
    - name: cache
      mountPath: /cache
{{- end -}}
