# SPDX-License-Identifier: Apache-2.0
"""What is tried in the cluster. Each case says what it expects, and leaves the cluster as it was."""

import json
import re
import time

from . import programs
from .api import MERGE, Refused
from .control_plane import ISSUER, wait_for

NAMESPACE, RELEASE, NODES = "time", "slewd", ("n1", "n2", "n3")
OBJECTS = f"app.kubernetes.io/instance={RELEASE}"
ACT = """#!/bin/sh
read -r node </run/node
echo "$(date +%s.%N) begin $node" >>/run/e2e/acts
sleep 1
echo "$(date +%s.%N) end $node" >>/run/e2e/acts
"""
# Under the lock `turn` one node at a time acts, again and again; none ever wants `unwanted`; a file of
# each node is its unsafe clock.
VALUES = {
    "fleet": {"slots": {"slewd-turn": 1, "slewd-unwanted": 1}, "census": True},
    "kubernetes": {"condition": True, "taint": True, "events": True},
    "admissionPolicy": {"enabled": True},
    "config": {"servers": [], "pools": [], "log": {"level": "debug"}},
    "rules": {
        "turn": {
            "schema": "slewd.rules/1",
            "global": {"boot_grace": "0s", "actions_per_hour": 1000, "storm_share": 0.9},
            "fleet": {"turn": {"slots": 1, "ttl": "15s", "interval": "0s", "jitter": "0s"},
                      "unwanted": {"slots": 1}},
            "rules": [{"name": "turn", "mode": "act", "when": "boot.age > 1s", "fleet": "turn",
                       "do": [{"run": ["/run/e2e/act"], "timeout": "5s"}],
                       "limits": {"cooldown": "1s", "per_hour": 60}},
                      {"name": "never", "mode": "act", "when": "boot.age < 1s", "fleet": "unwanted",
                       "do": [{"run": ["/run/e2e/act"], "timeout": "5s"}]}]},
        "node": {
            "schema": "slewd.rules/1",
            "targets": {"unsafe": {"probes": {"flag": {
                "type": "exec", "argv": ["/run/e2e/is-safe"], "every": "500ms"}}}},
            "rules": [
                {"name": "condition", "mode": "act", "when": "failing(unsafe.flag) > 1s",
                 "clear": "probe.unsafe.flag == ok",
                 "do": [{"node_condition": {"status": True, "reason": "Flag", "message": "a test"}}],
                 "on_clear": [{"node_condition": {"status": False, "reason": "NoFlag",
                                                  "message": "a test"}}],
                 "limits": {"cooldown": "1s", "per_hour": 60}},
                {"name": "taint", "mode": "act", "when": "failing(unsafe.flag) > 1s",
                 "clear": "probe.unsafe.flag == ok",
                 "do": [{"node_taint": {"key": "slewd.io/clock-unsafe", "effect": "NoSchedule"}}],
                 "on_clear": [{"node_taint": {"key": "slewd.io/clock-unsafe", "effect": "NoSchedule",
                                              "present": False}}],
                 "limits": {"cooldown": "1s", "per_hour": 60}}]}}}
SAFE = '#!/bin/sh\nread -r node </run/node\n[ ! -e "/run/e2e/unsafe-$node" ]\n'
QUIET = 20.0   # seconds without the API
NOTICED = 45.0  # seconds, as docs/runbooks/SlewdKubernetesFailing.md promises to every node
AT_ONCE = 5.0   # seconds between a metric and the line of the log that explains it
SETTLED = 90.0  # seconds in which a cluster on a busy machine comes back


def scripts(shared):
    for name, text in (("act", ACT), ("is-safe", SAFE)):
        (shared / name).write_text(text)
        (shared / name).chmod(0o755)
    (shared / "acts").touch()
    (shared / "acts").chmod(0o666)


def acts(cluster):
    """(time, begin or end, node) of each action so far."""
    lines = (cluster.kubelets.shared / "acts").read_text().splitlines()
    return [(float(at), what, node) for at, what, node in map(str.split, lines)]


def most_at_once(found):
    running = most = 0
    for _, what, _ in found:
        running += 1 if what == "begin" else -1
        most = max(most, running)
    return most


