// Values that the browser stores, permanently or for a window. Without a value of the right type, the default applies.

/** The names of the browser's two stores. */
export const BROWSER = "localStorage";
export const WINDOW = "sessionStorage";

export function load(key, otherwise, store = BROWSER) {
  try {
    const value = JSON.parse(window[store].getItem(key));
    return value !== null && typeof value === typeof otherwise && Array.isArray(value) === Array.isArray(otherwise) ? value : otherwise;
  } catch {
    return otherwise;
  }
}

export function save(key, value, store = BROWSER) {
  try {
    window[store].setItem(key, JSON.stringify(value));
  } catch {
    // If the browser has no room, or stores nothing, the value lasts for this visit.
  }
}

export function forget(key, store = BROWSER) {
  try {
    window[store].removeItem(key);
  } catch {
    // The browser stores nothing.
  }
}
