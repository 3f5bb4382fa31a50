{{/* What slewd would refuse in its configuration: see _refusals.tpl. */}}

{{- define "slewd.wrong.config" -}}
{{- $config := .Values.config -}}
{{- if and (ne .Values.mode "observe") (or (hasKey $config "servers") (hasKey $config "pools")) (not (or $config.servers $config.pools)) }}
config.servers and config.pools name no server, but mode {{ .Values.mode }} needs one: name one, or leave both out for pool.ntp.org
{{- end -}}
{{- range $path, $range := .Files.Get "files/config-bounds.json" | fromJson -}}
{{- $keys := splitList "." $path -}}
{{- $part := get $config (first $keys) -}}
{{- $parts := ternary $part (list $part) (kindIs "slice" $part) -}}
{{- range $parts -}}
{{- $value := . -}}
{{- if kindIs "map" . -}}{{- $value = get . (last $keys) -}}{{- end -}}
{{- if $value -}}
{{- $amount := include "slewd.amount" $value | float64 -}}
{{- if or (lt $amount (include "slewd.amount" (first $range) | float64)) (gt $amount (include "slewd.amount" (last $range) | float64)) }}
config.{{ $path }} {{ $value }} is out of its range: write {{ first $range }} to {{ last $range }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $config.poll -}}
{{- $min := default "64s" .min -}}
{{- $max := default "1024s" .max -}}
{{- if gt (include "slewd.amount" $min | float64) (include "slewd.amount" $max | float64) }}
{{- if and .min .max }}
config.poll.min {{ $min }} is longer than config.poll.max {{ $max }}: exchange them
{{- else if .max }}
config.poll.max {{ $max }} is shorter than the default of config.poll.min, {{ $min }}: set config.poll.min to {{ $max }} or less as well
{{- else }}
config.poll.min {{ $min }} is longer than the default of config.poll.max, {{ $max }}: set config.poll.max to {{ $min }} or more as well
{{- end -}}
{{- end -}}
{{- end -}}
{{- $user := toString (default (dig "runAsUser" "" .Values.podSecurityContext) (toString (dig "runAsUser" "" .Values.containerSecurityContext))) -}}
{{- if and (hasKey $config "user") (ne $user "0") }}
config.user is only for a slewd that is started by root; the pod's user is podSecurityContext.runAsUser: leave it out
{{- end -}}
{{- with $config.trace_file -}}
{{- $inState := hasPrefix "/var/lib/slewd/" (clean .) -}}
{{- if not (hasPrefix "/" .) }}
config.trace_file {{ . }} is relative: write an absolute path, as /var/lib/slewd/trace
{{- else if and (dig "readOnlyRootFilesystem" false $.Values.containerSecurityContext) (not $inState) (not (include "slewd.isMounted" (dict "root" $ "path" . "writable" true))) }}
config.trace_file {{ . }} is on a read-only file system: write a path below /var/lib/slewd, which is a volume, or mount a volume there
{{- end -}}
{{- end -}}
{{- with $config.phase -}}
{{- if and (or (hasKey . "special_poll_interval") (hasKey . "legacy_timer_driven")) (ne (default "native" .profile) "w32time") }}
config.phase.special_poll_interval and legacy_timer_driven apply to the profile w32time only: set config.phase.profile=w32time, or leave them out
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.hosts" -}}
{{- $config := .Values.config -}}
{{- $seen := dict -}}
{{- $names := dict -}}
{{- $most := 0 -}}
{{- range concat (default list $config.servers) (default list $config.pools) -}}
{{- $port := int (default 123 .port) -}}
{{- $place := printf "%s port %d" .host $port -}}
{{- if hasKey $seen $place }}
config: {{ $place }} appears twice, and would count as two independent sources: leave one out
{{- else -}}
{{- $name := default (ternary .host (printf "%s:%d" .host $port) (eq $port 123)) .name -}}
{{- if hasKey $names $name }}
config: two servers or pools have the name {{ $name }}: give one of them another "name"
{{- end -}}
{{- $_ := set $names $name true -}}
{{- end -}}
{{- $_ := set $seen $place true -}}
{{- with include "slewd.hostFault" .host }}
config: the host {{ . }}
{{- end -}}
{{- end -}}
{{- $most = len (default list $config.servers) -}}
{{- range $config.pools -}}{{- $most = add $most (default 4 .members) -}}{{- end -}}
{{- if gt (len (concat (default list $config.servers) (default list $config.pools))) 32 }}
config.servers and config.pools have more than 32 members: leave some out
{{- end -}}
{{- if and (or $config.servers $config.pools) (gt (int (dig "selection" "min_sources" 0 $config)) (int $most)) }}
config.selection.min_sources {{ $config.selection.min_sources }} cannot be reached, since servers and pools give at most {{ $most }}: lower it, or name more
{{- end -}}
{{- end -}}

{{/* Of a host that slewd refuses: what is wrong, and what to write. */}}
{{- define "slewd.hostFault" -}}
{{- $address := regexReplaceAll "%.+$" . "" -}}
{{- if regexMatch "://|[/\\[\\]\\s]|^[^:]*:[0-9]*$" . -}}
{{ quote . }} has a scheme, a path, brackets, a blank or a port: write the name or address alone, and the port as "port"
{{- else if contains ":" . -}}
{{- if not (include "slewd.isIPv6" $address) -}}
{{ quote . }} is not an IPv6 address: write one, as 2001:db8::1, or a name
{{- else if regexMatch "^[0:]+$|^[fF]{2}[0-9a-fA-F]{2}:" . -}}
{{ quote . }} is not an address of one server: write that of one
{{- else if and (regexMatch "^[fF][eE][89abAB]" .) (not (contains "%" .)) -}}
{{ quote . }} is a link-local address without its interface: write {{ . }}%eth0 with the interface's name
{{- end -}}
{{- else if regexMatch "^[0-9.]+$" . -}}
{{- if not (include "slewd.isIPv4" .) -}}
{{ quote . }} is not an IPv4 address: write four numbers from 0 to 255 without leading zeros
{{- else if regexMatch "^(0|127\\.127|22[4-9]|23[0-9]|24[0-9]|25[0-5])\\." . -}}
{{ quote . }} is not an address of one server: write that of one
{{- end -}}
{{- else if not (regexMatch "^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\\.?$" .) -}}
{{ quote . }} is not a valid name: write letters, digits, "-" and "_", with a dot between its parts
{{- end -}}
{{- end -}}

{{/* "true" for an address as inet_pton(3) takes it, else nothing. */}}
{{- define "slewd.isIPv4" -}}
{{- $octet := "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])" -}}
{{- if regexMatch (printf "^%s(\\.%s){3}$" $octet $octet) . -}}true{{- end -}}
{{- end -}}

{{- define "slewd.isIPv6" -}}
{{- $tail := regexFind "[0-9.]+$" . -}}
{{- $text := . -}}
{{- if and (contains "." $tail) (include "slewd.isIPv4" $tail) -}}{{- $text = printf "%s0:0" (trimSuffix $tail .) -}}{{- end -}}
{{- $groups := len (regexFindAll "[0-9a-fA-F]+" $text -1) -}}
{{- $some := "([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?" -}}
{{- if or (and (eq $groups 8) (regexMatch "^[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}$" $text)) (and (lt $groups 8) (regexMatch (printf "^%s::%s$" $some $some) $text)) -}}true{{- end -}}
{{- end -}}
