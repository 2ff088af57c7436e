// What people read: texts in two languages, numbers and times.

const LANGUAGES = ["en", "ko"];
let texts = {};
let language = "en";

/** Fetch the texts, and take the language that was chosen last, or the browser's. */
export async function loadWords() {
  texts = await (await fetch("/static/texts.json")).json();
  const chosen = localStorage.getItem("language") ?? navigator.language.slice(0, 2);
  setLanguage(LANGUAGES.includes(chosen) ? chosen : "en");
}

export function setLanguage(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
}

export function rememberLanguage(chosen) {
  localStorage.setItem("language", chosen);
  setLanguage(chosen);
}

export const isKorean = () => language === "ko";

/** A text, with `{name}` filled in; a word that has no text is shown as it is. */
export function t(key, given = {}) {
  const found = texts[key];
  const text = found ? found[isKorean() ? 1 : 0] : key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(given[name] ?? ""));
}

/** A code word of the engine, such as HOLD, as people say it. */
export function word(group, code) {
  if (!code) return "";
  return texts[`${group}.${code}`] ? t(`${group}.${code}`) : code;
}

/** A source field, from the code of its reason. */
export const field = (code) =>
  (texts[`field.${code}`] ? t(`field.${code}`) : code.replaceAll("_", " ").toLowerCase());

/** The text of the two that the server sent which is in the reader's language. */
export const said = (one) => (isKorean() ? one.text_ko : one.text) || one.text || "";

const locale = () => (isKorean() ? "ko-KR" : "en-GB");
const missing = "–";

export function number(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return missing;
  return value.toLocaleString(locale(), {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
}

export const percent = (share, digits = 1) =>
  Number.isFinite(share) ? `${number(100 * share, digits)}%` : missing;

/** A number with its sign, for what adds up. */
export const signed = (value, digits = 2) =>
  Number.isFinite(value) ? `${value < 0 ? "−" : "+"}${number(Math.abs(value), digits)}` : missing;

/** Microseconds as milliseconds with three figures. */
export function millis(us) {
  if (us === null || us === undefined || !Number.isFinite(us)) return missing;
  const ms = us / 1000;
  return number(ms, ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

export function clock(us, withDay = false) {
  if (!us) return missing;
  const at = new Date(us / 1000);
  const time = at.toLocaleTimeString("en-GB");
  return withDay ? `${at.toLocaleDateString(locale())} ${time}` : time;
}

/** A length of time in its two largest units. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const first = units.findIndex(([, size]) => s >= size);
  if (first < 0) return t("span.second", { n: 0 });
  const shown = [];
  let rest = s;
  for (const [name, size] of units.slice(first, first + 2)) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n) shown.push(t(`span.${name}`, { n }));
  }
  return shown.join(" ");
}

export const ago = (us, now = Date.now() * 1000) => t("ago", { span: span((now - us) / 1e6) });
