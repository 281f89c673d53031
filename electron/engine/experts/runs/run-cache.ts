// How many reads of unseen demos caches of several sizes would serve, judging by the demos of stored runs.
import type { CallParams, CallResult } from '../../../contract/api.ts';
import { sumsOf, type ExpertSums } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { usualTokens } from '../../../contract/token-classes.ts';
import { addSums, emptySums, scoreMatrix } from '../selection/criteria.ts';
import { loadDemoSums, scoredPositions } from '../../store/demo-scores.ts';
import { inSlices } from '../../store/slices.ts';
import type { Store } from '../../store/database.ts';
import { cacheShares } from './expert-cache.ts';
import { requireOneModel, requireRun, shapeOf } from './stored-run.ts';

/** Two, so that there is another demo for each. */
const FEWEST_DEMOS = 2;
/** Cache sizes as shares of the experts, if no sizes are requested. */
const SHARES = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875];

/**
 * @throws WinnowError USAGE: there is no such run, the runs are of different models, fewer than two demos are scored, or no cache
 * can have such a size; STORE; the signal's reason
 */
export async function runCache(
  { runIds, criterion, tokens: asked, slots: sizes }: CallParams<'runs.cache'>,
  store: Store,
  signal: AbortSignal,
): Promise<CallResult<'runs.cache'>> {
  const runs = runIds.map((runId) => requireRun(store, runId));
  const { info } = requireOneModel(runs);
  const tokens =
    asked ?? usualTokens(runs.map(({ run }) => ({ moeLayers: info.moeLayers, tokenClasses: run.tokenClasses })));
  const { nExpert, nExpertUsed } = info;
  const shape = { ...shapeOf(info), nExpertUsed };
  const places = runIds.flatMap((runId) => scoredPositions(store, runId).map((position) => ({ runId, position })));
  if (places.length < FEWEST_DEMOS)
    throw new WinnowError('USAGE', say('cacheFewDemos', { demos: places.length, fewest: FEWEST_DEMOS }));
  const slots = sizes ?? [...new Set(SHARES.map((share) => Math.max(nExpertUsed, Math.round(share * nExpert))))];
  const wrong = slots.find((size) => size < nExpertUsed || size > nExpert);
  if (wrong !== undefined) {
    throw new WinnowError('USAGE', say('cacheSize', { size: wrong, used: nExpertUsed, experts: nExpert }));
  }
  const total = emptySums(shape.nLayers, nExpert);
  const sumsAt = ({ runId, position }: (typeof places)[number]): ExpertSums =>
    loadDemoSums(store, runId, position, tokens);
  await inSlices(places, (place) => addSums(total, sumsAt(place)), signal);
  const rows = slots.map((size) => ({ slots: size, reads: 0, frequent: 0, recent: 0, retained: 0 }));
  await inSlices(
    places,
    (place) => {
      const own = sumsAt(place);
      const others = without(total, own);
      const demo = {
        own: { sums: own, scores: scoreMatrix(criterion, own, shape).scores },
        others: { sums: others, scores: scoreMatrix(criterion, others, shape).scores },
      };
      for (const row of rows) {
        const { reads, frequent, recent, retained } = cacheShares(demo, shape, row.slots);
        row.reads += reads;
        row.frequent += frequent;
        row.recent += recent;
        row.retained += retained / places.length;
      }
    },
    signal,
  );
  const share = (hits: number, reads: number): number => (reads > 0 ? hits / reads : 0);
  return {
    nExpert,
    nExpertUsed,
    demos: places.length,
    tokens,
    criterion,
    rows: rows.map(({ slots: size, reads, frequent, recent, retained }) => ({
      slots: size,
      frequent: share(frequent, reads),
      recent: share(recent, reads),
      retained,
    })),
  };
}

/** The total without one of its parts; never less than 0, whatever the rounding. */
function without(total: ExpertSums, own: ExpertSums): ExpertSums {
  return sumsOf((name) => total[name].map((value, i) => Math.max(0, value - own[name][i]!)));
}
