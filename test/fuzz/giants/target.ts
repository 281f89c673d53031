// The largest files, one by one: each is decided in time and with bounded memory.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Backend } from '../../../electron/engine/backend/backend.ts';
import { forkingHost } from '../../../electron/engine/backend/worker-host.ts';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { inspectModel } from '../../../electron/engine/models/inspect.ts';
import type { Random } from '../random.ts';
import type { OpenTarget, Target, Verdict } from '../target.ts';
import { unclear } from '../unclear.ts';
import { DEMO_GIANTS } from './demo-giants.ts';
import { GGUF_GIANTS } from './gguf-giants.ts';
import { writePieces, type Piece } from './sparse.ts';

type Giant = {
  readonly name: string;
  readonly file: string;
  readonly pieces: () => Piece[];
  readonly isModel: boolean;
};

export const GIANTS: readonly Giant[] = [
  ...Object.entries(GGUF_GIANTS).map(([name, pieces]) => ({ name, file: 'giant.gguf', pieces, isModel: true })),
  ...Object.entries(DEMO_GIANTS).map(([name, pieces]) => ({ name, file: name, pieces, isModel: false })),
];

class GiantsTarget implements OpenTarget {
  readonly #folder: string;
  readonly #workers: number[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  pids(): readonly number[] {
    return this.#workers;
  }

  async tryInput(_random: Random, index: number): Promise<Verdict> {
    const giant = GIANTS[index]!;
    const path = join(this.#folder, giant.file);
    writePieces(path, giant.pieces());
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
      await inspectModel(path, worker);
      return { end: 'read', finding: 'called a model' };
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      return { end: error.code, finding: unclear(error, path) };
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const giantsTarget: Target = { open: (folder) => Promise.resolve(new GiantsTarget(folder)) };
