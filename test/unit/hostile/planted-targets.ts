// Targets with a defect of each kind, for the test of the harness.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Limits, OpenTarget, TargetTable, Verdict } from '../../hostile/target.ts';

const WELL: Verdict = { kind: 'planted', end: 'read', finding: null };
/** Every other input is well. */
const isWell = (index: number): boolean => index % 2 === 0;

const LIMITS: Limits = {
  hangMs: 10_000,
  memoryBytes: 400 << 20,
  memoryOf: 'each',
  inputsAProcess: Infinity,
  tries: 2,
};

type Planted = { readonly limits?: Partial<Limits>; readonly close?: OpenTarget['close'] };

function planted(
  defect: (folder: string) => Verdict | Promise<Verdict>,
  { limits, close = () => Promise.resolve([]) }: Planted = {},
): TargetTable[string] {
  return {
    load: () =>
      Promise.resolve({
        open: (folder) =>
          Promise.resolve({
            tryInput: async (random, index) => {
              writeFileSync(join(folder, 'input'), `${index}: ${random.uint32()}`);
              return isWell(index) ? WELL : defect(folder);
            },
            close,
          }),
      }),
    limits: { ...LIMITS, ...limits },
  };
}

const fill = (): Verdict => {
  Buffer.alloc(400 << 20, 1);
  return WELL;
};

/** For as long as the process lives: what nobody holds may be gone before it is seen. */
const held: Buffer[] = [];

export const TARGETS: TargetTable = {
  crashes: planted(() => process.abort()),
  /** Not where it is awaited. */
  crashesLater: planted(() => {
    setImmediate(() => {
      throw new Error('planted');
    });
    return new Promise(() => {});
  }),
  hangs: planted(() => new Promise(() => {}), { limits: { hangMs: 2000 } }),
  /** And so does a process of it, which must end too. */
  spins: planted(
    (folder) => {
      const worker = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
      writeFileSync(join(folder, 'pid'), String(worker.pid));
      for (;;);
    },
    { limits: { hangMs: 2000 } },
  ),
  throws: planted(() => {
    throw new TypeError('planted');
  }),
  lies: planted(() => ({ ...WELL, finding: 'planted' })),
  swells: planted(fill),
  /** All of a group together, and long enough to be seen. */
  swellsWatched: planted(
    async () => {
      held.push(Buffer.alloc(400 << 20, 1));
      await pause(60_000);
      return WELL;
    },
    { limits: { memoryOf: 'all' } },
  ),
  /** Shows only in the end. */
  leaks: planted(() => WELL, { close: () => Promise.resolve([{ ...WELL, finding: 'planted' }]) }),
  cannotOpen: {
    load: () => Promise.resolve({ open: () => Promise.reject(new Error('planted')) }),
    limits: LIMITS,
  },
};
