// Generation checks through the session: listing, examples side by side, deleting with undo, what cannot be started.
import { describe, expect, test } from 'vitest';
import type { GenerationFindings } from '../../../electron/contract/api/generations.ts';
import type { Variant } from '../../../electron/contract/api/evaluations.ts';
import { figuresOf, type JudgedPrompts } from '../../../electron/engine/measure/generation/figures.ts';
import { generationLedger } from '../../../electron/engine/measure/generation/stored-generation.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { deleteDomain, ensureDomain } from '../../../electron/engine/store/domains.ts';
import { openTestEngine } from './test-engine.ts';

const MODEL: Variant = { kind: 'model', modelId: 'a'.repeat(16) };
const PREVIEW: Variant = { kind: 'preview', selectionId: 1 };

/** One completion of each of two prompts; `loops` says which run in circles. */
function check(store: Store, variant: Variant | null, loops: readonly boolean[]): number {
  const judged: JudgedPrompts = loops.map((loop) => [
    { loop, truncated: loop, broken: null, answer: null, tokens: 9, hash: String(loop) },
  ]);
  const findings = (loop: boolean): GenerationFindings => ({
    loop: loop ? { unit: 'ha ', repeats: 60 } : null,
    truncated: loop,
    broken: null,
    answer: null,
  });
  const { id, name } = ensureDomain(store, 'math');
  const isFull = variant === MODEL;
  const full = { name: 'Tiny', fingerprint: 'f'.repeat(64), measured: 'full' };
  const settings = {
    variant,
    full,
    fingerprint: full.fingerprint,
    selectionHash: null,
    selectionId: null,
    keep: 8,
    nExpert: 8,
    inDomain: null,
    maxTokens: 32,
    label: isFull ? 'Tiny, full' : 'half, preview',
    domain: { id, name, isKnown: true },
    sampling: { temperature: 0, samples: 1 },
  };
  const prompts = loops.map((_, i) => ({
    demo: `math.jsonl:${i + 1}`,
    kind: 'chat' as const,
    prompt: 'How many?',
    promptCut: false,
    gold: '7',
  }));
  const completions = loops.map((loop) => [
    { text: loop ? 'ha ha ha' : '7', cut: loop, tokens: 9, findings: findings(loop) },
  ]);
  const reference = loops.map(() => [{ ...judged[0]![0]!, loop: false, hash: 'false' }]);
  return generationLedger(store).keep({
    measured: isFull ? 'full' : 'half',
    settings,
    result: { judged, figures: figuresOf(judged, isFull ? null : reference) },
    texts: { prompts, completions },
  });
}

describe('lists', () => {
  test('figures of the full model and of variants, newest first; what the command line left is not shown', async () => {
    const { services, client } = openTestEngine();
    const { store } = services.context;
    const fullId = check(store, MODEL, [false, false]);
    const halfId = check(store, PREVIEW, [true, false]);
    check(store, null, [true, true]);
    const [half, full, ...more] = await client.call('generations.list', {});
    expect(more).toEqual([]);
    expect(full).toMatchObject({
      id: fullId,
      variant: MODEL,
      againstFull: null,
      prompts: 2,
      completions: 2,
      referenceId: null,
    });
    expect(half).toMatchObject({ id: halfId, modelName: 'Tiny', modelId: null, domain: 'math', referenceId: fullId });
    expect(half?.rates).toMatchObject({ loop: { value: 0.5, hits: 1, judged: 2 }, answer: null });
    expect(half?.againstFull).toMatchObject({
      loop: { value: 0.5, higher: 1, lower: 0 },
      sensitivity: { prompts: 2 },
    });
    deleteDomain(store, half!.domainId!);
    expect((await client.call('generations.list', {}))[0]).toMatchObject({ domainId: null, domain: 'math' });
  });

  test('the same completions made again are the same row', () => {
    const { services } = openTestEngine();
    const { store } = services.context;
    const first = check(store, PREVIEW, [true, false]);
    expect(check(store, PREVIEW, [true, false])).toBe(first);
    expect(check(store, { ...PREVIEW, selectionId: 2 }, [true, false])).not.toBe(first);
  });
});

test('examples stand side by side with the full model’s, faults first', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  const fullId = check(store, MODEL, [false, false]);
  const id = check(store, PREVIEW, [false, true]);
  const all = await client.call('generations.examples', { id, only: null, offset: 0, limit: 10 });
  expect(all.total).toBe(2);
  expect(all.examples.map(({ demo }) => demo)).toEqual(['math.jsonl:2', 'math.jsonl:1']);
  expect(all.examples[0]).toMatchObject({ gold: '7', full: { text: '7' }, variant: { text: 'ha ha ha', cut: true } });
  const loops = await client.call('generations.examples', { id, only: 'loop', offset: 0, limit: 10 });
  expect(loops.examples.map(({ demo }) => demo)).toEqual(['math.jsonl:2']);
  const answers = await client.call('generations.examples', { id, only: 'answer', offset: 0, limit: 10 });
  expect(answers.total).toBe(0);

  await client.call('generations.delete', { generationIds: [fullId] });
  const alone = await client.call('generations.examples', { id, only: null, offset: 1, limit: 1 });
  expect(alone).toMatchObject({ total: 2, examples: [{ demo: 'math.jsonl:1', full: null }] });
  const gone = client.call('generations.examples', { id: fullId, only: null, offset: 0, limit: 1 });
  await expect(gone).rejects.toMatchObject({ code: 'USAGE' });
});

test('a deletion can be undone, texts included', async () => {
  const page = openTestEngine();
  const { services, client } = page;
  const id = check(services.context.store, PREVIEW, [true, false]);
  const before = await client.call('generations.examples', { id, only: null, offset: 0, limit: 10 });
  const { undoId } = await client.call('generations.delete', { generationIds: [id] });
  expect(await client.call('generations.list', {})).toEqual([]);
  await client.call('undo', { undoId });
  expect(await client.call('generations.examples', { id, only: null, offset: 0, limit: 10 })).toEqual(before);
  expect(page.events('generations')).toHaveLength(2);
});

test('a domain without demos cannot be asked for', async () => {
  const { services, client } = openTestEngine();
  const { id } = ensureDomain(services.context.store, 'empty');
  const params = {
    against: 'a'.repeat(16),
    variants: [],
    domainIds: [id],
    limit: 5,
    maxTokens: 8,
    samples: 0,
    temperature: 1,
  };
  await expect(client.call('generations.start', params)).rejects.toMatchObject({ code: 'DEMOS_EMPTY' });
});