def begun_since(cluster, moment):
    return [(at, node) for at, what, node in acts(cluster) if what == "begin" and at > moment]


def unreachable(cluster, node, lock="turn"):
    return cluster.kubelets.on(node).metric("slewd_fleet_lock_unreachable", lock=lock)


def known(cluster, node):
    """What the node says of its cluster: 1 for each lock, and for the API, that fails."""
    return (unreachable(cluster, node), unreachable(cluster, node, "unwanted"),
            cluster.kubelets.on(node).metric("slewd_kubernetes_failing", object="api"))


def wait_all_ready(cluster, seconds=SETTLED):
    wait_for("three ready pods", lambda: len(cluster.kubelets.running()) == 3 and all(
        pod.ready for pod in cluster.kubelets.running()), seconds)


def dry_run(cluster, finding):
    finding.expected = "the API server takes every object of all ci values, strictly"
    for path in sorted(programs.operator_crds().glob("*monitors.yaml")) + sorted(
            programs.operator_crds().glob("*prometheusrules.yaml")):
        cluster.api.create("CustomResourceDefinition", cluster.from_yaml(path.read_text())[0])
    for name in ("monitoring", "clocks", NAMESPACE):
        cluster.api.create("Namespace", {"metadata": {"name": name}})
    wait_for("the operator's kinds", lambda: all(
        cluster.api.list(kind) is not None for kind in ("ServiceMonitor", "PrometheusRule",
                                                        "PodMonitor")), SETTLED)
    wait_for("accounts", lambda: cluster.api.get("ServiceAccount", "default", NAMESPACE), SETTLED)
    count = 0
    for values in sorted((cluster.chart / "ci").glob("*-values.yaml")):
        done = cluster.plane.helm("template", RELEASE, cluster.chart, "--namespace", NAMESPACE,
                                  "--values", values, "--kube-version", programs.KUBERNETES)
        for item in cluster.from_yaml(done.stdout):
            try:
                cluster.api.dry_run(item)
                count += 1
            except Refused as error:
                finding.check(f"{values.name}: {item['kind']}: {error}", False)
    finding.saw(f"{count} objects taken")
    finding.check("no object", count > 20)


def first_scrape(cluster, finding):
    """The chart's README, word by word; only the image stays unbuilt."""
    finding.expected = "the README's commands lead from an empty cluster to metrics"
    readme = (cluster.chart / "README.md").read_text()
    lines = re.findall(r"^    (\S.*)$", readme.split("to the first scrape\n")[1].split("\n## ")[0]
                       .split("With the Prometheus operator")[0], re.MULTILINE)
    finding.check(f"{len(lines)} commands", 1 < len(lines) <= 10)
    for line in lines:
        if line.startswith("podman "):
            continue
        done = cluster.plane.shell(line)
        finding.check(f"{line}: {done.stdout[-400:]}{done.stderr[-400:]}", done.returncode == 0)
        if done.returncode:
            break
    names = set(re.findall(r"^slewd_clock_\w+", done.stdout, re.MULTILINE))
    finding.saw(f"{len(lines)} commands, {len(names)} metrics of the clock")
    finding.check(f"scraped {sorted(names)}", "slewd_clock_synchronized" in names)
    done = cluster.plane.shell(f"helm uninstall {RELEASE} --namespace slewd")
    finding.check(done.stderr, done.returncode == 0)
    wait_for("no pod", lambda: not cluster.api.list("Pod", "slewd"), SETTLED)
    wait_for("no process", lambda: not cluster.kubelets.running(), SETTLED)


def install(cluster, finding):
    finding.expected = "three pods under Pod Security restricted, ready, with token and census"
    cluster.api.patch("Namespace", NAMESPACE, {"metadata": {"labels": {
        "pod-security.kubernetes.io/enforce": "restricted"}}})
    began = time.monotonic()
    done = cluster.plane.helm("install", RELEASE, cluster.chart, "--namespace", NAMESPACE, "--values",
                              cluster.values(VALUES))
    finding.check(done.stderr, done.returncode == 0)
    finding.check(f"Helm warns: {done.stderr}", "found symbolic link" not in done.stderr)
    wait_all_ready(cluster)
    finding.saw(f"ready after {time.monotonic() - began:.0f} s")
    wait_for("three Leases of the census", lambda: {
        item["metadata"]["name"] for item in cluster.api.list("Lease", NAMESPACE)} >= {
            f"slewd-node-{node}" for node in NODES}, SETTLED)
    refused = {pod.metric("slewd_rule_files_refused") for pod in cluster.kubelets.running()}
    finding.check(f"refused rule files: {refused}", refused == {0.0})


