#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every panel of the dashboards has an answer from a real Prometheus that scrapes the demo after its jump and its
repair; those that may be empty say what no data means."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deploy"))
import alertrules  # noqa: E402
import dashboards  # noqa: E402
from lib import children, peers, slewd, waiting  # noqa: E402
from lib.prometheus import Prometheus  # noqa: E402

SAYS_SO = "No data means"
REPAIRED = "sum(slewd_action_verified_total) > 0 and sum(slewd_jump_events_total) > 0"


def empty_panels(prometheus, dashboard):
    """The panels that must have data, and of which one expression has none."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            if not prometheus.query(dashboards.filled(target["expr"])) and SAYS_SO not in panel["description"]:
                yield f"{dashboard['title']}: {panel['title']} {target['refId']}"


def body(scene):
    port = waiting.free_port()
    prometheus = Prometheus(scene, {"slewd": [(port, {"cluster": "demo", "node": "n1"})]},
                            alertrules.quicker(peers.ROOT, "1s"))
    waiting.until("a scrape", lambda: prometheus.query("up"), within=60)
    scene.start("demo", slewd.demo_arguments(port, "120s"))
    waiting.until("the demo's jump and repair are scraped", lambda: prometheus.query(REPAIRED), within=60, every=0.25)

    def answered():
        return not [panel for each in dashboards.read(peers.ROOT).values() for panel in
                    empty_panels(prometheus, each)]

    scene.at_failure(lambda: print([list(empty_panels(prometheus, each))
                                    for each in dashboards.read(peers.ROOT).values()]))
    waiting.until("an answer for each panel", answered, within=30, every=1)
    expressions = [expression for each in dashboards.read(peers.ROOT).values()
                   for _, expression in dashboards.expressions(each)]
    for expression in expressions:
        prometheus.query(dashboards.filled(expression))  # an error is an HTTP 400
    print(f"{len(expressions)} expressions")


children.run("each panel of the dashboards has data", body)
