// The largest files, one by one: each is decided in time and with bounded memory. As a program, `node target.ts NUMBER PATH`
// writes one of them.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Backend } from '../../../../electron/engine/base/backend/backend.ts';
import { forkingHost } from '../../../../electron/engine/base/backend/worker-host.ts';
import { WinnowError } from '../../../../electron/contract/errors.ts';
import { importDemoFile } from '../../../../electron/engine/demos/import.ts';
import { openModel } from '../../../../electron/engine/models/inspect.ts';
import type { OpenTarget } from '../../target.ts';
import { unclear } from '../unclear.ts';
import { DEMO_GIANTS } from './demo-giants.ts';
import { GGUF_GIANTS } from './gguf-giants.ts';
import { writePieces } from './sparse.ts';

/** By number. */
const GIANTS = [
  ...Object.entries(GGUF_GIANTS).map(([name, pieces]) => ({ name, file: 'giant.gguf', pieces, isModel: true })),
  ...Object.entries(DEMO_GIANTS).map(([name, pieces]) => ({ name, file: name, pieces, isModel: false })),
];
export const COUNT_OF_GIANTS = GIANTS.length;

export function openGiants(folder: string): OpenTarget {
  const workers: number[] = [];
  const pathOf = (index: number): string => join(folder, GIANTS[index]!.file);
  return {
    pids: () => workers,
    // in a process of its own: what making it takes is not what reading it takes
    prepare: (index) => void execFileSync(process.execPath, [import.meta.filename, String(index), pathOf(index)]),
    tryInput: async (_random, index) => {
      const { name, isModel } = GIANTS[index]!;
      const path = pathOf(index);
      const kind = `giants, ${name}`;
      try {
        if (!isModel) {
          await importDemoFile(path);
          return { kind, end: 'read', finding: null };
        }
        using worker = new Backend(
          'off',
          forkingHost((pid) => void workers.push(pid)),
        );
        await openModel(path, worker);
        return { kind, end: 'read', finding: 'called a model' };
      } catch (error) {
        if (!(error instanceof WinnowError)) throw error;
        return { kind, end: error.code, finding: unclear(error, path) };
      } finally {
        rmSync(path);
      }
    },
    close: () => Promise.resolve(null),
  };
}

if (import.meta.main) {
  const [, , index, path] = process.argv;
  writePieces(path!, GIANTS[Number(index)]!.pieces());
}
