// SPDX-License-Identifier: Apache-2.0
"use strict";
// The status page's own code, without a browser: what the plot draws, and what is left when slewd does not answer. Run by
// `node --test`. A document of a few lines stands in for the browser's.
const test = require("node:test");
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const WEB = path.join(__dirname, "..", "..", "web");

class Node {
  constructor(id = "") {
    this.id = id;
    this.children = [];
    this.attributes = {};
    this.style = {};
    this.textContent = "";
    this.className = "";
    this.clientWidth = 800;
    this.clientHeight = 240;
    const words = () => this.className.split(" ").filter(Boolean);
    this.classList = {
      add: (word) => { this.className = [...words().filter((w) => w !== word), word].join(" "); },
      remove: (word) => { this.className = words().filter((w) => w !== word).join(" "); },
      contains: (word) => words().includes(word),
    };
  }
  setAttribute(name, value) { if (name === "class") this.className = String(value); else this.attributes[name] = String(value); }
  append(...nodes) { this.children.push(...nodes); }
  replaceChildren(...nodes) { this.children = nodes; }
  addEventListener() {}
  everything() { return [this, ...this.children.filter((c) => c instanceof Node).flatMap((c) => c.everything())]; }
  querySelectorAll(selector) {
    const word = selector.split(".").pop();
    return this.everything().slice(1).filter((node) => node.classList.contains(word));
  }
}

// A page whose time and answers a test gives by hand.
class Page {
  constructor() {
    this.now = 1000;
    this.answers = {};
    this.aborted = 0;
    this.requests = 0;
    this.timeouts = [];
    const byId = new Map();
    const main = new Node();
    const get = (id) => {
      if (!byId.has(id)) { byId.set(id, new Node(id)); main.append(byId.get(id)); }
      return byId.get(id);
    };
    this.get = get;
    const document = {
      hidden: false, title: "", body: new Node(), getElementById: get, addEventListener() {},
      createElement: () => new Node(), createElementNS: () => new Node(), querySelector: () => main,
      querySelectorAll: (selector) => (selector === "#tiles .value" ? get("tiles").querySelectorAll(".value") : main.querySelectorAll(selector)),
    };
    this.document = document;
    this.main = main;
    this.context = vm.createContext({
      document, window: { addEventListener() {} }, performance: { now: () => this.now }, AbortController, console,
      setInterval: () => 0, clearInterval() {}, clearTimeout() {},
      setTimeout: (call) => this.timeouts.push(call),
      fetch: (url, { signal }) => this.answer(url.replace("/api/v1/", ""), signal),
    });
    for (const file of ["format.js", "plot.js", "app.js"])
      vm.runInContext(fs.readFileSync(path.join(WEB, file), "utf8"), this.context, { filename: file });
  }
  answer(name, signal) {
    ++this.requests;
    const body = this.answers[name];
    if (body === "hang")
      return new Promise((_, reject) => signal.addEventListener("abort", () => { ++this.aborted; reject(new Error("aborted")); }));
    if (body === undefined) return Promise.reject(new Error("refused"));
    return Promise.resolve({ ok: true, json: () => Promise.resolve(structuredClone(body)) });
  }
  run(code) { return vm.runInContext(code, this.context); }
  async round() {
    const done = this.run("refresh()");
    const expire = () => this.timeouts.splice(0).forEach((call) => call());
    if (Object.values(this.answers).includes("hang")) expire();
    await done;
  }
  healthy() {
    this.answers = {
      status: {
        version: "1", revision: "r", node: "mail-1", uptime_seconds: 100, wall_utc: "2026-12-01T00:00:00Z", verdict: { level: "ok", text: "offset +1 us" },
        mode: "auto", steering: true, state: "sync", state_age_seconds: 9, frequency_state: "plausible", invariants: {}, offset_seconds: 1e-6,
        error_bound_seconds: 1e-3, jitter_seconds: 1e-6, frequency_ratio: 0, skew_ratio: 0, base_frequency_ratio: 0, slew: { remaining_seconds: 0, rate_ratio: 0 },
        poll: { minimum_seconds: 64, maximum_seconds: 1024 }, sources: { total: 1, reachable: 1, usable: 1 }, jumps: { total: 0 },
      },
      sources: { sources: [{ name: "a", state: "selected", reason: "agrees", reach: 255, reach_octal: "377", responses: 1, requests: 1, stratum: 1, rejected: {} }] },
      jumps: { jumps: [] }, phases: { state: "sync", transitions: [] },
      history: { points: [{ age_seconds: 60, offset_seconds: 0, error_bound_seconds: 1e-3 }, { age_seconds: 30, offset_seconds: 0, error_bound_seconds: 1e-3 }] },
      rules: { paused: false, rules: [], probes: [{ name: "p", kind: "tcp", state: "ok", runs: 1, failures: 0 }] }, actions: { actions: [] },
    };
  }
  verdict() { return this.get("verdict-word").textContent; }
  greens() { return this.main.querySelectorAll(".good").length; }
}

async function healthyPage() {
  const page = new Page();
  await new Promise(setImmediate);  // the round of the start, which nobody answers
  page.healthy();
  await page.round();
  return page;
}

