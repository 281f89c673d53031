// One expert as several runs of a model saw it: its numbers, and the demo tokens that used it most.
import type { CallResult } from '../../../contract/api.ts';
import { CRITERIA, type Criterion, type ExpertSums, type ScoreMatrix } from '../../../contract/criteria.ts';
import { errorToData, WinnowError, type ErrorData } from '../../../contract/errors.ts';
import type { ExpertRef } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import { randomMatrix, scoreMatrix } from '../selection/criteria.ts';
import { layerShares } from '../selection/matrix-shares.ts';
import type { Store } from '../../store/database.ts';
import { loadTokenBlob, scoredPositions, scoredTokens } from '../../store/demo-scores.ts';
import { getRunDemo } from '../../store/score-runs.ts';
import { inSlices } from '../../store/slices.ts';
import { unpackTop } from '../../store/token-blobs.ts';
import type { DemoPieces } from './demo-pieces.ts';
import type { RunTotals } from './run-totals.ts';
import { requireOneModel, requireRun, shapeOf, type StoredRun } from './stored-run.ts';

/** The number of tokens that are shown. */
const SHOWN_TOKENS = 12;
/** Characters of a token's context on each side. */
const CONTEXT_CHARS = 40;

type ExpertReport = CallResult<'runs.expert'>;
type ExpertInRun = ExpertReport['runs'][number];
type TopToken = ExpertReport['tokens'][number];

type ExpertSources = { readonly store: Store; readonly totals: RunTotals; readonly pieces: DemoPieces };

/**
 * @param seed for the criterion "random"
 * @throws WinnowError USAGE: no such run or expert, or runs of different models; STORE; the signal's reason
 */
export async function reportExpert(
  { store, totals, pieces }: ExpertSources,
  {
    runIds,
    seed,
    tokens = 'all',
    ...ref
  }: ExpertRef & { readonly runIds: readonly number[]; readonly seed: number; readonly tokens?: TokenChoice },
  signal?: AbortSignal,
): Promise<ExpertReport> {
  const stored = runIds.map((runId) => requireRun(store, runId));
  const { info } = requireOneModel(stored);
  const block = info.moeLayers[ref.layer];
  if (block === undefined || ref.expert >= info.nExpert) {
    throw new WinnowError('USAGE', say('noSuchExpert', { name: info.name, expert: ref.expert, layer: ref.layer }), {
      ...ref,
    });
  }
  // the same for all runs, and the slowest of the criteria
  const random = randomMatrix({ ...shapeOf(info), seed });
  const runs: ExpertInRun[] = [];
  for (const runId of runIds) {
    const ranking = await totals.of(runId, tokens, signal);
    const total = await totals.of(runId, 'all', signal);
    runs.push(expertInRun(total, ranking.sums, ref, scoredTokens(store, runId), random));
  }
  const tops = await strongestTokens(store, stored, ref, signal);
  return { block, runs, ...(await inContext(store, pieces, tops, signal)) };
}

/** @param ranking the sums by which it is ranked; how often and how strongly it is used is reported over all tokens */
function expertInRun(
  { run, model, sums }: StoredRun & { readonly sums: ExpertSums },
  ranking: ExpertSums,
  ref: ExpertRef,
  tokens: number,
  random: ScoreMatrix,
): ExpertInRun {
  const shape = shapeOf(model.info);
  const at = ref.layer * shape.nExpert + ref.expert;
  const count = sums.count[at]!;
  const mean = (sum: number): number => (count > 0 ? sum / count : 0);
  const place = (criterion: Criterion): ExpertInRun['criteria'][Criterion] =>
    placeInLayer(criterion === 'random' ? random : scoreMatrix(criterion, ranking, shape), ref);
  return {
    runId: run.id,
    domain: run.domain,
    count,
    tokenShare: tokens > 0 ? count / tokens : 0,
    meanGate: mean(sums.gate[at]!),
    meanNorm: mean(sums.norm[at]!),
    criteria: Object.fromEntries(CRITERIA.map((criterion) => [criterion, place(criterion)])) as ExpertInRun['criteria'],
  };
}

/** The expert's score, share and rank in its layer. Ties go to the lower index, as in a selection. */
function placeInLayer(matrix: ScoreMatrix, { layer, expert }: ExpertRef): ExpertInRun['criteria'][Criterion] {
  const row = matrix.scores.subarray(layer * matrix.nExpert, (layer + 1) * matrix.nExpert);
  const score = row[expert]!;
  const ahead = row.filter((other, index) => other > score || (other === score && index < expert)).length;
  return { score, share: layerShares(matrix, layer)[expert]!, rank: ahead + 1 };
}

type StrongToken = {
  readonly stored: StoredRun;
  readonly position: number;
  readonly token: number;
  readonly value: number;
};

async function strongestTokens(
  store: Store,
  runs: readonly StoredRun[],
  { layer, expert }: ExpertRef,
  signal: AbortSignal | undefined,
): Promise<StrongToken[]> {
  let strongest: StrongToken[] = [];
  for (const stored of runs) {
    const runId = stored.run.id;
    const shape = shapeOf(stored.model.info);
    const look = (position: number): void => {
      const blob = loadTokenBlob(store, runId, position, 'top');
      if (!blob) return;
      const top = unpackTop(blob, shape);
      const first = (layer * shape.nExpert + expert) * top.nTop;
      const tokens = Array.from({ length: top.nTop }, (_, i) => ({
        stored,
        position,
        token: top.position[first + i]!,
        value: top.value[first + i]!,
      }));
      strongest = [...strongest, ...tokens.filter(({ token }) => token >= 0)]
        .sort((a, b) => b.value - a.value)
        .slice(0, SHOWN_TOKENS);
    };
    await inSlices(scoredPositions(store, runId), look, signal);
  }
  return strongest;
}

/** The tokens with their context; those of a demo that no longer exists are left out. */
async function inContext(
  store: Store,
  pieces: DemoPieces,
  strongest: readonly StrongToken[],
  signal: AbortSignal | undefined,
): Promise<{ tokens: TopToken[]; problem: ErrorData | null }> {
  const tokens: TopToken[] = [];
  let problem: ErrorData | null = null;
  for (const { stored, position, token, value } of strongest) {
    const demo = getRunDemo(store, stored.run.id, position);
    if (!demo) continue;
    try {
      const texts = await pieces.of(stored, demo, signal);
      tokens.push({ domain: stored.run.domain, demo: demo.id, ...cut(texts, token), value });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof WinnowError)) throw error;
      problem ??= errorToData(error);
    }
  }
  return { tokens, problem };
}

function cut(pieces: readonly string[], token: number): Pick<TopToken, 'before' | 'token' | 'after'> {
  // the bytes of a character may be spread over four tokens
  const reach = 4 * CONTEXT_CHARS;
  const before = Array.from(pieces.slice(Math.max(0, token - reach), token).join(''));
  const after = Array.from(pieces.slice(token + 1, token + 1 + reach).join(''));
  return {
    before: before.slice(-CONTEXT_CHARS).join(''),
    token: pieces[token] ?? '',
    after: after.slice(0, CONTEXT_CHARS).join(''),
  };
}
