# SPDX-License-Identifier: Apache-2.0
"""A client of the Kubernetes API that fails loudly, for the cases and for the nodes."""

import http.client
import json
import ssl
import urllib.parse

# kind -> (path of its API, plural, whether it lies in a namespace)
KINDS = {
    "Namespace": ("/api/v1", "namespaces", False), "Node": ("/api/v1", "nodes", False),
    "Pod": ("/api/v1", "pods", True), "Service": ("/api/v1", "services", True),
    "ConfigMap": ("/api/v1", "configmaps", True), "Secret": ("/api/v1", "secrets", True),
    "ServiceAccount": ("/api/v1", "serviceaccounts", True),
    "DaemonSet": ("/apis/apps/v1", "daemonsets", True),
    "Lease": ("/apis/coordination.k8s.io/v1", "leases", True),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles", True),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings", True),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles", False),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", False),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies", True),
    "ValidatingAdmissionPolicy": ("/apis/admissionregistration.k8s.io/v1",
                                  "validatingadmissionpolicies", False),
    "ValidatingAdmissionPolicyBinding": ("/apis/admissionregistration.k8s.io/v1",
                                         "validatingadmissionpolicybindings", False),
    "CustomResourceDefinition": ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", False),
    "ServiceMonitor": ("/apis/monitoring.coreos.com/v1", "servicemonitors", True),
    "PodMonitor": ("/apis/monitoring.coreos.com/v1", "podmonitors", True),
    "PrometheusRule": ("/apis/monitoring.coreos.com/v1", "prometheusrules", True),
}

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(f"HTTP {status}: {text[:400]}")
        self.status = status


class Api:
    def __init__(self, host, port, authority, token, timeout=10.0):
        self.place, self.token, self.timeout = (host, port), token, timeout
        self.context = ssl.create_default_context(cafile=str(authority))

    def call(self, method, path, body=None, kind="application/json"):
        connection = http.client.HTTPSConnection(*self.place, timeout=self.timeout,
                                                 context=self.context)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Authorization": f"Bearer {self.token}", "Content-Type": kind,
                                "Accept": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(answer.status, text)
        return json.loads(text) if text.startswith("{") else text

    @staticmethod
    def path(kind, name="", namespace=None, part=""):
        base, plural, inside = KINDS[kind]
        place = f"/namespaces/{namespace}" if inside and namespace else ""
        tail = "/".join(urllib.parse.quote(each, safe="") for each in (name, part) if each)
        return f"{base}{place}/{plural}" + (f"/{tail}" if tail else "")

    def get(self, kind, name, namespace=None):
        return self.call("GET", self.path(kind, name, namespace))

    def list(self, kind, namespace=None, labels=""):
        query = f"?labelSelector={urllib.parse.quote(labels)}" if labels else ""
        return self.call("GET", self.path(kind, "", namespace) + query)["items"]

    def create(self, kind, item, namespace=None, part="", name=""):
        return self.call("POST", self.path(kind, name, namespace, part), item)

    def patch(self, kind, name, change, namespace=None, part="", how=MERGE):
        return self.call("PATCH", self.path(kind, name, namespace, part), change, how)

    def delete(self, kind, name, namespace=None, grace=None):
        body = {"gracePeriodSeconds": grace} if grace is not None else None
        return self.call("DELETE", self.path(kind, name, namespace), body)

    def dry_run(self, item):
        """Applies the object as `kubectl apply --server-side --dry-run=server` does; every unknown
        or doubled field is an error."""
        meta = item["metadata"]
        path = self.path(item["kind"], meta["name"], meta.get("namespace"))
        return self.call("PATCH", f"{path}?dryRun=All&fieldManager=e2e&force=true"
                                  "&fieldValidation=Strict", item, APPLY)

    def status_of(self, method, path, body=None, kind=MERGE):
        """The status of an answer that may be a refusal."""
        try:
            self.call(method, path, body, kind)
            return 200
        except Refused as error:
            return error.status
