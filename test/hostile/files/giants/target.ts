// The largest files, one by one: each is decided in time and with bounded memory. As a program, `node target.ts NUMBER PATH`
// writes one of them.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Backend } from '../../../../electron/engine/base/backend/backend.ts';
import { forkingHost } from '../../../../electron/engine/base/backend/worker-host.ts';
import { importDemoFile } from '../../../../electron/engine/demos/import.ts';
import { openModel } from '../../../../electron/engine/models/inspect.ts';
import type { OpenTarget } from '../../target.ts';
import { tryFile } from '../try-file.ts';
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
  const inspect = async (path: string): Promise<string> => {
    using worker = new Backend(
      'off',
      forkingHost((pid) => void workers.push(pid)),
    );
    await openModel(path, worker);
    return 'called a model';
  };
  return {
    pids: () => workers,
    // in a process of its own: what making it takes is not what reading it takes
    prepare: (index) => void execFileSync(process.execPath, [import.meta.filename, String(index), pathOf(index)]),
    tryInput: (_random, index) => {
      const { name, isModel } = GIANTS[index]!;
      const path = pathOf(index);
      const read = (): Promise<string | null> => (isModel ? inspect(path) : importDemoFile(path).then(() => null));
      return tryFile({ kind: `giants, ${name}`, path, isSound: false, read }).finally(() => rmSync(path));
    },
  };
}

if (import.meta.main) {
  const [, , index, path] = process.argv;
  writePieces(path!, GIANTS[Number(index)]!.pieces());
}
