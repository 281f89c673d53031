import { expect, test } from 'vitest';
import type { GgufValue } from '../../../electron/contract/model-info.ts';
import { modelCard } from '../../../electron/engine/report/model-card.ts';
import { loadLocale } from '../../../electron/contract/text/i18n.ts';
import { verdictSentence } from '../../../electron/contract/verdict-texts.ts';
import { sampleCard } from './sample-card.ts';
import { cardFacts } from '../../../electron/engine/report/card.ts';

const text = (value: string): GgufValue => ({ type: 'string', array: false, value, length: 1 });
const locale = await loadLocale('en');

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

test('the front matter says what hubs ask for, as far as the header does', () => {
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
  expect(frontMatter(modelCard(sampleCard({}, { header: facts }), locale))).toMatchObject({
    base_model: 'Qwen/Qwen3-30B-A3B',
    base_model_relation: 'quantized',
    library_name: 'gguf',
    pipeline_tag: 'text-generation',
    license: 'apache-2.0',
    license_link: '"https://example.org/licence"',
    language: 'en ja',
  });
});

test('it says that blocks which draft tokens were left out, where they were', () => {
  const key = { 'winnow.dropped_prediction_blocks': { type: 'uint32', array: false, value: 2, length: 1 } } as const;
  const dropped = sampleCard({}, { header: cardFacts(key) });
  expect(modelCard(dropped, locale)).toContain('The blocks that draft further tokens (2) are left out.');
  const card = sampleCard();
  expect(modelCard(card, locale)).not.toContain('draft further tokens');
  const { subject } = card;
  const info = { ...subject.model.info, predictionLayers: [99] };
  const selection = subject.selection && { ...subject.selection, kept: [...subject.selection.kept, [0, 1]] };
  const scored = { subject: { ...subject, selection, model: { ...subject.model, info } } };
  expect(modelCard({ ...card, ...scored }, locale)).toContain(
    'The same holds for the blocks that draft further tokens (1), scored by running',
  );
  expect(modelCard({ ...dropped, ...scored }, locale)).not.toContain('scored by running');
});

test('what the header does not say is asked of the person, not made up', () => {
  const card = modelCard(sampleCard(), locale);
  expect(frontMatter(card)).not.toHaveProperty('base_model');
  expect(frontMatter(card)).not.toHaveProperty('license');
  expect(card).toMatch(/^# base_model: /m);
  expect(card).toMatch(/^# license: /m);
});

test('it says what was kept, and what that costs', () => {
  const sample = sampleCard();
  const card = modelCard(sample, locale);
  const { model, file } = sample.subject;
  for (const part of [model.fingerprint, file?.sha256 ?? '', 'easy-ep']) {
    expect(card).toContain(part);
  }
  expect(card).toContain('| held-out.txt (math), `aaaaaaaaaaaaaaaa…` | in domain | 12,345 | 8.00 (7.80 – 8.20) |');
  expect(card).toContain('| out of domain |');
  expect(card).toContain('of the written file');
  expect(card).toMatch(/\| math \| pruned \| 100 \| 256 \| 6\.0 % \([^|]+\) \| 0\.0 % [^|]+ \|  \| 50\.0 %/);
  expect(card).toContain('2504.06792');
  expect(card).toContain(`**${verdictSentence(sample.verdict, locale)}**`);
});

test('a quantised file says its type, its importance matrix and its rules, and promises no bytes', () => {
  expect(modelCard(sampleCard(), locale)).toContain('byte for byte');
  const quantised = {
    type: 'Q3_K_M' as const,
    rules: { attention: 'q6_K' as const, firstLayers: { count: 2, type: 'q8_0' as const } },
    imatrix: 'law.imatrix.gguf',
    allowRequantize: true,
  };
  const card = modelCard(sampleCard({ plan: { quantised } }), locale);
  expect(card).toContain('quantised to Q3_K_M');
  expect(card).toContain('law.imatrix.gguf');
  expect(card).toMatch(/attention-type q6.*K/);
  expect(card).toMatch(/first-layers 2=q8/);
  expect(card).toContain('quantised already');
  expect(card).not.toContain('byte for byte');
});

test('what nobody measured is said to be so', () => {
  const { verdict } = sampleCard();
  const none = { rows: [], answers: [], verdict: { ...verdict, inside: null, outside: null, grade: null } };
  const card = modelCard(sampleCard({}, none), locale);
  expect(card).toContain('Nothing measured yet.');
  expect(card.match(/not measured/g)?.length).toBeGreaterThanOrEqual(2);
  expect(card).toContain('Not measured: the domain itself; anything outside the domain');
});

test('what makes figures doubtful is said: a preview, too little text, an unknown domain, another file', () => {
  const { verdict, rows, subject } = sampleCard();
  const preview = { kind: 'preview', selectionId: 1 } as const;
  const none = { value: 1.4, low: null, high: null };
  const wide = { value: 1.4, low: 1.2, high: 1.6 };
  const card = modelCard(
    sampleCard(
      {},
      {
        subject: { ...subject, selection: subject.selection && { ...subject.selection, criterion: null } },
        instead: 'changed',
        rows: rows.map((row) => ({ ...row, inDomain: null, settings: { ...row.settings, variant: preview } })),
        verdict: {
          ...verdict,
          inside: verdict.inside && { ...verdict.inside, ratio: none },
          outside: verdict.outside && { ...verdict.outside, ratio: wide },
        },
      },
    ),
    locale,
  );
  for (const said of [
    'Another file lies in its place now',
    'The written file itself was not measured',
    'Too little text in domain for an interval (12,345 tokens',
    'out of domain reaches from tolerable to severe',
    'The domain of 2 measured texts is unknown',
    'by a criterion that is not known here',
    'of the full model with the dropped experts masked',
  ]) {
    expect(card).toContain(said);
  }
});

test('names of strangers are text: no HTML, no link, no line of their own', () => {
  const evil = '<img src=x onerror=alert(1)>\n# [click](http:evil) | `x`';
  const body = modelCard(sampleCard({ name: evil }), locale).replace(/^---\n.*?\n---\n/s, '');
  expect(body).not.toContain('<img');
  expect(body).not.toContain('](http');
  expect(body).not.toMatch(/^# \[click/m);
});
