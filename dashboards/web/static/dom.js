// Elements are made here and nowhere else, so that no text ever becomes markup.

/** Make an element: attributes, `on…` listeners, and children that are elements or plain text. */
export function h(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** A width in percent; set through the object model, which the content policy allows. */
export function sized(element, property, percent) {
  element.style.setProperty(property, `${Math.min(100, Math.max(0, percent)).toFixed(2)}%`);
  return element;
}

/** Show rows by key: what did not change stays the same element, and keeps the focus. */
export function keyed(container, rows, key, render) {
  const before = container.shownByKey ?? new Map();
  const now = new Map();
  for (const row of rows) {
    const name = key(row);
    const told = JSON.stringify(row);
    const old = before.get(name);
    if (old?.told === told) {
      now.set(name, old);
      continue;
    }
    const element = render(row, Boolean(old));
    if (old) {
      const focused = old.element.contains(document.activeElement);
      old.element.replaceWith(element);
      if (focused) element.querySelector("a, button")?.focus();
    }
    now.set(name, { told, element });
  }
  for (const [name, { element }] of before) if (!now.has(name)) element.remove();
  let at = container.firstElementChild;
  for (const { element } of now.values()) {
    if (element === at) at = at.nextElementSibling;
    else container.insertBefore(element, at);
  }
  container.shownByKey = now;
}

/** Ask our own server; throws what it said if it refused. */
export async function ask(path, body) {
  const sent = body === undefined ? {} : {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  };
  const answer = await fetch(path, sent);
  const told = await answer.json();
  if (answer.status === 401 && path !== "/login") location.assign("/login");
  if (!answer.ok) throw new Error(told.said);
  return told;
}
