// The table of expert tensors against the pinned llama.cpp: every tensor that its loaders create with an axis of experts
// must be cut, and no other one may make a model look uncuttable.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inEnglish } from '../../electron/contract/sentences.ts';
import { expertAxis, uncuttableReason } from '../../electron/engine/models/expert-tensors.ts';
import { ROOT } from './support.ts';

const SOURCE = join(ROOT, 'native/build/llama.cpp-stock/src');
const N_EXPERT = 64;

const read = (path: string): string => readFileSync(join(SOURCE, path), 'utf8').replace(/\/\/.*$/gm, '');

/** LLM_TENSOR_* -> name with a place for the block number, from llama-arch.cpp. */
const names = new Map(
  [...read('llama-arch.cpp').matchAll(/\{\s*LLM_TENSOR_(\w+)\s*,\s*"([^"]+)"\s*\}/g)].map(([, id, name]) => [
    id!,
    name!,
  ]),
);

type Created = {
  readonly where: string;
  /** Name in a file, of block 5. */
  readonly name: string;
  /** The source's own words. */
  readonly dims: readonly string[];
};

const TENSOR_CALL = /create_tensor\w*\(\s*tn\(\s*LLM_TENSOR_(\w+)\s*((?:,[^)]*)?)\)\s*,\s*\{([^}]*)\}/g;
/** Calls of helpers that are read where they are defined, and calls with a name from a variable: none is of experts. */
const READ_ELSEWHERE =
  /create_tensor_(qkv|gate_up_exps)\(\s*(layer|llama_layer)\b|create_tensor\(\s*(tn\(tid, |tn_ffn_up_weight,)/;

const files = [
  'llama-model.cpp',
  ...readdirSync(join(SOURCE, 'models'))
    .filter((file) => file.endsWith('.cpp'))
    .map((file) => `models/${file}`),
];
const created: Created[] = [];
const unread: string[] = [];
for (const where of files) {
  const text = read(where);
  const readAt = new Set<number>();
  for (const match of text.matchAll(TENSOR_CALL)) {
    readAt.add(match.index);
    const [, id, args, dims] = match;
    const pattern = names.get(id!);
    if (pattern === undefined) throw new Error(`${where}: LLM_TENSOR_${id} has no name in llama-arch.cpp`);
    const suffix = /"([^"]+)"/.exec(args!)?.[1];
    const name = `${pattern.replaceAll('%d', '5')}${suffix === undefined ? '' : `.${suffix}`}`;
    created.push({ where, name, dims: dims!.split(',').map((dim) => dim.trim()) });
  }
  for (const match of text.matchAll(/create_tensor\w*\(/g)) {
    const call = text.slice(match.index, match.index + 120);
    if (!readAt.has(match.index) && !READ_ELSEWHERE.test(call)) unread.push(`${where}: ${call.split('\n')[0]}`);
  }
}

/** How the loaders call an axis of experts: whole, as a helper's parameter, or grovemoe's chunks. */
const isExpertDim = (dim: string): boolean => /\bn_(chunk_)?experts?_?\b/.test(dim);
const withExperts = created.filter(({ dims }) => dims.some(isExpertDim));

describe('tensors that llama.cpp creates', () => {
  test('are all read from its source', () => {
    expect(created.length).toBeGreaterThan(2500);
    // the loader's own functions
    expect(unread.filter((line) => !line.startsWith('llama-model.cpp'))).toEqual([]);
    expect(unread.length).toBeLessThanOrEqual(3);
  });

  test('with experts are those of the table, the experts on the last axis', () => {
    expect(withExperts.length).toBeGreaterThan(250);
    for (const { where, name, dims } of withExperts) {
      expect(dims.findIndex(isExpertDim), `${where}: ${name} {${dims.join()}}`).toBe(dims.length - 1);
      const axis = dims.at(-1)?.includes('chunk') ? 'expert-block' : 'expert';
      expect(expertAxis(name), `${where}: ${name} {${dims.join()}}`).toBe(axis);
    }
  });

  test('with experts show every kind of name that the table lists', () => {
    const kinds = new Set(withExperts.map(({ name }) => name.replace('blk.5.', '')));
    const projections = ['gate', 'up', 'down'];
    const expected = [
      ...projections.flatMap((p) => ['weight', 'bias', 'scale', 'input_scale'].map((s) => `ffn_${p}_exps.${s}`)),
      ...projections.map((p) => `ffn_${p}_chexps.weight`),
      'ffn_gate_up_exps.weight',
      'ffn_gate_inp.weight',
      'ffn_gate_inp.bias',
      'exp_probs_b',
      'exp_probs_b.bias',
      'exp_probs_b_vl.bias',
    ];
    expect([...kinds].sort()).toEqual(expected.sort());
  });

  test('without experts are copied whole', () => {
    const others = created.filter(({ dims }) => !dims.some(isExpertDim));
    for (const { where, name } of others) expect(expertAxis(name), `${where}: ${name}`).toBeNull();
  });

  test('without experts never keep a model from being cut, should one of their axes be as long as the experts are many', () => {
    const hindered = created
      .filter(({ name, dims }) => !dims.some(isExpertDim) && !name.includes('tid2eid'))
      .filter(({ name }) => uncuttableReason({ name, ne: [N_EXPERT] }, N_EXPERT) !== null);
    expect([...new Set(hindered.map(({ where, name }) => `${where}: ${name}`))]).toEqual([]);
  });

  test('that hold expert numbers do keep it', () => {
    const tables = created.filter(({ name }) => name.includes('tid2eid'));
    expect(tables).toHaveLength(1);
    const reason = uncuttableReason({ name: tables[0]!.name, ne: [6, 1000] }, N_EXPERT);
    expect(reason && inEnglish(reason)).toContain('expert numbers');
  });
});
