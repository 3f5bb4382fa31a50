# SPDX-License-Identifier: Apache-2.0
"""The parts of the dashboards: variables, panels, links. `generate` combines them."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/deploy"))
import alertrules  # noqa: E402  # pylint: disable=wrong-import-position

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
RUNBOOKS = alertrules.RUNBOOK_BASE + "/docs/runbooks"
ALERTS = alertrules.read(pathlib.Path(__file__).resolve().parents[2])
SELECTOR = 'cluster=~"$cluster", job=~"$job", node=~"$node", instance=~"$instance"'
MACHINE = "cluster, node, instance"
NAME = "{{node}} {{instance}}"  # on Kubernetes the pod's address alone does not identify the node
BAR = "1m"  # four scrapes: the shortest window of increase() that sees each event
NONE_IS_GOOD = " No data means none."
GREEN, YELLOW, RED, BLUE, GREY = "green", "yellow", "red", "blue", "text"


def of(metric, **labels):
    """The metric of the chosen machines: of("slewd_clock_state", state="spike")."""
    more = "".join(f', {label}="{value}"' for label, value in labels.items())
    return f"{metric}{{{SELECTOR}{more}}}"


def steps(*alerts, base=GREEN):
    """Thresholds at the alerts' own numbers, in the colours of their severities."""
    found = [{"color": base, "value": None}]
    for name in alerts:
        alert = ALERTS[name]
        found.append({"color": RED if alert.severity == "critical" else YELLOW,
                      "value": alert.thresholds[-1]})
    return found


def at_least(value, color):
    return [{"color": GREEN, "value": None}, {"color": color, "value": value}]


def events(metric, by, **labels):
    """How many came in each step, by some labels; nothing where there were none."""
    return f"round(sum by ({by}) (increase({of(metric, **labels)}[$__rate_interval]))) > 0"


def words(*pairs):
    """Value mappings: words(("Unset", GREY), ...) for 0, 1, ..."""
    return [{"type": "value", "options": {
        str(number): {"index": number, "text": text, "color": color}
        for number, (text, color) in enumerate(pairs)}}]


def states(metric, label, names, by):
    """One series with the number of the state: the metric has one series of 0 or 1 for each."""
    return " + ".join(f"{number} * sum by ({by}) ({of(metric, **{label: name})})"
                      for number, name in enumerate(names))


def targets(expressions, legends, table):
    found = []
    for number, expression in enumerate(expressions):
        target = {"datasource": SOURCE, "editorMode": "code", "expr": expression,
                  "legendFormat": "" if table else legends[min(number, len(legends) - 1)],
                  "range": not table, "refId": chr(ord("A") + number)}
        if table:
            target.update(instant=True, format="table")
        found.append(target)
    return found


def panel(kind, title, description, expressions, size, legends=(NAME,), alerts=(), **field):
    """One panel; `size` is (width, height). `alerts` give links to runbooks."""
    defaults = {"thresholds": {"mode": "absolute", "steps": field.pop("steps", [{"color": GREY, "value": None}])}}
    options, overrides = field.pop("options", {}), field.pop("overrides", [])
    transformations = field.pop("transformations", None)
    defaults.update(field)
    links = [{"title": f"Runbook: {name}", "url": ALERTS[name].runbook_url, "targetBlank": True}
             for name in alerts]
    made = {"type": kind, "title": title, "description": description, "datasource": SOURCE,
            "gridPos": {"w": size[0], "h": size[1]},
            "targets": targets(expressions, legends, kind == "table"),
            "fieldConfig": {"defaults": defaults, "overrides": overrides}, "options": options}
    if links:
        made["links"] = links
    if transformations:
        made["transformations"] = transformations
    return made


def stat(title, description, expression, width=4, mode="value", **more):
    """One number, the last; `mode` "background" for a state."""
    options = {"colorMode": mode, "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
               "textMode": "auto", "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    return panel("stat", title, description, [expression], (width, 4), options=options, **more)


def lines(title, description, expressions, size=(12, 8), bars=False, limits=False, **more):
    """Values over time; `limits` draws the thresholds."""
    custom = {"drawStyle": "bars" if bars else "line", "lineInterpolation": "linear", "lineWidth": 1,
              "fillOpacity": 60 if bars else 0, "showPoints": "never", "spanNulls": False}
    if limits:
        custom["thresholdsStyle"] = {"mode": "dashed"}
    if more.pop("log", False):
        custom["scaleDistribution"] = {"type": "log", "log": 10}
    options = {"legend": {"calcs": ["lastNotNull"], "displayMode": "list", "placement": "bottom",
                          "showLegend": True}, "tooltip": {"mode": "multi", "sort": "desc"}}
    made = panel("timeseries", title, description, expressions, size, custom=custom, options=options, **more)
    if bars:  # each bar counts what came since the last: its window must not be that of its neighbours
        made.update(interval=BAR, maxDataPoints=180)
    return made


def timeline(title, description, expression, pairs, size=(24, 5), **more):
    options = {"alignValue": "left", "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
               "mergeValues": True, "rowHeight": 0.8, "showValue": "auto", "tooltip": {"mode": "single"}}
    return panel("state-timeline", title, description, [expression], size, options=options,
                 custom={"fillOpacity": 80, "lineWidth": 0}, mappings=words(*pairs), **more)


def table(title, description, keys, columns, size=(24, 8), links=(), **more):
    """`keys`: label -> heading. `columns`: (heading, expression, field settings)."""
    overrides, rename = [], dict(keys)
    for number, (heading, _, settings) in enumerate(columns):
        field = f"Value #{chr(ord('A') + number)}" if len(columns) > 1 else "Value"
        properties = [{"id": "displayName", "value": heading}]
        properties += [{"id": key, "value": value} for key, value in settings.items()]
        overrides.append({"matcher": {"id": "byName", "options": field}, "properties": properties})
    for heading, link in links:
        overrides.append({"matcher": {"id": "byName", "options": heading},
                          "properties": [{"id": "links", "value": [link]}]})
    organize = {"excludeByName": {"Time": True}, "indexByName": {}, "renameByName": rename}
    return panel("table", title, description, [expression for _, expression, _ in columns], size,
                 overrides=overrides, custom={"align": "auto", "cellOptions": {"type": "auto"}},
                 options={"showHeader": True, "cellHeight": "sm"},
                 transformations=[{"id": "merge", "options": {}}, {"id": "organize", "options": organize}],
                 **more)


def colored(pairs):
    """Settings of a table's column whose cells are words in their colour."""
    return {"mappings": words(*pairs), "custom.cellOptions": {"type": "color-text"}}


def limited(unit, *alerts):
    """Settings of a table's column that is coloured at the alerts' thresholds."""
    return {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps(*alerts)},
            "custom.cellOptions": {"type": "color-text"}}


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"w": 24, "h": 1}}


