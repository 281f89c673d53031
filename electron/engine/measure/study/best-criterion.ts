// Finds the fast criterion that chooses a domain's experts best: all of them choose, and their choices are measured as masks, against
// the full model, on demos that no expert was chosen by.
import type { BestCriterion, RankedCriterion } from '../../../contract/api/selections.ts';
import { FAST_CRITERIA } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { BestCriterionRequest } from '../../../contract/requests.ts';
import type { ScoresFile } from '../../../contract/scores-file.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import type { NamedText } from '../../base/content/documents.ts';
import { openSource } from '../../demos/collect-demos.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { choosingDemosOfFile, choosingDemosOfScores, type ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { pairedDifference } from '../evaluation/figures.ts';
import { requireApart } from '../evaluation/keep-apart.ts';
import type { ComparedSums } from '../evaluation/measure-text.ts';
import { FEWEST_DEMOS, MOST_DEMOS, nameOfDemosLeft } from '../evaluation/other-texts.ts';
import { DemosLeft } from '../fit/texts.ts';
import { choose } from '../../experts/selections/choose.ts';
import { openScores } from '../../experts/selections/scores-of-files.ts';
import { measureChoices } from './measure.ts';
import type { StudyChoice } from './methods.ts';

/** The measured cost of a criterion's choice. */
type Measured = Pick<RankedCriterion, 'criterion' | 'kl' | 'ratio'>;

/**
 * Ranks the fast criteria. Measurements are kept, so that the same request can resume.
 * @throws WinnowError as `openScores`; DEMOS_EMPTY: too few demos are left; TEXT_TOO_SHORT: none of them has an answer;
 *   CALIBRATION_OVERLAP; from loading and measuring; CANCELLED
 */
export async function findBestCriterion(
  request: BestCriterionRequest,
  context: EngineContext,
  task: Task,
): Promise<BestCriterion> {
  const { scores: paths, grouping, chunkTokens, placement, superExperts = 'pin', ...wish } = request;
  const asked = { files: paths, keep: request.keep, tokens: request.tokens, model: request.model };
  const opened = await openScores(asked, context, { needsModel: true, signal: task.signal });
  if (opened.said !== null) task.log(inEnglish(opened.said));
  const { files, model, tokens } = opened;
  const [scores] = files;
  if (!scores || !model) throw new RangeError('the model and the scores of one domain are read');
  const before = choosingDemosOfFile(context.store, model.headers[0]?.kv ?? {});
  const text = await demosLeft(request, scores, before, context, task);
  const choices: StudyChoice[] = [];
  for (const criterion of FAST_CRITERIA) {
    const { keep, kept } = await choose(opened.by(criterion), {
      ...wish,
      keep: choices[0] ? { kind: 'count', count: choices[0].keep } : opened.keep,
      mix: 'shares',
      seed: 0,
      grouping,
      tokens,
      superExperts,
    });
    choices.push({ method: criterion, seed: null, domain: text.name, keep, kept });
  }
  const { choices: measured } = await measureChoices(
    { choices, texts: [text], info: model.info, byKl: true },
    { grouping, ctx: chunkTokens, placement },
    context,
    task,
  );
  const found = FAST_CRITERIA.map((criterion) => {
    const one = measured.find(({ choice }) => choice.method === criterion);
    if (!one?.sums || one.result.klMean === null || one.result.ratio === null) {
      throw new RangeError('a choice is measured against the full model');
    }
    return { criterion, kl: one.result.klMean, ratio: one.result.ratio, sums: one.sums };
  });
  const criteria = rankCriteria(found);
  return {
    best: criteria[0]!.criterion,
    criteria,
    units: found[0]!.sums.tokens.length,
    tokens: found[0]!.sums.tokens.reduce((sum, count) => sum + count, 0),
  };
}

/**
 * Ranks criteria by mean KL divergence; equal ones keep their order.
 * @param measured measurements on the same tokens, against the same reference
 */
export function rankCriteria(measured: readonly (Measured & { readonly sums: ComparedSums })[]): RankedCriterion[] {
  const ranked = measured.toSorted((a, b) => a.kl.value - b.kl.value);
  const best = klSums(ranked[0]?.sums);
  return ranked.map(({ sums, ...one }, rank) => {
    const overBest = rank === 0 ? null : pairedDifference(klSums(sums), best, sums.tokens);
    return { ...one, overBest, isWorse: (overBest?.low ?? 0) > 0, isSame: sums.kl !== null && equal(sums.kl, best) };
  });
}

/** Whether two choices keep the same experts: these share a measurement, while sums of different choices never agree to the bit. */
function equal(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, unit) => value === b[unit]);
}

function klSums(sums: ComparedSums | undefined): Float64Array {
  if (!sums?.kl) throw new RangeError('a choice is measured against the full model');
  return sums.kl;
}

type DemosText = NamedText & { readonly text: Exclude<NamedText['text'], string> };

/**
 * The demos that no expert was chosen by, as a text.
 * @param before demos that the model's own experts were chosen by, if it is itself pruned
 * @throws WinnowError from reading; DEMOS_EMPTY, CALIBRATION_OVERLAP
 */
async function demosLeft(
  { demos: files }: BestCriterionRequest,
  scores: ScoresFile,
  before: readonly ChoosingDemo[],
  context: EngineContext,
  task: Task,
): Promise<DemosText> {
  const { domain = '' } = scores;
  const scored = choosingDemosOfScores(context.store, scores);
  if (scored.some(({ hash }) => hash === null)) {
    throw new WinnowError('SCORES_INVALID', say('autoDemosUnknown', { domain }), { domain });
  }
  const source = await openSource({ kind: 'files', files: [...files], domain }, context.host);
  const seen = [...before, ...scored];
  const unscored = new DemosLeft(source, { domain, demos: seen }, context, task.signal);
  const left = await unscored.demos();
  if (left.length < FEWEST_DEMOS) {
    const what = { domain, left: left.length, fewest: FEWEST_DEMOS };
    throw new WinnowError('DEMOS_EMPTY', say('autoNoDemos', what), what);
  }
  const text = { name: nameOfDemosLeft(domain), text: left.slice(0, MOST_DEMOS) };
  await requireApart(await unscored.copies(), [text], task);
  return text;
}
