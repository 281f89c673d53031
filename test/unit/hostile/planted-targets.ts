// Targets with a defect of each kind, for the test of the harness.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target, TargetTable, Verdict } from '../../hostile/target.ts';

const WELL: Verdict = { kind: 'planted', end: 'read', finding: null };
/** Every other input is well. */
const isWell = (index: number): boolean => index % 2 === 0;

function planted(defect: (folder: string) => Verdict | Promise<Verdict>): () => Promise<Target> {
  return () =>
    Promise.resolve({
      open: (folder) =>
        Promise.resolve({
          tryInput: async (random, index) => {
            writeFileSync(join(folder, 'input'), `${index}: ${random.uint32()}`);
            return isWell(index) ? WELL : defect(folder);
          },
          close: () => Promise.resolve(),
        }),
    });
}

export const TARGETS: TargetTable = {
  crashes: planted(() => process.abort()),
  /** Not where it is awaited. */
  crashesLater: planted(() => {
    setImmediate(() => {
      throw new Error('planted');
    });
    return new Promise(() => {});
  }),
  hangs: planted(() => new Promise(() => {})),
  /** And so does a process of it, which must end too. */
  spins: planted((folder) => {
    const worker = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
    writeFileSync(join(folder, 'pid'), String(worker.pid));
    for (;;);
  }),
  throws: planted(() => {
    throw new TypeError('planted');
  }),
  lies: planted(() => ({ ...WELL, finding: 'planted' })),
  swells: planted(() => {
    Buffer.alloc(400 << 20, 1);
    return WELL;
  }),
  cannotOpen: () => Promise.resolve({ open: () => Promise.reject(new Error('planted')) }),
};
