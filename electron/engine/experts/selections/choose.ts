// Chooses experts by the scores of one or several domains, wherever they come from.
import {
  selectionRequestSchema,
  type SelectionRequest,
  type SelectionResult,
} from '../../../contract/api/selections.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ChoiceFile } from '../../../contract/choice-file.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { type Sentence, msg } from '../../../contract/sentences.ts';
import { requireActiveExperts, requireFewerActive } from '../../models/active-experts.ts';
import type { ReadModel } from '../../models/inspect.ts';
import type { ConversationMemory, MemoryFacts } from '../../models/placement/conversation.ts';
import { chooseExperts, countToKeep, prunedBytes, type Choice, type Routing } from '../selection/choose-experts.ts';
import type { SelectionSettings } from '../selection/selection.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Library } from '../../models/library/library.ts';
import type { Store } from '../../store/database.ts';
import type { StoredModel } from '../../store/models.ts';
import { readRunScores, type RunTotals } from '../runs/run-totals.ts';
import { sourceOfRun } from '../runs/stored-run.ts';
import { choiceModel } from '../selection/choice-file.ts';

/** How to choose, whatever the scores. */
type HowToChoose = Omit<SelectionRequest, 'runIds' | 'criterion'>;

/** The same by a criterion: Winnow's, or one of another program's. */
export type ChoiceRequest = HowToChoose & { readonly criterion: string };

/** Scores to choose by, and what is known about their model. */
export type Scores<ModelId = number | null> = {
  readonly domains: Parameters<typeof chooseExperts>[0];
  readonly model: Routing & { readonly path: string; readonly arch: string };
  /** The model whose sizes count; null: it is not at hand, and nothing else states them. */
  readonly sized: ModelInfo | null;
  /** The memory that the model needs at a context length. */
  readonly memory: (ctx: number) => Promise<MemoryFacts>;
  /** The part of the header on which fewer active experts depend; null: the model is not at hand. */
  readonly header: () => Promise<ReadModel | null>;
  /** What is recorded about the source of the scores. */
  readonly origin: () => Promise<Origin<ModelId>>;
  /** The model as a choice states it. @throws WinnowError USAGE: the scores do not identify it, and its file is not at hand */
  readonly choiceModel: (kept: KeptExperts) => ChoiceFile['model'];
  /** Facts that only files have; null: the scores are from stored runs. */
  readonly ofFiles: {
    readonly said: Sentence | null;
    readonly criterion: string;
  } | null;
};

type Origin<ModelId> = ChosenBy & {
  /** Row of the model; null: the database does not know it. */
  readonly modelId: ModelId;
};

type ChosenBy = {
  readonly demos: SelectionSettings['demos'];
  /** null: not all of the runs are stored. */
  readonly runIds: SelectionRequest['runIds'] | null;
};

/**
 * Chooses the experts to keep.
 * @throws WinnowError SELECTION_IMPOSSIBLE; SCORES_INVALID: a layer has no scores; for a memory size, what reading the model throws
 */
export async function choose(scores: Scores, request: HowToChoose): Promise<Choice> {
  const { domains, model } = scores;
  const keep = await countToKeep(request, model, scores.memory);
  const { activeExperts } = request;
  if (activeExperts !== undefined) {
    const header = await scores.header();
    if (header) requireActiveExperts(activeExperts, header, keep);
    else requireFewerActive(activeExperts, model, keep);
  }
  return chooseExperts(domains, model, { ...request, keep });
}

/** What is stored about a choice besides the kept experts. */
export function settingsOfChoice(
  { demos, runIds }: ChosenBy,
  request: ChoiceRequest,
  retained: number | null,
): SelectionSettings {
  const { mix, grouping, activeExperts = null, seed, superExperts = 'rank' } = request;
  const again = runIds && selectionRequestSchema.safeParse({ ...request, runIds }).data;
  return { mix, grouping, activeExperts, seed, superExperts, demos, retained, selection: again ?? null };
}

/** The choice in the form that clients receive. */
export function selectionResult(
  { sized, ofFiles, model }: Scores,
  { retained, domains, superExperts, fusedCounts, ...choice }: Choice,
  pathText: (path: string) => string,
): SelectionResult {
  return {
    ...choice,
    retained: Float64Array.from(retained),
    domains: domains.map((domain) => ({ ...domain })),
    superExperts: superExperts.map((expert) => ({ ...expert })),
    bytes: sized && { full: sized.bytes, pruned: prunedBytes(sized, choice.keep) },
    fusedCounts: [...fusedCounts],
    ofFiles: ofFiles && { ...ofFiles, displayPath: pathText(model.path) },
  };
}

export type ChooserTools = {
  readonly store: Store;
  readonly totals: RunTotals;
  /** The memory that the model needs at a context length. */
  readonly memory: (model: StoredModel, ctx: number) => Promise<ConversationMemory>;
  /** The part of the header on which fewer active experts depend; null: the model is not at hand. */
  readonly header: (model: StoredModel) => Promise<ReadModel | null>;
};

/** The tools for choosing in the models on this machine. */
export function chooserTools(store: Store, library: Library, totals: RunTotals): ChooserTools {
  const pickId = ({ fingerprint, path }: StoredModel): string =>
    library.findByFingerprint(fingerprint) ?? library.idOf(path);
  return {
    store,
    totals,
    memory: (model, ctx) => library.memoryFacts(pickId(model), ctx),
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
): Promise<Scores<number>> {
  const { model, runs } = await readRunScores(totals, request, signal);
  for (const { run, scoredDemos } of runs) {
    if (scoredDemos > 0) continue;
    throw new WinnowError('USAGE', msg('nothingScoredYet', { domain: run.domain }), { runId: run.id });
  }
  const domains = runs.map(({ run, matrix, maxNorm }) => ({ domain: run.domain, matrix, maxNorm }));
  const { info } = model;
  return {
    domains,
    model: info,
    sized: info,
    memory: (ctx) => memory(model, ctx),
    header: () => header(model),
    origin: () =>
      Promise.resolve({
        modelId: model.id,
        demos: runs.map(({ run }) => sourceOfRun(store, run.id, run.domain)),
        runIds: request.runIds,
      }),
    choiceModel: (kept) => choiceModel(info, kept),
    ofFiles: null,
  };
}
