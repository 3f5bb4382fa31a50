{{/* Values of the pod that a schema cannot check: see _refusals.tpl. */}}

{{- define "slewd.wrong.web" -}}
{{- $address := .Values.web.address -}}
{{- if not (or (include "slewd.isIPv4" $address) (include "slewd.isIPv6" $address)) }}
web.address {{ quote $address }} is not a numeric address: write 0.0.0.0 or "::" for all addresses of the pod
{{- else if include "slewd.loopback" . -}}
{{- if eq .Values.probes.type "http" }}
web.address {{ $address }} is loopback, which the kubelet's probes cannot reach: set probes.type=exec, or web.address=0.0.0.0
{{- end -}}
{{- if and (eq .Values.web.scrapePort "http") (or .Values.serviceMonitor.enabled .Values.podMonitor.enabled) }}
web.address {{ $address }} is loopback, which Prometheus cannot reach: set web.address=0.0.0.0, or web.scrapePort to a port of extraContainers, or disable the monitor
{{- end -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (eq (len .Values.networkPolicy.apiPorts) 0) (include "slewd.usesApi" .) }}
networkPolicy.apiPorts is empty, and fleet or kubernetes needs the API: write its ports, as [443, 6443]
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.pod" -}}
{{- with .Values -}}
{{- range list "privileged" "allowPrivilegeEscalation" -}}
{{- if hasKey $.Values.containerSecurityContext . }}
containerSecurityContext.{{ . }} follows from mode: leave it out, and set mode=auto or mode=takeover for the right to set the clock
{{- end -}}
{{- end -}}
{{- $add := dig "capabilities" "add" list .containerSecurityContext -}}
{{- if has "SYS_TIME" $add }}
containerSecurityContext.capabilities.add has SYS_TIME, which follows from mode: leave it out, and set mode=auto or mode=takeover
{{- end -}}
{{- range without $add "SYS_TIME" "PERFMON" "SYS_ADMIN" "SETUID" "SETGID" "SETPCAP" }}
containerSecurityContext.capabilities.add has {{ . }}, which slewd does not use: write PERFMON (before Linux 5.8 SYS_ADMIN), SETUID, SETGID or SETPCAP, or leave it out
{{- end -}}
{{- if dig "capabilities" "drop" list .containerSecurityContext }}
containerSecurityContext.capabilities.drop is the chart's own, and is ALL: leave it out
{{- end -}}
{{- $user := toString (default (dig "runAsUser" "" .podSecurityContext) (toString (dig "runAsUser" "" .containerSecurityContext))) -}}
{{- $nonRoot := dig "runAsNonRoot" (dig "runAsNonRoot" false .podSecurityContext) .containerSecurityContext -}}
{{- if and (eq $user "0") $nonRoot }}
runAsUser 0 is root, and runAsNonRoot forbids it, so that no pod would start: set podSecurityContext.runAsNonRoot=false, or another runAsUser
{{- end -}}
{{- if and (eq $user "0") (ne (dig "user" "slewd" .config) "root") (not (and (has "SETUID" $add) (has "SETGID" $add))) }}
runAsUser 0: slewd started by root becomes the user slewd, which needs SETUID and SETGID: add these to containerSecurityContext.capabilities.add, or set config.user=root
{{- end -}}
{{- range $add -}}
{{- if and (ne $user "0") (has . (list "PERFMON" "SYS_ADMIN" "SETUID" "SETGID" "SETPCAP")) }}
containerSecurityContext.capabilities.add has {{ . }}, which Kubernetes gives to root only: set podSecurityContext.runAsUser=0 and runAsNonRoot=false
{{- end -}}
{{- end -}}
{{- if and (or (has "PERFMON" $add) (has "SYS_ADMIN" $add)) (not .hostPID) }}
containerSecurityContext.capabilities.add is used to identify the program that set the clock in the node's process table: set hostPID=true
{{- end -}}
{{- if not .hostUsers -}}
{{- if ne .mode "observe" }}
hostUsers=false is a user namespace, in which the kernel lets no program set the clock: set hostUsers=true, or mode=observe
{{- end -}}
{{- range $name, $on := dict "hostNetwork" .hostNetwork "hostPID" .hostPID "containerSecurityContext.capabilities.add" $add -}}
{{- if $on }}
hostUsers=false does not go with {{ $name }}, which is of the node: set hostUsers=true, or leave {{ $name }} out
{{- end -}}
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
updateStrategy.rollingUpdate has maxUnavailable {{ $unavailable }} and maxSurge {{ $surge }}, but Kubernetes needs one of them above 0: set maxUnavailable=10% and maxSurge=0
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
{{- if regexMatch "^(--(config|mode)(=|$)|-c)" . }}
extraArgs has {{ . }}, which is the chart's own: use the values config and mode
{{- else if eq . "--single-thread" }}
extraArgs has --single-thread, which serves no probes: leave it out
{{- else if not (has . (list "--foreground" "--no-seccomp")) }}
extraArgs has {{ quote . }}, which would not run the daemon: write --foreground or --no-seccomp, or leave it out
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.volumeNames" -}}
{{- $names := list -}}
{{- range .Values.extraVolumes -}}{{- $names = append $names .name -}}{{- end -}}
{{- join "\n" $names -}}
{{- end -}}