def contention(cluster, finding):
    finding.expected = "one node at a time acts, and each gets its turn"
    begin = time.time()
    wait_for("each node's turn", lambda: {node for _, node in begun_since(cluster, begin)} == set(NODES),
             240)
    found = acts(cluster)
    counts = {node: sum(1 for _, what, each in found if (what, each) == ("begin", node))
              for node in NODES}
    finding.saw(f"{counts} in {time.time() - begin:.0f} s, most at once {most_at_once(found)}")
    finding.check("two at once", most_at_once(found) == 1)


def rights(cluster, finding):
    """Admission policy and RBAC, with the token of n2's pod."""
    finding.expected = "a token changes its own node and its own Lease, and no other"
    token = cluster.kubelets.on("n2").token_file().read_text()
    api = cluster.api_as(token)
    label = {"metadata": {"labels": {"e2e": "x"}}}
    lease = "/apis/coordination.k8s.io/v1/namespaces/time/leases"
    cluster.api.create("Lease", {"metadata": {"name": "other-controllers-leader"}}, NAMESPACE)
    cases = [("its own node", "/api/v1/nodes/n2", {"metadata": {"annotations": {"e2e": "x"}}}, 200),
             ("another node", "/api/v1/nodes/n1", {"spec": {"unschedulable": True}}, 403),
             ("its own status", "/api/v1/nodes/n2/status", label, 200),
             ("another's status", "/api/v1/nodes/n1/status", label, 403),
             ("its own Lease", f"{lease}/slewd-node-n2", label, 200),
             ("another's Lease", f"{lease}/slewd-node-n1", label, 403),
             ("a leader's Lease", f"{lease}/other-controllers-leader",
              {"spec": {"holderIdentity": "thief"}}, 403)]
    for name, path, change, wanted in cases:
        status = api.status_of("PATCH", path, change, MERGE)
        finding.saw(f"{name} {status}")
        finding.check(f"{name}: {status}", status == wanted)
    finding.check("creates Leases of other names", api.status_of(
        "POST", lease, {"metadata": {"name": "mine"}}, "application/json") == 403)
    finding.check("reads secrets", api.status_of("GET", "/api/v1/namespaces/time/secrets") == 403)
    cluster.api.delete("Lease", "other-controllers-leader", NAMESPACE)


def _outage(cluster, finding, what, begin, end):
    before = time.time()
    begin()
    try:
        first = {}

        def noticed():
            values = {node: known(cluster, node) for node in NODES}
            for node in (node for node, value in values.items() if value == (1, 1, 1)):
                first.setdefault(node, round(time.time() - before))
            finding.number("first seen unreachable after, s", first)
            return all(value == (1, 1, 1) for value in values.values())

        wait_for("unreachable on all nodes", noticed, NOTICED)
        finding.saw(f"all unreachable {time.time() - before:.0f} s after the API was {what}, "
                    f"single nodes after {sorted(first.values())} s")
        quiet = time.time()
        time.sleep(QUIET)
        late = begun_since(cluster, quiet)
        finding.check(f"acted without the API: {late}", not late)
        finding.check("not ready without the API", all(
            pod.get("/-/ready")[0] == 200 for pod in cluster.kubelets.running()))
    finally:
        end()
        cluster.plane.wait_ready()
    back = time.time()
    wait_for("a turn after it", lambda: begun_since(cluster, back), 240)
    finding.saw(f"acts {time.time() - back:.0f} s after it is back")
    wait_for("reachable on all nodes", lambda: all(
        known(cluster, node) == (0, 0, 0) for node in NODES), 240)
    finding.check("two at once", most_at_once(acts(cluster)) == 1)


def killed(cluster, finding):
    finding.expected = "without the API nothing is done, and the metric says so; afterwards turns go on"
    _outage(cluster, finding, "killed", cluster.plane.kill_api_server, cluster.plane.start_api_server)


