# SPDX-License-Identifier: Apache-2.0
"""etcd, API server, controller manager and scheduler on loopback, in a folder that goes away."""

import base64
import hashlib
import json
import os
import pathlib
import shlex
import signal
import subprocess
import time

from runner import namespace

from . import programs
from .api import Api, Refused

HOST, PORT = "192.0.2.1", 6443
ADMIN = "admin-of-the-test"
ISSUER = "https://kubernetes.default.svc.cluster.local"
START_SECONDS = 240.0  # of the API server, on a machine that has much else to do
CONTROLLERS = ("daemonset-controller", "serviceaccount-controller", "garbage-collector-controller",
               "namespace-controller", "root-ca-certificate-publisher-controller",
               "validatingadmissionpolicy-status-controller", "clusterrole-aggregation-controller",
               "endpoints-controller", "endpointslice-controller", "taint-eviction-controller")


def wait_for(what, holds, seconds):
    """The first true value of `holds`. Refusals and missing connections are asked again."""
    until, last = time.monotonic() + seconds, None
    while time.monotonic() < until:
        try:
            value = holds()
            if value:
                return value
        except (Refused, OSError) as error:
            last = error
        time.sleep(0.25)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s" + (f" ({last})" if last else ""))


def openssl(*words, data=None):
    return subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True,
                          check=True).stdout


class ControlPlane:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "control-plane"
        self.folder.mkdir()
        self.children = {}
        self.make_keys()
        self.api = Api(HOST, PORT, self.folder / "ca.crt", ADMIN)

    def make_keys(self):
        place = self.folder
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *curve, "-days", "30", "-subj", "/CN=e2e-ca",
                "-keyout", place / "ca.key", "-out", place / "ca.crt")
        openssl("req", *curve, "-subj", "/CN=kube-apiserver",
                "-keyout", place / "server.key", "-out", place / "server.csr")
        (place / "names").write_text(f"subjectAltName=IP:{HOST},IP:127.0.0.1,DNS:localhost\n")
        openssl("x509", "-req", "-in", place / "server.csr", "-CA", place / "ca.crt", "-CAkey",
                place / "ca.key", "-CAcreateserial", "-days", "30", "-extfile", place / "names",
                "-out", place / "server.crt")
        openssl("genrsa", "-out", place / "accounts.key", "2048")
        (place / "tokens.csv").write_text(f'{ADMIN},admin,admin,"system:masters"\n')
        (place / "kubeconfig").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "e2e",
            "clusters": [{"name": "e2e", "cluster": {"server": f"https://{HOST}:{PORT}",
                                                     "certificate-authority": str(place / "ca.crt")}}],
            "users": [{"name": "admin", "user": {"token": ADMIN}}],
            "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "admin"}}]}))

    def start_one(self, name, *words):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.children[name] = subprocess.Popen(
                [str(programs.path_of(name)), *map(str, words)], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.folder)

    def start_api_server(self):
        place = self.folder
        self.start_one(
            "kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", f"--secure-port={PORT}",
            f"--bind-address={HOST}", f"--advertise-address={HOST}", "--endpoint-reconciler-type=none",
            f"--tls-cert-file={place / 'server.crt'}", f"--tls-private-key-file={place / 'server.key'}",
            f"--client-ca-file={place / 'ca.crt'}", f"--token-auth-file={place / 'tokens.csv'}",
            f"--service-account-issuer={ISSUER}", f"--service-account-key-file={place / 'accounts.key'}",
            f"--service-account-signing-key-file={place / 'accounts.key'}",
            f"--api-audiences={ISSUER}", "--service-account-extend-token-expiration=false",
            "--authorization-mode=RBAC", "--service-cluster-ip-range=198.51.100.0/24",
            "--profiling=false", f"--cert-dir={place / 'certs'}")

    def start(self):
        self.start_one("etcd", f"--data-dir={self.folder / 'etcd'}", "--unsafe-no-fsync",
                       "--listen-client-urls=http://127.0.0.1:2379",
                       "--advertise-client-urls=http://127.0.0.1:2379",
                       "--listen-peer-urls=http://127.0.0.1:2380")
        self.start_api_server()
        self.wait_ready()
        config = self.folder / "kubeconfig"
        self.start_one("kube-controller-manager", f"--kubeconfig={config}",
                       f"--controllers={','.join(CONTROLLERS)}", "--leader-elect=false",
                       f"--root-ca-file={self.folder / 'ca.crt'}", "--bind-address=127.0.0.1")
        self.start_one("kube-scheduler", f"--kubeconfig={config}", "--leader-elect=false",
                       "--bind-address=127.0.0.1")

    def wait_ready(self):
        def ready():
            if self.children["kube-apiserver"].poll() is not None:
                tail = (self.folder / "kube-apiserver.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"kube-apiserver ended: {tail}")
            return self.api.call("GET", "/readyz") == "ok"
        wait_for("the API server", ready, START_SECONDS)

    def kill_api_server(self):
        self.children["kube-apiserver"].kill()
        self.children["kube-apiserver"].wait()

    def freeze_api_server(self, frozen):
        self.children["kube-apiserver"].send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def sign_token(self, claims):
        """A service-account token like those of the API server, with claims of the test's own."""
        def packed(value):
            return base64.urlsafe_b64encode(value).rstrip(b"=")
        key_id = base64.urlsafe_b64encode(hashlib.sha256(
            openssl("rsa", "-in", self.folder / "accounts.key", "-pubout", "-outform", "DER")
        ).digest()).rstrip(b"=").decode()
        head = packed(json.dumps({"alg": "RS256", "kid": key_id}).encode())
        signed = head + b"." + packed(json.dumps(claims).encode())
        signature = openssl("dgst", "-sha256", "-sign", self.folder / "accounts.key", data=signed)
        return (signed + b"." + packed(signature)).decode()

    def end(self):
        for name in ("kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"):
            child = self.children.get(name)
            if child is not None and child.poll() is None:
                child.send_signal(signal.SIGCONT)
                child.terminate()
                try:
                    child.wait(10)
                except subprocess.TimeoutExpired:
                    child.kill()

    def helm(self, *words):
        return self.shell(shlex.join(["helm", *map(str, words)]))

    def shell(self, line):
        """A line for the shell, from the top of the source tree, with helm and kubectl for this
        cluster; their settings lie in the folder of the run."""
        tools = self.folder / "tools"
        if not tools.exists():
            tools.mkdir()
            for name in ("helm", "kubectl"):
                (tools / name).symlink_to(programs.path_of(name))
        return subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True,
                              check=False, timeout=180, cwd=namespace.ROOT, env={
                                  **os.environ, "PATH": f"{tools}:{os.environ['PATH']}",
                                  "HOME": str(self.folder),
                                  "KUBECONFIG": str(self.folder / "kubeconfig"),
                                  **{f"HELM_{what}_HOME": str(self.folder / "helm")
                                     for what in ("CACHE", "CONFIG", "DATA")}})
