// Rankings: what is read of them, Winnow's own and tables of others, and what is said of those that cannot be used.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RankingFile } from '../../../electron/contract/ranking-file.ts';
import { rankingText, readModelRanking } from '../../../electron/engine/experts/selection/ranking-file.ts';
import { temporaryHome } from '../store/support.ts';

const KINDRED = 'ab'.repeat(32);
const FINGERPRINT = '12'.repeat(32);
const MODEL = {
  path: 'model.gguf',
  nExpert: 3,
  moeLayers: [1, 3],
  kindred: KINDRED,
  fingerprint: FINGERPRINT,
  fileType: 'Q4_K_M',
};
const SCORES = [
  [0.5, 0.25, 1e-9],
  [0, 3, 2],
];
const RANKING: RankingFile = {
  format: 'winnow-ranking',
  version: 1,
  criterion: 'reap',
  tokens: 'all',
  scores: SCORES,
  model: { name: 'Model', arch: 'qwen3moe', kindred: KINDRED, moe_layers: [1, 3], n_expert: 3, n_expert_used: 1 },
  demos: { domain: 'law', count: 2, tokens: 90, hash: 'cd'.repeat(32) },
};

function read(text: string, info: typeof MODEL = MODEL) {
  const path = join(temporaryHome(), 'ranking');
  writeFileSync(path, text);
  return readModelRanking(path, info);
}

describe('Winnow’s own', () => {
  test('comes back as it was written, to the last digit', async () => {
    const found = await read(rankingText(RANKING, 'winnow'));
    expect(found).toEqual({ scores: SCORES, document: RANKING, said: null });
  });

  test('says where other weights of the same model were scored', async () => {
    const scoredOn = (fingerprint: string | null) =>
      read(rankingText({ ...RANKING, model: { ...RANKING.model, fingerprint } }, 'winnow'));
    expect((await scoredOn('34'.repeat(32))).said?.code).toBe('madeForKindred');
    expect((await scoredOn(FINGERPRINT)).said).toBeNull();
    expect((await scoredOn(null)).said).toBeNull();
  });

  test('says where no model is named', async () => {
    const unnamed = { ...RANKING, model: { ...RANKING.model, kindred: null } };
    expect((await read(rankingText(unnamed, 'winnow'))).said?.code).toBe('rankingUnnamed');
  });

  const changed = (change: object): string => JSON.stringify({ ...RANKING, ...change });
  test.each([
    [
      'another model',
      changed({ model: { ...RANKING.model, kindred: 'ef'.repeat(32) } }),
      'MODEL_CHANGED',
      /another model/,
    ],
    [
      'other layers',
      changed({ model: { ...RANKING.model, moe_layers: [0, 1] } }),
      'MODEL_CHANGED',
      /2 layers from layer 0; .* from layer 1/,
    ],
    ['another version', changed({ version: 2 }), 'RANKING_INVALID', /at version/],
    ['no ranking', '{"format": "winnow-mask"}', 'RANKING_INVALID', /"format" should be/],
    ['no JSON', '{"format": ', 'RANKING_INVALID', /top level/],
    ['a row too few', changed({ scores: SCORES.slice(1) }), 'RANKING_INVALID', /scores, 1 rows for 2/],
    ['a score too few', changed({ scores: [SCORES[0], [1, 2]] }), 'RANKING_INVALID', /scores\.1, 2 scores for 3/],
    ['a negative score', changed({ scores: [SCORES[0], [1, -2, 0]] }), 'RANKING_INVALID', /scores\.1\.1/],
    ['a layer without an order', changed({ scores: [[2, 2, 2], SCORES[1]] }), 'RANKING_INVALID', /row 0 .* same score/],
  ])('refuses %s', async (_name, text, code, message) => {
    await expect(read(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});

describe('a table', () => {
  const table = rankingText(RANKING, 'csv');

  test('is written by block', () => {
    expect(table.split('\n').slice(0, 5)).toEqual(['layer,expert,score', '1,0,0.5', '1,1,0.25', '1,2,1e-9', '3,0,0']);
  });

  const lines = table.trimEnd().split('\n');
  test.each([
    ['as it is written', table],
    ['in another order', [lines[0], ...lines.slice(1).toReversed()].join('\n')],
    ['without names', lines.slice(1).join('\r\n')],
    ['with other columns among them', table.replace(/^(.*?),(.*?),(.*)$/gm, '$3,x,$2,$1')],
    ['of layers by their place', table.replace(/^1,/gm, '0,').replace(/^3,/gm, '1,')],
    ['with a byte order mark', `\uFEFF${table}`],
  ])('is read %s', async (_name, text) => {
    const { scores, document, said } = await read(text);
    expect({ scores, document, code: said?.code }).toEqual({ scores: SCORES, document: null, code: 'rankingUnnamed' });
  });

  test.each([
    ['nothing', '', /line 1/],
    ['a trace without scores', 'layer,expert\n1,0\n', /line 1, it should name the columns layer,expert,score/],
    ['a text for a score', table.replace('0.25', 'high'), /line 3, "1,1,high"/],
    ['a negative score', table.replace('0.25', '-1'), /line 3/],
    ['a layer without an order', table.replace(/^3,(\d),.*/gm, '3,$1,7'), /row 1 .* same score/],
    ['an expert twice', `${table}1,0,2\n`, /line 8, layer 1, expert 0 is there twice/],
    ['an expert too few', lines.slice(0, -1).join('\n'), /layer 3, expert 2 has no score/],
    ['an expert too many', `${table}1,3,2\n`, /line 8, expert 3, where model\.gguf has 0 to 2/],
    ['a layer too few', lines.slice(0, 4).join('\n'), /layer, 1 layers, from 1 to 1, where model\.gguf has 2: 1 to 3/],
    ['other layers', table.replace(/^3,/gm, '4,'), /2 layers, from 1 to 4/],
    ['a quote that is not closed', `${table}1,"0,2\n`, /line/],
  ])('is refused with %s', async (_name, text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'RANKING_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });
});
