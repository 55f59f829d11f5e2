// Formats numbers and times.

/** A duration in two units, or in the greater one if there is little room. */
export function duration(millis, short = false) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const units = hours >= 48 ? [Math.floor(hours / 24), "d", hours % 24, "h"]
    : hours > 0 ? [hours, "h", minutes % 60, "min"]
    : minutes > 0 ? [minutes, "min", seconds % 60, "s"]
    : [seconds, "s"];
  return units.slice(0, short ? 2 : 4).join(" ");
}

export function bytes(count) {
  if (count === undefined || count === null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function millis(value) {
  if (value === null || value === undefined) return "–";
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** Date and time to the millisecond, by this computer's clock and zone. */
export function dateTime(instant) {
  const date = instant ? new Date(instant) : new Date();
  const two = (n) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(date)}`;
}

/** The time of day, with the date unless it is today. */
export function since(instant) {
  const text = dateTime(instant).slice(0, 19);
  return text.slice(0, 10) === dateTime().slice(0, 10) ? text.slice(11) : text;
}

/** The time of day to the millisecond, by this computer's clock and zone. */
export function clock(instant) {
  const date = instant ? new Date(instant) : new Date();
  const two = (n) => String(n).padStart(2, "0");
  const three = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${three}`;
}
