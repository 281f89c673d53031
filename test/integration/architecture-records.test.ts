// The records of architectures against the source of the llama.cpp that is built, which is read here as text: none is missing, and
// none says of a model with experts that it has none.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { ARCHITECTURES } from '../../electron/engine/models/architectures.ts';
import { WIDTH_RULES } from '../../electron/engine/models/expert-width.ts';
import { STOCK_SOURCE } from '../../native/build.ts';
import { isSince } from './llama-release.ts';

const SOURCE = join(STOCK_SOURCE, 'src');
const read = (path: string): string => readFileSync(join(SOURCE, path), 'utf8');

/** All values of `general.architecture`, each with its name in llama.cpp's source. */
const names = [...read('llama-arch.cpp').matchAll(/\{\s*LLM_ARCH_(\w+)\s*,\s*"([^"]+)"\s*\}/g)]
  .map(([, id = '', name = '']) => ({ id, name }))
  .filter(({ id }) => id !== 'UNKNOWN');

const backend = new Backend();
afterAll(() => backend.close());

const models = readdirSync(join(SOURCE, 'models'))
  .filter((file) => file.endsWith('.cpp'))
  .map((file) => read(`models/${file}`));
/** What reads a model's numbers, or creates its tensors, by the name of its class. */
const loadersOf = (what: 'hparams' | 'tensors'): ReadonlyMap<string, string> =>
  new Map(
    models
      .flatMap((text) => [...text.matchAll(new RegExp(`^void (llama_model_\\w+)::load_arch_${what}\\(.*?^\\}`, 'gms'))])
      .map(([text, name]) => [name!, text] as const),
  );
const loaders = loadersOf('tensors');
const classes = new Map(
  [...read('llama-model.cpp').matchAll(/case LLM_ARCH_(\w+):\s*return new (llama_model_\w+)\(/g)].map(
    ([, id, name]) => [id!, name!] as const,
  ),
);
const bases = new Map(
  [...read('models/models.h').matchAll(/struct (llama_model_\w+) : public (llama_model_\w+)/g)].map(
    ([, name, base]) => [name!, base!] as const,
  ),
);

/** llama.cpp's loader of it, its own or the one that it inherits; undefined where llama.cpp has a name alone. */
function loaderOf(id: string, from = loaders): string | undefined {
  let name = classes.get(id);
  while (name !== undefined && !from.has(name)) name = bases.get(name);
  return name === undefined ? undefined : from.get(name);
}

const createsExperts = (loader: string): boolean => /_EXPS\b|create_tensor_gate_up_exps/.test(loader);
/** Their loader is that of ernie4_5-moe, and creates experts for that alone. */
const LOADED_DENSE = ['ernie4_5', 'paddleocr'];

test("every architecture of llama.cpp's is read from its source", () => {
  const declared = [...read('llama-arch.h').matchAll(/^ {4}LLM_ARCH_(\w+),/gm)].map(([, id]) => id);
  expect(names.map(({ id }) => id).sort()).toEqual(declared.filter((id) => id !== 'UNKNOWN').sort());
});

test('every one has a record', () => {
  expect(names.map(({ name }) => name).filter((name) => !ARCHITECTURES.has(name))).toEqual([]);
});

test('no record is of an architecture that llama.cpp has not, unless it says that a newer release does', async () => {
  const known = await Promise.all([...ARCHITECTURES.keys()].map((name) => backend.call('knowsArchitecture', { name })));
  const expected = [...ARCHITECTURES.values()].map(({ since }) => since === null || isSince(since));
  expect(known).toEqual(expected);
});

describe('whether llama.cpp loads experts', () => {
  const loaded = names.flatMap(({ id, name }) => {
    const loader = loaderOf(id);
    return loader === undefined ? [] : [{ name, hasExperts: createsExperts(loader) && !LOADED_DENSE.includes(name) }];
  });

  test('is read of all but a few', () => {
    expect(loaded.length).toBeGreaterThan(140);
    expect(loaded.filter(({ hasExperts }) => hasExperts).length).toBeGreaterThan(50);
  });

  test('is what the record says', () => {
    const verdictOf = (name: string) => ARCHITECTURES.get(name)?.verdict;
    const withExperts = loaded.filter(({ hasExperts }) => hasExperts).map(({ name }) => name);
    expect(withExperts.filter((name) => verdictOf(name) === 'dense')).toEqual([]);
    expect(loaded.filter(({ name }) => verdictOf(name) === 'pruned').map(({ name }) => name)).toEqual(
      withExperts.filter((name) => verdictOf(name) === 'pruned'),
    );
  });
});

describe('how wide experts are', () => {
  const numbers = loadersOf('hparams');
  const rowOf = (text: string, tensor: string): string | undefined =>
    new RegExp(String.raw`LLM_TENSOR_FFN_DOWN_${tensor}, *"weight", \w+\), *\{ *([^,]+?) *,`).exec(text)?.[1];

  /** What a name stands for, written out. */
  function meaning(text: string, expression: string): string {
    const name = /^(?:hparams\.)?n_ff_shexp\w*$/.exec(expression);
    if (!name) return expression;
    const set = new RegExp(String.raw`\b${expression.replace('.', String.raw`\.`)} *=(?!=) *([^;]+);`).exec(text)?.[1];
    const fallback = /n_ff_shexp == 0\)/.test(text) ? 'hparams.n_ff_shexp ? hparams.n_ff_shexp : ' : '';
    return set === undefined || set === expression
      ? expression
      : fallback + (set === 'hparams.n_ff_shexp' ? meaning(text, set) : set);
  }

  function ruleOf(text: string) {
    const width = rowOf(text, 'EXPS');
    const isExpertLength = width !== 'n_ff';
    if (width === undefined || (isExpertLength && !text.includes('LLM_KV_EXPERT_FEED_FORWARD_LENGTH'))) return null;
    const key = isExpertLength ? 'expert_feed_forward_length' : 'feed_forward_length';
    const shared = meaning(text, rowOf(text, 'SHEXP') ?? '');
    const otherwise = /^\(?hparams\.n_ff_shexp[^?]*\?[^:]*:(.*)$/.exec(shared)?.[1] ?? null;
    const follows = (expression: string): boolean =>
      isExpertLength ? expression.includes('n_ff_exp') : /\bn_ff\b/.test(expression);
    if (otherwise === null && !follows(shared)) return { key, shared: 'own' };
    if (otherwise === null) return { key, shared: shared.includes('n_expert_shared') ? 'counted' : 'equal' };
    if (!follows(otherwise)) return { key, shared: 'own' };
    return { key, shared: shared.startsWith('(') ? 'unlessSaidOfEach' : 'unlessSaid' };
  }

  const pruned = names.filter(({ name }) => ARCHITECTURES.get(name)?.verdict === 'pruned');

  test.each(pruned)('$name: the rule is what its loader reads', ({ id, name }) => {
    const text = `${loaderOf(id, numbers)}\n${loaderOf(id)}`;
    expect(WIDTH_RULES.get(name) ?? null).toEqual(ruleOf(text));
  });

  test('there is none for what is not pruned', () => {
    expect([...WIDTH_RULES.keys()].filter((name) => ARCHITECTURES.get(name)?.verdict !== 'pruned')).toEqual([]);
  });
});
