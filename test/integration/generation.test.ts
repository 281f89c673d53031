// Generation checks on the sample: what a mask writes is what the pruned file writes, nothing is generated twice, and demos
// that experts were chosen by are no prompts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choiceTextFor } from '../choice-for.ts';
import type { ChatMessage, DemoContent } from '../../electron/contract/demo.ts';
import { inEnglish } from '../../electron/contract/sentences.ts';
import { Backend, loadVocabulary } from '../../electron/engine/base/backend/backend.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';
import type { Task } from '../../electron/engine/store/task.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import {
  generationExamples,
  generationLedger,
  readGenerationTexts,
  type StoredGeneration,
} from '../../electron/engine/measure/generation/stored-generation.ts';
import type { Compared } from '../../electron/engine/measure/evaluation/comparison-request.ts';
import type { GenerationRequest } from '../../electron/engine/measure/generation/generation-request.ts';
import { DOCUMENT_PROMPT_TOKENS, preparePrompts } from '../../electron/engine/measure/generation/prompts.ts';
import { readTokenPieces } from '../../electron/engine/demos/tokenize.ts';
import { runGeneration } from '../../electron/engine/measure/generation/run-generation.ts';
import { deleteRows } from '../../electron/engine/store/stored-rows.ts';
import { kept, pruner } from './sample-half.ts';
import { arbitraryChoice } from './gguf-tools.ts';
import { commandLineHere, CPU, SAMPLE, scratchDir } from './support.ts';
import { inspect } from '../setup/inspect.ts';

const dir = scratchDir();
const { prune } = pruner(dir);
const pruned = join(dir, 'half.gguf');
const demos = join(dir, 'mixed.jsonl');
const context = new EngineContext({ home: join(dir, 'checks'), host: forkWorker });
afterAll(() => context.close());

const subject = (label: string, path: string, mask: number[][] | null = null): Compared => ({
  variant: null,
  label,
  path,
  fingerprint: null,
  kept: mask,
  grouping: 'ungrouped',
  activeExperts: null,
  selectionHash: null,
  selectionId: null,
});
const full = subject('full', SAMPLE);
const half = kept.map((experts) => [...experts]);

/** Two problems with answers, a prompt without one, and a text. */
const ROWS = [
  { question: 'A shop has 3 boxes with 4 pens each. How many pens are there?', answer: '3 * 4 = 12.\n#### 12' },
  { question: 'Tom has 9 apples and eats 2. How many are left?', answer: '9 - 2 = 7.\n#### 7' },
  { messages: [{ role: 'user', content: 'Say which city is the capital of France.' }] },
  {
    text: 'import os\n\n\ndef read(path):\n    """Read a file and return its lines."""\n    with open(path) as file:\n',
  },
];

async function run(
  change: Partial<GenerationRequest>,
): Promise<{ rows: StoredGeneration[]; log: string[]; steps: string[] }> {
  const log: string[] = [];
  const steps: string[] = [];
  const task: Task = {
    rows: {},
    signal: new AbortController().signal,
    progress: () => {},
    log: (line) => log.push(line),
    about: ({ step }) => step && steps.push(step.key),
  };
  const request: GenerationRequest = {
    full,
    variants: [],
    demos: { kind: 'files', files: [demos], domain: null },
    limit: 4,
    maxTokens: 16,
    placement: CPU,
  };
  const { generationIds } = await runGeneration({ ...request, ...change }, context, task);
  const rows = generationIds.flatMap((id) => generationLedger(context.store).get(id) ?? []);
  return { rows, log, steps };
}

const user = (content: string) => ({ role: 'user', content });
const chat = (...messages: ChatMessage[]): DemoContent => ({ kind: 'chat', messages });

test('prompts, with what should follow; what cannot be continued is left out', async () => {
  using backend = new Backend('off');
  const info = await inspect(SAMPLE);
  const model = await loadVocabulary(backend, info);
  const call = { function: { name: 'search', arguments: '{"query": "x"}' } };
  const contents: DemoContent[] = [
    chat(user('Sum?'), { role: 'assistant', content: '#### 7' }),
    { ...chat(user('Find x.'), { role: 'assistant', content: '', tool_calls: [call] }), tools: [call] } as DemoContent,
    chat(user('Sum?'), { role: 'assistant', content: 'Of what?' }, user('Of 3 and 4.')),
    { kind: 'text', text: 'The harbour lies north of the old town. '.repeat(40) },
    { kind: 'text', text: 'x' },
    chat({ role: 'assistant', content: 'Nobody asked.' }),
    chat(user('word '.repeat(400))),
  ];
  const asked = contents.map((content, i) => ({ id: `demo ${i}`, hash: String(i), content }));
  const { prompts, warnings } = await preparePrompts(asked, { backend, model }, 300);
  const texts = await Promise.all(prompts.map(async ({ tokens }) => (await readTokenPieces(tokens, backend)).join('')));
  expect(prompts.map(({ demo, kind, shown, gold }) => [demo, kind, shown, gold])).toEqual([
    ['demo 0', 'chat', 'Sum?', '#### 7'],
    ['demo 1', 'chat', 'Find x.', '{"name":"search","arguments":"{\\"query\\": \\"x\\"}"}'],
    ['demo 2', 'chat', 'Of 3 and 4.', null],
    ['demo 3', 'document', expect.stringMatching(/^The harbour/), null],
  ]);
  for (const text of texts.slice(0, 3)) expect(text).toMatch(/<\|im_start\|>assistant\n$/);
  const [first, tool, , document] = prompts;
  expect(first?.expectedTokens).toBeGreaterThan(1);
  expect(tool).toMatchObject({ callsTool: true, tools: ['search'], expectedTokens: null });
  expect(document?.tokens).toHaveLength(DOCUMENT_PROMPT_TOKENS);
  expect(document?.expectedTokens).toBeGreaterThan(DOCUMENT_PROMPT_TOKENS);
  expect(warnings.map((said) => inEnglish(said).slice(0, 6))).toEqual(['demo 5', 'demo 4', 'demo 6']);
});

