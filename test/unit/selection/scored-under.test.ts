import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CRITERIA, type ExpertSums } from '../../../electron/contract/criteria.ts';
import { WinnowError } from '../../../electron/contract/errors.ts';
import type { KeptExperts } from '../../../electron/contract/kept-experts.ts';
import {
  chooseExperts,
  type ChoiceOptions,
  type Routing,
} from '../../../electron/engine/experts/selection/choose-experts.ts';
import { emptySums, scoreMatrix } from '../../../electron/engine/experts/selection/criteria.ts';
import { neverScored, oneMask } from '../../../electron/engine/experts/selection/scored-under.ts';

const N_EXPERT = 8;
const routing: Routing = { nExpert: N_EXPERT, nExpertUsed: 1, nExpertGroups: 1, expertsPerBlock: 1 };
const free: Omit<ChoiceOptions, 'keep'> = { mix: 'shares', pins: [], drops: [], grouping: 'ungrouped' };

test('experts that a scoring masked were never scored', () => {
  const missing = (scoredUnder: KeptExperts | null): number[] =>
    neverScored(scoredUnder, 4).map(({ expert }) => expert);
  expect(missing(null)).toEqual([]);
  expect(missing([[0, 1]])).toEqual([2, 3]);
  expect(missing([[0, 1, 2, 3]])).toEqual([]);
});

describe('scores of different masks', () => {
  const scoring = (domain: string, scoredUnder: KeptExperts | null) => ({ domain, scoredUnder });

  test('are not mixed, whatever they have in common', () => {
    const law = scoring('law', [[0, 1]]);
    expect(oneMask([])).toBeNull();
    expect(oneMask([scoring('law', null), scoring('tickets', null)])).toBeNull();
    expect(oneMask([law, scoring('tickets', [[0, 1]])])).toEqual([[0, 1]]);
    for (const other of [
      null,
      [[1, 2]],
      [[0]],
      [
        [0, 1],
        [0, 1],
      ],
    ]) {
      expect(() => oneMask([law, law, scoring('tickets', other)])).toThrow(
        /law \(under a mask of 2 experts per layer\) and those of tickets \(/,
      );
    }
  });

  test('choose nothing together', async () => {
    const matrix = scoreMatrix('gate', sumsUnder([0, 1], [1, 1]), { nLayers: 1, nExpert: N_EXPERT });
    const domains = [
      { ...scoring('law', [[0, 1]]), matrix },
      { ...scoring('tickets', null), matrix },
    ];
    const mixed = chooseExperts(domains, routing, { ...free, keep: 1 });
    await expect(mixed).rejects.toMatchObject({ code: 'SCORES_INVALID', details: { domains: ['law', 'tickets'] } });
  });
});

/** A pass over some demos in which masked experts were never routed to, and others perhaps not either. */
function sumsUnder(kept: readonly number[], tokens: readonly number[]): ExpertSums {
  const sums = emptySums(1, N_EXPERT);
  for (const expert of kept) {
    for (const values of Object.values(sums)) values[expert] = tokens[expert] ?? 0;
  }
  return sums;
}

test('what one round drops no later round chooses, by any criterion and whatever the scores', async () => {
  const round = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: N_EXPERT, maxLength: N_EXPERT });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CRITERIA),
      fc.array(round, { minLength: 1, maxLength: 4 }),
      async (criterion, rounds) => {
        let kept = Array.from({ length: N_EXPERT }, (_, expert) => expert);
        for (const [index, tokens] of rounds.entries()) {
          const matrix = scoreMatrix(criterion, sumsUnder(kept, tokens), {
            nLayers: 1,
            nExpert: N_EXPERT,
            seed: index,
          });
          const domain = { domain: 'd', matrix, scoredUnder: [kept] };
          const choosing = chooseExperts([domain], routing, { ...free, keep: N_EXPERT - index - 1 });
          if (criterion !== 'random' && !kept.some((expert) => tokens[expert]! > 0)) {
            await expect(choosing).rejects.toThrow('no expert of MoE layer 0 has a score');
            return;
          }
          const choice = await choosing;
          expect(kept).toEqual(expect.arrayContaining([...(choice.kept[0] ?? [])]));
          kept = [...(choice.kept[0] ?? [])];
        }
      },
    ),
  );
});

test('the mask that stands in the way is named', async () => {
  const matrix = scoreMatrix('gate', sumsUnder([0, 1], [1, 1]), { nLayers: 1, nExpert: N_EXPERT });
  const domains = [{ domain: 'd', matrix, scoredUnder: [[0, 1]] }];
  const tooMany = chooseExperts(domains, routing, { ...free, keep: 3 });
  await expect(tooMany).rejects.toThrow(/scored under a mask of 2 experts in MoE layer 0.*Keep at most 2/);
  const pinned = chooseExperts(domains, routing, { ...free, keep: 2, pins: [{ layer: 0, expert: 5 }] });
  await expect(pinned).rejects.toThrow(/Expert 5 of MoE layer 0 is pinned, but it was masked/);
  await expect(pinned).rejects.toBeInstanceOf(WinnowError);
});
