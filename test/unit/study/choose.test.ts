import { expect, test } from 'vitest';
import type { ExpertSums } from '../../../electron/contract/criteria.ts';
import type { ModelInfo } from '../../../electron/contract/model-info.ts';
import type { Task } from '../../../electron/engine/store/task.ts';
import { emptySums } from '../../../electron/engine/experts/selection/criteria.ts';
import { chooseAll, type ScoredDomain } from '../../../electron/engine/measure/study/choose.ts';
import { scoresOfFewer } from '../../../electron/engine/measure/study/fewer-demos.ts';
import { overlapOf } from '../../../electron/engine/measure/study/overlap.ts';
import { partsOf } from '../../../electron/engine/measure/study/parts.ts';
import { tinyModel } from '../pruning/tiny-model.ts';

const N_EXPERT = 4;
const { info: tiny } = tinyModel({});
const info: ModelInfo = {
  ...tiny,
  moeLayers: [0],
  nExpert: N_EXPERT,
  nExpertUsed: 1,
  nExpertGroups: 0,
  expertsPerBlock: 1,
};
const { signal } = new AbortController();

/** One layer whose scores by every criterion are these. */
function sumsOf(...scores: number[]): ExpertSums {
  const sums = emptySums(1, N_EXPERT);
  for (const values of Object.values(sums)) values.set(scores);
  sums.count.fill(1);
  return sums;
}

const law: ScoredDomain = {
  domain: 'law',
  sums: sumsOf(4, 3, 0, 0),
  others: [{ tokens: 'all', sums: sumsOf(1, 0, 0, 2) }],
  fewer: [],
  maxNorm: null,
};
const tax: ScoredDomain = {
  domain: 'tax',
  sums: sumsOf(0, 0, 3, 4),
  others: [],
  fewer: [],
  maxNorm: null,
};
const plan = {
  criteria: ['easy-ep', 'random'],
  seeds: 2,
  grouping: 'ungrouped',
  counts: [2],
} as const;

test('every method chooses once a domain, random once a seed', async () => {
  const choices = await chooseAll([law, tax], info, { ...plan, criteria: [...plan.criteria] }, signal);
  expect(choices.map(({ method, seed, domain }) => [method, seed ?? domain])).toEqual([
    ['easy-ep', 'law'],
    ['easy-ep', 'tax'],
    ['random', 1],
    ['random', 2],
    ['tokens-all', 'law'],
  ]);
  const keptBy = (method: string, domain: string | null): number[][] | undefined =>
    choices.find((choice) => choice.method === method && choice.domain === domain)?.kept.map((layer) => [...layer]);
  expect(keptBy('easy-ep', 'law')).toEqual([[0, 1]]);
  expect(keptBy('easy-ep', 'tax')).toEqual([[2, 3]]);
  expect(keptBy('tokens-all', 'law')).toEqual([[0, 3]]);
});

test('fewer demos are drawn without one twice, nested in each draw, and choose for themselves', async () => {
  // each demo is a bit of the first expert's score, so that a sum tells its demos
  const demos = { count: 6, at: (index: number) => sumsOf(2 ** index, 0, 0, 20) };
  const asked = { counts: [4, 1, 2, 6, 25, 2], seeds: 12, criterion: 'easy-ep' as const };
  const fewer = await scoresOfFewer(demos, asked, { nLayers: 1, nExpert: N_EXPERT }, signal);
  const counts = fewer.map(({ demos: n, seed }) => [n, seed]);
  // all six are no draw, and there are no 25
  expect(counts).toEqual([1, 2, 4].flatMap((n) => Array.from({ length: 12 }, (_, draw) => [n, draw + 1])));
  const taken = (n: number, seed: number): number[] => {
    const sum = fewer.find((one) => one.demos === n && one.seed === seed)?.matrix.scores[0] ?? 0;
    return [0, 1, 2, 3, 4, 5].filter((bit) => (sum >> bit) % 2 === 1);
  };
  for (let seed = 1; seed <= 12; seed++) {
    expect([1, 2, 4].map((n) => taken(n, seed).length)).toEqual([1, 2, 4]);
    expect(taken(2, seed)).toEqual(expect.arrayContaining(taken(1, seed)));
    expect(taken(4, seed)).toEqual(expect.arrayContaining(taken(2, seed)));
  }
  expect(new Set(Array.from({ length: 12 }, (_, draw) => taken(1, draw + 1)[0])).size).toBeGreaterThan(2);

  const one = { ...law, fewer: fewer.filter(({ demos: n, seed }) => n === 1 && seed < 3), others: [] };
  const choices = await chooseAll([one], info, { ...plan, criteria: ['easy-ep'] }, signal);
  expect(choices.map(({ method, seed, kept }) => [method, seed, kept])).toEqual([
    ['easy-ep', null, [[0, 1]]],
    ['demos-1', 1, [[0, 3]]],
    ['demos-1', 2, [[0, 3]]],
  ]);
});

test('overlap is the share of the kept experts that two domains have in common', async () => {
  const near: ScoredDomain = { ...tax, domain: 'near', sums: sumsOf(4, 0, 0, 3) };
  const choices = await chooseAll([law, tax, near], info, { ...plan, criteria: ['gate'] }, signal);
  expect(overlapOf(choices.filter(({ method }) => method === 'gate'))).toEqual({
    keep: 2,
    domains: ['law', 'tax', 'near'],
    common: [
      [1, 0, 0.5],
      [0, 1, 0.5],
      [0.5, 0.5, 1],
    ],
  });
});

test('super experts are pinned, or ranked where that is asked for', async () => {
  // expert 3 has the lowest score and an output that stands out
  const odd: ScoredDomain = { ...law, sums: sumsOf(4, 3, 2, 0), maxNorm: Float32Array.of(1, 1, 1, 5000) };
  const asked = { ...plan, criteria: ['easy-ep' as const] };
  const kept = async (more: object): Promise<Record<string, readonly number[] | undefined>> => {
    const choices = await chooseAll([{ ...odd, others: [] }], info, { ...asked, ...more }, signal);
    return Object.fromEntries(choices.map((choice) => [choice.method, choice.kept[0]]));
  };
  expect(await kept({})).toEqual({ 'easy-ep': [0, 3] });
  expect(await kept({ superExperts: 'rank' })).toEqual({ 'easy-ep': [0, 1] });
  expect((await chooseAll([{ ...odd, maxNorm: null }], info, asked, signal))[0]?.kept).toEqual([[0, 1]]);
});

test('progress of parts is one progress', () => {
  const reported: number[] = [];
  const task: Pick<Task, 'progress'> = { progress: (done) => reported.push(done) };
  const [first, second] = partsOf(task, [1, 3]);
  first?.progress(1, 2, 'tokens');
  first?.progress(2, 2, 'tokens');
  second?.progress(1, 3, 'tokens');
  second?.progress(0, 0, 'tokens');
  expect(reported).toEqual([125, 250, 500, 250]);
});
