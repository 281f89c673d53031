// Which way of choosing experts a search takes, by what was measured of each.
import { expect, test } from 'vitest';
import type { ChoosingWay } from '../../../electron/contract/fit.ts';
import { countWays, firstWay, settledWay } from '../../../electron/engine/measure/fit/ways.ts';
import type { StageSums } from '../../../electron/engine/measure/fit/judge.ts';

const PLAIN = { nExpert: 32, nExpertUsed: 4, nExpertGroups: 1, expertsPerBlock: 0 };
const GROUPED = { ...PLAIN, nExpertGroups: 4 };
const TOKENS = 100;
/** Of ten chunks: by how much each is harder than the mean. */
const CHUNKS = [0.8, 1.3, 0.9, 1.1, 0.7, 1.2, 1, 1.05, 0.95, 1];

/** @param own by which chunks differ beside their hardness */
function sums(kl: number, own: (chunk: number) => number = () => 1): StageSums {
  const of = (value: (chunk: number, hardness: number) => number): Float64Array =>
    Float64Array.from(CHUNKS, (hardness, chunk) => TOKENS * value(chunk, hardness));
  const tokens = Uint32Array.from(CHUNKS, () => TOKENS);
  const [nll, top1] = [of(() => 2), of(() => 0.9)];
  return [{ tokens, nll, top1, sourceNll: nll, kl: of((chunk, hardness) => kl * hardness * own(chunk)) }];
}

const never = (): boolean => false;

type Setting = {
  readonly routing?: typeof PLAIN;
  readonly keep?: number | null;
  readonly isTimeUp?: () => boolean;
};

/** Asks for what `kl` says of each. */
async function settled(
  kl: (way: ChoosingWay) => StageSums,
  asked: Parameters<typeof settledWay>[0] = {},
  { routing = PLAIN, keep = 26, isTimeUp = never }: Setting = {},
): Promise<{ readonly way: Awaited<ReturnType<typeof settledWay>>; readonly asks: readonly string[] }> {
  const asks: string[] = [];
  const measure = (way: ChoosingWay, count: number): Promise<StageSums> => {
    asks.push(`${count} ${way.criterion} ${way.grouping}`);
    return Promise.resolve(kl(way));
  };
  return { way: await settledWay(asked, routing, { keep, measure, isTimeUp }), asks };
}

test('the criterion that is clearly nearest is taken, with what was measured of each', async () => {
  const of = ({ criterion }: ChoosingWay): StageSums => sums({ reap: 0.02, man: 0.01 }[criterion as string] ?? 0.03);
  const { way, asks } = await settled(of);
  expect(way).toMatchObject({ criterion: 'man', grouping: 'ungrouped', measured: { keep: 26 } });
  expect(way.measured?.ways.map(({ criterion, kl }) => [criterion, Math.round(1000 * kl)])).toEqual([
    ...[
      ['easy-ep', 30],
      ['reap', 20],
      ['ean', 30],
      ['man', 10],
      ['gate', 30],
      ['frequency', 30],
    ],
  ]);
  expect(asks).toHaveLength(6);
});

test('one that chance may have put in front is not', async () => {
  // as much better in some chunks as worse in others, but for a little
  const shaky = (chunk: number): number => (chunk % 2 === 0 ? 0.5 : 1.3);
  const of = ({ criterion }: ChoosingWay): StageSums => (criterion === 'reap' ? sums(0.03, shaky) : sums(0.03));
  const { way } = await settled(of);
  expect(way.measured?.ways[1]!.kl).toBeLessThan(way.measured!.ways[0]!.kl);
  expect(way.criterion).toBe('easy-ep');
});

test('chance has five tries: what would do for one choice beside another is not enough for a criterion', async () => {
  const shaky = (chunk: number): number => (chunk % 2 === 0 ? 0.6 : 1);
  const nearer = sums(0.03, shaky);
  const criteria = await settled(({ criterion }) => (criterion === 'reap' ? nearer : sums(0.03)));
  expect(criteria.way.criterion).toBe('easy-ep');
  const asked = { criterion: 'easy-ep' } as const;
  const of = ({ grouping }: ChoosingWay): StageSums => (grouping === 'balanced' ? nearer : sums(0.03));
  expect((await settled(of, asked, { routing: GROUPED })).way.grouping).toBe('balanced');
});

test('where the router has groups, they are settled before the criterion, on a count that they divide', async () => {
  const { way, asks } = await settled(
    ({ grouping }) => sums(grouping === 'balanced' ? 0.027 : 0.075),
    {},
    {
      routing: GROUPED,
    },
  );
  expect(way).toMatchObject({ criterion: 'easy-ep', grouping: 'balanced', measured: { keep: 24 } });
  expect(asks.slice(0, 3)).toEqual(['24 easy-ep ungrouped', '24 easy-ep balanced', '24 reap balanced']);
  const without = await settled(
    ({ grouping }) => sums(grouping === 'balanced' ? 0.076 : 0.075),
    {},
    {
      routing: GROUPED,
    },
  );
  expect(without.way.grouping).toBe('ungrouped');
  expect(without.asks[2]).toBe('24 reap ungrouped');
});

test('fewer experts than two a group are chosen without groups', async () => {
  const { way, asks } = await settled(() => sums(0.03), {}, { routing: GROUPED, keep: 7 });
  expect(way.grouping).toBe('ungrouped');
  expect(asks[1]).toBe('7 reap ungrouped');
});

test('what was asked for is not measured', async () => {
  const asked = { criterion: 'gate', grouping: 'balanced' } as const;
  expect(await settled(() => sums(1), asked, { routing: GROUPED })).toEqual({
    way: { ...asked, measured: null },
    asks: [],
  });
  const { asks } = await settled(() => sums(1), { criterion: 'gate' }, { routing: GROUPED });
  expect(asks).toEqual(['24 gate ungrouped', '24 gate balanced']);
});

test('nothing is measured where all files have all experts, and nothing more when the time is up', async () => {
  expect((await settled(() => sums(1), {}, { keep: null })).asks).toEqual([]);
  let left = 2;
  const { way, asks } = await settled(
    ({ criterion }) => sums(criterion === 'reap' ? 0.01 : 0.03),
    {},
    {
      isTimeUp: () => left-- <= 0,
    },
  );
  expect(asks).toHaveLength(3);
  expect(way.criterion).toBe('reap');
});

test('the estimate counts what is measured beside the first way', () => {
  expect(firstWay({})).toEqual({ criterion: 'easy-ep', grouping: 'ungrouped' });
  expect([countWays({}, PLAIN, 26), countWays({}, GROUPED, 26), countWays({}, GROUPED, 7)]).toEqual([5, 6, 5]);
  expect([countWays({ criterion: 'gate' }, GROUPED, 26), countWays({}, PLAIN, null)]).toEqual([1, 0]);
});
