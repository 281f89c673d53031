// Which experts to keep, chosen by the scores of stored runs.
import type { SelectionRequest, SelectionResult } from '../../../contract/api/selections.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { requireActiveExperts, requireFewerActive, type RoutedModel } from '../../models/active-experts.ts';
import type { Library } from '../../models/library/library.ts';
import { readRunScores, type RunScores } from '../runs/run-scores.ts';
import type { RunTotals } from '../runs/run-totals.ts';
import type { MemoryFacts } from '../../models/placement/budget.ts';
import { chooseExperts, countToKeep, prunedBytes, type Choice } from '../selection/choose-experts.ts';
import { oneMask } from '../selection/scored-under.ts';
import type { StoredModel } from '../../store/models.ts';

export type ChooserTools = {
  readonly totals: RunTotals;
  /** What the model needs at a context length. */
  readonly memory: (model: StoredModel, ctx: number) => Promise<MemoryFacts & { readonly ctx: number }>;
  /** What its header says, as far as fewer active experts depend on it; null: the model is not at hand. */
  readonly header: (model: StoredModel) => Promise<RoutedModel | null>;
};

/** Those of the models on this machine. */
export function chooserTools(library: Library, totals: RunTotals): ChooserTools {
  const idOf = ({ fingerprint, path }: StoredModel): string =>
    library.findByFingerprint(fingerprint) ?? library.idOf(path);
  return {
    totals,
    memory: (model, ctx) => library.memoryFacts(idOf(model), ctx),
    header: async ({ fingerprint }) => {
      const id = library.findByFingerprint(fingerprint);
      return id === null ? null : library.headerFacts(id);
    },
  };
}

export type ChosenFromRuns = { readonly model: StoredModel; readonly runs: RunScores['runs']; readonly choice: Choice };

/**
 * @throws WinnowError USAGE: a run was deleted, is still empty, or belongs to another model; SCORES_INVALID: they were scored under
 * different masks, or have no scores of a layer; SELECTION_IMPOSSIBLE;
 * with `fit` what reading the model throws; the signal's reason
 */
export async function chooseFromRuns(
  request: SelectionRequest,
  { totals, memory, header }: ChooserTools,
  signal?: AbortSignal,
): Promise<ChosenFromRuns> {
  const { model, runs } = await readRunScores(totals, request, signal);
  for (const { run, scoredDemos } of runs) {
    if (scoredDemos > 0) continue;
    throw new WinnowError('USAGE', say('nothingScoredYet', { domain: run.domain }), {
      runId: run.id,
    });
  }
  const domains = runs.map(({ run, matrix, maxNorm, scoredUnder }) => ({
    domain: run.domain,
    tokens: request.tokens,
    matrix,
    maxNorm,
    scoredUnder,
  }));
  const keep = await countToKeep(request, model.info, (ctx) => memory(model, ctx), oneMask(domains));
  const { activeExperts } = request;
  if (activeExperts !== undefined) {
    const found = await header(model);
    if (found) requireActiveExperts(activeExperts, found, keep);
    else requireFewerActive(activeExperts, model.info, keep);
  }
  return { model, runs, choice: await chooseExperts(domains, model.info, { ...request, keep }, signal) };
}

/** As the interface shows it. */
export function selectionResult({ model, choice }: Pick<ChosenFromRuns, 'model' | 'choice'>): SelectionResult {
  const { keep, nExpert, kept, retained, domains, superExperts, retainedUnpinned, fusedCounts } = choice;
  return {
    keep,
    nExpert,
    kept: kept.map((experts) => [...experts]),
    retained: Float64Array.from(retained),
    domains: domains.map((domain) => ({ ...domain })),
    superExperts: superExperts.map((expert) => ({ ...expert })),
    retainedUnpinned,
    bytes: { full: model.info.bytes, pruned: prunedBytes(model.info, keep) },
    fusedCounts: [...fusedCounts],
  };
}
