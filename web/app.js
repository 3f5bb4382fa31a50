// SPDX-License-Identifier: Apache-2.0
"use strict";
// Polls the API every two seconds and redraws; without an answer it says so and removes all green. docs/api.md has the
// fields.

const EVERY_MS = 2000;
const WORDS = { ok: "On time", warning: "Attention", critical: "Trouble", unknown: "Unknown yet" };
const PATIENCE_MS = 4000;  // with a whole round of requests
const NO_CONTACT = "No contact";
let lastGood = 0;  // time of the last answer for the clock's part
let lastProblem = "";
let underWay = false;
const parts = { rules: { good: 0 }, actions: { good: 0 } };

async function ask(name, signal) {
  const answer = await fetch("/api/v1/" + name, { cache: "no-store", signal });
  if (!answer.ok) throw new Error(name + ": " + answer.status);
  return answer.json();
}

function chip(text, kind = "", title = "") {
  return el("span", { class: "chip " + kind, title }, text);
}

// Screen readers announce a live region whenever it is written to.
function setText(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function drawVerdict(s) {
  byId("verdict").className = "verdict " + s.verdict.level;
  setText("verdict-word", WORDS[s.verdict.level]);
  setText("verdict-text", s.verdict.text);
  byId('chips').replaceChildren(
      ...[chip(s.state, s.state === 'sync' ? 'good' : '', 'for ' + span(s.state_age_seconds)),
          chip(s.mode),
          chip(
              s.steering ? 'steering' : 'observing', s.steering ? 'good' : '',
              s.observe_reason || ''),
          s.rules && s.rules.paused ? chip('actions paused', 'warn', s.rules.paused_reason || '') :
                                      null,
          s.frequency_state === 'plausible' ?
              null :
              chip('frequency ' + s.frequency_state.replaceAll('_', ' '), 'warn', s.verdict.text),
          brokenInvariants(s.invariants),
          s.also_steered_by ? chip('also steered by ' + s.also_steered_by) : null,
          s.leap === 'implausible' ? chip(
                                         'leap second announced: implausible', 'warn',
                                         'this month cannot have one (leap_months)') :
                                     null,
          s.planned_leap ? chip(
                               'leap second: ' + s.planned_leap.leap, 'warn',
                               `before ${s.planned_leap.month_end_utc.slice(0, 19)}Z, by ${
                                   s.planned_leap.mode}`) :
                           null,
  ].filter(Boolean));
  byId("node").textContent = s.node;
  byId("clock").textContent = (s.time_utc || s.wall_utc).slice(0, 19).replace("T", "  ") + " UTC";
  byId("build").textContent = `slewd ${s.version} (${s.revision}), up ${span(s.uptime_seconds)}`;
  document.title = `${WORDS[s.verdict.level]} ${DASH} ${s.node} ${DASH} slewd`;
}

function brokenInvariants(counts) {
  const broken = Object.entries(counts).filter(([, n]) => n > 0);
  return broken.length ?
      chip(
          'invariants broken', 'warn',
          broken.map(([name, n]) => `${name.replaceAll('_', ' ')}: ${n}`).join(', ')) :
      null;
}

function tile(name, value, unit, note, kind = "") {
  return el("div", { class: "tile" }, el("div", { class: "name" }, name),
    el("div", { class: "value " + kind }, value, " ", el("small", {}, unit)),
    el("div", { class: "note", title: note }, note));
}

function drawTiles(s) {
  const known = (seconds) => (seconds === undefined ? [DASH, ""] : inUnit(seconds));
  const plus = ([text, unit], value) => [value > 0 ? "+" + text : text, unit];
  const offset = plus(known(s.offset_seconds), s.offset_seconds);
  const slew = known(s.slew.remaining_seconds);
  const kernel = s.kernel;
  const last = s.jumps.last;
  byId('tiles').replaceChildren(
      tile(
          'Offset', ...offset,
          s.offset_seconds === undefined ? 'not known' :
              s.offset_seconds < 0       ? 'the local clock is ahead' :
                                           'the local clock is behind'),
      tile('Error bound', ...known(s.error_bound_seconds), 'jitter ' + short(s.jitter_seconds)),
      tile(
          'Frequency', ppm(s.frequency_ratio, 2), 'ppm',
          '\u00b1 ' + ppm(s.skew_ratio) + ' ppm, programmed ' + ppm(s.base_frequency_ratio, 2)),
      tile(
          'Slew to go', ...slew,
          s.slew.eta_seconds === undefined ?
              'at ' + rate(s.slew.rate_ratio) :
              'done in ' + span(s.slew.eta_seconds) + ' at ' + rate(s.slew.rate_ratio)),
      last ? tile(
                 'Last jump', ...plus(known(last.size_seconds), last.size_seconds),
                 ago(last) + ', ' + last.cause.replaceAll('_', ' ')) :
             tile('Last jump', 'none', '', 'on record'),
      kernel ?
          tile(
              'Kernel', kernel.unsynchronized ? 'unsync' : 'in sync', '',
              kernelNote(s), kernel.unsynchronized ? 'bad' : '') :
          tile('Kernel', DASH, '', 'not read'));
}

// In mode observe the kernel's flag is unchanged: it is set if no program disciplines the clock.
function kernelNote(s) {
  const unkept = s.kernel.unsynchronized && !s.steering && !s.also_steered_by;
  return unkept ? 'no program disciplines this clock' : 'max error ' + short(s.kernel.max_error_seconds);
}

// Whether one of the last four polls was answered with a usable sample, as the verdict has it.
function answers(source) {
  return (source.reach & 15) !== 0;
}

function reach(source) {
  // The newest poll is the lowest bit: drawn at the right.
  const bits = [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => el("i", { class: (source.reach >> bit) & 1 ? "hit" : "" }));
  return el("span", { class: "reach", title: "reach " + source.reach_octal + ", newest at the right" }, bits);
}

const SOURCE_KIND = { selected: "good strong", combined: "good", candidate: "", outlier: "warn", falseticker: "bad", unreachable: "dim", noselect: "dim" };

function drawSources(list, status) {
  byId("sources-note").textContent = `${status.sources.reachable} of ${status.sources.total} reachable, ${status.sources.usable} usable; polled every ${status.poll.minimum_seconds} s to ${status.poll.maximum_seconds} s`;
  drawTable(byId("sources"), [
    { name: "Source", cell: (r) => [el("span", { class: "strong" }, r.name), el("span", { class: "sub mono" }, r.address || "not resolved")] },
    { name: "State", wrap: true, cell: (r) => [el("span", { class: answers(r) ? SOURCE_KIND[r.state] : "dim" }, r.state), el("span", { class: "sub" }, r.reason)] },
    { name: "Reach", cell: reach },
    { name: "Stratum", num: true, cell: (r) => r.responses ? [String(r.stratum), el("span", { class: "sub" }, r.refid || "")] : DASH },
    { name: "Poll", num: true, cell: (r) => span(r.poll_interval_seconds) },
    { name: "Last sample", num: true, cell: (r) => span(r.last_sample_age_seconds) },
    { name: "Offset", num: true, cell: (r) => [signed(r.offset_seconds), el("span", { class: "sub" }, r.jitter_seconds === undefined ? "" : "\u00b1 " + short(r.jitter_seconds))] },
    { name: "Delay", num: true, cell: (r) => short(r.delay_seconds) },
    { name: "Distance", num: true, cell: (r) => short(r.root_distance_seconds) },
    { name: "Answers", num: true, cell: (r) => [`${r.responses} / ${r.requests}`, el("span", { class: "sub" }, rejected(r))] },
  ], list, "No sources are configured.");
}

function rejected(source) {
  const reasons = Object.entries(source.rejected);
  return reasons.length ? "rejected: " + reasons.map(([why, n]) => `${n} ${why.replaceAll("_", " ")}`).join(", ") : "";
}

// Events of an earlier boot have no age: no clock of this boot ran then.
function ago(event) {
  return event.earlier_boot ? "in an earlier boot" : span(event.age_seconds) + " ago";
}

function drawJumps(jumps, total) {
  byId("jumps-note").textContent = total ? `${total} on record` : "";
  drawTable(byId("jumps"), [
    { name: "When", cell: (r) => [ago(r), el("span", { class: "sub mono" }, r.after_utc.slice(...(r.earlier_boot ? [0, 19] : [11, 19])).replace("T", " "))] },
    { name: "Size", num: true, cell: (r) => [el("span", { class: r.size_seconds < 0 ? "bad strong" : "strong" }, signed(r.size_seconds)), el("span", { class: "sub" }, r.rate_change_ratio === undefined ? "" : "rate " + ppm(r.rate_change_ratio, 2) + " ppm")] },
    { name: "Cause", wrap: true, cell: (r) => [r.cause.replaceAll("_", " "), el("span", { class: "sub" }, r.originator || "")] },
    { name: "Detected after", num: true, cell: (r) => el("span", { title: "at most: the time since the previous check of the clock" }, "\u2264 " + short(r.latency_seconds)) },
    { name: "Witnesses", wrap: true, cell: (r) => el("span", { class: "dim" }, r.witnesses) },
  ], jumps.slice(0, 12), "No jumps detected.");
}

const ENDING_KIND = { verified: "good strong", done: "good", failed: "bad", timed_out: "bad", refused: "warn", would_do: "dim", unknown: "warn" };

function drawActions(actions) {
  byId("actions-note").textContent = actions.length ? "the last " + Math.min(actions.length, 12) : "";
  drawTable(byId("actions"), [
    { name: "When", cell: ago },
    { name: "Action", wrap: true, cell: (r) => [el("span", { class: "strong" }, r.action), el("span", { class: "sub" }, r.rule)] },
    { name: "Ending", wrap: true, cell: (r) => [el("span", { class: ENDING_KIND[r.ending] }, r.ending.replaceAll("_", " ")), el("span", { class: "sub" }, r.detail)] },
    { name: "Took", num: true, cell: (r) => r.took_seconds > 0 ? short(r.took_seconds) : DASH },
  ], actions.slice(0, 12), "No actions.");
}

const RULE_KIND = { firing: "bad", pending: "warn", suppressed: "warn", cooling: "warn" };

function drawRule(rule) {
  const did = rule.actions.map((a) => `${a.action}: ${a.attempts} tried, ${a.verified} verified${a.failures ? ", " + a.failures + " failed" : ""}${a.in_progress ? ", running" : ""}`);
  const held = Object.entries(rule.suppressed).map(([gate, n]) => `${n} blocked by ${gate.replaceAll("_", " ")}`);
  return el("div", { class: "rule" },
    el("div", { class: "top" }, el("span", { class: "strong" }, rule.name), el("span", { class: "grow" }),
      chip(rule.mode, rule.mode === "act" ? "good" : ""), chip(`${rule.state}, ${span(rule.state_age_seconds)}`, RULE_KIND[rule.state] || "")),
    el("code", {}, rule.when),
    el("div", { class: "why" }, rule.explanation),
    el("div", { class: "counts" }, [...did, ...held].join(" \u00b7 ")));
}

function drawRules(data) {
  byId("rules-note").textContent = data.paused ? "all actions are paused: " + (data.paused_reason || "") : "";
  const present = data.rules.filter((rule) => !rule.absent);
  byId("rules").replaceChildren(...(present.length ? present.map(drawRule) : [el("div", { class: "empty" }, "No rules are loaded.")]));
  byId("probes").replaceChildren(...data.probes.map((p) => chip(
    [`${p.name}: ${p.state}`, p.detail || (p.runs === 0 ? "not run yet" : "")].filter(Boolean).join(", "), p.state === "ok" ? "good" : p.state === "failed" ? "bad" : "",
    `${p.kind}, ${p.runs} runs, ${p.failures} failed, last took ${short(p.last_duration_seconds)}`)));
}

// Without an answer no colour may say that all is well.
function withoutGreen(root) {
  root.querySelectorAll(".good").forEach((node) => node.classList.remove("good"));
}

function secondsSince(time) {
  return (performance.now() - time) / 1000;
}

// The clock's part of the page without an answer: the state of the clock is unknown.
function drawNoContact() {
  const silence = lastGood ? " for " + span(secondsSince(lastGood)) : "";
  byId("verdict").className = "verdict critical";
  setText("verdict-word", NO_CONTACT);
  setText("verdict-text", `slewd has not answered${silence}: the state of the clock is unknown` +
    (lastGood ? "; the data below is from before" : ""));
  document.title = [NO_CONTACT, byId("node").textContent, "slewd"].filter(Boolean).join(` ${DASH} `);
  byId("contact").className = "chip bad";
  setText("contact", lastGood ? "no contact" + silence : "no answer yet");
  byId("contact").title = lastProblem;
  byId("clock").textContent = "";
  byId("chips").replaceChildren();
  for (const value of document.querySelectorAll("#tiles .value")) value.replaceChildren(DASH);
  document.body.classList.add("stale");
  withoutGreen(document.querySelector("main"));
}

function drawContact() {
  document.body.classList.remove("stale");
  byId("contact").className = "chip good";
  setText("contact", "live");
  byId("contact").title = "";
}

async function refreshClock(signal) {
  const [status, sources, jumps, phases, history] = await Promise.all(
    ["status", "sources", "jumps", "phases", "history"].map((name) => ask(name, signal)));
  const now = Date.parse(status.wall_utc) / 1000;
  // By age: with the clock's own times the plot would fold at each step.
  for (const point of history.points) point.time_seconds = now - point.age_seconds;
  // The present state is the last point: line and band continue without new samples.
  history.points.push({ time_seconds: now, offset_seconds: status.offset_seconds, error_bound_seconds: status.error_bound_seconds });
  drawVerdict(status);
  drawTiles(status);
  drawTimeline(phases, drawPlot(history.points, jumps.jumps, now), now, status.uptime_seconds);
  drawSources(sources.sources, status);
  drawJumps(jumps.jumps, status.jumps.total);
}

// The agent may publish later than the core, or not at all: its part must not hide the clock's.
async function refreshPart(name, draw, signal) {
  const part = parts[name];
  try {
    draw(await ask(name, signal));
    part.good = performance.now();
    byId(name).classList.remove("stale");
  } catch (problem) {
    byId(name).classList.add("stale");
    withoutGreen(byId(name));
    if (name === "rules") withoutGreen(byId("probes"));
    byId(name + "-note").textContent = part.good ?
      `no answer for ${span(secondsSince(part.good))}: this is from then` : `no answer yet (${problem.message})`;
  }
}

// One round of requests at a time, each with a timeout: a daemon that hangs must not look alive.
async function refresh() {
  if (underWay) return;
  underWay = true;
  const abort = new AbortController();
  const patience = setTimeout(() => abort.abort(), PATIENCE_MS);
  const rest = [refreshPart("rules", drawRules, abort.signal),
    refreshPart("actions", (data) => drawActions(data.actions), abort.signal)];
  try {
    await refreshClock(abort.signal);
    lastGood = performance.now();
    drawContact();
  } catch (problem) {
    lastProblem = String(problem);
    drawNoContact();
  }
  await Promise.all(rest);
  clearTimeout(patience);
  underWay = false;
}

// Each second: the age of the data is checked, also if a round never ends or this page was asleep.
function checkAge() {
  if (!lastGood || secondsSince(lastGood) * 1000 > EVERY_MS + PATIENCE_MS + 1000) drawNoContact();
}

let timer = 0;
let ageTimer = 0;
function schedule() {
  clearInterval(timer);
  clearInterval(ageTimer);
  if (document.hidden) return;
  if (lastGood) checkAge();
  refresh();
  timer = setInterval(refresh, EVERY_MS);
  ageTimer = setInterval(checkAge, 1000);
}
document.addEventListener("visibilitychange", schedule);
window.addEventListener("resize", () => {
  if (plotView.data) drawPlot(plotView.data.points, plotView.data.jumps, plotView.data.now);
});
schedule();
