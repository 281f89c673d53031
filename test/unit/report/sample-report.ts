// A report's data for the tests of its page, with something in every part.
import {
  reportFileSchema,
  type ReportCost,
  type ReportDifference,
  type ReportEvaluation,
  type ReportFile,
  type ReportGeneration,
  type ReportRate,
} from '../../../electron/contract/report-file.ts';
import type { Verdict, VerdictPart, VerdictSide } from '../../../electron/contract/verdict.ts';

const estimate = (value: number, width: number) => ({ value, low: value - width, high: value + width });

const full: ReportEvaluation['variant'] = { kind: 'full', label: 'Tiny, full', criterion: null, keep: 8, mix: null };
const preview: ReportEvaluation['variant'] = {
  kind: 'preview',
  label: 'math 2/8, preview',
  criterion: 'easy-ep',
  keep: 2,
  mix: null,
};

function evaluation(change: Partial<ReportEvaluation> = {}): ReportEvaluation {
  return {
    variant: preview,
    text: { name: 'held-out.txt', domain: 'math', hash: 'a'.repeat(64) },
    in_domain: true,
    ctx: 512,
    chunks: 49,
    chunk_limit: 0,
    tokens: 12345,
    unit: 'chunk',
    units: 49,
    perplexity: estimate(10, 0.24),
    ratio: estimate(1.25, 0.03),
    kl_mean: estimate(0.05, 0.0042),
    kl_p99: estimate(2.5, 0.4),
    top1: estimate(0.9, 0.0053),
    measured: '2026-01-02T03:04:05.000Z',
    ...change,
  };
}

const cost: ReportCost = {
  texts: 1,
  tokens: 12345,
  ctx: 512,
  perplexity: estimate(10, 0.24),
  full_perplexity: estimate(8, 0.2),
  ratio: estimate(1.25, 0.03),
  kl_mean: estimate(0.05, 0.0042),
  kl_p99: estimate(2.5, 0.4),
  top1: estimate(0.9, 0.0053),
};

const rate = (share: number): ReportRate => ({
  share,
  low: share / 2,
  high: (1 + share) / 2,
  hits: 100 * share,
  judged: 100,
  prompts: 100,
});
const difference: ReportDifference = {
  difference: 0.04,
  low: 0.01,
  high: 0.08,
  prompts: 100,
  higher: 5,
  lower: 1,
  p_value: 0.2,
};
const written = {
  text: 'one two three',
  cut: false,
  tokens: 4,
  loop: null,
  truncated: false,
  broken: null,
  answer: null,
};
const generation: ReportGeneration = {
  variant: full,
  domain: 'math',
  in_domain: true,
  temperature: 0,
  samples: 1,
  prompts: 100,
  completions: 100,
  max_tokens: 256,
  median_tokens: 80,
  rates: { loop: rate(0.02), truncated: rate(0.1), broken: rate(0), answer: null },
  against_full: null,
  examples: [],
  generated: '2026-01-02T03:04:05.000Z',
};
const pruned: ReportGeneration = {
  ...generation,
  variant: preview,
  rates: { ...generation.rates, loop: rate(0.06) },
  against_full: {
    differences: { loop: difference, truncated: difference, broken: difference, answer: null },
    length_ratio: { median: 1.25, low: 1.1, high: 1.4, prompts: 100 },
    identical: rate(0.3),
    sensitivity: {
      prompts: 100,
      base_rate: 0.02,
      power_for_double: 0.07,
      detectable_rate: 0.11,
      prompts_for_double: 1141,
    },
  },
  examples: [
    {
      demo: 'tickets.jsonl:3',
      prompt: 'What is 2 + 2?',
      prompt_cut: true,
      gold: '4',
      sample: 0,
      full: written,
      variant: {
        text: 'so so so',
        cut: true,
        tokens: 256,
        loop: { unit: 'so ', repeats: 85.3 },
        truncated: true,
        broken: [{ kind: 'json', detail: 'Unexpected end' }],
        answer: { expected: '4', found: null, matches: false },
      },
    },
  ],
};