beforeAll(async () => {
  writeFileSync(demos, ROWS.map((row) => JSON.stringify(row)).join('\n'));
  await prune(SAMPLE, pruned);
});

describe('full model, masks and files', () => {
  let rows: StoredGeneration[];
  const row = (label: string): StoredGeneration => rows.find(({ settings }) => settings.label === label)!;
  const textsOf = (label: string) =>
    readGenerationTexts(context.store, row(label).id)!.completions.map(({ text }) => text);

  beforeAll(async () => {
    const other = arbitraryChoice(6, 32, 8, 3).map((experts) => [...experts]);
    const variants = [
      subject(
        'again',
        SAMPLE,
        half.map(() => Array.from({ length: 32 }, (_, expert) => expert)),
      ),
      subject('preview', SAMPLE, half),
      subject('few', SAMPLE, other),
      subject('file', pruned),
    ];
    ({ rows } = await run({ variants }));
  });

  test('the full model with nothing masked agrees with itself', () => {
    const { againstFull } = row('again').result.figures;
    expect(againstFull?.loop).toMatchObject({ value: 0, prompts: 4, pValue: 1 });
    expect(textsOf('again')).toEqual(textsOf('full'));
    expect(row('full').result.figures.againstFull).toBeNull();
  });

  test('the preview writes what the pruned file writes, and other experts write otherwise', () => {
    expect(textsOf('preview')).toEqual(textsOf('file'));
    expect(textsOf('preview')).not.toEqual(textsOf('full'));
    expect(textsOf('few')).not.toEqual(textsOf('full'));
  });

  test('answers, texts and what could be judged', () => {
    // the prompt without an answer and the text have none
    expect(row('full').result.figures.rates.answer).toMatchObject({ judged: 2 });
    const { total, examples } = generationExamples(context.store, row('file').id);
    expect(total).toBe(4);
    // what fails stands first
    const [first, second, third, text] = examples.toSorted((a, b) => a.demo.localeCompare(b.demo));
    expect([first, second, third, text].map((example) => [example?.kind, example?.gold])).toEqual([
      ['chat', ROWS[0]?.answer],
      ['chat', ROWS[1]?.answer],
      ['chat', null],
      ['document', null],
    ]);
    expect(first?.prompt).toBe(ROWS[0]?.question);
    expect(first?.full.findings.answer).toMatchObject({ kind: 'number', expected: '12' });
    expect(first?.variant.tokens).toBeGreaterThan(0);
    // its first half, without the BOS that the tokenizer puts in front
    expect(ROWS[3]?.text).toContain(text?.prompt);
    expect(text?.prompt.startsWith('import os')).toBe(true);
  });
});

test('nothing is generated twice', async () => {
  const variants = [subject('preview', SAMPLE, half)];
  const first = await run({ variants, maxTokens: 12 });
  expect(first.rows.map(({ settings: { label } }) => label)).toEqual(['full', 'preview']);
  const again = await run({ variants, maxTokens: 12 });
  expect(again.steps).toEqual([]);
  expect(new Set(again.rows.map(({ id }) => id))).toEqual(new Set(first.rows.map(({ id }) => id)));

  // the full model's are gone: it is asked again, the variant is not
  const ids = first.rows.filter(({ settings }) => settings.label === 'full').map(({ id }) => id);
  deleteRows(context.store, 'generation_checks', 'id', ids);
  const third = await run({ variants, maxTokens: 12 });
  const preview = (rows: StoredGeneration[]) =>
    rows
      .filter(({ settings }) => settings.label === 'preview')
      .map(({ id, result }) => ({ id, figures: result.figures }));
  expect(preview(third.rows)).toEqual(preview(first.rows));
});

test('winnow eval --prompts: a table, and the same as JSON', async () => {
  const winnow = commandLineHere(join(dir, 'cli'));
  const mask = join(dir, 'mask.json');
  writeFileSync(mask, await choiceTextFor(SAMPLE, half));
  const command = ['eval', SAMPLE, '--choice', mask, '--prompts', demos, '--max-tokens', '8', '--gpu', 'off'];
  const { code, stdout, stderr } = await winnow.call(...command);
  expect(code).toBe(0);
  expect(stdout).toContain('mixed.jsonl: 4 prompts, at most 8 tokens');
  expect(stdout).toMatch(/loops to the end .*0\.0 % \(0 % to 49 %\)/);
  expect(stderr).toContain('some prompts may be among them');
  const { document } = await winnow.json<{ generations: { model: string; is_full: boolean; completions: object[] }[] }>(
    ...command,
  );
  expect(document.generations.map(({ is_full }) => is_full)).toEqual([true, false]);
  expect(document.generations[1]).toMatchObject({
    prompts: 4,
    against_full: { differences: { loop: { prompts: 4 } } },
  });
  expect(document.generations[1]?.completions).toHaveLength(4);
  expect((await winnow.call('eval', SAMPLE)).code).toBe(2);
});
