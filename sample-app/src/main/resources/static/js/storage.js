// What the browser keeps from one visit to the next. Where it keeps nothing, or something else was there, the default counts.

export function load(key, otherwise) {
  try {
    const value = JSON.parse(localStorage.getItem(key));
    return value !== null && typeof value === typeof otherwise && Array.isArray(value) === Array.isArray(otherwise) ? value : otherwise;
  } catch {
    return otherwise;
  }
}

export function save(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The browser is out of room, or keeps nothing: the value counts for this visit.
  }
}
