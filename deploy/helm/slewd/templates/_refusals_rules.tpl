{{/* Rule files, modes and locks: see _refusals.tpl. */}}

{{- define "slewd.wrong.rules" -}}
{{- $names := list -}}
{{- range $name, $_ := .Values.rules -}}
{{- if not (regexMatch "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" $name) }}
rules.{{ $name }} is not a valid file name: write lower-case letters, digits and "-", without .json
{{- end -}}
{{- $names = append $names (printf "%s.json" $name) -}}
{{- end -}}
{{- range .Values.rulesFrom -}}
{{- $secret := .secret -}}
{{- range .keys -}}
{{- if not (regexMatch "^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$" .) }}
rulesFrom: the key {{ quote . }} of Secret {{ $secret }} is not a rule file (NAME.json): rename the key
{{- end -}}
{{- if has . $names }}
rulesFrom: {{ . }} of Secret {{ $secret }} appears twice: rename the key, or the entry of rules
{{- end -}}
{{- $names = append $names . -}}
{{- end -}}
{{- end -}}
{{- $config := default dict .Values.config.rules -}}
{{- if and (hasKey $config "folder") (or .Values.rules .Values.rulesFrom) }}
config.rules.folder is where the chart puts rules and rulesFrom: leave it out
{{- end -}}
{{- range $config.files -}}
{{- if hasPrefix "/etc/slewd/" (clean .) }}
config.rules.files has {{ . }}: files in /etc/slewd/rules.d are read anyway, and this one would be read twice: leave it out
{{- else if not (include "slewd.isMounted" (dict "root" $ "path" . "writable" false)) }}
config.rules.files has {{ . }}, which is not in a volume of the pod: mount it with extraVolumes and extraVolumeMounts, or use rules or rulesFrom
{{- end -}}
{{- end -}}
{{- with $config.folder -}}
{{- if not (or (eq (clean .) "/etc/slewd/rules.d") (include "slewd.isMounted" (dict "root" $ "path" . "writable" false))) }}
config.rules.folder {{ . }} is in no volume of the pod: mount it with extraVolumes and extraVolumeMounts, or leave it out
{{- end -}}
{{- end -}}
{{- $defined := dict -}}
{{- $once := dict -}}
{{- range $file, $content := .Values.rules -}}
{{- range $kind, $what := dict "targets" "target" "windows" "window" "fleet" "lock" -}}
{{- range $name, $_ := default dict (get $content $kind) -}}
{{- $key := printf "%s %s" $what $name -}}
{{- if hasKey $once $key }}
rules.{{ $file }}: the {{ $key }} is in rules.{{ get $once $key }} already, and slewd would refuse this file: define it in one of them
{{- end -}}
{{- $_ := set $once $key $file -}}
{{- end -}}
{{- end -}}
{{- if hasKey $content "global" -}}
{{- if hasKey $once "global" }}
rules.{{ $file }}: global is in rules.{{ get $once "global" }} already, and slewd would refuse this file: write it in one of them
{{- end -}}
{{- $_ := set $once "global" $file -}}
{{- end -}}
{{- range $content.rules -}}
{{- if hasKey $defined .name }}
rules.{{ $file }}: the rule {{ .name }} is in rules.{{ get $defined .name }} already: give one of them another name
{{- end -}}
{{- $_ := set $defined .name $file -}}
{{- if and .fleet (not (hasKey (default dict $content.fleet) .fleet)) }}
rules.{{ $file }}: the rule {{ .name }} has the lock {{ .fleet }}, which this file does not define: write fleet: {{ .fleet }}: slots: 1 in it
{{- end -}}
{{- if hasKey (default dict $config.modes) .name -}}
{{- if hasKey . "mode" }}
rules.{{ $file }}: the mode of rule {{ .name }} is in config.rules.modes too: leave one of them out
{{- end -}}
{{- end -}}
{{- range concat (default list .do) (default list .on_clear) (default list .after_step) -}}
{{- if and .webhook (not .webhook.url) $.Values.networkPolicy.enabled (not $.Values.networkPolicy.extraEgress) }}
rules.{{ $file }} has a webhook whose address is in a file, and networkPolicy blocks it: add its port to networkPolicy.extraEgress
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What a rule reads lies in a volume of the pod, and its addresses have a port. Addresses may be secret:
     they are not shown. */}}
{{- define "slewd.wrong.secrets" -}}
{{- range $file, $content := .Values.rules -}}
{{- $parts := list -}}
{{- range $target, $about := $content.targets -}}
{{- range $probe, $asked := $about.probes -}}
{{- $parts = append $parts (dict "name" (printf "probe %s.%s" $target $probe) "it" $asked) -}}
{{- end -}}
{{- end -}}
{{- range $content.rules -}}
{{- $rule := .name -}}
{{- range concat (default list .do) (default list .on_clear) (default list .after_step) -}}
{{- with .webhook -}}{{- $parts = append $parts (dict "name" (printf "webhook of %s" $rule) "it" .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- range $part := $parts -}}
{{- $files := default dict $part.it.header_files | values -}}
{{- range list "password_file" "url_file" -}}
{{- with get $part.it . -}}{{- $files = append $files . -}}{{- end -}}
{{- end -}}
{{- range $path := uniq $files -}}
{{- if not (hasPrefix "/" $path) }}
rules.{{ $file }}: the {{ $part.name }} reads {{ quote $path }}: write an absolute path, as /etc/slewd-secrets/{{ base $path }}
{{- else if not (include "slewd.isMounted" (dict "root" $ "path" $path "secret" true)) }}
rules.{{ $file }}: the {{ $part.name }} reads {{ $path }}, where no Secret is mounted: add the Secret to extraVolumes (defaultMode: 0440), and its folder to extraVolumeMounts
{{- end -}}
{{- end -}}
{{- with $part.it.url -}}
{{- $port := include "slewd.portOf" . -}}
{{- if or (gt (len $port) 5) (gt (int $port) 65535) (eq (int $port) 0) }}
rules.{{ $file }}: the url of the {{ $part.name }} has the port {{ $port }}: write one from 1 to 65535
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A mode is set in one place, of a rule that exists, and `act` has the rights and Leases that it needs. */}}
{{- define "slewd.wrong.modes" -}}
{{- $shipped := dict -}}
{{- if dig "rules" "builtin" true .Values.config -}}{{- $shipped = (.Files.Get "files/shipped-rules.json" | fromJson).rules -}}{{- end -}}
{{- $own := dict -}}
{{- range .Values.rules -}}{{- range .rules -}}{{- $_ := set $own .name true -}}{{- end -}}{{- end -}}
{{- $chosen := dig "rules" "modes" dict .Values.config -}}
{{- $files := dict "config.rules" $chosen -}}
{{- range $file, $content := .Values.rules -}}{{- $_ := set $files (printf "rules.%s" $file) (default dict $content.modes) -}}{{- end -}}
{{- $places := dict -}}
{{- range $rule, $_ := include "slewd.modes" . | fromJson -}}{{- $_ := set $places $rule "set by the switches of kubernetes" -}}{{- end -}}
{{- range $file, $modes := $files -}}
{{- range $rule, $mode := $modes -}}
{{- if and (hasKey $places $rule) (ne $file "config.rules") }}
{{ $file }}.modes.{{ $rule }}: the mode of this rule is {{ get $places $rule }} too, and slewd would refuse this file: leave it out here, or write it in config.rules.modes alone
{{- end -}}
{{- $_ := set $places $rule (printf "in %s.modes" $file) -}}
{{- $about := get $shipped $rule -}}
{{- if hasKey $own $rule -}}{{- $about = dict -}}
{{- else if not (or $about $.Values.rulesFrom (dig "rules" "files" "" $.Values.config)) }}
{{ $file }}.modes.{{ $rule }}: the rule does not exist: {{ if $shipped }}write one of {{ keys $own $shipped | uniq | sortAlpha | join ", " }}{{ else }}define it in rules, or leave out config.rules.builtin{{ end }}
{{- end -}}
{{- if and (eq $mode "act") $about -}}
{{- range $about.rights -}}
{{- if not (get $.Values.kubernetes .) }}
{{ $file }}.modes.{{ $rule }} is act, but the pod has no right to do it: set kubernetes.{{ . }}=true
{{- end -}}
{{- end -}}
{{- if and $about.lock (not (hasKey $.Values.fleet.slots (printf "slewd-%s" $about.lock))) }}
{{ $file }}.modes.{{ $rule }} is act, and its lock {{ $about.lock }} has no Leases: set fleet.slots.slewd-{{ $about.lock }}=1
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "slewd.wrong.fleet" -}}
{{- $slots := .Values.fleet.slots -}}
{{- $shipped := dict -}}
{{- if dig "rules" "builtin" true .Values.config -}}{{- $shipped = (.Files.Get "files/shipped-rules.json" | fromJson).locks -}}{{- end -}}
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
rules.{{ $file }}: min_healthy of the lock {{ $lock }} needs data of the other nodes: set fleet.census=true
{{- end -}}
{{- end -}}
{{- if and (dig "global" "storm_share" "" $content) (not $.Values.fleet.census) }}
rules.{{ $file }}: global.storm_share needs data of the other nodes: set fleet.census=true
{{- end -}}
{{- end -}}
{{- range $key, $count := $slots -}}
{{- $lock := trimPrefix "slewd-" $key -}}
{{- if not (hasPrefix "slewd-" $key) }}
fleet.slots.{{ $key }} makes Leases that no lock can use, since that of the lock {{ $key }} is slewd-{{ $key }}: write fleet.slots.slewd-{{ $key }}
{{- else if or (eq $lock "node") (hasPrefix "node-" $lock) }}
fleet.slots.{{ $key }} uses the Lease names of the census: give the lock another name than {{ $lock }}
{{- else if not (regexMatch "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" $lock) }}
fleet.slots.{{ $key }} is not a valid Lease name: write lower-case letters, digits and "-"
{{- else if not (or (hasKey $defined $lock) (hasKey $shipped $lock) $.Values.rulesFrom (dig "rules" "files" "" $.Values.config)) }}
fleet.slots.{{ $key }}: no rule has the lock {{ $lock }}: define it in rules (fleet: {{ $lock }}: slots: {{ $count }}), or leave it out
{{- end -}}
{{- if and (not (hasKey $defined $lock)) (hasKey $shipped $lock) (lt (int (get $shipped $lock)) (int $count)) }}
fleet.slots.{{ $key }} is {{ $count }}, and the shipped lock {{ $lock }} has {{ get $shipped $lock }}: write that number
{{- end -}}
{{- end -}}
{{- $here := include "slewd.namespace" . -}}
{{- if and .Values.fleet.census (not .Values.admissionPolicy.enabled) (has $here (list "default" "kube-system" "kube-public" "kube-node-lease")) }}
fleet.census lets each pod write every Lease of the namespace {{ $here }}, where other components elect their leaders: install into its own namespace, or set admissionPolicy.enabled=true
{{- end -}}
{{- end -}}
