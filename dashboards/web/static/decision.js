// One decision: why, on what evidence, what happened around it, and what an officer may do.

import { acts } from "/static/acts.js";
import { ask, h, sized } from "/static/dom.js";
import { clock, field, number, percent, said, signed, span, t, word } from "/static/words.js";

const id = location.pathname.split("/").pop();

export async function start(main, me) {
  main.replaceChildren(h("p", { class: "calm" }, t("loading")));
  let d;
  try {
    d = await ask(`/api/decision/${encodeURIComponent(id)}`);
  } catch (error) {
    main.replaceChildren(h("p", { class: "refused", role: "alert" }, error.message));
    return;
  }
  main.replaceChildren(head(d), h("div", { class: "cards" },
    section("reasons", "span-7", reasons(d)),
    section("acts", "span-5", acts(d, me, () => start(main, me))),
    section("evidence", "span-5", evidence(d)),
    section("timeline", "span-7", timeline(d)),
    section("made", "span-12", made(d, me))));
}

const section = (name, width, ...children) => h("section", { class: `card ${width}` },
  h("h2", {}, t(`decision.${name}`)), children);

function head(d) {
  const marks = [
    d.superseded_by ? link(d.superseded_by, t("decision.superseded"), "late") : null,
    d.supersedes ? link(d.supersedes, t("decision.supersedes")) : null,
    d.is_degraded ? h("span", { class: "chip late" }, t("decision.degraded")) : null,
    d.is_provisional ? h("span", { class: "chip late" }, t("decision.provisional")) : null,
  ];
  return h("header", { class: `decision ${d.verdict}` },
    h("h1", {}, h("span", { class: `verdict ${d.verdict}` }, word("verdict", d.verdict)),
      h("span", {}, word("directive", d.directive)),
      h("small", {}, word("code", d.code_class))),
    h("p", {}, `${word("kind", d.kind)} · ${word("subject", d.subject_kind)} · `,
      `${word("stage", d.stage)} · ${d.lane} ${d.gate} · ${clock(d.decided_us, true)}`),
    h("p", { class: "id" }, d.decision_id, " ", marks),
    d.said ? h("p", { class: "refused" }, d.said) : null);
}

const link = (to, text, kind = "") => h("a", { class: `chip ${kind}`, href: `/decision/${to}` }, text);

/** Bars from the base to the score: what each reason adds begins where the one before ended. */
function reasons(d) {
  const steps = [{ name: t("decision.base"), adds: d.base, from: 0, plain: true }];
  let at = d.base;
  const add = (name, adds, text) => {
    steps.push({ name, adds, from: at, text });
    at += adds;
  };
  for (const reason of d.reasons) add(field(reason.code), reason.contribution, said(reason));
  if (d.uplift) add(t("decision.uplift"), d.uplift, d.rules.map((rule) => said(rule) || rule.id).join(", "));
  const rest = d.log_odds - at;
  if (Math.abs(rest) > 1e-6) add(t("decision.rest"), rest, "");
  const ends = [0, d.log_odds, d.hold_at, d.refer_at, ...steps.flatMap((s) => [s.from, s.from + s.adds])]
    .filter(Number.isFinite);
  const room = 0.02 * (Math.max(...ends) - Math.min(...ends)) || 1;
  const low = Math.min(...ends) - room, wide = Math.max(...ends) + room - low;
  const place = (value) => 100 * (value - low) / wide;
  const bar = (step) => {
    const made = h("i", { class: step.plain ? "plain" : step.adds >= 0 ? "HOLD" : "RELEASE" });
    sized(made, "left", place(Math.min(step.from, step.from + step.adds)));
    sized(made, "width", 100 * Math.abs(step.adds) / wide);
    return h("div", { class: "bar falls" }, made, sized(h("b", {}), "left", place(d.hold_at)));
  };
  return [
    h("ol", { class: "reasons" }, steps.map((step) => h("li", {},
      h("span", {}, step.name, step.text ? h("small", {}, step.text) : null),
      h("span", { class: "n", "data-adds": step.adds }, signed(step.adds)), bar(step)))),
    h("p", { class: "sum" }, h("span", {}, t("decision.sum")),
      h("b", { class: "n", id: "log-odds", "data-sum": steps.reduce((s, one) => s + one.adds, 0) },
        signed(d.log_odds)),
      h("span", {}, t("decision.risk", { p: percent(d.probability, 2) }))),
    h("p", { class: "hint" }, t("decision.holds", { hold: signed(d.hold_at), refer: signed(d.refer_at) })),
    released(d), rules(d),
  ];
}

