// Builds the commands that repeat the work a report describes, naming files without their folders.
import type { ReportEvaluation, ReportPlan, ReportSource, ReportWrittenFile } from '../../contract/report-file.ts';
import { commandText, fileArgument } from '../base/files/shell-word.ts';
import { quantiseWords } from './quantise-words.ts';
import { isOfChoice } from './report-variant.ts';

const CHOICE = 'choice.json';
const PRUNED = 'pruned.gguf';

type Repeatable = {
  /** Name of the full model's file. */
  readonly model: string;
  /** Experts per layer of the full model. */
  readonly nExpert: number;
  /** null: the choice comes from elsewhere, and the reader needs it. */
  readonly plan: ReportPlan | null;
  /** The plan, otherwise one that keeps the same experts with another number of active ones. */
  readonly chosenBy: ReportPlan | null;
  readonly file: ReportWrittenFile | null;
  readonly evaluations: readonly ReportEvaluation[];
};

/** The commands, in the order in which they have to be run. */
export function commandsPart({ model: modelFile, nExpert, plan, chosenBy, file, evaluations }: Repeatable): string[] {
  const model = fileArgument(modelFile);
  const output = fileArgument(file?.name ?? PRUNED);
  const routing = routingWords(plan, file);
  const isPruned = chosenBy !== null && (file?.how?.active_experts || file?.how?.width);
  const isWhole = file?.quantised !== undefined && file.keep === nExpert && !isPruned;
  const chosen = isWhole ? null : chosenBy;
  const writing = isWhole
    ? ['quantize', model, ...fileWords(file), '-o', output]
    : [
        'prune',
        model,
        '--choice',
        CHOICE,
        ...routing,
        ...(file ? [...pruningWords(file), ...fileWords(file)] : []),
        '-o',
        output,
      ];
  const commands = [
    ...(chosen && isByRuns(chosen) ? choosing(model, chosen, file) : []),
    writing,
    ...measuring(
      model,
      output,
      routing,
      evaluations.filter((one) => isOfChoice(one.variant, plan)),
    ),
    ['report', '--file', output, '-o', 'report.html'],
    ['report', '--file', output, '-o', 'report.json'],
  ];
  // measurements of several files or sizes on one text may give equal commands
  return [...new Set(commands.map((words) => commandText(['winnow', ...words], 'posix')))];
}

/** Options for the file's routing; if an older file does not state it, the plan's. */
function routingWords(plan: ReportPlan | null, file: ReportWrittenFile | null): string[] {
  const active = file?.how ? file.how.active_experts : (plan?.active_experts ?? null);
  return active === null ? [] : ['--active-experts', String(active)];
}

/** Options for files with fewer experts only. A repair uses the demos that the experts were chosen by. */
function pruningWords({ how, repaired }: ReportWrittenFile): string[] {
  return [
    ...(how && how.nextn !== 'scored' ? ['--nextn', how.nextn] : []),
    ...(how?.lower_used ? ['--lower-used'] : []),
    ...(how?.width === undefined ? [] : ['--width', String(how.width)]),
    ...(repaired ? ['--repair'] : []),
  ];
}

/** Options for the file's layout and quantisation. */
function fileWords({ quantised, how }: ReportWrittenFile): string[] {
  return [
    ...(how && how.split_max !== null
      ? ['--split-max', how.split_max]
      : how?.split === 'keep'
        ? ['--split', 'keep']
        : []),
    ...(quantised ? quantiseWords(quantised) : how?.imatrix ? ['--imatrix', fileArgument(how.imatrix.name)] : []),
  ];
}

/** Names of the files that demos come from: a demo's id consists of file name and line. */
function filesOf(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => fileArgument(id.replace(/:\d+$/, ''))))];
}

/** Whether experts can be chosen again from runs. */
function isByRuns({ criterion }: ReportPlan): boolean {
  return criterion !== null;
}

function choosing(model: string, plan: ReportPlan, file: ReportWrittenFile | null): string[][] {
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
    ...['--tokens', plan.tokens ?? 'all', '--super-experts', plan.super_experts ?? 'rank'],
    ...['-o', CHOICE],
  ];
  return [...plan.sources.map((source, i) => scoring(model, source, scores[i] ?? '', file)), select];
}

function scoring(
  model: string,
  { run_id, domain, demos, settings, taken }: ReportSource,
  scores: string,
  file: ReportWrittenFile | null,
): string[] {
  const files = filesOf(demos.map(({ id }) => id));
  const setting = (option: string, name: string): string[] => (settings?.[name] ? [option, settings[name]] : []);
  const matrix = file?.how?.imatrix;
  return [
    ...['score', model, '--demos', ...files, '--domain', domain, ...takenWords(taken, demos.length)],
    ...setting('--max-tokens', 'maxTokens'),
    ...setting('--ubatch', 'nUbatch'),
    ...(matrix && matrix.run_id !== null && matrix.run_id === run_id ? ['--imatrix', fileArgument(matrix.name)] : []),
    ...['--out', scores],
  ];
}

/** Options for the demos that were taken. @param count number of demos that were taken */
function takenWords(taken: ReportSource['taken'], count: number): string[] {
  if (!taken) return ['--limit', String(count)];
  const { limit, limit_by, limit_seed, hold_back, cut_off } = taken;
  return [
    ...(limit === null ? [] : ['--limit', String(limit)]),
    ...(limit === null || limit_by === 'first' ? [] : ['--limit-by', limit_by]),
    ...(limit !== null && limit_by === 'random' ? ['--limit-seed', String(limit_seed)] : []),
    ...(hold_back > 0 ? ['--hold-back', String(hold_back)] : []),
    ...(cut_off ? ['--cut-off'] : []),
  ];
}

function measuring(
  model: string,
  output: string,
  routing: readonly string[],
  evaluations: readonly ReportEvaluation[],
): string[][] {
  return evaluations.map(({ variant, text, ctx, chunks, chunk_limit }) => {
    const subject = variant.kind === 'file' ? [output] : [model, '--choice', CHOICE, ...routing];
    const domain = text.domain === null ? [] : ['--domain', text.domain];
    const amount = ['--ctx', String(ctx), ...(chunk_limit === 0 ? [] : ['--chunks', String(chunk_limit ?? chunks)])];
    return ['eval', ...subject, '--text', fileArgument(text.name), ...domain, '--against', model, ...amount];
  });
}
