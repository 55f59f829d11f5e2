// Finds a duplicate key in one object: a browser silently uses the last value, another program the first.

/** The first duplicate key of a JSON text; null if there is none. The text must be JSON. */
export function duplicateKey(text) {
  const objects = [];
  let key = null;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs)) {
    if (token === "{") objects.push(new Set());
    else if (token === "[") objects.push(null);
    else if (token === "}" || token === "]") objects.pop();
    else if (token === ":" && objects.at(-1)) {
      const name = JSON.parse(key);
      if (objects.at(-1).has(name)) return name;
      objects.at(-1).add(name);
    } else if (token.startsWith('"')) key = token;
  }
  return null;
}