def frozen(cluster, finding):
    finding.expected = "the same with an API that takes connections and does not answer"
    _outage(cluster, finding, "frozen", lambda: cluster.plane.freeze_api_server(True),
            lambda: cluster.plane.freeze_api_server(False))


def expired(cluster, finding):
    finding.expected = "a token that has expired stops its node alone; a new one is read from the file"
    pod = cluster.kubelets.on("n3")
    good = pod.token_file().read_text()
    now = int(time.time())
    account = cluster.api.get("ServiceAccount", pod.item["spec"]["serviceAccountName"], NAMESPACE)
    name = account["metadata"]["name"]
    old = cluster.plane.sign_token({
        "aud": [ISSUER], "iss": ISSUER, "sub": f"system:serviceaccount:{NAMESPACE}:{name}",
        "iat": now - 3700, "nbf": now - 3700, "exp": now - 100,
        "kubernetes.io": {"namespace": NAMESPACE,
                          "pod": {"name": pod.name, "uid": pod.uid},
                          "serviceaccount": {"name": name, "uid": account["metadata"]["uid"]}}})
    finding.check("the API takes the old token", cluster.api_as(old).status_of(
        "GET", f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases") == 401)
    heard = pod.log().count("result=unauthorized")
    pod.write_token(old)
    began = time.time()
    wait_for("n3 says so", lambda: unreachable(cluster, "n3") == 1, NOTICED)
    finding.saw(f"n3 unreachable after {time.time() - began:.0f} s")
    # Though the log is full of the outages before: the cure is another.
    wait_for("n3 logs the refusal", lambda: pod.log().count("result=unauthorized") > heard, AT_ONCE)
    quiet = time.time()
    wait_for("others' turns", lambda: begun_since(cluster, quiet), 180)
    finding.check("n3 acts with it", all(node != "n3" for _, node in begun_since(cluster, quiet)))
    pod.write_token(good)
    wait_for("n3 is back", lambda: unreachable(cluster, "n3") == 0, 240)


def revoked(cluster, finding):
    finding.expected = "the token of a pod that was deleted is worth nothing; its process stops acting"
    pod = cluster.kubelets.on("n2")
    pod.kept = True  # a kubelet that has not heard of it
    cluster.api.delete("Pod", pod.name, NAMESPACE, grace=0)
    began = time.time()
    wait_for("the old process says so", lambda: pod.metric(
        "slewd_fleet_lock_unreachable", lock="turn") == 1, 180)
    quiet = time.time()
    finding.saw(f"unreachable after {quiet - began:.0f} s")
    wait_for("others' turns", lambda: begun_since(cluster, quiet), 180)
    finding.check("acts with it", all(node != "n2" for _, node in begun_since(cluster, quiet)))
    pod.stop()
    pod.kept = False
    wait_all_ready(cluster)
    finding.check("two at once", most_at_once(acts(cluster)) == 1)


def condition_of(cluster, node):
    return next((each for each in cluster.api.get("Node", node)["status"]["conditions"]
                 if each["type"] == "ClockUnsafe"), {}).get("status")


def taints_of(cluster, node):
    return [taint["key"] for taint in cluster.api.get("Node", node)["spec"].get("taints", [])]


def guest(cluster, name, node):
    """A pod of another for that node, which nothing runs; the scheduler and the controllers judge it."""
    cluster.api.create("Pod", {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"nodeSelector": {"kubernetes.io/hostname": node}, "terminationGracePeriodSeconds": 0,
                 "containers": [{"name": "guest", "image": "registry.example.net/guest"}]}}, "default")


def scheduled(cluster, name):
    """(node, why not)"""
    pod = cluster.api.get("Pod", name, "default")
    why = [each.get("message", "") for each in pod["status"].get("conditions", [])
           if each["type"] == "PodScheduled" and each["status"] == "False"]
    return pod["spec"].get("nodeName", ""), "".join(why)


def condition_and_taint(cluster, finding):
    finding.expected = "condition and taint come on one node, keep new pods away, and go again"
    wait_for("accounts", lambda: cluster.api.get("ServiceAccount", "default", "default"), SETTLED)
    guest(cluster, "early", "n1")
    wait_for("a node for the early pod", lambda: scheduled(cluster, "early")[0] == "n1", SETTLED)
    flag = cluster.kubelets.shared / "unsafe-n1"
    flag.touch()
    try:
        wait_for("ClockUnsafe", lambda: condition_of(cluster, "n1") == "True"
                 and "slewd.io/clock-unsafe" in taints_of(cluster, "n1"), SETTLED)
        finding.check("others too",
                      not taints_of(cluster, "n2") and condition_of(cluster, "n2") != "True")
        guest(cluster, "late", "n1")
        wait_for("the scheduler's refusal",
                 lambda: "untolerated taint" in scheduled(cluster, "late")[1], SETTLED)
        finding.check("the early pod is gone", scheduled(cluster, "early")[0] == "n1")
        finding.check("slewd is gone from the node", cluster.kubelets.on("n1") is not None)
    finally:
        flag.unlink()
    wait_for("no taint", lambda: condition_of(cluster, "n1") == "False"
             and not taints_of(cluster, "n1"), SETTLED)
    wait_for("a node for the late pod", lambda: scheduled(cluster, "late")[0] == "n1", SETTLED)
    for name in ("early", "late"):
        cluster.api.delete("Pod", name, "default", grace=0)
    finding.saw("there and back; the scheduler kept a new pod away meanwhile")


def upgrade(cluster, finding):
    finding.expected = "one pod at a time is replaced; the slot keeps its holder; all get the new values"
    before = {pod.uid for pod in cluster.kubelets.running()}
    values = json.loads(json.dumps(VALUES))
    values["config"]["log"]["format"] = "json"
    done = cluster.plane.helm("upgrade", RELEASE, cluster.chart, "--namespace", NAMESPACE, "--values",
                              cluster.values(values))
    finding.check(done.stderr, done.returncode == 0)
    fewest = 3

    def replaced():
        nonlocal fewest
        pods = cluster.api.list("Pod", NAMESPACE, "app.kubernetes.io/name=slewd")
        ready = sum(1 for pod in pods if any(
            each["type"] == "Ready" and each["status"] == "True"
            for each in pod.get("status", {}).get("conditions", [])))
        fewest = min(fewest, ready)
        return ready == 3 and not before & {pod["metadata"]["uid"] for pod in pods}

    wait_for("the new pods", replaced, 240)
    wait_all_ready(cluster)
    finding.saw(f"at least {fewest} of 3 ready at any time")
    finding.check("more than one at a time", fewest >= 2)
    finding.check("the old configuration", all(
        '"format": "json"' in (pod.folder / "config/slewd.json").read_text()
        for pod in cluster.kubelets.running()))
    back = time.time()
    wait_for("turns", lambda: begun_since(cluster, back), 240)
    finding.check("two at once", most_at_once(acts(cluster)) == 1)


def uninstall(cluster, finding):
    finding.expected = "nothing of slewd is left, in the namespace or beside it"
    done = cluster.plane.helm("uninstall", RELEASE, "--namespace", NAMESPACE)
    finding.check(done.stderr, done.returncode == 0)

    def left():
        found = [f"{kind} {item['metadata']['name']}" for kind in (
            "Pod", "DaemonSet", "ConfigMap", "Service", "ServiceAccount", "Role", "RoleBinding",
            "ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding", "Lease", "Secret", "NetworkPolicy")
            for item in cluster.api.list(kind) if "slewd" in item["metadata"]["name"]]
        found += [f"taint of {node}" for node in NODES if taints_of(cluster, node)]
        return found

    try:
        wait_for("nothing left", lambda: not left(), SETTLED)
    except TimeoutError:
        finding.check(f"left: {left()}", False)
    unsafe = [node for node in NODES if condition_of(cluster, node) == "True"]
    finding.check(f"still unsafe: {unsafe}", not unsafe)
    finding.saw("nothing" if not left() else str(left()))


# In this order: what comes later needs what came before.
CASES = {"dry run": dry_run, "first scrape": first_scrape, "install": install,
         "contention": contention, "rights": rights, "API killed": killed, "API frozen": frozen,
         "token expired": expired, "token revoked": revoked,
         "condition and taint": condition_and_taint, "upgrade": upgrade, "uninstall": uninstall}
