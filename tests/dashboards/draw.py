# SPDX-License-Identifier: Apache-2.0
"""Draws a dashboard of deploy/grafana as SVG from what a real Prometheus answers. It knows the kinds of panels that
these dashboards have, and nothing else of Grafana."""

import dataclasses
import math
import re

import dashboards
from svg import (COLORS, FAINT, FRAME, INK, SERIES, clock_time, line, mapped, polyline, rectangle, round_times,
                 shown, text, ticks)

WIDTH, ROW_HEIGHT, HEAD, GAP = 1320, 36, 58, 6
POINTS, BARS = 240, 60
SCRAPE = 1.0  # seconds
LEGEND, AXIS, REST = 18, 72, 60


@dataclasses.dataclass
class Box:
    x: float
    y: float
    width: float
    height: float


class Painter:
    """One dashboard over one span of time."""

    def __init__(self, prometheus, begin, end, **variables):
        """`variables`: values of the dashboards' own, such as node="node-1"."""
        self._prometheus = prometheus
        self._begin, self._end = begin, end
        self._variables = {"__range": f"{end - begin:.0f}s", **variables}

    def dashboard(self, dashboard):
        unit = WIDTH / 24
        places = [panel["gridPos"] for panel in dashboard["panels"]]
        height = HEAD + ROW_HEIGHT * max(place["y"] + place["h"] for place in places) + GAP
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
                 'font-family="sans-serif">', rectangle(0, 0, WIDTH, height, "#f6f8fa"),
                 text(GAP, 24, dashboard["title"], 18, weight="bold"),
                 text(GAP, 44, dashboard["description"], 12, FAINT),
                 text(WIDTH - GAP, 24, f"{clock_time(self._begin)} to {clock_time(self._end)} UTC", 12, FAINT, "end"),
                 text(WIDTH - GAP, 44, "Real scraped data, drawn by ./dev dashboards; Grafana looks different", 12,
                      FAINT, "end")]
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            box = Box(place["x"] * unit + GAP / 2, HEAD + place["y"] * ROW_HEIGHT + GAP / 2,
                      place["w"] * unit - GAP, place["h"] * ROW_HEIGHT - GAP)
            parts += self._panel(panel, box)
        return "\n".join(parts + ["</svg>\n"])

    def _panel(self, panel, box):
        if panel["type"] == "row":
            return [text(box.x + 4, box.y + box.height - 8, panel["title"], 15, weight="bold")]
        frame = [rectangle(box.x, box.y, box.width, box.height, "#ffffff", FRAME),
                 text(box.x + 8, box.y + 17, panel["title"], 12, weight="bold", room=box.width - 12)]
        inner = Box(box.x + 8, box.y + 26, box.width - 16, box.height - 32)
        kinds = {"stat": self._stat, "timeseries": self._lines, "state-timeline": self._timeline,
                 "table": self._table}
        drawn = kinds[panel["type"]](panel, inner)
        if drawn:
            return frame + drawn
        note = re.search(r"No data means[^.]*\.", panel["description"])
        return frame + [text(box.x + box.width / 2, box.y + box.height / 2 + 4, note.group(0) if note else "No data",
                             12, FAINT, "middle", room=box.width - 8)]

    # What the panels ask.
    def _now(self, target):
        found = self._prometheus.ask("query", query=self._filled(target, SCRAPE), time=f"{self._end:.3f}")["result"]
        return [(series["metric"], float(series["value"][1])) for series in found]

    def _filled(self, target, step):
        window = max(step + SCRAPE, 4 * SCRAPE)  # as Grafana has it
        return dashboards.filled(target["expr"], __rate_interval=f"{window:.0f}s", **self._variables)

    def _over_time(self, target, bars=False):
        step = (self._end - self._begin) / (BARS if bars else POINTS)
        found = self._prometheus.ask("query_range", query=self._filled(target, step), start=f"{self._begin:.3f}",
                                     end=f"{self._end:.3f}", step=f"{step:.3f}")["result"]
        named = []
        for series in found:
            points = [(float(at), float(value)) for at, value in series["values"]]
            named.append((legend(target["legendFormat"], series["metric"]), target["refId"],
                          [point for point in points if math.isfinite(point[1])], step))
        return named

    # The kinds of panels.
    def _stat(self, panel, box):
        found = self._now(panel["targets"][0])
        field, parts = panel["fieldConfig"]["defaults"], []
        width = box.width / max(len(found), 1)
        filled = panel["options"]["colorMode"] == "background"
        size = min([28] + [(width - 8) / (max(len(mapped(value, field)[0]), 3) * 0.58) for _, value in found])
        for index, (labels, value) in enumerate(found):
            words, color = mapped(value, field)
            x = box.x + index * width
            if filled:
                parts.append(rectangle(x + 1, box.y, width - 2, box.height, color))
            parts.append(text(x + width / 2, box.y + box.height / 2 + size / 3, words, size,
                              "#ffffff" if filled else color, "middle", "bold"))
            if len(found) > 1:
                parts.append(text(x + width / 2, box.y + box.height - 5, legend("{{node}}", labels), 10,
                                  "#ffffff" if filled else FAINT, "middle"))
        return parts

    def _lines(self, panel, box):
        field = panel["fieldConfig"]["defaults"]
        custom = field["custom"]
        bars = custom["drawStyle"] == "bars"
        series = [each for target in panel["targets"] for each in self._over_time(target, bars) if each[2]]
        if not series:
            return []
        log = custom.get("scaleDistribution", {}).get("type") == "log"
        steps = [step for step in field["thresholds"]["steps"] if step["value"] is not None]
        limits = steps if "thresholdsStyle" in custom else []
        plot = Box(box.x + AXIS, box.y, box.width - AXIS, box.height - LEGEND - 16)
        values = [value for each in series for _, value in each[2]] + [step["value"] for step in limits]
        scale = Scale(values, log, bars, plot)
        parts = self._axes(scale, plot, field)
        for step in limits:
            y = scale.y(step["value"])
            parts.append(line(plot.x, y, plot.x + plot.width, y, COLORS[step["color"]], "6 4"))
        styles = {override["matcher"]["options"]: "orange" for override in panel["fieldConfig"]["overrides"]}
        for index, (_, ref, points, step) in enumerate(series):
            color = COLORS[styles[ref]] if ref in styles else SERIES[index % len(SERIES)]
            if bars:
                width = plot.width / BARS
                parts += [rectangle(self._x(at, plot) - width, scale.y(value), width,
                                    scale.y(0) - scale.y(value), color) for at, value in points]
                continue
            for part in unbroken(points, step):
                parts.append(polyline([(self._x(at, plot), scale.y(value)) for at, value in part], color,
                                      "5 4" if ref in styles else None))
        shown_series = [(name, SERIES[index % len(SERIES)]) for index, (name, ref, _, _) in enumerate(series)
                        if ref not in styles]
        return parts + legend_line(shown_series, Box(box.x, box.y + box.height - LEGEND, box.width, LEGEND))

    def _axes(self, scale, plot, field):
        parts = []
        for value in scale.ticks(whole=field.get("decimals") == 0):
            y = scale.y(value)
            parts += [line(plot.x, y, plot.x + plot.width, y, "#eaeef2"),
                      text(plot.x - 4, y + 3.5, shown(value, field), 10, FAINT, "end")]
        return parts + self._times(plot)

    def _times(self, plot):
        parts = []
        for at in round_times(self._begin, self._end):
            parts.append(text(self._x(at, plot), plot.y + plot.height + 13, clock_time(at), 10, FAINT, "middle"))
        return parts

    def _x(self, at, plot):
        return plot.x + (at - self._begin) / (self._end - self._begin) * plot.width

    def _timeline(self, panel, box):
        series = self._over_time(panel["targets"][0])
        field = panel["fieldConfig"]["defaults"]
        if not series:
            return []
        names = max(len(name) for name, _, _, _ in series)
        left = min(names * 6 + 8, box.width / 3)
        plot = Box(box.x + left, box.y, box.width - left, box.height - 18)
        height, parts = plot.height / len(series), []
        for index, (name, _, points, step) in enumerate(sorted(series)):
            y = plot.y + index * height
            parts.append(text(plot.x - 6, y + height / 2 + 3.5, name, min(10, height), INK, "end", room=left))
            for begin, end, value in runs(points, step):
                words, color = mapped(value, field)
                x, width = self._x(begin, plot), self._x(min(end, self._end), plot) - self._x(begin, plot)
                parts.append(rectangle(x, y + 1, width, height - 2, color))
                if len(words) * 6 < width and height > 9:
                    parts.append(text(x + 4, y + height / 2 + 3.5, words, min(10, height - 1), "#ffffff"))
        return parts + self._times(plot)

    def _table(self, panel, box):
        columns = [(target["refId"], self._now(target)) for target in panel["targets"]]
        rename = next(each["options"]["renameByName"] for each in panel["transformations"] if each["id"] == "organize")
        present = {label for _, found in columns for labels, _ in found for label in labels}
        keys = [label for label in rename if label in present]
        rows = {}
        joint = [label for label in keys if all(label in labels for _, found in columns for labels, _ in found)]
        for ref, found in columns:
            for labels, value in found:
                entry = rows.setdefault(tuple(labels.get(label, "") for label in joint or keys), ({}, {}))
                entry[0].update(labels)
                entry[1][ref] = value
        if not rows:
            return []
        overrides = {each["matcher"]["options"]: {one["id"]: one["value"] for one in each["properties"]}
                     for each in panel["fieldConfig"]["overrides"]}
        fields = [overrides.get(f"Value #{ref}", overrides.get("Value", {})) for ref, _ in columns]
        heads = [rename[label] for label in keys] + [field["displayName"] for field in fields]
        cells = [[(labels.get(label, ""), INK) for label in keys] +
                 [mapped(values[ref], field) if ref in values else ("", INK)
                  for (ref, _), field in zip(columns, fields)] for labels, values in
                 (rows[key] for key in sorted(rows))]
        return grid(heads, cells, box)


