// What a card holds out of the database: what it is about, what belongs to it, what follows from it, and what it keeps quiet.
import { describe, expect, test } from 'vitest';
import type { Variant, EvaluationFigures } from '../../../electron/contract/api/evaluations.ts';
import type { SelectionRequest } from '../../../electron/contract/api/selections.ts';
import { NORMAL_QUANTILE } from '../../../electron/contract/interval.ts';
import { loadLocale } from '../../../electron/contract/text/i18n.ts';
import { answersOfChoice } from '../../../electron/engine/measure/generation/choice-answers.ts';
import { verdictOnHash, verdictOnSelection } from '../../../electron/engine/measure/evaluation/judged-choices.ts';
import {
  comparisonLedger,
  type ComparisonSettings,
} from '../../../electron/engine/measure/evaluation/figure-ledger.ts';
import { toFigures, generationLedger } from '../../../electron/engine/measure/generation/stored-generation.ts';
import { modelIdOfSync } from '../../../electron/engine/models/model-files.ts';
import { makeCard, type Card } from '../../../electron/engine/report/card.ts';
import { modelCard } from '../../../electron/engine/report/model-card.ts';
import { findSubject, type ReportChoice } from '../../../electron/engine/report/subject.ts';
import { hashOfId } from '../../../electron/engine/experts/selections/selection-view.ts';
import { sourceOfRun } from '../../../electron/engine/experts/runs/stored-run.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { finishExport, startExport, type StoredExport } from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addSelection } from '../../../electron/engine/store/selections.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { temporaryHome, thrownBy } from '../store/support.ts';
import { DEMOS, MODEL, SETTINGS, scoreOf } from '../store/tiny-run.ts';
import { selectionRequest } from '../../selection-request.ts';

const HOME = '/home/someone/secret';
const INFO = { ...MODEL, path: `${HOME}/tiny.gguf`, parts: [`${HOME}/tiny.gguf`] };
const FILE = `${HOME}/out/pruned file.gguf`;
const PRUNED = '9'.repeat(64);
const KEPT = [0, 1, 2].map(() => [4, 5, 6, 7]);
/** What is chosen in any other way. */
const OTHERS = [0, 1, 2].map(() => [3, 5, 6, 7]);

type Setup = { readonly store: Store; readonly modelId: number; readonly runId: number };

function setUp(): Setup {
  const store = openStore(temporaryHome());
  const modelId = rememberModel(store, INFO).id;
  const demos = DEMOS.slice(0, 3);
  const { id } = createScoreRun(store, { modelId, domain: 'math', settings: { ...SETTINGS, version: 4 }, demos });
  saveDemoScores(
    store,
    id,
    demos.map((_, position) => scoreOf(position)),
  );
  return { store, modelId, runId: id };
}

function selection({ store, modelId, runId }: Setup, change: Partial<SelectionRequest> = {}, nowMs = 1000): number {
  const request = selectionRequest([runId], { kind: 'count', count: 4 }, change);
  const { criterion, mix, grouping, seed } = request;
  const demos = [sourceOfRun(store, runId, 'math')];
  const settings = { mix, grouping, seed, demos, retained: 0.5, selection: request };
  return addSelection(
    store,
    { modelId, name: '', kept: Object.keys(change).length === 0 ? KEPT : OTHERS, criterion, settings },
    nowMs,
  ).id;
}

function file({ store, modelId }: Setup, selectionId: number | null, nowMs = 2000): number {
  const exported = {
    keep: 4,
    files: [FILE],
    selectionHash: hashOfId(store, selectionId),
    selectionId,
    domains: ['math'],
  };
  const { id } = startExport(store, modelId, exported, FILE, nowMs);
  finishExport(store, id, { state: 'done', bytes: 60000, sha256: '9'.repeat(64), seconds: 1.5 }, nowMs);
  return id;
}

const FULL: Variant = { kind: 'model', modelId: modelIdOfSync(INFO.path) };
const WRITTEN: Variant = { kind: 'model', modelId: modelIdOfSync(FILE) };
const preview = (selectionId: number): Variant => ({ kind: 'preview', selectionId });

