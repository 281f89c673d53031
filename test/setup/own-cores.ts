// Gives each worker of the integration tests cores of its own. ggml's threads wait busily for each other: two models on
// the same cores would spend most of their time that way.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const worker = Number(process.env['VITEST_POOL_ID'] ?? 1) - 1;
const workers = Number(process.env['WINNOW_TEST_WORKERS'] ?? 1);
const cores = Math.floor(availableParallelism() / workers);
if (workers > 1) {
  const range = `${worker * cores}-${worker * cores + cores - 1}`;
  const { status, stderr } = spawnSync('taskset', ['-cp', range, String(process.pid)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`taskset could not give the tests cores ${range}: ${stderr}`);
}
