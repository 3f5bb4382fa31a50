{{/* Values that no schema can judge. Each "slewd.wrong.*" writes its sentences, one a line: what is
     wrong, then what to write instead. */}}

{{- define "slewd.refuse" -}}
{{- $faults := list -}}
{{- range $part := list "form" "chart" "monitoring" "web" "pod" "rules" "fleet" "kubernetes" "config" -}}
{{- $said := include (printf "slewd.wrong.%s" $part) $ | trim -}}
{{- if $said -}}
{{- $faults = concat $faults (regexSplit "\\s*\\n\\s*" $said -1) -}}
{{- end -}}
{{- end -}}
{{- if $faults -}}
{{- fail (printf "\n- %s" (join "\n- " (uniq $faults))) -}}
{{- end -}}
{{- end -}}

{{/* A duration ("1m30s") as a number of milliseconds. */}}
{{- define "slewd.milliseconds" -}}
{{- $sum := 0.0 -}}
{{- $of := dict "ns" 0.000001 "us" 0.001 "ms" 1.0 "s" 1000.0 "m" 60000.0 "h" 3600000.0 "d" 86400000.0 -}}
{{- range regexFindAll "[0-9.]+(ns|us|ms|s|m|h|d)" (toString .) -1 -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- $sum = addf $sum (mulf (trimSuffix $unit . | float64) (get $of $unit)) -}}
{{- end -}}
{{- printf "%.6f" $sum -}}
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
{{- if not (regexMatch "^(sha256:[0-9a-f]{64})?$" .digest) }}
image.digest {{ quote .digest }} is no digest: write "sha256:" and 64 hexadecimal digits, as the registry shows it
{{- end -}}
{{- if not (regexMatch "^[A-Za-z0-9_.-]{0,128}$" .tag) }}
image.tag {{ quote .tag }} is no tag: write letters, digits, "_", "." and "-" only; the registry belongs to image.repository, a digest to image.digest
{{- end -}}
{{- end -}}
{{- if hasPrefix "http" .Values.global.imageRegistry }}
global.imageRegistry {{ quote .Values.global.imageRegistry }} has a scheme: write the host alone, as registry.example.net
{{- end -}}
{{- with .Values.state.hostPath -}}
{{- if or (not (hasPrefix "/" .)) (has (clean .) (list "/" "/etc" "/usr" "/var" "/var/lib" "/proc" "/sys" "/dev")) }}
state.hostPath {{ quote . }} is no folder for one program: write an absolute path of its own, as /var/lib/slewd
{{- end -}}
{{- end -}}
{{- $base := .Values.prometheusRule.runbookBaseUrl -}}
{{- if not (regexMatch "^(https?://[^/]+.*)?$" $base) }}
prometheusRule.runbookBaseUrl {{ quote $base }} is no address: write one with http:// or https://, without docs/runbooks
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
{{- range $name, $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels -}}
{{- range list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- if hasKey $labels . }}
{{ $name }} sets {{ . }}, by which the DaemonSet finds its pods: leave it out, or use nameOverride
{{- end -}}
{{- end -}}
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
{{- $interval := include "slewd.milliseconds" $monitor.interval | float64 -}}
{{- $timeout := include "slewd.milliseconds" $monitor.scrapeTimeout | float64 -}}
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
prometheusRule.disabled names {{ . }}, which is no alert of this chart: write one of {{ join ", " $alerts }}
{{- end -}}
{{- end -}}
{{- range list "severity" "alertname" -}}
{{- if hasKey $.Values.prometheusRule.extraLabels . }}
prometheusRule.extraLabels.{{ . }} would be the same for all alerts: leave it out, and route by alertname in Alertmanager
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.web" -}}
{{- $address := .Values.web.address -}}
{{- $octet := "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])" -}}
{{- $v4 := regexMatch (printf "^%s(\\.%s){3}$" $octet $octet) $address -}}
{{- $v6 := and (regexMatch "^([0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}$" $address) (not (contains ":::" $address)) (le (len (regexFindAll "::" $address -1)) 1) -}}
{{- if not (or $v4 $v6) }}
web.address {{ quote $address }} is no numeric address: write 0.0.0.0 or "::" for all addresses of the pod
{{- else if include "slewd.loopback" . -}}
{{- if eq .Values.probes.type "http" }}
web.address {{ $address }} is loopback, where the kubelet's probes do not come: set probes.type=exec, or web.address=0.0.0.0
{{- end -}}
{{- if or .Values.serviceMonitor.enabled .Values.podMonitor.enabled }}
web.address {{ $address }} is loopback, where Prometheus does not come: set web.address=0.0.0.0, or disable the monitor
{{- end -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (eq (len .Values.networkPolicy.apiPorts) 0) (include "slewd.usesApi" .) }}
networkPolicy.apiPorts is empty, and fleet or kubernetes needs the API: write its ports, as [443, 6443]
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.pod" -}}
{{- with .Values -}}
{{- range list "privileged" "capabilities" "allowPrivilegeEscalation" -}}
{{- if hasKey $.Values.containerSecurityContext . }}
containerSecurityContext.{{ . }} follows from mode: leave it out, and set mode=auto or mode=takeover for the right to set the clock
{{- end -}}
{{- end -}}
{{- if and (eq .dnsPolicy "None") (not (dig "nameservers" list .dnsConfig)) }}
dnsPolicy None needs servers: set dnsConfig.nameservers, or dnsPolicy=ClusterFirst
{{- end -}}
{{- if and .hostNetwork (eq .dnsPolicy "ClusterFirst") }}
hostNetwork with dnsPolicy ClusterFirst uses the node's resolver, not the cluster's: set dnsPolicy=ClusterFirstWithHostNet for the cluster's, or Default for the node's
{{- end -}}
{{- if and (eq .updateStrategy.type "RollingUpdate") .updateStrategy.rollingUpdate -}}
{{- $surge := toString (default 0 .updateStrategy.rollingUpdate.maxSurge) -}}
{{- $unavailable := toString (default 0 .updateStrategy.rollingUpdate.maxUnavailable) -}}
{{- $surges := not (has $surge (list "0" "0%")) -}}
{{- if and $surges (or (ne .mode "observe") .state.hostPath .hostNetwork) }}
updateStrategy.rollingUpdate.maxSurge {{ $surge }} starts a second slewd on a node beside the first one, with the same clock, folder and port: set it to 0, and maxUnavailable instead
{{- end -}}
{{- if eq $surges (not (has $unavailable (list "0" "0%"))) }}
updateStrategy.rollingUpdate has maxUnavailable {{ $unavailable }} and maxSurge {{ $surge }}, and Kubernetes wants one of them above 0: set maxUnavailable=10% and maxSurge=0
{{- end -}}
{{- end -}}
{{- $request := dig "requests" "memory" "" .resources | toString -}}
{{- $limit := dig "limits" "memory" "" .resources | toString -}}
{{- if $limit -}}
{{- if lt (include "slewd.bytes" $limit | float64) 50331648.0 }}
resources.limits.memory {{ $limit }} is less than slewd can use (19 MB, and 28 MB for many connections): write 48Mi or more
{{- end -}}
{{- if and $request (gt (include "slewd.bytes" $request | float64) (include "slewd.bytes" $limit | float64)) }}
resources.requests.memory {{ $request }} is more than its limit {{ $limit }}: lower the request or raise the limit
{{- end -}}
{{- end -}}
{{- range .extraEnv -}}
{{- if and (include "slewd.usesApi" $) (has .name (list "NODE_NAME" "POD_NAME" "POD_UID")) }}
extraEnv sets {{ .name }}, which the chart sets already for fleet and kubernetes: leave it out
{{- end -}}
{{- end -}}
{{- range .extraArgs -}}
{{- if regexMatch "^--(config|mode)(=|$)" . }}
extraArgs has {{ . }}, which is the chart's own: use the values config and mode
{{- end -}}
{{- end -}}
{{- range .extraVolumes -}}
{{- if has .name (list "config" "state" "run") }}
extraVolumes has the name {{ .name }}, which is a volume of the chart: give it another name
{{- end -}}
{{- end -}}
{{- range .extraVolumeMounts -}}
{{- if regexMatch "^/(etc|run|var/lib)/slewd(/|$)" .mountPath }}
extraVolumeMounts has {{ .mountPath }}, inside a volume of the chart: write a folder of its own, as /etc/slewd-secrets
{{- end -}}
{{- if not (has .name (concat (list "config" "state" "run") (splitList "\n" (include "slewd.volumeNames" $)))) }}
extraVolumeMounts names the volume {{ .name }}, which does not exist: add it to extraVolumes
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.volumeNames" -}}
{{- $names := list -}}
{{- range .Values.extraVolumes -}}{{- $names = append $names .name -}}{{- end -}}
{{- join "\n" $names -}}
{{- end -}}

