// `npm run faults -- --kills 200 --seed 1 --only score,export`: see campaign.ts. Ends with 1 when anything was lost.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killAtRandom } from './campaign.ts';
import { COMPILE_CACHE } from '../../setup/compile-cache.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    /** Kinds of work, with commas. */
    only: { type: 'string' },
  },
});
process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;
const folder = mkdtempSync(join(tmpdir(), 'winnow-faults-'));
try {
  const started = performance.now();
  const { kills, losses } = await killAtRandom({
    kills: Number(values.kills),
    seed: Number(values.seed),
    folder,
    ...(values.only !== undefined && { only: values.only.split(',') }),
    onKill: (line) => process.stderr.write(`${line}\n`),
  });
  for (const [what, count] of [...kills].sort()) process.stdout.write(`${String(count).padStart(4)}  ${what}\n`);
  for (const loss of losses) process.stdout.write(`LOST  ${loss}\n`);
  const minutes = (performance.now() - started) / 60_000;
  process.stdout.write(`${values.kills} kills in ${minutes.toFixed(1)} minutes, ${losses.length} losses\n`);
  if (losses.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