const ofDomain = (domain: string, ratio: number, grade: VerdictPart['grade']): VerdictSide => {
  const figures = { ratio: estimate(ratio, 0.03), tokens: 12345, grade };
  return { ...figures, parts: [{ domain, top1: estimate(0.9, 0.0053), ...figures }] };
};
const verdictOfSample: Verdict = {
  bytes: { full: 9.4e9, pruned: 4.7e9, predicted: true },
  domains: ['math'],
  inside: ofDomain('math', 1.25, 'amber'),
  outside: ofDomain('french', 2.5, 'red'),
  unknown: null,
  answers: null,
  grade: 'amber',
};

/** The report of a plan that was measured in and out of its domain. */
export function sampleReport(change: Partial<ReportFile> = {}): ReportFile {
  const outside: ReportCost = { ...cost, ratio: estimate(2.5, 0.1), perplexity: estimate(20, 0.8), top1: null };
  const sides = { in_domain: cost, out_of_domain: outside, unknown_domain: null };
  const french = { text: { name: 'french.txt', domain: 'french', hash: 'c'.repeat(64) }, in_domain: false };
  const alone = { variant: full, ratio: null, kl_mean: null, kl_p99: null, top1: null };
  return reportFileSchema.parse({
    format: 'winnow-report',
    version: 2,
    made: '2026-01-02T03:04:05.000Z',
    made_by: { winnow: '1.2.3', llama_cpp: 'v0.4.0' },
    summary: {
      keep: 2,
      n_expert: 8,
      n_layers: 3,
      bytes: { full: 9.4e9, pruned: 4.7e9, predicted: true },
      subject: preview,
      ...sides,
      verdict: verdictOfSample,
      warnings: [
        { code: 'preview_only' },
        { code: 'uncertain', side: 'in_domain' },
        { code: 'no_interval', side: 'out_of_domain', tokens: 77 },
        { code: 'writes_worse', check: 'loop', domain: 'math', difference: 0.04 },
        { code: 'few_prompts', prompts: 100, power: 0.07, needed: 1141 },
        { code: 'unknown_domain', texts: 3 },
        { code: 'scores_gone' },
        { code: 'imported_choice' },
      ],
      not_measured: ['in_domain', 'out_of_domain', 'divergence', 'generation'],
    },
    model: {
      name: 'Tiny',
      file: 'tiny.gguf',
      arch: 'qwen3moe',
      file_type: 'Q8_0',
      bytes: 9.4e9,
      parts: 1,
      moe_layers: [1, 2, 3],
      n_expert: 8,
      n_expert_used: 2,
      n_expert_groups: 0,
      context_length: 4096,
      fingerprint: 'f'.repeat(64),
    },
    plan: {
      id: 1,
      name: 'math 2/8',
      created: '2026-01-02T03:04:05.000Z',
      criterion: 'easy-ep',
      keep: 2,
      mix: 'shares',
      grouping: 'ungrouped',
      seed: 0,
      pins: [{ layer: 0, expert: 3 }],
      drops: [],
      sources: [
        {
          run_id: 1,
          domain: 'math',
          tokens: 10,
          demos: [{ id: 'a.jsonl:1', hash: 'e'.repeat(64) }],
          demos_hash: 'b'.repeat(64),
          settings: { nUbatch: '2048', devices: '' },
        },
      ],
      kept: [
        [0, 3],
        [1, 2],
        [4, 7],
      ],
      kept_hash: 'd'.repeat(64),
      scores: [0, 1, 2].map((layer) => Array.from({ length: 8 }, (_, expert) => 8 * layer + expert)),
      retained: { mean: 0.5, layers: [0.5, 0.25, 0.75] },
    },
    file: {
      name: 'pruned.gguf',
      written: '2026-01-02T03:04:05.000Z',
      keep: 2,
      bytes: 4.7e9,
      files: ['pruned.gguf'],
      sha256: '9'.repeat(64),
      seconds: 12.3,
    },
    compared: [
      { variant: preview, ...sides },
      {
        variant: { ...preview, criterion: 'frequency' },
        in_domain: { ...cost, texts: 2 },
        out_of_domain: null,
        unknown_domain: null,
      },
    ],
    evaluations: [evaluation(alone), evaluation(), evaluation({ ...french, ...alone }), evaluation(french)],
    generations: [generation, pruned],
    commands: ['winnow prune tiny.gguf --choice choice.json -o pruned.gguf'],
    ...change,
  });
}
