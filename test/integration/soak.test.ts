// One round of the soak, so that it still runs; `npm run soak` is the long one.
import { expect, test } from 'vitest';
import { FIGURES } from '../hostile/soak/process-figures.ts';
import { soak } from '../hostile/soak/soak-run.ts';
import { SOAK_STEPS } from '../hostile/soak/soak-work.ts';
import { scratchDir } from './support.ts';

test.runIf(process.platform === 'linux')('short jobs of every kind end as they should, and are measured', async () => {
  const { jobs, rounds, samples, verdicts } = await soak({ ms: 0, folder: scratchDir() });
  expect({ jobs, rounds }).toEqual({ jobs: Object.keys(SOAK_STEPS).length, rounds: 1 });
  expect(verdicts.map(({ figure }) => figure)).toEqual([...FIGURES]);
  // workers end with their work
  const isAlwaysThere = FIGURES.filter((figure) => !figure.startsWith('worker'));
  for (const figure of isAlwaysThere) expect(samples[0]?.[figure], figure).toBeGreaterThan(0);
});
