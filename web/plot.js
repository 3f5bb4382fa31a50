// SPDX-License-Identifier: Apache-2.0
"use strict";
// The offset plot with its bound, the jumps in it, and the state timeline below on the same axis.

const plotView = { all: false, data: null };

// Round steps for about `count` grid lines over `range`.
function niceStep(range, count) {
  const raw = range / count;
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= raw);
}

// Half the height of the axis, and whether points lie beyond it: one step of 11 s must not turn an
// hour of microseconds into a flat line.
function axisLimit(points, all) {
  const sizes = points.map((p) => Math.max(Math.abs(p.offset_seconds), p.error_bound_seconds));
  const largest = Math.max(...sizes, 1e-9);
  const sorted = [...sizes].sort((a, b) => a - b);
  const usual = Math.max(sorted[Math.floor(sorted.length * 0.9)] * 1.6, 1e-9);
  const clipped = largest > usual * 4;
  return { limit: (all || !clipped ? largest : usual) * 1.1, clipped };
}

// Growth of a bound whose point has no growth of its own (RFC 5905, PHI).
const AGEING = 15e-6;
// The two points on either side of a jump have one time; their answer and the jump's are from different moments.
const SAME_MOMENT = 2;

function agedBound(point, time) {
  return point.error_bound_seconds + (point.bound_growth_ratio ?? AGEING) * (time - point.time_seconds);
}

// Times of the jumps between two points that the points themselves do not show as a step.
function jumpsBetween(p, q, points, jumps, now) {
  const stepped = (t) => points.some((point, i) => i > 0 && point.time_seconds === points[i - 1].time_seconds &&
    Math.abs(point.time_seconds - t) < SAME_MOMENT);
  return jumps.filter((jump) => !jump.earlier_boot && jump.size_seconds !== 0)
    .map((jump) => ({ time: now - jump.age_seconds, size: jump.size_seconds }))
    .filter((jump) => jump.time > p.time_seconds && jump.time < q.time_seconds && !stepped(jump.time))
    .sort((a, b) => a.time - b.time);
}

// Line and band in pieces, broken where neither was known: the band grows with the time since its point, and a jump is
// a step at its own moment.
function plotPieces(points, jumps, now) {
  const pieces = [];
  let last = null;
  for (const q of points) {
    const known = q.offset_seconds !== undefined;
    if (last) {
      const { line, band } = pieces[pieces.length - 1];
      const between = jumpsBetween(last, q, points, jumps, now);
      let level = last.offset_seconds;
      between.forEach((jump, i) => {
        line.push({ time: jump.time, value: level });
        band.push({ time: jump.time, value: agedBound(last, jump.time) });
        const ends = known && i === between.length - 1;
        level = ends ? q.offset_seconds : level - jump.size;
        line.push({ time: jump.time, value: level });
        band.push({ time: jump.time, value: ends ? q.error_bound_seconds : Math.abs(level) + agedBound(last, jump.time) });
      });
      if (between.length === 0) band.push({ time: q.time_seconds, value: agedBound(last, q.time_seconds) });
      if (!known) line.push({ time: q.time_seconds, value: level });
    }
    if (known) {
      if (!last) pieces.push({ line: [], band: [] });
      const { line, band } = pieces[pieces.length - 1];
      line.push({ time: q.time_seconds, value: q.offset_seconds });
      band.push({ time: q.time_seconds, value: q.error_bound_seconds });
    }
    last = known ? q : null;
  }
  return pieces;
}

// `points` ends with the present state.
function drawPlot(points, jumps, now) {
  plotView.data = { points, jumps, now };
  const box = byId("plot");
  const shown = points.filter((p) => p.offset_seconds !== undefined);
  if (shown.length < 2) {
    box.replaceChildren(el("div", { class: "empty" }, "The plot begins with the second update."));
    return null;
  }
  const width = box.clientWidth;
  const height = box.clientHeight;
  const area = { left: 64, right: width - 4, top: 8, bottom: height - 20 };
  const from = points[0].time_seconds;
  const to = Math.max(now, points[points.length - 1].time_seconds, from + 1);
  const { limit, clipped } = axisLimit(shown, plotView.all);
  byId("scale").hidden = !clipped;
  byId("scale").textContent = plotView.all ? "zoom in" : "show all";
  const x = (t) => area.left + ((t - from) / (to - from)) * (area.right - area.left);
  const y = (v) => area.top + ((limit - v) / (2 * limit)) * (area.bottom - area.top);
  const at = (t, v) => x(t).toFixed(1) + " " + y(v).toFixed(1);

  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Offset over time" });
  root.append(svg("clipPath", { id: "inside" },
    svg("rect", { x: area.left, y: area.top, width: area.right - area.left, height: area.bottom - area.top })));
  const step = niceStep(2 * limit, 5);
  for (let v = Math.ceil(-limit / step) * step; v <= limit; v += step) {
    const value = Math.abs(v) < step / 1e6 ? 0 : v;
    root.append(svg("line", { class: value === 0 ? "zero" : "grid", x1: area.left, x2: area.right, y1: y(value), y2: y(value) }));
    root.append(svg("text", { x: area.left - 8, y: y(value) + 4, "text-anchor": "end" }, value === 0 ? "0" : trimmed(value, step)));
  }
  const timeStep = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].find((s) => s >= (to - from) / 8) || 172800;
  for (let t = Math.ceil(from / timeStep) * timeStep; t <= to; t += timeStep) {
    if (x(t) > area.right - 18) continue;
    root.append(svg("text", { x: x(t), y: height - 4, "text-anchor": "middle" }, hourMinute(t, timeStep < 60)));
  }
  const clip = svg("g", { "clip-path": "url(#inside)" });
  for (const { line, band } of plotPieces(points, jumps, now)) {
    const upper = band.map((b) => at(b.time, b.value));
    const lower = band.map((b) => at(b.time, -b.value));
    clip.append(svg("path", { class: "band", d: "M" + upper.join("L") + "L" + [...lower].reverse().join("L") + "Z" }));
    clip.append(svg("path", { class: "edge", d: "M" + upper.join("L") + "M" + lower.join("L") }));
    clip.append(svg("path", { class: "line", d: "M" + line.map((l) => at(l.time, l.value)).join("L") }));
  }
  markJumps(clip, jumps, now, from, x, area);
  root.append(clip);
  addCursor(root, shown, x, y, area);
  box.replaceChildren(root);
  return { from, to, left: area.left / width, right: area.right / width };
}

