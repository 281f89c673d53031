// `npm run soak -- --minutes 60`: see soak-run.ts. Ends with 1 when anything grows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { soak } from './soak-run.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } });
const folder = mkdtempSync(join(tmpdir(), 'winnow-soak-'));
try {
  const { jobs, rounds, verdicts } = await soak({
    ms: Number(values.minutes) * 60_000,
    folder,
    onRound: (line) => process.stderr.write(`${line}\n`),
  });
  for (const { figure, first, last, slope, bound, grows } of verdicts) {
    const judged = grows ? 'GROWS' : 'steady';
    process.stdout.write(
      `${judged}  ${figure}: ${first} … ${last}, ${slope.toFixed(2)} in 100 jobs (bound ${bound})\n`,
    );
  }
  process.stdout.write(`${jobs} jobs in ${rounds} rounds, ${values.minutes} minutes\n`);
  if (verdicts.some(({ grows }) => grows)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
