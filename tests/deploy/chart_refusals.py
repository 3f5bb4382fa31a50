# SPDX-License-Identifier: Apache-2.0
"""Values that the chart must refuse, and what it must say: each sentence names its cure, or lists what
may stand there. (values as YAML's JSON, words of the message)"""

RULE = {"name": "report", "when": "jump.age < 10s", "do": [{"burst": True}]}


def rule_file(rules=(RULE,), **members):
    return {"schema": "slewd.rules/1", "rules": list(rules), **members}


def doing(*links):
    return {"rules": {"own": rule_file([{**RULE, "do": list(links)}])}}


def probing(port):
    return {"rules": {"own": rule_file(targets={"web": {"unit": "web.service", "probes": {
        "page": {"type": "http", "url": f"http://10.0.0.1:{port}/"}}}})}}


def config(**members):
    return {"config": members}


def rules(**files):
    return {"rules": files}


FLEET = {"fleet": {"census": True}}
OTHER = {**RULE, "name": "other"}
VOLUME = {"extraVolumes": [{"name": "own", "emptyDir": {}}]}
MOUNT = {"extraVolumeMounts": [{"name": "own", "mountPath": "/etc/slewd-secrets"}]}
LOGIN = rules(own=rule_file(targets={"mail": {"unit": "mail.service", "probes": {"login": {
    "type": "imap_login", "host": "10.0.0.1", "user": "probe",
    "password_file": "/etc/slewd-secrets/probe"}}}}))
ROOT = {"podSecurityContext": {"runAsUser": 0, "runAsNonRoot": False}}

# The schema refuses these: it lists what is allowed, or says which type or bound holds.
BY_SCHEMA = [
    ({"mod": "observe"}, ["'mod' not allowed", "value must be one of", "'mode'"]),
    ({"mode": "step"}, ["'/mode': value must be one of 'observe', 'auto', 'takeover'"]),
    ({"image": {"tags": "1"}}, ["'tags' not allowed", "'tag'"]),
    ({"web": {"port": 123}}, ["'/web/port': minimum: got 123, want 1,024"]),
    ({"web": {"port": "10123"}}, ["'/web/port': got string, want integer"]),
    ({"fleet": {"slots": {"slewd-etcd": 0}}}, ["minimum: got 0, want 1"]),
    ({"config": {"servrs": []}}, ["'servrs' not allowed", "'servers'"]),
    ({"config": {"servers": [{"hots": "a"}]}}, ["'hots' not allowed", "'host'"]),
    ({"config": {"servers": [{"port": 123}]}}, ["missing property 'host'"]),
    ({"config": {"poll": {"min": 64}}}, ["'/config/poll/min': got number, want string"]),
    ({"config": {"poll": {"min": "64"}}}, ["'64' does not match pattern", "ms|s|m|h|d"]),
    ({"config": {"steering": {"max_slew": "500"}}}, ["'500' does not match pattern", "ppb|ppm|%"]),
    ({"config": {"step": {"at_startup": "always"}}}, ["'never', 'forward', 'boot', 'any'"]),
    ({"config": {"log": {"level": "trace"}}}, ["'debug', 'info', 'warning', 'error'"]),
    ({"rules": {"a": {"bogus": 1}}}, ["'bogus' not allowed", "'targets'"]),
    ({"rules": {"a": rule_file([{"name": "a", "do": []}])}}, ["missing property 'when'"]),
    ({"rules": {"a": {"rules": []}}}, ["missing property 'schema'"]),
    (doing({"webhok": {}}), ["'webhok' not allowed", "'webhook'"]),
    ({"tolerations": [{"opertor": "Exists"}]}, ["'opertor' not allowed", "'operator'"]),
    ({"tolerations": [{"operator": "Exist"}]}, ["value must be one of 'Exists', 'Equal'"]),
    ({"podSecurityContext": {"runAsUsr": 1}}, ["'runAsUsr' not allowed", "'runAsUser'"]),
    ({"affinity": {"nodeAffinty": {}}}, ["'nodeAffinty' not allowed", "'nodeAffinity'"]),
    ({"networkPolicy": {"from": [{"podSelectr": {}}]}}, ["'podSelectr' not allowed", "'podSelector'"]),
    ({"extraEnv": [{"nam": "A"}]}, ["missing property 'name'", "'nam' not allowed"]),
    ({"extraVolumes": [{"name": "a", "confgMap": {}}]}, ["'confgMap' not allowed", "'configMap'"]),
    ({"resources": {"limit": {}}}, ["'limit' not allowed", "'limits'"]),
    ({"serviceMonitor": {"interval": "15"}}, ["'15' does not match pattern"]),
    ({"podMonitor": {"scheme": "tls"}}, ["value must be one of 'http', 'https'"]),
    ({"probes": {"type": "tcp"}}, ["value must be one of 'http', 'exec'"]),
    ({"livenessProbe": {"successThreshold": 2}}, ["'/livenessProbe/successThreshold'", "1"]),
    ({"extraContainers": [{"name": "a", "image": "b", "comand": []}]}, ["'comand' not allowed", "'command'"]),
    ({"namespaceOverride": "Clocks"}, ["'Clocks' does not match pattern"]),
    ({"hostUsers": "false"}, ["'/hostUsers': got string, want boolean"]),
    ({"global": {"imagePullSecrets": [{"nme": "a"}]}}, ["'nme' not allowed", "'name'"]),
]

