// Builds the commands that repeat the work a card describes, naming files without their folders.
import { keptCount } from '../../contract/kept-experts.ts';
import type { TakenDemos } from '../../contract/taken-demos.ts';
import { displayNameOf } from '../base/files/display-path.ts';
import { commandText, fileArgument } from '../base/files/shell-word.ts';
import { runView } from '../experts/runs/run-view.ts';
import { requireRun } from '../experts/runs/stored-run.ts';
import type { SelectionSettings } from '../experts/selection/selection-settings.ts';
import { settingsOf } from '../experts/selections/selection-view.ts';
import type { PairedRow } from '../measure/evaluation/choice-figures.ts';
import type { Store } from '../store/database.ts';
import type { ExportedPlan, StoredExport } from '../store/exports.ts';
import { getScoreRun } from '../store/score-runs.ts';
import type { StoredSelection } from '../store/selections.ts';
import { quantiseWords } from './quantise-words.ts';
import type { ReportSubject } from './subject.ts';

const CHOICE = 'choice.json';
const PRUNED = 'pruned.gguf';

/** Where the scores of one domain come from. */
export type ScoredSource = Pick<SelectionSettings['demos'][number], 'domain' | 'demos'> & {
  /** null: the run was deleted, or the scores came from a file. */
  readonly runId: number | null;
  /** What the scores depend on besides model and demos; null: not known any more. */
  readonly settings: Readonly<Record<string, string>> | null;
  /** null: not known. */
  readonly taken: TakenDemos | null;
};

/** The sources of a selection's scores, as far as they are still stored. */
export function sourcesOf(selection: StoredSelection | null, store: Store): ScoredSource[] {
  if (selection === null) return [];
  const { demos, selection: request } = settingsOf(selection);
  return demos.map(({ domain, demos: ids }, i) => {
    const runId = request?.runIds[i];
    const run = runId === undefined ? undefined : getScoreRun(store, runId);
    return {
      domain,
      demos: ids,
      runId: run?.id ?? null,
      settings: run ? runView(requireRun(store, run.id), null).settings : null,
      taken: run?.taken ?? null,
    };
  });
}

type Repeatable = {
  readonly subject: ReportSubject;
  readonly sources: readonly ScoredSource[];
  readonly rows: readonly PairedRow[];
};

/** The commands, in the order in which they have to be run. */
export function repeatingCommands({ subject, sources, rows }: Repeatable): string[] {
  const { model: full, selection, chosenBy, file } = subject;
  const model = fileArgument(displayNameOf(full.info.path));
  const output = fileArgument(file ? displayNameOf(file.outputPath) : PRUNED);
  const routing = routingWords(selection, file);
  const isPruned = chosenBy !== null && (file?.plan.how?.activeExperts || file?.plan.how?.width);
  const isWhole = file?.plan.quantised !== undefined && file.plan.keep === full.info.nExpert && !isPruned;
  const writing = isWhole
    ? ['quantize', model, ...fileWords(file.plan), '-o', output]
    : [
        'prune',
        model,
        '--choice',
        CHOICE,
        ...routing,
        ...(file ? [...pruningWords(file.plan), ...fileWords(file.plan)] : []),
        '-o',
        output,
      ];
  const commands = [
    ...(!isWhole && chosenBy !== null && chosenBy.criterion !== null ? choosing(model, chosenBy, sources, file) : []),
    writing,
    ...measuring(model, output, routing, rows),
    ['report', '--file', output, '-o', 'report.html'],
  ];
  return commands.map((words) => commandText(['winnow', ...words], 'posix'));
}

/** Options for the file's routing; if an older file does not state it, the selection's. */
function routingWords(selection: StoredSelection | null, file: StoredExport | null): string[] {
  const active = file?.plan.how ? file.plan.how.activeExperts : selection && settingsOf(selection).activeExperts;
  return active === null ? [] : ['--active-experts', String(active)];
}

