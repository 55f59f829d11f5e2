// JSON with exact numbers: QEMU's go to 2^64, and a browser's own are exact up to 2^53.

const HAS_RAW = typeof JSON.rawJSON === "function";

/** Parses a text. A number that the browser would change becomes a raw one, which can only be written again. */
export function parseExact(text) {
  return JSON.parse(text, (key, value, context) => {
    if (typeof value !== "number" || !HAS_RAW || String(value) === context.source) return value;
    return JSON.rawJSON(context.source);
  });
}

/** The text of a value. Throws an Error if a number of it cannot be written exactly. */
export function writeExact(value) {
  return JSON.stringify(value, (key, member) => {
    if (isInexact(member)) throw new Error("this browser changes so large a number: write the whole message");
    return member;
  });
}

/** Whether a value is a raw number, which keeps its text. */
export const isRaw = (value) => HAS_RAW && JSON.isRawJSON(value);

/** Whether a number may be changed by the browser; never if the browser has raw numbers. */
export const isInexact = (value) => Number.isInteger(value) && !Number.isSafeInteger(value);
