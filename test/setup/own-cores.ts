// Gives each worker of the integration and end-to-end tests its cores: a share of all, or one that it shares with others. ggml's threads
// wait busily for each other: two models with several threads on the same cores would spend most of their time that way.
import { spawnSync } from 'node:child_process';

const workers = Number(process.env['WINNOW_TEST_WORKERS'] ?? 1);
const cores = (process.env['WINNOW_TEST_CORES'] ?? '0').split(',').map(Number);
const share = Math.max(1, Math.floor(cores.length / workers));
const worker = Number(process.env['TEST_PARALLEL_INDEX'] ?? Number(process.env['VITEST_POOL_ID'] ?? 1) - 1);

const first = (worker * share) % cores.length;
use(cores.slice(first, first + share));

/** For a test that waits busily for threads that are not ggml's own: those would starve on its share. */
export function takeAllCores(): void {
  use(cores);
}

function use(some: readonly number[]): void {
  if (workers === 1) return;
  const { status, stderr } = spawnSync('taskset', ['-cp', some.join(), String(process.pid)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`taskset could not give the tests the cores ${some.join()}: ${stderr}`);
}
