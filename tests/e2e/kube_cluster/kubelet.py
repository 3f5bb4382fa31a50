# SPDX-License-Identifier: Apache-2.0
"""What a kubelet would do for slewd's pods: volumes, token, environment, probes, the end. No
container: each pod is one process in a mount namespace of its own, as the pod's user, without a
capability. Networks are not simulated: a pod's address is one of the loopback's, and slewd listens
there instead of on all."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

from .api import STRATEGIC, Refused
from .control_plane import HOST, PORT

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))
import chart_layout  # noqa: E402

LOOK_SECONDS = 0.5
TOKEN_SECONDS = 3607  # what kubelets ask for
# Mounts of a pod, made in a mount namespace: folders of the machine are never written.
ENTER = """
set -e
mount --make-rprivate /
mkdir -p "$1/etc"
cp -a /etc/passwd /etc/group /etc/nsswitch.conf /etc/hosts /etc/ld.so.cache "$1/etc"
mkdir -p "$1/etc/slewd" "$1/run-slewd" "$1/service-account" "$1/state"
chown 10123:10123 "$1/run-slewd" "$1/state"
mount --bind "$1/config" "$1/etc/slewd"
mount --rbind "$1/etc" /etc
mount -o remount,ro,bind /etc/slewd
mount -t tmpfs tmpfs /var/lib
mkdir /var/lib/slewd
mount --bind "$1/state" /var/lib/slewd
mkdir -p "$1/run/slewd" "$1/run/secrets/kubernetes.io/serviceaccount" "$1/run/e2e"
touch "$1/run/program"
echo "$NODE_NAME" >"$1/run/node"  # for actions and probes, which get no environment
mount --bind "$2" "$1/run/program"
mount --bind "$3" "$1/run/e2e"
mount --bind "$1/run-slewd" "$1/run/slewd"
mount --bind "$1/service-account" "$1/run/secrets/kubernetes.io/serviceaccount"
mount --rbind "$1/run" /run
shift 3
exec setpriv --reuid 10123 --regid 10123 --clear-groups --bounding-set -all --inh-caps -all \\
  --no-new-privs /run/program "$@"
"""


# A pod of the chart that runs one command: it finds services by their names, and has no volumes.
ENTER_TEST = """
set -e
mount --make-rprivate /
mount --bind "$1" /etc/hosts
shift
exec setpriv --reuid 10123 --regid 10123 --clear-groups --bounding-set -all --inh-caps -all \\
  --no-new-privs "$@"
"""


def chart_name(item):
    """The label by which the chart's pods are known; pods of others are not run."""
    return item["metadata"].get("labels", {}).get("app.kubernetes.io/name", "")