/** @param ratio of the perplexity; null: the full model's own */
function measure(
  { store }: Setup,
  variant: Variant,
  domain: string | null,
  ratio: number | null,
  change: Partial<ComparisonSettings> = {},
  part: Partial<EvaluationFigures> = {},
): void {
  const selectionId = change.selectionId ?? (variant.kind === 'preview' ? variant.selectionId : null);
  const settings: ComparisonSettings = {
    variant,
    full: { fingerprint: INFO.fingerprint },
    selectionId,
    selectionHash: hashOfId(store, selectionId),
    fingerprint: variant === WRITTEN ? PRUNED : INFO.fingerprint,
    text: { id: null, name: `${domain ?? 'some'}.txt`, domain, hash: `hash of ${domain ?? 'some'}` },
    ...change,
  };
  const perplexity = 10 * (ratio ?? 1);
  const result: EvaluationFigures = {
    tokens: 1000,
    ctx: 128,
    chunks: 16,
    unit: 'chunk',
    units: 16,
    perplexity: { value: perplexity, standardError: 0.05 * perplexity, low: 9, high: 30 },
    nll: { value: 2.3, standardError: 0.05, low: 2.2, high: 2.4 },
    ratio: null,
    klMean: null,
    klP99: null,
    top1: null,
    ...(ratio !== null && {
      ratio: { value: ratio, standardError: 0.02, low: ratio - 0.04, high: ratio + 0.04 },
      klMean: { value: 0.02, standardError: 0.005, low: 0.01, high: 0.03 },
      klP99: { value: 2, standardError: 0.1, low: 1.8, high: 2.2 },
      top1: { value: 0.9, standardError: 0.01, low: 0.88, high: 0.92 },
    }),
    ...part,
  };
  const measured = `${JSON.stringify([settings, part])} ${String(ratio)}`;
  comparisonLedger(store).keep({ measured, settings, result });
}

/** As it is after a way through a file. */
const HEADER = { baseModel: null, license: null, languages: [], isChat: false, droppedPrediction: 0 };

function cardAbout({ store }: Setup, choice: ReportChoice): Promise<Card> {
  return makeCard(findSubject(store, choice), HEADER, null, store);
}

describe('what a card is about', () => {
  test('the newest choice or file, or the one that is named', () => {
    const setup = setUp();
    const { store } = setup;
    expect(thrownBy(() => findSubject(store, { kind: 'newest' })).message).toContain('winnow select');
    const first = selection(setup, {}, 1000);
    const second = selection(setup, { criterion: 'reap' }, 1500);
    expect(findSubject(store, { kind: 'newest' }).selection?.id).toBe(second);
    const exportId = file(setup, first, 2000);
    for (const choice of [
      { kind: 'newest' },
      { kind: 'selection', selectionId: first, exportId: null },
      { kind: 'file', path: FILE },
    ] as const) {
      expect(findSubject(store, choice)).toMatchObject({ selection: { id: first }, file: { id: exportId } });
    }
    expect(findSubject(store, { kind: 'run', runId: setup.runId })).toMatchObject({
      selection: { id: second },
      file: null,
    });
    selection(setup, { keep: { kind: 'count', count: 2 } }, 3000);
    expect(findSubject(store, { kind: 'newest' }).selection?.id).toBe(3);
    for (const choice of [
      { kind: 'selection', selectionId: 99, exportId: null },
      { kind: 'run', runId: 99 },
      { kind: 'file', path: INFO.path },
    ] as const) {
      expect(thrownBy(() => findSubject(store, choice))).toMatchObject({ code: 'USAGE' });
    }
  });

  test('holds the figures and the file of its own experts, by whichever selection they were asked for, and no others', async () => {
    const setup = setUp();
    const earlier = selection(setup);
    file(setup, earlier);
    measure(setup, FULL, 'math', null);
    measure(setup, preview(earlier), 'math', 1.1);
    const same = selection(setup);
    const edited = selection(setup, { pins: [{ layer: 0, expert: 3 }] });
    const own = await cardAbout(setup, { kind: 'selection', selectionId: same, exportId: null });
    expect(own.subject.file).not.toBeNull();
    expect(own.rows.map(({ settings, result }) => [settings.variant.kind, result.ratio?.value])).toEqual([
      ['preview', 1.1],
    ]);
    const none = await cardAbout(setup, { kind: 'selection', selectionId: edited, exportId: null });
    expect(none.rows).toEqual([]);
    expect(none.subject.file).toBeNull();
    expect(none.subject.hash).not.toBe(own.subject.hash);
  });

  test('holds what was measured of the selection and its file on each text once, in the domain first, beside the full model', async () => {
    const setup = setUp();
    const id = selection(setup);
    const other = selection(setup, { criterion: 'frequency' });
    file(setup, id);
    measure(setup, FULL, 'math', null);
    measure(setup, FULL, 'french', null);
    measure(setup, FULL, 'unused', null);
    measure(setup, preview(id), 'math', 1.1);
    measure(setup, preview(other), 'math', 1.3);
    measure(setup, WRITTEN, 'french', 3, { selectionId: id });
    measure(setup, WRITTEN, 'math', 1.11, { selectionId: id });
    const card = await cardAbout(setup, { kind: 'selection', selectionId: id, exportId: null });
    expect(
      card.rows.map(({ settings, result, full, inDomain }) => [
        ...[settings.text.name, settings.variant.kind, inDomain, result.ratio?.value, full.result.perplexity.value],
      ]),
    ).toEqual([
      ['math.txt', 'model', true, 1.11, 10],
      ['french.txt', 'model', false, 3, 10],
    ]);
    expect(card.verdict).toMatchObject({
      grade: 'amber',
      inside: { grade: 'amber', parts: [{ domain: 'math', ratio: { value: 1.11, low: 1.07 } }] },
      outside: { grade: 'red', parts: [{ domain: 'french', ratio: { value: 3 } }] },
      bytes: { full: 123456, pruned: 60000, predicted: false },
    });
  });
});

