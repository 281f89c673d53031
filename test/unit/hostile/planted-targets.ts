// Targets with a defect of each kind, for the test of the runner. Input 1 of each has it.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target, Verdict } from '../../hostile/target.ts';

const WELL: Verdict = { kind: 'planted', end: 'read', finding: null };

const planted =
  (defect: (folder: string) => Verdict | Promise<Verdict>, shownAtTheEnd: string | null = null): Target =>
  (folder) => ({
    tryInput: async (random, index) => {
      writeFileSync(join(folder, 'input'), `${index}: ${random.below(1e9)}`);
      return index === 1 ? defect(folder) : WELL;
    },
    close: () => Promise.resolve(shownAtTheEnd),
  });

export const TARGETS: Readonly<Record<string, Target>> = {
  crashes: planted(() => process.abort()),
  /** Not where it is awaited. */
  crashesLater: planted(() => {
    setImmediate(() => {
      throw new Error('planted');
    });
    return new Promise(() => {});
  }),
  /** And so does a process of it, which must end too. */
  hangs: planted((folder) => {
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
  leaks: planted(() => WELL, 'planted'),
  cannotOpen: () => {
    throw new Error('planted');
  },
};
