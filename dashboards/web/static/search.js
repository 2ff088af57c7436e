// Searching by a name; it is sent in a message, so that it stands in no address and no history.

import { ask, h } from "/static/dom.js";
import { clock, percent, t, word } from "/static/words.js";

const FIELDS = {
  traveler: ["id"],
  document: ["state", "number", "flight", "date"],
  bag: ["id"],
  parcel: ["id"],
  waybill: ["courier", "number", "date"],
  flight: ["flight", "date"],
};

export function start(main) {
  const fields = h("div", { class: "fields" });
  const found = h("div", { id: "found" });
  const kind = h("select", { id: "kind", onchange: () => lay() },
    Object.keys(FIELDS).map((name) => h("option", { value: name }, t(`search.${name}`))));
  const hint = h("p", { class: "hint" });

  function lay() {
    hint.textContent = t(`search.hint.${kind.value === "flight" ? "flight" : "name"}`);
    fields.replaceChildren(...FIELDS[kind.value].map((name) => {
      const label = name === "id" ? `search.${kind.value}` : `search.field.${name}`;
      return h("label", {}, t(label), h("input", {
        name, required: true, autocomplete: "off", spellcheck: "false",
        type: name === "date" ? "date" : "text",
      }));
    }));
  }

  async function search(event) {
    event.preventDefault();
    const asked = { kind: kind.value, ...Object.fromEntries(new FormData(form)) };
    found.replaceChildren(h("p", { role: "status" }, t("search.going")));
    try {
      show((await ask("/api/search", asked)).found);
    } catch (error) {
      found.replaceChildren(h("p", { class: "refused", role: "alert" }, error.message));
    }
  }

  function show(rows) {
    if (!rows.length) {
      found.replaceChildren(h("p", { role: "status" }, t("search.none")));
      return;
    }
    found.replaceChildren(
      h("p", { role: "status" }, t("search.found", { n: rows.length })),
      h("div", { class: "scroll" }, h("table", {},
        h("thead", {}, h("tr", {}, ["when", "verdict", "kind", "stage", "risk"].map((name) =>
          h("th", { scope: "col" }, t(`column.${name}`))))),
        h("tbody", {}, rows.map((row) => h("tr", {},
          h("td", { class: "n" }, h("a", { href: `/decision/${row.decision_id}` },
            clock(row.decided_us, true))),
          h("td", {}, h("span", { class: `verdict ${row.verdict}` },
            word("verdict", row.verdict)), ` ${word("directive", row.directive)}`),
          h("td", {}, word("kind", row.kind)),
          h("td", {}, word("stage", row.stage), h("small", {}, row.gate || row.lane)),
          h("td", { class: "n" }, percent(row.probability))))))));
  }

  const form = h("form", { class: "search", onsubmit: search },
    h("label", {}, t("search.by"), kind), fields,
    h("button", { class: "main", type: "submit" }, t("search.go")));
  main.append(h("section", { class: "card wide" },
    h("h1", {}, t("page.search")), form, hint, found));
  lay();
  kind.focus();
}
