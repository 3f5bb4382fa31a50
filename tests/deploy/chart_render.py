# SPDX-License-Identifier: Apache-2.0
"""The chart as Helm renders it, and its objects as Kubernetes' types read them."""

import json
import pathlib
import shutil
import subprocess
import tempfile

import gotools


class Chart:
    def __init__(self, source):
        self.source = pathlib.Path(source)
        self.folder = self.source / "deploy/helm/slewd"
        self.helm = gotools.helm()
        self.strict = gotools.kubestrict(source)

    def template(self, *options, text=None):
        """Finished process; its output is YAML."""
        # A Helm that was built as a module knows no default version of Kubernetes.
        return subprocess.run([self.helm, "template", "demo", str(self.folder), "--namespace", "time",
                               "--kube-version", "1.33.0", *options],
                              input=text, capture_output=True, text=True, check=False)

    def notes(self, values):
        """What `helm install` says at its end; Helm alone shows that with a cluster only."""
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder, "slewd")
            shutil.copytree(self.folder, copy)
            (copy / "templates/NOTES.txt").rename(copy / "files/notes.txt")
            (copy / "templates/notes.yaml").write_text(
                "notes: {{ tpl (.Files.Get \"files/notes.txt\") . | quote }}\n")
            done = subprocess.run([self.helm, "template", "demo", str(copy), "--namespace", "time",
                                   "--kube-version", "1.33.0", "--show-only", "templates/notes.yaml",
                                   "--values", "-"], input=json.dumps(values), capture_output=True,
                                  text=True, check=False)
        read, faults = self.to_json(done.stdout, "-plain")
        return read[0]["notes"] if read else done.stderr + faults

    def to_json(self, text, *options):
        done = subprocess.run([self.strict, *options], input=text, capture_output=True, text=True,
                              check=False)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def objects(self, check, where, *options, text=None):
        """(kind, name) -> object. What Helm or the types refuse is a failure."""
        done = self.template(*options, text=text)
        check.that(done.returncode == 0, f"{where}: {done.stderr}")
        check.that(not done.stderr, f"{where}: Helm says {done.stderr}")
        objects, faults = self.to_json(done.stdout)
        check.that(not faults, f"{where}: {faults}")
        check.that(objects, f"{where}: nothing rendered")
        found = {(item["kind"], item["metadata"]["name"]): item for item in objects}
        check.that(len(found) == len(objects), f"{where}: two objects of one name")
        return found

    def with_values(self, check, where, values, *options):
        return self.objects(check, where, "--values", "-", *options, text=json.dumps(values))
