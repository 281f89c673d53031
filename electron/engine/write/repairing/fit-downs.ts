// Fits the experts' down matrices towards the full model's streams, and replaces the model's own with them.
import type { FittedDown, Params } from '../../base/backend/protocol.ts';
import type { Task } from '../../store/task.ts';
import { noteWork } from '../../store/rates.ts';
import type { RepairTools } from './placed-demos.ts';
import { fitFlops, SWEEPS, type DownTensor } from './repair-cost.ts';
import { DOWN } from '../../models/expert-tensors.ts';

type FitTask = {
  /** The pass over the demos; its folder receives the fitted tensors, and an interrupted fit resumes from it. */
  readonly blocks: Params<'recordStreams'>;
  /** Folder of the full model's streams. */
  readonly streams: string;
  /** The down matrices of each block, with as many experts as are kept. */
  readonly downs: readonly DownTensor[];
  /** Experts that each token is routed to. */
  readonly used: number;
  readonly ridge: number;
};

/** Where each step begins and ends, in permille of the work, roughly. */
const SHARES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  recording: [0, 250],
  repairing: [250, 950],
};

/**
 * Fits the matrices of all blocks.
 * @param tools.backend holds the model with its own matrices; afterwards it holds the fitted ones
 * @throws WinnowError ARCH_REFUSED: the model's blocks cannot be fitted; CANCELLED
 */
export async function fitDowns(
  { blocks, streams, downs, used, ridge }: FitTask,
  { backend, context, task: { signal, about } }: RepairTools,
): Promise<readonly FittedDown[]> {
  const fitted = await backend.call(
    'fitDown',
    { ...blocks, streams, ridge, sweeps: SWEEPS },
    {
      signal,
      onProgress: (done, total) =>
        about({ step: { key: 'repairing', done: Math.min(Math.floor(done) + 1, total), total } }),
    },
  );
  const fittedNow = new Set(fitted.flatMap(({ block, seconds }) => (seconds > 0 ? [`blk.${block}.${DOWN}`] : [])));
  const anew = downs.filter(({ name }) => fittedNow.has(name));
  const tokens = blocks.sequences.reduce((sum, { length }) => sum + length, 0);
  const seconds = fitted.reduce((sum, block) => sum + block.seconds, 0);
  noteWork(context.store, 'fit', fitFlops(anew, tokens, used), seconds);
  await backend.call('setDown', { blocks: fitted.map(({ block, path }) => ({ block, path })) });
  return fitted;
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
