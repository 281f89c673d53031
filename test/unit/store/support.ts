// What the tests of the store share: data folders of their own, scripts in processes of their own.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';

/** Removed when the test ends; on Windows, which removes nothing that is open, when this process does. */
export function temporaryHome(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'winnow-store-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  onTestFinished(() => {
    try {
      remove();
    } catch (error) {
      if (process.platform !== 'win32') throw error;
      leftOpen.push(folder);
    }
  });
  return folder;
}

const leftOpen: string[] = [];
process.once('exit', () => {
  for (const folder of leftOpen) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // a file in it is still open
    }
  }
});

export function thrownBy(work: () => unknown): WinnowError {
  try {
    work();
  } catch (error) {
    if (error instanceof WinnowError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export type Script = {
  readonly process: ChildProcess;
  /** Resolves with the next line on stdout; rejects when the process ends before it. */
  line(): Promise<string>;
  /** Lines that have come and were not asked for. */
  readonly lines: readonly string[];
  readonly ended: Promise<number | null>;
  kill(): Promise<void>;
};

/** Runs a script with this Node in a process of its own, which ends with the test. */
export function startScript(script: URL, ...args: readonly string[]): Script {
  return startProgram(process.execPath, [fileURLToPath(script), ...args]);
}

export function startProgram(program: string, args: readonly string[]): Script {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const next = waiting.shift();
    if (next) next(line);
    else lines.push(line);
  });
  return {
    process: child,
    lines,
    ended,
    line: () => {
      const ready = lines.shift();
      if (ready !== undefined) return Promise.resolve(ready);
      return new Promise((resolve, reject) => {
        waiting.push(resolve);
        void ended.then((code) => reject(new Error(`the script ended with code ${code ?? 'none'}`)));
      });
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
