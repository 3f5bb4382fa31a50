#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes slewd: the target is up, the build info has arrived, and promtool has
nothing to say about the page."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, chronyd, peers, slewd, waiting  # noqa: E402
from lib.prometheus import Prometheus  # noqa: E402

def body(scene):
    promtool = peers.require("promtool")
    # A source that answers, so that the page has all its series, and one that never will.
    good = chronyd.farm(scene, [0.0])[0]
    daemon = slewd.Slewd(scene, [slewd.server(good.port), slewd.server(waiting.free_port())])
    waiting.until("an offset", lambda: "offset_seconds" in (daemon.ready().api("status") or {}),
                  within=60)
    prometheus = Prometheus(scene, {"slewd": [(daemon.port, {})]})
    value = prometheus.value

    waiting.until("up == 1", lambda: (value("up") or (None, 0))[1] == 1, within=60, every=0.25)
    labels, info = waiting.until("slewd_build_info", lambda: value("slewd_build_info"), within=20)
    assert info == 1 and labels.get("version"), f"slewd_build_info {labels} {info}"
    samples = value("scrape_samples_scraped")[1]
    print(f"scraped slewd {labels['version']}: {samples:.0f} samples")

    status, page = daemon.get("/metrics")
    assert status == 200
    said = subprocess.run([promtool.path, "check", "metrics"], input=page, text=True, timeout=30,
                          capture_output=True, env={**promtool.environment()}, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", ""), f"promtool: {said}"


children.run("a real Prometheus scrapes slewd and promtool is silent", body)
