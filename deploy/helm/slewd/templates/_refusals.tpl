{{/* Values that a schema cannot check. Each "slewd.wrong.*" writes its sentences, one a line: what is
     wrong, then what to write instead. */}}

{{- define "slewd.refuse" -}}
{{- $faults := list -}}
{{- range $part := list "form" "chart" "monitoring" "web" "pod" "containers" "volumes" "rules" "secrets" "modes" "fleet" "kubernetes" "config" "hosts" -}}
{{- $said := include (printf "slewd.wrong.%s" $part) $ | trim -}}
{{- if $said -}}
{{- $faults = concat $faults (regexSplit "\\s*\\n\\s*" $said -1) -}}
{{- end -}}
{{- end -}}
{{- if $faults -}}
{{- fail (printf "\n- %s" (join "\n- " (uniq $faults))) -}}
{{- end -}}
{{- end -}}

{{/* A duration ("1m30s") as a number of milliseconds, a frequency ("500ppm") as one of ppm. */}}
{{- define "slewd.amount" -}}
{{- $sum := 0.0 -}}
{{- $of := dict "ns" 0.000001 "us" 0.001 "ms" 1.0 "s" 1000.0 "m" 60000.0 "h" 3600000.0 "d" 86400000.0 "ppb" 0.001 "ppm" 1.0 "%" 10000.0 -}}
{{- range regexFindAll "[0-9.]+(ns|us|ms|s|m|h|d|ppb|ppm|%)" (toString .) -1 -}}
{{- $unit := regexFind "[a-z%]+$" . -}}
{{- $sum = addf $sum (mulf (trimSuffix $unit . | float64) (get $of $unit)) -}}
{{- end -}}
{{- printf "%.6f" (ternary (mulf -1.0 $sum) $sum (hasPrefix "-" (toString .))) -}}
{{- end -}}

{{/* A quantity of memory ("24Mi") as a number of bytes. */}}
{{- define "slewd.bytes" -}}
{{- $of := dict "" 1.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- $unit := regexFind "[A-Za-z]*$" (toString .) -}}
{{- printf "%.0f" (mulf (trimSuffix $unit (toString .) | float64) (default 1.0 (get $of $unit))) -}}
{{- end -}}

