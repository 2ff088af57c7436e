// The record of looks, for operators.

import { ask, h } from "/static/dom.js";
import { clock, t, word } from "/static/words.js";

export async function start(main) {
  const rows = h("tbody");
  main.append(
    h("section", { class: "card wide" },
      h("h1", {}, t("page.looks")),
      h("p", { class: "hint" }, t("looks.hint")),
      h("div", { class: "scroll" },
        h("table", {},
          h("thead", {}, h("tr", {}, ["when", "who", "role", "what", "which"].map((name) =>
            h("th", { scope: "col" }, t(`looks.${name}`))))),
          rows))));
  const { looks } = await ask("/api/looks");
  rows.replaceChildren(...looks.map((look) => h("tr", {},
    h("td", { class: "n" }, clock(look.at_us, true)),
    h("td", {}, look.who),
    h("td", {}, t(`role.${look.role}`)),
    h("td", {}, word("look", look.what), look.more ? ` · ${word("act", look.more)}` : ""),
    h("td", { class: "id" }, look.which))));
  if (!looks.length) rows.append(h("tr", {}, h("td", { colspan: 5 }, t("nothing"))));
}