class Pod:
    def __init__(self, item, folder, address):
        self.name, self.uid = item["metadata"]["name"], item["metadata"]["uid"]
        self.namespace, self.node = item["metadata"]["namespace"], item["spec"]["nodeName"]
        self.item, self.address = item, address
        self.folder = pathlib.Path(folder, self.name)
        self.process, self.ready, self.kept = None, False, False

    def token_file(self):
        return self.folder / "service-account/token"

    def write_token(self, token):
        """As the kubelet does: in one step, so that no half is ever read."""
        place = self.token_file().with_suffix(".new")
        place.write_text(token)
        place.rename(self.token_file())

    def get(self, path):
        connection = http.client.HTTPConnection(self.address, 10123, timeout=3)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metric(self, name, **labels):
        """The value of the first series that has these labels; None without one."""
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith((name + "{", name + " ")) and all(
                    f'{key}="{value}"' in line for key, value in labels.items()):
                return float(line.rsplit(" ", 1)[1])
        return None

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Kubelets(threading.Thread):
    """The kubelets of all nodes."""

    def __init__(self, plane, folder, slewd):
        super().__init__(daemon=True)
        self.api, self.plane, self.slewd = plane.api, plane, str(slewd)
        self.folder = pathlib.Path(folder, "pods")
        self.folder.mkdir()
        self.shared = pathlib.Path(folder, "shared")  # all pods find it as /run/e2e
        self.shared.mkdir()
        self.shared.chmod(0o777)
        self.pods, self.problems, self.addresses = {}, [], {}
        self.over = threading.Event()

    def add_node(self, name):
        self.addresses[name] = f"192.0.2.{10 + len(self.addresses)}"
        subprocess.run(["ip", "address", "add", f"{self.addresses[name]}/32", "dev", "lo"], check=True)
        self.api.create("Node", {"apiVersion": "v1", "kind": "Node", "metadata": {
            "name": name, "labels": {"kubernetes.io/os": "linux", "kubernetes.io/hostname": name}}})
        size = {"cpu": "4", "memory": "8Gi", "pods": "20"}
        self.api.patch("Node", name, {"status": {
            "capacity": size, "allocatable": size,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                            "message": "simulated"}]}}, part="status", how=STRATEGIC)
        # New nodes are tainted until they are ready, which the node controller would end.
        self.api.patch("Node", name, {"spec": {"taints": None}})

    def run(self):
        while not self.over.wait(LOOK_SECONDS):
            try:
                self.look()
            except (Refused, OSError, TimeoutError):
                pass  # the API server is away; kubelets go on with what they have
            except Exception as error:  # pylint: disable=broad-exception-caught
                self.problems.append(repr(error))

    def look(self):
        seen = set()
        for item in self.api.list("Pod"):
            uid, node = item["metadata"]["uid"], item["spec"].get("nodeName")
            if node not in self.addresses:
                continue
            seen.add(uid)
            if chart_name(item) == "slewd-test":
                self.run_test(item)
            elif chart_name(item) != "slewd":
                continue
            elif uid not in self.pods and "deletionTimestamp" not in item["metadata"]:
                self.start_pod(item)
            elif "deletionTimestamp" in item["metadata"]:
                self.end_pod(item)
            else:
                self.probe(self.pods[uid])
        for uid in [uid for uid, pod in self.pods.items() if uid not in seen and not pod.kept]:
            self.pods.pop(uid).stop()

    def start_pod(self, item):
        pod = Pod(item, self.folder, self.addresses[item["spec"]["nodeName"]])
        for other in self.pods.values():
            if other.node == pod.node and other.process.poll() is None:
                return  # one address for each node
        (pod.folder / "config").mkdir(parents=True)
        (pod.folder / "service-account").mkdir()
        self.write_volumes(pod)
        with open(pod.folder / "log", "wb") as log:
            pod.process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", ENTER, "sh", str(pod.folder), self.slewd,
                 str(self.shared), *item["spec"]["containers"][0]["args"]],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(pod))
        self.pods[pod.uid] = pod
        self.report(pod, ready=False)

    def run_test(self, item):
        meta = item["metadata"]
        if item.get("status", {}).get("phase") in ("Succeeded", "Failed") or "deletionTimestamp" in meta:
            return
        hosts = self.folder / f"{meta['name']}.hosts"
        hosts.write_text("".join(
            f"{pod.address} {service['metadata']['name']}.{pod.namespace}.svc\n"
            for service in self.api.list("Service", meta["namespace"])
            for pod in self.running() if pod.namespace == meta["namespace"]))
        program, *words = item["spec"]["containers"][0]["command"]
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", ENTER_TEST, "sh", str(hosts),
             str(pathlib.Path(self.slewd).with_name(pathlib.Path(program).name)), *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30)
        (self.folder / f"{meta['name']}.log").write_text(done.stdout + done.stderr)
        self.api.patch("Pod", meta["name"], {"status": {
            "phase": "Failed" if done.returncode else "Succeeded"}}, meta["namespace"], "status",
            STRATEGIC)

    def write_volumes(self, pod):
        volumes = {("ConfigMap", each["metadata"]["name"]): each
                   for each in self.api.list("ConfigMap", pod.namespace)}
        daemon_set = {("DaemonSet", ""): {"spec": {"template": {"spec": pod.item["spec"]}}}}
        files = chart_layout.sources({**volumes, **daemon_set})
        config = json.loads(files["slewd.json"])
        config["listen"] = config["listen"].replace("0.0.0.0", pod.address)
        files["slewd.json"] = json.dumps(config)
        chart_layout.project(pod.folder / "config", files)
        if not pod.item["spec"]["automountServiceAccountToken"]:
            return
        account = pod.folder / "service-account"
        shutil.copy(self.plane.folder / "ca.crt", account / "ca.crt")
        (account / "namespace").write_text(pod.namespace)
        pod.write_token(self.request_token(pod))

    def request_token(self, pod):
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {
            "expirationSeconds": TOKEN_SECONDS, "boundObjectRef": {
                "kind": "Pod", "apiVersion": "v1", "name": pod.name, "uid": pod.uid}}}
        account = pod.item["spec"]["serviceAccountName"]
        return self.api.create("ServiceAccount", asked, pod.namespace, "token",
                               account)["status"]["token"]

    def environment(self, pod):
        fields = {"spec.nodeName": pod.node, "metadata.name": pod.name, "metadata.uid": pod.uid}
        declared = {each["name"]: each.get("value") or fields[each["valueFrom"]["fieldRef"]["fieldPath"]]
                    for each in pod.item["spec"]["containers"][0].get("env", [])}
        return {"PATH": os.environ["PATH"], "KUBERNETES_SERVICE_HOST": HOST,
                "KUBERNETES_SERVICE_PORT": str(PORT), **declared}

    def probe(self, pod):
        try:
            ready = pod.process.poll() is None and pod.get("/-/ready")[0] == 200
        except OSError:
            ready = False
        if ready != pod.ready:
            self.report(pod, ready)

    def report(self, pod, ready):
        word = "True" if ready else "False"
        self.api.patch("Pod", pod.name, {"status": {
            "phase": "Running", "podIP": pod.address, "conditions": [
                {"type": "Ready", "status": word, "lastTransitionTime": time.strftime(
                    "%Y-%m-%dT%H:%M:%SZ", time.gmtime())},
                {"type": "ContainersReady", "status": word}]}},
            pod.namespace, "status", STRATEGIC)
        pod.ready = ready

    def end_pod(self, item):
        pod = self.pods.pop(item["metadata"]["uid"], None)
        if pod is not None:
            pod.stop()
        self.api.delete("Pod", item["metadata"]["name"], item["metadata"]["namespace"], grace=0)

    def running(self):
        return [pod for pod in list(self.pods.values()) if pod.process and pod.process.poll() is None]

    def on(self, node):
        """The newest pod of the node."""
        found = [pod for pod in self.running() if pod.node == node]
        return found[-1] if found else None

    def end(self):
        self.over.set()
        self.join(15)
        for pod in list(self.pods.values()):
            pod.stop()
