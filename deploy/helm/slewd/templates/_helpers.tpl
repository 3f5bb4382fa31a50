{{- define "slewd.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "slewd.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "slewd.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "slewd.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "slewd.selectorLabels" -}}
app.kubernetes.io/name: {{ include "slewd.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "slewd.labels" -}}
{{ include "slewd.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "slewd.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "slewd.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "slewd.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* An IPv6 address wants brackets before its port. */}}
{{- define "slewd.listen" -}}
{{- if contains ":" .Values.web.address -}}
{{- printf "[%s]:%d" .Values.web.address (int .Values.web.port) -}}
{{- else -}}
{{- printf "%s:%d" .Values.web.address (int .Values.web.port) -}}
{{- end -}}
{{- end -}}

{{/* slewd.json: what the chart decides, with .Values.config merged over it. */}}
{{- define "slewd.config" -}}
{{- $ours := dict
      "mode" .Values.mode
      "listen" (include "slewd.listen" .)
      "control_socket" "/run/slewd/slewd.sock"
      "state_directory" "/var/lib/slewd" -}}
{{- if .Values.rules -}}
{{- $files := list -}}
{{- range $name, $_ := .Values.rules -}}
{{- $files = append $files (printf "/etc/slewd/rules.d/%s.json" $name) -}}
{{- end -}}
{{- $_ := set $ours "rules" (dict "files" $files) -}}
{{- end -}}
{{- mustMergeOverwrite $ours (deepCopy .Values.config) | mustToPrettyJson -}}
{{- end -}}

{{/* The endpoint that ServiceMonitor and PodMonitor share. */}}
{{- define "slewd.endpoint" -}}
port: http
path: /metrics
interval: {{ .interval }}
scrapeTimeout: {{ .scrapeTimeout }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* "true" when something needs the Kubernetes API, else nothing. */}}
{{- define "slewd.usesApi" -}}
{{- with .Values -}}
{{- if or .fleet.slots .fleet.census .kubernetes.condition .kubernetes.events .kubernetes.taint -}}
true
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What no schema can say. */}}
{{- define "slewd.contradictions" -}}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled -}}
{{- fail "serviceMonitor and podMonitor are both enabled: every pod would be scraped twice" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (not .Values.service.enabled) -}}
{{- fail "serviceMonitor needs service.enabled=true; podMonitor does without a Service" -}}
{{- end -}}
{{- if and (include "slewd.usesApi" .) (eq (include "slewd.serviceAccountName" .) "default") -}}
{{- fail "fleet and kubernetes need a service account of their own: rights of \"default\" are rights of every pod in the namespace" -}}
{{- end -}}
{{- range $key := list "mode" "listen" "control_socket" "state_directory" -}}
{{- if hasKey $.Values.config $key -}}
{{- fail (printf "config.%s is the chart's own: use the value mode, web or state instead" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
