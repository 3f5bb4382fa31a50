# SPDX-License-Identifier: Apache-2.0
"""Builds Helm and kubestrict once, from pinned Go modules, into a cache folder outside the tree."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from deploycheck import skip

HELM = "helm.sh/helm/v3/cmd/helm@v3.18.6"


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(base, "slewd/bin")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def build(name, key, command, **options):
    """The program `name` for `key`; built when the cache has none. Two builders do not collide."""
    program = cache() / f"{name}-{key}"
    if program.exists():
        return str(program)
    go = shutil.which("go")
    if go is None:
        skip(f"no Go to build {name} with (Helm is not in Debian; Go 1.24 or later builds it)")
    with tempfile.TemporaryDirectory(dir=cache()) as folder:
        done = subprocess.run([go, *command], capture_output=True, text=True, check=False,
                              env={**os.environ, "GOBIN": folder}, **options)
        if done.returncode != 0:
            skip(f"{name} cannot be built here: {done.stderr.strip()[-400:]}")
        os.replace(pathlib.Path(folder, name), program)
    return str(program)


def helm():
    return build("helm", HELM.rsplit("@", 1)[1], ["install", HELM])


def kubestrict(source):
    folder = pathlib.Path(source, "tests/deploy/kubestrict")
    text = b"".join((folder / name).read_bytes() for name in ("main.go", "schema.go", "go.mod", "go.sum"))
    return build("kubestrict", hashlib.sha256(text).hexdigest()[:12], ["install", "."], cwd=folder)
