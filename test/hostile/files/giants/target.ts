// The largest files, one by one: each is decided in time and with bounded memory.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Backend } from '../../../../electron/engine/base/backend/backend.ts';
import { forkingHost } from '../../../../electron/engine/base/backend/worker-host.ts';
import { WinnowError } from '../../../../electron/contract/errors.ts';
import { importDemoFile } from '../../../../electron/engine/demos/import.ts';
import { openModel } from '../../../../electron/engine/models/inspect.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget, Target, Verdict } from '../../target.ts';
import { unclear } from '../unclear.ts';
import { GIANTS, type Giant } from './giants.ts';

const WRITE = fileURLToPath(new URL('./write-giant.ts', import.meta.url));

class GiantsTarget implements OpenTarget {
  readonly #folder: string;
  readonly #workers: number[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  pids(): readonly number[] {
    return this.#workers;
  }

  /** In a process of its own: what making it takes is not what reading it takes. */
  prepare(index: number): void {
    execFileSync(process.execPath, [WRITE, String(index), this.#pathOf(index)]);
  }

  async tryInput(_random: Random, index: number): Promise<Verdict> {
    const giant = GIANTS[index]!;
    const path = this.#pathOf(index);
    try {
      return { kind: `giants, ${giant.name}`, ...(await this.#read(path, giant)) };
    } finally {
      rmSync(path);
    }
  }

  async #read(path: string, { isModel }: Giant): Promise<Pick<Verdict, 'end' | 'finding'>> {
    try {
      if (!isModel) {
        await importDemoFile(path);
        return { end: 'read', finding: null };
      }
      using worker = new Backend(
        'off',
        forkingHost((pid) => void this.#workers.push(pid)),
      );
      await openModel(path, worker);
      return { end: 'read', finding: 'called a model' };
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      return { end: error.code, finding: unclear(error, path) };
    }
  }

  #pathOf(index: number): string {
    return join(this.#folder, GIANTS[index]!.file);
  }

  close(): Promise<readonly Verdict[]> {
    return Promise.resolve([]);
  }
}

export const giantsTarget: Target = { open: (folder) => Promise.resolve(new GiantsTarget(folder)) };
