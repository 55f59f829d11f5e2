// Values that the browser keeps: for good, or for a window only. Where it keeps none, or one of another type, the default counts.

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
    // The browser is out of room, or keeps nothing: the value counts for this visit.
  }
}

export function forget(key, store = BROWSER) {
  try {
    window[store].removeItem(key);
  } catch {
    // The browser keeps nothing.
  }
}