# What no schema knows: the chart's own sentences.
BY_CHART = [
    ({"image": {"repository": "registry.example.net/slewd:1"}}, "write these to image.tag"),
    ({"image": {"repository": "https://registry.example.net/slewd"}}, "without scheme"),
    ({"image": {"repository": "registry.example.net/SlewD"}}, "in lower-case letters"),
    ({"image": {"repository": "Slewd"}}, "in lower-case letters"),
    ({"image": {"digest": "sha256:12"}}, "64 hexadecimal digits"),
    ({"image": {"tag": "a/b"}}, "the registry belongs to image.repository"),
    ({"global": {"imageRegistry": "https://registry.example.net"}}, "write only the host"),
    ({"state": {"hostPath": "var/lib/slewd"}}, "write an absolute path"),
    ({"global": {"imageRegistry": "HTTPS://registry.example.net"}}, "write only the host"),
    *(({"state": {"hostPath": path}}, "an absolute path of its own")
      for path in ("/etc/", "/run", "/home", "/boot", "/var/log", "/sys/fs/bpf", "//var/lib/kubelet")),
    ({"prometheusRule": {"runbookBaseUrl": "git.example.net"}}, "write one with http:// or https://"),
    ({"config": {"mode": "takeover"}}, "use the value mode"),
    ({"config": {"listen": "0.0.0.0:1"}}, "use web.address and web.port"),
    ({"config": {"state_directory": "/tmp"}}, "use state.hostPath"),
    ({"config": {"control_socket": "/tmp/s"}}, "slewctl looks there"),
    ({"commonLabels": {"app.kubernetes.io/name": "a"}}, "use nameOverride"),
    ({"podLabels": {"app.kubernetes.io/instance": "a"}}, "leave it out"),
    ({"service": {"labels": {"app.kubernetes.io/name": "a"}}}, "use nameOverride"),
    ({"podAnnotations": {"checksum/config": "a"}}, "leave it out"),
    ({"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}, "disable one"),
    ({"serviceMonitor": {"enabled": True}, "service": {"enabled": False}}, "set service.enabled=true"),
    ({"podMonitor": {"scrapeTimeout": "1m"}}, "lower scrapeTimeout or raise interval"),
    ({"serviceMonitor": {"interval": "500ms", "scrapeTimeout": "0.5s"}}, "does not match pattern"),
    ({"serviceMonitor": {"tlsConfig": {"serverName": "a"}}}, "set serviceMonitor.scheme=https"),
    ({"prometheusRule": {"disabled": ["SlewdClockJump"]}}, "write one of Slewd"),
    ({"prometheusRule": {"extraLabels": {"severity": "page"}}}, "route by alertname"),
    ({"web": {"address": ":::::"}}, 'write 0.0.0.0 or "::"'),
    *(({"web": {"address": address}}, 'write 0.0.0.0 or "::"')
      for address in ("1.2.3.400", "01.2.3.4", "1:2:3", "1::2::3", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0")),
    ({"web": {"address": "0:0:0:0:0:0:0:1"}}, "set probes.type=exec"),
    ({"web": {"address": "127.0.0.1"}}, "set probes.type=exec"),
    ({"web": {"address": "::1"}, "probes": {"type": "exec"}, "podMonitor": {"enabled": True}},
     "or web.scrapePort to a port of extraContainers, or disable the monitor"),
    ({"networkPolicy": {"enabled": True, "apiPorts": []}, **FLEET}, "as [443, 6443]"),
    ({"containerSecurityContext": {"privileged": True}}, "set mode=auto or mode=takeover"),
    ({"containerSecurityContext": {"capabilities": {"add": ["SYS_TIME"]}}}, "follows from mode"),
    ({"containerSecurityContext": {"capabilities": {"add": ["NET_RAW"]}}}, "write PERFMON"),
    ({"containerSecurityContext": {"capabilities": {"drop": ["NET_RAW"]}}}, "is ALL: leave it out"),
    ({"containerSecurityContext": {"capabilities": {"add": ["PERFMON"]}}},
     "set podSecurityContext.runAsUser=0"),
    ({**ROOT, "containerSecurityContext": {"capabilities": {"add": ["PERFMON"]}}}, "set hostPID=true"),
    (ROOT, "add these to containerSecurityContext.capabilities.add, or set config.user=root"),
    ({"podSecurityContext": {"runAsUser": 0}}, "set podSecurityContext.runAsNonRoot=false"),
    ({"hostUsers": False, "mode": "auto"}, "set hostUsers=true, or mode=observe"),
    ({"hostUsers": False, "hostPID": True}, "or leave hostPID out"),
    ({"hostUsers": False, "hostNetwork": True, "dnsPolicy": "Default"}, "or leave hostNetwork out"),
    ({"dnsPolicy": "None"}, "set dnsConfig.nameservers"),
    ({"hostNetwork": True}, "set dnsPolicy=ClusterFirstWithHostNet"),
    ({"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}}, "set maxUnavailable=10%"),
    ({"mode": "auto", "updateStrategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}},
     "set it to 0, and maxUnavailable instead"),
    ({"updateStrategy": {"rollingUpdate": {"maxSurge": 1}}}, "one of them above 0"),
    ({"resources": {"limits": {"memory": "16Mi"}}}, "write 48Mi or more"),
    ({"resources": {"requests": {"memory": "1Gi"}}}, "lower the request or raise the limit"),
    ({**FLEET, "extraEnv": [{"name": "NODE_NAME", "value": "a"}]}, "leave it out"),
    ({"extraArgs": ["--mode=takeover"]}, "use the values config and mode"),
    ({"extraArgs": ["-c", "/x"]}, "use the values config and mode"),
    ({"extraArgs": ["--bogus"]}, "write --foreground or --no-seccomp"),
    ({"extraArgs": ["--help"]}, "write --foreground or --no-seccomp"),
    ({"extraArgs": ["--single-thread"]}, "serves no probes"),
    ({"extraVolumes": [{"name": "state", "emptyDir": {}}]}, "give it another name"),
    ({"extraVolumeMounts": [{"name": "run", "mountPath": "/etc/slewd/secrets"}]},
     "as /etc/slewd-secrets"),
    *(({**VOLUME, "extraVolumeMounts": [{"name": "own", "mountPath": path}]}, "as /etc/slewd-secrets")
      for path in ("/etc//slewd", "/run/slewd/tracepoints/a", "/var/run/slewd", "/usr/bin", "/etc")),
    ({**VOLUME, "extraVolumeMounts": [{"name": "own", "mountPath": "s"}]}, "write an absolute path"),
    ({"extraVolumeMounts": [{"name": "secrets", "mountPath": "/s"}]}, "add it to extraVolumes"),
    ({"extraContainers": [{"name": "slewd", "image": "a"}]}, "give it another name"),
    ({"initContainers": [{"name": "a", "image": "a"}], "extraContainers": [{"name": "a", "image": "a"}]},
     "which is in initContainers already"),
    ({"web": {"scrapePort": "https"}}, "is no port of the pod: write http"),
    ({"extraContainers": [{"name": "tls", "image": "a", "ports": [
        {"name": "http", "containerPort": 8080}]}]}, "give each port another name"),
    ({"extraContainers": [{"name": "tls"}]}, 'write its "image"'),
    ({"extraContainers": [{"name": "tls", "image": "a", "ports": [{"containerPort": 10123}]}]},
     "or change web.port"),
    ({"initContainers": [{"name": "a", "image": "a",
                          "volumeMounts": [{"name": "out", "mountPath": "/out"}]}]},
     "add it to extraVolumes"),
    *((probing(port), "write one from 1 to 65535")
      for port in ("65536", "0", "99999999999999999999")),
    (doing({"webhook": {"url": "https://pager.example.net:70000/secret"}}),
     "has the port 70000: write one from 1 to 65535"),
    (doing({"webhook": {"url_file": "url"}}), "as /etc/slewd-secrets/url"),
    (doing({"webhook": {"url_file": "/etc/slewd-secrets/url"}}), "add the Secret to extraVolumes"),
    (doing({"webhook": {"url": "https://pager.example.net/", "header_files": {
        "Authorization": "/etc/slewd-secrets/token"}}}), "where no Secret is mounted"),
    (LOGIN, "the probe mail.login reads /etc/slewd-secrets/probe, where no Secret is mounted"),
    ({**LOGIN, **MOUNT, "extraVolumes": [{"name": "own", "configMap": {"name": "own"}}]},
     "add the Secret to extraVolumes"),
    ({**LOGIN, **MOUNT, **VOLUME}, "add the Secret to extraVolumes"),
    ({**LOGIN, **VOLUME, "extraVolumeMounts": [{"name": "own", "mountPath": "/etc/slewd-secret"}]},
     "where no Secret is mounted"),
    ({"rules": {"Mail.json": rule_file()}}, "without .json"),
    ({"rulesFrom": [{"secret": "a", "keys": ["pager"]}]}, "rename the key"),
    ({"rules": {"pager": rule_file()}, "rulesFrom": [{"secret": "a", "keys": ["pager.json"]}]},
     "appears twice"),
    ({"rules": {"a": rule_file()}, "config": {"rules": {"folder": ""}}}, "leave it out"),
    ({"config": {"rules": {"files": ["/etc/slewd/rules.d/a.json"]}}}, "would be read twice"),
    (config(rules={"files": ["/srv/a.json"]}), "use rules or rulesFrom"),
    (config(rules={"folder": "/srv/rules"}), "mount it with extraVolumes"),
    (rules(a=rule_file(targets={"x": {"unit": "a.service"}}),
           b=rule_file([OTHER], targets={"x": {"unit": "b.service"}})), "define it in one of them"),
    (rules(a=rule_file(windows={"w": {"zone": "UTC", "from": "01:00", "to": "02:00"}}),
           b=rule_file([OTHER], windows={"w": {"zone": "UTC", "from": "01:00", "to": "02:00"}})),
     "define it in one of them"),
    ({**rules(a=rule_file(fleet={"mail": {}}), b=rule_file([OTHER], fleet={"mail": {}})),
      "fleet": {"slots": {"slewd-mail": 1}}}, "define it in one of them"),
    (rules(a=rule_file(**{"global": {"boot_grace": "1m"}}),
           b=rule_file([OTHER], **{"global": {"actions_per_hour": 1}})), "write it in one of them"),
    (rules(a=rule_file(modes={"dovecot-dead": "shadow"}),
           b=rule_file([OTHER], modes={"dovecot-dead": "act"})), "write it in config.rules.modes alone"),
    ({**rules(a=rule_file(modes={"dovecot-dead": "shadow"})),
      **config(rules={"modes": {"dovecot-dead": "act"}})}, "leave it out here"),
    ({**rules(a=rule_file(modes={"k8s-node-unsafe": "shadow"})), "kubernetes": {"condition": True}},
     "set by the switches of kubernetes too"),
    (config(rules={"modes": {"dovecot-ded": "act"}}), "the rule does not exist: write one of"),
    (config(rules={"builtin": False, "modes": {"dovecot-dead": "act"}}),
     "leave out config.rules.builtin"),
    (config(rules={"modes": {"k8s-node-taint": "act"}}), "set kubernetes.taint=true"),
    (rules(a=rule_file(modes={"k8s-node-step": "act"})), "set kubernetes.events=true"),
    (rules(a=rule_file(modes={"etcd34-lease": "act"})), "set fleet.slots.slewd-etcd=1"),
    (rules(a=rule_file([{**RULE, "mode": "act", "fleet": "etcd"}])), "write fleet: etcd: slots: 1"),
    ({"fleet": {"slots": {"slewd-etcd": 1}}, **config(rules={"builtin": False})},
     "no rule has the lock etcd"),
    ({"rules": {"a": rule_file(), "b": rule_file()}}, "give one of them another name"),
    ({"rules": {"a": rule_file([{**RULE, "mode": "act"}])},
      "config": {"rules": {"modes": {"report": "act"}}}}, "leave one of them out"),
    ({**doing({"webhook": {"url_file": "/s/a"}}), "networkPolicy": {"enabled": True}},
     "add its port to networkPolicy.extraEgress"),
    ({"fleet": {"slots": {"database-restarts": 1}}}, "write fleet.slots.slewd-database-restarts"),
    ({"fleet": {"slots": {"slewd-node-a": 1}}}, "give the lock another name"),
    ({"fleet": {"slots": {"slewd-Mail": 1}}}, "lower-case letters"),
    ({"fleet": {"slots": {"slewd-mail": 1}}}, "no rule has the lock mail: define it"),
    ({"fleet": {"slots": {"slewd-etcd": 2}}}, "write that number"),
    ({"rules": {"a": rule_file(fleet={"mail": {"slots": 2}})}}, "set fleet.slots.slewd-mail=2"),
    ({"rules": {"a": rule_file(fleet={"mail": {"slots": 2}})}, "fleet": {"slots": {"slewd-mail": 1}}},
     "write the same number in both"),
    ({"rules": {"a": rule_file(fleet={"mail": {"min_healthy": 0.5}})},
      "fleet": {"slots": {"slewd-mail": 1}}}, "set fleet.census=true"),
    ({"rules": {"a": rule_file(**{"global": {"storm_share": 0.5}})}}, "set fleet.census=true"),
    ({"config": {"rules": {"modes": {"etcd34-lease": "act"}}}}, "set fleet.slots.slewd-etcd=1"),
    ({**FLEET, "serviceAccount": {"create": False}}, "set serviceAccount.create=true"),
    (doing({"node_condition": {"status": True, "reason": "A"}}), "set kubernetes.condition=true"),
    (doing({"node_event": {"reason": "A", "note": "b"}}), "set kubernetes.events=true"),
    (doing({"node_taint": {"key": "a", "effect": "NoSchedule"}}), "set kubernetes.taint=true"),
    ({"admissionPolicy": {"enabled": True}}, "no pod has one: enable fleet or kubernetes"),
    ({"mode": "auto", "config": {"servers": []}}, "leave both out for pool.ntp.org"),
    (config(poll={"min": "1h", "max": "64s"}), "exchange them"),
    (config(poll={"min": "1h"}), "set config.poll.max to 1h or more as well"),
    (config(poll={"max": "32s"}), "set config.poll.min to 32s or less as well"),
    (config(poll={"min": "0s"}), "write 1s to 36h"),
    (config(poll={"max": "3d"}), "write 1s to 36h"),
    (config(step={"boot_window": "-1s"}), "write 0s to 24h"),
    (config(steering={"max_slew": "90%"}), "write 1ppm to 10%"),
    (config(synchronized_bound="1h"), "write 1us to 16s"),
    (config(servers=[{"host": "a", "max_delay": "1h"}]), "write 1ms to 16s"),
    ({"config": {"user": "root"}}, "podSecurityContext.runAsUser"),
    ({"config": {"trace_file": "/tmp/trace"}}, "write a path below /var/lib/slewd"),
    (config(trace_file="/var/lib/slewd/../trace"), "write a path below /var/lib/slewd"),
    (config(trace_file="trace"), "write an absolute path"),
    ({**VOLUME, "extraVolumeMounts": [{"name": "own", "mountPath": "/trace", "readOnly": True}],
      **config(trace_file="/trace/t")}, "or mount a volume there"),
    ({"config": {"servers": [{"host": "a"}, {"host": "a"}]}}, "leave one out"),
    ({"config": {"servers": [{"host": "time.example.net:123"}]}}, 'the port as "port"'),
    *((config(servers=[{"host": host}]), word) for host, word in (
        ("NTP://a", 'the port as "port"'), ("a/b", 'the port as "port"'), ("[::1]", 'the port as "port"'),
        ("a b", 'the port as "port"'), ("1:2:3", "as 2001:db8::1"), ("fe80::1", "write fe80::1%eth0"),
        ("1.2.3", "write four numbers"), ("01.2.3.4", "write four numbers"),
        ("224.0.1.1", "write that of one"), ("::", "write that of one"), ("0.0.0.0", "write that of one"),
        ("a..b", "with a dot between its parts"), ("-a", "with a dot between its parts"))),
    (config(servers=[{"host": "a", "name": "x"}, {"host": "b", "name": "x"}]), 'another "name"'),
    (config(servers=[{"host": "a"}], selection={"min_sources": 2}), "lower it, or name more"),
    (config(servers=[{"host": f"a{i}"} for i in range(17)], pools=[{"host": f"b{i}"} for i in range(16)]),
     "leave some out"),
    ({"config": {"phase": {"special_poll_interval": "1h"}}}, "set config.phase.profile=w32time"),
]

# Beside the values: words for the command line.
BY_CLUSTER = [
    (FLEET, ["--namespace", "kube-system"], "install into its own namespace"),
    ({**FLEET, "admissionPolicy": {"enabled": True}}, ["--kube-version", "1.29.0"],
     "needs Kubernetes 1.30 or later"),
]
