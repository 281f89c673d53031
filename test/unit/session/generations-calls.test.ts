// Generation checks through the session: listing, examples side by side, what cannot be started.
import { expect, test } from 'vitest';
import type { GenerationFindings } from '../../../electron/contract/api/generations.ts';
import type { Variant } from '../../../electron/contract/api/evaluations.ts';
import {
  toFigures,
  type JudgedPrompts,
  generationLedger,
} from '../../../electron/engine/measure/generation/stored-generation.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { selectionHash } from '../../../electron/engine/experts/selection/selection.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addSelection } from '../../../electron/engine/store/selections.ts';
import { deleteRows } from '../../../electron/engine/store/stored-rows.ts';
import { MODEL as TINY } from '../store/tiny-run.ts';
import { openTestEngine } from './test-engine.ts';

const MODEL: Variant = { kind: 'model', modelId: 'a'.repeat(16) };

function choice(store: Store): { readonly selectionId: number; readonly hash: string } {
  const kept = Array.from({ length: 3 }, () => [0, 1, 2]);
  const modelId = rememberModel(store, TINY).id;
  const { id } = addSelection(store, { modelId, name: 'half', kept, criterion: 'easy-ep', settings: {} });
  return { selectionId: id, hash: selectionHash(TINY, { kept, grouping: 'ungrouped', activeExperts: null }) };
}

/** One completion of each of two prompts; `loops` says which run in circles. */
function check(store: Store, variant: Variant | null, loops: readonly boolean[], hash: string | null = null): number {
  const judged: JudgedPrompts = loops.map((loop) => {
    return { loop, truncated: loop, broken: null, answer: null, tokens: 9 };
  });
  const findings = (loop: boolean): GenerationFindings => ({
    loop: loop ? { unit: 'ha ', repeats: 60 } : null,
    truncated: loop,
    broken: null,
    answer: null,
  });
  const { id, name } = ensureDomain(store, 'math');
  const isFull = variant === MODEL;
  const full = { fingerprint: 'f'.repeat(64), measured: 'full' };
  const settings = {
    variant,
    full,
    fingerprint: full.fingerprint,
    selectionHash: hash,
    selectionId: null,
    maxTokens: 32,
    label: isFull ? 'Tiny, full' : 'half, preview',
    domain: { id, name, isKnown: true },
  };
  const prompts = loops.map((_, i) => ({
    demo: `math.jsonl:${i + 1}`,
    kind: 'chat' as const,
    prompt: 'How many?',
    promptCut: false,
    gold: '7',
  }));
  const completions = loops.map((loop) => {
    return { text: loop ? 'ha ha ha' : '7', cut: loop, tokens: 9, findings: findings(loop) };
  });
  const reference = loops.map(() => ({ ...judged[0]!, loop: false }));
  return generationLedger(store).keep({
    measured: isFull ? 'full' : 'half',
    settings,
    result: { judged, figures: toFigures(judged, isFull ? null : reference) },
    texts: { prompts, completions },
  });
}

test('lists the newest check of a choice beside the full model’s; those of other choices are not shown', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  const { selectionId, hash } = choice(store);
  check(store, MODEL, [false, false]);
  const id = check(store, { kind: 'preview', selectionId }, [true, false], hash);
  check(store, null, [true, true]);
  const [half, ...more] = await client.call('generations.list', { selectionId });
  expect(more).toEqual([]);
  expect(half).toMatchObject({ id, domain: 'math', inDomain: null, isFile: false, prompts: 2, maxTokens: 32 });
  expect(half?.own.rates).toMatchObject({ loop: { value: 0.5, hits: 1, judged: 2 }, answer: null });
  expect(half?.own.againstFull).toMatchObject({ loop: { value: 0.5, prompts: 2 } });
  expect(half?.full).toMatchObject({ rates: { loop: { hits: 0 } }, againstFull: null });
});

test('the same completions made again are the same row', () => {
  const { services } = openTestEngine();
  const { store } = services.context;
  const preview = { kind: 'preview', selectionId: 1 } as const;
  const first = check(store, preview, [true, false]);
  expect(check(store, preview, [true, false])).toBe(first);
  expect(check(store, { ...preview, selectionId: 2 }, [true, false])).not.toBe(first);
});

test('examples stand side by side with the full model’s, faults first', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  const fullId = check(store, MODEL, [false, false]);
  const id = check(store, { kind: 'preview', selectionId: 1 }, [false, true]);
  const all = await client.call('generations.examples', { id });
  expect(all.total).toBe(2);
  expect(all.examples.map(({ demo }) => demo)).toEqual(['math.jsonl:2', 'math.jsonl:1']);
  expect(all.examples[0]).toMatchObject({ gold: '7', full: { text: '7' }, variant: { text: 'ha ha ha', cut: true } });
  deleteRows(store, 'generation_checks', 'id', [fullId]);
  await expect(client.call('generations.examples', { id })).rejects.toMatchObject({ code: 'USAGE' });
});

test('a domain without demos cannot be asked for', async () => {
  const { services, client } = openTestEngine();
  const { id } = ensureDomain(services.context.store, 'empty');
  const params = { selectionId: 1, domainIds: [id], limit: 5, maxTokens: 8 };
  await expect(client.call('generations.start', params)).rejects.toMatchObject({ code: 'DEMOS_EMPTY' });
});
