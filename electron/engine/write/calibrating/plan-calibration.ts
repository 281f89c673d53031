// What a calibration will do, settled before the model is loaded: the experts, the demos and their parts, where the model will lie, and
// what all of it takes.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CalibrateRequest } from '../../../contract/requests.ts';
import { inEnglish, say, type Sentence } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Params } from '../../base/backend/protocol.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { identifying } from '../../models/identifying.ts';
import type { Task } from '../../store/task.ts';
import { inspectModel, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { scoringContext } from '../../models/placement/scoring-context.ts';
import { fitsScales } from '../pruning/calibration-file.ts';
import { chosenExperts, type ChosenExperts } from '../pruning/plan-export.ts';
import { prepareScoring, type PreparedScoring } from '../../experts/scoring/prepare-scoring.ts';
import { estimateRun } from '../../experts/scoring/estimate-run.ts';
import { checkKept } from '../../experts/selection/check-kept.ts';
import { isUngrouped } from '../../experts/selection/selection.ts';
import { evenLength } from './even-length.ts';
import { judgedTokens } from './gate.ts';
import { FEWEST_DEMOS, splitDemos, type SplitDemos } from './split-demos.ts';

/** Candidates of a token, as a multiple of the experts that it uses. */
const CANDIDATES_PER_USED = 2;
/** Tokens whose candidates are computed at once. */
const MOST_SLICE = 1024;
/** Tokens of a demo. */
const SHORTEST = 4;
/** Bytes of a float32. */
const FLOAT_BYTES = 4;
const LOGIT_BYTES = 2;

export type CalibrationPlan = {
  readonly model: InspectedModel;
  readonly choice: ChosenExperts;
  readonly ungrouped: boolean;
  readonly candidates: number;
  readonly scales: boolean;
  readonly scoring: PreparedScoring;
  readonly parts: SplitDemos;
  /** Those that pass the blocks: the ones that are fitted to, then those that say when to stop. */
  readonly sequences: readonly Int32Array[];
  readonly context: Omit<Params<'scoringMemory'>['contexts'][number], 'conversation'>;
  readonly estimate: ScoringEstimate;
  /** On the disk meanwhile. */
  readonly scratchBytes: number;
  /** In memory beside what scoring the same demos takes: one block's products and inputs, twice its stream, and all demos' states. */
  readonly moreBytes: number;
};

/**
 * Demos of files are added to their domain.
 * @throws WinnowError of inspecting and importing; of masks and recipes; MASK_INVALID, SELECTION_IMPOSSIBLE, DEMOS_EMPTY;
 * OUT_OF_MEMORY: the demos do not pass the model at once
 */
export async function planCalibration(
  request: CalibrateRequest,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<CalibrationPlan> {
  const model = await inspectModel(request.model, backend, identifying(context, task));
  const { info } = model;
  requirePrunable(info);
  const choice = await chosenExperts(request, info, task.signal);
  const { kept, grouping, activeExperts } = choice;
  const warnings: Sentence[] = [...choice.warnings];
  const keep = checkKept(info, { kept, grouping, activeExperts: activeExperts ?? undefined }, warnings);
  warnings.forEach((warning) => task.log(inEnglish(warning)));
  if (keep === info.nExpert) throw new WinnowError('SELECTION_IMPOSSIBLE', say('calibrationAllKept'));

  // more than they can be, so that all of them pass at once wherever that is settled
  const nUbatch = request.limit * request.maxTokens;
  const { limitBy, limitSeed, limit, maxTokens, placement, demos } = request;
  const asked = { model: request.model, demos, limit, limitBy, limitSeed, maxTokens, placement, nUbatch };
  const scoring = await prepareScoring({ ...asked, fresh: true }, context, backend, task, { prediction: false });
  const { shape, alone } = scoring.plan;
  const long = scoring.tokenized.filter(({ tokens }) => tokens.length >= SHORTEST);
  const cut = alone
    ? evenLength(
        long.map(({ tokens }) => tokens.length),
        FEWEST_DEMOS,
      )
    : Infinity;
  const usable = alone ? long.filter(({ tokens }) => tokens.length >= cut) : long;
  if (usable.length < long.length) {
    task.log(
      `The model takes demos together only where they are as long as each other: ${long.length - usable.length} that have fewer than ${cut} tokens are left out, and the others are fitted to as far.`,
    );
  }
  const parts = splitDemos(usable.length, scoring.domain);
  const sequences = [...parts.fitted, ...parts.aside].map((demo) => usable[demo]!.tokens.slice(0, cut));
  const lengths = sequences.map(({ length }) => length);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const { batch } = scoring.plan;
  const nSlice = Math.min(batch.nSlice === 0 ? MOST_SLICE : batch.nSlice, MOST_SLICE);
  const { threads } = placement;

  const used = activeExperts ?? info.nExpertUsed;
  const ungrouped = isUngrouped(info, grouping);
  const reachable = info.nExpertGroups > 1 && !ungrouped ? (keep / info.nExpertGroups) * info.nExpertGroupsUsed : keep;
  const candidates = Math.min(CANDIDATES_PER_USED * used, reachable);
  const rounds = Math.ceil(2 + candidates / used);
  const named = { files: info, modelRow: scoring.modelId };
  const estimate = await estimateRun(named, scoring, { rounds }, context, backend, task.signal);

  const { nEmbd, nVocab, stateBytes } = shape;
  const judged = parts.judging.reduce((sum, demo) => sum + judgedTokens(usable[demo]!).filter(Boolean).length, 0);
  return {
    ...{ model, choice, ungrouped, candidates, parts, sequences, estimate },
    scoring: { ...scoring, tokenized: usable },
    scales: fitsScales(model),
    context: scoringContext(lengths, { ...batch, nUbatch: tokens, nSlice, threads }, false),
    scratchBytes: FLOAT_BYTES * info.moeLayers.length * tokens * nEmbd + LOGIT_BYTES * judged * nVocab,
    moreBytes:
      FLOAT_BYTES * (tokens * (3 * nEmbd + candidates ** 2) + 2 * nSlice * candidates * nEmbd) +
      stateBytes * (sequences.length - 1),
  };
}
