// Hours of short jobs leave nothing behind: one round in `npm test`, an hour in `npm run hostile -- soak`.
import { expect, test } from 'vitest';
import { growthOf, Soak } from '../hostile/soak.ts';
import { HOSTILE } from '../setup/thorough.ts';
import { scratchDir } from './support.ts';

const SECONDS = Number(process.env['WINNOW_HOSTILE_SECONDS'] ?? 3600);

test.runIf(process.platform === 'linux')(
  'short jobs end as they should, and nothing grows',
  {
    timeout: HOSTILE ? SECONDS * 1000 + 600_000 : 300_000,
  },
  async () => {
    const soak = await Soak.open(scratchDir());
    const until = performance.now() + SECONDS * 1000;
    do {
      const { workers, ...figures } = await soak.round();
      if (HOSTILE) console.log({ workers, ...figures });
      for (const [name, figure] of Object.entries(figures)) expect(figure, name).toBeGreaterThan(0);
    } while (HOSTILE && performance.now() < until);
    await soak.close();
    expect(growthOf(soak.rounds)).toEqual([]);
  },
);

test('a slow leak is found; warm-up and outliers are none', () => {
  const flat = { engineBytes: 5e6, hostBytes: 5e6, handles: 50, threads: 9, workers: 1, databaseBytes: 1, logBytes: 1 };
  const rounds = (at: (i: number) => object) => Array.from({ length: 60 }, (_, i) => ({ ...flat, ...at(i) }));
  expect(growthOf(rounds((i) => ({ engineBytes: 5e6 + 300 * Math.sin(i), handles: 50 + (i % 3) })))).toEqual([]);
  expect(growthOf(rounds((i) => ({ engineBytes: 1e6 * Math.min(i, 25), handles: i === 59 ? 900 : 50 })))).toEqual([]);
  expect(growthOf(rounds((i) => ({ engineBytes: 5e6 + 1e5 * i })))).toEqual([expect.stringContaining('engineBytes')]);
  expect(growthOf(rounds((i) => ({ handles: 50 + Math.floor(i / 5) })))).toEqual([expect.stringContaining('handles')]);
});
