# SPDX-License-Identifier: Apache-2.0
"""What the chart lets a pod do to its cluster and its network, and nothing beyond it."""


def check_fleet(check, objects, config):
    """The slots exist, and each right is for what it says and no more."""
    slots = {name for kind, name in objects if kind == "Lease"}
    check.that(slots == {"slewd-mail-0", "slewd-mail-1", "slewd-etcd-0"}, f"fleet: {slots}")
    check.that(not any("spec" in item for (kind, _), item in objects.items() if kind == "Lease"),
               "fleet: an upgrade would take a slot from its holder")
    leases, census = objects["Role", "demo-slewd"]["rules"]
    check.that(set(leases["resourceNames"]) == slots and leases["verbs"] == ["get", "update"]
               and leases["resources"] == ["leases"], f"fleet: {leases}")
    check.that(census["verbs"] == ["list", "create", "patch"], f"fleet: {census}")
    nodes = {rule["resources"][0]: rule["verbs"]
             for rule in objects["ClusterRole", "time-demo-slewd"]["rules"]}
    check.that(nodes == {"nodes/status": ["patch"], "nodes": ["get", "patch"]}, f"fleet: {nodes}")
    events = objects["Role", "time-demo-slewd-events"]
    check.that(events["metadata"]["namespace"] == "default"
               and events["rules"][0]["verbs"] == ["create", "patch"], "fleet: events")
    for (kind, _), item in objects.items():
        if kind.endswith("RoleBinding"):
            check.that((item["roleRef"]["kind"], item["roleRef"]["name"]) in objects
                       and item["subjects"] == [{"kind": "ServiceAccount", "name": "demo-slewd",
                                                 "namespace": "time"}], f"fleet: {item}")
    pod = objects["DaemonSet", "demo-slewd"]["spec"]["template"]["spec"]
    names = {variable["name"] for variable in pod["containers"][0]["env"]}
    check.that(pod["automountServiceAccountToken"]
               and names == {"NODE_NAME", "POD_NAME", "POD_UID"}, "fleet: token or downward API")
    check.that(config["rules"]["modes"] == {"k8s-node-unsafe": "act", "k8s-node-step": "act",
                                            "k8s-node-taint": "act", "etcd34-lease": "act"},
               f"fleet: rights that no rule uses: {config['rules']}")


def check_policy(check, objects):
    """A token is tied to its node: for nodes, their status, and the Lease of the census."""
    policy = objects["ValidatingAdmissionPolicy", "time-demo-slewd"]["spec"]
    binding = objects["ValidatingAdmissionPolicyBinding", "time-demo-slewd"]["spec"]
    check.that(binding == {"policyName": "time-demo-slewd", "validationActions": ["Deny"]}
               and policy["failurePolicy"] == "Fail", f"policy: {binding}")
    resources = {resource for rule in policy["matchConstraints"]["resourceRules"]
                 for resource in rule["resources"]}
    check.that(resources == {"nodes", "nodes/status", "leases"}, f"policy: {resources}")
    check.that('"system:serviceaccount:time:demo-slewd"' in policy["matchConditions"][0]["expression"],
               "policy: whose token?")
    expressions = {each["name"]: each["expression"] for each in policy["variables"]}
    check.that(expressions["slots"] == '["slewd-etcd-0", "slewd-mail-0", "slewd-mail-1", ""]',
               f"policy: {expressions}")


def check_network(check, objects):
    policy = objects["NetworkPolicy", "demo-slewd"]["spec"]
    tcp = {port["port"] for rule in policy["egress"] for port in rule["ports"]
           if port["protocol"] == "TCP"}
    check.that(tcp == {53, 443, 6443, 9093, 8443},
               f"network policy: API, webhooks of the rules and extraEgress, not {tcp}")
    peers = policy["ingress"][0]["from"]
    labels = objects["Pod", "demo-slewd-test"]["metadata"]["labels"]
    check.that(any(peer.get("podSelector", {}).get("matchLabels", {}).items() <= labels.items()
                   and "podSelector" in peer for peer in peers),
               "network policy: helm test is cut off")
