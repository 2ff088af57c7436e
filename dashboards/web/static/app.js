// The frame of every page: who is logged in, language, theme, and the page itself.

import { ask, h } from "/static/dom.js";
import { isKorean, loadWords, rememberLanguage, t } from "/static/words.js";

const PAGES = { live: "/", search: "/search", looks: "/looks" };
const page = document.body.dataset.page;
let shown;
let me = null;

function theme() {
  const chosen = localStorage.getItem("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return chosen ?? (dark ? "dark" : "light");
}

function applyTheme() {
  document.documentElement.dataset.theme = theme();
}

function switchTheme() {
  localStorage.setItem("theme", theme() === "dark" ? "light" : "dark");
  applyTheme();
  frame();
  shown.restyled?.();
}

function switchLanguage() {
  rememberLanguage(isKorean() ? "en" : "ko");
  frame();
  shown.stop?.();
  render();
}

async function logOut() {
  await ask("/logout", {});
  location.assign("/login");
}

/** Pages that a role has. */
const mayOpen = (name) =>
  name === "live" || (name === "search" && me?.role === "officer") ||
  (name === "looks" && me?.role === "operator");

function frame() {
  document.title = `${t(`page.${page}`)} · ${t("name")}`;
  document.querySelector(".skip").textContent = t("skip");
  const links = Object.entries(PAGES).filter(([name]) => me && mayOpen(name)).map(([name, path]) =>
    h("a", { href: path, "aria-current": page === name ? "page" : null }, t(`page.${name}`)));
  const buttons = [
    h("button", { class: "quiet", type: "button", id: "language", onclick: switchLanguage,
      lang: isKorean() ? "en" : "ko" }, isKorean() ? "English" : "한국어"),
    h("button", { class: "quiet", type: "button", id: "theme", onclick: switchTheme },
      t(theme() === "dark" ? "theme.light" : "theme.dark")),
  ];
  if (me) {
    buttons.push(
      h("span", { class: "me" }, me.name, h("small", {}, t(`role.${me.role}`))),
      h("button", { class: "quiet", type: "button", onclick: logOut }, t("logout")));
  }
  const focused = document.activeElement?.id;
  document.querySelector("#top").replaceChildren(
    h("a", { class: "brand", href: "/" }, h("img", { src: "/static/haechi.svg", alt: "" }),
      h("span", {}, t("name"))),
    h("nav", { "aria-label": t("pages") }, links),
    h("div", { class: "controls" }, buttons));
  if (focused) document.getElementById(focused)?.focus();
}

function render() {
  const main = document.querySelector("#main");
  main.replaceChildren();
  document.querySelector("#banner").replaceChildren();
  shown.start(main, me);
}

await loadWords();
applyTheme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  applyTheme();
  shown?.restyled?.();
});
const [module] = await Promise.all([
  import(`/static/${page}.js`),
  page === "login" ? null : ask("/api/me").then((told) => { me = told; }),
]);
shown = module;
frame();
render();