test("a page that is answered is live and green", async () => {
  const page = await healthyPage();
  assert.equal(page.verdict(), "On time");
  assert.match(page.document.title, /^On time/);
  assert.ok(page.greens() > 3);
});

for (const [what, answer] of [["is dead", undefined], ["hangs", "hang"]]) {
  test(`a daemon that ${what} leaves no contact in word and title, and nothing green`, async () => {
    const page = await healthyPage();
    for (const name of Object.keys(page.answers)) page.answers[name] = answer;
    page.now += 7000;
    await page.round();
    assert.equal(page.verdict(), "No contact");
    assert.match(page.document.title, /^No contact . mail-1 . slewd$/);
    assert.match(page.get("verdict-text").textContent, /has not answered for 7 s/);
    assert.equal(page.get("verdict").className, "verdict critical");
    assert.equal(page.greens(), 0);
    assert.ok(page.document.body.classList.contains("stale"));
    for (const value of page.get("tiles").querySelectorAll(".value")) assert.deepEqual(value.children, ["\u2013"]);
    page.healthy();
    await page.round();
    assert.equal(page.verdict(), "On time");
    assert.ok(!page.document.body.classList.contains("stale"));
  });
}

test("a round that hangs is not joined by another, and is given up", async () => {
  const page = await healthyPage();
  for (const name of Object.keys(page.answers)) page.answers[name] = "hang";
  const before = page.requests;
  const round = page.run("refresh()");
  for (let i = 0; i < 20; ++i) await page.run("refresh()");
  assert.equal(page.requests - before, 7);
  page.timeouts.splice(0).forEach((call) => call());
  await round;
  assert.equal(page.aborted, 7);
});

test("what has not been answered for seconds is not shown as live, whatever became of the round", async () => {
  const page = await healthyPage();
  page.now += 6000;
  page.run("checkAge()");
  assert.equal(page.verdict(), "On time", "a slow answer may still come");
  page.now += 2000;
  page.run("checkAge()");
  assert.equal(page.verdict(), "No contact");
});

test("rules and actions that are not answered say so, and leave the clock's part alone", async () => {
  const page = await healthyPage();
  page.answers.rules = page.answers.actions = undefined;
  page.now += 5000;
  await page.round();
  assert.equal(page.verdict(), "On time");
  assert.match(page.get("rules-note").textContent, /no answer for 5 s/);
  assert.match(page.get("actions-note").textContent, /no answer for 5 s/);
  assert.equal(page.get("probes").querySelectorAll(".good").length, 0);
});

// Points as [time, offset, bound], jumps as [time, size]; now is 0.
function pieces(points, jumps = []) {
  const page = new Page();
  const input = points.map(([time, offset, bound, growth]) => offset === undefined ? { time_seconds: time } :
    { time_seconds: time, offset_seconds: offset, error_bound_seconds: bound, bound_growth_ratio: growth });
  const events = jumps.map(([time, size]) => ({ age_seconds: -time, size_seconds: size }));
  const drawn = page.context.plotPieces(input, events, 0);
  return JSON.parse(JSON.stringify(drawn));
}
const pairs = (path) => path.map(({ time, value }) => [time, Number(value.toFixed(6))]);

test("a step between two polls is drawn at the moment of the jump and not as a ramp", () => {
  const [{ line }] = pieces([[-1024, 0, 0.001], [-1, 10, 10.001]], [[-5, -10]]);
  assert.deepEqual(pairs(line), [[-1024, 0], [-5, 0], [-5, 10], [-1, 10]]);
});

test("two steps between two polls are two steps", () => {
  const [{ line }] = pieces([[-100, 0, 0.001], [0, 7, 7.001]], [[-20, 3], [-60, -10]]);
  assert.deepEqual(pairs(line), [[-100, 0], [-60, 0], [-60, 10], [-20, 10], [-20, 7], [0, 7]]);
});

test("a step that the points show themselves is drawn once", () => {
  const [{ line }] = pieces([[-100, 0, 0.001], [-50, 0, 0.001], [-50, 10, 10.001], [0, 9, 9.001]], [[-50.2, -10]]);
  assert.deepEqual(pairs(line), [[-100, 0], [-50, 0], [-50, 10], [0, 9]]);
});

test("the band grows from point to point by what the point says", () => {
  const [{ band }] = pieces([[-1000, 0, 0.001, 1e-3], [0, 0, 0.001]]);
  assert.deepEqual(pairs(band), [[-1000, 0.001], [0, 1.001], [0, 0.001]]);
  const [usual] = pieces([[-1000, 0, 0.001], [0, 0, 0.001]]);
  assert.deepEqual(pairs(usual.band)[1], [0, 0.016]);
});

test("where the offset was not known, line and band are broken", () => {
  const drawn = pieces([[-300, 0, 0.001], [-200], [-100, 0, 0.001], [0, 0, 0.001]]);
  assert.equal(drawn.length, 2);
  assert.deepEqual(pairs(drawn[0].line), [[-300, 0], [-200, 0]]);
  assert.equal(drawn[1].line[0].time, -100);
});
