// The engine's log: the last lines in memory for the interface, all of them in a file that rotates.
import { join } from 'node:path';
import electronLog from 'electron-log/node.js';
import type { LogLine } from '../../contract/api/app.ts';

/** What the interface shows. */
const REMEMBERED_LINES = 2000;
const FILE_BYTES = 5 << 20;

export class EngineLog {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();
  readonly #file: ReturnType<typeof electronLog.create>;

  /** @param home folder of the database; the file is logs/engine.log in it */
  constructor(home: string) {
    this.#file = electronLog.create({ logId: 'engine' });
    this.#file.transports.console.level = false;
    this.#file.transports.file.resolvePathFn = () => join(home, 'logs', 'engine.log');
    this.#file.transports.file.maxSize = FILE_BYTES;
  }

  add(level: LogLine['level'], source: string, text: string): void {
    const line = { timeMs: Date.now(), level, source, text };
    this.#lines.push(line);
    if (this.#lines.length > REMEMBERED_LINES) this.#lines.shift();
    this.#file[level](`[${source}]`, text);
    for (const listener of this.#listeners) listener(line);
  }

  /** Oldest first. */
  tail(): LogLine[] {
    return [...this.#lines];
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