class Scale:
    """Values to pixels, linear or logarithmic."""

    def __init__(self, values, log, from_zero, plot):
        self._log, self._plot = log and min(values) > 0, plot
        low, high = min(values), max(values)
        if self._log:
            low, high = 10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high * 1.0001))
        else:
            if from_zero:
                low = min(low, 0)
            margin = (high - low or abs(high)) * 0.06 or 1
            low, high = (low if low == 0 else low - margin), high + margin
        self._low, self._high = self._of(low), self._of(high)
        self._range = (low, high)

    def _of(self, value):
        return math.log10(max(value, 1e-12)) if self._log else value

    def y(self, value):
        share = (self._of(value) - self._low) / (self._high - self._low)
        return self._plot.y + self._plot.height * (1 - share)

    def ticks(self, whole):
        if self._log:
            return [10.0 ** power for power in range(round(self._low), round(self._high) + 1)]
        return [value for value in ticks(*self._range) if not whole or value == round(value)]


def legend(form, labels):
    return " ".join(re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found.group(1), ""), form).split()) or "value"


def unbroken(points, step):
    """The parts of a series between its gaps."""
    part = []
    for at, value in points:
        if part and at - part[-1][0] > 1.5 * step:
            yield part
            part = []
        part.append((at, value))
    if part:
        yield part


