// The live page: one stream of snapshots, laid out in cards.

import { chartIn } from "/static/chart.js";
import { h } from "/static/dom.js";
import * as cards from "/static/cards.js";
import { latest, queue } from "/static/lists.js";
import { clock, number, t, word } from "/static/words.js";

const SILENT_MS = 6000;
let source = null;
let timer = null;
let chart = null;
let last = null;
let heard = 0;
let told = "";

export function start(main, me) {
  const parts = {
    rate: h("strong", { class: "figure", id: "rate" }),
    split: h("ul", { class: "split" }),
    total: h("span", { id: "total" }),
    at: h("time", { id: "at" }),
    plot: h("div", { class: "plot", role: "img" }),
    clocks: h("div"), lanes: h("div"), evidence: h("div"), queue: h("tbody"), latest: h("ol"),
    states: h("p", { class: "hint" }), sensors: h("div"), letters: h("div"), drifts: h("div"),
    quality: h("div"), shipping: h("div"),
  };
  main.append(h("h1", { class: "unseen" }, t("page.live")), h("div", { class: "cards" },
    card("rate", "span-12", h("div", { class: "hero" },
      h("div", {}, parts.rate, parts.split, h("p", { class: "hint" }, parts.total, parts.at)),
      parts.plot)),
    card("queue", "span-7", parts.states, h("div", { class: "scroll tall" },
      h("table", {}, h("thead", {}, h("tr", {},
        ["due", "verdict", "stage", "risk", "state"].map((name) =>
          h("th", { scope: "col" }, t(`column.${name}`))))), parts.queue))),
    card("latest", "span-5", h("div", { class: "scroll tall" }, parts.latest)),
    h("div", { class: "column" },
      card("clocks", "", parts.clocks), card("shipping", "", parts.shipping)),
    card("lanes", "span-4", parts.lanes),
    h("div", { class: "column" },
      card("evidence", "", parts.evidence), card("sensors", "", parts.sensors)),
    card("quality", "span-6", parts.quality),
    h("div", { class: "column wide" },
      card("drifts", "", parts.drifts), card("letters", "", parts.letters))));
  chart = chartIn(parts.plot);
  if (last) show(parts, last, me);
  listen(parts, me);
}

export function stop() {
  source?.close();
  clearInterval(timer);
  chart?.close();
}

export function restyled() {
  chart?.restyle();
}

function card(name, width, ...children) {
  const title = `title-${name}`;
  return h("section", { class: `card ${width}`, id: `card-${name}`, "aria-labelledby": title },
    h("h2", { id: title, title: t(`about.${name}`) }, t(`card.${name}`)), children);
}

function listen(parts, me) {
  heard = Date.now();
  source = new EventSource("/live");
  source.onmessage = (event) => {
    heard = Date.now();
    last = JSON.parse(event.data);
    show(parts, last, me);
  };
  source.onerror = async () => {
    // A stream that is refused is not opened again by the browser: the session may be over.
    if (source.readyState !== EventSource.CLOSED) return;
    const asked = await fetch("/api/me").catch(() => null);
    if (asked?.status === 401) location.assign("/login");
    else setTimeout(() => { if (source.readyState === EventSource.CLOSED) reopen(parts, me); }, 2000);
  };
  timer = setInterval(() => {
    if (Date.now() - heard > SILENT_MS) warn(["page"]);
  }, 1000);
}

function reopen(parts, me) {
  clearInterval(timer);
  source.close();
  listen(parts, me);
}

function show(parts, s, me) {
  const down = [];
  if (s.engine.up === false) down.push("engine");
  if (!s.store.up) down.push("store");
  warn(down, s);
  const rates = s.rates;
  const sum = rates.RELEASE + rates.HOLD + rates.REFER;
  parts.rate.replaceChildren(number(sum, sum < 100 ? 1 : 0), h("small", {}, t("per.second")));
  parts.split.replaceChildren(...["RELEASE", "HOLD", "REFER"].map((verdict) => h("li", {},
    h("span", { class: `verdict ${verdict}` }, word("verdict", verdict)),
    h("b", { "data-rate": verdict }, number(rates[verdict], rates[verdict] < 100 ? 1 : 0)))));
  parts.total.textContent = s.decisions === undefined ? "" : t("total", { n: number(s.decisions) });
  parts.at.textContent = ` · ${clock(s.at_us)}`;
  parts.at.dateTime = new Date(s.at_us / 1000).toISOString();
  parts.plot.setAttribute("aria-label", chart.describe(rates));
  chart.show(s.series);
  document.body.dataset.through = s.through;
  document.body.dataset.answers = ["RELEASE", "HOLD", "REFER"].map((verdict) =>
    s.series[verdict].reduce((all, n) => all + n, 0)).join(" ");
  document.body.dataset.from = s.series.from;
  queue(parts, s.waiting, s.at_us, me);
  latest(parts.latest, s.stops);
  cards.clocks(parts.clocks, s);
  cards.lanes(parts.lanes, s.lanes);
  cards.evidence(parts.evidence, s.evidence);
  cards.quality(parts.quality, s.quality);
  cards.drifts(parts.drifts, s.drifts);
  cards.sensors(parts.sensors, s.sensors);
  cards.shipping(parts.shipping, s);
  cards.letters(parts.letters, s.letters);
}

/** Say what is down; only a change is said, so that a screen reader does not repeat it. */
function warn(down, s) {
  const key = down.join();
  document.body.dataset.down = key;
  const banner = document.querySelector("#banner");
  if (key === told && banner.childElementCount === down.length) return;
  told = key;
  banner.replaceChildren(...down.map((what) => h("p", { class: "down" },
    h("b", {}, t(`down.${what}`)), " ", t(`down.${what}.then`,
      { since: what === "engine" && s ? clock(s.engine.since_us) : "" }))));
}
