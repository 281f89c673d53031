// A super expert as published models have them: it answers the first token alone, with one massive activation. No score of the other tokens knows it; scoring finds it
// by its largest output, and a choice keeps it unless it is told otherwise.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { scoresFileSchema, type ScoresFile } from '../../electron/contract/scores-file.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { prepareScore } from '../../electron/engine/experts/scoring/prepare-scoring.ts';
import { scoreDemos } from '../../electron/engine/experts/scoring/score.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { Engine } from '../engine.ts';
import { editTensor, seeGguf, tensorOf } from './gguf-tools.ts';
import { commandLineHere, CPU, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';

const BLOCK = 4;
/** Of the 256 of an output. */
const ELEMENT = 17;
/** Makes its logit for the first token a little larger than the mean of those that the token is routed to, and lower for all others. */
const SHARE_OF_LOGITS = 0.28;
/** 16384 times: added to the exponents of the quantised blocks' scales. */
const MORE_EXPONENT = 14;
const Q8_0_BLOCK = 34;
const DEMO_FILE = join(ROOT, 'resources/sample/demos/math.jsonl');
const DEMOS = 6;
const KEEP = 4;

const scratch = scratchDir();
const winnow = commandLineHere(join(scratch, 'home'));

async function scored(model: string, name: string): Promise<{ readonly path: string; readonly scores: ScoresFile }> {
  const path = join(scratch, `${name}.json`);
  const demos = ['--demos', DEMO_FILE, '--limit', String(DEMOS)];
  await winnow.json('score', model, ...demos, '--gpu', 'off', '--threads', String(THREADS), '--out', path);
  return { path, scores: scoresFileSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) };
}

type Use = { readonly isUsed: boolean; readonly others: number };

/** Of each expert of the block: whether a token was routed to it, and how many that are not the first. */
function useOf({ max_norm, criteria }: ScoresFile): Use[] {
  return criteria.frequency![BLOCK]!.map((others, expert) => ({ isUsed: max_norm![BLOCK]![expert]! > 0, others }));
}

/** The block's experts that the first token of the demos is routed to; all begin with the same one. */
async function expertsOfFirst(): Promise<number[]> {
  const engine = new Engine({ home: join(scratch, 'engine') });
  using backend = new Backend('off');
  const demos = { kind: 'files' as const, files: [DEMO_FILE] };
  const asked = { model: SAMPLE, demos, limit: 1, maxTokens: 0, nUbatch: 512, placement: CPU, fresh: true };
  const { info, tokenized } = (await prepareScore(asked, engine.context, backend, idleTask())).scoring;
  const counts: number[] = [];
  await scoreDemos(
    [tokenized[0]!.tokens.slice(0, 1)],
    info,
    await loadModel(backend, info, CPU),
    { nUbatch: 512, nSlice: 0, kvType: 'f16', paging: null, threads: THREADS },
    { isScored: () => false, save: ([one]) => void counts.push(...one!.scores.sums.count) },
    backend,
  );
  await engine.close();
  const row = counts.slice(BLOCK * info.nExpert, (BLOCK + 1) * info.nExpert);
  return [...row.keys()].filter((expert) => row[expert]! > 0);
}

/** The sample with a super expert in the place of one that the demos do not use. */
async function planted(usual: readonly Use[]): Promise<{ readonly path: string; readonly expert: number }> {
  const expert = usual.findIndex(({ isUsed }) => !isUsed);
  const firstToken = await expertsOfFirst();
  const path = join(scratch, 'planted.gguf');
  copyFileSync(SAMPLE, path);
  const file = await seeGguf(path);
  editTensor(path, tensorOf(file, `blk.${BLOCK}.ffn_gate_inp.weight`), (data) => {
    const rowBytes = data.length / usual.length;
    for (let at = 0; at < rowBytes; at += 4) {
      const logits = firstToken.reduce((sum, of) => sum + data.readFloatLE(of * rowBytes + at), 0);
      data.writeFloatLE(SHARE_OF_LOGITS * logits, expert * rowBytes + at);
    }
  });
  const down = tensorOf(file, `blk.${BLOCK}.ffn_down_exps.weight`);
  const rowBytes = down.bytes / usual.length / down.shape[1]!;
  editTensor(path, down, (data) => {
    const start = (expert * down.shape[1]! + ELEMENT) * rowBytes;
    for (let at = start; at < start + rowBytes; at += Q8_0_BLOCK)
      data.writeUInt16LE(data.readUInt16LE(at) + (MORE_EXPONENT << 10), at);
  });
  return { path, expert };
}

type Selected = {
  readonly kept: readonly (readonly number[])[];
  readonly super_experts: readonly { readonly layer: number; readonly expert: number; readonly pinned: boolean }[];
};
const select = async (scores: string, ...how: string[]): Promise<Selected> =>
  (await winnow.json<Selected>('select', '--scores', scores, '--keep', String(KEEP), ...how)).document;

let expert = -1;
let usual = '';
let massive = '';
beforeAll(async () => {
  const before = await scored(SAMPLE, 'usual');
  const model = await planted(useOf(before.scores));
  const after = await scored(model.path, 'massive');
  expect(useOf(after.scores)[model.expert]).toEqual({ isUsed: true, others: 0 });
  ({ expert, usual, massive } = { expert: model.expert, usual: before.path, massive: after.path });
});

test('scoring finds it, and the choice keeps it, though its score alone would drop it', async () => {
  const pinned = await select(massive);
  expect(pinned.super_experts).toMatchObject([{ layer: BLOCK, expert, pinned: true }]);
  expect(pinned.kept[BLOCK]).toContain(expert);

  const ranked = await select(massive, '--super-experts', 'rank');
  expect(ranked.super_experts).toMatchObject([{ layer: BLOCK, expert, pinned: false }]);
  expect(ranked.kept[BLOCK]).not.toContain(expert);
  const elsewhere = ({ kept }: Selected) => kept.filter((_, layer) => layer !== BLOCK);
  expect(elsewhere(ranked)).toEqual(elsewhere(pinned));
  // it takes the place of the last one
  expect(pinned.kept[BLOCK]!.filter((of) => !ranked.kept[BLOCK]!.includes(of))).toEqual([expert]);
});

test('whatever the criterion and the count, and not where it is forbidden', async () => {
  for (const criterion of ['frequency', 'gate', 'reap'])
    expect((await select(massive, '--criterion', criterion)).kept[BLOCK], criterion).toContain(expert);
  const forbidden = await select(massive, '--forbid', `${BLOCK}:${expert}`);
  expect(forbidden.super_experts).toMatchObject([{ layer: BLOCK, expert, pinned: false }]);
  expect(forbidden.kept[BLOCK]).not.toContain(expert);
});

test('without it none is found and none pinned', async () => {
  const { kept, super_experts } = await select(usual);
  expect(super_experts).toEqual([]);
  expect(kept).toEqual((await select(usual, '--super-experts', 'rank')).kept);
});
