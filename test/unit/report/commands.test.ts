// The commands of a report say how demos were taken, and how the file was laid out and quantised.
import { expect, test } from 'vitest';
import type { ReportPlan, ReportWrittenFile } from '../../../electron/contract/report-file.ts';
import { commandsPart } from '../../../electron/engine/report/commands-part.ts';

const plan: ReportPlan = {
  id: 1,
  name: 'math 2/8',
  created: '2026-01-02T03:04:05.000Z',
  criterion: 'easy-ep',
  keep: 2,
  mix: 'shares',
  grouping: 'ungrouped',
  seed: 0,
  pins: [],
  drops: [],
  kept: [],
  kept_hash: '',
  scores: null,
  retained: null,
  sources: [
    {
      run_id: 7,
      domain: 'math',
      tokens: 100,
      demos_hash: null,
      settings: { maxTokens: '512' },
      demos: ['m.jsonl:1', 'm.jsonl:9'].map((id) => ({ id, hash: null })),
      taken: { limit: 2, limit_by: 'random', limit_seed: 5, hold_back: 0.1, cut_off: true },
    },
  ],
};
const file: ReportWrittenFile = {
  name: 'out.gguf',
  written: '2026-01-02T03:04:05.000Z',
  keep: 2,
  bytes: 1,
  files: [],
  sha256: null,
  seconds: 1,
  quantised: { type: 'Q4_K_M', rules: { attention: 'q6_K' }, imatrix: 'math.imatrix.gguf', requantised: false },
  how: {
    grouping: 'balanced',
    active_experts: 1,
    lower_used: true,
    nextn: 'reuse',
    split: 'keep',
    split_max: '4GB',
    imatrix: { name: 'math.imatrix.gguf', run_id: 7, datasets: ['math'], chunks: 3 },
  },
};
const of = { model: 'tiny.gguf', nExpert: 8, evaluations: [] };

test('of a choice by a run that collected the importance matrix', () => {
  expect(commandsPart({ ...of, plan, chosenBy: plan, file }).slice(0, 3)).toEqual([
    'winnow score tiny.gguf --demos m.jsonl --domain math --limit 2 --limit-by random --limit-seed 5 --hold-back 0.1 --cut-off --max-tokens 512 --imatrix math.imatrix.gguf --out scores.json',
    'winnow select --scores scores.json --criterion easy-ep --keep 2 --tokens all --super-experts rank -o choice.json',
    'winnow prune tiny.gguf --choice choice.json --active-experts 1 --nextn reuse --lower-used --split-max 4GB --type Q4_K_M --imatrix math.imatrix.gguf --attention-type q6_K -o out.gguf',
  ]);
});

test('of what is as usual, nothing', () => {
  const usual: ReportWrittenFile['how'] = {
    grouping: 'ungrouped',
    active_experts: null,
    lower_used: false,
    nextn: 'scored',
    split: 'single',
    split_max: null,
    imatrix: null,
  };
  const { quantised: _, ...unchanged } = file;
  const taken = { limit: null, limit_by: 'first', limit_seed: 1, hold_back: 0, cut_off: false } as const;
  const sources = plan.sources.map((source) => ({ ...source, taken }));
  expect(
    commandsPart({ ...of, plan: null, chosenBy: { ...plan, sources }, file: { ...unchanged, how: usual } }),
  ).toEqual([
    'winnow score tiny.gguf --demos m.jsonl --domain math --max-tokens 512 --out scores.json',
    'winnow select --scores scores.json --criterion easy-ep --keep 2 --tokens all --super-experts rank -o choice.json',
    'winnow prune tiny.gguf --choice choice.json -o out.gguf',
    'winnow report --file out.gguf -o report.html',
    'winnow report --file out.gguf -o report.json',
  ]);
});

test('a whole model is quantised, not pruned', () => {
  const whole = { ...file, keep: 8, how: { ...file.how!, grouping: 'ungrouped', active_experts: null } as const };
  expect(
    commandsPart({ ...of, plan: null, chosenBy: null, file: { ...whole, how: { ...whole.how, nextn: 'scored' } } })[0],
  ).toBe(
    'winnow quantize tiny.gguf --split-max 4GB --type Q4_K_M --imatrix math.imatrix.gguf --attention-type q6_K -o out.gguf',
  );
});