test('figures belong to the experts, whichever selection they were asked for with', async () => {
  const setup = setUp();
  const id = selection(setup);
  const again = selection(setup, {}, 1500);
  const other = selection(setup, { pins: [{ layer: 0, expert: 0 }] }, 1500);
  measure(setup, FULL, 'math', null);
  measure(setup, FULL, 'french', null);
  measure(setup, preview(again), 'math', 1.01);
  measure(setup, preview(other), 'math', 2);
  measure(setup, preview(again), 'french', 3);
  const report = await cardAbout(setup, { kind: 'selection', selectionId: id, exportId: null });
  expect(report.verdict).toMatchObject({
    grade: 'green',
    inside: { parts: [{ domain: 'math', ratio: { value: 1.01 } }] },
    outside: { parts: [{ domain: 'french', ratio: { value: 3 } }] },
  });
  // what the interface says of each choice
  const verdictOf = (selectionId: number) =>
    verdictOnHash(setup.store, hashOfId(setup.store, selectionId), answersOfChoice);
  expect(verdictOf(again)).toEqual(report.verdict);
  expect(verdictOf(other)).toMatchObject({ grade: 'red', outside: null });
  expect(verdictOnSelection(setup.store, id, answersOfChoice)).toEqual(report.verdict);
});

test('a choice of which nothing was measured has no verdict by its hash', () => {
  const setup = setUp();
  const measured = selection(setup);
  const idle = selection(setup, { pins: [{ layer: 0, expert: 0 }] }, 1500);
  measure(setup, FULL, 'math', null);
  measure(setup, preview(measured), 'math', 1.01);
  const judged = (id: number) => verdictOnHash(setup.store, hashOfId(setup.store, id), answersOfChoice);
  expect([judged(measured)?.grade, judged(idle)]).toEqual(['green', null]);
  const { bytes, inside, grade } = verdictOnSelection(setup.store, idle, answersOfChoice);
  expect([inside, grade, bytes.predicted]).toEqual([null, null, true]);
  file(setup, idle);
  expect(verdictOnSelection(setup.store, idle, answersOfChoice).bytes.predicted).toBe(false);
});

test('figures beside another model than its own decide nothing', async () => {
  const setup = setUp();
  const id = selection(setup);
  file(setup, id);
  const beside = { full: { fingerprint: 'd'.repeat(64) } };
  measure(setup, FULL, 'math', null, { ...beside, fingerprint: 'd'.repeat(64) });
  measure(setup, WRITTEN, 'math', 1, { ...beside, selectionId: id });
  expect(verdictOnHash(setup.store, hashOfId(setup.store, id), answersOfChoice)).toBeNull();
  expect(verdictOnSelection(setup.store, id, answersOfChoice).inside).toBeNull();
  const { verdict, rows } = await cardAbout(setup, { kind: 'newest' });
  expect([verdict.inside, verdict.unknown, rows]).toEqual([null, null, []]);
  measure(setup, FULL, 'math', null);
  measure(setup, WRITTEN, 'math', 3.1, { selectionId: id });
  expect((await cardAbout(setup, { kind: 'newest' })).verdict.inside?.ratio.value).toBeCloseTo(3.1);
});

