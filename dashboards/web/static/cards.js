// The smaller cards. Each takes its element and its part of the snapshot.

import { h, sized } from "/static/dom.js";
import { ago, clock, millis, number, percent, span, t, word } from "/static/words.js";

const replace = (element, ...children) => element.replaceChildren(...children.flat(Infinity));
const calm = (text) => h("p", { class: "calm" }, text);

function table(head, rows) {
  return h("table", {},
    h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, at) => at
      ? h("td", { class: "n" }, cell) : h("th", { scope: "row" }, cell))))));
}

export function clocks(element, s) {
  if (!s.clocks) return;
  const { returned, durable } = s.clocks;
  const shipper = s.shipper ?? {};
  const us = (ms) => (ms === undefined || ms === null ? null : ms * 1000);
  replace(element,
    table([t("clock.ms"), "p50", "p99", "p99.9"], [
      [t("clock.returned"), ...returned.map(millis)],
      [t("clock.durable"), ...durable.map(millis)],
      [t("clock.queryable"), millis(us(shipper.acknowledged_ms_p50)),
        millis(us(shipper.acknowledged_ms_p99)), millis(us(shipper.acknowledged_ms_p999))],
    ]),
    h("p", { class: "hint" }, s.clocks.n ? t("clock.of", { n: number(s.clocks.n) }) : t("clock.none")));
}

/** Held share as a bar, with a mark where the lane's promise is. */
export function lanes(element, rows) {
  if (!rows) return;
  if (!rows.length) return void replace(element, calm(t("lanes.none")));
  const most = Math.max(0.02, ...rows.map((row) => Math.max(row.holds / row.n, row.promised ?? 0)));
  replace(element, rows.map((row) => {
    const share = row.holds / row.n;
    const bar = h("div", { class: "bar" }, sized(h("i", { class: "HOLD" }), "width", 100 * share / most));
    if (row.promised) bar.append(sized(h("b", { title: t("lanes.target") }), "left", 100 * row.promised / most));
    return h("div", { class: "line" },
      h("span", {}, row.lane || "–"), h("span", { class: "n" }, percent(share),
        row.promised ? h("small", {}, t("lanes.of", { target: percent(row.promised) })) : null),
      bar,
      h("small", { class: "hint" }, t("lanes.counts", { n: number(row.n), refers: number(row.refers),
        waiting: number(row.waiting) }), row.fell_out ? ` · ${t("lanes.out", { n: row.fell_out })}` : ""));
  }));
}

export function evidence(element, rows) {
  if (!rows) return;
  if (!rows.length) return void replace(element, calm(t("evidence.none")));
  replace(element, rows.map((row) => {
    const share = row.lacked / row.asked;
    const why = [row.sensor_down ? t("evidence.down", { n: row.sensor_down }) : null,
      row.failed ? t("evidence.failed", { n: row.failed }) : null].filter(Boolean).join(" · ");
    return h("div", { class: "line" },
      h("span", {}, word("stream", row.stream)), h("span", { class: "n" }, percent(share)),
      h("div", { class: "bar" }, sized(h("i", { class: "REFER" }), "width", 100 * share)),
      h("small", { class: "hint" }, t("evidence.counts", { n: number(row.lacked), of: number(row.asked) }),
        why ? ` · ${why}` : ""));
  }));
}

export function quality(element, rows) {
  if (!rows) return;
  const models = new Map();
  for (const row of rows) {
    const key = `${row.subject_kind}|${row.model}`;
    models.set(key, { ...models.get(key), [row.metric]: row, kind: row.subject_kind, model: row.model });
  }
  if (!models.size) return void replace(element, calm(t("quality.none")));
  const figure = (row) => (row ? [number(row.figure, 3), h("small", {},
    row.least === null ? "" : `${number(row.least, 3)}–${number(row.most, 3)}`)] : "–");
  replace(element, h("div", { class: "scroll" }, table(
    [t("quality.model"), "AUC", t("quality.loss"), t("quality.precision"), t("quality.labels")],
    [...models.values()].map((one) => [
      [word("model", one.model), h("small", {}, word("subject", one.kind))],
      figure(one.auc), figure(one.log_loss), figure(one.precision),
      number(Math.max(0, ...Object.values(one).map((row) => row?.labels ?? 0)))]))));
}

export function drifts(element, rows) {
  if (!rows) return;
  if (!rows.length) return void replace(element, calm(t("drifts.none")));
  replace(element, h("ul", { class: "plain" }, rows.map((row) => h("li", {},
    h("b", { class: "late" }, row.watched.replaceAll("_", " ")), ` ${word("subject", row.subject_kind)} · `,
    t("drifts.moved", { before: number(row.before, 3), after: number(row.after, 3) }),
    h("small", {}, `${row.detector} · ${clock(row.at_us, true)}`)))));
}

export function sensors(element, rows) {
  if (!rows) return;
  if (!rows.length) return void replace(element, calm(t("sensors.none")));
  replace(element, h("ul", { class: "plain" }, rows.map((row) => h("li", {},
    h("b", { class: "late" }, row.device), h("small", {}, ago(row.since_us))))));
}

/** How far the store is behind, and what waits before it. */
export function shipping(element, s) {
  const shipper = s.shipper;
  const waits = Math.max(0, ...(s.lanes ?? []).map((lane) => lane.queued_us_p99 ?? 0));
  const rows = [
    [t("shipping.lag"), shipper ? t("shipping.events", { n: number(shipper.lag_events) }) : "–"],
    [t("shipping.time"), shipper ? span(shipper.lag_ms / 1000) : "–"],
    [t("shipping.intake"), Number.isFinite(s.intake?.intake_events)
      ? t("shipping.full", { n: number(s.intake.intake_events), of: number(s.intake.intake_limit_events) }) : "–"],
    [t("shipping.queue"), waits ? `${millis(waits)} ms` : "–"],
  ];
  replace(element, h("dl", {}, rows.map(([name, value]) =>
    [h("dt", {}, name), h("dd", { class: "n" }, value)])),
    shipper ? [] : calm(t("shipping.silent")));
}

export function letters(element, rows) {
  if (!rows) return;
  if (!rows.length) return void replace(element, calm(t("letters.none")));
  replace(element, table([t("letters.reason"), t("letters.hour"), t("letters.all")],
    rows.map((row) => [row.reason.replaceAll("_", " ").toLowerCase(), number(row.hour), number(row.n)])));
}
