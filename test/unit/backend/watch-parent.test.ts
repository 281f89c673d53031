// That a process ends after its parent, and at its limit of memory, while its event loop hears of nothing.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exitReason } from '../../../electron/contract/exit-reason.ts';
import { processExists } from '../../../electron/engine/store/owner.ts';

const script = (name: string): string => fileURLToPath(new URL(`scripts/${name}.ts`, import.meta.url));

/** @returns milliseconds that the child outlives its parent, and how long it was told to take */
async function orphan(how: string, graceMs: number): Promise<number> {
  const parent = spawn(process.execPath, [script('parent'), script('busy-child'), how, String(graceMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(said.toString());
  expect(processExists(child)).toBe(true);
  // the watch begins as the process does
  await new Promise((done) => setTimeout(done, 300));
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const from = performance.now();
  try {
    await expect.poll(() => processExists(child), { timeout: 20_000, interval: 20 }).toBe(false);
  } finally {
    if (processExists(child)) process.kill(child, 'SIGKILL');
  }
  return performance.now() - from;
}

test.each(['busy', 'asleep'])(
  '%s, it is gone within two seconds after its parent',
  { timeout: 60_000 },
  async (how) => {
    expect(await orphan(how, 0)).toBeLessThan(2000);
  },
);

// Windows ends it with its parent, by the job in which Node puts those that it starts
test.skipIf(process.platform === 'win32')(
  'with time to end by itself, it takes it, and no more',
  { timeout: 60_000 },
  async () => {
    const ms = await orphan('busy', 1000);
    expect(ms).toBeGreaterThan(700);
    expect(ms).toBeLessThan(2000);
  },
);

test('it ends where it holds more than it may', { timeout: 60_000 }, async () => {
  const child = fork(script('busy-child'), ['hungry', '0', '400'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(exitReason(code, signal)).toBe(process.platform === 'win32' ? 'exit code 1' : 'signal SIGKILL');
});
