// Fits routers, the experts' down matrices or both towards the full model's streams, and replaces the model's own with them.
import { writeFile } from 'node:fs/promises';
import type { FittedParts } from '../../../contract/fitted-parts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { FittedDown, FittedRouter } from '../../../../native/index.ts';
import type { Params, Result } from '../../base/backend/protocol.ts';
import type { Task } from '../../store/task.ts';
import type { PlannedTensor } from '../pruning/planned-file.ts';
import { FIT_EPOCHS, FIT_RATE } from '../pruning/router-reach.ts';
import { fitFlops, noteFitted, SWEEPS, type DownTensor } from './fit-cost.ts';
import type { RepairTools } from './placed-demos.ts';
import { DOWN, ROUTER } from '../../models/expert-tensors.ts';

/** Seed of the order in which demos are used. */
const SEED = 1;
/** Candidates per token, as a multiple of the experts that it uses. */
const CANDIDATES_PER_USED = 2;

/** Settings that change the result of a fit for the same demos. */
export const FIT_SETTINGS = [FIT_RATE, FIT_EPOCHS, SEED, SWEEPS] as const;

type FitTask = {
  readonly parts: FittedParts;
  /** The pass over the demos; its folder receives the fitted tensors, and an interrupted fit resumes from it. */
  readonly blocks: Params<'recordStreams'>;
  /** Folder of the full model's streams. */
  readonly streams: string;
  /** Indices of the sequences that say when to stop fitting routers. */
  readonly aside: readonly number[];
  /** Number of experts considered per token. */
  readonly candidates: number;
  /** The down matrices of each block, with as many experts as are kept. */
  readonly downs: readonly DownTensor[];
  /** Experts that each token is routed to. */
  readonly used: number;
  readonly ridge: number;
};

/** The step that the fit of each part is reported as. */
const STEPS = { routers: 'fitting', down: 'repairing' } as const;

/** Where each step begins and ends, in permille of the work, roughly. */
const SHARES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  recording: [0, 250],
  fitting: [250, 600],
  repairing: [600, 950],
};

export type Fitted = {
  readonly routers: Result<'fitRouters'>;
  readonly downs: readonly FittedDown[];
};

/**
 * Fits the routers of all blocks, then, with these routers, the matrices of all blocks.
 * @param tools.backend holds the model with a mask and its own routers and matrices; afterwards it holds the fitted ones
 * @throws WinnowError ARCH_REFUSED: the model's blocks cannot be fitted; CANCELLED
 */
export async function fitParts(
  fit: FitTask,
  { backend, context, placement, task: { signal, about } }: RepairTools,
): Promise<Fitted> {
  const { parts, blocks, streams, candidates, ridge } = fit;
  const hooks = (part: FittedParts[number]) => ({
    signal,
    onProgress: (done: number, total: number) =>
      about({ step: { key: STEPS[part], done: Math.min(Math.floor(done) + 1, total), total } }),
  });
  const adam = { nCandidates: candidates, scales: false, rate: FIT_RATE, epochs: FIT_EPOCHS, seed: SEED };
  const routers = parts.includes('routers')
    ? await backend.call(
        'fitRouters',
        { ...blocks, streams, aside: Int32Array.from(fit.aside), ...adam },
        hooks('routers'),
      )
    : [];
  await backend.call('setRouters', {
    routers: routers.map(({ block, rows, scales }) => ({ block, rows, scales })),
  });
  const downs = parts.includes('down')
    ? await backend.call(
        'fitDown',
        { ...blocks, streams, aside: new Int32Array(), ridge, sweeps: SWEEPS },
        hooks('down'),
      )
    : [];
  const fittedNow = new Set(downs.flatMap(({ block, seconds }) => (seconds > 0 ? [`blk.${block}.${DOWN}`] : [])));
  const anew = fit.downs.filter(({ name }) => fittedNow.has(name));
  const tokens = blocks.sequences.reduce((sum, { length }) => sum + length, 0);
  const seconds = downs.reduce((sum, block) => sum + block.seconds, 0);
  noteFitted(context.store, fitFlops(anew, tokens, fit.used), placement.threads, seconds);
  await backend.call('setDown', { blocks: downs.map(({ block, path }) => ({ block, path })) });
  return { routers, downs };
}

/** A task that turns the steps of a fit into progress. */
export function fitTask(task: Task): Task {
  return {
    ...task,
    about: (note) => {
      task.about(note);
      const { step } = note;
      const [from, to] = SHARES[step?.key ?? ''] ?? [];
      if (!step || from === undefined || to === undefined) return;
      task.progress(Math.round(from + ((to - from) * (step.done - 1)) / step.total), 1000, 'permille');
    },
  };
}

/** Number of experts per token that routers are fitted to choose among. */
export function routerCandidates({
  keep,
  used,
  nExpertGroups,
  nExpertGroupsUsed,
}: Pick<ModelInfo, 'nExpertGroups' | 'nExpertGroupsUsed'> & { readonly keep: number; readonly used: number }): number {
  const reachable = nExpertGroups > 1 ? (keep / nExpertGroups) * nExpertGroupsUsed : keep;
  return Math.min(CANDIDATES_PER_USED * used, reachable);
}

/**
 * Turns fitted routers into tensors of a planned file.
 * @param keepOf number of kept experts of a block
 * @param sourcePath file that their values are written to and later copied from
 */
export async function routerTensors(
  routers: readonly FittedRouter[],
  keepOf: (block: number) => number,
  sourcePath: string,
): Promise<PlannedTensor[]> {
  let offset = 0;
  const tensors = routers.map(({ block, rows }): PlannedTensor => {
    const range = { offset, length: rows.byteLength };
    offset += rows.byteLength;
    const ne = [rows.length / keepOf(block), keepOf(block)];
    return { name: `blk.${block}.${ROUTER}`, type: 'f32', ne, bytes: rows.byteLength, sourcePath, ranges: [range] };
  });
  await writeFile(
    sourcePath,
    routers.map(({ rows }) => Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)),
  );
  return tensors;
}