{{/* (dict "root" ROOT "path" PATH "writable" BOOL "secret" BOOL): "true" where a volume of extraVolumeMounts
     holds PATH; with `secret`, one that can hold a secret. */}}
{{- define "slewd.isMounted" -}}
{{- $found := false -}}
{{- $path := include "slewd.realPath" .path -}}
{{- $unfit := list -}}
{{- if .secret -}}
{{- range .root.Values.extraVolumes -}}
{{- $filled := or $.root.Values.initContainers $.root.Values.extraContainers -}}
{{- if or .configMap .downwardAPI (and (hasKey . "emptyDir") (not $filled)) -}}{{- $unfit = append $unfit .name -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- range .root.Values.extraVolumeMounts -}}
{{- $place := include "slewd.realPath" .mountPath -}}
{{- $inside := or (eq $path $place) (hasPrefix (printf "%s/" (trimSuffix "/" $place)) $path) -}}
{{- if and $inside (not (and $.writable .readOnly)) (not (has .name $unfit)) -}}{{- $found = true -}}{{- end -}}
{{- end -}}
{{- if $found -}}true{{- end -}}
{{- end -}}

{{/* Without "..", and as images have it: /var/run is a link. */}}
{{- define "slewd.realPath" -}}
{{- regexReplaceAll "^/var/run(/|$)" (clean .) "/run$1" -}}
{{- end -}}

{{- define "slewd.wrong.containers" -}}
{{- $names := dict "slewd" "the chart's own" -}}
{{- $ports := list "http" -}}
{{- range concat .Values.initContainers .Values.extraContainers -}}
{{- range .ports -}}{{- with .name -}}{{- $ports = append $ports . -}}{{- end -}}{{- end -}}
{{- end -}}
{{- if not (has .Values.web.scrapePort $ports) }}
web.scrapePort {{ .Values.web.scrapePort }} is no port of the pod: write {{ join " or " $ports }}, or give a container of extraContainers that port
{{- end -}}
{{- if ne (len $ports) (len (uniq $ports)) }}
initContainers and extraContainers name a port twice, and http is slewd's: give each port another name
{{- end -}}
{{- range $value := list "initContainers" "extraContainers" -}}
{{- range get $.Values $value -}}
{{- $name := .name -}}
{{- if hasKey $names $name }}
{{ $value }} has the name {{ $name }}, which is {{ get $names $name }} already: give it another name
{{- end -}}
{{- $_ := set $names $name (printf "in %s" $value) -}}
{{- if not .image }}
{{ $value }}: the container {{ $name }} has no image: write its "image"
{{- end -}}
{{- range .ports -}}
{{- if eq (int .containerPort) (int $.Values.web.port) }}
{{ $value }}: the container {{ $name }} has the port {{ .containerPort }}, which is slewd's: give it another one, or change web.port
{{- end -}}
{{- end -}}
{{- range .volumeMounts -}}
{{- if not (has .name (concat (list "config" "state" "run") (splitList "\n" (include "slewd.volumeNames" $)))) }}
{{ $value }}: the container {{ $name }} names the volume {{ .name }}, which does not exist: add it to extraVolumes
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.volumes" -}}
{{- range .Values.extraVolumes -}}
{{- if has .name (list "config" "state" "run") }}
extraVolumes has the name {{ .name }}, which is a volume of the chart: give it another name
{{- end -}}
{{- end -}}
{{- range .Values.extraVolumeMounts -}}
{{- $place := clean .mountPath -}}
{{- if not (hasPrefix "/" $place) }}
extraVolumeMounts has {{ .mountPath }}: write an absolute path
{{- else if has $place (list "/" "/etc" "/lib" "/lib64" "/proc" "/run" "/sys" "/usr" "/usr/bin" "/usr/lib" "/usr/libexec" "/usr/libexec/slewd" "/var" "/var/lib" "/var/run") }}
extraVolumeMounts has {{ .mountPath }}, which would hide files of the image: write another folder, as /etc/slewd-secrets
{{- else if and (regexMatch "^(/(etc|run|var/lib)/slewd|/var/run/slewd)(/|$)" $place) (ne $place "/run/slewd/tracepoints") }}
extraVolumeMounts has {{ .mountPath }}, inside a volume of the chart: write another folder, as /etc/slewd-secrets
{{- end -}}
{{- if not (has .name (concat (list "config" "state" "run") (splitList "\n" (include "slewd.volumeNames" $)))) }}
extraVolumeMounts names the volume {{ .name }}, which does not exist: add it to extraVolumes
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.kubernetes" -}}
{{- if and (include "slewd.usesApi" .) (eq (include "slewd.serviceAccountName" .) "default") }}
fleet and kubernetes need a service account of their own, since every pod in the namespace would get the rights of "default": set serviceAccount.create=true or serviceAccount.name
{{- end -}}
{{- range $file, $content := .Values.rules -}}
{{- range $content.rules -}}
{{- range concat (default list .do) (default list .on_clear) (default list .after_step) -}}
{{- $link := . -}}
{{- range $action, $switch := dict "node_condition" "condition" "node_event" "events" "node_taint" "taint" -}}
{{- if and (hasKey $link $action) (not (get $.Values.kubernetes $switch)) }}
rules.{{ $file }} has a {{ $action }}, but the pod has no right to do it: set kubernetes.{{ $switch }}=true
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
admissionPolicy limits the pod's token, but no pod has one: enable fleet or kubernetes, or set admissionPolicy.enabled=false
{{- end -}}
{{- end -}}
{{- end -}}
