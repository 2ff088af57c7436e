// What an officer may do with a decision. Whether it takes effect is the engine's word.

import { ask, h } from "/static/dom.js";
import { clock, t, word } from "/static/words.js";

const PLAIN = ["TAKE", "PUT_BACK", "CONFIRM", "RELEASE", "ESCALATE"];
const CHECKS = ["CALL_OFFICER", "BAG_SEARCH", "BODY_SCAN", "DOCUMENT_CHECK", "XRAY_AGAIN",
  "FACE_CHECK", "OPEN_PARCEL", "INTERVIEW"];
const WAITS = ["OPEN", "TAKEN", "SECOND", "ESCALATED"];

/** The card of a decision's task. `again` shows the page anew after an act. */
export function acts(d, me, again) {
  const state = h("p", {}, t("acts.state"), " ",
    h("b", { id: "task-state" }, word("task", d.task ?? "NONE")),
    d.review_by_us ? ` · ${t("acts.by", { at: clock(d.review_by_us, true) })}` : "",
    d.four_eyes ? ` · ${t("queue.two")}` : "");
  if (me.role !== "officer") return [state, h("p", { class: "hint" }, t("acts.masked"))];
  if (!WAITS.includes(d.task) && d.verdict === "RELEASE") {
    return [state, h("p", { class: "hint" }, t("acts.none"))];
  }
  const told = h("p", { class: "told", role: "status", id: "told" });
  const reason = h("input", { id: "reason", maxlength: 60, autocomplete: "off", list: "reason-codes" });
  const note = h("input", { id: "note", maxlength: 200, autocomplete: "off" });
  const to = h("select", { id: "to" }, ["HOLD", "REFER", "RELEASE"].map((one) =>
    h("option", { value: one }, word("verdict", one))));
  const check = h("select", { id: "check" }, CHECKS.map((one) =>
    h("option", { value: one }, word("directive", one))));
  const send = async (given) => {
    told.className = "told";
    told.textContent = t("acts.sending");
    try {
      const done = await ask(`/api/decision/${d.decision_id}/act`,
        { reason: reason.value, note: note.value, ...given });
      told.textContent = t("acts.done", { state: word("task", done.state) });
      told.dataset.state = done.state;
      setTimeout(() => (done.decision_id && done.decision_id !== d.decision_id
        ? location.assign(`/decision/${done.decision_id}`) : again()), 900);
    } catch (error) {
      told.className = "told refused";
      told.textContent = error.message;
    }
  };
  return [
    state,
    h("div", { class: "fields" },
      h("label", {}, t("acts.reason"), reason),
      h("label", {}, t("acts.note"), note)),
    h("datalist", { id: "reason-codes" }, ["CHECKED", "TIP-OFF", "DOCUMENTS-IN-ORDER", "KNOWN-TRAVELER"]
      .map((code) => h("option", { value: code }))),
    h("div", { class: "buttons" }, PLAIN.map((act) => h("button", {
      type: "button", "data-act": act, class: act === "CONFIRM" ? "main" : null,
      onclick: () => send({ act }),
    }, word("act", act)))),
    h("fieldset", {}, h("legend", {}, word("act", "OVERRIDE")),
      h("div", { class: "fields" }, h("label", {}, t("acts.to"), to), h("label", {}, t("acts.check"), check)),
      h("button", { type: "button", "data-act": "OVERRIDE", onclick: () => send({
        act: "OVERRIDE", to: to.value, directive: to.value === "RELEASE" ? "" : check.value,
      }) }, word("act", "OVERRIDE"))),
    told,
  ];
}