def laid_out(panels):
    """Gives each its place and number: left to right, a new line where it does not fit."""
    x = y = height = 0
    for number, each in enumerate(panels, 1):
        place = each["gridPos"]
        if x + place["w"] > 24:
            x, y, height = 0, y + height, 0
        each["id"] = number
        each["gridPos"] = {"x": x, "y": y, **place}
        x, height = x + place["w"], max(height, place["h"])
    return panels


def query_variable(name, label, metric, every, lone=False):
    query = f"label_values({metric}, {name})"
    return {"type": "query", "name": name, "label": label, "hide": 0, "includeAll": True, "multi": True,
            "allValue": every, "datasource": SOURCE, "definition": query,
            "query": {"query": query, "refId": "Variable"}, "refresh": 2, "regex": "", "sort": 1,
            "current": {} if lone else {"selected": True, "text": ["All"], "value": ["$__all"]}, "options": [],
            "skipUrlSync": False}


def choice(name, label, description, values, chosen):
    """A variable with a fixed list of (text, value)."""
    return {"type": "custom", "name": name, "label": label, "description": description, "hide": 0,
            "includeAll": False, "multi": False, "skipUrlSync": False,
            "query": ", ".join(f"{text} : {value}" for text, value in values),
            "current": {"selected": True, "text": dict((v, t) for t, v in values)[chosen], "value": chosen},
            "options": [{"selected": value == chosen, "text": text, "value": value} for text, value in values]}


def variables(lone):
    """`lone`: one machine at first. Outside Kubernetes there is no label `node`, and mostly no `cluster`: "All" is
    also a machine without them."""
    chosen = 'cluster=~"$cluster", job=~"$job"'
    return [
        {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "hide": 0,
         "includeAll": False, "multi": False, "regex": "", "refresh": 1, "current": {}, "options": [],
         "skipUrlSync": False},
        query_variable("cluster", "Cluster", "slewd_build_info", ".*"),
        query_variable("job", "Job", 'slewd_build_info{cluster=~"$cluster"}', ".+"),
        query_variable("node", "Node", f"slewd_build_info{{{chosen}}}", ".*"),
        query_variable("instance", "Instance", f'slewd_build_info{{{chosen}, node=~"$node"}}', ".+", lone)]


def dashboard(uid, title, description, panels, more_variables=()):
    jumps = events("slewd_jump_events_total", f"{MACHINE}, direction, cause")
    links = [{"type": "dashboards", "title": "slewd", "tags": ["slewd"], "asDropdown": False, "icon": "external link",
              "includeVars": True, "keepTime": True, "targetBlank": False, "tooltip": "", "url": ""},
             {"type": "link", "title": "Runbooks", "url": RUNBOOKS, "tags": [], "asDropdown": False, "icon": "doc",
              "includeVars": False, "keepTime": False, "targetBlank": True,
              "tooltip": "What each alert means and what to do"}]
    return {"id": None, "uid": uid, "title": title, "description": description, "tags": ["slewd", "ntp", "clock"],
            "schemaVersion": 38, "version": 1, "editable": False, "graphTooltip": 1, "timezone": "",
            "refresh": "30s", "time": {"from": "now-6h", "to": "now"}, "timepicker": {}, "fiscalYearStartMonth": 0,
            "liveNow": False, "weekStart": "", "links": links,
            "annotations": {"list": [{
                "name": "Jumps", "datasource": SOURCE, "enable": True, "hide": False, "iconColor": "red",
                "expr": jumps, "step": "60s", "titleFormat": NAME + ": jump {{direction}}",
                "textFormat": "{{cause}}", "useValueForTime": False}]},
            "templating": {"list": variables(bool(more_variables)) + list(more_variables)}, "panels": laid_out(panels)}


