# SPDX-License-Identifier: Apache-2.0
"""Values that the chart must refuse, and what it must say: each sentence names its cure, or lists what
may stand there. (values as YAML's JSON, words of the message)"""

RULE = {"name": "report", "when": "jump.age < 10s", "do": [{"burst": True}]}


def rule_file(rules=(RULE,), **members):
    return {"schema": "slewd.rules/1", "rules": list(rules), **members}


def doing(*links):
    return {"rules": {"own": rule_file([{**RULE, "do": list(links)}])}}


FLEET = {"fleet": {"census": True}}

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
    ({"global": {"imagePullSecrets": [{"nme": "a"}]}}, ["'nme' not allowed", "'name'"]),
]

# What no schema knows: the chart's own sentences.
BY_CHART = [
    ({"image": {"repository": "registry.example.net/slewd:1"}}, "write these to image.tag"),
    ({"image": {"digest": "sha256:12"}}, "64 hexadecimal digits"),
    ({"image": {"tag": "a/b"}}, "the registry belongs to image.repository"),
    ({"global": {"imageRegistry": "https://registry.example.net"}}, "write the host alone"),
    ({"state": {"hostPath": "var/lib/slewd"}}, "write an absolute path"),
    ({"state": {"hostPath": "/etc/"}}, "an absolute path of its own"),
    ({"prometheusRule": {"runbookBaseUrl": "git.example.net"}}, "write one with http:// or https://"),
    ({"config": {"mode": "takeover"}}, "use the value mode"),
    ({"config": {"listen": "0.0.0.0:1"}}, "use web.address and web.port"),
    ({"config": {"state_directory": "/tmp"}}, "use state.hostPath"),
    ({"config": {"control_socket": "/tmp/s"}}, "slewctl looks there"),
    ({"commonLabels": {"app.kubernetes.io/name": "a"}}, "use nameOverride"),
    ({"podLabels": {"app.kubernetes.io/instance": "a"}}, "leave it out"),
    ({"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}, "disable one"),
    ({"serviceMonitor": {"enabled": True}, "service": {"enabled": False}}, "set service.enabled=true"),
    ({"podMonitor": {"scrapeTimeout": "1m"}}, "lower scrapeTimeout or raise interval"),
    ({"serviceMonitor": {"interval": "500ms", "scrapeTimeout": "0.5s"}}, "does not match pattern"),
    ({"serviceMonitor": {"tlsConfig": {"serverName": "a"}}}, "set serviceMonitor.scheme=https"),
    ({"prometheusRule": {"disabled": ["SlewdClockJump"]}}, "write one of Slewd"),
    ({"prometheusRule": {"extraLabels": {"severity": "page"}}}, "route by alertname"),
    ({"web": {"address": ":::::"}}, 'write 0.0.0.0 or "::"'),
    ({"web": {"address": "1.2.3.400"}}, 'write 0.0.0.0 or "::"'),
    ({"web": {"address": "127.0.0.1"}}, "set probes.type=exec"),
    ({"web": {"address": "::1"}, "probes": {"type": "exec"}, "podMonitor": {"enabled": True}},
     "disable the monitor"),
    ({"networkPolicy": {"enabled": True, "apiPorts": []}, **FLEET}, "as [443, 6443]"),
    ({"containerSecurityContext": {"privileged": True}}, "set mode=auto or mode=takeover"),
    ({"containerSecurityContext": {"capabilities": {"add": ["SYS_TIME"]}}}, "follows from mode"),
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
    ({"extraVolumes": [{"name": "state", "emptyDir": {}}]}, "give it another name"),
    ({"extraVolumeMounts": [{"name": "run", "mountPath": "/etc/slewd/secrets"}]},
     "as /etc/slewd-secrets"),
    ({"extraVolumeMounts": [{"name": "secrets", "mountPath": "/s"}]}, "add it to extraVolumes"),
    ({"rules": {"Mail.json": rule_file()}}, "without .json"),
    ({"rulesFrom": [{"secret": "a", "keys": ["pager"]}]}, "rename the key"),
    ({"rules": {"pager": rule_file()}, "rulesFrom": [{"secret": "a", "keys": ["pager.json"]}]},
     "is there twice"),
    ({"rules": {"a": rule_file()}, "config": {"rules": {"folder": ""}}}, "leave it out"),
    ({"config": {"rules": {"files": ["/etc/slewd/rules.d/a.json"]}}}, "would count twice"),
    ({"rules": {"a": rule_file(), "b": rule_file()}}, "give one of them another name"),
    ({"rules": {"a": rule_file([{**RULE, "mode": "act"}])},
      "config": {"rules": {"modes": {"report": "act"}}}}, "leave one of them out"),
    ({**doing({"webhook": {"url_file": "/s/a"}}), "networkPolicy": {"enabled": True}},
     "add its port to networkPolicy.extraEgress"),
    ({"fleet": {"slots": {"database-restarts": 1}}}, "write fleet.slots.slewd-database-restarts"),
    ({"fleet": {"slots": {"slewd-node-a": 1}}}, "give the lock another name"),
    ({"fleet": {"slots": {"slewd-Mail": 1}}}, "small letters"),
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
    ({"admissionPolicy": {"enabled": True}}, "no pod has one: enable what it is for"),
    ({"mode": "auto", "config": {"servers": []}}, "leave both out for pool.ntp.org"),
    ({"config": {"poll": {"min": "1h"}}}, "exchange them"),
    ({"config": {"user": "root"}}, "podSecurityContext.runAsUser"),
    ({"config": {"trace_file": "/tmp/trace"}}, "write a path below /var/lib/slewd"),
    ({"config": {"servers": [{"host": "a"}, {"host": "a"}]}}, "leave one out"),
    ({"config": {"servers": [{"host": "time.example.net:123"}]}}, 'the port as "port"'),
    ({"config": {"phase": {"special_poll_interval": "1h"}}}, "set config.phase.profile=w32time"),
]

# Beside the values: words for the command line.
BY_CLUSTER = [
    (FLEET, ["--namespace", "kube-system"], "install into a namespace of its own"),
    ({**FLEET, "admissionPolicy": {"enabled": True}}, ["--kube-version", "1.29.0"],
     "needs Kubernetes 1.30 or later"),
]
