// What the command line prints: results on stdout, progress and warnings on stderr, errors according to --json.
import { styleText } from 'node:util';
import { WinnowError, errorToData } from '../contract/errors.ts';
import type { PublishedInterval } from '../contract/interval.ts';
import { printableJson, printableName, printableText } from '../contract/printable.ts';

/** If stderr is not a terminal, progress is a log with a line every few seconds. */
const LOG_INTERVAL_MS = 5000;

/** Converts BigInt and typed arrays, which have no JSON form of their own. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array);
  return value;
}

function jsonText(document: unknown): string {
  return `${printableJson(JSON.stringify(document, jsonValue, 2))}\n`;
}

export type Streams = {
  readonly out: { write(text: string): unknown };
  readonly err: { readonly isTTY?: boolean; write(text: string): unknown };
};

export class Output {
  readonly json: boolean;
  readonly #streams: Streams;
  #progressShown = false;
  #hasDocument = false;
  #lastLogged = 0;

  constructor(json: boolean, streams: Streams = { out: process.stdout, err: process.stderr }) {
    this.json = json;
    this.#streams = streams;
  }

  /** Prints a result: the document under --json, otherwise the text. */
  result(document: unknown, text: string): void {
    this.clearProgress();
    this.#hasDocument = this.json;
    this.#streams.out.write(this.json ? jsonText(document) : `${printableText(text)}\n`);
  }

  /** Prints help on stdout, unchanged. */
  help(text: string): void {
    this.#streams.out.write(text);
  }

  /** Writes to stderr without adding a line end. */
  write(text: string): void {
    this.#streams.err.write(printableText(text));
  }

  /** Prints a line on stderr, under --json too. */
  note(text: string): void {
    this.clearProgress();
    this.#streams.err.write(`${printableText(text)}\n`);
  }

  /** Prints a line on stderr that begins with "warning:". */
  warn(text: string): void {
    this.clearProgress();
    this.#streams.err.write(`${this.#coloured('yellow', printableText(`warning: ${text}`))}\n`);
  }

  /**
   * Prints progress on stderr.
   * @param done how much of `total` is done, in any unit
   */
  progress(label: string, done: number, total: number, detail = ''): void {
    const percent = total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
    this.step(`${label} ${String(percent).padStart(3)} %${detail ? `  ${detail}` : ''}`);
  }

  /** Prints one line that changes in place; in a log, a line every few seconds. */
  step(line: string): void {
    if (this.#streams.err.isTTY) {
      this.#streams.err.write(`\r\u001b[K${printableName(line)}`);
      this.#progressShown = true;
      return;
    }
    const now = Date.now();
    if (now - this.#lastLogged < LOG_INTERVAL_MS) return;
    this.#lastLogged = now;
    this.#streams.err.write(`${printableText(line)}\n`);
  }

  /** Clears the progress line from the terminal, so that other output can take its place. */
  clearProgress(): void {
    if (this.#progressShown) this.#streams.err.write('\r\u001b[K');
    this.#progressShown = false;
  }

  /** Prints the error, on stderr if stdout has its document, and returns the exit code: 2 for bad usage, 1 for everything else. */
  error(error: unknown): number {
    this.clearProgress();
    // only the message, not the data behind it
    const { sentence: _, ...data } = errorToData(error);
    if (this.json) {
      const stream = this.#hasDocument ? this.#streams.err : this.#streams.out;
      stream.write(jsonText({ error: { details: {}, ...data } }));
    } else {
      this.#streams.err.write(`${this.#coloured('red', 'error:')} ${printableText(data.message)}\n`);
      if (data.code === 'INTERNAL') {
        this.#streams.err.write('This is a bug in Winnow. WINNOW_DEBUG=1 shows where it happened.\n');
      }
    }
    if (process.env.WINNOW_DEBUG && error instanceof Error)
      this.#streams.err.write(`${printableText(error.stack ?? '')}\n`);
    return data.code === 'USAGE' ? 2 : 1;
  }

  /** Only terminals get colour: a log stays plain text, in continuous integration too. NO_COLOR and FORCE_COLOR take precedence. */
  #coloured(colour: 'red' | 'yellow', text: string): string {
    return this.#streams.err === process.stderr ? styleText(colour, text, { stream: process.stderr }) : text;
  }
}

/** Formats columns of text, the first left-aligned, the others right-aligned; each row is one line, whatever a cell contains. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map(printableName));
  const [head = [], ...body] = all;
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}

/** Formats a duration: "4.2 s", "3 min 20 s", "2 h 5 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.5) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const rounded = Math.round(seconds);
  const minutes = Math.floor(rounded / 60);
  const [most, rest] =
    minutes < 60 ? [`${minutes} min`, `${rounded % 60} s`] : [`${Math.floor(minutes / 60)} h`, `${minutes % 60} min`];
  return rest.startsWith('0 ') ? most : `${most} ${rest}`;
}

/** Formats a figure with its interval: "1.62 (1.34–2.06)". @param text formats a single number */
export function formatInterval({ value, low, high }: PublishedInterval, text: (value: number) => string): string {
  return low === null || high === null ? text(value) : `${text(value)} (${text(low)}–${text(high)})`;
}

/** Returns an error about what the user typed: exit code 2. */
export function usage(message: string): WinnowError {
  return new WinnowError('USAGE', message);
}