test('the verdict rests on each text once, at one context length, on the file before its preview', async () => {
  const setup = setUp();
  const id = selection(setup);
  file(setup, id);
  const at = (ctx: number, tokens: number) => ({ ctx, tokens });
  for (const [variant, ratio, part] of [
    [FULL, null, at(128, 1000)],
    [FULL, null, at(128, 500)],
    [FULL, null, at(64, 2000)],
    [preview(id), 1.02, at(128, 1000)],
    [WRITTEN, 1.01, at(128, 1000)],
    [WRITTEN, 1.4, at(128, 500)],
    [WRITTEN, 1.9, at(64, 2000)],
  ] as const) {
    measure(setup, variant, 'math', ratio, { selectionId: variant === FULL ? null : id }, part);
  }
  const { verdict, rows } = await cardAbout(setup, { kind: 'newest' });
  expect(rows.map(({ settings, result }) => [settings.variant.kind, result.ctx, result.tokens])).toEqual([
    ['model', 128, 1000],
  ]);
  expect(verdict.inside).toMatchObject({ tokens: 1000, ratio: { value: 1.01 } });
  expect(verdictOnSelection(setup.store, id, answersOfChoice)).toEqual(verdict);
});

/** On 30 prompts of a domain; `loops`: of so many. */
function write({ store }: Setup, variant: Variant, loops: number, selectionId: number | null): void {
  const judgedOf = (count: number) =>
    Array.from({ length: 30 }, (_, i) => {
      return { loop: i < count, truncated: false, broken: null, answer: null, tokens: 9 };
    });
  const isFull = selectionId === null;
  const judged = judgedOf(loops);
  const findings = (loop: boolean) => ({
    loop: loop ? { unit: 'ha ', repeats: 40 } : null,
    truncated: false,
    broken: null,
    answer: null,
  });
  const settings = {
    variant,
    label: 'label',
    selectionId,
    maxTokens: 64,
    fingerprint: INFO.fingerprint,
    selectionHash: hashOfId(store, selectionId),
    full: { fingerprint: INFO.fingerprint, measured: 'full' },
    domain: { id: null, name: 'math', isKnown: true },
  };
  const texts = {
    prompts: judged.map((_, i) => ({
      demo: `asked.jsonl:${i + 1}`,
      kind: 'chat' as const,
      prompt: 'p'.repeat(2000),
      promptCut: false,
      gold: null,
    })),
    completions: judged.map(({ loop }) => {
      return { text: 'ha '.repeat(1000), cut: false, tokens: 9, findings: findings(loop) };
    }),
  };
  const measured = isFull ? 'full' : 'pruned';
  const result = { judged, figures: toFigures(judged, isFull ? null : judgedOf(0)) };
  generationLedger(store).keep({ measured, settings, result, texts });
}

test('checked answers are part of the verdict: those of this choice, in its domain', async () => {
  const setup = setUp();
  const id = selection(setup);
  measure(setup, FULL, 'math', null);
  measure(setup, preview(id), 'math', 1.001);
  const verdictOf = async () =>
    (await cardAbout(setup, { kind: 'selection', selectionId: id, exportId: null })).verdict;
  expect(await verdictOf()).toMatchObject({ grade: 'green', answers: null });

  write(setup, FULL, 0, null);
  write(setup, preview(id), 15, id);
  const verdict = await verdictOf();
  // 15 of 30 against none is no chance, though twice as many loops as usual could be missed with so few
  expect(verdict).toMatchObject({
    grade: 'amber',
    answers: { prompts: 30, worse: [{ check: 'loop', share: 0.5, full: 0 }], isFew: true },
  });
  expect(verdictOnSelection(setup.store, id, answersOfChoice)).toEqual(verdict);
  const other = selection(setup, { pins: [{ layer: 0, expert: 0 }] }, 1500);
  expect(verdictOnSelection(setup.store, other, answersOfChoice).answers).toBeNull();
});