def runs(points, step):
    """(begin, end, value) of each stretch without a change."""
    for part in unbroken(points, step):
        begin, value = part[0]
        for at, each in part[1:]:
            if each != value:
                yield begin, at, value
                begin, value = at, each
        yield begin, part[-1][0] + step, value


def legend_line(series, box):
    parts, x = [], box.x
    for name, color in series:
        width = 20 + len(name) * 5.8
        if x + width > box.x + box.width - REST:
            parts.append(text(x, box.y + 13, f"and {len(series) - len(parts) // 2} more", 10, FAINT))
            break
        parts += [rectangle(x, box.y + 8, 10, 3, color), text(x + 14, box.y + 13, name, 10, INK)]
        x += width
    return parts


def grid(heads, cells, box):
    """A table; columns as wide as their longest text, rows as far as they fit."""
    lengths = [max(len(str(row[index][0])) for row in cells + [[(head, "") for head in heads]])
               for index, head in enumerate(heads)]
    widths = [box.width * (length + 2) / sum(each + 2 for each in lengths) for length in lengths]
    parts, height = [], 19
    fitting = int(box.height / height) - 1
    for index, row in enumerate([[(head, FAINT) for head in heads]] + cells[:fitting]):
        x, y = box.x, box.y + index * height
        if index:
            parts.append(line(box.x, y, box.x + box.width, y, "#eaeef2"))
        for (words, color), width in zip(row, widths):
            parts.append(text(x + 2, y + 14, words, 11, color, weight=None if index else "bold", room=width))
            x += width
    if len(cells) > fitting:
        parts.append(text(box.x + box.width, box.y + box.height + 3, f"and {len(cells) - fitting} more rows", 10,
                          FAINT, "end"))
    return parts
