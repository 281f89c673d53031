// A card with something in every part, for the tests of what is made of it.
import { selectionSettingsSchema } from '../../../electron/engine/experts/selection/selection.ts';
import { toFigures } from '../../../electron/engine/measure/generation/stored-generation.ts';
import { verdictOn, type PairedRow } from '../../../electron/engine/measure/evaluation/judged-choices.ts';
import type { Card, CheckedAnswers } from '../../../electron/engine/report/card.ts';
import type { ExportedPlan, StoredExport } from '../../../electron/engine/store/exports.ts';
import type { StoredSelection } from '../../../electron/engine/store/selections.ts';

const figure = (value: number, width: number) => ({
  value,
  standardError: width / 2,
  low: value - width,
  high: value + width,
});

type Named = {
  /** What everything that has a name is called. */
  readonly name?: string;
  /** What differs in the plan of the file. */
  readonly plan?: Partial<ExportedPlan>;
};

function sampleParts({ name = 'tiny.gguf', plan = {} }: Named = {}) {
  const domain = name === 'tiny.gguf' ? 'math' : name;
  const demos = [1, 9].map((line) => `${name === 'tiny.gguf' ? 'm.jsonl' : name}:${line}`);
  const path = `/models/${name}`;
  const info = {
    ...{ path, parts: [path], bytes: 9.4e9, arch: 'qwen3moe', name: name.replace('.gguf', ''), fileType: 'Q8_0' },
    ...{ blockCount: 4, moeLayers: [1, 2, 3], nextnLayers: [], nExpert: 8, nExpertUsed: 2, nExpertGroups: 0 },
    ...{
      nExpertGroupsUsed: 0,
      expertsPerBlock: 1,
      expertBytes: 9e9,
      contextLength: 4096,
      prunable: { ok: true as const },
    },
    fingerprint: 'f'.repeat(64),
  } as const;
  const selection: StoredSelection = {
    id: 1,
    modelId: 1,
    name: '',
    kept: [
      [0, 1],
      [2, 3],
      [6, 7],
    ],
    criterion: 'easy-ep',
    settings: selectionSettingsSchema.parse({
      demos: [{ domain, demos, tokens: 12345, hashes: ['a', 'b'] }],
      retained: 0.5,
    }),
    createdMs: 1000,
    choiceId: 1,
    parentId: null,
    usedMs: 1000,
  };
  const file: StoredExport = {
    id: 1,
    modelId: 1,
    plan: {
      ...{ keep: 2, files: [`/out/${name}`], selectionHash: 'c'.repeat(64), selectionId: 1, domains: [domain] },
      how: {
        ...{ grouping: 'ungrouped', activeExperts: null, imatrix: null, chosenBy: 1 },
      },
      ...plan,
    },
    outputPath: `/out/${name}`,
    ...{ bytes: 4.7e9, sha256: 'd'.repeat(64), fingerprint: 'd'.repeat(64), seconds: 1, state: 'done' },
    ...{ startedMs: 2000, finishedMs: 3000 },
  };
  const model = { id: 1, path, fingerprint: info.fingerprint, info, lastSeenMs: 1 };
  const subject = { model, selection, chosenBy: selection, file, hash: 'c'.repeat(64) };
  return { subject, rows: [row(true, name, domain), row(false, name, domain)], domain };
}

function row(inDomain: boolean, name: string, domain: string): PairedRow {
  const ratio = inDomain ? 1.25 : 2.5;
  const text = inDomain ? { name: 'held-out.txt', domain } : { name: 'french.txt', domain: 'french' };
  const settings: PairedRow['settings'] = {
    ...{ full: { fingerprint: 'f'.repeat(64) }, fingerprint: 'd'.repeat(64) },
    ...{ selectionHash: 'c'.repeat(64), selectionId: 1 },
    variant: { kind: 'model', modelId: 'x' },
    text: {
      ...{ id: null, hash: (inDomain ? 'a' : 'b').repeat(64), domain: text.domain },
      name: name === 'tiny.gguf' ? text.name : name,
    },
  };
  const result: PairedRow['result'] = {
    ...{ perplexity: figure(8 * ratio, 0.24), nll: figure(2, 0.1), tokens: 12345, unit: 'chunk', units: 49 },
    ...{ ctx: 512, chunks: 49, ratio: figure(ratio, 0.03), klMean: figure(0.05, 0.0042), klP99: figure(2.5, 0.4) },
    top1: figure(0.9, 0.0053),
  };
  const about = { id: inDomain ? 2 : 4, measured: 'pruned', createdMs: 1 };
  const full = { ...about, settings, result: { ...result, perplexity: figure(8, 0.2), ratio: null } };
  return { ...about, settings, result, full, inDomain };
}

export function sampleCard(named: Named = {}, change: Partial<Card> = {}): Card {
  const { subject, rows, domain } = sampleParts(named);
  const judgedOf = (loops: number) =>
    Array.from({ length: 100 }, (_, i) => {
      return { loop: i < loops, truncated: false, broken: null, answer: i % 2 === 0, tokens: 9 };
    });
  const answersOf = (isFull: boolean): CheckedAnswers => {
    const judged = judgedOf(isFull ? 2 : 6);
    return {
      ...{ id: isFull ? 1 : 2, measured: isFull ? 'full' : 'pruned', createdMs: 1, isFull },
      result: { judged, figures: toFigures(judged, null) },
      settings: {
        ...{ variant: null, label: '', full: { fingerprint: '', measured: 'full' }, fingerprint: '' },
        ...{ selectionHash: null, selectionId: null, maxTokens: 256 },
        domain: { id: null, name: domain, isKnown: true },
      },
    };
  };
  return {
    subject,
    header: { baseModel: null, license: null, languages: [], isChat: false, droppedPrediction: 0 },
    instead: null,
    verdict: verdictOn(rows, {
      bytes: { full: 9.4e9, pruned: 4.7e9, predicted: false },
      domains: [domain],
      answers: null,
    }),
    rows,
    answers: [answersOf(true), answersOf(false)],
    madeWith: { winnow: '0.1.0', llama: 'b1' },
    ...change,
  };
}
