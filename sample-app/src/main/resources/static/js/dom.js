// Builds elements. Text stays text: no method accepts markup.

/** h("button", {class: "x", onclick: f}, "text", child) */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Changes an element's text if it differs, so that browser and screen reader have no needless work. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

/** Unlike a disabled button, one that is not usable keeps the focus. Its listener must check isUsable. */
export function setUsable(button, usable) {
  setAttribute(button, "aria-disabled", String(!usable));
}

export const isUsable = (button) => button.getAttribute("aria-disabled") !== "true";

const MOST_TOASTS = 4;
const TOAST_MILLIS = 6000;

/** Shows a message. A failure stays until the user closes it, because nothing else on the page reports it. */
export function toast(text, kind = "info") {
  const box = document.getElementById("toasts");
  const item = h("p", { class: `toast ${kind}` }, h("span", {}, text));
  if (kind === "bad") item.append(h("button", { type: "button", class: "quiet", "aria-label": "Close message", onclick: () => close(item) }, "×"));
  else setTimeout(() => item.remove(), TOAST_MILLIS);
  if (box.childElementCount >= MOST_TOASTS) {
    (box.querySelector(".toast:not(.bad)") ?? (kind === "bad" ? box.firstChild : null))?.remove();
  }
  box.append(item);
}

/** Removes a message. The focus moves to the next one that can be closed, or to the page. */
function close(item) {
  item.remove();
  (document.querySelector("#toasts button") ?? document.getElementById("view")).focus({ preventScroll: true });
}

/** Asks before an action that cannot be undone. Resolves to whether to do it. */
export function confirm(question, detail, action) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": "question", onclose: () => { dialog.remove(); resolve(dialog.returnValue === "yes"); } },
      h("h2", { id: "question" }, question),
      h("p", {}, detail),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", onclick: () => dialog.close("no") }, "Cancel"),
        h("button", { type: "button", class: "danger", onclick: () => dialog.close("yes") }, action),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
