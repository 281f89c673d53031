// Scores of stored runs, to choose experts by.
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { RoutedModel } from '../../models/active-experts.ts';
import type { Library } from '../../models/library/library.ts';
import type { MemoryFacts } from '../../models/placement/conversation.ts';
import type { Store } from '../../store/database.ts';
import type { StoredModel } from '../../store/models.ts';
import { readRunScores } from '../runs/run-scores.ts';
import { sourceOfRun } from '../runs/run-source.ts';
import type { RunTotals } from '../runs/run-totals.ts';
import { choiceModel } from '../selection/choice-file.ts';
import type { Origin, Scores } from './choose.ts';

export type ChooserTools = {
  readonly store: Store;
  readonly totals: RunTotals;
  /** The memory that the model needs at a context length. */
  readonly memory: (model: StoredModel, ctx: number) => Promise<MemoryFacts & { readonly ctx: number }>;
  /** The part of the header on which fewer active experts depend; null: the model is not at hand. */
  readonly header: (model: StoredModel) => Promise<RoutedModel | null>;
};

/** The tools for choosing in the models on this machine. */
export function chooserTools(store: Store, library: Library, totals: RunTotals): ChooserTools {
  const idOf = ({ fingerprint, path }: StoredModel): string =>
    library.findByFingerprint(fingerprint) ?? library.idOf(path);
  return {
    store,
    totals,
    memory: (model, ctx) => library.memoryFacts(idOf(model), ctx),
    header: async ({ fingerprint }) => {
      const id = library.findByFingerprint(fingerprint);
      return id === null ? null : library.headerFacts(id);
    },
  };
}

/**
 * Scores by the request's criterion.
 * @throws WinnowError USAGE: a run was deleted, is still empty, or belongs to another model; the signal's reason
 */
export async function scoresOfRuns(
  request: SelectionRequest,
  { store, totals, memory, header }: ChooserTools,
  signal?: AbortSignal,
): Promise<Omit<Scores, 'origin'> & { readonly origin: () => Promise<Origin & { readonly modelId: number }> }> {
  const { model, runs } = await readRunScores(totals, request, signal);
  for (const { run, scoredDemos } of runs) {
    if (scoredDemos > 0) continue;
    throw new WinnowError('USAGE', say('nothingScoredYet', { domain: run.domain }), {
      runId: run.id,
    });
  }
  const domains = runs.map(({ run, matrix, maxNorm }) => ({
    domain: run.domain,
    matrix,
    maxNorm,
  }));
  const { info } = model;
  return {
    domains,
    model: info,
    bytes: info,
    memory: (ctx) => memory(model, ctx),
    header: () => header(model),
    origin: () =>
      Promise.resolve({
        modelId: model.id,
        demos: runs.map(({ run }) => sourceOfRun(store, run)),
        runIds: request.runIds,
      }),
    choiceModel: (kept) => choiceModel(info, kept),
    ofFiles: null,
  };
}
