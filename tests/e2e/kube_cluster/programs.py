# SPDX-License-Identifier: Apache-2.0
"""Kubernetes' programs, etcd and Helm: built once from Go modules of pinned versions, kept in a cache.

Kubernetes' own go.mod names its staging modules v0.0.0 and replaces them by folders of its tree; here
the published version of each stands in their place. Go checks every module by its checksum database.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))
import gotools  # noqa: E402

KUBERNETES = "1.34.4"
ETCD = "3.6.4"
OPERATOR = "github.com/prometheus-operator/prometheus-operator@v0.83.0"
BUILD_SECONDS = 3600


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(base, "slewd/kube")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def go(folder, *words):
    done = subprocess.run(["go", *words], cwd=folder, capture_output=True, text=True, check=False,
                          timeout=BUILD_SECONDS,
                          env={**os.environ, "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"})
    if done.returncode != 0:
        raise RuntimeError(f"go {' '.join(words)}: {done.stderr.strip()[-800:]}")
    return done.stdout


def scratch_module(folder, module, version, staging):
    """A module that requires `module`, with the replacements that its own go.mod would need."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text("module scratch\n\ngo 1.24.0\n")
    found = json.loads(go(folder, "mod", "download", "-json", f"{module}@{version}"))
    unpublished = re.findall(r"^\s*(?:require )?(\S+) v0\.0\.0(?: // indirect)?$",
                             pathlib.Path(found["GoMod"]).read_text(), re.MULTILINE)
    (folder / "go.mod").write_text(
        f"module scratch\n\ngo 1.24.0\n\nrequire {module} {version}\n\n"
        + "".join(f"replace {name} => {name} {staging}\n" for name in unpublished))


def build(name, module, version, package, staging, flags="-ldflags=-s -w"):
    program = cache() / f"{name}-{version.removeprefix('v')}"
    if program.exists():
        return program
    if shutil.which("go") is None:
        raise RuntimeError(f"no Go to build {name} with: install Go 1.24 or later")
    print(f"==> building {name} {version}: minutes, once", file=sys.stderr, flush=True)
    folder = cache() / f"module-{name}"
    scratch_module(folder, module, version, staging)
    # Two compilers at once would want more memory than a small machine has.
    go(folder, "build", "-p", os.environ.get("SLEWD_GO_JOBS", "1"), "-trimpath", flags, "-o", str(program) + ".new", package)
    os.replace(str(program) + ".new", program)
    return program


def kubernetes(name):
    major, minor, _ = KUBERNETES.split(".")
    where = "k8s.io/component-base/version"
    flags = (f"-ldflags=-s -w -X {where}.gitVersion=v{KUBERNETES} -X {where}.gitMajor={major}"
             f" -X {where}.gitMinor={minor}")
    return build(name, "k8s.io/kubernetes", f"v{KUBERNETES}", f"k8s.io/kubernetes/cmd/{name}",
                 f"v0.{KUBERNETES.split('.', 1)[1]}", flags)


def etcd():
    return build("etcd", "go.etcd.io/etcd/server/v3", f"v{ETCD}", "go.etcd.io/etcd/server/v3",
                 f"v{ETCD}")


def operator_crds():
    """The folder with the definitions of the Prometheus operator's kinds."""
    folder = cache() / "module-operator"
    folder.mkdir(exist_ok=True)
    (folder / "go.mod").write_text("module scratch\n\ngo 1.24.0\n")
    found = json.loads(go(folder, "mod", "download", "-json", OPERATOR))
    return pathlib.Path(found["Dir"], "example/prometheus-operator-crd")


KUBERNETES_PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")


def path_of(name):
    """Builds the program where the cache has none."""
    if name == "helm":
        return gotools.helm()
    if name == "kubestrict":
        return gotools.kubestrict(pathlib.Path(__file__).resolve().parents[3])
    return etcd() if name == "etcd" else kubernetes(name)


def everything():
    return {name: path_of(name) for name in ("helm", "kubestrict", "etcd", *KUBERNETES_PROGRAMS)}


if __name__ == "__main__":
    for label, path in everything().items():
        print(f"{label}: {path}")
    print(f"definitions: {operator_crds()}")
