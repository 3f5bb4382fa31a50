# SPDX-License-Identifier: Apache-2.0
"""The dashboards of deploy/grafana, and their expressions as Grafana would send them."""

import json
import pathlib

# Values for the variables: all machines, the defaults, and windows of Grafana's.
VARIABLES = {"cluster": ".*", "job": ".+", "node": ".*", "instance": ".+", "objective": "0.05", "target": "0.999"}
WINDOWS = {"__rate_interval": "5m", "__range": "1h"}


def read(source):
    """File name -> dashboard."""
    return {path.name: json.loads(path.read_text())
            for path in sorted(pathlib.Path(source, "deploy/grafana").glob("*.json"))}


def expressions(dashboard):
    """(where, expression) of each target and annotation."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield f"{panel['title']} {target['refId']}", target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["expr"]


def filled(expression, **values):
    """The expression with a value in place of each variable."""
    for name, value in (WINDOWS | VARIABLES | values).items():
        expression = expression.replace("$" + name, value)
    return expression