{{- define "slewd.wrong.form" -}}
{{- with .Values.image -}}
{{- if regexMatch "[:@][^/]*$" .repository }}
image.repository {{ quote .repository }} has a tag or a digest: write these to image.tag or image.digest
{{- end -}}
{{- if not (regexMatch "^[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+((\\.|_{1,2}|-+)[a-z0-9]+)*)*([:@][^/]*)?$" .repository) }}
image.repository {{ quote .repository }} is not a repository: write host and path without scheme, in lower-case letters, as registry.example.net/slewd
{{- else if not (regexMatch "^([^/]+/|[a-z0-9._-]+([:@]|$))" .repository) }}
image.repository {{ quote .repository }} is not a repository: write it in lower-case letters, as slewd
{{- end -}}
{{- if not (regexMatch "^(sha256:[0-9a-f]{64})?$" .digest) }}
image.digest {{ quote .digest }} is not a digest: write "sha256:" and 64 hexadecimal digits, as the registry shows it
{{- end -}}
{{- if not (regexMatch "^[A-Za-z0-9_.-]{0,128}$" .tag) }}
image.tag {{ quote .tag }} is not a tag: write letters, digits, "_", "." and "-" only; the registry belongs to image.repository, a digest to image.digest
{{- end -}}
{{- end -}}
{{- if contains "://" .Values.global.imageRegistry }}
global.imageRegistry {{ quote .Values.global.imageRegistry }} has a scheme: write only the host, as registry.example.net
{{- end -}}
{{- with .Values.state.hostPath -}}
{{- if not (and (hasPrefix "/" .) (not (regexMatch "^/((boot|dev|proc|sys)(/.*)?|(bin|etc|home|lib[0-9a-z]*|media|mnt|opt|root|run|sbin|srv|tmp|usr|var)?|usr/[^/]+|var/(cache|lib|local|lock|log|mail|opt|run|spool|tmp)|var/lib/(kubelet|containerd|containers|docker|etcd|rancher)(/.*)?|var/log/.*)$" (clean .)))) }}
state.hostPath {{ quote . }} is not a folder for one program only: write an absolute path of its own, as /var/lib/slewd
{{- end -}}
{{- end -}}
{{- $base := .Values.prometheusRule.runbookBaseUrl -}}
{{- if not (regexMatch "^(https?://[^/]+.*)?$" $base) }}
prometheusRule.runbookBaseUrl {{ quote $base }} is not an address: write one with http:// or https://, without docs/runbooks
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.chart" -}}
{{- range $key, $cure := dict
      "mode" "use the value mode"
      "listen" "use web.address and web.port"
      "control_socket" "it lies in a volume of the chart, and slewctl looks there"
      "state_directory" "use state.hostPath" -}}
{{- if hasKey $.Values.config $key }}
config.{{ $key }} is the chart's own: {{ $cure }}
{{- end -}}
{{- end -}}
{{- range $name, $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "service.labels" .Values.service.labels "serviceMonitor.labels" .Values.serviceMonitor.labels "podMonitor.labels" .Values.podMonitor.labels "prometheusRule.labels" .Values.prometheusRule.labels "dashboards.labels" .Values.dashboards.labels -}}
{{- range list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- if hasKey $labels . }}
{{ $name }} sets {{ . }}, by which the chart's objects find each other: leave it out, or use nameOverride
{{- end -}}
{{- end -}}
{{- end -}}
{{- if hasKey .Values.podAnnotations "checksum/config" }}
podAnnotations sets checksum/config, by which a new configuration makes new pods: leave it out
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.monitoring" -}}
{{- with .Values -}}
{{- if and .serviceMonitor.enabled .podMonitor.enabled }}
serviceMonitor and podMonitor are both enabled, and every pod would be scraped twice: disable one
{{- end -}}
{{- if and .serviceMonitor.enabled (not .service.enabled) }}
serviceMonitor needs a Service: set service.enabled=true, or use podMonitor
{{- end -}}
{{- end -}}
{{- range $name := list "serviceMonitor" "podMonitor" -}}
{{- $monitor := get $.Values $name -}}
{{- $interval := include "slewd.amount" $monitor.interval | float64 -}}
{{- $timeout := include "slewd.amount" $monitor.scrapeTimeout | float64 -}}
{{- if or (eq $interval 0.0) (gt $timeout $interval) }}
{{ $name }}.scrapeTimeout {{ $monitor.scrapeTimeout }} is longer than its interval {{ $monitor.interval }}, which Prometheus refuses: lower scrapeTimeout or raise interval
{{- end -}}
{{- if and $monitor.tlsConfig (eq $monitor.scheme "http") }}
{{ $name }}.tlsConfig counts with TLS only: set {{ $name }}.scheme=https, or leave tlsConfig out
{{- end -}}
{{- end -}}
{{- $alerts := list -}}
{{- range (.Files.Get "files/slewd.rules.yaml" | fromYaml).groups -}}
{{- range .rules -}}
{{- with .alert -}}{{- $alerts = append $alerts . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.prometheusRule.disabled -}}
{{- if not (has . $alerts) }}
prometheusRule.disabled names {{ . }}, which is not an alert of this chart: write one of {{ join ", " $alerts }}
{{- end -}}
{{- end -}}
{{- range list "severity" "alertname" -}}
{{- if hasKey $.Values.prometheusRule.extraLabels . }}
prometheusRule.extraLabels.{{ . }} would be the same for all alerts: leave it out, and route by alertname in Alertmanager
{{- end -}}
{{- end -}}
{{- end -}}
