# SPDX-License-Identifier: Apache-2.0
"""Shapes and numbers for pictures of dashboards: SVG text, units, colours, axes."""

import html
import math
import time

COLORS = {"green": "#2b8a3e", "light-green": "#74b816", "yellow": "#b58900", "orange": "#e8590c",
          "light-orange": "#f59f00", "red": "#c92a2a", "blue": "#1971c2", "purple": "#862e9c", "text": "#495057"}
SERIES = ("#2b8a3e", "#e0a800", "#1971c2", "#e8590c", "#862e9c", "#c2255c", "#0c8599", "#5c940d", "#5f3dc4",
          "#a61e4d")
INK, FAINT, FRAME = "#24292f", "#8c959f", "#d0d7de"
CHARACTER = 0.56  # mean width of a letter, as a share of the font's size


def number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


def text(x, y, words, size=11, color=INK, anchor="start", weight=None, room=None):
    """A line of text, cut to `room` pixels."""
    if room is not None:
        most = max(int(room / (size * CHARACTER)), 1)
        words = words if len(words) <= most else words[:max(most - 1, 1)] + "…"
    bold = f' font-weight="{weight}"' if weight else ""
    return (f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" fill="{color}" '
            f'text-anchor="{anchor}"{bold}>{html.escape(words)}</text>')


def rectangle(x, y, width, height, fill, stroke=None):
    edge = f' stroke="{stroke}"' if stroke else ""
    return (f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 0.5))}" '
            f'height="{number(max(height, 0.5))}" fill="{fill}"{edge}/>')


def line(x1, y1, x2, y2, color, dash=None):
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" '
            f'stroke="{color}"{dashed}/>')


def polyline(points, color, dash=None):
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    places = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="1.3"{dashed}/>'


def seconds(value):
    size = abs(value)
    if size == 0:
        return "0 s"
    for limit, unit, scale in ((1e-6, "ns", 1e9), (1e-3, "µs", 1e6), (1, "ms", 1e3), (60, "s", 1),
                               (3600, "min", 1 / 60), (86400, "h", 1 / 3600)):
        if size < limit:
            return f"{value * scale:.3g} {unit}"
    return f"{value / 86400:.3g} d"


def plain(value, digits):
    """Without a power of ten."""
    return f"{value:,.0f}" if abs(value) >= 10 ** digits else f"{value:.{digits}g}"


def shown(value, field):
    """A value under a field's unit."""
    unit, decimals = field.get("unit", "none"), field.get("decimals")
    if math.isnan(value):
        return "NaN"
    if unit == "s":
        return seconds(value)
    if unit == "percentunit":
        return plain(100 * value, 3) + " %"
    words = f"{value:.{decimals}f}" if decimals is not None else plain(value, 4)
    return words + {"ppm": " ppm", "reqps": " req/s"}.get(unit, "")


def mapped(value, field):
    """(text, colour) of a value: by its mappings, else by its unit and thresholds."""
    for mapping in field.get("mappings", []):
        found = mapping["options"].get(f"{value:.0f}")
        if found and value == int(value):
            return found["text"], COLORS[found["color"]]
    color = INK
    for step in field.get("thresholds", {}).get("steps", []):
        if step["value"] is None or value >= step["value"]:
            color = COLORS[step["color"]]
    return shown(value, field), color


def ticks(low, high, wanted=5):
    """Round numbers between two."""
    span = high - low
    raw = span / wanted
    base = 10 ** math.floor(math.log10(raw))
    step = next(base * factor for factor in (1, 2, 5, 10) if base * factor >= raw)
    first = math.ceil(low / step) * step
    return [first + index * step for index in range(int((high - first) / step + 1e-9) + 1)]


def round_times(begin, end):
    """Some four to eight moments on whole seconds, minutes or hours."""
    step = next(step for step in (15, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400) if (end - begin) / step < 8)
    return range((int(begin) // step + 1) * step, int(end - step / 4) + 1, step)


def clock_time(moment):
    return time.strftime("%H:%M:%S", time.gmtime(moment))
