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

{{- define "slewd.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* Of objects that are not in a namespace. */}}
{{- define "slewd.clusterName" -}}
{{- printf "%s-%s" (include "slewd.namespace" .) (include "slewd.fullname" .) -}}
{{- end -}}

{{- define "slewd.testName" -}}
{{- printf "%s-test" (include "slewd.fullname" . | trunc 58 | trimSuffix "-") -}}
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
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* (list ROOT LABELS): the labels of every object with more of one kind, which go before. */}}
{{- define "slewd.labelsWith" -}}
{{- merge (dict) (index . 1) (include "slewd.labels" (index . 0) | fromYaml) | toYaml -}}
{{- end -}}

{{- define "slewd.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "slewd.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The subject of the role bindings. */}}
{{- define "slewd.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "slewd.serviceAccountName" . }}
    namespace: {{ include "slewd.namespace" . }}
{{- end -}}

{{- define "slewd.image" -}}
{{- $repository := .Values.image.repository -}}
{{- with .Values.global.imageRegistry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $repository -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* imagePullSecrets of the chart and of global, where names may stand alone. */}}
{{- define "slewd.imagePullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets -}}
{{- range .Values.global.imagePullSecrets -}}
{{- $secrets = append $secrets (ternary . (dict "name" .) (kindIs "map" .)) -}}
{{- end -}}
{{- with uniq $secrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* An IPv6 address needs brackets before its port. */}}
{{- define "slewd.listen" -}}
{{- if contains ":" .Values.web.address -}}
{{- printf "[%s]:%d" .Values.web.address (int .Values.web.port) -}}
{{- else -}}
{{- printf "%s:%d" .Values.web.address (int .Values.web.port) -}}
{{- end -}}
{{- end -}}

{{/* "true" if nothing outside the pod can reach slewd, else nothing. */}}
{{- define "slewd.loopback" -}}
{{- if regexMatch "^127\\.|^[0:]*:0{0,3}1$|^[0:]*:[fF]{4}:127\\." .Values.web.address -}}
true
{{- end -}}
{{- end -}}

{{/* The modes of the shipped rules that use the rights of .Values.kubernetes, as JSON. */}}
{{- define "slewd.modes" -}}
{{- $modes := dict -}}
{{- $builtin := dig "rules" "builtin" true .Values.config -}}
{{- with .Values.kubernetes -}}
{{- if and .rules $builtin -}}
{{- if .condition -}}{{- $_ := set $modes "k8s-node-unsafe" "act" -}}{{- end -}}
{{- if .events -}}{{- $_ := set $modes "k8s-node-step" "act" -}}{{- end -}}
{{- if .taint -}}{{- $_ := set $modes "k8s-node-taint" "act" -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $modes -}}
{{- end -}}

{{/* The modes of rules in slewd.json, as JSON: those of the chart under those of .Values.config. */}}
{{- define "slewd.modesInForce" -}}
{{- mustMergeOverwrite (include "slewd.modes" . | fromJson) (dig "rules" "modes" dict .Values.config) | toJson -}}
{{- end -}}

{{/* The shipped rules of .Values.kubernetes that act, as a JSON list. */}}
{{- define "slewd.actingModes" -}}
{{- $names := list -}}
{{- $most := "act" -}}
{{- range .Values.rules -}}{{- $most = dig "global" "mode" $most . -}}{{- end -}}
{{- $modes := include "slewd.modesInForce" . | fromJson -}}
{{- range $rule, $_ := include "slewd.modes" . | fromJson -}}
{{- if and (eq $most "act") (eq (get $modes $rule) "act") -}}{{- $names = append $names $rule -}}{{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* The values by which these pods are outside the Pod Security level "restricted", as a JSON list. */}}
{{- define "slewd.beyondRestricted" -}}
{{- $found := list -}}
{{- with .Values -}}
{{- if .hostNetwork -}}{{- $found = append $found "hostNetwork" -}}{{- end -}}
{{- if .hostPID -}}{{- $found = append $found "hostPID" -}}{{- end -}}
{{- if .state.hostPath -}}{{- $found = append $found "state.hostPath" -}}{{- end -}}
{{- range .extraVolumes -}}
{{- range $kind, $_ := omit . "name" -}}
{{- if not (has $kind (list "configMap" "csi" "downwardAPI" "emptyDir" "ephemeral" "persistentVolumeClaim" "projected" "secret")) -}}
{{- $found = append $found (printf "the %s of extraVolumes" $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if dig "capabilities" "add" list .containerSecurityContext -}}{{- $found = append $found "containerSecurityContext.capabilities" -}}{{- end -}}
{{- range concat .initContainers .extraContainers -}}
{{- $own := default dict .securityContext -}}
{{- if not (and (eq (toString $own.allowPrivilegeEscalation) "false") (has "ALL" (dig "capabilities" "drop" list $own)) (not (dig "capabilities" "add" list $own))) -}}
{{- $found = append $found (printf "the container %s" .name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $context := dict "podSecurityContext" .podSecurityContext "containerSecurityContext" .containerSecurityContext -}}
{{- if eq (toString (dig "runAsUser" "" $context)) "0" -}}{{- $found = append $found (printf "%s.runAsUser" $name) -}}{{- end -}}
{{- $profile := dig "seccompProfile" "type" "" $context -}}
{{- if eq $profile "Unconfined" -}}{{- $found = append $found (printf "%s.seccompProfile" $name) -}}{{- end -}}
{{- if or (get $context "seLinuxOptions") (get $context "procMount") (get $context "appArmorProfile") (get $context "sysctls") -}}{{- $found = append $found $name -}}{{- end -}}
{{- end -}}
{{- if not (dig "runAsNonRoot" (dig "runAsNonRoot" false .podSecurityContext) .containerSecurityContext) -}}{{- $found = append $found "podSecurityContext.runAsNonRoot" -}}{{- end -}}
{{- if not (dig "seccompProfile" (dig "seccompProfile" "" .podSecurityContext) .containerSecurityContext) -}}{{- $found = append $found "podSecurityContext.seccompProfile" -}}{{- end -}}
{{- end -}}
{{- uniq $found | toJson -}}
{{- end -}}

{{/* slewd.json: what the chart decides, with .Values.config merged over it. All rule files lie in one
     folder: a bad one there is refused alone. */}}
{{- define "slewd.config" -}}
{{- $rules := dict "folder" "/etc/slewd/rules.d" -}}
{{- with include "slewd.modes" . | fromJson -}}
{{- $_ := set $rules "modes" . -}}
{{- end -}}
{{- $ours := dict
      "mode" .Values.mode
      "listen" (include "slewd.listen" .)
      "control_socket" "/run/slewd/slewd.sock"
      "state_directory" "/var/lib/slewd"
      "rules" $rules -}}
{{- mustMergeOverwrite $ours (deepCopy .Values.config) | mustToPrettyJson -}}
{{- end -}}

{{/* Of one kind (http path): "/-/healthy" or "/-/ready"; with the numbers of the values. */}}
{{- define "slewd.probe" -}}
{{- if eq .type "exec" -}}
exec:
  command: [/usr/bin/slewctl, health{{ if eq .path "/-/ready" }}, --ready{{ end }}]
{{- else -}}
httpGet:
  path: {{ .path }}
  port: http
{{- end }}
{{ toYaml .numbers }}
{{- end -}}

{{/* The endpoint that ServiceMonitor and PodMonitor share. */}}
{{- define "slewd.endpoint" -}}
port: {{ default "http" .port }}
path: /metrics
scheme: {{ .scheme }}
interval: {{ .interval }}
scrapeTimeout: {{ .scrapeTimeout }}
{{- if .honorLabels }}
honorLabels: true
{{- end }}
{{- with .tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
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

{{/* The UDP ports of the time servers, as JSON: those of .Values.config beside networkPolicy.ntpPorts. */}}
{{- define "slewd.ntpPorts" -}}
{{- $ports := list -}}
{{- range .Values.networkPolicy.ntpPorts -}}{{- $ports = append $ports (int .) -}}{{- end -}}
{{- range concat (default list .Values.config.servers) (default list .Values.config.pools) -}}
{{- with .port -}}{{- $ports = append $ports (int .) -}}{{- end -}}
{{- end -}}
{{- uniq $ports | toJson -}}
{{- end -}}

{{/* The port of an address with http:// or https://. */}}
{{- define "slewd.portOf" -}}
{{- default (ternary "443" "80" (hasPrefix "https:" .)) (regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":") -}}
{{- end -}}

{{/* The TCP ports of the webhooks and probes in .Values.rules, as a JSON object: {"443": true}. A probe of
     the pod's own loopback needs none. */}}
{{- define "slewd.rulePorts" -}}
{{- $ports := dict -}}
{{- range .Values.rules -}}
{{- range .targets -}}
{{- range .probes -}}
{{- if .url -}}
{{- if not (regexMatch "^https?://(127\\.|localhost[:/]|\\[::1\\])" .url) -}}{{- $_ := set $ports (include "slewd.portOf" .url) true -}}{{- end -}}
{{- else if and .port .host (not (regexMatch "^(127\\.|::1$)" .host)) -}}
{{- $_ := set $ports (toString (int .port)) true -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .rules -}}
{{- range concat (default list .do) (default list .on_clear) (default list .after_step) -}}
{{- $url := dig "webhook" "url" "" . -}}
{{- if $url -}}
{{- $_ := set $ports (include "slewd.portOf" $url) true -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $ports -}}
{{- end -}}
