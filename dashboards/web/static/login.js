// Logging in with the text of one's own token file.

import { ask, h } from "/static/dom.js";
import { t } from "/static/words.js";

export function start(main) {
  const field = h("textarea", {
    id: "token", rows: 5, required: true, autocomplete: "off", spellcheck: "false",
    "aria-describedby": "hint",
  });
  const told = h("p", { class: "refused", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    told.textContent = "";
    try {
      await ask("/login", { token: field.value });
      location.assign("/");
    } catch (error) {
      field.value = "";
      told.textContent = error.message;
      field.focus();
    }
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") form.requestSubmit();
    if (event.key === "Enter") event.preventDefault();
  });
  const form = h("form", { class: "login card", onsubmit: submit },
    h("h1", {}, t("login.title")),
    h("label", { for: "token" }, t("login.token")),
    field,
    h("p", { id: "hint", class: "hint" }, t("login.hint")),
    told,
    h("button", { class: "main", type: "submit" }, t("login.enter")));
  main.append(form);
  field.focus();
}
