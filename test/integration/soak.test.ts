// One round of the soak, so that it still runs; `npm run hostile -- soak` is the long one.
import { expect, test } from 'vitest';
import { FIGURES } from '../hostile/soak/process-figures.ts';
import { SoakTarget } from '../hostile/soak/target.ts';
import { SOAK_STEPS } from '../hostile/soak/work.ts';
import { scratchDir } from './support.ts';

test.runIf(process.platform === 'linux')('short jobs of every kind end as they should, and are measured', async () => {
  const soak = await SoakTarget.open(scratchDir());
  const round = await soak.tryInput(null, 0);
  const verdicts = await soak.close();
  expect(round).toMatchObject({ end: 'done', finding: null });
  const { jobs, samples } = soak.rounds;
  expect({ jobs, rounds: samples.length }).toEqual({ jobs: Object.keys(SOAK_STEPS).length, rounds: 1 });
  expect(verdicts.map(({ kind }) => kind)).toEqual([...FIGURES]);
  // workers end with their work
  const isAlwaysThere = FIGURES.filter((figure) => !figure.startsWith('worker'));
  for (const figure of isAlwaysThere) expect(samples[0]?.[figure], figure).toBeGreaterThan(0);
});
