// What each token of a scored demo did: how much the routed experts changed it, and which experts have it among their strongest.
import type { CallResult } from '../../../contract/api.ts';
import type { MatrixShape } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Store } from '../../store/database.ts';
import { loadTokenBlob } from '../../store/demo-scores.ts';
import { getRunDemo } from '../../store/score-runs.ts';
import { unpackContribution, unpackTop, type TopTokens } from '../../store/token-blobs.ts';
import type { DemoPieces } from './demo-pieces.ts';
import { requireRun, shapeOf } from './stored-run.ts';

type DemoTokens = CallResult<'runs.tokens'>;

/**
 * @throws WinnowError USAGE: there is no such run or demo, it is not scored yet, or its text was deleted; STORE; what
 * `DemoPieces` throws
 */
export async function readDemoTokens(
  store: Store,
  pieces: DemoPieces,
  { runId, position }: { readonly runId: number; readonly position: number },
  signal?: AbortSignal,
): Promise<DemoTokens> {
  const stored = requireRun(store, runId);
  const { info } = stored.model;
  const demo = getRunDemo(store, runId, position);
  const contribution = loadTokenBlob(store, runId, position, 'contribution');
  const top = loadTokenBlob(store, runId, position, 'top');
  if (!demo || !contribution || !top) {
    throw new WinnowError('USAGE', say('demoNotScored'), {
      runId,
      position,
    });
  }
  const shape = shapeOf(info);
  return {
    pieces: [...(await pieces.of(stored, demo, signal))],
    nLayers: shape.nLayers,
    moeLayers: [...info.moeLayers],
    contribution: unpackContribution(contribution, shape.nLayers, demo.tokens),
    experts: expertsByToken(unpackTop(top, shape), shape, demo.tokens),
  };
}

/** Inverts the lists of strongest tokens: from the tokens of each expert to the experts of each token. */
function expertsByToken(
  { nTop, position, value }: TopTokens,
  { nExpert }: MatrixShape,
  nTokens: number,
): DemoTokens['experts'] {
  const slots = Array.from({ length: nTokens }, (): number[] => []);
  position.forEach((token, slot) => slots[token]?.push(slot));
  for (const ofToken of slots) ofToken.sort((a, b) => value[b]! - value[a]!);
  const order = Int32Array.from(slots.flat());
  const cell = order.map((slot) => Math.floor(slot / nTop));
  return {
    token: order.map((slot) => position[slot]!),
    layer: cell.map((at) => Math.floor(at / nExpert)),
    expert: cell.map((at) => at % nExpert),
    value: Float32Array.from(order, (slot) => value[slot]!),
  };
}