/** Options for files with fewer experts only. A repair uses the demos that the experts were chosen by. */
function pruningWords({ how, repaired }: ExportedPlan): string[] {
  return [
    ...(how && how.nextn !== 'scored' ? ['--nextn', how.nextn] : []),
    ...(how?.lowerUsed ? ['--lower-used'] : []),
    ...(how?.width ? ['--width', String(how.width)] : []),
    ...(repaired ? ['--repair'] : []),
  ];
}

/** Options for the file's quantisation. */
function fileWords({ quantised, how }: ExportedPlan): string[] {
  return [
    ...(quantised ? quantiseWords(quantised) : how?.imatrix ? ['--imatrix', fileArgument(how.imatrix.name)] : []),
  ];
}

/** Names of the files that demos come from: a demo's id consists of file name and line. */
function filesOf(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => fileArgument(id.replace(/:\d+$/, ''))))];
}

function choosing(
  model: string,
  { criterion, kept, settings }: StoredSelection,
  sources: readonly ScoredSource[],
  file: StoredExport | null,
): string[][] {
  const { mix, grouping, superExperts, selection } = settingsOf({ settings });
  const scores = sources.map((_, i) => (sources.length === 1 ? 'scores.json' : `scores-${i + 1}.json`));
  const experts = (option: string, list: { layer: number; expert: number }[] = []): string[] =>
    list.length > 0 ? [option, ...list.map(({ layer, expert }) => `${layer}:${expert}`)] : [];
  const select = [
    ...['select', '--scores', ...scores, '--criterion', criterion ?? '', '--keep', String(keptCount(kept))],
    ...(scores.length > 1 ? ['--mix', Array.isArray(mix) ? mix.join(',') : mix] : []),
    ...experts('--pin', selection?.pins),
    ...experts('--forbid', selection?.drops),
    ...(grouping === 'balanced' ? ['--grouping', 'balanced'] : []),
    ...['--super-experts', superExperts],
    ...['-o', CHOICE],
  ];
  return [...sources.map((source, i) => scoring(model, source, scores[i] ?? '', file)), select];
}

function scoring(
  model: string,
  { runId, domain, demos, settings, taken }: ScoredSource,
  scores: string,
  file: StoredExport | null,
): string[] {
  const setting = (option: string, name: string): string[] => (settings?.[name] ? [option, settings[name]] : []);
  const matrix = file?.plan.how?.imatrix;
  return [
    ...['score', model, '--demos', ...filesOf(demos), '--domain', domain, ...takenWords(taken, demos.length)],
    ...setting('--max-tokens', 'maxTokens'),
    ...setting('--ubatch', 'nUbatch'),
    ...(matrix && matrix.runId !== null && matrix.runId === runId ? ['--imatrix', fileArgument(matrix.name)] : []),
    ...['--out', scores],
  ];
}

/** Options for the demos that were taken. @param count number of demos that were taken */
function takenWords(taken: TakenDemos | null, count: number): string[] {
  if (!taken) return ['--limit', String(count)];
  const { limit, limitBy = 'first', holdBack, cutOff } = taken;
  return [
    ...(limit === undefined ? [] : ['--limit', String(limit)]),
    ...(limit === undefined || limitBy === 'first' ? [] : ['--limit-by', limitBy]),
    ...(holdBack ? ['--hold-back', String(holdBack)] : []),
    ...(cutOff ? ['--cut-off'] : []),
  ];
}

function measuring(model: string, output: string, routing: readonly string[], rows: readonly PairedRow[]): string[][] {
  return rows.map(({ settings: { variant, text, chunkLimit }, result: { ctx } }) => {
    const subject = variant.kind === 'preview' ? [model, '--choice', CHOICE, ...routing] : [output];
    const domain = text.domain === null ? [] : ['--domain', text.domain];
    const amount = ['--ctx', String(ctx), ...(chunkLimit === 0 ? [] : ['--chunks', String(chunkLimit)])];
    return ['eval', ...subject, '--text', fileArgument(text.name), ...domain, '--against', model, ...amount];
  });
}
