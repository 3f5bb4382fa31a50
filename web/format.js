// SPDX-License-Identifier: Apache-2.0
"use strict";
// Formats numbers and elements. An unknown value is a dash, never a zero.
const DASH = "\u2013";

// [text, unit] with three significant digits: 0.00083 -> ["830", "µs"].
function inUnit(seconds) {
  const size = Math.abs(seconds);
  const units = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
  const [scale, unit] = size === 0 ? [1e-6, "µs"] : units.find(([s]) => size >= s * 0.9995) || units[3];
  const value = seconds / scale;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return [value.toFixed(size === 0 ? 0 : digits).replace("-", "\u2212"), unit];
}

function short(seconds) {
  return seconds === undefined ? DASH : inUnit(seconds).join(" ");
}

function signed(seconds) {
  return seconds === undefined ? DASH : (seconds > 0 ? "+" : "") + short(seconds);
}

// An age or a remaining time: "4 s", "12 min", "3 h 20 min", "14 d".
function span(seconds) {
  if (seconds === undefined) return DASH;
  const s = Math.max(0, seconds);
  if (s < 1) return short(s);
  if (s < 120) return Math.round(s) + " s";
  if (s < 7200) return Math.round(s / 60) + " min";
  if (s < 172800) return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
  return Math.round(s / 86400) + " d";
}

// The rate of a slew: ppm, and percent where ppm would be a long number.
function rate(ratio) {
  return Math.abs(ratio) >= 0.01 ? (ratio * 100).toFixed(1) + " %" : ppm(ratio, 1) + " ppm";
}

function ppm(ratio, digits = 3) {
  if (ratio === undefined) return DASH;
  return (ratio * 1e6).toFixed(digits).replace("-", "\u2212");
}

function hourMinute(unixSeconds, withSeconds = false) {
  return new Date(unixSeconds * 1000).toISOString().slice(11, withSeconds ? 19 : 16);
}

// Elements are built, never parsed: text from the network cannot become markup.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  fill(node, attributes, children);
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(node, attributes, children);
  return node;
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
}

const byId = (id) => document.getElementById(id);

// columns: [{name, cell: row => node or text, num, wrap}]
function drawTable(table, columns, rows, emptyText) {
  if (rows.length === 0) {
    table.replaceChildren(el("caption", { class: "empty" }, emptyText));
    return;
  }
  const kind = (c) => [c.num ? "num" : "", c.wrap ? "wrap" : ""].join(" ").trim();
  const head = el("thead", {}, el("tr", {}, columns.map((c) => el("th", { class: kind(c) }, c.name))));
  const body = el("tbody", {}, rows.map((row) =>
    el("tr", {}, columns.map((c) => el("td", { class: kind(c) }, c.cell(row))))));
  table.replaceChildren(head, body);
}