describe('what follows', () => {
  test('what was written stands beside what the full model wrote', async () => {
    const setup = setUp();
    const id = selection(setup);
    write(setup, FULL, 0, null);
    write(setup, preview(id), 9, id);
    const { answers } = await cardAbout(setup, { kind: 'selection', selectionId: id, exportId: null });
    expect(answers.map(({ isFull, result }) => [isFull, result.figures.rates.loop?.hits])).toEqual([
      [true, 0],
      [false, 9],
    ]);
  });

  test('several texts count by their tokens, and are as uncertain as independent samples', async () => {
    const setup = setUp();
    const id = selection(setup);
    for (const [name, ratio] of [
      ['one', 1.1],
      ['two', 1.21],
    ] as const) {
      const text = { id: null, name, domain: 'math', hash: name };
      measure(setup, FULL, 'math', null, { text });
      measure(setup, preview(id), 'math', ratio, { text });
    }
    const { verdict } = await cardAbout(setup, { kind: 'selection', selectionId: id, exportId: null });
    const [cost] = verdict.inside?.parts ?? [];
    expect(cost).toMatchObject({ tokens: 2000 });
    const mean = Math.sqrt(1.1 * 1.21);
    expect(cost?.ratio.value).toBeCloseTo(mean, 12);
    const error = 0.5 * Math.hypot(0.02 / 1.1, 0.02 / 1.21);
    expect(cost?.ratio.low).toBeCloseTo(mean * Math.exp(-NORMAL_QUANTILE * error), 12);
    expect(cost?.ratio.high).toBeCloseTo(mean * Math.exp(NORMAL_QUANTILE * error), 12);
    expect(cost?.top1?.high).toBeCloseTo(0.9 + NORMAL_QUANTILE * 0.5 * Math.hypot(0.01, 0.01), 12);
  });
});

test('folders stay at home; demos and texts are told by their hashes', async () => {
  const setup = setUp();
  const id = selection(setup);
  file(setup, id);
  measure(setup, FULL, 'math', null);
  measure(setup, preview(id), 'math', 1.1);
  const text = modelCard(await cardAbout(setup, { kind: 'newest' }), await loadLocale('en'));
  expect(text).not.toMatch(/someone|secret|\/home/);
  expect(text).toContain('tiny.gguf');
  expect(text).toContain('# pruned file\n');
  expect(text).toMatch(/\| math \| 3 \| 33 \| `[0-9a-f]{16}…` \|/);
  expect(text).toContain('math.txt (math), `hash of math…`');
});

test('a file of a choice in another type has figures of its own', async () => {
  const setup = setUp();
  const id = selection(setup);
  const small = `${HOME}/out/small.gguf`;
  file(setup, id);
  const quantised = { type: 'Q3_K_M', rules: { output: 'q6_K' }, allowRequantize: true, imatrix: 'm.gguf' } as const;
  const how: NonNullable<StoredExport['plan']['how']> = {
    grouping: 'ungrouped',
    activeExperts: 1,
    imatrix: { name: 'm.gguf', sha256: 'ab', runId: setup.runId, datasets: ['math'], chunks: 4 },
    chosenBy: id,
  };
  const plan = { keep: 4, files: [small], selectionHash: 'f'.repeat(64), selectionId: null, domains: ['math'] };
  const { id: exportId } = startExport(setup.store, setup.modelId, { ...plan, quantised, how }, small, 3000);
  finishExport(setup.store, exportId, { state: 'done', bytes: 30000, sha256: '8'.repeat(64), seconds: 1 }, 3000);
  measure(setup, FULL, 'math', null);
  measure(setup, WRITTEN, 'math', 1.1, { selectionId: id });
  const other: Variant = { kind: 'model', modelId: modelIdOfSync(small) };
  measure(setup, other, 'math', 1.2, { selectionId: id, selectionHash: 'f'.repeat(64), fingerprint: '8'.repeat(64) });
  const ofChoice = await cardAbout(setup, { kind: 'selection', selectionId: id, exportId: null });
  expect(ofChoice.rows.map(({ result }) => result.ratio?.value)).toEqual([1.1]);

  // with other active experts the file is no selection's, but it is known by what its experts were chosen
  const ofFile = await cardAbout(setup, { kind: 'file', path: small });
  expect(ofFile.subject.selection).toBeNull();
  expect(ofFile.verdict).toMatchObject({ type: 'Q3_K_M', bytes: { pruned: 30000 } });
  expect(modelCard(ofFile, await loadLocale('en'))).toContain('| criterion | easy-ep |');
});