// An axis label in the unit of the step: "-2 ms", "0.5 s".
function trimmed(value, step) {
  const [scale, unit] = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]].find(([s]) => step >= s * 0.1) || [1e-9, "ns"];
  return Number((value / scale).toPrecision(6)).toString().replace("-", "\u2212") + " " + unit;
}

function markJumps(group, jumps, now, from, x, area) {
  let free = -Infinity;  // labels must not overlap
  for (const jump of [...jumps].reverse()) {
    if (jump.earlier_boot) continue;
    const t = now - jump.age_seconds;
    if (t < from) continue;
    group.append(svg("line", { class: "jump", x1: x(t), x2: x(t), y1: area.top, y2: area.bottom }));
    if (x(t) < free) continue;
    // Near the right edge the label is to the left of its line. A jump back puts the offset up, and so on: the label goes to the other side of the line.
    const height = jump.size_seconds < 0 ? area.bottom - 6 : area.top + 11;
    const before = x(t) > area.right - 60;
    group.append(svg("text", { class: "jump-label", x: x(t) + (before ? -5 : 5), y: height, "text-anchor": before ? "end" : "start" }, signed(jump.size_seconds)));
    free = x(t) + 70;
  }
}

function addCursor(root, points, x, y, area) {
  const line = svg("line", { class: "cursor", y1: area.top, y2: area.bottom, visibility: "hidden" });
  const dot = svg("circle", { class: "dot", r: 4.5, visibility: "hidden" });
  root.append(line, dot);
  const show = (visible) => [line, dot].forEach((n) => n.setAttribute("visibility", visible ? "visible" : "hidden"));
  root.addEventListener("pointermove", (event) => {
    const px = event.clientX - root.getBoundingClientRect().left;
    const near = points.reduce((a, b) => Math.abs(x(b.time_seconds) - px) < Math.abs(x(a.time_seconds) - px) ? b : a);
    line.setAttribute("x1", x(near.time_seconds));
    line.setAttribute("x2", x(near.time_seconds));
    dot.setAttribute("cx", x(near.time_seconds));
    dot.setAttribute("cy", Math.min(area.bottom, Math.max(area.top, y(near.offset_seconds))));
    show(true);
    byId("readout").textContent = `${hourMinute(near.time_seconds, true)}  ${signed(near.offset_seconds)}, bound ${short(near.error_bound_seconds)}`;
  });
  root.addEventListener("pointerleave", () => {
    show(false);
    byId("readout").textContent = "";
  });
}

// One coloured piece for each state, on the axis of the plot (or of the last hour without one).
function drawTimeline(phases, axis, now, uptime) {
  const from = axis ? axis.from : now - 3600;
  const to = axis ? axis.to : now;
  const left = axis ? axis.left : 0;
  const right = axis ? axis.right : 1;
  const pieces = [];
  let end = now;
  for (const change of phases.transitions) {
    pieces.push({ state: change.to, begin: now - change.age_seconds, end, event: change.event });
    end = now - change.age_seconds;
  }
  const first = phases.transitions[phases.transitions.length - 1];
  // Before its start slewd had no state.
  pieces.push({ state: first ? first.from : phases.state, begin: Math.max(from, now - uptime), end, event: "" });
  const bar = byId("timeline");
  const place = (t) => (left + ((Math.min(to, Math.max(from, t)) - from) / (to - from)) * (right - left)) * 100;
  bar.replaceChildren(...pieces.filter((p) => p.end > from).map((piece) => {
    const node = el("i", { class: "s-" + piece.state, title: `${piece.state} for ${span(piece.end - piece.begin)} ${piece.event.replaceAll("_", " ")}` });
    node.style.left = place(piece.begin) + "%";
    node.style.width = Math.max(place(piece.end) - place(piece.begin), 0.15) + "%";
    return node;
  }));
  const names = [...new Set(pieces.filter((p) => p.end > from).map((p) => p.state))];
  byId("states").replaceChildren(...names.map((name) => el("span", {}, el("i", { class: "s-" + name }), name)));
}

byId("scale").addEventListener("click", () => {
  plotView.all = !plotView.all;
  drawPlot(plotView.data.points, plotView.data.jumps, plotView.data.now);
});