/** The rules that it met, by whose word and on what ground. */
function rules(d) {
  if (!d.rules.length) return null;
  return h("div", { class: "rules" }, h("h3", {}, t("decision.rules")),
    h("ul", { class: "plain" }, d.rules.map((rule) => h("li", {}, h("b", {}, said(rule) || rule.id), " ",
      rule.shadow ? h("span", { class: "chip" }, t("decision.rule.shadow")) : null,
      h("small", {}, [rule.id, rule.owner, rule.legal_basis].filter(Boolean).join(" · "))))));
}

function released(d) {
  const change = d.would_release;
  if (!change?.fields?.length) return null;
  const text = said(change) || t("decision.would.fields", { fields: change.fields.join(", ") });
  return h("p", { class: "would" }, h("b", {}, t("decision.would")), " ", text,
    Number.isFinite(change.log_odds) ? ` (${signed(change.log_odds)})` : "");
}

function evidence(d) {
  if (!d.evidence.length) return h("p", { class: "calm" }, t("decision.evidence.none"));
  return h("div", { class: "scroll" }, h("table", {}, h("tbody", {}, d.evidence.map((one) => h("tr", {},
    h("th", { scope: "row" }, word("stream", one.stream), one.required ? h("small", {}, t("required")) : null),
    h("td", { class: one.required && one.status !== "PRESENT" ? "late" : "" }, word("status", one.status),
      said(one) ? h("small", {}, said(one)) : null),
    h("td", { class: "n" }, Number.isFinite(one.age_s) ? t("old", { span: span(one.age_s) }) : ""))))));
}

function timeline(d) {
  if (!d.timeline.length) return h("p", { class: "calm" }, t("decision.timeline.none"));
  return h("ol", { class: "timeline scroll tall" }, d.timeline.map((one) => {
    const here = one.decision_id === d.decision_id && one.what === "decision";
    return h("li", { class: `${one.what} ${here ? "here" : ""}`, "aria-current": here ? "true" : null },
      h("time", { class: "n" }, clock(one.at_us)), h("span", {}, ...happened(one)));
  }));
}

function happened(one) {
  if (one.what === "decision") {
    return [h("a", { href: `/decision/${one.decision_id}` },
      h("span", { class: `verdict ${one.detail}` }, word("verdict", one.detail))),
    ` ${word("kind", one.word)} ${word("directive", one.more)} `,
    h("small", {}, `${one.place} ${signed(one.figure)}`)];
  }
  if (one.what === "action") {
    return [h("b", {}, word("act", one.word)), ` ${one.detail === "OFFICER" ? one.place || t("role.officer") : one.detail} `,
      h("small", {}, one.more)];
  }
  if (one.what === "inspection") {
    const much = Number.isFinite(one.figure) ? `${number(one.figure, 1)} ${one.place}` : "";
    return [h("b", {}, word("finding", one.word)), ` ${one.detail} ${one.more} `, h("small", {}, much)];
  }
  return [word("event", one.word), h("small", {}, `${one.detail} ${one.place}`)];
}

/** What made it, and whether it comes out the same again. */
function made(d, me) {
  const versions = [
    ["build", d.build], ["features", d.feature_version], ["policy", d.policy_version],
    ["prior", d.prior_version], ["model", d.model_version], ["rules", d.rules_version],
    ["learned", t("decision.outcomes", { n: number(d.learned) })],
    ["position", `${d.shard}/${d.epoch}/${d.offset}.${d.ordinal}`], ["digest", d.body_digest],
    ["payload", t(d.erased === true ? "decision.erased" : d.erased === false ? "decision.kept" : "decision.unknown")],
  ];
  const told = h("span", { role: "status" });
  const replay = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    told.textContent = t("decision.replaying");
    try {
      const out = await ask(`/api/decision/${d.decision_id}/replay`, {});
      told.textContent = t(out.identical ? "decision.identical" : "decision.drifted",
        { n: number(out.compared), said: out.message ?? "" });
    } catch (error) {
      told.textContent = error.message;
    }
    button.disabled = false;
  };
  const may = ["officer", "operator"].includes(me.role);
  return [
    h("dl", { class: "versions" }, versions.map(([name, value]) => h("div", {},
      h("dt", {}, t(`made.${name}`)), h("dd", { class: "id" }, value || "–")))),
    may ? h("p", { class: "replay" },
      h("button", { type: "button", id: "replay", onclick: replay }, t("decision.replay")), " ", told) : null,
  ];
}
