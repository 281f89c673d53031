// The engine's log: the last lines in memory for the interface, and all lines in a rotating file, of which the previous one
// is kept. Several processes may write to it.
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import electronLog from 'electron-log/node.js';
import type { LogLine } from '../../../contract/api/app.ts';

/** Number of lines that the interface shows. */
const REMEMBERED_LINES = 2000;
const FILE_BYTES = 5 << 20;
/** Maximum characters of a line. A stack trace has a few thousand, but texts from files may be of any length. */
const LINE_CHARS = 16_384;

export class EngineLog {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();
  readonly #file: ReturnType<typeof electronLog.create> | null;

  /**
   * @param home folder of the database, in which the file is logs/engine.log; null: no file
   * @param fileBytes size at which the file becomes engine.old.log
   */
  constructor(home: string | null, fileBytes = FILE_BYTES) {
    if (home === null) {
      this.#file = null;
      return;
    }
    this.#file = electronLog.create({ logId: 'engine' });
    this.#file.transports.console.level = false;
    const { file } = this.#file.transports;
    file.resolvePathFn = () => join(home, 'logs', 'engine.log');
    file.maxSize = fileBytes;
    file.archiveLogFn = ({ path }) => {
      // another process may already have rotated the file
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > fileBytes)
        renameSync(path, join(home, 'logs', 'engine.old.log'));
    };
  }

  /** Cuts a line to a sensible length, remembers it, writes it and passes it to the listeners. */
  add(level: LogLine['level'], source: string, whole: string): void {
    const text = whole.length > LINE_CHARS ? `${whole.slice(0, LINE_CHARS)} …` : whole;
    const line = { timeMs: Date.now(), level, source, text };
    this.#lines.push(line);
    if (this.#lines.length > REMEMBERED_LINES) this.#lines.shift();
    this.#write(line);
    for (const listener of this.#listeners) listener(line);
  }

  #write({ level, source, text }: LogLine): void {
    if (this.#file === null) return;
    try {
      // the transport's own byte count ignores what other processes write
      (this.#file.transports.file.getFile() as { reset?: () => void }).reset?.();
      this.#file[level](`[${source}]`, text);
    } catch {
      // a log that cannot be written must not stop the work
    }
  }

  /** The remembered lines, oldest first. */
  tail(): LogLine[] {
    return [...this.#lines];
  }

  /** Subscribes to new lines. @returns a function that ends the subscription */
  subscribe(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
