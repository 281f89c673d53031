// What a cache of experts would serve, estimated from what a run stores, against the routing replayed token by token.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { SUMS } from '../../electron/contract/criteria.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { gateInInput } from '../../electron/engine/models/architecture-rules.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { commandLineHere, CPU, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';

const dir = scratchDir();
const cli = commandLineHere(scratchDir());
const EXPERTS = 32;
const SLOTS = [6, 12, 20, 28];

type Row = { readonly slots: number; readonly frequent: number; readonly recent: number; readonly retained: number };
type Found = {
  readonly rows: readonly Row[];
  readonly demos: number;
  readonly n_expert: number;
  readonly n_expert_used: number;
};

/** Of each text the experts that each token passes in each layer. */
const routed: number[][][][] = [];
let estimated: Found;

beforeAll(async () => {
  const whole = readFileSync(join(ROOT, 'resources/sample/eval/python.txt'), 'utf8');
  const texts = [0, 1, 2, 3].map((i) => whole.slice(600 * i, 600 * i + 300));
  const files = texts.map((text, i) => {
    const path = join(dir, `text-${i}.txt`);
    writeFileSync(path, text);
    return path;
  });
  expect((await cli.json('score', SAMPLE, '--demos', ...files, '--gpu', 'off')).code).toBe(0);
  estimated = (await cli.json<Found>('cache', '--run', '1', '--slots', SLOTS.join(), '--tokens', 'all')).document;
  using backend = new Backend('off');
  const { info } = await inspectModel(SAMPLE, backend);
  await loadModel(backend, info, CPU);
  const asked = texts.map((text) => ({ text, addSpecial: true, parseSpecial: true }));
  for (const tokens of await backend.call('tokenize', { texts: asked }))
    routed.push(await routing(backend, info, tokens));
});

/** Four tokens a pass, each in a class of its own. */
async function routing(
  backend: Backend,
  { arch, moeLayers, nExpert }: Awaited<ReturnType<typeof inspectModel>>['info'],
  tokens: Int32Array,
): Promise<number[][][]> {
  const found: number[][][] = [];
  const size = moeLayers.length * nExpert;
  for (let first = 0; first < tokens.length; first += 4) {
    const classes = Uint8Array.from(tokens, (_, i) => (i >= first && i < first + 4 ? i - first : 4));
    const { sequences } = await backend.call('score', {
      sequences: [tokens],
      classes: [classes],
      moeLayers: Int32Array.from(moeLayers),
      gateInInput: gateInInput(arch),
      nTop: 0,
      taps: true,
      paging: null,
      nCtx: 512,
      nUbatch: 512,
      nSlice: 0,
      nLongest: 0,
      kvType: 'f16',
      nThreads: THREADS,
      nSeqMax: 1,
    });
    for (let token = first; token < Math.min(first + 4, tokens.length); token++) {
      const { sums } = sequences[0]!.classSums.find(({ tokenClass }) => tokenClass === token - first)!;
      const counts = sums.subarray(SUMS.indexOf('count') * size, (SUMS.indexOf('count') + 1) * size);
      found.push(
        moeLayers.map((_, layer) =>
          Array.from(counts.subarray(layer * nExpert, (layer + 1) * nExpert), (n, expert) =>
            n > 0 ? expert : -1,
          ).filter((expert) => expert >= 0),
        ),
      );
    }
  }
  return found;
}

/** Each text in turn after all others. */
function replayed(serve: (before: number[][], own: number[][]) => number): number {
  let [hits, reads] = [0, 0];
  for (const [text, tokens] of routed.entries()) {
    for (let layer = 0; layer < tokens[0]!.length; layer++) {
      const of = (rows: number[][][]): number[][] => rows.map((token) => token[layer]!);
      hits += serve(of(routed.filter((_, other) => other !== text).flat()), of(tokens));
      reads += tokens.length * tokens[0]![layer]!.length;
    }
  }
  return hits / reads;
}

test('the experts that others read most serve what the replay says', () => {
  expect(estimated).toMatchObject({ demos: 4, n_expert: EXPERTS, n_expert_used: 4 });
  for (const { slots, frequent } of estimated.rows) {
    const share = replayed((before, own) => {
      const counts = Array.from({ length: EXPERTS }, (_, e) => before.flat().filter((expert) => expert === e).length);
      const held = new Set([...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, slots));
      return own.flat().filter((expert) => held.has(expert)).length;
    });
    // a router's near tie may fall the other way where texts pass the model one by one
    expect(Math.abs(frequent - share)).toBeLessThan(1e-3);
  }
});

test('those that were read last serve about what the replay says', () => {
  const found = estimated.rows.map(({ slots, recent }) => {
    const share = replayed((before, own) => {
      // the oldest first
      const held = new Set<number>();
      const read = (expert: number): boolean => {
        const isThere = held.delete(expert);
        held.add(expert);
        if (held.size > slots) held.delete(held.values().next().value!);
        return isThere;
      };
      before.flat().forEach(read);
      return own.flat().filter(read).length;
    });
    return { slots, recent, share };
  });
  // tokens of one text go to the same experts more often than chance has it, which the estimate leaves out
  for (const { recent, share } of found) {
    expect(recent - share).toBeGreaterThan(-0.1);
    expect(recent - share).toBeLessThan(0.02);
  }
});
