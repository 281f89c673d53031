// The commands that repeat what a report tells of, with files by their names.
import type { ReportEvaluation, ReportPlan, ReportSource, ReportWrittenFile } from '../../contract/report-file.ts';
import { shellWord } from '../files/shell-word.ts';
import { quantiseWords } from './quantise-words.ts';
import { isOfChoice } from './report-variant.ts';

const MASK = 'mask.json';
const PRUNED = 'pruned.gguf';

export type Repeatable = {
  /** Name of the full model's file. */
  readonly model: string;
  /** null: a mask from elsewhere, which the reader has to have. */
  readonly plan: ReportPlan | null;
  readonly file: ReportWrittenFile | null;
  readonly evaluations: readonly ReportEvaluation[];
};

/** In the order in which they are to be run. */
export function commandsPart({ model, plan, file, evaluations }: Repeatable): string[] {
  const output = file?.name ?? PRUNED;
  const routing = [
    ...(plan?.grouping === 'balanced' ? ['--grouping', 'balanced'] : []),
    ...(plan?.active_experts === undefined ? [] : ['--active-experts', String(plan.active_experts)]),
  ];
  const commands = [
    ...(plan && plan.criterion !== null ? choosing(model, plan) : []),
    [
      'prune',
      model,
      '--mask',
      MASK,
      ...routing,
      ...(file?.quantised ? quantiseWords(file.quantised) : []),
      '-o',
      output,
    ],
    ...measuring(
      model,
      output,
      routing,
      evaluations.filter((one) => isOfChoice(one.variant, plan)),
    ),
    ['report', '--file', output, '-o', 'report.html', '--json-out', 'report.json'],
  ];
  // several files or sizes may be measured on one text alike
  return [...new Set(commands.map((words) => ['winnow', ...words].map(shellWord).join(' ')))];
}

function choosing(model: string, plan: ReportPlan): string[][] {
  const scores = plan.sources.map((_, i) => (plan.sources.length === 1 ? 'scores.json' : `scores-${i + 1}.json`));
  const experts = (option: string, list: ReportPlan['pins']): string[] =>
    list && list.length > 0 ? [option, ...list.map(({ layer, expert }) => `${layer}:${expert}`)] : [];
  const select = [
    ...['select', '--scores', ...scores, '--criterion', plan.criterion ?? '', '--keep', String(plan.keep)],
    ...(scores.length > 1 ? ['--mix', Array.isArray(plan.mix) ? plan.mix.join(',') : plan.mix] : []),
    ...experts('--pin', plan.pins),
    ...experts('--forbid', plan.drops),
    ...(plan.grouping === 'balanced' ? ['--grouping', 'balanced'] : []),
    ...(plan.criterion === 'random' ? ['--seed', String(plan.seed)] : []),
    ...['--mask-out', MASK],
  ];
  return [...plan.sources.map((source, i) => scoring(model, source, scores[i] ?? '')), select];
}

function scoring(model: string, { domain, demos, settings }: ReportSource, scores: string): string[] {
  // a demo's id is its file's name and line
  const files = [...new Set(demos.map(({ id }) => id.replace(/:\d+$/, '')))];
  const setting = (option: string, name: string): string[] => (settings?.[name] ? [option, settings[name]] : []);
  return [
    ...['score', model, '--demos', ...files, '--domain', domain, '--limit', String(demos.length)],
    ...setting('--max-tokens', 'maxTokens'),
    ...setting('--ubatch', 'nUbatch'),
    ...(settings?.mask === undefined ? [] : ['--mask', 'scored-under.json']),
    ...['--out', scores],
  ];
}

function measuring(
  model: string,
  output: string,
  routing: readonly string[],
  evaluations: readonly ReportEvaluation[],
): string[][] {
  return evaluations.map(({ variant, text, ctx, chunks, chunk_limit }) => {
    const subject = variant.kind === 'file' ? [output] : [model, '--mask', MASK, ...routing];
    const domain = text.domain === null ? [] : ['--domain', text.domain];
    const amount = ['--ctx', String(ctx), ...(chunk_limit === 0 ? [] : ['--chunks', String(chunk_limit ?? chunks)])];
    return ['eval', ...subject, '--text', text.name, ...domain, '--against', model, ...amount];
  });
}
