// JSON whose numbers stay as they are written: QEMU's go to 2^64, a browser's own stop being exact at 2^53.

const HAS_RAW = typeof JSON.rawJSON === "function";

/** Parses a text. A number that the browser would change becomes a raw one, which only can be written again. */
export function parseExact(text) {
  return JSON.parse(text, (key, value, context) => {
    if (typeof value !== "number" || !HAS_RAW || String(value) === context.source) return value;
    return JSON.rawJSON(context.source);
  });
}

/** The text of a value. Throws an Error rather than write another number than the one meant. */
export function writeExact(value) {
  return JSON.stringify(value, (key, member) => {
    if (isInexact(member)) throw new Error("this browser changes so large a number: write the whole message");
    return member;
  });
}

/** Whether it is a number that is told as it was written. */
export const isRaw = (value) => HAS_RAW && JSON.isRawJSON(value);

/** Whether it is a number that may have been another one: only where the browser has no raw ones. */
export const isInexact = (value) => Number.isInteger(value) && !Number.isSafeInteger(value);