{{- define "slewd.wrong.rules" -}}
{{- $names := list -}}
{{- range $name, $_ := .Values.rules -}}
{{- if not (regexMatch "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" $name) }}
rules.{{ $name }} is no name of a file: write small letters, digits and "-", without .json
{{- end -}}
{{- $names = append $names (printf "%s.json" $name) -}}
{{- end -}}
{{- range .Values.rulesFrom -}}
{{- $secret := .secret -}}
{{- range .keys -}}
{{- if not (regexMatch "^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$" .) }}
rulesFrom: the key {{ quote . }} of Secret {{ $secret }} is no rule file, whose name ends in .json: rename the key
{{- end -}}
{{- if has . $names }}
rulesFrom: {{ . }} of Secret {{ $secret }} is there twice: rename the key, or the entry of rules
{{- end -}}
{{- $names = append $names . -}}
{{- end -}}
{{- end -}}
{{- $config := default dict .Values.config.rules -}}
{{- if and (hasKey $config "folder") (or .Values.rules .Values.rulesFrom) }}
config.rules.folder is where the chart puts rules and rulesFrom: leave it out
{{- end -}}
{{- range $config.files -}}
{{- if hasPrefix "/etc/slewd/" . }}
config.rules.files has {{ . }}: what lies in /etc/slewd/rules.d is read anyway, and would count twice: leave it out
{{- end -}}
{{- end -}}
{{- $defined := dict -}}
{{- range $file, $content := .Values.rules -}}
{{- range $content.rules -}}
{{- if hasKey $defined .name }}
rules.{{ $file }}: the rule {{ .name }} is in rules.{{ get $defined .name }} already: give one of them another name
{{- end -}}
{{- $_ := set $defined .name $file -}}
{{- if hasKey (default dict $config.modes) .name -}}
{{- if hasKey . "mode" }}
rules.{{ $file }}: the mode of rule {{ .name }} is in config.rules.modes too: leave one of them out
{{- end -}}
{{- end -}}
{{- range concat (default list .do) (default list .on_clear) (default list .after_step) -}}
{{- if and .webhook (not .webhook.url) $.Values.networkPolicy.enabled (not $.Values.networkPolicy.extraEgress) }}
rules.{{ $file }} has a webhook whose address is in a file, and networkPolicy lets nothing out to it: add its port to networkPolicy.extraEgress
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.fleet" -}}
{{- $slots := .Values.fleet.slots -}}
{{- $shipped := .Files.Get "files/shipped-locks.json" | fromJson -}}
{{- $defined := dict -}}
{{- $census := false -}}
{{- range $file, $content := .Values.rules -}}
{{- range $lock, $about := $content.fleet -}}
{{- $wanted := int (default 1 $about.slots) -}}
{{- $lease := printf "slewd-%s" $lock -}}
{{- $_ := set $defined $lock $wanted -}}
{{- if not (hasKey $slots $lease) }}
rules.{{ $file }} has the lock {{ $lock }}, for which there are no Leases: set fleet.slots.{{ $lease }}={{ $wanted }}
{{- else if ne (int (get $slots $lease)) $wanted }}
rules.{{ $file }}: the lock {{ $lock }} has {{ $wanted }} slots, and fleet.slots.{{ $lease }} is {{ get $slots $lease }}: write the same number in both
{{- end -}}
{{- if and $about.min_healthy (not $.Values.fleet.census) }}
rules.{{ $file }}: min_healthy of the lock {{ $lock }} asks for the other nodes: set fleet.census=true
{{- end -}}
{{- end -}}
{{- if and (dig "global" "storm_share" "" $content) (not $.Values.fleet.census) }}
rules.{{ $file }}: global.storm_share asks for the other nodes: set fleet.census=true
{{- end -}}
{{- end -}}
{{- range $key, $count := $slots -}}
{{- $lock := trimPrefix "slewd-" $key -}}
{{- if not (hasPrefix "slewd-" $key) }}
fleet.slots.{{ $key }} makes Leases that no lock can use, since that of the lock {{ $key }} is slewd-{{ $key }}: write fleet.slots.slewd-{{ $key }}
{{- else if or (eq $lock "node") (hasPrefix "node-" $lock) }}
fleet.slots.{{ $key }} has the names of the census' Leases: give the lock another name than {{ $lock }}
{{- else if not (regexMatch "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" $lock) }}
fleet.slots.{{ $key }} is no name of a Lease: write small letters, digits and "-"
{{- else if not (or (hasKey $defined $lock) (hasKey $shipped $lock) $.Values.rulesFrom (dig "rules" "files" "" $.Values.config)) }}
fleet.slots.{{ $key }}: no rule has the lock {{ $lock }}: define it in rules (fleet: {{ $lock }}: slots: {{ $count }}), or leave it out
{{- end -}}
{{- if and (not (hasKey $defined $lock)) (hasKey $shipped $lock) (lt (int (get $shipped $lock)) (int $count)) }}
fleet.slots.{{ $key }} is {{ $count }}, and the shipped lock {{ $lock }} has {{ get $shipped $lock }}: write that number
{{- end -}}
{{- end -}}
{{- $here := .Release.Namespace -}}
{{- if and .Values.fleet.census (not .Values.admissionPolicy.enabled) (has $here (list "default" "kube-system" "kube-public" "kube-node-lease")) }}
fleet.census lets each pod write every Lease of the namespace {{ $here }}, where others elect their leaders: install into a namespace of its own, or set admissionPolicy.enabled=true
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.kubernetes" -}}
{{- if and (include "slewd.usesApi" .) (eq (include "slewd.serviceAccountName" .) "default") }}
fleet and kubernetes need a service account of their own, since rights of "default" are rights of every pod in the namespace: set serviceAccount.create=true or serviceAccount.name
{{- end -}}
{{- range $file, $content := .Values.rules -}}
{{- range $content.rules -}}
{{- range concat (default list .do) (default list .on_clear) (default list .after_step) -}}
{{- $link := . -}}
{{- range $action, $switch := dict "node_condition" "condition" "node_event" "events" "node_taint" "taint" -}}
{{- if and (hasKey $link $action) (not (get $.Values.kubernetes $switch)) }}
rules.{{ $file }} has a {{ $action }}, for which the pod has no right: set kubernetes.{{ $switch }}=true
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if .Values.admissionPolicy.enabled -}}
{{- if semverCompare "<1.30-0" .Capabilities.KubeVersion.Version }}
admissionPolicy needs Kubernetes 1.30 or later, and this is {{ .Capabilities.KubeVersion.Version }}: set admissionPolicy.enabled=false
{{- end -}}
{{- if not (include "slewd.usesApi" .) }}
admissionPolicy limits the pod's token, and no pod has one: enable what it is for (fleet, kubernetes), or set admissionPolicy.enabled=false
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.config" -}}
{{- $config := .Values.config -}}
{{- if and (ne .Values.mode "observe") (or (hasKey $config "servers") (hasKey $config "pools")) (not (or $config.servers $config.pools)) }}
config.servers and config.pools name no server, and mode {{ .Values.mode }} keeps the clock by them: name one, or leave both out for pool.ntp.org
{{- end -}}
{{- with $config.poll -}}
{{- $min := default "64s" .min -}}
{{- $max := default "1024s" .max -}}
{{- if gt (include "slewd.milliseconds" $min | float64) (include "slewd.milliseconds" $max | float64) }}
config.poll.min {{ $min }} is longer than config.poll.max {{ $max }}: exchange them
{{- end -}}
{{- end -}}
{{- if hasKey $config "user" }}
config.user counts for a slewd that root starts, and the pod's user is podSecurityContext.runAsUser: leave it out
{{- end -}}
{{- with $config.trace_file -}}
{{- if and (dig "readOnlyRootFilesystem" false $.Values.containerSecurityContext) (not (hasPrefix "/var/lib/slewd/" .)) }}
config.trace_file {{ . }} is on a read-only file system: write a path below /var/lib/slewd, which is a volume
{{- end -}}
{{- end -}}
{{- $seen := dict -}}
{{- range concat (default list $config.servers) (default list $config.pools) -}}
{{- $place := printf "%s port %v" .host (default 123 .port) -}}
{{- if hasKey $seen $place }}
config: {{ $place }} is named twice, and would count as two witnesses: leave one out
{{- end -}}
{{- $_ := set $seen $place true -}}
{{- if regexMatch "^[a-z]+://|^\\[|:[0-9]+$" (ternary "" .host (regexMatch "^[0-9a-fA-F:.%]*:[0-9a-fA-F:.%]*:[0-9a-fA-F:.%a-z0-9]*$" .host)) }}
config: the host {{ quote .host }} has a scheme, brackets or a port: write the name or address alone, and the port as "port"
{{- end -}}
{{- end -}}
{{- with $config.phase -}}
{{- if and (or (hasKey . "special_poll_interval") (hasKey . "legacy_timer_driven")) (ne (default "native" .profile) "w32time") }}
config.phase.special_poll_interval and legacy_timer_driven count under the profile w32time only: set config.phase.profile=w32time, or leave them out
{{- end -}}
{{- end -}}
{{- with dig "rules" "modes" dict $config -}}
{{- range $rule, $mode := . -}}
{{- $lock := get ($.Files.Get "files/shipped-locks.json" | fromJson) (printf "rule/%s" $rule) -}}
{{- if and (eq $mode "act") $lock (not (hasKey $.Values.fleet.slots (printf "slewd-%s" $lock))) }}
config.rules.modes.{{ $rule }} is act, and its lock {{ $lock }} has no Leases: set fleet.slots.slewd-{{ $lock }}=1
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
