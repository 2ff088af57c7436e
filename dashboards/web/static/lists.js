// What waits for officers, and what stopped somebody last.

import { h, keyed } from "/static/dom.js";
import { ago, clock, field, number, percent, span, t, word } from "/static/words.js";

const SOON_US = 120e6;

/** The officers' queue; the times to look move on without the rows being made anew. */
export function queue(parts, waiting, now, me) {
  const { states } = waiting;
  parts.states.textContent = waiting.total
    ? t("queue.states", { ...states, total: number(waiting.total) + (waiting.more ? "+" : ""), overdue: waiting.overdue })
    : t("queue.empty");
  keyed(parts.queue, waiting.tasks, (task) => task.decision_id, (task) => {
    const mine = me.role === "officer" && task.state === "TAKEN" && task.taken_by === me.token;
    return h("tr", { class: task.state === "ESCALATED" ? "urgent" : null },
      h("td", { class: "n due", "data-due": task.review_by_us }),
      h("td", {}, h("a", { href: `/decision/${task.decision_id}` },
        h("span", { class: `verdict ${task.verdict}` }, word("verdict", task.verdict))),
        h("small", {}, word("directive", task.directive))),
      h("td", {}, word("stage", task.stage), h("small", {}, task.gate || task.lane)),
      h("td", { class: "n" }, percent(task.probability, 0)),
      h("td", { class: "word" }, mine ? t("queue.mine") : word("task", task.state),
        task.four_eyes ? h("small", {}, t("queue.two")) : null));
  });
  for (const cell of parts.queue.querySelectorAll("[data-due]")) {
    const left = Number(cell.dataset.due) - now;
    const text = left >= 0 ? t("due.in", { span: span(left / 1e6) }) : ago(Number(cell.dataset.due), now);
    if (cell.textContent !== text) cell.textContent = text;
    cell.classList.toggle("late", left < 0);
    cell.classList.toggle("soon", left >= 0 && left < SOON_US);
  }
}

/** The latest stops with their weightiest reasons; what changed an earlier decision stands out. */
export function latest(list, stops) {
  keyed(list, stops, (stop) => stop.decision_id, (stop) => {
    const revises = !["ANSWER", "PROVISIONAL"].includes(stop.kind);
    const reasons = (stop.top ?? []).map((code, at) => h("span",
      { class: `chip ${stop.weights[at] < 0 ? "less" : ""}` }, field(code)));
    return h("li", { class: revises ? `stop revises ${stop.verdict}` : `stop ${stop.verdict}` },
      h("a", { href: `/decision/${stop.decision_id}` },
        h("span", { class: `verdict ${stop.verdict}` }, word("verdict", stop.verdict)),
        h("span", { class: "to" }, word("directive", stop.directive)),
        revises ? h("em", {}, word("kind", stop.kind)) : null,
        h("time", { class: "n" }, clock(stop.decided_us))),
      h("p", {}, `${word("code", stop.code_class)} · ${stop.gate || stop.lane} · `,
        percent(stop.probability, 0), " ", reasons));
  });
}
