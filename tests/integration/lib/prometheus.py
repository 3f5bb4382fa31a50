# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus on loopback that scrapes once a second, and its answers."""
import json
import pathlib
import urllib.parse
import urllib.request

from . import peers, waiting


class Prometheus:
    def __init__(self, scene, targets, rules=None):
        """`targets`: scrape jobs by name, each a list of (port, labels). `rules`: the text of a rule file."""
        peer = peers.require("prometheus")
        self.port = waiting.free_port()
        config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                  "scrape_configs": [{"job_name": job, "static_configs": [
                      {"targets": [f"127.0.0.1:{port}"], "labels": labels} for port, labels in ports]}
                      for job, ports in targets.items()]}
        if rules is not None:
            pathlib.Path(scene.path("rules.yaml")).write_text(rules, encoding="utf-8")
            config["rule_files"] = ["rules.yaml"]
        path = pathlib.Path(scene.path("prometheus.yml"))
        path.write_text(json.dumps(config), encoding="ascii")  # JSON is YAML
        scene.start("prometheus", [
            peer.path, f"--config.file={path}", f"--web.listen-address=127.0.0.1:{self.port}",
            "--storage.tsdb.path=" + scene.path("tsdb"), "--log.level=warn"], peer.environment())

    def ask(self, path, **parameters):
        """What the API answers, under `data`."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?" + urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        """The vector that the expression gives: a list of (labels, value)."""
        return [(series["metric"], float(series["value"][1]))
                for series in self.ask("query", query=expression)["result"]]

    def value(self, expression):
        """The first of them, or None."""
        return next(iter(self.query(expression)), None)

    def firing(self):
        """The alerts that fire: (name, instance) -> alert."""
        return {(alert["labels"]["alertname"], alert["labels"].get("instance", "")): alert
                for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"}
