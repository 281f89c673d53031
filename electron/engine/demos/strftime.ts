// Python's `strftime` for chat templates, in UTC and in English, whatever the machine's locale.

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const two = (value: number): string => String(value).padStart(2, '0');
const month = (date: Date): string => MONTHS[date.getUTCMonth()] ?? '';
const weekday = (date: Date): string => WEEKDAYS[date.getUTCDay()] ?? '';

const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  d: (date) => two(date.getUTCDate()),
  B: month,
  b: (date) => month(date).slice(0, 3),
  A: weekday,
  a: (date) => weekday(date).slice(0, 3),
  H: (date) => two(date.getUTCHours()),
  I: (date) => two(date.getUTCHours() % 12 || 12),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  Z: () => 'UTC',
  '%': () => '%',
};

/** Formats a date. Directives that no chat template is known to use stay as they are written. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(.)/g, (written, directive: string) => DIRECTIVES[directive]?.(date) ?? written);
}
