import { expect, test } from 'vitest';
import type { GgufValue } from '../../../electron/contract/model-info.ts';
import { cardFacts } from '../../../electron/engine/report/card-facts.ts';
import { modelCard } from '../../../electron/engine/report/model-card.ts';
import { voiceIn } from '../../../electron/contract/text/words.ts';
import { verdictSentence } from '../../../electron/contract/verdict-words.ts';
import { sampleReport } from './sample-report.ts';

const text = (value: string): GgufValue => ({ type: 'string', array: false, value, length: 1 });
const NOTHING = { baseModel: null, license: null, languages: [], isChat: false, droppedPrediction: 0 };

/** The scalars of the front matter; lists are joined by blanks. */
function frontMatter(card: string): Record<string, string> {
  const [, block = ''] = /^---\n(.*?)\n---\n/s.exec(card) ?? [];
  const entries: [string, string][] = [];
  for (const line of block.split('\n')) {
    const item = /^ {2}- (.*)$/.exec(line)?.[1];
    const last = entries.at(-1);
    if (item !== undefined && last) last[1] = `${last[1]} ${item}`.trim();
    else if (!line.startsWith('#')) entries.push([line.split(':')[0] ?? '', line.replace(/^[^:]*:\s*/, '')]);
  }
  return Object.fromEntries(entries);
}

test('the front matter says what hubs ask for, as far as the header does', async () => {
  const facts = cardFacts({
    'general.license': text('Apache-2.0'),
    'general.license.link': text('https://example.org/licence'),
    'general.base_model.0.repo_url': text('https://huggingface.co/Qwen/Base'),
    'general.source.huggingface.repository': text('Qwen/Qwen3-30B-A3B'),
    'general.languages': { type: 'string', array: true, value: ['en', 'ja', 'no: yes'], length: 3 },
    'tokenizer.chat_template': text('{{ messages }}'),
  });
  expect(facts).toEqual({
    baseModel: 'Qwen/Qwen3-30B-A3B',
    license: { id: 'apache-2.0', name: null, link: 'https://example.org/licence' },
    languages: ['en', 'ja'],
    isChat: true,
    droppedPrediction: 0,
  });
  expect(frontMatter(await modelCard(sampleReport(), facts))).toMatchObject({
    base_model: 'Qwen/Qwen3-30B-A3B',
    base_model_relation: 'quantized',
    library_name: 'gguf',
    pipeline_tag: 'text-generation',
    license: 'apache-2.0',
    license_link: '"https://example.org/licence"',
    language: 'en ja',
  });
});

test('it says that blocks which draft tokens were left out, where they were', async () => {
  const key = { 'winnow.dropped_prediction_blocks': { type: 'uint32', array: false, value: 2, length: 1 } } as const;
  expect(await modelCard(sampleReport(), cardFacts(key))).toContain(
    'everything else is unchanged. The blocks that draft further tokens (2) are left out.',
  );
  const report = sampleReport();
  expect(await modelCard(report, NOTHING)).not.toContain('draft further tokens');
  const scored = { ...report, model: { ...report.model, moe_layers: [...report.model.moe_layers, 99] } };
  expect(await modelCard(scored, NOTHING)).toContain(
    'The same holds for the blocks that draft further tokens (1), scored by running',
  );
  expect(await modelCard(scored, cardFacts(key))).not.toContain('scored by running');
});

test('what the header does not say is asked of the person, not made up', async () => {
  const card = await modelCard(sampleReport(), NOTHING);
  expect(frontMatter(card)).not.toHaveProperty('base_model');
  expect(frontMatter(card)).not.toHaveProperty('license');
  expect(card).toMatch(/^# base_model: /m);
  expect(card).toMatch(/^# license: /m);
});

test('it says what was kept, what that costs, and how it is made again', async () => {
  const report = sampleReport();
  const card = await modelCard(report, NOTHING);
  for (const part of [report.model.fingerprint, report.file?.sha256 ?? '', 'easy-ep', ...report.commands]) {
    expect(card).toContain(part);
  }
  expect(card).toContain('| in domain |');
  expect(card).toContain('| out of domain |');
  expect(card).toContain('2504.06792');
  expect(card).toContain(`**${verdictSentence(report.summary.verdict, await voiceIn('en'))}**`);
});

test('a quantised file says its type, its importance matrix and its rules, and promises no bytes', async () => {
  const report = sampleReport();
  expect(await modelCard(report, NOTHING)).toContain('byte for byte');
  const quantised = {
    type: 'Q3_K_M' as const,
    rules: { attention: 'q6_K' as const, firstLayers: { count: 2, type: 'q8_0' as const } },
    imatrix: 'law.imatrix.gguf',
    requantised: true,
  };
  const card = await modelCard({ ...report, file: report.file && { ...report.file, quantised } }, NOTHING);
  expect(card).toMatch(/quantised to Q3&#95;K&#95;M|quantised to Q3_K_M/);
  expect(card).toContain('law.imatrix.gguf');
  expect(card).toMatch(/attention-type q6.*K/);
  expect(card).toMatch(/first-layers 2=q8/);
  expect(card).toContain('quantised already');
  expect(card).not.toContain('byte for byte');
  expect(card).not.toContain('nothing requantised');
});

test('what nobody measured is said to be so', async () => {
  const report = sampleReport();
  const summary = { ...report.summary, subject: null, in_domain: null, out_of_domain: null, unknown_domain: null };
  const verdict = { ...report.summary.verdict, inside: null, outside: null, grade: null };
  const card = await modelCard({ ...report, summary: { ...summary, verdict } }, NOTHING);
  expect(card).toContain('Nothing measured yet.');
  expect(card.match(/not measured/g)?.length).toBeGreaterThanOrEqual(2);
});

test('names of strangers are text: no HTML, no link, no line of their own', async () => {
  const report = sampleReport();
  const evil = '<img src=x onerror=alert(1)>\n# [click](http://evil) | `x`';
  const plan = report.plan && {
    ...report.plan,
    sources: report.plan.sources.map((source) => ({ ...source, domain: evil })),
  };
  const { verdict } = report.summary;
  const [part] = verdict.outside?.parts ?? [];
  const outside = verdict.outside && part ? { ...verdict.outside, parts: [{ ...part, domain: evil }] } : null;
  const summary = { ...report.summary, verdict: { ...verdict, outside } };
  const card = await modelCard(
    { ...report, plan, summary, model: { ...report.model, name: evil }, commands: [] },
    NOTHING,
  );
  const body = card.replace(/^---\n.*?\n---\n/s, '');
  expect(body).not.toContain('<img');
  expect(body).not.toContain('](http');
  expect(body).not.toMatch(/^# \[click/m);
});
